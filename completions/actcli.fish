# Completion of actcli for fish. To use it: put this file into ~/.config/fish/completions.

# The parameters of a function.
function __actcli_parameters
    switch $argv[1]
        case linear
            printf '%s\n' weight bias
        case binary_step
            printf '%s\n' threshold
        case threshold
            printf '%s\n' threshold value
        case thresholded_relu
            printf '%s\n' threshold
        case laplace
            printf '%s\n' mu sigma
        case scaled_tanh
            printf '%s\n' alpha beta
        case isru
            printf '%s\n' alpha
        case isrlu
            printf '%s\n' alpha
        case leaky_relu
            printf '%s\n' negative_slope
        case prelu
            printf '%s\n' alpha
        case rrelu
            printf '%s\n' lower upper
        case xielu
            printf '%s\n' alpha_p alpha_n beta
        case elu
            printf '%s\n' alpha
        case celu
            printf '%s\n' alpha
        case selu
            printf '%s\n' alpha scale
        case hard_tanh
            printf '%s\n' min_val max_val
        case hard_sigmoid
            printf '%s\n' alpha beta
        case swish
            printf '%s\n' beta
        case clipped_gelu
            printf '%s\n' min_val max_val
        case softplus
            printf '%s\n' beta
        case squareplus
            printf '%s\n' b
        case soft_shrink
            printf '%s\n' lambd
        case hard_shrink
            printf '%s\n' lambd
        case shrink
            printf '%s\n' lambd bias
        case snake
            printf '%s\n' alpha
        case softmax
            printf '%s\n' temperature
        case log_softmax
            printf '%s\n' temperature
        case softmin
            printf '%s\n' temperature
        case maxout
            printf '%s\n' pieces
        case gumbel_softmax
            printf '%s\n' temperature hard seed
        case swiglu
            printf '%s\n' beta
        case normalize
            printf '%s\n' p eps
        case standardize
            printf '%s\n' eps
        case rms_norm
            printf '%s\n' eps
    end
end

function __actcli_functions
    printf '%s\t%s\n' identity 'The argument itself.'
    printf '%s\t%s\n' linear 'A line with a given slope and intercept.'
    printf '%s\t%s\n' binary_step 'The perceptron\'s decision: 1 from the threshold on, 0 below.'
    printf '%s\t%s\n' threshold 'The argument where it exceeds the threshold, a fixed value elsewhere.'
    printf '%s\t%s\n' thresholded_relu 'The argument where it exceeds a threshold, 0 elsewhere.'
    printf '%s\t%s\n' sigmoid 'The logistic function: squeezes the line into (0, 1).'
    printf '%s\t%s\n' log_sigmoid 'The logarithm of the sigmoid: a log-probability.'
    printf '%s\t%s\n' arctan 'Inverse tangent: zero-centred, and slow to saturate.'
    printf '%s\t%s\n' erf 'The error function: the normal distribution\'s sigmoid, zero-centred.'
    printf '%s\t%s\n' laplace 'A normal distribution function, placed and scaled to stand in for squared relu.'
    printf '%s\t%s\n' tanh 'Hyperbolic tangent: squeezes the line into (−1, 1), centred at 0.'
    printf '%s\t%s\n' scaled_tanh 'tanh stretched so that ±1 map to ±1 and unit variance stays unit variance.'
    printf '%s\t%s\n' tanh_shrink 'What tanh leaves of its argument: small inputs shrink to almost nothing.'
    printf '%s\t%s\n' lisht 'Linearly scaled hyperbolic tangent: a smooth absolute value.'
    printf '%s\t%s\n' logcosh 'The logarithm of the hyperbolic cosine: x²/2 near 0, |x| − ln 2 far away.'
    printf '%s\t%s\n' softsign 'A sigmoid that nears ±1 like a hyperbola.'
    printf '%s\t%s\n' isru 'Inverse square root unit: an algebraic sigmoid between ±1/√alpha.'
    printf '%s\t%s\n' isrlu 'Inverse square root linear unit: the identity on the right, a floor at −1/√alpha on the left.'
    printf '%s\t%s\n' bent_identity 'The identity, bent: slope 1/2 far left, 3/2 far right.'
    printf '%s\t%s\n' relu 'Rectified linear unit: the positive part of its argument.'
    printf '%s\t%s\n' leaky_relu 'relu with a small slope on the left.'
    printf '%s\t%s\n' prelu 'Parametric relu: the slope on the left is learnt with the weights.'
    printf '%s\t%s\n' rrelu 'Randomized relu: a random slope on the left in training, its mean (shown here) otherwise.'
    printf '%s\t%s\n' relu2 'The square of relu.'
    printf '%s\t%s\n' xielu 'A parabola on the right, an exponential on the left: the integral of a shifted elu.'
    printf '%s\t%s\n' elu 'Exponential linear unit: the identity on the right, a smooth floor at −alpha on the left.'
    printf '%s\t%s\n' celu 'elu with its argument scaled too, so that it has no kink for any alpha.'
    printf '%s\t%s\n' selu 'Scaled elu, with constants that keep activations at mean 0 and variance 1.'
    printf '%s\t%s\n' relu6 'relu capped at 6, so that its values fit few bits.'
    printf '%s\t%s\n' hard_tanh 'The argument, clipped: a tanh of three straight pieces.'
    printf '%s\t%s\n' hard_sigmoid 'A sigmoid of three straight pieces.'
    printf '%s\t%s\n' sparse_sigmoid 'A sigmoid of three straight pieces: sparsemax of two scores.'
    printf '%s\t%s\n' silu 'Sigmoid linear unit: the argument, gated by its own sigmoid.'
    printf '%s\t%s\n' swish 'silu with a gate of adjustable sharpness: from x/2 (beta 0) to relu (beta → ∞).'
    printf '%s\t%s\n' quick_gelu 'gelu with its gate replaced by a sigmoid: swish with beta 1.702.'
    printf '%s\t%s\n' mish 'The argument, gated by the tanh of its softplus.'
    printf '%s\t%s\n' hard_swish 'silu with a gate of three straight pieces.'
    printf '%s\t%s\n' hard_mish 'mish with a gate of three straight pieces: the identity from 0 on.'
    printf '%s\t%s\n' gelu 'Gaussian error linear unit: the argument times the probability that a normal variable is below it.'
    printf '%s\t%s\n' gelu_tanh 'gelu with Φ replaced by a tanh of a cubic.'
    printf '%s\t%s\n' clipped_gelu 'gelu with its values clipped, so that they fit a quantized format.'
    printf '%s\t%s\n' elish 'silu on the right, elu times the sigmoid on the left.'
    printf '%s\t%s\n' hard_elish 'elish with a gate of three straight pieces.'
    printf '%s\t%s\n' softplus 'A smooth relu, whose slope is the sigmoid.'
    printf '%s\t%s\n' sqrt_softplus 'The square root of softplus: positive, and growing like √x.'
    printf '%s\t%s\n' squareplus 'softplus from a square root: a hyperbola that bends from 0 to x.'
    printf '%s\t%s\n' sparse_plus 'softplus with exact zeros: a parabola joins 0 and x.'
    printf '%s\t%s\n' soft_shrink 'Moves the argument towards 0 by lambd, and to 0 what is closer.'
    printf '%s\t%s\n' hard_shrink 'The argument where its magnitude exceeds lambd, 0 elsewhere.'
    printf '%s\t%s\n' shrink 'soft_shrink and hard_shrink in one: outside ±lambd, moved towards 0 by bias.'
    printf '%s\t%s\n' exponential 'The exponential function.'
    printf '%s\t%s\n' gaussian 'A bell: 1 at 0, falling like e^(−x²).'
    printf '%s\t%s\n' sinh 'Hyperbolic sine.'
    printf '%s\t%s\n' cosh 'Hyperbolic cosine.'
    printf '%s\t%s\n' asinh 'Inverse hyperbolic sine: a logarithm on both sides, the identity at 0.'
    printf '%s\t%s\n' acosh 'Inverse hyperbolic cosine, from 1 on.'
    printf '%s\t%s\n' atanh 'Inverse hyperbolic tangent, between −1 and 1.'
    printf '%s\t%s\n' sine 'The sine: bounded, periodic, zero-centred.'
    printf '%s\t%s\n' snake 'The identity with a ripple: monotone, and periodic around its line.'
    printf '%s\t%s\n' softmax 'Exponentials of the components over their sum: a probability for each.'
    printf '%s\t%s\n' log_softmax 'The logarithm of softmax, taken without leaving log space.'
    printf '%s\t%s\n' softmin 'softmax of the negated vector: most weight on the smallest component.'
    printf '%s\t%s\n' hardmax 'One for the largest component (the first of a tie), zero for the others.'
    printf '%s\t%s\n' maxout 'The largest of its pieces: of the whole vector, or of every k components in a row.'
    printf '%s\t%s\n' sparsemax 'The nearest probabilities to the vector: its projection on the simplex, with exact zeros.'
    printf '%s\t%s\n' entmax15 'Between softmax and sparsemax: smooth probabilities that still reach exactly 0.'
    printf '%s\t%s\n' gumbel_softmax 'softmax of the scores plus Gumbel noise: a soft sample of the class, repeatable by seed.'
    printf '%s\t%s\n' glu 'Gated linear unit: the first half times the sigmoid of the second.'
    printf '%s\t%s\n' reglu 'Gated linear unit whose gate is relu.'
    printf '%s\t%s\n' geglu 'Gated linear unit whose gate is the exact gelu.'
    printf '%s\t%s\n' swiglu 'Gated linear unit whose gate is swish.'
    printf '%s\t%s\n' bilinear 'Gated linear unit without an activation: the product of the halves.'
    printf '%s\t%s\n' crelu 'Concatenated relu: the positive parts of a vector, then those of its negative.'
    printf '%s\t%s\n' normalize 'A vector over its length, so that its norm is 1.'
    printf '%s\t%s\n' standardize 'A vector shifted to mean 0 and scaled to variance 1.'
    printf '%s\t%s\n' rms_norm 'A vector scaled to a mean square of 1, its level kept.'
end

# The first function that has been named, if any.
function __actcli_named
    for word in (commandline -opc)[3..]
        set -l name (string split -m1 : -- $word)[1]
        if contains -- $name identity linear binary_step threshold thresholded_relu sigmoid log_sigmoid arctan erf laplace tanh scaled_tanh tanh_shrink lisht logcosh softsign isru isrlu bent_identity relu leaky_relu prelu rrelu relu2 xielu elu celu selu relu6 hard_tanh hard_sigmoid sparse_sigmoid silu swish quick_gelu mish hard_swish hard_mish gelu gelu_tanh clipped_gelu elish hard_elish softplus sqrt_softplus squareplus sparse_plus soft_shrink hard_shrink shrink exponential gaussian sinh cosh asinh acosh atanh sine snake softmax log_softmax softmin hardmax maxout sparsemax entmax15 gumbel_softmax glu reglu geglu swiglu bilinear crelu normalize standardize rms_norm
            echo $name
            return 0
        end
    end
    return 1
end

# Functions, or the parameters of the one that is being typed: elu: elu:alpha=
function __actcli_function_words
    set -l current (commandline -ct)
    if string match -q '*:*' -- $current
        set -l name (string split -m1 : -- $current)[1]
        set -l before (string replace -r '[^:,]*$' '' -- $current)
        for parameter in (__actcli_parameters $name)
            echo $before$parameter=
        end
    else
        __actcli_functions
    end
end

# Whether the command is the one given, and the function named, if there is one, has the parameter given.
function __actcli_has
    contains -- (commandline -opc)[2] $argv[2..]; or return 1
    contains -- $argv[1] (__actcli_parameters (__actcli_named))
end

complete -c actcli -f

complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -l version -d 'Print the version'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -s h -l help -d 'Show the help'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a eval -d 'Evaluate a function at numbers.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a grad -d 'Evaluate a function and its derivatives at numbers.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a plot -d 'Draw functions and their derivatives.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a softmax -d 'Turn a vector, or every row of a table, into probabilities.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a compare -d 'Compare functions side by side.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a verify -d 'Check a kernel\'s results against the true values, in ULP.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a list -d 'List the functions of the catalogue.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a info -d 'Tell all there is to know about a function.'
complete -c actcli -n 'test (count (commandline -opc)) -eq 1' -a completion -d 'Print the completion script of a shell.'

complete -c actcli -n '__fish_seen_subcommand_from eval' -l fast -d 'Plain float64 arithmetic: faster, a few ULP off'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l digits -x -d 'N digits, from the textbook definition itself, at the double nearest to X'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l down -d 'Every column is a vector, not every row; the table is held in memory'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l defs -r -F -d 'Functions of your own, one a line: name(x; a=1) = formula'
complete -c actcli -n '__fish_seen_subcommand_from eval' -s i -l input -r -F -d 'Read a table; - is stdin'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l range -x -d 'N points from A to B, both included (101)'
complete -c actcli -n '__fish_seen_subcommand_from eval' -s c -l column -x -d 'Read this column (all of numbers but index, id, step, target)'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l from -x -a 'csv tsv text json ndjson md npy npz safetensors parquet arrow' -d 'csv, tsv, text, json, ndjson, md, npy, npz, safetensors, parquet, arrow (detected)'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l header -l no-header -d 'Whether the first line names the columns'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l decimal -x -a '. ,' -d 'The decimal mark of text: '
complete -c actcli -n '__fish_seen_subcommand_from eval' -l on-error -x -a 'fail nan skip' -d 'What a bad cell does: fail (default), nan or skip'
complete -c actcli -n '__fish_seen_subcommand_from eval' -s f -l format -x -a 'table csv tsv json ndjson md npy parquet arrow' -d 'table (on a terminal), csv (in a pipe), tsv, json, ndjson, md, npy, parquet or arrow'
complete -c actcli -n '__fish_seen_subcommand_from eval' -s o -l output -r -F -d 'Write a file; its extension decides the format'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l precision -x -d 'N significant digits, for people (as many as read back the same)'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l decimals -x -d 'N decimal places, for people'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l only-results -d 'Leave the input columns out'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l append -d 'Add to the file rather than replace it'
complete -c actcli -n '__fish_seen_subcommand_from eval' -l dtype -x -a 'float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn' -d 'float64 (default), float32, float16, bfloat16, float8_e4m3fn, float8_e5m2, their kin fnuz, float8_e8m0fnu (powers of two) or float4_e2m1fn; short names too: bf16, e4m3, fp4'
complete -c actcli -n '__fish_seen_subcommand_from eval' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from eval' -s h -l help -d 'Show the help'
complete -c actcli -n '__fish_seen_subcommand_from eval; and not __actcli_named >/dev/null' -a '(__actcli_function_words)'

complete -c actcli -n '__fish_seen_subcommand_from grad' -l order -x -d '2 adds the second derivative'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l wrt -x -a '(__actcli_parameters (__actcli_named))' -d 'Differentiate by a parameter'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l from-output -d 'The numbers are y = f(x), not x: σ′ = y(1 − y)'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l kink -x -a 'left right min-norm nan' -d 'At a kink: min-norm (default), left, right or nan'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l fast -d 'Plain float64 arithmetic: faster, a few ULP off'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l digits -x -d 'N digits, from the textbook definition itself, at the double nearest to X'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l down -d 'Every column is a vector, not every row; the table is held in memory'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l defs -r -F -d 'Functions of your own, one a line: name(x; a=1) = formula'
complete -c actcli -n '__fish_seen_subcommand_from grad' -s i -l input -r -F -d 'Read a table; - is stdin'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l range -x -d 'N points from A to B, both included (101)'
complete -c actcli -n '__fish_seen_subcommand_from grad' -s c -l column -x -d 'Read this column (all of numbers but index, id, step, target)'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l from -x -a 'csv tsv text json ndjson md npy npz safetensors parquet arrow' -d 'csv, tsv, text, json, ndjson, md, npy, npz, safetensors, parquet, arrow (detected)'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l header -l no-header -d 'Whether the first line names the columns'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l decimal -x -a '. ,' -d 'The decimal mark of text: '
complete -c actcli -n '__fish_seen_subcommand_from grad' -l on-error -x -a 'fail nan skip' -d 'What a bad cell does: fail (default), nan or skip'
complete -c actcli -n '__fish_seen_subcommand_from grad' -s f -l format -x -a 'table csv tsv json ndjson md npy parquet arrow' -d 'table (on a terminal), csv (in a pipe), tsv, json, ndjson, md, npy, parquet or arrow'
complete -c actcli -n '__fish_seen_subcommand_from grad' -s o -l output -r -F -d 'Write a file; its extension decides the format'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l precision -x -d 'N significant digits, for people (as many as read back the same)'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l decimals -x -d 'N decimal places, for people'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l only-results -d 'Leave the input columns out'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l append -d 'Add to the file rather than replace it'
complete -c actcli -n '__fish_seen_subcommand_from grad' -l dtype -x -a 'float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn' -d 'float64 (default), float32, float16, bfloat16, float8_e4m3fn, float8_e5m2, their kin fnuz, float8_e8m0fnu (powers of two) or float4_e2m1fn; short names too: bf16, e4m3, fp4'
complete -c actcli -n '__fish_seen_subcommand_from grad' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from grad' -s h -l help -d 'Show the help'
complete -c actcli -n '__fish_seen_subcommand_from grad; and not __actcli_named >/dev/null' -a '(__actcli_function_words)'

complete -c actcli -n '__fish_seen_subcommand_from plot' -s o -l output -r -F -d 'png, svg or pdf (NAME.png); - is stdout'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l all -d 'The whole catalogue; -o DIR/ for a file each'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l kink -x -a 'left right min-norm nan' -d 'At a kink: min-norm (default), left, right or nan'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l range -x -d 'From A to B, rather than where the function lives'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l order -x -d '2 adds the second derivative'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l no-derivative -d 'The functions alone'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l mark -x -d 'extrema, kinks, saturation; several with commas'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l saturation -x -d 'Shade where |f′| < T'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l layout -x -a 'overlay rows grid' -d 'overlay (default); rows or grid: f above, f′ below'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l piece -x -d 'A piece wx + b of maxout'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l points -r -F -d 'Real inputs, as a histogram under the curve'
complete -c actcli -n '__fish_seen_subcommand_from plot' -s c -l column -x -d 'The column of --points to read (all)'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l style -x -a 'light dark print' -d 'light (default), dark or print'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l size -x -d 'Inches: 6.4x4.8 is usual for one chart'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l dpi -x -d 'Dots per inch (150)'
complete -c actcli -n '__fish_seen_subcommand_from plot' -s f -l format -x -a 'png svg pdf' -d 'png, svg or pdf, whatever FILE is called'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l transparent -d 'No background'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l axes -x -a 'origin frame' -d 'origin (default): through it; frame: around'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l grid -d 'A grid under the curves'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l title -x -d 'The text over the picture'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l xlabel -x -d 'The text at the x axis (x)'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l ylabel -x -d 'The text at the y axis'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l term -d 'Show it in the terminal; no file without -o'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l no-preview -d 'Write the file, show nothing'
complete -c actcli -n '__fish_seen_subcommand_from plot' -l defs -r -F -d 'Functions of your own, one a line: name(x; a=1) = formula'
complete -c actcli -n '__fish_seen_subcommand_from plot' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from plot' -s h -l help -d 'Show the help'
complete -c actcli -n '__fish_seen_subcommand_from plot' -a '(__actcli_function_words)'

complete -c actcli -n '__fish_seen_subcommand_from softmax' -l temperature -x -d 'Of x/T: above 1 flattens, below 1 sharpens'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l log -d 'The logarithms of the probabilities'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l steps -d 'The exponentials, their sum, the quotients'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l jacobian -d 'The derivatives of the outputs by the inputs'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l target -x -d 'Loss −ln s_K of class K, counted from 0, or a column; and gradient'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l plot -r -F -d 'Draw bars, with --jacobian a heat map: PNG, SVG or PDF'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l down -d 'Every column is a vector, not every row; the table is held in memory'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l fast -d 'Plain float64 arithmetic: faster, a few ULP off'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -s i -l input -r -F -d 'Read a table; - is stdin'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l range -x -d 'N points from A to B, both included (101)'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -s c -l column -x -d 'Read this column (all of numbers but index, id, step, target)'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l from -x -a 'csv tsv text json ndjson md npy npz safetensors parquet arrow' -d 'csv, tsv, text, json, ndjson, md, npy, npz, safetensors, parquet, arrow (detected)'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l header -l no-header -d 'Whether the first line names the columns'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l decimal -x -a '. ,' -d 'The decimal mark of text: '
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l on-error -x -a 'fail nan skip' -d 'What a bad cell does: fail (default), nan or skip'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -s f -l format -x -a 'table csv tsv json ndjson md npy parquet arrow' -d 'table (on a terminal), csv (in a pipe), tsv, json, ndjson, md, npy, parquet or arrow'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -s o -l output -r -F -d 'Write a file; its extension decides the format'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l precision -x -d 'N significant digits, for people (as many as read back the same)'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l decimals -x -d 'N decimal places, for people'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l only-results -d 'Leave the input columns out'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l append -d 'Add to the file rather than replace it'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -l dtype -x -a 'float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn' -d 'float64 (default), float32, float16, bfloat16, float8_e4m3fn, float8_e5m2, their kin fnuz, float8_e8m0fnu (powers of two) or float4_e2m1fn; short names too: bf16, e4m3, fp4'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from softmax' -s h -l help -d 'Show the help'

complete -c actcli -n '__fish_seen_subcommand_from compare' -l grad -d 'Slopes beside the values; with --distance, of slopes'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l properties -d 'What is measured of each function'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l saturation -x -d 'Saturated is where |f′| < T (0.01)'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l depth -x -d 'What N layers leave of a gradient'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l distance -d 'How far the functions are apart'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l plot -r -F -d 'Draw two functions and their difference'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l in-ulp -d 'Draw the difference in ULP'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l kink -x -a 'left right min-norm nan' -d 'At a kink: min-norm (default), left, right or nan'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l max-abs -x -d 'Exit 1 if they differ by more than E'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l max-rel -x -d 'The same, relative to the larger'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l max-ulp -x -d 'The same, in numbers of the dtype'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l defs -r -F -d 'Functions of your own, one a line: name(x; a=1) = formula'
complete -c actcli -n '__fish_seen_subcommand_from compare' -s i -l input -r -F -d 'Read a table; - is stdin'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l range -x -d 'N points from A to B, both included (101)'
complete -c actcli -n '__fish_seen_subcommand_from compare' -s c -l column -x -d 'Read this column (all of numbers but index, id, step, target)'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l from -x -a 'csv tsv text json ndjson md npy npz safetensors parquet arrow' -d 'csv, tsv, text, json, ndjson, md, npy, npz, safetensors, parquet, arrow (detected)'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l header -l no-header -d 'Whether the first line names the columns'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l decimal -x -a '. ,' -d 'The decimal mark of text: '
complete -c actcli -n '__fish_seen_subcommand_from compare' -l on-error -x -a 'fail nan skip' -d 'What a bad cell does: fail (default), nan or skip'
complete -c actcli -n '__fish_seen_subcommand_from compare' -s f -l format -x -a 'table csv tsv json ndjson md npy parquet arrow' -d 'table (on a terminal), csv (in a pipe), tsv, json, ndjson, md, npy, parquet or arrow'
complete -c actcli -n '__fish_seen_subcommand_from compare' -s o -l output -r -F -d 'Write a file; its extension decides the format'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l precision -x -d 'N significant digits, for people (as many as read back the same)'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l decimals -x -d 'N decimal places, for people'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l only-results -d 'Leave the input columns out'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l append -d 'Add to the file rather than replace it'
complete -c actcli -n '__fish_seen_subcommand_from compare' -l dtype -x -a 'float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn' -d 'float64 (default), float32, float16, bfloat16, float8_e4m3fn, float8_e5m2, their kin fnuz, float8_e8m0fnu (powers of two) or float4_e2m1fn; short names too: bf16, e4m3, fp4'
complete -c actcli -n '__fish_seen_subcommand_from compare' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from compare' -s h -l help -d 'Show the help'
complete -c actcli -n '__fish_seen_subcommand_from compare' -a '(__actcli_function_words)'

complete -c actcli -n '__fish_seen_subcommand_from verify' -l order -x -d 'f (0), f′ (1) or f″ (2)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l wrt -x -a '(__actcli_parameters (__actcli_named))' -d 'Verify the gradient by PARAM'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l hex -d 'Show bit patterns too'
complete -c actcli -n '__fish_seen_subcommand_from verify' -s f -l format -x -a 'table json csv md' -d 'The report as table, json, csv, md; of many html too'
complete -c actcli -n '__fish_seen_subcommand_from verify' -s o -l report -r -F -d 'Write the report there'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l plot -r -F -d 'Draw the error over x: PNG, SVG or PDF'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l style -x -a 'light dark print' -d 'Of the picture: light (default), dark or print'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l size -x -d 'Of the picture, in inches (6.4x3.6)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l junit -r -F -d 'Write what holds as JUnit XML too'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l callable -x -d 'Import this function and call it'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l arrays -x -a 'numpy torch jax mlx scalar' -d 'It takes numpy, torch, jax, mlx or scalar (detected)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l with -x -d 'Passed on to it; a class is built with it'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l device -x -d 'Where it computes: cuda, mps, cpu, …'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l traceback -d 'If it raises, show where'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l lib -x -d 'Call void f(const T* in, T* out, size_t n) of a library'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l command -x -d 'Run a program: raw numbers on stdin, raw results on stdout'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l onnx -r -F -d 'Run a model, by onnxruntime'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l block -x -d 'Call it on N inputs at a time'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l repeat -x -d 'Call it N times on the same inputs (2)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l direct -d 'It returns the derivative itself: no autograd'
complete -c actcli -n '__fish_seen_subcommand_from verify' -s i -l input -r -F -d 'The inputs: NPY, NPZ, safetensors, raw .bin, or a table'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l output -r -F -d 'The results for them, likewise'
complete -c actcli -n '__fish_seen_subcommand_from verify' -s c -l column -x -d 'The column of inputs (the first)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l output-column -x -d 'The column of results'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l write-inputs -r -F -d 'Only write the inputs, .npy or raw .bin, to try them elsewhere'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l sample -x -d 'N inputs and the special ones (all of 16 bits and less, 1e6 of others)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l seed -x -d 'Of the sample (0)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l range -x -d 'Every number of the dtype from A to B; with --sample, N'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l exhaustive -d 'All 2³² of float32, with progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l checkpoint -r -F -d 'Keep what is found there, and go on from it'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l dtype -x -a 'float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn' -d 'Of inputs and results (that of the files; float32)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l in-dtype -x -d 'Of inputs, if theirs is another'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l scale -x -d 'int8 and uint8: an integer q stands for F·(q − zero point)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l zero-point -x -d 'The integer that stands for 0 (0)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l in-scale -x -d 'The scale of inputs, if theirs is another'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l in-zero-point -x -d 'The zero point of inputs, if theirs is another'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l kink -x -a 'min-norm any left right nan' -d 'At a kink: min-norm, left, right, nan, or any: all between the sides (min-norm; of a framework any)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l saturate -d 'The largest finite number where an overflow is due'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l ftz -d '0 where a subnormal number is due'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l daz -d 'For a subnormal input, what is due for 0'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l round-params -d 'Round parameters to the dtype before the truth is taken'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l max-ulp -x -d 'Errors of at most N ULP of the true value'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l max-abs -x -d 'Absolute errors of at most E'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l max-rel -x -d 'Relative errors of at most E'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l max-misrounded -x -d 'At most N results not correctly rounded'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l preset -x -d 'torch.testing.assert_close, jax.test_util or numpy.testing.assert_allclose: |error| ≤ atol + rtol·|true|, at its defaults'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l signed-zero -d 'No zero of the wrong sign'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l shape -x -d 'The array that is tried first (256x1000); rows of other lengths follow'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l axis -x -d 'Where the vectors lie in it (-1)'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l args -x -d 'What the kernel takes in order: x, grad (of its output), y (its output), a,b (halves), or a parameter, with a value for each column'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l masked -x -a 'any nan zeros' -d 'What is due where every entry is -inf: any of them (any), nan, or zeros'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l max-row-rel -x -d 'Errors of at most E of the largest component of the row'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l max-sum -x -d 'Sums of probabilities within E of 1'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l framework -x -a 'torch jax keras onnx mlx tinygrad hf notes' -d 'What the catalogue says it has: torch, jax, keras, hf, mlx'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l budget -r -F -d 'The kernels that a TOML file lists with their limits'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l ratchet -d 'Tighten the file\'s limits to what was measured'
complete -c actcli -n '__fish_seen_subcommand_from verify' -l defs -r -F -d 'Functions of your own, one a line: name(x; a=1) = formula'
complete -c actcli -n '__fish_seen_subcommand_from verify' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from verify' -s h -l help -d 'Show the help'
complete -c actcli -n '__fish_seen_subcommand_from verify' -a '(__actcli_function_words)'

complete -c actcli -n '__fish_seen_subcommand_from list' -l kind -x -a 'elementwise vector' -d 'elementwise or vector'
complete -c actcli -n '__fish_seen_subcommand_from list' -l framework -x -a 'torch jax keras onnx mlx tinygrad hf notes' -d 'torch, jax, keras, onnx, mlx, tinygrad, hf or notes'
complete -c actcli -n '__fish_seen_subcommand_from list' -l json -d 'As JSON, for programs'
complete -c actcli -n '__fish_seen_subcommand_from list' -l defs -r -F -d 'Functions of your own, one a line: name(x; a=1) = formula'
complete -c actcli -n '__fish_seen_subcommand_from list' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from list' -s h -l help -d 'Show the help'

complete -c actcli -n '__fish_seen_subcommand_from info' -l json -d 'As JSON, for programs'
complete -c actcli -n '__fish_seen_subcommand_from info' -l latex -d 'f and f′ alone, in LaTeX'
complete -c actcli -n '__fish_seen_subcommand_from info' -l python -d 'f and f′ alone, as functions of NumPy'
complete -c actcli -n '__fish_seen_subcommand_from info' -l torch -d 'f and f′ alone, as functions of PyTorch'
complete -c actcli -n '__fish_seen_subcommand_from info' -l defs -r -F -d 'Functions of your own, one a line: name(x; a=1) = formula'
complete -c actcli -n '__fish_seen_subcommand_from info' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from info' -s h -l help -d 'Show the help'
complete -c actcli -n '__fish_seen_subcommand_from info; and not __actcli_named >/dev/null' -a '(__actcli_function_words)'

complete -c actcli -n '__fish_seen_subcommand_from completion' -s q -l quiet -d 'No notes and no progress on stderr'
complete -c actcli -n '__fish_seen_subcommand_from completion' -s h -l help -d 'Show the help'
complete -c actcli -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish powershell'

complete -c actcli -n '__actcli_has weight eval grad plot compare verify info' -l weight -x
complete -c actcli -n '__actcli_has bias eval grad plot compare verify info' -l bias -x
complete -c actcli -n '__actcli_has threshold eval grad plot compare verify info' -l threshold -x
complete -c actcli -n '__actcli_has value eval grad plot compare verify info' -l value -x
complete -c actcli -n '__actcli_has mu eval grad plot compare verify info' -l mu -x
complete -c actcli -n '__actcli_has sigma eval grad plot compare verify info' -l sigma -x
complete -c actcli -n '__actcli_has alpha eval grad plot compare verify info' -l alpha -x
complete -c actcli -n '__actcli_has beta eval grad plot compare verify info' -l beta -x
complete -c actcli -n '__actcli_has negative_slope eval grad plot compare verify info' -l negative-slope -x
complete -c actcli -n '__actcli_has lower eval grad plot compare verify info' -l lower -x
complete -c actcli -n '__actcli_has upper eval grad plot compare verify info' -l upper -x
complete -c actcli -n '__actcli_has alpha_p eval grad plot compare verify info' -l alpha-p -x
complete -c actcli -n '__actcli_has alpha_n eval grad plot compare verify info' -l alpha-n -x
complete -c actcli -n '__actcli_has scale eval grad plot compare verify info' -l scale -x
complete -c actcli -n '__actcli_has min_val eval grad plot compare verify info' -l min-val -x
complete -c actcli -n '__actcli_has max_val eval grad plot compare verify info' -l max-val -x
complete -c actcli -n '__actcli_has b eval grad plot compare verify info' -l b -x
complete -c actcli -n '__actcli_has lambd eval grad plot compare verify info' -l lambd -x
complete -c actcli -n '__actcli_has temperature eval grad plot compare verify info' -l temperature -x
complete -c actcli -n '__actcli_has pieces eval grad plot compare verify info' -l pieces -x
complete -c actcli -n '__actcli_has hard eval grad plot compare verify info' -l hard -x
complete -c actcli -n '__actcli_has seed eval grad plot compare verify info' -l seed -x
complete -c actcli -n '__actcli_has p eval grad plot compare verify info' -l p -x
complete -c actcli -n '__actcli_has eps eval grad plot compare verify info' -l eps -x

# Completion of actcli for PowerShell. To use it: add  . path/to/actcli.ps1  to $PROFILE.

$script:ActcliFunctions = [ordered]@{
    'identity' = 'The argument itself.'
    'linear' = 'A line with a given slope and intercept.'
    'binary_step' = 'The perceptron''s decision: 1 from the threshold on, 0 below.'
    'threshold' = 'The argument where it exceeds the threshold, a fixed value elsewhere.'
    'thresholded_relu' = 'The argument where it exceeds a threshold, 0 elsewhere.'
    'sigmoid' = 'The logistic function: squeezes the line into (0, 1).'
    'log_sigmoid' = 'The logarithm of the sigmoid: a log-probability.'
    'arctan' = 'Inverse tangent: zero-centred, and slow to saturate.'
    'erf' = 'The error function: the normal distribution''s sigmoid, zero-centred.'
    'laplace' = 'A normal distribution function, placed and scaled to stand in for squared relu.'
    'tanh' = 'Hyperbolic tangent: squeezes the line into (−1, 1), centred at 0.'
    'scaled_tanh' = 'tanh stretched so that ±1 map to ±1 and unit variance stays unit variance.'
    'tanh_shrink' = 'What tanh leaves of its argument: small inputs shrink to almost nothing.'
    'lisht' = 'Linearly scaled hyperbolic tangent: a smooth absolute value.'
    'logcosh' = 'The logarithm of the hyperbolic cosine: x²/2 near 0, |x| − ln 2 far away.'
    'softsign' = 'A sigmoid that nears ±1 like a hyperbola.'
    'isru' = 'Inverse square root unit: an algebraic sigmoid between ±1/√alpha.'
    'isrlu' = 'Inverse square root linear unit: the identity on the right, a floor at −1/√alpha on the left.'
    'bent_identity' = 'The identity, bent: slope 1/2 far left, 3/2 far right.'
    'relu' = 'Rectified linear unit: the positive part of its argument.'
    'leaky_relu' = 'relu with a small slope on the left.'
    'prelu' = 'Parametric relu: the slope on the left is learnt with the weights.'
    'rrelu' = 'Randomized relu: a random slope on the left in training, its mean (shown here) otherwise.'
    'relu2' = 'The square of relu.'
    'xielu' = 'A parabola on the right, an exponential on the left: the integral of a shifted elu.'
    'elu' = 'Exponential linear unit: the identity on the right, a smooth floor at −alpha on the left.'
    'celu' = 'elu with its argument scaled too, so that it has no kink for any alpha.'
    'selu' = 'Scaled elu, with constants that keep activations at mean 0 and variance 1.'
    'relu6' = 'relu capped at 6, so that its values fit few bits.'
    'hard_tanh' = 'The argument, clipped: a tanh of three straight pieces.'
    'hard_sigmoid' = 'A sigmoid of three straight pieces.'
    'sparse_sigmoid' = 'A sigmoid of three straight pieces: sparsemax of two scores.'
    'silu' = 'Sigmoid linear unit: the argument, gated by its own sigmoid.'
    'swish' = 'silu with a gate of adjustable sharpness: from x/2 (beta 0) to relu (beta → ∞).'
    'quick_gelu' = 'gelu with its gate replaced by a sigmoid: swish with beta 1.702.'
    'mish' = 'The argument, gated by the tanh of its softplus.'
    'hard_swish' = 'silu with a gate of three straight pieces.'
    'hard_mish' = 'mish with a gate of three straight pieces: the identity from 0 on.'
    'gelu' = 'Gaussian error linear unit: the argument times the probability that a normal variable is below it.'
    'gelu_tanh' = 'gelu with Φ replaced by a tanh of a cubic.'
    'clipped_gelu' = 'gelu with its values clipped, so that they fit a quantized format.'
    'elish' = 'silu on the right, elu times the sigmoid on the left.'
    'hard_elish' = 'elish with a gate of three straight pieces.'
    'softplus' = 'A smooth relu, whose slope is the sigmoid.'
    'sqrt_softplus' = 'The square root of softplus: positive, and growing like √x.'
    'squareplus' = 'softplus from a square root: a hyperbola that bends from 0 to x.'
    'sparse_plus' = 'softplus with exact zeros: a parabola joins 0 and x.'
    'soft_shrink' = 'Moves the argument towards 0 by lambd, and to 0 what is closer.'
    'hard_shrink' = 'The argument where its magnitude exceeds lambd, 0 elsewhere.'
    'shrink' = 'soft_shrink and hard_shrink in one: outside ±lambd, moved towards 0 by bias.'
    'exponential' = 'The exponential function.'
    'gaussian' = 'A bell: 1 at 0, falling like e^(−x²).'
    'sinh' = 'Hyperbolic sine.'
    'cosh' = 'Hyperbolic cosine.'
    'asinh' = 'Inverse hyperbolic sine: a logarithm on both sides, the identity at 0.'
    'acosh' = 'Inverse hyperbolic cosine, from 1 on.'
    'atanh' = 'Inverse hyperbolic tangent, between −1 and 1.'
    'sine' = 'The sine: bounded, periodic, zero-centred.'
    'snake' = 'The identity with a ripple: monotone, and periodic around its line.'
    'softmax' = 'Exponentials of the components over their sum: a probability for each.'
    'log_softmax' = 'The logarithm of softmax, taken without leaving log space.'
    'softmin' = 'softmax of the negated vector: most weight on the smallest component.'
    'hardmax' = 'One for the largest component (the first of a tie), zero for the others.'
    'maxout' = 'The largest of its pieces: of the whole vector, or of every k components in a row.'
    'sparsemax' = 'The nearest probabilities to the vector: its projection on the simplex, with exact zeros.'
    'entmax15' = 'Between softmax and sparsemax: smooth probabilities that still reach exactly 0.'
    'gumbel_softmax' = 'softmax of the scores plus Gumbel noise: a soft sample of the class, repeatable by seed.'
    'glu' = 'Gated linear unit: the first half times the sigmoid of the second.'
    'reglu' = 'Gated linear unit whose gate is relu.'
    'geglu' = 'Gated linear unit whose gate is the exact gelu.'
    'swiglu' = 'Gated linear unit whose gate is swish.'
    'bilinear' = 'Gated linear unit without an activation: the product of the halves.'
    'crelu' = 'Concatenated relu: the positive parts of a vector, then those of its negative.'
    'normalize' = 'A vector over its length, so that its norm is 1.'
    'standardize' = 'A vector shifted to mean 0 and scaled to variance 1.'
}

$script:ActcliParameters = @{
    'linear' = @('weight', 'bias')
    'binary_step' = @('threshold')
    'threshold' = @('threshold', 'value')
    'thresholded_relu' = @('threshold')
    'laplace' = @('mu', 'sigma')
    'scaled_tanh' = @('alpha', 'beta')
    'isru' = @('alpha')
    'isrlu' = @('alpha')
    'leaky_relu' = @('negative_slope')
    'prelu' = @('alpha')
    'rrelu' = @('lower', 'upper')
    'xielu' = @('alpha_p', 'alpha_n', 'beta')
    'elu' = @('alpha')
    'celu' = @('alpha')
    'selu' = @('alpha', 'scale')
    'hard_tanh' = @('min_val', 'max_val')
    'hard_sigmoid' = @('alpha', 'beta')
    'swish' = @('beta')
    'clipped_gelu' = @('min_val', 'max_val')
    'softplus' = @('beta')
    'squareplus' = @('b')
    'soft_shrink' = @('lambd')
    'hard_shrink' = @('lambd')
    'shrink' = @('lambd', 'bias')
    'snake' = @('alpha')
    'softmax' = @('temperature')
    'log_softmax' = @('temperature')
    'softmin' = @('temperature')
    'maxout' = @('pieces')
    'gumbel_softmax' = @('temperature', 'hard', 'seed')
    'swiglu' = @('beta')
    'normalize' = @('p', 'eps')
    'standardize' = @('eps')
}

$script:ActcliCommands = [ordered]@{
    'eval' = @{
        Options = @('--fast', '--digits', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--on-error', '-q', '--quiet', '-f', '--format', '-o', '--output', '--precision', '--only-results', '--append', '--dtype', '-h', '--help')
        Functions = 1
        Words = @()
        Parameters = $true
        Values = @{
            '--digits' = @()
            '-i' = 'file'
            '--input' = 'file'
            '--range' = @()
            '-c' = @()
            '--column' = @()
            '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'npy', 'parquet', 'arrow')
            '--on-error' = @('fail', 'nan', 'skip')
            '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '-o' = 'file'
            '--output' = 'file'
            '--precision' = @()
            '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2')
        }
    }
    'grad' = @{
        Options = @('--order', '--wrt', '--from-output', '--kink', '--fast', '--digits', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--on-error', '-q', '--quiet', '-f', '--format', '-o', '--output', '--precision', '--only-results', '--append', '--dtype', '-h', '--help')
        Functions = 1
        Words = @()
        Parameters = $true
        Values = @{
            '--order' = @()
            '--wrt' = 'parameter'
            '--kink' = @('left', 'right', 'min-norm', 'nan')
            '--digits' = @()
            '-i' = 'file'
            '--input' = 'file'
            '--range' = @()
            '-c' = @()
            '--column' = @()
            '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'npy', 'parquet', 'arrow')
            '--on-error' = @('fail', 'nan', 'skip')
            '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '-o' = 'file'
            '--output' = 'file'
            '--precision' = @()
            '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2')
        }
    }
    'plot' = @{
        Options = @('-o', '--output', '--all', '--kink', '--range', '--order', '--no-derivative', '--mark', '--saturation', '--layout', '--piece', '--points', '-c', '--column', '--style', '--size', '--dpi', '--transparent', '--axes', '--grid', '--title', '--xlabel', '--ylabel', '--term', '--no-preview', '-h', '--help')
        Functions = -1
        Words = @()
        Parameters = $true
        Values = @{
            '-o' = 'file'
            '--output' = 'file'
            '--kink' = @('left', 'right', 'min-norm', 'nan')
            '--range' = @()
            '--order' = @()
            '--mark' = @()
            '--saturation' = @()
            '--layout' = @('overlay', 'rows', 'grid')
            '--piece' = @()
            '--points' = 'file'
            '-c' = @()
            '--column' = @()
            '--style' = @('light', 'dark', 'print')
            '--size' = @()
            '--dpi' = @()
            '--axes' = @('origin', 'frame')
            '--title' = @()
            '--xlabel' = @()
            '--ylabel' = @()
        }
    }
    'softmax' = @{
        Options = @('--temperature', '--log', '--steps', '--jacobian', '--target', '--plot', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--on-error', '-q', '--quiet', '-f', '--format', '-o', '--output', '--precision', '--only-results', '--append', '--dtype', '-h', '--help')
        Functions = 0
        Words = @()
        Parameters = $false
        Values = @{
            '--temperature' = @()
            '--target' = @()
            '--plot' = 'file'
            '-i' = 'file'
            '--input' = 'file'
            '--range' = @()
            '-c' = @()
            '--column' = @()
            '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'npy', 'parquet', 'arrow')
            '--on-error' = @('fail', 'nan', 'skip')
            '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '-o' = 'file'
            '--output' = 'file'
            '--precision' = @()
            '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2')
        }
    }
    'compare' = @{
        Options = @('--kink', '--grad', '--properties', '--saturation', '--depth', '--distance', '--plot', '--in-ulp', '--max-abs', '--max-rel', '--max-ulp', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--on-error', '-q', '--quiet', '-f', '--format', '-o', '--output', '--precision', '--only-results', '--append', '--dtype', '-h', '--help')
        Functions = -1
        Words = @()
        Parameters = $false
        Values = @{
            '--kink' = @('left', 'right', 'min-norm', 'nan')
            '--saturation' = @()
            '--depth' = @()
            '--plot' = 'file'
            '--max-abs' = @()
            '--max-rel' = @()
            '--max-ulp' = @()
            '-i' = 'file'
            '--input' = 'file'
            '--range' = @()
            '-c' = @()
            '--column' = @()
            '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'npy', 'parquet', 'arrow')
            '--on-error' = @('fail', 'nan', 'skip')
            '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '-o' = 'file'
            '--output' = 'file'
            '--precision' = @()
            '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2')
        }
    }
    'verify' = @{
        Options = @('--order', '--wrt', '--hex', '-f', '--format', '-o', '--report', '--plot', '-i', '--input', '--output', '-c', '--column', '--output-column', '--callable', '--arrays', '--with', '--direct', '--sample', '--seed', '--dtype', '--max-ulp', '--max-abs', '--max-rel', '--max-misrounded', '--preset', '--ftz', '-h', '--help')
        Functions = 1
        Words = @()
        Parameters = $true
        Values = @{
            '--order' = @()
            '--wrt' = 'parameter'
            '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
            '-o' = 'file'
            '--report' = 'file'
            '--plot' = 'file'
            '-i' = 'file'
            '--input' = 'file'
            '--output' = 'file'
            '-c' = @()
            '--column' = @()
            '--output-column' = @()
            '--callable' = @()
            '--arrays' = @('numpy', 'torch', 'jax', 'scalar')
            '--with' = @()
            '--sample' = @()
            '--seed' = @()
            '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2')
            '--max-ulp' = @()
            '--max-abs' = @()
            '--max-rel' = @()
            '--max-misrounded' = @()
            '--preset' = @()
        }
    }
    'list' = @{
        Options = @('--kind', '--framework', '--json', '-h', '--help')
        Functions = 0
        Words = @()
        Parameters = $false
        Values = @{
            '--kind' = @('elementwise', 'vector')
            '--framework' = @('torch', 'jax', 'keras', 'onnx', 'mlx', 'tinygrad', 'hf', 'notes')
        }
    }
    'info' = @{
        Options = @('--json', '-h', '--help')
        Functions = 1
        Words = @()
        Parameters = $true
        Values = @{
        }
    }
    'completion' = @{
        Options = @('-h', '--help')
        Functions = 0
        Words = @('bash', 'zsh', 'fish', 'powershell')
        Parameters = $false
        Values = @{
        }
    }
}

Register-ArgumentCompleter -Native -CommandName actcli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    function Offer($words, $prefix) {
        foreach ($word in @($words)) {
            if ($word.StartsWith($prefix, [System.StringComparison]::Ordinal)) {
                [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $word)
            }
        }
    }

    # The words before the one at the cursor; the first is the program itself.
    $said = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text } | Select-Object -Skip 1)
    if ($said.Count -eq 0) {
        Offer (@($script:ActcliCommands.Keys) + @('--version', '-h', '--help')) $wordToComplete
        return
    }
    $command = $script:ActcliCommands[$said[0]]
    if ($null -eq $command) { return }
    $function = $said | Select-Object -Skip 1 | ForEach-Object { ($_ -split ':')[0] } |
        Where-Object { $script:ActcliFunctions.Contains($_) } | Select-Object -First 1
    $own = @()
    if ($function -and $script:ActcliParameters.ContainsKey($function)) {
        $own = $script:ActcliParameters[$function]
    }

    $previous = $said[-1]
    if ($command.Values.ContainsKey($previous)) {
        $values = $command.Values[$previous]
        if ($values -is [string] -and $values -eq 'file') { return }  # PowerShell offers files itself
        if ($values -is [string] -and $values -eq 'parameter') { $values = $own }
        Offer $values $wordToComplete
    } elseif ($wordToComplete.StartsWith('-')) {
        $options = @($command.Options)
        if ($command.Parameters) { $options += @($own | ForEach-Object { '--' + $_.Replace('_', '-') }) }
        Offer $options $wordToComplete
    } elseif ($command.Functions -lt 0 -or ($command.Functions -eq 1 -and -not $function)) {
        if ($wordToComplete.Contains(':')) {
            $before = $wordToComplete -replace '[^:,]*$', ''
            $named = ($wordToComplete -split ':')[0]
            if ($script:ActcliParameters.ContainsKey($named)) {
                Offer ($script:ActcliParameters[$named] | ForEach-Object { "$before$_=" }) $wordToComplete
            }
        } else {
            Offer $script:ActcliFunctions.Keys $wordToComplete
        }
    } else {
        Offer $command.Words $wordToComplete
    }
}

# Completion of actcli for bash. To use it: source this file, or put it as `actcli` into
# ~/.local/share/bash-completion/completions.

# The parameters of a function, in REPLY.
_actcli_parameters() {
    case "$1" in
        linear) REPLY="weight bias" ;;
        binary_step) REPLY="threshold" ;;
        threshold) REPLY="threshold value" ;;
        thresholded_relu) REPLY="threshold" ;;
        laplace) REPLY="mu sigma" ;;
        scaled_tanh) REPLY="alpha beta" ;;
        isru) REPLY="alpha" ;;
        isrlu) REPLY="alpha" ;;
        leaky_relu) REPLY="negative_slope" ;;
        prelu) REPLY="alpha" ;;
        rrelu) REPLY="lower upper" ;;
        xielu) REPLY="alpha_p alpha_n beta" ;;
        elu) REPLY="alpha" ;;
        celu) REPLY="alpha" ;;
        selu) REPLY="alpha scale" ;;
        hard_tanh) REPLY="min_val max_val" ;;
        hard_sigmoid) REPLY="alpha beta" ;;
        swish) REPLY="beta" ;;
        clipped_gelu) REPLY="min_val max_val" ;;
        softplus) REPLY="beta" ;;
        squareplus) REPLY="b" ;;
        soft_shrink) REPLY="lambd" ;;
        hard_shrink) REPLY="lambd" ;;
        shrink) REPLY="lambd bias" ;;
        snake) REPLY="alpha" ;;
        softmax) REPLY="temperature" ;;
        log_softmax) REPLY="temperature" ;;
        softmin) REPLY="temperature" ;;
        maxout) REPLY="pieces" ;;
        gumbel_softmax) REPLY="temperature hard seed" ;;
        swiglu) REPLY="beta" ;;
        normalize) REPLY="p eps" ;;
        standardize) REPLY="eps" ;;
        rms_norm) REPLY="eps" ;;
        *) REPLY="" ;;
    esac
}

_actcli() {
    local functions="identity linear binary_step threshold thresholded_relu sigmoid log_sigmoid arctan erf laplace tanh scaled_tanh tanh_shrink lisht logcosh softsign isru isrlu bent_identity relu leaky_relu prelu rrelu relu2 xielu elu celu selu relu6 hard_tanh hard_sigmoid sparse_sigmoid silu swish quick_gelu mish hard_swish hard_mish gelu gelu_tanh clipped_gelu elish hard_elish softplus sqrt_softplus squareplus sparse_plus soft_shrink hard_shrink shrink exponential gaussian sinh cosh asinh acosh atanh sine snake softmax log_softmax softmin hardmax maxout sparsemax entmax15 gumbel_softmax glu reglu geglu swiglu bilinear crelu normalize standardize rms_norm"
    local commands="eval grad plot softmax compare verify list info completion"
    local global="--version -h --help"
    local raw="${COMP_WORDS[COMP_CWORD]}" word words=() glued=0 i
    COMPREPLY=()

    # Readline parts words at : and =, which belong to elu:alpha=1 and --alpha=1: put them together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if ((${#words[@]})) && [[ $glued == 1 && -n $word || $word == [:=]* ]]; then
            words[${#words[@]} - 1]+="$word"
        else
            words+=("$word")
        fi
        [[ $word == *[:=] ]] && glued=1 || glued=0
    done
    if ((${#words[@]} == 0)); then words=(""); fi
    local current="${words[${#words[@]} - 1]}"
    local previous=""
    ((${#words[@]} > 1)) && previous="${words[${#words[@]} - 2]}"
    if ((${#words[@]} == 1)); then
        if [[ $current == -* ]]; then _actcli_reply "$global"; else _actcli_reply "$commands"; fi
        return
    fi
    if [[ $current == --*=* ]]; then
        previous="${current%%=*}"
        current="${current#*=}"
    fi

    # What has been said: the functions, and the first of them.
    local function="" name
    for word in "${words[@]:1:${#words[@]}-2}"; do
        name="${word%%:*}"
        if [[ -z $function && " $functions " == *" $name "* ]]; then function="$name"; fi
    done

    local command="${words[0]}" options="" count=0 parameters=0 arguments=""
    case "$command" in
        eval)
            options="--fast --digits --down --defs -i --input --range -c --column --from --header --no-header --decimal --on-error -f --format -o --output --precision --decimals --only-results --append --dtype -q --quiet -h --help"
            count=1
            parameters=1
            case "$previous" in
                --digits) return ;;
                --defs) _actcli_files; return ;;
                -i|--input) _actcli_files; return ;;
                --range) return ;;
                -c|--column) return ;;
                --from) _actcli_reply "csv tsv text json ndjson md npy npz safetensors parquet arrow"; return ;;
                --decimal) _actcli_reply ". ,"; return ;;
                --on-error) _actcli_reply "fail nan skip"; return ;;
                -f|--format) _actcli_reply "table csv tsv json ndjson md npy parquet arrow"; return ;;
                -o|--output) _actcli_files; return ;;
                --precision) return ;;
                --decimals) return ;;
                --dtype) _actcli_reply "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn"; return ;;
            esac
            ;;
        grad)
            options="--order --wrt --from-output --kink --fast --digits --down --defs -i --input --range -c --column --from --header --no-header --decimal --on-error -f --format -o --output --precision --decimals --only-results --append --dtype -q --quiet -h --help"
            count=1
            parameters=1
            case "$previous" in
                --order) return ;;
                --wrt) _actcli_parameters "$function"; _actcli_reply "$REPLY"; return ;;
                --kink) _actcli_reply "left right min-norm nan"; return ;;
                --digits) return ;;
                --defs) _actcli_files; return ;;
                -i|--input) _actcli_files; return ;;
                --range) return ;;
                -c|--column) return ;;
                --from) _actcli_reply "csv tsv text json ndjson md npy npz safetensors parquet arrow"; return ;;
                --decimal) _actcli_reply ". ,"; return ;;
                --on-error) _actcli_reply "fail nan skip"; return ;;
                -f|--format) _actcli_reply "table csv tsv json ndjson md npy parquet arrow"; return ;;
                -o|--output) _actcli_files; return ;;
                --precision) return ;;
                --decimals) return ;;
                --dtype) _actcli_reply "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn"; return ;;
            esac
            ;;
        plot)
            options="-o --output --all --kink --range --order --no-derivative --mark --saturation --layout --piece --points -c --column --style --size --dpi -f --format --transparent --axes --grid --title --xlabel --ylabel --term --no-preview --defs -q --quiet -h --help"
            count=-1
            parameters=1
            case "$previous" in
                -o|--output) _actcli_files; return ;;
                --kink) _actcli_reply "left right min-norm nan"; return ;;
                --range) return ;;
                --order) return ;;
                --mark) return ;;
                --saturation) return ;;
                --layout) _actcli_reply "overlay rows grid"; return ;;
                --piece) return ;;
                --points) _actcli_files; return ;;
                -c|--column) return ;;
                --style) _actcli_reply "light dark print"; return ;;
                --size) return ;;
                --dpi) return ;;
                -f|--format) _actcli_reply "png svg pdf"; return ;;
                --axes) _actcli_reply "origin frame"; return ;;
                --title) return ;;
                --xlabel) return ;;
                --ylabel) return ;;
                --defs) _actcli_files; return ;;
            esac
            ;;
        softmax)
            options="--temperature --log --steps --jacobian --target --plot --down --fast -i --input --range -c --column --from --header --no-header --decimal --on-error -f --format -o --output --precision --decimals --only-results --append --dtype -q --quiet -h --help"
            case "$previous" in
                --temperature) return ;;
                --target) return ;;
                --plot) _actcli_files; return ;;
                -i|--input) _actcli_files; return ;;
                --range) return ;;
                -c|--column) return ;;
                --from) _actcli_reply "csv tsv text json ndjson md npy npz safetensors parquet arrow"; return ;;
                --decimal) _actcli_reply ". ,"; return ;;
                --on-error) _actcli_reply "fail nan skip"; return ;;
                -f|--format) _actcli_reply "table csv tsv json ndjson md npy parquet arrow"; return ;;
                -o|--output) _actcli_files; return ;;
                --precision) return ;;
                --decimals) return ;;
                --dtype) _actcli_reply "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn"; return ;;
            esac
            ;;
        compare)
            options="--grad --properties --saturation --depth --distance --plot --in-ulp --kink --max-abs --max-rel --max-ulp --defs -i --input --range -c --column --from --header --no-header --decimal --on-error -f --format -o --output --precision --decimals --only-results --append --dtype -q --quiet -h --help"
            count=-1
            parameters=1
            case "$previous" in
                --saturation) return ;;
                --depth) return ;;
                --plot) _actcli_files; return ;;
                --kink) _actcli_reply "left right min-norm nan"; return ;;
                --max-abs) return ;;
                --max-rel) return ;;
                --max-ulp) return ;;
                --defs) _actcli_files; return ;;
                -i|--input) _actcli_files; return ;;
                --range) return ;;
                -c|--column) return ;;
                --from) _actcli_reply "csv tsv text json ndjson md npy npz safetensors parquet arrow"; return ;;
                --decimal) _actcli_reply ". ,"; return ;;
                --on-error) _actcli_reply "fail nan skip"; return ;;
                -f|--format) _actcli_reply "table csv tsv json ndjson md npy parquet arrow"; return ;;
                -o|--output) _actcli_files; return ;;
                --precision) return ;;
                --decimals) return ;;
                --dtype) _actcli_reply "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn"; return ;;
            esac
            ;;
        verify)
            options="--order --wrt --hex -f --format -o --report --plot --style --size --junit --callable --arrays --with --device --traceback --lib --command --onnx --block --repeat --direct -i --input --output -c --column --output-column --write-inputs --sample --seed --range --exhaustive --checkpoint --dtype --in-dtype --scale --zero-point --in-scale --in-zero-point --kink --saturate --ftz --daz --round-params --max-ulp --max-abs --max-rel --max-misrounded --preset --signed-zero --shape --axis --args --masked --max-row-rel --max-sum --framework --budget --ratchet --defs -q --quiet -h --help"
            count=-1
            parameters=1
            case "$previous" in
                --order) return ;;
                --wrt) _actcli_parameters "$function"; _actcli_reply "$REPLY"; return ;;
                -f|--format) _actcli_reply "table json csv md"; return ;;
                -o|--report) _actcli_files; return ;;
                --plot) _actcli_files; return ;;
                --style) _actcli_reply "light dark print"; return ;;
                --size) return ;;
                --junit) _actcli_files; return ;;
                --callable) return ;;
                --arrays) _actcli_reply "numpy torch jax mlx scalar"; return ;;
                --with) return ;;
                --device) return ;;
                --lib) return ;;
                --command) return ;;
                --onnx) _actcli_files; return ;;
                --block) return ;;
                --repeat) return ;;
                -i|--input) _actcli_files; return ;;
                --output) _actcli_files; return ;;
                -c|--column) return ;;
                --output-column) return ;;
                --write-inputs) _actcli_files; return ;;
                --sample) return ;;
                --seed) return ;;
                --range) return ;;
                --checkpoint) _actcli_files; return ;;
                --dtype) _actcli_reply "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e4m3b11fnuz float8_e8m0fnu float4_e2m1fn"; return ;;
                --in-dtype) return ;;
                --scale) return ;;
                --zero-point) return ;;
                --in-scale) return ;;
                --in-zero-point) return ;;
                --kink) _actcli_reply "min-norm any left right nan"; return ;;
                --max-ulp) return ;;
                --max-abs) return ;;
                --max-rel) return ;;
                --max-misrounded) return ;;
                --preset) return ;;
                --shape) return ;;
                --axis) return ;;
                --args) return ;;
                --masked) _actcli_reply "any nan zeros"; return ;;
                --max-row-rel) return ;;
                --max-sum) return ;;
                --framework) _actcli_reply "torch jax keras onnx mlx tinygrad hf notes"; return ;;
                --budget) _actcli_files; return ;;
                --defs) _actcli_files; return ;;
            esac
            ;;
        list)
            options="--kind --framework --json --defs -q --quiet -h --help"
            case "$previous" in
                --kind) _actcli_reply "elementwise vector"; return ;;
                --framework) _actcli_reply "torch jax keras onnx mlx tinygrad hf notes"; return ;;
                --defs) _actcli_files; return ;;
            esac
            ;;
        info)
            options="--json --latex --python --torch --defs -q --quiet -h --help"
            count=1
            parameters=1
            case "$previous" in
                --defs) _actcli_files; return ;;
            esac
            ;;
        completion)
            options="-q --quiet -h --help"
            arguments="bash zsh fish powershell"
            ;;
        *) return ;;
    esac

    if [[ $current == -* ]]; then
        if ((parameters)) && [[ -n $function ]]; then
            _actcli_parameters "$function"
            for word in $REPLY; do options+=" --${word//_/-}"; done
        fi
        _actcli_reply "$options"
    elif ((count < 0)) || { ((count == 1)) && [[ -z $function ]]; }; then
        if [[ $current == *:* ]]; then
            _actcli_parameters "${current%%:*}"
            local before="${current%"${current##*[:,]}"}" found=""
            [[ ${current##*[:,]} == *=* ]] && return
            for word in $REPLY; do found+=" $before$word="; done
            _actcli_reply "$found" nospace
        else
            _actcli_reply "$functions"
        fi
    else
        _actcli_reply "$arguments"
    fi
}

# Reply with those of the words that begin with what stands there. Readline replaces only what it took for the
# word: less than the word after a : or =, more than the value in an unparted --option=value.
_actcli_reply() {
    local before="" start="" word
    if [[ $raw == [:=] ]]; then
        start="$current"
    elif ((${#raw} > ${#current})); then
        before="${raw%"$current"}"
    else
        start="${current%"$raw"}"
    fi
    for word in $1; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$before${word#"$start"}")
    done
    [[ ${2-} == nospace ]] && compopt -o nospace 2>/dev/null
    return 0
}

_actcli_files() {
    compopt -o filenames 2>/dev/null
    local file
    while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
}

complete -F _actcli actcli

# Completion of actcli for PowerShell. To use it: add  . path/to/actcli.ps1  to $PROFILE.

Register-ArgumentCompleter -Native -CommandName actcli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $functions = @(
        'identity', 'linear', 'binary_step', 'threshold', 'thresholded_relu', 'sigmoid', 'log_sigmoid', 'arctan', 'erf', 'laplace', 'tanh', 'scaled_tanh', 'tanh_shrink', 'lisht', 'logcosh', 'softsign', 'isru', 'isrlu', 'bent_identity', 'relu', 'leaky_relu', 'prelu', 'rrelu', 'relu2', 'xielu', 'elu', 'celu', 'selu', 'relu6', 'hard_tanh', 'hard_sigmoid', 'sparse_sigmoid', 'silu', 'swish', 'quick_gelu', 'mish', 'hard_swish', 'hard_mish', 'gelu', 'gelu_tanh', 'clipped_gelu', 'elish', 'hard_elish', 'softplus', 'sqrt_softplus', 'squareplus', 'sparse_plus', 'soft_shrink', 'hard_shrink', 'shrink', 'exponential', 'gaussian', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh', 'sine', 'snake', 'softmax', 'log_softmax', 'softmin', 'hardmax', 'maxout', 'sparsemax', 'entmax15', 'gumbel_softmax', 'glu', 'reglu', 'geglu', 'swiglu', 'bilinear', 'crelu', 'normalize', 'standardize', 'rms_norm'
    )
    $parameters = @{
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
        'rms_norm' = @('eps')
    }
    $commands = [ordered]@{
        'eval' = @{
            Options = @('--fast', '--digits', '--down', '--defs', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--decimal', '--on-error', '-f', '--format', '-o', '--output', '--precision', '--decimals', '--only-results', '--append', '--dtype', '-q', '--quiet', '-h', '--help')
            Functions = 1
            Words = @()
            Parameters = $true
            Values = @{
                '--digits' = @()
                '--defs' = 'file'
                '-i' = 'file'
                '--input' = 'file'
                '--range' = @()
                '-c' = @()
                '--column' = @()
                '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'md', 'npy', 'npz', 'safetensors', 'parquet', 'arrow')
                '--decimal' = @('.', ',')
                '--on-error' = @('fail', 'nan', 'skip')
                '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '-o' = 'file'
                '--output' = 'file'
                '--precision' = @()
                '--decimals' = @()
                '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz', 'float8_e4m3b11fnuz', 'float8_e8m0fnu', 'float4_e2m1fn')
            }
        }
        'grad' = @{
            Options = @('--order', '--wrt', '--from-output', '--kink', '--fast', '--digits', '--down', '--defs', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--decimal', '--on-error', '-f', '--format', '-o', '--output', '--precision', '--decimals', '--only-results', '--append', '--dtype', '-q', '--quiet', '-h', '--help')
            Functions = 1
            Words = @()
            Parameters = $true
            Values = @{
                '--order' = @()
                '--wrt' = 'parameter'
                '--kink' = @('left', 'right', 'min-norm', 'nan')
                '--digits' = @()
                '--defs' = 'file'
                '-i' = 'file'
                '--input' = 'file'
                '--range' = @()
                '-c' = @()
                '--column' = @()
                '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'md', 'npy', 'npz', 'safetensors', 'parquet', 'arrow')
                '--decimal' = @('.', ',')
                '--on-error' = @('fail', 'nan', 'skip')
                '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '-o' = 'file'
                '--output' = 'file'
                '--precision' = @()
                '--decimals' = @()
                '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz', 'float8_e4m3b11fnuz', 'float8_e8m0fnu', 'float4_e2m1fn')
            }
        }
        'plot' = @{
            Options = @('-o', '--output', '--all', '--kink', '--range', '--order', '--no-derivative', '--mark', '--saturation', '--layout', '--piece', '--points', '-c', '--column', '--style', '--size', '--dpi', '-f', '--format', '--transparent', '--axes', '--grid', '--title', '--xlabel', '--ylabel', '--term', '--no-preview', '--defs', '-q', '--quiet', '-h', '--help')
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
                '-f' = @('png', 'svg', 'pdf')
                '--format' = @('png', 'svg', 'pdf')
                '--axes' = @('origin', 'frame')
                '--title' = @()
                '--xlabel' = @()
                '--ylabel' = @()
                '--defs' = 'file'
            }
        }
        'softmax' = @{
            Options = @('--temperature', '--log', '--steps', '--jacobian', '--target', '--plot', '--down', '--fast', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--decimal', '--on-error', '-f', '--format', '-o', '--output', '--precision', '--decimals', '--only-results', '--append', '--dtype', '-q', '--quiet', '-h', '--help')
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
                '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'md', 'npy', 'npz', 'safetensors', 'parquet', 'arrow')
                '--decimal' = @('.', ',')
                '--on-error' = @('fail', 'nan', 'skip')
                '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '-o' = 'file'
                '--output' = 'file'
                '--precision' = @()
                '--decimals' = @()
                '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz', 'float8_e4m3b11fnuz', 'float8_e8m0fnu', 'float4_e2m1fn')
            }
        }
        'compare' = @{
            Options = @('--grad', '--properties', '--saturation', '--depth', '--distance', '--plot', '--in-ulp', '--kink', '--max-abs', '--max-rel', '--max-ulp', '--defs', '-i', '--input', '--range', '-c', '--column', '--from', '--header', '--no-header', '--decimal', '--on-error', '-f', '--format', '-o', '--output', '--precision', '--decimals', '--only-results', '--append', '--dtype', '-q', '--quiet', '-h', '--help')
            Functions = -1
            Words = @()
            Parameters = $true
            Values = @{
                '--saturation' = @()
                '--depth' = @()
                '--plot' = 'file'
                '--kink' = @('left', 'right', 'min-norm', 'nan')
                '--max-abs' = @()
                '--max-rel' = @()
                '--max-ulp' = @()
                '--defs' = 'file'
                '-i' = 'file'
                '--input' = 'file'
                '--range' = @()
                '-c' = @()
                '--column' = @()
                '--from' = @('csv', 'tsv', 'text', 'json', 'ndjson', 'md', 'npy', 'npz', 'safetensors', 'parquet', 'arrow')
                '--decimal' = @('.', ',')
                '--on-error' = @('fail', 'nan', 'skip')
                '-f' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '--format' = @('table', 'csv', 'tsv', 'json', 'ndjson', 'md', 'npy', 'parquet', 'arrow')
                '-o' = 'file'
                '--output' = 'file'
                '--precision' = @()
                '--decimals' = @()
                '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz', 'float8_e4m3b11fnuz', 'float8_e8m0fnu', 'float4_e2m1fn')
            }
        }
        'verify' = @{
            Options = @('--order', '--wrt', '--hex', '-f', '--format', '-o', '--report', '--plot', '--style', '--size', '--junit', '--callable', '--arrays', '--with', '--device', '--traceback', '--lib', '--command', '--onnx', '--block', '--repeat', '--direct', '-i', '--input', '--output', '-c', '--column', '--output-column', '--write-inputs', '--sample', '--seed', '--range', '--exhaustive', '--checkpoint', '--dtype', '--in-dtype', '--scale', '--zero-point', '--in-scale', '--in-zero-point', '--kink', '--saturate', '--ftz', '--daz', '--round-params', '--max-ulp', '--max-abs', '--max-rel', '--max-misrounded', '--preset', '--signed-zero', '--shape', '--axis', '--args', '--masked', '--max-row-rel', '--max-sum', '--framework', '--budget', '--ratchet', '--defs', '-q', '--quiet', '-h', '--help')
            Functions = -1
            Words = @()
            Parameters = $true
            Values = @{
                '--order' = @()
                '--wrt' = 'parameter'
                '-f' = @('table', 'json', 'csv', 'md')
                '--format' = @('table', 'json', 'csv', 'md')
                '-o' = 'file'
                '--report' = 'file'
                '--plot' = 'file'
                '--style' = @('light', 'dark', 'print')
                '--size' = @()
                '--junit' = 'file'
                '--callable' = @()
                '--arrays' = @('numpy', 'torch', 'jax', 'mlx', 'scalar')
                '--with' = @()
                '--device' = @()
                '--lib' = @()
                '--command' = @()
                '--onnx' = 'file'
                '--block' = @()
                '--repeat' = @()
                '-i' = 'file'
                '--input' = 'file'
                '--output' = 'file'
                '-c' = @()
                '--column' = @()
                '--output-column' = @()
                '--write-inputs' = 'file'
                '--sample' = @()
                '--seed' = @()
                '--range' = @()
                '--checkpoint' = 'file'
                '--dtype' = @('float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz', 'float8_e4m3b11fnuz', 'float8_e8m0fnu', 'float4_e2m1fn')
                '--in-dtype' = @()
                '--scale' = @()
                '--zero-point' = @()
                '--in-scale' = @()
                '--in-zero-point' = @()
                '--kink' = @('min-norm', 'any', 'left', 'right', 'nan')
                '--max-ulp' = @()
                '--max-abs' = @()
                '--max-rel' = @()
                '--max-misrounded' = @()
                '--preset' = @()
                '--shape' = @()
                '--axis' = @()
                '--args' = @()
                '--masked' = @('any', 'nan', 'zeros')
                '--max-row-rel' = @()
                '--max-sum' = @()
                '--framework' = @('torch', 'jax', 'keras', 'onnx', 'mlx', 'tinygrad', 'hf', 'notes')
                '--budget' = 'file'
                '--defs' = 'file'
            }
        }
        'list' = @{
            Options = @('--kind', '--framework', '--json', '--defs', '-q', '--quiet', '-h', '--help')
            Functions = 0
            Words = @()
            Parameters = $false
            Values = @{
                '--kind' = @('elementwise', 'vector')
                '--framework' = @('torch', 'jax', 'keras', 'onnx', 'mlx', 'tinygrad', 'hf', 'notes')
                '--defs' = 'file'
            }
        }
        'info' = @{
            Options = @('--json', '--latex', '--python', '--torch', '--defs', '-q', '--quiet', '-h', '--help')
            Functions = 1
            Words = @()
            Parameters = $true
            Values = @{
                '--defs' = 'file'
            }
        }
        'completion' = @{
            Options = @('-q', '--quiet', '-h', '--help')
            Functions = 0
            Words = @('bash', 'zsh', 'fish', 'powershell')
            Parameters = $false
            Values = @{
            }
        }
    }

    function Offer($words, $prefix) {
        foreach ($word in $words) {
            if ($word.StartsWith($prefix, [System.StringComparison]::Ordinal)) {
                [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $word)
            }
        }
    }

    # The words between the program and the one at the cursor.
    $said = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        ForEach-Object { $_.Extent.Text })
    if ($said.Count -eq 0) {
        Offer (@($commands.Keys) + @('--version', '-h', '--help')) $wordToComplete
        return
    }
    $command = $commands[$said[0]]
    if ($null -eq $command) { return }
    $function = $said | Select-Object -Skip 1 |
        ForEach-Object { ($_ -split ':')[0] } |
        Where-Object { $functions -contains $_ } |
        Select-Object -First 1
    $own = @()
    if ($function -and $parameters.ContainsKey($function)) { $own = $parameters[$function] }

    $previous = $said[-1]
    $before = ''
    if ($wordToComplete -match '^(--[^=]+)=') {
        $previous = $Matches[1]
        $before = "$previous="
    }
    if ($command.Values.ContainsKey($previous)) {
        $values = $command.Values[$previous]
        if ($values -is [string]) {
            if ($values -eq 'file') { return }  # PowerShell offers files by itself
            $values = $own
        }
        Offer @($values | ForEach-Object { "$before$_" }) $wordToComplete
    } elseif ($wordToComplete.StartsWith('-')) {
        $options = @($command.Options)
        if ($command.Parameters) { $options += @($own | ForEach-Object { '--' + $_.Replace('_', '-') }) }
        Offer $options $wordToComplete
    } elseif ($command.Functions -lt 0 -or ($command.Functions -eq 1 -and -not $function)) {
        if ($wordToComplete.Contains(':')) {
            $named = ($wordToComplete -split ':')[0]
            $before = $wordToComplete -replace '[^:,]*$', ''
            if ($parameters.ContainsKey($named)) {
                Offer @($parameters[$named] | ForEach-Object { "$before$_=" }) $wordToComplete
            }
        } else {
            Offer $functions $wordToComplete
        }
    } else {
        Offer $command.Words $wordToComplete
    }
}

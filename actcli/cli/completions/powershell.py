"""The completion script for PowerShell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.completions.words import GLOBAL, Takes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.cli.completions.words import Flag, Program, Subcommand

_SCRIPT = """\
# Completion of actcli for PowerShell. To use it: add  . path/to/actcli.ps1  to $PROFILE.

Register-ArgumentCompleter -Native -CommandName actcli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $functions = @(
        @FUNCTIONS@
    )
    $parameters = @{
@PARAMETERS@
    }
    $commands = [ordered]@{
@COMMANDS@
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
        Offer (@($commands.Keys) + @(@GLOBAL@)) $wordToComplete
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
"""


def script(program: Program) -> str:
    """Return the script."""
    functions = program.functions
    replacements = {
        "@FUNCTIONS@": ", ".join(quote(function.name) for function in functions),
        "@PARAMETERS@": "\n".join(
            f"        {quote(function.name)} = {_array(function.params)}"
            for function in functions
            if function.params
        ),
        "@COMMANDS@": "\n".join(map(_command, program.commands)),
        "@GLOBAL@": ", ".join(quote(name) for flag in GLOBAL for name in flag.names),
    }
    text = _SCRIPT
    for mark, by in replacements.items():
        text = text.replace(mark, by)
    return text


def quote(text: str) -> str:
    """Return the text as one string of PowerShell."""
    return "'" + text.replace("'", "''") + "'"


def _array(words: Iterable[str]) -> str:
    return "@(" + ", ".join(map(quote, words)) + ")"


def _command(command: Subcommand) -> str:
    values = [
        f"                {quote(name)} = {_values(flag)}"
        for flag in command.flags
        if flag.takes is not Takes.NOTHING
        for name in flag.names
    ]
    return "\n".join(
        [
            f"        {quote(command.name)} = @{{",
            f"            Options = {_array(name for flag in command.flags for name in flag.names)}",
            f"            Functions = {command.functions}",
            f"            Words = {_array(command.words)}",
            f"            Parameters = ${str(command.parameters).lower()}",
            "            Values = @{",
            *values,
            "            }",
            "        }",
        ]
    )


def _values(flag: Flag) -> str:
    match flag.takes:
        case Takes.A_WORD:
            return _array(flag.words)
        case Takes.A_PARAMETER:
            return "'parameter'"
        case Takes.A_FILE:
            return "'file'"
        case _:
            return "@()"

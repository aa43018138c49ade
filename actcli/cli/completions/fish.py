"""The completion script for fish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.completions.words import GLOBAL, Takes, option_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.completions.words import Flag, Program, Subcommand

_HEAD = """\
# Completion of actcli for fish. To use it: put this file into ~/.config/fish/completions.

# The parameters of a function.
function __actcli_parameters
    switch $argv[1]
@PARAMETERS@
    end
end

function __actcli_functions
@FUNCTIONS@
end

# The first function that has been named, if any.
function __actcli_named
    for word in (commandline -opc)[3..]
        set -l name (string split -m1 : -- $word)[1]
        if contains -- $name @NAMES@
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
"""


def script(program: Program) -> str:
    """Return the script."""
    parameters = [
        f"        case {f.name}\n            printf '%s\\n' {' '.join(f.params)}"
        for f in program.functions
        if f.params
    ]
    functions = [f"    printf '%s\\t%s\\n' {f.name} {quote(f.summary)}" for f in program.functions]
    names = " ".join(f.name for f in program.functions)
    text = _HEAD.replace("@PARAMETERS@", "\n".join(parameters)).replace("@FUNCTIONS@", "\n".join(functions))
    lines = [text.replace("@NAMES@", names)]
    first = "test (count (commandline -opc)) -eq 1"
    lines += [f"complete -c actcli -n {quote(first)}{_names(flag)} -d {quote(flag.help)}" for flag in GLOBAL]
    lines += [
        f"complete -c actcli -n {quote(first)} -a {command.name} -d {quote(command.summary)}"
        for command in program.commands
    ]
    for command in program.commands:
        lines += ["", *_command(command)]
    lines += ["", *_parameters(program)]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """Return the text as one word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _command(command: Subcommand) -> list[str]:
    here = f"__fish_seen_subcommand_from {command.name}"
    lines = [
        f"complete -c actcli -n {quote(here)}{_names(flag)}{_values(flag)} -d {quote(flag.help)}"
        for flag in command.flags
    ]
    if command.functions:
        unless = "; and not __actcli_named >/dev/null" if command.functions > 0 else ""
        lines.append(f"complete -c actcli -n {quote(here + unless)} -a '(__actcli_function_words)'")
    if command.words:
        lines.append(f"complete -c actcli -n {quote(here)} -a {quote(' '.join(command.words))}")
    return lines


def _names(flag: Flag) -> str:
    return "".join(f" -l {n[2:]}" if n.startswith("--") else f" -s {n[1:]}" for n in flag.names)


def _values(flag: Flag) -> str:
    match flag.takes:
        case Takes.NOTHING:
            return ""
        case Takes.A_WORD:
            return f" -x -a {quote(' '.join(flag.words))}"
        case Takes.A_PARAMETER:
            return " -x -a '(__actcli_parameters (__actcli_named))'"
        case Takes.A_FILE:
            return " -r -F"
        case _:
            return " -x"


def _parameters(program: Program) -> Sequence[str]:
    """Return the options that are parameters, offered where the function named has them."""
    commands = " ".join(command.name for command in program.commands if command.parameters)
    names = dict.fromkeys(name for function in program.functions for name in function.params)
    return [
        f"complete -c actcli -n {quote(f'__actcli_has {name} {commands}')} -l {option_of(name)[2:]} -x"
        for name in names
    ]

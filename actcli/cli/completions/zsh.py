"""The completion script for zsh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.completions.words import GLOBAL, Takes

if TYPE_CHECKING:
    from actcli.cli.completions.words import Flag, Program, Subcommand

_SCRIPT = """\
#compdef actcli
# Completion of actcli for zsh. To use it: put this file into a directory of $fpath.

# The parameters of a function, in reply.
_actcli_parameters() {
    case $1 in
@PARAMETERS@
        (*) reply=() ;;
    esac
}

# The first function that has been named, in REPLY.
_actcli_named() {
    local word
    REPLY=""
    for word in "${(@)words[2,CURRENT-1]}"; do
        if (( ${names[(Ie)${word%%:*}]} )); then REPLY=${word%%:*}; return 0; fi
    done
    return 1
}

# A function, or a parameter of the one that is being typed: elu: elu:alpha=
_actcli_function() {
    if [[ $PREFIX == *:* ]]; then
        local reply
        _actcli_parameters ${PREFIX%%:*}
        compset -P '*[:,]'
        compadd -S '=' -q -a reply
    else
        _describe -t functions function functions
    fi
}

_actcli_own_parameter() {
    local reply REPLY
    _actcli_named && _actcli_parameters $REPLY && compadd -a reply
}

_actcli() {
    local curcontext="$curcontext" state line REPLY name
    typeset -A opt_args
    local -a reply specs names functions commands parameters
    names=(@NAMES@)
    functions=(
@FUNCTIONS@
    )
    commands=(
@COMMANDS@
    )
    _arguments -C @GLOBAL@ '1:command:->command' '*::argument:->argument'
    case $state in
        (command) _describe -t commands command commands; return ;;
        (argument) ;;
        (*) return ;;
    esac
    if _actcli_named; then
        _actcli_parameters $REPLY
        for name in $reply; do parameters+=("--${name//_/-}=[parameter of $REPLY]:number:"); done
    fi
    case $line[1] in
@CASES@
    esac
}

if [[ $funcstack[1] == _actcli ]]; then _actcli "$@"; else compdef _actcli actcli; fi
"""


def script(program: Program) -> str:
    """Return the script."""
    parameters = [
        f"        ({function.name}) reply=({' '.join(function.params)}) ;;"
        for function in program.functions
        if function.params
    ]
    replacements = {
        "@PARAMETERS@": "\n".join(parameters),
        "@NAMES@": " ".join(function.name for function in program.functions),
        "@FUNCTIONS@": "\n".join(_described(f.name, f.summary) for f in program.functions),
        "@COMMANDS@": "\n".join(_described(c.name, c.summary) for c in program.commands),
        "@GLOBAL@": " ".join(_spec(flag) for flag in GLOBAL),
        "@CASES@": "\n".join(map(_case, program.commands)),
    }
    text = _SCRIPT
    for mark, by in replacements.items():
        text = text.replace(mark, by)
    return text


def quote(text: str) -> str:
    """Return the text as one word of zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


def _described(name: str, summary: str) -> str:
    return "        " + quote(f"{name}:{summary.replace(':', chr(92) + ':')}")


def _case(command: Subcommand) -> str:
    specs = [_spec(flag) for flag in command.flags]
    if command.parameters:
        specs.append('"${(@)parameters}"')
    if command.functions == 1:
        specs += ["'1:function:_actcli_function'", "'*:number:{ false }'"]
    elif command.functions < 0:
        specs.append("'*:function:_actcli_function'")
    elif command.words:
        specs.append(quote(f"1:shell:({' '.join(command.words)})"))
    lines = " \\\n                ".join(specs)
    return f"        ({command.name})\n            _arguments -s {lines}\n            ;;"


def _spec(flag: Flag) -> str:
    """Return the option as `_arguments` wants it: names that exclude each other, help, values."""
    help_ = flag.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    tail = f"[{help_}]{_values(flag)}"
    equals = "" if flag.takes is Takes.NOTHING else "="  # --format=csv and --format csv alike
    names = [name + equals if name.startswith("--") else name for name in flag.names]
    unless = "*" if flag.repeatable else f"({' '.join(flag.names)})"
    if len(names) == 1:
        return quote(unless + names[0] + tail)
    return f"{quote(unless)}{{{','.join(names)}}}{quote(tail)}"


def _values(flag: Flag) -> str:
    match flag.takes:
        case Takes.NOTHING:
            return ""
        case Takes.A_WORD:
            return f":value:({' '.join(flag.words)})"
        case Takes.A_PARAMETER:
            return ":parameter:_actcli_own_parameter"
        case Takes.A_FILE:
            return ":file:_files"
        case _:
            return ":value:"

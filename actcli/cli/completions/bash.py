"""The completion script for bash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.completions.words import GLOBAL, Takes

if TYPE_CHECKING:
    from actcli.cli.completions.words import Flag, Program, Subcommand

_HEAD = """\
# Completion of actcli for bash. To use it: source this file, or put it as `actcli` into
# ~/.local/share/bash-completion/completions.

# The parameters of a function, in REPLY.
_actcli_parameters() {
    case "$1" in
@PARAMETERS@
        *) REPLY="" ;;
    esac
}

_actcli() {
    local functions="@FUNCTIONS@"
    local commands="@COMMANDS@"
    local global="@GLOBAL@"
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
@CASES@
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
"""


def script(program: Program) -> str:
    """Return the script."""
    functions = [function for function in program.functions if function.params]
    parameters = "\n".join(f'        {f.name}) REPLY="{" ".join(f.params)}" ;;' for f in functions)
    replacements = {
        "@PARAMETERS@": parameters,
        "@FUNCTIONS@": " ".join(function.name for function in program.functions),
        "@COMMANDS@": " ".join(command.name for command in program.commands),
        "@GLOBAL@": " ".join(name for flag in GLOBAL for name in flag.names),
        "@CASES@": "\n".join(map(_case, program.commands)),
    }
    text = _HEAD
    for mark, by in replacements.items():
        text = text.replace(mark, by)
    return text


def _case(command: Subcommand) -> str:
    options = " ".join(name for flag in command.flags for name in flag.names)
    lines = [f"        {command.name})", f'            options="{options}"']
    if command.functions:
        lines.append(f"            count={command.functions}")
    if command.words:
        lines.append(f'            arguments="{" ".join(command.words)}"')
    if command.parameters:
        lines.append("            parameters=1")
    values = [(flag, _values(flag)) for flag in command.flags if flag.takes is not Takes.NOTHING]
    if values:
        lines.append('            case "$previous" in')
        lines += [f"                {'|'.join(flag.names)}) {action} ;;" for flag, action in values]
        lines.append("            esac")
    lines.append("            ;;")
    return "\n".join(lines)


def _values(flag: Flag) -> str:
    """Return the shell commands that reply with the values of an option."""
    match flag.takes:
        case Takes.A_WORD:
            return f'_actcli_reply "{" ".join(flag.words)}"; return'
        case Takes.A_PARAMETER:
            return '_actcli_parameters "$function"; _actcli_reply "$REPLY"; return'
        case Takes.A_FILE:
            return "_actcli_files; return"
        case _:
            return "return"

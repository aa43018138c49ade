"""What can be completed: the commands, their options with the values they take, and the functions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from typer.core import TyperArgument, TyperOption

from actcli.cli import drawing
from actcli.cli.app import COMMANDS, load
from actcli.core import registry
from actcli.core.dtypes import DTYPES
from actcli.reports import reporting
from actcli.tables.formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence


class Takes(Enum):
    """What an option takes for its value."""

    NOTHING = "nothing"
    ANYTHING = "anything"
    A_FILE = "a file"
    A_WORD = "one of some words"
    A_PARAMETER = "a parameter of the function"


@dataclass(frozen=True, slots=True)
class Flag:
    """An option: its names, its line in the help, what it takes, in which words, and whether repeatedly."""

    names: tuple[str, ...]
    help: str
    takes: Takes = Takes.NOTHING
    words: tuple[str, ...] = ()
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A command: its options, and what its arguments are.

    `functions` says how many of the arguments are functions (0, 1, or −1 for any number); `words` are what
    its arguments are chosen from otherwise. `parameters` tells whether a function's are options of it.
    """

    name: str
    summary: str
    flags: tuple[Flag, ...]
    functions: int
    words: tuple[str, ...]
    parameters: bool


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its name, its line, its parameters."""

    name: str
    summary: str
    params: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """Everything that can be completed."""

    commands: tuple[Subcommand, ...]
    functions: tuple[Function, ...]


GLOBAL = (
    Flag(("--version",), "Print the version"),
    Flag(("-h", "--help"), "Show the help"),
)

_WORDS = {
    "--format": tuple(form.value for form in Format if form.writable),
    "--from": tuple(form.value for form in Format if form.readable),
    "--dtype": tuple(dtype.name for dtype in DTYPES),
    "plot --format": drawing.FORMS,
    "verify --format": tuple(form.value for form in reporting.FORMS),
}
"""The values of options that take words of their own, in all commands or in one."""


def program() -> Program:
    """Return what can be completed, read from the commands and the catalogue."""
    functions = tuple(
        Function(entry.name, entry.summary, tuple(param.name for param in entry.params))
        for entry in registry.entries()
    )
    return Program(tuple(map(_command, COMMANDS)), functions)


def option_of(name: str) -> str:
    """Return the option that sets a parameter."""
    return "--" + name.replace("_", "-")


def first_sentence(text: str) -> str:
    """Return the text up to the first full stop, for a list of choices."""
    return text.partition(". ")[0].removesuffix(".")


def _command(name: str) -> Subcommand:
    params: Sequence[Any] = load(name).params
    arguments = [param for param in params if isinstance(param, TyperArgument)]
    options = [param for param in params if isinstance(param, TyperOption)]
    function = next((a for a in arguments if a.metavar == "FUNCTION"), None)
    return Subcommand(
        name=name,
        summary=COMMANDS[name],
        flags=(*(_flag(name, option) for option in options if not option.hidden), GLOBAL[-1]),
        functions=0 if function is None else function.nargs,
        words=tuple(str(word.value) for a in arguments for word in a.type_descriptor.choices or ()),
        parameters=any(option.hidden for option in options),
    )


def _flag(command: str, option: TyperOption) -> Flag:
    names = tuple(sorted((*option.opts, *option.secondary_opts), key=len))
    choices = tuple(str(getattr(word, "value", word)) for word in option.type_descriptor.choices or ())
    long = option.opts[-1]
    words = _WORDS.get(f"{command} {long}") or _WORDS.get(long) or choices
    if option.is_flag:
        takes = Takes.NOTHING
    elif words:
        takes = Takes.A_WORD
    elif option.metavar == "PARAM":
        takes = Takes.A_PARAMETER
    else:
        takes = Takes.A_FILE if "FILE" in (option.metavar or "") else Takes.ANYTHING
    return Flag(names, first_sentence(option.help or ""), takes, words, option.multiple)

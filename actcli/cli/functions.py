"""The functions that a command line names, with their parameters: `elu:alpha=2`, or `elu --alpha 2`."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from collections.abc import Iterable
from contextlib import suppress
from inspect import Parameter
from typing import Annotated, NamedTuple

from typer import Argument, Option

from actcli.core import registry
from actcli.core.spec import Activation, Entry, VectorActivation
from actcli.errors import UsageError, nearest
from actcli.tables.numbers import parse_number

FunctionName = Annotated[
    str, Argument(metavar="FUNCTION", help="A name or alias; parameters as name:param=value,param=value.")
]
FunctionNames = Annotated[
    list[str], Argument(metavar="FUNCTION", help="Names or aliases; parameters as name:param=value,….")
]


def _hidden(name: str) -> Parameter:
    annotation = Annotated[str | None, Option(name, hidden=True)]
    return Parameter("_", Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


class Parameters(dict[str, str | None]):
    """The parameters of functions that were given as options (`--alpha 1`), as text; None where not given."""

    @classmethod
    def options(cls) -> dict[str, Parameter]:
        """Return an option for each parameter, or alias of one, that any function has."""
        params = [param for entry in registry.entries() for param in entry.params]
        names = dict.fromkeys(name for param in params for name in (param.name, *param.aliases))
        return {name: _hidden("--" + name.replace("_", "-")) for name in names}

    @property
    def given(self) -> dict[str, str]:
        """Those that were given."""
        return {name: text for name, text in self.items() if text is not None}


class Chosen(NamedTuple):
    """A function as the user named it: its record, and the parameters given, by their own names."""

    entry: Activation | VectorActivation
    params: dict[str, float]

    @property
    def label(self) -> str:
        """What names it among others, as it could be typed: `elu:alpha=2`."""
        given = ",".join(f"{name}={value!r}".removesuffix(".0") for name, value in self.params.items())
        return f"{self.entry.name}:{given}" if given else self.entry.name


def choose(text: str, parameters: Parameters | None = None) -> Chosen:
    """Read `name:param=value,param=value` together with the parameters given as options, which go before.

    Raises:
        UsageError: no such function or parameter, or a value that the parameter may not have.
    """
    name, _, tail = text.partition(":")
    entry = registry.get(name)
    given: dict[str, str] = {}
    for part in tail.split(",") if tail else ():
        key, _, value = (piece.strip() for piece in part.partition("="))
        if not key or not value:
            raise UsageError(f"{text!r}: {part!r} is not param=value", _example(entry))
        if key in given:
            raise UsageError(f"{text!r}: {key} is given twice")
        given[key] = value
    if parameters:
        given |= parameters.given
    params = {entry.param(key).name: number(value, f"parameter {key}") for key, value in given.items()}
    entry.bind(params)
    return Chosen(entry, params)


def _example(entry: Entry) -> str:
    if not entry.params:
        return f"{entry.name} has no parameters"
    return f"for example {entry.name}:{entry.params[0].name}={entry.params[0].default:g}"


def _named(words: Iterable[str]) -> list[Entry]:
    """Return the functions among the words of a command line."""
    found: list[Entry] = []
    for word in words:
        with suppress(UsageError):
            found.append(registry.get(word.partition(":")[0]))
    return found


def own_options(words: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return the options for the parameters of each function among the words, with what they mean."""
    return {
        entry.name: [(f"{p.option} {p.name.upper()}", f"{p.meaning} ({p.default:g})") for p in entry.params]
        for entry in _named(words)
        if entry.params
    }


def meant(option: str, words: list[str], options: list[str]) -> str:
    """Return a hint for an option that a command lacks, from the command line's words and the options it has.

    Parameters of functions that are not among the words are not offered.
    """
    own = {
        "--" + name.replace("_", "-"): f"{entry.name}:{param.name}={param.default:g}"
        for entry in _named(words)
        for param in entry.params
        for name in (param.name, *param.aliases)
    }
    if option in own:
        return f"for example {own[option]}"
    foreign = {"--" + name.replace("_", "-") for name in Parameters.options()} - own.keys()
    return nearest(option, [name for name in options if name not in foreign])


def number(text: str, what: str) -> float:
    """Read a number as every input does, or raise `UsageError` that says what it was to be."""
    try:
        return parse_number(text)
    except ValueError as error:
        raise UsageError(f"{what}: {text!r} {error}") from None

"""The options that commands share: a dataclass per group, a field per option.

A command takes a group as one argument (`def run(x: Numbers, source: Input, sink: Output)`); `command.flatten`
turns the fields into options.
"""

from dataclasses import dataclass
from inspect import Parameter
from typing import Annotated, Any, NamedTuple

from typer import Argument, Option

from actcli.core import registry
from actcli.core.spec import Activation, Entry, VectorActivation
from actcli.errors import UsageError
from actcli.tables.numbers import parse_number

FunctionName = Annotated[
    str, Argument(metavar="FUNCTION", help="A name or alias; parameters as name:param=value,param=value.")
]
FunctionNames = Annotated[list[str], Argument(metavar="FUNCTION...", help="Names, as name:param=value,….")]
Numbers = Annotated[list[str] | None, Argument(metavar="[X]...", help="Numbers; -1, -1e-3 and -inf too.")]


@dataclass(frozen=True)
class Input:
    """Where the numbers come from, if they are not arguments."""

    files: Annotated[
        list[str] | None, Option("-i", "--input", metavar="FILE", help="Read a table; - is stdin. Repeatable.")
    ] = None
    range: Annotated[
        str | None, Option("--range", metavar="A:B[:N]", help="N points from A to B, both ends included.")
    ] = None
    columns: Annotated[
        list[str] | None,
        Option("-c", "--column", metavar="NAME|N", help="The column to read, by name or number. Repeatable."),
    ] = None
    format: Annotated[
        str | None,
        Option("--from", metavar="FORMAT", help="Input format, if the file's extension does not tell."),
    ] = None
    header: Annotated[
        bool | None, Option("--header/--no-header", help="Whether the first line names the columns.")
    ] = None
    on_error: Annotated[
        str, Option("--on-error", metavar="fail|nan|skip", help="What becomes of a cell that is no number.")
    ] = "fail"


@dataclass(frozen=True)
class Output:
    """How and where results are written."""

    format: Annotated[
        str | None,
        Option("-f", "--format", metavar="FORMAT", help="table, csv, tsv, json, ndjson, md, npy, parquet, arrow."),
    ] = None
    file: Annotated[
        str | None, Option("-o", "--output", metavar="FILE", help="Write to a file; its extension decides.")
    ] = None
    precision: Annotated[
        int | None, Option("--precision", min=1, metavar="N", help="Significant digits; else the shortest exact.")
    ] = None
    only_results: Annotated[bool, Option("--only-results", help="Leave the input columns out.")] = False
    append: Annotated[bool, Option("--append", help="Add to the file instead of replacing it.")] = False
    quiet: Annotated[bool, Option("--quiet", "-q", help="No progress bar.")] = False
    dtype: Annotated[
        str, Option("--dtype", metavar="DTYPE", help="float64, float32, float16, bfloat16, float8_e4m3fn, …")
    ] = "float64"


class Parameters(dict[str, str | None]):
    """The parameters of functions given as options (`--alpha 1`), as text, by name; None where not given."""

    @classmethod
    def options(cls) -> list[Parameter]:
        """Return an option for each parameter that any function has."""
        helps: dict[str, list[str]] = {}
        for entry in registry.entries():
            for param in entry.params:
                for name in (param.name, *param.aliases):
                    helps.setdefault(name, []).append(entry.name)
        return [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[str | None, Option("--" + name.replace("_", "-"), hidden=True)],
            )
            for name in helps
        ]

    @property
    def given(self) -> dict[str, str]:
        """Those that were given."""
        return {name: text for name, text in self.items() if text is not None}


class Chosen(NamedTuple):
    """A function as the user named it: its record, the parameters given, and the label that says both."""

    entry: Activation | VectorActivation
    params: dict[str, float]

    @property
    def label(self) -> str:
        """The name, with the parameters given: `elu:alpha=2`."""
        if not self.params:
            return self.entry.name
        return f"{self.entry.name}:" + ",".join(f"{k}={v:g}" for k, v in self.params.items())


def choose(text: str, parameters: Parameters | None = None) -> Chosen:
    """Read `name:param=value,param=value`, and parameters given as options, which go before.

    Raises:
        UsageError: no such function or parameter, or a value that the parameter may not have.
    """
    name, _, tail = text.partition(":")
    entry = registry.get(name)
    given: dict[str, str] = {}
    for part in tail.split(",") if tail else ():
        key, equals, value = part.partition("=")
        if not (key.strip() and equals and value.strip()):
            raise UsageError(f"{text!r}: {part!r} is not of the form param=value", _example(entry))
        given[key.strip()] = value.strip()
    given |= parameters.given if parameters else {}
    params = {entry.param(key).name: number(value, f"parameter {key}") for key, value in given.items()}
    entry.bind(params)
    return Chosen(entry, params)


def _example(entry: Entry) -> str:
    return f"for example {entry.name}:" + (
        f"{entry.params[0].name}={entry.params[0].default:g}" if entry.params else "… but it has no parameters"
    )


def number(text: str, what: str = "") -> float:
    """Read a number as every input does, or raise `UsageError` that says what it was to be."""
    try:
        return parse_number(text)
    except ValueError as error:
        raise UsageError(f"{what + ': ' if what else ''}{text!r} {error}") from None

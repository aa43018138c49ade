"""The options that commands share: a dataclass per group, a field per option.

A command takes a group as one argument, `def run(function: FunctionName, x: Numbers, source: Input)`;
`command.flatten` turns the fields of the group into options.
"""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from typer import Argument, Option

from actcli.cli import progress, standard
from actcli.cli.unread import For
from actcli.core.dtypes import FLOAT64, DType, parse
from actcli.core.spec import KinkRule
from actcli.errors import UsageError, shown
from actcli.tables.bad_cells import OnError
from actcli.tables.encode import cells
from actcli.tables.formats import Format, input_format, output_format, written_as
from actcli.tables.numbers import DecimalMark, Rounding
from actcli.tables.points import AT_ONCE, from_range, from_values
from actcli.tables.source import ChunkStream, Progress, Reading
from actcli.tables.writing import Sink, Writing, open_sink

_MOST_DIGITS = 767
"""The significant digits of the double that has most of them, in full."""
_MOST_PLACES = 1074
"""The decimal places of the smallest double, in full."""


_ROUNDED = "doubles written as text: not with --digits, npy, parquet, arrow"
_TABLES = "tables: -i FILE, or a pipe into it"


def _reads(*names: str, **more: Any) -> Any:
    return Option(*names, rich_help_panel="Numbers in", **more)


def _writes(*names: str, **more: Any) -> Any:
    return Option(*names, rich_help_panel="Numbers out", **more)


Numbers = Annotated[
    list[str] | None,
    Argument(metavar="X", help="Numbers, negative ones as they are; 1/3, -pi and [1, 2] too."),
]
Kink = Annotated[
    KinkRule,
    Option("--kink", metavar="RULE", help="At a kink: min-norm (default), left, right or nan."),
    For("derivatives by x of functions of a number"),
]
Json = Annotated[bool, Option("--json", help="As JSON, for programs.")]
Fast = Annotated[
    bool,
    Option("--fast", help="Plain float64 arithmetic: faster, a few ULP off."),
    For("values that are not exact: without --digits, --steps, --from-output"),
]

Down = Annotated[
    bool,
    Option("--down", help="Every column is a vector, not every row; the table is held in memory."),
    For("functions of a vector, of tables"),
]


@dataclass(frozen=True)
class EvalOptions:
    """In which arithmetic results are computed."""

    fast: Fast = False
    digits: Annotated[
        int | None,
        Option(  # a million take seconds for each result, and nothing interrupts a call of FLINT
            "--digits",
            min=1,
            max=1_000_000,
            metavar="N",
            help="N digits, from the textbook definition itself, at the double nearest to X.",
        ),
        For("values and derivatives at x"),
    ] = None
    down: Down = False


@dataclass(frozen=True)
class Input:
    """Where the numbers come from if they are not arguments."""

    files: Annotated[
        list[str] | None,
        _reads("-i", "--input", metavar="FILE", help="Read a table; - is stdin. Repeatable."),
    ] = None
    range: Annotated[
        str | None, _reads("--range", metavar="A:B[:N]", help="N points from A to B, both included (101).")
    ] = None
    columns: Annotated[
        list[str] | None,
        _reads(
            "-c",
            "--column",
            metavar="NAME|N",
            help="Read this column (all of numbers but index, id, step, target). Repeatable.",
        ),
        For(_TABLES),
    ] = None
    format: Annotated[
        str | None,
        _reads(
            "--from",
            metavar="FORMAT",
            help="csv, tsv, text, json, ndjson, md, npy, npz, safetensors, parquet, arrow (detected).",
        ),
        For(_TABLES),
    ] = None
    header: Annotated[
        bool | None,
        _reads("--header/--no-header", help="Whether the first line names the columns."),
        For(_TABLES),
    ] = None
    decimal: Annotated[
        DecimalMark | None,
        _reads(
            "--decimal", metavar="MARK", help="The decimal mark of text: . or , (detected where it is clear)."
        ),
        For("numbers in text: arguments, -i FILE or a pipe into it"),
    ] = None
    on_error: Annotated[
        OnError,
        _reads("--on-error", metavar="RULE", help="What a bad cell does: fail (default), nan or skip."),
        For(_TABLES),
    ] = OnError.FAIL

    @property
    def strict(self) -> bool:
        """Whether a vector that has no value ends the run."""
        return self.on_error is OnError.FAIL

    @property
    def _progress(self) -> "Progress | None":
        return progress.show if progress.wanted() else None

    def is_table(self, x: list[str] | None) -> bool:
        """Whether the numbers come as rows of a table, rather than as arguments or a range."""
        return self.range is None and (not x or x == ["-"])

    def open(
        self,
        x: list[str] | None,
        dtype: DType | None = None,
        name: str = "x",
        *,
        flat: bool = False,
        vector: bool = False,
        apart: str | None = None,
    ) -> ChunkStream:
        """Return the stream of numbers: arguments, a range, files or stdin, whichever was given.

        Args:
            x: the arguments; a lone `-` is stdin.
            dtype: what the numbers are rounded to.
            name: what the column of numbers is called if they are not a table's.
            flat: whether an array of any shape is one column of numbers.
            vector: whether numbers that are not rows of a table are one vector.
            apart: a column that the command uses, and that no note says is left out.

        Raises:
            UsageError: none was given and stdin is a terminal, or more than one was.
        """
        told = self._progress
        ways = {"numbers": x, "--range": self.range, "-i": self.files}
        given = [way for way, what in ways.items() if what]
        if len(given) > 1:
            if file := next(filter(os.path.isfile, x or ()), ""):
                raise UsageError(f"{shown(file)} is not a number", f"an -i before each file: -i {file}")
            raise UsageError(f"{' and '.join(given)} do not go together", "give one of them")
        if x and x != ["-"]:
            return from_values(x, name, dtype, mark=self.decimal, vector=vector)
        if self.range is not None:
            points = from_range(self.range, name, dtype, told)
            if vector and not points.small:
                raise UsageError(f"{self.range!r} is too long for a vector", f"at most {AT_ONCE} numbers")
            return points
        if not (self.files or x) and sys.stdin.isatty():
            raise UsageError(
                "no numbers given", "numbers as arguments, --range A:B:N, -i FILE, or a pipe into it"
            )
        from actcli.tables.reading import read  # which numbers given as arguments do not need

        rows = read(
            Reading(
                paths=tuple(self.files or ["-"]),
                columns=tuple(name for names in self.columns or () for name in names.split(",")),
                header=self.header,
                format=input_format(self.format) if self.format else None,
                mark=self.decimal,
                on_error=self.on_error,
                dtype=dtype,
                flat=flat,
                progress=told,
            )
        )
        if unread := [name for name in rows.unread if name != apart]:
            standard.note(_passed_over(unread))
        return rows


def _passed_over(unread: Sequence[str]) -> str:
    """Return the note that columns of numbers pass through unread."""
    some = ", ".join(repr(name) if name else "the one without a name" for name in unread[:12])
    some += ", …" if len(unread) > 12 else ""
    what = "columns pass" if len(unread) > 1 else "column passes"
    return f"note: {what} through unread: {some} (-c chooses the columns to read)"


@dataclass(frozen=True)
class Output:
    """How and where results are written."""

    format: Annotated[
        str | None,
        _writes(
            "-f",
            "--format",
            metavar="FORMAT",
            help="table (on a terminal), csv (in a pipe), tsv, json, ndjson, md, npy, parquet or arrow.",
        ),
    ] = None
    file: Annotated[
        str | None,
        _writes("-o", "--output", metavar="FILE", help="Write a file; its extension decides the format."),
    ] = None
    precision: Annotated[
        int | None,
        _writes(
            "--precision",
            min=1,
            max=_MOST_DIGITS,
            metavar="N",
            help="N significant digits, for people (as many as read back the same).",
        ),
        For(_ROUNDED),
    ] = None
    decimals: Annotated[
        int | None,
        _writes("--decimals", min=0, max=_MOST_PLACES, metavar="N", help="N decimal places, for people."),
        For(_ROUNDED),
    ] = None
    only_results: Annotated[
        bool, _writes("--only-results", help="Leave the input columns out."), For("results at numbers")
    ] = False
    append: Annotated[
        bool,
        _writes("--append", help="Add to the file rather than replace it."),
        For("-o FILE: csv, tsv or ndjson"),
    ] = False
    dtype_name: Annotated[
        str | None,
        _writes(
            "--dtype",
            metavar="DTYPE",
            help="float64 (default), float32, float16, bfloat16, float8_e4m3fn, float8_e5m2, their kin "
            "fnuz, float8_e8m0fnu (powers of two) or float4_e2m1fn; short names too: bf16, e4m3, fp4.",
        ),
        For("results at numbers, and distances"),
    ] = None

    @property
    def asked(self) -> DType | None:
        """The dtype asked for, if one was."""
        return parse(self.dtype_name) if self.dtype_name else None

    @property
    def dtype(self) -> DType:
        """The dtype asked for, or float64."""
        return self.asked or FLOAT64

    def dtype_for(self, source: ChunkStream) -> DType:
        """Return the dtype of results: the one asked for, or the one that numbers not from text came in."""
        return self.asked or source.dtype or FLOAT64

    @property
    def rounding(self) -> Rounding | None:
        """How numbers are rounded for people, if they ask for it.

        Raises:
            UsageError: they ask for both digits and places.
        """
        if self.decimals is None:
            return None if self.precision is None else Rounding(self.precision)
        if self.precision is not None:
            raise UsageError("--precision and --decimals do not go together", "give one of them")
        return Rounding(self.decimals, places=True)

    @property
    def form(self) -> Format:
        """The format asked for, or the one of the file's extension, or what suits where stdout goes."""
        if self.format:
            return output_format(self.format)
        if self.to_stdout:
            return Format.TABLE if sys.stdout.isatty() else Format.CSV
        return written_as(self.file or "")

    @property
    def to_stdout(self) -> bool:
        """Whether results go to stdout."""
        return self.file in (None, "-")

    @property
    def is_array(self) -> bool:
        """Whether the result is an array, which keeps the shape of one that numbers come from."""
        return self.form is Format.NPY

    def open(
        self, source: ChunkStream | None = None, *, default: Rounding | None = None, exact: bool = False
    ) -> AbstractContextManager[Sink]:
        """Return a context whose value takes the chunks of the result.

        Args:
            source: where the numbers came from: results have its dtype and shape if nothing else is said.
            default: how numbers are rounded for people who do not say.
            exact: whether results are digits already, which no precision rounds.

        Raises:
            UsageError: a format that is not for reading would go to a terminal.
        """
        form, dtype = self.form, self.dtype_for(source) if source else FLOAT64
        rounding = (self.rounding or default) if form.textual and not exact else None
        if self.to_stdout and form is Format.TABLE:
            from actcli.render.terminal import TableSink

            return nullcontext(TableSink(sys.stdout, partial(cells, dtype=dtype, rounding=rounding)))
        if self.to_stdout and not form.textual and sys.stdout.isatty():
            raise UsageError(f"{form} is not for a terminal", "-o FILE, or pipe it on")
        return open_sink(
            Writing(
                path=self.file,
                format=form,
                rounding=rounding,
                dtype=dtype,
                append=self.append,
                shape=source.shape if source else None,
                inputs=source.paths if source else (),
            )
        )

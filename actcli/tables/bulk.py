"""The bulk engine: polars, which reads and writes large tables; it computes nothing here."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import DataError, MissingExtraError
from actcli.loading import loading
from actcli.tables.bad_cells import kept
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.csv_parser import BLANK, even
from actcli.tables.numbers import LATE, DecimalMark, late_numbers, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from polars import DataFrame

    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.csv_parser import CsvSchema
    from actcli.tables.line_blocks import Block

ENOUGH = 1 << 24
"""Bytes of text from which on polars is worth the time of its import."""

_ODD = (b'"', b"\r", b"\0")  # bytes that only the parser in Python handles
_MARKS = (b",", b"\t")  # and these too, where a line is one cell
_ABSENT = "\x1f"  # the unit separator: a delimiter that lines of one cell do not contain


def engine(what: str = "") -> Any:
    """Return polars.

    Raises:
        MissingExtraError: it is not installed; the message says what needs it.
    """
    try:
        with loading():
            import polars
    except ImportError:
        raise MissingExtraError(what, "polars", "bulk") from None
    return polars


def present() -> bool:
    """Tell whether polars can be imported, and import it."""
    try:
        engine()
    except MissingExtraError:
        return False
    return True


@dataclass(frozen=True, slots=True, eq=False)
class FrameRows:
    """Rows of text in a frame of strings: cells as they came, none of them quoted.

    Attributes:
        delimiter: what separates cells.
        frame: a column of strings for each column.
        commas: whether cells may hold commas, as decimal marks.
    """

    delimiter: str
    frame: DataFrame
    commas: bool = False

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.frame.width

    @property
    def lines(self) -> list[str]:
        """The records as they came, without line feeds."""
        columns = [self.cells(i) for i in range(self.width)]
        return columns[0] if self.width == 1 else list(map(self.delimiter.join, zip(*columns, strict=True)))

    def __len__(self) -> int:
        return self.frame.height

    def raw(self, index: int) -> list[str]:
        """Return the cells of a column as they came."""
        return self.cells(index)

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text."""
        found: list[str] = self.frame.to_series(index).to_list()
        return found


@dataclass(frozen=True, slots=True, eq=False)
class TypedRows:
    """Rows of a frame whose columns have types of their own."""

    frame: DataFrame

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.frame.width

    def __len__(self) -> int:
        return self.frame.height

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text; a missing one is empty."""
        polars, column = engine(), self.frame.to_series(index)
        if (values := self.values(index)) is not None and column.dtype != polars.Boolean:
            from actcli.tables.jsontext import of_value

            spelled = [value if isinstance(value, str) else of_value(value) for value in values]
            return ["" if value is None else text for value, text in zip(values, spelled, strict=True)]
        if column.dtype.is_temporal():  # as polars writes them into CSV
            return column.to_frame().write_csv(include_header=False).split("\n")[:-1]
        return list(column.cast(polars.String, strict=False).fill_null("").to_list())

    def values(self, index: int) -> list[Any] | None:
        """Return the values of a column that is neither of numbers nor of what has a text; None for these.

        Booleans, lists and structs are what they are in Python, durations are text as ISO 8601 has it.

        Raises:
            DataError: the column holds bytes that are no text.
        """
        column: Any = self.frame.to_series(index)
        kind = type_name(column.dtype)
        if kind == "Extension":
            column = column.ext.storage()
            kind = type_name(column.dtype)
        if kind == "Duration":
            return list(column.dt.to_string("iso").to_list())
        if kind == "Binary":
            try:
                return [None if value is None else value.decode() for value in column.to_list()]
            except UnicodeDecodeError:
                raise DataError(
                    f"column {column.name!r} holds bytes that are no text",
                    "-o FILE.parquet, or --only-results",
                ) from None
        if not column.dtype.is_nested():
            return list(column.to_list()) if kind == "Boolean" else None
        leaf = column.dtype
        while hasattr(leaf, "inner"):
            leaf = leaf.inner
        narrow = {"Float32": np.float32, "Float16": np.float16}.get(type_name(leaf))
        return [_shortest(value, narrow) for value in column.to_list()] if narrow else list(column.to_list())

    def textual(self) -> bool:
        """Tell whether polars writes every column into CSV as `cells` gives it."""
        odd = ("Duration", "Binary", "Extension", "Object")
        return not any(kind.is_nested() or type_name(kind) in odd for kind in self.frame.dtypes)

    def numeric(self, index: int) -> bool:
        """Tell whether a column holds numbers."""
        return self.frame.to_series(index).dtype.is_numeric()

    def missing(self, index: int) -> list[int]:
        """Return the rows in which a column has no value."""
        found: list[int] = self.frame.to_series(index).is_null().arg_true().to_list()
        return found


def type_name(kind: Any) -> str:
    """Return the name of a type of polars without its parameters."""
    return str(kind).partition("(")[0]


def _shortest(value: Any, narrow: Callable[[float], Any]) -> Any:
    """Return a list with numbers of a narrower type as the doubles that are spelled alike."""
    if isinstance(value, list):
        return [_shortest(one, narrow) for one in value]
    return float(str(narrow(value))) if isinstance(value, float) else value


def parse(block: Block, schema: CsvSchema, policy: BadCellPolicy) -> Chunk | None:
    """Return the rows of a block as a chunk, or None if polars cannot parse it: quotes, blanks, ragged rows.

    Raises:
        DataError: a cell is bad, and that ends the run.
    """
    if block.data.startswith(b"\xef\xbb\xbf"):  # polars would pass over it
        return None
    frame = _cells(block, schema)
    if frame is None:
        return None
    values = np.empty((frame.height, len(schema.chosen)), order="F")
    bad = []
    for j, index in enumerate(schema.chosen):
        column: Any = frame.to_series(index)
        pointed = column if schema.mark is DecimalMark.POINT else _pointed(column)
        numbers = pointed.cast(engine().Float64, strict=False)
        if numbers.null_count():
            if not schema.delimiter and any(odd in block.data for odd in _ODD + _MARKS):
                return None
            if frame.width == 1 and (column.str.strip_chars() == "").any():  # blank lines
                return None
            numbers = numbers.fill_null(np.nan)
        values[:, j], odd = settle(numbers.to_numpy(), column, policy.dtype, schema.mark)
        bad += [(cell, schema.names[index]) for cell in odd]
    for index in schema.words:
        if frame.to_series(index).str.contains(LATE).any():
            bad += [(cell, schema.names[index]) for cell in late_numbers(frame.to_series(index).to_list())]
    rows = FrameRows(schema.delimiter, frame, schema.mark is DecimalMark.COMMA)

    def place(row: int) -> str:
        return f"{block.name}:{block.line + row}"

    where: Callable[[int], str] = place
    if bad and (keep := policy.handle(bad, len(rows), place)) is not None:
        rows, values, where = replace(rows, frame=frame[keep]), values[keep], kept(place, keep)
    columns = {name: Passed(rows, i) for i, name in enumerate(schema.names)}
    return Chunk(columns, tuple(schema.names[i] for i in schema.chosen), values, place=where)


def _pointed(column: Any) -> Any:
    """Return numbers with a decimal comma as numbers with a point; one that has a point is none."""
    return column.str.replace_all(".", "?", literal=True).str.replace_all(",", ".", literal=True)


def _cells(block: Block, schema: CsvSchema) -> DataFrame | None:
    """Return lines as a frame of strings, or None if polars cannot parse them.

    Lines of one cell may hold anything: what is no number is found when they are cast.
    """
    if schema.delimiter == BLANK:
        return None
    data = block.data.replace(b"\r\n", b"\n") if b"\r" in block.data else block.data
    if not schema.delimiter:
        plain = _ABSENT.encode() not in data
    else:
        plain = not any(odd in data for odd in _ODD) and even(data, schema.delimiter, len(schema.names))
    if not plain:
        return None
    polars = engine()
    try:
        # The parameter that reads missing cells as text has another name in polars 2: fill them here.
        frame: DataFrame = polars.read_csv(
            data,
            has_header=False,
            separator=schema.delimiter or _ABSENT,
            quote_char=None,
            infer_schema=False,
            new_columns=[str(i) for i in range(len(schema.names))],
        ).fill_null("")
    except polars.exceptions.PolarsError:
        return None
    return frame if (frame.height, frame.width) == (block.feeds, len(schema.names)) else None


def cause(error: BaseException) -> BaseException:
    """Return the `OSError` that an error of polars wraps, or else the error itself."""
    found = re.search(r"os error (\d+)", str(error))
    if found is None:
        return error
    number = int(found[1])
    if sys.platform == "win32":  # whose error numbers are not those of errno
        import ctypes

        return ctypes.WinError(number)
    return OSError(number, os.strerror(number))


def loaded() -> bool:
    """Tell whether polars has been imported."""
    return sys.modules.get("polars") is not None

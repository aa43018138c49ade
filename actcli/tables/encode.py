"""Chunks as text: CSV, TSV, Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT32, FLOAT64, of
from actcli.errors import visible
from actcli.tables import digits
from actcli.tables.bulk import FrameRows, TypedRows, cause, engine, loaded
from actcli.tables.chunk import Passed, unique
from actcli.tables.csv_parser import TextRows
from actcli.tables.formats import Format
from actcli.tables.lists import Lists
from actcli.tables.numbers import Rounding, format_number, format_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO, TypeGuard

    from numpy.typing import NDArray
    from polars import DataFrame

    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk, Rows

DELIMITERS = {Format.CSV: ",", Format.TSV: "\t"}
_MANY = 32  # fewer rows are not worth the tables that formatting many numbers at once needs
_LONG = 200  # bytes: all lines are padded to the longest, which does not pay beyond this


@dataclass(frozen=True, slots=True, eq=False)
class FrameText:
    """Rows of CSV or TSV that polars formats as it writes them.

    Attributes:
        frame: the cells.
        delimiter: what separates cells.
        style: when a cell is quoted, in the words of polars.
    """

    frame: DataFrame
    delimiter: str
    style: str

    def write(self, file: BinaryIO) -> None:
        """Write the rows; polars writes to the descriptor itself if the file has one."""
        polars = engine()
        try:
            self.frame.write_csv(file, include_header=False, separator=self.delimiter, quote_style=self.style)  # type: ignore[call-overload]
        except (OSError, polars.exceptions.PolarsError) as error:
            raise cause(error) from None

    def __bytes__(self) -> bytes:
        out = BytesIO()
        self.write(out)
        return out.getvalue()


def cells(chunk: Chunk, name: str, dtype: DType | None = None, rounding: Rounding | None = None) -> list[str]:
    """Return a column of a chunk as text, or a note: as it came, or each number in its shortest form."""
    if name not in chunk.columns:
        return [format_number(chunk.notes[name], dtype, rounding)]
    column = chunk.columns[name]
    if isinstance(column, Passed):
        return column.cells()
    if isinstance(column, list):
        return column
    own = dtype if name in chunk.computed else None
    if isinstance(column, Lists):
        return column.spelled(format_numbers(column.values, own, rounding))
    return format_numbers(column, own, rounding)


def quoted(cell: str, delimiter: str) -> str:
    """Return a cell of CSV or TSV, between quotes if it would be misread without."""
    if delimiter in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def delimited(
    chunk: Chunk, delimiter: str, dtype: DType | None, rounding: Rounding | None
) -> bytes | FrameText:
    """Return the rows of a chunk as CSV or TSV; input with the same delimiter keeps every byte."""
    if not len(chunk):
        return b""
    rows, rest = chunk.untouched()
    if (len(chunk) >= _MANY or isinstance(rows, TypedRows)) and rounding is None:
        if isinstance(rows, TypedRows) or _as_it_is(rows, delimiter):
            fast = _fast(rows, chunk.only(rest), delimiter, dtype)
        else:
            fast = _fast(None, chunk, delimiter, dtype)
        if fast is not None:
            return fast
    if not _as_it_is(rows, delimiter):
        rows, rest = None, dict(chunk.columns)
    parts: list[Sequence[str]] = [] if rows is None else [rows.lines]
    parts += [_column(chunk, name, delimiter, dtype, rounding) for name in rest]
    lines = parts[0] if len(parts) == 1 else map(delimiter.join, zip(*parts, strict=True))
    return ("\n".join(lines) + "\n").encode()


def _as_it_is(rows: Rows | None, delimiter: str) -> TypeGuard[TextRows | FrameRows]:
    """Tell whether rows can be written as they came; where a line is one cell, no delimiter may be in it."""
    if not isinstance(rows, TextRows | FrameRows):
        return False
    if rows.delimiter:
        return rows.delimiter == delimiter
    if isinstance(rows, FrameRows):
        return not rows.commas or delimiter != ","
    return rows.records is None and delimiter.encode() not in rows.data


def _fast(
    rows: TextRows | FrameRows | TypedRows | None, rest: Chunk, delimiter: str, dtype: DType | None
) -> bytes | FrameText | None:
    """Return rows followed by numbers, all formatted at once, or None where that is not possible."""
    columns = []
    for name, values in rest.columns.items():
        if not isinstance(values, np.ndarray) or values.dtype.kind != "f":
            return None
        form = (dtype if name in rest.computed else None) or of(values.dtype)
        columns.append((values, form))
    if isinstance(rows, FrameRows | TypedRows) or (rows is None and loaded()):
        return _framed(rows, columns, delimiter)
    if not columns or (rows is not None and (rows.records is not None or rows.longest > _LONG)):
        return None
    wide = [(form.round(values), form) for values, form in columns]
    return digits.lines(b"" if rows is None else rows.data, wide, delimiter)


def _framed(
    rows: FrameRows | TypedRows | None, columns: Sequence[tuple[NDArray[Any], DType]], delimiter: str
) -> FrameText | None:
    """Return rows with numbers after them as CSV or TSV, or None if polars cannot format them.

    Rows of text are written as they came; cells of others are quoted where they must be.
    """
    polars = engine()
    before = rows.frame if isinstance(rows, TypedRows) else None if rows is None else rows.text
    names = () if before is None else before.columns
    fresh = unique([*names, *["result"] * len(columns)])[len(names) :]
    numbers = []
    for name, (values, dtype) in zip(fresh, columns, strict=True):
        if dtype not in (FLOAT64, FLOAT32):
            return None
        narrow = np.ascontiguousarray(values, np.float64 if dtype is FLOAT64 else np.float32)
        numbers.append(polars.Series(name, narrow))
    if isinstance(rows, TypedRows) and not rows.textual():
        return None
    frame = polars.DataFrame(numbers) if before is None else before.hstack(numbers)
    return FrameText(frame, delimiter, "necessary" if isinstance(rows, TypedRows) else "never")


def _column(
    chunk: Chunk, name: str, delimiter: str, dtype: DType | None, rounding: Rounding | None
) -> Sequence[str]:
    column = chunk.columns[name]
    texts = cells(chunk, name, dtype, rounding)
    if isinstance(column, np.ndarray):
        return texts
    sole = len(chunk.columns) == 1  # an empty cell alone would be a blank line
    return [quoted(cell, delimiter) if cell or not sole else '""' for cell in texts]


def header(names: Iterable[str], delimiter: str) -> bytes:
    """Return the line that names the columns."""
    return (delimiter.join(quoted(name, delimiter) for name in names) + "\n").encode()


def markdown(chunk: Chunk, dtype: DType | None, rounding: Rounding | None) -> bytes:
    """Return the rows of a chunk as lines of a Markdown table."""
    columns = [[_plain(cell) for cell in cells(chunk, name, dtype, rounding)] for name in chunk.names]
    notes = [f"{_plain(name)} = {cells(chunk, name, dtype, rounding)[0]}\n" for name in chunk.notes]
    lines = (f"| {' | '.join(row)} |\n" for row in zip(*columns, strict=True))
    return "".join([*lines, *("\n" + note for note in notes)]).encode()


def markdown_header(chunk: Chunk) -> bytes:
    """Return the head of a Markdown table, with numbers aligned right."""
    read = set(chunk.chosen)
    right = [name in read or not isinstance(chunk.columns[name], Passed | list) for name in chunk.names]
    rule = " | ".join("--:" if side else ":--" for side in right)
    return f"| {' | '.join(map(_plain, chunk.names))} |\n| {rule} |\n".encode()


def _plain(cell: str) -> str:
    return visible(cell.replace("\n", " ")).replace("\\", "\\\\").replace("|", "\\|")

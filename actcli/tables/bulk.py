"""The bulk engine: polars, which reads and writes large tables and computes nothing here."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT32, FLOAT64
from actcli.errors import MissingExtraError
from actcli.tables.blocks import feeds
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.dialect import BLANK
from actcli.tables.numbers import settle
from actcli.tables.text import even
from actcli.tables.trouble import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from polars import DataFrame

    from actcli.core.dtypes import DType
    from actcli.tables.blocks import Block
    from actcli.tables.dialect import Layout
    from actcli.tables.trouble import Trouble

ENOUGH = 1 << 24
"""So many bytes of text must be there, or have gone by, before polars is worth the time to import it."""

_NONE = "\x1f"  # stands for a delimiter where a line is one cell
_ODD = (b'"', b"\r", b"\0")  # bytes that need the slower engine's care
_MARKS = (b",", b"\t", _NONE.encode())  # and so do these in a cell that is alone in its line


def engine(what: str = "") -> Any:
    """Return polars.

    Raises:
        MissingExtraError: it is not installed, and so the thing named cannot be done.
    """
    try:
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
    """Rows of text in a frame of strings: cells as they stand, none of them quoted.

    Attributes:
        delimiter: what stands between cells.
        frame: a column of strings for each column.
    """

    delimiter: str
    frame: DataFrame

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
        """Return the cells of a column as they stand."""
        return self.cells(index)

    def cells(self, index: int) -> list[str]:
        """Return what the cells of a column say."""
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
        """Return what the cells of a column say; one that holds nothing is empty."""
        polars, column = engine(), self.frame.to_series(index)
        try:
            return list(column.cast(polars.String, strict=False).fill_null("").to_list())
        except polars.exceptions.PolarsError:  # lists and structures
            return ["" if value is None else str(value) for value in column.to_list()]

    def missing(self, index: int) -> list[int]:
        """Return the rows in which a column holds nothing."""
        found: list[int] = self.frame.to_series(index).is_null().arg_true().to_list()
        return found


def parse(block: Block, layout: Layout, trouble: Trouble) -> Chunk | None:
    """Return the rows of a block as a chunk, or None if it is not plain enough: quotes, blanks, ragged rows.

    Raises:
        DataError: a cell is bad, and that ends the run.
    """
    if layout.delimiter == BLANK:
        return None
    data = block.data.replace(b"\r\n", b"\n") if b"\r" in block.data else block.data
    mark = layout.delimiter or _NONE
    if any(odd in data for odd in _ODD + (() if layout.delimiter else _MARKS)) or not even(
        data, mark, len(layout.names)
    ):
        return None
    polars = engine()
    try:
        frame = polars.read_csv(
            data,
            has_header=False,
            separator=mark,
            quote_char=None,
            infer_schema=False,
            empty_string_is_null=False,
            new_columns=[str(i) for i in range(len(layout.names))],
        )
    except polars.exceptions.PolarsError:
        return None
    if frame.height != feeds(data) or frame.width != len(layout.names):
        return None
    values = np.empty((frame.height, len(layout.chosen)), order="F")
    bad = []
    for j, index in enumerate(layout.chosen):
        column = frame.to_series(index)
        numbers = column.cast(polars.Float64, strict=False)
        found = numbers.to_numpy() if not numbers.null_count() else numbers.fill_null(np.nan).to_numpy()
        values[:, j], troubles = settle(found, column, trouble.dtype)
        bad += [(cell, layout.names[index]) for cell in troubles]
    rows = FrameRows(layout.delimiter, frame)

    def place(row: int) -> str:
        return f"{block.name}:{block.line + row}"

    where: Callable[[int], str] = place
    if bad and (keep := trouble.met(bad, len(rows), place)) is not None:
        rows, values, where = FrameRows(layout.delimiter, frame[keep]), values[keep], kept(place, keep)
    columns = {name: Passed(rows, i) for i, name in enumerate(layout.names)}
    return Chunk(columns, tuple(layout.names[i] for i in layout.chosen), values, place=where)


def delimited(
    rows: FrameRows | TypedRows | None, columns: Sequence[tuple[NDArray[Any], DType]], delimiter: str
) -> bytes | None:
    """Return rows with numbers after them as CSV or TSV, or None if polars has no such numbers.

    Rows of text are put down as they came; a cell of others is quoted where it must be.
    """
    polars = engine()
    numbers = []
    for i, (values, dtype) in enumerate(columns):
        if dtype not in (FLOAT64, FLOAT32):
            return None
        narrow = np.ascontiguousarray(values, np.float64 if dtype is FLOAT64 else np.float32)
        numbers.append(polars.Series(f"r{i}", narrow))
    frame = polars.DataFrame(numbers) if rows is None else rows.frame.hstack(numbers)
    style = "necessary" if isinstance(rows, TypedRows) else "never"
    out = _Pieces()
    try:
        frame.write_csv(out, include_header=False, separator=delimiter, quote_style=style)  # type: ignore[call-overload]
    except polars.exceptions.PolarsError:  # lists and structures
        return None
    return b"".join(out.pieces)


class _Pieces:
    """A file that keeps what is written piece by piece: BytesIO copies all of it again whenever it grows."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Keep a piece."""
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


def loaded() -> bool:
    """Tell whether polars is at hand already."""
    return sys.modules.get("polars") is not None

"""Lines of text as tables: the engine that needs nothing but Python and NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from actcli.errors import DataError
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.dialect import BLANK, split, unclosed, unquoted
from actcli.tables.numbers import parse_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.tables.blocks import Block
    from actcli.tables.dialect import Layout
    from actcli.tables.trouble import Trouble


@dataclass(frozen=True, slots=True, eq=False)
class TextRows:
    """Rows of text.

    Attributes:
        delimiter: what stands between cells.
        lines: the records as they came, without line feeds.
        flat: the cells as they stand, row by row, quotes included.
        width: how many columns there are.
    """

    delimiter: str
    lines: Sequence[str]
    flat: Sequence[str]
    width: int

    def __len__(self) -> int:
        return len(self.lines)

    def raw(self, index: int) -> Sequence[str]:
        """Return the cells of a column as they stand."""
        return self.flat if self.width == 1 else self.flat[index :: self.width]

    def cells(self, index: int) -> list[str]:
        """Return what the cells of a column say, without quotes around them."""
        return [unquoted(cell) if '"' in cell else cell for cell in self.raw(index)]


def decoded(block: Block) -> str:
    """Return the text of a block.

    Raises:
        DataError: it is not UTF-8; the message names the line.
    """
    try:
        return block.data.decode()
    except UnicodeDecodeError as error:
        line = block.line + block.data.count(b"\n", 0, error.start)
        byte = block.data[error.start]
        raise DataError(
            f"{block.name}:{line}: byte 0x{byte:02x} is not UTF-8", "iconv -f LATIN1 -t UTF-8, or what it is"
        ) from None


def records(text: str, delimiter: str) -> list[str]:
    """Return the records of a text that ends with a line feed; one in a quoted cell belongs to its record."""
    lines = text[:-1].split("\n") if text else []
    if "\r" in text:
        lines = [line.removesuffix("\r") for line in lines]
    if '"' not in text or delimiter in ("", BLANK):
        return lines
    whole: list[str] = []
    parts: list[str] = []
    for line in lines:
        parts.append(line)
        record = "\n".join(parts) if len(parts) > 1 else line
        if not unclosed(record, delimiter):
            whole.append(record)
            parts = []
    return whole + parts


def parse(block: Block, layout: Layout, trouble: Trouble) -> Chunk:
    """Return the rows of a block as a chunk.

    Raises:
        DataError: a row has too few or too many cells, or a cell is bad and that ends the run.
    """
    text = decoded(block)
    lines = records(text, layout.delimiter)
    quoted = '"' in text
    rows, places = _rows(lines, layout, quoted, block)
    values = np.empty((len(rows), len(layout.chosen)), order="F")
    bad = []
    for j, index in enumerate(layout.chosen):
        values[:, j], troubles = parse_cells(rows.cells(index) if quoted else rows.raw(index), trouble.dtype)
        bad += [(cell, layout.names[index]) for cell in troubles]
    if bad:
        at = _line_numbers(lines, block.line)
        starts = at if places is None else [at[i] for i in places]
        keep = trouble.met(bad, len(rows), lambda row: f"{block.name}:{starts[row]}")
        if keep is not None:
            rows, values = _kept(rows, keep), values[keep]
    columns = {name: Passed(rows, i) for i, name in enumerate(layout.names)}
    return Chunk(columns, tuple(layout.names[i] for i in layout.chosen), values)


def _rows(lines: list[str], layout: Layout, quoted: bool, block: Block) -> tuple[TextRows, list[int] | None]:
    """Return the rows, and for each the place of its record if blank ones were left out."""
    width, delimiter = len(layout.names), layout.delimiter
    if not delimiter:
        return TextRows("", lines, lines, 1), None
    places = None
    if not all(lines) or any(map(str.isspace, lines)):
        places = [i for i, line in enumerate(lines) if line.strip()]
        lines = [lines[i] for i in places]
    if delimiter != BLANK and not quoted:
        flat = delimiter.join(lines).split(delimiter) if lines else []
        marks = width - 1
        even = set(map(str.count, lines, repeat(delimiter))) <= {marks}
    else:
        cells = [split(line, delimiter) for line in lines]
        flat = [cell for row in cells for cell in row]
        even = all(len(row) == width for row in cells)
    if not even:
        raise _ragged(lines, places, layout, block)
    return TextRows(delimiter, lines, flat, width), places


def _ragged(lines: list[str], places: list[int] | None, layout: Layout, block: Block) -> DataError:
    width = len(layout.names)
    row, cells = next(
        (row, cells) for row, line in enumerate(lines) if len(cells := split(line, layout.delimiter)) != width
    )
    # The records before this one, blank ones too, tell its line: those are all in the block's text.
    index = row if places is None else places[row]
    at = _line_numbers(records(decoded(block), layout.delimiter), block.line)[index]
    return DataError(
        f"{block.name}:{at}: {len(cells)} cell{'s' if len(cells) != 1 else ''} where {width} "
        f"{'are' if width != 1 else 'is'} expected",
        f"the columns are {', '.join(layout.names[:12])}",
    )


def _line_numbers(lines: Sequence[str], first: int) -> list[int]:
    """Return the number of the line on which each record begins."""
    numbers, at = [], first
    for line in lines:
        numbers.append(at)
        at += 1 + line.count("\n")
    return numbers


def _kept(rows: TextRows, keep: np.ndarray[tuple[int], np.dtype[np.intp]]) -> TextRows:
    lines = [rows.lines[i] for i in keep.tolist()]
    if rows.width == 1:
        return TextRows(rows.delimiter, lines, lines, 1)
    flat = [cell for i in keep.tolist() for cell in rows.flat[i * rows.width : (i + 1) * rows.width]]
    return TextRows(rows.delimiter, lines, flat, rows.width)

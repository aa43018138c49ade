"""Delimited text as records, cells and chunks, parsed with nothing but Python and NumPy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.errors import not_utf8
from actcli.tables.bad_cells import OnError, kept
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.decimals import MANY
from actcli.tables.line_blocks import feeds
from actcli.tables.numbers import DecimalMark, late_numbers, parse_cells, parse_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.line_blocks import Block
    from actcli.tables.lists import Lists, ReadLists
    from actcli.tables.numbers import BadCell

BLANK = " "
"""The delimiter that stands for any run of spaces and tabs."""

_GAP = re.compile(rb"\n[ \t\r]*\n")
_START = 4096  # bytes of a block that are searched for blank lines


class CsvSchema(NamedTuple):
    """How lines become cells, and cells columns.

    Attributes:
        delimiter: what separates cells: a character, `BLANK`, or '' where a line is one cell.
        names: the columns.
        chosen: the indices of the columns that are read as numbers.
        empty: the indices of those without a name in which nothing has been seen; a number is a bad cell.
        mark: the decimal mark.
        lists: what reads each column of lists of numbers, by its index.
    """

    delimiter: str
    names: tuple[str, ...]
    chosen: tuple[int, ...]
    empty: tuple[int, ...] = ()
    mark: DecimalMark = DecimalMark.POINT
    lists: Mapping[int, ReadLists] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class TextRows:
    """Rows of text.

    Attributes:
        delimiter: what separates cells.
        width: how many columns there are.
        split: the cells as they came, row by row, quotes included; None if `data` is to be split.
        records: the rows as they came, without line feeds; None if `data` has them.
        data: the rows as they came, each ended by a line feed and holding no other, or nothing.
    """

    delimiter: str
    width: int
    split: Sequence[str] | None
    records: Sequence[str] | None
    data: bytes = b""

    @cached_property
    def flat(self) -> Sequence[str]:
        """The cells as they came, row by row."""
        if self.split is not None:
            return self.split
        text = self.data.decode()
        cells = (text.replace("\n", self.delimiter) if self.delimiter else text)[:-1]
        return cells.split(self.delimiter or "\n") if text else []

    @cached_property
    def height(self) -> int:
        """How many rows there are."""
        return feeds(self.data) if self.split is None else len(self.split) // self.width

    @property
    def longest(self) -> int:
        """The length of the longest row of `data`, in bytes."""
        ends = np.flatnonzero(np.frombuffer(self.data, np.uint8) == ord("\n"))
        return int(np.diff(ends, prepend=-1).max(initial=0))

    @property
    def lines(self) -> Sequence[str]:
        """The rows as they came, without line feeds."""
        return self.data[:-1].decode().split("\n") if self.records is None else self.records

    def __len__(self) -> int:
        return self.height

    def raw(self, index: int) -> Sequence[str]:
        """Return the cells of a column as they came."""
        return self.flat if self.width == 1 else self.flat[index :: self.width]

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text, without the quotes around them."""
        return [unquoted(cell) if '"' in cell else cell for cell in self.raw(index)]


def decoded(block: Block) -> str:
    """Return the text of a block.

    Raises:
        DataError: it is not UTF-8; the message names the line.
    """
    try:
        return block.data.decode()
    except UnicodeDecodeError as error:
        raise not_utf8(error, block.name, block.line) from None


def records(text: str, delimiter: str) -> list[str]:
    """Return the records of a text; a line feed in a quoted cell does not end one, all others do."""
    lines = text[:-1].split("\n") if text else []
    if '"' in text and delimiter not in ("", BLANK):
        lines = _closed(lines, delimiter)
    return [line.removesuffix("\r") for line in lines] if "\r" in text else lines


def _closed(lines: list[str], delimiter: str) -> list[str]:
    """Return lines, joined where a quoted cell goes on in the next one."""
    whole: list[str] = []
    parts: list[str] = []
    for line in lines:
        goes_on = unclosed(f'"{line}' if parts else line, delimiter) if '"' in line else bool(parts)
        parts.append(line)
        if not goes_on:
            whole.append("\n".join(parts))
            parts = []
    return whole + parts  # a quote that is never closed is an ordinary character


def unclosed(line: str, delimiter: str) -> bool:
    """Tell whether a record continues after a line feed, since a quoted cell is open."""
    return '"' in line and _open_cell(delimiter).fullmatch(line) is not None


def unquoted(cell: str) -> str:
    """Return the text of a cell, without the quotes around it if it has any."""
    bare = cell.strip(" ")
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        return bare[1:-1].replace('""', '"')
    return cell


def split(line: str, delimiter: str) -> list[str]:
    """Return the cells of a record as they came, quotes included."""
    if not delimiter:
        return [line]
    if delimiter == BLANK:  # str.split would cut at the blanks within 1 234,5 that do not break
        return line.split() if line.isascii() and '"' not in line else _words().findall(line)
    if '"' not in line:
        return line.split(delimiter)
    return _cell(delimiter).findall(line + delimiter)


_QUOTED = r' *"(?:[^"]|"")*+"'


@cache
def _words() -> re.Pattern[str]:
    return re.compile(r'"(?:[^"]|"")*"|[^ \t\r\n]+')


@cache
def _cell(mark: str) -> re.Pattern[str]:
    return re.compile(rf"({_QUOTED}[^{mark}]*|[^{mark}]*)[{mark}]")


@cache
def _cells(mark: str) -> re.Pattern[str]:
    return re.compile(rf"({_QUOTED}[^{mark}\r\n]*|[^{mark}\r\n]*)([{mark}\n]|\r\n)")


def cells_of(text: str, delimiter: str, width: int) -> tuple[str, ...] | None:
    """Return the cells of whole records, row by row, or None if not every row has `width` of them."""
    found = _cells(delimiter).findall(text)
    if not found or len(found) % width:
        return None
    cells, marks = zip(*found, strict=True)
    ends = [some.count("\n") + some.count("\r\n") for some in (marks, marks[width - 1 :: width])]
    return cells if ends == [len(cells) // width] * 2 else None


@cache
def _open_cell(mark: str) -> re.Pattern[str]:
    return re.compile(rf'(?:(?:{_QUOTED}[^{mark}]*|(?! *")[^{mark}]*)[{mark}])*+ *"(?:[^"]|"")*+')


def even(data: bytes, mark: str, width: int) -> bool:
    """Tell whether every line of a text without quotes has `width` cells; a blank one has one."""
    if width == 1:
        return not mark or mark.encode() not in data
    found = np.frombuffer(data, np.uint8)
    feeds = found == ord("\n")
    ends = feeds[np.flatnonzero(feeds | (found == ord(mark)))]
    return bool(ends[width - 1 :: width].all()) and np.count_nonzero(ends) * width == ends.size


class _Starts:
    """The lines on which records begin, counted on demand."""

    def __init__(self, records: Sequence[str], first: int) -> None:
        self._records, self._first = records, first

    def __getitem__(self, row: int) -> int:
        return self._first + row + sum(record.count("\n") for record in self._records[:row])


def parse(block: Block, schema: CsvSchema, policy: BadCellPolicy, *, plain: bool = True) -> Chunk:
    """Return the rows of a block as a chunk.

    Args:
        block: whole records.
        schema: how they become cells.
        policy: what happens to bad cells and ragged rows.
        plain: whether a single column is assumed to have no blank lines until one is found, at the start of
            the block or among bad cells: a search takes time, and few files have any.

    Raises:
        DataError: a row has too few or too many cells, or a cell is bad and that ends the run.
    """
    alone = len(schema.names) == 1
    plain = plain and not (alone and _GAP.search(block.data, 0, _START))
    rows, starts = _rows(block, schema, policy, plain=plain)
    values = np.empty((len(rows), len(schema.chosen)), order="F")
    bad = []
    for j, (numbers, odd) in enumerate(_numbers(rows, schema, policy.dtype)):
        values[:, j] = numbers
        bad += [(cell, schema.names[schema.chosen[j]]) for cell in odd]
    for index in schema.empty:
        bad += [(cell, schema.names[index]) for cell in late_numbers(rows.cells(index))]

    lists: dict[str, Lists] = {}
    for index, read in schema.lists.items():
        name = schema.names[index]
        lists[name], odd = read(rows.cells(index), policy.dtype)
        bad += [(cell, name) for cell in odd]

    if plain and alone and any(not cell.text.strip() for cell, _ in bad):
        return parse(block, schema, policy, plain=False)

    def place(row: int) -> str:
        return f"{block.name}:{starts[row]}"

    where: Callable[[int], str] = place
    if bad and (keep := policy.handle(bad, len(rows), place)) is not None:
        rows, values, where = _kept(rows, keep.tolist()), values[keep], kept(place, keep)
        lists = {name: column.take(keep) for name, column in lists.items()}
    columns = {name: Passed(rows, i) for i, name in enumerate(schema.names)}
    return Chunk(columns, tuple(schema.names[i] for i in schema.chosen), values, place=where, lists=lists)


def _numbers(
    rows: TextRows, schema: CsvSchema, dtype: DType
) -> Iterator[tuple[NDArray[np.float64], list[BadCell]]]:
    """Yield the numbers of each column that is read, and its cells that hold none."""
    if rows.split is None and len(rows) * len(schema.chosen) >= MANY:
        yield from parse_lines(rows.data, schema.delimiter, rows.width, schema.chosen, dtype, schema.mark)
        return
    for index in schema.chosen:
        cells = rows.cells(index) if rows.records else rows.raw(index)
        yield parse_cells(cells, dtype, schema.mark)


def _rows(
    block: Block, schema: CsvSchema, policy: BadCellPolicy, *, plain: bool
) -> tuple[TextRows, Sequence[int] | _Starts]:
    """Return the rows of a block, and the number of the line on which each begins."""
    width, delimiter = len(schema.names), schema.delimiter
    text = decoded(block)
    simple = plain and delimiter != BLANK and not any(mark in text for mark in '"\r\0')
    if simple and even(block.data, delimiter, width):
        rows = TextRows(delimiter, width, None, None, block.data)
        return rows, range(block.line, block.line + len(rows))
    if plain and '"' in text and delimiter not in ("", BLANK):
        quoted = cells_of(text, delimiter, width)
        if quoted is not None:
            whole = list(map(delimiter.join, zip(*[iter(quoted)] * width, strict=True)))
            return TextRows(delimiter, width, quoted, whole), _Starts(whole, block.line)
    lines = records(text, delimiter)
    starts = list(accumulate((1 + line.count("\n") for line in lines), initial=block.line))
    if not delimiter and plain:
        return TextRows("", 1, lines, lines), starts
    filled = [(line, start) for line, start in zip(lines, starts, strict=False) if line.strip()]
    flat: list[str] = []
    kept = []
    for line, start in filled:
        cells = split(line, delimiter)
        if lacking := width - len(cells):
            message = (
                f"{block.name}:{start}: {len(cells)} cell{'s' if len(cells) != 1 else ''} where {width} "
                f"{'are' if width != 1 else 'is'} expected"
            )
            policy.handle_ragged(message, schema.names, short=lacking > 0)
            if policy.rule is OnError.SKIP:
                continue
            cells += [""] * lacking
            line += delimiter * lacking
        flat += cells
        kept.append((line, start))
    return TextRows(delimiter, width, flat, [line for line, _ in kept]), [start for _, start in kept]


def _kept(rows: TextRows, keep: Sequence[int]) -> TextRows:
    lines = rows.lines
    flat = [cell for i in keep for cell in rows.flat[i * rows.width : (i + 1) * rows.width]]
    return TextRows(rows.delimiter, rows.width, flat, [lines[i] for i in keep])

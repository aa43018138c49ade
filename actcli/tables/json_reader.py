"""Reading of JSON: an object a line, or one array of them; numbers keep their digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.errors import DataError
from actcli.tables import json_tables, jsontext, list_cells
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.columns import SAMPLE, choose, data_columns, default_names, numeric, positions
from actcli.tables.csv_parser import decoded
from actcli.tables.dialect import decimal_mark
from actcli.tables.formats import Format
from actcli.tables.line_blocks import LARGEST, Block
from actcli.tables.numbers import DecimalMark, parse_cells
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.chunk import Column
    from actcli.tables.lists import ReadLists
    from actcli.tables.source import Reading, Step


@dataclass(frozen=True, slots=True, eq=False)
class ObjectRows:
    """Rows of JSON.

    Attributes:
        columns: the cells of each column, as text.
        values: the same cells as JSON.
        lines: the objects as they came; None if the rows did not come as objects in lines.
    """

    columns: Sequence[list[str]]
    values: Sequence[list[str]]
    lines: list[str] | None

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text."""
        return self.columns[index]


def form_of(first: Block) -> Format:
    """Return the form of a text that begins as JSON does: NDJSON if its first line is an object."""
    try:
        found = jsontext.line(first.data.lstrip().split(b"\n", 1)[0].decode(), first.name)
    except (DataError, UnicodeDecodeError):
        return Format.JSON
    if first.feeds == 1 and json_tables.table_of(found) is not None:
        return Format.JSON
    return Format.NDJSON if isinstance(found, dict) else Format.JSON


class _Columns(NamedTuple):
    """The columns of JSON.

    Attributes:
        names: all of them.
        chosen: those that are read.
        unread: those of numbers that are not.
        lists: what reads those of lists.
        mark: the decimal mark of numbers that are strings.
    """

    names: tuple[str, ...]
    chosen: tuple[str, ...]
    unread: tuple[str, ...]
    lists: Mapping[str, ReadLists]
    mark: DecimalMark = DecimalMark.POINT


def lines_source(
    stream: Iterator[Block], reading: Reading, policy: BadCellPolicy, like: ChunkStream | None
) -> ChunkStream | None:
    """Return the rows of NDJSON: objects, arrays or numbers, one in each line; None if there are none.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: a line is not JSON.
        TransferError: the file cannot be read.
    """
    first = next(stream, None)
    if first is None:
        return None
    sample = [jsontext.line(line, f"{first.name}:{at}") for at, line in _lines(first)[:SAMPLE]]
    columns = _columns(sample, first.name, reading, like)

    def steps() -> Iterator[Step]:
        for block in chain([first], stream):
            yield partial(_parse, block, columns, policy)

    return ChunkStream(
        names=columns.names, chosen=columns.chosen, unread=columns.unread, steps=steps(), tally=policy.tally
    )


def array_source(
    stream: Iterator[Block], reading: Reading, policy: BadCellPolicy, like: ChunkStream | None
) -> ChunkStream | None:
    """Return the rows of one JSON array of objects, arrays or numbers; None if it is empty.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: it is not JSON, or too large to be held in memory.
        TransferError: the file cannot be read.
    """
    parts: list[bytes] = []
    name = ""
    for block in stream:
        name = block.name
        parts.append(block.data)
        if sum(map(len, parts)) > LARGEST:
            raise DataError(f"{name}: more than {LARGEST >> 20} MiB of JSON", "NDJSON may be of any length")
    whole = jsontext.whole(decoded(Block(b"".join(parts), name, 1, 0)).rstrip(), name) if parts else []
    table = json_tables.table_of(whole)
    items = table.rows if table else whole if isinstance(whole, list) else [whole]
    if not items:
        return None
    columns = _columns(items, name, reading, like, table.indices if table else ())
    places = [f"{name}: {'row' if table else 'item'} {i + 1}" for i in range(len(items))]
    return ChunkStream(
        names=columns.names,
        chosen=columns.chosen,
        unread=columns.unread,
        steps=iter([partial(_chunk, items, places, None, columns, policy)]),
        tally=policy.tally,
        small=True,
        vector=not any(isinstance(item, dict | list) for item in items),
    )


def _columns(
    items: Sequence[Any],
    place: str,
    reading: Reading,
    like: ChunkStream | None,
    indices: Sequence[str] = (),
) -> _Columns:
    """Return the columns of some rows."""
    first = items[0]
    if isinstance(first, dict):
        names = tuple(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))
    else:
        names = default_names(len(first) if isinstance(first, list) else 1)
    if not names:
        raise DataError(f"{place}: there is nothing in its first {'rows' if len(items) > 1 else 'row'}")
    rows = [row for item in items if (row := _row(item, names)) is not None]
    lists = list_cells.readers(rows, names)
    if like is not None:
        chosen = tuple(names[i] for i in positions(names, like.chosen))
        return _Columns(names, chosen, (), lists, mark=reading.mark or _mark(rows))
    if reading.columns:
        return _Columns(names, choose(names, reading.columns), (), lists, mark=reading.mark or _mark(rows))
    texts = [["" if cell is None else jsontext.cell(cell) for cell in row] for row in rows]
    held = [name for name in numeric(texts, names, titled=isinstance(first, dict)) if name not in lists]
    chosen, unread = data_columns(names, held if held or lists else names, indices, tuple(lists))
    return _Columns(names, chosen, unread, lists, reading.mark or _mark(rows))


def _mark(rows: Sequence[Sequence[Any]]) -> DecimalMark:
    """Return the decimal mark of numbers that are strings; those of JSON itself have a point."""
    return decimal_mark(cell for row in rows for cell in row if type(cell) is str)


def _parse(block: Block, columns: _Columns, policy: BadCellPolicy) -> Chunk:
    lines = _lines(block)
    places = [f"{block.name}:{at}" for at, _ in lines]
    items = [jsontext.line(line, place) for (_, line), place in zip(lines, places, strict=True)]
    strict = [line for _, line in lines]
    if any(word in block.data for word in (b"NaN", b"Infinity")):
        strict = list(map(jsontext.strict, strict))
    return _chunk(items, places, strict, columns, policy)


def _chunk(
    items: Sequence[Any],
    places: Sequence[str],
    lines: list[str] | None,
    columns: _Columns,
    policy: BadCellPolicy,
) -> Chunk:
    names = columns.names
    scalars = tuple(name for name in columns.chosen if name not in columns.lists)
    rows, like = [], []
    for i, item in enumerate(items):
        if (row := _row(item, names)) is None:
            policy.handle_ragged(f"{places[i]}: {_difference(item, names)}", names, short=False)
        else:
            rows.append(row)
            like.append(i)
    if len(like) < len(items):
        items, places = [items[i] for i in like], [places[i] for i in like]
        lines = [lines[i] for i in like] if lines is not None else None
    values = np.empty((len(rows), len(scalars)), order="F")
    texts = [["" if row[i] is None else jsontext.cell(row[i]) for row in rows] for i in range(len(names))]
    bad = []
    for j, i in enumerate(positions(names, scalars)):
        cells = texts[i]
        if columns.mark is DecimalMark.COMMA:
            cells = [jsontext.with_comma(row[i], cell) for row, cell in zip(rows, cells, strict=True)]
        values[:, j], odd = parse_cells(cells, policy.dtype, columns.mark)
        bad += [(cell, names[i]) for cell in odd]
    lists = {}
    for i in positions(names, [name for name in columns.chosen if name in columns.lists]):
        lists[names[i]], odd = columns.lists[names[i]]([row[i] for row in rows], policy.dtype)
        bad += [(cell, names[i]) for cell in odd]
    kept: list[int] | None = None
    if bad and (keep := policy.handle(bad, len(rows), lambda row: places[row])) is not None:
        kept, values = keep.tolist(), values[keep]
        lists = {name: column.take(keep) for name, column in lists.items()}
        rows = [rows[i] for i in kept]
        texts = [[column[i] for i in kept] for column in texts]
        lines = [lines[i] for i in kept] if lines is not None else None
        places = [places[i] for i in kept]
    spelled = [[jsontext.spelled(row[i]) for row in rows] for i in range(len(names))]
    whole = lines if lines is not None and all(isinstance(item, dict) for item in items) else None
    table = ObjectRows(texts, spelled, whole)
    passed: dict[str, Column] = {name: Passed(table, i) for i, name in enumerate(names)}
    return Chunk(passed, scalars, values, place=places.__getitem__, lists=lists)


def _row(item: Any, names: tuple[str, ...]) -> list[Any] | None:
    """Return the values of a row in order, None where there is none; or None if the row has other columns."""
    if isinstance(item, dict):
        return [item.get(name) for name in names] if item.keys() <= set(names) else None
    if isinstance(item, list):
        return item if len(item) == len(names) else None
    return [item] if len(names) == 1 else None


def _difference(item: Any, names: tuple[str, ...]) -> str:
    """Return in what a row differs from those before it."""
    if isinstance(item, dict):
        return f"other fields than expected: {next(key for key in item if key not in names)!r} is new"
    return "other fields than expected"


def _lines(block: Block) -> list[tuple[int, str]]:
    """Return the lines of a block that are not blank, with their numbers."""
    lines = enumerate(decoded(block).split("\n"), block.line)
    return [(at, line.strip()) for at, line in lines if line.strip()]

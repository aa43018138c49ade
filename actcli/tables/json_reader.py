"""Reading of JSON: an object a line, or one array of them; numbers keep their digits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.errors import DataError, border
from actcli.tables import json_tables, jsontext, list_cells
from actcli.tables.bad_cells import OnError
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
        name: the file that they come from.
        width: how many columns there are.
        rows: the values of each row.
        lines: the objects as they came; None if the rows did not come as objects in lines.
    """

    name: str
    width: int
    rows: Sequence[Sequence[Any]]
    lines: list[str] | None

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text."""
        with border(self.name):  # a cell may be nested too deeply
            return [jsontext.cell(row[index]) for row in self.rows]

    def values(self, index: int) -> list[str]:
        """Return the cells of a column as JSON."""
        with border(self.name):
            return [jsontext.spelled(row[index]) for row in self.rows]


def form_of(first: Block) -> Format:
    """Return the form of a text that begins as JSON does.

    It is NDJSON if its first line is an object, or a list with other lines below it.
    """
    head, _, below = first.data.strip().partition(b"\n")
    try:
        found = jsontext.line(jsontext.from_python(head.decode()), first.name)
    except (DataError, UnicodeDecodeError):
        return Format.JSON
    if first.feeds == 1 and json_tables.table_of(found) is not None:
        return Format.JSON
    in_lines = isinstance(found, dict) or (isinstance(found, list) and below)
    return Format.NDJSON if in_lines else Format.JSON


class _Row(Enum):
    """What each row of JSON is, in words; lists of one length are cells, others are each a vector."""

    OBJECT = "an object"
    LIST = "a list"
    VECTOR = "a list of any length"
    VALUE = "a value"


class _Columns(NamedTuple):
    """The columns of JSON.

    Attributes:
        names: all of them.
        form: what each row is.
        chosen: those that are read.
        unread: those of numbers that are not.
        lists: what reads those of lists.
        mark: the decimal mark of numbers that are strings.
    """

    names: tuple[str, ...]
    form: _Row
    chosen: tuple[str, ...]
    unread: tuple[str, ...]
    lists: Mapping[str, ReadLists]
    mark: DecimalMark = DecimalMark.POINT


def source(
    stream: Iterator[Block], form: Format, reading: Reading, policy: BadCellPolicy, like: ChunkStream | None
) -> ChunkStream | None:
    """Return the rows of JSON: objects, arrays or numbers, one in each line or all in one array.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: it is not JSON, or an array too large to be held in memory.
        TransferError: the file cannot be read.
    """
    first = next(stream, None)
    if first is None:
        return None
    name, in_lines, table = first.name, form is Format.NDJSON, None
    if in_lines:
        items = [jsontext.line(line, f"{name}:{at}") for at, line in _lines(first)[:SAMPLE]]
    else:
        data = bytearray(first.data)
        for block in stream:
            data += block.data
            if len(data) > LARGEST:
                raise DataError(
                    f"{name}: more than {LARGEST >> 20} MiB of JSON", "NDJSON may be of any length"
                )
        whole = jsontext.whole(decoded(Block(bytes(data), name, 1, 0)).rstrip(), name)
        table = json_tables.table_of(whole)
        items = table.rows if table else whole if isinstance(whole, list) else [whole]
    if not items:
        return None
    columns = _columns(items, name, reading, like, table.indices if table else ())

    def steps() -> Iterator[Step]:
        if in_lines:
            for block in chain([first], stream):
                yield partial(_parse, block, columns, policy)
        else:
            places = [f"{name}: {'row' if table else 'item'} {i + 1}" for i in range(len(items))]
            yield partial(_chunk, items, places, None, columns, policy)

    return ChunkStream(
        names=columns.names,
        chosen=columns.chosen,
        unread=columns.unread,
        steps=steps(),
        tally=policy.tally,
        small=not in_lines,
        vector=not in_lines and columns.form is _Row.VALUE,
    )


def _columns(
    items: Sequence[Any],
    place: str,
    reading: Reading,
    like: ChunkStream | None,
    indices: Sequence[str] = (),
) -> _Columns:
    """Return the columns of some rows."""
    form = _form(items[0])
    if form is _Row.LIST and _are_vectors(items, reading, like):
        form = _Row.VECTOR
    if form is _Row.OBJECT:
        names = tuple(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))
    else:
        names = default_names(len(items[0]) if form is _Row.LIST else 1)
    if not names:
        raise DataError(f"{place}: there is nothing in its first {'rows' if len(items) > 1 else 'row'}")
    rows = [row for item in items if (row := _row(item, form, names)) is not None]
    lists = list_cells.readers(rows, names)
    columns = _Columns(names, form, names, (), lists, reading.mark or _mark(rows))
    if like is not None:
        return columns._replace(chosen=tuple(names[i] for i in positions(names, like.chosen)))
    if reading.columns:
        return columns._replace(chosen=choose(names, reading.columns))
    texts = [list(map(jsontext.cell, row)) for row in rows]
    held = [name for name in numeric(texts, names, titled=form is _Row.OBJECT) if name not in lists]
    chosen, unread = data_columns(names, held if held or lists else names, indices, tuple(lists))
    return columns._replace(chosen=chosen, unread=unread)


def _are_vectors(items: Sequence[Any], reading: Reading, like: ChunkStream | None) -> bool:
    """Tell whether rows that are lists are each a vector, since their lengths differ.

    Those of a table are not: columns of it are asked for, rows of other lengths are skipped, or it goes on
    from the file before it.
    """
    lengths = {len(item) for item in items if isinstance(item, list)}
    if like is not None:
        return like.names == default_names(1) and lengths != {1}
    return len(lengths) > 1 and not reading.columns and reading.on_error is not OnError.SKIP


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
    rows: list[Any] = [_row(item, columns.form, names) for item in items]
    if odd := [i for i, row in enumerate(rows) if row is None]:
        for i in odd:
            policy.handle_ragged(f"{places[i]}: {_difference(items[i], columns)}", names, short=False)
        rows, places, lines = _some([i for i, row in enumerate(rows) if row is not None], rows, places, lines)
    scalars = tuple(name for name in columns.chosen if name not in columns.lists)
    values = np.empty((len(rows), len(scalars)), order="F")
    bad, lists = [], {}
    for j, i in enumerate(positions(names, scalars)):
        cells = [jsontext.cell(row[i]) for row in rows]
        if columns.mark is DecimalMark.COMMA:
            cells = [jsontext.with_comma(row[i], cell) for row, cell in zip(rows, cells, strict=True)]
        values[:, j], wrong = parse_cells(cells, policy.dtype, columns.mark)
        bad += [(cell, names[i]) for cell in wrong]
    for i in positions(names, [name for name in columns.chosen if name in columns.lists]):
        lists[names[i]], wrong = columns.lists[names[i]]([row[i] for row in rows], policy.dtype)
        bad += [(cell, names[i]) for cell in wrong]
    if bad and (keep := policy.handle(bad, len(rows), lambda row: places[row])) is not None:
        values = values[keep]
        lists = {name: column.take(keep) for name, column in lists.items()}
        rows, places, lines = _some(keep.tolist(), rows, places, lines)
    name = places[0].rpartition(":")[0] if places else ""
    table = ObjectRows(name, len(names), rows, lines if columns.form is _Row.OBJECT else None)
    passed: dict[str, Column] = {name: Passed(table, i) for i, name in enumerate(names)}
    return Chunk(passed, scalars, values, place=places.__getitem__, lists=lists)


def _some(
    kept: Sequence[int], items: Sequence[Any], places: Sequence[str], lines: list[str] | None
) -> tuple[list[Any], list[str], list[str] | None]:
    """Return some of the rows, where they came from, and as what."""
    return [items[i] for i in kept], [places[i] for i in kept], lines and [lines[i] for i in kept]


def _form(item: Any) -> _Row:
    """Return what a row is; a list may be a vector."""
    return _Row.OBJECT if isinstance(item, dict) else _Row.LIST if isinstance(item, list) else _Row.VALUE


def _row(item: Any, form: _Row, names: tuple[str, ...]) -> list[Any] | None:
    """Return the values of a row in order, None where there is none; or None if the row has other columns."""
    if form is _Row.VECTOR:
        return [item] if isinstance(item, list) else None
    if _form(item) is not form:
        return None
    if form is _Row.OBJECT:
        return [item.get(name) for name in names] if item.keys() <= set(names) else None
    if form is _Row.LIST:
        return item if len(item) == len(names) else None
    return [item]


def _difference(item: Any, columns: _Columns) -> str:
    """Return in what a row differs from those before it."""
    if _form(item) is not columns.form:
        return f"{_form(item).value} where {columns.form.value} came before"
    if isinstance(item, dict):
        return f"other fields than expected: {next(key for key in item if key not in columns.names)!r} is new"
    return f"a list of {len(item)} where each had {len(columns.names)} before"


def _lines(block: Block) -> list[tuple[int, str]]:
    """Return the lines of a block that are not blank, with their numbers."""
    lines = enumerate(decoded(block).split("\n"), block.line)
    return [(at, jsontext.from_python(line.strip())) for at, line in lines if line.strip()]

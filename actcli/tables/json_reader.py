"""Reading of JSON: an object a line, or one array of them; numbers keep their digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import DataError
from actcli.tables import jsontext
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.columns import SAMPLE, choose, data_columns, default_names, numeric
from actcli.tables.csv_parser import decoded
from actcli.tables.formats import Format
from actcli.tables.line_blocks import LARGEST, Block
from actcli.tables.numbers import parse_cells
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.tables.bad_cells import BadCellPolicy
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
    return Format.NDJSON if isinstance(found, dict) else Format.JSON


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
    names, chosen, unread = _columns(sample, first.name, reading, like)

    def steps() -> Iterator[Step]:
        for block in chain([first], stream):
            yield partial(_parse, block, names, chosen, policy)

    return ChunkStream(names=names, chosen=chosen, unread=unread, steps=steps(), tally=policy.tally)


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
    items = whole if isinstance(whole, list) else [whole]
    if not items:
        return None
    names, chosen, unread = _columns(items[:SAMPLE], name, reading, like)
    places = [f"{name}: item {i + 1}" for i in range(len(items))]
    step = partial(_chunk, items, places, None, names, chosen, policy)
    return ChunkStream(
        names=names, chosen=chosen, unread=unread, steps=iter([step]), tally=policy.tally, small=True
    )


def _columns(
    items: Sequence[Any], place: str, reading: Reading, like: ChunkStream | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the columns of some rows, those of them that are read as numbers, and those left unread."""
    first = items[0]
    if isinstance(first, dict):
        names = tuple(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))
    else:
        names = default_names(len(first) if isinstance(first, list) else 1)
    if not names:
        raise DataError(f"{place}: there is nothing in its first {'rows' if len(items) > 1 else 'row'}")
    if like is not None:
        return names, tuple(name for name in like.chosen if name in names), ()
    if reading.columns:
        return names, choose(names, reading.columns), ()
    rows = [_row(item, names) for item in items]
    texts = [["" if cell is None else jsontext.cell(cell) for cell in row] for row in rows if row is not None]
    return names, *data_columns(names, numeric(texts, names, titled=isinstance(first, dict)))


def _parse(block: Block, names: tuple[str, ...], chosen: tuple[str, ...], policy: BadCellPolicy) -> Chunk:
    lines = _lines(block)
    places = [f"{block.name}:{at}" for at, _ in lines]
    items = [jsontext.line(line, place) for (_, line), place in zip(lines, places, strict=True)]
    strict = [line for _, line in lines]
    if any(word in block.data for word in (b"NaN", b"Infinity")):
        strict = list(map(jsontext.strict, strict))
    return _chunk(items, places, strict, names, chosen, policy)


def _chunk(
    items: Sequence[Any],
    places: Sequence[str],
    lines: list[str] | None,
    names: tuple[str, ...],
    chosen: tuple[str, ...],
    policy: BadCellPolicy,
) -> Chunk:
    rows, like = [], []
    for i, item in enumerate(items):
        if (row := _row(item, names)) is None:
            policy.handle_ragged(f"{places[i]}: other fields than expected", names, short=False)
        else:
            rows.append(row)
            like.append(i)
    if len(like) < len(items):
        items, places = [items[i] for i in like], [places[i] for i in like]
        lines = [lines[i] for i in like] if lines is not None else None
    values = np.empty((len(rows), len(chosen)), order="F")
    texts = [["" if row[i] is None else jsontext.cell(row[i]) for row in rows] for i in range(len(names))]
    bad = []
    for j, name in enumerate(chosen):
        values[:, j], odd = parse_cells(texts[names.index(name)], policy.dtype)
        bad += [(cell, name) for cell in odd]
    kept: list[int] | None = None
    if bad and (keep := policy.handle(bad, len(rows), lambda row: places[row])) is not None:
        kept, values = keep.tolist(), values[keep]
        rows = [rows[i] for i in kept]
        texts = [[column[i] for i in kept] for column in texts]
        lines = [lines[i] for i in kept] if lines is not None else None
        places = [places[i] for i in kept]
    spelled = [[jsontext.spelled(row[i]) for row in rows] for i in range(len(names))]
    whole = lines if lines is not None and all(isinstance(item, dict) for item in items) else None
    table = ObjectRows(texts, spelled, whole)
    columns = {name: Passed(table, i) for i, name in enumerate(names)}
    return Chunk(columns, chosen, values, place=places.__getitem__)


def _row(item: Any, names: tuple[str, ...]) -> list[Any] | None:
    """Return the values of a row in order, None where there is none; or None if the row has other columns."""
    if isinstance(item, dict):
        return [item.get(name) for name in names] if item.keys() <= set(names) else None
    if isinstance(item, list):
        return item if len(item) == len(names) else None
    return [item] if len(names) == 1 else None


def _lines(block: Block) -> list[tuple[int, str]]:
    """Return the lines of a block that are not blank, with their numbers."""
    lines = enumerate(decoded(block).split("\n"), block.line)
    return [(at, line.strip()) for at, line in lines if line.strip()]

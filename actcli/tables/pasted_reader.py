"""Arrays as people copy them, from files and pipes."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from actcli.errors import DataError
from actcli.tables import jsontext
from actcli.tables.chunk import Chunk
from actcli.tables.columns import choose, default_names
from actcli.tables.csv_parser import decoded
from actcli.tables.line_blocks import LARGEST, Block, is_json
from actcli.tables.numbers import parse_cells
from actcli.tables.pasted import EXAMPLE, RefusedError, array, begins
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.pasted import Pasted
    from actcli.tables.source import Reading

_HEAD = 4096  # bytes that show what a text is


def looks_pasted(data: bytes) -> bool:
    """Tell whether a text begins as an array does, as people copy them."""
    return begins(data[:_HEAD].decode(errors="replace"))


def source(
    stream: Iterator[Block], reading: Reading, policy: BadCellPolicy
) -> tuple[ChunkStream | None, Iterator[Block]]:
    """Return the rows of a text that is an array, or None, and the blocks of the text, to be read otherwise.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: it looks like an array and is not plainly one, or has a bad number in it.
        TransferError: the file cannot be read.
    """
    read: list[Block] = []
    size = 0
    for block in stream:
        read.append(block)
        size += len(block.data)
        if size > LARGEST:
            return None, chain(read, stream)
    name, data = read[0].name, b"".join(block.data for block in read)
    text = decoded(Block(data, name, 1, 0))

    def place(at: int) -> str:
        return f"{name}:{1 + text.count(chr(10), 0, at)}"

    try:
        found = array(text)
    except RefusedError as refusal:
        if is_json(data) and _is_whole_json(text, name):
            return None, iter(read)
        hint = f"{refusal.hint}; --from csv if it is a table" if refusal.hint == EXAMPLE else refusal.hint
        raise DataError(f"{place(refusal.at)}: {refusal.message}", hint) from None
    return None if found is None else _stream(found, place, reading, policy), iter(read)


def _is_whole_json(text: str, name: str) -> bool:
    """Tell whether a text is a value of JSON, or lists one after the other, of which each is a row."""
    try:
        found = jsontext.values(text, name)
    except DataError:
        return False
    return len(found) == 1 or all(isinstance(value, list) for value in found)


def _stream(
    found: Pasted, place: Callable[[int], str], reading: Reading, policy: BadCellPolicy
) -> ChunkStream:
    """Return an array as rows; one of one axis is a column, and one vector."""
    width = found.shape[-1] if len(found.shape) > 1 else 1
    names = default_names(width)
    chosen = choose(names, reading.columns) or names
    count = len(found.cells) // width

    def where(row: int) -> str:
        return place(found.starts[row if width > 1 else 0])

    def step() -> Chunk:
        values = np.empty((count, len(chosen)), order="F")
        columns = {name: found.cells[i::width] for i, name in enumerate(names)}
        bad = []
        for j, name in enumerate(chosen):
            values[:, j], odd = parse_cells(columns[name], policy.dtype)
            bad += [(cell, name) for cell in odd]
        if bad and (keep := policy.handle(bad, count, where)) is not None:
            values = values[keep]
            columns = {name: [cells[i] for i in keep.tolist()] for name, cells in columns.items()}
        return Chunk(columns, chosen, values, place=where)

    return ChunkStream(
        names=names,
        chosen=chosen,
        steps=iter([step]),
        tally=policy.tally,
        small=True,
        vector=len(found.shape) < 2,
    )

"""CSV, TSV and other delimited text in: its columns, and the work that makes a chunk of each block."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING

from actcli.tables import bulk, csv_parser, list_cells
from actcli.tables.chunk import unique
from actcli.tables.columns import (
    CellKind,
    choose,
    data_columns,
    default_names,
    kind_of,
    numeric,
    positions,
)
from actcli.tables.csv_parser import CsvSchema, unquoted
from actcli.tables.formats import Compression, compression_of
from actcli.tables.line_blocks import Block
from actcli.tables.opening import size_of
from actcli.tables.sniff import sniff
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.chunk import Chunk
    from actcli.tables.formats import Format
    from actcli.tables.source import Reading, Step


_SMALL = 1 << 18  # bytes: one thread is done with them before a second has started


def source(
    path: str,
    stream: Iterator[Block],
    form: Format | None,
    reading: Reading,
    policy: BadCellPolicy,
    like: ChunkStream | None,
) -> ChunkStream | None:
    """Return the rows of a file of text, or None if it is empty.

    Args:
        path: the file.
        stream: its blocks.
        form: CSV or TSV; None detects the delimiter.
        reading: how it is read.
        policy: what happens to bad cells.
        like: the file before it, whose columns one without a header has too.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    head = sniff(stream, form, reading.header)
    if head is None:
        return None
    block, delimiter, rows, header, skipped = head
    if header:
        names = unique(unquoted(cell).strip() for cell in rows[0])
    elif like is not None and len(like.names) == len(rows[0]):
        names = like.names
    else:
        names = default_names(len(rows[0]))
    sample = rows[1:] if header else rows
    lists = list_cells.readers([[unquoted(cell) for cell in row] for row in sample], names)
    unread: tuple[str, ...] = ()
    if like is not None:
        chosen = tuple(names[i] for i in positions(names, like.chosen))
    elif reading.columns:
        chosen = choose(names, reading.columns)
    else:
        found = numeric(sample, names)
        if lists and found == names:  # which is what stands for none
            found = ()
        chosen, unread = data_columns(names, found, (), tuple(lists))
    scalars = [name for name in chosen if name not in lists]
    schema = CsvSchema(
        delimiter,
        names,
        positions(names, scalars),
        {i: lists[names[i]] for i in positions(names, [name for name in chosen if name in lists])},
    )
    first = policy
    if (
        reading.header is None
        and not header
        and any(kind_of(rows[0][i]) is CellKind.WORD for i in schema.chosen)
    ):
        first = replace(policy, hint=f"--header if it is a name, or {policy.hint}")
    size = size_of((path,)) if compression_of(path) is Compression.NONE else None
    return ChunkStream(
        names=names,
        chosen=chosen,
        unread=unread,
        steps=_steps(
            chain((_without(block, skipped),), stream),
            schema,
            chain((first,), repeat(policy)),
            _bulk_from(path, reading.bulk),
        ),
        tally=policy.tally,
        small=size is not None and size < _SMALL,
        length=int((size or 0) / len(block.data) * block.feeds),
    )


def _steps(
    stream: Iterator[Block], schema: CsvSchema, policies: Iterator[BadCellPolicy], bulk_from: int | None
) -> Iterator[Step]:
    """Yield the work of each block; polars does it after the first `bulk_from` bytes."""
    gone = 0
    for one, policy in zip(stream, policies, strict=False):
        large = bulk_from is not None and gone >= bulk_from
        yield partial(_parsed if large else csv_parser.parse, one, schema, policy)
        gone += len(one.data)


def _parsed(block: Block, schema: CsvSchema, policy: BadCellPolicy) -> Chunk:
    """Return the rows of a block, parsed by polars if it is installed and the block is simple enough."""
    chunk = bulk.parse(block, schema, policy) if not schema.lists and bulk.present() else None
    return csv_parser.parse(block, schema, policy) if chunk is None else chunk


def _bulk_from(path: str, use: bool | None) -> int | None:
    """Return after how many bytes polars is worth its import; None is never."""
    if use is not None:
        return 0 if use and bulk.engine("the bulk engine") else None
    size = size_of((path,))
    if size is None:
        return bulk.ENOUGH
    packed = compression_of(path) is not Compression.NONE
    return 0 if size * (3 if packed else 1) >= bulk.ENOUGH else None


def _without(block: Block, count: int) -> Block:
    """Return a block without its first lines."""
    cut = 0
    for _ in range(count):
        cut = block.data.index(b"\n", cut) + 1
    return Block(block.data[cut:], block.name, block.line + count, block.feeds - count)

"""CSV, TSV and other delimited text in: its columns, and the work that makes a chunk of each block."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING

from actcli.errors import DataError
from actcli.tables import bulk, csv_parser, list_cells
from actcli.tables.chunk import unique
from actcli.tables.columns import choose, data_columns, default_names, kind_of, numeric, positions
from actcli.tables.csv_parser import CsvSchema, unquoted
from actcli.tables.dialect import decimal_mark
from actcli.tables.line_blocks import Block
from actcli.tables.sniff import VALUES, sniff
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.chunk import Chunk
    from actcli.tables.formats import Format
    from actcli.tables.source import Reading, Step


def source(
    stream: Iterator[Block],
    size: int | None,
    form: Format | None,
    reading: Reading,
    policy: BadCellPolicy,
    like: ChunkStream | None,
) -> ChunkStream | None:
    """Return the rows of a file of text, or None if it is empty.

    Args:
        stream: its blocks.
        size: about how many bytes it has, if that is known.
        form: CSV or TSV; None detects the delimiter.
        reading: how it is read.
        policy: what happens to bad cells.
        like: the file before it, whose columns one without a header has too.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    head = sniff(stream, form, reading.header, reading.mark)
    if head is None:
        return None
    block, delimiter, rows, header, skipped = head
    if header:
        names = unique(unquoted(cell).strip() for cell in rows[0])
    elif like is not None and len(like.names) == len(rows[0]):
        names = like.names
    else:
        names = default_names(len(rows[0]))
    data = rows[1:] if header else rows
    if header and not data and reading.header is None and len(reading.paths) == 1:  # else others have rows
        raise DataError(
            f"{block.name}: there is no row below {_shown(rows[0], delimiter)}",
            "--header if it names columns",
        )
    lists = list_cells.readers([[unquoted(cell) for cell in row] for row in data], names)
    unread: tuple[str, ...] = ()
    empty: tuple[int, ...] = ()
    if like is not None:
        chosen = tuple(names[i] for i in positions(names, like.chosen))
    elif reading.columns:
        chosen = choose(names, reading.columns)
    else:
        empty = _empty(rows)
        left = {*lists, *(names[i] for i in empty)}
        held = [name for name in numeric(data, names, titled=header) if name not in left]
        index = tuple(name for name in _quoted_index(data, names) if name not in lists)
        chosen, unread = data_columns(names, held if held or lists else names, index, tuple(lists))
    columns = positions(names, [name for name in chosen if name not in lists])
    mark = reading.mark or decimal_mark(row[i] for row in data for i in columns if i < len(row))
    read_lists = {i: lists[names[i]] for i in positions(names, [name for name in chosen if name in lists])}
    schema = CsvSchema(delimiter, names, columns, empty, mark, read_lists)
    first = policy
    if data and any(
        kind_of(cell) not in VALUES for cell in (data[0][i] for i in columns if i < len(data[0]))
    ):
        if not reading.columns:
            policy = replace(policy, hint=f"{policy.hint}; -c chooses the columns to read")
        named = reading.header is None and not header
        first = replace(policy, hint=f"--header if it is a name, or {policy.hint}") if named else policy
    bulk_from = _bulk_from(size, reading.bulk)
    return ChunkStream(
        names=names,
        chosen=chosen,
        unread=unread,
        steps=_steps(
            chain((_without(block, skipped),), stream),
            schema,
            chain((first,), repeat(policy)),
            bulk_from,
        ),
        tally=policy.tally,
        small=bulk_from is None,
        vector=chosen == names[-1:] and not header and all(_is_labelled(row) for row in data),
        length=int((size or 0) / len(block.data) * block.feeds),
    )


def _shown(row: Sequence[str], delimiter: str) -> str:
    """Return a row as it looks in a message."""
    text = (delimiter or " ").join(row)
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _empty(rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return the columns that come of delimiters at the end of every line: they have neither name nor cell.

    A line alone may rather lack its last numbers.
    """
    width = len(rows[0])
    if len(rows) < 2:
        return ()
    return tuple(
        i for i in range(1, width) if not any(unquoted(row[i]).strip() for row in rows if i < len(row))
    )


def _is_labelled(row: Sequence[str]) -> bool:
    """Tell whether a row is a number with its name, as `a: 1.5` and `a = 1.5`, or with a dash, as in YAML."""
    return len(row) > 1 and (row[-2].rstrip()[-1:] in (":", "=") or row[:-1] == ["-"])


def _quoted_index(rows: Sequence[Sequence[str]], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first column if its numbers alone are quoted: R quotes the names of rows, and no number."""
    if len(names) < 2 or not rows:
        return ()
    quoted = all(row[0][:1] == '"' and unquoted(row[0]).isdecimal() for row in rows)
    return names[:1] if quoted and not any('"' in cell for row in rows for cell in row[1:]) else ()


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


def _bulk_from(size: int | None, use: bool | None) -> int | None:
    """Return after how many bytes polars is worth its import; None is never, or that it is not installed."""
    if use is None and not bulk.installed():
        return None
    if use is not None:
        return 0 if use and bulk.engine("the bulk engine") else None
    if size is None:
        return bulk.ENOUGH
    return 0 if size >= bulk.ENOUGH else None


def _without(block: Block, count: int) -> Block:
    """Return a block without its first lines."""
    cut = 0
    for _ in range(count):
        cut = block.data.index(b"\n", cut) + 1
    return Block(block.data[cut:], block.name, block.line + count, block.feeds - count)

"""Files of lines: where the header ends, which columns there are, the work that makes chunks of blocks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING

from actcli.tables import bulk, text
from actcli.tables.blocks import Block
from actcli.tables.dialect import (
    SAMPLE,
    Layout,
    choose,
    delimiter_of,
    is_header,
    is_word,
    names_of,
    names_what_follows,
    numeric,
    preamble,
    split,
    titles,
    undecided,
)
from actcli.tables.formats import Compression, compression_of
from actcli.tables.opening import size_of
from actcli.tables.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.tables.chunk import Chunk
    from actcli.tables.formats import Format
    from actcli.tables.source import Reading, Step
    from actcli.tables.trouble import Trouble


_SMALL = 1 << 18  # bytes that one thread has worked off before a second is at work


def source(
    path: str,
    stream: Iterator[Block],
    form: Format | None,
    reading: Reading,
    trouble: Trouble,
    like: Source | None,
) -> Source | None:
    """Return the rows of a file of text, or None if it is empty.

    Args:
        path: the file.
        stream: its blocks.
        form: CSV or TSV; else the layout is found.
        reading: how it is read.
        trouble: what is done about bad cells.
        like: the file before it: one without a header has the same columns.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    found = _head(stream, form, reading.header)
    if found is None:
        return None
    block, delimiter, rows, header, skipped = found
    names = names_of(rows[0], header)
    if like is not None and not header and len(names) == len(like.names):
        names = like.names
    if like is not None:
        chosen = tuple(name for name in like.chosen if name in names)
    else:
        chosen = choose(names, reading.columns) or numeric(rows[1:] if header else rows, names)
    layout = Layout(delimiter, names, tuple(names.index(name) for name in chosen))
    first = trouble
    if reading.header is None and not header and any(is_word(rows[0][i]) for i in layout.chosen):
        first = replace(trouble, hint=f"--header if it is a name, or {trouble.hint}")
    size = size_of((path,)) if compression_of(path) is Compression.NONE else None
    return Source(
        names=names,
        chosen=chosen,
        steps=_steps(
            chain((_without(block, skipped),), stream),
            layout,
            chain((first,), repeat(trouble)),
            _bulk_from(path, reading.bulk),
        ),
        tally=trouble.tally,
        small=size is not None and size < _SMALL,
        length=int((size or 0) / len(block.data) * block.feeds),
    )


def _steps(
    stream: Iterator[Block], layout: Layout, troubles: Iterator[Trouble], bulk_from: int | None
) -> Iterator[Step]:
    """Yield the work of each block; the bulk engine does it once so many bytes have gone by."""
    gone = 0
    for one, trouble in zip(stream, troubles, strict=False):
        large = bulk_from is not None and gone >= bulk_from
        yield partial(_parsed if large else text.parse, one, layout, trouble)
        gone += len(one.data)


def _parsed(block: Block, layout: Layout, trouble: Trouble) -> Chunk:
    """Return the rows of a block by the bulk engine if it is there and the block is plain enough."""
    chunk = bulk.parse(block, layout, trouble) if bulk.present() else None
    return text.parse(block, layout, trouble) if chunk is None else chunk


def _bulk_from(path: str, use: bool | None) -> int | None:
    """Return after how many bytes the bulk engine is worth its import; None is never."""
    if use is not None:
        return 0 if use and bulk.engine("the bulk engine") else None
    size = size_of((path,))
    if size is None:
        return bulk.ENOUGH
    packed = compression_of(path) is not Compression.NONE
    return 0 if size * (3 if packed else 1) >= bulk.ENOUGH else None


def _head(
    stream: Iterator[Block], form: Format | None, header: bool | None
) -> tuple[Block, str, list[list[str]], bool, int] | None:
    """Read until the header is known and a row of data has come, or the file ends.

    Returns:
        What has been read as one block, the delimiter, the cells of its first rows, whether the first of
        those is a header, and the number of lines up to the end of it. None if there are no rows.
    """
    held: Block | None = None
    for block in stream:
        held = (
            block
            if held is None
            else held._replace(data=held.data + block.data, feeds=held.feeds + block.feeds)
        )
        if (found := _judged(held, form, header, done=False)) is not None:
            return held, *found
    if held is None:
        return None
    found = _judged(held, form, header, done=True)
    return None if found is None else (held, *found)


def _judged(
    block: Block, form: Format | None, header: bool | None, *, done: bool
) -> tuple[str, list[list[str]], bool, int] | None:
    bare = text.decoded(block._replace(data=_some_lines(block.data))).split("\n")
    first, mark, remark = preamble(bare)
    if first == len(bare) or (remark == bare[first] and len(bare) <= SAMPLE and not done):
        return None  # there are but remarks so far
    start = bare[first]
    for line in bare[first + 1 :]:  # a line feed between quotes belongs to the first record
        if start.count('"') % 2 == 0:
            break
        start = f"{start}\n{line}"
    delimiter = mark or delimiter_of(start, form)
    lines = text.records("\n".join(bare[first:]), delimiter)
    rows = [split(line, delimiter) for line in lines if line.strip()]
    if remark is not None and remark != start and header is not False:
        title = split(titles(remark), delimiter)
        if len(title) == len(rows[0]) and names_what_follows(title, rows, told=header is True):
            return delimiter, [title, *rows], True, first
    if (
        len(rows) == 1
        and not done
        and (header or (header is None and (undecided(rows[0]) or is_header(rows))))
    ):
        return None
    titled = [split(titles(start) if remark == start else start, delimiter), *rows[1:]]
    named = is_header(titled) if header is None else header
    rows = titled if named else rows
    if named and len(rows) > 1 and all(len(row) == len(rows[0]) + 1 for row in rows[1:]):
        _complete(rows)
    return delimiter, rows, named, first + (1 + lines[0].count("\n") if named else 0)


def _complete(rows: list[list[str]]) -> None:
    """Give a header the name that it lacks beside rows of one cell more, if that is no decimal comma."""
    if not any(row[-1].strip() for row in rows[1:]):
        rows[0].append("")  # every row ends with a delimiter
    elif len(rows[0]) > 1 or all(row[0].startswith('"') for row in rows[1:]):
        rows[0].insert(0, "")  # R writes no name for the names of its rows


def _some_lines(data: bytes) -> bytes:
    """Return the first lines of a block, enough to judge by."""
    lines = data.split(b"\n", SAMPLE + 1)
    return data if len(lines) < SAMPLE + 2 else b"\n".join(lines[:-1]) + b"\n"


def _without(block: Block, count: int) -> Block:
    """Return a block without its first lines."""
    cut = 0
    for _ in range(count):
        cut = block.data.index(b"\n", cut) + 1
    return Block(block.data[cut:], block.name, block.line + count, block.feeds - count)

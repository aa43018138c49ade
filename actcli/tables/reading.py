"""Reading of files: the reader of each format, and several files as one stream."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.errors import DataError
from actcli.tables.bad_cells import BadCellPolicy
from actcli.tables.chunk import Chunk
from actcli.tables.columns import choose
from actcli.tables.formats import Format, format_of
from actcli.tables.line_blocks import blocks, is_json
from actcli.tables.source import ChunkStream, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.tables.source import Step


_BRACKET = re.compile(
    rb"\s*(?:#[^\n]*\n\s*)*[^\n]*?(?:[\[({<>]|=[ \t\r]*\n|containing:|\w\s*[:=-]\s*[\d.+-])"
)
"""What the first line of an array has, as people copy them; few tables do."""


def read(reading: Reading) -> ChunkStream:
    """Open the input, find its columns, and return the stream of its rows.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: the input is not what it should be.
        TransferError: a file cannot be read.
    """
    policy = BadCellPolicy(reading.on_error, reading.dtype or FLOAT64)
    paths = list(reading.paths)
    first = _source(paths.pop(0), reading, policy, None)
    while first is None and paths:
        first = _source(paths.pop(0), reading, policy, None)
    if first is None:
        return _nothing(reading)
    if not paths:
        return first
    return ChunkStream(
        names=first.names,
        chosen=first.chosen,
        unread=first.unread,
        steps=_chained(first, paths, reading, policy),
        tally=policy.tally,
        dtype=first.dtype,
    )


def _source(
    path: str, reading: Reading, policy: BadCellPolicy, like: ChunkStream | None
) -> ChunkStream | None:
    """Return the rows of one file, or None if it is empty.

    Args:
        path: the file.
        reading: how it is read.
        policy: what happens to bad cells.
        like: the file before it, whose columns this one must have.
    """
    form = reading.format or format_of(path)
    if form in (Format.PARQUET, Format.ARROW):
        from actcli.tables import frames

        return frames.source(path, form, reading, policy)
    if form is not None and form.arrays:
        from actcli.tables import npy_reader

        return npy_reader.source(path, form, reading)
    if form is Format.TEXT and reading.format is None:
        form = None  # .txt and .dat may hold anything
    json = form in (Format.JSON, Format.NDJSON)
    stream = blocks(path, reading.advance(path), json=None if form is None else json)
    first = next(stream, None)
    if first is None:
        return None
    stream = chain([first], stream)
    if reading.format is None and not json and _BRACKET.match(first.data):
        from actcli.tables import pasted

        if pasted.looks_pasted(first.data):
            found, stream = pasted.source(stream, reading, policy)
            if found is not None:
                return found
    if json or (form is None and is_json(first.data)):
        from actcli.tables import json_reader

        form = form or json_reader.form_of(first)
        given = json_reader.lines_source if form is Format.NDJSON else json_reader.array_source
        return given(stream, reading, policy, like)
    from actcli.tables import csv_reader

    return csv_reader.source(path, stream, form, reading, policy, like)


def _chained(first: ChunkStream, paths: list[str], reading: Reading, policy: BadCellPolicy) -> Iterator[Step]:
    yield from first.steps
    for path in paths:
        source = _source(path, reading, policy, first)
        if source is None:
            continue
        if source.names != first.names:
            have, before = ", ".join(source.names), ", ".join(first.names)
            raise DataError(f"{path}: the columns are {have} where {before} came before")
        yield from source.steps


def _nothing(reading: Reading) -> ChunkStream:
    """Return a source of no rows: the columns asked for by name, or x."""
    wanted = [name for name in reading.columns if not name.isdecimal()]
    names = tuple(dict.fromkeys(wanted)) or ("x",)
    empty: list[str] = []
    chunk = Chunk(dict.fromkeys(names, empty), names, np.empty((0, len(names))))
    return ChunkStream(names=names, chosen=choose(names, names), steps=iter([lambda: chunk]), small=True)

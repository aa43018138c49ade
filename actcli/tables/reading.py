"""Reading of files: the reader of each format, and several files as one stream."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import FLOAT32, FLOAT64, of
from actcli.errors import DataError, UsageError, border
from actcli.tables import magic
from actcli.tables.bad_cells import BadCellPolicy
from actcli.tables.chunk import Chunk
from actcli.tables.columns import choose, listed
from actcli.tables.formats import Format, format_of
from actcli.tables.line_blocks import blocks, is_json
from actcli.tables.numbers import DecimalMark
from actcli.tables.opening import display_name, is_regular, length_of, peeked, split_member
from actcli.tables.source import ChunkStream, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.dtypes import DType
    from actcli.tables.source import Step


_BRACKET = re.compile(
    rb"\s*+(?:#[^\n]*+\n\s*+)*+[^\n]*?(?:[\[({<>]|=[ \t\r]*\n|containing:|\w[\"']?\s*[:=]\s*[\d.+-])"
)
"""What the first line of an array has, as people copy them; few tables do."""


_COMMENTS = re.compile(rb"(?:[ \t\r]*(?:#[^\n]*)?\n)*+")
_FEW = 1 << 16  # bytes: more comments stand above no array


def read(reading: Reading) -> ChunkStream:
    """Open the input, find its columns, and return the stream of its rows.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: the input is not what it should be.
        TransferError: a file cannot be read.
    """
    policy = BadCellPolicy(reading.on_error, reading.dtype or FLOAT64)
    paths = list(reading.paths)
    if len(paths) > 1 and (framed := _framed(paths, reading)):
        from actcli.tables import frames

        reading = replace(reading, types=frames.common_types(framed, wide=not framed.keys() >= set(paths)))
    first = _source(paths.pop(0), reading, policy, None)
    while first is None and paths:
        first = _source(paths.pop(0), reading, policy, None)
    if first is None:
        return _nothing(reading)
    if not paths:
        return replace(first, paths=reading.paths)
    dtype = _common([first.dtype, *(_dtype_of(path, reading, policy) for path in paths)])
    steps = _chained(first, paths, reading, policy)
    return ChunkStream(
        names=first.names,
        chosen=first.chosen,
        unread=first.unread,
        steps=steps
        if dtype is first.dtype
        else (partial(_widened, step, dtype or FLOAT64) for step in steps),
        tally=policy.tally,
        dtype=dtype,
        paths=reading.paths,
    )


def _widened(step: Step, dtype: DType) -> Chunk:
    """Return a chunk whose arrays of numbers that are not whole have the dtype."""
    chunk = step()
    columns = {
        name: column.astype(dtype.numpy)
        if isinstance(column, np.ndarray) and of(column.dtype) is not FLOAT64
        else column
        for name, column in chunk.columns.items()
    }
    return replace(chunk, columns=columns)


def _form(path: str, reading: Reading) -> Format | None:
    """Return the format asked for, that of the extension, or what the first bytes tell of a binary one."""
    found = reading.format or format_of(path)
    return magic.format_of(peeked(split_member(path)[0], magic.ENOUGH)) if found is None else found


def _framed(paths: list[str], reading: Reading) -> dict[str, Format]:
    """Return the Parquet and Arrow files whose types are known before they are read."""
    forms = {path: _form(path, reading) for path in paths if is_regular(path)}
    return {path: form for path, form in forms.items() if form and form.bulk}


def _dtype_of(path: str, reading: Reading, policy: BadCellPolicy) -> DType | None:
    """Return the format in which the results for a file are given; None is that of text."""
    form = _form(path, reading)
    if form is None or form.textual or not is_regular(split_member(path)[0]):
        return None
    source = _source(path, reading, policy, None)
    return None if source is None else source.dtype


def _common(dtypes: list[DType | None]) -> DType | None:
    """Return the format in which the results for files of several dtypes are given."""
    if len(set(dtypes)) == 1:
        return dtypes[0]
    return FLOAT32 if all(dtype and dtype.bits <= 32 for dtype in dtypes) else FLOAT64


def _source(
    path: str, reading: Reading, policy: BadCellPolicy, like: ChunkStream | None
) -> ChunkStream | None:
    """Return the rows of one file, or None if it is empty; every error names the file."""
    name = display_name(path)
    with border(name):
        source = _opened(path, reading, policy, like)
        return source and replace(source, steps=_guarded(source.steps, name))


def _guarded(steps: Iterator[Step], name: str) -> Iterator[Step]:
    """Return steps whose errors, and those of finding the next one, name a file."""
    while True:
        with border(name):
            step = next(steps, None)
        if step is None:
            return
        yield partial(_made, step, name)


def _made(step: Step, name: str) -> Chunk:
    with border(name):
        return step()


def _opened(
    path: str, reading: Reading, policy: BadCellPolicy, like: ChunkStream | None
) -> ChunkStream | None:
    """Return the rows of one file, or None if it is empty.

    Args:
        path: the file.
        reading: how it is read.
        policy: what happens to bad cells.
        like: the file before it, whose columns this one must have.
    """
    form = _form(path, reading)
    if form not in (None, Format.CSV, Format.TSV, Format.TEXT):
        _refuse_header(reading, form)
    if form is not None and not form.textual and reading.mark is not None:
        raise UsageError(f"--decimal is not used with {form}", "it is for numbers in text")
    if form in (Format.PARQUET, Format.ARROW):
        from actcli.tables import frames

        return frames.source(path, form, reading, policy)
    if form is not None and form.arrays:
        from actcli.tables import npy_reader

        return npy_reader.source(path, form, reading)
    if form is Format.TEXT and reading.format is None:
        form = None  # .txt and .dat may hold anything
    json = form in (Format.JSON, Format.NDJSON)
    size = length_of(path)
    stream = blocks(path, reading.advance(path), json=None if form is None else json)
    first = next(stream, None)
    if first is None:
        return None
    while _COMMENTS.fullmatch(first.data) and len(first.data) < _FEW and (more := next(stream, None)):
        first = first._replace(data=first.data + more.data, feeds=first.feeds + more.feeds)
    if form in (None, Format.MD):
        while first.feeds == 1 and b"|" in first.data and (more := next(stream, None)):
            first = first._replace(data=first.data + more.data, feeds=first.feeds + more.feeds)
        from actcli.tables import csv_reader, pipe_tables

        if pipe_tables.begins(first):
            _refuse_header(reading, Format.MD)
            lines, titled = pipe_tables.as_tsv(chain([first], stream)), replace(reading, header=True)
            return csv_reader.source(lines, size, Format.TSV, titled, policy, like)
        if form is Format.MD:
            raise DataError(f"{first.name}: no Markdown table", "a line of names, and below it | --- | --- |")
    stream = chain([first], stream)
    table = reading.format or reading.header or reading.mark is DecimalMark.COMMA  # it is said to be one
    if not (table or json) and _BRACKET.match(first.data):
        from actcli.tables import pasted_reader

        if pasted_reader.looks_pasted(first.data):
            found, stream = pasted_reader.source(stream, reading, policy)
            other = like is not None and found is not None and found.names != like.names
            if found is not None and not (other and is_json(first.data)):  # lists may be vectors there
                return found
    if json or (form is None and is_json(first.data)):
        from actcli.tables import json_reader

        form = form or json_reader.form_of(first)
        _refuse_header(reading, form)
        return json_reader.source(stream, form, reading, policy, like)
    from actcli.tables import csv_reader

    return csv_reader.source(stream, size, form, reading, policy, like)


def _refuse_header(reading: Reading, form: Format | None) -> None:
    """Raise `UsageError` if something is said of a first line that files of a format do not have."""
    if reading.header is not None:
        option = "--header" if reading.header else "--no-header"
        raise UsageError(f"{option} is not used with {form}", "it is for csv, tsv and text")


def _chained(first: ChunkStream, paths: list[str], reading: Reading, policy: BadCellPolicy) -> Iterator[Step]:
    yield from first.steps
    for path in paths:
        source = _source(path, reading, policy, first)
        if source is None:
            continue
        if source.names != first.names:
            have, before = listed(source.names), listed(first.names)
            raise DataError(f"{path}: the columns are {have} where {before} came before")
        yield from source.steps


def _nothing(reading: Reading) -> ChunkStream:
    """Return a source of no rows: the columns asked for by name, or x."""
    wanted = [name for name in reading.columns if not name.isdecimal()]
    names = tuple(dict.fromkeys(wanted)) or ("x",)
    empty: list[str] = []
    chunk = Chunk(dict.fromkeys(names, empty), names, np.empty((0, len(names))))
    return ChunkStream(names=names, chosen=choose(names, names), steps=iter([lambda: chunk]), small=True)

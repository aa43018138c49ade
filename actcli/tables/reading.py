"""Numbers in: what to read, and the stream of chunks that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from actcli.core.dtypes import FLOAT64, DType
from actcli.errors import DataError, UsageError
from actcli.tables.chunk import Chunk
from actcli.tables.dialect import choose
from actcli.tables.formats import Compression, Format, compression_of, format_of
from actcli.tables.numbers import parse_number
from actcli.tables.opening import size_of
from actcli.tables.trouble import OnError, Tally, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from actcli.tables.chunk import Numbers

AT_ONCE = 1 << 18
"""So many points of a range are made at a time."""

Step: TypeAlias = "Callable[[], Chunk]"
"""Work that is ready to be done, in whatever thread: bytes that have been read, to be made into a chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to read and how.

    Attributes:
        paths: files in order; `-` is standard input.
        columns: the columns to read as numbers, by name or by number from 1; if none, all that hold numbers.
        header: whether the first row names the columns; None finds out.
        format: the form of the input; None finds out.
        on_error: what a bad cell does.
        dtype: what the numbers are rounded to, once.
        bulk: whether the bulk engine may be used; None decides by size and by what is installed.
        flat: whether an array of numbers is one column, whatever its shape, rather than a row of columns for
            each vector along its last axis.
        progress: called now and then with the bytes done and the bytes in all, if those are known.
    """

    paths: tuple[str, ...] = ("-",)
    columns: tuple[str, ...] = ()
    header: bool | None = None
    format: Format | None = None
    on_error: OnError = OnError.FAIL
    dtype: DType | None = None
    bulk: bool | None = None
    flat: bool = False
    progress: Callable[[int, int | None], None] | None = None

    def advance(self, path: str) -> Callable[[int], None] | None:
        """Return what the bytes read of a file are told to: those of the files before it are added."""
        progress = self.progress
        if progress is None:
            return None
        before = size_of(self.paths[: self.paths.index(path)])
        total = size_of(self.paths)
        if before is not None and total is not None:
            return lambda done: progress(before + done, total)
        return (lambda done: progress(done, None)) if compression_of(path) is Compression.NONE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stream of chunks whose columns are known before the first of them.

    Attributes:
        names: every column, in order.
        chosen: the columns that are read as numbers.
        steps: the chunks, each as the work that makes it; they can be gone through once.
        tally: the bad cells so far.
        small: whether there is too little to be worth a second thread.
        dtype: what the numbers are kept in where they come from, if they are not text.
        shape: the shape of the array that the numbers come from, if it is read as one column.
    """

    names: tuple[str, ...]
    chosen: tuple[str, ...]
    steps: Iterator[Step]
    tally: Tally = field(default_factory=Tally)
    small: bool = False
    dtype: DType | None = None
    shape: tuple[int, ...] | None = None

    def __iter__(self) -> Iterator[Chunk]:
        return (step() for step in self.steps)


def from_values(values: Iterable[float | str], name: str = "x", dtype: DType | None = None) -> Source:
    """Return a source of one column of numbers, or of texts that are read as numbers.

    Raises:
        DataError: a text is not a number of the dtype.
    """
    form = dtype or FLOAT64
    numbers = []
    for value in values:
        try:
            numbers.append(parse_number(value, form) if isinstance(value, str) else value)
        except ValueError as error:
            raise DataError(f"{value!r} {error}") from None
    return _points(form.round(np.asarray(numbers, np.float64)), name)


def from_range(text: str, name: str = "x", dtype: DType | None = None) -> Source:
    """Return a source of evenly spaced points `A:B[:N]`, both ends included (101 points by default).

    Raises:
        UsageError: the text is not a range.
    """
    parts = [part.strip() for part in text.split(":")]
    try:
        low, high = (parse_number(part) for part in parts[:2])
        count = int(parts[2]) if len(parts) > 2 else 101
    except ValueError:
        low = high = np.nan
        count = 0
    if len(parts) > 3 or not np.isfinite([low, high]).all() or count < 1:
        raise UsageError(f"{text!r} is not a range", "A:B or A:B:N, as -6:6:25")
    form = dtype or FLOAT64
    if count <= AT_ONCE:
        return _points(form.round(spaced(low, high, count)), name)

    def block(start: int) -> Chunk:
        end = min(start + AT_ONCE, count)
        return _chunk(form.round(spaced(low, high, count, start, end)), name)

    return Source(
        names=(name,), chosen=(name,), steps=(partial(block, start) for start in range(0, count, AT_ONCE))
    )


def spaced(low: float, high: float, count: int, start: int = 0, end: int | None = None) -> Numbers:
    """Return count evenly spaced points from low to high, both ends exact, each as near as float64 has it.

    Of those, the ones from number `start` up to number `end`, which is left out.

    >>> spaced(-1, 1, 11).tolist()
    [-1.0, -0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    end = count if end is None else end
    if count == 1:
        return np.array([low], np.float64)
    i = np.arange(start, end, dtype=np.float64)
    last = float(count - 1)
    with np.errstate(all="ignore"):
        points = (low * (last - i) + high * i) / last
    if not np.isfinite(points).all():
        points = low * ((last - i) / last) + high * (i / last)
    points[i == 0], points[i == last] = low, high
    return points


def _points(values: Numbers, name: str) -> Source:
    return Source(names=(name,), chosen=(name,), steps=iter([lambda: _chunk(values, name)]), small=True)


def _chunk(values: Numbers, name: str) -> Chunk:
    return Chunk({name: values}, (name,), values[:, None], frozenset([name]))


def read(reading: Reading) -> Source:
    """Open the input, find its columns, and return the stream of its rows.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: the input is not what it should be.
        TransferError: a file cannot be read.
    """
    trouble = Trouble(reading.on_error, reading.dtype or FLOAT64)
    paths = list(reading.paths)
    first = _source(paths.pop(0), reading, trouble, None)
    while first is None and paths:
        first = _source(paths.pop(0), reading, trouble, None)
    if first is None:
        return _nothing(reading)
    if not paths:
        return first
    return Source(
        names=first.names,
        chosen=first.chosen,
        steps=_chained(first, paths, reading, trouble),
        tally=trouble.tally,
        dtype=first.dtype,
    )


def _source(path: str, reading: Reading, trouble: Trouble, like: Source | None) -> Source | None:
    """Return the rows of one file, or None if there is nothing in it.

    Args:
        path: the file.
        reading: how it is read.
        trouble: what is done about bad cells.
        like: the file before it, whose columns this one must have.
    """
    form = reading.format or format_of(path) or Format.TEXT
    if form in (Format.PARQUET, Format.ARROW):
        from actcli.tables import frames

        return frames.source(path, form, reading, trouble)
    if form is Format.NPY:
        from actcli.tables import npy

        return npy.source(path, reading)
    if form in (Format.JSON, Format.NDJSON):
        from actcli.tables import objects

        given = objects.lines_source if form is Format.NDJSON else objects.array_source
        return given(path, reading, trouble, like)
    from actcli.tables import lines

    return lines.source(path, form, reading, trouble, like)


def _chained(first: Source, paths: list[str], reading: Reading, trouble: Trouble) -> Iterator[Step]:
    yield from first.steps
    for path in paths:
        source = _source(path, reading, trouble, first)
        if source is None:
            continue
        if source.names != first.names:
            have, before = ", ".join(source.names), ", ".join(first.names)
            raise DataError(f"{path}: the columns are {have} where {before} came before")
        yield from source.steps


def _nothing(reading: Reading) -> Source:
    """Return a source of no rows: the columns asked for by name, or x."""
    wanted = [name for name in reading.columns if not name.isdecimal()]
    names = tuple(dict.fromkeys(wanted)) or ("x",)
    empty: list[str] = []
    chunk = Chunk(dict.fromkeys(names, empty), names, np.empty((0, len(names))))
    return Source(names=names, chosen=choose(names, names), steps=iter([lambda: chunk]), small=True)

"""The options of a reader, and the stream of chunks that it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from actcli.tables.bad_cells import OnError, Tally
from actcli.tables.opening import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from polars import DataType

    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk
    from actcli.tables.formats import Format
    from actcli.tables.numbers import DecimalMark

Progress: TypeAlias = "Callable[[int, int | None], None]"
"""Called from time to time with the bytes done, and their total if it is known."""

Step: TypeAlias = "Callable[[], Chunk]"
"""Makes a chunk of bytes that have been read; it may be called in any thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to read and how.

    Attributes:
        paths: files in order; `-` is standard input.
        columns: the columns to read as numbers, by name or by number from 1; empty: all that hold numbers.
        header: whether the first row names the columns; None detects it.
        format: the format of the input; None detects it.
        mark: the decimal mark of numbers in text; None detects it.
        on_error: what happens to bad cells.
        dtype: what the numbers are rounded to, once.
        bulk: whether the bulk engine may be used; None decides by size and by what is installed.
        flat: whether an array of numbers is one column, whatever its shape, rather than a row of columns for
            each vector along its last axis.
        types: the types of columns that Parquet and Arrow files have in several ones.
        progress: called with the progress of the reading.
    """

    paths: tuple[str, ...] = ("-",)
    columns: tuple[str, ...] = ()
    header: bool | None = None
    format: Format | None = None
    mark: DecimalMark | None = None
    on_error: OnError = OnError.FAIL
    dtype: DType | None = None
    bulk: bool | None = None
    flat: bool = False
    types: Mapping[str, DataType] = field(default_factory=dict)
    progress: Progress | None = None

    def advance(self, path: str) -> Callable[[int], None] | None:
        """Return the callback for the bytes read of a file; it adds those of the files before it."""
        progress = self.progress
        if progress is None:
            return None
        before = size_of(self.paths[: self.paths.index(path)])
        total = size_of(self.paths)
        if before is not None and total is not None:
            return lambda done: progress(before + done, total)
        return lambda done: progress(done, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkStream:
    """A stream of chunks whose columns are known before the first of them.

    Attributes:
        names: every column, in order.
        chosen: the columns that are read as numbers.
        unread: the columns of numbers that are not, since each may be an index, an id, a step or a target,
            or stands beside columns of lists.
        steps: the calls that make the chunks; they can be iterated once.
        tally: the bad cells so far.
        small: whether threads gain nothing: there is little, or the interpreter does all the work.
        dtype: the dtype of the numbers in the input, if they are not text.
        shape: the shape of the array that the numbers come from, if it is read as one column.
        vector: whether its column is one vector, and not rows of a table.
        length: about how many rows there are, if the size of the input says it; else 0.
        paths: the files that are read.
    """

    names: tuple[str, ...]
    chosen: tuple[str, ...]
    unread: tuple[str, ...] = ()
    steps: Iterator[Step]
    tally: Tally = field(default_factory=Tally)
    small: bool = False
    dtype: DType | None = None
    shape: tuple[int, ...] | None = None
    vector: bool = False
    length: int = 0
    paths: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Chunk]:
        return (step() for step in self.steps)

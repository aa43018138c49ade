"""Parquet and Arrow files, read and written by polars in batches: they may have any length."""

from __future__ import annotations

import os
import re
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from itertools import chain
from queue import Full, Queue
from struct import error, unpack_from
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT16, FLOAT32, FLOAT64
from actcli.errors import DataError
from actcli.tables import frame_lists
from actcli.tables.bad_cells import kept
from actcli.tables.bulk import TypedRows, cause, engine, without_panic
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.columns import choose, data_columns, pandas_index, positions
from actcli.tables.encode import cells
from actcli.tables.formats import Format
from actcli.tables.line_blocks import LARGEST
from actcli.tables.lists import Lists
from actcli.tables.opening import begun, display_name, filled, is_regular, opened, spooled
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from polars import DataFrame, DataType

    from actcli.core.dtypes import DType
    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.chunk import Column
    from actcli.tables.opening import ReadNext
    from actcli.tables.source import Reading, Step

_STREAM = b"\xff\xff\xff\xff"  # the first bytes of an Arrow stream, which polars cannot read in batches
_INTERVAL = "Struct({'months': Int32, 'days': Int32, 'nanoseconds': Duration"
"""As what polars takes an INTERVAL, whose values it cannot read."""

_BATCH = 1 << 17  # rows at a time
_MANY = 1 << 24  # cells of a file that may be in memory all at once
_DENSE = 16  # cells in a byte of a file; numbers that are not all alike take some bytes each
_LOOK = 0.1  # seconds between checks whether polars still writes
_FOOTER = 1 << 20  # bytes at an end of a file in which its metadata are looked for


def source(path: str, form: Format, reading: Reading, policy: BadCellPolicy) -> ChunkStream | None:
    """Return the rows of a Parquet or Arrow file.

    Raises:
        MissingExtraError: polars is not installed.
        UsageError: a chosen column does not exist.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    engine(f"reading {form}")
    name = display_name(path)
    frames = _frames(path, form)
    if (empty := next(frames, None)) is None:
        raise DataError(f"{name}: not whole {form}: it ends before its columns are told")
    types = {name: kind for name, kind in reading.types.items() if name in empty.schema}
    schema = empty.cast(types).schema  # type: ignore[arg-type]
    names = tuple(schema.names())
    if spans := [column for column, kind in schema.items() if str(kind).startswith(_INTERVAL)]:
        raise DataError(f"{name}: column {spans[0]!r} holds an INTERVAL, which is not read", "leave it out")
    chosen, unread = choose(names, reading.columns), tuple[str, ...]()
    if not chosen:
        lists, numeric = frame_lists.numeric(schema, name)
        chosen, unread = data_columns(names, numeric, _index(path, form), lists)
    for column in chosen:
        frame_lists.check(column, schema[column], name)
    kinds = {str(frame_lists.leaf(schema[column])) for column in chosen}

    def steps() -> Iterator[Step]:
        row = 1
        for frame in chain(filter(len, frames), [empty]):
            if len(frame) or row == 1:  # the empty one is for columns without a row
                yield partial(_chunk, frame.cast(types), names, chosen, name, row, policy)  # type: ignore[arg-type]
                row += len(frame)

    return ChunkStream(
        names=names,
        chosen=chosen,
        unread=unread,
        steps=steps(),
        tally=policy.tally,
        dtype=_OWN.get(kinds.pop(), FLOAT64) if len(kinds) == 1 else FLOAT64,
    )


def common_types(files: Mapping[str, Format], *, wide: bool) -> dict[str, DataType]:
    """Return the types that hold the numbers of all of some files, of columns whose types differ.

    Where files of other formats are among them (`wide`), all columns of floats become those of float64.
    """
    polars = engine("reading several files")
    schemas = []
    for path, form in files.items():
        scan = polars.scan_parquet if form is Format.PARQUET else polars.scan_ipc
        with suppress(OSError, polars.exceptions.PolarsError):  # what is wrong is told when it is its turn
            schemas.append(scan(path).collect_schema())
    floats = {
        name: polars.Float64()
        for schema in schemas
        for name, kind in schema.items()
        if wide and kind.is_float()
    }
    return floats | frame_lists.common_types(schemas) if schemas else {}


_OWN = {"Float32": FLOAT32, "Float16": FLOAT16}
"""The dtype of results where all numbers are of one narrower type."""


def _frames(path: str, form: Format) -> Iterator[DataFrame]:
    """Yield the rows of a file in batches, the first of them empty.

    What is compressed, or a pipe, goes to a temporary file: the schema stands at the end, so that no row can
    be read before all of it has come. An Arrow stream is read as it comes.
    """
    polars, name = engine(), display_name(path)
    scan = polars.scan_parquet if form is Format.PARQUET else polars.scan_ipc
    with ExitStack() as stack:
        read_next, most = stack.enter_context(begun(path, form))
        start = filled(read_next, len(_STREAM))
        try:
            if start == _STREAM:
                yield from _stream(read_next, name)
                return
            given: Any = path
            if not is_regular(path):
                rest = chain([start], iter(read_next, b""))
                given = stack.enter_context(spooled(rest, name, most))
            lazy = scan(given)
            with without_panic():
                empty = lazy.head(0).collect()
            yield empty
            yield from _batches(lazy, os.stat(path if given is path else given.fileno()).st_size)  # noqa: PTH116
        except (OSError, polars.exceptions.PolarsError) as error:  # of a file too short to be mapped
            raise DataError(f"{name}: not whole {form}: {str(error).splitlines()[0]}") from None


def _stream(read_next: ReadNext, name: str) -> Iterator[DataFrame]:
    """Yield the batches of an Arrow stream after its first four bytes: polars would read all at once."""
    before = b""  # the schema, and the dictionaries so far
    mark = _STREAM
    while mark == _STREAM and any(length := filled(read_next, 4)):
        head = filled(read_next, min(int.from_bytes(length, "little"), LARGEST))
        kind, size = _message(head, name)
        if size > LARGEST:
            told = f"{size >> 20} MiB, more than {LARGEST >> 20}"
            raise DataError(f"{name}: a batch of {told}", "write fewer rows at a time, or Parquet")
        whole = b"".join([before, mark, length, head, filled(read_next, size)])
        if kind is _Message.BATCH:
            yield from engine().read_ipc_stream(whole).iter_slices(_BATCH)
        else:
            before = whole
            if kind is _Message.SCHEMA:
                with without_panic():
                    empty = engine().read_ipc_stream(whole)
                yield empty
        mark = filled(read_next, 4)


class _Message(IntEnum):
    """What a message of an Arrow stream has in it."""

    SCHEMA = 1
    DICTIONARY = 2
    BATCH = 3


def _message(head: bytes, name: str) -> tuple[_Message, int]:
    """Return what an Arrow message has in it, and how many bytes follow its head.

    The head is a flatbuffer: a number that tells where its table is, which tells where its fields are told.
    """
    try:
        (table,) = unpack_from("<i", head)
        fields = table - unpack_from("<i", head, table)[0]
        known = unpack_from("<H", head, fields)[0]
        kind_at, size_at = (unpack_from("<H", head, fields + i)[0] if i < known else 0 for i in (6, 10))
        size = unpack_from("<q", head, table + size_at)[0] if size_at else 0
        return _Message(head[table + kind_at]), max(0, size)
    except (error, ValueError, IndexError):
        raise DataError(f"{name}: not whole arrow: there is no batch of rows where one is expected") from None


def _index(path: str, form: Format) -> tuple[str, ...]:
    """Return the columns that pandas wrote as an index, as the file tells beside its schema."""
    if not is_regular(path):
        return ()
    with opened(path) as file:  # at the end of a Parquet file, and at the beginning of an Arrow file
        if form is Format.PARQUET:
            file.seek(max(-_FOOTER, -file.seek(0, os.SEEK_END)), os.SEEK_END)
        told = re.search(rb'\{"index_columns": \[.*?\](?=, ")', file.read(_FOOTER), re.DOTALL)
    return pandas_index(told[0].decode(errors="replace") + "}") if told else ()


def _batches(lazy: Any, size: int) -> Iterator[DataFrame]:
    """Yield the rows of a file of that many bytes in batches.

    Polars unpacks a group of rows at once, which may be gigabytes where a small file has very many rows:
    these are read slice by slice.
    """
    polars = engine()
    rows = lazy.select(polars.len()).collect().item()
    if rows * len(lazy.collect_schema()) > max(_MANY, size * _DENSE):
        for start in range(0, rows, _BATCH):
            yield lazy.slice(start, _BATCH).collect()
    else:
        yield from lazy.collect_batches(chunk_size=_BATCH, maintain_order=True)


def _chunk(
    frame: DataFrame,
    names: tuple[str, ...],
    chosen: tuple[str, ...],
    name: str,
    first: int,
    policy: BadCellPolicy,
) -> Chunk:
    given = {names[i]: frame.to_series(i) for i in positions(names, chosen)}
    vectors = {column for column, series in given.items() if frame_lists.is_list(series.dtype)}
    scalars = tuple(column for column in chosen if column not in vectors)
    values = np.empty((frame.height, len(scalars)), order="F")
    lists: dict[str, Lists] = {}
    bad = []
    for j, column in enumerate(scalars):
        values[:, j], odd = frame_lists.numbers_of(given[column], policy.dtype)
        bad += [(cell, column) for cell in odd]
    for column in vectors:
        lists[column], odd = frame_lists.lists_of(given[column], policy.dtype)
        bad += [(cell, column) for cell in odd]

    def place(row: int) -> str:
        return f"{name}: row {first + row}"

    where: Callable[[int], str] = place
    if bad and (keep := policy.handle(bad, frame.height, place)) is not None:
        frame, values, where = frame[keep], values[keep], kept(place, keep)
        lists = {column: found.take(keep) for column, found in lists.items()}
    rows = TypedRows(frame)
    columns: dict[str, Column] = {n: Passed(rows, i) for i, n in enumerate(names)}
    return Chunk(columns, scalars, values, place=where, lists=lists)


@dataclass(slots=True)
class FrameSink:
    """A sink of Parquet or Arrow.

    Polars takes batches from a queue, in a thread of its own, and writes them as they come.

    Attributes:
        file: where the bytes go.
        form: Parquet or Arrow.
        dtype: the dtype of the results.
    """

    file: BinaryIO
    form: Format
    dtype: DType | None
    _waiting: Queue[Any] = field(default_factory=lambda: Queue(2))
    _thread: threading.Thread | None = None
    _error: list[BaseException] = field(default_factory=list)
    _whole: bool = False
    _schema: Any = None

    def prepare(self, chunk: Chunk) -> DataFrame:
        """Return the rows of a chunk as a frame: numbers as numbers, the rest as it came."""
        polars = engine(f"writing {self.form}")
        read = {name: i for i, name in enumerate(chunk.chosen)}
        series = {name: self._series(chunk, name, read.get(name)) for name in chunk.names}
        frame: DataFrame = polars.DataFrame(series)
        return frame

    def _series(self, chunk: Chunk, name: str, read: int | None) -> Any:
        polars = engine()
        column = chunk.columns[name]
        if isinstance(column, Passed) and isinstance(column.rows, TypedRows):
            return column.rows.frame.to_series(column.index)
        dtype = self.dtype if name in chunk.computed else None
        if isinstance(column, Passed) and name in chunk.lists:
            return frame_lists.series_of(name, chunk.lists[name], None)
        if isinstance(column, Lists):
            return frame_lists.series_of(name, column, dtype)
        if isinstance(column, Passed | list):
            if read is not None:
                return polars.Series(name, chunk.numbers[:, read].astype(np.float64))
            return polars.Series(name, cells(chunk, name), dtype=polars.String)
        return frame_lists.plain(name, column, dtype)

    def put(self, prepared: DataFrame) -> None:
        """Write a frame."""
        if self._schema is None:
            self._schema = prepared.schema
        elif prepared.schema != self._schema:
            prepared = _fitted(prepared, self._schema)
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, args=(prepared.schema,), daemon=True)
            self._thread.start()
        self._hand(prepared)

    def _hand(self, batch: DataFrame | None) -> None:
        """Give polars a batch as soon as it takes one."""
        while self._thread is not None and self._thread.is_alive():
            with suppress(Full):
                self._waiting.put(batch, timeout=_LOOK)
                return
        raise self._failure()

    def _failure(self) -> BaseException:
        """Return why polars has ended before it was given all."""
        return self._error[0] if self._error else RuntimeError("polars has stopped writing")

    def _write(self, schema: Any) -> None:
        def batches(*_: Any) -> Iterator[DataFrame]:
            while (batch := self._waiting.get()) is not None:
                yield batch
            self._whole = True

        try:
            from polars.io.plugins import register_io_source

            lazy = register_io_source(batches, schema=schema)
            (lazy.sink_parquet if self.form is Format.PARQUET else lazy.sink_ipc)(self.file)
        except BaseException as error:
            self._error.append(cause(error))

    def close(self) -> None:
        """Wait until all is written."""
        if self._thread is not None:
            self._hand(None)
            self._thread.join()
            if self._error or not self._whole:
                raise self._failure()

    def end(self) -> None:
        """Let polars finish, whatever has come, before the file is closed."""
        if self._thread is not None:
            with suppress(BaseException):
                self._hand(None)
            self._thread.join()


def _fitted(frame: DataFrame, schema: Mapping[str, DataType]) -> DataFrame:
    """Return rows of other types than those before them, which a file of one schema has room for.

    Raises:
        DataError: a value would change.
    """
    polars = engine()
    for name, kind in schema.items():
        column = frame[name]
        if column.dtype == kind:
            continue
        try:
            cast = column.cast(kind)
            same = cast.cast(column.dtype).equals(column, null_equal=True)
        except polars.exceptions.PolarsError:
            same = False
        if not same:
            raise DataError(
                f"column {name!r} holds {column.dtype} where {kind} came before",
                "give the files with the wider numbers first, or --only-results",
            )
        frame = frame.with_columns(cast)
    return frame

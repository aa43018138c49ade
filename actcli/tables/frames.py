"""Parquet and Arrow files, read and written by polars in batches: they may have any length."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from queue import Queue
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT32, FLOAT64
from actcli.errors import DataError
from actcli.tables.bad_cells import kept
from actcli.tables.bulk import TypedRows, cause, engine
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.columns import choose, data_columns
from actcli.tables.encode import cells
from actcli.tables.formats import Compression, Format, compression_of
from actcli.tables.numbers import BadCell, settle
from actcli.tables.opening import display_name, opened, size_of, unpacked
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from polars import DataFrame

    from actcli.core.dtypes import DType
    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.source import Reading, Step

_STREAM = b"\xff\xff\xff\xff"  # the first bytes of an Arrow stream, which polars cannot read in batches
_BATCH = 1 << 17  # rows at a time


def source(path: str, form: Format, reading: Reading, policy: BadCellPolicy) -> ChunkStream | None:
    """Return the rows of a Parquet or Arrow file.

    Raises:
        MissingExtraError: polars is not installed.
        UsageError: a chosen column does not exist.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    polars = engine(f"reading {form}")
    name = display_name(path)
    try:
        lazy = _scan(polars, path, form)
        schema = lazy.collect_schema()
    except (OSError, polars.exceptions.PolarsError) as error:  # of a file too short to be mapped
        raise DataError(f"{name}: not {form}: {str(error).splitlines()[0]}") from None
    names = tuple(schema.names())
    chosen, unread = choose(names, reading.columns), tuple[str, ...]()
    if not chosen:
        chosen, unread = data_columns(names, tuple(n for n in names if schema[n].is_numeric()) or names)
    kinds = {schema[n] for n in chosen}
    return ChunkStream(
        names=names,
        chosen=chosen,
        unread=unread,
        steps=_steps(lazy, names, chosen, name, policy),
        tally=policy.tally,
        dtype=FLOAT32 if kinds == {polars.Float32} else FLOAT64,
    )


def _scan(polars: Any, path: str, form: Format) -> Any:
    scan = polars.scan_parquet if form is Format.PARQUET else polars.scan_ipc
    if path != "-" and compression_of(path) is Compression.NONE and size_of((path,)) is not None:
        with opened(path) as file:
            if file.read(len(_STREAM)) != _STREAM:
                return scan(path)
    with unpacked(path) as read_next:  # the schema of both stands at the end: a pipe has to be read whole
        data = b"".join(iter(read_next, b""))
    if form is Format.ARROW and data.startswith(_STREAM):
        return polars.read_ipc_stream(data).lazy()
    return scan(io.BytesIO(data))


def _steps(
    lazy: Any, names: tuple[str, ...], chosen: tuple[str, ...], name: str, policy: BadCellPolicy
) -> Iterator[Step]:
    polars = engine()
    row = 1
    try:
        empty = lazy.head(0).collect()
        for frame in chain([empty], lazy.collect_batches(chunk_size=_BATCH, maintain_order=True)):
            yield partial(_chunk, frame, names, chosen, name, row, policy)
            row += frame.height
    except polars.exceptions.PolarsError as error:
        raise DataError(f"{name}: {str(error).splitlines()[0]}") from None


def _chunk(
    frame: DataFrame,
    names: tuple[str, ...],
    chosen: tuple[str, ...],
    name: str,
    first: int,
    policy: BadCellPolicy,
) -> Chunk:
    polars = engine()
    values = np.empty((frame.height, len(chosen)), order="F")
    bad = []
    for j, column in enumerate(chosen):
        series = frame[column]
        if series.dtype == polars.String:
            found = series.cast(polars.Float64, strict=False).fill_null(np.nan).to_numpy()
            values[:, j], odd = settle(found, series.fill_null("").to_list(), policy.dtype)
        else:
            wide = series.cast(polars.Float64, strict=False)
            values[:, j] = policy.dtype.round(wide.fill_null(np.nan).to_numpy())
            missing = wide.is_null().arg_true().to_list()
            odd = [BadCell(row, "", "is missing") for row in missing]
        bad += [(cell, column) for cell in odd]

    def place(row: int) -> str:
        return f"{name}: row {first + row}"

    where: Callable[[int], str] = place
    if bad and (keep := policy.handle(bad, frame.height, place)) is not None:
        frame, values, where = frame[keep], values[keep], kept(place, keep)
    rows = TypedRows(frame)
    return Chunk({n: Passed(rows, i) for i, n in enumerate(names)}, chosen, values, place=where)


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

    def prepare(self, chunk: Chunk) -> DataFrame:
        """Return the rows of a chunk as a frame: numbers as numbers, the rest as it came."""
        polars = engine(f"writing {self.form}")
        frame: DataFrame = polars.DataFrame({name: self._series(chunk, name) for name in chunk.names})
        return frame

    def _series(self, chunk: Chunk, name: str) -> Any:
        polars = engine()
        column = chunk.columns[name]
        if isinstance(column, Passed) and isinstance(column.rows, TypedRows):
            return column.rows.frame.to_series(column.index)
        if isinstance(column, Passed | list):
            if name in chunk.chosen:
                return polars.Series(name, chunk.numbers[:, chunk.chosen.index(name)].astype(np.float64))
            return polars.Series(name, cells(chunk, name), dtype=polars.String)
        if name in chunk.computed and self.dtype is not None:
            kept = FLOAT64 if self.dtype is FLOAT64 else FLOAT32  # which holds every narrower number
            return polars.Series(name, np.ascontiguousarray(column, kept.numpy))
        return polars.Series(name, np.ascontiguousarray(column))

    def put(self, prepared: DataFrame) -> None:
        """Write a frame."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, args=(prepared.schema,), daemon=True)
            self._thread.start()
        self._hand(prepared)

    def _hand(self, batch: DataFrame | None) -> None:
        if not self._error:
            self._waiting.put(batch)
        if self._error:
            raise self._error[0]

    def _write(self, schema: Any) -> None:
        from polars.io.plugins import register_io_source

        def batches(*_: Any) -> Iterator[DataFrame]:
            while (batch := self._waiting.get()) is not None:
                yield batch

        lazy = register_io_source(batches, schema=schema)
        try:
            (lazy.sink_parquet if self.form is Format.PARQUET else lazy.sink_ipc)(self.file)
        except BaseException as error:
            self._error.append(cause(error))
            while not self._waiting.empty():
                self._waiting.get()

    def write(self, chunk: Chunk) -> None:
        """Write the rows of a chunk."""
        self.put(self.prepare(chunk))

    def close(self) -> None:
        """Wait until all is written."""
        if self._thread is not None:
            self._hand(None)
            self._thread.join()
            if self._error:
                raise self._error[0]

    def abandon(self) -> None:
        """Let polars finish before the file is closed."""
        if self._thread is not None and self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

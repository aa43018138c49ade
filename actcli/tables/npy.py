"""NPY arrays, in and out: of any shape and any dtype of numbers, never with pickles."""

from __future__ import annotations

import io
import math
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT64, of
from actcli.errors import DataError
from actcli.tables.chunk import Chunk
from actcli.tables.dialect import choose
from actcli.tables.formats import Compression, compression_of
from actcli.tables.opening import opened, shown, size_of, unpacked
from actcli.tables.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.tables.source import Reading, Step

_PIECE = 1 << 18  # numbers at a time


def source(path: str, reading: Reading) -> Source | None:
    """Return the numbers of an array, as one column or as a column for each place along the last axis.

    An ordinary file is mapped into memory, not read into it. Fields of a structured array are columns.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: it is not an array of numbers.
        TransferError: the file cannot be read.
    """
    array = _numbers(_array(path), shown(path), reading.dtype)
    if array.dtype.names:
        columns = {name: _numbers(array[name], shown(path), reading.dtype) for name in array.dtype.names}
        return _table(columns, reading, array.size)
    if reading.flat and not reading.columns:
        flat = np.ascontiguousarray(array).reshape(-1)
        found = _table({"x": flat}, reading, flat.size)
        return Source(
            names=found.names, chosen=found.chosen, steps=found.steps, dtype=found.dtype, shape=array.shape
        )
    if array.ndim < 2:
        return _table({"x": array.reshape(-1)}, reading, array.size)
    rows = array.reshape(-1, array.shape[-1])
    return _table({f"c{i + 1}": rows[:, i] for i in range(rows.shape[1])}, reading, len(rows))


def _array(path: str) -> NDArray[Any]:
    name = shown(path)
    try:
        if path != "-" and compression_of(path) is Compression.NONE and size_of((path,)) is not None:
            with opened(path):
                return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
        with unpacked(path) as give:
            data = b"".join(iter(give, b""))
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError) as error:
        if "bject" in str(error):
            raise DataError(f"{name} holds Python objects, which are never loaded") from None
        raise DataError(f"{name} is no NPY array") from None


def _numbers(array: NDArray[Any], name: str, dtype: DType | None) -> NDArray[Any]:
    """Return the array if it holds numbers; bytes that NumPy has no name for are of the dtype asked for."""
    kind = array.dtype.kind
    if kind == "V" and not array.dtype.names and dtype is not None and dtype.bits == 8 * array.dtype.itemsize:
        return array.view(dtype.numpy)
    if kind in "fiub" or array.dtype.names:
        return array
    raise DataError(
        f"{name} holds {array.dtype}, not numbers",
        "--dtype bfloat16 or the like says what they are" if kind == "V" else "",
    )


def _table(columns: dict[str, NDArray[Any]], reading: Reading, count: int) -> Source:
    chosen = choose(tuple(columns), reading.columns) or tuple(columns)
    kinds = {of(columns[name].dtype) if columns[name].dtype.kind not in "iub" else FLOAT64 for name in chosen}
    natural = kinds.pop() if len(kinds) == 1 else FLOAT64
    return Source(
        names=tuple(columns),
        chosen=chosen,
        steps=_steps(columns, chosen, reading.dtype, count),
        small=count < _PIECE // 4,
        dtype=natural,
    )


def _steps(
    columns: dict[str, NDArray[Any]], chosen: tuple[str, ...], dtype: DType | None, count: int
) -> Iterator[Step]:
    piece = max(1, _PIECE // max(1, len(columns)))
    for start in range(0, max(count, 1), piece):
        yield partial(_chunk, columns, chosen, dtype, slice(start, start + piece))


def _chunk(
    columns: dict[str, NDArray[Any]], chosen: tuple[str, ...], dtype: DType | None, some: slice
) -> Chunk:
    pieces = {name: np.asarray(column[some]) for name, column in columns.items()}
    own = {of(pieces[name].dtype) for name in chosen}
    if len(own) == 1 and dtype in (None, *own) and pieces[chosen[0]].dtype.kind not in "iub":
        numbers = (
            np.stack([pieces[name] for name in chosen], axis=1)
            if len(chosen) > 1
            else pieces[chosen[0]][:, None]
        )
    else:
        with np.errstate(invalid="ignore"):  # a signalling NaN
            wide = [pieces[name].astype(np.float64) for name in chosen]
        numbers = (dtype or FLOAT64).round(np.stack(wide, axis=1))
    return Chunk(pieces, chosen, numbers)


@dataclass(slots=True)
class NpySink:
    """A sink of one array: of the results alone, since an array has no names to tell columns by.

    Attributes:
        file: where the bytes go.
        dtype: the dtype of the array.
        shape: the shape of the array that the results take the place of, if there is one.
        seekable: whether the head can be mended at the end; if not, and the shape is not known, the numbers
            are held in a temporary file until it is.
        rows: how many there are so far.
        width: how many results there are for each row.
        body: where the numbers go.
    """

    file: BinaryIO
    dtype: DType
    shape: tuple[int, ...] | None = None
    seekable: bool = False
    rows: int = 0
    width: int = 0
    body: Any = None

    def prepare(self, chunk: Chunk) -> NDArray[Any]:
        """Return the results of a chunk, a row for each of its rows."""
        results = [name for name in chunk.names if name in chunk.computed and name not in chunk.chosen]
        arrays = []
        for name in results or chunk.names:
            column = chunk.columns[name]
            if not isinstance(column, np.ndarray):
                raise DataError(
                    f"column {name!r} is text, which an NPY array has no room for", "--only-results"
                )
            arrays.append(column)
        same = self.dtype.numpy
        if len(arrays) == 1:
            return np.ascontiguousarray(self._cast(arrays[0], same)[:, None])
        return np.stack([self._cast(array, same) for array in arrays], axis=1)

    def _cast(self, array: NDArray[Any], to: np.dtype[Any]) -> NDArray[Any]:
        return array if array.dtype == to else self.dtype.array(array)

    def put(self, prepared: NDArray[Any]) -> None:
        """Write rows."""
        if self.body is None:
            self.width = prepared.shape[1]
            if self.seekable or self.shape is not None:
                self.body = self.file
                self.file.write(self._header(math.prod(self.shape or (0,))))
            else:
                self.body = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self.rows += len(prepared)
        self.body.write(prepared.view(np.uint8).data if prepared.size else b"")

    def write(self, chunk: Chunk) -> None:
        """Write the rows of a chunk."""
        self.put(self.prepare(chunk))

    def close(self) -> None:
        """Write the shape, which is known now."""
        if self.body is self.file and self.seekable:
            self.file.seek(0)
            self.file.write(self._header(self.rows))
            self.file.seek(0, io.SEEK_END)
        elif self.body is not None and self.body is not self.file:
            self.file.write(self._header(self.rows))
            self.body.seek(0)
            shutil.copyfileobj(self.body, self.file, 1 << 20)
            self.body.close()

    def _header(self, rows: int) -> bytes:
        """Return the head of the file, which is as long whatever the number of rows."""
        last = (self.width,) if self.width > 1 else ()
        whole = self.shape is not None and math.prod(self.shape) == rows
        shape = (*(self.shape or ()), *last) if whole else (rows, *last)
        # NumPy itself has no name for the other dtypes: they are bytes to it, as `numpy.save` writes them.
        kind = f"|V{self.dtype.bits // 8}" if self.dtype.extra else self.dtype.numpy.str
        text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}"
        length = -(-(10 + 60 + 21 * (1 + len(self.shape or ()) + len(last))) // 64) * 64
        return (
            b"\x93NUMPY\x01\x00"
            + (length - 10).to_bytes(2, "little")
            + text.ljust(length - 11).encode()
            + b"\n"
        )

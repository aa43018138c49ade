"""Writing of NPY arrays."""

from __future__ import annotations

import io
import math
import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import DataError
from actcli.tables.lists import Lists

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk


@dataclass(slots=True)
class NpySink:
    """A sink of one array: of the results only, since an array has no names of columns.

    Attributes:
        file: where the bytes go.
        dtype: the dtype of the array.
        shape: the shape of the input array, which the results keep, if it is known.
        seekable: whether the header can be rewritten at the end; if not, and the shape is not known, the
            numbers are held in a temporary file until it is.
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
        read = set(chunk.chosen)
        results = [name for name in chunk.names if name in chunk.computed and name not in read]
        arrays = []
        for name in results or chunk.names:
            column = chunk.columns[name]
            if isinstance(column, Lists):
                return self._lists(name, column, alone=len(results or chunk.names) == 1)
            if not isinstance(column, np.ndarray):
                raise DataError(
                    f"column {name!r} is text, which an NPY array has no room for", "--only-results"
                )
            arrays.append(column)
        same = self.dtype.numpy
        if len(arrays) == 1:
            return np.ascontiguousarray(self._cast(arrays[0], same)[:, None])
        return np.stack([self._cast(array, same) for array in arrays], axis=1)

    def _lists(self, name: str, column: Lists, *, alone: bool) -> NDArray[Any]:
        """Return the lists of a column, which must be the only one, as rows."""
        whole = column.array() if len(column) else np.empty((0, 0))  # how long they are is not known yet
        if not alone or whole is None or column.values.dtype.kind not in "fiub":
            raise DataError(
                f"column {name!r} holds lists, which an NPY array has room for if all are of one length and "
                "there is no other column",
                "-o FILE.parquet or .ndjson",
            )
        width = math.prod(whole.shape[1:])
        return np.ascontiguousarray(self._cast(whole, self.dtype.numpy).reshape(len(column), width))

    def _cast(self, array: NDArray[Any], to: np.dtype[Any]) -> NDArray[Any]:
        return array if array.dtype == to else self.dtype.array(array)

    def put(self, prepared: NDArray[Any]) -> None:
        """Write rows."""
        if not prepared.shape[1]:
            return
        if self.body is None:
            self.width = prepared.shape[1]
            if self.seekable or self.shape is not None:
                self.body = self.file
                self.file.write(self._header(math.prod(self.shape or (0,))))
            else:
                self.body = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        if len(prepared) and prepared.shape[1] != self.width:
            raise DataError(
                "lists of different lengths are no rows of an array", "-o FILE.parquet or .ndjson"
            )
        self.rows += len(prepared)
        self.body.write(prepared.view(np.uint8).data if prepared.size else b"")

    def close(self) -> None:
        """Write the shape, which is known now."""
        if self.body is None:
            self.put(np.empty((0, 1)))
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
        kind = f"|V{self.dtype.numpy.itemsize}" if self.dtype.extra else self.dtype.numpy.str
        text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}"
        length = -(-(10 + 60 + 21 * (1 + len(self.shape or ()) + len(last))) // 64) * 64
        return (
            b"\x93NUMPY\x01\x00"
            + (length - 10).to_bytes(2, "little")
            + text.ljust(length - 11).encode()
            + b"\n"
        )

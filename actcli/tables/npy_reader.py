"""Reading of NPY arrays of any shape and any dtype of numbers; pickles are never loaded."""

from __future__ import annotations

import io
import math
import mmap
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT64, of
from actcli.errors import ActcliError, DataError
from actcli.tables.chunk import Chunk
from actcli.tables.columns import choose, default_names
from actcli.tables.formats import Compression, compression_of
from actcli.tables.opening import display_name, opened, size_of, unpacked
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.tables.source import Reading, Step

_PIECE = 1 << 18  # numbers at a time
_RESIDENT = 1 << 26  # bytes of a mapped file that are kept in memory
_SCATTERED = 512  # positions in a file that are read at a time; the system maps 64 KiB around each


def source(path: str, reading: Reading) -> ChunkStream | None:
    """Return the numbers of an array, as one column or as a column for each index of the last axis.

    An ordinary file is mapped into memory, not read into it. Fields of a structured array are columns.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: it is not an array of numbers.
        TransferError: the file cannot be read.
    """
    whole = _array(path)
    array = _numbers(np.atleast_1d(whole), display_name(path), reading.dtype)
    flat = reading.flat and not reading.columns and not array.dtype.names
    names = array.dtype.names or default_names(1 if flat or array.ndim < 2 else array.shape[-1])
    if not names:
        raise DataError(f"{display_name(path)} has rows of no numbers: its shape is {array.shape}")
    first = _columns(array[:0], names, display_name(path), reading.dtype)
    chosen = choose(names, reading.columns) or names
    kinds = {of(first[name].dtype) if first[name].dtype.kind not in "iub" else FLOAT64 for name in chosen}
    return ChunkStream(
        names=names,
        chosen=chosen,
        steps=_steps(whole, array, names, chosen, display_name(path), reading.dtype),
        small=array.size < _PIECE // 4,
        dtype=kinds.pop() if len(kinds) == 1 else FLOAT64,
        shape=whole.shape if flat else None,
        length=array.size // len(names),
    )


def _array(path: str) -> NDArray[Any]:
    name = display_name(path)
    try:
        if path != "-" and compression_of(path) is Compression.NONE and size_of((path,)) is not None:
            with opened(path):
                return np.lib.format.open_memmap(path, "r")
        with unpacked(path) as read_next:
            data = b"".join(iter(read_next, b""))
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except ActcliError:
        raise
    except (ValueError, EOFError) as error:
        if "bject" in str(error):
            raise DataError(f"{name} holds Python objects, which are never loaded") from None
        raise DataError(f"{name} is no NPY array", "--from says what it is instead") from None


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


def _columns(
    part: NDArray[Any], names: tuple[str, ...], path: str, dtype: DType | None
) -> dict[str, NDArray[Any]]:
    """Return the columns of a part of an array; what does not lie in order in memory is copied."""
    if part.dtype.names:
        return {name: _numbers(part[name].reshape(-1), path, dtype) for name in names}
    rows = part.reshape(-1, len(names))
    return {name: rows[:, i] for i, name in enumerate(names)}


def _steps(
    whole: NDArray[Any],
    array: NDArray[Any],
    names: tuple[str, ...],
    chosen: tuple[str, ...],
    path: str,
    dtype: DType | None,
) -> Iterator[Step]:
    ordered, axes = array.flags.c_contiguous, 1 if names == ("x",) or array.dtype.names else 2
    # Parts of an array in another order lie scattered over all of the file: fewer, larger ones cost less.
    size = (_PIECE if ordered else 16 * _PIECE) // (len(names) if array.dtype.names else 1)
    if ordered:
        array = array.reshape(-1) if axes == 1 else array.reshape(-1, len(names))
    since = 0
    for part in _parts(array, size, axes):
        yield partial(_chunk, part, names, chosen, path, dtype, None if ordered else whole)
        since += part.nbytes
        if since >= _RESIDENT:
            _release(whole)
            since = 0


def _parts(array: NDArray[Any], size: int, axes: int) -> Iterator[NDArray[Any]]:
    """Yield views that cover an array in order, of about so many numbers, and not cut along the last axes."""
    each = max(1, array.size // max(1, len(array)))
    if array.ndim > axes and each > size:
        for part in array:
            yield from _parts(part, size, axes)
    else:
        rows = max(1, size // each)
        for start in range(0, max(1, len(array)), rows):
            yield array[start : start + rows]


def _gathered(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of numbers scattered over a mapped file, with little of the file in memory at a time."""
    copy = np.empty(part.shape, part.dtype)
    stripe = max(1, _SCATTERED * part.shape[-1] // max(1, math.prod(part.shape[1:])))
    for start in range(0, part.shape[-1], stripe):
        copy[..., start : start + stripe] = part[..., start : start + stripe]
        _release(whole)
    return copy


def _release(array: NDArray[Any]) -> None:
    """Release the pages of a mapped file that have been read: they count as memory of this program."""
    if isinstance(array.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        array.base.madvise(mmap.MADV_DONTNEED)


def _chunk(
    part: NDArray[Any],
    names: tuple[str, ...],
    chosen: tuple[str, ...],
    path: str,
    dtype: DType | None,
    scattered: NDArray[Any] | None,
) -> Chunk:
    pieces = _columns(part if scattered is None else _gathered(part, scattered), names, path, dtype)
    own = {of(pieces[name].dtype) for name in chosen}
    first = pieces[chosen[0]]
    if len(own) == 1 and dtype in (None, *own) and first.dtype.kind not in "iub":
        numbers = first[:, None] if len(chosen) == 1 else np.stack([pieces[c] for c in chosen], axis=1)
    else:
        with np.errstate(invalid="ignore"):  # a signalling NaN
            wide = [pieces[name].astype(np.float64) for name in chosen]
        numbers = (dtype or FLOAT64).round(np.stack(wide, axis=1))
    return Chunk(pieces, chosen, numbers)

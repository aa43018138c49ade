"""Reading of arrays of any shape and any dtype of numbers, from NPY, NPZ and safetensors."""

from __future__ import annotations

import math
import mmap
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT64, named, of
from actcli.errors import DataError
from actcli.tables import lists
from actcli.tables.array_files import one_of, stored
from actcli.tables.chunk import Chunk
from actcli.tables.columns import choose, data_columns, default_names
from actcli.tables.lists import Lists
from actcli.tables.opening import display_name, split_member
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.tables.array_files import StoredArray
    from actcli.tables.chunk import Column
    from actcli.tables.formats import Format
    from actcli.tables.source import Reading, Step

_PIECE = 1 << 18  # numbers at a time
_RESIDENT = 1 << 26  # bytes of a mapped file that are kept in memory
_SCATTERED = 512  # positions in a file that are read at a time; the system maps 64 KiB around each


def source(path: str, form: Format, reading: Reading) -> ChunkStream:
    """Return the numbers of an array, as one column or as a column for each index of the last axis.

    An ordinary file is mapped into memory, not read into it. Fields of a structured array are columns, and so
    is each array where several of one file are named, by the path or as the columns to read.

    Raises:
        UsageError: a chosen column or array does not exist, or several arrays are there and none is named.
        DataError: it is not an array of numbers.
        TransferError: the file cannot be read.
    """
    arrays = stored(path, form)
    names, columns = [one.name for one in arrays], reading.columns
    if columns and not split_member(path)[1] and (len(arrays) > 1 or {*columns} <= {*names}):
        wanted = choose(names, columns)
        arrays, columns = tuple(arrays[names.index(name)] for name in wanted), ()
    if len(arrays) > 1 and (reading.columns or split_member(path)[1]):
        return _several(arrays, columns, display_name(path), reading.dtype)
    one = one_of(arrays, path)
    return _single(one, () if columns == (one.name,) else columns, reading)


def _single(one: StoredArray, columns: Sequence[str], reading: Reading) -> ChunkStream:
    """Return the numbers of one array."""
    one, place = _numbers(one, reading.dtype), one.place
    shape, fields = one.shape or (1,), one.dtype.names
    flat = reading.flat and not columns and not fields
    if fields:
        names = fields
    elif flat or len(shape) < 2:
        names = (one.name,) if one.name not in ("", "arr_0") and len(shape) < 2 else default_names(1)
    else:
        names = default_names(shape[-1])
    if not names:
        raise DataError(f"{place} has rows of no numbers: its shape is {one.shape}")
    first = _columns(np.empty((0, *shape[1:]), one.dtype), names, reading.dtype, place)
    chosen, unread = _chosen(first, columns, place), tuple[str, ...]()
    if fields and not columns:
        vectors = tuple(name for name in chosen if isinstance(first[name], Lists))
        chosen, unread = data_columns(names, [n for n in chosen if n not in vectors], (), vectors)
    size = math.prod(shape)
    steps = _streamed if one.mapped is None else _steps
    return ChunkStream(
        names=names,
        chosen=chosen,
        unread=unread,
        steps=steps(one, names, chosen, place, reading.dtype),
        small=size < _PIECE // 4,
        dtype=_common(first, chosen),
        shape=one.shape if flat else None,
        vector=not fields and len(shape) < 2,
        length=size // (1 if fields else len(names)),
    )


def _several(
    arrays: Sequence[StoredArray], columns: Sequence[str], place: str, dtype: DType | None
) -> ChunkStream:
    """Return a column for each of several arrays; one of two axes or more is a column of lists."""
    arrays = [_numbers(one, dtype) for one in arrays]
    lengths = {(one.shape or (1,))[0] for one in arrays}
    if len(lengths) > 1:
        shapes = ", ".join(f"{one.name} {list(one.shape)}" for one in arrays)
        raise DataError(
            f"{place}: arrays of different lengths are no columns: {shapes}", "name one at a time"
        )
    names = tuple(one.name for one in arrays)
    empty = {one.name: _column(np.empty((0, *one.shape[1:]), one.dtype)) for one in arrays}
    chosen = _chosen(empty, columns, place)
    width = sum(math.prod(one.shape[1:]) for one in arrays)
    rows = max(1, _PIECE // max(1, width))

    def steps() -> Iterator[Step]:
        since = 0
        for parts in zip(*(one.pieces(rows) for one in arrays), strict=True):
            pieces = {name: _column(part) for name, part in zip(names, parts, strict=True)}
            yield partial(_made, pieces, chosen, dtype)
            since += sum(part.nbytes for part in parts)
            if since >= _RESIDENT:
                for one in arrays:
                    _release(one.mapped)
                since = 0

    return ChunkStream(
        names=names,
        chosen=chosen,
        steps=steps(),
        small=lengths.pop() * width < _PIECE // 4,
        dtype=_common(empty, chosen),
    )


def _column(part: NDArray[Any]) -> NDArray[Any] | Lists:
    return part if part.ndim < 2 else lists.of_array(part)


def _chosen(columns: Mapping[str, Column], wanted: Sequence[str], place: str) -> tuple[str, ...]:
    """Return the columns that are read: those asked for, or all that hold numbers."""
    numeric = tuple(name for name, column in columns.items() if not isinstance(column, list))
    chosen = choose(tuple(columns), wanted) or numeric
    for name in chosen or columns:
        if isinstance(columns[name], list):
            raise DataError(f"{place}: field {name!r} holds text, not numbers", f"-c {', '.join(numeric)}")
    return chosen


def _common(columns: Mapping[str, Column], chosen: Sequence[str]) -> DType:
    """Return the format of results: that of the chosen columns if they have one, else float64."""
    kinds = {of(_values(columns[name]).dtype) for name in chosen}
    return kinds.pop() if len(kinds) == 1 else FLOAT64


def _values(column: Column) -> NDArray[Any]:
    values = column.values if isinstance(column, Lists) else column
    assert isinstance(values, np.ndarray)
    return values


def _numbers(one: StoredArray, dtype: DType | None) -> StoredArray:
    """Return the array if it holds numbers; bytes that NumPy has no name for are of the dtype asked for."""
    found = _number_type(one.dtype, dtype)
    if found is None:
        raise DataError(
            f"{one.place} holds {one.dtype}, not numbers",
            "--dtype bfloat16 or the like says what they are" if one.dtype.kind == "V" else "",
        )
    mapped = None if one.mapped is None else one.mapped.view(found)
    return replace(one, dtype=found, mapped=mapped)


def _number_type(found: np.dtype[Any], dtype: DType | None) -> np.dtype[Any] | None:
    """Return the dtype as which the numbers of an array are read, or None if they are none."""
    kind = found.kind
    if kind in "fiub" or found.names or named(found.name):
        return found
    if kind == "V" and dtype is not None and dtype.bits == 8 * found.itemsize:
        return dtype.numpy
    return None


def _columns(
    part: NDArray[Any], names: tuple[str, ...], dtype: DType | None, place: str
) -> dict[str, Column]:
    """Return the columns of a part of an array; what does not lie in order in memory is copied."""
    if part.dtype.names:
        flat = part.reshape(-1)
        return {name: _field(flat[name], name, dtype, place) for name in names}
    rows = part.reshape(-1, len(names))
    return {name: rows[:, i] for i, name in enumerate(names)}


def _field(part: NDArray[Any], name: str, dtype: DType | None, place: str) -> Column:
    """Return a field of a structured array; one of arrays is a column of lists, and text stays text."""
    if part.dtype.kind in "SU":
        text: Any = np.char.decode(part, "utf-8", "replace") if part.dtype.kind == "S" else part
        return list(text.tolist())
    wanted = None if part.dtype.names else _number_type(part.dtype, dtype)
    if wanted is None:
        raise DataError(f"{place}: field {name!r} holds {part.dtype}, not numbers")
    return _column(np.ascontiguousarray(part).view(wanted))


def _streamed(
    one: StoredArray, names: tuple[str, ...], chosen: tuple[str, ...], place: str, dtype: DType | None
) -> Iterator[Step]:
    each = math.prod(one.shape[1:]) * len(one.dtype.names or ("",))
    for part in one.pieces(max(1, _PIECE // max(1, each))):
        yield partial(_chunk, part.view(one.dtype), names, chosen, place, dtype, None)


def _steps(
    one: StoredArray, names: tuple[str, ...], chosen: tuple[str, ...], place: str, dtype: DType | None
) -> Iterator[Step]:
    assert one.mapped is not None
    whole, array = one.mapped, np.atleast_1d(one.mapped)
    ordered, axes = array.flags.c_contiguous, 1 if len(names) == 1 or array.dtype.names else 2
    # Parts of an array in another order lie scattered over all of the file: fewer, larger ones cost less.
    size = (_PIECE if ordered else 16 * _PIECE) // (len(names) if array.dtype.names else 1)
    if ordered:
        array = array.reshape(-1) if axes == 1 else array.reshape(-1, len(names))
    since = 0
    for part in _parts(array, size, axes):
        yield partial(_chunk, part, names, chosen, place, dtype, None if ordered else whole)
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


def _release(array: NDArray[Any] | None) -> None:
    """Release the pages of a mapped file that have been read: they count as memory of this program."""
    while array is not None and isinstance(array.base, np.ndarray):
        array = array.base
    if array is not None and isinstance(array.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        array.base.madvise(mmap.MADV_DONTNEED)


def _chunk(
    part: NDArray[Any],
    names: tuple[str, ...],
    chosen: tuple[str, ...],
    place: str,
    dtype: DType | None,
    scattered: NDArray[Any] | None,
) -> Chunk:
    whole = part if scattered is None else _gathered(part, scattered)
    return _made(_columns(whole, names, dtype, place), chosen, dtype)


def _made(columns: Mapping[str, Column], chosen: tuple[str, ...], dtype: DType | None) -> Chunk:
    """Return columns as a chunk, with the numbers of the chosen ones in the dtype asked for."""
    read = {
        name: column.with_values(_rounded(_wide(column.values, dtype), dtype))
        for name in chosen
        if isinstance(column := columns[name], Lists)
    }
    scalars = tuple(name for name in chosen if name not in read)
    arrays = [_values(columns[name]) for name in scalars]
    own = {of(array.dtype) for array in arrays}
    if len(own) == 1 and dtype in (None, *own) and all(array.dtype.kind not in "iub" for array in arrays):
        numbers: NDArray[Any] = arrays[0][:, None] if len(arrays) == 1 else np.stack(arrays, axis=1)
    else:
        rows = len(next(iter(columns.values())))
        wide = np.stack([_wide(array, dtype) for array in arrays], axis=1) if arrays else np.empty((rows, 0))
        numbers = _rounded(wide, dtype)
    return Chunk(columns, scalars, numbers, lists=read)


def _wide(array: NDArray[Any], dtype: DType | None) -> NDArray[np.float64]:
    """Return numbers as doubles, such that rounding them again to a narrower dtype rounds the numbers."""
    with np.errstate(invalid="ignore"):  # a signalling NaN
        wide = array.astype(np.float64)
    if dtype not in (None, FLOAT64) and array.dtype.kind in "iu":
        for at in np.argwhere(np.abs(wide) >= 2.0**53).tolist():
            rest = int(array[tuple(at)]) - int(wide[tuple(at)])
            value = wide[tuple(at)]
            if (
                rest and not int(np.float64(value).view(np.int64)) & 1
            ):  # of its neighbours, the odd one is no tie
                wide[tuple(at)] = np.nextafter(value, np.inf if rest > 0 else -np.inf)
    return wide


def _rounded(wide: NDArray[np.float64], dtype: DType | None) -> NDArray[np.float64]:
    return wide if dtype is None else dtype.round(wide)

"""Reading of arrays of any shape and any dtype of numbers, from NPY, NPZ and safetensors."""

from __future__ import annotations

import math
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
_SCATTERED = 8  # times as many, where they lie scattered over a file


def source(path: str, form: Format, reading: Reading) -> ChunkStream:
    """Return the numbers of an array, as one column or as a column for each index of the last axis.

    Fields of a structured array are columns, and so is each array where several of one file are named, by the
    path or as the columns to read.

    Raises:
        UsageError: a chosen column or array does not exist, or several arrays are there and none is named.
        DataError: it is not an array of numbers.
        TransferError: the file cannot be read.
    """
    arrays, columns, member = stored(path, form), reading.columns, split_member(path)[1]
    held = tuple(one.name for one in arrays)
    if columns and not member and (len(arrays) > 1 or {*columns} <= {*held}):
        arrays, columns = tuple(arrays[held.index(name)] for name in choose(held, columns)), ()
    if not (member or reading.columns):
        arrays = (one_of(arrays, path),)
    place = display_name(path) if len(arrays) > 1 else arrays[0].place
    arrays = tuple(_numbers(one, reading.dtype) for one in arrays)
    names, rows = _layout(arrays, place, flat=reading.flat and columns in ((), (arrays[0].name,)))
    split = partial(_columns, names=names, dtype=reading.dtype, place=place)
    first = split([np.empty((0, *row), one.dtype) for one, row in zip(arrays, rows, strict=True)])
    chosen, unread = _chosen(first, () if columns == (arrays[0].name,) else columns, place), tuple[str, ...]()
    fields, shape = arrays[0].dtype.names, arrays[0].shape
    if fields and not columns and len(arrays) == 1:
        vectors = tuple(name for name in chosen if isinstance(first[name], Lists))
        chosen, unread = data_columns(names, [n for n in chosen if n not in vectors], (), vectors)
    length = math.prod(shape[: len(shape) - len(rows[0])])
    width = max(1, sum(map(math.prod, rows)) * len(fields or ("",)))
    size = max(1, _PIECE // width) * (_SCATTERED if any(one.fortran for one in arrays) else 1)

    def steps() -> Iterator[Step]:
        for parts in zip(
            *(one.pieces(row, size) for one, row in zip(arrays, rows, strict=True)), strict=True
        ):
            yield lambda parts=parts: _made(split(parts), chosen, reading.dtype)  # type: ignore[misc]

    return ChunkStream(
        names=names,
        chosen=chosen,
        unread=unread,
        steps=steps(),
        small=length * width < _PIECE // 4,
        dtype=_common(first, chosen),
        shape=shape if rows == [()] and not fields else None,
        vector=len(shape) < 2 and not fields and len(arrays) == 1,
        length=length,
    )


def _layout(
    arrays: Sequence[StoredArray], place: str, *, flat: bool
) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
    """Return the columns of some arrays, and which last axes of each make a row.

    Of several arrays each is a column; one of two axes or more is a column of lists.

    Raises:
        DataError: there are no columns, or their lengths differ.
    """
    shapes = [one.shape or (1,) for one in arrays]
    if len(arrays) > 1:
        if len({shape[0] for shape in shapes}) > 1:
            told = ", ".join(f"{one.name} {list(one.shape)}" for one in arrays)
            raise DataError(
                f"{place}: arrays of different lengths are no columns: {told}", "name one at a time"
            )
        return tuple(one.name for one in arrays), [shape[1:] for shape in shapes]
    (one,), (shape,) = arrays, shapes
    if one.dtype.names:
        return one.dtype.names, [()]
    if len(shape) < 2 and one.name not in ("", "arr_0"):
        return (one.name,), [()]
    if flat or len(shape) < 2:
        return default_names(1), [()]
    if not shape[-1]:
        raise DataError(f"{place} has rows of no numbers: its shape is {one.shape}")
    return default_names(shape[-1]), [shape[-1:]]


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
    return replace(one, dtype=found)


def _number_type(found: np.dtype[Any], dtype: DType | None) -> np.dtype[Any] | None:
    """Return the dtype as which the numbers of an array are read, or None if they are none."""
    kind = found.kind
    if kind in "fiub" or found.names or named(found.name):
        return found
    if kind == "V" and dtype is not None and dtype.numpy.itemsize == found.itemsize:
        return dtype.numpy
    return None


def _columns(
    parts: Sequence[NDArray[Any]], names: tuple[str, ...], dtype: DType | None, place: str
) -> dict[str, Column]:
    """Return the columns of parts of some arrays."""
    if len(parts) > 1:
        return dict(zip(names, map(_column, parts), strict=True))
    (part,) = parts
    if part.dtype.names:
        return {name: _field(part[name], name, dtype, place) for name in names}
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


def _made(columns: Mapping[str, Column], chosen: tuple[str, ...], dtype: DType | None) -> Chunk:
    """Return columns as a chunk, with the numbers of the chosen ones in the dtype asked for."""
    read = {
        name: column.with_values(_rounded(column.values, dtype))
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
        read_as = [_rounded(array, dtype) for array in arrays]
        numbers = np.stack(read_as, axis=1) if arrays else np.empty((rows, 0))
    return Chunk(columns, scalars, numbers, lists=read)


def _rounded(array: NDArray[Any], dtype: DType | None) -> NDArray[np.float64]:
    """Return numbers as doubles, rounded once to the dtype asked for."""
    with np.errstate(invalid="ignore"):  # a signalling NaN
        wide = array.astype(np.float64)
    if dtype in (None, FLOAT64):
        return wide
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        # Of 53 bits and one more for what is cut off: no such number lies midway between two of the dtype.
        odd = (array >> 11 | (array & 2047 != 0)) << 11
        wide = np.where(np.abs(wide) < 2.0**53, wide, odd)
    return dtype.round(wide)

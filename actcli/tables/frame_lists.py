"""Columns of frames as numbers and lists, whatever their type, and lists as columns of frames."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT16, FLOAT32, FLOAT64
from actcli.errors import DataError
from actcli.tables.bulk import engine, type_name
from actcli.tables.lists import Lists, offsets_of
from actcli.tables.numbers import BadCell, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from polars import DataType, Series

    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Numbers

TEXTS = ("String", "Categorical", "Enum")
"""Types whose values may be numbers that are spelled as text."""

_MENDS = {
    "Date": "make a number of it first, as with dt.epoch('d') in polars",
    "Datetime": "make a number of it first, as with dt.epoch('s') in polars",
    "Duration": "make a number of it first, as with dt.total_seconds() in polars",
    "Time": "make a number of it first",
    "Struct": "make a column of a field first, as with unnest in polars",
    "Map": "make a column of a key first",
    "Binary": "make numbers of it first, as with numpy.frombuffer",
}
"""What to do with columns that hold no numbers."""


def storage(kind: DataType) -> DataType:
    """Return the type in which one that another library defines is stored, or the type itself."""
    found: DataType = kind.ext_storage() if type_name(kind) == "Extension" else kind  # type: ignore[attr-defined]
    return found


def is_list(kind: DataType) -> bool:
    """Tell whether a type is one of lists: List, Array, or a tensor."""
    return type_name(storage(kind)) in ("List", "Array")


def leaf(kind: DataType) -> DataType:
    """Return the type of what is in lists, or in lists of lists; else the type itself."""
    kind = storage(kind)
    while type_name(kind) in ("List", "Array"):
        kind = storage(kind.inner)  # type: ignore[attr-defined]
    return kind


def numeric(schema: Mapping[str, DataType], place: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns of lists of numbers in a frame, and those of numbers, or else of text.

    Raises:
        DataError: there is none.
    """
    lists = tuple(name for name, kind in schema.items() if is_list(kind) and leaf(kind).is_numeric())
    found = tuple(name for name, kind in schema.items() if not is_list(kind) and leaf(kind).is_numeric())
    if not lists and not found:
        found = tuple(name for name, kind in schema.items() if type_name(kind) in TEXTS)
    if not lists and not found:
        some = ", ".join(f"{name!r} holds {type_name(kind)}" for name, kind in list(schema.items())[:8])
        raise DataError(f"{place}: no column of numbers: {some or 'it has no columns'}")
    return lists, found


def check(name: str, kind: DataType, place: str) -> None:
    """Raise `DataError` if a column is of a type that is read neither as numbers nor as lists of them."""
    inner = leaf(kind)
    if type_name(inner) in TEXTS and not is_list(kind):
        return
    if not inner.is_numeric() and type_name(inner) not in ("Boolean", "Null"):
        mend = _MENDS.get(type_name(inner), "-c names another column")
        raise DataError(f"{place}: column {name!r} holds {storage(kind)}, not numbers", mend)
    if is_list(kind) and _tensor(kind) is None:
        raise DataError(
            f"{place}: column {name!r} holds tensors whose axes are permuted", "store them as they are"
        )


def _tensor(kind: DataType) -> list[int] | None:
    """Return the shape of tensors, [] of what is none; None if their axes do not come in order."""
    if type_name(kind) != "Extension" or kind.ext_name() != "arrow.fixed_shape_tensor":  # type: ignore[attr-defined]
        return []
    told = json.loads(kind.ext_metadata() or "{}")  # type: ignore[attr-defined]
    shape = told.get("shape", [])
    return shape if told.get("permutation") in (None, [*range(len(shape))]) else None


def numbers_of(series: Series, dtype: DType) -> tuple[Numbers, list[BadCell]]:
    """Return the numbers of a column, rounded once, and the cells that hold none.

    Whole numbers of any size and decimals are as exact as those in text.
    """
    polars = engine()
    kind = type_name(series.dtype)
    if kind == "Extension":
        return numbers_of(series.ext.storage(), dtype)
    if kind in TEXTS or kind == "Decimal" or (dtype is not FLOAT64 and series.dtype.is_integer()):
        text = series.cast(polars.String)
        found = text.cast(polars.Float64, strict=False).fill_null(np.nan).to_numpy()
        return settle(np.array(found), text.fill_null(""), dtype)  # type: ignore[arg-type]
    wide = series if kind == "Float64" else series.cast(polars.Float64, strict=False)
    if not wide.null_count():
        return dtype.round(wide.to_numpy()), []
    values = dtype.round(wide.fill_null(np.nan).to_numpy())
    return values, [BadCell(row, "", "is missing") for row in wide.is_null().arg_true().to_list()]


def lists_of(series: Series, dtype: DType) -> tuple[Lists, list[BadCell]]:
    """Return the lists of a column, and the cells that hold none, or in which a number is missing."""
    shape = _tensor(series.dtype)
    level: Any = series.ext.storage() if type_name(series.dtype) == "Extension" else series
    offsets: list[NDArray[np.int64]] = []
    missing: list[NDArray[np.bool_] | None] = []
    while is_list(level.dtype):
        level = level.arr.to_list() if type_name(level.dtype) == "Array" else level
        lengths = level.list.len().fill_null(0).cast(engine().Int64)
        absent = level.is_null().to_numpy()
        offsets.append(offsets_of(lengths.to_numpy()))
        missing.append(absent if absent.any() else None)
        level = level.filter(lengths > 0).explode()
    values, odd = numbers_of(level, dtype)
    found = Lists(values, tuple(offsets), tuple(missing))
    if shape and len(shape) > 1:
        found = _reshaped(found, shape)
    return found, [*found.absent(), *found.located(odd)]


def _reshaped(found: Lists, shape: list[int]) -> Lists:
    """Return lists of numbers as lists of lists of that shape."""
    offsets = [offsets_of(np.where(found.lengths > 0, shape[0], 0))]
    for length in shape[1:]:
        offsets.append(np.arange(offsets[-1][-1] + 1, dtype=np.int64) * length)
    return Lists(found.values, tuple(offsets), (*found.missing, *[None] * (len(shape) - 1)))


def series_of(name: str, column: Lists, dtype: DType | None) -> Series:
    """Return lists as a column of a frame; the numbers have the dtype, or their own."""
    polars = engine()
    values: Any = plain(name, column.values, dtype)
    for offsets, missing in zip(reversed(column.offsets), reversed(column.missing), strict=True):
        lengths = np.diff(offsets)
        if missing is None and not values.dtype.is_nested() and _even(lengths):
            values = values.reshape((-1, int(lengths[0]))).arr.to_list()
            continue
        rows = polars.Series("row", np.arange(len(lengths)))
        elements = polars.DataFrame({"row": np.repeat(rows, lengths), name: values})
        lists = elements.group_by("row", maintain_order=True).agg(polars.col(name))
        values = rows.to_frame().join(lists, on="row", how="left", maintain_order="left")[name]
        absent = np.zeros(len(rows), bool) if missing is None else missing
        empty = polars.Series(name, [[]], dtype=values.dtype).new_from_index(0, len(rows))
        values = values.zip_with(values.is_not_null() | polars.Series(absent), empty)
    return values.alias(name)  # type: ignore[no-any-return]


def _even(lengths: NDArray[np.int64]) -> bool:
    """Tell whether lists are all of one length, which is not 0."""
    return len(lengths) > 0 and bool((lengths == max(1, lengths[0])).all())


def plain(name: str, values: NDArray[Any], dtype: DType | None) -> Series:
    """Return numbers as a column of a frame, in the dtype, in one that holds it, or in their own."""
    polars = engine()
    if values.dtype.kind in "OSU":
        return polars.Series(name, values.tolist(), dtype=polars.String)  # type: ignore[no-any-return]
    if dtype is None:
        return polars.Series(name, np.ascontiguousarray(values))  # type: ignore[no-any-return]
    kept = FLOAT64 if dtype is FLOAT64 else FLOAT32  # which holds every narrower number
    found = polars.Series(name, np.ascontiguousarray(values, kept.numpy))
    half = dtype is FLOAT16 and hasattr(polars, "Float16")
    return found.cast(polars.Float16) if half else found  # type: ignore[no-any-return]


def common_types(schemas: list[Mapping[str, DataType]]) -> dict[str, DataType]:
    """Return the types that hold the numbers of all of some frames, of columns whose types differ."""
    polars = engine()
    found: dict[str, DataType] = {}
    for name in schemas[0]:
        kinds = [schema[name] for schema in schemas if name in schema]
        if any(kind != kinds[0] for kind in kinds) and all(leaf(kind).is_numeric() for kind in kinds):
            frames = [polars.DataFrame(schema={name: storage(kind)}) for kind in kinds]
            try:
                found[name] = polars.concat(frames, how="vertical_relaxed").schema[name]
            except polars.exceptions.PolarsError:  # numbers and lists
                continue
    return found

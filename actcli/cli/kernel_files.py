"""Files of the inputs that a kernel is tried on elsewhere, and of its results."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.core.dtypes import FLOAT32, FLOAT64, Encoded
from actcli.errors import DataError, TransferError, UsageError
from actcli.tables import files
from actcli.tables.array_files import single
from actcli.tables.formats import Format, format_of
from actcli.tables.reading import read
from actcli.tables.source import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType

_RAW = ".bin"
"""How the name of a file of raw numbers ends: little-endian, one after the other, and nothing else."""


def write(x: Encoded, path: str) -> None:
    """Write numbers to an NPY file, or raw.

    Raises:
        UsageError: the name of the file says neither.
        TransferError: it cannot be written.
    """
    if not path.endswith((".npy", _RAW)):
        raise UsageError(f"{path}: inputs are written as .npy or .bin")
    with files.output(path) as out:
        if path.endswith(_RAW):
            out.write(x.bits.astype(x.bits.dtype.newbyteorder("<")).tobytes())
        else:
            np.lib.format.write_array(out, x.array, allow_pickle=False)


def holds_arrays(path: str) -> bool:
    """Return whether a file is no table."""
    form = format_of(path)
    return path.endswith(_RAW) or (form is not None and form.arrays)


def holds_one(path: str) -> bool:
    """Return whether a file holds one array, which has no name."""
    return path.endswith(_RAW) or format_of(path) is Format.NPY


def numbers(path: str, name: str | None, dtype: DType | None) -> Encoded:
    """Return the numbers of a file in the format that they are in, or for which it has no name, in `dtype`.

    Raises:
        DataError: it does not hold numbers.
        TransferError: it cannot be read.
    """
    if path.endswith(_RAW):
        return _raw(path, dtype or FLOAT32)
    if not holds_arrays(path):
        return Encoded.of(_columns(path, (name or "1",), dtype)[0], dtype or FLOAT64)
    found = single(path, name)
    if found.dtype.kind == "V" and dtype and found.dtype.itemsize * 8 == dtype.bits:
        return Encoded(np.array(found).view(f"u{dtype.bits // 8}").ravel(), dtype)
    own = dtypes.named(found.dtype.name)
    if found.dtype.kind not in "fiu" and own is None:
        hint = "--dtype says of which format they are" if found.dtype.kind == "V" else ""
        raise DataError(f"{path} holds {found.dtype.name}, not numbers", hint)
    if own is None:
        with np.errstate(all="ignore"):
            return Encoded.of(np.asarray(found, np.float64).ravel(), dtype or FLOAT64)
    native: NDArray[Any] = np.ascontiguousarray(found, found.dtype.newbyteorder("=")).ravel()
    return Encoded(native.view(f"u{own.bits // 8}"), own)


def shaped(x: Encoded, path: str, name: str | None, shape: tuple[int, ...] | None) -> Encoded:
    """Return the numbers of a file in the array that they were, or of the shape that is given.

    Raises:
        UsageError: neither tells.
        DataError: there is another number of them.
    """
    if not (path.endswith(_RAW) or not holds_arrays(path)):
        own = np.shape(single(path, name))
        return Encoded(x.bits.reshape(own), x.dtype)
    if shape is None:
        raise UsageError(f"{path} does not say how long its rows are", "--shape, for example 4096x1000")
    if x.bits.size % math.prod(shape[:-1]) or (x.bits.size != math.prod(shape) and len(shape) < 2):
        raise DataError(f"{path} holds {x.bits.size} numbers, which are no rows of --shape")
    return Encoded(x.bits.reshape(*shape[:-1], -1), x.dtype)


def exactly(x: Encoded, dtype: DType, path: str) -> Encoded:
    """Return numbers in another format, every one of which must be one of that format.

    Raises:
        DataError: one is not.
    """
    if x.dtype == dtype:
        return x
    values = x.values
    off = np.flatnonzero((dtype.round(values) != values) & ~np.isnan(values))
    if off.size:
        raise DataError(
            f"{path}: {float(values[off[0]])!r} is not a {dtype}", "--dtype says what the kernel was given"
        )
    return Encoded.of(values, dtype)


def table(path: str, column: str, output_column: str, dtype: DType | None) -> tuple[Encoded, Encoded]:
    """Return two columns of a table.

    Raises:
        UsageError: they are one.
        DataError: they do not hold numbers.
        TransferError: it cannot be read.
    """
    found = _columns(path, (column, output_column), dtype)
    if len(found) == 1:
        raise UsageError("inputs and results are the same column", "--output-column NAME of the results")
    return Encoded.of(found[0], FLOAT64), Encoded.of(found[1], dtype or FLOAT64)


def _raw(path: str, dtype: DType) -> Encoded:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise TransferError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    width = dtype.bits // 8
    if len(data) % width or not data:
        raise DataError(
            f"{path} holds {len(data)} bytes, no whole number of {dtype}", "--dtype tells the format"
        )
    return Encoded(np.frombuffer(data, f"<u{width}").astype(f"u{width}"), dtype)


def _columns(path: str, names: tuple[str, ...], dtype: DType | None) -> tuple[Array, ...]:
    source = read(Reading(paths=(path,), columns=names, dtype=dtype))
    parts: dict[str, list[Array]] = {name: [] for name in source.chosen}
    for chunk in source:
        for name, some in parts.items():
            some.append(chunk.elements(name))
    columns = [np.concatenate(some) if some else np.empty(0) for some in parts.values()]
    if not len(columns[0]):
        raise DataError(f"{path} holds no rows")
    if len({len(column) for column in columns}) > 1:
        raise DataError(
            f"{path}: the columns {', '.join(map(repr, parts))} hold different numbers of numbers"
        )
    return tuple(columns)

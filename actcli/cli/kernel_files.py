"""Files of the inputs that a kernel is tried on elsewhere, and of its results."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.core.dtypes import FLOAT32, FLOAT64, Encoded, Quantised
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
        return _given(_columns(path, (name or "1",), _read_as(dtype))[0], dtype or FLOAT64, path)
    found = single(path, name)
    if not found.size:
        raise DataError(f"{path} holds no numbers")
    if found.dtype.kind == "V" and dtype and found.dtype.itemsize == dtype.patterns.itemsize:
        return Encoded(np.array(found).view(dtype.patterns).ravel(), dtype)
    if isinstance(dtype, Quantised) and found.dtype.name == dtype.name:
        return Encoded(np.ascontiguousarray(found).view(dtype.patterns).ravel(), dtype)
    own = dtypes.named(found.dtype.name)
    if found.dtype.name in dtypes.INTEGERS or isinstance(dtype, Quantised):
        raise DataError(
            f"{path} holds {found.dtype.name}" + (f", not {dtype.name}" if dtype else ": integers"),
            "--dtype int8 or uint8 with --scale and --zero-point says what they stand for",
        )
    if found.dtype.kind not in "fiu" and own is None:
        hint = "--dtype says of which format they are" if found.dtype.kind == "V" else ""
        raise DataError(f"{path} holds {found.dtype.name}, not numbers", hint)
    if own is None:
        if dtype is None:
            raise DataError(f"{path} holds {found.dtype.name}: integers", "--dtype tells the kernel's format")
        with np.errstate(all="ignore"):
            return Encoded.of(np.asarray(found, np.float64).ravel(), dtype or FLOAT64)
    native: NDArray[Any] = np.ascontiguousarray(found, found.dtype.newbyteorder("=")).ravel()
    return Encoded(native.view(own.patterns), own)


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


def table(
    path: str, column: str, output_column: str, in_dtype: DType | None, dtype: DType | None
) -> tuple[Encoded, Encoded]:
    """Return two columns of a table.

    Raises:
        UsageError: they are one.
        DataError: they do not hold numbers.
        TransferError: it cannot be read.
    """
    found = _columns(path, (column, output_column), _read_as(dtype))
    if len(found) == 1:
        raise UsageError("inputs and results are the same column", "--output-column NAME of the results")
    given = in_dtype if isinstance(in_dtype, Quantised) else FLOAT64
    return _given(found[0], given, path), _given(found[1], dtype or FLOAT64, path)


def _read_as(dtype: DType | None) -> DType | None:
    return None if isinstance(dtype, Quantised) else dtype


def _given(numbers: Array, dtype: DType, path: str) -> Encoded:
    """Return numbers of a table in a format; those of a quantised one are its integers."""
    if not isinstance(dtype, Quantised):
        return Encoded.of(numbers, dtype)
    ends = np.iinfo(dtype.name)
    off = np.flatnonzero(~((numbers >= ends.min) & (numbers <= ends.max) & (np.rint(numbers) == numbers)))
    if off.size:
        raise DataError(f"{path}: {float(numbers[off[0]])!r} is no {dtype.name}")
    return Encoded(numbers.astype(dtype.name).view(dtype.patterns), dtype)


def _raw(path: str, dtype: DType) -> Encoded:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise TransferError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    width = dtype.patterns.itemsize
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

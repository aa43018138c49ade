"""What a caller gives, made into what the core counts on: each kind of argument is checked here, once.

A wrong one is a `UsageError` that names the argument, what it must be and what was given, whatever NumPy or
the object itself would say of it.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.errors import UsageError, shown

if TYPE_CHECKING:
    from typing import TypeGuard

    from numpy.typing import ArrayLike, NDArray

    from actcli.core.dtypes import DType


def real(x: ArrayLike, name: str = "x", due: str = "real numbers") -> NDArray[Any]:
    """Return x as an array of real numbers that float64 can hold, in a dtype that converts to it.

    Python's own numbers (integers of any size, Fraction, Decimal) and longdouble become the nearest float64.

    Args:
        x: what was given.
        name: what the argument is called.
        due: what it must be, in words.

    Raises:
        UsageError: it is no array, holds something else than real numbers or one that is too large, or some
            of it is masked.
    """
    array = _array(x, name)
    kind = array.dtype.kind
    if kind in "fiub":
        if array.itemsize > 8:
            with np.errstate(all="ignore"):
                array = array.astype(np.float64)
    elif kind == "O":
        array = _doubles(array, name, due)
    elif not _is_real(array.dtype):
        given = str(array.dtype) if isinstance(x, np.ndarray) else shown(x)
        raise UsageError(f"{name} must be {due}, not {given}")
    if _masked(x, array.ndim):
        raise UsageError(f"{name} must be {due}, not masked", "filled(value) or compressed() first")
    return array


def number(value: Any, name: str) -> float:
    """Return the double nearest to one real number; 0 has no sign, so that equal numbers are the same.

    Raises:
        UsageError: it is no real number, or more than one.
    """
    if type(value) is not float:
        array = real(value, name, "one real number")
        if array.ndim:
            raise UsageError(f"{name} must be one real number, not {shown(value)}")
        value = array.item()
    return float(value) + 0.0


def integer(value: Any, name: str) -> int:
    """Return an integer of Python's or NumPy's kinds as a Python int.

    Raises:
        UsageError: it is something else, such as 1.0.
    """
    try:
        return operator.index(value)
    except Exception:  # TypeError, or what an object of another library raises
        raise UsageError(f"{name} must be an integer, not {shown(value)}") from None


def flag(value: Any, name: str) -> bool:
    """Return what is True or False as a bool.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(value, bool | np.bool_):
        raise UsageError(f"{name} must be True or False, not {shown(value)}")
    return bool(value)


def output(out: Any, shape: tuple[int, ...], dtype: DType) -> NDArray[Any]:
    """Return an array to write results into, as an array of no subclass over the same memory.

    Raises:
        UsageError: it is no array of the shape and dtype, cannot be written to, or has a mask.
    """
    if not isinstance(out, np.ndarray) or is_masked_array(out):
        given = shown(out)
    elif out.shape != shape or out.dtype != dtype.numpy:
        given = f"one of shape {out.shape} and dtype {out.dtype}"
    elif not out.flags.writeable:
        given = "one that is read-only"
    else:
        return np.asarray(out)
    raise UsageError(f"out must be an array of shape {shape} and dtype {dtype}, not {given}")


def is_masked_array(x: object) -> TypeGuard[np.ma.MaskedArray[Any, Any]]:
    """Return whether x is a masked array; `numpy.ma` is not loaded for what is none."""
    return isinstance(x, np.ndarray) and type(x) is not np.ndarray and isinstance(x, np.ma.MaskedArray)


def _array(x: Any, name: str) -> NDArray[Any]:
    try:
        return np.asarray(x)
    except MemoryError:
        raise
    except Exception as error:  # an array of another library may raise anything
        lacking = dtypes.named(str(getattr(x, "dtype", "")).removeprefix("torch."))
        if lacking and lacking.extra and hasattr(x, "float"):
            # torch gives NumPy no tensor of a format that NumPy lacks; float32 holds its numbers
            with np.errstate(invalid="ignore"):  # NaN
                return real(x.float(), name).astype(lacking.numpy)
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise UsageError(f"{name} cannot be read as an array", reason) from error


def _masked(x: object, depth: int) -> bool:
    """Return whether elements of x are masked, or those of arrays in a list, of which NumPy forgets it."""
    if is_masked_array(x):
        return bool(np.ma.is_masked(x))
    return depth > 1 and isinstance(x, list | tuple) and any(_masked(row, depth - 1) for row in x)


def _is_real(dtype: np.dtype[Any]) -> bool:
    """Return whether arrays of a dtype hold real numbers; those of ml_dtypes are V, as are structures."""
    return dtype.kind in "fiub" or (dtype.kind == "V" and not issubclass(dtype.type, np.void))


def _doubles(objects: NDArray[Any], name: str, due: str) -> NDArray[np.float64]:
    """Return the nearest doubles to Python objects that are real numbers."""
    found = np.empty(objects.shape)
    for index, item in np.ndenumerate(objects):
        try:
            found[index] = _double(item)
        except MemoryError:
            raise
        except Exception as error:
            place = f" at {list(index)}" if index else ""
            if isinstance(error, OverflowError):
                raise UsageError(f"{name}: {shown(item)}{place} is too large for float64") from None
            raise UsageError(f"{name} must be {due}, not {shown(item)}{place}") from error
    return found


def _double(item: Any) -> float:
    """Return the double nearest to a real number.

    Raises:
        TypeError: it is none; text is none either.
        OverflowError: it is finite and too large.
    """
    dtype = getattr(item, "dtype", None)
    if isinstance(dtype, np.dtype) and (np.ndim(item) or not _is_real(dtype)):
        raise TypeError
    if not hasattr(item, "__float__") and not hasattr(item, "__index__"):
        raise TypeError
    value = float(item)
    if math.isinf(value) and value != item:
        raise OverflowError
    return value

"""Running a kernel that the user names: NumPy, torch, jax or plain Python.

This is the only place in the program that imports code by a name from outside.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import ActcliError, DataError, UsageError

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType

Kernel = Callable[..., Any]


class Arrays(StrEnum):
    """What a kernel is given: an array of some library, or one number after the other."""

    NUMPY = "numpy"
    TORCH = "torch"
    JAX = "jax"
    SCALAR = "scalar"


def load(target: str) -> Kernel:
    """Import `package.module:function` (dots allowed after the colon too) and return the function.

    Raises:
        UsageError: the target is not of that form, cannot be imported, or is not callable.
    """
    module, colon, path = target.partition(":")
    if module.endswith(".py"):
        raise UsageError(
            f"{target!r} is not package.module:function", f"{module[:-3].replace('/', '.')}:{path}"
        )
    if not (module and colon and path):
        raise UsageError(f"{target!r} is not package.module:function", "for example torch.nn.functional:gelu")
    sys.path.insert(0, "")  # where the user is, as `python -m` does
    try:
        with redirect_stdout(sys.stderr):  # stdout is for the report
            found: Any = import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (Exception, SystemExit) as error:  # whatever the user's module raises is the user's to see
        raise UsageError(f"cannot import {target}: {_said(error)}") from error
    finally:
        sys.path.remove("")
    if not callable(found):
        raise UsageError(f"{target} is a {type(found).__name__}, not a function")
    return found  # type: ignore[no-any-return]


def arrays_of(kernel: Kernel) -> Arrays:
    """Return what kind of array a kernel wants, by where it comes from and what its module has imported."""
    home = getattr(kernel, "__module__", "") or type(kernel).__module__
    root = home.partition(".")[0]
    if type(kernel).__module__.partition(".")[0] in ("torch", "jax", "jaxlib"):
        root = type(kernel).__module__.partition(".")[0]
    bases = {base.__module__.partition(".")[0] for base in type(kernel).__mro__}
    names = {root, *bases}
    namespace = getattr(kernel, "__globals__", None) or vars(sys.modules.get(home, sys))
    names |= {
        value.__name__.partition(".")[0]
        for value in list(namespace.values())
        if isinstance(value, type(sys)) and home.partition(".")[0] not in ("numpy", "math")
    }
    if "torch" in names:
        return Arrays.TORCH
    if names & {"jax", "jaxlib"}:
        return Arrays.JAX
    return Arrays.SCALAR if root in ("math", "builtins", "cmath") else Arrays.NUMPY


def run(kernel: Kernel, x: Array, dtype: DType, arrays: Arrays, order: int = 0, **given: Any) -> Array:
    """Return a kernel's results at x, or its derivatives by the framework's autograd.

    Results of a wider format than asked for are rounded to it. What the kernel prints goes to stderr.

    Args:
        kernel: takes an array of the format, returns one of the same shape.
        x: the inputs, numbers of the format.
        dtype: the format.
        arrays: what the kernel is given.
        order: how many times autograd differentiates it.
        given: passed on to the kernel by name.

    Raises:
        UsageError: derivatives are asked of something without autograd.
        DataError: the kernel failed, or returned something else than numbers of the same shape.
    """
    if order and arrays in (Arrays.NUMPY, Arrays.SCALAR):
        raise UsageError(
            f"{arrays} has no autograd to take a derivative with",
            "--direct if the kernel returns the derivative",
        )
    call: Kernel = (lambda a: kernel(a, **given)) if given else kernel
    runner = {
        Arrays.NUMPY: _numpy,
        Arrays.TORCH: _torch,
        Arrays.JAX: _jax,
        Arrays.SCALAR: _scalar,
    }[arrays]
    try:
        with np.errstate(all="ignore"), redirect_stdout(sys.stderr):
            results = runner(call, x, dtype, order)
    except ActcliError:
        raise
    except (Exception, SystemExit) as error:  # the kernel is the user's: its failure is theirs to see
        raise DataError(f"the kernel raised {_said(error)}") from error
    found = np.asarray(results)
    if found.dtype.kind in "OSUMm":
        raise DataError(
            f"the kernel returned {type(found.flat[0]).__name__ if found.size else 'nothing'}, not numbers"
        )
    if found.shape != x.shape:
        raise DataError(f"the kernel returned shape {found.shape} for inputs of shape {x.shape}")
    return dtype.round(np.asarray(found, np.float64))


def _said(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _numpy(kernel: Kernel, x: Array, dtype: DType, order: int) -> Any:  # noqa: ARG001
    try:
        return kernel(dtype.array(x))
    except (TypeError, ValueError) as error:
        # A function written for one number says one of these of an array.
        if any(
            hint in str(error) for hint in ("length-1", "0-dimensional", "ambiguous", "must be real number")
        ):
            return _scalar(kernel, x, dtype, 0)
        raise


def _scalar(kernel: Kernel, x: Array, dtype: DType, order: int) -> Array:  # noqa: ARG001
    def one(value: float) -> float:
        try:
            return float(kernel(value))
        except ArithmeticError:  # Python's way to say that there is no such number
            return float("nan")
        except ValueError:
            return float("nan")

    return dtype.round(np.array([one(value) for value in x.tolist()]))


def _torch(kernel: Kernel, x: Array, dtype: DType, order: int) -> Any:
    torch = import_module("torch")

    # Every number of a narrower format is a float64, so this conversion is exact, and so is the one back.
    point = torch.from_numpy(x.copy()).to(getattr(torch, dtype.name)).requires_grad_(order > 0)
    result = kernel(point)
    for left in reversed(range(order)):
        (result,) = torch.autograd.grad(result.sum(), point, create_graph=left > 0)
    if not isinstance(result, torch.Tensor):
        raise DataError(f"the kernel returned a {type(result).__name__}, not a tensor")
    return result.detach().to(torch.float64).cpu().numpy()


def _jax(kernel: Kernel, x: Array, dtype: DType, order: int) -> Any:
    jax = import_module("jax")

    if dtype.precision == 53:
        jax.config.update("jax_enable_x64", True)  # else jax computes in float32
    point = jax.numpy.asarray(dtype.array(x))
    function = kernel
    for _ in range(order):
        function = _pullback(jax, function)
    return np.asarray(function(point)).astype(np.float64)


def _pullback(jax: Any, function: Kernel) -> Kernel:
    def slope(point: Any) -> Any:
        value, pull = jax.vjp(function, point)
        return pull(jax.numpy.ones_like(value))[0]

    return slope

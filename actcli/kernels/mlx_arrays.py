"""Kernels that take arrays of MLX."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.core.dtypes import Encoded
from actcli.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def called(
    kernel: Callable[..., Any], operands: Sequence[Encoded], cotangent: Encoded | None, by: int, order: int
) -> Encoded:
    """Return a kernel's results, or its derivative by one operand, from autograd."""
    core: Any = import_module("mlx.core")
    points = [_array(core, operand) for operand in operands]
    weight = None if cotangent is None else _array(core, cotangent)
    function = kernel
    for _ in range(order):
        function = _pullback(core, function, weight, by)
    return _patterns(core, function(*points))


def _pullback(core: Any, function: Callable[..., Any], weight: Any, by: int) -> Callable[..., Any]:
    def slope(*points: Any) -> Any:
        cotangent = core.ones_like(function(*points)) if weight is None else weight
        _, found = core.vjp(function, list(points), [cotangent])
        return found[by]

    return slope


def _array(core: Any, operand: Encoded) -> Any:
    return core.array(operand.bits).view(getattr(core, operand.dtype.name))


def _patterns(core: Any, result: Any) -> Encoded:
    if not isinstance(result, core.array):
        raise KernelError(f"the kernel returned a {type(result).__name__}, not an array of mlx")
    name = str(result.dtype).rpartition(".")[2]
    dtype = dtypes.named(name)
    if dtype is None:
        raise KernelError(f"the kernel returned {name}, which is no format of floating-point numbers here")
    whole = f"uint{dtype.bits}"
    return Encoded(np.array(result.view(getattr(core, whole))), dtype)

"""Kernels that take arrays of jax."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from actcli.kernels.kernel import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.dtypes import Encoded


def called(
    kernel: Callable[..., Any], operands: Sequence[Encoded], cotangent: Encoded | None, by: int, order: int
) -> Encoded:
    """Return a kernel's results, or its derivative by one operand, from autograd."""
    jax: Any = import_module("jax")
    if any(operand.dtype.precision == 53 for operand in operands):
        jax.config.update("jax_enable_x64", True)  # else jax computes in float32
    points = [jax.numpy.asarray(operand.array) for operand in operands]
    weight = None if cotangent is None else jax.numpy.asarray(cotangent.array)
    function = kernel
    for _ in range(order):
        function = _pullback(jax, function, weight, by)
    return encoded(function(*points))


def _pullback(jax: Any, function: Callable[..., Any], weight: Any, by: int) -> Callable[..., Any]:
    def slope(*points: Any) -> Any:
        value, pull = jax.vjp(function, *points)
        return pull(jax.numpy.ones_like(value) if weight is None else weight)[by]

    return slope

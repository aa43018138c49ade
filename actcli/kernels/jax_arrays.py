"""Kernels that take arrays of jax."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from actcli.errors import UsageError, said
from actcli.kernels.kernel import WHOLE, Arrangement, Calling, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.dtypes import DType, Encoded


CALLING = Calling(WHOLE | {Arrangement.PIECES}, (255,), 16)
"""How kernels of jax can be called: their arrays lie as jax likes, and each length is compiled anew."""


def called(
    kernel: Callable[..., Any],
    operands: Sequence[Encoded],
    cotangent: Encoded | None,
    by: int,
    order: int,
    device: str | None,
    due: DType,
) -> Encoded:
    """Return a kernel's results, or its derivative by one operand, from autograd."""
    jax: Any = import_module("jax")
    if any(operand.dtype.precision == 53 for operand in operands):
        jax.config.update("jax_enable_x64", True)  # else jax computes in float32
    place = None if device is None else _device(jax, device)
    points = [jax.device_put(operand.array, place) for operand in operands]
    weight = None if cotangent is None else jax.device_put(cotangent.array, place)
    function = kernel
    for _ in range(order):
        function = _pullback(jax, function, weight, by)
    return encoded(function(*points), due)


def _device(jax: Any, name: str) -> Any:
    """Return the device of a name: `cpu`, `gpu`, `cuda:1`.

    Raises:
        UsageError: there is none.
    """
    kind, _, number = name.partition(":")
    try:
        return jax.devices(kind)[int(number or 0)]
    except (RuntimeError, ValueError, LookupError) as error:
        raise UsageError(f"jax has no device {name!r} here: {said(error)}") from None


def _pullback(jax: Any, function: Callable[..., Any], weight: Any, by: int) -> Callable[..., Any]:
    def slope(*points: Any) -> Any:
        value, pull = jax.vjp(function, *points)
        return pull(jax.numpy.ones_like(value) if weight is None else weight)[by]

    return slope

"""Kernels that take tensors of torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from actcli.core import dtypes
from actcli.core.dtypes import Encoded
from actcli.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def called(
    kernel: Callable[..., Any], operands: Sequence[Encoded], cotangent: Encoded | None, by: int, order: int
) -> Encoded:
    """Return a kernel's results, or its derivative by one operand, from autograd."""
    torch: Any = import_module("torch")
    points = [_tensor(torch, operand) for operand in operands]
    if order:
        points[by].requires_grad_(True)
    result = kernel(*points)
    for left in reversed(range(order)):
        weight = None if cotangent is None else _tensor(torch, cotangent)
        total = result.sum() if weight is None else (result * weight).sum()
        (result,) = torch.autograd.grad(total, points[by], create_graph=left > 0)
    if not isinstance(result, torch.Tensor):
        raise KernelError(f"the kernel returned a {type(result).__name__}, not a tensor")
    name = str(result.dtype).removeprefix("torch.")
    dtype = dtypes.named(name)
    if dtype is None:
        raise KernelError(f"the kernel returned {name}, which is no format of floating-point numbers here")
    whole = getattr(torch, f"int{dtype.bits}")
    patterns = result.detach().cpu().contiguous().view(whole).numpy()
    return Encoded(patterns.view(f"u{dtype.bits // 8}"), dtype)


def _tensor(torch: Any, operand: Encoded) -> Any:
    whole = torch.from_numpy(operand.bits.view(f"i{operand.dtype.bits // 8}").copy())
    return whole.view(getattr(torch, operand.dtype.name))

"""Kernels that take tensors of torch."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.core.dtypes import Encoded
from actcli.errors import KernelError, UsageError, said
from actcli.kernels.kernel import ANY_ARRAY, CONTIGUOUS, WHOLE, Arrangement, Calling, no_floats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.dtypes import DType


def calling(kernel: Callable[..., Any], device: str | None) -> Calling:
    """Return how a kernel can be called: torch compiles anew for most lengths and every kind of view."""
    if "_dynamo" in type(kernel).__module__ or hasattr(kernel, "_torchdynamo_orig_callable"):
        return Calling(WHOLE)
    if device not in (None, "cpu"):  # views lose their strides on the way there
        return Calling(CONTIGUOUS | {Arrangement.TRANSPOSED})
    return Calling(ANY_ARRAY - {Arrangement.REVERSED})  # of which torch knows nothing


def prepared(kernel: Callable[..., Any], dtype: DType, device: str | None) -> Callable[..., Any]:
    """Return a function as it is, and of a module a copy whose parameters are of that format, there.

    It is in evaluation mode: what it drops or draws in training has no true value.
    """
    torch: Any = import_module("torch")
    return _module(kernel, dtype, device) if isinstance(kernel, torch.nn.Module) else kernel


@lru_cache(maxsize=8)
def _module(module: Any, dtype: DType, device: str | None) -> Callable[..., Any]:
    torch: Any = import_module("torch")
    copy: Any = deepcopy(module).to(device or "cpu", getattr(torch, dtype.name)).eval()
    return copy  # type: ignore[no-any-return]


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
    torch: Any = import_module("torch")
    points = [_tensor(torch, operand, device) for operand in operands]
    if order:
        points[by].requires_grad_(True)
    try:
        result = kernel(*points)
    except RuntimeError as error:
        if "leaf Variable" not in str(error):
            raise
        result = kernel(*(point.clone() for point in points))  # it writes into its input
    for left in reversed(range(order)):
        weight = torch.ones_like(result) if cotangent is None else _tensor(torch, cotangent, device)
        (result,) = torch.autograd.grad(result, points[by], weight, create_graph=left > 0)
    if not isinstance(result, torch.Tensor):
        raise KernelError(
            f"the kernel returned a {type(result).__name__}, not a tensor",
            "--arrays numpy if it takes arrays of NumPy" if type(result).__module__ == "numpy" else "",
        )
    name = str(result.dtype).removeprefix("torch.")
    found = due if name == due.name else dtypes.named(name)
    if found is None:
        raise no_floats(name)
    whole = getattr(torch, f"int{8 * found.patterns.itemsize}")
    patterns = result.detach().cpu().contiguous().view(whole).numpy().view(found.patterns)
    if name == _PAIRS:
        both = np.stack([patterns & 0xF, patterns >> 4], axis=-1)
        patterns = both.reshape(*patterns.shape[:-1], -1)[..., : operands[0].bits.shape[-1]]
    return Encoded(patterns, found)


def _tensor(torch: Any, operand: Encoded, device: str | None) -> Any:
    """Return an operand as a tensor; on the CPU it is the same memory, if that can be written to.

    Of 4 bits, torch has two numbers in a byte, the first in its lower half; beside the last of an odd number
    lies 0.
    """
    name = operand.dtype.name
    if operand.dtype.bits == 4:
        name = _PAIRS
        pairs = np.zeros((*operand.bits.shape[:-1], -(-operand.bits.shape[-1] // 2), 2), np.uint8)
        pairs.reshape(*operand.bits.shape[:-1], -1)[..., : operand.bits.shape[-1]] = operand.bits
        operand = operand._replace(bits=pairs[..., 0] | pairs[..., 1] << np.uint8(4))
    bits = operand.bits.view(f"i{operand.dtype.patterns.itemsize}")
    whole = torch.from_numpy(
        bits if bits.flags.writeable and min(bits.strides, default=1) > 0 else bits.copy()
    )
    if device is not None:
        try:
            moved = whole.to(device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise UsageError(f"torch has no device {device!r} here: {said(error)}") from None
        if moved is not whole and bits.ctypes.data % 16 and len(whole):
            moved = torch.cat([moved[:1], moved])[1:]  # as unaligned as it was
        whole = moved
    return whole.view(getattr(torch, name))


_PAIRS = "float4_e2m1fn_x2"

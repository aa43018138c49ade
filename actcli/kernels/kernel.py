"""What every kernel can do, wherever it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from actcli.core import dtypes
from actcli.core.dtypes import FLOAT64, Encoded
from actcli.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.dtypes import DType


class Kernel(Protocol):
    """Turns arrays of numbers into one.

    Operands are arrays by their patterns, so that every NaN arrives as the one that it is; results come back
    by the patterns and in the format that the kernel gave them.
    """

    @property
    def name(self) -> str:
        """What a report calls it."""
        ...

    def run(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        """Return the kernel's results.

        Args:
            operands: what it takes, in order.
            dtype: the format that results are due in, for kernels that are told.

        Raises:
            KernelError: it failed, or returned something else than numbers.
        """
        ...

    def gradient(
        self, operands: Sequence[Encoded], dtype: DType, cotangent: Encoded | None, by: int, order: int
    ) -> Encoded:
        """Return what the framework's own autograd gives for one operand.

        Args:
            operands: what the kernel takes, in order.
            dtype: the format that results are due in.
            cotangent: the gradient with respect to the results, of their shape; of ones if None.
            by: the place of the operand that is differentiated by.
            order: how often.

        Raises:
            UsageError: there is no autograd.
            KernelError: the kernel failed, or returned something else than numbers.
        """
        ...


def encoded(results: Any) -> Encoded:
    """Return what a kernel returned as NumPy sees it.

    Raises:
        KernelError: it is not made of numbers.
    """
    found = np.asarray(results)
    if found.dtype.kind in "OSUMm":
        kind = type(found.flat[0]).__name__ if found.size else "nothing"
        raise KernelError(f"the kernel returned {kind}, not numbers")
    if dtype := dtypes.named(found.dtype.name):
        return Encoded(np.ascontiguousarray(found).view(dtype.patterns), dtype)
    return Encoded.of(found, FLOAT64)

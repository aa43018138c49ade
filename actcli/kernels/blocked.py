"""A kernel that is called on so many inputs at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.errors import KernelError
from actcli.kernels.kernel import Arrangement, Calling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from actcli.core.dtypes import DType
    from actcli.kernels.kernel import Kernel


@dataclass(frozen=True)
class Blocked:
    """Another kernel, always called on arrays of one length: the last one is filled up with its last input.

    Attributes:
        kernel: the other.
        size: the length.
    """

    kernel: Kernel
    size: int

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self.kernel.name

    @property
    def calling(self) -> Calling:
        """How it can be called."""
        own = self.kernel.calling
        arrangements = own.arrangements - {Arrangement.PIECES, Arrangement.TRANSPOSED}
        return Calling(arrangements, dtype=own.dtype, raised=own.raised)

    def run(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        """Return its results; see `Kernel.run`."""
        return self._joined(operands, lambda block: self.kernel.run(block, dtype))

    def gradient(
        self, operands: Sequence[Encoded], dtype: DType, cotangent: Encoded | None, by: int, order: int
    ) -> Encoded:
        """Return its derivative by autograd; see `Kernel.gradient`."""
        if cotangent is None:
            return self._joined(operands, lambda block: self.kernel.gradient(block, dtype, None, by, order))
        return self._joined(
            [*operands, cotangent],
            lambda block: self.kernel.gradient(block[:-1], dtype, block[-1], by, order),
        )

    def _joined(self, operands: Sequence[Encoded], call: Callable[[Sequence[Encoded]], Encoded]) -> Encoded:
        n = len(operands[0].bits)
        parts = []
        for block in self._blocks(operands, n):
            bits, dtype = call(block)
            if bits.shape[:1] != (self.size,):
                raise KernelError(f"the kernel returned shape {bits.shape} for {self.size} inputs")
            parts.append(bits.copy())
        return Encoded(np.concatenate(parts)[:n], dtype)

    def _blocks(self, operands: Sequence[Encoded], n: int) -> Iterator[list[Encoded]]:
        for start in range(0, n, self.size):
            lacking = start + self.size - n
            yield [
                Encoded(
                    bits[start : start + self.size]
                    if lacking <= 0
                    else np.concatenate([bits[start:], np.repeat(bits[-1:], lacking, axis=0)]),
                    dtype,
                )
                for bits, dtype in operands
            ]

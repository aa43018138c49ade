"""What every kernel can do, wherever it comes from."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from actcli.core import dtypes
from actcli.core.dtypes import FLOAT64, Encoded
from actcli.errors import KernelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from actcli.core.dtypes import DType


class Arrangement(StrEnum):
    """How inputs lie in memory when a kernel is called on them, and in which order."""

    IN_ORDER = "in order"
    AGAIN = "in order, again"
    SHUFFLED = "shuffled"
    PIECES = "in pieces"
    UNALIGNED = "unaligned"
    STRIDED = "strided"
    REVERSED = "reversed in memory"
    TRANSPOSED = "transposed"
    GUARDED = "at the end of memory"


LENGTHS = (1, 2, 3, 5, 7, 9, 13, 15, 17, 31, 33, 63, 65, 100, 127, 129, 255, 257, 511, 513, 1023, 1025)
"""Lengths of pieces: just beside each power of two up to 1,024 that a loop may go by."""

ANY_ARRAY = frozenset(Arrangement) - {Arrangement.GUARDED}
"""For kernels that take views of arrays."""
CONTIGUOUS = ANY_ARRAY - {Arrangement.STRIDED, Arrangement.REVERSED, Arrangement.TRANSPOSED}
"""For kernels that take plain memory."""
WHOLE = CONTIGUOUS - {Arrangement.PIECES, Arrangement.UNALIGNED}
"""For kernels whose every call is dear."""


class Calling(NamedTuple):
    """How a kernel can be called.

    Attributes:
        arrangements: how its inputs may lie.
        lengths: of the pieces that it is called on, in turn.
        calls: how many of them it is called on at most.
        guarded: calls it where no memory can be read or written beyond its arrays.
        dtype: the format of its inputs, if it takes no other.
        raised: the numbers for which it raised so far, called on one after the other, and what: NaN stands
            there.
    """

    arrangements: frozenset[Arrangement] = CONTIGUOUS
    lengths: tuple[int, ...] = LENGTHS
    calls: int = 200
    guarded: Callable[[Sequence[Encoded], DType], Encoded] | None = None
    dtype: DType | None = None
    raised: Mapping[tuple[float, ...], str] = MappingProxyType({})


class Kernel(Protocol):
    """Turns arrays of numbers into one.

    Operands are arrays by their patterns, so that every NaN arrives as the one that it is; results come back
    by the patterns and in the format that the kernel gave them. What a kernel does to its operands it does to
    the arrays that it is given: `calls.tried` gives it some of its own.
    """

    @property
    def name(self) -> str:
        """What a report calls it."""
        ...

    @property
    def calling(self) -> Calling:
        """How it can be called."""
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


def no_autograd(what: str) -> UsageError:
    """Return the error for a derivative of what cannot be differentiated."""
    return UsageError(
        f"{what} has no autograd to take a derivative with", "--direct if the kernel returns the derivative"
    )


def no_floats(name: str) -> KernelError:
    """Return the error for results that are integers, or the like, and not said to be quantised."""
    told = "--dtype and --scale, --zero-point say what they stand for" if name in dtypes.INTEGERS else ""
    return KernelError(f"the kernel returned {name}, no floating-point numbers", told)


def encoded(results: Any, dtype: DType) -> Encoded:
    """Return what a kernel returned as NumPy sees it; Python's own numbers in a format.

    Raises:
        KernelError: it is not made of floating-point numbers.
    """
    found = np.asarray(results)
    if found.dtype.kind == "O" and all(isinstance(each, (float, int)) for each in found.flat):
        return Encoded.of(found.astype(np.float64), dtype)
    if found.dtype.kind in "OSUMmc":
        kind = type(found.flat[0]).__name__ if found.size else "nothing"
        raise KernelError(f"the kernel returned {kind}, not numbers")
    known = dtype if found.dtype.name == dtype.name else dtypes.named(found.dtype.name)
    if known:
        return Encoded(np.ascontiguousarray(found).view(known.patterns), known)
    if found.dtype.kind in "iub":
        raise no_floats(found.dtype.name)
    return Encoded.of(found, FLOAT64)

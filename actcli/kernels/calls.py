"""Calling a kernel on the same inputs in several ways: an input's place must make no difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.errors import KernelCrashError, KernelError
from actcli.kernels.kernel import Arrangement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.kernels.kernel import Calling, Kernel

    Call = Callable[[Sequence[Encoded]], Encoded]

_LINE = 64
"""Bytes to which arrays are aligned: a cache line, and the widest vector there is."""
_LEAST = 40_000
"""How many numbers go into pieces at least, each input as often as it takes."""


class Differing(NamedTuple):
    """Results that are others than those for the same inputs in order.

    Attributes:
        arrangement: how the kernel was called.
        inputs: the places of the inputs, on the first axis of the operands.
        bits: the patterns of the results.
        places: where the inputs were in the call.
        lengths: how many inputs the call had.
    """

    arrangement: Arrangement
    inputs: NDArray[np.intp]
    bits: NDArray[Any]
    places: NDArray[np.intp]
    lengths: NDArray[np.intp]


@dataclass(slots=True)
class Tried:
    """What a kernel returned, called in several ways.

    Attributes:
        results: those for the inputs in order.
        differing: those that differ from them, bit by bit; any NaN is as good as another.
        arrangements: how it was called.
        calls: how often.
        overwrites: whether it wrote into its inputs.
        refused: the ways of calling in which it raised, and what.
        crashed: the ways of calling in which it crashed, and how.
    """

    results: Encoded
    differing: list[Differing] = field(default_factory=list)
    arrangements: list[Arrangement] = field(default_factory=lambda: [Arrangement.IN_ORDER])
    calls: int = 0
    overwrites: bool = False
    refused: dict[Arrangement, str] = field(default_factory=dict)
    crashed: dict[Arrangement, str] = field(default_factory=dict)


class _Trial(NamedTuple):
    """A way of calling: which inputs, the first ones or in what order; where calls end; how arrays lie."""

    arrangement: Arrangement
    inputs: slice | NDArray[np.intp]
    ends: NDArray[np.intp]
    lay: Callable[[NDArray[Any]], NDArray[Any]]


def tried(
    kernel: Kernel,
    operands: Sequence[Encoded],
    dtype: DType,
    *,
    call: Call | None = None,
    repeat: int = 2,
    seed: int = 0,
) -> Tried:
    """Call a kernel on the same inputs, as often and in as many ways as it allows.

    In order, and again; shuffled, and of a length that every power of two up to 64 leaves all but one of; in
    many short pieces, so that many inputs come to lie in the last, incomplete turn of a loop and beside the
    edges of tiles; one element off the boundary of a cache line; as views with strides; at the end of memory.

    Args:
        kernel: what is called.
        operands: arrays of the same length on the first axis, of which every call gets copies.
        dtype: the format that results are due in.
        call: calls it on such arrays of any length, if another way than `Kernel.run`.
        repeat: how often it is called in order.
        seed: of the order of what is shuffled.

    Raises:
        KernelError: it fails on the inputs in order.
    """
    own = call or (lambda arrays: kernel.run(arrays, dtype))
    n = len(operands[0].bits)
    plain = _Trial(Arrangement.IN_ORDER, slice(n), np.array([n]), _aligned)
    found = Tried(operands[0])
    found.results = _called(own, plain, operands, found)
    calling = kernel.calling  # a first call may have told that it takes one number after the other
    if call:
        calling = calling._replace(guarded=None, calls=calling.calls // 4)  # gradients are dear
    for trial in _trials(plain, calling, operands, repeat, np.random.default_rng(seed)):
        if trial.arrangement is not Arrangement.AGAIN or Arrangement.AGAIN not in found.arrangements:
            found.arrangements.append(trial.arrangement)
        _try(trial, own, operands, found)
    guarded = calling.guarded
    if guarded and not found.crashed:  # what crashes elsewhere crashes there too, for another reason
        trial = _Trial(Arrangement.GUARDED, slice(_odd(n)), np.array([_odd(n)]), _aligned)
        found.arrangements.append(trial.arrangement)
        _try(trial, lambda arrays: guarded(arrays, dtype), operands, found)
    return found


def on_copies(operands: Sequence[Encoded]) -> list[Encoded]:
    """Return arrays for a kernel, which may write into them."""
    return [Encoded(_aligned(bits), dtype) for bits, dtype in operands]


def _try(trial: _Trial, call: Call, operands: Sequence[Encoded], found: Tried) -> None:
    """Call a kernel in one more way, and note what is different."""
    try:
        results = _called(call, trial, operands, found)
        odd = _differing(trial, found.results.bits[trial.inputs], results)
        if odd and trial.arrangement is not Arrangement.AGAIN:
            known = any(each.arrangement is Arrangement.AGAIN for each in found.differing)
            if known or _differing(trial, results.bits, _called(call, trial, operands, found)):
                # the call makes the difference, for all that is known, not how the inputs lie
                odd = odd._replace(arrangement=Arrangement.AGAIN)
    except KernelCrashError as error:
        found.crashed[trial.arrangement] = error.message
    except KernelError as error:
        found.refused[trial.arrangement] = error.message
    else:
        found.differing += [odd] if odd else []


def _called(call: Call, trial: _Trial, operands: Sequence[Encoded], found: Tried) -> Encoded:
    """Return a kernel's results for the inputs of a trial, in their order."""
    given = [operand.bits[trial.inputs] for operand in operands]
    laid = [trial.lay(bits) for bits in given]
    parts: list[NDArray[Any]] = []
    start, end, dtype = 0, 0, operands[0].dtype
    for end in trial.ends.tolist():
        arrays = [Encoded(bits[start:end], each.dtype) for bits, each in zip(laid, operands, strict=True)]
        bits, dtype = call(arrays)
        due = arrays[0].bits.shape
        if bits.shape[:1] != due[:1] or (len(due) == 1 != bits.ndim):
            raise KernelError(f"the kernel returned shape {bits.shape} for inputs of shape {due}")
        if trial.arrangement is not Arrangement.IN_ORDER and dtype != found.results.dtype:
            raise KernelError(
                f"the kernel returned {dtype}, and {found.results.dtype} for the inputs in order"
            )
        parts.append(bits.copy())  # what it returns may be its inputs, or memory that it uses again
        start = end
    found.calls += len(parts)
    found.overwrites |= any(
        not np.array_equal(bits.reshape(own.shape), own) for bits, own in zip(laid, given, strict=True)
    )
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if trial.arrangement is not Arrangement.IN_ORDER:
        row = found.results.bits.shape[1:]
        if joined.size != end * math.prod(row):
            raise KernelError(f"the kernel returned shape {joined.shape} for {end} inputs")
        joined = joined.reshape(-1, *row)
    return Encoded(joined, dtype)


def _differing(trial: _Trial, due: NDArray[Any], got: Encoded) -> Differing | None:
    """Return where results differ, bit by bit; any NaN is as good as another."""
    other = due != got.bits
    if not other.any():
        return None
    both = np.isnan(got.dtype.decode(due[other])) & np.isnan(got.dtype.decode(got.bits[other]))
    other[other] = ~both
    rows = np.flatnonzero(other.reshape(len(other), -1).any(axis=1))
    if not rows.size:
        return None
    call = np.searchsorted(trial.ends, rows, "right")
    starts = np.concatenate([[0], trial.ends])
    places, lengths = rows - starts[call], np.diff(starts)[call]
    inputs = rows if isinstance(trial.inputs, slice) else trial.inputs[rows]
    return Differing(trial.arrangement, inputs, got.bits[rows], places, lengths)


def _trials(
    plain: _Trial, calling: Calling, operands: Sequence[Encoded], repeat: int, rng: np.random.Generator
) -> Iterator[_Trial]:
    """Yield the ways of calling that a kernel allows, the second call first."""
    n = int(plain.ends[0])
    for _ in range(repeat - 1):
        yield plain._replace(arrangement=Arrangement.AGAIN)
    order = rng.permutation(n)
    some = order[: _odd(n)] if len(calling.lengths) > 1 else order  # where every length is dear
    yield _Trial(Arrangement.SHUFFLED, some, np.array([len(some)]), _aligned)
    ways = calling.arrangements
    if Arrangement.PIECES in ways:
        most = max(n, _LEAST // max(1, math.prod(operands[0].bits.shape[1:])))
        ends = np.cumsum(list(islice(cycle(calling.lengths), calling.calls)))
        ends = ends[: np.searchsorted(ends, most) + 1]
        yield _Trial(Arrangement.PIECES, np.resize(order[::-1], ends[-1]), ends, _aligned)
    if Arrangement.UNALIGNED in ways:
        yield plain._replace(arrangement=Arrangement.UNALIGNED, lay=partial(_aligned, off=1))
    if Arrangement.STRIDED in ways:
        yield plain._replace(arrangement=Arrangement.STRIDED, lay=_strided)
    if Arrangement.REVERSED in ways:
        yield plain._replace(arrangement=Arrangement.REVERSED, lay=lambda bits: bits[::-1].copy()[::-1])
    rows = (math.isqrt(n) - 1) | 1
    if Arrangement.TRANSPOSED in ways and rows > 1:
        whole = operands[0].bits.ndim == 1
        count = n // rows * rows if whole else n
        shape = (rows, -1) if whole else operands[0].bits.shape
        yield _Trial(
            Arrangement.TRANSPOSED,
            slice(count),
            np.array([count]),
            lambda bits: np.asfortranarray(bits.reshape(shape if whole else bits.shape)),
        )


def _odd(n: int) -> int:
    """Return the largest length that every power of two up to 64 leaves all but one of."""
    return n - (n + 1) % 64 if n > 64 else n


def _aligned(bits: NDArray[Any], off: int = 0) -> NDArray[Any]:
    """Return a copy that begins so many elements after the boundary of a cache line."""
    memory = np.empty(bits.nbytes + _LINE + off * bits.itemsize, np.uint8)
    start = -memory.ctypes.data % _LINE + off * bits.itemsize
    copy: NDArray[Any] = memory[start : start + bits.nbytes].view(bits.dtype).reshape(bits.shape)
    copy[...] = bits
    return copy


def _strided(bits: NDArray[Any]) -> NDArray[Any]:
    """Return a copy with as much between its rows, all ones, which are NaN in most formats."""
    memory = np.full((2 * len(bits), *bits.shape[1:]), -1, bits.dtype.str.replace("u", "i"))
    copy: NDArray[Any] = memory.view(bits.dtype)[::2]
    copy[...] = bits
    return copy

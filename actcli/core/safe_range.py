"""Where a formula in doubles needs no second look: found by trying it on numbers of every size.

Most arguments are of moderate size, and there neither over- nor underflow, nor the sign of a zero, nor an
infinity troubles a formula. To look for them in every block of a large array would cost as much as a cheap
function does. So a formula is tried once on some thousand numbers of every size, with its results as they
come and with all that is known put right; between the arguments where both agree no block is looked through.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.numerics.engine import HUGE, Task, doubtful, rough
from actcli.core.programs import program_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.arrays import Array, Mask

    Write = Callable[[Array, Array], None]

CENTRE = 0.25
"""No excluded radius about 0 may reach this far, and both ±1 must be safe."""

ENDS = np.array([-np.inf, np.inf, np.nan, -np.nan])


@dataclass(frozen=True, slots=True, eq=False)
class SafeRange:
    """The arguments whose results stand as a formula gives them.

    Attributes:
        low: they lie from here …
        high: … to here; infinite if that infinity is among them, both if NaN is too.
        excluded: what is not farther from 0 than this must be done with care; −1: nothing.
        kinks: the kinks whose value the formula does not give.
    """

    low: float
    high: float
    excluded: float
    kinks: tuple[float, ...]

    def fix_up(self, checked: Write, x: Array, y: Array) -> None:
        """Put right what the formula alone gets wrong for an array that it contains."""
        for point in self.kinks:
            _fix_up(checked, x == point, x, y)
        if self.excluded >= 0 and least_size(x) <= self.excluded:
            _fix_up(checked, np.abs(x) <= self.excluded, x, y)


def least_size(x: Array) -> float:
    """Return the least |x|, in two passes that need no memory.

    The bits of doubles are in the order of their sizes; those of negative ones come after all others as
    unsigned numbers, and before them as signed ones.
    """
    least = min(int(x.view(np.uint64).min()), int(x.view(np.int64).min()) & _SIZE)
    return float(np.uint64(least & _SIZE).view(np.float64))


_SIZE = (1 << 63) - 1
"""The bits of a double less that of its sign."""


def contain(ranges: Sequence[SafeRange], x: Array) -> bool:
    """Return whether all of an array lies between the ends."""
    low, high = max(safe.low for safe in ranges), min(safe.high for safe in ranges)
    return bool((low == -np.inf or x.min() >= low) and (high == np.inf or x.max() <= high))


def formulas(tasks: Sequence[Task], ranges: tuple[SafeRange, ...], x: Array, ys: Sequence[Array]) -> None:
    """Write formulas of one function, with nothing put right, for a block that all of them contain."""

    def samples(size: int) -> tuple[Array, Array]:
        sizes = _sizes()
        low, high = max(safe.low for safe in ranges), min(safe.high for safe in ranges)
        inside = np.concatenate([-sizes[sizes <= -low], sizes[sizes <= high]])
        return inside[np.arange(size, dtype=np.int64) * MIXING % inside.size], np.resize(inside, size)

    run = partial(_rough, tasks)
    program = program_of(ranges, run, samples, len(tasks), x, tuple(ys))
    (program.run if program else run)(x, *ys)


def _rough(tasks: Sequence[Task], x: Array, *ys: Array) -> None:
    for task, y in zip(tasks, ys, strict=True):
        rough(task, x, y, moderate=True)


MIXING_BITS = 0x9E3779B97F4A7C15
"""2⁶⁴ over the golden ratio: the leading bits of its multiples, modulo 2⁶⁴, are spread evenly."""

MIXING = 104729
"""A prime, and more than there are samples: its multiples go through them out of order."""


def _fix_up(checked: Write, where: Mask, x: Array, y: Array) -> None:
    if where.any():
        part = np.empty(np.count_nonzero(where))
        checked(x[where], part)
        y[where] = part


def safe_range(task: Task, checked: Write, kinks: tuple[float, ...]) -> SafeRange | None:
    """Return where `rough` gives what `checked` writes, or None if that is not about 0 on both sides."""
    sizes = _sizes()
    right, left = (_agree(task, checked, x) | np.isin(x, kinks) for x in (sizes, -sizes))
    both = right & left
    small = sizes < 1
    bad = sizes[small & ~both]
    excluded = -1.0
    if bad.size:
        excluded = float(sizes[np.searchsorted(sizes, bad[-1]) + 1]) if bad[-1] else 0.0
    one = int(np.searchsorted(sizes, 1.0))
    if excluded >= CENTRE or not both[one]:
        return None
    low, high = -_last(sizes[one:], left[one:]), _last(sizes[one:], right[one:])
    below, above, *nan = _agree(task, checked, ENDS)
    if -low == sizes[-1] and below:
        low = -np.inf
    if high == sizes[-1] and above and (low > -np.inf or all(nan)):
        high = np.inf
    points = np.array(kinks)
    lost = points[~_agree(task, checked, points)].tolist() if kinks else []
    return SafeRange(low, high, excluded, tuple(lost))


def _last(sizes: Array, good: Mask) -> float:
    """Return the last of the sizes before the first that is not good."""
    return float(sizes[-1] if good.all() else sizes[good.argmin() - 1])


def _agree(task: Task, checked: Write, x: Array) -> Mask:
    """Return where both ways give the same bits.

    What checked evaluation computes again with unlimited exponents agrees with pairs nearly everywhere, but
    not for sure, so it is left out. In doubles it may stay at the defaults: at the ends of the line the same
    a thousand times in a row is the same by a formula that is exact there, such as x/2. Other parameters may
    differ from what a formula needs for that by a hundredth of a unit, which a thousand numbers do not show.
    """
    with np.errstate(all="ignore"):
        expected, got, first = np.empty((3, *x.shape))
        checked(x, expected)
        rough(task, x, got, moderate=True)
        same = expected.view(np.int64) == got.view(np.int64)
        finite = np.where(np.isfinite(x), x, 1.0)
        for other in rough(task, finite, first):
            same &= ~other
        again = doubtful(task, finite, first)
        if again is not None:
            for end in (np.abs(x) < 1, np.abs(x) > HUGE) if task.fast and task.usual else ():
                if same[again & end].all():
                    again &= ~end
            same &= ~again
        both: Mask = same | (np.isnan(expected) & np.isnan(got))
        return both


@functools.cache
def _sizes() -> Array:
    """Return 0, two numbers of every power of two, and many more between 1/16 and 2048.

    Their digits differ, down to the last: products of numbers with few digits are exact. So it is where a
    function is c·x, that one product tells as much as all with its digits.
    """
    powers = ldexp(1.0, np.arange(-1074, 1024))
    mixed = np.arange(1, powers.size, dtype=np.uint64) * np.uint64(MIXING_BITS)
    digits = ((mixed >> np.uint64(12)) | np.uint64((1023 << 52) + 1)).view(np.float64)
    fine = np.geomspace(1 / 16, 2048, 1000)
    largest = np.finfo(np.float64).max
    sizes = np.sort(np.concatenate([[0.0, largest], powers, powers[:-1] * digits, fine]))
    return sizes[np.diff(sizes, prepend=-1.0) > 0]

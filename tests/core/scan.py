"""Dense scans of the whole line, for judges that are fast."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tests.core.oracle import named, roots, tail

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.spec import Activation


def scan(function: Activation, order: int, count: int, seed: int) -> Array:
    """Return arguments over the whole line, somewhat more than `count`, most of them where functions live.

    All sizes of doubles, evenly, at random and as bit patterns; from the middle to where exponentials vanish;
    and about each kink and root as near as a double and as far as 2.
    """
    random = np.random.default_rng(seed)
    patterns = random.integers(0, 1 << 64, count // 10, np.uint64).view(np.float64)
    usual = 2.0 ** random.uniform(-30, 11, count // 10)
    sizes = [
        10 ** np.linspace(-323.2, 308.2, count // 20),
        usual,
        10 ** random.uniform(-323, 308, count // 20),
    ]
    patterns = patterns[np.isfinite(patterns)]
    parts: list[Array] = [patterns, *sizes, *(-s for s in sizes), np.array([0.0, -0.0])]
    for reach in (3, 12, 48, 780):
        steps = np.arange(count // 8) + random.uniform()
        parts.append(steps / (count // 8) * 2 * reach - reach)
    parts += [tail(function, order, {}, sign, count // 40) for sign in (-1, 1)]
    for mark in marks(function.name):
        offsets = 2.0 ** random.uniform(-54, 1, count // 40) * max(abs(mark), 1e-300)
        parts += [mark + offsets, mark - offsets]
    x = np.concatenate(parts)
    return x[(x >= function.domain.low) & (x <= function.domain.high)]


@lru_cache(maxsize=128)
def marks(name: str) -> tuple[float, ...]:
    """Return the kinks of a function, the ends of its domain, and the roots of f, f′ and f″."""
    function = named(name)
    ends = [end for end in (function.domain.low, function.domain.high) if np.isfinite(end)]
    kinks = [kink.at for kink in function.kinks(**function.bind({}))]
    return (*kinks, *ends, *(root for order in range(3) for root in roots(function, order, {})))

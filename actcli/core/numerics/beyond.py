"""What results have beyond their doubles, as far as pairs know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.dtypes import FLOAT64
from actcli.core.numerics.bounded import LARGEST, TINY, Bounded
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.engine import WITHIN, Task, bounded
from actcli.core.numerics.rounding import nearest

if TYPE_CHECKING:
    from actcli.core.arrays import Array

BLOCK = 1 << 14
"""Results looked at in one go."""


def beyond(task: Task, x: Array, y: Array) -> Array:
    """Return what pairs have beyond their results, in units in the last place of these doubles.

    It is NaN where y is not what the formula gives, rounded once.
    """
    more = np.full(x.shape, np.nan)
    with np.errstate(all="ignore"):
        for start in range(0, x.size, BLOCK):
            part = np.arange(start, min(start + BLOCK, x.size))
            more[part] = _beyond_pairs(task, x[part], y[part])
            if (again := part[np.isnan(more[part]) & np.isfinite(y[part])]).size:
                more[again] = _beyond_deep(task, x[again], y[again])
    return more


def _beyond_pairs(task: Task, x: Array, y: Array) -> Array:
    size = np.abs(x)
    odd = ~((size > WITHIN[0]) & (size < WITHIN[1]))
    number = bounded(task, np.where(odd, 0.5, x))
    near, rest = (np.broadcast_to(term, x.shape) for term in nearest(number.v))
    ours = (near == y) & (np.abs(y) > TINY) & (number.r < LARGEST) & ~odd
    return np.where(ours, rest / FLOAT64.spacing(y), np.nan)


def _beyond_deep(task: Task, x: Array, y: Array) -> Array:
    m = Bounded(Deep(task.side))
    result = m.number(task.formula(m, m.argument(x))).v
    h, low = result.p.terms()
    unit = np.frexp(FLOAT64.spacing(y))[1] - 1
    rest = ldexp((h - ldexp(y, np.clip(-result.e, -4000, 4000))) + low, np.clip(result.e - unit, -4000, 4000))
    return np.where(result.value() == y, rest, np.nan)

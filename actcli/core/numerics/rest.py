"""What results have beyond their doubles: the side of a tie on which they lie, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.dtypes import FLOAT64
from actcli.core.numerics import scaled
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.pair import Pair
from actcli.core.spec import Precision
from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.numerics.engine import Task
    from actcli.core.numerics.scaled import Scaled

DOUBT = 2.0**-50
"""A result of pairs is off by less than that part of itself: 4 ULP of a double is the widest bound stated."""

BLOCK = 1 << 14
"""Results looked at in one go."""


def settle(task: Task, dtype: DType, x: Array, y: Array) -> None:
    """Move results too close to a halfway point of a format for pairs to tell to their side of it.

    The side is that of the definition (`core.definition`). Where python-flint is not installed pairs decide:
    what is closer to a halfway point than their error may come out on its other side.
    """
    if task.precision is Precision.PLAIN or task.subject is None:
        return
    rough = ((y.view(np.int64) + 128) & -256).view(np.float64)  # to 45 bits
    doubtful = dtype.halfway(rough) & (np.abs(y - rough) <= np.abs(rough) * DOUBT)
    doubtful &= np.isfinite(rough)
    if not doubtful.any():
        return
    from actcli.core.definition import asking
    from actcli.core.questions import is_available, side_of

    if not is_available():
        return
    index, ask = np.flatnonzero(doubtful), asking(task.subject)
    points, back = np.unique(np.stack([x[index], rough[index]]), axis=1, return_inverse=True)
    sides: list[float] = []
    for point, tie in points.T.tolist():
        try:
            sides.append(ask(point, side_of(tie)))
        except UnsettledError:
            sides.append(np.nan)
    toward = np.array(sides, np.float64)[back.reshape(-1)] * np.inf
    ties = rough[index]
    beside = np.where(np.isnan(toward), ties, np.nextafter(ties, toward))
    y[index] = np.where(np.isnan(sides)[back.reshape(-1)], y[index], beside)


def beyond(task: Task, x: Array, y: Array) -> Array:
    """Return what pairs have beyond their results, in units in the last place of these doubles.

    It is NaN where y is not what the formula gives, rounded once.
    """
    more = np.full(x.shape, np.nan)
    with np.errstate(all="ignore"):
        for start in range(0, x.size, BLOCK):
            part = np.arange(start, min(start + BLOCK, x.size))
            if not task.extreme:
                m = Exact(task.side)
                result = task.formula(m, m.argument(x[part]))
                if not isinstance(result, Pair):
                    return more
                h, low = (np.broadcast_to(term, part.shape) for term in result.terms())
                ours = (h + low == y[part]) & (np.abs(y[part]) > task.tiny)
                more[part] = np.where(ours, ((h - y[part]) + low) / FLOAT64.spacing(y[part]), np.nan)
            if (again := part[np.isnan(more[part]) & np.isfinite(y[part])]).size:
                deep = Deep(task.side)
                more[again] = _beyond_deep(scaled.of(task.formula(deep, deep.argument(x[again]))), y[again])
    return more


def _beyond_deep(result: Scaled, y: Array) -> Array:
    h, low = result.p.terms()
    unit = np.frexp(FLOAT64.spacing(y))[1] - 1
    rest = ldexp((h - ldexp(y, np.clip(-result.e, -4000, 4000))) + low, np.clip(result.e - unit, -4000, 4000))
    return np.where(result.value() == y, rest, np.nan)

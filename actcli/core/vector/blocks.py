"""How a formula of vectors is evaluated: in blocks, in pairs, and again where exponents run out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core import memory
from actcli.core.arrays import ldexp
from actcli.core.blocks import for_blocks
from actcli.core.dtypes import FLOAT64
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.scaled import Scaled
from actcli.core.spec import Precision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic
    from actcli.core.spec import Formula

TINY = 2.0**-960
"""Results below this may have lost digits: the tail of a pair is subnormal there."""

HUGE = 2.0**300
"""Beyond, a product of three entries overflows, and not every overflow shows in the result. Below 1/HUGE, an
entry or a result may have lost digits that a parameter has brought up again, if it is not at its default."""

EXTREME = 2.0**100
"""Beyond, or below its inverse, a third power of a parameter outweighs HUGE: then everything is doubtful."""

_LARGE, _SMALL = 30.0, 2.0**-60
"""Vectors whose entries lie between these, or are 0, underflow in no formula with default parameters."""


class Limits(NamedTuple):
    """Numbers of an arithmetic, which has no infinities, and the limits that stand in some places instead."""

    number: Any
    at: NDArray[np.bool_]
    limit: Array


def exactly(
    formula: Formula,
    arguments: tuple[Array, ...],
    params: Mapping[str, float],
    precision: Precision = Precision.DEEP,
    *,
    well_scaled: bool = True,
    narrow: bool = False,
    rest: bool = False,
    first: int | None = None,
) -> Array:
    """Return a formula of every vector along the last axis of its arguments, each component rounded once.

    Args:
        formula: `formula(m, *arguments, **params)`.
        arguments: arrays with equal leading axes, which the result has too.
        params: parameters of the formula.
        precision: what the formula needs.
        well_scaled: whether moderate vectors give moderate results, so that a 0 is a true one.
        narrow: round to odd, for a result that is rounded to fewer bits afterwards.
        rest: return two numbers for each, along a new axis before those of the result: the double, and what
            the result has beyond it, in units of its last place.
        first: how many vectors came before, if the formula takes that.
    """
    leading = arguments[0].shape[:-1]
    rows, length = math.prod(leading), arguments[0].shape[-1]
    if not rows:  # the shape of the result is that of any vector's
        one = tuple(np.zeros((1, a.shape[-1])) for a in arguments)
        shape = exactly(formula, one, params, precision, rest=rest, first=first).shape[1:]
        return np.empty((*leading, *shape))
    flat = [a.reshape(rows, a.shape[-1]) for a in arguments]

    def result(part: slice) -> Array:
        block = [a[part] for a in flat]
        place = {} if first is None else {"first": first + part.start}
        values, limits = _rounded(Exact(), formula, block, {**params, **place}, narrow=narrow, rest=rest)
        shown = values[:, 0] if rest else values
        again = _doubtful(block, shown, limits, params, precision, well_scaled=well_scaled)
        if again.any():
            if first is not None:  # random numbers belong to a place in the table: no vector is left out
                again[:] = True
            few = [a[again] for a in block]
            values[again], _ = _rounded(Deep(), formula, few, {**params, **place}, narrow=narrow, rest=rest)
        return values

    head = result(slice(0, 1))  # tells how many numbers a vector gives
    out: Array = memory.empty((rows, *head.shape[1:]), np.dtype(np.float64))
    out[:1] = head

    def work(part: slice) -> None:
        out[1:][part] = result(slice(part.start + 1, part.stop + 1))

    for_blocks(rows - 1, work, width=2 * max(head.size, length))
    return out.reshape(*leading, *out.shape[1:])


def _rounded(
    m: Arithmetic,
    formula: Formula,
    arguments: list[Array],
    params: dict[str, float],
    *,
    narrow: bool,
    rest: bool,
) -> tuple[Array, NDArray[np.bool_] | None]:
    """Return the result of a formula in doubles, in a new array, and where limits stand in it."""
    with np.errstate(all="ignore"):
        result = formula(m, *arguments, **params)
        limits = result if isinstance(result, Limits) else None
        number = limits.number if limits else result
        if narrow and isinstance(number, Pair | Scaled):
            out: Array = number.odd()
        else:
            out = np.array(m.value(number), np.float64)
        if limits:
            np.copyto(out, limits.limit, where=limits.at)
        if rest:
            out = np.stack([out, beyond_double(number, out)], axis=1)
        return out, limits.at if limits else None


def beyond_double(number: Any, y: Array) -> Array:
    """Return what numbers have beyond the doubles nearest to them, in units of their last place.

    There is nothing beyond where another double stands: a limit, or the number that an overflow gives.
    """
    if not isinstance(number, Pair | Scaled):
        return np.zeros(y.shape)
    p, e = (number.p, number.e) if isinstance(number, Scaled) else (number, np.zeros(1, np.int64))
    unit = np.frexp(FLOAT64.spacing(np.where(np.isfinite(y), y, 0.0)))[1] - 1
    high, low = (ldexp(term, np.clip(e - unit, -4000, 4000)) for term in p.terms())
    more = (high - ldexp(y, -unit)) + low
    return np.where(np.abs(more) <= 0.75, more, 0.0)


def _doubtful(
    arguments: list[Array],
    out: Array,
    limits: NDArray[np.bool_] | None,
    params: Mapping[str, float],
    precision: Precision,
    *,
    well_scaled: bool,
) -> NDArray[np.bool_]:
    """Return the vectors whose result may suffer from over- or underflow."""
    if precision is Precision.PLAIN:
        return np.zeros(len(out), bool)
    if any(v and not 1 / EXTREME <= abs(v) <= EXTREME for v in params.values()):
        return np.ones(len(out), bool)
    tiny = TINY if well_scaled else 1 / HUGE
    size = np.abs(out)
    if limits is not None:  # a limit is what it is; without one, a number may have underflowed on its way
        size = np.where(limits & ~np.isnan(out), 1.0, size)
    again = np.zeros(len(out), bool)
    if len(arguments) > 1:  # a sum of products does not show which of them underflowed
        again = np.logical_or.reduce([_any((a != 0) & (np.abs(a) < TINY**0.5)) for a in arguments])
    elif not well_scaled:
        again = _any((arguments[0] != 0) & (np.abs(arguments[0]) < tiny))
    top = max(max(a.max(), -a.min()) for a in arguments)
    if size.min() >= tiny and size.max() < np.inf and top <= HUGE:
        return again
    again |= _any(~(size < np.inf) | ((size < tiny) & (size > 0)))
    moderate = np.ones(len(out), bool)
    for a in arguments:
        x = np.where(np.isinf(a), 0.0, np.abs(a))
        moderate &= ~_any((x > _LARGE) | ((x < _SMALL) & (x > 0)))
        again |= _any(x > HUGE)
    if precision is Precision.DEEP:
        again |= _any(size == 0) & ~(moderate & np.bool_(well_scaled))
    return again


def _any(mask: Any) -> NDArray[np.bool_]:
    """Return which vectors have the mask anywhere."""
    return np.asarray(mask.any(axis=tuple(range(1, mask.ndim))))

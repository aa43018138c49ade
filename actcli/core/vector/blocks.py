"""How a formula of vectors is evaluated: in blocks, in pairs, and again where exponents run out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.spec import Precision

if TYPE_CHECKING:
    from actcli.core.numerics.plain import Array
    from actcli.core.numerics.protocol import Arithmetic
    from actcli.core.spec import Formula, Params

BLOCK = 1 << 15
"""Elements evaluated at a time: the buffers of a block stay in the cache."""

TINY = 2.0**-960
"""Results below this may have lost digits: the tail of a pair is subnormal there."""

_LARGE, _SMALL = 30.0, 2.0**-60
"""Vectors whose entries lie between these, or are 0, underflow in no formula with default parameters."""


def exactly(
    formula: Formula,
    arguments: tuple[Array, ...],
    params: Params,
    precision: Precision = Precision.DEEP,
    *,
    calm: bool = True,
    first: int | None = None,
) -> Array:
    """Return a formula of every vector along the last axis of its arguments, each component rounded once.

    Args:
        formula: `formula(m, *arguments, **params)`.
        arguments: arrays with equal leading axes, which the result has too.
        params: parameters of the formula.
        precision: what the formula needs.
        calm: whether moderate vectors give moderate results, so that a 0 is a true one.
        first: how many vectors came before, if the formula takes that.
    """
    leading = arguments[0].shape[:-1]
    rows = math.prod(leading)
    flat = [a.reshape(rows, a.shape[-1]) for a in arguments]
    parts: list[Array] = []
    step = _rows_at_once(formula, flat, params, first)
    for start in range(0, max(rows, 1), step):
        block = [a[start : start + step] for a in flat]
        more = {} if first is None else {"first": first + start}
        parts.append(_block(formula, block, {**params, **more}, precision, calm=calm, alone=first is None))
    out = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return out.reshape(*leading, *out.shape[1:])


def _rows_at_once(formula: Formula, flat: list[Array], params: Params, first: int | None) -> int:
    """Return how many vectors make a block, by the size of the result for one."""
    x: Array = flat[0]
    if x.size <= 64:
        return max(len(x), 1)
    more = {} if first is None else {"first": first}
    one = _rounded(Exact(), formula, [a[:1] for a in flat], {**params, **more})
    return max(1, BLOCK // max(one.size, x.shape[-1]))


def _rounded(m: Arithmetic, formula: Formula, arguments: list[Array], params: dict[str, Any]) -> Array:
    with np.errstate(all="ignore"):
        return np.array(m.value(formula(m, *arguments, **params)), np.float64)


def _block(
    formula: Formula,
    arguments: list[Array],
    params: dict[str, Any],
    precision: Precision,
    *,
    calm: bool,
    alone: bool,
) -> Array:
    out = _rounded(Exact(), formula, arguments, params)
    if precision is Precision.PLAIN or not len(out):
        return out
    size = np.abs(out)
    again = _any(~np.isfinite(out) | ((size < TINY) & (size > 0)))
    if precision is Precision.DEEP:
        moderate = np.ones(len(out), bool)
        for a in arguments:
            x = np.abs(a)
            moderate &= ~_any(((x > _LARGE) | ((x < _SMALL) & (x > 0))) & (x < np.inf))
        again |= _any(size == 0) & ~(moderate & calm)
    if not again.any():
        return out
    if not alone:  # random numbers belong to a place in the table
        return _rounded(Deep(), formula, arguments, params)
    out[again] = _rounded(Deep(), formula, [a[again] for a in arguments], params)
    return out


def _any(mask: Any) -> Any:
    """Return which vectors have the mask anywhere."""
    return mask.reshape(len(mask), -1).any(axis=-1)

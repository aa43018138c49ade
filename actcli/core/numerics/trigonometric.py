"""Sine, cosine and arctangent of pairs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.numerics import pair
from actcli.core.numerics.pair import ANY, Pair, sign_of, two_sum, where
from actcli.core.numerics.program import empty, step
from actcli.core.numerics.reduction import reduced_far
from actcli.core.numerics.tabulated import MAGIC, expand, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array


FAR = 2.0**14
"""Beyond, the argument is reduced by the digits of 2/π that its exponent leaves."""

_CIRCLE = 2048

# 2π/2048 in four parts; the first three have 30 bits, so that their products with n < 2²³ are exact
_STEP = tuple(
    map(float.fromhex, ("0x1.921fb54p-9", "0x1.10b46118p-39", "0x1.313198ap-70", "0x1.701b839a25205p-101"))
)

_QUARTER = pair.constant("1.5707963267948966192313216916397514420985846996875529")
"""π/2."""


class Angle(NamedTuple):
    """x = (4m·512 + n)·2π/2048 + d: `place` holds n as the integers in its doubles' bits."""

    place: Array
    d: Pair


def reduced(x: Pair) -> Angle:
    """Return an angle for the nearest n, d to 2⁻⁶⁰ of itself."""
    place, s, rest = _nearest(x.h, x.l)
    step(_reduce_far, x.h, x.l, place, s, rest)
    return Angle(place, Pair(s, rest, ANY))


def _nearest(h: Array, low: Array) -> tuple[Array, Array, Array]:
    """Return n and the two parts of d for |h + low| < 2¹⁴.

    Where much of x cancels, few bits are left of it, and nothing is rounded until the last step.
    """
    shifted = np.add(h * (_CIRCLE / math.tau), MAGIC, out=empty(h.shape))
    n = shifted - MAGIC
    s, lost = two_sum(h - n * _STEP[0], low)
    s, rest = two_sum(s, n * -_STEP[1])
    s, rest = two_sum(s, (lost + rest) - n * _STEP[2])
    rest = rest - n * _STEP[3]
    return _place(shifted, 0), np.asanyarray(s), np.asanyarray(rest)


def _place(n: Array, quarters: NDArray[np.int64] | int) -> Array:
    """Return the place in the circle so many quarters on from the one in the lowest bits."""
    place = empty(n.shape)
    np.add(n.view(np.int64), quarters * (_CIRCLE // 4), out=place.view(np.int64))
    np.bitwise_and(place.view(np.int64), _CIRCLE - 1, out=place.view(np.int64))
    return place


def _reduce_far(h: Array, low: Array, place: Array, s: Array, rest: Array) -> None:
    """Put right what is 2¹⁴ or more, or not finite."""
    if max(-h.min(initial=0.0), h.max(initial=0.0)) < FAR:  # false if there is a NaN
        return
    far = ~(np.abs(h) < FAR)
    q, *r = reduced_far(h[far], low[far])
    n, near, more = _nearest(*r)
    place[far], s[far], rest[far] = _place(n, q), near, more


def sin(x: Pair, quarters: int = 0) -> Pair:
    """Return sin(x + quarters·π/2) to 2⁻⁶⁰ of itself."""
    return sin_of(reduced(x), quarters)


def sin_of(angle: Angle, quarters: int = 0) -> Pair:
    """Return the same for an angle.

    About g = n·2π/2048: sin(g + d) = sin g + cos g·d + (sin g·(cos d − 1) + cos g·(sin d − d)).
    """
    place = _place(angle.place, quarters) if quarters else angle.place
    index = place.view(np.int64)
    s, c, c_rest, s_rest = (np.take(row, index, out=empty(place.shape), mode="clip") for row in table("sine"))
    head, rest = angle.d.h, angle.d.l
    d = head + rest
    square = d * d
    less = square * (square * (1 / 24) - 1 / 2)  # cos d − 1
    cubic = square * d * (square * (1 / 120) - 1 / 6)  # sin d − d
    low = s * less + (c + c_rest) * cubic + c_rest * d + s_rest + c * rest
    big = c * head  # exact
    total = s + big
    return Pair(np.asanyarray(total), np.asanyarray(low + ((s - total) + big)), ANY)


def arctan(x: Pair) -> Pair:
    """Return arctan x to 2⁻⁶⁴ of itself: by its series up to 1, and as π/2 − arctan(1/x) beyond."""
    z = abs(x)
    inverse = z.h > 1
    near = expand("arctangent", where(inverse, 1.0 / z, z), 1024.0)
    return sign_of(where(inverse, _QUARTER - near, near), x.h)

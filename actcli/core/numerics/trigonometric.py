"""Sine, cosine and arctangent of pairs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics.choice import where
from actcli.core.numerics.heads import cut
from actcli.core.numerics.pair import ANY, Pair, sign_of
from actcli.core.numerics.quick import Quick, gather, rint
from actcli.core.numerics.reduction import reduced_far
from actcli.core.numerics.tabulated import MAGIC, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 2.0**14
"""Beyond, the argument is reduced by the digits of 2/π that its exponent leaves."""

# π/2 in four parts; the first three have 30 bits, so that their products with n < 2¹⁴ are exact
_QUARTER = tuple(
    map(float.fromhex, ("0x1.921fb54p0", "0x1.10b46118p-30", "0x1.313198ap-61", "0x1.701b839a25205p-92"))
)
_TWO_OVER_PI = 2 / math.pi


def _reduced(x: Pair, *, calm: bool) -> tuple[Quick, Pair]:
    """Return n and r with x = n·π/2 + r, |r| ≤ π/4, r to 2⁻⁶⁰ of itself; n modulo 4 where x is far."""
    high, low = Quick(x.h), Quick(x.l)
    n = rint(high * _TWO_OVER_PI)
    s, e = high - n * _QUARTER[0], low  # exact, by Sterbenz
    for part in _QUARTER[1:3]:
        s, rest = _two_sum(s, n * -part)
        s, more = _two_sum(s, e)
        e = rest + more
    s, rest = _two_sum(s, e)
    rest = rest - n * _QUARTER[3]
    if (
        not calm and not max(-x.h.min(initial=0.0), x.h.max(initial=0.0)) < FAR
    ):  # a NaN says nothing of the others
        far = np.abs(x.h) >= FAR
        q, s.v[far], rest.v[far] = reduced_far(x.h[far], x.l[far])
        n.v[far] = q
    return n, Pair(s.v, rest.v, ANY)


def _two_sum(a: Quick, b: Quick) -> tuple[Quick, Quick]:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _places(n: Quick, r: Quick, quarters: int) -> tuple[NDArray[np.int64], Quick]:
    """Return the place in the table of quadrant n + quarters and the nearest j/128, and j/128."""
    center = rint(r * 128.0)
    quadrant = np.bitwise_and((n + quarters).v.astype(np.int64), 3)
    return quadrant * 203 + (center + 101.0).v.astype(np.int64), center * 2.0**-7


def sin(x: Pair, quarters: int = 0, *, calm: bool = False) -> Pair:
    """Return sin(x + quarters·π/2) to 2⁻⁶⁰ of itself.

    About the nearest c = j/128: sin(c + d) = sin c + cos c·d + (sin c·(cos d − 1) + cos c·(sin d − d)), with
    sin c and cos c from a table for each of the four quadrants.
    """
    n, r = _reduced(x, calm=calm)
    index, center = _places(n, Quick(r.h), quarters)
    sh, sl, ch, cl = (gather(row, index) for row in table("sine"))
    near = Quick(r.h) - center
    rest = Quick(r.l)
    d = near + rest
    square = d * d
    less = square * (square * (1 / 24 - square * (1 / 720)) - 1 / 2)  # cos d − 1
    cubic = square * d * (square * (1 / 120 - square * (1 / 5040)) - 1 / 6)  # sin d − d
    low = (sh + sl) * less + (ch + cl) * cubic + cl * d + sl
    head = d + 0.0
    cut(head.v)
    low = low + ch * ((near - head) + rest)
    big = ch * head  # exact
    s = sh + big
    low = low + ((sh - s) + big)
    return Pair(s.v, low.v, ANY)


def arctan(x: Pair) -> Pair:
    """Return arctan x to 2⁻⁶⁴ of itself.

    For z = |x| ≤ 1 with the nearest c = j/256: arctan z = arctan c + arctan((z − c)/(1 + c·z)). For z > 1 the
    same with 1/z: arctan z = π/2 − arctan c + arctan((c·z − 1)/(z + c)).
    """
    z = abs(x)
    inverse = z.h > 1
    one = np.ones(z.shape)
    u = where(inverse, one, z)
    v = where(inverse, z, one)
    n = u.value() / v.value() * 256.0 + MAGIC
    c = (n - MAGIC) * 2.0**-8
    t = (u - v * c) / (v + u * c)
    turn = np.where(inverse, -1.0, 1.0)
    index = (n.view(np.int64) & 511) + np.where(inverse, 257, 0)
    high, low = (np.take(row, index, mode="clip") for row in table("arctangent"))
    w = t.value()
    square = w * w
    cubic = w * square * (-1 / 3 + square * (1 / 5 - square * (1 / 7)))
    return sign_of(Pair(high, low) + Pair(t.h * turn, (t.l + cubic) * turn), x.h)

"""Sine, cosine and arctangent of pairs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics.pair import Pair, cut, normal, sign_of, where
from actcli.core.numerics.pool import take
from actcli.core.numerics.reduction import reduced_far, two_sum
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


def _reduced(x: Pair) -> tuple[NDArray[np.int64], Pair]:
    """Return q and r with x = (4m + q)·π/2 + r, |r| ≤ π/4, r to 2⁻⁶⁰ of itself, however close to 0."""
    n = np.rint(x.h * _TWO_OVER_PI)
    s, e = x.h - n * _QUARTER[0], x.l  # exact, by Sterbenz
    for part in _QUARTER[1:3]:
        s, rest = two_sum(s, -n * part)
        s, more = two_sum(s, e)
        e = rest + more
    s, rest = two_sum(s, e)
    rest -= n * _QUARTER[3]
    q = n.astype(np.int64) & 3
    far = np.abs(x.h) >= FAR
    if far.any():
        q[far], s[far], rest[far] = reduced_far(x.h[far], x.l[far])
    return q, normal(s, rest, take(s.shape))


def sin(x: Pair, quarters: int = 0) -> Pair:
    """Return sin(x + quarters·π/2) to 2⁻⁶⁰ of itself.

    About the nearest c = j/128: sin(c + d) = sin c + cos c·d + (sin c·(cos d − 1) + cos c·(sin d − d)), with
    sin c and cos c from a table for each of the four quadrants.
    """
    q, r = _reduced(x)
    n = r.h * 128.0 + MAGIC
    center = n - MAGIC
    index = (n.view(np.int64) << 13 >> 13) + (((q + quarters) & 3) * 203 + 101)
    rows = table("sine")
    sh, sl, ch, cl = (np.take(row, index, mode="clip") for row in rows)
    near = r.h - center * 2.0**-7
    d = near + r.l
    square = d * d
    q1 = square * (-1 / 2 + square * (1 / 24 - square * (1 / 720)))
    q3 = square * d * (-1 / 6 + square * (1 / 120 - square * (1 / 5040)))
    low = (sh + sl) * q1 + (ch + cl) * q3 + cl * d + sl
    head = d.copy()
    cut(head)
    low += ch * ((near - head) + r.l)
    big = ch * head
    s = sh + big
    low += (sh - s) + big
    return normal(s, low, take(s.shape))


def cos(x: Pair) -> Pair:
    """Return cos x to 2⁻⁶⁰ of itself."""
    return sin(x, 1)


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
    base = Pair(*(np.take(row, index, mode="clip") for row in table("arctangent")))
    w = t.value()
    square = w * w
    cubic = w * square * (-1 / 3 + square * (1 / 5 - square * (1 / 7)))
    return sign_of(base + Pair(t.h * turn, (t.l + cubic) * turn), x.h)

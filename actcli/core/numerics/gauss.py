"""The standard normal distribution and the error function of pairs."""

from __future__ import annotations

import numpy as np

from actcli.core.numerics import exponential, pair
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.program import empty
from actcli.core.numerics.tabulated import expand

MILLS_END = 40.0
"""The end of the table of the Mills ratio; from here on its asymptotic series is at hand."""

ERF_END = 7.5

PER_ROOT_TAU = pair.constant("0.398942280401432677939946059934381868475858631164934657666")
TWO_PER_ROOT_PI = pair.constant("1.128379167095512573896158903121545171688101258657997713688")


def mills(a: Pair, *, moderate: bool = False) -> Pair:
    """Return R(a) = Φ(−a)/φ(a) for a ≥ 0 to 2⁻⁶²; from 40 on R = (1 − 1/a² + 3/a⁴ − …)/a."""
    if moderate:  # what lies beyond does not matter, but should do no harm
        return expand("mills", Pair(np.minimum(a.h, MILLS_END, out=empty(a.shape)), a.l), 64.0)
    far = a.h >= MILLS_END
    if not far.any():
        return expand("mills", a, 64.0)
    inside = expand("mills", pair.where(far, MILLS_END, a), 64.0)
    inverse = 1.0 / pair.where(far, a, MILLS_END)
    square = inverse * inverse
    return pair.where(far, _asymptotic(inverse, square), inside)


def _asymptotic(inverse: Pair, square: Pair) -> Pair:
    """(1 − q + 3q² − 15q³ + …)/a with q = 1/a²: the terms to q⁸; the next is below 2⁻⁶⁷ for a ≥ 40."""
    v = square.value()
    tail = np.ones_like(v)
    for n in range(15, 1, -2):
        tail = 1.0 - n * v * tail
    return (1.0 - square * tail) * inverse


def density(x: Pair, *, moderate: bool = False) -> Pair:
    """Return φ(x) = e^{−x²/2}/√(2π)."""
    return exponential.exp(x * x * -0.5, moderate=moderate) * PER_ROOT_TAU


def normal(x: Pair, *, moderate: bool = False) -> tuple[Pair, Pair]:
    """Return Φ(x) and φ(x) to 2⁻⁶² of themselves: Φ(−a) = φ(a)·R(a), Φ(a) = 1 − Φ(−a)."""
    phi = density(x, moderate=moderate)
    tail = phi * mills(abs(x), moderate=moderate)
    return pair.sign_of(tail, -x.h) + pair.where(~np.signbit(x.h), 1.0, 0.0), phi


def erf(x: Pair, *, moderate: bool = False) -> Pair:
    """Return erf x to 2⁻⁶⁰ of itself: by Taylor about a grid of 1/128 to 7.5, where it is 1 to 2⁻⁸⁴."""
    a = abs(x)
    far = a.h > ERF_END
    if moderate or far.any():
        a = pair.where(far, ERF_END, a)
    return pair.sign_of(expand("error", a, 128.0), x.h)

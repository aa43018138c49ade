"""The functions that definitions are made of, over spans: the C library's, and erf from its series."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.core.spans import STEP, Long, Span, span

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIBRARY = Long(2) ** -57
"""A bound of the relative error of a function of the C library: 64 ULP of a long double."""


class Spans:
    """The namespace of definitions over spans: what `Jets` takes in place of mpmath's."""

    prec = 500  # of mpmath, by which jets choose the length of a series
    pi = Span(
        Long("3.14159265358979323846264338327950288"), Long("3.14159265358979323846264338327950288"), STEP
    )

    def mpf(self, number: Any) -> Span:
        return span(Fraction(number) if isinstance(number, str) else number)

    def exp(self, u: Any) -> Span:
        return _rising(np.exp, u, least=0)

    def expm1(self, u: Any) -> Span:
        return _rising(np.expm1, u, least=-1)

    def log(self, u: Any) -> Span:
        return _rising(np.log, u)

    def log1p(self, u: Any) -> Span:
        return _rising(np.log1p, u)

    def sqrt(self, u: Any) -> Span:
        return _rising(np.sqrt, u, least=0)

    def atan(self, u: Any) -> Span:
        return _rising(np.arctan, u)

    def sinh(self, u: Any) -> Span:
        return _rising(np.sinh, u)

    def tanh(self, u: Any) -> Span:
        return _rising(np.tanh, u)

    def asinh(self, u: Any) -> Span:
        return _rising(np.arcsinh, u)

    def acosh(self, u: Any) -> Span:
        return _rising(np.arccosh, u)

    def atanh(self, u: Any) -> Span:
        return _rising(np.arctanh, u)

    def cosh(self, u: Any) -> Span:
        return _rising(np.cosh, abs(span(u)), least=1)

    def sech(self, u: Any) -> Span:
        return self.cosh(u).reciprocal()

    def sin(self, u: Any) -> Span:
        return _wave(np.sin, u)

    def cos(self, u: Any) -> Span:
        return _wave(np.cos, u)

    def erf(self, u: Any) -> Span:
        return _rising(_erf, u, error=ERF)

    def erfc(self, u: Any) -> Span:
        return -_rising(lambda v: -_erfc(v), u, most=0, error=ERF)


def _rising(f: Any, u: Any, least: float = -np.inf, most: float = np.inf, error: Any = LIBRARY) -> Span:
    a = span(u)
    found = Span(f(a.low), f(a.high), error)
    return Span(np.maximum(found.low, least), np.minimum(found.high, most))


def _wave(f: Any, u: Any) -> Span:
    a = span(u)
    width = (a.high - a.low) * (1 + LIBRARY)
    return Span(f(a.low) - width, f(a.low) + width, LIBRARY)


TWO_OVER_ROOT_PI = Long("1.12837916709551257389615890312154517")
MIDDLE, TERMS = 2.0, 130
"""Up to 2 the series of erf, from there the fraction of erfc: 130 terms leave less than 2^-70 of either."""
ERF = Long(2) ** -46
"""A bound of their relative error: e^(−v²) loses v²·2^-64, which is 2^-50 where erfc vanishes."""


def _erf(u: NDArray[Long]) -> Any:
    """2/√π·u·e^(−u²)·Σ (2u²)ᵏ/(2k+1)!!: all terms have the same sign."""
    v = np.minimum(abs(u), MIDDLE)
    term = total = np.ones_like(v)
    for k in range(1, TERMS):
        term = term * (2 * v * v / (2 * k + 1))
        total = total + term
    near = TWO_OVER_ROOT_PI * v * np.exp(-v * v) * total
    return np.copysign(np.where(abs(u) <= MIDDLE, near, 1 - _tail(abs(u))), u)


def _erfc(u: NDArray[Long]) -> Any:
    return np.where(u <= MIDDLE, 1 - _erf(np.minimum(u, MIDDLE)), _tail(u))


def _tail(u: NDArray[Long]) -> Any:
    """e^(−v²)/√π/(v + ½/(v + 1/(v + 3/2/(v + …))))."""
    v = np.clip(u, MIDDLE, 200)  # where nothing is left of it
    below = v
    for k in range(TERMS, 0, -1):
        below = v + Long(k) / 2 / below
    return np.exp(-v * v) * TWO_OVER_ROOT_PI / 2 / below

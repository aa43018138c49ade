"""Functions composed of others, over any arithmetic: forms in which nothing cancels."""

from __future__ import annotations

from typing import Any


def tanh(m: Any, x: Any) -> Any:
    """tanh x = (e^{2x} − 1)/(e^{2x} + 1)."""
    less_one = m.expm1(x * 2.0)
    return less_one / (less_one + 2.0)


def sinh(m: Any, x: Any) -> Any:
    """sinh |x| = (q + q/(1 + q))/2 with q = e^{|x|} − 1, turned to the sign of x."""
    q = m.expm1(abs(x))
    return m.signed((q + q / (q + 1.0)) * 0.5, x)


def cosh(m: Any, x: Any) -> Any:
    """cosh x = (e^x + e^{−x})/2."""
    e = m.exp(x)
    return (e + 1.0 / e) * 0.5


def arcsinh(m: Any, x: Any) -> Any:
    """arsinh |x| = ln(1 + z + z²/(1 + √(1 + z²))) with z = |x|, turned to the sign of x."""
    z = abs(x)
    square = z * z
    return m.signed(m.log1p(z + square / (m.sqrt(square + 1.0) + 1.0)), x)


def arccosh(m: Any, x: Any) -> Any:
    """arcosh x = ln(1 + t + √(t(t + 2))) with t = x − 1."""
    t = x - 1.0
    return m.log1p(t + m.sqrt(t * (t + 2.0)))


def arctanh(m: Any, x: Any) -> Any:
    """artanh |x| = ½·ln(1 + 2z/(1 − z)) with z = |x|, turned to the sign of x."""
    z = abs(x)
    return m.signed(m.log1p(z * 2.0 / (1.0 - z)) * 0.5, x)


def tanh_rest(m: Any, x: Any) -> Any:
    """x − tanh x: |x| − 1 + 2σ(−2|x|) turned to the sign of x, and a series about 0."""
    size = abs(x)
    rest, _ = m.logistic(size * -2)
    return m.tanh_rest_near_0(x, m.signed((size - 1) + m.maximum(rest, TRACE) * 2, x))


TRACE = 1e-60
"""What is left of σ(−2|x|) where it would vanish: it decides how x ± 1 is rounded where that is a tie."""


def logistic(m: Any, x: Any) -> tuple[Any, Any]:
    """σ(x) = 1/(1 + E), σ(−x) = E·σ(x) with E = e^{−x}."""
    e = m.exp(-x)
    s = 1.0 / (e + 1.0)
    return s, e * s

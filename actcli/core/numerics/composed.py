"""Functions composed of others, over any arithmetic: forms in which nothing cancels.

An arithmetic takes those that it has no better form for as its own methods.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def tanh(m: Any, x: Any) -> Any:
    """tanh x = (e^{2x} − 1)/(e^{2x} + 1)."""
    less_one = m.expm1(m.number(x) * 2.0)
    return less_one / (less_one + 2.0)


def sinh(m: Any, x: Any) -> Any:
    """sinh |x| = (q + q/(1 + q))/2 with q = e^{|x|} − 1, turned to the sign of x."""
    a = m.number(x)
    q = m.expm1(abs(a))
    return m.signed((q + q / (q + 1.0)) * 0.5, a)


def cosh(m: Any, x: Any) -> Any:
    """cosh x = (e^x + e^{−x})/2."""
    e = m.exp(x)
    return (e + 1.0 / e) * 0.5


def arcsinh(m: Any, x: Any) -> Any:
    """arsinh |x| = ln(1 + z + z²/(1 + √(1 + z²))) with z = |x|, turned to the sign of x."""
    a = m.number(x)
    z = abs(a)
    square = z * z
    return m.signed(m.log1p(z + square / (m.sqrt(square + 1.0) + 1.0)), a)


def arccosh(m: Any, x: Any) -> Any:
    """arcosh x = ln(1 + t + √(t(t + 2))) with t = x − 1."""
    t = m.number(x) - 1.0
    return m.log1p(t + m.sqrt(t * (t + 2.0)))


def arctanh(m: Any, x: Any) -> Any:
    """artanh |x| = ½·ln(1 + 2z/(1 − z)) with z = |x|, turned to the sign of x."""
    a = m.number(x)
    z = abs(a)
    return m.signed(m.log1p(z * 2.0 / (1.0 - z)) * 0.5, a)


def tanh_rest(m: Any, x: Any) -> Any:
    """x − tanh x: |x| − 1 + 2σ(−2|x|) turned to the sign of x, and a series about 0."""
    a = m.number(x)
    size = abs(a)
    rest, _ = m.logistic(size * -2)
    return m.tanh_rest_near_0(a, m.signed((size - 1) + m.maximum(rest, TRACE) * 2, a))


TRACE = 1e-60
"""What is left of σ(−2|x|) where it would vanish: it decides how x ± 1 is rounded where that is a tie."""


def logistic(m: Any, x: Any) -> tuple[Any, Any]:
    """σ(x) = 1/(1 + E), σ(−x) = E·σ(x) with E = e^{−x}."""
    e = m.exp(-x)
    s = 1.0 / (e + 1.0)
    return s, e * s


def greatest(m: Any, x: Any) -> Any:
    """The greatest component of each vector."""
    return m.take(x, np.argmax(m.value(x), axis=-1, keepdims=True))


def total(m: Any, x: Any) -> Any:
    """The sum of the components of each vector, by halves: its error grows as their number's logarithm."""
    a = m.number(x)
    while (n := a.shape[-1]) > 1:
        halves = a[..., : n // 2] + a[..., n // 2 : n // 2 * 2]
        a = m.concatenate([halves, a[..., -1:]]) if n % 2 else halves
    return a


def running_total(m: Any, x: Any) -> Any:
    """The running sums of the components of each vector."""
    a = m.number(x)
    sums = [a[..., :1]]
    for i in range(1, a.shape[-1]):
        sums.append(sums[-1] + a[..., i : i + 1])
    return m.concatenate(sums)

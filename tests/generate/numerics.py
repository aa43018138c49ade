"""Make the tables of the accurate primitives: `python -m tests.generate.numerics` (needs mpmath).

Every table is a float64 array of a row per quantity and a column per grid point, in
actcli/core/numerics/tables/<name>.npy. A head has 26 significant bits, so that products of heads are exact.
"""

from __future__ import annotations

from math import factorial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mpmath import mp, mpf

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = Path(__file__).parents[2] / "actcli" / "core" / "numerics" / "tables"


def head(value: Any) -> float:
    """Return a real number cut to 26 significant bits."""
    bits = np.float64(float(value)).view(np.int64) & -(1 << 27)
    return float(np.int64(bits).view(np.float64))


def pair(value: Any) -> tuple[float, float]:
    """Return a real number as a head and the rest."""
    high = head(value)
    return high, float(value - mpf(high))


def exponential() -> list[list[float]]:
    """T = 2^(j/2048) cut to 22 bits, 0 ≤ j < 2048, and ln T − j·ln 2/2048."""
    heads = [float(mp.floor(mpf(2) ** (21 + mpf(j) / 2048))) / 2**21 for j in range(2048)]
    return [heads, [float(mp.log(t) - j * mp.log(2) / 2048) for j, t in enumerate(heads)]]


def logarithm() -> list[list[float]]:
    """For e = j/512, −160 ≤ j ≤ 512: c ≈ 1/(1+e) of 14 bits, c − 1, and −ln c as head and rest."""
    rows = []
    for j in range(-160, 513):
        c = mpf(round(2**14 / (1 + mpf(j) / 512))) / 2**14
        rows.append((float(c), float(c - 1), *pair(-mp.log(c))))
    return [list(row) for row in zip(*rows, strict=True)]


def sine() -> list[list[float]]:
    """sin and cos of j·2π/2048, 0 ≤ j < 2048: s, c cut to 26 bits, the rest of c, the rest of s."""
    rows = []
    for j in range(2048):
        s, c = mp.sinpi(mpf(j) / 1024), mp.cospi(mpf(j) / 1024)
        rows.append((float(s), *pair(c), float(s - float(s))))
    return [list(row) for row in zip(*rows, strict=True)]


def taylor(series: list[list[Any]]) -> list[list[float]]:
    """Coefficients of local expansions, a column each: c₀ and c₁ as head and rest, then c₂, c₃, …"""
    rows = [(*pair(c[0]), *pair(c[1]), *map(float, c[2:])) for c in series]
    return [list(row) for row in zip(*rows, strict=True)]


def arctangent() -> list[list[float]]:
    """arctan about a = j/1024, 0 ≤ j ≤ 1024, to degree 5.

    With gₙ of arctan′(a + d) = Σ gₙdⁿ: (1 + a²)·gₙ = −2a·gₙ₋₁ − gₙ₋₂.
    """
    series = []
    for j in range(1025):
        a = mpf(j) / 1024
        g = [1 / (1 + a * a)]
        g.append(-2 * a * g[0] * g[0])
        for n in range(2, 5):
            g.append(-(2 * a * g[n - 1] + g[n - 2]) * g[0])
        series.append([mp.atan(a), *(b / (n + 1) for n, b in enumerate(g))])
    return taylor(series)


def mills() -> list[list[float]]:
    """Mills ratio R(a) = Φ(−a)/φ(a) about a = j/64, 0 ≤ j ≤ 2560, to degree 8.

    R′ = aR − 1 and R⁽ⁿ⁺¹⁾ = aR⁽ⁿ⁾ + nR⁽ⁿ⁻¹⁾; digits cancel, so it is computed with many.
    """
    series = []
    for j in range(2561):
        a = mpf(j) / 64
        derivatives = [mp.erfc(a / mp.sqrt(2)) * mp.sqrt(mp.pi / 2) * mp.exp(a * a / 2)]
        derivatives.append(a * derivatives[0] - 1)
        for n in range(1, 8):
            derivatives.append(a * derivatives[n] + n * derivatives[n - 1])
        series.append([d / factorial(n) for n, d in enumerate(derivatives)])
    return taylor(series)


def error() -> list[list[float]]:
    """erf about a = j/128, 0 ≤ j ≤ 960, to degree 9.

    With g = erf′: g⁽ⁿ⁺¹⁾ = −2a·g⁽ⁿ⁾ − 2n·g⁽ⁿ⁻¹⁾.
    """
    series = []
    for j in range(961):
        a = mpf(j) / 128
        g = [2 / mp.sqrt(mp.pi) * mp.exp(-a * a)]
        g.append(-2 * a * g[0])
        for n in range(1, 8):
            g.append(-2 * a * g[n] - 2 * n * g[n - 1])
        series.append([mp.erf(a), *(d / factorial(n + 1) for n, d in enumerate(g))])
    return taylor(series)


TABLES = {
    "exponential": exponential,
    "logarithm": logarithm,
    "sine": sine,
    "arctangent": arctangent,
    "mills": mills,
    "error": error,
}


def table(name: str) -> NDArray[np.float64]:
    """Make the table of that name."""
    with mp.workdps(120):
        return np.array(TABLES[name](), np.float64)


def main() -> None:
    """Write every table."""
    FOLDER.mkdir(exist_ok=True)
    for name in TABLES:
        np.save(FOLDER / f"{name}.npy", table(name))


if __name__ == "__main__":
    main()

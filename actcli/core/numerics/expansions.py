"""Power series about the roots of functions, by name. Made by tests/generate/expansions.py; do not edit."""

from __future__ import annotations

from typing import NamedTuple


class Series(NamedTuple):
    """d^power·(c₀ + c₁d + …) for d = z − root, |d| < radius; root and coefficients in decimal digits."""

    root: str
    radius: float
    power: int
    coefficients: tuple[str, ...]


SERIES: dict[str, tuple[Series, ...]] = {}

"""Points where floating-point formulas go wrong, and the true values there."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import registry
from actcli.core.definition import asking
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.measure import error_in_ulp
from actcli.core.questions import Double, split
from actcli.core.spec import Activation, Subject, VectorActivation
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.arrays import Array
    from actcli.core.spec import Params

Items = tuple[tuple[str, float], ...]
"""Parameters in a form that a cache can take."""

NEIGHBOURS = 20
SPECIAL = (0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 2.2250738585072014e-308)
"""Zeros, subnormals, and the least normal number."""


def named(name: str) -> Activation:
    """Return the elementwise function of that name."""
    function = registry.get(name)
    assert isinstance(function, Activation)
    return function


def neighbours(point: float, count: int = NEIGHBOURS) -> Array:
    """Return a point and the doubles next to it on both sides."""
    around = [point]
    up = down = point
    for _ in range(count):
        up, down = float(np.nextafter(up, np.inf)), float(np.nextafter(down, -np.inf))
        around += [up, down]
    return np.array(around)


def bindings(function: Activation | VectorActivation, choices: Sequence[tuple[float, ...]]) -> list[Params]:
    """Return the bindings of the parameters, in order, to those choices of values that the function takes."""
    found: list[Params] = []
    for values in choices if function.params else ():
        params = {p.name: v for p, v in zip(function.params, values, strict=False)}
        try:
            function.bind(params)
        except UsageError:
            continue
        found.append(params)
    return found


def unusual(function: Activation) -> list[Params]:
    """Return some bindings of the parameters to other values than their defaults."""
    return bindings(function, ((0.3, 1.7, 0.9), (2.5, 3.25, 0.1), (-0.7, 1.3, -0.45), (-1.9, -0.6, 2.2)))


def roots(function: Activation, order: int, params: Params) -> list[float]:
    """Return doubles next to where f, f′ or f″ changes its sign: the eight nearest to 0, but for kinks."""
    kinks = [k.at for k in function.kinks(**function.bind(params))]
    grid = np.linspace(-30.03, 30.01, 2402)
    signs = np.sign(evaluate(function, grid, order, params))
    at = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    at = at[np.argsort(np.abs(grid[at]))][:8]
    low, high, left = grid[at], grid[at + 1], signs[at]
    for _ in range(60):
        middle = (low + high) / 2
        same = np.sign(evaluate(function, middle, order, params)) == left
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    crossing = low[~np.isin(low, [*kinks, 0.0]) & ~np.isin(high, [*kinks, 0.0])]
    return [float(root) for root in crossing]


def tail(function: Activation, order: int, params: Params, sign: int, count: int) -> Array:
    """Return points from where a result is small to where it vanishes, on one side; none if it never does.

    From 1e-290 on it takes an exponential a factor of 1.12 in x, and a Gaussian 1.06, to vanish.
    """
    sizes = np.concatenate([np.linspace(0.5, 1000, 4000), np.geomspace(1e3, 1e308, 4000)])
    small = np.abs(evaluate(function, sign * sizes, order, params)) < 1e-290
    start = sizes[small.argmax()]
    if not small.any() or small[0] or not small[-1]:
        return np.array([])
    return sign * (
        np.geomspace(start, 1.79e308, count) if start > 1e150 else start * np.linspace(1, 1.14, count)
    )


def points(function: Activation, order: int, params: Params, count: int, seed: int = 1) -> Array:
    """Return adversarial arguments in the function's domain, about `count` of them and the fixed ones."""
    return _points(function.name, order, tuple(params.items()), count, seed)


@lru_cache(maxsize=4096)
def _points(name: str, order: int, items: Items, count: int, seed: int) -> Array:
    function, params = named(name), dict(items)
    random = np.random.default_rng(seed)
    kinks = sorted(k.at for k in function.kinks(**function.bind(params)))
    sample = [
        np.array(SPECIAL),
        random.uniform(-8, 8, count),
        random.normal(0, 1, count // 4),
        random.choice([-1, 1], count // 2) * 10 ** random.uniform(-12, 2, count // 2),
        random.choice([-1, 1], count // 8) * 10 ** random.uniform(-323, 0, count // 8),
        random.uniform(-760, 760, count // 8),
    ]
    edges = [*kinks, *(e for e in (function.domain.low, function.domain.high) if np.isfinite(e))]
    sample += [neighbours(k) for k in edges]
    sample += [random.uniform(a, b, count // 8) for a, b in pairwise(kinks)]
    sample += [neighbours(r) for r in roots(function, order, params)]
    sample += [tail(function, order, params, sign, count // 4) for sign in (-1, 1)]
    if function.domain.high > 1e308:
        sample.append(10 ** random.uniform(2, 12, count // 8))
    x = np.concatenate(sample)
    return x[(x >= function.domain.low) & (x <= function.domain.high)]


@lru_cache(maxsize=1024)
def _asked(name: str, order: int, wrt: str | None, items: Items) -> Any:
    return asking(Subject(named(name), dict(items), order, wrt))


@lru_cache(maxsize=1 << 17)
def _exact(name: str, order: int, wrt: str | None, items: Items, x: float) -> Double:
    answer: Double = _asked(name, order, wrt, items)(x, split)
    return answer


def _errors(name: str, order: int, wrt: str | None, params: Params, x: Array, got: Array) -> Array:
    items = tuple(params.items())
    exact = np.array([_exact(name, order, wrt, items, float(v)) for v in x]).reshape(-1, 3)
    return error_in_ulp(got, exact[:, 0], rest=exact[:, 1])


def errors(function: Activation, order: int, x: Array, params: Params, *, fast: bool = False) -> Array:
    """Return the error of f, f′ or f″ at each point, in ULP of the true value."""
    got = evaluate(function, x, order, params, fast=fast)
    return _errors(function.name, order, None, params, x, got)


def wrt_errors(function: Activation, param: str, x: Array, params: Params) -> Array:
    """Return the error of ∂f/∂param at each point, in ULP of the true value."""
    return _errors(function.name, 0, param, params, x, evaluate_wrt(function, x, param, params))

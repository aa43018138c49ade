"""The errors of functions of pairs, measured against Arb balls: python -m tests.core.numerics.bounds [N].

Prints for each function the largest relative error on N points (100,000 if not given), doubles and pairs,
and how many times smaller it is than the bound that `numerics.bounded` gives there, at the least. The points
are spread over sizes, over the range where a function varies, about the points where its code takes another
branch, and about its roots.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import flint
import numpy as np

from actcli.core.numerics import pair, series
from actcli.core.numerics.bounded import OWN, Bounded, Enclosed
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.scaled import Scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.core.arrays import Array

arb = flint.arb


class Case(NamedTuple):
    """A function, the true one in balls, and where it is measured."""

    of: Callable[[Any, Any], Any]
    truth: Callable[[Any], Any]
    low: float
    high: float
    least: float = -300.0


def _phi(x: Any) -> Any:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


CASES: dict[str, Case] = {
    "exp": Case(lambda m, x: m.exp(x), lambda x: x.exp(), -690, 709),
    "expm1": Case(lambda m, x: m.expm1(x), lambda x: x.expm1(), -690, 709),
    "log": Case(lambda m, x: m.log(x), lambda x: x.log(), 0, 4),
    "log1p": Case(lambda m, x: m.log1p(x), lambda x: x.log1p(), -0.9, 4),
    "sin": Case(lambda m, x: m.sin(x), lambda x: x.sin(), -2e4, 2e4),
    "cos": Case(lambda m, x: m.cos(x), lambda x: x.cos(), -2e4, 2e4),
    "sinh": Case(lambda m, x: m.sinh(x), lambda x: x.sinh(), -700, 700),
    "cosh": Case(lambda m, x: m.cosh(x), lambda x: x.cosh(), -690, 690),
    "tanh": Case(lambda m, x: m.tanh(x), lambda x: x.tanh(), -340, 340),
    "arctan": Case(lambda m, x: m.arctan(x), lambda x: x.atan(), -8, 8),
    "arcsinh": Case(lambda m, x: m.arcsinh(x), lambda x: x.asinh(), -8, 8),
    "arccosh": Case(lambda m, x: m.arccosh(x), lambda x: x.acosh(), 1, 8),
    "arctanh": Case(lambda m, x: m.arctanh(x), lambda x: x.atanh(), -1, 1),
    "erf": Case(lambda m, x: m.erf(x), lambda x: x.erf(), -8, 8),
    "logistic": Case(lambda m, x: m.logistic(x)[0], lambda x: 1 / (1 + (-x).exp()), -690, 690),
    "logistic of −x": Case(lambda m, x: m.logistic(x)[1], lambda x: 1 / (1 + x.exp()), -690, 690),
    "softplus": Case(lambda m, x: m.softplus(x), lambda x: x.exp().log1p(), -690, 700),
    "normal": Case(lambda m, x: m.normal(x)[0], lambda x: (-x / arb(2).sqrt()).erfc() / 2, -37, 37),
    "density": Case(lambda m, x: m.normal(x)[1], _phi, -37, 37),
}


def points(case: Case, count: int, seed: int = 0) -> Array:
    """Return numbers spread over a range, over sizes, and about 0, ±1 and multiples of π/2."""
    random = np.random.default_rng(seed)
    low, high = max(case.low, -20.0), min(case.high, 20.0)
    near, part = random.choice([-1.0, 1.0], count // 5), count // 5
    x = np.concatenate([
        random.uniform(case.low, case.high, part),
        random.uniform(low, high, part),
        random.uniform(max(low, -2.0), min(high, 2.0), part),
        near * 2.0 ** random.uniform(case.least, math.log2(max(abs(case.low), case.high)), part),
        near * random.choice([1.0, 0.29, math.pi / 2, math.pi, 7.5, 40.0], part)
        * (1 + near * 2.0 ** random.uniform(-50, -3, part)),
    ])  # fmt: skip
    return x[(x > case.low) & (x < case.high)]


def filled(x: Array, seed: int = 1) -> Pair:
    """Return pairs that use all their bits, close to x."""
    p = pair.split(x)
    return Pair(p.h, p.l + x * 2.0**-54 * np.random.default_rng(seed).uniform(-1, 1, x.shape))


def real(h: float, low: float, e: int = 0) -> Any:
    return (arb(h) + arb(low)) * arb((1, e))


def errors(result: Any, arguments: Any, truth: Callable[[Any], Any]) -> Iterator[float]:
    """Yield the relative error of each result, all of them pairs or scaled pairs."""
    flint.ctx.prec = 400
    for r, a in zip(reals(result), reals(arguments), strict=True):
        true = truth(a)
        yield float(abs((r - true) / true).mid()) if true.is_finite() and true != 0 else math.nan


def reals(numbers: Any, shape: tuple[int, ...] | None = None) -> Iterator[Any]:
    """Yield numbers that are pairs or scaled pairs as balls."""
    shape = numbers.shape if shape is None else shape
    if isinstance(numbers, Scaled):
        parts: Any = (numbers.p.h, numbers.p.l, np.clip(numbers.e, -(1 << 40), 1 << 40))
    else:
        parts = numbers.terms()
    yield from (
        real(*part) for part in zip(*(np.broadcast_to(v, shape).tolist() for v in parts), strict=True)
    )


def worst(case: Case, m: Bounded, x: Any, *, short: bool = False) -> tuple[float, float]:
    """Return the largest relative error of a function, and the largest as a part of its bound."""
    with np.errstate(all="ignore"):
        result = case.of(m, Enclosed(m, x, 0.0, short=short))
    bounds = np.broadcast_to(result.r, result.shape).tolist()
    found = list(zip(errors(result.v, x, case.truth), bounds, strict=True))
    sure = [(error, error / r) for error, r in found if math.isfinite(error) and math.isfinite(r)]
    return max(error for error, _ in sure), max(part for _, part in sure)


def measured(name: str, count: int) -> dict[str, tuple[float, float]]:
    """Return the largest errors of a function: of doubles, pairs, products and scaled pairs."""
    case = CASES[name]
    x = points(case, count)
    few = x[:: max(1, x.size // (count // 5 + 1))]
    return {
        "doubles": worst(case, Bounded(Exact()), pair.split(x), short=True),
        "pairs": worst(case, Bounded(Exact()), filled(x)),
        "products": worst(case, Bounded(Exact()), pair.split(x[::2]) * pair.constant("0.987")),
        "scaled": worst(case, Bounded(Deep()), Deep().argument(few), short=True),
    }


def measured_series(count: int) -> float:
    """Return the largest error of the series of x − tanh x about 0."""
    x = pair.split(np.random.default_rng(2).uniform(-1, 1, max(10, count // 20)) * series.RADIUS)
    result = Exact().tanh_rest_near_0(x, x)
    return max(error for error in errors(result, x, lambda z: z - z.tanh()) if math.isfinite(error))


def _log(x: float) -> str:
    return f"2^{math.log2(x):7.2f}" if x else "0"


def main(count: int) -> None:
    for name in CASES:
        found = measured(name, count)
        shown = "  ".join(f"{key} {_log(error)}" for key, (error, _) in found.items())
        print(f"{name:16} {shown}  margin ×{1 / max(part for _, part in found.values()):.1f}", flush=True)
    print(f"series {_log(measured_series(count))} stated {_log(OWN['series'])}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

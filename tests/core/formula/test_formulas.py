"""Formulas that are in no catalogue against Arb balls that know nothing of this project: not one misrounded.

Each formula stands here twice: as the text that is read, and as a function over power series of balls, whose
coefficients are f, f′ and f″/2. The precision rises until both ends of the ball round to one number.
"""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from actcli.core import dtypes
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.formula.grammar import parse
from actcli.core.formula.record import record
from actcli.core.spec import KinkRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType

flint = pytest.importorskip("flint")

BITS = (128, 512, 2048, 6000)
FINEST = -1080
"""A ball within 2^FINEST of 0 is 0 in every format."""


class UndecidedError(Exception):
    """A ball holds 0 where its sign decides."""


def positive(u: Any) -> bool:
    """Return whether the value of a series is above 0, which its sides decide where it is 0 and varies."""
    if u[0] > 0 or u[0] < 0:
        return bool(u[0] > 0)
    if u[0].is_zero() and u.length() <= 1:
        return False
    raise UndecidedError


def size(u: Any) -> Any:
    return u if positive(u) else -u


def greater(u: Any, v: Any) -> Any:
    return u if positive(u - v) else v + 0 * u


def exp(u: Any) -> Any:
    return u.exp()


def tanh(u: Any) -> Any:
    e = exp(-2 * size(u))
    t = (1 - e) / (1 + e)
    return t if positive(u) else -t


def sigmoid(u: Any) -> Any:
    e = exp(-size(u))
    return 1 / (1 + e) if positive(u) else e / (1 + e)


def softplus(u: Any) -> Any:
    rest = (1 + exp(-size(u))).log()
    return rest + u if positive(u) else rest


def normal(u: Any) -> Any:
    return (-u / flint.arb(2).sqrt()).erfc() / 2


def power(u: Any, a: Any) -> Any:
    return (a * u.log()).exp()


def whole(u: Any) -> Any:
    """Return ⌊u⌋ as a number."""
    below = u[0].floor().unique_fmpz()
    if below is None:
        raise UndecidedError
    return below + 0 * u


def decimal(text: str) -> Any:
    number = Fraction(text)
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


class Case(NamedTuple):
    """A formula.

    Attributes:
        text: as it is typed.
        balls: the same over series of balls.
        params: what its parameters are.
        at: kinks, roots and other points next to which it is tried.
    """

    text: str
    balls: Callable[..., Any]
    params: dict[str, float] = {}  # noqa: RUF012 - never written to
    at: tuple[float, ...] = ()


def pi() -> Any:
    return flint.arb.pi()


CASES = [
    # as people write them
    Case("1/(1+exp(-x))", sigmoid),
    Case("log(1+exp(x))", softplus),
    Case("(exp(x)-exp(-x))/(exp(x)+exp(-x))", tanh),
    Case("x*tanh(log(1+exp(x)))", lambda x: x * tanh(softplus(x)), {}, (-1.1924312145,)),
    Case("x*(1+erf(x/sqrt(2)))/2", lambda x: x * normal(x), {}, (-0.7517916243,)),
    Case("1-tanh(x)^2", lambda x: 1 - tanh(x) * tanh(x), {}, (0.6584789484624084,)),
    Case("sqrt(x^2+1)-x", lambda x: (x * x + 1).sqrt() - x),
    Case("log(b+exp(x))/b", lambda x, b: (b + exp(x)).log() / b, {"b": 0.3}, (0.0,)),
    Case("x*sigmoid(b*x)", lambda x, b: x * sigmoid(b * x), {"b": 1.0000000000000002}),
    Case("x*sigmoid(b*x)", lambda x, b: x * sigmoid(b * x), {"b": 1e-300}),
    # cancellation
    Case("x-sin(x)", lambda x: x - x.sin(), {}, (2 * math.pi,)),
    Case("exp(x)-1-x", lambda x: exp(x) - 1 - x),
    Case("(1-cos(x))/x^2", lambda x: (1 - x.cos()) / x / x, {}, (2 * math.pi,)),
    Case("log(1+x)-x", lambda x: (1 + x).log() - x, {}, (-1.0,)),
    Case("x-tanh(x)", lambda x: x - tanh(x)),
    Case("sin(x)-x+x^3/6", lambda x: x.sin() - x + x * x * x / 6),
    Case("(x-1)^3-(x^3-3*x^2+3*x-1)", lambda x: 0 * x),
    Case("3*x-1", lambda x: 3 * x - 1, {}, (1 / 3, 1.0000000000000002 * 2.0**107, 1e100)),
    Case("1e300*x+1", lambda x: decimal("1e300") * x + 1, {}, (-1e-300, 1e-284)),
    Case("log(1+exp(x))/(x-a)", lambda x, a: softplus(x) / (x - a), {"a": 0.001}, (1e22, 1e55)),
    # exponentials in exponentials
    Case("exp(-exp(-x))", lambda x: exp(-exp(-x)), {}, (-6.6, -0.9624236501)),
    Case("x*tanh(exp(x))", lambda x: x * tanh(exp(x)), {}, (-1.0,)),
    Case("exp(-exp(exp(x)))", lambda x: exp(-exp(exp(x))), {}, (1.88,)),
    Case("exp(exp(x))", lambda x: exp(exp(x)), {}, (6.56,)),
    Case("exp(-1/x^2)", lambda x: exp(-1 / x / x), {}, (0.04, 0.816496580927726)),
    # pieces
    Case("max(x, exp(-x))", lambda x: greater(x, exp(-x)), {}, (0.5671432904097838,)),
    Case("|x^2-2|", lambda x: size(x * x - 2), {}, (math.sqrt(2), -math.sqrt(2))),
    Case("|sin(x)|", lambda x: size(x.sin()), {}, (math.pi, -2 * math.pi, 355.0)),
    Case("x > b ? a*x : -x", lambda x, a, b: a * x if positive(x - b) else -x, {"a": 2.0, "b": 0.1}, (0.1,)),
    Case(
        "clip(a*x+b, -1, 1)",
        lambda x, a, b: -greater(-greater(a * x + b, 0 * x - 1), 0 * x - 1),
        {"a": 3.0, "b": 0.3},
        (0.7 / 3, -1.3 / 3),
    ),
    Case(
        "x > 0 ? x : a*(exp(x/a)-1)",
        lambda x, a: x + 0 * a if positive(x) else a * (exp(x / a) - 1),
        {"a": 1.3},
    ),
    Case("floor(x*1.1)", lambda x: whole(x * decimal("1.1")), {}, (10.0, -2.7902397235742616e16)),
    Case("x-floor(x)", lambda x: x - whole(x), {}, (3.0, -2.0)),
    # roots and powers
    Case("(x+sqrt(x^2+c))/2", lambda x, c: (x + (x * x + c).sqrt()) / 2, {"c": 1e-6}, (1e-3, -1e-3)),
    Case("(x+sqrt(x^2+c))/2", lambda x, c: (x + (x * x + c).sqrt()) / 2, {"c": 1e-12}, (-1e-6,)),
    Case("x^a", power, {"a": 1 / 3}),
    Case("|x|^a", lambda x, a: power(size(x), a), {"a": 1.7}),
    Case("(1+x^2)^(-3/2)", lambda x: 1 / (1 + x * x) / (1 + x * x).sqrt(), {}, (0.5,)),
    Case("x^x", lambda x: power(x, x) if positive(x) else flint.arb_series([flint.arb.nan()], 3)),
    Case("log(|x|)", lambda x: size(x).log(), {}, (1.0, -1.0)),
    # the rest
    Case("tan(x)", lambda x: x.tan(), {}, (math.pi / 2, math.pi)),
    Case("asin(x)", lambda x: x.asin(), {}, (1.0, -1.0)),
    Case(
        "(x^2-1)/(x^3-2*x+5)", lambda x: (x * x - 1) / (x * x * x - 2 * x + 5), {}, (1.0, -2.0945514815423265)
    ),
    Case("1.5*x", lambda x: decimal("1.5") * x),
    Case("sqrt(2/pi)*x", lambda x: (2 / pi()).sqrt() * x),
    Case("sin(pi*x)", lambda x: (pi() * x).sin(), {}, (1.0, 0.5, 1e10)),
    Case("a*sin(b*x)+x", lambda x, a, b: a * (b * x).sin() + x, {"a": -1.0, "b": 1.0}, (2 * math.pi,)),
]


def nearest(ball: Any, dtype: DType) -> float | None:
    """Return the number of a format that a ball rounds to, None if it may be either of two."""
    if not ball.is_finite():
        return None
    if abs(ball) < flint.arb(2) ** FINEST:
        return 0.0
    ends = set()
    for end in (ball.lower(), ball.upper()):
        digits, exponent = (int(part) for part in end.man_exp())
        if digits.bit_length() + exponent > dtypes.FLOAT64.precision + 1024:
            ends.add(math.inf if digits > 0 else -math.inf)
        elif digits.bit_length() + exponent < FINEST:
            ends.add(0.0)
        else:
            ends.add(rounded(Fraction(digits) * Fraction(2) ** exponent, dtype))
    return ends.pop() if len(ends) == 1 else None


def rounded(number: Fraction, dtype: DType) -> float:
    """Return a fraction rounded to a format, ties to even, without this project's help."""
    if not number:
        return 0.0
    sign = 1 if number > 0 else -1
    top = math.floor(math.log2(abs(number.numerator)) - math.log2(number.denominator))
    top += (abs(number) >= Fraction(2) ** (top + 1)) - (abs(number) < Fraction(2) ** top)
    unit = Fraction(2) ** (max(top, dtype.lowest) - dtype.precision + 1)
    size = round(number / unit) * unit  # of two as near, Python's round takes the even one
    if abs(size) > Fraction(dtype.largest):
        return sign * (math.inf if dtype.infinite else math.nan)
    return float(size)


def truth(case: Case, x: float, order: int, wrt: str | None, dtype: DType = dtypes.FLOAT64) -> float | None:
    """Return f, f′, f″ or ∂f/∂wrt rounded to a format; None at kinks and poles, and if balls do not tell."""
    before = flint.ctx.prec
    try:
        for bits in BITS:
            flint.ctx.prec = bits
            fixed = {name: flint.arb_series([value], 3) for name, value in case.params.items()}
            try:
                series = case.balls(flint.arb_series([x, 1] if order else [x], 3), **fixed)
                if wrt:
                    varied = fixed | {wrt: flint.arb_series([case.params[wrt], 1], 3)}
                    series = case.balls(flint.arb_series([x], 3), **varied)
            except UndecidedError:
                continue
            except (ZeroDivisionError, ValueError):  # at a pole
                return None
            coefficient = 1 if wrt else order
            found = nearest(series[coefficient] * (2 if coefficient == 2 else 1), dtype)
            if found is not None and series[0].is_finite():
                return found
        return None
    finally:
        flint.ctx.prec = before


def beside(x: float, steps: int) -> Iterator[float]:
    """Yield a number and its neighbours."""
    yield x
    for end in (-math.inf, math.inf):
        near = x
        for _ in range(steps):
            near = math.nextafter(near, end)
            yield near


def points(case: Case, count: int, seed: int) -> NDArray[np.float64]:
    """Return small, large, ordinary and special arguments of a formula."""
    draw = random.Random(f"{case.text} {seed}")
    found = [s * 2.0**k for k in (*range(-1074, 1024, 149), -30, -2, -1, 0, 1, 4, 9, 53) for s in (1, -1)]
    found += [s * v for v in (5.9, 19.07, 36.8, 38.6, 708.4, 709.8, 745.2, 1e6) for s in (1, -1)]
    for special in (*case.at, *case.params.values()):
        found += [near for s in (1, -1) for near in beside(s * special, 2)]
    found += [draw.gauss(0, 3) for _ in range(count // 2)]
    found += [draw.choice((1, -1)) * math.exp(draw.uniform(-40, 7)) for _ in range(count // 4)]
    found += [round(draw.uniform(-8, 8), draw.randrange(3)) for _ in range(count // 8)]
    found += [
        draw.choice((1, -1)) * math.ldexp(draw.uniform(1, 2), draw.randrange(-1074, 1023))
        for _ in range(count // 8)
    ]
    return np.unique([x for x in found if math.isfinite(x) and x != 0])


def misrounded(case: Case, x: NDArray[np.float64], dtype: DType = dtypes.FLOAT64) -> list[str]:
    """Return what is wrong with f, f′, f″ and the derivatives by parameters of a formula."""
    function, wrong, known = record(parse(case.text)), [], 0
    for order, wrt in [(0, None), (1, None), (2, None), *((1, name) for name in case.params)]:
        if wrt:
            got = evaluate_wrt(function, x, wrt, case.params, dtype=dtype)
        else:
            got = evaluate(function, x, order, case.params, dtype=dtype)
        for point, result in zip(x.tolist(), got.astype(np.float64).tolist(), strict=True):
            due = truth(case, point, order, wrt, dtype)
            known += due is not None
            if due is not None and result != due and not math.isnan(result) & math.isnan(due):
                what = f"∂/∂{wrt}" if wrt else "f" + "′" * order
                wrong.append(f"{what}({point.hex()}) = {result.hex()}, not {due.hex()}")
    assert known > x.size / 2
    return wrong


def named(case: Case) -> str:
    return " ".join((case.text, *(f"{name}={value:.4g}" for name, value in case.params.items())))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_result_is_correctly_rounded(case: Case) -> None:
    assert misrounded(case, points(case, 60, seed=1)) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_result_is_correctly_rounded_at_many_points(case: Case) -> None:
    assert misrounded(case, points(case, 6000, seed=2)) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "dtype", [dtypes.FLOAT16, dtypes.BFLOAT16, dtypes.FLOAT8_E4M3FN, dtypes.FLOAT8_E5M2], ids=str
)
@pytest.mark.parametrize("case", CASES[::4], ids=named)
def test_every_number_of_a_narrow_format_is_correctly_rounded(case: Case, dtype: DType) -> None:
    patterns = np.arange(1 << dtype.bits, dtype=np.uint16 if dtype.bits == 16 else np.uint8)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        x = patterns.view(dtype.numpy).astype(np.float64)
    assert misrounded(case, x[np.isfinite(x) & (x != 0)], dtype) == []


@pytest.mark.parametrize(
    ("text", "x", "slopes"),
    [
        ("|x|", 0.0, {KinkRule.MIN_NORM: 0.0, KinkRule.LEFT: -1.0, KinkRule.RIGHT: 1.0}),
        ("max(3*x, x)", 0.0, {KinkRule.MIN_NORM: 1.0, KinkRule.LEFT: 1.0, KinkRule.RIGHT: 3.0}),
        ("|x^2-4|", 2.0, {KinkRule.MIN_NORM: 0.0, KinkRule.LEFT: -4.0, KinkRule.RIGHT: 4.0}),
        ("min(|x|, x^2)", -1.0, {KinkRule.MIN_NORM: -1.0, KinkRule.LEFT: -1.0, KinkRule.RIGHT: -2.0}),
        ("x <= 1 ? 3*x : -x", 1.0, {KinkRule.MIN_NORM: 3.0, KinkRule.LEFT: 3.0, KinkRule.RIGHT: -1.0}),
        ("x == 1 ? 5 : x", 1.0, {KinkRule.LEFT: 1.0, KinkRule.RIGHT: 1.0, KinkRule.NAN: math.nan}),
    ],
)
def test_slope_at_a_tie_follows_the_rule(text: str, x: float, slopes: dict[KinkRule, float]) -> None:
    function = record(parse(text))
    for rule, due in slopes.items():
        (got,) = evaluate(function, np.array([x]), 1, kink=rule)
        np.testing.assert_equal(got, due, err_msg=f"{text} at {x}, {rule}")


@pytest.mark.parametrize("case", CASES[::5], ids=named)
def test_results_have_the_same_bits_in_arrays_of_every_size(case: Case) -> None:
    special, function = points(case, 60, seed=3), record(parse(case.text))
    ordinary = np.random.default_rng(4).normal(0, 3, 30_000)
    x = np.concatenate([ordinary, special, ordinary[::-1]])
    for order in range(3):
        found = evaluate(function, x, order, case.params)[ordinary.size : -ordinary.size]
        apart = [
            evaluate(function, x[i : i + 1], order, case.params)[0]
            for i in range(ordinary.size, ordinary.size + 40)
        ]
        np.testing.assert_array_equal(found, evaluate(function, special, order, case.params))
        np.testing.assert_array_equal(found[:40], apart)

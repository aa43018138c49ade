"""The truth of formulas as they are written, at ordinary and at singular points."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from flint import arb, ctx, fmpq
from mpmath import mp

import actcli
from actcli.core import balls
from actcli.core.balls import Extreme, UndecidedError
from actcli.core.definition import asking
from actcli.core.dtypes import FLOAT64
from actcli.core.formula.expression import Op, X, apply
from actcli.core.formula.grammar import parse
from actcli.core.formula.record import record
from actcli.core.questions import Digits, rounded
from actcli.core.spec import KinkRule, Subject
from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAN, INF = math.nan, math.inf


def ask(
    text: str,
    x: float | str,
    order: int = 0,
    *,
    wrt: str | None = None,
    kink: KinkRule = KinkRule.MIN_NORM,
    question: Any = None,
    **params: float,
) -> Any:
    """Return f, a derivative or a gradient of a formula, rounded to a double."""
    subject = Subject(record(parse(text)), params, order, wrt, kink)
    return asking(subject)(x, question or rounded(FLOAT64))


def same(found: float, due: float) -> bool:
    """Return whether two doubles are the same, NaN and the sign of 0 included."""
    if math.isnan(due):
        return math.isnan(found)
    return found == due and math.copysign(1, found) == math.copysign(1, due)


SMOOTH: dict[str, Callable[[Any], Any]] = {
    "x/(1 + exp(-x))": lambda x: x / (1 + mp.exp(-x)),
    "x*tanh(softplus(x))": lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
    "x*(1 + erf(x/sqrt(2)))/2": lambda x: x * mp.ncdf(x),
    "1 - tanh(x)^2": lambda x: mp.sech(x) ** 2,
    "atan(x)*cbrt(x^2 + 1)": lambda x: mp.atan(x) * mp.cbrt(x * x + 1),
    "ln(1 + x^2) - cos(x)*sinh(x/4)": lambda x: mp.log(1 + x * x) - mp.cos(x) * mp.sinh(x / 4),
    "(x^2 + 3)^x": lambda x: (x * x + 3) ** x,
    "x^3/(2 + sin(x)) - 0.1*x^-2": lambda x: x**3 / (2 + mp.sin(x)) - x**-2 / 10,
    "asinh(x) + 1/cosh(x) + tan(x/9)": lambda x: mp.asinh(x) + mp.sech(x) + mp.tan(x / 9),
    "gamma(x^2 + 1)/(3 + erfc(x))": lambda x: mp.gamma(x * x + 1) / (3 + mp.erfc(x)),
}


@pytest.mark.parametrize("text", SMOOTH)
def test_smooth_formulas_are_what_mpmath_says(text: str) -> None:
    with mp.workdps(60):
        for x in (-3.7, -0.3, 1e-3, 0.9, 2.5):
            for order in range(3):
                due = mp.diff(SMOOTH[text], mp.mpf(x), order, h=mp.mpf(10) ** -15)
                assert math.isclose(ask(text, x, order), float(due), rel_tol=1e-14), (x, order)


KINKED = [  # formula, x, f, f′, f″
    ("max(x, exp(x) - 1)", 0.0, 0.0, 1.0, 1.0),
    ("max(0, x)", 0.0, 0.0, 0.0, 0.0),
    ("abs(x)", 0.0, 0.0, 0.0, 0.0),
    ("abs(sin(x))", 0.0, 0.0, 0.0, 0.0),
    ("abs(x^2 - 4)", 2.0, 0.0, 0.0, 0.0),
    ("max(x, 3x - 2)", 1.0, 1.0, 1.0, 0.0),
    ("min(x, 3x - 2)", 1.0, 1.0, 1.0, 0.0),
    ("abs(x - 0.1)", 0.1, float(Fraction(0.1) - Fraction(1, 10)), 1.0, 0.0),
    ("x > 0 ? x : 0.1*(exp(x) - 1)", 0.0, 0.0, 0.1, 0.0),
    ("x > 0 ? log(x) : 0", 0.0, 0.0, 0.0, 0.0),
    ("x > 0 ? 1 : 0", 0.0, 0.0, 0.0, 0.0),
    ("x >= 0 ? exp(x) : 2x", 0.0, 1.0, 1.0, 1.0),
    ("x == 0 ? 5 : x", 0.0, 5.0, NAN, NAN),
    ("sign(x)", 0.0, 0.0, NAN, NAN),
    ("floor(x)", 2.0, 2.0, 0.0, 0.0),
    ("floor(x)", -0.5, -1.0, 0.0, 0.0),
    ("ceil(x)", 2.0, 2.0, 0.0, 0.0),
    ("x^3 > 0 ? 1 : 0", 0.0, 0.0, 0.0, 0.0),
    ("max(x, 2x - x)", 0.0, 0.0, 1.0, 0.0),
    ("sqrt(x^2)", 0.0, 0.0, 0.0, 0.0),
    ("sqrt(abs(x))", 0.0, 0.0, 0.0, -INF),
    ("where(x > 3, 1/(x - 3), 2)", 3.0, 2.0, 0.0, 0.0),
    ("x == 0 ? 1 : sin(x)/x", 0.0, 1.0, 0.0, -1 / 3),
    ("x == 0 ? 2 : sin(x)/x", 0.0, 2.0, NAN, NAN),
    ("x == 0 ? 0 : x^2*log(abs(x))", 0.0, 0.0, 0.0, -INF),
    ("x == 0 ? 0 : x*log(abs(x))", 0.0, 0.0, -INF, 0.0),
    ("x == 0 ? 0 : x^2*sin(1/x)", 0.0, 0.0, 0.0, NAN),
    ("x == 0 ? 1 : (exp(x) - 1)/x", 0.0, 1.0, 0.5, 1 / 3),
    ("x == 1 ? 1 : log(x)/(x - 1)", 1.0, 1.0, -0.5, 2 / 3),
    ("x == 0 ? pi : sin(pi*x)/x", 0.0, math.pi, 0.0, -10.33542556009994),
]


@pytest.mark.parametrize(("text", "x", "f", "slope", "curvature"), KINKED)
def test_kinks_and_jumps(text: str, x: float, f: float, slope: float, curvature: float) -> None:
    for order, due in enumerate((f, slope, curvature)):
        assert same(ask(text, x, order), due), order


def test_rules_for_kinks() -> None:
    found = {rule: ask("max(x, 3x - 2)", 1.0, 1, kink=rule) for rule in KinkRule}
    assert found[KinkRule.LEFT] == found[KinkRule.MIN_NORM] == 1
    assert found[KinkRule.RIGHT] == 3
    assert math.isnan(found[KinkRule.NAN])
    assert ask("x > 0 ? x : 5", 0.0, 1, kink=KinkRule.RIGHT) == 1
    assert math.isnan(ask("x > 0 ? x : 5", 0.0, 1, kink=KinkRule.NAN))
    assert ask("max(x, exp(-x) - 1)", 0.0, 2, kink=KinkRule.LEFT) == 1


SINGULAR = [  # formula, x, f, f′, f″
    ("1/x", 0.0, INF, -INF, INF),
    ("1/x", -0.0, -INF, -INF, -INF),
    ("1/(x - 1)", 1.0, NAN, -INF, NAN),
    ("1/(x - 1)^2", 1.0, INF, NAN, INF),
    ("log(x)", 0.0, -INF, INF, -INF),
    ("log(x)", -0.0, -INF, INF, -INF),
    ("log(x)", -1.0, NAN, NAN, NAN),
    ("sqrt(x)", 0.0, 0.0, INF, -INF),
    ("sqrt(x)", -1.0, NAN, NAN, NAN),
    ("cbrt(x)", 0.0, 0.0, INF, -INF),
    ("x^1.5", 0.0, 0.0, 0.0, INF),
    ("x*log(x)", 0.0, NAN, NAN, NAN),
    ("x*exp(1/x)", 0.0, NAN, NAN, NAN),
    ("x*exp(1/x)", -0.0, -0.0, 0.0, -0.0),
    ("sin(x)/x", 0.0, NAN, NAN, NAN),
    ("exp(-1/x)", 0.0, 0.0, 0.0, 0.0),
    ("exp(-1/x)", -0.0, INF, INF, INF),
    ("exp(-1/(x - 1)^2)", 1.0, 0.0, 0.0, 0.0),
    ("acos(x)", 1.0, 0.0, -INF, -INF),
    ("atanh(x)", -1.0, -INF, INF, -INF),
    ("x^x", -2.0, 0.25, NAN, NAN),
    ("gamma(x)", -1.0, NAN, INF, NAN),
    ("gamma(x)", -800.0, NAN, -INF, NAN),
    ("log(abs(x))", -0.0, -INF, -INF, -INF),
    ("1/0*x", 1.0, NAN, NAN, NAN),
]


@pytest.mark.parametrize(("text", "x", "f", "slope", "curvature"), SINGULAR)
def test_poles_and_ends_of_domains(text: str, x: float, f: float, slope: float, curvature: float) -> None:
    for order, due in enumerate((f, slope, curvature)):
        assert same(ask(text, x, order), due), order


EXTREME = [  # formula, x, order, result
    ("tanh(exp(exp(x)))", 1000.0, 0, 1.0),
    ("tanh(exp(exp(x)))", 1000.0, 1, 0.0),
    ("x*tanh(exp(x))", 1e300, 1, 1.0),
    ("x*tanh(exp(x))", -1e300, 0, -0.0),
    ("x/(1 + exp(-x))", -1e308, 1, -0.0),
    ("exp(-exp(exp(x)))", 1000.0, 0, 0.0),
    ("x*exp(-exp(x))", -1e300, 0, -1e300),
    ("exp(exp(x)) - exp(exp(x + 1))", 1000.0, 0, -INF),
    ("exp(exp(x + 1) - exp(x))", 1000.0, 0, INF),
    ("exp(x)/(1 + exp(x))", 1e300, 0, 1.0),
    ("exp(x)/(1 + exp(x))", 1e300, 1, 0.0),
    ("log(exp(exp(x)))", 100.0, 0, math.exp(100.0)),
    ("x^(10^9)", 1e300, 0, INF),
    ("x^(10^9)", 1e-300, 1, 0.0),
    ("9^9^9^9*x", -2.0, 0, -INF),
    ("erfc(exp(x))", 1e3, 0, 0.0),
    ("gamma(exp(x))", 1e3, 0, INF),
    ("gamma(x)", 1e300, 1, INF),
    ("atan(exp(exp(x)))", 1e3, 0, math.pi / 2),
    ("x - sin(x)", 1e-200, 0, 0.0),
    ("x - sin(x)", -1e-200, 0, -0.0),
    ("-x", -0.0, 0, 0.0),
    ("x - sin(x)", -0.0, 0, -0.0),
    ("sin(x)^2 + cos(x)^2 - 1", 0.3, 0, 0.0),
]


@pytest.mark.parametrize(("text", "x", "order", "due"), EXTREME)
def test_sizes_beyond_all_exponents(text: str, x: float, order: int, due: float) -> None:
    assert same(ask(text, x, order), due)


def test_what_is_not_told_is_an_error() -> None:
    with pytest.raises(UnsettledError):
        ask("sin(exp(exp(x)))", 1000.0)
    assert ask("exp(exp(x)) - exp(1)^exp(x)", 1000.0) == 0  # which its normal form tells


def test_gradients_are_those_on_the_right_of_a_tie() -> None:
    assert ask("max(0, x) + a*min(0, x)", -2.0, wrt="a", a=0.1) == -2
    assert ask("x > 0 ? a*x + a : 3a", 0.0, wrt="a", a=2.0) == 1
    assert ask("a*x^a", 2.0, wrt="a", a=3.0) == float(8 + 24 * mp.log(2))
    assert same(ask("sqrt(a - x)", 3.0, wrt="a", a=3.0), INF)


def test_an_untaken_branch_does_no_harm() -> None:
    assert ask("x > 0 ? log(x) : 1/(x + 1)", -0.5, 2) == 16
    assert ask("x > 0 and log(x) < 1 ? 1 : 2", -1.0) == 2
    assert math.isnan(ask("max(x, log(x))", -1.0))


def test_decimals_are_exact_and_doubles_are_what_they_are() -> None:
    assert ask("x - 0.1", 0.1) == float(Fraction(0.1) - Fraction(1, 10))
    assert ask("x - 0.1", "0.1") == 0
    assert ask("x - a", 0.1, a=0.1) == 0
    assert ask("x/3", 1.0, question=Digits(20)) == "0.33333333333333333333"


def test_long_and_deep_formulas_take_their_time_only() -> None:
    f, total, deep, power = record(parse("x")), X, X, X
    for i in range(2000):
        total = total + apply(Op.SIN, X * i)
    for _ in range(1500):
        deep = apply(Op.SIN, deep)
    for _ in range(200):
        power = power * power
    tower = parse("tanh(" + "exp(" * 60 + "x" + ")" * 61).expression
    start = time.process_time()
    for expression in (total, deep, power, tower):
        for order, x in ((0, 0.5), (1, 1.5), (2, 1e300)):
            try:
                asking(Subject(replace(f, definition=expression), {}, order))(x, rounded(FLOAT64))
            except UnsettledError:
                continue
    assert time.process_time() - start < 30


@pytest.fixture
def _300_bits() -> Iterator[None]:
    before, ctx.prec = ctx.prec, 300
    yield
    ctx.prec = before


@pytest.mark.usefixtures("_300_bits")
def test_extreme_numbers_compute_like_their_logarithms() -> None:
    a, b = balls.exp(arb(2) ** 70), balls.exp(arb(2) ** 70 + 1)
    assert isinstance(a, Extreme)
    assert float(b / a) == math.e
    assert balls.sign(a - b) == -1
    assert abs(balls.log(b - a) - arb(2) ** 70 - (arb(1).exp() - 1).log()) < 1e-30
    assert balls.ball(1 / a) > 0 or balls.ball(1 / a).contains(0)
    assert (a * fmpq(0)) == 0
    assert float(a * -3) == -INF
    same_size = a * arb(1, 2.0**-200) - a
    with pytest.raises(UndecidedError):
        balls.sign(same_size)
    assert abs(balls.ball(same_size / a)) < 2.0**-100


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("sqrt(sin(pi))", 0.0),
        ("sqrt(4*atan(1) - pi)", 0.0),
        ("acos(1 + sin(pi))", 0.0),
        ("asin(sin(pi/2))", math.pi / 2),
        ("log(sin(pi))", -math.inf),
        ("tan(pi/2)", math.nan),
        ("tan(acos(0))", math.nan),
        ("gamma(sin(pi))", math.nan),
    ],
)
def test_a_number_that_is_0_without_being_rational_is_0(text: str, due: float) -> None:
    value = actcli.formula(text)(1.5)
    assert value == due or (math.isnan(value) and math.isnan(due))

"""Formulas as they are typed, evaluated: constants without a value, beyond doubles, zeros and ties."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.core.dtypes import DTYPES
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.formula.grammar import parse
from actcli.core.formula.identity import is_zero
from actcli.core.formula.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

NAN = math.nan


def values(text: str, points: Sequence[float], order: int = 0, **params: float) -> list[float]:
    result: list[float] = evaluate(record(parse(text)), np.array(points), order, params).tolist()
    return result


def same(found: Sequence[float], due: Sequence[float]) -> bool:
    """Return whether numbers are the same, signs of zeros included."""
    return [*map(repr, found)] == [*map(repr, due)]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("text", ["log(-1)", "sqrt(-1)*x", "1/0", "x/(x - x)", "asin(2) + x", "0/0*x"])
def test_a_constant_without_a_value_leaves_none(text: str, order: int) -> None:
    assert same(values(text, [-1.5, 0.0, 2.0], order), [NAN] * 3)


@pytest.mark.parametrize(
    ("text", "points", "due"),
    [
        ("0^x", [-1.0, 0.0, 2.0], [math.inf, 1.0, 0.0]),
        ("(-2)^x", [3.0, -1.0, 0.5], [-8.0, -0.5, NAN]),
        ("x > 0 ? sqrt(-1) : x", [-2.0, 2.0], [-2.0, NAN]),
        ("sqrt(sqrt(x^2 + 1) - 1)", [0.0, 1e-300, 1e10], [0.0, 7.071067811865475e-301, 99999.999995]),
        ("x^1e400", [0.5, 1.0, 2.0], [0.0, 1.0, math.inf]),
        ("1e300/(x + 1e400)*1e200", [0.0, 5.0], [1e100, 1e100]),
        ("min(log(a), x)", [1.0], [NAN]),
        ("Phi(x)^max(x, x) + 2*x - 1", [math.inf], [math.inf]),
        ("floor(exp(x))", [2e4, 1e10], [math.inf, math.inf]),
        ("x*sigmoid(5e-324*x)", [math.inf], [math.inf]),
    ],
)
def test_constants_at_the_ends_of_functions(text: str, points: list[float], due: list[float]) -> None:
    params = {"a": -1.0} if "a)" in text else {}
    assert same(values(text, points, 0, **params), due)


def test_parameters_may_have_any_name() -> None:
    assert values("x > 0 ? m*x + self : x", [2.0], 0, m=3.0, self=1.0) == [7.0]
    assert values("x > 0 ? m*x + self : x", [2.0], 1, m=3.0, self=1.0) == [3.0]
    assert evaluate_wrt(record(parse("m*x")), [2.0], "m", {"m": 3.0}).tolist() == [2.0]


@pytest.mark.parametrize(
    ("text", "order", "points", "due"),
    [
        ("floor(2*x)", 1, [0.5, 0.7, 1e300], [0.0] * 3),  # the value is that on the right
        ("ceil(x) - floor(x)", 1, [1.0, 1.5], [NAN, 0.0]),  # the value is on neither side
        ("x == 1 ? 5 : x", 2, [1.0, 2.0], [NAN, 0.0]),
        ("sign(x)", 1, [0.0, -0.0, 3.0], [NAN, NAN, 0.0]),
        ("x >= 1/4 ? 1 : 0", 1, [0.25, 1.0], [0.0, 0.0]),
    ],
)
def test_slopes_at_jumps_between_equal_slopes(
    text: str, order: int, points: list[float], due: list[float]
) -> None:
    assert same(values(text, points, order), due)


@pytest.mark.parametrize(
    "x", [float.fromhex("0x1.8C84546E791E6p54"), float.fromhex("-0x1.40A90331D630Ep55"), 1e17, 1e154, -1e300]
)
def test_whole_parts_beyond_doubles(x: float) -> None:
    a, exact = Fraction(0.1), Fraction(0.1) * Fraction(x)
    assert values("floor(a*x)", [x], a=0.1) == [float(math.floor(exact))]
    assert values("ceil(a*x)/a", [x], a=0.1) == [float(math.ceil(exact) / a)]
    assert values("a*x - floor(a*x)", [x], a=0.1) == [float(exact - math.floor(exact))]


@pytest.mark.parametrize(
    "x", [float.fromhex("0x1.0000000000001p107"), 1e100, float.fromhex("0x1.5555555555555p700")]
)
def test_sums_of_exact_numbers_beside_ties(x: float) -> None:
    for text, due in (("3*x - 1", 3 * Fraction(x) - 1), ("3*x + 1", 3 * Fraction(x) + 1)):
        assert values(text, [x]) == [float(due)]


@pytest.mark.parametrize(
    ("text", "order", "points", "due"),
    [
        ("log(1 + x) - x", 0, [5e-324, -5e-324, 1e-310], [-0.0] * 3),  # −x²/2
        ("x - sin(x)", 0, [-1e-300, 1e-300], [-0.0, 0.0]),  # x³/6
        ("x - sinh(x)", 0, [-1e-240, 1e-240], [0.0, -0.0]),
        ("log(2 - exp(-exp(x)))*x", 0, [-1000.0], [-0.0]),
        ("x*exp(-exp(-x))", 1, [-100.0, -64.0], [-0.0, -0.0]),
        ("x*tanh(exp(x))", 1, [-(2.0**60), -(2.0**80)], [-0.0, -0.0]),
        ("x/(1 - x*exp(-(x + exp(x))))", 1, [-(2.0**60)], [-0.0]),
        ("gamma(x)", 0, [-1000.5, -1001.5], [-0.0, 0.0]),
        ("|x|", 1, [0.0, -0.0], [0.0, 0.0]),
        ("x^3", 0, [0.0, -0.0], [0.0, -0.0]),
    ],
)
def test_what_underflows_has_its_sign(text: str, order: int, points: list[float], due: list[float]) -> None:
    assert same(values(text, points, order), due)


def test_what_underflows_in_a_narrow_format_has_its_sign() -> None:
    for dtype in (dtype for dtype in DTYPES if dtype.negative_zero):
        result = evaluate(record(parse("x*(1 + erf(x/sqrt(2)))/2")), [-40.0], dtype=dtype)
        assert result[0] == 0
        assert np.signbit(result[0].astype(np.float64))


@pytest.mark.parametrize(
    "text", ["sin(2*x) - 2*sin(x)*cos(x)", "sin(x)/cos(x) - tan(x)", "softplus(x) - softplus(-x) - x"]
)
def test_what_is_zero_everywhere_is_found_out_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = questions(monkeypatch)
    assert same(values(text, np.linspace(-3, 3, 1000).tolist()), [0.0] * 1000)
    assert len(asked) < 20


def test_slopes_of_pieces_that_cancel_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = questions(monkeypatch)
    values("(|x + 0.5| + |x - 0.5| + |x - 1| - |x - 0.7|)/4", np.linspace(-3.3, 3.3, 1000).tolist(), 1)
    assert len(asked) < 5


def questions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list that grows with every question to the definition."""
    from actcli.core import definition

    asked: list[object] = []
    settle = definition._settle

    def counted(*args: Any) -> Any:
        asked.append(args)
        return settle(*args)

    monkeypatch.setattr(definition, "_settle", counted)
    return asked


@pytest.mark.parametrize(
    ("text", "zero"),
    [
        ("tanh(x) - (exp(2*x) - 1)/(exp(2*x) + 1)", True),
        ("sqrt(x^2 + 1)^3 - (x^2 + 1)*sqrt(x^2 + 1)", True),
        ("sin(x)/cos(x) - tan(x) + 1e-1000", False),
        ("x - sqrt(x^2)", False),  # 0 on one side alone
        ("atan(x) + atan(1/x) - pi/2", False),
        ("a*x - a*x", True),
        ("log(x) - log(x)", False),  # not known: it has no value on the left
    ],
)
def test_zero_everywhere(text: str, zero: bool) -> None:
    assert is_zero(parse(text).expression, (("a", 0.1),) if "a*x" in text else (), 0, None) is zero


def test_what_the_definition_cannot_tell_its_known_form_may() -> None:
    assert values("log(1 + exp(exp(x)))", [2.0**52, 1e17], 2) == [math.inf, math.inf]
    assert values("tanh(expm1(x))", [2.0**53], 1) == [0.0]


@pytest.mark.parametrize(
    ("text", "x", "due"),
    [
        ("softplus(x)/(x - 0.001)", float.fromhex("0x1.4d387d42fbfd7p+71"), 6.889140613778825e-68),
        ("log(cosh(x))/(x + 2)", float.fromhex("-0x1.257150c606737p+169"), -4.141895248125645e-153),
        ("(exp(x) - exp(-x))/sqrt(2*(exp(2*x) + exp(-2*x)))", 2.0**60, 0.0),
        ("(exp(x) - 1 + sqrt((exp(x) - 1)^2 + 1e-6))/2", 2.0**60, math.inf),
        ("digamma(x)", 1.0, -2.404113806319188570799),
    ],
)
def test_second_derivatives_far_out(text: str, x: float, due: float) -> None:
    assert values(text, [x], 2) == [due]


def test_what_no_precision_tells_is_the_same_in_every_array() -> None:
    function = record(parse("(erfc(x/acosh(floor(x))))^(|x|*asinh(sech(x)+round(x)))"))
    x = np.array([2.0**60, 3.0, 1e22, -7.0])
    for order in (1, 2):
        together = evaluate(function, x, order)
        np.testing.assert_array_equal(
            together, [evaluate(function, x[i : i + 1], order)[0] for i in range(4)]
        )


@pytest.mark.parametrize("a", [5e-324, 1e-5, 0.5])
def test_powers_at_0_have_no_slope_in_the_exponent(a: float) -> None:
    np.testing.assert_array_equal(evaluate_wrt(record(parse("x^a")), np.zeros(1), "a", {"a": a}), 0.0)


@pytest.mark.parametrize("nest", ["exp({})", "sin({})", "x/(1 + {})", "tanh(x + {})", "sqrt(1 + {})"])
def test_deep_nests_stay_small(nest: str) -> None:
    from actcli.core.formula.expression import X, in_order
    from actcli.core.formula.replay import derived
    from actcli.core.formula.rewrite import stable

    text = "x"
    for _ in range(80):
        text = nest.format(text)
    root = parse(text).expression
    size = len(in_order(root))
    assert len(in_order(stable(derived(root, (X, X), {})))) < 30 * size

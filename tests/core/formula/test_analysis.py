"""What formulas tell by themselves, beside what is known of them."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest

from actcli.core.formula import analysis as formulas
from actcli.core.formula import limits
from actcli.core.formula.analysis import Analysis, BreakKind, Course, Quantity, Reflection, Span, analysis
from actcli.core.formula.grammar import parse


def of(text: str, **params: float) -> Analysis:
    """Return what a formula tells."""
    return analysis(parse(text).expression, params)


def shown(spans: tuple[Span, ...]) -> str:
    """Return intervals as text, with 6 digits at most."""
    return " ".join(
        f"{'[' if s.low_closed else '('}{s.low.value:.6g}, {s.high.value:.6g}{']' if s.high_closed else ')'}"
        for s in spans
    )


def texts(quantities: list[Quantity]) -> list[str]:
    """Return numbers as they are shown."""
    return [q.text for q in quantities]


KNOWN: dict[str, dict[str, Any]] = {
    "x*(1 + erf(x/sqrt(2)))/2": {
        "range": "[-0.169971, inf)",
        "zeros": ["0"],
        "extrema": ["-0.751791524693564"],
        "inflections": ["-1.41421356237310", "1.41421356237310"],
        "lipschitz": "1.12890414518515",
    },
    "x*sigmoid(x)": {
        "range": "[-0.278465, inf)",
        "zeros": ["0"],
        "extrema": ["-1.27846454276107"],
        "inflections": ["-2.39935728051547", "2.39935728051547"],
        "lipschitz": "1.09983932012887",
    },
    "x*tanh(softplus(x))": {"range": "[-0.308843, inf)", "zeros": ["0"], "extrema": ["-1.19243121451550"]},
    "x > 0 ? x : exp(x) - 1": {"range": "(-1, inf)", "zeros": ["0"], "extrema": [], "lipschitz": "1"},
    "x/(1 + abs(x))": {"range": "(-1, 1)", "zeros": ["0"], "lipschitz": "1", "symmetry": Reflection.ODD},
    "tanh(x)": {"range": "(-1, 1)", "inflections": ["0"], "lipschitz": "1", "symmetry": Reflection.ODD},
    "x*tanh(exp(x))": {"range": "[-0.353286, inf)", "zeros": ["0"], "extrema": ["-1.07886005846462"]},
    "x^3 - 3x": {
        "range": "(-inf, inf)",
        "zeros": ["-1.73205080756888", "0", "1.73205080756888"],
        "extrema": ["-1", "1"],
        "inflections": ["0"],
        "lipschitz": "inf",
        "symmetry": Reflection.ODD,
    },
    "1/(1 + x^2)": {
        "range": "(0, 1]",
        "zeros": [],
        "extrema": ["0"],
        "inflections": ["-0.577350269189626", "0.577350269189626"],
        "lipschitz": "0.649519052838329",
        "symmetry": Reflection.EVEN,
    },
    "ln(1 + x^2)": {"range": "[0, inf)", "zeros": ["0"], "inflections": ["-1", "1"], "lipschitz": "1"},
    "abs(x^2 - 4)": {
        "range": "[0, inf)",
        "zeros": ["-2", "2"],
        "extrema": ["-2", "0", "2"],
        "breaks": [(BreakKind.KINK, "-2"), (BreakKind.KINK, "2")],
        "lipschitz": "inf",
    },
    "abs(x^2 - 2)": {
        "range": "[0, inf)",
        "zeros": ["-1.41421356237310", "1.41421356237310"],
        "breaks": [(BreakKind.KINK, "-1.41421356237310"), (BreakKind.KINK, "1.41421356237310")],
    },
    "sin(x)/x": {
        "range": "[-0.217234, 1)",
        "breaks": [(BreakKind.HOLE, "0")],
        "symmetry": Reflection.EVEN,
        "domain": "(-inf, 0) (0, inf)",
    },
    "x*ln(abs(x))": {
        "range": "(-inf, inf)",
        "zeros": ["-1", "1"],
        "extrema": ["-0.367879441171442", "0.367879441171442"],
        "domain": "(-inf, 0) (0, inf)",
        "symmetry": Reflection.ODD,
    },
    "x^x": {"range": "[0.692201, inf)", "extrema": ["0.367879441171442"], "domain": "[0, inf)"},
    "exp(-1/x)": {
        "range": "(0, 1) (1, inf)",
        "inflections": ["1/2"],
        "breaks": [(BreakKind.POLE, "0")],
        "lipschitz": "inf",
    },
    "sqrt(x^2 - 1)": {
        "range": "[0, inf)",
        "domain": "(-inf, -1] [1, inf)",
        "zeros": ["-1", "1"],
        "breaks": [(BreakKind.EDGE, "-1"), (BreakKind.EDGE, "1")],
        "symmetry": Reflection.EVEN,
    },
    "tan(x)": {
        "range": "(-inf, inf)",
        "zeros": ["0"],
        "breaks": [(BreakKind.POLE, "1.57079632679490")],
        "period": "3.14159265358979",
        "domain": "(-1.5708, 1.5708)",
        "symmetry": Reflection.ODD,
    },
    "1/x": {"range": "(-inf, 0) (0, inf)", "breaks": [(BreakKind.POLE, "0")], "symmetry": Reflection.ODD},
    "x + 1/x": {"range": "(-inf, -2] [2, inf)", "extrema": ["-1", "1"], "breaks": [(BreakKind.POLE, "0")]},
    "max(x, exp(x) - 1)": {"range": "(-1, inf)", "zeros": ["0"], "breaks": [], "extrema": []},
    "x > 0 ? 1 : 0": {"range": "[0, 0] [1, 1]", "breaks": [(BreakKind.JUMP, "0")], "flat_zeros": "(-inf, 0]"},
    "max(0, x)": {
        "range": "[0, inf)",
        "breaks": [(BreakKind.KINK, "0")],
        "lipschitz": "1",
        "flat_zeros": "(-inf, 0]",
    },
    "sin(x) + cos(2x)/3": {
        "period": "6.28318530717959",
        "range": "[-1.33333, 0.708333]",
        "lipschitz": "1.44770169741921",
    },
    "sin(pi*x)^2": {"period": "1", "range": "[0, 1]", "symmetry": Reflection.EVEN},
    "sigmoid(x)": {"range": "(0, 1)", "lipschitz": "1/4", "symmetry": Reflection.POINT},
    "1/(x^2 - 2)": {"range": "(-inf, -0.5] (0, inf)", "extrema": ["0"]},
    "asin(x)": {"range": "[-1.5708, 1.5708]", "domain": "[-1, 1]", "lipschitz": "inf"},
    "x^5 - x - 1": {"zeros": ["1.16730397826142"], "range": "(-inf, inf)"},
    "sqrt(-1 - x^2)": {"domain": "", "range": ""},
    "cbrt(x)": {
        "domain": "(-inf, inf)",
        "range": "(-inf, inf)",
        "zeros": ["0"],
        "breaks": [(BreakKind.KINK, "0")],
        "lipschitz": "inf",
    },
    "cbrt(x^2)": {"domain": "(-inf, inf)", "range": "[0, inf)", "extrema": ["0"], "lipschitz": "inf"},
    "cbrt(x^2)*(x - 5)": {"zeros": ["0", "5"], "extrema": ["0", "2.00000000000000"], "inflections": ["-1"]},
    "abs(sin(x))": {
        "domain": "(-inf, inf)",
        "range": "[0, 1]",
        "period": "3.14159265358979",
        "breaks": [(BreakKind.KINK, "0")],
        "lipschitz": "1",
    },
    "max(0, sin(x))": {
        "domain": "(-inf, inf)",
        "zeros": [],
        "flat_zeros": "[-3.14159, 0]",
        "range": "[0, 1]",
    },
    "asin(sin(x))": {
        "domain": "(-inf, inf)",
        "range": "[-1.5708, 1.5708]",
        "breaks": [(BreakKind.KINK, "1.57079632679490"), (BreakKind.KINK, "4.71238898038469")],
        "lipschitz": "1",
    },
    "cos(x)^2": {"domain": "(-inf, inf)", "range": "[0, 1]", "period": "3.14159265358979", "lipschitz": "1"},
    "x - floor(x)": {
        "domain": "(-inf, inf)",
        "range": "[0, 1)",
        "period": "1",
        "breaks": [(BreakKind.JUMP, "0")],
    },
    "x + sin(x)": {"range": "(-inf, inf)", "lipschitz": "2"},
    "x + sin(x)^2": {"lipschitz": "2"},
    "x^(1/x)": {"domain": "(0, inf)", "range": "(0, 1.44467]", "breaks": [(BreakKind.EDGE, "0")]},
    "x == 0 ? 1 : sin(x)/x": {"domain": "(-inf, inf)", "range": "[-0.217234, 1]", "breaks": []},
    "max(0.99, sin(x))": {"range": "[0.99, 1]", "period": "6.28318530717959"},
    "x^2*exp(-x)": {"range": "[0, inf)", "zeros": ["0"], "extrema": ["0", "2"]},
    "sqrt(4 - x^2)": {"range": "[0, 2]", "domain": "[-2, 2]", "extrema": ["0"]},
    "ln(x)/x": {"range": "(-inf, 0.367879]", "extrema": ["2.71828182845905"], "domain": "(0, inf)"},
    "atan(1/x)": {"range": "(-1.5708, 0) (0, 1.5708)", "breaks": [(BreakKind.JUMP, "0")]},
    "abs(x)/(1 + x^2)": {"range": "[0, 0.5]", "extrema": ["-1", "0", "1"], "lipschitz": "1"},
    "exp(-1/x^2)": {"range": "(0, 1)", "breaks": [(BreakKind.HOLE, "0")]},
    "sqrt(x^2 - 2)": {
        "range": "[0, inf)",
        "domain": "(-inf, -1.41421] [1.41421, inf)",
        "zeros": ["-1.41421356237310", "1.41421356237310"],
    },
    "log(x^2 - 2)": {
        "range": "(-inf, inf)",
        "domain": "(-inf, -1.41421) (1.41421, inf)",
        "breaks": [(BreakKind.POLE, "-1.41421356237310"), (BreakKind.POLE, "1.41421356237310")],
    },
    "1/(1 + sin(x))": {
        "range": "[0.5, inf)",
        "domain": "(-1.5708, 4.71239)",
        "breaks": [(BreakKind.POLE, "4.71238898038469")],
    },
    "(x + sqrt(x^2 + 4))/2": {"range": "(0, inf)", "zeros": [], "extrema": [], "lipschitz": "1"},
    "x^2 < 2 ? 1 : 3": {"domain": "(-inf, inf)", "range": "[1, 1] [3, 3]"},
    "x + 0.7 > 0 ? x : 0": {"breaks": [(BreakKind.JUMP, "-7/10")], "flat_zeros": "(-inf, -0.7]"},
    "x^3/(x^2 - 1)": {"range": "(-inf, inf)", "extrema": ["-1.73205080756888", "1.73205080756888"]},
}


@pytest.mark.parametrize("text", KNOWN)
def test_known_results(text: str) -> None:
    found, due = of(text), KNOWN[text]
    for name, expected in due.items():
        value = getattr(found, name)
        if name in ("range", "domain", "flat_zeros"):
            assert shown(value) == expected, name
        elif name in ("zeros", "extrema", "inflections"):
            assert texts([v.x for v in value]) == expected, name
        elif name == "breaks":
            assert [(b.kind, b.x.text) for b in value] == expected
        elif isinstance(value, Quantity):
            assert value.text.removesuffix(".00000000000000") == expected, name
        else:
            assert value == expected, name


def test_numbers_beyond_the_doubles() -> None:
    (above,), (below,) = of("max(x, 1e400)").range, of("min(x, -1e400)").range
    assert (above.low.value, below.high.value) == (math.inf, -math.inf)


def test_steps() -> None:
    found = of("floor(x)")
    assert found.endless
    assert [b.x.text for b in found.breaks] == [str(n) for n in range(-19, 20)]
    three = next(b for b in found.breaks if b.x.text == "3")
    assert three.kind is BreakKind.JUMP
    assert (three.left, three.right, three.value, three.slope) == tuple(
        Quantity(t, v, True, True) for t, v in (("2", 2.0), ("3", 3.0), ("3", 3.0), ("0", 0.0))
    )
    assert shown(found.flat_zeros) == "[0, 1)"


def test_what_a_break_says() -> None:
    (kink,) = of("max(x, a*x)", a=0.25).breaks
    assert texts([q for q in (kink.value, kink.slope, kink.left_slope, kink.right_slope) if q]) == [
        "0", "1/4", "1/4", "1",
    ]  # fmt: skip
    (pole,) = of("1/x").breaks
    assert pole.left is not None
    assert pole.right is not None
    assert (pole.left.value, pole.right.value) == (-math.inf, math.inf)


def test_asymptotes_and_limits() -> None:
    right = of("x*atan(x)").right
    assert right.slope is not None
    assert right.intercept is not None
    assert (right.slope.text, right.intercept.text, right.ending) == ("1.57079632679490", "-1", "infinite")
    assert of("sin(x)").left.ending == "oscillates"
    assert of("(1 + ln(x))/(2 + ln(x))").right.limit is None


def test_stretches() -> None:
    found = of("x^3 - 3x")
    assert [s.course for s in found.monotone] == [Course.INCREASING, Course.DECREASING, Course.INCREASING]
    assert [(s.low.text, s.high.text) for s in found.convexity] == [("-inf", "0"), ("0", "inf")]
    assert [s.course for s in of("max(0, x)").monotone] == [Course.CONSTANT, Course.INCREASING]
    (whole,) = of("x/(1 + abs(x))").monotone
    assert whole.course is Course.INCREASING


def test_extrema_are_minima_or_maxima_and_the_best_or_not() -> None:
    low, middle, high = of("abs(x^2 - 4)").extrema
    assert (low.is_maximum, low.best, low.value.text) == (False, True, "0")
    assert (middle.is_maximum, middle.best, middle.value.text) == (True, False, "4")
    assert high.best


@pytest.mark.parametrize(
    "text", ["x*sigmoid(x)", "max(0, x)", "abs(x^2 - 2)", "1/x", "sin(x)", "x - floor(x)"]
)
def test_without_python_flint_the_same_is_estimated(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proved = of(text)
    for module in (formulas, limits):
        monkeypatch.setattr(module, "is_available", lambda: False)
    formulas._line.cache_clear()
    found = of(text)
    formulas._line.cache_clear()
    assert (proved.is_proved, found.is_proved) == (True, False)
    for name in ("domain", "range", "flat_zeros"):
        assert shown(getattr(found, name)) == shown(getattr(proved, name))
    for name in ("zeros", "extrema", "inflections", "breaks"):
        places = [[spot.x.value for spot in getattr(one, name)] for one in (found, proved)]
        assert places[0] == pytest.approx(places[1], rel=1e-15)
    assert [b.kind for b in found.breaks] == [b.kind for b in proved.breaks]
    assert [run.course for run in found.monotone] == [run.course for run in proved.monotone]
    assert (found.steepest is None) is (proved.steepest is None)
    if found.steepest and proved.steepest:
        assert found.steepest.size.value == pytest.approx(proved.steepest.size.value, rel=1e-9)


def test_what_is_not_proved_is_said() -> None:
    silu = of("x*sigmoid(x)")
    assert silu.unproved == ()
    assert silu.right.limit == Quantity("inf", math.inf, exact=True, proved=True)
    assert silu.left.limit == Quantity("-0", -0.0, exact=True, proved=False)
    assert "range" in of("1/(1 + x^2*exp(-x))").unproved


@pytest.mark.parametrize("text", ["x*sin(1/x)", "sin(1/x)", "x^2*sin(1/x)"])
def test_nothing_is_told_next_to_an_essential_singularity(text: str) -> None:
    found = of(text)
    nearest = 0.01  # 1/(kπ) from k = 31 on
    for stretch in (*found.monotone, *found.convexity):
        assert stretch.high.value <= -nearest or stretch.low.value >= nearest
        if -0.1 < stretch.low.value < stretch.high.value < 0.1:  # a quarter turn of 1/x and its like at most
            assert abs(1 / stretch.low.value - 1 / stretch.high.value) < 4
    assert found.lipschitz is None
    assert {"zeros", "extrema", "monotone", "convexity", "lipschitz"} <= set(found.unproved)


def test_what_lies_beyond_a_window_is_proved_or_not_told() -> None:
    assert shown(of("tan(x) + x").domain)[:4] == "[-20"
    root = of("sqrt(x + 30) + sin(x)")
    assert shown(root.domain) == "[-20, inf)"
    assert root.range == ()
    assert of("x^2*sin(x)*exp(-abs(x)/100)").range == ()  # 5409 near 200
    assert shown(of("gamma(x)").domain[-2:]) == "(-1, 0) (0, inf)"
    bent = of("sin(max(x, -20))")
    assert bent.period is None
    assert bent.symmetry is Reflection.NONE
    assert of("sign(x) + sin(x)").period is None


def test_a_periodic_function_has_no_limit() -> None:
    found = of("max(0.99, sin(x))")
    assert found.left.ending == found.right.ending == "oscillates"


def test_a_symmetry_that_is_seen_alone_is_not_proved() -> None:
    assert "symmetry" in of("sigmoid(x)").unproved
    assert "symmetry" not in of("tanh(x)").unproved


def test_it_can_be_written_as_json() -> None:
    found = json.loads(json.dumps(of("x*sigmoid(x)").as_dict()))
    assert found["extrema"][0]["x"]["text"] == "-1.27846454276107"
    assert found["symmetry"] == "none"


def test_it_takes_half_a_second_and_two_at_the_most() -> None:
    for text in ("x*(1 + erf(x/sqrt(2)))/2", "sin(1/x)"):
        start = time.process_time()
        found = of(text)
        assert time.process_time() - start < 8, text
        assert ("zeros" in found.unproved) is ("sin" in text)

"""The truth in balls: known numbers, mpmath as a second judge, ties, kinks, limits, and what is not told."""

from __future__ import annotations

import math
import random
import threading
import time
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import product
from operator import add, le, lt, mul, neg, sub, truediv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpmath import mp

from actcli.core import questions, registry
from actcli.core.definition import ask_jacobian, ask_vector, ask_vector_wrt, asking, expression_of
from actcli.core.dtypes import BFLOAT16, DTYPES, FLOAT8_E4M3FN, FLOAT16, FLOAT32, FLOAT64, DType
from actcli.core.evaluate import evaluate_jacobian
from actcli.core.formula.expression import Expression, Op, in_order
from actcli.core.questions import Digits, rounded, side_of, split
from actcli.core.spec import Activation, KinkRule, Subject, VectorActivation
from actcli.errors import MissingExtraError, UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.spec import Params

ELEMENTWISE = registry.elementwise()


def function(name: str) -> Activation:
    found = registry.get(name)
    assert isinstance(found, Activation)
    return found


def vector(name: str) -> VectorActivation:
    found = registry.get(name)
    assert isinstance(found, VectorActivation)
    return found


def text(name: str, x: float | str, order: int = 0, count: int = 40, **params: float) -> str:
    return str(asking(Subject(function(name), params, order))(x, Digits(count)))


@pytest.mark.parametrize(
    ("name", "x", "order", "expected"),
    [
        ("gelu", 1.0, 0, "0.8413447460685429485852325456320379224779"),
        ("sigmoid", 0.0, 1, "0.2500000000000000000000000000000000000000"),
        ("arctan", 1.0, 0, "0.7853981633974483096156608458198757210493"),
        ("softplus", 0.0, 0, "0.6931471805599453094172321214581765680755"),
        ("selu", 1.0, 1, "1.050700987355480493419334985294600000000"),
        ("hard_sigmoid", 1.0, 0, "0.6666666666666666666666666666666666666667"),
        ("leaky_relu", -1.0, 0, "-0.0100000000000000002081668171172168513"),
    ],
)
def test_known_digits(name: str, x: float, order: int, expected: str) -> None:
    assert text(name, x, order).startswith(expected)


def test_a_string_means_its_digits_and_a_float_itself() -> None:
    assert text("identity", "0.1", count=30) == "0.100000000000000000000000000000"
    assert text("identity", 0.1, count=30) == "0.100000000000000005551115123126"


@pytest.mark.parametrize(
    ("x", "count", "expected"),
    [
        ("0.9996", 3, "1.00"),
        ("12345", 3, "1.23e+4"),
        ("12355", 4, "1.236e+4"),  # ties to even
        ("12345", 4, "1.234e+4"),
        ("12345", 5, "12345.0"),
        ("-0.000123", 2, "-0.00012"),
        ("0.0000123", 2, "1.2e-5"),
        ("0", 9, "0.0"),
        ("7", 1, "7.0"),
    ],
)
def test_digits_are_rounded_once_and_laid_out(x: str, count: int, expected: str) -> None:
    assert text("identity", x, count=count) == expected


def test_digits_of_what_saturates_lie_on_the_right_side_of_a_tie() -> None:
    assert text("elu", -1e30, count=2, alpha=1.25) == "-1.2"
    assert text("elu", -1e30, count=2, alpha=1.375) == "-1.4"
    assert text("tanh", 1e300, count=20) == "1.0000000000000000000"


def test_thousands_of_digits() -> None:
    found = text("sigmoid", 1.0, count=20_000)
    with mp.workdps(20_010):
        assert found[:19_990] == mp.nstr(1 / (1 + mp.exp(-1)), 20_000)[:19_990]


# mpmath, the other judge: the same definitions in its numbers, differentiated by finite differences


WORDS: dict[Op, Any] = {
    Op.ADD: add, Op.SUBTRACT: sub, Op.MULTIPLY: mul, Op.DIVIDE: truediv, Op.NEGATE: neg,
    Op.POWER: lambda a, n: a ** int(n), Op.ABS: abs, Op.MAXIMUM: max, Op.MINIMUM: min,
    Op.LESS: lt, Op.LESS_EQUAL: le, Op.WHERE: lambda c, a, b: a if c else b,
    Op.ARCTAN: mp.atan, Op.ARCSINH: mp.asinh, Op.ARCCOSH: mp.acosh, Op.ARCTANH: mp.atanh,
}  # fmt: skip


def by_mpmath(f: Activation, x: Any, numbers: dict[str, Any]) -> Any:
    """Return the value of a definition in the numbers of mpmath."""
    leaves: dict[Op, Any] = {
        Op.VARIABLE: lambda _: x,
        Op.PARAMETER: lambda name: numbers[name],
        Op.NUMBER: lambda q: mp.mpf(q.numerator) / q.denominator,
        Op.CONSTANT: lambda _: mp.pi,
    }
    values: dict[Expression, Any] = {}
    order = in_order(expression_of(f.definition))
    for e in order:
        if e.op in leaves:
            values[e] = leaves[e.op](e.value)
        else:
            values[e] = (WORDS.get(e.op) or getattr(mp, e.op))(*(values[a] for a in e.args))
    return values[order[-1]]


def exactly(f: Activation, params: Params) -> dict[str, Any]:
    """Return a function's parameters in full, as mpf."""
    full = {p.name: p.full(value) for p, value in zip(f.params, f.bind(params).values(), strict=True)}
    return {name: mp.mpf(value.numerator) / value.denominator for name, value in full.items()}


def difference(g: Callable[[Any], Any], x: Any, step: Any, order: int) -> Any:
    """Return g, g′ or g″ at x by central differences, wrong by some step²."""
    if order == 0:
        return mp.mpf(g(x))
    if order == 1:
        return (g(x + step) - g(x - step)) / (2 * step)
    return (g(x + step) - 2 * g(x) + g(x - step)) / step**2


def agrees(found: str, plain: Any, scale: Any) -> bool:
    return bool(abs(mp.mpf(found) - plain) <= abs(plain) * mp.mpf(10) ** -18 + scale)


def sample(f: Activation, params: Params, count: int, seed: int) -> list[float]:
    """Return points of every size, and some next to the kinks, that are no kinks."""
    source = random.Random(seed)
    kinks = [kink.at for kink in f.kinks(**f.bind(params))]
    points = [5e-324, -1e-310, 1e-300, -1e300, 1.7976931348623157e308]
    points += [math.nextafter(k, side) for k in kinks for side in (-math.inf, math.inf)]
    for _ in range(count):
        points += [
            source.gauss(0, 3),
            source.uniform(-760, 760),
            source.choice([-1, 1]) * 10 ** source.uniform(-320, 15),
        ]
    return [x for x in points if f.domain.low < x < f.domain.high and x not in kinks]


def held(f: Activation, params: Params, x: float) -> None:
    """Hold f, f′, f″ and every gradient at a point against finite differences in mpmath."""
    with mp.workdps(3000):  # 324 digits to x, 650 to the step, 1300 lost by its square
        numbers, point = exactly(f, params), mp.mpf(x)
        step = abs(point) * mp.mpf(10) ** -330
        for order in range(3):
            plain = difference(lambda u: by_mpmath(f, u, numbers), point, step, order)
            found = asking(Subject(f, params, order))(x, Digits(25))
            assert agrees(found, plain, mp.mpf(10) ** -600), (f.name, params, order, x)
        for name, value in numbers.items():

            def g(u: Any, name: str = name) -> Any:
                return by_mpmath(f, point, {**numbers, name: u})

            plain = difference(g, value, (abs(value) or 1) * mp.mpf(10) ** -330, 1)
            found = asking(Subject(f, params, wrt=name))(x, Digits(25))
            assert agrees(found, plain, mp.mpf(10) ** -300), (f.name, params, name, x)


@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda f: f.name)
def test_mpmath_agrees(f: Activation) -> None:
    for x in sample(f, {}, 1, seed=5):
        if abs(x) < 1e5:
            held(f, {}, x)


# ties, borders, kinks, limits


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_fractions_are_rounded_as_the_format_rounds(dtype: DType) -> None:
    source = np.random.default_rng(3)
    numbers = source.standard_normal(300) * 2.0 ** source.integers(-160, 130, 300)
    edge = dtype.largest + float(dtype.spacing(dtype.largest)) / 2
    special = [dtype.largest, 2.0**dtype.lowest * 0.9999, float(dtype.spacing(0.0)) / 2]
    special += [edge, np.nextafter(edge, 0.0)] if dtype is not FLOAT64 else []
    ask = asking(Subject(function("identity"), {}))
    for x in [*numbers.tolist(), *special]:
        for signed in (x, -x):
            expected = float(dtype.round(signed))
            got = ask(float(signed), rounded(dtype))
            assert got == expected or (math.isnan(got) and math.isnan(expected))


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (Fraction(1, 2**1075), 0.0),
        (Fraction(3, 2**1076), 5e-324),
        (Fraction(3, 2**1075), 1e-323),
        (Fraction(2**1024 - 2**970), math.inf),
        (Fraction(2**1024 - 2**970 - 1), FLOAT64.largest),
    ],
)
def test_ties_of_doubles(x: Fraction, expected: float) -> None:
    assert asking(Subject(function("identity"), {}))(x, rounded(FLOAT64)) == expected


def test_what_is_beside_a_tie_by_less_than_any_double_is_told() -> None:
    tie = 1 + 2.0**-24  # halfway between two numbers of float32
    elu, shrink, silu = (asking(Subject(function(n), p)) for n, p in
                         (("elu", {"alpha": tie}), ("tanh_shrink", {}), ("silu", {})))  # fmt: skip
    assert elu(-1e30, side_of(-tie)) == 1
    assert elu(-1e30, rounded(FLOAT32)) == -1.0
    assert shrink(2.0**24 + 2, side_of(2.0**24 + 1)) == 1
    assert shrink(2.0**24 + 2, rounded(FLOAT32)) == 2.0**24 + 2
    assert silu(3 * 2.0**-149, rounded(FLOAT32)) == 2.0**-148  # x/2 + x²/4
    assert silu(-3 * 2.0**-149, rounded(FLOAT32)) == -(2.0**-149)


def test_a_fraction_in_a_parameter_is_exact_at_ties() -> None:
    hard = asking(Subject(function("hard_sigmoid"), {}))  # x/6 + 1/2
    assert hard(3 / 8, side_of(0.5625)) == 0
    assert hard(0.375, rounded(FLOAT8_E4M3FN)) == 0.5625
    assert hard(3.0, rounded(FLOAT64)) == 1.0
    assert asking(Subject(function("hard_sigmoid"), {}, 1))(math.nextafter(3.0, 4.0), rounded(FLOAT64)) == 0


def test_kinks_follow_the_rule() -> None:
    def at(name: str, x: float, order: int, rule: KinkRule = KinkRule.MIN_NORM, **params: float) -> Any:
        return asking(Subject(function(name), params, order, kink=rule))(x, rounded(FLOAT64))

    assert [at("relu", 0.0, 1, rule) for rule in (KinkRule.LEFT, KinkRule.RIGHT)] == [0, 1]
    assert at("relu", 0.0, 1) == 0
    assert math.isnan(at("relu", 0.0, 1, KinkRule.NAN))
    assert at("elu", 0.0, 1, alpha=2.0) == 1
    assert at("softsign", 0.0, 2) == 0, "0 lies between −2 and 2"
    assert at("hard_shrink", 0.5, 0) == 0
    assert at("binary_step", 0.0, 0) == 1
    assert at("clipped_gelu", math.nextafter(0.0, 1.0), 1, min_val=0.0) > 0


def test_a_gradient_at_a_kink_is_the_one_on_the_right() -> None:
    def by(name: str, x: float, param: str, **params: float) -> Any:
        return asking(Subject(function(name), params, wrt=param))(x, rounded(FLOAT64))

    assert by("soft_shrink", 0.5, "lambd") == -1
    assert by("soft_shrink", -0.5, "lambd") == 0
    assert by("clipped_gelu", 0.0, "min_val", min_val=0.0) == 0
    assert by("hard_sigmoid", -3.0, "alpha") == -3


def test_limits() -> None:
    def at(name: str, x: float, order: int = 0, **params: float) -> Any:
        return asking(Subject(function(name), params, order))(x, rounded(FLOAT64))

    assert math.isnan(at("gelu", math.nan))
    assert at("gelu", -math.inf) == 0
    assert at("gelu", math.inf, 1) == 1
    assert math.isnan(at("atanh", 2.0))
    assert at("acosh", 1.0, 1) == math.inf
    assert [at("atanh", x) for x in (-1.0, 1.0)] == [-math.inf, math.inf]
    assert at("selu", -math.inf) == pytest.approx(-1.7580993408473766, rel=1e-16)
    assert at("isru", math.inf, alpha=4.0) == 0.5
    assert at("isru", -math.inf, alpha=3.0) == -0.5773502691896257  # −1/√3
    assert text("arctan", math.inf, count=30) == "1.57079632679489661923132169164"


def test_split_tells_what_is_beyond_a_double() -> None:
    head, rest, _ = asking(Subject(function("gelu"), {}))(-38.223926938789795, split)
    assert head == -2.155757e-318
    assert rest == pytest.approx(-0.3041416, rel=1e-5)
    ask = asking(Subject(function("identity"), {}))
    assert ask(Fraction(2) ** 1024 - Fraction(2) ** 969, split)[:2] == (FLOAT64.largest, 0.75)
    assert ask(Fraction(2) ** 1024, split)[:2] == (math.inf, 0.0)
    assert ask(Fraction(2) ** -1076, split)[:2] == (0.0, 0.25)
    assert [math.copysign(1.0, ask(sign * Fraction(2) ** -1076, split).head) for sign in (1, -1)] == [
        1.0,
        -1.0,
    ]
    least = asking(Subject(function("swish"), {"beta": 2.5}))(-5e-324, split)
    assert (least.head, math.copysign(1.0, least.head)) == (0.0, -1.0)


# vectors


def test_vectors_and_jacobians() -> None:
    components = ask_vector(vector("softmax"), [1.0, 2.0, 4.0], Digits(45), {})
    jacobian = ask_jacobian(vector("softmax"), [1.0, 2.0, 4.0], Digits(45), {})
    gradient = ask_vector_wrt(vector("softmax"), [1.0, 2.0, 4.0], "temperature", Digits(45), {})
    with mp.workdps(50):
        s = [mp.mpf(v) for v in components]
        mean = sum(a * v for a, v in zip(s, (1, 2, 4), strict=True))
        assert abs(sum(s) - 1) < mp.mpf(10) ** -39
        for i, j in product(range(3), range(3)):
            assert abs(mp.mpf(jacobian[i][j]) - s[i] * ((i == j) - s[j])) < mp.mpf(10) ** -38
        for a, v, found in zip(s, (1, 2, 4), gradient, strict=True):
            assert abs(mp.mpf(found) - a * (mean - v)) < mp.mpf(10) ** -38


@pytest.mark.parametrize(
    ("name", "x", "params"),
    [
        ("reglu", [1.0, 0.0], {}),
        ("crelu", [0.0, 1.0], {}),
        ("sparsemax", [1.0, 0.0], {}),
        ("sparsemax", [0.0, 1.0, 0.0], {}),
        ("entmax15", [2.0, 0.0, 0.5], {}),
        ("entmax15", [2.0, 0.0], {}),
        ("normalize", [0.0, 0.0], {}),
        ("normalize", [0.0, 1.0, -2.0], {"p": 1}),
        ("normalize", [0.0, 1.0, -2.0], {"p": 2.5}),
        ("normalize", [1.0, 0.0], {"eps": 1.0}),
    ],
)
def test_jacobians_at_kinks_are_those_of_the_kernels(name: str, x: list[float], params: Params) -> None:
    expected = evaluate_jacobian(vector(name), x, params)
    assert ask_jacobian(vector(name), x, rounded(FLOAT64), params) == expected.tolist()


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin", "gumbel_softmax"])
def test_one_class_alone_is_told(name: str) -> None:
    assert ask_jacobian(vector(name), [3.0], Digits(20), {}) == [["0.0"]]


# what is not told, and how long that takes

HOSTILE = (
    "x*tanh(exp(x))",
    "exp(-exp(x))",
    "sin(exp(x))",
    "erfc(exp(x))",
    "exp(x) - exp(x)",
    "tanh(exp(exp(x)))",
    "sin(1e300*x)",
)


@pytest.mark.parametrize("formula", HOSTILE)
def test_nothing_hangs(formula: str) -> None:
    f = replace(function("tanh"), definition=formula)
    start = time.process_time()
    for order, x in product(range(3), (0.0, 5e-324, 1e5, -1e5, 1e10, -1e308, 1.7976931348623157e308)):
        for question in (rounded(FLOAT64), rounded(BFLOAT16), Digits(30), split):
            with suppress(UnsettledError):
                asking(Subject(f, {}, order))(x, question)
    assert time.process_time() - start < 60


def test_compositions_beyond_all_exponents_are_told() -> None:
    f = replace(function("tanh"), definition="x*tanh(exp(x))")
    assert asking(Subject(f, {}, 1))(1e5, rounded(FLOAT64)) == 1
    assert asking(Subject(f, {}))(-1e5, rounded(FLOAT64)) == 0


def test_a_difference_that_is_0_is_a_tie() -> None:
    f = replace(function("tanh"), definition="log(exp(x)) > x ? 1 : 2")
    assert asking(Subject(f, {}))(0.5, rounded(FLOAT64)) == 2


def test_threads_do_not_disturb_each_other() -> None:
    def work(count: int) -> list[str]:
        ask = asking(Subject(function("gelu"), {}))
        return [ask(x / 7, Digits(count)) for x in range(1, 200)]

    counts, found = (20, 400, 60, 1500), {}
    threads = [threading.Thread(target=lambda n=n: found.update({n: work(n)})) for n in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {count: work(count) for count in counts}


def test_the_precision_of_the_process_is_left_as_it_was() -> None:
    from flint import ctx

    before = ctx.prec
    text("gelu", 0.3, count=300)
    assert ctx.prec == before


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "_modules", lambda: None)
    assert not questions.is_available()
    with pytest.raises(MissingExtraError, match=r"python-flint.*actcli\[exact\]"):
        asking(Subject(function("gelu"), {}))
    silu = function("silu")
    from actcli.core.evaluate import evaluate

    for dtype in (FLOAT16, FLOAT32):  # pairs decide
        assert np.isfinite(evaluate(silu, [3 * float(dtype.spacing(0.0))], dtype=dtype)).all()

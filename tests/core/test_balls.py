"""One principle: what is computed from numbers in balls contains what is computed from the numbers."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from flint import arb, ctx, fmpq
from mpmath import mp

from actcli.core import balls
from actcli.core.balls import Offset, UndecidedError, ball, over, plus, real, sign
from actcli.core.jets import Gradient, Jet, Namespace, lift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZERO, ONE = real(0), real(1)
DOMAINS: dict[str, tuple[float, float]] = {
    "log": (1e-9, 1e9),
    "log1p": (-0.99, 1e9),
    "sqrt": (1e-9, 1e9),
    "acosh": (1.0001, 1e9),
    "atanh": (-0.999, 0.999),
    "asin": (-0.999, 0.999),
    "acos": (-0.999, 0.999),
    "gamma": (1e-9, 1e3),
    "digamma": (1e-9, 1e3),
    "trigamma": (1e-9, 1e3),
}
SLOW = ("digamma", "trigamma", "gamma", "normal_cdf", "erf", "erfc")
"""mpmath takes its time for these."""
FUNCTIONS = [name for name in vars(Namespace) if name[0] != "_" and name not in ("constant", "pi")]


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    before, ctx.prec = ctx.prec, 120
    yield
    ctx.prec = before


def points(name: str, count: int) -> list[float]:
    """Return points of all sizes, many of them next to where a function saturates."""
    source, (low, high) = random.Random(name), DOMAINS.get(name, (-1e9, 1e9))
    found = [source.gauss(0, 3) for _ in range(count)]
    found += [source.choice([-1, 1]) * 10 ** source.uniform(-320, 5) for _ in range(count)]
    found += [s * t * (1 + source.uniform(-0.1, 0.1)) for t in (6.5, 21.0, 42.0, 2.0**30) for s in (-1, 1)]
    most = 700 if name in ("sinh", "cosh", "exp", "expm1") else 1e10
    return [x for x in found if low < x < high and abs(x) < most]


@lru_cache(maxsize=64)
def known(name: str, x: float) -> Any:
    """Return a function's value by mpmath to 750 digits."""
    with mp.workdps(750):
        return true(name, x)


def true(name: str, x: float) -> Any:
    """Return a function's value by mpmath, whose own erfc gives up far out."""
    if name == "erfc" and x > 1e4:
        return mp.gammainc(mp.mpf(1) / 2, mp.mpf(x) ** 2, regularized=True)
    if name in OTHERWISE:
        return OTHERWISE[name](mp.mpf(x))
    return getattr(mp, name)(mp.mpf(x))


OTHERWISE: dict[str, Any] = {
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "logistic": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x)),
    "normal_cdf": lambda x: true("erfc", -x / mp.sqrt(2)) / 2,
    "normal_pdf": mp.npdf,
    "trigamma": lambda x: mp.polygamma(1, x),
}


def contains(enclosure: Any, value: Any, error: Any = 0) -> bool:
    """Return whether a ball contains an mpf, which may be wrong by 1e-350 of itself, and by that error."""
    if isinstance(enclosure, Offset):  # what is beyond the whole number is far smaller than it
        whole = mp.mpf(int(enclosure.q.p)) / int(enclosure.q.q)
        return contains(enclosure.r, value - whole, mp.mpf("1e-350"))
    if not ball(enclosure).is_finite():
        return True
    middle, radius, place = ball(enclosure).mid_rad_10exp(400)
    size = mp.mpf(10) ** int(place)
    return bool(abs(int(middle) * size - value) <= int(radius) * size + abs(value) * mp.mpf("1e-350") + error)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_a_ball_contains_its_values_there(name: str) -> None:
    function, source = getattr(Namespace(), name), random.Random(1)
    low, high = DOMAINS.get(name, (-1e9, 1e9))
    for x in points(name, 2 if name in SLOW else 10):
        for width in (0.0, 2.0**-70, 2.0**-20, 0.3, 3.0):
            radius = abs(x) * width
            if not (low < x - radius and x + radius < high):
                continue
            found = function(Jet(arb(x, radius) if width else real(x))).a0
            for at in (x, x - radius * 0.9, x + radius * 0.9, x + radius * source.uniform(-0.9, 0.9)):
                with mp.workdps(750):
                    assert contains(found, known(name, at)), (x, radius, at)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_of_a_function_are_those_of_mpmath(name: str) -> None:
    for x in [v for v in points(name, 12) if 1e-3 < abs(v) < 600]:
        found = getattr(Namespace(), name)(Jet(real(x), ONE, ZERO))
        with mp.workdps(400):
            step = mp.mpf(10) ** -100
            low, at, high = (true(name, mp.mpf(x) + k * step) for k in (-1, 0, 1))
            slope, curvature = (high - low) / (2 * step), (high - 2 * at + low) / step**2
            for got, due in ((found.a1, slope), (2 * found.a2, curvature)):
                error = abs(mp.mpf(ball(got).mid().str(40, radius=False)) - due)
                assert error <= abs(due) * mp.mpf(10) ** -15 + mp.mpf(10) ** -90, (name, x)


def test_wide_balls_take_no_side() -> None:
    for function in (balls.tanh, balls.erf, balls.erfc):
        for x in (arb(30, 100), arb(-30, 100), arb(2.0**31, 2.0**33)):
            assert ball(function(x)).overlaps(ball(function(arb(0))))


def test_offsets_compute_like_the_fractions_in_them() -> None:
    source = random.Random(4)
    tiny = real(Fraction(3, 2**200))

    def some() -> tuple[Any, Fraction]:
        q = Fraction(source.randint(-9, 9), source.randint(1, 9))
        kind = source.randrange(3)
        if kind == 0 or not q:
            return real(q), q
        if kind == 1:
            return arb(real(q)), q
        return Offset(real(q), arb(tiny)), q + Fraction(3, 2**200)

    operations: list[tuple[Callable[[Any, Any], Any], Callable[[Fraction, Fraction], Fraction]]] = [
        (plus, lambda a, b: a + b),
        (lambda a, b: a - b, lambda a, b: a - b),
        (lambda a, b: a * b, lambda a, b: a * b),
        (over, lambda a, b: a / b),
    ]
    for _ in range(3000):
        (a, p), (b, q) = some(), some()
        ours, exact = source.choice(operations)
        if ours is over and not q:
            continue
        result, due = ours(a, b), exact(p, q)
        assert ball(result).contains(arb(real(due))) or ball(result).overlaps(arb(real(due)))


def test_signs_are_told_or_undecided() -> None:
    assert [sign(v) for v in (fmpq(-1, 3), ZERO, arb(2), arb(0))] == [-1, 0, 1, 0]
    assert sign(Offset(fmpq(-1), arb(1e-300))) == -1
    for undecided in (arb(0, 1e-300), arb(1, 2), arb("nan"), Offset(fmpq(1), arb(0, 2))):
        with pytest.raises(UndecidedError):
            sign(undecided)


def test_division_by_zero_is_told_from_division_by_what_may_be() -> None:
    for zero in (ZERO, arb(0)):
        with pytest.raises(ZeroDivisionError):
            over(ONE, zero)
    assert not ball(over(ONE, arb(0, 1))).is_finite()


def test_at_a_tie_what_moves_decides() -> None:
    assert Jet(ONE, ONE, ZERO) > 1
    assert Jet(ONE, real(-1), ZERO) < 1
    assert Jet(ONE) == 1
    assert Jet(ONE, ZERO, real(-1)) < 1
    assert abs(Jet(ZERO, real(-1), ZERO)).a1 == 1
    x, p = Gradient(ONE, ONE, ZERO), Gradient(ONE, ZERO, real(5))
    assert x > p, "the argument moves farther than a parameter"
    assert lift(x * p).a2 == 5
    assert lift(x * x).a2 == 0, "what the argument does to f is no part of the gradient"


@pytest.mark.parametrize("exponent", [0, 1, 2, 7, 64, 65, 1000])
def test_powers(exponent: int) -> None:
    power = Jet(real(1.5), ONE, ZERO) ** exponent
    with mp.workdps(300):
        x, n = mp.mpf(1.5), exponent
        due = (x**n, n * x ** (n - 1), n * (n - 1) / 2 * x ** (n - 2))
        for k, value in enumerate(due):
            assert contains(power.coefficient(k), mp.mpf(value))

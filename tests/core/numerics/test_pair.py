"""The operators of pairs, their buffers, and their rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.core.numerics import pair, scaled
from actcli.core.numerics.pair import HEAD, Pair

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.core

doubles = st.floats(-1e100, 1e100, allow_subnormal=False).filter(lambda v: abs(v) > 1e-100)
OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "−": lambda a, b: a - b,
    "×": lambda a, b: a * b,
    "÷": lambda a, b: a / b,
}


def exactly(p: Pair) -> Fraction:
    return Fraction(p.h.item()) + Fraction(p.l.item())


def close(found: Fraction, truth: Fraction, scale: Fraction) -> bool:
    return abs(found - truth) <= abs(scale) / 2**70


@pytest.mark.parametrize("name", OPERATIONS)
@given(a=doubles, b=doubles)
def test_an_operation_is_accurate_to_70_bits(name: str, a: float, b: float) -> None:
    operation = OPERATIONS[name]
    truth = operation(Fraction(a), Fraction(b))
    scale = max(abs(Fraction(a)), abs(Fraction(b))) if name in "+−" else truth
    x, y = (pair.split(np.array([v])) for v in (a, b))
    for left, right in ((x, y), (x, b), (a, y)):
        assert close(exactly(operation(left, right)), truth, scale)


@given(doubles)
def test_a_double_is_split_without_loss(x: float) -> None:
    p = pair.split(np.array([x]))
    assert exactly(p) == Fraction(x)
    assert abs(p.l.item()) <= abs(x) * 2.0**-25


def test_a_sum_that_cancels_keeps_what_is_left() -> None:
    x = pair.split(np.array([1.0])) + 2.0**-60
    assert (x - 1.0).value().item() == 2.0**-60


def test_odd_rounding_shows_which_side_of_a_tie_the_number_lies() -> None:
    above = Pair(np.array([1.0]), np.array([2.0**-80]))
    below = Pair(np.array([1.0]), np.array([-(2.0**-80)]))
    assert above.odd().item() == np.nextafter(1.0, 2.0)
    assert below.odd().item() == np.nextafter(1.0, 0.0)
    assert Pair(np.array([1.5]), np.array([0.0])).odd().item() == 1.5


def test_where_takes_bits_and_no_arithmetic_so_nan_does_no_harm() -> None:
    x = pair.split(np.array([1.0, 2.0]))
    bad = Pair(np.array([np.nan, np.inf]), np.array([np.nan, 0.0]))
    assert pair.where(np.array([True, True]), x, bad).value().tolist() == [1.0, 2.0]
    assert pair.where(np.array([True, False]), x, 0.5).value().tolist() == [1.0, 0.5]


def test_what_was_looked_at_before_changes_no_bit() -> None:
    x = pair.split(np.random.default_rng(2).normal(0, 3, 1000))
    makes: list[Callable[[], Pair]] = [
        lambda: x + 0.1,
        lambda: x * x,
        lambda: -(x * 3.3),
        lambda: (x - 1.7) * 0.5,
    ]
    for make in makes:
        fresh, looked = make(), make()
        assert (np.abs(looked.l) <= np.abs(looked.h) * 2.0**-25).all()
        for one, other in zip((fresh * x).terms(), (looked * x).terms(), strict=True):
            assert np.array_equal(one, other)
        assert np.array_equal(fresh.value(), looked.value())


@given(st.integers(-3000, 3000), st.integers(-3000, 3000))
def test_scaled_pairs_neither_overflow_nor_underflow(i: int, j: int) -> None:
    x, y = scaled.of(np.array([1.25])), scaled.of(np.array([3.0]))
    x.e += i
    y.e += j
    with np.errstate(all="ignore"):
        assert ((x * y) / y).value().item() == x.value().item()
        assert (x * x / x - x).value().item() == 0


@pytest.mark.parametrize("exponent", [-1000, -1022, -1023, -1040, -1073, -1074, -1075, -1080])
@pytest.mark.parametrize("rest", [-(2.0**-70), 0.0, 2.0**-70])
def test_a_scaled_pair_is_rounded_once_to_subnormal_doubles(exponent: int, rest: float) -> None:
    for h in (1.0, 1.25, 1.5, 1.75, 1 + 2.0**-25):
        x = scaled.of(Pair(np.array([h]), np.array([rest])))
        x.e += exponent
        truth = (Fraction(h) + Fraction(rest)) * Fraction(2) ** exponent
        assert x.value().item() == float(truth)


@given(a=doubles, b=st.floats(1 - 2.0**-20, 1 + 2.0**-20), c=doubles)
def test_what_a_sum_leaves_may_be_used_in_every_way(a: float, b: float, c: float) -> None:
    truth = Fraction(a) - Fraction(a * b)
    if not truth:
        return
    left = pair.split(np.array([a])) - pair.split(np.array([a * b]))  # exact, however little it is
    for name, operation in OPERATIONS.items():
        wanted = operation(truth, Fraction(c))
        if 2.0**-900 < abs(wanted) < 2.0**900:
            scale = max(abs(truth), abs(Fraction(c))) if name in "+−" else wanted
            assert close(exactly(operation(left, c)), wanted, scale), name
    assert left.value().item() == float(truth)
    assert close(exactly(abs(left)), abs(truth), truth)


def test_a_number_is_the_same_whether_its_head_was_cut_before_or_not() -> None:
    x = pair.split(np.linspace(1, 2, 1000))
    for made in (x + 0.1, x * x, -(x * 3.3), pair.where(x.h > 1.5, x * x, x), (x - 1.7) * 0.5):
        before = made.value()
        assert (np.abs(made.l) <= np.abs(made.h) * 2.0**-25).all()
        assert not (made.h.view(np.int64) & ~HEAD).any()
        assert made.value().tolist() == before.tolist()

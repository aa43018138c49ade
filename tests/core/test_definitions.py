"""Definitions to many digits: known numbers, and derivatives against mpmath's own differentiation."""

from __future__ import annotations

import math
import sys
from functools import partial
from itertools import product
from typing import Any

import pytest
from mpmath import mp

from actcli.core import definition as definitions
from actcli.core import registry
from actcli.core.definition import (
    decimal_digits,
    definition,
    definition_jacobian,
    definition_vector,
    definition_wrt,
)
from actcli.core.spec import Activation, KinkRule, VectorActivation
from actcli.errors import MissingExtraError


def function(name: str) -> Activation:
    found = registry.get(name)
    assert isinstance(found, Activation)
    return found


def digits(name: str, x: float | str, order: int = 0, n: int = 40) -> str:
    return decimal_digits(definition(function(name), x, order, digits=n), n)


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
def test_digits(name: str, x: float, order: int, expected: str) -> None:
    got = digits(name, x, order)
    assert got[: len(expected)] == expected


def test_a_string_means_its_digits_and_a_float_itself() -> None:
    assert digits("identity", "0.1", n=30) == "0.100000000000000000000000000000"
    assert digits("identity", 0.1, n=30) == "0.100000000000000005551115123126"


@pytest.mark.parametrize("x", [-700.0, -40.0, -1e-300, 5e-324, 1e-20, 36.0, 1e10])
@pytest.mark.parametrize(
    "name", ["tanh_shrink", "softplus", "gelu", "mish", "logcosh", "xielu", "squareplus"]
)
def test_tails_and_tiny_arguments_keep_their_digits(name: str, x: float) -> None:
    few, many = (definition(function(name), x, 0, digits=n) for n in (20, 60))
    assert many != 0
    assert abs(few - many) <= abs(many) * mp.mpf(10) ** -19


def exactly(f: Activation) -> dict[str, Any]:
    """Return the defaults of a function's parameters in full, as mpf."""
    full = {p.name: p.full(p.default) for p in f.params}
    return {name: mp.mpf(value.numerator) / value.denominator for name, value in full.items()}


@pytest.mark.parametrize("f", registry.elementwise(), ids=lambda f: f.name)
def test_derivatives_agree_with_finite_differences(f: Activation) -> None:
    with mp.workdps(60):
        g = partial(f.definition, mp, **exactly(f))
        for x in (-2.71, -0.63, 0.37, 1.13, 4.2):
            for order in (1, 2) if f.domain.low < x < f.domain.high else ():
                plain = mp.diff(g, mp.mpf(x), order)
                assert abs(definition(f, x, order, digits=25) - plain) < mp.mpf(10) ** -18


@pytest.mark.parametrize("f", [f for f in registry.elementwise() if f.params], ids=lambda f: f.name)
def test_parameter_gradients_agree_with_finite_differences(f: Activation) -> None:
    with mp.workdps(60):
        numbers = exactly(f)
        for x in (-2.71, -0.63, 0.37, 1.13):
            for name, value in numbers.items():
                g = partial(f.definition, mp, mp.mpf(x), **{k: v for k, v in numbers.items() if k != name})
                low, high = (g(**{name: value + step}) for step in (-(mp.mpf(10) ** -25), mp.mpf(10) ** -25))
                plain = (high - low) / (2 * mp.mpf(10) ** -25)
                assert abs(definition_wrt(f, x, name, digits=25) - plain) < mp.mpf(10) ** -15


def test_kinks_follow_the_rule() -> None:
    relu, elu = function("relu"), function("elu")
    assert [definition(relu, 0.0, 1, kink=rule) for rule in (KinkRule.LEFT, KinkRule.RIGHT)] == [0, 1]
    assert definition(relu, 0.0, 1) == 0
    assert math.isnan(definition(relu, 0.0, 1, kink=KinkRule.NAN))
    assert definition(elu, 0.0, 1, {"alpha": 2.0}) == 1
    assert definition(function("softsign"), 0.0, 2) == 0, "0 lies between −2 and 2"
    assert definition(function("hard_shrink"), 0.5) == 0
    assert definition(function("binary_step"), 0.0) == 1


def test_limits() -> None:
    assert math.isnan(definition(function("gelu"), math.nan))
    assert definition(function("gelu"), -math.inf) == 0
    assert definition(function("gelu"), math.inf, 1) == 1
    assert math.isnan(definition(function("atanh"), 2.0))
    assert definition(function("acosh"), 1.0, 1) == mp.inf
    assert (
        decimal_digits(definition(function("arctan"), math.inf, digits=30), 30)
        == "1.57079632679489661923132169164"
    )


def test_vectors_and_jacobians() -> None:
    softmax = registry.get("softmax")
    assert isinstance(softmax, VectorActivation)
    s = definition_vector(softmax, [1.0, 2.0, 4.0], digits=40)
    jacobian = definition_jacobian(softmax, [1.0, 2.0, 4.0], digits=40)
    with s[0].context.workdps(50):
        assert abs(sum(s) - 1) < mp.mpf(10) ** -39
        for i, j in product(range(3), range(3)):
            assert abs(jacobian[i][j] - s[i] * ((i == j) - s[j])) < mp.mpf(10) ** -38


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    definitions._context.cache_clear()
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(MissingExtraError, match=r"actcli\[exact\]"):
        definition(function("gelu"), 1.0)

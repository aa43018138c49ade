"""Kernels of vector functions against balls about the truth, and against the formulas that they override."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq

from actcli.core import registry
from actcli.core.dtypes import FLOAT32
from actcli.core.vector import blocks, rows
from actcli.errors import NoValueError
from tests.core.vector.cases import vector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array
    from actcli.core.spec import Params, VectorActivation

FUNCTIONS = [f for f in registry.vectors() if f.kernel or f.fast]
FAST = [f.name for f in FUNCTIONS if f.fast]


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    before, ctx.prec = ctx.prec, 1400  # e^(−700) beside 1, and 300 bits of it
    yield
    ctx.prec = before


def real(x: float) -> Any:
    return arb(fmpq(*x.as_integer_ratio()))


def truth(name: str, x: list[float], temperature: float = 1.0) -> list[Any]:
    """Return balls about the components of a function at its other defaults."""
    z = [real(v) for v in x]
    if name in ("softmax", "softmin", "log_softmax"):
        z = [(-v if name == "softmin" else v) / real(temperature) for v in z]
        e = [v.exp() for v in z]
        total = sum(e, arb(0))
        return [v - total.log() for v in z] if name == "log_softmax" else [v / total for v in e]
    if name == "standardize":
        mean = sum(z, arb(0)) / len(z)
        variance = sum(((v - mean) ** 2 for v in z), arb(0)) / len(z)
        return [(v - mean) / (variance + real(1e-5)).sqrt() for v in z]
    if name == "rms_norm":
        square = sum((v * v for v in z), arb(0)) / len(z)
        return [v / (square + real(1e-6)).sqrt() for v in z]
    if name == "normalize":
        norm = sum((v * v for v in z), arb(0)).sqrt()
        return [v / norm for v in z]
    gates = {
        "glu": lambda v: 1 / (1 + (-v).exp()),
        "swiglu": lambda v: v / (1 + (-v).exp()),
        "geglu": lambda v: v * (1 + (v / arb(2).sqrt()).erf()) / 2,
    }
    half = len(z) // 2
    return [a * gates[name](b) for a, b in zip(z[:half], z[half:], strict=True)]


def worst(got: Array, true: list[Any]) -> float:
    """Return the largest error in units of the last place of the truth."""
    errors = []
    for y, t in zip(got.tolist(), true, strict=True):
        unit = math.ulp(float(t.mid()))
        errors.append(abs(float(((real(y) - t) / real(unit)).mid())))
    return max(errors)


def kinds(n: int, random: np.random.Generator) -> dict[str, Array]:
    """Return rows of a length on which sums and differences lose digits."""
    normal = random.standard_normal(n)
    peak, spot = np.zeros(n), int(random.integers(n))
    peak[spot] = 1.0
    return {
        "normal": normal * 3,
        "wide": random.uniform(-700, 700, n),
        "equal": np.full(n, normal[0]),
        "nearly equal": 1.37 + normal * 1e-9,
        "far from 0": 1e6 + normal,
        "one of all": normal + 40 * peak,
        "one of most": normal + (1.5 + math.log(n)) * peak,
        "masked": np.where(random.random(n) < 0.4, -1e9, normal * 3),
        "whole": np.rint(normal * 3),
        "small": normal * 1e-5,
    }


CHECKED = ("softmax", "softmin", "log_softmax", "standardize", "normalize", "glu", "swiglu", "geglu")


@pytest.mark.parametrize("n", [2, 3, 10, 70, 1000])
@pytest.mark.parametrize("name", CHECKED)
def test_components_are_within_their_bounds(name: str, n: int) -> None:
    function, random = vector(name), np.random.default_rng(n)
    for _ in range(max(1, 20 // n)):
        for kind, x in kinds(n + n % 2 if "glu" in name else n, random).items():
            true = truth(name, x.tolist())
            assert worst(rows.value(function, x), true) <= 0.51, kind
            assert worst(rows.value(function, x, fast=True), true) <= 4, kind


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "standardize"])
def test_rows_of_five_thousand(name: str) -> None:
    x = np.random.default_rng(0).normal(0, 3, 5000)
    true = truth(name, x.tolist())
    assert worst(rows.value(vector(name), x), true) <= 0.51
    assert worst(rows.value(vector(name), x, fast=True), true) <= 4


@pytest.mark.parametrize("temperature", [0.01, 0.7, 0.5, 13.0])
@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
def test_temperatures(name: str, temperature: float) -> None:
    function, params = vector(name), {"temperature": temperature}
    for n in (3, 80):
        for kind, x in kinds(n, np.random.default_rng(n)).items():
            true = truth(name, x.tolist(), temperature)
            assert worst(rows.value(function, x, params), true) <= 0.51, kind
            assert worst(rows.value(function, x, params, fast=True), true) <= 4, kind


def table(n: int) -> Array:
    """Return rows of a length, ordinary ones among others that no kernel takes."""
    random = np.random.default_rng(n)
    x = random.normal(0, 3, (150_000 // n, n))
    strange = [1e300, -1e300, 5e-324, -745.0, 800.0, 0.0, -0.0, 1e-200, -1e9, np.nan, np.inf, -np.inf]
    for i, at in enumerate(range(0, len(x), 7)):
        x[at, random.integers(n)] = strange[i % len(strange)]
    return x


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
@pytest.mark.parametrize("n", [2, 10, 300])
def test_a_row_has_the_same_bits_alone_and_among_others(function: VectorActivation, n: int) -> None:
    x = table(n)
    for fast in (False, True):
        together = rows.value(function, x, strict=False, fast=fast)
        turned = rows.value(function, np.asfortranarray(x), strict=False, fast=fast)
        assert np.array_equal(together.view(np.int64), turned.view(np.int64))
        for i in range(0, len(x), len(x) // 40):
            alone = rows.value(function, x[i], strict=False, fast=fast)
            assert np.array_equal(alone, together[i], equal_nan=True), x[i]
            assert np.array_equal(np.signbit(alone), np.signbit(together[i])) or np.isnan(alone).any()


def by_formula(function: VectorActivation, x: Array, params: Params, *, narrow: bool = False) -> Array:
    bound = function.bind(params)
    return blocks.exactly(function.value, (x,), bound, function.precision, narrow=narrow)


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f.kernel], ids=lambda f: f.name)
@pytest.mark.parametrize("n", [4, 130])
def test_a_kernel_gives_what_the_formula_gives(function: VectorActivation, n: int) -> None:
    x = np.random.default_rng(n).normal(0, 3, (12_000 // n, n))
    names = {p.name for p in function.params}
    for params in ({}, {"temperature": 0.3} if "temperature" in names else {}):
        found, expected = rows.value(function, x, params), by_formula(function, x, params)
        differ = found != expected  # both are right to 0.51 ULP: next to a tie they may differ
        assert np.count_nonzero(differ) <= x.size / 1000
        assert np.all(np.abs(found - expected) <= np.spacing(np.abs(expected)))
        single = rows.value(function, x, params, dtype=FLOAT32)
        odd = by_formula(function, FLOAT32.round(x), params, narrow=True)
        assert np.array_equal(single, FLOAT32.array(odd))


@pytest.mark.parametrize("name", FAST)
def test_fast_takes_another_arithmetic(name: str) -> None:
    x = np.random.default_rng(1).normal(0, 3, (50, 40))
    exact, fast = rows.value(vector(name), x), rows.value(vector(name), x, fast=True)
    assert 0 < np.max(np.abs(exact - fast) / np.spacing(np.abs(exact))) <= 4.5


def test_what_vanishes_beside_the_largest() -> None:
    x = [[0.0, -np.inf, -1e9], [3.0, -np.inf, -np.inf], [0.0, -800.0, -1e300]]
    softmax, log_softmax = vector("softmax"), vector("log_softmax")
    for fast in (False, True):
        assert rows.value(softmax, x, fast=fast).tolist() == [[1, 0, 0]] * 3
        logs = rows.value(log_softmax, x, fast=fast)
        assert logs.tolist() == [[0, -np.inf, -1e9], [0, -np.inf, -np.inf], [0, -800, -1e300]]
    assert not np.signbit(rows.value(log_softmax, x[1])[0])


def test_the_row_without_a_value_is_named_by_its_place_in_the_table() -> None:
    x = np.zeros((1000, 3))
    x[700] = -np.inf
    with pytest.raises(NoValueError, match=r"\(row 701\)"):
        rows.value(vector("softmax"), x)
    found = rows.value(vector("softmax"), x, strict=False)
    assert np.isnan(found[700]).all()
    assert np.isfinite(np.delete(found, 700, 0)).all()

"""A number gives the same bits alone and among others, in small arrays and in large ones, in every layout."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.core import plan, registry
from actcli.core.dtypes import DTYPES
from actcli.core.evaluate import (
    evaluate,
    evaluate_jacobian,
    evaluate_orders,
    evaluate_vector,
    evaluate_vector_wrt,
    evaluate_vjp,
    evaluate_wrt,
)
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.fast import Fast
from actcli.core.spec import Activation, VectorActivation
from actcli.errors import UsageError
from tests.core.oracle import SPECIAL, bindings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array
    from actcli.core.spec import Params

pytestmark = pytest.mark.core

PARAMS = ((0.3, 1.7, 0.9), (-4.7, 1.3, -0.45), (1e-3, 2.0, 7.0), (-2.5, -2.5, 2.5))


def parameters(function: Activation | VectorActivation) -> list[Params]:
    """Return the defaults, and other parameters that the function takes."""
    return [{}, *bindings(function, PARAMS)]


def numbers(count: int, seed: int) -> Array:
    """Return numbers of all sizes, most of them where functions live, and special ones."""
    random = np.random.default_rng(seed)
    sign = random.choice([-1.0, 1.0], 2 * count)
    parts: list[Any] = [
        random.integers(0, 1 << 64, count, np.uint64).view(np.float64),
        random.normal(0, 3, count),
        random.uniform(-800, 800, count),
        sign[:count] * np.ldexp(random.uniform(0.5, 1, count), random.integers(-1074, 40, count)),
        sign[count:] * np.ldexp(random.uniform(0.5, 1, count), random.integers(-60, 12, count)),
        [*SPECIAL, np.inf, -np.inf, np.nan],
    ]
    return random.permutation(np.concatenate(parts))


def same(a: Array, b: Array) -> bool:
    """Return whether two arrays have the same bits; NaN has many, which mean nothing."""
    return bool(np.all((a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b))))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Have a call take arrays as it takes those of a million numbers."""

    def run(*arguments: Any, **options: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(plan, "TRIED_FROM", 0)
            return evaluate(*arguments, **options)

    plan.plan_of.cache_clear()
    yield run
    plan.plan_of.cache_clear()


@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
def test_elementwise(function: Activation, fast: bool, large: Any) -> None:
    for seed, params in enumerate(parameters(function)):
        kinks = [k.at for k in function.kinks(**function.bind(params))]
        x = np.concatenate([numbers(500, seed), kinks, np.nextafter(kinks, 9e9), np.nextafter(kinks, -9e9)])
        for order in range(3):
            plan.plan_of.cache_clear()
            y = evaluate(function, x, order, params, fast=fast)
            some = np.random.default_rng(order).integers(0, x.size, 12)
            for i in (*some, *range(x.size - 3 * len(kinks), x.size)):
                assert same(evaluate(function, x[i : i + 1], order, params, fast=fast), y[i : i + 1]), x[i]
            assert same(evaluate(function, x[::-3], order, params, fast=fast), y[::-3])
            assert same(large(function, x, order, params, fast=fast), y)


@pytest.mark.parametrize(("name", "alpha"), [("silu", None), ("celu", 0.8), ("elu", 0.8)])
def test_fast_at_the_ends_of_the_line(name: str, alpha: float | None, large: Any) -> None:
    """Products by a parameter and its inverse are exact for numbers of few digits, not for all of 53 bits."""
    params = {} if alpha is None else {"alpha": alpha}
    function = registry.get(name)
    assert isinstance(function, Activation)
    random = np.random.default_rng(12)
    subnormal = -np.arange(1, 200) * 5e-324  # x·σ(x) is x/2 and a little less: its ties are none
    sizes = np.ldexp(random.uniform(0.5, 1, 2000), random.integers(-1074, -300, 2000))
    huge = np.ldexp(random.uniform(0.5, 1, 500), random.integers(310, 1024, 500))
    x = np.concatenate([subnormal, sizes, -sizes, huge, -huge])
    for order in range(2):
        plan.plan_of.cache_clear()
        y = evaluate(function, x, order, params, fast=True)
        for part in (subnormal, sizes, -sizes, huge, -huge):
            few = evaluate(function, part, order, params, fast=True)
            assert same(large(function, part, order, params, fast=True), few)
        assert same(large(function, x, order, params, fast=True), y)


def test_what_pairs_have_beyond_a_subnormal_tie_decides_it() -> None:
    odd = np.array([3, 7, 11, 15, 19, 23, 27, 99]) * 5e-324
    silu = registry.get("silu")
    assert isinstance(silu, Activation)
    half = np.array([1, 3, 5, 7, 9, 11, 13, 49]) * 5e-324
    assert evaluate(silu, -odd).tolist() == (-half).tolist()  # a little nearer to 0 than −x/2
    assert evaluate(silu, odd).tolist() == (half + 5e-324).tolist()


@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
def test_orders_together_and_gradients_by_parameters(function: Activation) -> None:
    for seed, params in enumerate(parameters(function)[:3]):
        x = numbers(300, 10 + seed)
        together = evaluate_orders(function, x, (0, 1, 2), params)
        for order, y in enumerate(together):
            assert same(evaluate(function, x, order, params), y)
        for param in function.params:
            y = evaluate_wrt(function, x, param.name, params)
            for i in np.random.default_rng(seed).integers(0, x.size, 12):
                assert same(evaluate_wrt(function, x[i : i + 1], param.name, params), y[i : i + 1]), x[i]


@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
def test_narrow_formats(function: Activation, large: Any) -> None:
    for dtype in DTYPES[1:]:
        x = dtype.array(numbers(200, 5))
        for order in range(3):
            plan.plan_of.cache_clear()
            y = evaluate(function, x, order, dtype=dtype)
            expected = np.asarray(y, np.float64)
            assert same(np.asarray(large(function, x, order, dtype=dtype), np.float64), expected)
            for i in np.random.default_rng(order).integers(0, x.size, 4):
                one = evaluate(function, x[i : i + 1], order, dtype=dtype)
                assert same(np.asarray(one, np.float64), expected[i : i + 1]), x[i]


# The numbers of a random function belong to their place in the table.
@pytest.mark.parametrize("function", [f for f in registry.vectors() if not f.random], ids=lambda f: f.name)
@pytest.mark.parametrize("length", [2, 6, 34])
def test_vectors(function: VectorActivation, length: int) -> None:
    for params in parameters(function)[:3]:
        try:
            width = function.width(length, **function.bind(params))
        except UsageError:
            continue
        x = numbers(length * 8, 7)[: length * 24].reshape(-1, length)
        near = np.clip(x, -3, 3)
        x = np.concatenate([x, near, np.round(near, 1), np.zeros((1, length))])
        v = np.random.default_rng(8).normal(0, 1, (len(x), width))

        def results(x: Array, v: Array, params: Params = params) -> Iterator[Array]:
            yield evaluate_vector(function, x, params, strict=False)
            yield evaluate_jacobian(function, x, params, strict=False)
            yield evaluate_vjp(function, x, v, params, strict=False)
            for param in function.wrt:
                yield evaluate_vector_wrt(function, x, param, params, strict=False)

        together = list(results(x, v))
        for i in range(0, len(x), 7):
            for one, all_ in zip(results(x[i : i + 1], v[i : i + 1]), together, strict=True):
                assert same(one[0], all_[i]), x[i]
        turned = list(results(np.asfortranarray(x), np.asfortranarray(v)))
        assert all(same(a, b) for a, b in zip(turned, together, strict=True))


NAMES = (
    "exp expm1 log log1p sin cos sinh cosh tanh arctan arcsinh arccosh arctanh erf tanh_rest logistic "
    "softplus normal sqrt"
)


def bits(result: Any) -> list[Array]:
    """Return the doubles that a number of an arithmetic is made of."""
    if isinstance(result, tuple):
        return [part for number in result for part in bits(number)]
    if hasattr(result, "p"):
        return [*result.p.terms(), result.e.astype(np.float64)]
    return list(result.terms()) if hasattr(result, "terms") else [result]


@pytest.mark.parametrize("m", [Exact(), Deep(), Fast()], ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("name", NAMES.split())
def test_primitives(m: Any, name: str) -> None:
    """Far more than a rounded result shows: every bit of the parts."""
    x = numbers(400, 11)
    x = np.abs(x[np.isfinite(x)]) if name in ("log", "sqrt", "arccosh") else x[np.isfinite(x)]
    if isinstance(m, Fast):
        x = x[np.abs(x) < 10]  # its tables end

    def run(x: Array) -> list[Array]:
        with np.errstate(all="ignore"):
            a = m.argument(x)
            return [*bits(getattr(m, name)(a)), *bits(getattr(m, name)(a * m.constant("1.7021")))]

    together = run(x)
    for i in range(0, x.size, 25):
        for one, all_ in zip(run(x[i : i + 1]), together, strict=True):
            assert same(one, np.broadcast_to(all_, x.shape)[i : i + 1]), x[i]


def test_threads_do_not_disturb_one_another() -> None:
    function = registry.get("mish")
    assert isinstance(function, Activation)
    x = np.random.default_rng(9).normal(0, 3, 150_000)
    expected = [evaluate(function, x, order) for order in range(3)]
    found: list[bool] = []

    def work(order: int) -> None:
        found.extend(same(evaluate(function, x, order), expected[order]) for _ in range(5))

    threads = [threading.Thread(target=work, args=(order,)) for order in (0, 1, 2, 0, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 30

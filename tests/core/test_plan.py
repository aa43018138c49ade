"""Large arrays, for which programs are recorded, give what small ones give."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.blocks import NARROW, alone
from actcli.core.evaluate import evaluate, evaluate_orders
from actcli.core.plan import TRIED_FROM, Plan, plan_of, write
from actcli.core.spec import Activation, KinkRule
from tests.core.oracle import SPECIAL

if TYPE_CHECKING:
    from actcli.core.arrays import Array


ELEMENTWISE = registry.elementwise()


def plan(function: Activation, order: int, *, fast: bool) -> Plan:
    return plan_of(function, order, tuple(function.bind({}).items()), KinkRule.MIN_NORM, fast)


def blocks(function: Activation, reach: float) -> list[Array]:
    """Return a block of ordinary numbers, one that reaches to the ends and holds kinks, and a special one."""
    random = np.random.default_rng(3)
    ordinary = random.normal(0, 3, NARROW)
    wide = random.uniform(-reach, reach, NARROW)
    kinks = [k.at for k in function.kinks(**function.bind({}))]
    points = np.array([-reach, reach, *kinks, *SPECIAL])
    wide[: points.size] = points
    return [ordinary, wide, np.where(random.random(NARROW) < 0.01, np.inf, ordinary)]


@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.name)
def test_a_block_of_many_gets_what_one_alone_gets(function: Activation, order: int, fast: bool) -> None:
    how = plan(function, order, fast=fast)
    for x in blocks(function, how.reach or 1e4):
        expected, got = np.empty(NARROW), np.empty(NARROW)
        with np.errstate(all="ignore"):
            write([how], x, [expected], many=False)
            write([how], x, [got], many=True)
            write([how], x, [got], many=True)  # by the program of the first time
        same = expected.view(np.int64) == got.view(np.int64)
        assert np.all(same | np.isnan(expected) & np.isnan(got))


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.name)
def test_orders_together_are_what_they_are_apart(function: Activation) -> None:
    generator = np.random.default_rng(5)
    x = np.concatenate([generator.normal(0, 3, 3 * NARROW - 99), SPECIAL])
    few, orders = x[-2000:], (0, 1, 2)
    expected = [evaluate(function, x, k) for k in orders]
    for got, values in zip(evaluate_orders(function, few, orders), expected, strict=True):
        assert np.array_equal(got.view(np.int64), values[-2000:].view(np.int64))
    for k in orders:
        plan(function, k, fast=False).done[0] = TRIED_FROM
    with alone():
        for got, values in zip(evaluate_orders(function, x, orders), expected, strict=True):
            assert np.array_equal(got.view(np.int64), values.view(np.int64))


def test_many_small_arrays_come_to_be_as_fast_as_a_large_one() -> None:
    function = registry.get("sigmoid")
    assert isinstance(function, Activation)
    how = plan(function, 0, fast=False)
    how.done[0] = 0
    assert not how.is_tried(TRIED_FROM - 1)
    assert how.is_tried(1)


def test_nothing_holds_on_to_an_array_or_its_result() -> None:
    function = registry.get("silu")
    assert isinstance(function, Activation)
    for order in (0, 1):
        for fast in (False, True):
            x = np.random.default_rng(6).normal(0, 3, TRIED_FROM)
            y = np.empty_like(x)
            evaluate(function, x, order, fast=fast, out=y)
            evaluate(function, x, order, fast=fast, out=y)
            seen = weakref.ref(x), weakref.ref(y)
            del x, y
            gc.collect()
            assert [ref() for ref in seen] == [None, None]


def test_an_output_may_be_the_argument_of_a_large_array() -> None:
    x = np.random.default_rng(4).normal(0, 3, TRIED_FROM + 5)
    x[::1000] = 3.0
    for name in ("hard_swish", "gelu", "soft_shrink"):
        function = registry.get(name)
        assert isinstance(function, Activation)
        for order in (0, 1):
            for fast in (False, True):
                expected = evaluate(function, x, order, fast=fast)
                y = x.copy()
                evaluate(function, y, order, fast=fast, out=y)
                assert np.array_equal(expected, y)

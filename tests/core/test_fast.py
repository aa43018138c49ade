"""Plain arithmetic stays within four ULP everywhere: a dense scan, against the exact engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.evaluate import evaluate
from tests.core.oracle import errors
from tests.core.scan import scan

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.spec import Activation

MOST = 4.0
"""The bound of f and f′ with `fast`, in ULP of the true value."""
ORDERS = ("value", "slope")


def by_name(function: Activation) -> str:
    return function.name


def distance(function: Activation, order: int, x: Array) -> Array:
    """Return how far apart `fast` and the exact engine are at each point, in ULP of the latter."""
    got, exact = (evaluate(function, x, order, fast=fast) for fast in (True, False))
    same = (got == exact) | (np.isnan(got) & np.isnan(exact))
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(got - exact) / np.spacing(np.abs(exact))
    return np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))


def check(function: Activation, order: int, count: int, seed: int) -> None:
    """Hold `fast` to its bound; where it comes near, the definition decides."""
    x = scan(function, order, count, seed)
    apart = distance(function, order, x)
    near = np.argsort(-apart)[:100]
    near = near[apart[near] >= MOST - 0.5]
    sure = errors(function, order, x[near], {}, fast=True) if near.size else np.zeros(1)
    if sure.max() > MOST:
        at = x[near[sure.argmax()]].item()
        pytest.fail(
            f"fast {function.name}, order {order}: {sure.max():.3f} ULP at x = {at!r}; "
            "the argument of an exponential may need m.wide(x), or list the order in `delicate`",
            pytrace=False,
        )


@pytest.mark.parametrize("order", [0, 1], ids=ORDERS)
@pytest.mark.parametrize("function", registry.elementwise(), ids=by_name)
def test_fast_keeps_its_bound_in_a_scan(function: Activation, order: int) -> None:
    check(function, order, 8_000, seed=order)


@pytest.mark.exhaustive
@pytest.mark.parametrize("order", [0, 1], ids=ORDERS)
@pytest.mark.parametrize("function", registry.elementwise(), ids=by_name)
def test_fast_keeps_its_bound_in_a_dense_scan(function: Activation, order: int) -> None:
    for seed in range(10):
        check(function, order, 1_000_000, seed=100 + seed)

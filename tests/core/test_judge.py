"""The judge of narrow formats, judged by mpmath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpmath import mp

from actcli.core import registry
from actcli.core.dtypes import FLOAT32
from tests.core.enclosures import Spans
from tests.core.judge import bracket
from tests.core.oracle import rounded
from tests.core.spans import EXTENDED, Long, Span

if TYPE_CHECKING:
    from actcli.core.spec import Activation

pytestmark = pytest.mark.skipif(not EXTENDED, reason="needs long doubles of 64 bits")


OTHERS = ("mpf", "pi", "prec")
"""What the namespace has beside functions."""


def check(function: Activation, order: int, count: int, seed: int) -> int:
    """Hold what is settled of some arguments against mpmath, and return how many that were."""
    random = np.random.default_rng(seed)
    sizes = 2.0 ** np.concatenate([random.uniform(-149, 128, count), random.uniform(-12, 8, count)])
    x = FLOAT32.round(sizes * random.choice([-1, 1], sizes.size))
    low, high = bracket(function, order, x, FLOAT32)
    settled = np.flatnonzero(low == high)
    for i in settled:
        true = rounded(function, order, float(x[i]), FLOAT32)
        assert true == low[i] or np.isnan(true), float(x[i]).hex()
    return settled.size


@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
def test_what_is_settled_is_right(function: Activation) -> None:
    settled = sum(check(function, order, 2, seed=order) for order in range(3))
    assert settled > 0 or function.domain.low > 0


@pytest.mark.exhaustive
@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
def test_what_is_settled_is_right_at_many_arguments(function: Activation) -> None:
    for order in range(3):
        check(function, order, 150, seed=order + 10)


@pytest.mark.parametrize(
    "name",
    [name for name in dir(Spans) if name[0] != "_" and callable(getattr(Spans, name)) and name != "mpf"],
)
def test_functions_of_spans_hold_the_true_value(name: str) -> None:
    random = np.random.default_rng(3)
    x = random.uniform(-3, 3, 40).astype(Long) + Long(2) ** -60
    if name in ("log", "sqrt", "acosh"):
        x = 1 + abs(x)
    if name in ("atanh", "log1p"):
        x = x / 4
    got = getattr(Spans(), name)(Span(x, x))
    with mp.workdps(40):
        for low, high, at in zip(got.low, got.high, x, strict=True):
            true = getattr(mp, name)(_exactly(at))
            assert _exactly(low) <= true <= _exactly(high)
            assert _exactly(high) - _exactly(low) <= 2.0**-44


def _exactly(number: np.longdouble) -> Any:
    head = float(number)
    return mp.mpf(head) + mp.mpf(float(number - Long(head)))

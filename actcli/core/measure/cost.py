"""How long a function takes, measured beside relu."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from actcli.core import registry
from actcli.core.evaluate import evaluate
from actcli.core.spec import Activation

if TYPE_CHECKING:
    from actcli.core.spec import Params

_SIZE = 1 << 17
_FEW = 1 << 8, 1 << 12
_ROUNDS = 5
_SPENT = 0.05
"""Seconds that the rounds take at least: a few of a quick function may all be disturbed."""
_TRIES = 2
_SLOW = 0.01
"""Seconds for a few inputs beyond which they are all that is timed: all rounds would take two, or more."""


def relative_cost(function: Activation, params: Params | None = None) -> float:
    """Return the time for a value of the function as a multiple of relu's, on standard normal float64 inputs.

    The best of a few rounds in which the two take turns, so that what else the machine does hits both.
    """
    relu = registry.get("relu")
    assert isinstance(relu, Activation)
    x = np.random.default_rng(0).standard_normal(_SIZE)
    evaluate(function, x[-1:], 0, params)  # what is found out once
    for size in _FEW:
        if (few := min(_seconds(function, x[:size], params) for _ in range(_TRIES))) > _SLOW:
            return few * (_SIZE // size) / min(_seconds(relu, x, None) for _ in range(_ROUNDS))
    own: list[float] = []
    other: list[float] = []
    while len(own) < _ROUNDS or sum(own) < _SPENT:
        own.append(_seconds(function, x, params))
        other += [_seconds(relu, x, None) for _ in range(_ROUNDS)]
    return min(own) / min(other)


def _seconds(
    function: Activation, x: np.ndarray[tuple[int], np.dtype[np.float64]], params: Params | None
) -> float:
    start = time.perf_counter()
    evaluate(function, x, 0, params)
    return time.perf_counter() - start

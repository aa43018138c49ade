"""Whether results in a narrow format are the true values rounded once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.definition import asking
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.questions import rounded
from actcli.core.spec import Subject
from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Activation, Params


def misrounded(
    function: Activation,
    order: int,
    x: Array,
    dtype: DType,
    params: Params | None = None,
    wrt: str | None = None,
) -> Array:
    """Return the arguments, numbers of the format, with wrong results of f, f′, f″ or ∂f/∂wrt.

    The sign of a zero is not judged here, nor are limits of gradients in a parameter.
    """
    x = np.unique(x)
    if wrt:
        x = x[np.isfinite(x)]
        found = evaluate_wrt(function, x, wrt, params, dtype=dtype)
    else:
        found = evaluate(function, x, order, params, dtype=dtype)
    got = np.asarray(found, np.float64)
    ask, question = asking(Subject(function, params or {}, order, wrt)), rounded(dtype)
    expected = np.array([_told(ask, v, question, dtype) for v in x.tolist()])
    expected = np.where(np.isinf(expected) & (not dtype.infinite), got, expected)
    wrong: Array = x[(got != expected) & ~(np.isnan(got) & np.isnan(expected))]
    return wrong


def _told(ask: Callable[..., float], x: float, question: Any, dtype: DType) -> float:
    """Return the answer; infinity if no precision tells on which side of 0 it is, where that decides it."""
    try:
        return ask(x, question)
    except UnsettledError:
        if dtype.signed:
            raise
        return math.inf

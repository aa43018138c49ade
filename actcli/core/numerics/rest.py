"""What pairs leave open: results by the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject

KEPT = 1 << 16
"""Answers of the definition that are remembered: data repeat, and so do their roots and kinks."""

Answers = dict[tuple[int, "DType"], float | None]
"""What the definition was asked: its results by the bits of x and the format; None where it does not tell."""

MANY = 8
"""Zeros after which it is asked whether there is anything else."""


def settle(
    subject: Subject | None,
    asked: Answers,
    dtype: DType,
    x: Array,
    y: Array,
    index: NDArray[np.intp],
    otherwise: Callable[[float], float] | None = None,
) -> bool:
    """Write the definition's results to places of y, rounded once to the format; return whether it told all.

    It tells nothing where python-flint is not installed. What it cannot tell is what `otherwise` makes of the
    point alone, whatever else is in the array; without that it stays as it is.
    """
    if subject is None:
        return False
    from actcli.core.questions import is_available

    if not is_available():
        return False
    from actcli.core.definition import asking, is_zero
    from actcli.core.questions import rounded

    points, back = np.unique(x[index].view(np.int64), return_inverse=True)
    back = back.reshape(-1)
    has_value = np.zeros(points.shape, np.bool_)
    has_value[back] = np.isfinite(y[index])
    ask, results = None, np.full(points.shape, np.nan)
    known, told, zeros, vanishes = np.ones(points.shape, np.bool_), True, 0, False
    for i, (bits, point) in enumerate(zip(points.tolist(), points.view(np.float64).tolist(), strict=True)):
        if (key := (bits, dtype)) not in asked:
            if len(asked) >= KEPT:
                asked.clear()
            if vanishes and has_value[i]:
                results[i] = 0.0
                continue
            if ask is None:  # the answers to all may be known
                ask, question = asking(subject), rounded(dtype)
            try:
                asked[key] = ask(point, question)
            except (UnsettledError, ZeroDivisionError):
                asked[key] = None
        if (answer := asked[key]) is None:
            known[i] = otherwise is not None
            results[i] = otherwise(point) if otherwise else np.nan
            told = False
            continue
        results[i] = answer
        zeros += results[i] == 0
        vanishes = vanishes or (zeros == MANY and is_zero(subject))
    y[index] = np.where(known[back], results[back], y[index])
    return told

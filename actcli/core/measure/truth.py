"""The true values that a kernel is held against, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.definition import definition, definition_wrt
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.measure.ulp import error_in_ulp
from actcli.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Activation, Params


EXACT = 20_000
"""How many float64 results are settled by the definition, the worst first, unless a limit takes more."""

_DIGITS = 22  # of a definition: float64 has 16, and the error is told to 1e-5 ULP
_CLEAR = 64.0  # an error so large is told well enough by the kernel: the doubt is a small part of it
_FAR = 100  # but the worst of them are settled too


class Subject(NamedTuple):
    """What is verified: a function's value, a derivative of it, or its gradient in a parameter."""

    function: Activation
    params: Params
    order: int = 0
    wrt: str | None = None

    @property
    def name(self) -> str:
        """The subject in a few words."""
        if self.wrt:
            return f"∂{self.function.name}/∂{self.wrt}"
        return self.function.name + ("", "′", "″")[self.order]

    @property
    def doubt(self) -> float:
        """How wrong the project's own float64 kernel may be, in ULP."""
        stated = self.function.bounds
        usual = (stated.value, stated.slope, stated.curvature)[self.order]
        unusual = (2.0, 2.0, 4.0)[self.order]
        defaults = self.function.bind({})
        same = all(defaults[name] == value for name, value in self.params.items())
        return usual if same and not self.wrt else max(usual, unusual)


@dataclass(frozen=True, slots=True)
class Truth:
    """True values: value + rest, wrong by at most `doubt` units in the last place of the format.

    Attributes:
        value: the true values in float64.
        rest: what they have beyond it.
        expected: the true values rounded to the format.
        doubt: how wrong the true values may be, each, in ULP of the format.
    """

    value: Array
    rest: Array
    expected: Array
    doubt: Array


def truth(subject: Subject, x: Array, got: Array, dtype: DType, limit: float | None = None) -> Truth:
    """Return what the results `got` at x ought to be.

    For float32 and narrower the float64 kernel is sure to some 1e-8 ULP. For float64 results are settled by
    the definition, evaluated to more digits: the worst `EXACT` of them, and all that might break the limit
    (in ULP) for all that the kernel knows. The rest keep the kernel's doubt; all do if mpmath is missing.
    """
    value = _kernel(subject, x, None)
    if dtype.precision < 53:
        doubt = np.full(x.shape, subject.doubt * 2.0 ** (dtype.precision - 53))
        return Truth(value, np.zeros_like(x), _kernel(subject, x, dtype), doubt)
    rest, doubt = np.zeros_like(x), np.where(np.isfinite(x) & np.isfinite(value), subject.doubt, 0.0)
    coarse = error_in_ulp(got, value)
    order = np.argsort(-coarse, kind="stable")
    order = order[doubt[order] > 0]
    far, near = order[coarse[order] > _CLEAR], order[coarse[order] <= _CLEAR]
    open_ = 0 if limit is None else int((coarse[near] + subject.doubt > limit).sum())
    try:
        for i in np.concatenate([far[:_FAR], near[: max(EXACT, open_)]]).tolist():
            value[i], rest[i], doubt[i] = _settle(subject, float(x[i]), float(value[i]))
    except MissingExtraError:
        pass
    return Truth(value, rest, value, doubt)


def _kernel(subject: Subject, x: Array, dtype: DType | None) -> Array:
    function, params, order, wrt = subject
    if wrt is None:
        return np.asarray(evaluate(function, x, order, params, dtype=dtype), np.float64)
    return np.asarray(evaluate_wrt(function, x, wrt, params, dtype=dtype), np.float64)


def _settle(subject: Subject, x: float, value: float) -> tuple[float, float, float]:
    """Return the true value as a float64 and what is beyond it, and the doubt that remains."""
    function, params, order, wrt = subject
    exact: Callable[[], Any] = (
        (lambda: definition(function, x, order, params, _DIGITS))
        if wrt is None
        else (lambda: definition_wrt(function, x, wrt, params, _DIGITS))
    )
    try:
        true = exact()
    except (ArithmeticError, ValueError):  # beyond what mpmath can do at an argument so large
        return value, 0.0, subject.doubt
    head = float(true)
    if not np.isfinite(head):
        return head, 0.0, 0.0
    return head, float(true - head), 1e-5

"""How the elements of an array are evaluated: the formula, and the points that no formula reaches."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.calm import Calm, calm, formulas, hold
from actcli.core.numerics.engine import EXTREME, Known, Task, compute, limit_at, signed_zero, value_at
from actcli.core.numerics.rest import settle
from actcli.core.spec import REALS, Activation, Break, KinkRule, Side, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Formula, Interval, Kink


@dataclass(frozen=True)
class Plan:
    """How the elements of an array are evaluated.

    Attributes:
        domain: the arguments that have a result.
        task: the formula.
        limits: what the formula tends to at −∞ and +∞.
        kinks: the points where it is not its own value that counts.
        at_kink: the value there.
        exact: whether the results are doubles as they are, so that a narrower format rounds them once.
        done: how many elements were evaluated so far.
    """

    domain: Interval
    task: Task
    limits: Callable[[], tuple[float, float]]
    kinks: tuple[Kink, ...] = ()
    at_kink: Callable[[Kink], float] = lambda _kink: math.nan
    exact: bool = False
    done: list[int] = field(default_factory=lambda: [0])

    def is_tried(self, more: int, total: int = 0) -> bool:
        """Return whether it pays, with so many elements more or of a total, to know which need no care."""
        self.done[0] += more
        return max(self.done[0], total) >= TRIED_FROM and self.calm is not None

    @functools.cached_property
    def calm(self) -> Calm | None:
        """The arguments that need no care."""
        points = tuple(kink.at for kink in self.kinks)
        tried = self.domain == REALS and not self.task.extreme
        return calm(self.task, self.careful, points) if tried else None

    @functools.cached_property
    def fast(self) -> Plan:
        """The same in plain doubles."""
        return replace(self, task=replace(self.task, fast=True))

    def careful(self, x: Array, y: Array, dtype: DType | None = None, known: Known | None = None) -> None:
        """Write the results for any doubles, special points and all, ready to be rounded to the dtype."""
        least, most = x.min(initial=0.0), x.max(initial=0.0)
        outside = None
        inside = x
        if not (-np.inf < least and most < np.inf) or self.domain != REALS:
            outside = ~np.isfinite(x) | ~_contains(self.domain, x)
            inside = np.where(outside, _harmless(self.domain), x)
        task = replace(self.task, narrow=True) if dtype else self.task
        zeros = compute(task, inside, y, known)
        if zeros and (zero := (x == 0) & (y == 0)).any():
            left = np.signbit(x)
            for side, point in ((zero & ~left, 0.0), (zero & left, -5e-324)):
                if side.any():
                    y[side] = signed_zero(task, point)
        for kink in self.kinks:
            at = x == kink.at
            if at.any():
                y[at] = self.at_kink(kink) + 0.0  # a subgradient of 0 has no sign
        if dtype:
            settle(task, dtype, inside, y)
        if outside is not None:
            y[outside] = np.nan
            for end, limit in zip((-np.inf, np.inf), self.limits(), strict=True):
                y[x == end] = limit

    def narrow(self, x: Array, y: Array, dtype: DType, *, many: bool) -> None:
        """Write doubles to y that rounded to the dtype are the results, rounded once.

        Plain doubles settle all but what lies so close to the middle between two numbers of the format that
        a few ULP decide.
        """
        write([self.fast], x, [y], many=many)
        if self.exact:
            return
        doubtful = dtype.close(y, MARGIN)
        if doubtful.any():
            few = np.empty(np.count_nonzero(doubtful))
            self.careful(x[doubtful], few, dtype)
            y[doubtful] = few


def write(plans: Sequence[Plan], x: Array, ys: Sequence[Array], *, many: bool) -> None:
    """Write the results of plans of one function for a block of doubles; `many` if it is one of many.

    What the plans have in common is computed once.
    """
    if many:
        calms = tuple(plan.calm for plan in plans if plan.calm)
        if len(calms) == len(plans) and hold(calms, x):
            formulas([plan.task for plan in plans], calms, x, ys)
            for plan, calm, y in zip(plans, calms, ys, strict=True):
                calm.mend(plan.careful, x, y)
            return
    known: Known | None = {} if len(plans) > 1 else None
    for plan, y in zip(plans, ys, strict=True):
        plan.careful(x, y, known=known)


TRIED_FROM = 1 << 20
"""Elements that take as long as trying a formula on numbers of every size."""

MARGIN = 64
"""Many times the error of plain doubles, in ULP."""


@functools.lru_cache(maxsize=256)
def plan_of(
    function: Activation, order: int, params: tuple[tuple[str, float], ...], rule: KinkRule, fast: bool
) -> Plan:
    """Return how f, f′ or f″ of a function is evaluated, with its parameters checked and complete."""
    bound = dict(params)
    left, right = (
        (tail.value, tail.slope, tail.curvature)[order]
        for tail in (function.left(**bound), function.right(**bound))
    )
    subject = Subject(function, bound, order, kink=rule)
    task = task_of(subject, function.formula_of(order), fast=fast and order not in function.delicate)
    kinks = tuple(k for k in function.kinks(**bound) if order >= k.breaks)
    at_kink = functools.cache(lambda k: _at_kink(task, k, order, rule))
    exact = function.bounds[order] == 0 and bound == function.defaults
    return Plan(function.domain, task, lambda: (left, right), kinks, at_kink, exact)


def task_of(subject: Subject, formula: Formula, *, fast: bool = False, defined: bool = True) -> Task:
    """Return a formula of a function with its parameters, all of them given, bound.

    `defined` tells that the formula is the subject's own, not another of the function.
    """
    function, bound = subject.function, subject.params
    ordinary = all(p == 0 or 1 / 2 <= abs(p) <= 2 for p in bound.values())
    tame = (2.0**-200, 16.0) if ordinary else (math.inf, 0.0)
    extreme = any(p != 0 and not 1 / EXTREME <= abs(p) <= EXTREME for p in bound.values())
    return Task(
        lambda m, x: formula(m, x, **bound),
        function.precision,
        fast,
        tame=tame,
        usual=bound == function.defaults,
        extreme=extreme,
        subject=subject if defined else None,
    )


def _contains(interval: Interval, x: Array) -> NDArray[np.bool_]:
    above = x >= interval.low if interval.low_closed else x > interval.low
    below = x <= interval.high if interval.high_closed else x < interval.high
    return np.asarray(above & below)


def _harmless(domain: Interval) -> float:
    """Return a point inside the domain, away from 0 and from the ends."""
    if math.isfinite(domain.low):
        return domain.low + 0.5
    return domain.high - 0.5 if math.isfinite(domain.high) else 0.5


def _at_kink(task: Task, kink: Kink, order: int, rule: KinkRule) -> float:
    """Return the value at a kink by the rule, from those of the formula on both sides."""
    left, right = (value_at(task.at(side), kink.at) for side in (Side.LEFT, Side.RIGHT))
    own = left if kink.side is Side.LEFT else right
    if order == 0:
        return own
    if kink.breaks is Break.VALUE and rule in (KinkRule.NAN, KinkRule.MIN_NORM):
        return own if rule is KinkRule.MIN_NORM else math.nan
    return between(left, right, rule)


def between(left: float, right: float, rule: KinkRule) -> float:
    """Return what a derivative is, by the rule, at a point that it nears with these values."""
    if rule is KinkRule.NAN:
        return left if left == right else math.nan
    if rule is KinkRule.LEFT:
        return left
    if rule is KinkRule.RIGHT:
        return right
    if min(left, right) < 0 < max(left, right):
        return 0.0
    return min(left, right, key=abs)


def limits_of(task: Task) -> tuple[float, float]:
    """Return what a formula tends to at ±∞."""
    return limit_at(task, -math.inf), limit_at(task, math.inf)

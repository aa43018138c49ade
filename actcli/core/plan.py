"""How the elements of an array are evaluated: the formula, and the points that no formula reaches."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.derived import formula_of
from actcli.core.dtypes import FLOAT64
from actcli.core.numerics.deep import limit_at
from actcli.core.numerics.engine import (
    Task,
    compute,
    in_doubles,
    signed_zero,
    unchecked,
    value_at,
)
from actcli.core.numerics.program import empty
from actcli.core.numerics.rest import settle
from actcli.core.programs import program_of
from actcli.core.questions import is_available
from actcli.core.spec import REALS, Activation, Break, KinkRule, Precision, Side, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Formula, Interval, Kink, Params


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
    at_kink: Callable[[Kink, DType], float] = lambda _kink, _dtype: math.nan
    exact: bool = False
    done: list[int] = field(default_factory=lambda: [0])

    def is_tried(self, more: int, total: int = 0) -> bool:
        """Return whether it pays, with so many elements more or of a total, to record a program."""
        self.done[0] += more
        return max(self.done[0], total) >= TRIED_FROM

    @functools.cached_property
    def in_float64(self) -> Plan:
        """The plan of the doubles that results in narrower formats are told from."""
        return replace(self, task=replace(self.task, fast=True)) if self.task.tested else self

    @functools.cached_property
    def reach(self) -> float:
        """The size of arguments up to which no step over- or underflows; 0 if some step does beside 1.

        It is tried on numbers of every size; where it is not so for others between them, the processor tells
        when they come.
        """
        run, count = (in_doubles, 1) if self.task.fast else (unchecked, 2)
        reach = FARTHEST
        while reach >= NEAREST:
            sizes = np.concatenate([np.geomspace(SMALLEST, reach, 500), np.linspace(0, reach, 501)[1:]])
            x = np.concatenate([-sizes, sizes])
            x = x[_contains(self.domain, x)]
            try:
                with np.errstate(all="raise"):
                    run([self.task], x, *np.empty((count, x.size)))
            except FloatingPointError:
                reach /= 2
                continue
            return reach
        return 0.0

    @functools.cached_property
    def special(self) -> list[float]:
        """The kinks, zeros, infinities and NaN of which doubles do not give the result of a plain formula."""
        x = np.array([0.0, -0.0, *(kink.at for kink in self.kinks), -np.inf, np.inf, np.nan])
        expected, got = np.empty((2, x.size))
        self.checked(x, expected)
        in_doubles([self.task], x, got)
        same = (expected.view(np.int64) == got.view(np.int64)) | (np.isnan(expected) & np.isnan(got))
        return list(dict.fromkeys(x[~same].tolist()))  # 0 and −0 are one

    @functools.cached_property
    def at_zero(self) -> Callable[[float, DType], float]:
        """What gives the result at 0 and −0."""
        return functools.cache(lambda sign, dtype: self._at_zero(sign < 0, dtype))

    def _at_zero(self, negative: bool, dtype: DType) -> float:
        value = value_at(self.task, -0.0 if negative else 0.0, dtype)
        return value or signed_zero(self.task, negative, dtype)

    def checked(self, x: Array, y: Array, dtype: DType = FLOAT64) -> None:
        """Write the results for any doubles, special points and all, ready to be rounded to the dtype."""
        least, most = x.min(initial=0.0), x.max(initial=0.0)
        outside = None
        if not (-np.inf < least and most < np.inf) or self.domain != REALS:
            outside = ~np.isfinite(x) | ~_contains(self.domain, x)
        zero = x == 0
        if self.task.plain and dtype is FLOAT64:
            in_doubles([self.task], x, y)
            zero &= y == 0
        else:
            away = zero if outside is None else zero | outside
            compute(self.task, np.where(away, _harmless(self.domain), x) if away.any() else x, y, dtype)
        if zero.any() and (outside is None or (zero := zero & ~outside).any()):
            left = np.signbit(x)
            for side, point in ((zero & ~left, 0.0), (zero & left, -1.0)):
                if side.any():
                    y[side] = self.at_zero(math.copysign(1.0, point), dtype)
        for kink in self.kinks:
            at = x == kink.at
            if at.any():
                y[at] = self.at_kink(kink, dtype) + 0.0  # a subgradient of 0 has no sign
        if outside is not None:
            y[outside] = np.nan
            for end, limit in zip((-np.inf, np.inf), self.limits(), strict=True):
                y[x == end] = limit

    def narrow(self, x: Array, y: Array, dtype: DType, *, many: bool) -> None:
        """Write doubles to y that rounded to the dtype are the results, rounded once.

        Doubles settle all but what lies so close to the middle between two numbers of the format that a few
        ULP decide: plain ones, if it is known how many they lose.
        """
        write([self.in_float64], x, [y], many=many)
        if self.exact:
            return
        doubtful = dtype.close(y, MARGIN)
        if doubtful.any():
            few = np.empty(np.count_nonzero(doubtful))
            self.checked(x[doubtful], few, dtype)
            y[doubtful] = few


def write(plans: Sequence[Plan], x: Array, ys: Sequence[Array], *, many: bool) -> None:
    """Write the results of plans of one function for a block of doubles; `many` if it is one of many.

    What the plans have in common is computed once, where it is correctly rounded.
    """
    exact = []
    for plan, y in zip(plans, ys, strict=True):
        if plan.task.plain:
            if many and plan.domain == REALS:
                _plainly(plan, x, y)
            else:
                plan.checked(x, y)
        elif not plan.task.fast:
            exact.append((plan, y))
        elif not _by_formula([(plan, y)], x, many=many):
            plan.checked(x, y)
    if exact and not (many and _by_formula(exact, x, many=True)):
        for plan, y in exact:
            plan.checked(x, y)


def _plainly(plan: Plan, x: Array, y: Array) -> None:
    """Write the results of a formula that doubles give whatever the finite numbers."""
    _run(in_doubles, [plan], x, (y,), many=True)
    for point in plan.special:
        _again(plan, np.flatnonzero(np.isnan(x) if math.isnan(point) else x == point), x, y)


def _by_formula(group: Sequence[tuple[Plan, Array]], x: Array, *, many: bool) -> bool:
    """Write results by formulas of which no step over- or underflows; return False if that cannot be.

    Elements that are 0, very small or very large take no part, and what is left undecided is left to the
    definition.
    """
    plans = [plan for plan, _ in group]
    fast, domain, reach = plans[0].task.fast, plans[0].domain, min(plan.reach for plan in plans)
    odd = _odd(x, reach, domain)
    if odd is not None and odd.all():
        return False
    gaps = [] if fast else [empty(x.shape) for _ in group]
    outs = tuple(y for _, y in group)
    if not fast:
        outs = tuple(part for both in zip(outs, gaps, strict=True) for part in both)
    inside = x if odd is None else np.where(odd, _harmless(domain), x)
    try:
        with np.errstate(all="raise"):
            _run(in_doubles if fast else unchecked, plans, inside, outs, many=many)
    except FloatingPointError:
        return False
    for (plan, y), gap in zip_longest(group, gaps):
        undecided = np.flatnonzero(gap) if gap is not None else np.empty(0, np.intp)
        task = plan.task
        if 0 < undecided.size <= SETTLED_AT_ONCE and settle(
            task.subject, task.answers, FLOAT64, x, y, undecided
        ):
            undecided = undecided[:0]
        if odd is not None:
            undecided = np.union1d(undecided, np.flatnonzero(odd))
        _again(plan, undecided, x, y)
        for kink in plan.kinks:
            _again(plan, np.flatnonzero(x == kink.at), x, y)
    return True


def _run(
    run: Callable[..., None], plans: Sequence[Plan], x: Array, outs: tuple[Array, ...], *, many: bool
) -> None:
    """Write formulas for a block, by a recorded program if it is one of many."""
    tasks = tuple(plan.task for plan in plans)
    call = functools.partial(run, tasks)
    samples = functools.partial(_samples, plans[0].domain)
    program = program_of((run, tasks), call, samples, len(outs), x, outs) if many else None
    (program.run if program else call)(x, *outs)


def _again(plan: Plan, index: NDArray[np.intp], x: Array, y: Array) -> None:
    if index.size:
        part = np.empty(index.shape)
        plan.checked(x[index], part)
        y[index] = part


def _odd(x: Array, reach: float, domain: Interval) -> NDArray[np.bool_] | None:
    """Return what takes no part in a program: what is 0, very small, large or out of the domain."""
    least, most = least_size(x), max(-x.min(), x.max())
    if domain == REALS and least >= SMALLEST and most <= reach:
        return None
    size = np.abs(x)
    odd = ~((size >= SMALLEST) & (size <= reach))
    return odd if domain == REALS else odd | ~_contains(domain, x)


def least_size(x: Array) -> float:
    """Return the least |x|, in two passes that need no memory.

    The bits of doubles are in the order of their sizes; those of negative ones come after all others as
    unsigned numbers, and before them as signed ones.
    """
    size = (1 << 63) - 1  # the bits of a double less that of its sign
    least = min(int(x.view(np.uint64).min()), int(x.view(np.int64).min()) & size)
    return float(np.uint64(least & size).view(np.float64))


def _samples(domain: Interval, size: int) -> tuple[Array, Array]:
    """Return two blocks of ordinary numbers of a domain."""
    low, high = max(domain.low, -4.0), min(domain.high, 4.0)
    mixed = np.arange(1, 2 * size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = low + (high - low) * np.ldexp((mixed >> np.uint64(11)).astype(np.float64) + 0.5, -53)
    return x[:size].copy(), x[size:].copy()


FARTHEST, NEAREST, SMALLEST = 512.0, 8.0, 2.0**-50
"""Arguments that take part in `_by_formula`: from the smallest, of whose square the ninth power, the last
term of a logarithm's series, is a normal double, to the farthest, the last power of two whose exponential is
a double; or half as far, and so on down to the nearest. Nearer it would not pay: most numbers of a standard
normal distribution times 3 must take part."""

SETTLED_AT_ONCE = 256
"""So few results that a program left undecided are not tried again in pairs, which decide ties at most."""

TRIED_FROM = 1 << 20
"""Elements that take some milliseconds, as long as recording a formula does."""

MARGIN = 64
"""Many times the error of plain doubles, in ULP: 4 at the defaults, and a few times that at others."""


@functools.lru_cache(maxsize=256)
def plan_of(
    function: Activation, order: int, params: tuple[tuple[str, float], ...], rule: KinkRule, fast: bool
) -> Plan:
    """Return how f, f′ or f″ of a function is evaluated, with its parameters checked and complete."""
    bound = dict(params)

    def limits() -> tuple[float, float]:
        left, right = (
            (tail.value, tail.slope, tail.curvature)[order]
            for tail in (function.left(**bound), function.right(**bound))
        )
        return left, right

    subject = Subject(function, bound, order, kink=rule)
    task = task_of(subject, fast=fast)
    known = function.kinks(**bound) if function.exact_kinks else ()
    kinks = tuple(k for k in known if order >= k.breaks)
    at_kink = functools.cache(lambda k, dtype: _at_kink(task, k, order, rule, dtype))
    exact = function.bounds[order] == 0 and bound == function.defaults
    return Plan(function.domain, task, functools.cache(limits), kinks, at_kink, exact)


def task_of(subject: Subject, *, fast: bool = False) -> Task:
    """Return the formula of what is asked of a function, with its parameters, all of them given, bound."""
    function, bound = subject.function, subject.params
    own = function.override(subject.order, subject.wrt)
    task = bound_task(function, own or formula_of(function, subject.order, subject.wrt), bound)
    tested = own is not None and subject.order not in function.delicate
    return replace(
        task,
        plain=task.plain and own is not None,
        tested=tested,
        fast=fast and tested,
        ties=own is None and (subject.order > 0 or subject.wrt is not None),
        subject=subject,
    )


def bound_task(function: Activation, formula: Formula, bound: Params) -> Task:
    """Return a formula of a function with its parameters, all of them given, bound."""
    return Task(lambda m, x: formula(m, x, **bound), function.precision is Precision.PLAIN)


def _contains(interval: Interval, x: Array) -> NDArray[np.bool_]:
    above = x >= interval.low if interval.low_closed else x > interval.low
    below = x <= interval.high if interval.high_closed else x < interval.high
    return np.asarray(above & below)


def _harmless(domain: Interval) -> float:
    """Return a point inside the domain, away from 0 and from the ends."""
    if math.isfinite(domain.low):
        return domain.low + 0.5
    return domain.high - 0.5 if math.isfinite(domain.high) else 0.5


def _at_kink(task: Task, kink: Kink, order: int, rule: KinkRule, dtype: DType) -> float:
    """Return the value at a kink by the rule, from those of the formula on both sides."""
    left, right = (
        value_at(task.at(side), _from(side, task, kink), dtype) for side in (Side.LEFT, Side.RIGHT)
    )
    own = left if kink.side is Side.LEFT else right
    if order == 0:
        return own
    if kink.breaks is Break.VALUE and rule in (KinkRule.NAN, KinkRule.MIN_NORM):
        return own if rule is KinkRule.MIN_NORM else math.nan
    if rule is KinkRule.MIN_NORM and not dtype.signed and math.isnan(left + right):
        return math.nan  # of one that is 0 or less, and so is the smaller
    return between(left, right, rule)


def _from(side: Side, task: Task, kink: Kink) -> float:
    """Return the point at which a formula is evaluated for its value on a side of a kink.

    A derived formula takes one branch where a comparison ties. Without python-flint, which knows better, a
    point beside the kink tells what it is there: so near that all but the last digits are right, and not so
    near that it is lost in a sum with 1.
    """
    if not task.ties or is_available():
        return kink.at
    step = math.ulp(max(abs(kink.at), 1.0))
    return kink.at - step if side is Side.LEFT else kink.at + step


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
    left, right = (limit_at(task.formula, end, task.side) for end in (-math.inf, math.inf))
    return left, right

"""What a formula tells by itself: its domain, zeros, extrema, range, breaks and asymptotes, and how it runs.

The line is cut where the formula may break (`switches`); on the pieces the zeros of f, f′ and f″ are found by
intervals (`zeros`), and what lies between them follows. What is at a point is asked of `Points`: of balls,
which prove it, or of pairs of doubles where python-flint is missing. Numbers have the digits that are proved.
Proofs end at |x| = 2^40; what comes beyond is told by limits. A function of waves or steps is looked at over
one period, or on −20 … 20 if it has none.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.formula.at_points import ZERO, Known, are_same, is_nothing
from actcli.core.formula.expression import Op, X, depends_on, in_order, number, substituted
from actcli.core.formula.intervals import over
from actcli.core.formula.limits import Ending, Limit, asymptote, is_negative_zero
from actcli.core.formula.periods import is_at_a_point, is_endless, period
from actcli.core.formula.replay import bound, is_long
from actcli.core.formula.rewrite import recognised
from actcli.core.formula.simplify import simplified
from actcli.core.formula.switches import divisors, switches
from actcli.core.formula.zeros import FAR, NEAR, REACH, SHORT, Roots, merged, roots, slope_of
from actcli.core.questions import is_available, laid_out
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from actcli.core.formula.at_points import Points
    from actcli.core.formula.expression import Expression

    Params = Mapping[str, float | Fraction]
    Ends = tuple[Known, Known]
    Held = tuple[bool, bool]

WINDOW = 20.0
"""How far a function that waves for ever is looked at."""

BEFORE = Fraction(31, 1000)
"""A period is looked at from that part of it before 0 on, so that 0 lies inside."""

CENTRES = 6
"""Points about which it is tried whether a function is symmetric."""

MIRRORED = (
    *(Fraction(1, 7), Fraction(2, 3), Fraction(19, 11), Fraction(37, 9), Fraction(1, 300)),
    *(Fraction(113, 7), Fraction(29, 100), Fraction(127, 3), Fraction(10007, 7), Fraction(2**30 + 1, 3)),
)
"""Distances from a centre at which that is seen."""

DIGITS = Context(prec=15)


class BreakKind(StrEnum):
    """How a function breaks at a point."""

    POLE = "pole"
    JUMP = "jump"
    KINK = "kink"
    CURVATURE = "curvature"
    HOLE = "hole"
    EDGE = "edge"


class Course(StrEnum):
    """How a function runs on a stretch."""

    INCREASING = "increasing"
    DECREASING = "decreasing"
    CONSTANT = "constant"
    CONVEX = "convex"
    CONCAVE = "concave"
    LINEAR = "linear"


class Reflection(StrEnum):
    """What mirroring the argument does."""

    ODD = "odd"
    EVEN = "even"
    POINT = "point"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as text.

    Attributes:
        text: the number itself ("-3", "1/2", "inf"), or as many digits of it as are proved, 15 at the most.
        value: the double next to it.
        exact: whether the text is all of it.
        proved: whether it is certain; a limit at an end of the line is not.
    """

    text: str
    value: float
    exact: bool
    proved: bool


@dataclass(frozen=True, slots=True)
class Span:
    """An interval; an end is closed if it belongs to it."""

    low: Quantity
    high: Quantity
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """An open interval on which a function runs in one way."""

    low: Quantity
    high: Quantity
    course: Course


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of the graph: a zero, or an inflection point, with the slope there."""

    x: Quantity
    value: Quantity
    slope: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Extremum:
    """A local extremum; `best` tells that no value is lower, or higher."""

    x: Quantity
    value: Quantity
    is_maximum: bool
    best: bool


@dataclass(frozen=True, slots=True)
class Breach:
    """A point where f, f′ or f″ breaks.

    Attributes:
        x: where.
        kind: what breaks.
        value: what f is there (±inf at some poles); None if it is not defined, or only enclosed.
        left: what f tends to from the left; None if it is not defined there, or has no limit.
        right: the same from the right.
        slope: what f′ is there, by the rule `min-norm`.
        left_slope: what f′ tends to from the left.
        right_slope: the same from the right.
    """

    x: Quantity
    kind: BreakKind
    value: Quantity | None
    left: Quantity | None
    right: Quantity | None
    slope: Quantity | None
    left_slope: Quantity | None
    right_slope: Quantity | None


@dataclass(frozen=True, slots=True)
class Tendency:
    """What f does towards −∞ or ∞.

    Attributes:
        ending: `limits.Ending`.
        limit: the limit; None if there is none.
        slope: the slope of the line that f nears; None if there is none.
        intercept: its intercept.
    """

    ending: str
    limit: Quantity | None
    slope: Quantity | None
    intercept: Quantity | None


@dataclass(frozen=True, slots=True)
class Steepest:
    """Where |f′| is largest, or which value it nears.

    Attributes:
        size: the largest |f′|, or the least number above all its values.
        x: where; one place of several.
        until: the end of the interval on which f′ is that, if it is one.
        side: the side of x on which it is neared (−1, 1), or 0 where it is attained.
    """

    size: Quantity
    x: Quantity
    until: Quantity | None
    side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is known of a function of x from its formula.

    Attributes:
        domain: where it is defined.
        zeros: where it is 0 at single points.
        flat_zeros: the intervals on which it is 0.
        extrema: its local extrema, in order.
        inflections: where it turns from convex to concave or back.
        range: its values.
        breaks: where f, f′ or f″ breaks, in order.
        left: what it does at −∞.
        right: what it does at ∞.
        symmetry: about 0, or about a point of the graph.
        centre: that point.
        monotone: how it runs, stretch by stretch.
        convexity: how it bends, stretch by stretch.
        period: the period, if it is periodic.
        steepest: where |f′| is largest between the breaks.
        lipschitz: the supremum of |f′|: inf at jumps and poles.
        endless: whether it has waves or steps without end, so that lists show a part.
        is_proved: whether anything is proved: python-flint is installed.
        unproved: what is not proved, in words of the attributes' names.
        sampled: the intervals on which the signs of f, f′ or f″ are known at some points only.
    """

    domain: tuple[Span, ...]
    zeros: tuple[Spot, ...]
    flat_zeros: tuple[Span, ...]
    extrema: tuple[Extremum, ...]
    inflections: tuple[Spot, ...]
    range: tuple[Span, ...]
    breaks: tuple[Breach, ...]
    left: Tendency
    right: Tendency
    symmetry: Reflection
    centre: Spot | None
    monotone: tuple[Stretch, ...]
    convexity: tuple[Stretch, ...]
    period: Quantity | None
    steepest: Steepest | None
    lipschitz: Quantity | None
    endless: bool
    is_proved: bool
    unproved: tuple[str, ...]
    sampled: tuple[tuple[float, float], ...]

    @property
    def is_total(self) -> bool:
        """Whether it is defined on the whole line."""
        ends = [(span.low.value, span.high.value) for span in self.domain]
        joined = all(
            a.high.text == b.low.text and (a.high_closed or b.low_closed) for a, b in pairwise(self.domain)
        )
        return bool(ends) and joined and (ends[0][0], ends[-1][1]) == (-math.inf, math.inf)

    def as_dict(self) -> dict[str, Any]:
        """Return it as dictionaries, lists, text and numbers."""
        return asdict(self)


class _Side(NamedTuple):
    """What f, f′ and f″ tend to at one side of a point; None where there is no limit."""

    value: Known | None = None
    slope: Known | None = None
    curvature: Known | None = None


class _Piece(NamedTuple):
    """The open interval between two cuts, in which the formula has values and no break."""

    left: Known
    right: Known

    @property
    def inside(self) -> tuple[float, float]:
        """The least and the greatest double inside."""
        return _above(self.left), -_above(_minus(self.right))


class _Run(NamedTuple):
    """An open interval on which f, or f′, has one sign of its slope."""

    low: Known
    high: Known
    sign: int


class _Part(NamedTuple):
    """An interval; an end is closed if it belongs to it."""

    low: Known
    high: Known
    low_closed: bool = False
    high_closed: bool = False

    def shown(self) -> Span:
        """Return it as text."""
        return Span(_quantity(self.low), _quantity(self.high), self.low_closed, self.high_closed)


class _Slope(NamedTuple):
    """What f′ is on an interval, at a point, or tends to at one side of it (−1, 1)."""

    slope: Known | None
    low: Known
    high: Known
    side: int = 0


def analysis(expression: Expression, params: Params | None = None) -> Analysis:
    """Return what a formula tells: proved where python-flint is installed, else estimated in pairs.

    Raises:
        UsageError: the formula is too long.
    """
    return _line(expression, tuple((params or {}).items())).found


def below(expression: Expression, params: Params, threshold: float) -> tuple[tuple[float, float], ...]:
    """Return the intervals on which |f′| stays below a threshold, in order, to the nearest doubles."""
    return _line(expression, tuple(params.items())).below(threshold)


@lru_cache(maxsize=16)
def _line(expression: Expression, params: tuple[tuple[str, float | Fraction], ...]) -> _Line:
    root = bound(expression, dict(params))
    if is_long(root):
        raise UsageError("the formula is too long")
    return _Line(root)


def _points() -> Points:
    if is_available():
        from actcli.core.formula.enclosures import Enclosures

        return Enclosures()
    from actcli.core.formula.estimates import Estimates

    return Estimates()


class _Line:
    """A formula along the line: what several answers need is found once."""

    def __init__(self, root: Expression) -> None:
        self.root = root
        self.points = _points()
        tied = {
            e: e.args[2] for e in in_order(root) if e.op is Op.WHERE and is_at_a_point(e.args[0], self.points)
        }
        form: Expression | None = recognised(substituted(root, tied))
        self.forms: list[Expression | None] = []
        for _ in range(3):
            self.forms.append(form)
            form = None if form is None else slope_of(form)
        self.chooses = any(e.op is Op.WHERE for e in in_order(root))
        self.unproved: dict[str, None] = {}
        self.wavy = any(is_endless(e, self.points) for e in depends_on(X, [root]))
        self.period = period(root, self.points) if self.wavy else None
        self.window = self._window()
        self.holes: set[Known] = set()
        self.cuts = self._cuts()
        ends = [self.window[0], *self.cuts, self.window[1]]
        self.pieces = [_Piece(a, b) for a, b in pairwise(ends) if self._is_defined(a, b)]
        self.sides: dict[tuple[Known, int], _Side] = {}
        self.ends, self.slopes = (
            [self.points.limit(root, side, order) for side in (-1, 1)] for order in range(2)
        )

    @cached_property
    def found(self) -> Analysis:
        """All that is found."""
        self.zeros, self.turns, self.bends = (self._roots(k) for k in range(3))
        monotone = self._runs(1, self.turns)
        convexity = self._runs(2, self.bends)
        if self.period is not None and any(run.sign for run in monotone):
            self.ends = self.slopes = [Limit(Ending.OSCILLATES)] * 2
        values = self._range()
        symmetry, centre = self._symmetry()
        steepest = self._steepest()
        return Analysis(
            domain=tuple(self._domain()),
            zeros=tuple(self._zeros()),
            flat_zeros=tuple(self._flat_zeros()),
            extrema=tuple(self._extrema(monotone, values)),
            inflections=tuple(self._inflections(convexity)),
            range=tuple(values),
            breaks=tuple(b for cut in self.cuts if (b := self._breach(cut))),
            left=self._ending(-1),
            right=self._ending(1),
            symmetry=symmetry,
            centre=centre,
            monotone=tuple(_stretches(self._whole(monotone), _COURSES)),
            convexity=tuple(_stretches(self._whole(convexity), _BENDS)),
            period=self.period and _quantity(self.period),
            steepest=steepest,
            lipschitz=self._lipschitz(steepest),
            endless=self.wavy,
            is_proved=self.points.proves,
            unproved=tuple(self.unproved),
            sampled=tuple(
                merged(span for roots in (self.zeros, self.turns, self.bends) for span in roots.sampled)
            ),
        )

    def below(self, threshold: float) -> tuple[tuple[float, float], ...]:
        """Return the intervals on which |f′| < threshold."""
        slope, level = self.forms[1], number(Fraction(threshold))
        if slope is None:
            return ()
        spans = [piece.inside for piece in self.pieces]
        crossings = [roots(e, spans, self.points) for e in (slope - level, slope + level)]
        unknown = _near_cuts(merged(span for part in crossings for span in part.open), spans)
        found: list[tuple[float, float]] = []
        for piece in self.pieces:
            inner = [
                r.at
                for part in crossings
                for r in part.points
                if piece.left.value < r.at.value < piece.right.value
            ]
            ends = [piece.left, *sorted(inner, key=lambda n: n.value), piece.right]
            for low, high in _known(ends, unknown):
                at = _inner(low, high)
                value = None if at is None else self.points.value(self.root, Known(at), 1)
                if value is None or not abs(value).value < threshold:
                    continue
                if found and found[-1][1] == float(low.value):
                    found[-1] = found[-1][0], float(high.value)
                else:
                    found.append((float(low.value), float(high.value)))
        return tuple(found)

    # how the line is cut

    def _window(self) -> tuple[Known, Known]:
        if not self.wavy:
            return _ALL.low, _ALL.high
        if self.period is None:
            return _number(-WINDOW), _number(WINDOW)
        start = Fraction(math.floor(self.period.fraction * -BEFORE * 2**20), 2**20)  # a little left of 0
        return Known(start), Known(start + self.period.fraction, self.period.exact)

    def _cuts(self) -> list[Known]:
        """Return the points where the formula may break, in order."""
        low, high = (float(end.value) for end in self.window)
        poles = divisors(self.root)
        found: list[tuple[Known, bool]] = []
        for switch in switches(self.root, (low, high)):
            part = roots(
                recognised(switch), [(max(low, -REACH), min(high, REACH))], self.points, precise=True
            )
            found += [(root.at, switch in poles and not root.at.exact) for root in part.points]
            if not part.complete:
                self.unproved["breaks"] = None
        cuts: list[Known] = []
        for at, is_hole in sorted(found, key=lambda f: f[0].value):
            if not cuts or float(cuts[-1].value) != float(at.value):
                cuts.append(at)
            elif at.exact:
                cuts[-1] = at
            if is_hole:
                self.holes.add(cuts[-1])
        return [cut for cut in cuts if self.window[0].value < cut.value < self.window[1].value]

    def _is_defined(self, a: Known, b: Known) -> bool:
        inner = _inner(a, b)
        return inner is not None and self.points.has_value(self.root, inner)

    def _side(self, cut: Known, side: int) -> _Side:
        """Return what f, f′ and f″ tend to at one side of a cut."""
        if (cut, side) not in self.sides:
            found = _Side()
            if any((piece.left if side > 0 else piece.right) == cut for piece in self.pieces):
                value = self.points.beside(self.root, cut, side)
                if value is not None:  # else its derivatives have no limit either
                    found = _Side(value, *(self.points.beside(self.root, cut, side, k) for k in (1, 2)))
            self.sides[cut, side] = found
        return self.sides[cut, side]

    def _both(self, cut: Known) -> tuple[_Side, _Side]:
        return self._side(cut, -1), self._side(cut, 1)

    def _value(self, at: Known) -> Known | None:
        """Return f at a point; None where it is not defined or infinite."""
        value = None
        if at.is_finite and (at.exact or at not in self.cuts):
            value = self.points.value(self.root, at)
        elif at.is_finite and at not in self.holes:
            left, right = (side.value for side in self._both(at))
            if not self.chooses and None in (left, right):  # √(x² − 2) at the end of its domain
                left = right = left or right
            value = left if self._same(left, right) else None
        return value if value is not None and value.is_finite else None

    def _slope(self, at: Known) -> Quantity | None:
        """Return f′ at a point, if it is the same on both sides."""
        slope = self.points.value(self.root, at, 1)
        if at in self.cuts:
            slope = self._side(at, 1).slope if self._is_smooth(at) else None
        return slope and _quantity(slope)

    def _same(self, a: Known | None, b: Known | None) -> bool:
        return are_same(a, b, self.points.same)

    def _roots(self, order: int) -> Roots:
        """Return the zeros of f, f′ or f″."""
        name, form = _LISTS[order], self.forms[order]
        spans = [piece.inside for piece in self.pieces]
        if form is None:
            self.unproved[name] = None
            return Roots(open=spans, complete=False)
        found = roots(form, spans, self.points)
        if not found.complete:
            self.unproved |= dict.fromkeys((name, *_FOLLOWS[order]))
        found.flat = [self._up_to_cuts(*span) for span in found.flat]
        rims = [x for span in spans for x in span]
        found.open = _near_cuts(found.open, spans)
        found.points = [
            r
            for r in found.points
            if not _is_inside(r.x, [*found.flat, *found.open])  # beside a cut both branches may hold
            and (r.proved or not any(abs(r.x - x) < SHORT * 4 * abs(x) for x in rims))
        ]
        return found

    def _up_to_cuts(self, low: float, high: float) -> tuple[float, float]:
        """Return an interval on which all is 0, whose ends are known nearly, up to the ends of its piece."""
        for a, b in (piece.inside for piece in self.pieces):
            if low <= b and high >= a:
                low = a if 0 <= low - a < NEAR * (1 + abs(a)) else low
                high = b if 0 <= b - high < NEAR * (1 + abs(b)) else high
        return low, high

    # domain, beyond a window as well

    def _holds(self, cut: Known) -> bool:
        """Return whether f is defined at a cut between two pieces."""
        if cut.exact or cut in self.holes:
            return self._value(cut) is not None
        return all(side.value is not None and side.value.is_finite for side in self._both(cut))

    def _domain(self) -> Iterator[Span]:
        parts: list[_Part] = []
        for low, high in self.pieces:
            held = [self._value(end) is not None for end in (low, high)]
            if parts and parts[-1].high == low and self._holds(low):
                parts[-1] = _Part(parts[-1].low, high, parts[-1].low_closed, held[1])
            else:
                parts.append(_Part(low, high, *held))
        return (part.shown() for part in self._extended(parts))

    def _extended(self, parts: list[_Part]) -> list[_Part]:
        """Return where f is defined, beyond a window too; what a period holds at both ends is one part.

        Without a period the ends of a window are those of the line where intervals prove that f is defined
        beyond.
        """
        if not self.wavy or not parts:
            return parts
        low, high = parts[0].low == self.window[0], parts[-1].high == self.window[1]
        if self.period is not None:
            return self._joined(parts) if low and high else parts
        if low and self._enclosed(-math.inf, -WINDOW)[0]:
            parts[0] = parts[0]._replace(low=_ALL.low, low_closed=False)
        if high and self._enclosed(WINDOW, math.inf)[0]:
            parts[-1] = parts[-1]._replace(high=_ALL.high, high_closed=False)
        return parts

    def _joined(self, parts: list[_Part]) -> list[_Part]:
        """Return parts of a period with the last and the first as one, which lies as near to 0 as can be."""
        if len(parts) == 1:
            return [_ALL]
        assert self.period is not None
        first, last, by = parts[0], parts[-1], self.period
        start, end = last.low, first.high
        middle = (start.fraction + end.fraction) / by.fraction
        moved = -by.fraction if abs(middle - 1) < abs(middle + 1) * Fraction(999, 1000) else ZERO
        low = Known(start.fraction + moved, start.exact and by.exact)
        high = Known(end.fraction + moved + by.fraction, end.exact and by.exact)
        return [_Part(low, high, last.low_closed, first.high_closed), *parts[1:-1]]

    def _enclosed(self, low: float, high: float) -> tuple[bool, float, float]:
        """Return whether f is certainly defined all over an interval, and bounds on its values there."""
        if math.isinf(low) or math.isinf(high):
            far = np.array([WINDOW * 2.0**k for k in range(48)] + [math.inf])
            ends = far if math.isinf(high) else -far[::-1]
        else:
            ends = np.linspace(low, high, 65)
        (values,) = over([self.root], ends[:-1], ends[1:])
        return bool(np.all(values.total)), float(np.min(values.low)), float(np.max(values.high))

    # zeros

    def _zeros(self) -> Iterator[Spot]:
        found = [(root.at, root.proved) for root in self.zeros.points]
        for cut in self.cuts:
            flat = any(a <= _above(cut) and -_above(_minus(cut)) <= b for a, b in self.zeros.flat)
            if not flat and is_nothing(self._value(cut), self.points.same):
                found.append((cut, True))
        for at, proved in sorted(found, key=lambda f: f[0].value):
            yield Spot(_quantity(at, proved=proved), _quantity(Known(ZERO)), self._slope(at))

    def _flat_zeros(self) -> Iterator[Span]:
        parts: list[_Part] = []
        for span in self.zeros.flat:
            low, high = (self._cut_beside(x) or _ended(x) for x in span)
            held = [at in self.cuts and is_nothing(self._value(at), self.points.same) for at in (low, high)]
            parts.append(_Part(low, high, *held))
        if self.period is not None and len(parts) > 1:
            rims = self.pieces[0].inside[0], self.pieces[-1].inside[1]
            if (self.zeros.flat[0][0], self.zeros.flat[-1][1]) == rims:
                parts = self._joined(parts)
        return (part.shown() for part in _united(parts))

    def _cut_beside(self, x: float) -> Known | None:
        """Return the cut that a double is next to."""
        return next((c for c in self.cuts if x in (_above(c), -_above(_minus(c)))), None)

    # how f runs and bends

    def _runs(self, order: int, found: Roots) -> list[_Run]:
        """Return the intervals between cuts and zeros of f′ or f″, with its sign."""
        runs: list[_Run] = []
        for piece in self.pieces:
            low, high = piece.inside
            inner = [r.at for r in found.points if low <= r.x <= high]
            inner += [_number(x) for span in found.flat for x in span if low < x < high]
            ends = [piece.left, *sorted(inner, key=lambda n: n.value), piece.right]
            for a, b in _known(ends, found.open):
                if (inside := _inner(a, b)) is None:
                    continue
                if (sign := self._sign(inside, order)) is None:
                    self.unproved[_FOLLOWS[order][0]] = None
                elif runs and runs[-1].sign == sign and runs[-1].high == a and self._joins(a, order):
                    runs[-1] = _Run(runs[-1].low, b, sign)
                else:
                    runs.append(_Run(a, b, sign))
        return runs

    def _sign(self, x: Fraction, order: int) -> int | None:
        """Return the sign of f′ or f″ at a point: 0 where nothing tells it from 0."""
        sign = self.points.sign(self.root, x, order)
        if sign is None and is_nothing(self.points.value(self.root, Known(x), order), self.points.same):
            return 0
        return sign

    def _is_continuous(self, cut: Known) -> bool:
        left, right = self._both(cut)
        finite = left.value is not None and left.value.is_finite
        return finite and self._same(left.value, right.value) and self._same(left.value, self._value(cut))

    def _is_smooth(self, cut: Known) -> bool:
        """Return whether f is continuous at a cut, and f′ the same on both sides."""
        left, right = self._both(cut)
        return self._is_continuous(cut) and self._same(left.slope, right.slope)

    def _joins(self, at: Known, order: int) -> bool:
        """Return whether f runs, or bends, in one way across a point if it does so on both sides."""
        return at not in self.cuts or (self._is_continuous if order == 1 else self._is_smooth)(at)

    def _whole(self, runs: list[_Run]) -> list[_Run]:
        """Return runs with those at both ends of a period as one; what runs one way does so for ever."""
        if not self.wavy or not runs:
            return runs
        first, last = runs[0], runs[-1]
        if (first.low, last.high) != self.window or first.sign != last.sign:
            return runs
        if self.period is None:
            return [_Run(_ALL.low, _ALL.high, first.sign)] if len(runs) == 1 and self._is_repeated() else runs
        low, high, *_ = self._joined([_Part(run.low, run.high) for run in runs])[0]
        return [_Run(low, high, first.sign), *runs[1:-1]]

    def _is_repeated(self) -> bool:
        """Return whether f′ is periodic, so that a window shows all of it."""
        if self.period is not None:
            return True
        found = None if self.forms[1] is None else period(self.forms[1], self.points)
        steps = any(e.op in _STEPPED for e in depends_on(X, [self.root]))
        return found is not None and found.value < WINDOW and not steps

    def _turning(self, runs: Sequence[_Run], joins: Callable[[Known], bool]) -> Iterator[tuple[Known, int]]:
        """Yield the points between runs of opposite signs, and the sign before."""
        for before, after in pairwise(runs):
            at = before.high
            if at == after.low and before.sign * after.sign < 0 and (at not in self.cuts or joins(at)):
                yield at, before.sign

    def _extrema(self, runs: Sequence[_Run], values: Sequence[Span]) -> Iterator[Extremum]:
        for at, rising in self._turning(runs, self._is_continuous):
            if "extrema" in self.unproved and at not in self.cuts:  # others between may be missing
                rising = -(self.points.sign(self.root, at.fraction, 2) or -rising)
            if (value := self._value(at)) is None:
                continue
            shown = _quantity(value)
            best = [s.high for s in values[-1:]] if rising > 0 else [s.low for s in values[:1]]
            yield Extremum(_quantity(at), shown, rising > 0, any(end.value == shown.value for end in best))

    def _inflections(self, runs: Sequence[_Run]) -> Iterator[Spot]:
        for at, _ in self._turning(runs, self._is_smooth):
            if (value := self._value(at)) is not None:
                yield Spot(_quantity(at), _quantity(value), self._slope(at))

    # values and slopes

    def _range(self) -> list[Span]:
        """Return the values of every piece, those that meet put together."""
        pieces: list[list[tuple[Known, bool]]] = []
        for piece in self.pieces:
            low, high = piece.inside
            ends = [self._towards(piece.left, 1), self._towards(piece.right, -1)]
            inner = [(self._value(r.at), True) for r in self.turns.points if low <= r.x <= high]
            known = [(value, attained) for value, attained in (*ends, *inner) if value is not None]
            if len(known) < len(ends) + len(inner):
                self.unproved["range"] = None
                return []
            pieces.append(known)
        pieces += [[(value, True)] for cut in self.cuts if (value := self._value(cut)) is not None]
        spans = _united([_between(values) for values in self._alike(pieces)])
        if len(spans) == 1 and not spans[0].low.is_finite and not spans[0].high.is_finite:
            self.unproved.pop("range", None)  # all of ℝ, whatever there is besides
        elif not self._is_told(spans):
            return []
        return [span.shown() for span in spans]

    def _is_told(self, spans: Sequence[_Part]) -> bool:
        """Return whether the range is known, and note if that is not proved."""
        outside = [(-math.inf, -WINDOW), (WINDOW, math.inf)] if self.wavy and self.period is None else []
        waves = self.period is None and any(e.ending is Ending.OSCILLATES for e in self.ends)
        if waves or not self._covers(spans, [*outside, *self.turns.open]):
            self.unproved["range"] = None
            return False
        guessed = [self.points.number(e.value) for e in self.ends if e.value is not None and not e.proved]
        rims = [rim for span in spans for rim in (span.low, span.high)]
        if "extrema" in self.unproved or any(self._same(value, rim) for value in guessed for rim in rims):
            self.unproved["range"] = None
        return True

    def _covers(self, spans: Sequence[_Part], parts: Sequence[tuple[float, float]]) -> bool:
        """Return whether the hull of some spans certainly holds the values on parts of the line."""
        for part in parts:
            _, low, high = self._enclosed(*part)
            if not spans or spans[0].low.value > low or spans[-1].high.value < high:
                return False
        return len(spans) < 2 or not parts

    def _towards(self, end: Known, side: int) -> tuple[Known | None, bool]:
        """Return the limit of f at an end of a piece, and whether it is a value too."""
        if end in self.cuts:
            value = self._side(end, side).value
            return value, value is not None and value.is_finite and self._same(value, self._value(end))
        limit = self.ends[side < 0]
        if not end.is_finite or (self.period is None and limit.value is not None):
            return self.points.number(limit.value), False
        return self._value(end), True

    def _alike(self, pieces: Sequence[Sequence[tuple[Known, bool]]]) -> list[list[tuple[Known, bool]]]:
        """Return values with one number, an exact one if there is one, for those that are the same."""
        told = sorted({value for values in pieces for value, _ in values}, key=lambda n: not n.exact)
        one = {value: next(other for other in told if self._same(value, other)) for value in told}
        return [[(one[value], attained) for value, attained in values] for values in pieces]

    def _steepest(self) -> Steepest | None:
        """Return where |f′| is largest: on an interval, else at or next to the place nearest to 0."""
        beyond = self.wavy and not self._is_repeated()
        if beyond or "inflections" in self.unproved:
            self.unproved["lipschitz"] = None
        if beyond and any(e.ending is Ending.OSCILLATES for e in self.slopes):
            return None
        found = [_Slope(self.points.value(self.root, r.at, 1), r.at, r.at) for r in self.bends.points]
        level: set[tuple[Known, int]] = set()
        for span in self.bends.flat:
            low, high = (self._cut_beside(x) or _ended(x) for x in span)
            if (middle := _inner(low, high)) is not None:
                found.append(_Slope(self.points.value(self.root, Known(middle), 1), low, high))
                level |= {(low, 1), (high, -1)}
        for piece in self.pieces:
            for at, side in ((piece.left, 1), (piece.right, -1)):
                if at in self.cuts:
                    end = _Slope(self._side(at, side).slope, at, at, side)
                elif at.is_finite:
                    end = _Slope(self.points.value(self.root, at, 1), at, at)
                else:
                    end = _Slope(self.points.number(self.slopes[side < 0].value), at, at, side)
                found += [] if (at, side) in level else [end]
        known = [s._replace(slope=abs(s.slope)) for s in found if s.slope]
        top = max((s.slope for s in known if s.slope), key=lambda n: n.value, default=None)
        if top is None or (top.is_finite and len(known) < len(found)):
            self.unproved["lipschitz"] = None
            return None
        best = [s for s in known if self._same(s.slope, top)]
        first = min(best, key=lambda s: (s.low == s.high, s.side != 0, self._distance(s.low), -s.low.value))
        proved = "lipschitz" not in self.unproved
        until = None if first.low == first.high else _quantity(first.high)
        return Steepest(_quantity(top, proved=proved), _quantity(first.low), until, first.side)

    def _distance(self, at: Known) -> float:
        """Return how far a point is from 0, in the period in which it is nearest."""
        x = float(at.value)
        return min(abs(x), abs(x - float(self.period.value))) if self.period else abs(x)

    def _lipschitz(self, steepest: Steepest | None) -> Quantity | None:
        """Return the supremum of |f′|, ∞ at jumps and poles; None where it is not told."""
        kinds = {self._kind(cut) for cut in self.cuts}
        if kinds & {BreakKind.POLE, BreakKind.JUMP} or (steepest and math.isinf(steepest.size.value)):
            self.unproved.pop("lipschitz", None)
            return _quantity(Known(math.inf))
        return steepest.size if steepest else None

    # ends, breaks, symmetry

    def _ending(self, end: int) -> Tendency:
        limit = self.ends[end > 0]
        if limit.value is None:
            return Tendency(limit.ending.value, None, None, None)
        value = self.points.number(limit.value)
        shown = value and _quantity(value, proved=limit.proved)
        if shown and shown.text == "0" and is_negative_zero(limit.value):
            shown = Quantity("-0", -0.0, True, limit.proved)
        line = asymptote(self.root, {}, end) if self.slopes[end > 0].ending is Ending.NUMBER else None
        parts = (self.points.number(line.slope), self.points.number(line.intercept)) if line else (None, None)
        return Tendency(
            limit.ending.value, shown, *(part and _quantity(part, proved=False) for part in parts)
        )

    def _breach(self, cut: Known) -> Breach | None:
        kind = self._kind(cut)
        if kind is None:
            return None
        left, right = self._both(cut)
        slope, value = None, self._value(cut)
        if cut.exact:
            value, slope = (self.points.returned(self.root, cut.fraction, order) for order in range(2))
        parts = (value, left.value, right.value, slope, left.slope, right.slope)
        return Breach(_quantity(cut), kind, *(part and _quantity(part) for part in parts))

    def _kind(self, cut: Known) -> BreakKind | None:
        """Return how f breaks at a cut, if it does."""
        left, right = self._both(cut)
        own = self._value(cut)
        defined = [any(p.right == cut for p in self.pieces), any(p.left == cut for p in self.pieces)]
        if any(side.value is not None and not side.value.is_finite for side in (left, right)):
            return BreakKind.POLE
        if not all(defined):
            return BreakKind.EDGE if any(defined) else None
        if left.value is None or right.value is None:
            if own is None and not cut.exact and cut not in self.holes:
                self.unproved |= {"domain": None, "breaks": None}
            return BreakKind.HOLE if own is None else BreakKind.JUMP
        if not self._same(left.value, right.value):
            return BreakKind.JUMP
        if own is None:
            return BreakKind.HOLE
        if not self._same(left.value, own):
            return BreakKind.JUMP
        if not self._same(left.slope, right.slope) or (left.slope and not left.slope.is_finite):
            return BreakKind.KINK
        return None if self._same(left.curvature, right.curvature) else BreakKind.CURVATURE

    def _symmetry(self) -> tuple[Reflection, Spot | None]:
        plain = simplified(self.root)
        mirrored = simplified(substituted(self.root, {X: -X}))
        if mirrored is plain:
            return Reflection.EVEN, None
        if mirrored is simplified(-self.root):
            return Reflection.ODD, None
        for way, found in ((1, Reflection.EVEN), (-1, Reflection.ODD)):
            if self._mirrors(ZERO, ZERO, way):
                self.unproved["symmetry"] = None
                return found, None
        centres = [Known(ZERO), *(r.at for r in self.bends.points), *self.cuts][:CENTRES]
        for at in centres:
            value = self._value(at) if at.exact else None
            if value is not None and self._mirrors(at.fraction, value.fraction, -1):
                self.unproved["symmetry"] = None
                return Reflection.POINT, Spot(_quantity(at), _quantity(value))
        return Reflection.NONE, None

    def _mirrors(self, centre: Fraction, value: Fraction, way: int) -> bool:
        """Return whether f(c + h) − v = ±(f(c − h) − v) at some points."""
        told = 0
        for h in MIRRORED:
            right, left = (self.points.value(self.root, Known(centre + side * h)) for side in (1, -1))
            if (right is None) != (left is None):
                return False
            if right is None or left is None or not right.is_finite or not left.is_finite:
                continue
            other = Known(value + (left.fraction - value) * way, left.exact)
            if not self._same(right, other):
                return False
            told += 1
        return told > 2


_ALL = _Part(Known(-math.inf), Known(math.inf))
_LISTS = ("zeros", "extrema", "inflections")
_FOLLOWS: tuple[tuple[str, ...], ...] = ((), ("monotone",), ("convexity",))
"""What is not proved either where not all zeros of f, f′ or f″ are."""
_COURSES = (Course.DECREASING, Course.CONSTANT, Course.INCREASING)
_BENDS = (Course.CONCAVE, Course.LINEAR, Course.CONVEX)
_STEPPED = frozenset({Op.FLOOR, Op.CEIL, Op.SIGN, Op.WHERE})
"""Operations that may jump where their derivative shows nothing."""


def _number(x: float) -> Known:
    return Known(Fraction(x) if math.isfinite(x) else x)


def _minus(at: Known) -> Known:
    return Known(-at.value, at.exact)


def _above(at: Known) -> float:
    """Return the least double that certainly lies above a point."""
    x = float(at.value)
    return x if (at.exact and x > at.value) or x == -math.inf else math.nextafter(x, math.inf)


def _ended(x: float) -> Known:
    """Return a double as a place, or an end of the line for one beyond all that is looked at."""
    return _number(x if abs(x) < REACH else math.copysign(math.inf, x))


def _inner(a: Known, b: Known) -> Fraction | None:
    """Return a point between two others; None if they are next to each other."""
    if not a.is_finite and not b.is_finite:
        return Fraction(1, 7)
    if not a.is_finite:
        return b.fraction - max(abs(b.fraction), Fraction(1)) * Fraction(6, 7)
    if not b.is_finite:
        return a.fraction + max(abs(a.fraction), Fraction(1)) * Fraction(6, 7)
    if _above(a) >= -_above(_minus(b)):
        return None
    return a.fraction + (b.fraction - a.fraction) * Fraction(3, 7)


def _between(values: Sequence[tuple[Known, bool]]) -> _Part:
    """Return the interval between the least and the greatest of some values, attained or not."""
    low, high = (best((value for value, _ in values), key=lambda n: n.value) for best in (min, max))
    closed = {value for value, attained in values if attained}
    return _Part(low, high, low in closed or low == high, high in closed or low == high)


def _united(parts: Iterable[_Part]) -> list[_Part]:
    """Return intervals in order, those that meet put together."""
    joined: list[_Part] = []
    for part in sorted(parts, key=lambda p: (p.low.value, not p.low_closed)):
        last = joined[-1] if joined else part
        meets = part.low == last.high and (part.low_closed or last.high_closed)
        if not joined or not (part.low.value < last.high.value or meets):
            joined.append(part)
        elif part.high == last.high:
            joined[-1] = last._replace(high_closed=last.high_closed or part.high_closed)
        elif part.high.value > last.high.value:
            joined[-1] = last._replace(high=part.high, high_closed=part.high_closed)
    return joined


def _is_inside(x: float, spans: Iterable[tuple[float, float]]) -> bool:
    return any(math.nextafter(a, -math.inf) <= x <= math.nextafter(b, math.inf) for a, b in spans)


def _near_cuts(
    unknown: Sequence[tuple[float, float]], pieces: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return where there may be any number of zeros; next to a cut (an essential singularity) in one piece.

    Far out, and in the last place of a point, there is hardly more than one.
    """
    found = []
    wide = [(a, b) for a, b in unknown if b - a > NEAR * max(abs(a), abs(b))]
    for low, high in pieces:
        left = [b for a, b in wide if a >= low and b < min(low + 1, low / 2 + high / 2)]
        right = [a for a, b in wide if b <= high and a > max(high - 1, low / 2 + high / 2)]
        if left and math.isfinite(low):
            found.append((low, max(left)))
        if right and math.isfinite(high):
            found.append((min(right), high))
    return sorted(found + [(a, b) for a, b in wide if min(abs(a), abs(b)) < FAR / 2])


def _known(points: Sequence[Known], unknown: Sequence[tuple[float, float]]) -> Iterator[tuple[Known, Known]]:
    """Yield the intervals between points, without what lies in others."""
    for low, high in pairwise(points):
        start = low
        for a, b in unknown:
            if b <= start.value or a >= high.value:
                continue
            if a > _above(start):
                yield start, _number(a)
            start = _number(b)
        if start.value < high.value:
            yield start, high


def _stretches(runs: Iterable[_Run], courses: Sequence[Course]) -> Iterator[Stretch]:
    for low, high, sign in runs:
        yield Stretch(_quantity(low), _quantity(high), courses[sign + 1])


def _quantity(found: Known, *, proved: bool = True) -> Quantity:
    """Return a number as text: itself if it is short, else its proved digits."""
    value = found.value
    if not isinstance(value, Fraction):
        return Quantity(str(value), value, True, proved)
    try:
        near = float(value)
    except OverflowError:
        near = math.inf if value > 0 else -math.inf
    if found.exact and value.denominator < 10**6 and abs(value.numerator) < 10**15:
        return Quantity(str(value), near, True, proved)
    if not value:  # not told from 0
        return Quantity("0", 0.0, False, False)
    digits = DIGITS.divide(*map(Decimal, value.as_integer_ratio())).as_tuple()
    shown = "".join(map(str, digits.digits)).ljust(DIGITS.prec, "0")
    exponent = len(digits.digits) - 1 + int(digits.exponent)
    return Quantity(laid_out(shown, exponent, negative=value < 0), near, False, proved)

"""What a formula tells by itself: its domain, zeros, extrema, range, breaks and asymptotes, and how it runs.

The line is cut where the formula may break (`_switches`); on the pieces the zeros of f, f′ and f″ are found
and proved by intervals and balls (`zeros`), and what lies between them follows. Numbers have the digits that
are proved. Proofs end at |x| = 2^40; what comes beyond is told by limits. A function of waves or steps is
looked at over one period, or on −20 … 20 if it has none.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.balls import Extreme, UndecidedError, ball, plain, real, sign
from actcli.core.formula import truth
from actcli.core.formula.derive import derivative
from actcli.core.formula.expression import (
    Expression,
    Op,
    X,
    apply,
    depends_on,
    in_order,
    parameter,
    substituted,
)
from actcli.core.formula.intervals import over
from actcli.core.formula.limits import Ending, Limit, asymptote, limit
from actcli.core.formula.replay import bound, derived, is_long
from actcli.core.formula.rewrite import recognised
from actcli.core.formula.simplify import simplified
from actcli.core.formula.zeros import FAR, NEAR, REACH, SHORT, Root, Roots, roots
from actcli.core.jets import Jet, arb, ctx, fmpq
from actcli.core.questions import Digits
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Params = Mapping[str, float | Fraction]

WINDOW = 20.0
"""How far a function that waves for ever is looked at."""

BITS = 160


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
        lipschitz: the supremum of |f′|: inf at jumps and poles.
        endless: whether it has waves or steps without end, so that lists show a part.
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
    lipschitz: Quantity | None
    endless: bool
    unproved: tuple[str, ...]
    sampled: tuple[tuple[float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as dictionaries, lists, text and numbers."""
        return asdict(self)


def _derived(root: Expression, order: int) -> Expression | None:
    try:
        return derived(root, (X,) * order, {})
    except UsageError:  # of trigamma
        return None


class _Cut(NamedTuple):
    """A point where the line is cut.

    Attributes:
        at: a fraction, an enclosure, or ±∞ as a float.
        low: a double not above it.
        high: a double not below it.
    """

    at: Any
    low: float
    high: float


class _Piece(NamedTuple):
    """The open interval between two cuts, in which the formula is defined and has no break."""

    left: _Cut
    right: _Cut

    @property
    def inside(self) -> tuple[float, float]:
        """The least and the greatest double inside."""
        low = self.left.high if math.isinf(self.left.high) else math.nextafter(self.left.high, math.inf)
        high = self.right.low if math.isinf(self.right.low) else math.nextafter(self.right.low, -math.inf)
        return low, high


class _Side(NamedTuple):
    """What f and f′ tend to at one side of a cut; None where there is no limit."""

    value: Any
    slope: Any
    curvature: Any


def analysis(expression: Expression, params: Params | None = None) -> Analysis:
    """Return what a formula tells.

    Raises:
        MissingExtraError: python-flint is not installed.
        UsageError: the formula is too long.
    """
    return _analysis(expression, tuple((params or {}).items()))


@lru_cache(maxsize=16)
def _analysis(expression: Expression, params: tuple[tuple[str, float | Fraction], ...]) -> Analysis:
    root = bound(expression, dict(params))
    if is_long(root):
        raise UsageError("the formula is too long")
    return _Analyst(root).found()


class _Analyst:
    """The work on one formula: what several answers need is found once."""

    def __init__(self, root: Expression) -> None:
        self.root = root
        self.program = truth.program_of(root)
        beside = _without(
            root, {e: e.args[2] for e in in_order(root) if e.op is Op.WHERE and _is_at_a_point(e.args[0])}
        )
        self.forms = [recognised(beside), *(_derived(beside, order) for order in (1, 2))]
        self.wavy = any(_is_endless(e) for e in depends_on(X, [root]))
        self.period: Any = None
        self.unproved: dict[str, None] = {}
        self.sampled: list[tuple[float, float]] = []
        self.gaps: list[_Cut] = []
        self.ends = [limit(root, {}, side) for side in (-1, 1)]
        self.slopes = [limit(root, {}, side, 1) for side in (-1, 1)]
        self.lines = [asymptote(root, {}, side) for side in (-1, 1)]

    def found(self) -> Analysis:
        """Return all that is found."""
        with truth.precision() as at:
            result = at(BITS, self._found)
        assert isinstance(result, Analysis)
        return result

    def _found(self) -> Analysis:
        self.period = _period(self.root) if self.wavy else None
        low, high = self._window()
        self.cuts = self._cut(low, high)
        self.window = ends = self._end(low), self._end(high)
        points = [ends[0], *self.cuts, ends[1]]
        self.pieces = [_Piece(a, b) for a, b in pairwise(points) if self._is_defined(a, b)]
        self.zeros, self.turns, self.bends = (self._roots(k) for k in range(3))
        self.sides = {(i, side): self._side(cut, side) for i, cut in enumerate(self.cuts) for side in (-1, 1)}
        monotone = self._stretches(1, self.turns)
        convexity = self._stretches(2, self.bends)
        if self.period is not None and any(side for _, _, side in monotone):
            self.ends = self.slopes = [Limit(Ending.OSCILLATES)] * 2
            self.lines = [None, None]
        values = self._range()
        symmetry, centre = self._symmetry()
        return Analysis(
            domain=tuple(self._domain()),
            zeros=tuple(self._zeros()),
            flat_zeros=tuple(self._flat_zeros()),
            extrema=tuple(self._extrema(monotone, values)),
            inflections=tuple(self._inflections(convexity)),
            range=tuple(values),
            breaks=tuple(b for i in range(len(self.cuts)) if (b := self._breach(i))),
            left=self._ending(0),
            right=self._ending(1),
            symmetry=symmetry,
            centre=centre,
            monotone=tuple(
                _shown(self._whole(monotone), (Course.DECREASING, Course.CONSTANT, Course.INCREASING))
            ),
            convexity=tuple(_shown(self._whole(convexity), (Course.CONCAVE, Course.LINEAR, Course.CONVEX))),
            period=_quantity(self.period) if self.period is not None else None,
            lipschitz=self._lipschitz(),
            endless=self.wavy,
            unproved=tuple(self.unproved),
            sampled=tuple(sorted(set(self.sampled))),
        )

    # how the line is cut

    def _window(self) -> tuple[Any, Any]:
        if not self.wavy:
            return -math.inf, math.inf
        if self.period is None:
            return real(-WINDOW), real(WINDOW)
        start = (
            (self.period * arb(-0.031)).mid().fmpq()
            if isinstance(self.period, arb)
            else self.period * fmpq(-31, 1000)
        )
        return start, start + self.period

    def _end(self, at: Any) -> _Cut:
        if isinstance(at, float):
            return _Cut(at, at, at)
        return _cut(at)

    def _cut(self, low: Any, high: Any) -> list[_Cut]:
        """Return the points where the formula may break, in order."""
        ends = (
            float(ball(low)) if not isinstance(low, float) else low,
            float(ball(high)) if not isinstance(high, float) else high,
        )
        found: list[Root] = []
        rims: list[float] = []
        divisors = _divisors(self.root)
        gaps: list[Any] = []
        for switch in _switches(self.root, ends):
            part = roots(recognised(switch), [(max(ends[0], -REACH), min(ends[1], REACH))])
            found += part.points
            gaps += [r.at for r in part.points if switch in divisors and not isinstance(r.at, fmpq)]
            rims += [x for span in part.flat for x in span if abs(x) < REACH]
            if not part.complete:
                self.unproved["breaks"] = None
        known = [float(ball(root.at)) for root in found]
        # What is flat up to a place where it breaks is known to be so nearly up to it.
        found += [
            Root(real(x), True) for x in rims if not any(abs(x - y) < NEAR * (1 + abs(y)) for y in known)
        ]
        cuts: list[_Cut] = []
        for root in sorted(found, key=lambda r: float(ball(r.at))):
            if not cuts or not ball(cuts[-1].at).overlaps(ball(root.at)):
                cuts.append(_cut(root.at))
            elif isinstance(root.at, fmpq):
                cuts[-1] = _cut(root.at)
        self.gaps = [c for c in cuts if any(ball(c.at).overlaps(ball(gap)) for gap in gaps)]
        return [c for c in cuts if ends[0] < c.low and c.high < ends[1]]

    def _is_defined(self, a: _Cut, b: _Cut) -> bool:
        if (inner := _inner(a, b)) is None:
            return False
        try:
            return truth.Run(self.program, Jet(inner), {}).result() is not None
        except truth.SidesError:
            return False
        except UndecidedError:  # beyond all measure
            self.unproved["domain"] = None
            return True

    def _at(self, x: Any, order: int = 0) -> Any:
        """Return f, f′ or f″ at a point, or over a ball; None if there is no value, or nothing tells."""
        jet = Jet(x) if order == 0 else Jet(x, fmpq(1), fmpq(0))
        try:
            found = truth.Run(self.program, jet, {}, order and 1, beside=order > 0).result()
        except (truth.SidesError, UndecidedError):
            return None
        if found is None:
            return None
        value = found.a0 if order == 0 else found.coefficient(1) if order == 1 else found.coefficient(2) * 2
        return None if isinstance(value, arb) and value.is_nan() else value

    def _side(self, cut: _Cut, side: int) -> _Side:
        """Return the limits of f, f′ and f″ at one side of a cut."""
        if cut in self.cuts and not self._is_beside(cut, side):
            return _Side(None, None, None)
        if isinstance(cut.at, fmpq):
            found = [_or_none(truth.approach, self.root, cut.at, side, order) for order in range(3)]
            return _Side(*(fmpq(0) if isinstance(v, Extreme) and v.is_tiny else v for v in found))
        before, ctx.prec = ctx.prec, 4 * BITS  # arcsin(sin x) at π/2 leaves a quarter of the digits
        try:
            return self._side_of_ball(cut, side)
        finally:
            ctx.prec = before

    def _is_beside(self, cut: _Cut, side: int) -> bool:
        """Return whether f is defined at a side of a cut."""
        return any((piece.left if side > 0 else piece.right) == cut for piece in self.pieces)

    def _side_of_ball(self, cut: _Cut, side: int) -> _Side:
        rim = cut.at.upper() if side > 0 else cut.at.lower()
        size = abs(rim)
        tiny = size * arb((1, -110))
        near = (rim + side * tiny).union(rim + side * tiny * 2)
        return _Side(
            *(
                self._near(order, [rim + side * size * arb((1, -k)) for k in (20, 40, 80, 120)], near)
                for order in range(3)
            )
        )

    def _near(self, order: int, points: Sequence[Any], near: Any) -> Any:
        """Return what f, f′ or f″ tends to at an enclosed place, from points 2^−20, 2^−40, 2^−80 away."""
        values = [self._at(x, order) for x in points]
        *values, nearest = values
        found = self._at(near, order)
        if found is None and nearest is not None and None not in values:  # the end of a domain in between
            found = _extrapolated(values[1], values[2], nearest)
        if found is None or None in values:
            return None
        try:
            a, b, c = (float(abs(ball(v)).mid()) for v in values)
        except UndecidedError:
            return None
        if c > b * 64 > a * 4096 and (side := _sign_or_none(values[2])):
            return arb.pos_inf() if side > 0 else arb.neg_inf()
        if isinstance(found, arb) and not found.is_finite():
            return None
        return fmpq(0) if _is_nothing(found) or c < 2.0**-76 else found

    def _roots(self, order: int) -> Roots:
        name, form = ("zeros", "extrema", "inflections")[order], self.forms[order]
        if form is None:
            self.unproved[name] = None
            return Roots([], [], False, [], [piece.inside for piece in self.pieces])
        found = roots(form, [piece.inside for piece in self.pieces])
        if not found.complete:
            self.unproved |= dict.fromkeys((name, *_FOLLOWS[order]))
        if found.sampled:
            self.sampled += found.sampled
        found.flat = [self._up_to_cuts(*span) for span in found.flat]
        rims = [x for piece in self.pieces for x in piece.inside]
        found.points = [
            r
            for r in found.points
            if not _inside(r.at, found.flat)  # beside a cut both branches of a comparison may hold
            and (r.proved or not any(abs(float(ball(r.at)) - x) < SHORT * 4 * abs(x) for x in rims))
        ]
        found.open = _near_cuts(found.open, self.pieces)
        found.points = [r for r in found.points if not _inside(r.at, found.open)]
        return found

    def _up_to_cuts(self, low: float, high: float) -> tuple[float, float]:
        """Return an interval on which all is 0, whose ends are known nearly, up to the ends of its piece."""
        for a, b in (piece.inside for piece in self.pieces):
            if low <= b and high >= a:
                low = a if 0 <= low - a < NEAR * (1 + abs(a)) else low
                high = b if 0 <= b - high < NEAR * (1 + abs(b)) else high
        return low, high

    # what follows

    def _domain(self) -> Iterator[Span]:
        spans: list[tuple[_Cut, _Cut]] = []
        for piece in self.pieces:
            if spans and spans[-1][1] == piece.left and self._holds(piece.left):
                spans[-1] = spans[-1][0], piece.right
            else:
                spans.append((piece.left, piece.right))
        for a, b in self._joined(spans):
            yield Span(_quantity(a.at), _quantity(b.at), self._closes(a), self._closes(b))

    def _closes(self, cut: _Cut) -> bool:
        """Return whether f is defined at the end of an interval."""
        return not isinstance(cut.at, float) and self._value(cut) is not None

    def _joined(self, spans: list[tuple[_Cut, _Cut]]) -> list[tuple[_Cut, _Cut]]:
        """Return where f is defined, beyond a window as well.

        What a period holds at both of its ends is one interval. Without a period the ends of a window are
        those of the line where intervals prove that f is defined beyond.
        """
        if not self.wavy or not spans:
            return spans
        low, high = spans[0][0] == self.window[0], spans[-1][1] == self.window[1]
        if self.period is not None:
            if not (low and high):
                return spans
            if len(spans) == 1:
                return [(_endless(-1), _endless(1))]
            return [self._across(spans[-1][0], spans[0][1]), *spans[1:-1]]
        if low and self._enclosed(-math.inf, -WINDOW)[0]:
            spans[0] = _endless(-1), spans[0][1]
        if high and self._enclosed(WINDOW, math.inf)[0]:
            spans[-1] = spans[-1][0], _endless(1)
        return spans

    def _enclosed(self, low: float, high: float) -> tuple[bool, float, float]:
        """Return whether f is certainly defined all over an interval, and bounds on its values there."""
        if math.isinf(low) or math.isinf(high):
            far = np.array([WINDOW * 2.0**k for k in range(48)] + [math.inf])
            ends = far if math.isinf(high) else -far[::-1]
        else:
            ends = np.linspace(low, high, 65)
        (values,) = over([self.root], ends[:-1], ends[1:])
        return bool(np.all(values.total)), float(np.min(values.low)), float(np.max(values.high))

    def _whole(self, stretches: list[tuple[_Cut, _Cut, int]]) -> list[tuple[_Cut, _Cut, int]]:
        """Return stretches with those at both ends of a period as one; what runs one way does so for ever."""
        if not self.wavy or not stretches:
            return stretches
        (low, first, side), (last, high, other) = stretches[0], stretches[-1]
        if (low, high) != self.window or side != other:
            return stretches
        if len(stretches) == 1:
            return [(_endless(-1), _endless(1), side)] if self._repeated() else stretches
        if self.period is None:
            return stretches
        return [(*self._across(last, first), side), *stretches[1:-1]]

    def _across(self, a: _Cut, b: _Cut) -> tuple[_Cut, _Cut]:
        """Return what lies on both sides of the end of a period as one interval, the one nearest to 0."""
        middle = float(ball(a.at + b.at)) / 2, float(ball(self.period)) / 2
        if abs(middle[0] - middle[1]) < abs(middle[0] + middle[1]) * 0.999:
            return _cut(a.at - self.period), b
        return a, _cut(b.at + self.period)

    def _repeated(self) -> bool:
        """Return whether f′ is periodic, so that a window shows all of it."""
        if self.period is not None:
            return True
        period = None if self.forms[1] is None else _period(self.forms[1])
        return (
            period is not None
            and bool(ball(period) < WINDOW)
            and not any(e.op in _STEPPED for e in depends_on(X, [self.root]))
        )

    def _holds(self, cut: _Cut) -> bool:
        """Return whether f is defined at a cut."""
        if self._value(cut) is not None:
            return True
        if cut in self.gaps:
            return False
        sides = [self._side(cut, side).value for side in (-1, 1)] if isinstance(cut.at, arb) else [None]
        return all(v is not None and not truth.end_of(v) for v in sides)

    def _value(self, cut: _Cut) -> Any:
        """Return f at a cut; None where it is not defined or infinite."""
        if isinstance(cut.at, float) or cut in self.gaps:
            return None
        value = self._at(cut.at)
        if value is None and not isinstance(cut.at, fmpq):
            sides = [self._side(cut, side).value for side in (-1, 1)]
            if None not in sides and _compare(*sides) == 0:
                return sides[0]
        return None if value is None or truth.end_of(value) else value

    def _zeros(self) -> Iterator[Spot]:
        zero = _quantity(fmpq(0))
        found = [(root.at, root.proved) for root in self.zeros.points]
        for cut in self.cuts:
            value = self._value(cut)
            flat = any(
                a <= math.nextafter(cut.high, math.inf) and math.nextafter(cut.low, -math.inf) <= b
                for a, b in self.zeros.flat
            )
            if value is not None and not flat and _is_nothing(value):
                found.append((cut.at, True))
        for at, proved in sorted(found, key=lambda f: float(ball(f[0]))):
            yield Spot(_quantity(at, proved=proved), zero, _maybe(self._at(at, 1)))

    def _flat_zeros(self) -> Iterator[Span]:
        found: list[tuple[_Cut, _Cut, bool, bool]] = []
        for a, b in self.zeros.flat:
            low = next((c for c in self.cuts if math.nextafter(c.high, math.inf) == a), None)
            high = next((c for c in self.cuts if math.nextafter(c.low, -math.inf) == b), None)
            closed = [
                c is not None and (v := self._value(c)) is not None and _is_nothing(v) for c in (low, high)
            ]
            ends = low or _ended(a), high or _ended(b)
            found.append((ends[0], ends[1], closed[0], closed[1]))
        if self.period is not None and len(found) > 1:
            (first, last) = found[0], found[-1]
            rims = self.pieces[0].inside[0], self.pieces[-1].inside[1]
            if (self.zeros.flat[0][0], self.zeros.flat[-1][1]) == rims:
                found = [(*self._across(last[0], first[1]), last[2], first[3]), *found[1:-1]]
        for start, end, *closing in found:
            yield Span(_quantity(start.at), _quantity(end.at), *closing)

    def _stretches(self, order: int, found: Roots) -> list[tuple[_Cut, _Cut, int]]:
        """Return the intervals between cuts and zeros of f′ or f″, with its sign."""
        stretches: list[tuple[_Cut, _Cut, int]] = []
        for piece in self.pieces:
            low, high = piece.inside
            inner = [_cut(r.at) for r in found.points if low <= float(ball(r.at)) <= high]
            inner += [_cut(real(x)) for span in found.flat for x in span if low < x < high]
            points = [piece.left, *sorted(inner, key=lambda c: c.low), piece.right]
            for a, b in _known(points, found.open):
                inside = _inner(a, b)
                if inside is None:
                    continue
                side = _sign_or_none(self._at(inside, order))
                if side is None:
                    self.unproved["monotone" if order == 1 else "convexity"] = None
                    continue
                if stretches and stretches[-1][2] == side and stretches[-1][1] == a and self._joins(a, order):
                    stretches[-1] = stretches[-1][0], b, side
                else:
                    stretches.append((a, b, side))
        return stretches

    def _is_continuous(self, i: int) -> bool:
        left, right = self.sides[i, -1].value, self.sides[i, 1].value
        if left is None or right is None or truth.end_of(left) or truth.end_of(right):
            return False
        value = self._value(self.cuts[i])
        return value is not None and _compare(left, right) == 0 and _compare(left, value) == 0

    def _joins(self, cut: _Cut, order: int) -> bool:
        """Return whether f runs, or bends, in one way across a point if it does so on both sides."""
        if cut not in self.cuts:
            return True
        i = self.cuts.index(cut)
        left, right = self.sides[i, -1].slope, self.sides[i, 1].slope
        smooth = left is not None and right is not None and _compare(left, right) == 0
        return self._is_continuous(i) and (order == 1 or smooth)

    def _extrema(self, stretches: list[tuple[_Cut, _Cut, int]], values: Sequence[Span]) -> Iterator[Extremum]:
        for (_, cut, before), (start, _, after) in pairwise(stretches):
            if cut != start or before * after >= 0:
                continue
            if cut in self.cuts and not self._is_continuous(self.cuts.index(cut)):
                continue
            bend = _sign_or_none(self._at(cut.at, 2)) if cut not in self.cuts else 0
            if bend and "extrema" in self.unproved:  # others between may be missing
                before = -bend
            value = self._value(cut)
            shown = _maybe(value)
            if shown is None:
                continue
            best = any(
                (span.high if before > 0 else span.low).value == shown.value
                for span in (values[-1:] if before > 0 else values[:1])
            )
            yield Extremum(_quantity(cut.at), shown, before > 0, best)

    def _inflections(self, stretches: list[tuple[_Cut, _Cut, int]]) -> Iterator[Spot]:
        for (_, cut, before), (start, _, after) in pairwise(stretches):
            if cut != start or before * after >= 0:
                continue
            if cut in self.cuts:
                i = self.cuts.index(cut)
                left, right = self.sides[i, -1].slope, self.sides[i, 1].slope
                if not self._is_continuous(i) or left is None or right is None or _compare(left, right) != 0:
                    continue
            value = _maybe(self._value(cut))
            if value is not None:
                yield Spot(_quantity(cut.at), value, _maybe(self._at(cut.at, 1)))

    def _range(self) -> list[Span]:
        """Return the values of every piece, those that meet put together."""
        found: list[list[Any]] = []
        for piece in self.pieces:
            low, high = piece.inside
            values: list[tuple[Any, bool]] = [self._towards(piece.left, 1), self._towards(piece.right, -1)]
            values += [
                (self._value(_cut(r.at)), True) for r in self.turns.points if low <= float(ball(r.at)) <= high
            ]
            if any(v is None for v, _ in values):
                self.unproved["range"] = None
                return []
            least, most = _extreme(values, -1), _extreme(values, 1)
            flat = _compare(least[0], most[0]) == 0
            found.append([least[0], most[0], least[1] or flat, most[1] or flat])
        own = [value for cut in self.cuts if (value := self._value(cut)) is not None]
        found += [[value, value, True, True] for value in own]
        spans = _united(found)
        if len(spans) == 1 and all(map(truth.end_of, spans[0][:2])):  # all of ℝ, whatever there is besides
            self.unproved.pop("range", None)
            return [Span(_quantity(a), _quantity(b), c, d) for a, b, c, d in spans]
        if "extrema" in self.unproved:
            self.unproved["range"] = None
        if self.period is None and any(e.ending is Ending.OSCILLATES for e in self.ends):
            self.unproved["range"] = None
            return []
        outside = [(-math.inf, -WINDOW), (WINDOW, math.inf)] if self.wavy and self.period is None else []
        if not self._covers(spans, [*outside, *self.turns.open]):
            self.unproved["range"] = None
            return []
        guessed = [e.value for e in self.ends if e.value is not None and not e.proved]
        if any(_compare(v, rim) == 0 for v in guessed for span in spans for rim in span[:2]):
            self.unproved["range"] = None
        return [Span(_quantity(a), _quantity(b), c, d) for a, b, c, d in spans]

    def _covers(self, spans: Sequence[Sequence[Any]], parts: Sequence[tuple[float, float]]) -> bool:
        """Return whether the hull of some spans certainly holds the values on parts of the line."""
        for part in parts:
            _, low, high = self._enclosed(*part)
            if not spans or _compare(spans[0][0], arb(low)) > 0 or _compare(spans[-1][1], arb(high)) < 0:
                return False
        return len(spans) < 2 or not parts

    def _towards(self, cut: _Cut, side: int) -> tuple[Any, bool]:
        """Return the limit of f at an end of a piece, and whether it is a value too."""
        free = self.period is None and cut not in self.cuts and self.ends[side < 0].value is not None
        if isinstance(cut.at, float) or free:
            end = self.ends[side < 0]
            if end.value is None:
                self.unproved["range"] = None
                return None, False
            return (fmpq(0) if isinstance(end.value, Extreme) else end.value), False
        if cut in self.cuts:
            value = self.sides[self.cuts.index(cut), side].value
            own = self._value(cut)
            return value, value is not None and own is not None and not truth.end_of(value) and _compare(
                value, own
            ) == 0
        return self._value(cut), True

    def _ending(self, i: int) -> Tendency:
        end, line = self.ends[i], self.lines[i]
        limit = None if end.value is None else _quantity(end.value, proved=end.proved)
        if isinstance(end.value, Extreme) and end.value.is_tiny and end.value.sign < 0:
            limit = Quantity("-0", -0.0, True, end.proved)
        return Tendency(
            end.ending.value,
            limit,
            _quantity(line.slope, proved=False) if line else None,
            _quantity(line.intercept, proved=False) if line else None,
        )

    def _breach(self, i: int) -> Breach | None:
        cut, left, right = self.cuts[i], self.sides[i, -1], self.sides[i, 1]
        own = self._value(cut)
        kind = self._kind(i, left, right, own)
        if kind is None:
            return None
        slope = (
            _or_none(truth.enclose, self.root, {}, _fraction(cut.at), 1) if isinstance(cut.at, fmpq) else None
        )
        returned = (
            _or_none(truth.enclose, self.root, {}, _fraction(cut.at)) if isinstance(cut.at, fmpq) else own
        )
        return Breach(
            _quantity(cut.at),
            kind,
            _maybe(returned),
            _maybe(left.value),
            _maybe(right.value),
            _maybe(slope),
            _maybe(left.slope),
            _maybe(right.slope),
        )

    def _kind(self, i: int, left: _Side, right: _Side, own: Any) -> BreakKind | None:
        cut = self.cuts[i]
        defined = [any(p.right == cut for p in self.pieces), any(p.left == cut for p in self.pieces)]
        values = left.value, right.value
        if any(v is not None and truth.end_of(v) for v in values):
            return BreakKind.POLE
        if not all(defined):
            return BreakKind.EDGE if any(defined) else None
        if None in values:
            if own is None and isinstance(cut.at, arb) and cut not in self.gaps:
                self.unproved |= {"domain": None, "breaks": None}
            return BreakKind.HOLE if own is None else BreakKind.JUMP
        if _compare(*values) != 0:
            return BreakKind.JUMP
        if own is None:
            return BreakKind.HOLE
        if _compare(own, values[0]) != 0:
            return BreakKind.JUMP
        if left.slope is None or right.slope is None or _compare(left.slope, right.slope) != 0:
            return BreakKind.KINK
        if truth.end_of(left.slope):
            return BreakKind.KINK
        if (
            left.curvature is None
            or right.curvature is None
            or _compare(left.curvature, right.curvature) != 0
        ):
            return BreakKind.CURVATURE
        return None

    def _lipschitz(self) -> Quantity | None:
        """Return the supremum of |f′|."""
        sizes: list[Any] = []
        for i in range(len(self.cuts)):
            left, right = self.sides[i, -1], self.sides[i, 1]
            kind = self._kind(i, left, right, self._value(self.cuts[i]))
            if kind in (BreakKind.POLE, BreakKind.JUMP):
                return _quantity(math.inf)
            sizes += [s.slope for s in (left, right) if s.slope is not None]
        sizes += [self._at(r.at, 1) for r in self.bends.points]
        for piece in self.pieces:
            for cut, i in ((piece.left, 0), (piece.right, 1)):
                if isinstance(cut.at, float):
                    sizes.append(self.slopes[i].value)
            inside = _inner(piece.left, piece.right)
            if inside is not None:
                sizes.append(self._at(inside, 1))
        if any(s is not None and truth.end_of(s) for s in sizes):
            return _quantity(math.inf)
        if self.bends.open and any(
            self.sides[i, side].slope is None and self._is_beside(cut, side)
            for i, cut in enumerate(self.cuts)
            for side in (-1, 1)
        ):
            self.unproved["lipschitz"] = None
            return None
        if self.wavy and not self._repeated():
            self.unproved["lipschitz"] = None
            if "inflections" in self.unproved or any(e.ending is Ending.OSCILLATES for e in self.slopes):
                return None
        if "inflections" in self.unproved or any(s is None for s in sizes):
            self.unproved["lipschitz"] = None
        if any(s is None or (isinstance(s, Extreme) and s.is_huge) for s in sizes):
            self.unproved["lipschitz"] = None
            return None
        known = [
            (-s if (_sign_or_none(s) or 0) < 0 else s, True)
            for s in sizes
            if s is not None and not isinstance(s, Extreme)
        ]
        if not known:
            return None
        return _quantity(_extreme(known, 1)[0], proved="lipschitz" not in self.unproved)

    def _symmetry(self) -> tuple[Reflection, Spot | None]:
        mirrored = simplified(substituted(self.root, {X: -X}))
        if mirrored is simplified(self.root):
            return Reflection.EVEN, None
        if mirrored is simplified(-self.root):
            return Reflection.ODD, None
        for way, found in ((1, Reflection.EVEN), (-1, Reflection.ODD)):
            if self._mirrors(fmpq(0), fmpq(0), way):
                self.unproved["symmetry"] = None
                return found, None
        centres = [fmpq(0), *(r.at for r in self.bends.points), *(c.at for c in self.cuts)][:6]
        for at in centres:
            value = self._at(at)
            if (
                isinstance(at, fmpq)
                and value is not None
                and not truth.end_of(value)
                and self._mirrors(at, value, -1)
            ):
                self.unproved["symmetry"] = None
                return Reflection.POINT, Spot(_quantity(at), _quantity(value))
        return Reflection.NONE, None

    def _mirrors(self, centre: fmpq, value: Any, way: int) -> bool:
        """Return whether f(c + h) − v = ±(f(c − h) − v) at some points."""
        told = 0
        for h in (
            fmpq(1, 7),
            fmpq(2, 3),
            fmpq(19, 11),
            fmpq(37, 9),
            fmpq(1, 300),
            fmpq(113, 7),
            fmpq(29, 100),
            fmpq(127, 3),
            fmpq(10007, 7),
            fmpq(2**30 + 1, 3),
        ):
            a, b = self._at(centre + h), self._at(centre - h)
            if (a is None) != (b is None):
                return False
            if a is None:
                continue
            if _compare(a - value, (b - value) * way) != 0:
                return False
            told += 1
        return told > 2


_FOLLOWS = ((), ("monotone",), ("convexity",))
"""What is not proved either where not all zeros of f, f′ or f″ are."""

_WAVES = frozenset({Op.SIN, Op.COS, Op.TAN, Op.FLOOR, Op.CEIL, Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA})
_COMPARED = frozenset({Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.MAXIMUM, Op.MINIMUM})
_AT_ZERO = frozenset({Op.ABS, Op.SIGN, Op.LOG, Op.CBRT, Op.SQRT})


def _switches(root: Expression, window: tuple[float, float]) -> list[Expression]:
    """Return what is 0 where a formula may break: comparisons that tie, poles, ends of domains, steps."""
    found: dict[Expression, None] = {}
    moving = depends_on(X, [root])
    for e in in_order(root):
        if e not in moving:
            continue
        u = e.args[0] if e.args else e
        if e.op in _COMPARED:
            found[e.args[0] - e.args[1]] = None
        elif e.op in _AT_ZERO:
            found[u] = None
        elif e.op is Op.DIVIDE:
            found[e.args[1]] = None
        elif e.op is Op.POWER and not _is_natural(e.args[1]):
            found[u] = None
        elif e.op in (Op.FLOOR, Op.CEIL):
            found |= dict.fromkeys(u - n for n in _whole_values(u, window))
        elif e.op in (Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA):
            found |= dict.fromkeys(u - n for n in _whole_values(u, window) if n <= 0)
        elif e.op is Op.TAN:
            found[apply(Op.COS, u)] = None
        elif e.op in (Op.ARCSIN, Op.ARCCOS) and u.op in (Op.SIN, Op.COS):  # ±1, and double zeros of it ∓ 1
            found[apply(Op.COS if u.op is Op.SIN else Op.SIN, u.args[0])] = None
        elif e.op in (Op.ARCSIN, Op.ARCCOS, Op.ARCTANH):
            found[u - 1] = found[u + 1] = None
        elif e.op is Op.ARCCOSH:
            found[u - 1] = None
        elif e.op is Op.LOG1P:
            found[u + 1] = None
    return [simplified(e) for e in found if X in depends_on(X, [e])]


def _divisors(root: Expression) -> set[Expression]:
    """Return what a formula is not defined at the zeros of, as `_switches` has it."""
    if any(e.op is Op.WHERE for e in in_order(root)):
        return set()
    return {simplified(e.args[1]) for e in in_order(root) if e.op is Op.DIVIDE}


def _whole_values(u: Expression, window: tuple[float, float]) -> range:
    """Return the whole numbers that an expression may be in a window, 100 at the most on both sides of 0."""
    (values,) = over([u], np.array([window[0]]), np.array([window[1]]))
    return range(
        max(math.ceil(max(values.low[0], -100)), -100), min(math.floor(min(values.high[0], 100)), 100) + 1
    )


def _is_natural(e: Expression) -> bool:
    return isinstance(e.value, Fraction) and e.value.denominator == 1 and e.value > 0


def _is_endless(e: Expression) -> bool:
    """Return whether an operation waves or steps for ever: not where its argument tends to numbers."""
    return e.op in _WAVES and not all(limit(e.args[0], {}, side).ending is Ending.NUMBER for side in (-1, 1))


class _Wave(NamedTuple):
    """A wave or a step of a·x + b.

    Attributes:
        period: its period, a fraction or a ball.
        of_pi: whether that is in parts of π.
        halves: how many halves of the period there are after which it is itself, or itself with another sign.
        replacement: what is put in its place: what is the same after a period.
        opposite: what is, after one such half.
    """

    period: Any
    of_pi: bool
    halves: int
    replacement: Expression
    opposite: Expression


def _period(root: Expression) -> Any:
    """Return a period of a formula in which x stands in waves and steps of a·x + b alone; None without one.

    Half of it is taken if the formula is the same with the other signs of its waves.
    """
    waves: dict[Expression, _Wave] = {}
    for i, e in enumerate(in_order(root)):
        if e.op in (Op.SIN, Op.COS, Op.TAN, Op.FLOOR, Op.CEIL) and (rate := _rate(e.args[0])) is not None:
            waves[e] = _wave(e, rate, parameter(f"wave {i}"))
    if not waves:
        return None
    same = simplified(_without(root, {e: wave.replacement for e, wave in waves.items()}))
    if X in in_order(same):
        return None
    first, *rest = waves.values()
    parts = [fmpq(1)]  # periods in parts of the first
    for wave in rest:
        part = None
        if isinstance(first.period, fmpq) and isinstance(wave.period, fmpq):
            part = wave.period / first.period if wave.of_pi is first.of_pi else None
        elif not isinstance(first.period, fmpq) and not isinstance(wave.period, fmpq):
            part = truth.simplest(wave.period / first.period, BITS - 40)
        if not isinstance(part, fmpq):
            return None
        parts.append(part)
    total = parts[0]
    for part in parts[1:]:
        total = _common(total, part)
    turns = [total / part * wave.halves / 2 for part, wave in zip(parts, waves.values(), strict=True)]
    if all(turn.q == 1 for turn in turns):
        other = {
            e: wave.opposite if int(turn.p) % 2 else wave.replacement
            for (e, wave), turn in zip(waves.items(), turns, strict=True)
        }
        if simplified(_without(root, other)) is same:
            total /= 2
    period = first.period * total
    return period * arb.pi() if first.of_pi else period


def _wave(e: Expression, rate: Any, name: Expression) -> _Wave:
    if e.op in (Op.FLOOR, Op.CEIL):  # ⌊u⌋ = u − what repeats
        own = e.args[0] - name
        return _Wave(1 / abs(rate), False, 1, own, own)
    turns = 1 if e.op is Op.TAN else 2
    opposite = name if e.op is Op.TAN else -name
    if isinstance(rate, fmpq):
        return _Wave(fmpq(turns) / abs(rate), True, turns, name, opposite)
    return _Wave(truth.simplest(turns * arb.pi() / abs(rate), BITS - 40), False, turns, name, opposite)


def _common(a: fmpq, b: fmpq) -> fmpq:
    """Return the least common multiple of two fractions."""
    p, q, r, s = int(a.p), int(a.q), int(b.p), int(b.q)
    return fmpq(math.lcm(p * s, r * q), q * s)


def _rate(u: Expression) -> Any:
    """Return the slope of a line in x, a fraction or a ball; None if it is no line."""
    if any(e.op not in _LINEAR for e in depends_on(X, [u])):
        return None
    slope = simplified(derivative(u, X))
    if X in in_order(slope):
        return None
    try:
        found = truth.Run(truth.program_of(slope), Jet(fmpq(0)), {}).result()
    except (truth.SidesError, UndecidedError):
        return None
    return found.a0 if found is not None and _sign_or_none(found.a0) else None


_LINEAR = frozenset({Op.VARIABLE, Op.ADD, Op.SUBTRACT, Op.NEGATE, Op.MULTIPLY, Op.DIVIDE})
_STEPPED = frozenset({Op.FLOOR, Op.CEIL, Op.SIGN, Op.WHERE})
"""Operations that may jump where their derivative shows nothing."""


def _is_at_a_point(condition: Expression) -> bool:
    """Return whether a condition is x = c, or that of another line: it does not hold but at a cut."""
    if condition.op is not Op.EQUAL:
        return False
    return _rate(condition.args[0] - condition.args[1]) is not None


def _without(root: Expression, replaced: Mapping[Expression, Expression]) -> Expression:
    new: dict[Expression, Expression] = {}
    for e in in_order(root):
        new[e] = replaced[e] if e in replaced else apply(e.op, *(new[a] for a in e.args)) if e.args else e
    return new[root]


def _cut(at: Any) -> _Cut:
    enclosed = ball(at)
    low, high = float(enclosed.lower()), float(enclosed.upper())
    if isinstance(at, fmpq) and real(low) == at:
        return _Cut(at, low, low)
    return _Cut(at, math.nextafter(low, -math.inf), math.nextafter(high, math.inf))


def _endless(side: int) -> _Cut:
    """Return an end of the line."""
    return _Cut(*[side * math.inf] * 3)


def _ended(x: float) -> _Cut:
    """Return a double as a place, or an end of the line for one beyond all that is looked at."""
    return _endless(-1 if x < 0 else 1) if abs(x) >= REACH else _cut(real(x))


def _near_cuts(unknown: Sequence[tuple[float, float]], pieces: Sequence[_Piece]) -> list[tuple[float, float]]:
    """Return where there may be any number of zeros; next to a cut (an essential singularity) in one piece.

    Far out, and in the last place of a point, there is hardly more than one.
    """
    found = []
    wide = [(a, b) for a, b in unknown if b - a > NEAR * max(abs(a), abs(b))]
    for piece in pieces:
        low, high = piece.inside
        left = [b for a, b in wide if a >= low and b < min(low + 1, low / 2 + high / 2)]
        right = [a for a, b in wide if b <= high and a > max(high - 1, low / 2 + high / 2)]
        if left and math.isfinite(low):
            found.append((low, max(left)))
        if right and math.isfinite(high):
            found.append((min(right), high))
    return sorted(found + [(a, b) for a, b in wide if min(abs(a), abs(b)) < FAR / 2])


def _known(points: Sequence[_Cut], unknown: Sequence[tuple[float, float]]) -> Iterator[tuple[_Cut, _Cut]]:
    """Yield the intervals between points, without what lies in others."""
    for low, high in pairwise(points):
        start = low
        for a, b in unknown:
            if b <= start.high or a >= high.low:
                continue
            if a > math.nextafter(start.high, math.inf):
                yield start, _cut(real(a))
            start = _cut(real(b))
        if start.high < math.nextafter(high.low, -math.inf):
            yield start, high


def _inner(a: _Cut, b: _Cut) -> fmpq | None:
    """Return a point between two cuts; None if they are next to each other."""
    if math.isinf(a.high) and math.isinf(b.low):
        return fmpq(1, 7)
    low, high = fmpq(), fmpq()
    if math.isfinite(a.high):
        low = fmpq(real(a.high))
    if math.isfinite(b.low):
        high = fmpq(real(b.low))
    if math.isinf(a.high):
        return high - max(abs(high), fmpq(1)) * fmpq(6, 7)
    if math.isinf(b.low):
        return low + max(abs(low), fmpq(1)) * fmpq(6, 7)
    return low + (high - low) * fmpq(3, 7) if low < high else None


def _inside(at: Any, spans: Iterable[tuple[float, float]]) -> bool:
    x = float(ball(at))
    return any(math.nextafter(a, -math.inf) <= x <= math.nextafter(b, math.inf) for a, b in spans)


def _fraction(q: fmpq) -> Fraction:
    return Fraction(int(q.p), int(q.q))


def _extrapolated(far: Any, near: Any, nearest: Any) -> Any:
    """Return what values at distances d, d², d³ tend to, and how far from it they may be."""
    first, last = abs(ball(near - far)), abs(ball(nearest - near))
    if first < arb((1, -90)) and last < arb((1, -90)):
        return ball(nearest) + arb(0, last.abs_upper())
    if not last < first * arb((1, -10)):
        return None
    return ball(nearest) + arb(0, (last * last / first).abs_upper())


def _or_none(function: Any, *arguments: Any) -> Any:
    try:
        found = function(*arguments)
    except UndecidedError:
        return None
    return None if isinstance(found, float) and math.isnan(found) else found


def _sign_or_none(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return sign(value)
    except UndecidedError:
        return 0 if _is_nothing(value) else None


def _is_nothing(value: Any) -> bool:
    """Return whether a number is 0, or not told from it by a hundred bits."""
    if isinstance(value, fmpq):
        return not value
    return (
        not isinstance(value, Extreme) and ball(value).contains(0) and bool(abs(ball(value)) < arb((1, -90)))
    )


def _compare(a: Any, b: Any) -> int:
    """Return the sign of a − b for numbers that may be infinite; 0 where 90 bits do not tell them apart."""
    ends = truth.end_of(a), truth.end_of(b)
    if any(ends):
        return (ends[0] > ends[1]) - (ends[0] < ends[1])
    try:
        rest = a - b
        if not isinstance(rest, (Extreme, fmpq)) and abs(ball(rest)) < abs(ball(a)) * arb((1, -90)):
            return 0
        return sign(rest)
    except UndecidedError:
        return 0


def _extreme(values: Sequence[tuple[Any, bool]], way: int) -> tuple[Any, bool]:
    """Return the least (−1) or greatest (1) value, and whether it is attained."""
    best = values[0]
    for value in values[1:]:
        order = _compare(value[0], best[0]) * way
        if order > 0 or (order == 0 and value[1] and not best[1]):
            best = value
    return best


def _united(found: list[list[Any]]) -> list[list[Any]]:
    """Return spans [low, high, low closed, high closed] in order, those that meet put together."""

    def order_of(s: list[Any], t: list[Any]) -> int:
        return _compare(s[0], t[0]) or int(t[2]) - int(s[2])

    spans = sorted(found, key=cmp_to_key(order_of))
    joined: list[list[Any]] = []
    for span in spans:
        if joined:
            last = joined[-1]
            order = _compare(span[0], last[1])
            if order < 0 or (order == 0 and (span[2] or last[3])):
                beyond = _compare(span[1], last[1])
                if beyond > 0:
                    last[1], last[3] = span[1], span[3]
                elif beyond == 0:
                    last[3] = last[3] or span[3]
                continue
        joined.append(list(span))
    return joined


def _shown(stretches: Iterable[tuple[_Cut, _Cut, int]], courses: Sequence[Course]) -> Iterator[Stretch]:
    for a, b, side in stretches:
        yield Stretch(_quantity(a.at), _quantity(b.at), courses[side + 1])


def _maybe(value: Any) -> Quantity | None:
    return None if value is None else _quantity(value)


def _quantity(value: Any, *, proved: bool = True) -> Quantity:
    """Return a number as text: itself if it is short, else its proved digits."""
    if isinstance(value, float):
        value = real(value) if math.isfinite(value) else value
    elif isinstance(value, Extreme) and value.is_tiny:
        value = fmpq(0)
    elif isinstance(value, arb) and value.is_finite():
        value = plain(value)
    if isinstance(value, float) or truth.end_of(value):
        infinite = value if isinstance(value, float) else truth.end_of(value) * math.inf
        return Quantity(str(infinite), infinite, True, proved)
    if isinstance(value, fmpq) and value.q < 10**6 and abs(value.p) < 10**15:
        return Quantity(str(value), float(ball(value)), True, proved)
    if isinstance(value, Extreme) and value.is_huge:
        return Quantity("", float(value), False, False)
    if _is_nothing(value):
        return Quantity("0", 0.0, False, False)
    for count in (15, 12, 9, 6, 3):
        try:
            return Quantity(Digits(count)(value), float(ball(value).mid()), False, proved)
        except UndecidedError:
            continue
    return Quantity("", float(ball(value).mid()), False, False)

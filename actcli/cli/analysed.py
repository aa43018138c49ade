"""What follows from a formula, in lines for people."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.evaluate import evaluate
from actcli.core.formula.analysis import BreakKind, Course, Reflection
from actcli.core.measure.facts import facts, number
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.arrays import Array
    from actcli.core.formula.analysis import (
        Analysis,
        Breach,
        Extremum,
        Quantity,
        Span,
        Spot,
        Stretch,
        Tendency,
    )
    from actcli.core.measure import Properties
    from actcli.core.spec import Activation, Params

_MOST = 6
"""Places of a list that are shown; programs get them all."""


_TOLD = {"range", "zeros", "extrema", "values there", "Lipschitz constant", "monotone", "symmetry", "smooth"}
"""What the lines of an analysis say already."""


def measured(known: Properties) -> list[tuple[str, str]]:
    """Return what is measured of a function under normal inputs."""
    if not known.found.is_total:
        return [("measured", "nothing: f is not defined on the whole line")]
    return [(name, fact) for name, fact in facts(known).items() if name not in _TOLD]


def lines(found: Analysis, function: Activation, params: Params) -> list[tuple[str, str]]:
    """Return an analysis as facts."""
    part = ""
    if found.period is not None:
        part = f"{_shown(found.period)}; what is listed is of one period"
    elif found.endless:
        part = "none, but waves or steps go on; what is listed is of −20 … 20"
    zeros = [(spot.x.value, _shown(spot.x)) for spot in found.zeros]
    zeros += [(span.low.value, _span(span)) for span in found.flat_zeros]

    def none(name: str) -> str:
        return "none found" if name in found.unproved else "none"

    breaks = [(b.x.value, _breach(b, function, params)) for b in found.breaks if b.kind is not BreakKind.EDGE]
    return [
        ("period", part),
        ("domain", _domain(found)),
        ("range", _spans(found.range) or "not found"),
        ("zeros", ", ".join(_nearest(zeros)) or none("zeros")),
        (
            "extrema",
            "\n".join(_nearest([(e.x.value, _extremum(e)) for e in found.extrema])) or none("extrema"),
        ),
        (
            "inflections",
            "\n".join(_nearest([(s.x.value, _inflection(s)) for s in found.inflections]))
            or none("inflections"),
        ),
        ("monotone", _stretches(found.monotone, _steps(found), endless=found.endless)),
        ("curvature", _stretches(found.convexity, [b.x for b in found.breaks], endless=found.endless)),
        ("breaks", "\n".join(_nearest(breaks)) or "none"),
        ("x → −∞", _end(found.left)),
        ("x → ∞", _end(found.right)),
        ("symmetry", _symmetry(found)),
        ("Lipschitz constant", _lipschitz(found.lipschitz)),
    ]


_LINES = {"lipschitz": "the Lipschitz constant", "convexity": "curvature"}
"""What a part of an analysis is called on the page, if not as itself."""


def proofs(found: Analysis) -> str:
    """Return what of an analysis is proved, in words."""
    if not found.is_proved:
        return "nothing: python-flint is missing (pip install 'actcli[exact]')"
    ends = found.left, found.right
    limits = any(not end.limit.proved if end.limit else end.ending == "unknown" for end in ends)
    unproved = [
        *(_LINES.get(name, name) for name in found.unproved),
        *(["the limits at ±∞"] if limits else []),
        *(f"the signs of f, f′ and f″ on {_between(repr(a), repr(b))[1]}" for a, b in found.sampled),
    ]
    return f"all digits above, but not {', '.join(unproved)}" if unproved else "all digits above"


def _shown(quantity: Quantity) -> str:
    """Return a number with its digits, without zeros at the end of its places."""
    digits, e, exponent = quantity.text.partition("e")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return (digits + e + exponent).replace("inf", "∞").replace("-", "−")


def _nearest(places: Sequence[tuple[float, str]]) -> list[str]:
    """Return the places of a list, each with an x: of many the few nearest to 0, and how many more."""
    chosen = sorted(sorted(places, key=lambda place: abs(place[0]))[:_MOST], key=lambda place: place[0])
    more = len(places) - len(chosen)
    return [*(shown for _, shown in chosen), *([f"and {more} more"] if more else [])]


def _domain(found: Analysis) -> str:
    """Return the domain; of a periodic one that has holes, the part of one period."""
    spans = _spans(found.domain) or "empty"
    if found.period is None or spans in ("ℝ", "empty"):
        return spans
    return f"{spans}, and so on with period {_shown(found.period)}"


def _spans(spans: Sequence[Span]) -> str:
    """Return a set: points, and intervals, two as one where an end of one begins the other."""
    joined: list[Span] = []
    for span in spans:
        if (
            joined
            and (last := joined[-1]).high.text == span.low.text
            and (last.high_closed or span.low_closed)
        ):
            span = replace(last, high=span.high, high_closed=span.high_closed)
            joined.pop()
        joined.append(span)
    points = _nearest([(s.low.value, _shown(s.low)) for s in joined if _is_point(s)])
    parts = [s for s in joined if not _is_point(s)]
    near = sorted(parts, key=lambda s: min(abs(s.low.value), abs(s.high.value)))[:_MOST]
    shown = [_span(s) for s in parts if s in near]
    more = f", and {len(parts) - len(near)} more" if len(near) < len(parts) else ""
    return " ∪ ".join([*([f"{{{', '.join(points)}}}"] if points else []), *shown]) + more


def _is_point(span: Span) -> bool:
    return span.low.text == span.high.text


def _span(span: Span) -> str:
    low, high = _shown(span.low), _shown(span.high)
    if (low, high) == ("−∞", "∞"):
        return "ℝ"
    return f"{'[' if span.low_closed else '('}{low}, {high}{']' if span.high_closed else ')'}"


def _extremum(extremum: Extremum) -> str:
    kind = "maximum" if extremum.is_maximum else "minimum"
    best = f", the {'greatest' if extremum.is_maximum else 'least'} value" if extremum.best else ""
    return f"{kind} {_shown(extremum.value)} at {_shown(extremum.x)}{best}"


def _inflection(spot: Spot) -> str:
    slope = f", f′ {_shown(spot.slope)}" if spot.slope else ""
    return f"at {_shown(spot.x)}: f {_shown(spot.value)}{slope}"


def _steps(found: Analysis) -> list[Quantity]:
    """Return the places at which f does not go on from one side to the other."""
    return [b.x for b in found.breaks if b.kind not in (BreakKind.KINK, BreakKind.CURVATURE)]


def _stretches(stretches: Sequence[Stretch], cuts: Sequence[Quantity], *, endless: bool) -> str:
    """Return how a function runs, to six digits, stretches put together that no break parts."""
    apart = {cut.text for cut in cuts}
    joined: list[tuple[Course, str, str]] = []
    for stretch in stretches:
        low, high = stretch.low.text, stretch.high.text
        if joined and joined[-1][0] is stretch.course and joined[-1][2] == low and low not in apart:
            low = joined.pop()[1]
        joined.append((stretch.course, low, high))
    if len(joined) == 1 and (not endless or set(joined[0][1:]) == {"-inf", "inf"}):
        return joined[0][0].value
    words = dict.fromkeys(course for course, _, _ in joined)
    return "\n".join(
        f"{word} on {', '.join(_nearest([_between(low, high) for c, low, high in joined if c is word]))}"
        for word in words
    )


def _between(low: str, high: str) -> tuple[float, str]:
    """Return an interval with its end that is nearer to 0."""
    ends = _double(low), _double(high)
    return min(*ends, key=abs), f"({', '.join(map(number, ends))})"


def _double(text: str) -> float:
    """Return what a place is as a double; an exact one may be a fraction, 1/3."""
    return float(Fraction(text)) if "/" in text else float(text)


def _breach(breach: Breach, function: Activation, params: Params) -> str:
    """Return what breaks at a point, on which side it is what, and what a command returns there."""
    where, given, slope = f"{breach.kind.value} at {_shown(breach.x)}", "", ""
    if breach.x.value == _double(breach.x.text) and breach.x.exact:  # a double
        at = np.array([breach.x.value])
        given = f", f {_given(function, at, 0, params)}"
        with suppress(UsageError):  # there is no derivative of trigamma
            slope = f", f′ {_given(function, at, 1, params)} given there"
        given += f" and{slope[1:]}" if slope else " given there"
    match breach.kind:
        case BreakKind.CURVATURE:
            return f"f″ breaks at {_shown(breach.x)}"
        case BreakKind.KINK:
            return f"{where}: f′ {_sides(breach.left_slope, breach.right_slope)}{slope}"
        case BreakKind.HOLE:
            return f"{where}: f → {_shown(breach.left)}{given}" if breach.left else f"{where}{given}"
    return f"{where}: f {_sides(breach.left, breach.right)}{given}"


def _given(function: Activation, at: Array, order: int, params: Params) -> str:
    value = float(evaluate(function, at, order, params)[0])
    return "NaN" if math.isnan(value) else number(value)


def _sides(left: Quantity | None, right: Quantity | None) -> str:
    """Return what something tends to from either side, as far as it is defined there."""
    sides = ((left, "left"), (right, "right"))
    return ", ".join(f"→ {_shown(side)} on the {word}" for side, word in sides if side is not None)


def _end(end: Tendency) -> str:
    match end.ending:
        case "oscillates":
            return "f has no limit, it oscillates"
        case "undefined":
            return ""
        case "unknown":
            return "the limit is not found"
    if end.limit is None:
        return ""
    limit = f"f → {_shown(end.limit)}"
    if end.slope is None or end.intercept is None or end.slope.text == "0":
        return limit
    factor = "" if end.slope.text == "1" else "−" if end.slope.text == "-1" else f"{_shown(end.slope)}·"
    rest = ""
    if end.intercept.text != "0":
        sign = "−" if end.intercept.text.startswith("-") else "+"
        rest = f" {sign} {_shown(end.intercept).removeprefix('−')}"
    return f"{limit}, asymptote y = {factor}x{rest}"


def _symmetry(found: Analysis) -> str:
    if found.symmetry is Reflection.POINT and found.centre:
        return f"about the point ({_shown(found.centre.x)}, {_shown(found.centre.value)})"
    return found.symmetry.value


def _lipschitz(constant: Quantity | None) -> str:
    if constant is None:
        return "not found"
    return "none, f′ is unbounded or f jumps" if constant.text == "inf" else _shown(constant)

"""Properties as text for people and as plain columns for programs."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from actcli.core.measure.curve import Point
from actcli.core.spec import REALS, Break, Interval, Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.measure.properties import Properties

Spell: TypeAlias = "Callable[[float], str]"
"""What spells a number."""

_FEW = 4  # places listed before "…"


def number(value: float, spelled: Spell = "{:.6g}".format) -> str:
    """Return a number with six digits, or as it is spelled, and a true minus sign."""
    if math.isnan(value):
        return "undefined"
    return spelled(value + 0.0).replace("-", "−").replace("inf", "∞")


def facts(p: Properties, spelled: Spell | None = None) -> dict[str, str]:
    """Return the properties in words, each under its name, all numbers spelled as people ask for it."""
    m = p.moments
    say: Spell = partial(number, spelled=spelled) if spelled else number
    share = spelled or "{:.3g}".format
    return {
        "range": _range(say, p),
        "zeros": _places(say, p.zeros, p, "zeros"),
        "extrema": _places(say, p.extrema, p, "extrema"),
        "values there": _values(say, p),
        "largest |f′|": _where(say, p.largest_slope, "not found"),
        "largest |f″|": _where(say, p.largest_curvature, "undefined"),
        "Lipschitz constant": "not found" if math.isnan(p.lipschitz) else say(p.lipschitz),
        "monotone": p.monotone,
        "symmetry": p.symmetry,
        "smooth": _smoothness(say, p),
        f"saturates, |f′| < {p.threshold:g}": _saturation(say, p),
        "zero-centred": "yes" if p.zero_centred else "undefined" if math.isnan(m.mean) else "no",
        "E f(z)": say(_clean(m.mean)),
        "Var f(z)": say(m.variance),
        "E f′(z)": say(_clean(m.slope_mean)),
        "Var f′(z)": say(m.slope_variance),
        "dead share": _percent(share, p.dead_share),
        "saturated share": _percent(share, p.saturated_share),
        "gain": say(p.gain),
        "gain for gradients": say(p.gradient_gain),
        "fixed variance": _fixed(say, p),
        "mean there": say(_clean(p.fixed_mean)) if math.isfinite(p.fixed_mean) else "",
    }


def columns(p: Properties, spelled: Spell = repr) -> dict[str, float | str]:
    """Return the properties as a row for programs: numbers as they are, lists of places as text.

    `spelled` spells the numbers in it.
    """
    m = p.moments
    return {
        "range_low": p.range.low,
        "range_high": p.range.high,
        "zeros": " ".join(
            spelled(z.x) if z.until is None else f"{spelled(z.x)}:{spelled(z.until)}" for z in p.zeros
        ),
        "extrema": " ".join(spelled(e.x) for e in p.extrema),
        "extreme_values": " ".join(spelled(e.value) for e in p.extrema),
        "max_slope": p.largest_slope.value,
        "max_slope_at": place(p.largest_slope),
        "max_curvature": p.largest_curvature.value,
        "max_curvature_at": place(p.largest_curvature),
        "lipschitz": p.lipschitz,
        "monotone": str(p.monotone),
        "symmetry": str(p.symmetry),
        "zero_centred": "yes" if p.zero_centred else "no",
        "breaks": "none" if p.breaks is None else ("value", "slope", "curvature")[p.breaks[0]],
        "breaks_at": " ".join(map(spelled, p.breaks[1])) if p.breaks else "",
        "saturation_threshold": p.threshold,
        "saturates_below": math.nan if p.saturates_below is None else p.saturates_below,
        "saturates_above": math.nan if p.saturates_above is None else p.saturates_above,
        "mean": _clean(m.mean),
        "variance": m.variance,
        "slope_mean": _clean(m.slope_mean),
        "slope_variance": m.slope_variance,
        "dead_share": p.dead_share,
        "saturated_share": p.saturated_share,
        "gain": p.gain,
        "gradient_gain": p.gradient_gain,
        "fixed_variance": p.fixed_variance,
        "fixed_mean": p.fixed_mean,
    }


def place(point: Point) -> float:
    """Return one x that stands for where a point is: of an interval, the x nearest to 0."""
    if point.until is None:
        return point.x
    return min(max(point.x, 0.0), point.until)


def _clean(value: float) -> float:
    # What cancels in an integral leaves a rounding; the integral is known to ten digits of 1.
    return 0.0 if abs(value) < 1e-14 else value


def _percent(spelled: Spell, share: float) -> str:
    return f"{spelled(100 * share)} %"


def _span(say: Spell, low: float, high: float, *, closed: bool = False) -> str:
    less, more = ("≤", "≥") if closed else ("<", ">")
    if low == -math.inf and high == math.inf:
        return "all x"
    if low == -math.inf:
        return f"x {less} {say(high)}"
    return f"x {more} {say(low)}" if high == math.inf else f"{say(low)} … {say(high)}"


def _where(say: Spell, point: Point, unknown: str) -> str:
    if math.isnan(point.value):
        return unknown
    size = say(point.value)
    if point.until is not None:
        return f"{size}, {_span(say, point.x, point.until)}"
    if math.isinf(point.x):
        return f"{size}, x → {say(point.x)}"
    if point.side:
        return f"{size}, x → {say(point.x)}{'⁻' if point.side is Side.LEFT else '⁺'}"
    return f"{size} at {say(point.x)}"


def _nearest(points: tuple[Point, ...], many: bool) -> tuple[list[Point], str]:
    """Return the points to list, and what follows the list: of very many the few nearest to 0."""
    if not many or len(points) <= _FEW:
        return list(points), ""
    nearest = sorted(points, key=lambda p: abs(p.x))[: _FEW - 1]
    return sorted(nearest, key=lambda p: p.x), ", …"


def _places(say: Spell, points: tuple[Point, ...], p: Properties, name: str) -> str:
    unproved = name in p.found.unproved
    shown, more = _nearest(points, p.wavy or unproved)
    places = [say(p.x) if p.until is None else _span(say, p.x, p.until, closed=True) for p in shown]
    return ", ".join(places) + more or ("none found" if unproved else "none")


def _range(say: Spell, p: Properties) -> str:
    if math.isnan(p.range.low):
        return "not found" if p.found.domain else "undefined"
    if len(p.values) > _FEW:
        return f"in {_interval(say, p.range)}"
    return " ∪ ".join(f"{{{say(v.low)}}}" if v.low == v.high else _interval(say, v) for v in p.values)


def _interval(say: Spell, values: Interval) -> str:
    if values == REALS:
        return str(values)
    ends = "[" if values.low_closed else "(", "]" if values.high_closed else ")"
    return f"{ends[0]}{say(values.low)}, {say(values.high)}{ends[1]}"


def _values(say: Spell, p: Properties) -> str:
    shown, more = _nearest(p.extrema, p.wavy or "extrema" in p.found.unproved)
    return ", ".join(say(e.value) for e in shown) + more


def _smoothness(say: Spell, p: Properties) -> str:
    if p.breaks is None:
        return "smooth"
    order, where = p.breaks
    poles = tuple(x for x in where if x in p.poles)
    rest = tuple(x for x in where if x not in p.poles)
    word = {Break.VALUE: "jump at", Break.SLOPE: "kink at", Break.CURVATURE: "f″ breaks at"}[order]
    parts = (
        (f"{what} {_some(say, places)}") for what, places in (("pole at", poles), (word, rest)) if places
    )
    return ", ".join(parts)


def _some(say: Spell, places: tuple[float, ...]) -> str:
    """Return places, of many those nearest to 0."""
    many = len(places) > 2 * _FEW
    shown, more = _nearest(tuple(Point(x, 0.0) for x in places), many)
    return ", ".join(say(p.x) for p in shown) + more


def _saturation(say: Spell, p: Properties) -> str:
    if p.saturated and p.saturated[0] == (-math.inf, math.inf):
        return "all x"
    below, above = p.saturates_below, p.saturates_above
    if below is not None and above is not None and math.isclose(-below, above, rel_tol=1e-9):
        return f"|x| > {say(above)}"
    ends = [f"x {sign} {say(end)}" for sign, end in (("<", below), (">", above)) if end is not None]
    unknown = p.wavy and not p.found.period and "lipschitz" in p.found.unproved  # it may settle farther out
    return ", ".join(ends) or ("not found" if unknown else "no")


def _fixed(say: Spell, p: Properties) -> str:
    if math.isnan(p.fixed_variance):
        return "undefined" if math.isnan(p.moments.variance) else "any"
    if math.isinf(p.fixed_variance):
        return "none: grows"
    return say(p.fixed_variance)

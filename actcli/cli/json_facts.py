"""Everything a record says of a function, as plain data that JSON can carry."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from actcli.cli.facts import one_sided
from actcli.core.derived import derivative_text, latex
from actcli.core.spec import Activation, Kind

if TYPE_CHECKING:
    from actcli.cli.facts import Function
    from actcli.core.spec import Interval, Params, Tail


def record(entry: Function, params: Params, *, line: bool = True) -> dict[str, Any]:
    """Return a function's facts; what depends on its parameters is given at the values said.

    Where one has neither a value nor a default, what depends on it is left out; without `line`, what the
    record says of range, domain, kinks and limits.
    """
    is_complete = all(param.name in params or not param.required for param in entry.params)
    bound = entry.bind(params) if is_complete else {}
    data: dict[str, Any] = {
        "name": entry.name,
        "kind": kind_of(entry).value,
        "summary": entry.summary,
        "formula": entry.formula,
        "derivative": derivative_text(entry),
        "latex": latex(entry),
        "aliases": list(entry.aliases),
        "parameters": [
            {
                "name": param.name,
                "default": None if param.required else param.default,
                "value": bound.get(param.name, None if param.required else param.default),
                "meaning": param.meaning,
                "domain": _interval(param.domain),
                "aliases": list(param.aliases),
            }
            for param in entry.params
        ],
    }
    if isinstance(entry, Activation) and is_complete and line:
        data |= _line(entry, params, bound)
    return data | {
        "error_ulp": {
            "value": entry.bounds.value,
            "derivative": entry.bounds.slope,
            **({"second_derivative": entry.bounds.curvature} if isinstance(entry, Activation) else {}),
        },
        "ties_settled": find_spec("flint") is not None,
        "good_for": entry.good_for,
        "pitfalls": entry.pitfalls,
        "frameworks": [
            {
                "framework": spelling.framework.value,
                "name": spelling.name,
                "defaults": dict(spelling.defaults),
                "note": spelling.note,
            }
            for spelling in entry.spellings
        ],
        "notes": list(entry.notes),
        "papers": [
            {"authors": s.authors, "year": s.year, "title": s.title, "link": s.link} for s in entry.sources
        ],
    }


def kind_of(entry: Function) -> Kind:
    """Return how a function acts on an array."""
    return Kind.ELEMENTWISE if isinstance(entry, Activation) else Kind.VECTOR


def _line(function: Activation, params: Params, bound: dict[str, float]) -> dict[str, Any]:
    kinks = []
    for kink in function.kinks(**bound):
        left, right, here = map(_number, one_sided(function, kink, params))
        kinks.append(
            {"at": kink.at, "breaks": kink.breaks.name.lower(), "left": left, "right": right, "given": here}
        )
    return {
        "range": _interval(function.range(**bound)),
        "domain": _interval(function.domain),
        "kinks": kinks,
        "left": _tail(function.left(**bound)),
        "right": _tail(function.right(**bound)),
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "low": _number(interval.low),
        "high": _number(interval.high),
        "low_closed": interval.low_closed,
        "high_closed": interval.high_closed,
    }


def _tail(tail: Tail) -> dict[str, Any]:
    asymptote = None if tail.intercept is None else [tail.slope, tail.intercept]
    return {"value": _number(tail.value), "slope": _number(tail.slope), "asymptote": asymptote}


def _number(value: float) -> float | str | None:
    """Return the number as JSON has it: the infinities as text, NaN (no limit) as null."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"

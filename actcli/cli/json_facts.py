"""All that is known of a function, as plain data that JSON can carry."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.cli.facts import is_typed
from actcli.core.derived import derivative_text, is_large, latex
from actcli.core.evaluate import evaluate
from actcli.core.measure import properties
from actcli.core.measure.facts import columns
from actcli.core.spec import Activation, Break, Kind, KinkRule
from actcli.errors import UsageError

if TYPE_CHECKING:
    from actcli.cli.facts import Function
    from actcli.core.spec import Interval, Kink, Params, Tail


def told(entry: Function, params: Params) -> dict[str, Any]:
    """Return all that is known of a function: its record, and what follows from its formula."""
    known = record(entry, params)
    if not isinstance(entry, Activation):
        return known
    try:
        found = properties(entry, params)
    except UsageError:  # it is too long
        found = None
    known["analysis"] = data(found.found) if found else None
    if not is_typed(entry):
        return known
    from actcli.cli import written

    numbers = columns(found) if found and found.found.is_total else {}
    return known | {
        "text": written.as_text(entry),
        "latex": [] if is_large(entry) else written.as_latex(entry, {}).splitlines(),
        "measured": {name: data(value) for name, value in numbers.items()},
    }


def record(entry: Function, params: Params) -> dict[str, Any]:
    """Return what a function's record says; what depends on its parameters is given at the values said.

    Where one has neither a value nor a default, what depends on it is left out, and what a record does not
    say of a formula that was typed.
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
    if isinstance(entry, Activation) and is_complete and not is_typed(entry):
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
        left, right, here = map(_number, _one_sided(function, kink, params))
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


def _one_sided(function: Activation, kink: Kink, params: Params) -> tuple[float, float, float]:
    """Return what breaks at a kink: its value on the left, on the right, and the one given there."""
    order = int(kink.breaks)
    if kink.breaks is Break.VALUE:
        beside = [math.nextafter(kink.at, -math.inf), math.nextafter(kink.at, math.inf), kink.at]
        left, right, here = evaluate(function, np.array(beside), 0, params).tolist()
        return left, right, here
    point = np.array([kink.at])
    rules = (KinkRule.LEFT, KinkRule.RIGHT, KinkRule.MIN_NORM)
    left, right, here = (float(evaluate(function, point, order, params, kink=rule)[0]) for rule in rules)
    return left, right, here


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


def data(found: Any) -> Any:
    """Return an analysis as JSON has it: names, lists, numbers as text with what is known of them."""
    if is_dataclass(found):
        return {field.name: data(getattr(found, field.name)) for field in fields(found)}
    if isinstance(found, tuple):
        return [data(part) for part in found]
    return _number(found) if isinstance(found, float) else found


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"

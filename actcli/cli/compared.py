"""What `compare` shows, as columns: values side by side, properties, gradients through layers, distances."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.cli.elementwise import SUFFIX
from actcli.cli.results import bases
from actcli.core.dtypes import DTYPES, DType
from actcli.core.evaluate import evaluate, evaluate_orders
from actcli.core.measure import (
    Distance,
    distance,
    distances_by_region,
    factors,
    layers,
    properties,
    relative_cost,
)
from actcli.core.measure.facts import columns, facts, number
from actcli.core.spec import Activation
from actcli.core.verify.inputs import NARROW, every
from actcli.errors import UsageError
from actcli.tables.chunk import Chunk
from actcli.tables.numbers import Rounding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.cli.functions import Chosen
    from actcli.core.arrays import Array
    from actcli.core.measure import Gap
    from actcli.core.measure.facts import Spell
    from actcli.core.spec import KinkRule
    from actcli.tables.chunk import Column

_WIDTH = 80  # what a table should fit into
_GAP = 3  # between two columns
_EVEN = 100_001  # points at which functions are held together if nobody says


class Rival(NamedTuple):
    """One of the functions compared.

    Attributes:
        label: what heads its columns.
        name: what it is called in a cell or a sentence, as it could be typed.
        entry: the function.
        params: its parameters that are given.
    """

    label: str
    name: str
    entry: Activation
    params: Mapping[str, float]


def rivals(chosen: Sequence[Chosen], *, short: bool = False) -> list[Rival]:
    """Return the functions to compare; columns of formulas are headed by their names, `f` or `f1`, `f2`….

    Short labels are for people: a formula heads its own, and names that differ come without parameters.

    Raises:
        UsageError: one takes a vector, or one comes twice.
    """
    names = Counter(one.entry.name for one in chosen)
    shorts = Counter(one.short for one in chosen)
    found: dict[str, Rival] = {}
    for one in chosen:
        if not isinstance(one.entry, Activation):
            raise UsageError(
                f"{one.entry.name} takes a vector", "compare holds functions of a number together"
            )
        if one.label in found:
            raise UsageError(f"{one.label} is given twice", "parameters set them apart, as elu elu:alpha=2")
        label = one.entry.name if one.text else one.label
        if short and one.text and shorts[one.short] == 1:
            label = one.short
        elif short and names[one.entry.name] == 1:
            label = one.entry.name
        found[one.label] = Rival(label, one.label, one.entry, one.params)
    return list(found.values())


def table(results: Mapping[str, Column]) -> Chunk:
    """Return columns as a chunk of their own."""
    rows = len(next(iter(results.values())))
    return Chunk(results, (), np.empty((rows, 0)))


def side_by_side(
    functions: Sequence[Rival], orders: Sequence[int], kink: KinkRule, dtype: DType, chunk: Chunk
) -> dict[str, Column]:
    """Return the values and derivatives of each function at the numbers of a chunk."""
    results: dict[str, Column] = {}
    for label, _, entry, params in functions:
        found = evaluate_orders(entry, chunk.numbers, orders, params, kink=kink, dtype=dtype)
        for order, values in zip(orders, found, strict=True):
            for j, base in enumerate(bases(label, chunk.chosen)):
                results[base + SUFFIX[order]] = values[:, j]
    return results


def _spell(rounding: Rounding | None) -> Spell:
    """Return what spells a number for people."""
    return partial(number, spelled=rounding.spelled) if rounding else number


def _short(value: float, digits: int, rounding: Rounding | None) -> str:
    """Return a number with some significant digits, or as people ask for it."""
    return number(value, rounding.spelled if rounding else Rounding(digits).spelled)


def properties_for_people(
    functions: Sequence[Rival], threshold: float, rounding: Rounding | None, *, fold: bool
) -> list[Chunk]:
    """Return the properties in words: a row each, a column per function; folded, as many as fit a line."""
    cells, spell = {}, _spell(rounding)
    for label, _, entry, params in functions:
        known = {"parameters": " ".join(f"{name}={spell(value)}" for name, value in params.items())}
        known |= facts(properties(entry, params, threshold), rounding and rounding.spelled)
        cells[label] = known | {"cost, relu = 1": _short(relative_cost(entry, params), 2, rounding)}
    given = any(rival.params for rival in functions)
    names = [name for name in cells[functions[0].label] if given or name != "parameters"]
    longest = max(map(len, names))
    chunks: list[dict[str, Column]] = []
    room = 0
    for label, known in cells.items():
        column = [known[name] for name in names]
        width = max(map(len, [label, *column])) + _GAP
        if not chunks or (fold and room < width):
            chunks.append({"property": names})
            room = _WIDTH - longest - 2
        chunks[-1][label] = column
        room -= width
    return [table(chunk) for chunk in chunks]


def properties_for_programs(functions: Sequence[Rival], threshold: float, rounding: Rounding | None) -> Chunk:
    """Return the properties as a row per function, numbers in full; those in text are rounded here."""
    spelled = rounding.spelled if rounding else repr
    rows: list[dict[str, float | str]] = []
    for _, name, entry, params in functions:
        known = columns(properties(entry, params, threshold), spelled)
        rows.append({"function": name, **known, "cost": relative_cost(entry, params)})
    return _columns(rows)


def through_layers(
    functions: Sequence[Rival], depth: int, rounding: Rounding | None, *, people: bool
) -> Chunk:
    """Return what n layers leave of a gradient, at best and as a rule (rms), for each function."""
    counts = layers(depth)
    results: dict[str, Column] = {"layers": np.array(counts)}
    for label, _, entry, params in functions:
        for what, left in zip(("best", "rms"), factors(properties(entry, params), counts), strict=True):
            results[f"{label}_{what}"] = list(map(_spell(rounding), left)) if people else np.array(left)
    return table(results)


def _columns(rows: Sequence[Mapping[str, float | str]]) -> Chunk:
    results: dict[str, Column] = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        texts = [cell for cell in cells if isinstance(cell, str)]
        results[name] = texts if texts else np.array(cells, np.float64)
    return table(results)


class FunctionPair(NamedTuple):
    """Two functions and how far they are apart at the given points."""

    a: Rival
    b: Rival
    distance: Distance


class DistanceLimit(NamedTuple):
    """The most that a distance may be, by the option that says so."""

    option: str
    most: float | None
    what: str


def points(functions: Sequence[Rival], dtype: DType) -> Array:
    """Return where functions are held against each other if nobody says: every number, or the usual range."""
    if dtype.bits <= NARROW:
        x = every(dtype)
        return x[np.isfinite(x)]
    low = min(rival.entry.view[0] for rival in functions)
    high = max(rival.entry.view[1] for rival in functions)
    return dtype.round(np.linspace(low, high, _EVEN))


def pairs(
    functions: Sequence[Rival], x: Array, order: int, dtype: DType, kink: KinkRule
) -> list[FunctionPair]:
    """Return every two of the functions with their distance."""
    if len(functions) < 2:
        raise UsageError("a distance takes two functions", "actcli compare gelu gelu_tanh --distance")
    found = [_results(rival, x, order, dtype, kink) for rival in functions]
    return [
        FunctionPair(functions[i], functions[j], distance(x, found[i], found[j], dtype))
        for i, j in combinations(range(len(functions)), 2)
    ]


def _results(rival: Rival, x: Array, order: int, dtype: DType, kink: KinkRule) -> Array:
    found = evaluate(rival.entry, x, order, rival.params, kink=kink, dtype=dtype)
    return np.asarray(found, np.float64)


def rows(
    pair: FunctionPair, x: Array, order: int, dtype: DType, kink: KinkRule
) -> list[tuple[str, DType, Distance]]:
    """Return a pair's distance overall, by region of x, and by dtype, each with what it is."""
    a, b = (_results(rival, x, order, dtype, kink) for rival in (pair.a, pair.b))
    found = [("all", dtype, pair.distance)]
    found += [("region", dtype, part) for part in distances_by_region(x, a, b, dtype)]
    for other in DTYPES:
        inside = points([], other) if other.bits <= NARROW else np.unique(other.round(x))
        inside = inside[(inside >= x.min()) & (inside <= x.max())]
        if inside.size:
            (one,) = pairs([pair.a, pair.b], inside, order, other, kink)
            found.append(("dtype", other, one.distance))
    return found


def for_programs(found: Sequence[tuple[FunctionPair, str, DType, Distance]]) -> Chunk:
    """Return distances as a row each."""
    columns: dict[str, Column] = {
        "a": [pair.a.name for pair, _, _, _ in found],
        "b": [pair.b.name for pair, _, _, _ in found],
        "part": [part for _, part, _, _ in found],
        "dtype": [dtype.name for _, _, dtype, _ in found],
    }
    every_distance = [d for _, _, _, d in found]
    for name in ("low", "high", "points", "differing"):
        columns[name] = np.array([getattr(d, name) for d in every_distance])
    for name in ("absolute", "relative", "ulp"):
        gaps: list[Gap] = [getattr(d, name) for d in every_distance]
        columns[f"max_{name}"] = np.array([gap.size for gap in gaps])
        columns[f"max_{name}_at"] = np.array([gap.x for gap in gaps])
    return table(columns)


def for_people(found: Sequence[tuple[str, DType, Distance]], rounding: Rounding | None) -> list[Chunk]:
    """Return the distance of a pair as two tables: overall and by region, and by dtype."""
    spell = _spell(rounding)
    spans = [(part, d) for part, _, d in found if part != "dtype"]
    kinds = [(dtype, d) for part, dtype, d in found if part == "dtype"]
    across: dict[str, Column] = {
        "x from": [spell(d.low) for _, d in spans],
        "to": [spell(d.high) for _, d in spans],
        **_sizes([d for _, d in spans], rounding),
    }
    by_dtype: dict[str, Column] = {
        "dtype": [dtype.name for dtype, _ in kinds],
        **_sizes([d for _, d in kinds], rounding),
    }
    return [table(across), table(by_dtype)]


def _sizes(found: Sequence[Distance], rounding: Rounding | None) -> dict[str, Column]:
    spell = _spell(rounding)
    return {
        "differ": [f"{d.differing} of {d.points}" if d.differing else "nowhere" for d in found],
        "max |a−b|": [spell(d.absolute.size) for d in found],
        "relative": [_short(d.relative.size, 3, rounding) for d in found],
        "in ULP": [_short(d.ulp.size, 4, rounding) for d in found],
        "at x": [spell(d.ulp.x) for d in found],
    }


def matrix(
    functions: Sequence[Rival], found: Sequence[FunctionPair], kind: str, rounding: Rounding | None
) -> Chunk:
    """Return the distances of several functions as a matrix, of one kind: absolute, relative or ulp."""
    size = {(p.a.label, p.b.label): _short(getattr(p.distance, kind).size, 4, rounding) for p in found}
    labels = [rival.label for rival in functions]
    none = _short(0.0, 4, rounding)
    title = {"absolute": "max |a−b|", "relative": "max relative", "ulp": "max ULP"}[kind]
    columns: dict[str, Column] = {title: labels}
    for column in labels:
        columns[column] = [size.get((row, column)) or size.get((column, row)) or none for row in labels]
    return table(columns)


def breach(found: Sequence[FunctionPair], limits: Sequence[DistanceLimit], dtype: DType) -> str:
    """Return what breaks the limits in one line, or ''."""
    for pair in found:
        for option, most, what in limits:
            gap: Gap = getattr(pair.distance, what)
            if most is not None and gap.size > most:
                unit = "ULP" if what == "ulp" else f"{what} difference"
                return (
                    f"{pair.a.name} and {pair.b.name} in {dtype}: {gap.size:.6g} {unit} at x = {gap.x!r}, "
                    f"more than {option} {most:g} allows"
                )
    return ""

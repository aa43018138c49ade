"""How far functions are apart, as columns: overall, by region of x, by dtype; a matrix for several."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.cli.compared import table
from actcli.core.dtypes import DTYPES, DType
from actcli.core.evaluate import evaluate
from actcli.core.measure import Distance, distance, distances_by_region
from actcli.core.measure.facts import number
from actcli.core.measure.sample import NARROW, every
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.compared import Rival
    from actcli.core.arrays import Array
    from actcli.core.measure import Gap
    from actcli.tables.chunk import Chunk, Column


_EVEN = 100_001


class Pair(NamedTuple):
    """Two functions and how far they are apart at the given points."""

    a: Rival
    b: Rival
    distance: Distance


class Limit(NamedTuple):
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


def pairs(functions: Sequence[Rival], x: Array, order: int, dtype: DType) -> list[Pair]:
    """Return every two of the functions with their distance."""
    if len(functions) < 2:
        raise UsageError("a distance takes two functions", "actcli compare gelu gelu_tanh --distance")
    found = [_results(rival, x, order, dtype) for rival in functions]
    return [
        Pair(functions[i], functions[j], distance(x, found[i], found[j], dtype))
        for i, j in combinations(range(len(functions)), 2)
    ]


def _results(rival: Rival, x: Array, order: int, dtype: DType) -> Array:
    return np.asarray(evaluate(rival.entry, x, order, rival.params, dtype=dtype), np.float64)


def rows(pair: Pair, x: Array, order: int, dtype: DType) -> list[tuple[str, DType, Distance]]:
    """Return a pair's distance overall, by region of x, and by dtype, each with what it is."""
    a, b = (_results(rival, x, order, dtype) for rival in (pair.a, pair.b))
    found = [("all", dtype, pair.distance)]
    found += [("region", dtype, part) for part in distances_by_region(x, a, b, dtype)]
    for other in DTYPES:
        inside = points([], other) if other.bits <= NARROW else np.unique(other.round(x))
        inside = inside[(inside >= x.min()) & (inside <= x.max())]
        if inside.size:
            found.append(("dtype", other, pairs([pair.a, pair.b], inside, order, other)[0].distance))
    return found


def for_programs(found: Sequence[tuple[Pair, str, DType, Distance]]) -> Chunk:
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


def for_people(found: Sequence[tuple[str, DType, Distance]]) -> list[Chunk]:
    """Return the distance of a pair as two tables: overall and by region, and by dtype."""
    spans = [(part, d) for part, _, d in found if part != "dtype"]
    kinds = [(dtype, d) for part, dtype, d in found if part == "dtype"]
    across: dict[str, Column] = {
        "x from": [number(d.low) for _, d in spans],
        "to": [number(d.high) for _, d in spans],
        **_sizes([d for _, d in spans]),
    }
    by_dtype: dict[str, Column] = {
        "dtype": [dtype.name for dtype, _ in kinds],
        **_sizes([d for _, d in kinds]),
    }
    return [table(across), table(by_dtype)]


def _sizes(found: Sequence[Distance]) -> dict[str, Column]:
    return {
        "differ": [f"{d.differing} of {d.points}" if d.differing else "nowhere" for d in found],
        "max |a−b|": [number(d.absolute.size) for d in found],
        "relative": [f"{d.relative.size:.3g}" for d in found],
        "in ULP": [f"{d.ulp.size:.4g}" for d in found],
        "at x": [number(d.ulp.x) for d in found],
    }


def matrix(functions: Sequence[Rival], found: Sequence[Pair], kind: str) -> Chunk:
    """Return the distances of several functions as a matrix, of one kind: absolute, relative or ulp."""
    size = {(p.a.label, p.b.label): f"{getattr(p.distance, kind).size:.4g}" for p in found}
    labels = [rival.label for rival in functions]
    title = {"absolute": "max |a−b|", "relative": "max relative", "ulp": "max ULP"}[kind]
    columns: dict[str, Column] = {title: labels}
    for column in labels:
        columns[column] = [size.get((row, column)) or size.get((column, row)) or "0" for row in labels]
    return table(columns)


def breach(found: Sequence[Pair], limits: Sequence[Limit], dtype: DType) -> str:
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

"""What `compare` shows, as columns: values side by side, properties, gradients through layers, distances."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.cli.elementwise import SUFFIX
from actcli.cli.results import bases
from actcli.core.evaluate import evaluate_orders
from actcli.core.measure import factors, layers, properties, relative_cost
from actcli.core.measure.facts import columns, facts, number
from actcli.core.spec import Activation
from actcli.errors import UsageError
from actcli.tables.chunk import Chunk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.cli.functions import Chosen
    from actcli.core.dtypes import DType
    from actcli.core.spec import KinkRule
    from actcli.tables.chunk import Column

_WIDTH = 80  # what a table should fit into
_GAP = 3  # between two columns


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


def properties_for_people(functions: Sequence[Rival], threshold: float, *, fold: bool) -> list[Chunk]:
    """Return the properties in words: a row each, a column per function; folded, as many as fit a line."""
    cells = {}
    for label, _, entry, params in functions:
        known = {"parameters": " ".join(f"{name}={number(value)}" for name, value in params.items())}
        known |= facts(properties(entry, params, threshold), threshold)
        cells[label] = known | {"cost, relu = 1": f"{relative_cost(entry, params):.2g}"}
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


def properties_for_programs(functions: Sequence[Rival], threshold: float) -> Chunk:
    """Return the properties as a row per function, numbers in full."""
    rows: list[dict[str, float | str]] = []
    for _, name, entry, params in functions:
        known = columns(properties(entry, params, threshold), threshold)
        rows.append({"function": name, **known, "cost": relative_cost(entry, params)})
    return _columns(rows)


def through_layers(functions: Sequence[Rival], depth: int, *, rounded: bool) -> Chunk:
    """Return what n layers leave of a gradient, at best and as a rule (rms), for each function."""
    counts = layers(depth)
    results: dict[str, Column] = {"layers": np.array(counts)}
    for label, _, entry, params in functions:
        for what, left in zip(("best", "rms"), factors(properties(entry, params), counts), strict=True):
            results[f"{label}_{what}"] = [number(f) for f in left] if rounded else np.array(left)
    return table(results)


def _columns(rows: Sequence[Mapping[str, float | str]]) -> Chunk:
    results: dict[str, Column] = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        texts = [cell for cell in cells if isinstance(cell, str)]
        results[name] = texts if texts else np.array(cells, np.float64)
    return table(results)

"""Functions over columns of lists: element by element, or each list a vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import UsageError
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.lists import Lists, offsets_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from actcli.cli.results import Compute, Results
    from actcli.core.spec import Params, VectorActivation
    from actcli.tables.chunk import Column, Rows


def elementwise(compute: Compute) -> Compute:
    """Return the computation for each element of columns of lists too: its results are lists again.

    Args:
        compute: the computation for columns of numbers; equally many results for each of them, in order.
    """

    def over(chunk: Chunk) -> Results:
        if not chunk.lists:
            return compute(chunk)
        given = [*chunk.numbers.T, *(column.values for column in chunk.lists.values())]
        shapes = [*[None] * len(chunk.chosen), *chunk.lists.values()]
        flat = np.full((max(map(len, given)), len(given)), np.nan)
        for j, values in enumerate(given):
            flat[: len(values), j] = values
        found = compute(Chunk({}, (*chunk.chosen, *chunk.lists), flat))
        each = len(found) // len(given)
        results: dict[str, Column] = {}
        for i, (name, column) in enumerate(found.items()):
            shape = shapes[i // each]
            part: Any = column[: len(given[i // each])]  # type: ignore[index]
            results[name] = part if shape is None else shape.with_values(_array(part))
        return results

    return over


def vectors(compute: Compute, *, one: bool = False) -> Compute:
    """Return the computation for columns of lists too, each list a vector: its results are lists.

    Args:
        compute: the computation for rows of numbers; `Chunk.vector` says that they are one column's.
        one: whether the result for a vector is one number, which is no list then.
    """

    def over(chunk: Chunk) -> Results:
        if not chunk.lists:
            return compute(chunk)
        if chunk.chosen:
            raise UsageError(
                f"column {chunk.chosen[0]!r} holds numbers and column {next(iter(chunk.lists))!r} lists",
                "-c names columns of lists, each a vector, or columns of numbers, a vector in each row",
            )
        results: dict[str, Column] = {}
        for name, column in chunk.lists.items():
            found = _of_lists(compute, chunk, name, column, one=one)
            alone = len(chunk.lists) == 1
            results |= found if alone else {f"{key}_{name}": values for key, values in found.items()}
        return results

    return over


def gives_one(function: VectorActivation, params: Params) -> bool:
    """Tell whether the result for a vector of any length is one number, as that of maxout is."""
    try:
        return function.width(60, **function.bind(params)) == 1
    except UsageError:  # it takes no vector of that length, but would take any
        return False


def _of_lists(compute: Compute, chunk: Chunk, name: str, column: Lists, *, one: bool) -> dict[str, Column]:
    """Return the results for one column: those for all lists of a length at a time, put together again."""
    starts, lengths = column.offsets[-1][:-1], column.lengths
    parts: list[tuple[NDArray[np.intp], int, Results]] = []
    for length in np.unique(lengths).tolist() or [0]:
        which = np.flatnonzero(lengths == length)
        # The names of results do not depend on the length; what is found for empty lists is not kept.
        matrix = np.full((len(which), 2), np.nan)
        if length:
            matrix = column.values[starts[which][:, None] + np.arange(length)]
        rows = column.rows(which, len(column.offsets) - 1)
        parts.append((which, length, compute(_picked(chunk, name, matrix, rows))))
    return {
        key: _together(
            column, [(which, length, _array(found[key], one=one)) for which, length, found in parts]
        )
        for key in parts[0][2]
    }


def _together(column: Lists, parts: Sequence[tuple[NDArray[np.intp], int, NDArray[Any]]]) -> Column:
    """Return results for lists of several lengths as one column, in the order of the lists.

    Args:
        column: the lists.
        parts: which lists, their length, and for each a result: a number, a list, or a list of lists.
    """
    depth = parts[0][2].ndim - 1
    outer, inner = np.ones(len(column.lengths), np.int64), np.ones(len(column.lengths), np.int64)
    for which, length, found in parts:
        if depth:
            outer[which] = found.shape[1] if length else 0
            inner[which] = found.shape[-1] if length else 0
    if depth < 2:
        inner[:] = 1
    begins = offsets_of(outer * inner)
    values = np.empty(begins[-1], parts[0][2].dtype)
    for which, _, found in parts:
        size = int((outer * inner)[which[0]]) if len(which) else 0
        flat = found.reshape(len(which), int(np.prod(found.shape[1:], dtype=np.int64)))[:, :size]
        values[(begins[which][:, None] + np.arange(size)).reshape(-1)] = flat.reshape(-1)
    offsets, missing = column.offsets[:-1], column.missing[:-1]
    if depth:
        offsets, missing = (*offsets, offsets_of(outer)), column.missing
    if depth > 1:
        offsets, missing = (*offsets, offsets_of(np.repeat(inner, outer))), (*missing, None)
    return Lists(values, offsets, missing) if offsets else values


def _array(column: Any, *, one: bool = False) -> NDArray[Any]:
    """Return a result as an array, without the axis of components if there is one of them (`one`)."""
    array = column if isinstance(column, np.ndarray) else np.array(column, object)
    return array[:, 0] if one and array.ndim > 1 else array


def _picked(chunk: Chunk, name: str, matrix: NDArray[Any], rows: NDArray[np.intp]) -> Chunk:
    """Return some rows of a chunk, whose numbers are vectors of one column."""
    place = chunk.place
    columns = {other: _some(values, rows) for other, values in chunk.columns.items()}
    where = None if place is None else lambda row: place(int(rows[row]))
    return Chunk(columns, (name,), matrix, place=where, vector=True)


def _some(column: Column, rows: NDArray[np.intp]) -> Column:
    if isinstance(column, Passed):
        return Passed(_SomeRows(column.rows, rows), column.index)
    if isinstance(column, Lists):
        return column.take(rows)
    return [column[i] for i in rows.tolist()] if isinstance(column, list) else column[rows]


@dataclass(frozen=True, slots=True, eq=False)
class _SomeRows:
    """Some of the rows of a table, whose cells are taken when they are asked for."""

    whole: Rows
    rows: NDArray[np.intp]

    @property
    def width(self) -> int:
        return self.whole.width

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self, index: int) -> list[str]:
        cells = self.whole.cells(index)
        return [cells[i] for i in self.rows.tolist()]

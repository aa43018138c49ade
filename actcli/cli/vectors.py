"""Result columns of vector functions: components, and the entries of their Jacobians."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.cli import list_columns, standard
from actcli.cli.results import bases
from actcli.core.vector import rows
from actcli.errors import NoValueError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from actcli.cli.results import Compute, How, Results
    from actcli.core.spec import VectorActivation
    from actcli.tables.chunk import Chunk, Column

WIDEST = 1024
"""The most columns of a table whose Jacobians are written: every entry is a column."""


def components(function: VectorActivation, how: How) -> Compute:
    """Return the computation of f: of all rows together, or of each row."""
    before = _counter()

    def compute(chunk: Chunk) -> Results:
        vectors = vectors_of(chunk, how, function)
        first = before(vectors)
        alone = vectors.shape == (len(vectors), 1) and not chunk.vector
        if how.by_row and first == 0 and alone and len(vectors) > 1:
            standard.note(
                f"note: every row is a vector, here of one number: column {chunk.chosen[0]!r} "
                "(--down makes a vector of it)"
            )
        found = _values(function, vectors, how, first)
        return arranged(function.name, chunk, found)

    return list_columns.vectors(compute, one=list_columns.gives_one(function, how.params))


def jacobian(function: VectorActivation, how: How) -> Compute:
    """Return the computation of f and its Jacobian."""
    before = _counter()

    def compute(chunk: Chunk) -> Results:
        vectors = vectors_of(chunk, how, function)
        if how.by_row and (width := vectors.shape[-1]) > WIDEST:
            raise UsageError(
                f"a Jacobian of {width} columns has {width**2} entries for each row",
                f"-c NAME picks up to {WIDEST} columns",
            )
        first = before(vectors)
        found = _values(function, vectors, how, first)
        entries = rows.jacobian(
            function, vectors, how.params, dtype=how.dtype, strict=how.strict, first=first
        )
        return arranged(function.name, chunk, found, entries)

    return list_columns.vectors(compute, one=list_columns.gives_one(function, how.params))


def parameter_gradients(function: VectorActivation, names: Sequence[str], how: How) -> Compute:
    """Return the computation of f and its derivatives by the named parameters."""
    wrt = [function.param(name).name for name in names]
    before = _counter()

    def compute(chunk: Chunk) -> Results:
        vectors = vectors_of(chunk, how, function)
        first = before(vectors)
        found = _values(function, vectors, how, first)
        columns = arranged(function.name, chunk, found)
        for name in wrt:
            slopes = rows.wrt(
                function, vectors, name, how.params, dtype=how.dtype, strict=how.strict, first=first
            )
            by_name = arranged(function.name, chunk, slopes)
            columns |= {f"{base}_wrt_{name}": column for base, column in by_name.items()}
        return columns

    return list_columns.vectors(compute, one=list_columns.gives_one(function, how.params))


def down(compute: Compute) -> Compute:
    """Return the computation for columns, each a vector, of that for one vector."""

    def over(chunk: Chunk) -> Results:
        if chunk.lists:
            name = next(iter(chunk.lists))
            raise UsageError(f"column {name!r} holds lists, each a vector", "leave --down out")
        if len(chunk.chosen) == 1:
            return compute(chunk)
        results: dict[str, Column | float] = {}
        for j, column in enumerate(chunk.chosen):
            found = compute(replace(chunk, chosen=(column,), numbers=chunk.numbers[:, j : j + 1]))
            results |= {f"{name}_{column}": values for name, values in found.items()}
        return results

    return over


def _values(function: VectorActivation, vectors: NDArray[Any], how: How, first: int) -> NDArray[Any]:
    return rows.value(
        function, vectors, how.params, dtype=how.dtype, strict=how.strict, first=first, fast=how.fast
    )


def _counter() -> Callable[[NDArray[Any]], int]:
    """Return a function that counts the vectors it is given, and says how many came before these.

    It matters to functions that draw random numbers for each row; their chunks are computed in order.
    """
    seen = 0

    def before(vectors: NDArray[Any]) -> int:
        nonlocal seen
        seen += len(vectors)
        return seen - len(vectors)

    return before


def vectors_of(chunk: Chunk, how: How, function: VectorActivation) -> NDArray[Any]:
    """Return the rows of a chunk, each a vector, or its only column, which is one.

    Raises:
        NoValueError: the function has no value at one of the rows, and that ends the run; it tells where.
    """
    if not how.by_row:
        return chunk.numbers[:, 0]
    if how.strict and chunk.place is not None:
        numbers = ~np.isnan(chunk.numbers).any(axis=-1)
        for mask, reason in function.faults(chunk.numbers, **function.bind(how.params)):
            if (lacking := np.flatnonzero(mask & numbers)).size:
                place = chunk.place(int(lacking[0]))
                raise NoValueError(f"{place}: {function.name}: the row {reason}")
    return chunk.numbers


def arranged(
    name: str, chunk: Chunk, found: NDArray[Any], entries: NDArray[Any] | None = None
) -> dict[str, NDArray[Any]]:
    """Return components and Jacobian entries as columns.

    Of one vector, row i has f_i and ∂f_i/∂x_1, ∂f_i/∂x_2… in the columns `softmax`, `softmax_grad_1`,
    `softmax_grad_2`…. Of a table, a row has all components and all entries: f_h1 in the column `softmax_h1`,
    ∂f_h1/∂h2 in `softmax_h1_grad_h2`; where the vectors are lists, `softmax` and `softmax_grad` have lists.
    """
    chosen = chunk.chosen
    if chunk.vector:
        return {name: found} if entries is None else {name: found, f"{name}_grad": entries}
    if found.ndim == 1:
        slopes = {} if entries is None else {f"{name}_grad_{j + 1}": c for j, c in enumerate(entries.T)}
        return {name: found, **slopes}
    columns = {}
    for i, base in enumerate(component_names(name, chosen, found.shape[-1])):
        columns[base] = found[:, i]
        if entries is not None:
            columns |= {f"{base}_grad_{column}": entries[:, i, j] for j, column in enumerate(chosen)}
    return columns


def component_names(name: str, chosen: Sequence[str], width: int) -> list[str]:
    """Return what the components of a result are called: by the columns, or by number where they differ."""
    if width == len(chosen):
        return bases(name, chosen)
    return [name] if width == 1 else [f"{name}_{i + 1}" for i in range(width)]

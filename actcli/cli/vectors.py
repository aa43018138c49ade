"""Result columns of vector functions: components, and the entries of their Jacobians."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.cli.results import bases
from actcli.core.evaluate import evaluate_jacobian, evaluate_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from actcli.cli.results import Compute, How, Results
    from actcli.core.spec import VectorActivation
    from actcli.tables.chunk import Chunk


def components(function: VectorActivation, how: How) -> Compute:
    """Return the computation of f: of all rows together, or of each row."""

    def compute(chunk: Chunk) -> Results:
        found = evaluate_vector(
            function, vectors_of(chunk, how), how.params, dtype=how.dtype, strict=how.strict
        )
        return arranged(function.name, chunk.chosen, found)

    return compute


def jacobian(function: VectorActivation, how: How) -> Compute:
    """Return the computation of f and its Jacobian."""

    def compute(chunk: Chunk) -> Results:
        vectors = vectors_of(chunk, how)
        found = evaluate_vector(function, vectors, how.params, dtype=how.dtype, strict=how.strict)
        entries = evaluate_jacobian(function, vectors, how.params, dtype=how.dtype, strict=how.strict)
        return arranged(function.name, chunk.chosen, found, entries)

    return compute


def vectors_of(chunk: Chunk, how: How) -> NDArray[Any]:
    """Return the rows of a chunk, each a vector, or its only column, which is one."""
    return chunk.numbers if how.by_row else chunk.numbers[:, 0]


def arranged(
    name: str, chosen: Sequence[str], found: NDArray[Any], entries: NDArray[Any] | None = None
) -> dict[str, NDArray[Any]]:
    """Return components and Jacobian entries as columns.

    Of one vector, row i has f_i and ∂f_i/∂x_1, ∂f_i/∂x_2… in the columns `softmax`, `softmax_grad_1`,
    `softmax_grad_2`…. Of a table, a row has all components and all entries: f_h1 in the column `softmax_h1`,
    ∂f_h1/∂h2 in `softmax_h1_grad_h2`.
    """
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

"""Result columns of vector functions: components, and the entries of their Jacobians."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.results import bases
from actcli.core.evaluate import evaluate_jacobian, evaluate_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.results import Compute, How, Results
    from actcli.core.spec import VectorActivation
    from actcli.tables.chunk import Chunk


def components(function: VectorActivation, how: How) -> Compute:
    """Return the computation of f: of all rows together, or of each row."""

    def compute(chunk: Chunk) -> Results:
        vectors = chunk.numbers if how.by_row else chunk.numbers[:, 0]
        found = evaluate_vector(function, vectors, how.params, dtype=how.dtype, strict=how.strict)
        if not how.by_row:
            return {function.name: found}
        return dict(zip(component_names(function.name, chunk.chosen, found.shape[-1]), found.T, strict=True))

    return compute


def jacobian(function: VectorActivation, how: How) -> Compute:
    """Return the computation of f and its Jacobian.

    Of one vector, row i has f_i and ∂f_i/∂x_1, ∂f_i/∂x_2… in the columns `softmax_grad_1`, `softmax_grad_2`…;
    of a table, every row has all entries, ∂softmax_h1/∂h2 in the column `softmax_h1_grad_h2`.
    """

    def compute(chunk: Chunk) -> Results:
        vectors = chunk.numbers if how.by_row else chunk.numbers[:, 0]
        found = evaluate_vector(function, vectors, how.params, dtype=how.dtype, strict=how.strict)
        entries = evaluate_jacobian(function, vectors, how.params, dtype=how.dtype, strict=how.strict)
        if not how.by_row:
            columns = {f"{function.name}_grad_{j + 1}": entries[:, j] for j in range(entries.shape[-1])}
            return {function.name: found, **columns}
        results = {}
        for i, base in enumerate(component_names(function.name, chunk.chosen, found.shape[-1])):
            results[base] = found[:, i]
            results |= {f"{base}_grad_{name}": entries[:, i, j] for j, name in enumerate(chunk.chosen)}
        return results

    return compute


def component_names(name: str, chosen: Sequence[str], width: int) -> list[str]:
    """Return what the components of a result are called: by the columns, or by number where they differ."""
    if width == len(chosen):
        return bases(name, chosen)
    return [name] if width == 1 else [f"{name}_{i + 1}" for i in range(width)]

"""Result columns of elementwise functions: a value, derivatives, or parameter gradients for each column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.list_columns import elementwise
from actcli.cli.results import bases
from actcli.core.evaluate import evaluate, evaluate_from_output, evaluate_orders, evaluate_wrt
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.results import Compute, How, Results
    from actcli.core.spec import Activation
    from actcli.tables.chunk import Chunk

SUFFIX = ("", "_grad", "_grad2")
"""What is appended to the name of a function for f, f′ and f″."""


def derivatives(function: Activation, orders: Sequence[int], how: How) -> Compute:
    """Return the computation of f and its derivatives of the given orders, for each column."""

    def compute(chunk: Chunk) -> Results:
        found = evaluate_orders(
            function,
            chunk.numbers,
            orders,
            how.params,
            kink=how.kink,
            dtype=how.dtype,
            fast=how.fast,
            total=how.rows * len(chunk.chosen),
        )
        return {
            base + SUFFIX[order]: values[:, j]
            for j, base in enumerate(bases(function.name, chunk.chosen))
            for order, values in zip(orders, found, strict=True)
        }

    return elementwise(compute)


def parameter_gradients(function: Activation, names: Sequence[str], how: How) -> Compute:
    """Return the computation of f and its derivatives by the named parameters, for each column."""
    wrt = [function.param(name).name for name in names]

    def compute(chunk: Chunk) -> Results:
        values = evaluate(function, chunk.numbers, 0, how.params, dtype=how.dtype, fast=how.fast)
        found = {
            name: evaluate_wrt(function, chunk.numbers, name, how.params, dtype=how.dtype) for name in wrt
        }
        results = {}
        for j, base in enumerate(bases(function.name, chunk.chosen)):
            results[base] = values[:, j]
            results |= {f"{base}_wrt_{name}": gradient[:, j] for name, gradient in found.items()}
        return results

    return elementwise(compute)


def slopes_from_output(function: Activation, how: How) -> Compute:
    """Return the computation of f′ where the columns hold y = f(x).

    Raises:
        UsageError: y does not tell the slope.
    """
    if function.slope_from_output is None:
        raise UsageError(f"the slope of {function.name} does not follow from its output", "give x instead")

    def compute(chunk: Chunk) -> Results:
        found = evaluate_from_output(function, chunk.numbers, how.params)
        return {base + SUFFIX[1]: found[:, j] for j, base in enumerate(bases(function.name, chunk.chosen))}

    return elementwise(compute)

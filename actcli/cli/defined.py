"""Result columns from the textbook definitions, to any number of digits, as text."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.cli.elementwise import SUFFIX
from actcli.cli.results import bases
from actcli.cli.vectors import arranged, vectors_of
from actcli.core.definition import (
    decimal_digits,
    definition,
    definition_jacobian,
    definition_vector,
    definition_wrt,
)
from actcli.core.spec import Activation, VectorActivation
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.results import Compute, How, Results
    from actcli.tables.chunk import Chunk

_ONE_AT_A_TIME = Lock()  # mpmath's precision belongs to the whole process


def defined(
    function: Activation | VectorActivation, orders: Sequence[int], wrt: Sequence[str], how: How, digits: int
) -> Compute:
    """Return the computation of f, its derivatives of the given orders, and those by the parameters named.

    Of a vector function, order 1 is the Jacobian.
    """
    if isinstance(function, VectorActivation):
        return _vector(function, how, digits, jacobian=1 in orders)
    return _elementwise(function, orders, wrt, how, digits)


def _elementwise(
    function: Activation, orders: Sequence[int], wrt: Sequence[str], how: How, digits: int
) -> Compute:
    names = [function.param(name).name for name in wrt]

    def value(x: float, order: int) -> str:
        return _text(definition(function, x, order, how.params, digits, kink=how.kink), digits)

    def gradient(x: float, name: str) -> str:
        return _text(definition_wrt(function, x, name, how.params, digits), digits)

    def compute(chunk: Chunk) -> Results:
        results: dict[str, list[str]] = {}
        columns = zip(bases(function.name, chunk.chosen), chunk.numbers.T.tolist(), strict=True)
        with _ONE_AT_A_TIME:
            for base, column in columns:
                results |= {base + SUFFIX[order]: [value(x, order) for x in column] for order in orders}
                results |= {f"{base}_wrt_{name}": [gradient(x, name) for x in column] for name in names}
        return results

    return compute


def _vector(function: VectorActivation, how: How, digits: int, *, jacobian: bool) -> Compute:
    if function.random and how.by_row:
        raise UsageError(f"--digits has the first sample of {function.name} alone", "give one vector")

    def components(x: Sequence[float]) -> list[str]:
        return [_text(v, digits) for v in definition_vector(function, x, how.params, digits)]

    def entries(x: Sequence[float]) -> list[list[str]]:
        rows = definition_jacobian(function, x, how.params, digits)
        return [[_text(entry, digits) for entry in row] for row in rows]

    def compute(chunk: Chunk) -> Results:
        given = vectors_of(chunk, how, function).tolist()
        vectors = given if how.by_row else [given]
        with _ONE_AT_A_TIME:
            found = np.array([components(x) for x in vectors], object)
            slopes = np.array([entries(x) for x in vectors], object) if jacobian else None
        if not how.by_row:
            found, slopes = found[0], None if slopes is None else slopes[0]
        columns = arranged(function.name, chunk.chosen, found, slopes)
        return {name: column.tolist() for name, column in columns.items()}

    return compute


def _text(value: Any, digits: int) -> str:
    return decimal_digits(value, digits).removeprefix("+")  # mpmath says +inf

"""Result columns from the textbook definitions, to the digits asked for, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.cli.elementwise import SUFFIX
from actcli.cli.list_columns import elementwise, gives_one, vectors
from actcli.cli.results import bases
from actcli.cli.vectors import arranged, vectors_of
from actcli.core.definition import ask_jacobian, ask_vector, asking
from actcli.core.questions import Digits
from actcli.core.spec import Activation, Subject, VectorActivation
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.results import Compute, How, Results
    from actcli.tables.chunk import Chunk


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
    subjects = {SUFFIX[order]: Subject(function, how.params, order, kink=how.kink) for order in orders}
    names = [function.param(name).name for name in wrt]
    subjects |= {f"_wrt_{name}": Subject(function, how.params, wrt=name) for name in names}
    asked = {suffix: asking(subject) for suffix, subject in subjects.items()}

    def compute(chunk: Chunk) -> Results:
        columns = zip(bases(function.name, chunk.chosen), chunk.numbers.T.tolist(), strict=True)
        return {
            base + suffix: [ask(x, Digits(digits)) for x in column]
            for base, column in columns
            for suffix, ask in asked.items()
        }

    return elementwise(compute)


def _vector(function: VectorActivation, how: How, digits: int, *, jacobian: bool) -> Compute:
    if function.random and how.by_row:
        raise UsageError(f"--digits has the first sample of {function.name} alone", "give one vector")

    def compute(chunk: Chunk) -> Results:
        question = Digits(digits)
        given = vectors_of(chunk, how, function).tolist()
        rows = given if how.by_row else [given]
        found = np.array([ask_vector(function, x, question, how.params) for x in rows], object)
        slopes = None
        if jacobian:
            slopes = np.array([ask_jacobian(function, x, question, how.params) for x in rows], object)
        if not how.by_row:
            found, slopes = found[0], None if slopes is None else slopes[0]
        columns = arranged(function.name, chunk, found, slopes)
        return columns if chunk.vector else {name: column.tolist() for name, column in columns.items()}

    return vectors(compute, one=gives_one(function, how.params))

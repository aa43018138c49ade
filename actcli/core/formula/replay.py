"""An expression as a formula over an arithmetic: differentiated, with numbers for its parameters, stable."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.formula.derive import derivative
from actcli.core.formula.domain import FALSE, TRUE, at_step, either, outside
from actcli.core.formula.expression import (
    Expression,
    Op,
    X,
    apply,
    in_order,
    number,
    parameter,
    substituted,
)
from actcli.core.formula.rewrite import recognised, stable
from actcli.core.formula.run import run
from actcli.core.formula.simplify import simplified
from actcli.core.numerics.protocol import NO_VALUE
from actcli.core.questions import is_available
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.core.numerics.protocol import Arithmetic, Number
    from actcli.core.spec import Formula

Values = tuple[tuple[str, float], ...]
"""Parameters with their values."""


def formula(root: Expression, *leaves: Expression) -> Formula:
    """Return an expression, differentiated by each leaf in turn, as a formula over an arithmetic.

    A derivative has no value where the expression has none, as 1/x is no slope of ln x for x < 0.
    """

    def replayed(m: Arithmetic, x: Number, /, **params: float) -> Any:
        program = _program(root, leaves, tuple(params.items()))
        if not program:
            return m.number(np.full(x.shape, NO_VALUE))
        result, *nowhere = run(program, m, x)
        return m.where(nowhere[0], NO_VALUE, result) if nowhere else result

    return replayed


@lru_cache(maxsize=256)
def _program(root: Expression, leaves: tuple[Expression, ...], params: Values) -> tuple[Expression, ...]:
    """Return what is evaluated, and the condition under which there is no value if that can be.

    There is nothing to evaluate where there is no value anywhere.
    """
    plain = bound(root, dict(params))
    nowhere = stable(outside(plain))
    if nowhere is TRUE:
        return ()
    try:
        result = stable(derived(root, leaves, dict(params)))
    except UsageError:
        if not (is_available() and any(e.op in (Op.DIGAMMA, Op.TRIGAMMA) for e in in_order(root))):
            raise
        result = apply(Op.TRIGAMMA, X)  # no more is known of polygamma here: the definition tells
    if X in leaves:
        nowhere = stable(either(nowhere, at_step(plain)))
    return (result,) if nowhere is FALSE else (result, nowhere)


def derived(
    root: Expression, leaves: tuple[Expression, ...], params: Mapping[str, float | Fraction]
) -> Expression:
    """Return an expression, differentiated by each leaf, with numbers for its parameters.

    What is certain of a number is not certain of a parameter: derivatives by x are taken with numbers.
    """
    if X not in leaves:
        for leaf in leaves:
            root = derivative(recognised(root), leaf)
        return bound(root, params)
    root = recognised(bound(root, params))
    for leaf in leaves:
        root = recognised(derivative(root, leaf))
    return root


LONGEST = 600
"""Operations of f″, or of f if there is none, beyond which neither analysis nor measures end in seconds."""


def is_long(root: Expression) -> bool:
    """Return whether an expression, its parameters bound, is too long to be analysed or measured."""
    with suppress(UsageError):  # there is no derivative of trigamma
        root = derived(root, (X, X), {})
    return len(in_order(root)) > LONGEST


def bound(root: Expression, params: Mapping[str, float | Fraction]) -> Expression:
    """Return an expression with numbers for its parameters, simplified."""
    values = {parameter(name): number(Fraction(value)) for name, value in params.items()}
    return simplified(substituted(root, values))

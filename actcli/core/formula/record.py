"""The record of a function whose formula is all that is known: everything else in it follows.

f′, f″ and the derivatives by parameters are derived from the expression. Once the parameters have values,
each is brought to a stable form, and that is replayed over an arithmetic. Kinks, limits and the range are
found when something asks for them.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actcli.core.formula.derive import derivative
from actcli.core.formula.domain import FALSE, outside
from actcli.core.formula.expression import Definition, Expression, X, number, parameter, substituted
from actcli.core.formula.rewrite import recognised, stable
from actcli.core.formula.run import run
from actcli.core.formula.simplify import simplified
from actcli.core.numerics.protocol import NO_VALUE
from actcli.core.spec import Activation, Interval, Kink, Param, Side, Tail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.core.numerics.protocol import Arithmetic, Number
    from actcli.core.spec import Formula

UNNAMED = "f"
"""What a formula without a header is called."""

Values = tuple[tuple[str, float], ...]
"""Parameters with their values."""


def record(definition: Definition, name: str = "") -> Activation:
    """Return the record of a function that someone has typed.

    Args:
        definition: its formula, read.
        name: what it is called if its header does not say.
    """
    root = definition.expression
    called = definition.name or name or UNNAMED

    def properties_range(**params: float) -> Interval:
        from actcli.core.measure.properties import properties

        return properties(entry, params).range

    entry = Activation(
        name=called,
        summary=definition.note,
        formula=definition.text,
        params=tuple(_param(name, default) for name, default in definition.parameters.items()),
        value=formula(root),
        slope=formula(root, X),
        curvature=formula(root, X, X),
        wrt={name: formula(root, parameter(name)) for name in definition.parameters},
        definition=root,
        kinks=lambda **params: _kinks(root, tuple(params.items())),
        exact_kinks=False,
        left=lambda **params: _tail(root, tuple(params.items()), Side.LEFT),
        right=lambda **params: _tail(root, tuple(params.items()), Side.RIGHT),
        range=properties_range,
    )
    return entry


def _param(name: str, default: float | None) -> Param:
    return Param(
        name=name,
        default=1.0 if default is None else default,
        meaning="a parameter of the formula",
        latex=name,
        required=default is None,
    )


def formula(root: Expression, *leaves: Expression) -> Formula:
    """Return an expression, differentiated by each leaf in turn, as a formula over an arithmetic.

    A derivative has no value where the expression has none, as 1/x is no slope of ln x for x < 0.
    """

    def apply(m: Arithmetic, x: Number, **params: float) -> Any:
        result, *nowhere = run(_program(root, leaves, tuple(params.items())), m, x)
        return m.where(nowhere[0], NO_VALUE, result) if nowhere else result

    return apply


@lru_cache(maxsize=256)
def _program(root: Expression, leaves: tuple[Expression, ...], params: Values) -> tuple[Expression, ...]:
    """Return what is evaluated, and the condition under which there is no value if that can be."""
    result = stable(derived(root, leaves, dict(params)))
    nowhere = simplified(outside(bound(root, dict(params))))
    return (result,) if nowhere is FALSE else (result, stable(nowhere))


def derived(root: Expression, leaves: tuple[Expression, ...], params: Mapping[str, float]) -> Expression:
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


def bound(root: Expression, params: Mapping[str, float | Fraction]) -> Expression:
    """Return an expression with numbers for its parameters, simplified."""
    values = {parameter(name): number(Fraction(value)) for name, value in params.items()}
    return simplified(substituted(root, values))


@lru_cache(maxsize=64)
def _kinks(root: Expression, params: Values) -> tuple[Kink, ...]:
    from actcli.core.formula.kinks import kinks

    return kinks(bound(root, dict(params)))


@lru_cache(maxsize=64)
def _tail(root: Expression, params: Values, end: Side) -> Tail:
    """Return what f, f′ and f″ tend to at an end of the line."""
    from actcli.core.formula.limits import tail

    return tail(root, dict(params), end)

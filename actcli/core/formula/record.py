"""The record of a function whose formula is all that is known: everything else in it follows.

f′, f″ and the derivatives by parameters are derived from the expression. Once the parameters have values,
each is brought to a stable form, and that is replayed over an arithmetic. Kinks, limits and the range are
found when something asks for them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from actcli.core.formula.expression import X, parameter
from actcli.core.formula.replay import bound, formula
from actcli.core.spec import REALS, Activation, Kink, Param, Side, Tail

if TYPE_CHECKING:
    from actcli.core.formula.expression import Definition, Expression
    from actcli.core.formula.replay import Values

UNNAMED = "f"
"""What a formula without a header is called."""


def record(definition: Definition, name: str = "") -> Activation:
    """Return the record of a function that someone has typed.

    Args:
        definition: its formula, read.
        name: what it is called if its header does not say.
    """
    root = definition.expression
    return Activation(
        name=definition.name or name or UNNAMED,
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
        range=lambda **_params: REALS,
    )


def _param(name: str, default: float | None) -> Param:
    return Param(
        name=name,
        default=1.0 if default is None else default,
        meaning="a parameter of the formula",
        latex=name,
        required=default is None,
    )


@lru_cache(maxsize=64)
def _kinks(root: Expression, params: Values) -> tuple[Kink, ...]:
    from actcli.core.formula.kinks import kinks

    return kinks(bound(root, dict(params)))


@lru_cache(maxsize=64)
def _tail(root: Expression, params: Values, end: Side) -> Tail:
    """Return what f, f′ and f″ tend to at an end of the line."""
    from actcli.core.formula.limits import tail

    return tail(root, dict(params), end)

"""The record of a function whose formula is all that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.core.derived import completed
from actcli.core.spec import Activation, Param

if TYPE_CHECKING:
    from actcli.core.formula.expression import Definition

UNNAMED = "f"
"""What a formula without a header is called."""


def record(definition: Definition, name: str = "") -> Activation:
    """Return the record of a function that someone has typed.

    Args:
        definition: its formula, read.
        name: what it is called if its header does not say.
    """
    return completed(
        Activation(
            name=definition.name or name or UNNAMED,
            summary=definition.note,
            formula=definition.text,
            params=tuple(_param(name, default) for name, default in definition.parameters.items()),
            definition=definition.expression,
        )
    )


def _param(name: str, default: float | None) -> Param:
    return Param(
        name=name,
        default=1.0 if default is None else default,
        meaning="a parameter of the formula",
        latex=name,
        required=default is None,
    )

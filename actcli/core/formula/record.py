"""The record of a function whose formula is all that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.core.derived import completed
from actcli.core.formula.expression import X, depends_on
from actcli.core.formula.vocabulary import greek, spaced
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
    name = definition.name or name or UNNAMED
    return completed(
        Activation(
            name=name,
            summary=definition.note,
            formula=definition.text,
            params=tuple(_param(parameter, definition, name) for parameter in definition.parameters),
            definition=definition.expression,
        )
    )


def _param(name: str, definition: Definition, function: str) -> Param:
    default = definition.parameters[name]
    return Param(
        name=name,
        default=1.0 if default is None else default,
        meaning="a parameter of the formula",
        latex=name,
        aliases=greek(name),
        required=default is None,
        instead=_instead(name, definition, function) if default is None else "",
    )


def _instead(name: str, definition: Definition, function: str) -> str:
    """Return what may have been meant by a parameter without a value, as a hint, or ''."""
    others = [other for other in definition.parameters if other != name]
    if found := spaced(name, others):
        return f"is it {found}?"
    if others or depends_on(X, [definition.expression]):
        return ""
    if definition.name:
        return "the variable is x"
    return f"the variable is x, or write {function}({name}) = {definition.text}"

"""What is asked of a function of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from actcli.core.spec.facts import KinkRule

if TYPE_CHECKING:
    from actcli.core.spec.entries import Activation
    from actcli.core.spec.facts import Params


class Subject(NamedTuple):
    """What is asked for: a function's value, a derivative of it, or its gradient by a parameter.

    Attributes:
        function: the function.
        params: its parameters, where they are not at their defaults.
        order: how often it is differentiated.
        wrt: the parameter by which it is differentiated, by its name; then the order is 0.
        kink: what a derivative is where its one-sided values differ.
    """

    function: Activation
    params: Params
    order: int = 0
    wrt: str | None = None
    kink: KinkRule = KinkRule.MIN_NORM

    @property
    def name(self) -> str:
        """The subject in a few words."""
        if self.wrt:
            return f"∂{self.function.name}/∂{self.wrt}"
        return self.function.name + ("", "′", "″")[self.order]

"""A pair that is computed when it is first used, such as the second result of `logistic` and `normal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.numerics.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array


class Later(Pair):
    """A pair that is computed when it is first used: a formula may need the first of two results alone.

    `make` is called once, and writes over the arrays.
    """

    __slots__ = ("_buffers", "_make")

    def __init__(self, make: Callable[..., Pair], *buffers: Array) -> None:
        self._cut = None
        self._make = make
        self._buffers: tuple[Array, ...] = buffers

    def __getattr__(self, name: str) -> Any:
        if name not in ("_h", "_l", "rest"):
            raise AttributeError(name)
        buffers, self._buffers = self._buffers, ()
        made = self._make(*buffers)
        self._h, self._l = made.terms()
        self.rest = made.rest
        return getattr(self, name)

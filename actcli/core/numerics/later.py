"""A pair that is computed when it is first used, such as the second result of `logistic` and `normal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.numerics.pair import Pair
from actcli.core.numerics.pool import give

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array


class Later(Pair):
    """A pair that is computed when it is first used: a formula may need the first of two results alone.

    `make` uses the buffers up; if it is never called, they go back to the pool.
    """

    __slots__ = ("_buffers", "_make")

    def __init__(self, make: Callable[..., Pair], *buffers: Array) -> None:
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

    def __del__(self) -> None:
        for buffer in self._buffers:
            give(buffer)
        if not self._buffers:
            Pair.__del__(self)

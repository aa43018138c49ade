"""The steps of a formula, recorded once and run again on other numbers.

Between two calls of NumPy on a block lie a few microseconds of Python, and only one thread at a time may
spend them. Where a formula does the same to every block, its calls are recorded with their buffers while it
runs on one; for the others they are made one after the other, with nothing in between.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.numerics.pool import Array

    Run = Callable[[Array, Array], None]
    Call = tuple[Callable[..., Any], list[Any], dict[str, Any]]
    Place = tuple[Any, Any, np.dtype[Any]]  # a list and an index, or a dict and a key


class NotStraight(Exception):  # noqa: N818
    """What a formula does depends on the numbers: it cannot be recorded."""


class Tape:
    """A recording: the calls, their buffers, and where among the arguments those of a block belong."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.x_places: list[Place] = []
        self.y_places: list[Place] = []

    def run(self, x: Array, y: Array) -> None:
        """Do to x what was recorded, and write it to y; both have the shape of the block recorded."""
        for array, places in ((x, self.x_places), (y, self.y_places)):
            for container, place, dtype in places:
                container[place] = array.view(dtype)
        for function, arguments, options in self.calls:
            function(*arguments, **options)


class Recorded(np.ndarray[Any, Any]):
    """An array that notes what is done with it; everything that cannot be noted raises `NotStraight`."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.nout != 1:
            raise NotStraight
        arguments = [_plain(x) for x in inputs]
        if out is None:
            result = ufunc(*arguments)
            return _note(ufunc, arguments, result, result.view(Recorded))
        target = _plain(out[0])
        ufunc(*arguments, out=target)
        return _note(ufunc, arguments, target, out[0])

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.copyto and not options:
            arguments = [_plain(x) for x in args]
            np.copyto(*arguments)
            return _note(np.copyto, arguments, None, None)
        if function is np.take and options.keys() == {"out", "mode"}:
            table, index = map(_plain, args)
            target, take = _plain(options["out"]), partial(table.take, mode=options["mode"])
            take(index, out=target)
            return _note(take, [index], target, options["out"])
        if function is np.clip and options.keys() == {"out"}:
            arguments, target = [_plain(x) for x in args], _plain(options["out"])
            np.clip(*arguments, out=target)
            return _note(np.clip, arguments, target, options["out"])
        raise NotStraight

    def _not_straight(self, *_args: Any, **_options: Any) -> Any:
        raise NotStraight

    __getitem__ = __setitem__ = __bool__ = __float__ = __int__ = __iter__ = _not_straight
    min = max = any = all = sum = take = astype = copy = nonzero = item = tolist = _not_straight


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Recorded) else x


def _note(function: Any, arguments: list[Any], target: Any, result: Any) -> Any:
    tape = pool.recording()
    if tape is None:
        raise NotStraight
    tape.calls.append((function, arguments, {} if target is None else {"out": target}))
    return result


def _places(tape: Tape, array: Array) -> list[Place]:
    """Return where an array, or a view of it, is an argument."""
    start = array.ctypes.data
    return [
        (container, place, argument.dtype)
        for _, arguments, options in tape.calls
        for container, items in ((arguments, enumerate(arguments)), (options, options.items()))
        for place, argument in items
        if isinstance(argument, np.ndarray) and argument.ctypes.data == start
    ]


def record(run: Run, size: int, samples: tuple[Array, Array]) -> Tape | None:
    """Record what `run` does to a block of that size; None if that depends on the numbers in it.

    What was recorded is tried on a second sample; both are numbers such as the blocks will hold.
    """
    tape = Tape()
    with pool.recorded(tape, Recorded):
        x, y = (pool.take((size,)) for _ in range(2))
        x.view(np.ndarray)[:] = samples[0]
        try:
            run(x, y)
        except NotStraight:
            return None
    tape.y_places = _places(tape, y)
    tape.x_places = _places(tape, x)
    expected, got = np.empty(size), np.empty(size)
    run(samples[1], expected)
    tape.run(samples[1], got)
    return tape if np.array_equal(expected.view(np.int64), got.view(np.int64)) else None

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
    Note = tuple[Callable[..., Any], list[Any]]
    Place = tuple[int, int, np.dtype[Any]]  # a call, an argument, and what it is seen as


class NotStraight(Exception):  # noqa: N818
    """What a formula does depends on the numbers: it cannot be recorded."""


class Tape:
    """A recording: the calls, ready to be made, and those that take the numbers of a block or its results."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.calls: list[Callable[[], Any]] = []
        self.x_places: list[Place] = []
        self.y_places: list[Place] = []

    def bind(self, x: Array, y: Array) -> None:
        """Make the calls ready, and find those that have to do with x and y.

        The output is one more argument: a call by keyword holds the interpreter longer.
        """
        for index, (function, arguments) in enumerate(self.notes):
            self.calls.append(_ready(function, arguments))
            for array, places in ((x, self.x_places), (y, self.y_places)):
                places += [
                    (index, place, argument.dtype)
                    for place, argument in enumerate(arguments)
                    if isinstance(argument, np.ndarray) and argument.ctypes.data == array.ctypes.data
                ]

    def run(self, x: Array, y: Array) -> None:
        """Do to x what was recorded, and write it to y; both have the shape of the block recorded."""
        for array, places in ((x, self.x_places), (y, self.y_places)):
            for index, place, dtype in places:
                function, arguments = self.notes[index]
                arguments[place] = array.view(dtype)
                self.calls[index] = _ready(function, arguments)
        for call in self.calls:
            call()


class Recorded(np.ndarray[Any, Any]):
    """An array that notes what is done with it; everything that cannot be noted raises `NotStraight`."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.nout != 1:
            raise NotStraight
        arguments = [_plain(x) for x in inputs]
        if out is None:
            target = ufunc(*arguments)
            return _note(ufunc, [*arguments, target], target.view(Recorded))
        arguments.append(_plain(out[0]))
        _ready(ufunc, arguments)()
        return _note(ufunc, arguments, out[0])

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        result = options.get("out")
        arguments = [_plain(x) for x in args]
        if function is np.copyto and not options:
            np.copyto(*arguments)
            return _note(np.copyto, arguments, None)
        if function is np.take and options.keys() == {"out", "mode"}:
            table, index = arguments
            function, arguments = table.take, [index, None, _plain(result), options["mode"]]
        elif function is np.clip and options.keys() == {"out"}:
            arguments.append(_plain(result))
        else:
            raise NotStraight
        function(*arguments)
        return _note(function, arguments, result)

    def _not_straight(self, *_args: Any, **_options: Any) -> Any:
        raise NotStraight

    __getitem__ = __setitem__ = __bool__ = __float__ = __int__ = __iter__ = _not_straight
    min = max = any = all = sum = take = astype = copy = nonzero = item = tolist = _not_straight


def _ready(function: Callable[..., Any], arguments: list[Any]) -> Callable[[], Any]:
    """Return a call with its arguments; the output by its place, where NumPy allows that."""
    if function in (np.maximum, np.minimum):
        return partial(function, *arguments[:-1], out=arguments[-1])
    return partial(function, *arguments)


def _plain(x: Any) -> Any:
    """Return an array as NumPy's own that holds the memory alone: the recorded one is free for use again."""
    if not isinstance(x, Recorded):
        return x
    memory: Any = x
    while memory.base is not None:
        memory = memory.base
    return np.ndarray(x.shape, x.dtype, memory, x.ctypes.data - memory.ctypes.data, x.strides)


def _note(function: Any, arguments: list[Any], result: Any) -> Any:
    tape = pool.recording()
    if tape is None:
        raise NotStraight
    tape.notes.append((function, arguments))
    return result


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
    tape.bind(x, y)
    expected, got = np.empty(size), np.empty(size)
    run(samples[1], expected)
    tape.run(samples[1], got)
    return tape if np.array_equal(expected.view(np.int64), got.view(np.int64)) else None

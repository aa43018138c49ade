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

    from actcli.core.arrays import Array

    Run = Callable[..., None]
    Note = tuple[Callable[..., Any], list[Any]]
    Place = tuple[int, int, np.dtype[Any]]  # a call, an argument, and what it is seen as


class NotStraight(Exception):  # noqa: N818
    """What a formula does depends on the numbers: it cannot be recorded."""


class Tape:
    """A recording for blocks of up to a size.

    Attributes:
        size: how many numbers the block recorded had.
        notes: the calls: a function, and its arguments with the output as the last.
        calls: the same, ready to be made.
        places: for the block and each of its results, the arguments that they are.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.notes: list[Note] = []
        self.calls: list[Callable[[], Any]] = []
        self.places: list[list[Place]] = []

    def bind(self, *arrays: Array) -> None:
        """Make the calls ready, and find those that have to do with the block and its results."""
        self.calls = [_ready(function, arguments) for function, arguments in self.notes]
        found: dict[int, list[Place]] = {_address(array): [] for array in arrays}
        for index, (_, arguments) in enumerate(self.notes):
            for place, argument in enumerate(arguments):
                if isinstance(argument, np.ndarray) and (address := _address(argument)) in found:
                    found[address].append((index, place, argument.dtype))
        self.places = list(found.values())

    def run(self, x: Array, *ys: Array) -> None:
        """Do to x what was recorded, and write it to each y; they may be shorter than the block recorded."""
        for array, places in zip((x, *ys), self.places, strict=True):
            for index, place, dtype in places:
                function, arguments = self.notes[index]
                arguments[place] = array.view(dtype)
                self.calls[index] = _ready(function, arguments)
        calls = self.calls if x.size == self.size else self._shorter(x.size)
        try:
            for call in calls:
                call()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Hold on to no array that is not the tape's own: a view of a block keeps the whole array alive."""
        for places in self.places:
            for index, place, _ in places:
                self.notes[index][1][place] = None
                self.calls[index] = _nothing

    def _shorter(self, size: int) -> list[Callable[[], Any]]:
        """Return the calls for the first numbers of the buffers alone."""
        return [
            _ready(function, [a[:size] if getattr(a, "shape", ()) == (self.size,) else a for a in arguments])
            for function, arguments in self.notes
        ]


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


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _nothing() -> None:
    """Stand for a call that has no block to work on."""


def _ready(function: Callable[..., Any], arguments: list[Any]) -> Callable[[], Any]:
    """Return a call with its arguments.

    The output is one more of them where NumPy allows that: a keyword holds the interpreter longer.
    """
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


def step(function: Callable[..., None], *arguments: Any) -> None:
    """Call a function that does to arrays what depends on their numbers; on a tape it is a single call."""
    tape = pool.recording()
    if tape is None:
        function(*arguments)
        return
    plain = [_plain(x) for x in arguments]
    with pool.recorded(None, np.ndarray):
        function(*plain)
    tape.notes.append((function, plain))


def record(run: Run, size: int, samples: tuple[Array, Array], results: int = 1) -> Tape | None:
    """Record what `run` does to a block of that size; None if that depends on the numbers in it.

    What was recorded is tried on a second sample; both are numbers such as the blocks will hold.
    """
    tape = Tape(size)
    with pool.recorded(tape, Recorded):
        x, *ys = (pool.take((size,)) for _ in range(1 + results))
        x.view(np.ndarray)[:] = samples[0]
        try:
            run(x, *ys)
        except NotStraight:
            return None
    tape.bind(x, *ys)
    expected, got = np.empty((2, results, size))
    run(samples[1], *expected)
    tape.run(samples[1], *got)
    return tape if np.array_equal(expected.view(np.int64), got.view(np.int64)) else None

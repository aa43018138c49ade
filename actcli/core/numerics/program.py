"""A formula's NumPy calls, recorded once as a program and run again on other numbers.

Between two calls of NumPy on a block lie a few microseconds of Python, and only one thread at a time may
spend them; fresh memory for every result costs more than the arithmetic. Where a formula does the same to
every block, its calls are recorded while it runs on one. For the others they are made one after the other,
with nothing in between, in few buffers: the recorded calls tell after which of them a number is read no more,
and from there on its buffer serves another. Nothing else decides about a buffer.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from actcli.core.arrays import Array

    Run = Callable[..., None]
    Memory = NDArray[np.uint8]

CACHE_LINE = 64
"""Bytes that a buffer is aligned to: in a loop over several, unaligned ones take twice the time."""

SMALL = 1 << 12
"""Bytes up to which to align a buffer takes longer than to work on it."""


_OUT_OF_TAKE = 2


class NotStraight(Exception):  # noqa: N818
    """What a formula does depends on the numbers: it cannot be recorded."""


class Call(NamedTuple):
    """A call that was made: a function and its arguments, the output as the last where NumPy allows that."""

    function: Callable[..., Any]
    arguments: list[Any]

    def ready(self) -> Callable[[], Any]:
        """Return the call with its arguments; a keyword holds the interpreter longer than a position."""
        if self.function in (np.maximum, np.minimum):
            return partial(self.function, *self.arguments[:-1], out=self.arguments[-1])
        return partial(self.function, *self.arguments)

    @property
    def output(self) -> int | None:
        """The place of the argument that it overwrites, all of it; None if that is not known."""
        if self.function is np.copyto:
            return 0
        if isinstance(self.function, np.ufunc) or self.function is np.clip:
            return len(self.arguments) - 1
        return _OUT_OF_TAKE if getattr(self.function, "__name__", "") == "take" else None

    def buffers(self) -> list[tuple[int, Array]]:
        """Return the arrays among the arguments with their places."""
        return [(i, a) for i, a in enumerate(self.arguments) if isinstance(a, np.ndarray)]


class _Recording(threading.local):
    """The program that this thread records, and all memory that its calls have made so far.

    Memory is kept until the end of the recording: an address then means one buffer.
    """

    program: Program | None = None


_recording = _Recording()


def empty(shape: tuple[int, ...]) -> Array:
    """Return an array with anything in it, on a cache line; where a program is recorded, one that records."""
    size = 8
    for length in shape:
        size *= length
    if _recording.program is None and size < SMALL:
        return np.empty(shape)
    array = _aligned(size).view(np.float64).reshape(shape)
    if _recording.program is None:
        return array
    return _recording.program.made(array)


def is_recording() -> bool:
    """Return whether this thread records a program."""
    return _recording.program is not None


def _aligned(size: int) -> Memory:
    memory = np.empty(size + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size]


class Program:
    """The calls of a formula on blocks of up to a size.

    Attributes:
        size: how many numbers the block recorded had.
        calls: the calls in order.
        own: the memory that they write to and read from, by its address; the rest are constants.
        places: for the block and each of its results, the arguments that they are and the dtype seen there.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.calls: list[Call] = []
        self.own: dict[int, Array] = {}
        self.places: list[list[tuple[int, int, np.dtype[Any]]]] = []
        self._ready: list[Callable[[], Any]] = []

    def made(self, array: Array) -> Array:
        """Return an array that records what is done with it, in memory of the program's own."""
        self.own[_address(array)] = array
        return array.view(Recorded)

    def bind(self, *arrays: Array) -> None:
        """Assign buffers, and leave the places of the block and its results open."""
        self._drop_unread(arrays[1:])
        self._drop_copies(arrays)
        found: dict[int, list[tuple[int, int, np.dtype[Any]]]] = {_address(array): [] for array in arrays}
        for address in found:
            del self.own[address]
        for i, call in enumerate(self.calls):
            for place, argument in call.buffers():
                if (address := _address(argument)) in found:
                    found[address].append((i, place, argument.dtype))
        self.places = list(found.values())
        self._assign()
        self._ready = [call.ready() for call in self.calls]
        self._let_go()

    def _drop_unread(self, results: tuple[Array, ...]) -> None:
        """Drop the calls whose outputs nothing reads, as of two functions that are computed together."""
        read = {_address(y) for y in results}
        kept = []
        for call in reversed(self.calls):
            output = call.output
            if output is not None:
                if _address(call.arguments[output]) not in read:
                    continue
                read.discard(_address(call.arguments[output]))
            read |= {_address(a) for i, a in call.buffers() if i != output}
            kept.append(call)
        self.calls = kept[::-1]

    def _drop_copies(self, arrays: tuple[Array, ...]) -> None:
        """Have results written where they belong, if all that is done there is to copy them."""
        taken = {_address(array) for array in arrays}
        for y in arrays[1:]:
            uses = [call for call in self.calls if any(_address(a) == _address(y) for _, a in call.buffers())]
            if len(uses) != 1 or uses[0].function is not np.copyto or uses[0] is not self.calls[-1]:
                continue
            source = uses[0].arguments[1]
            if not isinstance(source, np.ndarray) or source.shape != y.shape or source.dtype != y.dtype:
                continue
            if (address := _address(source)) in self.own and address not in taken:
                self.calls.pop()
                for call in self.calls:
                    for i, array in call.buffers():
                        if _address(array) == address:
                            call.arguments[i] = np.ndarray(array.shape, array.dtype, y)

    def _assign(self) -> None:
        """Give every number a buffer from the first call that has it to the last, and none beyond.

        A ufunc may write its result over an operand that nothing reads after it. NumPy's other functions may
        not: `take` would walk along an index that it has written over.
        """
        last = {_address(a): i for i, call in enumerate(self.calls) for _, a in call.buffers()}
        place: dict[int, Memory] = {}
        free: dict[int, list[Memory]] = {}
        for i, call in enumerate(self.calls):
            here = {_address(a) for _, a in call.buffers() if _address(a) in self.own}
            ended = [address for address in here if last[address] == i]
            early = [address for address in ended if address in place and isinstance(call.function, np.ufunc)]
            for address in early:
                free.setdefault(place[address].size, []).append(place[address])
            for address in here:
                if address not in place:
                    size = self.own[address].nbytes
                    place[address] = free[size].pop() if free.get(size) else _aligned(size)
            for argument, array in call.buffers():
                if (address := _address(array)) in place:
                    call.arguments[argument] = np.ndarray(array.shape, array.dtype, place[address])
            for address in ended:
                if address not in early:
                    free.setdefault(place[address].size, []).append(place[address])
        self.own = {}

    def run(self, x: Array, *ys: Array) -> None:
        """Do to x what was recorded, and write it to each y; they may be shorter than the block recorded."""
        for array, places in zip((x, *ys), self.places, strict=True):
            for i, place, dtype in places:
                self.calls[i].arguments[place] = array.view(dtype)
                self._ready[i] = self.calls[i].ready()
        ready = self._ready if x.size == self.size else self._shorter(x.size)
        try:
            for call in ready:
                call()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Hold no array that is not the program's own: a view of a block keeps the whole array alive."""
        for places in self.places:
            for i, place, _ in places:
                self.calls[i].arguments[place] = None
                self._ready[i] = _nothing

    def _shorter(self, size: int) -> list[Callable[[], Any]]:
        """Return the calls for the first numbers of the buffers alone."""
        return [
            Call(
                function,
                [a[:size] if isinstance(a, np.ndarray) and a.shape == (self.size,) else a for a in arguments],
            ).ready()
            for function, arguments in self.calls
        ]


class Recorded(np.ndarray[Any, Any]):
    """An array that notes what is done with it; everything that cannot be noted raises `NotStraight`."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.nout != 1:
            raise NotStraight
        arguments = [_plain(x) for x in inputs]
        if out is None:
            made: Array = np.asarray(ufunc(*arguments))  # NumPy makes a scalar of a single number
            return _note(ufunc, [*arguments, made], _program().made(made))
        arguments.append(_plain(out[0]))
        Call(ufunc, arguments).ready()()
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


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Recorded) else x


def _program() -> Program:
    if _recording.program is None:
        raise NotStraight
    return _recording.program


def _note(function: Any, arguments: list[Any], result: Any) -> Any:
    _program().calls.append(Call(function, arguments))
    return result


@contextmanager
def recorded(program: Program | None) -> Iterator[None]:
    """Have `empty` give arrays that record into the program; with None, plain ones."""
    before, _recording.program = _recording.program, program
    try:
        yield
    finally:
        _recording.program = before


def step(function: Callable[..., None], *arguments: Any) -> None:
    """Call a function that does to arrays what depends on their numbers; in a program it is a single call.

    Every array that it reads or writes must be an argument: what an argument holds inside is not seen.
    """
    program = _recording.program
    if program is None:
        function(*arguments)
        return
    plain = [_plain(x) for x in arguments]
    with recorded(None):
        function(*plain)
    program.calls.append(Call(function, plain))


def record(run: Run, size: int, samples: tuple[Array, Array], results: int = 1) -> Program | None:
    """Record what `run` does to a block of that size; None if that depends on the numbers in it.

    What was recorded is tried on a second sample; both are numbers such as the blocks will hold.
    """
    program = Program(size)
    with recorded(program):
        x, *ys = (empty((size,)) for _ in range(1 + results))
        x.view(np.ndarray)[:] = samples[0]
        try:
            run(x, *ys)
        except NotStraight:
            return None
    program.bind(x, *ys)
    expected, got = np.empty((2, results, size))
    run(samples[1], *expected)
    program.run(samples[1], *got)
    return program if np.array_equal(expected.view(np.int64), got.view(np.int64)) else None

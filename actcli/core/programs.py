"""Recorded programs of formulas, kept by each thread that runs them: their buffers are its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from actcli.core.blocks import block, is_alone
from actcli.core.numerics.program import Program, record

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from actcli.core.arrays import Array

SHORTEST = 1 << 12
"""Elements of a block for which it pays to cut a program to its length."""

KEPT = 4
"""Programs kept, by each thread; each holds its own buffers of a block, half a megabyte each."""

Programs = dict[Any, "Program | None"]


class _Local(threading.local):
    """The programs of one thread."""

    def __init__(self) -> None:
        self.programs: Programs = {}


_local = _Local()
_common: Programs = {}  # those of whatever thread computes alone


def program_of(
    key: Hashable,
    run: Callable[..., None],
    samples: Callable[[int], tuple[Array, Array]],
    results: int,
    x: Array,
    ys: tuple[Array, ...],
) -> Program | None:
    """Return the program of `run(x, *ys)` for this thread's blocks; None if there is none for such arrays.

    `key` stands for what is run, and `samples` gives two blocks of such numbers as it is run on.
    """
    if not (SHORTEST <= x.size <= block() and all(y.flags.c_contiguous for y in ys)):
        return None
    programs, size = _common if is_alone() else _local.programs, block()
    if key in programs:
        programs[key] = program = programs.pop(key)  # the last to be dropped
        return program
    try:
        program = record(run, size, samples(size), results)
    except FloatingPointError:
        program = None
    if len(programs) >= KEPT:
        del programs[next(iter(programs))]
    programs[key] = program
    return program

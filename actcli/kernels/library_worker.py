"""Calls a function of a shared library for another process, which lives on if the library does not.

A script: `python library_worker.py LIBRARY SYMBOL`. It answers `ready`, or what is wrong. A request is a line
of whole numbers, and the bytes of the operands: how many numbers the function is called on, where arrays lie,
how many bytes off the boundary of a page, the bytes of the results, and those of each operand. The answer is
a line of two flags, whether the function has written beyond its arrays and into its operands; the bytes of
the results; and those of the operands, if it has.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import signal
import sys

WITH_ROOM, BEFORE_GUARD, AFTER_GUARD = range(3)
"""Where arrays lie: in the middle of memory, or at the end or the start of what can be reached."""

_PAGE = mmap.PAGESIZE
_ROOM = 0xA5


class GuardedArray:
    """Memory for an array, with a page before and behind it, which may be out of bounds."""

    def __init__(self, size: int, where: int, off: int) -> None:
        length = 2 * _PAGE + -(-(size + off) // _PAGE) * _PAGE
        self.memory = mmap.mmap(-1, length)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.size = size
        ctypes.memset(self.base, _ROOM, length)
        self.start = self.base + (length - _PAGE - size if where == BEFORE_GUARD else _PAGE + off)
        self.end = self.base + length
        ctypes.memset(self.start, 0xFF, size)  # what is not written is NaN in most formats
        if where != WITH_ROOM:
            guard = self.end - _PAGE if where == BEFORE_GUARD else self.base
            protect = ctypes.CDLL(None).mprotect
            protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
            protect(guard, _PAGE, 0)

    def bytes(self) -> bytes:
        """Return what is in the array."""
        return ctypes.string_at(self.start, self.size)

    def is_spoiled(self) -> bool:
        """Return whether there is something else around the array than there was."""
        before, behind = self.start - self.base, self.end - self.start - self.size
        around = ctypes.string_at(self.base, before) + ctypes.string_at(self.start + self.size, behind)
        return around != bytes([_ROOM]) * len(around)


def serve(library: str, symbol: str) -> None:
    """Answer requests until there are no more."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # Linux: it does not outlive its parent
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        function = getattr(ctypes.CDLL(library), symbol)
    except (OSError, AttributeError) as error:
        out.write(f"{error}".replace("\n", " ").encode() + b"\n")
        return
    out.write(b"ready\n")
    out.flush()
    function.restype = None
    while line := sys.stdin.buffer.readline():
        count, where, off, results, *sizes = map(int, line.split())
        given = [sys.stdin.buffer.read(size) for size in sizes]
        blocks = [GuardedArray(size, where, off) for size in (*sizes, results)]
        for block, data in zip(blocks, given, strict=False):
            ctypes.memmove(block.start, data, len(data))
        function(*(ctypes.c_void_p(block.start) for block in blocks), ctypes.c_size_t(count))
        *operands, result = blocks
        changed = [block.bytes() for block in operands]
        beyond = where == WITH_ROOM and any(block.is_spoiled() for block in blocks)
        out.write(b"%d %d\n" % (beyond, changed != given))
        out.write(result.bytes())
        if changed != given:
            out.write(b"".join(changed))
        out.flush()


if __name__ == "__main__":
    serve(*sys.argv[1:])

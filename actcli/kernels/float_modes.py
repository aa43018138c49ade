"""The processor's floating-point modes: a kernel's own, and those that true values are computed in.

What flushes subnormal numbers to zero (`torch.set_flush_denormal`, a library linked with -ffast-math) sets
that for the thread, and every later computation in it, of true values too, would do the same.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE = 256  # bytes: more than `fenv_t` takes anywhere


class _Modes(NamedTuple):
    """C's functions for modes, its default ones, and those of the kernel when it last ran."""

    library: ctypes.CDLL
    default: ctypes.c_void_p
    theirs: ctypes.Array[ctypes.c_char]

    def note(self) -> None:
        """Note the modes that are in force for those of the kernel, and go on in the default ones."""
        self.library.fegetenv(self.theirs)
        self.library.fesetenv(self.default)

    def resume(self) -> None:
        """Go on in the modes of the kernel."""
        self.library.fesetenv(self.theirs)


@cache
def _modes() -> _Modes | None:
    """Return the modes, none where C's functions are not at hand; the kernel's are those in force."""
    if sys.platform == "win32":
        return None
    with suppress(OSError, AttributeError, ValueError):
        library = ctypes.CDLL(None)
        default = ctypes.c_void_p(-1)
        if sys.platform == "darwin":
            default = ctypes.cast(ctypes.byref(ctypes.c_int.in_dll(library, "_FE_DFL_ENV")), ctypes.c_void_p)
        found = _Modes(library, default, ctypes.create_string_buffer(_SIZE))
        library.fegetenv(found.theirs)
        return found
    return None


@contextmanager
def of_the_kernel() -> Iterator[None]:
    """Run a kernel's code in the modes that it last left."""
    modes = _modes()
    if modes is None:
        yield
        return
    modes.resume()
    try:
        yield
    finally:
        modes.note()


@contextmanager
def of_the_truth() -> Iterator[None]:
    """Compute in the default modes; those that were in force are the kernel's, and come back at the end."""
    modes = _modes()
    if modes is None:
        yield
        return
    modes.note()
    try:
        yield
    finally:
        modes.resume()

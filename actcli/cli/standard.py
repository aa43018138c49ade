"""stdin, stdout and stderr as a program may find them: closed, or unable to encode what is printed."""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from typing import TYPE_CHECKING

from actcli.errors import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 1000  # characters of a message, of which the last ones may be the hint


_quiet = False


def prepare() -> None:
    """Make stdin, stdout and stderr safe to use.

    A closed one (`>&-`) gets a descriptor that fails when it is used: otherwise the next file opened would
    take its number, and what is printed would end in that file. Pipes and files get UTF-8 and the same line
    ends on every system, as from those who write bytes; what a terminal's encoding lacks is printed as `?`.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number == 1 else os.O_WRONLY)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace", newline="\n")
    if sys.platform == "win32":
        _obey_escapes()


def _obey_escapes() -> None:
    """Make consoles of Windows obey escape sequences: colours, and the line that tells the progress."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        for number in (-11, -12):  # stdout and stderr
            handle, mode = kernel.GetStdHandle(number), ctypes.c_ulong()
            if kernel.GetConsoleMode(handle, ctypes.byref(mode)):  # else it is no console
                kernel.SetConsoleMode(handle, mode.value | 4)  # ENABLE_VIRTUAL_TERMINAL_PROCESSING


def is_unread() -> bool:
    """Whether numbers wait on stdin: something in a pipe, or the rest of a file."""
    try:
        mode = os.fstat(0).st_mode
        if stat.S_ISREG(mode):
            return os.fstat(0).st_size > os.lseek(0, 0, os.SEEK_CUR)
        return stat.S_ISFIFO(mode) and bool(_poll())
    except (OSError, AttributeError):  # not to be had on every system
        return False


def _poll() -> int:
    """Return whether a read of stdin would give something at once; its end is nothing."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    return any(event & select.POLLIN for _, event in poll.poll(0))


def hush(quiet: bool) -> None:
    """Say whether this run keeps its notes and its progress to itself."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Whether this run keeps its notes and its progress to itself."""
    return _quiet


def note(text: str) -> None:
    """Write one line to stderr that is no error, unless nobody wants to know."""
    if not _quiet:
        tell(text)


def tell(text: str, excerpt: Sequence[str] = ()) -> None:
    """Write one line to stderr, in the program's name, and what it is about on lines of their own."""
    lines = [f"actcli: {_cut(visible(text))}", *(f"  {visible(line)}" for line in excerpt)]
    print("\n".join(lines), file=sys.stderr, flush=True)


def _cut(text: str) -> str:
    """Return a text without its middle if it is long, as one that quotes an argument may be."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 3 :]}"

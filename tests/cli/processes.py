"""The program as users run it: a process of its own, with pipes, a terminal or neither."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "actcli"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a plain user: no colour wishes, buffered output."""
    unwanted = ("NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED", "COLUMNS", "ACTCLI_TRACEBACK")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **more}


def actcli(*arguments: str, stdin: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the program with text on its standard input, and return what it wrote."""
    given: dict[str, Any] = {"capture_output": True, "text": True, "env": environment(), "timeout": 60}
    return subprocess.run([*COMMAND, *arguments], input=stdin, check=False, **{**given, **more})


def shell(
    line: str, folder: Path | None = None, timeout: float = 60, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which `actcli` is the program."""
    script = f'actcli() {{ "{sys.executable}" -m actcli "$@"; }}\n{line}'
    return subprocess.run(
        ["bash", "-c", script],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(**more),
        timeout=timeout,
    )


class Terminal:
    """A process in a terminal of its own."""

    def __init__(self, command: list[str], columns: int = 80, **more: str) -> None:
        pty: Any = pytest.importorskip("pty", reason="Windows has no pseudo-terminals of this kind")
        with warnings.catch_warnings():  # of threads that the child has not: it is another program at once
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment(COLUMNS=str(columns), LINES="40", **more))
        self.text = ""

    def read(self, until: str = "", seconds: float = 60) -> str:
        """Return what has been shown, waiting until a text is there, or the end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not (until and until in self.text):
            ready, _, _ = select.select([self.descriptor], [], [], 0.05)
            if not ready:
                continue
            try:
                got = os.read(self.descriptor, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not got:
                break
            self.text += got.decode(errors="replace")
        return self.text

    def type(self, text: str) -> None:
        """Type some characters."""
        os.write(self.descriptor, text.encode())

    def close(self) -> int:
        """Wait for the end of the process, and return its exit code."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(status)


def in_terminal(*arguments: str, columns: int = 80, **more: str) -> tuple[int, str]:
    """Run the program in a terminal and return its exit code and what was shown."""
    terminal = Terminal([*COMMAND, *arguments], columns, **more)
    text = terminal.read()
    return terminal.close(), text.replace("\r\n", "\n")

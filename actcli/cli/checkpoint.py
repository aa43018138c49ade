"""What a long verification has found so far: told on stderr, and kept in a file from which it can go on."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from actcli.cli import progress
from actcli.core.verify.totals import Totals
from actcli.errors import DataError, UsageError
from actcli.tables import files

if TYPE_CHECKING:
    from types import TracebackType

    from actcli.verification import Request

_PAUSE = 10.0
"""Seconds between two writes of the file."""


class Checkpoint:
    """Keeps the totals of a run.

    Args:
        path: the file, if they are to be kept in one. It is removed when all is done.
        request: what is asked, which an earlier run must have been asked too.
        kernel: the kernel's name, likewise.

    Raises:
        UsageError: the file is that of another run.
        DataError: it is no such file.
    """

    def __init__(self, path: str | None, request: Request, kernel: str) -> None:
        self._path = path
        self._asked = [kernel, *request.identity]
        self._count = request.inputs.count
        self._written = time.monotonic()
        self.totals: Totals | None = self._read()

    def _read(self) -> Totals | None:
        if self._path is None or not Path(self._path).exists():
            return None
        try:
            found = json.loads(Path(self._path).read_bytes())
            asked, totals = found["asked"], Totals.from_state(found["totals"])
        except (ValueError, TypeError, KeyError, AttributeError):
            raise DataError(
                f"{self._path} is no checkpoint of verify", "remove it, or name another"
            ) from None
        if asked != self._asked:
            raise UsageError(f"{self._path} is the checkpoint of another run", "remove it, or name another")
        return totals

    def keep(self, totals: Totals) -> None:
        """Take note of what is found so far."""
        self.totals = totals
        if progress.wanted():
            progress.show(totals.tried, self._count, " inputs")
        if self._path and time.monotonic() - self._written >= _PAUSE:
            self._write()

    def _write(self) -> None:
        if self._path and self.totals:
            text = json.dumps({"asked": self._asked, "totals": self.totals.state()})
            with files.output(self._path) as out:
                out.write(text.encode())
            self._written = time.monotonic()

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._write()
        elif self._path:
            Path(self._path).unlink(missing_ok=True)

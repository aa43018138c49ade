"""A line on stderr that tells how far a long run has come: the share, the rate, and the time left."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from actcli.cli import standard
from actcli.errors import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 1.0  # seconds that a run may take before it says anything
_PAUSE = 0.1  # seconds between two words
_CELLS = 24
_start = time.monotonic()
_last = 0.0


def wanted() -> bool:
    """Tell whether anyone sees stderr, and wants to."""
    return not standard.is_quiet() and sys.stderr is not None and sys.stderr.isatty()


def show(done: int, total: int | None, unit: str = "B") -> None:
    """Tell how many bytes, or inputs, are done, of how many if that is known."""
    _say(line(done, total, time.monotonic() - _start, unit))


def _say(text: str) -> None:
    """Write a line in the place of the last one, if a run has taken a while, and not too often."""
    global _last
    now = time.monotonic()
    if now - _start < _PATIENCE or now - _last < _PAUSE:
        return
    _last = now
    sys.stderr.write(f"\r{text}\033[K")
    sys.stderr.flush()


def line(done: int, total: int | None, seconds: float, unit: str = "B") -> str:
    """Return what is told.

    >>> line(50_000_000, 200_000_000, 2.0)
    '██████──────────────────  25 %  25.0 MB/s  6 s left'
    >>> line(50_000_000, None, 2.0)
    '50.0 MB  25.0 MB/s'
    >>> line(50_000_000, 200_000_000, 2.0, " inputs")
    '██████──────────────────  25 %  25.0 M inputs/s  6 s left'
    """
    rate = f"{done / seconds / 1e6:.1f} M{unit}/s"
    if not total:
        return f"{done / 1e6:.1f} M{unit}  {rate}"
    share = min(1.0, done / total)
    full = int(share * _CELLS)
    left = seconds * (total / done - 1) if done else 0.0
    return f"{'█' * full}{'─' * (_CELLS - full)}  {share:.0%}  {rate}  {max(0.0, left):.0f} s left".replace(
        "%", " %"
    )


def count(done: int, total: int, what: str) -> None:
    """Tell how many things are done, of how many, and which comes next."""
    _say(f"{done} of {total}  {visible(what)}")


@contextmanager
def cleared() -> Iterator[None]:
    """Take the line away at the end, however that comes."""
    global _last
    try:
        yield
    finally:
        if _last:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
        _last = 0.0

"""What a long run tells on stderr, and when it keeps quiet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from actcli.cli import progress
from actcli.tables.points import AT_ONCE, from_range
from tests.cli.processes import COMMAND, Terminal, actcli, in_terminal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_run_tells_how_far_it_is_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(progress, "_start", progress._start - 100.0)
    assert progress.wanted()
    with progress.cleared():
        progress.show(50_000_000, 100_000_000)
        progress.show(60_000_000, 100_000_000)  # too soon after the last
    assert screen.getvalue().count("50 %") == 1
    assert "60 %" not in screen.getvalue()
    assert "MB/s" in screen.getvalue()
    assert screen.getvalue().endswith("\r\033[K")


def test_a_short_run_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n" + "1.5\n" * 1000)
    status, shown = in_terminal(
        "eval", "relu", "-i", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv")
    )
    assert (status, shown) == (0, "")
    assert (
        actcli("eval", "relu", "-i", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv")).stderr == ""
    )


def test_a_long_range_tells_how_far_it_is(tmp_path: Path) -> None:
    file = tmp_path / "out.npy"
    told: list[tuple[int, int | None]] = []
    source = from_range("0:1:1000000", progress=lambda done, total: told.append((done, total)))
    assert sum(len(chunk) for chunk in source) == 1_000_000
    assert told == [(8 * AT_ONCE * n, 8_000_000) for n in range(4)]
    terminal = Terminal([*COMMAND, "eval", "gelu", "--range", "0:1:500000000", "-o", str(file)])
    assert "MB/s" in terminal.read(until="MB/s")
    terminal.type("\x03")
    assert terminal.close() == 130

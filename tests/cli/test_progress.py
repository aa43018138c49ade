"""What a long run tells on stderr, and when it keeps quiet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from actcli.cli import progress
from tests.cli.processes import actcli, in_terminal

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

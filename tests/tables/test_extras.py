"""What happens where an optional library is not installed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.processes import environment

if TYPE_CHECKING:
    from pathlib import Path


def without(library: str, *arguments: str, folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program as if a library were not there."""
    code = f"import sys; sys.modules[{library!r}] = None; from actcli.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=stdin,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("library", "arguments", "message"),
    [
        ("polars", ("-i", "t.parquet"), "reading parquet needs polars, which is not installed"),
        ("polars", ("1", "-o", "t.arrow"), "writing arrow needs polars, which is not installed"),
        (
            "backports.zstd",
            ("1", "-o", "t.csv.zst"),
            "zstd data needs backports.zstd, which is not installed",
        ),
    ],
)
def test_a_missing_extra_is_named_and_nothing_is_left(
    tmp_path: Path, library: str, arguments: tuple[str, ...], message: str
) -> None:
    if library == "backports.zstd" and sys.version_info >= (3, 14):
        pytest.skip("Python has zstd itself")
    run = without(library, "eval", "relu", *arguments, folder=tmp_path)
    assert run.returncode == 2
    assert message in run.stderr
    assert "pip install 'actcli[" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_large_text_needs_no_extra(tmp_path: Path) -> None:
    count = 400_000
    (tmp_path / "in.csv").write_text(
        "s,x\n" + "".join(f"abcdefghijklmnopqrstuvwxyz,{i}.125\n" for i in range(count))
    )
    run = without("polars", "eval", "relu", "-i", "in.csv", "-c", "x", "-o", "out.csv", folder=tmp_path)
    assert (run.stderr, run.returncode) == ("", 0)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "s,x,relu"
    assert lines[1:] == [f"abcdefghijklmnopqrstuvwxyz,{i}.125,{i}.125" for i in range(count)]

"""The repository itself: lint, format and types hold for every file, the tests included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

CHECKS = {
    "lint": ["ruff", "check", "--no-cache"],
    "format": ["ruff", "format", "--check", "--no-cache"],
    "types": ["mypy", "--no-error-summary"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_every_file_passes(check: str) -> None:
    run = subprocess.run([sys.executable, "-m", *CHECKS[check]], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_top_level_holds_what_it_says_and_nothing_else() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:  # an unpacked archive
        pytest.skip("not a git checkout; run the tests in a clone")
    visible = {Path(name).parts[0] for name in listed.stdout.splitlines()}
    visible = {name for name in visible if not name.startswith(".")}
    assert visible == {"pyproject.toml", "README.md", "LICENSE", "actcli", "tests", "completions"}

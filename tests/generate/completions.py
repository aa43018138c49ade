"""The completion scripts in completions/, from the commands and the registry."""

from __future__ import annotations

from pathlib import Path

from actcli.cli.completions import SHELLS, script

FOLDER = Path(__file__).parents[2] / "completions"


def scripts() -> dict[Path, str]:
    """Return the text of every script under the file that holds it."""
    return {FOLDER / shell.file: script(name) for name, shell in SHELLS.items()}

"""Write the completion scripts in completions/, from the commands and the registry.

python -m tests.generate.completions
"""

from __future__ import annotations

from pathlib import Path

from actcli.cli.completions import SHELLS, script

FOLDER = Path(__file__).parents[2] / "completions"


def scripts() -> dict[Path, str]:
    """Return the text of every script under the file that holds it."""
    return {FOLDER / shell.file: script(name) for name, shell in SHELLS.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in scripts().items():
        path.write_text(text, "utf-8")

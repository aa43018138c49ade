"""Write the reference images of the tests of drawing.

    python -m tests.generate.pictures

Look at what it wrote before it is committed.
"""

from __future__ import annotations

from pathlib import Path

from actcli.render.figure import encode
from actcli.render.records import Look, Theme
from tests.render import samples

FOLDER = Path(__file__).parents[1] / "render" / "reference"

REFERENCES = {
    "ramp": (samples.PICTURES["ramp"], Theme.LIGHT),
    "annotated": (samples.PICTURES["annotated"], Theme.LIGHT),
    "several": (samples.PICTURES["several"], Theme.PRINT),
    "family": (samples.PICTURES["family"], Theme.DARK),
    "rows": (samples.PICTURES["rows"], Theme.DARK),
    "cells": (samples.PICTURES["cells"], Theme.LIGHT),
}


def main() -> None:
    """Write every reference image."""
    for name, (whole, theme) in REFERENCES.items():
        (FOLDER / f"{name}.png").write_bytes(encode(whole, Look(dpi=60, theme=theme), "png"))


if __name__ == "__main__":
    main()

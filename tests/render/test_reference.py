"""Reference images: pictures look as they did when somebody last looked at them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from actcli.render.figure import encode
from actcli.render.records import Look, Theme
from tests.generate.pictures import REFERENCES

FOLDER = Path(__file__).parent / "reference"


@pytest.mark.parametrize("name", REFERENCES)
def test_a_picture_looks_as_it_did(name: str) -> None:
    whole, theme = REFERENCES[name]
    drawn = imread(io.BytesIO(encode(whole, Look(dpi=60, theme=theme), "png")))
    known = imread(FOLDER / f"{name}.png")
    assert drawn.shape == known.shape, "look at it, then: python -m tests.generate.pictures"
    # Another release of a font library moves edges by a fraction of a pixel; a lost curve is ten times that.
    difference = float(np.sqrt(np.mean((drawn - known) ** 2)))
    assert difference < 0.02, "look at it, then: python -m tests.generate.pictures"


def test_every_theme_has_a_reference() -> None:
    assert {theme for _, theme in REFERENCES.values()} == set(Theme)

"""The tables that the primitives stand on are those that their scripts make."""

from __future__ import annotations

import numpy as np
import pytest

from tests.generate import numerics


@pytest.mark.parametrize("name", numerics.TABLES)
def test_a_table_is_what_its_script_makes(name: str) -> None:
    assert np.array_equal(numerics.table(name), np.load(numerics.FOLDER / f"{name}.npy"))


def test_every_table_has_its_script() -> None:
    assert {path.stem for path in numerics.FOLDER.iterdir()} == set(numerics.TABLES)

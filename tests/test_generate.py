"""The series and tables that the primitives stand on are those that their scripts make."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

from actcli.core.numerics.expansions import SERIES
from tests.generate import expansions, numerics

FIRST = 3
"""Coefficients of each series that the everyday test makes anew."""


@pytest.mark.parametrize("name", numerics.TABLES)
def test_a_table_is_what_its_script_makes(name: str) -> None:
    assert np.array_equal(numerics.table(name), np.load(numerics.FOLDER / f"{name}.npy"))


def test_every_table_and_series_has_its_script() -> None:
    assert {path.stem for path in numerics.FOLDER.iterdir()} == set(numerics.TABLES)
    assert list(SERIES) == [wanted.name for wanted in expansions.WANTED]


@pytest.mark.parametrize("wanted", expansions.WANTED, ids=lambda wanted: wanted.name)
def test_a_series_begins_as_its_script_makes_it(wanted: expansions.Wanted) -> None:
    for guess, series in zip(wanted.roots, SERIES[wanted.name], strict=True):
        with mp.workdps(expansions.WORKING_DIGITS):
            root, first = expansions.digits(*expansions.start(wanted, guess, FIRST))
        assert (series.root, series.coefficients[:FIRST]) == (root, first)
        assert (series.radius, series.power) == (wanted.radius, wanted.power)


@pytest.mark.exhaustive
def test_the_series_are_what_their_script_makes() -> None:
    with mp.workdps(expansions.WORKING_DIGITS):
        assert expansions.source() == expansions.TARGET.read_text("utf-8")

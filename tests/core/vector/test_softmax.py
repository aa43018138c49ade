from __future__ import annotations

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.spec import VectorActivation
from actcli.core.vector import rows
from actcli.errors import DataError, UsageError
from tests.core.vector.cases import worst_gradient

pytestmark = pytest.mark.core


def vector(name: str) -> VectorActivation:
    function = registry.get(name)
    assert isinstance(function, VectorActivation)
    return function


@pytest.mark.parametrize(
    ("scores", "printed", "digits"),
    [
        ([1, 2, 3, 4, 1, 2, 3], [0.024, 0.064, 0.175, 0.475, 0.024, 0.064, 0.175], 3),
        ([0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3], [0.125, 0.138, 0.153, 0.169, 0.125, 0.138, 0.153], 3),
        ([3, 0.7, 0.5], [0.846, 0.085, 0.069], 3),
        ([1.2, 1, 1.5], [0.316, 0.258, 0.426], 3),
        ([1.5] + [1.2] * 9, [0.13] + [0.097] * 9, 3),
    ],
)
def test_the_worked_numbers_of_the_notes(scores: list[float], printed: list[float], digits: int) -> None:
    assert np.round(rows.value(vector("softmax"), scores), digits).tolist() == printed


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("row", [[0.0, np.inf], [-np.inf, -np.inf]])
def test_a_vector_without_softmax_is_an_error_unless_nan_is_wanted(name: str, row: list[float]) -> None:
    with pytest.raises(DataError, match="row 2"):
        rows.value(vector(name), [[0.0, 1.0], row])
    relaxed = rows.value(vector(name), [[0.0, 1.0], row], strict=False)
    assert np.isnan(relaxed[1]).all()
    assert np.isfinite(relaxed[0]).all()


def test_an_entry_of_minus_infinity_has_probability_zero() -> None:
    assert rows.value(vector("softmax"), [0.0, -np.inf, 0.0]).tolist() == [0.5, 0.0, 0.5]
    assert rows.value(vector("log_softmax"), [0.0, -np.inf]).tolist() == [0.0, -np.inf]


def test_a_nan_entry_gives_a_nan_vector_and_no_error() -> None:
    out = rows.value(vector("softmax"), [[np.nan, 1.0], [0.0, 0.0]])
    assert np.isnan(out[0]).all()
    assert out[1].tolist() == [0.5, 0.5]


def test_an_empty_vector_is_an_error() -> None:
    with pytest.raises(UsageError, match="at least one number"):
        rows.value(vector("softmax"), np.empty((3, 0)))


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
@pytest.mark.parametrize(
    ("x", "temperature"),
    [
        ([0.0, 1.0, 2.0], 1e119),
        ([0.0, 1.0, 2.0], 1e10),
        ([1.0, 0.0, -2.0, 1.0, 0.0], 1e10),
        ([0.0, 1.0, 1.0, 2.0, 1.0 + 2**-52, 1.0 - 2**-53], 1e4),
        ([0.0005270714008237186, 0.0005270714008237185, 0.0005270714008237183], 1.0),
        ([8.404023131039893e-17, 0.0, -8.404023131039893e-17], 1.0),
        ([1e-30, 0.3, 0.1, 0.2], 1e15),
        ([1e-3] * 40 + [1.1e-3, 0.9e-3], 1.0),
    ],
    ids=lambda part: str(part)[:40],
)
def test_the_slope_by_temperature_keeps_its_digits_next_to_the_mean(
    name: str, x: list[float], temperature: float
) -> None:
    assert worst_gradient(vector(name), x, "temperature", {"temperature": temperature}) <= 0.51


def test_the_slope_by_temperature_next_to_the_mean_leaves_out_what_is_gone() -> None:
    x = [1.0, 0.0, -2.0, 1.0, 0.0]
    got = rows.wrt(vector("softmax"), [*x, -np.inf], "temperature", {"temperature": 1e10})
    assert got.tolist() == [*rows.wrt(vector("softmax"), x, "temperature", {"temperature": 1e10}), 0.0]

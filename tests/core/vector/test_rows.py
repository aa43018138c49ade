"""Axes, dtypes, infinities, products vᵀJ and parameter gradients of vector functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.core import dtypes, registry
from actcli.core.definition import ask_vector
from actcli.core.questions import rounded
from actcli.core.vector import rows
from actcli.errors import UsageError
from tests.core.vector.cases import ROWS, fitting, vector, worst_gradient

if TYPE_CHECKING:
    from actcli.core.spec import VectorActivation

INF, NAN = np.inf, np.nan
FUNCTIONS = pytest.mark.parametrize("function", registry.vectors(), ids=lambda function: function.name)


@FUNCTIONS
def test_vectors_lie_along_any_axis(function: VectorActivation) -> None:
    x = np.random.default_rng(3).normal(size=(2, 4, 6))
    last = rows.value(function, x)
    assert np.array_equal(rows.value(function, np.moveaxis(x, -1, 0), axis=0), np.moveaxis(last, -1, 0))
    assert np.array_equal(rows.jacobian(function, np.moveaxis(x, -1, 1), axis=1), rows.jacobian(function, x))
    with pytest.raises(UsageError, match="no axis 3"):
        rows.value(function, x, axis=3)


@pytest.mark.parametrize("axis", [None, (0, 1), 1.0, np.array([0])], ids=str)
def test_an_axis_is_an_integer(axis: Any) -> None:
    function = vector("softmax")
    with pytest.raises(UsageError, match="axis must be an integer"):
        rows.value(function, np.ones((2, 2)), axis=axis)
    with pytest.raises(UsageError, match="axis must be an integer"):
        rows.vjp(function, np.ones((2, 2)), np.ones((2, 2)), axis=axis)


@FUNCTIONS
def test_many_vectors_come_out_as_each_alone(function: VectorActivation) -> None:
    x = np.random.default_rng(4).normal(0, 30, (7000, 6))
    whole = rows.value(function, x)
    for i in (0, 1, 2500, 6999):
        assert np.array_equal(rows.value(function, x[i : i + 1], first=i)[0], whole[i])


@FUNCTIONS
def test_no_vectors_give_an_empty_result_of_the_right_width(function: VectorActivation) -> None:
    width = function.width(4, **function.bind({}))
    assert rows.value(function, np.empty((0, 4))).shape == (0, width)
    assert rows.jacobian(function, np.empty((0, 4))).shape == (0, width, 4)


@FUNCTIONS
def test_the_product_with_a_vector_is_that_of_the_jacobian(function: VectorActivation) -> None:
    random = np.random.default_rng(5)
    x = random.normal(0, 2, (50, 6))
    v = random.normal(size=rows.value(function, x).shape)
    expected = np.einsum("ri,rij->rj", v, rows.jacobian(function, x))
    assert rows.vjp(function, x, v) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    with pytest.raises(UsageError, match="v has shape"):
        rows.vjp(function, x, np.ones((50, v.shape[1] + 1)))


def test_the_product_with_a_constant_vector_is_nothing_for_softmax() -> None:
    assert rows.vjp(vector("softmax"), [0.3, -700.0, 2.0], [1e9, 1e9, 1e9]).tolist() == [0.0, 0.0, 0.0]


@FUNCTIONS
@pytest.mark.parametrize(
    "dtype", [dtypes.FLOAT32, dtypes.FLOAT16, dtypes.BFLOAT16, dtypes.FLOAT8_E4M3FN], ids=str
)
def test_narrow_results_are_rounded_once(function: VectorActivation, dtype: dtypes.DType) -> None:
    for x in ([0.3, -1.2, 2.5, 0.1], [12.0, 3.0, -7.0, 0.0], [1.0, 1.0]):
        got = rows.value(function, x, dtype=dtype)
        assert got.dtype == dtype.numpy
        true = ask_vector(function, dtype.round(x).tolist(), rounded(dtype), {})
        assert got.astype(np.float64).tolist() == true, (function.name, x)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_the_dtype_of_the_input_is_kept(dtype: type[np.floating[np.typing.NBitBase]]) -> None:
    assert rows.value(vector("softmax"), np.ones((2, 3), dtype)).dtype == dtype


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("softmin", [INF, 1.0], [0.0, 1.0]),
        ("hardmax", [1.0, INF, INF], [0.0, 1.0, 0.0]),
        ("hardmax", [-INF, -INF], [1.0, 0.0]),
        ("maxout", [-INF, INF], [INF]),
        ("sparsemax", [0.0, -INF, 0.5], [0.25, 0.0, 0.75]),
        ("glu", [1.0, -INF], [0.0]),
        ("glu", [1.0, INF], [1.0]),
        ("glu", [INF, -3.0], [INF]),
        ("glu", [INF, -INF], [NAN]),
        ("glu", [INF, -800.0], [INF]),
        ("glu", [-INF, -1e308], [-INF]),
        ("geglu", [-INF, -40.0], [INF]),
        ("geglu", [INF, -1e308], [-INF]),
        ("swiglu", [INF, -800.0], [-INF]),
        ("swiglu", [INF, 0.0], [NAN]),
        ("swiglu", [2.0, -INF], [-0.0]),
        ("swiglu", [2.0, INF], [INF]),
        ("geglu", [-INF, 2.0], [-INF]),
        ("reglu", [1.0, -INF], [0.0]),
        ("bilinear", [INF, -2.0], [-INF]),
        ("crelu", [-INF, 3.0], [0.0, 3.0, INF, 0.0]),
        ("normalize", [1.0, INF, -2.0], [0.0, 1.0, 0.0]),
        ("normalize", [INF, INF], [NAN, NAN]),
        ("standardize", [1.0, INF, -2.0], [-(0.5**0.5), 2**0.5, -(0.5**0.5)]),
    ],
)
def test_infinite_entries_give_limits(name: str, x: list[float], value: list[float]) -> None:
    assert rows.value(vector(name), x) == pytest.approx(value, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "x", "jacobian"),
    [
        ("glu", [INF, 800.0], [[1.0, INF]]),
        ("glu", [-INF, -800.0], [[0.0, -INF]]),
        ("geglu", [INF, -40.0], [[0.0, -INF]]),
        ("swiglu", [-INF, -800.0], [[0.0, INF]]),
    ],
)
def test_slopes_of_an_infinite_unit_are_limits(
    name: str, x: list[float], jacobian: list[list[float]]
) -> None:
    assert rows.jacobian(vector(name), x).tolist() == jacobian


@FUNCTIONS
def test_a_nan_entry_gives_nan_throughout_its_vector(function: VectorActivation) -> None:
    x = [[NAN, 1.0, 2.0, 3.0], [0.5, 1.0, 2.0, 3.0]]
    assert np.isnan(rows.value(function, x)[0]).all()
    assert np.isnan(rows.jacobian(function, x)[0]).all()
    assert not np.isnan(rows.value(function, x)[1]).any()


@pytest.mark.parametrize(
    ("name", "x", "params", "jacobian"),
    [
        ("maxout", [2.0, 2.0, 1.0], {}, [[1, 0, 0]]),
        ("maxout", [1.0, 2.0, 3.0, 3.0], {"pieces": 2}, [[0, 1, 0, 0], [0, 0, 1, 0]]),
        ("hardmax", [1.0, 1.0], {}, [[0, 0], [0, 0]]),
        ("reglu", [3.0, 0.0], {}, [[0, 0]]),
        ("crelu", [0.0], {}, [[0], [0]]),
        ("sparsemax", [1.0, 0.0], {}, [[0, 0], [0, 0]]),
        ("sparsemax", [0.5, 0.5], {}, [[0.5, -0.5], [-0.5, 0.5]]),
        ("normalize", [0.0, 0.0], {"eps": 0.5}, [[2, 0], [0, 2]]),
        ("normalize", [3.0, 0.0], {"p": 1}, [[0, 0], [0, 1 / 3]]),
    ],
)
def test_slopes_at_kinks_are_those_of_least_magnitude(
    name: str, x: list[float], params: dict[str, float], jacobian: list[list[float]]
) -> None:
    assert rows.jacobian(vector(name), x, params).tolist() == jacobian


@pytest.mark.parametrize(
    ("name", "param", "params"),
    [
        ("softmax", "temperature", {}),
        ("softmax", "temperature", {"temperature": 0.2}),
        ("log_softmax", "temperature", {"temperature": 3}),
        ("softmin", "temperature", {}),
        ("gumbel_softmax", "temperature", {"seed": 9}),
        ("swiglu", "beta", {"beta": 1.5}),
        ("normalize", "p", {}),
        ("normalize", "p", {"p": 3}),
        ("normalize", "p", {"p": 1.5}),
        ("normalize", "eps", {"eps": 100}),
        ("standardize", "eps", {}),
    ],
)
@pytest.mark.parametrize("case", ["moderate", "one close to the mean", "spread of 745"])
def test_parameter_gradients_are_those_of_the_definition(
    name: str, param: str, params: dict[str, float], case: str
) -> None:
    function = vector(name)
    x = fitting(function, [v or 0.5 for v in ROWS[case]])
    assert worst_gradient(function, x, param, params) <= 1


def test_a_whole_number_has_no_gradient() -> None:
    with pytest.raises(UsageError, match="no derivative with respect to seed"):
        rows.wrt(vector("gumbel_softmax"), [1.0, 2.0], "seed")


def test_random_numbers_belong_to_the_place_in_the_table() -> None:
    function = vector("gumbel_softmax")
    x = np.zeros((1000, 3))
    whole = rows.value(function, x)
    parts = [rows.value(function, x[:1]), rows.value(function, x[1:400], first=1)]
    assert np.array_equal(np.concatenate(parts), whole[:400])
    assert len(np.unique(whole[:, 0])) == 1000
    assert not np.array_equal(rows.value(function, x, {"seed": 1}), whole)


def test_hard_samples_follow_the_probabilities_and_keep_the_soft_slope() -> None:
    function = vector("gumbel_softmax")
    x = np.tile([2.0, 1.0, -1.0], (40_000, 1))
    hard = rows.value(function, x, {"hard": 1})
    assert np.unique(hard).tolist() == [0.0, 1.0]
    shares = rows.value(vector("softmax"), x[0])
    assert np.abs(hard.mean(axis=0) - shares).max() < 4 * 0.5 / 200
    few = x[:5]
    assert np.array_equal(rows.jacobian(function, few, {"hard": 1}), rows.jacobian(function, few))


@pytest.mark.parametrize("name", ["glu", "reglu", "geglu", "swiglu", "bilinear"])
def test_an_odd_length_has_no_halves(name: str) -> None:
    with pytest.raises(UsageError, match="even number of entries, not 3"):
        rows.value(vector(name), [1.0, 2.0, 3.0])


def test_pieces_must_divide_the_vector() -> None:
    assert rows.value(vector("maxout"), [1.0, 2.0, 4.0, 3.0], {"pieces": 2}).tolist() == [2.0, 4.0]
    with pytest.raises(UsageError, match="multiple of 2"):
        rows.value(vector("maxout"), [1.0, 2.0, 3.0], {"pieces": 2})

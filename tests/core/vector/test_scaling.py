"""normalize and standardize where exponents, cancellation, eps or the order of the norm are extreme."""

from __future__ import annotations

import numpy as np
import pytest

from actcli.core.definition import ask_jacobian
from actcli.core.questions import Digits
from actcli.core.vector import rows
from tests.core.vector.cases import MP, error, vector, worst, worst_slope, worst_value

INF = np.inf
TIES = [1.0, 2.0, -2.0, 3 - 2**-51, 3.0]

SPREAD = [
    [0.0, 1e160, 1e276],
    [0.0, 0.0, 1e160, 1e276],
    [0.0, 0.0, 1e200],
    [0.0, 1.0, 1e200],
    [0.0, 0.0, 0.0, 1e276],
    [1.58e-256, -4.756e158, -1.551e167, 1.1e-277, -9.08e7, 5.7e-178],
    [1e160, -1e160, 1e-160, 0.0],
    [2.0**280, -(2.0**280), 2.0**180, -(2.0**180), 2.0**80, -(2.0**80), 1.0, 5.0],
]


@pytest.mark.parametrize("x", SPREAD, ids=str)
def test_standardize_keeps_its_digits_however_wide_the_vector(x: list[float]) -> None:
    function = vector("standardize")
    assert worst_value(function, x, {}) <= 0.51
    assert worst_slope(function, x, {}) <= 0.51


@pytest.mark.parametrize(
    ("x", "eps"),
    [
        ([1e-162, 3e-162], 5e-324),
        ([1e-158, 3e-158], 5e-324),
        ([1e-154, 3e-154], 5e-324),
        ([1e-158, 3e-158, 0.0], 1e-316),
        ([1.0, 3.0, 7.0], 1e305),
    ],
)
def test_standardize_with_an_eps_at_the_end_of_the_doubles(x: list[float], eps: float) -> None:
    function = vector("standardize")
    assert worst_value(function, x, {"eps": eps}) <= 0.51
    assert worst_slope(function, x, {"eps": eps}) <= 0.51


@pytest.mark.parametrize(
    ("name", "x", "v"),
    [
        ("standardize", [0.0, 1.0, 1e200], [0.0, 0.0, 1.0]),
        ("standardize", [0.0, 1.0, 3.0], [0.0, 1.0, 3.0]),
        ("standardize", [0.3, 1.2, 3.7], [5.0, 5.0, 5.0]),
        ("standardize", [0.3, 12345.6], [5.0, -2.0]),
        (
            "normalize",
            [-2.7868955841700924e-162, 0.02233605307354134],
            [0.002608195918564863, 0.105376182242],
        ),
        ("normalize", [0.3, 12345.6, -7.0], [0.3, 12345.6, -7.0]),
        ("normalize", [0.3, 1e9, -7.0], [0.0, 1.0, 2.0]),
        ("normalize", [5e-324, 5.8832702488182835e-06, 0.0], [-2.3938699914318904e88, -0.7624807358262, 2.2]),
    ],
)
def test_products_keep_their_digits_where_they_cancel(name: str, x: list[float], v: list[float]) -> None:
    function = vector(name)
    got = rows.vjp(function, x, v).tolist()
    with MP.workdps(900):
        jacobian = ask_jacobian(function, x, Digits(900), {})
        columns = zip(*jacobian, strict=True)
        true = [sum(MP.mpf(a) * MP.mpf(b) for a, b in zip(v, c, strict=True)) for c in columns]
        true = [t if abs(t) > MP.mpf(10) ** -500 else MP.mpf(0) for t in true]
    assert worst(got, true) <= 0.51


@pytest.mark.parametrize(
    ("p", "eps", "shorter", "equal"),
    [
        (1, 1.0000000000000002, [1.0, 2.0**-54], [1.0, 2.0**-52]),
        (2, 5.0, [3.0, 3.9999999999999996], [3.0, 4.0]),
        (3, 6.0, [3.0, 4.0, 5 - 2.0**-50], [3.0, 4.0, 5.0]),
    ],
)
def test_a_norm_is_compared_with_eps_exactly(
    p: float, eps: float, shorter: list[float], equal: list[float]
) -> None:
    function, params = vector("normalize"), {"p": p, "eps": eps}
    n = len(shorter)
    assert rows.jacobian(function, shorter, params).tolist() == (np.eye(n) / eps).tolist()
    assert rows.wrt(function, shorter, "eps", params) == pytest.approx(-np.array(shorter) / eps**2, rel=1e-15)
    assert not rows.wrt(function, equal, "eps", params).any()


@pytest.mark.parametrize(
    ("x", "params", "value"),
    [
        ([719.3194990200213], {"p": 1e300}, [1.0]),
        ([-53272.84710620929, 22241.225329513043], {"p": 1e300}, [-1.0, 0.41749646466559298748]),
    ],
)
def test_a_norm_of_a_huge_order_is_the_greatest_size(
    x: list[float], params: dict[str, float], value: list[float]
) -> None:
    assert rows.value(vector("normalize"), x, params) == pytest.approx(value, rel=3e-16, abs=0)


def test_slopes_of_a_norm_of_a_huge_order_tell_ties_from_what_all_but_ties() -> None:
    got = rows.jacobian(vector("normalize"), TIES, {"p": 1e10})[:, 4]
    with MP.workdps(60):
        sizes = [abs(MP.mpf(v)) for v in TIES]
        total = sum((v / 3) ** MP.mpf(1e10) for v in sizes)
        norm = 3 * total ** (1 / MP.mpf(1e10))
        true = [-MP.mpf(v) / norm**2 * (norm / 3) / total for v in TIES[:4]]
    assert max(error(float(a), b) for a, b in zip(got, true, strict=False)) <= 0.51


def test_slopes_of_a_norm_of_order_just_above_one_see_a_tiny_entry() -> None:
    x, p = [1e-310, 1e300, 3.0], 1.0000000003
    assert worst_slope(vector("normalize"), x, {"p": p}) <= 0.51


@pytest.mark.parametrize(
    ("name", "x", "params", "value"),
    [
        ("normalize", [INF, 1.0], {"eps": 1e200}, [1.0, 0.0]),
        ("normalize", [1.0, -INF], {"p": 1e300}, [0.0, -1.0]),
        ("standardize", [INF, 0.0, 0.0], {"eps": 1e305}, [2**0.5, -(0.5**0.5), -(0.5**0.5)]),
        ("standardize", [-INF], {}, [0.0]),
        ("standardize", [INF, -INF], {}, [np.nan, np.nan]),
    ],
)
def test_an_infinite_entry_is_infinite_beside_any_eps(
    name: str, x: list[float], params: dict[str, float], value: list[float]
) -> None:
    function = vector(name)
    assert rows.value(function, x, params) == pytest.approx(value, rel=1e-15, nan_ok=True)
    if not np.isnan(value).any():
        assert not rows.jacobian(function, x, params).any()


def test_a_single_entry_has_the_same_norm_in_any_order() -> None:
    assert rows.wrt(vector("normalize"), [41.99446156578257], "p").tolist() == [0.0]


@pytest.mark.parametrize("entry", [1e-20, 1e-3])
def test_the_slope_by_p_keeps_its_digits_beside_a_large_entry(entry: float) -> None:
    got = rows.wrt(vector("normalize"), [1.0, entry], "p").tolist()
    with MP.workdps(200):
        x, h = [MP.mpf(1), MP.mpf(entry)], MP.mpf(10) ** -60
        up, down = ([v / sum(a**p for a in x) ** (1 / p) for v in x] for p in (2 + h, 2 - h))
        true = [(a - b) / (2 * h) for a, b in zip(up, down, strict=True)]
    assert worst(got, true) <= 0.51


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["normalize", "standardize"])
def test_random_vectors_with_exponents_all_over_the_range(name: str) -> None:
    function, random = vector(name), np.random.default_rng(17)
    for _ in range(60):
        n = int(random.integers(2, 6))
        x = (random.normal(size=n) * 2.0 ** random.integers(-300, 300, n)).tolist()
        assert worst_value(function, x, {}) <= 0.51, x
        assert worst_slope(function, x, {}) <= 0.51, x

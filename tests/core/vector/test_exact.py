"""Every vector function against its definition, on vectors where floating-point formulas go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from tests.core.vector.cases import RANDOM, ROWS, fitting, vector, worst_slope, worst_value

if TYPE_CHECKING:
    from actcli.core.spec import VectorActivation

FUNCTIONS = pytest.mark.parametrize("function", registry.vectors(), ids=lambda function: function.name)

OTHER_PARAMS = [
    ("softmax", {"temperature": 0.01}),
    ("softmax", {"temperature": 1e-300}),
    ("softmax", {"temperature": 1e308}),
    ("log_softmax", {"temperature": 7.3}),
    ("log_softmax", {"temperature": 1e-5}),
    ("softmin", {"temperature": 0.3}),
    ("gumbel_softmax", {"temperature": 0.1, "seed": 5}),
    ("swiglu", {"beta": 1.7}),
    ("swiglu", {"beta": -0.5}),
    ("normalize", {"p": 1}),
    ("normalize", {"p": 3}),
    ("normalize", {"p": 2.5}),
    ("normalize", {"eps": 10}),
    ("standardize", {"eps": 1e-12}),
    ("standardize", {"eps": 1}),
    ("rms_norm", {"eps": 1e-12}),
    ("rms_norm", {"eps": 3}),
]

AT_A_KINK = {
    "sparsemax": {"one at the mean", "integers"},
    "maxout": {"ties", "zeros", "negative zeros", "huge", "two pairs"},
    "hardmax": {"ties", "zeros", "negative zeros", "huge", "two pairs"},
    "entmax15": {"one at the mean", "squares that leave a last bit", "integers"},
    "normalize": {"zeros", "negative zeros"},
}
"""Where the definition differentiates one side only; the values there have tests of their own."""


@FUNCTIONS
@pytest.mark.parametrize("case", [*ROWS, *RANDOM])
def test_every_component_is_within_its_bound(function: VectorActivation, case: str) -> None:
    x = fitting(function, (ROWS | RANDOM)[case])
    assert worst_value(function, x, {}) <= function.bounds.value


SMOOTH = [
    (function, case)
    for function in registry.vectors()
    for case in [*ROWS, *(name for name in RANDOM if len(RANDOM[name]) < 6)]
    if case not in AT_A_KINK.get(function.name, ())
    and not (function.name in ("reglu", "crelu") and 0.0 in (ROWS | RANDOM)[case])
]


@pytest.mark.parametrize(("function", "case"), SMOOTH, ids=lambda part: getattr(part, "name", part))
def test_every_entry_of_the_jacobian_is_within_its_bound(function: VectorActivation, case: str) -> None:
    x = fitting(function, (ROWS | RANDOM)[case])
    assert worst_slope(function, x, {}) <= function.bounds.slope


@pytest.mark.parametrize(("name", "params"), OTHER_PARAMS)
@pytest.mark.parametrize(
    "case", ["moderate", "ties", "spread of 745", "huge", "tiny beside large", "random 8 × 3.0"]
)
def test_other_parameters_keep_the_bounds(name: str, params: dict[str, float], case: str) -> None:
    function = vector(name)
    x = fitting(function, (ROWS | RANDOM)[case])
    assert worst_value(function, x, params) <= function.bounds.value
    if not (name == "normalize" and 0.0 in x):  # |x|^p has a kink there
        assert worst_slope(function, x, params) <= function.bounds.slope


@pytest.mark.exhaustive
@FUNCTIONS
def test_random_vectors_of_every_size_and_scale(function: VectorActivation) -> None:
    random = np.random.default_rng(11)
    for _ in range(60):
        n = int(random.integers(1, 13))
        scale = 10 ** random.uniform(-4, 3)
        x = fitting(function, random.normal(0, scale, n).tolist())
        assert worst_value(function, x, {}) <= function.bounds.value, x
        if n < 5:
            assert worst_slope(function, x, {}) <= function.bounds.slope, x


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("softmax", 500.0),
        ("log_softmax", 3.0),
        ("sparsemax", 3.0),
        ("entmax15", 3.0),
        ("standardize", 3.0),
    ],
)
def test_vectors_of_ten_thousand_entries(name: str, scale: float) -> None:
    x = np.random.default_rng(8).normal(0, scale, 10_000).tolist()
    function = vector(name)
    assert worst_value(function, x, {}) <= function.bounds.value

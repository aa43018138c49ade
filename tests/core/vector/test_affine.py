from __future__ import annotations

import numpy as np
import pytest

from actcli.core.vector.affine import maxout
from actcli.errors import UsageError


def test_two_pieces_make_relu_and_leaky_relu() -> None:
    x = np.array([[-2.0], [0.0], [3.0]])
    assert maxout(x, [[0.0], [1.0]]).value.tolist() == [0.0, 0.0, 3.0]
    assert maxout(x, [[0.1], [1.0]]).value.tolist() == [-0.2, 0.0, 3.0]


def test_several_units_each_have_their_pieces() -> None:
    random = np.random.default_rng(0)
    x, w, b = random.normal(size=(4, 5)), random.normal(size=(3, 2, 5)), random.normal(size=(3, 2))
    heights = np.einsum("bi,uki->buk", x, w) + b
    found = maxout(x, w, b)
    assert found.value == pytest.approx(heights.max(axis=-1), rel=1e-14)
    assert np.array_equal(found.winner, heights.argmax(axis=-1))
    assert np.array_equal(found.jacobian[1, 2], w[2, found.winner[1, 2]])


def test_the_first_of_a_tie_wins() -> None:
    assert maxout([1.0], [[1.0], [2.0], [2.0]], [1.0, 0.0, 0.0]).winner == 0


def test_sums_are_rounded_once() -> None:
    assert maxout([1e16, 1.0, -1e16], [[1.0, 1.0, 1.0]]).value == 1.0


@pytest.mark.parametrize(
    ("weights", "biases"), [([[1.0, 2.0]], 0.0), ([[1.0]], [1.0, 2.0, 3.0]), ([1.0], 0.0)]
)
def test_shapes_that_do_not_go_together_are_an_error(weights: list[float], biases: float) -> None:
    with pytest.raises(UsageError, match="maxout"):
        maxout([[1.0]], weights, biases)

from __future__ import annotations

import math

import numpy as np
import pytest

from actcli.core.vector.crossentropy import cross_entropy, softmax_steps
from actcli.errors import DataError, UsageError
from tests.core.vector.cases import DIGITS, MP, ROWS, error


def test_the_steps_of_the_notes() -> None:
    steps = softmax_steps([1, 2, 3, 4, 1, 2, 3])
    assert steps.exponentials == pytest.approx([math.exp(k) for k in (1, 2, 3, 4, 1, 2, 3)], rel=1e-15)
    assert steps.total == pytest.approx(114.98, abs=0.005)
    assert steps.shift == 0
    assert np.round(steps.quotients, 3).tolist() == [0.024, 0.064, 0.175, 0.475, 0.024, 0.064, 0.175]


@pytest.mark.parametrize("scores", [[1000.0, 999.0], [-1000.0, -1001.0]])
def test_scores_whose_exponentials_overflow_or_vanish_are_shifted(scores: list[float]) -> None:
    steps = softmax_steps(scores)
    assert steps.shift == max(scores)
    assert steps.exponentials == pytest.approx([1.0, math.exp(-1)], rel=1e-15)


def test_the_gradient_of_the_loss_is_s_minus_y() -> None:
    scores = [3.0, 0.7, 0.5]
    loss, gradient = cross_entropy(scores, 1)
    s = softmax_steps(scores).quotients
    assert loss == pytest.approx(-math.log(s[1]), rel=1e-15)
    assert gradient == pytest.approx(s - [0, 1, 0], rel=1e-14)


def test_a_target_for_each_row() -> None:
    loss, gradient = cross_entropy([[0.0, 0.0], [0.0, 40.0]], [0, 1])
    assert loss == pytest.approx([math.log(2), math.exp(-40)], rel=1e-15)
    assert gradient[1] == pytest.approx([math.exp(-40), -math.exp(-40)], rel=1e-15)


@pytest.mark.parametrize("target", [-1, 3, 0.5])
def test_a_target_that_is_no_class_is_an_error(target: float) -> None:
    with pytest.raises(UsageError, match="from 0 to 2"):
        cross_entropy([1.0, 2.0, 3.0], target)


def test_a_vector_without_softmax_is_an_error_unless_nan_is_wanted() -> None:
    with pytest.raises(DataError, match="inf"):
        cross_entropy([0.0, np.inf], 0)
    assert np.isnan(cross_entropy([0.0, np.inf], 0, strict=False).loss)


@pytest.mark.parametrize("temperature", [1.0, 0.3])
@pytest.mark.parametrize("case", ROWS)
def test_everything_is_within_half_an_ulp_and_a_little(case: str, temperature: float) -> None:
    x = ROWS[case]
    steps, found = softmax_steps(x, temperature), cross_entropy(x, len(x) - 1, temperature)
    with MP.workdps(DIGITS):
        t, shift = MP.mpf(temperature), MP.mpf(float(steps.shift))
        e = [MP.exp((MP.mpf(v) - shift) / t) for v in x]
        total = sum(e)
        gradient = [v / total / t for v in e[:-1]] + [-sum(e[:-1]) / total / t]
        log_total = MP.log(sum(MP.exp((MP.mpf(v) - max(x)) / t) for v in x)) + MP.mpf(max(x)) / t
        pairs = [
            *zip(steps.exponentials, e, strict=True),
            (steps.total, total),
            *zip(steps.quotients, (v / total for v in e), strict=True),
            *zip(found.gradient, gradient, strict=True),
        ]
        if len(x) > 1:  # of one class alone the loss is 0, and of the definition what rounding leaves
            pairs.append((found.loss, log_total - MP.mpf(x[-1]) / t))
        assert max(error(float(got), MP.mpf(true)) for got, true in pairs) <= 0.51

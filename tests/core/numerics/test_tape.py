"""Recordings of what is done to a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core.numerics import pool
from actcli.core.numerics.pool import give, take
from actcli.core.numerics.tape import NotStraight, Recorded, Tape, record

if TYPE_CHECKING:
    from actcli.core.arrays import Array

SIZE = 1 << 13
FIRST, SECOND, THIRD = np.random.default_rng(1).normal(0, 1, (3, SIZE))


def straight(x: Array, y: Array) -> None:
    t = take(x.shape)
    np.multiply(x, 2.0, out=t)
    np.maximum(t, x, out=t)
    bits = t.view(np.int64)
    np.bitwise_and(bits, -2, out=bits)
    table, index = np.arange(16.0), take(x.shape)
    np.bitwise_and(bits, 15, out=index.view(np.int64))
    np.take(table, index.view(np.int64), out=index, mode="wrap")
    np.clip(t, -1.0, 1.0, out=t)
    positive = x > 0.0
    np.multiply(index, positive, out=index)
    np.add(t, index, out=y)
    give(t)


def test_a_recording_does_the_same_to_other_numbers() -> None:
    tape = record(straight, SIZE, (FIRST, SECOND))
    assert tape is not None
    expected, got = np.empty(SIZE), np.empty(SIZE)
    for x in (SECOND, THIRD, FIRST):
        straight(x, expected)
        tape.run(x, got)
        assert np.array_equal(expected, got)


def test_a_recording_leaves_the_pool_as_it_was() -> None:
    record(straight, SIZE, (FIRST, SECOND))
    assert pool.recording() is None
    assert type(take((SIZE,))) is np.ndarray


def looks(x: Array, y: Array) -> None:
    if x.min() < 0:
        np.add(x, 1.0, out=y)


def picks(x: Array, y: Array) -> None:
    np.copyto(y, x)
    y[x > 0] = 1.0


def sorts(x: Array, y: Array) -> None:
    np.copyto(y, np.sort(x))


def hides(x: Array, y: Array) -> None:
    np.copyto(y, np.asarray(x) + np.asarray(x))  # the sum of plain arrays is not seen


@pytest.mark.parametrize("run", [looks, picks, sorts, hides])
def test_what_depends_on_the_numbers_is_not_recorded(run: object) -> None:
    assert callable(run)
    assert record(run, SIZE, (FIRST, SECOND)) is None


def test_a_recorded_array_refuses_what_it_cannot_note() -> None:
    with pool.recorded(Tape(8), Recorded):
        x = take((4,))
        for refused in (
            lambda: x[0],
            lambda: x.sum(),
            lambda: np.add.reduce(x),
            lambda: bool(x),
            lambda: float(x),
        ):
            with pytest.raises(NotStraight):
                refused()

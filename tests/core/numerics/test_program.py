"""Programs: the calls of a formula, recorded once and run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core.numerics.program import NotStraight, Program, empty, record, recorded, step

if TYPE_CHECKING:
    from actcli.core.arrays import Array

pytestmark = pytest.mark.core

SIZE = 1 << 13
FIRST, SECOND, THIRD = np.random.default_rng(1).normal(0, 1, (3, SIZE))


def straight(x: Array, y: Array) -> None:
    t = empty(x.shape)
    np.multiply(x, 2.0, out=t)
    np.maximum(t, x, out=t)
    bits = t.view(np.int64)
    np.bitwise_and(bits, -2, out=bits)
    table, index, entry = np.arange(16.0), empty(x.shape), empty(x.shape)
    np.bitwise_and(bits, 15, out=index.view(np.int64))
    np.take(table, index.view(np.int64), out=entry, mode="wrap")
    np.clip(t, -1.0, 1.0, out=t)
    positive = x > 0.0
    np.multiply(entry, positive, out=entry)
    np.add(t, entry, out=y)


def test_a_program_does_the_same_to_other_numbers() -> None:
    program = record(straight, SIZE, (FIRST, SECOND))
    assert program is not None
    expected, got = np.empty(SIZE), np.empty(SIZE)
    for x in (SECOND, THIRD, FIRST):
        straight(x, expected)
        program.run(x, got)
        assert np.array_equal(expected, got)
        program.run(x[:4999], got[:4999])
        assert np.array_equal(expected, got)


def test_after_a_recording_arrays_are_plain_again() -> None:
    record(straight, SIZE, (FIRST, SECOND))
    assert type(empty((SIZE,))) is np.ndarray


def chained(x: Array, y: Array) -> None:
    """Sum powers of x: of all that is made on the way, three arrays are needed at once."""
    power, total = x, x
    for _ in range(40):
        product, added = empty(x.shape), empty(x.shape)
        np.multiply(power, x, out=product)
        np.add(total, product, out=added)
        power, total = product, added
    np.copyto(y, total)


def test_a_buffer_serves_again_once_nothing_reads_it_any_more() -> None:
    program = record(chained, SIZE, (FIRST, SECOND))
    assert program is not None
    buffers = {a.__array_interface__["data"][0] for call in program.calls for _, a in call.buffers()}
    assert len(buffers) == 2, "the power and the sum, each written over itself"


def held(x: Array, y: Array) -> None:
    """Read at the end what was made first, after many others came and went."""
    first = empty(x.shape)
    np.multiply(x, 3.0, out=first)
    last = first
    for k in range(1, 9):
        made = empty(x.shape)
        np.add(last, float(k), out=made)
        last = made
    step(shifted, last, first)
    np.subtract(last, first, out=y)


def shifted(a: Array, by: Array) -> None:
    a += np.where(by > 0, by, 0.0)


def test_what_is_still_read_keeps_its_buffer() -> None:
    program = record(held, SIZE, (FIRST, SECOND))
    assert program is not None
    expected, got = np.empty(SIZE), np.empty(SIZE)
    held(THIRD, expected)
    program.run(THIRD, got)
    assert np.array_equal(expected, got)


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
    with recorded(Program(8)):
        x = empty((4,))
        for refused in (
            lambda: x[0],
            lambda: x.sum(),
            lambda: np.add.reduce(x),
            lambda: bool(x),
            lambda: float(x),
        ):
            with pytest.raises(NotStraight):
                refused()

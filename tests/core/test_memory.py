"""Memory of large results is used again when nobody holds them, and not before."""

from __future__ import annotations

import numpy as np

from actcli.core import memory
from actcli.core.evaluate import evaluate
from actcli.core.registry import elementwise

RELU = next(function for function in elementwise() if function.name == "relu")
LARGE = np.linspace(-1, 1, memory.SMALLEST // 8)


def test_memory_goes_from_a_result_to_the_next() -> None:
    memory._kept.clear()
    first = memory.empty((3, 1 << 20), np.dtype(np.float32))
    at = first.ctypes.data
    del first
    second = memory.empty((1 << 20,), np.dtype(np.float64))
    assert second.ctypes.data == at
    assert second.flags.aligned
    assert second.flags.writeable


def test_what_is_held_is_not_written_to() -> None:
    results = [evaluate(RELU, LARGE + shift) for shift in range(6)]
    part = results[2][5:9]
    kept = part.copy()
    for shift, result in enumerate(results):
        assert np.array_equal(result, np.maximum(LARGE + shift, 0.0))
    del results, result
    for _ in range(4):
        evaluate(RELU, LARGE + 9)
    assert np.array_equal(part, kept), "a part of a result is a result"


def test_no_more_is_kept_than_said() -> None:
    results = [memory.empty((memory.SMALLEST + n,), np.dtype(np.uint8)) for n in range(5)]
    assert len(memory._kept) == memory.KEPT
    del results
    memory.empty((memory.LARGEST + 1,), np.dtype(np.uint8))
    memory.empty((memory.SMALLEST - 1,), np.dtype(np.uint8))
    assert sum(kept.nbytes for kept in memory._kept) < memory.KEPT * 2 * memory.SMALLEST

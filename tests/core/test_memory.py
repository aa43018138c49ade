"""Memory of large results is used again when nobody holds them, and not before."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from actcli.core import memory
from actcli.core.evaluate import evaluate
from actcli.core.registry import elementwise

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.core

RELU = next(function for function in elementwise() if function.name == "relu")
LARGE = np.linspace(-1, 1, memory.SMALLEST // 8)


def test_memory_goes_from_a_result_to_the_next() -> None:
    memory._free.clear()
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
    memory._free.clear()
    results = [memory.empty((memory.SMALLEST + n,), np.dtype(np.uint8)) for n in range(5)]
    assert not memory._free
    del results
    assert len(memory._free) == memory.KEPT


@pytest.mark.parametrize(
    "hold",
    [
        lambda a: a[::2],
        lambda a: a.view(np.int64)[3:].reshape(-1, 1),
        memoryview,
        lambda a: np.frombuffer(a, np.uint8),
        lambda a: np.asarray(memoryview(a)),
        lambda a: np.from_dlpack(a),
        lambda a: [a],
        lambda a: lambda: a,
    ],
)
def test_memory_is_kept_from_others_however_a_part_of_it_is_held(hold: Callable[[Any], Any]) -> None:
    memory._free.clear()
    first = memory.empty((memory.SMALLEST // 8,), np.dtype(np.float64))
    at = first.ctypes.data
    held: Any = hold(first)
    del first
    gc.collect()
    assert not memory._free
    second = memory.empty((memory.SMALLEST // 8,), np.dtype(np.float64))
    assert second.ctypes.data != at
    del held
    gc.collect()
    assert [free.ctypes.data for free in memory._free] == [at]


class Last:
    """Looks at an array as it is collected, and lets it live on."""

    seen: ClassVar[list[Any]] = []

    def __init__(self, array: Any) -> None:
        self.array, self.me = array, self

    def __del__(self) -> None:
        Last.seen.append(self.array)


def test_the_collector_frees_no_memory_that_a_finalizer_still_reads() -> None:
    memory._free.clear()
    Last.seen.clear()
    Last(memory.empty((memory.SMALLEST // 8,), np.dtype(np.float64)))
    gc.collect()
    assert len(Last.seen) == 1
    assert not memory._free, "the array lives on"
    Last.seen.clear()
    gc.collect()
    assert len(memory._free) == 1

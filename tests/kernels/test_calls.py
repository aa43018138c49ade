"""Kernels called on the same inputs in several ways: faults of position come out, honest ones pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.core.dtypes import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, DType, Encoded
from actcli.errors import KernelError
from actcli.kernels.blocked import Blocked
from actcli.kernels.calls import Tried, tried
from actcli.kernels.kernel import LENGTHS, Arrangement
from actcli.kernels.load import Arrays
from actcli.kernels.python_function import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Function = Callable[[NDArray[Any]], Any]

pytestmark = pytest.mark.core

A = Arrangement


def every(dtype: DType) -> Encoded:
    """Return all numbers of a format of 16 bits, each NaN among them."""
    return Encoded(np.arange(1 << 16, dtype=np.uint16), dtype)


def kernel(function: Callable[..., Any]) -> PythonFunction:
    return PythonFunction("kernel", function, Arrays.NUMPY)


def called(function: Callable[..., Any], **more: Any) -> Tried:
    return tried(kernel(function), [every(FLOAT16)], FLOAT16, **more)


def ways(found: Tried) -> set[Arrangement]:
    """Return the ways of calling in which results were others."""
    return {each.arrangement for each in found.differing}


def relu(x: NDArray[Any]) -> Any:
    return np.where(x > 0, x, np.where(np.isnan(x), x, x.dtype.type(0)))


def spoiled(where: Callable[[NDArray[np.intp], int], NDArray[np.bool_]]) -> Function:
    """Return relu but for some places, where it is twice as large."""

    def function(x: NDArray[Any]) -> Any:
        y = relu(x)
        bad = where(np.arange(y.size), y.size).reshape(y.shape)
        return np.where(bad, y * y.dtype.type(2), y)

    return function


@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16, FLOAT32, FLOAT64], ids=str)
def test_an_honest_kernel_returns_the_same_in_every_way(dtype: DType) -> None:
    x = every(dtype) if dtype.bits == 16 else Encoded.of(np.linspace(-9, 9, 5001), dtype)
    found = tried(kernel(relu), [x], dtype)
    assert found.results.dtype is dtype
    assert np.array_equal(found.results.values, np.maximum(x.values, 0), equal_nan=True)
    assert (found.differing, found.refused, found.crashed, found.overwrites) == ([], {}, {}, False)
    assert set(found.arrangements) == set(A) - {A.GUARDED}


def test_a_nan_that_loses_its_payload_is_no_difference() -> None:
    def quiet(x: NDArray[Any]) -> Any:
        return np.where(np.isnan(x) & (np.arange(x.size).reshape(x.shape) % 2 == 0), np.float16(np.nan), x)

    assert called(quiet).differing == []


def test_a_zero_that_loses_its_sign_at_some_places_is_one() -> None:
    def signs(x: NDArray[Any]) -> Any:
        return np.where(np.arange(x.size).reshape(x.shape) % 2, np.copysign(np.float16(0), x), np.float16(0))

    assert A.SHUFFLED in ways(called(signs))


@pytest.mark.parametrize("unrolled", [2, 4, 8, 16, 32, 64])
def test_the_rest_of_an_unrolled_loop_meets_many_inputs(unrolled: int) -> None:
    found = called(spoiled(lambda i, n: i >= n - n % unrolled))
    pieces = next(each for each in found.differing if each.arrangement is A.PIECES)
    assert len(np.unique(pieces.inputs)) > 40
    assert (pieces.places >= pieces.lengths - pieces.lengths % unrolled).all()
    assert set(pieces.lengths) <= set(LENGTHS)


@pytest.mark.parametrize("tile", [128, 256, 512, 1024])
def test_the_edges_of_tiles_meet_inputs(tile: int) -> None:
    last = called(spoiled(lambda i, _: i % tile == tile - 1))
    first_of_the_next = called(spoiled(lambda i, _: (i >= tile) & (i % tile == 0)))
    for found in (last, first_of_the_next):
        assert {A.SHUFFLED, A.PIECES} <= ways(found)
        shuffled = next(each for each in found.differing if each.arrangement is A.SHUFFLED)
        assert len(shuffled.inputs) > 20


def test_one_lane_in_eight_is_found() -> None:
    found = called(spoiled(lambda i, _: i % 8 == 5))
    assert {A.SHUFFLED, A.PIECES} <= ways(found)
    assert A.AGAIN not in ways(found)


def test_results_that_are_not_written_do_not_hold_what_is_left_of_the_call_before() -> None:
    def unwritten(x: NDArray[Any]) -> Any:
        y = np.empty_like(x)
        n = x.shape[0] - (x.shape[0] % 8 if x.ndim == 1 else 0)
        y[:n] = relu(x[:n])
        return y

    found = called(unwritten).differing
    assert all((each.places >= each.lengths - each.lengths % 8).all() for each in found)
    assert sum(len(each.inputs) for each in found) > 200


@pytest.mark.parametrize("every_nth", [2, 3])
def test_a_call_that_differs_from_the_one_before_is_no_fault_of_position(every_nth: int) -> None:
    calls = 0

    def unsteady(x: NDArray[Any]) -> Any:
        nonlocal calls
        calls += 1
        return relu(x) * x.dtype.type(1 + (calls % every_nth == 0))

    assert ways(called(unsteady, repeat=3)) == {A.AGAIN}


def test_a_kernel_is_called_again_as_often_as_is_asked() -> None:
    calls = 0

    def late(x: NDArray[Any]) -> Any:
        nonlocal calls
        calls += 1
        return relu(x) * x.dtype.type(1 + (calls == 7))

    assert A.AGAIN in ways(called(late, repeat=8))
    calls = 0
    found = called(lambda x: late(x), repeat=1)
    assert A.AGAIN not in found.arrangements


def test_a_kernel_that_ignores_strides_is_found() -> None:
    def flat(x: NDArray[Any]) -> Any:
        base = x if x.base is None else np.lib.stride_tricks.as_strided(x, (x.size,), (x.itemsize,))
        return relu(base).reshape(x.shape)

    found = called(flat)
    assert A.STRIDED in ways(found)
    assert not ways(found) & {A.SHUFFLED, A.PIECES, A.UNALIGNED}


def test_alignment_is_off_by_one_element_where_it_is_said_to_be() -> None:
    offsets = set()

    def aligned(x: NDArray[Any]) -> Any:
        if x.shape == (1 << 16,) and x.strides == (2,):
            offsets.add(x.ctypes.data % 64)
        return relu(x)

    called(aligned)
    assert offsets == {0, 2}


def test_writing_into_its_input_is_told_and_spoils_nothing() -> None:
    def in_place(x: NDArray[Any]) -> Any:
        return np.maximum(x, x.dtype.type(0), out=x)

    x = every(FLOAT16)
    found = tried(kernel(in_place), [x], FLOAT16)
    assert found.overwrites
    assert found.differing == []
    assert np.array_equal(x.bits, every(FLOAT16).bits)


def test_one_output_used_again_and_again_spoils_nothing() -> None:
    memory = np.empty(1 << 16, np.float16)

    def reusing(x: NDArray[Any]) -> Any:
        y = memory[: x.size].reshape(x.shape)
        y[...] = relu(x)
        return y

    assert called(reusing).differing == []


def test_ways_that_a_kernel_refuses_are_told() -> None:
    def strict(x: NDArray[Any]) -> Any:
        if not x.flags.c_contiguous or x.ndim != 1:
            raise ValueError("only arrays that are contiguous")
        return relu(x)

    found = called(strict)
    assert set(found.refused) == {A.STRIDED, A.REVERSED, A.TRANSPOSED}
    assert "only arrays that are contiguous" in found.refused[A.STRIDED]


def test_another_format_or_shape_in_some_calls_is_refused() -> None:
    found = called(lambda x: relu(x).astype(np.float32) if x.size == 1 else relu(x))
    assert found.refused == {A.PIECES: "the kernel returned float32, and float16 for the inputs in order"}
    found = called(lambda x: relu(x)[: max(2, x.size // 2 * 2)])
    assert "the kernel returned shape" in found.refused[A.PIECES]
    with pytest.raises(KernelError, match="returned shape"):
        called(lambda x: relu(x)[1:])


def test_blocks_are_all_of_one_length() -> None:
    lengths = set()

    def fixed(x: NDArray[Any]) -> Any:
        lengths.add(x.shape)
        return relu(x)

    plain = called(relu).results
    found = tried(Blocked(kernel(fixed), 1000), [every(FLOAT16)], FLOAT16)
    assert lengths == {(1000,)}
    assert np.array_equal(found.results.bits, plain.bits)
    assert found.differing == []
    assert A.PIECES not in found.arrangements


def test_rows_and_several_operands() -> None:
    """A kernel of rows: what is shuffled are rows, of both operands alike."""
    x = Encoded.of(np.linspace(-4, 4, 600).reshape(200, 3), FLOAT32)
    y = Encoded.of(np.linspace(0, 1, 600).reshape(200, 3), FLOAT32)

    def odd_rows(a: NDArray[Any], b: NDArray[Any]) -> Any:
        total = (a * b).sum(axis=1, keepdims=True, dtype=np.float64)
        return (total * (1 + (np.arange(len(a)) % 4 == 3)[:, None])).astype(np.float32)

    found = tried(kernel(odd_rows), [x, y], FLOAT32)
    assert found.results.bits.shape == (200, 1)
    assert {A.SHUFFLED, A.PIECES} <= ways(found)
    honest = tried(kernel(lambda a, b: (a * b)[:, :1]), [x, y], FLOAT32)
    assert honest.differing == []
    assert {A.STRIDED, A.REVERSED, A.TRANSPOSED} <= set(honest.arrangements)

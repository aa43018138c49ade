"""Functions of shared libraries: in a process of their own, on memory that tells what they do beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core.dtypes import BFLOAT16, FLOAT32, FLOAT64, Encoded
from actcli.errors import KernelCrashError, UsageError
from actcli.kernels.calls import Tried, tried
from actcli.kernels.kernel import Arrangement
from actcli.kernels.shared_library import SharedLibrary
from tests.kernels import samples

if TYPE_CHECKING:
    from pathlib import Path

A = Arrangement


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.library(tmp_path_factory.mktemp("library"))


def inputs(count: int = 4096) -> Encoded:
    """Return numbers from −8 to 8, from left to right, with every special value."""
    x = np.linspace(-8, 8, count)
    x[:5] = [np.inf, -np.inf, np.nan, 0.0, -0.0]
    return Encoded.of(x, FLOAT32)


def called(built: Path, symbol: str, x: Encoded | None = None) -> Tried:
    return tried(SharedLibrary(str(built), symbol), [x or inputs()], FLOAT32)


def test_an_honest_function_returns_the_same_wherever_an_input_stands(built: Path) -> None:
    found = called(built, "right")
    x = inputs().array
    assert np.array_equal(found.results.array, np.where(x > 0, x, np.where(x != x, x, 0)), equal_nan=True)
    assert (found.differing, found.refused, found.crashed, found.overwrites) == ([], {}, {}, False)
    assert {A.IN_ORDER, A.AGAIN, A.SHUFFLED, A.PIECES, A.UNALIGNED, A.GUARDED} == set(found.arrangements)


@pytest.mark.parametrize(
    ("symbol", "due"),
    [
        ("bad_rest", lambda place, length: place >= length - length % 16),
        ("bad_lane", lambda place, _: place % 8 == 3),
        ("bad_edge", lambda place, _: place % 256 == 255),
    ],
)
def test_a_fault_of_position_is_found_with_its_places(built: Path, symbol: str, due: object) -> None:
    found = called(built, symbol)
    assert callable(due)
    by_way = {each.arrangement: each for each in found.differing}
    assert A.AGAIN not in by_way
    assert {A.SHUFFLED, A.PIECES} <= set(by_way)
    pieces = by_way[A.PIECES]
    assert len(pieces.inputs) > 10
    in_order = [due(int(i), len(found.results.bits)) for i in pieces.inputs]
    in_pieces = [due(int(i), int(n)) for i, n in zip(pieces.places, pieces.lengths, strict=True)]
    assert all(one != other for one, other in zip(in_order, in_pieces, strict=True))
    x = inputs().values[pieces.inputs]
    got = FLOAT32.decode(pieces.bits)
    assert np.array_equal(got, np.where(in_pieces, FLOAT32.round(x * 1.5), x))


def test_results_that_are_not_written_are_found(built: Path) -> None:
    (pieces,) = [each for each in called(built, "no_rest").differing if each.arrangement is A.PIECES]
    assert np.isnan(FLOAT32.decode(pieces.bits)).all()
    assert (pieces.places >= pieces.lengths - pieces.lengths % 4).all()


def test_a_second_call_that_differs_is_no_fault_of_position(built: Path) -> None:
    found = called(built, "second_call")
    assert {each.arrangement for each in found.differing} == {A.AGAIN}


def test_reading_beyond_an_array_is_found(built: Path) -> None:
    behind = called(built, "reads_behind")
    assert "reads or writes beyond the end of its arrays" in behind.crashed[A.GUARDED]
    assert "was killed by SIG" in behind.crashed[A.GUARDED]
    assert "before the start of its arrays" in called(built, "reads_before").crashed[A.GUARDED]


def test_writing_beyond_an_array_is_found(built: Path) -> None:
    found = called(built, "writes_behind")
    assert {A.PIECES, A.SHUFFLED} == set(found.crashed)
    assert "writes beyond its arrays" in found.crashed[A.PIECES]


def test_writing_into_its_inputs_is_told_and_spoils_nothing(built: Path) -> None:
    x = inputs()
    kept = x.bits.copy()
    found = called(built, "overwrites", x)
    assert found.overwrites
    assert np.array_equal(x.bits, kept)
    assert found.differing == []


def test_a_crash_is_told_with_its_signal(built: Path) -> None:
    with pytest.raises(KernelCrashError, match="crashes was killed by SIGSEGV, called on 4096 numbers of"):
        called(built, "crashes")
    with pytest.raises(KernelCrashError, match="leaves ended with exit status 3"):
        called(built, "leaves")


def test_after_a_crash_the_rest_is_still_tried(built: Path) -> None:
    found = called(built, "crashes_if_odd")
    assert {A.SHUFFLED, A.PIECES} == set(found.crashed)
    assert found.differing == []


def test_several_operands_and_another_format_of_results(built: Path) -> None:
    a, b = inputs(), Encoded.of(np.full(4096, 3.0), FLOAT32)
    found = tried(SharedLibrary(str(built), "product"), [a, b], FLOAT32)
    assert np.array_equal(found.results.array, a.array * np.float32(3), equal_nan=True)
    assert found.differing == []
    wide = SharedLibrary(str(built), "widens").run([a], FLOAT64)
    assert wide.dtype is FLOAT64
    assert np.array_equal(wide.values, a.values, equal_nan=True)


def test_what_it_prints_is_not_taken_for_results(built: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert SharedLibrary(str(built), "prints").run([inputs()], FLOAT32).bits.size == 4096
    assert capfd.readouterr() == ("", "printed\n")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{}", "not PATH:SYMBOL"),
        ("gone.so:f", "no file 'gone.so'"),
        ("{}:nothing", "undefined symbol"),
        ("{}.c:f", "cannot be called"),
    ],
)
def test_what_cannot_be_called_is_bad_usage(built: Path, target: str, said: str) -> None:
    built.with_name("kernels.so.c").write_text("no library")
    with pytest.raises(UsageError, match=said):
        SharedLibrary.named(target.format(built))


def test_there_is_no_autograd(built: Path) -> None:
    with pytest.raises(UsageError, match="has no autograd"):
        SharedLibrary(str(built), "right").gradient([inputs()], BFLOAT16, None, 0, 1)

"""Kernels that flush subnormal numbers to zero do not make the truth do so."""

from __future__ import annotations

import ctypes
import platform
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import actcli
from actcli.core.dtypes import FLOAT32, Encoded
from actcli.kernels import float_modes
from actcli.kernels.load import Arrays
from actcli.kernels.python_function import PythonFunction
from tests.kernels import samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or platform.machine() not in ("x86_64", "AMD64", "aarch64", "arm64"),
    reason="the mode is set in the assembly of two processors",
)

LEAST = 2.0**-149


def times_one(x: NDArray[Any]) -> Any:
    return x * x.dtype.type(1)


def is_flushed() -> bool:
    return float(times_one(np.array([LEAST], np.float32))[0]) == 0


@pytest.fixture
def flush(tmp_path: Path) -> Iterator[Any]:
    """Give a function that makes this thread flush subnormal numbers; all is as before afterwards."""
    kept, modes = ctypes.create_string_buffer(256), ctypes.CDLL(None)
    modes.fegetenv(kept)
    yield ctypes.CDLL(str(samples.library(tmp_path))).flush_subnormals
    modes.fesetenv(kept)
    float_modes._modes.cache_clear()
    assert not is_flushed()


def test_a_kernel_keeps_its_mode_and_nothing_else_gets_it(flush: Any) -> None:
    def kernel(x: NDArray[Any]) -> Any:
        flush()
        return times_one(x)

    x = Encoded.of([LEAST, 1.0], FLOAT32)
    first = PythonFunction("first", kernel, Arrays.NUMPY).run([x], FLOAT32)
    assert not is_flushed()
    assert first.values.tolist() == [0.0, 1.0]
    # What a module sets when it is imported holds as its functions are called.
    assert PythonFunction("next", times_one, Arrays.NUMPY).run([x], FLOAT32).values.tolist() == [0.0, 1.0]
    assert not is_flushed()


def test_from_python_the_mode_that_was_in_force_is_that_of_the_kernel(flush: Any) -> None:
    flush()
    assert is_flushed()
    given: dict[str, Any] = {"dtype": "float32", "sample": 2000, "max_ulp": 0.5}
    assert not actcli.verify(times_one, "identity", **given).passed
    assert actcli.verify(times_one, "identity", ftz=True, daz=True, **given).passed
    assert is_flushed()

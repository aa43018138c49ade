"""Functions of Python: what they take is detected, what they return is read, what they raise is told."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.core.dtypes import FLOAT16, FLOAT32, FLOAT64, Encoded
from actcli.errors import KernelError, UsageError
from actcli.kernels.calls import tried
from actcli.kernels.kernel import Arrangement
from actcli.kernels.load import Arrays, arrays_of, built
from actcli.kernels.python_function import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

pytestmark = pytest.mark.core


def kernel(function: Callable[..., Any], **more: Any) -> PythonFunction:
    return PythonFunction("kernel", function, more.pop("arrays", arrays_of(function)), **more)


def some() -> Encoded:
    return Encoded.of([-2.5, -0.0, 1.0, 3.0, np.inf, np.nan], FLOAT32)


def double(x: NDArray[Any]) -> Any:
    return x + x


class Leaky:
    """A kernel that is built, then called."""

    def __init__(self, slope: float = 0.25) -> None:
        self.slope = slope

    def __call__(self, x: NDArray[Any]) -> Any:
        return np.where(x > 0, x, x * x.dtype.type(self.slope))


@pytest.mark.parametrize(
    ("function", "arrays"),
    [
        (double, Arrays.NUMPY),
        (np.tanh, Arrays.NUMPY),
        (np.frompyfunc(math.tanh, 1, 1), Arrays.NUMPY),
        (np.vectorize(math.tanh), Arrays.NUMPY),
        (partial(np.power, 2.0), Arrays.NUMPY),
        (Leaky(), Arrays.NUMPY),
        (math.tanh, Arrays.SCALAR),
        (abs, Arrays.SCALAR),
    ],
    ids=lambda value: str(value) if isinstance(value, Arrays) else type(value).__name__,
)
def test_what_a_function_takes_is_detected(function: Callable[..., Any], arrays: Arrays) -> None:
    assert arrays_of(function) is arrays


@pytest.mark.parametrize(
    "function",
    [math.tanh, np.frompyfunc(math.tanh, 1, 1), np.vectorize(math.tanh), lambda x: math.tanh(x)],
    ids=["builtin", "frompyfunc", "vectorize", "lambda"],
)
def test_functions_of_one_number(function: Callable[..., Any]) -> None:
    got = kernel(function).run([some()], FLOAT32)
    due = [math.tanh(value) for value in some().values]
    assert np.array_equal(FLOAT32.round(got.values), FLOAT32.round(due), equal_nan=True)


def test_what_is_called_one_by_one_has_no_place_to_depend_on() -> None:
    found = tried(kernel(lambda x: math.tanh(x)), [some()], FLOAT32)
    assert set(found.arrangements) == {Arrangement.IN_ORDER, Arrangement.AGAIN, Arrangement.SHUFFLED}


def test_a_class_is_built_with_what_is_given_and_an_instance_is_called() -> None:
    function, given = built("m:Leaky", Leaky, {"slope": 0.5})
    assert not given
    assert kernel(function).run([some()], FLOAT32).values[0] == -1.25
    assert kernel(Leaky()).run([some()], FLOAT32).values[0] == -0.625
    with pytest.raises(UsageError, match=r"cannot build m:Leaky: TypeError: .*\(--with NAME=VALUE for each"):
        built("m:Leaky", Leaky, {"alpha": 1})


def test_results_keep_the_format_that_they_have() -> None:
    assert kernel(lambda x: np.tanh(x.astype(np.float64))).run([some()], FLOAT32).dtype is FLOAT64
    assert kernel(double).run([Encoded.of([1.5], FLOAT16)], FLOAT32).dtype is FLOAT16


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: (x > 0).astype(np.int8), "returned int8, no floating-point numbers"),
        (lambda x: x > 0, "returned bool, no floating-point numbers"),
        (lambda x: x + 1j, "returned complex64, not numbers"),
        (lambda x: [None] * len(x), "returned NoneType, not numbers"),
    ],
)
def test_what_is_no_number_is_told(function: Callable[..., Any], said: str) -> None:
    with pytest.raises(KernelError, match=said):
        kernel(function).run([some()], FLOAT32)


@pytest.mark.parametrize(
    ("message", "arrays", "hint"),
    [
        ("gelu(): argument 'input' (position 1) must be Tensor, not numpy.ndarray", Arrays.NUMPY, "torch"),
        ("'numpy.ndarray' object has no attribute 'sigmoid'", Arrays.NUMPY, "torch"),
        ("'Tensor' object has no attribute 'astype'", Arrays.SCALAR, "numpy"),
        ("out of order", Arrays.NUMPY, ""),
    ],
)
def test_arrays_of_another_library_are_guessed_from_the_error(
    message: str, arrays: Arrays, hint: str
) -> None:
    def raising(_: object) -> None:
        raise RuntimeError(message)

    with pytest.raises(KernelError) as told:
        kernel(raising, arrays=arrays).run([some()], FLOAT32)
    assert told.value.hint.startswith(f"--arrays {hint} if" if hint else "--traceback")


def test_the_traceback_shows_the_kernel_alone() -> None:
    def inner(_: object) -> None:
        raise RuntimeError("out of order")

    def outer(x: object) -> None:
        inner(x)

    with pytest.raises(KernelError, match="the kernel raised RuntimeError: out of order") as told:
        kernel(outer, traceback=True).run([some()], FLOAT32)
    frames = [line for line in told.value.excerpt if "File" in line]
    assert len(frames) == 2
    assert "in outer" in frames[0]
    assert "in inner" in frames[1]
    with pytest.raises(KernelError) as plain:
        kernel(outer).run([some()], FLOAT32)
    assert plain.value.excerpt == ()

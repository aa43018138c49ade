"""`actcli.verify`, and runs of kernels in blocks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import actcli
from actcli.core import registry
from actcli.core.dtypes import FLOAT32
from actcli.core.spec import Activation, Subject
from actcli.core.verify.inputs import between, every_pattern
from actcli.core.verify.report import Report, Row
from actcli.core.verify.tolerance import Limits
from actcli.errors import UsageError
from actcli.kernels.load import Arrays
from actcli.kernels.python_function import PythonFunction
from actcli.verification import Request, verify_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.core


def relu(x: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.maximum(x, x.dtype.type(0)))


def half_slope(x: NDArray[Any]) -> NDArray[Any]:
    return np.where(x > 0, x, x / 2)


def test_a_kernel_is_verified_from_python() -> None:
    found = actcli.verify(relu, "relu", dtype="float16", max_ulp=0.5)
    assert found
    assert found.passed
    assert found.max_ulp == 0.0
    assert found.worst == ()
    assert found.report.kernel == "relu"
    assert "--max-ulp 0.5: holds" in str(found)


def test_a_kernel_that_fails_is_told_from_python() -> None:
    found = actcli.verify(half_slope, "relu", dtype="float16", max_ulp=1)
    assert not found
    assert found.max_ulp > 1
    worst = found.worst[0]
    assert isinstance(worst, Row)
    assert worst.x < 0
    assert "--max-ulp 1: broken" in str(found)


def test_parameters_formulas_ranges_and_choices_go_by_their_names() -> None:
    slope = {"negative_slope": 0.5}
    assert actcli.verify(half_slope, "leaky_relu", params=slope, dtype="float16", max_ulp=0.5)
    assert actcli.verify(half_slope, actcli.leaky_relu, params=slope, dtype="float16", max_ulp=0.5)
    assert actcli.verify(half_slope, "max(0, x) + min(0, x)/2", dtype="float16", max_ulp=0.5)
    found = actcli.verify(relu, "relu", dtype="float32", range=(1, 2), sample=100, max_ulp=0)
    assert isinstance(found.report, Report)
    assert (found.report.total, found.passed) == (2**23 + 1, True)

    def slope_one(x: NDArray[Any]) -> NDArray[Any]:
        return (x >= 0).astype(x.dtype)

    given: dict[str, Any] = {"dtype": "float16", "order": 1, "direct": True, "max_ulp": 0.5}
    assert not actcli.verify(slope_one, "relu", **given)
    assert actcli.verify(slope_one, "relu", kink="any", **given)
    assert actcli.verify(slope_one, "relu", kink="right", **given)


def softmax(x: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def naive(x: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True))


def test_functions_of_vectors_go_by_rows() -> None:
    given: dict[str, Any] = {"dtype": "float64", "shape": (8, 16), "max_row_rel": 1e-13, "max_sum": 1e-12}
    found = actcli.verify(softmax, "softmax", **given)
    assert found.passed
    assert "--max-sum 1e-12: holds" in str(found)
    assert not actcli.verify(naive, "softmax", **given)


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        ("softmax", {"sample": 5}, "sample is not used here"),
        ("softmax", {"kink": "left"}, "kink is not used here"),
        ("relu", {"shape": (2, 3)}, "shape is not used here"),
        ("relu", {"max_sum": 0.1}, "max_sum is not used here"),
        ("no_such", {}, "no function 'no_such'"),
        ("relu", {"dtype": "float7"}, "no dtype 'float7'"),
        ("relu", {"kink": "up"}, "no rule 'up' for kinks"),
        ("relu", {"preset": "torch"}, "no preset 'torch'"),
        ("relu", {"params": {"beta": 1}}, "beta"),
        ("relu", {"range": (2, 1)}, "no float32 lies between 2 and 1"),
        ("elu", {"wrt": "alpha"}, "add --direct"),
    ],
)
def test_what_is_wrong_is_told_from_python(function: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        actcli.verify(relu, function, **given)


def test_a_kernel_is_a_function() -> None:
    with pytest.raises(UsageError, match="a kernel is a function, not 3"):
        actcli.verify(3, "tanh")  # type: ignore[arg-type]


def test_blocks_that_are_nothing_but_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns of float32 from infinity on, at a place in all of them."""
    monkeypatch.setattr("actcli.verification.BLOCK", 4096)
    entry = registry.get("relu")
    assert isinstance(entry, Activation)
    whole = every_pattern(FLOAT32)
    assert whole.count == 1 << 32
    start = 0x7F800000 - 5000
    part = type(whole)(
        FLOAT32, whole.coverage, 12_000, whole.total, None, lambda a, b: whole.patterns(start + a, start + b)
    )
    request = Request(
        subject=Subject(entry, {}), dtype=FLOAT32, inputs=part, limits=Limits(max_ulp=0, signed_zero=True)
    )
    found = verify_kernel(PythonFunction("relu", relu, Arrays.NUMPY), request)
    assert found.passed
    assert (found.tried, found.total) == (12_000, 1 << 32)
    assert found.nan == (12_000 - 5001, 0, found.nan.row)
    assert found.count == 5001 + 1


def test_a_range_in_blocks_is_told_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = registry.get("tanh")
    assert isinstance(entry, Activation)
    inputs = between(0.5, 0.5002, FLOAT32)
    request = Request(subject=Subject(entry, {}), dtype=FLOAT32, inputs=inputs, limits=Limits(max_ulp=1))
    kernel = PythonFunction("tanh", lambda x: np.tanh(x), Arrays.NUMPY)
    one = verify_kernel(kernel, request)
    monkeypatch.setattr("actcli.verification.BLOCK", 1000)
    two = verify_kernel(kernel, request)
    assert one.tried == two.tried == inputs.count > 3000
    assert (one.misrounded, one.max_ulp, one.groups) == (two.misrounded, two.max_ulp, two.groups)
    assert math.isclose(one.mean_ulp, two.mean_ulp)

"""Kernels of vector functions with planted faults are found out, honest ones pass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.dtypes import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, DType
from actcli.core.spec import VectorActivation
from actcli.core.verify import row_kinds
from actcli.core.verify.answers import Answer, Masked
from actcli.core.verify.row_kinds import KINDS, LENGTHS, RowKind, tables
from actcli.core.verify.tolerance import Limits
from actcli.core.verify.true_rows import VectorSubject
from actcli.errors import KernelError, UsageError
from actcli.kernels.load import Arrays
from actcli.kernels.python_function import PythonFunction
from actcli.row_verification import RowRequest, verify_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.verify.row_report import RowReport


@pytest.fixture(autouse=True)
def few_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_kinds, "LENGTHS", FEW)


Rows = Any
"""An array of NumPy, whose operations give no type that mypy knows."""

FEW = (1, 2, 3, 8, 17, 129, 8193)
"""Enough lengths for faults of these tests; all of them take a second for each kernel."""


def vector(name: str) -> VectorActivation:
    function = registry.get(name)
    assert isinstance(function, VectorActivation)
    return function


def verified(
    kernel: Callable[..., Any],
    name: str,
    dtype: DType = FLOAT32,
    *,
    order: int = 0,
    params: dict[str, float] | None = None,
    shape: tuple[int, ...] | None = (34, 100),
    in_dtype: DType | None = None,
    operands: tuple[str, ...] = ("x",),
    axis: int = -1,
    masked: Masked = Masked.ANY,
    **limits: Any,
) -> RowReport:
    request = RowRequest(
        subject=VectorSubject(vector(name), params or {}, order),
        dtype=dtype,
        in_dtype=in_dtype or dtype,
        shape=shape,
        axis=axis,
        operands=operands,
        masked=masked,
        limits=Limits(**limits),
    )
    return verify_rows(PythonFunction("kernel", kernel, Arrays.NUMPY), request)


def wide(x: Rows) -> Rows:
    return x.astype(np.float32) if x.dtype.itemsize < 4 else x


def softmax(x: Rows) -> Rows:
    """An honest kernel, with sums in float32 for narrow formats."""
    e = np.exp(wide(x) - wide(x).max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype(x.dtype)


def log_softmax(x: Rows) -> Rows:
    d = wide(x) - wide(x).max(-1, keepdims=True)
    return (d - np.log(np.exp(d).sum(-1, keepdims=True))).astype(x.dtype)


def layer_norm(x: Rows) -> Rows:
    d = wide(x) - wide(x).mean(-1, keepdims=True)
    return (d / np.sqrt((d * d).mean(-1, keepdims=True) + wide(x).dtype.type(1e-5))).astype(x.dtype)


def rms_norm(x: Rows) -> Rows:
    a = wide(x)
    return (a / np.sqrt((a * a).mean(-1, keepdims=True) + a.dtype.type(1e-6))).astype(x.dtype)


def normalize(x: Rows) -> Rows:
    a = wide(x)
    norm = np.sqrt((a * a).sum(-1, keepdims=True))
    return (a / np.maximum(norm, a.dtype.type(1e-12))).astype(x.dtype)


def sigmoid(x: Rows) -> Rows:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def glu(x: Rows) -> Rows:
    a, b = np.split(wide(x), 2, axis=-1)
    return (a * sigmoid(b)).astype(x.dtype)


def swiglu(x: Rows) -> Rows:
    a, b = np.split(wide(x), 2, axis=-1)
    return (a * (b * sigmoid(b))).astype(x.dtype)


def sparsemax(x: Rows) -> Rows:
    a = wide(x)
    z = a - a.max(-1, keepdims=True)
    ranked = -np.sort(-z, axis=-1)
    k = np.arange(1, x.shape[-1] + 1)
    total = np.cumsum(ranked, axis=-1) - 1
    size = np.sum(k * ranked > total, axis=-1, keepdims=True)
    tau = np.take_along_axis(total, np.maximum(size - 1, 0), axis=-1) / np.maximum(size, 1)
    return np.where(np.isnan(x).any(-1, keepdims=True), np.nan, np.maximum(z - tau, 0)).astype(x.dtype)


def maxout(x: Rows) -> Rows:
    return x.max(-1, keepdims=True)


def hardmax(x: Rows) -> Rows:
    return (np.arange(x.shape[-1]) == x.argmax(-1)[..., None]).astype(x.dtype)


def crelu(x: Rows) -> Rows:
    return np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], -1)


def softmax_backward(v: Rows, x: Rows) -> Rows:
    s, v = softmax(wide(x)), wide(v)
    return (s * (v - (s * v).sum(-1, keepdims=True))).astype(x.dtype)


HONEST = {
    "softmax": softmax,
    "log_softmax": log_softmax,
    "softmin": lambda x: softmax(-x),
    "standardize": layer_norm,
    "rms_norm": rms_norm,
    "normalize": normalize,
    "glu": glu,
    "swiglu": swiglu,
    "bilinear": lambda x: np.multiply(*np.split(x, 2, axis=-1)),
    "sparsemax": sparsemax,
    "maxout": maxout,
    "hardmax": hardmax,
    "crelu": crelu,
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_kernels_pass_in_float32(name: str) -> None:
    found = verified(HONEST[name], name, max_row_rel=2e-6)
    assert found.passed, found.checks
    assert found.lost == 0
    least = 2 if vector(name).pieces == 2 else 1
    assert [group.name for group in found.by_length()] == sorted([100, *(least * n for n in FEW)])


@pytest.mark.parametrize("name", ["softmax", "standardize", "rms_norm", "swiglu"])
@pytest.mark.parametrize(
    ("dtype", "limit"), [(BFLOAT16, 2.0**-7), (FLOAT16, 2.0**-10), (FLOAT64, 1e-14)], ids=str
)
def test_honest_kernels_pass_in_other_formats(name: str, dtype: DType, limit: float) -> None:
    found = verified(HONEST[name], name, dtype, max_row_rel=limit)
    assert found.passed, found.checks


def test_float32_inside_is_honest_in_bfloat16() -> None:
    found = verified(softmax, "softmax", BFLOAT16, max_ulp=0.51, max_sum=2.0**-7)
    assert found.passed, found.checks
    assert found.correct_share > 0.999


def no_maximum(x: Rows) -> Rows:
    e = np.exp(x)
    return e / e.sum(-1, keepdims=True)


def sums_in_bfloat16(x: Rows) -> Rows:
    e = np.exp(wide(x) - wide(x).max(-1, keepdims=True))
    total = np.zeros_like(e[..., :1]).astype(x.dtype)
    for part in np.split(e, np.arange(16, e.shape[-1], 16), axis=-1):
        total = (wide(total) + part.sum(-1, keepdims=True)).astype(x.dtype)
    return (e / wide(total)).astype(x.dtype)


def wrong_alone(x: Rows) -> Rows:
    return np.zeros_like(x) if x.shape[-1] == 1 else softmax(x)


def only_8192(x: Rows) -> Rows:
    y = softmax(x)
    y[..., 8192:] = 0
    return y


def last_odd_column(x: Rows) -> Rows:
    y = softmax(x)
    if x.shape[-1] % 2 and x.shape[-1] > 1:
        y[..., -1] = y[..., -2]
    return y


def masked_is_nan(x: Rows) -> Rows:
    y = softmax(x)
    return np.where(np.isneginf(x), np.nan, y).astype(x.dtype)


def not_normalized(x: Rows) -> Rows:
    return softmax(x) * x.dtype.type(1 + 2e-5)


def swallows_nan(x: Rows) -> Rows:
    return softmax(np.nan_to_num(x, nan=-np.inf, posinf=np.inf, neginf=-np.inf))


def one_pass_variance(x: Rows) -> Rows:
    mean = x.mean(-1, keepdims=True)
    variance = np.maximum((x * x).mean(-1, keepdims=True) - mean * mean, 0)
    return (x - mean) / np.sqrt(variance + x.dtype.type(1e-5))


def eps_outside(x: Rows) -> Rows:
    d = x - x.mean(-1, keepdims=True)
    return d / (np.sqrt((d * d).mean(-1, keepdims=True)) + x.dtype.type(1e-5))


def unbiased(x: Rows) -> Rows:
    n = max(x.shape[-1] - 1, 1)
    d = x - x.mean(-1, keepdims=True)
    return d / np.sqrt((d * d).sum(-1, keepdims=True) / n + x.dtype.type(1e-5))


def eps_forgotten(x: Rows) -> Rows:
    return np.nan_to_num(x / np.sqrt((x * x).mean(-1, keepdims=True)), nan=0.0)


def other_gate(x: Rows) -> Rows:
    a, b = np.split(x, 2, axis=-1)
    return b * (a * sigmoid(a))


def interleaved(x: Rows) -> Rows:
    a, b = x[..., ::2], x[..., 1::2]
    return a * (b * sigmoid(b))


FAULTS: dict[str, tuple[str, Callable[[Rows], Rows], DType, RowKind | int | None]] = {
    "no maximum subtracted": ("softmax", no_maximum, FLOAT32, RowKind.SPREAD),
    "no maximum subtracted, float64": ("softmax", no_maximum, FLOAT64, RowKind.SPREAD),
    "sums in bfloat16": ("softmax", sums_in_bfloat16, BFLOAT16, None),
    "wrong for one entry": ("softmax", wrong_alone, FLOAT32, 1),
    "wrong beyond 8,192": ("softmax", only_8192, FLOAT32, 8193),
    "last odd column": ("softmax", last_odd_column, FLOAT32, 129),
    "NaN for masked entries": ("softmax", masked_is_nan, FLOAT32, RowKind.MASKED),
    "rows that do not sum to 1": ("softmax", not_normalized, FLOAT32, RowKind.ORDINARY),
    "NaN swallowed": ("softmax", swallows_nan, FLOAT32, RowKind.NAN),
    "mean of squares less square of mean": ("standardize", one_pass_variance, FLOAT32, RowKind.FAR),
    "eps outside the root": ("standardize", eps_outside, FLOAT32, RowKind.TINY),
    "n − 1 for n": ("standardize", unbiased, FLOAT32, RowKind.ORDINARY),
    "no eps": ("rms_norm", eps_forgotten, FLOAT32, RowKind.TINY),
    "the other half gates": ("swiglu", other_gate, FLOAT32, RowKind.ORDINARY),
    "halves interleaved": ("swiglu", interleaved, FLOAT32, RowKind.ORDINARY),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_told_where(fault: str) -> None:
    name, kernel, dtype, where = FAULTS[fault]
    limit = {FLOAT32: 2e-6, FLOAT64: 1e-14, BFLOAT16: 2.0**-7}[dtype]
    found = verified(kernel, name, dtype, max_row_rel=limit)
    assert not found.passed
    groups = found.by_length() if isinstance(where, int) else found.by_kind()
    if where is not None:
        (group,) = [group for group in groups if group.name == where]
        assert group.lost or group.max_row_rel.size > limit


def test_rows_that_do_not_sum_to_1_are_told() -> None:
    assert verified(softmax, "softmax", max_sum=1e-5).passed
    found = verified(not_normalized, "softmax", max_sum=1e-5)
    assert not found.passed
    assert found.max_sum == pytest.approx(2e-5, rel=0.2)
    assert math.isnan(verified(log_softmax, "log_softmax").max_sum)


def zeros_if_masked(x: Rows) -> Rows:
    return np.where(np.all(np.isneginf(x), -1, keepdims=True), 0.0, softmax(x)).astype(x.dtype)


@pytest.mark.parametrize(
    ("kernel", "answer", "fails"),
    [(softmax, Answer.NAN, Masked.ZEROS), (zeros_if_masked, Answer.ZEROS, Masked.NAN)],
)
def test_what_comes_for_rows_without_a_value_is_told_and_fails_only_if_asked(
    kernel: Callable[[Rows], Rows], answer: Answer, fails: Masked
) -> None:
    for masked in Masked:
        found = verified(kernel, "softmax", masked=masked, max_ulp=100)
        assert found.passed is (masked is not fails)
        (told,) = [group for group in found.valueless() if group.kind is RowKind.ALL_MASKED]
        assert told.answers[answer] == told.rows


def test_nonsense_for_a_row_without_a_value_is_an_error() -> None:
    def nonsense(x: Rows) -> Rows:
        y = softmax(x)
        y[np.all(np.isneginf(x), -1)] = 7.0
        return y

    assert not verified(nonsense, "softmax", max_ulp=100).passed


def without_diagonal(v: Rows, x: Rows) -> Rows:
    s = softmax(x)
    return -s * (s * v).sum(-1, keepdims=True)


@pytest.mark.parametrize(("kernel", "passes"), [(softmax_backward, True), (without_diagonal, False)])
@pytest.mark.parametrize(("dtype", "limit"), [(FLOAT32, 2e-6), (BFLOAT16, 2.0**-7)], ids=str)
def test_products_with_the_jacobian(
    kernel: Callable[..., Rows], passes: bool, dtype: DType, limit: float
) -> None:
    found = verified(kernel, "softmax", dtype, order=1, operands=("grad", "x"), max_row_rel=limit)
    assert found.passed is passes
    assert found.subject.name == "vᵀJ of softmax"


def test_a_backward_kernel_may_take_the_output() -> None:
    def backward(v: Rows, y: Rows) -> Rows:
        return y * (v - (y * v).sum(-1, keepdims=True))

    assert verified(backward, "softmax", order=1, operands=("grad", "y"), max_row_rel=2e-6).passed


def test_halves_as_two_arrays_in_the_order_that_is_said() -> None:
    def two(gate: Rows, up: Rows) -> Rows:
        return up * (gate * sigmoid(gate))

    assert verified(two, "swiglu", operands=("b", "a"), max_row_rel=1e-6).passed
    assert not verified(two, "swiglu", operands=("a", "b"), max_row_rel=1e-6).passed


def test_inputs_of_another_format_are_rounded_once() -> None:
    def once(x: Rows) -> Rows:
        return BFLOAT16.array(softmax(x.astype(np.float64)))

    def twice(x: Rows) -> Rows:
        return BFLOAT16.array(softmax(BFLOAT16.array(x).astype(np.float64)))

    kernel = {"in_dtype": FLOAT32, "max_misrounded": 0}
    assert verified(once, "softmax", BFLOAT16, **kernel).passed  # type: ignore[arg-type]
    assert not verified(twice, "softmax", BFLOAT16, **kernel).passed  # type: ignore[arg-type]


def test_parameters_are_those_of_the_function() -> None:
    def hot(x: Rows) -> Rows:
        return softmax(x / x.dtype.type(2))

    assert verified(hot, "softmax", params={"temperature": 2.0}, max_row_rel=2e-6).passed
    assert not verified(softmax, "softmax", params={"temperature": 2.0}, max_row_rel=2e-6).passed


@pytest.mark.parametrize(("shape", "axis"), [((100, 16), 0), ((4, 64, 5), 1), ((7, 5, 33), -1), ((50,), 0)])
def test_rows_along_any_axis_of_any_shape(shape: tuple[int, ...], axis: int) -> None:
    def kernel(x: Rows) -> Rows:
        return np.moveaxis(softmax(np.moveaxis(x, axis, -1)), -1, axis)

    found = verified(kernel, "softmax", shape=shape, axis=axis, max_row_rel=2e-5)  # NumPy sums one by one
    assert found.passed
    assert found.shape == shape


def test_another_axis_than_that_of_the_rows_is_found() -> None:
    assert not verified(lambda x: softmax(x.T).T, "softmax", shape=(7, 33), max_row_rel=2e-6).passed


def test_a_reduction_may_drop_the_axis() -> None:
    assert verified(lambda x: x.max(-1), "maxout", max_misrounded=0).passed


def test_results_that_depend_on_the_place_of_a_row_are_told_and_judged() -> None:
    def last_row(x: Rows) -> Rows:
        y = softmax(x)
        if x.ndim == 2 and len(x) % 2 and len(x) > 1 and x.shape[-1] == 100:
            y[-1] = 0
        return y

    found = verified(last_row, "softmax", max_row_rel=2e-6)
    assert found.findings
    assert not found.passed


def test_a_kernel_of_one_length_is_told_as_such() -> None:
    def fixed(x: Rows) -> Rows:
        if x.shape[-1] != 100:
            raise ValueError("100 columns")
        return softmax(x)

    found = verified(fixed, "softmax", max_row_rel=2e-6)
    assert found.passed
    assert set(found.refused) == set(FEW)

    def not_of_one(x: Rows) -> Rows:
        if x.shape[-1] == 1:
            raise ValueError("too short")
        return softmax(x)

    with pytest.raises(KernelError, match=r"too short, on rows of 1"):
        verified(not_of_one, "softmax")


def test_what_does_not_go_together_is_an_error() -> None:
    with pytest.raises(UsageError, match="no 'a'"):
        verified(softmax, "softmax", operands=("a", "b"))
    with pytest.raises(UsageError, match="add --order 1"):
        verified(softmax, "softmax", operands=("grad", "x"))
    with pytest.raises(UsageError, match="random"):
        verified(softmax, "gumbel_softmax")
    with pytest.raises(UsageError, match="no autograd"):
        verified(softmax, "softmax", order=1)
    with pytest.raises(KernelError, match="shape"):
        verified(lambda x: x[..., :1], "softmax")


@pytest.mark.parametrize("name", [f.name for f in registry.vectors() if not f.random])
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64, BFLOAT16], ids=str)
def test_our_own_results_are_correctly_rounded(name: str, dtype: DType) -> None:
    from actcli.core.evaluate import evaluate_vector

    function = vector(name)

    def ours(x: Rows) -> Rows:
        return np.asarray(evaluate_vector(function, x, dtype=dtype, strict=False), x.dtype)

    found = verified(ours, name, dtype, shape=(40, 30), max_ulp=0.52)
    wrong = {group.name for group in found.by_kind() if group.lost or group.max_ulp.size > 0.52}
    assert wrong == ({"NaN"} if function.pieces else set())  # there it makes all of the vector NaN
    assert found.misrounded == found.lost or dtype is FLOAT64


def test_every_kind_of_row_comes_up_in_every_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_kinds, "LENGTHS", LENGTHS)
    function = vector("softmax")
    seen: dict[int, set[int]] = {}
    for table in tables(function, function.bind({}), FLOAT32):
        seen.setdefault(table.length, set()).update(table.kinds.tolist())
        assert np.array_equal(FLOAT32.round(table.x), table.x, equal_nan=True)
    assert set(LENGTHS) < set(seen)
    assert seen[1000] == set(range(len(KINDS)))
    assert seen[8193] == set(range(len(KINDS)))
    assert seen[1] == set(range(len(KINDS))) - {KINDS.index(RowKind.MASKED), KINDS.index(RowKind.ONE_LEFT)}

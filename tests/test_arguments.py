"""The Python face: what its functions take as arguments, and what they say of the rest."""

from __future__ import annotations

import array
import datetime
import sys
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest

import actcli
from actcli.core import registry
from actcli.core.plan import plan_of
from actcli.errors import MissingExtraError, UsageError, shown

if TYPE_CHECKING:
    from pathlib import Path

X: Any = np.array([[-1.5, 0.0, 0.25], [2.0, -0.5, 3.0]])

ELEMENTWISE: list[Any] = [getattr(actcli, entry.name) for entry in registry.elementwise()]
VECTORWISE: list[Any] = [getattr(actcli, entry.name) for entry in registry.vectors()]
FUNCTIONS = [*ELEMENTWISE, *VECTORWISE]

face: Any = actcli
gelu, relu, elu, leaky_relu = face.gelu, face.relu, face.elu, face.leaky_relu
softmax, sparsemax, hardmax = face.softmax, face.sparsemax, face.hardmax

CALLS: list[Any] = [(elu, {}), (elu.grad, {"order": 2}), (elu.grad, {"wrt": "alpha"})]
"""The ways to call an elementwise function."""


class Broken:
    """An object that fails however it is looked at."""

    def __float__(self) -> float:
        raise RuntimeError("broken")

    def __index__(self) -> int:
        raise RuntimeError("broken")

    def __repr__(self) -> str:
        raise RuntimeError("broken")


class Tensor:
    """An array of a library that lets NumPy have some of its formats, as torch does."""

    def __init__(self, numbers: list[float], dtype: str) -> None:
        self.numbers, self.dtype = numbers, f"torch.{dtype}"

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.dtype != "torch.float32":
            raise TypeError("Got unsupported ScalarType BFloat16\nand more lines")
        return np.array(self.numbers, np.float32)

    def float(self) -> Tensor:
        return Tensor(self.numbers, "float32")


def endless() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


NO_NUMBERS: dict[str, Any] = {
    "None": None,
    "a None among numbers": [1.0, None],
    "None in an array": np.array([None]),
    "text": "1",
    "texts": ["1", "2"],
    "text in an array of objects": np.array(["1"], object),
    "bytes": b"1",
    "a set": {1.0},
    "a dict": {"x": 1.0},
    "a generator": (x for x in (1.0, 2.0)),
    "a function": len,
    "a type": float,
    "an object": object(),
    "a broken object": Broken(),
    "a list of broken objects": [Broken()],
    "ragged lists": [[1.0, 2.0], [3.0]],
    "a list in itself": endless(),
    "lists in an array": np.array([[1.0, 2.0], None], object)[:1],
    "a complex number": 1 + 0j,
    "complex numbers": np.ones(2, np.complex64),
    "complex objects": np.array([1j], object),
    "a date": datetime.date(2026, 1, 1),
    "dates": np.array(["2026-01-01"], "M8[D]"),
    "a time": np.timedelta64(1, "s"),
    "times among objects": np.array([np.timedelta64(1, "ns")], object),
    "records": np.zeros(2, [("a", "f8")]),
    "raw bytes": np.zeros(2, "V8"),
    "too large an integer": 10**400,
    "too large integers": [-(10**400), 1],
    "too many digits": 10**5000,
    "too large a fraction": Fraction(10**400),
    "too large a decimal": Decimal("1e400"),
    "a signalling NaN": Decimal("sNaN"),
    "a tensor of an unknown format": Tensor([1.0], "float8_e3m4"),
}
"""Arguments that are not real numbers of float64, each of which is an error wherever a number is due."""


def label(value: object) -> str:
    """Return an id that every process gives: no address, and no array, which may be uninitialised."""
    text = shown(value)
    return type(value).__name__ if " at 0x" in text or "array(" in text else text


@pytest.mark.parametrize("wrong", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_a_usage_error_for_every_argument_of_every_function(wrong: Any) -> None:
    for function in FUNCTIONS:
        for call in (function, function.grad):
            with pytest.raises(UsageError, match=r"^x\b"):
                call(wrong)
        for param in function.entry.params:
            for call in (function, function.grad):
                with pytest.raises(UsageError, match=rf"^parameter {param.name}\b"):
                    call(X, **{param.name: wrong})
            if not param.integer:
                with pytest.raises(UsageError, match=r"^x\b"):
                    function.grad(wrong, wrt=param.name)
    for function in VECTORWISE:
        with pytest.raises(UsageError, match=r"^v\b"):
            function.vjp([1.0, 2.0], wrong)
        with pytest.raises(UsageError, match=r"^x\b"):
            function.vjp(wrong, [1.0, 2.0])


@pytest.mark.parametrize(
    "wrong", [[1.0], np.ones(1), (1.0, 2.0), [], np.nan, np.inf, np.ma.masked], ids=label
)
def test_a_parameter_is_one_finite_number(wrong: Any) -> None:
    for function in FUNCTIONS:
        for param in function.entry.params:
            with pytest.raises(UsageError, match=f"^parameter {param.name} must be"):
                function(X, **{param.name: wrong})


def test_an_error_says_where_in_the_array() -> None:
    with pytest.raises(UsageError, match=r"^x must be real numbers, not None at \[1, 0\]$"):
        gelu([[1.0, 2.0], [None, 3.0]])
    with pytest.raises(UsageError, match=r"^v: 1000+… at \[1\] is too large for float64$"):
        softmax.vjp([1.0, 2.0], [1, 10**400])


NUMBERS: dict[str, Any] = {
    "integers": [-2, 0, 1, 3],
    "integers of any size": [-(2**80), 0, 2**53 + 1, 2**80],
    "fractions": [Fraction(-1, 3), Fraction(0), Fraction(1, 10), Fraction(7, 2)],
    "decimals": [Decimal("-0.1"), Decimal(0), Decimal("1e-400"), Decimal("2.5")],
    "all kinds": [Fraction(1, 3), 1, np.float32(0.1), Decimal("0.1"), True, ml_dtypes.bfloat16(3)],
    "a tuple": (0.5, 1.5),
    "a range": range(-2, 3),
    "booleans": [True, False],
    "a number without dimensions": np.array(0.25),
    "nothing": [],
    "an array.array": array.array("d", [0.5, -1.0]),
    "a memoryview": memoryview(array.array("d", [0.5, -1.0])),
    "big-endian": np.array([0.5, -1.0], ">f8"),
    "read-only": np.broadcast_to(0.5, (2, 3)),
    "in Fortran's order": np.asfortranarray(X),
    "with gaps": X[:, ::-2],
    "of many dimensions": X.reshape((1,) * 20 + (2, 1, 3)),
    "unsigned": np.array([2**64 - 1, 1], np.uint64),
    "longdouble": np.array([0.5, 1e300], np.longdouble) * np.longdouble(1.0),
    "a format that has no results": np.array([0.5, -1.0], ml_dtypes.float8_e3m4),
}
"""Arguments that count as float64, whatever they are."""


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
def test_other_numbers_are_those_of_float64(numbers: Any) -> None:
    if isinstance(numbers, list | tuple):
        same = np.array([float(n) for n in numbers])
    else:
        same = np.asarray(numbers).astype(np.float64)
    for function in (gelu, relu.grad, leaky_relu):
        found = function(numbers)
        assert found.dtype == np.float64
        assert found.shape == same.shape
        assert np.array_equal(found, function(same))
    if same.size and same.ndim:
        assert np.array_equal(sparsemax(numbers), sparsemax(same), equal_nan=True)


def test_what_no_float64_holds_of_a_longdouble_is_infinite_without_a_warning() -> None:
    with np.errstate(all="ignore"):
        huge = np.array([np.finfo(np.float64).max], np.longdouble) * 4
    with np.errstate(all="raise"):
        for dtype in (None, "float32"):
            assert relu(huge, dtype=dtype) == np.inf
        assert hardmax(huge) == 1


@pytest.mark.parametrize(
    "half",
    [Fraction(1, 2), Decimal("0.5"), np.float32(0.5), np.float16(0.5), np.array(0.5), np.longdouble(0.5)],
)
def test_a_parameter_may_be_a_number_of_any_kind(half: Any) -> None:
    assert elu(-1.0, alpha=half) == elu(-1.0, alpha=0.5)
    assert np.array_equal(softmax(X, temperature=half), softmax(X, temperature=0.5))


@pytest.mark.parametrize("first", [0.0, -0.0])
def test_a_parameter_of_0_has_no_sign_whatever_was_computed_before(first: float) -> None:
    plan_of.cache_clear()
    found = [leaky_relu(-1.0, negative_slope=zero) for zero in (first, -first)]
    assert np.signbit(found).tolist() == [True, True]


@pytest.mark.parametrize(
    "order", [1.0, 2.0, "1", None, 1.5, [1], np.array([1]), np.nan, 1j, Fraction(2)], ids=label
)
def test_an_order_is_an_integer_whatever_was_computed_before(order: Any) -> None:
    for function in FUNCTIONS:
        function.grad(X[:, :2], 1)  # a plan is kept for it
        with pytest.raises(UsageError, match="order must be an integer, not"):
            function.grad(X[:, :2], order)
    with pytest.raises(UsageError, match="order must be an integer, not"):
        elu.grad(X, order, wrt="alpha")


@pytest.mark.parametrize("order", [1, True, np.int64(1), np.uint8(1), np.array(1)], ids=label)
def test_integers_of_numpy_are_orders(order: Any) -> None:
    for function in (gelu, softmax):
        assert np.array_equal(function.grad(X, order), function.grad(X))
    assert np.array_equal(gelu.grad(X, np.int8(2)), gelu.grad(X, 2))


@pytest.mark.parametrize(
    "wrong", [None, 1, 0.5, b"left", ["left"], np.array("left"), Broken(), 10**5000], ids=label
)
def test_a_name_is_text(wrong: Any) -> None:
    with pytest.raises(UsageError, match="no rule"):
        relu.grad(X, kink=wrong)
    with pytest.raises(UsageError, match="found by its name"):
        face.get(wrong)
    if wrong is not None:
        for function in FUNCTIONS:
            with pytest.raises(UsageError, match="has no parameter"):
                function.grad(X, wrt=wrong)


@pytest.mark.parametrize(
    "wrong",
    [5, 1.5, True, [], {}, object(), Broken(), "", "f16x", "O", "U", "f4,f4", [("a", "f8")], ("f8", (2,)),
     np.floating, np.longdouble, int, object, complex, bool, ml_dtypes.float8_e3m4, X, 10**5000],
    ids=label,
)  # fmt: skip
def test_a_dtype_is_one_of_the_formats(wrong: Any) -> None:
    if np.finfo(np.longdouble).bits == 64 and wrong is np.longdouble:
        pytest.skip("it is float64 here")
    for function in (gelu, gelu.grad, softmax, softmax.grad):
        with pytest.raises(UsageError, match="no dtype"):
            function(X, dtype=wrong)
    with pytest.raises(UsageError, match="no dtype"):
        softmax.vjp(X, X, dtype=wrong)


@pytest.mark.parametrize("dtype", ["f4", "<f4", ">f4", "single", "FP32", np.dtype(">f4"), b"float32"])
def test_a_dtype_may_be_named_in_any_way_of_numpy(dtype: Any) -> None:
    assert gelu(X, dtype=dtype).dtype == np.float32


@pytest.mark.parametrize("wrong", [0, 1, None, "yes", "", [], 2.5, np.array([True, False])], ids=label)
def test_fast_is_true_or_false(wrong: Any) -> None:
    for function in FUNCTIONS:
        for call in (function, function.grad):
            with pytest.raises(UsageError, match="fast must be True or False, not"):
                call(X, fast=wrong)
    assert gelu(1.0, fast=np.True_) == gelu(1.0, fast=True)


@pytest.mark.parametrize(
    "wrong", [1.0, None, (0,), "0", [0], np.array([0]), np.nan, 2, -3, 10**400, 10**5000], ids=label
)
def test_an_axis_is_one_that_x_has(wrong: Any) -> None:
    for function in VECTORWISE:
        for call, arguments in ((function, (X,)), (function.grad, (X,)), (function.vjp, (X, X))):
            with pytest.raises(UsageError, match="axis"):
                call(*arguments, axis=wrong)


def locked() -> Any:
    found = np.empty_like(X)
    found.flags.writeable = False
    return found


@pytest.mark.parametrize(
    "out",
    [1.0, "x", [0.0], (np.empty_like(X),), False, np.float64(1), np.empty(3), np.empty((2, 3, 1)), locked(),
     *(np.empty_like(X, dtype) for dtype in ("f4", ">f8", int, object)), memoryview(X.copy()), np.ma.copy(X)],
    ids=label,
)  # fmt: skip
def test_an_output_that_cannot_take_the_result_is_refused(out: Any) -> None:
    for call, arguments in CALLS:
        with pytest.raises(UsageError, match=r"^out must be an array of shape \(2, 3\) and dtype float64, "):
            call(X, out=out, **arguments)


def test_a_scalar_is_no_output_that_could_be_written_to() -> None:
    with pytest.raises(UsageError, match="out must be an array"):
        gelu(1.0, out=np.float64(3))
    out = np.array(3.0)
    assert gelu(1.0, out=out) is out
    assert out == gelu(1.0)


def test_an_output_may_be_of_any_layout(tmp_path: Path) -> None:
    on_disk = np.memmap(tmp_path / "numbers", np.float64, "w+", shape=X.shape)
    for out in (np.empty_like(X, order="F"), np.empty((2, 6))[:, ::2], np.empty((3, 2)).T, on_disk):
        assert gelu(X, out=out) is out
        assert np.array_equal(out, gelu(X))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, ml_dtypes.bfloat16, np.int64])
def test_a_mask_stays(dtype: Any) -> None:
    mask = np.array([[False, True, False], [True, False, False]])
    x = np.ma.array(X.astype(dtype), mask=mask)
    for call, arguments in CALLS:
        found, plain = call(x, **arguments), call(x.data, **arguments)
        assert isinstance(found, np.ma.MaskedArray)
        assert found.dtype == plain.dtype
        assert np.array_equal(found.mask, mask)
        assert np.array_equal(found.data, plain)
        found[0, 0] = np.ma.masked
        assert np.array_equal(x.mask, mask), "the mask is a copy"
        with pytest.raises(UsageError, match="out has no place for the mask of x"):
            call(x, out=np.empty_like(plain), **arguments)
    assert elu(np.ma.masked) is np.ma.masked
    assert elu(x[0, 0]) == elu(x.data[0, 0])


def test_masked_arrays_in_a_list_do_not_lose_their_masks_in_silence() -> None:
    row = np.ma.array([1.0, 2.0], mask=[False, True])
    for rows in ([row, row.data], [[row.data], (row,)]):
        for call in (gelu, gelu.grad, softmax):
            with pytest.raises(UsageError, match="not masked"):
                call(rows)
    assert np.array_equal(gelu([row[:1], [3.0]]), gelu([[1.0], [3.0]]))


def test_a_fill_value_stays() -> None:
    found = gelu(np.ma.array([1.0, 2.0], mask=[False, True], fill_value=-9.0))
    assert found.filled().tolist() == [gelu(1.0), -9.0]


def test_a_vector_without_some_of_its_numbers_is_none() -> None:
    masked = np.ma.array([1.0, 2.0, 4.0, 8.0], mask=[False, True, False, False])
    whole = np.ma.array(masked.data, mask=False)
    for function in VECTORWISE:
        for call in (function, function.grad):
            with pytest.raises(UsageError, match=r"^x must be real numbers, not masked"):
                call(masked)
            assert np.array_equal(call(whole), call(whole.data))
        with pytest.raises(UsageError, match=r"^v must be real numbers, not masked"):
            function.vjp(masked.data, masked)


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_a_tensor_of_a_format_that_numpy_lacks_keeps_its_format(dtype: str) -> None:
    numbers = [0.5, -1.0, np.nan]
    same = np.array(numbers, getattr(ml_dtypes, dtype))
    for call in (gelu, gelu.grad, softmax):
        found = call(Tensor(numbers, dtype))
        assert found.dtype == same.dtype
        assert np.array_equal(found.astype(float), call(same).astype(float), equal_nan=True)


def test_such_a_tensor_needs_ml_dtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(MissingExtraError, match="lowp"):
        gelu(Tensor([1.0], "bfloat16"))


def test_what_another_library_says_of_its_array_is_passed_on_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"^x cannot .* \(Got unsupported ScalarType BFloat16\)$"):
        gelu([Tensor([1.0], "bfloat16")])

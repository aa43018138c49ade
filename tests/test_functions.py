"""The Python face: what `import actcli` gives, beyond what its doctests show."""

from __future__ import annotations

import inspect
import pickle
import pydoc
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest

import actcli
from actcli.core import registry
from actcli.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

X = np.array([[-1.5, 0.0, 0.25], [2.0, -0.5, 3.0]])


def test_every_function_is_an_attribute_and_stays_the_same_object() -> None:
    for name in registry.names():
        function = getattr(actcli, name)
        assert function.entry is registry.get(name)
        assert getattr(actcli, name) is function


def test_what_can_be_imported_is_listed() -> None:
    assert set(dir(actcli)) == {"Function", "formula", "get", "names", "verify", *registry.names()}
    everything: dict[str, object] = {}
    exec("from actcli import *", everything)
    assert set(actcli.__all__) <= set(everything)


def test_an_unknown_attribute_says_where_to_look() -> None:
    with pytest.raises(AttributeError, match=r"'geluu'; actcli.names\(\) lists the functions"):
        _ = actcli.geluu


def test_a_function_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(actcli.gelu)) == actcli.gelu
    assert len({actcli.gelu, actcli.get("gelu"), actcli.relu}) == 2


def test_every_function_says_what_it_is() -> None:
    for name in registry.names():
        function, entry = getattr(actcli, name), registry.get(name)
        assert function.__name__ == name
        assert str(function.__doc__).startswith(f"f(x) = {entry.formula}\n")
        own = [param.name for param in entry.params]
        assert list(inspect.signature(function).parameters)[: 1 + len(own)] == ["x", *own]
        assert entry.summary in pydoc.render_doc(function)


@pytest.mark.parametrize("dtype", ["float32", "f32", np.float32, np.dtype("float32"), X.astype("f4").dtype])
@pytest.mark.parametrize("function", [actcli.gelu, actcli.gelu.grad, actcli.softmax, actcli.softmax.grad])
def test_dtype_is_named_as_here_or_as_in_numpy(function: Callable[..., Any], dtype: Any) -> None:
    found = function(X, dtype=dtype)
    assert found.dtype == np.float32
    assert np.array_equal(found, function(X.astype(np.float32)))
    assert function(X, dtype=ml_dtypes.bfloat16).dtype == ml_dtypes.bfloat16


def test_out_is_written_to_and_returned() -> None:
    out = np.empty_like(X)
    for call, arguments in (
        (actcli.elu, {}),
        (actcli.elu.grad, {"order": 2}),
        (actcli.elu.grad, {"wrt": "alpha"}),
    ):
        assert call(X, out=out, **arguments) is out
        assert np.array_equal(out, call(X, **arguments))
    with pytest.raises(ValueError, match="shape"):
        actcli.elu(X, out=np.empty(3))


def test_kinks_go_to_the_side_that_is_asked_for() -> None:
    found = [actcli.relu.grad(0.0, kink=kink) for kink in ("left", "right", "min-norm", "nan")]
    assert found[:3] == [0, 1, 0]
    assert np.isnan(found[3])


def test_fast_is_another_arithmetic_and_close() -> None:
    x = np.random.default_rng(0).normal(size=1000) * 5
    for function in (actcli.gelu, actcli.softmax, actcli.log_softmax, actcli.standardize, actcli.swiglu):
        exact, fast = function(x), function(x, fast=True)
        assert 0 < np.max(np.abs(exact - fast) / np.spacing(np.abs(exact))) <= 4
    assert np.array_equal(actcli.softmax.grad(x[:9], fast=True), actcli.softmax.grad(x[:9]))


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_vectors_lie_along_an_axis(axis: int) -> None:
    vectors = np.moveaxis(X, axis, -1)
    assert np.array_equal(actcli.softmax(X, axis=axis), np.moveaxis(actcli.softmax(vectors), -1, axis))
    assert np.array_equal(actcli.softmax.grad(X, axis=axis), actcli.softmax.grad(vectors))
    by = actcli.softmax.grad(vectors, wrt="temperature")
    assert np.array_equal(actcli.softmax.grad(X, wrt="temperature", axis=axis), np.moveaxis(by, -1, axis))
    product = np.einsum("...i,...ij->...j", vectors, actcli.softmax.grad(vectors))
    assert np.moveaxis(actcli.softmax.vjp(X, X, axis=axis), axis, -1) == pytest.approx(product, rel=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: actcli.sigmoid(X, axis=1), "sigmoid has no parameter 'axis'"),
        (lambda: actcli.softmax(X, out=X), "softmax has no parameter 'out'"),
        (lambda: actcli.softmax(X, axis=2), "no axis 2"),
        (lambda: actcli.elu(X, beta=1), "elu has no parameter 'beta'"),
        (lambda: actcli.elu.grad(X, 3), "order must be 1 or 2, not 3"),
        (lambda: actcli.elu.grad(X, 2, wrt="alpha"), "by a parameter is of order 1"),
        (lambda: actcli.elu.vjp(X, X), "elementwise"),
        (lambda: actcli.softmax.grad(X, 2), "only a Jacobian"),
        (lambda: actcli.relu.grad(X, kink="middle"), "no rule 'middle' for kinks"),
        (lambda: actcli.relu(X, dtype="float80"), "no dtype 'float80'"),
        (lambda: actcli.relu(X, dtype=np.int64), "no dtype 'int64'"),
        (lambda: actcli.relu(X * 1j), "real numbers, not complex128"),
        (lambda: actcli.softmax(X * 1j), "real numbers, not complex128"),
        (lambda: actcli.elu.grad(X, wrt="alpha", kink="left"), "kink is for derivatives by x"),
        (lambda: actcli.relu(X, out=[0.0]), "out must be an array"),
        (lambda: actcli.leaky_relu(X, negative_slope=0.1, alpha=0.5), "given twice"),
    ],
)
def test_what_has_no_meaning_is_an_error_and_not_ignored(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()


def test_errors_are_value_errors_and_speak_of_no_option() -> None:
    with pytest.raises(ValueError, match="inf") as caught:
        actcli.softmax([1.0, np.inf])
    assert isinstance(caught.value, DataError)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_output_may_overlap_the_input(dtype: type) -> None:
    numbers: Any = np.random.default_rng(0).normal(size=(1 << 20) + 1).astype(dtype)
    for read, written in (
        (slice(-1), slice(1, None)),
        (slice(1, None), slice(-1)),
        (slice(None), slice(None)),
    ):
        memory = numbers.copy()
        expected = actcli.gelu(memory[read].copy())
        actcli.gelu(memory[read], out=memory[written])
        assert np.array_equal(memory[written], expected)


@pytest.mark.parametrize("function", [actcli.gelu, actcli.relu, actcli.softmax])
def test_a_signalling_nan_is_no_warning(function: Callable[..., Any]) -> None:
    signalling = np.array([0x7F800001], np.uint32).view(np.float32)
    with np.errstate(all="raise"):
        assert np.isnan(function(signalling)).all()


def test_a_function_that_two_threads_ask_for_first_is_one_object() -> None:
    assert actcli.__getattr__("gelu") is actcli.gelu


def test_a_formula_is_a_function_like_the_others() -> None:
    f = actcli.formula("x*sigmoid(b*x)")
    assert type(f) is type(actcli.gelu)
    assert np.array_equal(f(X, b=1), actcli.silu(X))
    assert np.array_equal(f.grad(X, order=2, b=1), actcli.silu.grad(X, order=2))
    assert np.array_equal(f.grad(X, wrt="b", b=2), actcli.swish.grad(X, wrt="beta", beta=2))
    assert f(X, b=1, dtype="float32").dtype == np.float32
    out = np.empty_like(X)
    assert f(X, b=1, out=out) is out
    with pytest.raises(UsageError, match="b has no value"):
        f(X)
    with pytest.raises(UsageError, match=r"sinx has no value .is it sin\(x\)"):
        actcli.formula("1 + sinx")(X)
    greek = actcli.formula("α*x + β₁")
    assert greek(1, α=3, β1=2) == greek(1, alpha=3, beta1=2) == 5


def test_a_formula_says_what_it_is() -> None:
    f = actcli.formula("lean(x; a=0.5, b) = a*x + b  # a line")
    assert (f.__name__, repr(f)) == ("lean", "actcli.formula('lean(x; a=0.5, b) = a*x + b')")
    assert str(f.__doc__).startswith("lean(x; a=0.5, b) = a*x + b")
    assert "a line" in str(f.__doc__)
    parameters = inspect.signature(f).parameters
    assert [*parameters][:3] == ["x", "a", "b"]
    assert (parameters["a"].default, parameters["b"].default) == (0.5, inspect.Parameter.empty)
    assert str(actcli.formula("x^2").__doc__).startswith("f(x) = x^2")


def test_equal_formulas_are_equal_and_can_be_sent_to_another_process() -> None:
    f = actcli.formula("x*sigmoid(b*x)")
    sent = pickle.loads(pickle.dumps(f))
    assert sent == f == actcli.formula("x * sigmoid(b x)".replace("b x", "b*x"))
    assert sent(1.0, b=2) == f(1.0, b=2)
    assert len({f, sent, actcli.formula("x*sigmoid(c*x)"), actcli.formula("g(x) = x*sigmoid(b*x)")}) == 3
    assert f != actcli.silu


def test_a_formula_calls_the_definitions_of_files(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("half(x) = x/2\n")
    (tmp_path / "two.txt").write_text("quarter(x) = half(half(x))\n")
    f = actcli.formula("quarter(x) + 1", defs=[tmp_path / "one.txt", tmp_path / "two.txt"])
    assert f(4) == 2
    assert pickle.loads(pickle.dumps(f))(4) == 2
    assert actcli.formula("half(x)", defs=str(tmp_path / "one.txt"))(4) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x*", "ends too early"),
        ("gelu", "gelu"),
        ("", "the formula is empty"),
        (3, "a formula is text, not 3"),
        ("dtype*x", "dtype is an argument of every function"),
        ("f(x; order=1) = order*x", "order is an argument of every function"),
    ],
)
def test_what_is_no_formula_is_refused(text: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        actcli.formula(text)

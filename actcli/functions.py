"""The functions of the catalogue as Python callables: `gelu(x)`, `gelu.grad(x, order=2)`, `softmax(x)`."""

from __future__ import annotations

from inspect import signature
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from actcli.core import dtypes, registry
from actcli.core.arguments import flag, integer, is_masked_array
from actcli.core.evaluate import (
    evaluate,
    evaluate_jacobian,
    evaluate_vector,
    evaluate_vector_wrt,
    evaluate_vjp,
    evaluate_wrt,
)
from actcli.core.spec import Activation, KinkRule, VectorActivation
from actcli.errors import UsageError, shown
from actcli.function import Function

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, DTypeLike, NDArray


class Elementwise(Function):
    """A function of each number by itself."""

    entry: Activation

    def __call__(
        self,
        x: ArrayLike,
        *,
        dtype: DTypeLike | None = None,
        fast: bool = False,
        out: NDArray[Any] | None = None,
        **params: float,
    ) -> Any:
        """Return f(x) for every element of x.

        Args:
            x: numbers.
            dtype: the format of the result: float64, float32, float16, bfloat16, a float8, float4_e2m1fn.
            fast: plain arithmetic in float64, up to 4 ULP from the truth.
            out: an array of the result's shape and dtype to write into.
            **params: parameters that are not at their defaults.

        Raises:
            UsageError: x is not made of real numbers, there is no such parameter or dtype, a parameter cannot
                have that value, or `out` cannot take the result.
        """
        numbers, wanted, is_fast = _unmasked(x, out), dtypes.wanted(dtype), flag(fast, "fast")
        found = evaluate(self.entry, numbers, 0, params, dtype=wanted, fast=is_fast, out=out)
        return _like(x, found, out)

    def grad(
        self,
        x: ArrayLike,
        order: int = 1,
        *,
        wrt: str | None = None,
        kink: str = KinkRule.MIN_NORM.value,
        dtype: DTypeLike | None = None,
        fast: bool = False,
        out: NDArray[Any] | None = None,
        **params: float,
    ) -> Any:
        """Return f′ or f″ at every element of x, or the derivative by a parameter.

        Args:
            x: numbers.
            order: 1 for f′, 2 for f″.
            wrt: the parameter to differentiate by, once, instead of x.
            kink: the value where one-sided derivatives by x differ: left, right, min-norm (the one of least
                magnitude between them) or nan.
            dtype: as for a call.
            fast: as for a call; derivatives by a parameter are exact all the same.
            out: as for a call.
            **params: parameters that are not at their defaults.

        >>> import actcli
        >>> actcli.relu.grad([-1.0, 0.0, 1.0])
        array([0., 0., 1.])
        >>> actcli.tanh.grad(20.0)
        np.float64(1.6993417021166355e-17)
        >>> actcli.elu.grad(-1.0, wrt="alpha")
        np.float64(-0.6321205588285577)
        """
        numbers, wanted, is_fast = _unmasked(x, out), dtypes.wanted(dtype), flag(fast, "fast")
        times, rule = integer(order, "order"), KinkRule.parse(kink)
        if times not in (1, 2):
            raise UsageError(f"order must be 1 or 2, not {shown(times)}")
        if wrt is None:
            found = evaluate(
                self.entry, numbers, times, params, kink=rule, dtype=wanted, fast=is_fast, out=out
            )
            return _like(x, found, out)
        if times == 2:
            raise UsageError("a derivative by a parameter is of order 1, not 2")
        if rule is not KinkRule.MIN_NORM:
            raise UsageError("kink is for derivatives by x, and does not go with wrt")
        return _like(x, evaluate_wrt(self.entry, numbers, wrt, params, dtype=wanted, out=out), out)


class Vectorwise(Function):
    """A function of the vectors along an axis."""

    entry: VectorActivation

    def __call__(
        self,
        x: ArrayLike,
        *,
        dtype: DTypeLike | None = None,
        axis: int = -1,
        fast: bool = False,
        **params: float,
    ) -> Any:
        """Return f of every vector along an axis of x.

        Args:
            x: numbers.
            dtype: the format of the result: float64, float32, float16, bfloat16, a float8, float4_e2m1fn.
            axis: where the vectors lie.
            fast: doubles in float64 where they are enough for 4 ULP; otherwise the result is exact.
            **params: parameters that are not at their defaults.

        Raises:
            UsageError: x is not made of real numbers, there is no such parameter, dtype or axis, or a
                parameter cannot have that value.
            DataError: a vector has no value (softmax of a row with +inf).
        """
        wanted, is_fast = dtypes.wanted(dtype), flag(fast, "fast")
        return evaluate_vector(self.entry, x, params, dtype=wanted, axis=axis, fast=is_fast)

    def grad(
        self,
        x: ArrayLike,
        order: int = 1,
        *,
        wrt: str | None = None,
        dtype: DTypeLike | None = None,
        axis: int = -1,
        fast: bool = False,
        **params: float,
    ) -> Any:
        """Return the Jacobian at every vector along an axis of x, or the derivative by a parameter.

        Args:
            x: numbers.
            order: 1; there is no second derivative.
            wrt: the parameter to differentiate by, instead of x.
            dtype: as for a call.
            axis: where the vectors lie.
            fast: accepted as by elementwise functions; a derivative of a vector is exact all the same.
            **params: parameters that are not at their defaults.

        Returns:
            The other axes of x, then i and j: entry [..., i, j] is ∂f_i/∂x_j. By a parameter: the shape of f.

        >>> import actcli
        >>> actcli.softmax.grad([0.0, 0.0])
        array([[ 0.25, -0.25],
               [-0.25,  0.25]])
        """
        flag(fast, "fast")
        if integer(order, "order") != 1:
            raise UsageError(f"{self.entry.name} is a vector function and has only a Jacobian")
        format_ = dtypes.wanted(dtype)
        if wrt is not None:
            return evaluate_vector_wrt(self.entry, x, wrt, params, dtype=format_, axis=axis)
        return evaluate_jacobian(self.entry, x, params, dtype=format_, axis=axis)

    def vjp(
        self, x: ArrayLike, v: ArrayLike, *, dtype: DTypeLike | None = None, axis: int = -1, **params: float
    ) -> Any:
        """Return vᵀJ with the Jacobian J: what back-propagation sends on when v arrives.

        Args:
            x: numbers, the vectors along `axis`.
            v: the gradient with respect to the output, of the output's shape.
            dtype: as for a call.
            axis: where the vectors lie, in x and in v.
            **params: parameters that are not at their defaults.

        >>> import actcli
        >>> actcli.softmax.vjp([0.0, 0.0], [1.0, 0.0])
        array([ 0.25, -0.25])
        """
        return evaluate_vjp(self.entry, x, v, params, dtype=dtypes.wanted(dtype), axis=axis)


def _unmasked(x: ArrayLike, out: NDArray[Any] | None) -> ArrayLike:
    """Return the numbers of a masked array, those under its mask too, and anything else as it is."""
    if not is_masked_array(x):
        return x
    if out is not None:
        raise UsageError("out has no place for the mask of x", "call without out")
    return x.data


def _like(x: ArrayLike, found: NDArray[Any], out: NDArray[Any] | None) -> Any:
    """Return what NumPy's functions do: `out` itself, a masked array for one, a scalar for one number."""
    if out is not None:
        return out
    if is_masked_array(x):
        masked: Any = x.astype(found.dtype)  # with the mask and the fill value
        masked.data[...] = found
        return masked[()]
    return found[()] if found.ndim == 0 else found


def get(name: str) -> Function:
    """Return the function of that name or alias; case, `-`, `_` and a leading module path do not matter.

    >>> import actcli
    >>> actcli.get("torch.nn.functional.leaky_relu")
    <actcli.leaky_relu: x for x ≥ 0, negative_slope·x for x < 0>
    """
    entry = registry.get(name)
    return Vectorwise(entry) if isinstance(entry, VectorActivation) else Elementwise(entry)


def formula(text: str, *, defs: str | PathLike[str] | Iterable[str | PathLike[str]] = ()) -> Elementwise:
    """Return a formula in x as a function like those of the catalogue.

    Args:
        text: an expression in x, or `name(x; a=0.1, b) = …`. Names that mean nothing else are parameters:
            keyword arguments, that must be given where the formula has no default for them.
        defs: files of definitions, a line each, that the formula may call.

    Raises:
        UsageError: the formula cannot be read; the message shows where.
        OSError: a file cannot be read.

    >>> import actcli
    >>> f = actcli.formula("x*sigmoid(b*x)")
    >>> f(1.0, b=2)
    np.float64(0.8807970779778824)
    >>> actcli.formula("f(x; a=0.1) = max(0, x) + a*min(0, x)").grad([-1.0, 2.0])
    array([0.1, 1. ])
    """
    from actcli.core.formula.grammar import parse  # what names alone do not need
    from actcli.core.formula.library import read
    from actcli.core.formula.record import record

    if not isinstance(text, str):
        raise UsageError(f"a formula is text, not {shown(text)}")
    files = [defs] if isinstance(defs, str | PathLike) else defs
    definition = parse(text, read(*(fspath(file) for file in files)))
    own = {*signature(Elementwise.__call__).parameters, *signature(Elementwise.grad).parameters}
    if taken := own.intersection(definition.parameters):
        name = min(taken)
        raise UsageError(f"{name} is an argument of every function", "take another name for the parameter")
    return Elementwise(record(definition), definition)

"""The functions of the catalogue as Python callables: `gelu(x)`, `gelu.grad(x, order=2)`, `softmax(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes, registry
from actcli.core.evaluate import (
    evaluate,
    evaluate_jacobian,
    evaluate_vector,
    evaluate_vector_wrt,
    evaluate_vjp,
    evaluate_wrt,
)
from actcli.core.spec import Activation, KinkRule, VectorActivation
from actcli.errors import UsageError
from actcli.function import Function

if TYPE_CHECKING:
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
            dtype: the format of the result: float64, float32, float16, bfloat16, float8_e4m3fn, float8_e5m2.
            fast: plain arithmetic in float64, up to 4 ULP from the truth.
            out: an array of the result's shape and dtype to write into.
            **params: parameters that are not at their defaults.

        Raises:
            UsageError: there is no such parameter or dtype, or a parameter cannot have that value.
        """
        wanted = dtypes.wanted(dtype)
        return _scalar(evaluate(self.entry, x, 0, params, dtype=wanted, fast=fast, out=out))

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
            kink: the value where one-sided derivatives differ: left, right, min-norm (the one of least
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
        format_, rule = dtypes.wanted(dtype), KinkRule.parse(kink)
        if order not in (1, 2):
            raise UsageError(f"order must be 1 or 2, not {order}")
        if wrt is None:
            found = evaluate(self.entry, x, order, params, kink=rule, dtype=format_, fast=fast, out=out)
            return _scalar(found)
        if order == 2:
            raise UsageError("a derivative by a parameter is of order 1, not 2")
        return _scalar(evaluate_wrt(self.entry, x, wrt, params, dtype=format_, out=out))


class Vectorwise(Function):
    """A function of the vectors along an axis."""

    entry: VectorActivation

    def __call__(
        self,
        x: ArrayLike,
        *,
        dtype: DTypeLike | None = None,
        axis: int = -1,
        fast: bool = False,  # noqa: ARG002
        **params: float,
    ) -> Any:
        """Return f of every vector along an axis of x.

        Args:
            x: numbers.
            dtype: the format of the result: float64, float32, float16, bfloat16, float8_e4m3fn, float8_e5m2.
            axis: where the vectors lie.
            fast: allowed, as for elementwise functions; the result is exact all the same.
            **params: parameters that are not at their defaults.

        Raises:
            UsageError: there is no such parameter, dtype or axis, or a parameter cannot have that value.
            DataError: a vector has no value (softmax of a row with +inf).
        """
        return evaluate_vector(self.entry, x, params, dtype=dtypes.wanted(dtype), axis=axis)

    def grad(
        self,
        x: ArrayLike,
        order: int = 1,
        *,
        wrt: str | None = None,
        dtype: DTypeLike | None = None,
        axis: int = -1,
        fast: bool = False,  # noqa: ARG002
        **params: float,
    ) -> Any:
        """Return the Jacobian at every vector along an axis of x, or the derivative by a parameter.

        Args:
            x: numbers.
            order: 1; there is no second derivative.
            wrt: the parameter to differentiate by, instead of x.
            dtype: as for a call.
            axis: where the vectors lie.
            fast: as for a call.
            **params: parameters that are not at their defaults.

        Returns:
            The other axes of x, then i and j: entry [..., i, j] is ∂f_i/∂x_j. By a parameter: the shape of f.

        >>> import actcli
        >>> actcli.softmax.grad([0.0, 0.0])
        array([[ 0.25, -0.25],
               [-0.25,  0.25]])
        """
        if order != 1:
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


def _scalar(result: NDArray[Any]) -> Any:
    """Return an array as it is, and a single number as a NumPy scalar, as NumPy's own functions do."""
    return result[()] if np.ndim(result) == 0 else result


def get(name: str) -> Function:
    """Return the function of that name or alias; case, `-`, `_` and a leading module path do not matter.

    >>> import actcli
    >>> actcli.get("torch.nn.functional.leaky_relu")
    <actcli.leaky_relu: x for x ≥ 0, negative_slope·x for x < 0>
    """
    entry = registry.get(name)
    return Vectorwise(entry) if isinstance(entry, VectorActivation) else Elementwise(entry)

"""The functions of the catalogue as Python callables: `gelu(x)`, `gelu.grad(x, order=2)`, `softmax(x)`."""

from __future__ import annotations

from dataclasses import dataclass
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

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, repr=False)
class Function:
    """A function of the catalogue, to be called on numbers, lists, or arrays of any shape.

    Results have the floating-point dtype of the argument (integers, lists and Python numbers count as
    float64) unless `dtype` names another; each is the exact value rounded to it, within the bound that the
    record states. Parameters are keyword arguments, under their names or aliases.

    >>> import actcli
    >>> actcli.gelu([-1.0, 0.0, 1.0])
    array([-0.15865525,  0.        ,  0.84134475])
    >>> actcli.get("LeakyReLU")(-1, negative_slope=0.2)
    np.float64(-0.2)
    >>> actcli.sigmoid(-800.0, dtype="float32")
    np.float32(0.0)
    """

    entry: Activation | VectorActivation
    """The record: definition, parameters, range, kinks, bounds, sources."""

    def __repr__(self) -> str:
        return f"<actcli.{self.entry.name}: {self.entry.formula}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return get, (self.entry.name,)  # records hold formulas, which cannot be pickled

    def __call__(
        self,
        x: ArrayLike,
        *,
        dtype: str | None = None,
        axis: int = -1,
        fast: bool = False,
        out: NDArray[Any] | None = None,
        **params: float,
    ) -> Any:
        """Return f(x), elementwise or of the vectors along `axis`.

        Args:
            x: numbers.
            dtype: the format of the result: float64, float32, float16, bfloat16, float8_e4m3fn, float8_e5m2.
            axis: where a vector function finds its vectors; without meaning for the others.
            fast: plain arithmetic, up to 4 ULP from the truth; elementwise functions only.
            out: an array of the result's shape and dtype to write into; elementwise functions only.
            **params: parameters that are not at their defaults.

        Raises:
            UsageError: there is no such parameter or dtype, or a parameter cannot have that value.
            DataError: a vector has no value (softmax of a row with +inf).
        """
        wanted = None if dtype is None else dtypes.parse(dtype)
        if isinstance(self.entry, VectorActivation):
            return evaluate_vector(self.entry, x, params, dtype=wanted, axis=axis)
        return _scalar(evaluate(self.entry, x, 0, params, dtype=wanted, fast=fast, out=out))

    def grad(
        self,
        x: ArrayLike,
        order: int = 1,
        *,
        wrt: str | None = None,
        kink: str = KinkRule.MIN_NORM.value,
        dtype: str | None = None,
        fast: bool = False,
        out: NDArray[Any] | None = None,
        **params: float,
    ) -> Any:
        """Return a derivative at x: f′ or f″ elementwise, or the Jacobian of a vector function.

        Args:
            x: numbers; for a vector function the vectors lie along the last axis.
            order: 1 for f′, 2 for f″ (elementwise functions only).
            wrt: the parameter to differentiate by, instead of x.
            kink: the value where one-sided derivatives differ: left, right, min-norm (the one of least
                magnitude between them) or nan.
            dtype: as for a call.
            fast: as for a call.
            out: as for a call.
            **params: parameters that are not at their defaults.

        Returns:
            An array of the shape of x; for a vector function entry [..., i, j] is ∂f_i/∂x_j.

        >>> import actcli
        >>> actcli.relu.grad([-1.0, 0.0, 1.0])
        array([0., 0., 1.])
        >>> actcli.tanh.grad(20.0)
        np.float64(1.6993417021166355e-17)
        >>> actcli.elu.grad(-1.0, wrt="alpha")
        np.float64(-0.6321205588285577)
        """
        wanted = None if dtype is None else dtypes.parse(dtype)
        if order not in (1, 2):
            raise UsageError(f"order must be 1 or 2, not {order}")
        if isinstance(self.entry, VectorActivation):
            if order == 2:
                raise UsageError(f"{self.entry.name} is a vector function and has only a Jacobian")
            if wrt is not None:
                return evaluate_vector_wrt(self.entry, x, wrt, params, dtype=wanted)
            return evaluate_jacobian(self.entry, x, params, dtype=wanted)
        if wrt is not None:
            return _scalar(evaluate_wrt(self.entry, x, wrt, params, dtype=wanted))
        rule = KinkRule(kink)
        return _scalar(evaluate(self.entry, x, order, params, kink=rule, dtype=wanted, fast=fast, out=out))

    def vjp(
        self, x: ArrayLike, v: ArrayLike, *, dtype: str | None = None, axis: int = -1, **params: float
    ) -> Any:
        """Return vᵀJ with the Jacobian J of a vector function: what back-propagation sends on when v arrives.

        Args:
            x: numbers, the vectors along `axis`.
            v: the gradient with respect to the output, of the output's shape.
            dtype: as for a call.
            axis: where the vectors lie, in x and in v.
            **params: parameters that are not at their defaults.

        Raises:
            UsageError: the function is elementwise: multiply v by its `grad`.

        >>> import actcli
        >>> actcli.softmax.vjp([0.0, 0.0], [1.0, 0.0])
        array([ 0.25, -0.25])
        """
        if not isinstance(self.entry, VectorActivation):
            raise UsageError(f"{self.entry.name} is elementwise", "multiply v by its grad")
        wanted = None if dtype is None else dtypes.parse(dtype)
        return evaluate_vjp(self.entry, x, v, params, dtype=wanted, axis=axis)


def _scalar(result: NDArray[Any]) -> Any:
    """Return an array as it is, and a single number as a NumPy scalar, as NumPy's own functions do."""
    return result[()] if np.ndim(result) == 0 else result


def get(name: str) -> Function:
    """Return the function of that name or alias; case, `-`, `_` and a leading module path do not matter.

    >>> import actcli
    >>> actcli.get("torch.nn.functional.leaky_relu")
    <actcli.leaky_relu: x for x ≥ 0, negative_slope·x for x < 0>
    """
    return Function(registry.get(name))

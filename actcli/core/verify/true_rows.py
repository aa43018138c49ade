"""The true rows that results of a vector function are held against, and how sure they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.spec import Precision
from actcli.core.vector.rows import evaluated
from actcli.core.verify.accuracy import TrueValues

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Formula, Params, VectorActivation

TOLD = 0.01
"""ULP of float64 to which pairs tell what a true value has beyond its double (`spec.Bounds`: 0.51)."""


class VectorSubject(NamedTuple):
    """What is asked of a vector function: its value, a product vᵀJ, or its derivative by a parameter.

    Attributes:
        function: the function.
        params: its parameters, where they are not at their defaults.
        order: 0 for the value, 1 for the product of a cotangent and the Jacobian.
        wrt: the parameter by which it is differentiated; then the order is 0.
    """

    function: VectorActivation
    params: Params
    order: int = 0
    wrt: str | None = None

    @property
    def name(self) -> str:
        """The subject in a few words."""
        if self.wrt:
            return f"∂{self.function.name}/∂{self.wrt}"
        return ("", "vᵀJ of ")[self.order] + self.function.name

    @property
    def bound(self) -> dict[str, float]:
        """Every parameter."""
        return self.function.bind(self.params)

    @property
    def formula(self) -> Formula:
        """What is evaluated."""
        if self.wrt:
            return self.function.wrt[self.wrt]
        return self.function.vjp if self.order else self.function.value

    def width(self, n: int) -> int:
        """Return the length of a row of the function's values for one of n entries."""
        return self.function.width(n, **self.bound)


def true_rows(subject: VectorSubject, x: Array, v: Array | None, dtype: DType) -> TrueValues:
    """Return the true results for the rows of x, and the cotangents v.

    Below float64 the correctly rounded results are known but where a true value lies within 0.01 ULP of
    float64 of the middle between two numbers of the format; errors are told to 1 ULP of float64. In float64
    what the true values have beyond their doubles is known to 0.01 ULP. A row that has no value is NaN.
    """
    more = () if v is None else (v,)
    if not (pieces := subject.function.pieces):
        return _true(subject, x, more, dtype)
    # Each group of entries is a row of its own, so that NaN and infinities stay in it.
    groups = tuple(grouped(w, subject.width(pieces)) for w in more)
    found = _true(subject, grouped(x, pieces), groups, dtype)
    parts = (found.value, found.rest, found.expected, found.doubt)
    return TrueValues(*(ungrouped(part, len(x)) for part in parts))


def grouped(x: Array, pieces: int) -> Array:
    """Return entry k of each piece of a row as a row of its own."""
    return np.ascontiguousarray(np.moveaxis(x.reshape(len(x), pieces, -1), 1, 2).reshape(-1, pieces))


def ungrouped(x: Array, rows: int) -> Array:
    """Return groups as so many rows again: component k of each in piece k."""
    return np.ascontiguousarray(np.moveaxis(x.reshape(rows, -1, x.shape[-1]), 2, 1).reshape(rows, -1))


def _true(subject: VectorSubject, x: Array, more: tuple[Array, ...], dtype: DType) -> TrueValues:
    function, bound, formula = subject.function, subject.bound, subject.formula
    if dtype.precision == 53:
        found = evaluated(function, formula, x, more, bound, rest=True, strict=False)
        value, rest = np.ascontiguousarray(found[:, 0]), np.nan_to_num(found[:, 1])
        exact = ~np.isfinite(value) | (function.precision is Precision.PLAIN)
        return TrueValues(value, rest, value, np.where(exact, 0.0, TOLD))
    value = evaluated(function, formula, x, more, bound, strict=False)
    expected = dtype.round(value)
    close = np.flatnonzero(dtype.close(np.where(np.isfinite(value), value, 0.0), 2).any(axis=1))
    if close.size:
        few = tuple(w[close] for w in more)
        expected[close] = dtype.round(
            evaluated(function, formula, x[close], few, bound, narrow=True, strict=False)
        )
    return TrueValues(value, np.zeros_like(value), expected, np.zeros_like(value))

"""What a formula may assume of the arithmetic it runs in.

A stable formula is written once, over an arithmetic `m` and numbers of that arithmetic. It runs in pairs of
doubles (`Exact`) and in pairs with unlimited exponents where a double would over- or underflow (`Deep`), both
with a bound of the error (`Bounded`), and in plain doubles (`Fast`).

What the exact arithmetics promise: `+ − * /` keep at least 70 bits, so a sum or product of a few factors is
rounded once and no more; only cancellation loses digits. Overflow, underflow and the far tails need little
care: elements whose result is tiny, infinite or NaN, or whose argument is huge, are computed again with
unlimited exponent by the same formula. So write `x * x`, `1 / (1 + x * x)`, `x * m.exp(x)` as they stand; but
divide s/p·(s/q), not s·s/(p·q), where s·s underflows and the result does not. What does need care is
cancellation: where much of it is, the definition must be asked, which takes a thousand times as long.

A mask comes from `m.above` and combines with `&` and `|`; for its opposite swap the branches of `where`.
A float or a NumPy array as an operand is exact. A decimal constant: `m.constant("0.044715")`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

    from numpy.typing import NDArray

Mask = Any
"""A truth value for each element: a bool array."""


NO_VALUE = np.array(np.nan)
"""What a formula has outside its domain: `m.where(outside, NO_VALUE, …)`, which is certain."""


SHORT = 4096
"""Whole numbers up to here have 12 bits: `m` knows where a quotient of exact numbers by one is a tie."""


class Number(Protocol):
    """An array of real numbers in some arithmetic; floats, ints and NumPy arrays are taken as exact."""

    def __add__(self, other: Self | float, /) -> Self: ...
    def __radd__(self, other: float, /) -> Self: ...
    def __sub__(self, other: Self | float, /) -> Self: ...
    def __rsub__(self, other: float, /) -> Self: ...
    def __mul__(self, other: Self | float, /) -> Self: ...
    def __rmul__(self, other: float, /) -> Self: ...
    def __truediv__(self, other: Self | float, /) -> Self: ...
    def __rtruediv__(self, other: float, /) -> Self: ...
    def __neg__(self) -> Self: ...
    def __abs__(self) -> Self: ...
    def __getitem__(self, index: Any, /) -> Self: ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the arrays behind it."""


class Arithmetic(Protocol):
    """The functions that formulas are made of; arguments are numbers of the arithmetic, or floats.

    Every result is accurate to its last digits relative to itself, tails, origin and all (sin and cos
    next to their roots included), for the argument as it is given.
    """

    # constants and choices

    def constant(self, digits: str | Decimal | Fraction, /) -> Any:
        """A real constant from decimal digits or a fraction ("1/6"), to 75 bits and more."""

    def number(self, value: Any, /) -> Any:
        """A parameter as a number of the arithmetic, so that sums of parameters keep their digits."""

    def above(self, x: Any, point: float, /) -> Mask:
        """Where x lies to the right of the point; x at the point itself goes to the side being evaluated."""

    def where(self, mask: Mask, yes: Any, no: Any, /) -> Any:
        """`yes` where the mask holds, `no` elsewhere; NaN or inf in the branch not taken does no harm."""

    def maximum(self, a: Any, b: Any, /) -> Any:
        """The greater of two numbers, element by element."""

    def minimum(self, a: Any, b: Any, /) -> Any:
        """The smaller of two numbers, element by element."""

    def wide(self, x: Any, /) -> Any:
        """x for the few steps where a double loses digits: the argument of an exponential, above all.

        In `fast` it is a double-double, of which exp, logistic, softplus and normal lose no digits.
        """

    def signed(self, size: Any, like: Any, /) -> Any:
        """A number that is not negative, with the sign of another."""

    def flat_left(self, x: Any, /) -> Any:
        """x for a formula that has underflowed on the far left, and takes a quotient of exponentials there.

        Where even unlimited exponents end, no quotient of two exponentials is known: there x is cut.
        """

    # elementary functions

    def sqrt(self, x: Any, /) -> Any:
        """√x."""

    def exp(self, x: Any, /) -> Any:
        """e^x."""

    def expm1(self, x: Any, /) -> Any:
        """e^x − 1, also for tiny x."""

    def log(self, x: Any, /) -> Any:
        """ln x, also for x close to 1."""

    def log1p(self, x: Any, /) -> Any:
        """ln(1 + x), also for tiny x."""

    def sin(self, x: Any, /) -> Any:
        """sin x."""

    def cos(self, x: Any, /) -> Any:
        """cos x."""

    def sinh(self, x: Any, /) -> Any:
        """sinh x."""

    def cosh(self, x: Any, /) -> Any:
        """cosh x."""

    def tanh(self, x: Any, /) -> Any:
        """tanh x (for sech²x take 4·σ(2x)·σ(−2x) from `logistic`)."""

    def arctan(self, x: Any, /) -> Any:
        """arctan x."""

    def arcsinh(self, x: Any, /) -> Any:
        """arsinh x."""

    def arccosh(self, x: Any, /) -> Any:
        """arcosh x for x ≥ 1, NaN below."""

    def arctanh(self, x: Any, /) -> Any:
        """artanh x for |x| < 1, NaN outside."""

    def erf(self, x: Any, /) -> Any:
        """erf x."""

    def tanh_rest(self, x: Any, /) -> Any:
        """x − tanh x, to full relative accuracy also where it is small beside x."""

    # what activation functions are made of

    def logistic(self, x: Any, /) -> tuple[Any, Any]:
        """(σ(x), σ(−x)), both to full relative accuracy."""

    def softplus(self, x: Any, /) -> Any:
        """ln(1 + e^x) to full relative accuracy."""

    def normal(self, x: Any, /) -> tuple[Any, Any]:
        """(Φ(x), φ(x)), the standard normal distribution and density, both to full relative accuracy."""

    # vectors: reductions along the last axis, which is kept with length 1

    def value(self, x: Any, /) -> NDArray[Any]:
        """x as a float64 array, for decisions: sorting, argmax, comparisons."""

    def max(self, x: Any, /) -> Any:
        """The greatest component of each vector."""

    def sum(self, x: Any, /) -> Any:
        """The sum of the components of each vector."""

    def cumsum(self, x: Any, /) -> Any:
        """The running sums of the components of each vector."""

    def take(self, x: Any, indices: NDArray[Any], /) -> Any:
        """The components at the given places of each vector, as `numpy.take_along_axis` on the last axis."""

    def concatenate(self, parts: list[Any], /) -> Any:
        """Vectors joined end to end along the last axis."""

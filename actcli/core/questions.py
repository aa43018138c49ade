"""Questions about a number that is exact or enclosed (`balls.Real`), or a float that is no real number.

A question raises `UndecidedError` where the enclosure is too wide to answer it; `core.definition` then asks
again at a higher precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from actcli.core.dtypes import FLOAT64
from actcli.errors import MissingExtraError

if TYPE_CHECKING:
    from actcli.core.dtypes import DType

T = TypeVar("T")
Question = Callable[[Any], T]


@lru_cache(maxsize=1)
def _modules() -> Any:
    try:
        from actcli.core import jets  # an extra, and it takes its time to load
    except ImportError:
        return None
    return jets


def load() -> Any:
    """Return the numbers that definitions run over (`core.jets`).

    Raises:
        MissingExtraError: python-flint is not installed.
    """
    if _modules() is None:
        raise MissingExtraError("a definition to many digits", "python-flint", "exact")
    return _modules()


def is_available() -> bool:
    """Return whether python-flint can be loaded, by loading it."""
    return _modules() is not None


def is_installed() -> bool:
    """Return whether python-flint is there to be loaded."""
    try:
        return find_spec("flint") is not None
    except ValueError:  # it is kept from being imported
        return False


class Digits:
    """The question for the number as text, with so many significant digits.

    Attributes:
        count: how many.
        bits: how many bits they take.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.bits = math.ceil(count * math.log2(10))

    def __call__(self, value: Any) -> str:
        """Answer with the text."""
        flint, count = load(), self.count
        if isinstance(value, float):
            return str(value)
        if not isinstance(value, flint.fmpq):
            try:
                return _of_ball(flint.ball(value), count)
            except flint.UndecidedError:
                if not isinstance(value, flint.Offset):
                    raise
        if not (sign := flint.sign(value)):
            return "0.0"
        size = value * flint.fmpq(sign)
        place = count - 1 - math.floor(float(flint.ball(size).log() / flint.arb(10).log()))
        while len(shown := str(_nearest(size * flint.fmpq(10) ** place))) != count:
            place += count - len(shown)  # the logarithm was beside a power of ten, or 9.99 became 10.0
        return laid_out(shown, count - 1 - place, negative=sign < 0)


def rounded(dtype: DType) -> Question[float]:
    """Return the question for the number rounded once to a format, ties to even.

    What is too small for the format becomes a zero of its sign, if `SIGN_BITS` tell that.
    """

    def answer(value: Any) -> float:
        flint = load()
        if isinstance(value, float):
            return float(dtype.round(value))
        if not dtype.signed and flint.sign(value) <= 0:
            return math.nan
        if isinstance(value, flint.Extreme):
            near = _to(dtype, float(value))
            if math.isnan(near):
                raise flint.UndecidedError
        elif isinstance(value, flint.fmpq):
            near = _of_fraction(Fraction(int(value.p), int(value.q)), dtype)
        else:
            enclosed = flint.ball(value)
            low, high = float(enclosed.lower()), float(enclosed.upper())
            if dtype.precision < 53:  # outwards: the tie may lie between an end and its double
                low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
            near, high = _to(dtype, low), _to(dtype, high)
            if near != high:
                tie = (
                    (Fraction(near) + Fraction(high)) / 2
                    if math.isfinite(near) and math.isfinite(high)
                    else _edge(dtype, near, high)
                )
                even = _of_fraction(tie, dtype)
                if even not in (near, high):
                    raise flint.UndecidedError
                side = flint.sign(value - flint.real(tie))
                near = even if side == 0 else high if side > 0 else near
        if near == 0 and dtype.negative_zero and not isinstance(value, flint.fmpq):
            near = math.copysign(0.0, _sign_of_zero(value))
        return near if dtype.infinite or math.isfinite(near) else math.nan

    return answer


SIGN_BITS = 4096
"""The precision that is tried for the sign of a number too small for a format: twice what cancellation takes
next to the least double, 2⁻¹⁰⁷⁴."""


def _sign_of_zero(value: Any) -> int:
    """Return the sign of a number that is too small for a format; 0 if nobody can tell."""
    flint = load()
    try:
        return int(flint.sign(value))
    except flint.UndecidedError:
        if flint.ctx.prec < SIGN_BITS:
            raise
        return 0


def side_of(tie: float) -> Question[int]:
    """Return the question whether the number lies below (−1), on (0) or above (1) another."""
    return lambda value: int(load().sign(value - load().real(tie)))


class Double(NamedTuple):
    """A number as the double nearest to it and what is beyond, in units of that double's last place.

    Attributes:
        head: the nearest double, infinite only from 2¹⁰²⁴ on: below, the largest that is finite.
        rest: what the number has beyond it.
        doubt: how wrong the rest may be.
    """

    head: float
    rest: float
    doubt: float = 0.0


def split(value: Any) -> Double:
    """Answer with the number as a double and a rest."""
    flint = load()
    if isinstance(value, float):
        return Double(value, 0.0)
    head = rounded(FLOAT64)(value)
    if math.isinf(head):
        if flint.sign(value * flint.real(math.copysign(1.0, head)) - flint.fmpq(2) ** 1024) >= 0:
            return Double(head, 0.0)
        head = math.copysign(FLOAT64.largest, head)
    rest = value - flint.real(head)
    units = flint.ball(rest) / flint.arb(math.ulp(head))
    if float(units.rad()) > TOLD:
        raise flint.UndecidedError
    if head == 0 and (below := float(units)):
        head = math.copysign(0.0, below)
    return Double(head, float(units), 0.0 if isinstance(value, flint.fmpq) else TOLD)


TOLD = 1e-9
"""Units in the last place to which a rest is told."""


def _nearest(size: Any) -> Any:
    """Return the whole number nearest to a fraction or an offset of one, the even one of two."""
    flint = load()
    near = flint.fmpq((size if isinstance(size, flint.fmpq) else size.q) + flint.real(0.5)).floor()
    for whole in (near, near - 1):
        low = flint.sign(size - (whole - flint.real(0.5)))
        if flint.sign(size - (whole + flint.real(0.5))) > 0:
            raise flint.UndecidedError
        if low > 0 or (low == 0 and whole % 2 == 0):
            return whole
    raise flint.UndecidedError


def _of_ball(value: Any, count: int) -> str:
    flint = load()
    middle, radius, place = value.mid_rad_10exp(count + 10)
    ends = abs(middle) - radius, abs(middle) + radius
    drop = len(str(ends[0])) - count
    if ends[0] <= 0 or drop < 1:
        raise flint.UndecidedError
    unit = flint.fmpz(10) ** drop
    low, high = ((end + unit // 2) // unit for end in ends)
    if low != high:
        raise flint.UndecidedError
    shown = str(low)
    return laid_out(shown[:count], len(shown) - 1 + drop + int(place), negative=middle < 0)


def laid_out(digits: str, exponent: int, *, negative: bool) -> str:
    """Return the digits d.ddd × 10^exponent as text: in plain notation where that is not much longer."""
    count, tail = len(digits), ""
    if exponent <= -5 or exponent >= count:
        exponent, tail = 0, f"e{exponent:+}" if exponent > 0 else f"e{exponent}"
    if exponent < 0:
        digits, exponent = "0" * -exponent + digits, 0
    text = f"{digits[: exponent + 1]}.{digits[exponent + 1 :] or '0'}{tail}"
    return "-" + text if negative else text


def _to(dtype: DType, number: float) -> float:
    """Return a double rounded to a format; what is too large is ±inf, if the format has it or not.

    To one of positive numbers, only numbers that are known to be positive are rounded.
    """
    number = number if dtype.signed else max(number, math.ulp(0.0))
    near = float(dtype.round(number))
    return math.copysign(math.inf, number) if math.isnan(near) and not math.isnan(number) else near


def _of_fraction(number: Fraction, dtype: DType) -> float:
    """Return a fraction rounded once to a format, by way of a double whose last bit sticks."""
    try:
        near = number.numerator / number.denominator
    except OverflowError:
        near = math.inf if number > 0 else -math.inf
    if dtype.precision < 53 and math.isfinite(near) and (rest := number - Fraction(near)):
        odd = math.ldexp(math.frexp(near)[0], 53) % 2
        near = near if odd else math.nextafter(near, math.inf if rest > 0 else -math.inf)
    return _to(dtype, near)


def _edge(dtype: DType, low: float, high: float) -> Fraction:
    """Return the tie between the largest number of a format and infinity, of which these are two."""
    if {abs(low), abs(high)} != {dtype.largest, math.inf}:
        raise load().UndecidedError
    return (Fraction(dtype.largest) + Fraction(float(dtype.spacing(dtype.largest))) / 2) * (
        1 if low > 0 else -1
    )

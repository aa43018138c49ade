"""The truth: values of textbook definitions, enclosed as narrowly as a question about them takes.

A record's `definition` is run over jets whose coefficients are exact or Arb balls (the extra `exact`), and
the precision is doubled until the enclosure answers the question (Ziv's strategy): all of it rounds to the
same number of a format, has the same N digits, or lies on one side of a tie. No answer is a guess: what the
highest precision leaves open is an `UnsettledError`.
"""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from actcli.core.dtypes import FLOAT64
from actcli.core.spec import Break, KinkRule, Side
from actcli.errors import MissingExtraError, UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.dtypes import DType
    from actcli.core.spec import Entry, Kink, Params, Subject, Tail, VectorActivation

    Number = float | str | Fraction
    """A float means itself, a string its digits."""
    Question = Callable[[Any], "T"]
    """What is asked of a number: a fraction, an offset or a ball that is not exact (`balls.Real`), or a float
    that is no real number."""

T = TypeVar("T")

BITS = 96
"""Beyond the size of the argument: what a first run takes."""
MOST_BITS = 1 << 14
"""More than cancellation costs at the ends of the doubles: x − tanh x loses 2,150 bits at 5e−324, and
αe^x − α − αx with x/α = 1e−632 twice as many."""

_ALONE = Lock()  # flint.ctx.prec belongs to the whole process


def asking(subject: Subject) -> Callable[[Number, Question[Any]], Any]:
    """Return what answers `(x, question)` about f, f′, f″ or ∂f/∂parameter.

    Limits at ±inf, and derivatives at kinks, are those of `evaluate`; outside the domain there is NaN. A
    gradient by a parameter is the one on the right of a kink, and NaN at ±inf.

    Raises:
        MissingExtraError: python-flint is not installed.
        UnsettledError: when asked, the highest precision does not tell.
    """
    flint, function, order = _flint(), subject.function, subject.order
    bound = function.bind(subject.params)
    numbers, domain = _numbers(function, bound), function.domain
    kinks = {kink.at: kink for kink in function.kinks(**bound)} if order else {}
    m, left, right = flint.Namespace(), flint.real(-1), flint.ONE
    if subject.wrt:
        param = function.param(subject.wrt).name
        moved = {**numbers, param: flint.Gradient(numbers[param].a0, flint.ZERO, flint.ONE)}

    def one_sided(x: Any, step: Any = right) -> Any:
        if subject.wrt:
            moving = flint.Gradient(x, step, flint.ZERO)
            return flint.lift(function.definition(m, moving, **moved)).coefficient(2)
        jet = flint.lift(
            function.definition(m, flint.Jet(x, step, flint.ZERO) if order else flint.Jet(x), **numbers)
        )
        return jet.a0 if order == 0 else jet.coefficient(1) * step if order == 1 else jet.coefficient(2) * 2

    def limit(sign: int) -> Any:
        """Return the value so far out that no function here is farther from its limit than 2⁻ᵇⁱᵗˢ."""
        bits = flint.ctx.prec
        far = one_sided(sign * flint.fmpq(2) ** (4 * bits))
        if isinstance(far, flint.Offset):
            return far.q
        return far if isinstance(far, flint.fmpq) else far * (1 + flint.arb(0, flint.arb((1, -bits))))

    def ask(x: Number, question: Question[T]) -> T:
        point: Any = Fraction(x) if isinstance(x, str) else x
        name = f"{subject.name} at x = {x}"
        if abs(point) == math.inf:
            end: Tail = (function.right if point > 0 else function.left)(**bound)
            tail = math.nan if subject.wrt else (end.value, end.slope, end.curvature)[order]
            if not math.isfinite(tail) or tail == int(tail):
                return question(tail)
            return _settle(lambda: [limit(1 if point > 0 else -1)], question, [], name)[0]
        if point not in domain:  # nor is NaN
            return question(math.nan)
        at, kink = flint.real(point), kinks.get(point)

        def run() -> list[Any]:
            if kink:
                return [_at_kink(one_sided(at, left), one_sided(at), kink, subject.kink)]
            return [one_sided(at)]

        try:
            return _settle(run, question, [point], name)[0]
        except ZeroDivisionError:  # a vertical tangent at an end of the domain
            step = flint.real((1 if point == domain.low else -1) * 2.0**-50)
            return question(math.inf * _settle(lambda: [one_sided(at + step)], flint.sign, [point], name)[0])

    return ask


def ask_vector(
    function: VectorActivation, x: Sequence[Number], question: Question[T], params: Params
) -> list[T]:
    """Return the answers to a question about each component of f at the vector x; see `asking`."""
    name = f"{function.name} at {_shown(x)}"
    return _settle(lambda: [v.a0 for v in _vector(function, x, params)], question, x, name)


def ask_jacobian(
    function: VectorActivation, x: Sequence[Number], question: Question[T], params: Params
) -> list[list[T]]:
    """Return the answers about each ∂f_i/∂x_j at the vector x, row i holding those of f_i; see `asking`."""

    def run() -> list[Any]:
        columns = [_vector(function, x, params, j) for j in range(len(x))]
        return [v.coefficient(1) for row in zip(*columns, strict=True) for v in row]

    found = _settle(run, question, x, f"the Jacobian of {function.name} at {_shown(x)}")
    return [found[i : i + len(x)] for i in range(0, len(found), len(x))]


def ask_vector_wrt(
    function: VectorActivation, x: Sequence[Number], param: str, question: Question[T], params: Params
) -> list[T]:
    """Return the answers about each component of ∂f/∂param at the vector x; see `asking`."""
    name = f"∂{function.name}/∂{param} at {_shown(x)}"
    return _settle(lambda: [v.coefficient(1) for v in _vector(function, x, params, param)], question, x, name)


def is_available() -> bool:
    """Return whether python-flint is installed."""
    return _modules() is not None


# questions


def digits(count: int) -> Question[str]:
    """Return the question for the number as text, with so many significant digits."""

    def answer(value: Any) -> str:
        flint = _flint()
        if isinstance(value, float):
            return str(value)
        if not isinstance(value, flint.fmpq):
            try:
                return _of_ball(flint.ball(value), count)
            except flint.UndecidedError:
                if isinstance(value, flint.arb):
                    raise
        if not (sign := flint.sign(value)):
            return "0.0"
        size = value * flint.fmpq(sign)
        place = count - 1 - math.floor(float(flint.ball(size).log() / flint.arb(10).log()))
        while len(shown := str(_nearest(size * flint.fmpq(10) ** place))) != count:
            place += count - len(shown)  # the logarithm was beside a power of ten, or 9.99 became 10.0
        return _laid_out(shown, count - 1 - place, negative=sign < 0)

    return answer


def rounded(dtype: DType) -> Question[float]:
    """Return the question for the number rounded once to a format, ties to even.

    The zero that a number too small for the format becomes need not have its sign.
    """

    def answer(value: Any) -> float:
        flint = _flint()
        if isinstance(value, float):
            return float(dtype.round(value))
        if isinstance(value, flint.fmpq):
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
        return near if dtype.infinite or math.isfinite(near) else math.nan

    return answer


def side_of(tie: float) -> Question[int]:
    """Return the question whether the number lies below (−1), on (0) or above (1) another."""
    return lambda value: int(_flint().sign(value - _flint().real(tie)))


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
    flint = _flint()
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
    return Double(head, float(units), 0.0 if isinstance(value, flint.fmpq) else TOLD)


TOLD = 1e-9
"""Units in the last place to which a rest is told."""


# runs


@lru_cache(maxsize=1)
def _modules() -> Any:
    try:
        from actcli.core import jets  # an extra, and it takes its time to load
    except ImportError:
        return None
    return jets


def _flint() -> Any:
    if _modules() is None:
        raise MissingExtraError("a definition to many digits", "python-flint", "exact")
    return _modules()


def _numbers(function: Entry, bound: Params) -> dict[str, Any]:
    """Return the parameters as a definition takes them: in full, whole numbers as they are."""
    flint = _flint()
    return {
        p.name: int(bound[p.name]) if p.integer else flint.Jet(flint.real(p.full(bound[p.name])))
        for p in function.params
    }


def _vector(
    function: VectorActivation, x: Sequence[Number], params: Params, moving: int | str | None = None
) -> list[Any]:
    """Return the components of f as jets; a component of x, or a parameter, moves."""
    flint = _flint()
    numbers = _numbers(function, function.bind(params))
    point = [flint.Jet(flint.real(v)) for v in x]
    if isinstance(moving, str):
        numbers[moving] = flint.Jet(numbers[moving].a0, flint.ONE, flint.ZERO)
    elif moving is not None:
        point[moving] = flint.Jet(point[moving].a0, flint.ONE, flint.ZERO)
    return [flint.lift(v) for v in function.definition(flint.Namespace(), point, **numbers)]


def _settle(run: Callable[[], list[Any]], question: Question[T], x: Sequence[Any], name: str) -> list[T]:
    """Ask about each number of a run, at doubling precision until all are answered."""
    flint = _flint()
    with _ALONE:
        before, bits = flint.ctx.prec, BITS + max((_size(v) for v in x), default=0)
        answers: dict[int, T] = {}
        try:
            while True:
                flint.ctx.prec = bits
                with suppress(flint.UndecidedError):
                    numbers = run()
                    for i, number in enumerate(numbers):
                        if i not in answers:
                            with suppress(flint.UndecidedError):
                                answers[i] = question(_settled(number))
                    if len(answers) == len(numbers):
                        return [answers[i] for i in range(len(numbers))]
                if bits > MOST_BITS:
                    raise UnsettledError(f"{name} is not told by {bits:,} bits of precision")
                bits *= 2
        finally:
            flint.ctx.prec = before


def _settled(number: Any) -> Any:
    """Return a number as a question takes it: a ball that is exact as the fraction or infinity that it is."""
    flint = _flint()
    if isinstance(number, flint.arb):
        if number.is_exact() and not number.is_nan():
            return number.fmpq() if number.is_finite() else float(number)
        if not number.is_finite():
            raise flint.UndecidedError
    return number


def _size(x: Any) -> int:
    """Return how many bits the whole part of a number has."""
    if isinstance(x, float):
        return max(0, math.frexp(x)[1]) if math.isfinite(x) else 0
    exact = Fraction(x)
    return max(0, exact.numerator.bit_length() - exact.denominator.bit_length())


def _at_kink(left: Any, right: Any, kink: Kink, rule: KinkRule) -> Any:
    flint, jump = _flint(), kink.breaks is Break.VALUE
    difference = left - right
    if isinstance(difference, flint.arb) and difference.mid() == 0:
        return right  # the same computation on both sides: the kink is near, not here
    if rule is KinkRule.NAN:
        return right if not flint.sign(difference) and not jump else math.nan
    if rule is KinkRule.MIN_NORM and not jump:
        signs = flint.sign(left), flint.sign(right)
        if signs[0] * signs[1] < 0:
            return flint.ZERO
        return left if flint.sign(left * signs[0] - right * signs[1]) < 0 else right
    side = kink.side if rule is KinkRule.MIN_NORM else Side(rule.value)
    return left if side is Side.LEFT else right


def _shown(x: Sequence[Number]) -> str:
    return f"({', '.join(map(str, x[:4]))}{', …' if len(x) > 4 else ''})"


# digits and doubles


def _nearest(size: Any) -> Any:
    """Return the whole number nearest to a fraction or an offset of one, the even one of two."""
    flint = _flint()
    near = flint.fmpq((size if isinstance(size, flint.fmpq) else size.q) + flint.real(0.5)).floor()
    for whole in (near, near - 1):
        low = flint.sign(size - (whole - flint.real(0.5)))
        if flint.sign(size - (whole + flint.real(0.5))) > 0:
            raise flint.UndecidedError
        if low > 0 or (low == 0 and whole % 2 == 0):
            return whole
    raise flint.UndecidedError


def _of_ball(value: Any, count: int) -> str:
    flint = _flint()
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
    return _laid_out(shown[:count], len(shown) - 1 + drop + int(place), negative=middle < 0)


def _laid_out(digits: str, exponent: int, *, negative: bool) -> str:
    """Return the digits d.ddd × 10^exponent as text: in plain notation where that is not much longer."""
    count, tail = len(digits), ""
    if exponent <= -5 or exponent >= count:
        exponent, tail = 0, f"e{exponent:+}" if exponent > 0 else f"e{exponent}"
    if exponent < 0:
        digits, exponent = "0" * -exponent + digits, 0
    text = f"{digits[: exponent + 1]}.{digits[exponent + 1 :] or '0'}{tail}"
    return "-" + text if negative else text


def _to(dtype: DType, number: float) -> float:
    """Return a double rounded to a format; what is too large is ±inf, if the format has it or not."""
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
        raise _flint().UndecidedError
    return (Fraction(dtype.largest) + Fraction(float(dtype.spacing(dtype.largest))) / 2) * (
        1 if low > 0 else -1
    )

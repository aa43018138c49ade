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
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from actcli.core.formula.expression import Expression
from actcli.core.questions import Question, load
from actcli.core.spec import Break, KinkRule, Side
from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.spec import Entry, Kink, Params, Subject, Tail, VectorActivation

    Number = float | str | Fraction
    """A float means itself, a string its digits."""

T = TypeVar("T")

BITS = 96
"""What a first run takes, beyond the size of the argument and the digits asked for."""
MOST_BITS = 1 << 14
"""How many more there may be in the end. Cancellation at the ends of the doubles takes less: x − tanh x loses
2,150 bits at 5e−324, and αe^x − α − αx with x/α = 1e−632 twice as many."""

_ALONE = Lock()  # flint.ctx.prec belongs to the whole process


def asking(subject: Subject) -> Callable[[Number, Question[Any]], Any]:
    """Return what answers `(x, question)` about f, f′, f″ or ∂f/∂parameter.

    Limits at ±inf, and derivatives at kinks, are those of `evaluate`; outside the domain there is NaN. A
    gradient by a parameter is the one on the right of a kink, and NaN at ±inf.

    Raises:
        MissingExtraError: python-flint is not installed.
        UnsettledError: when asked, the highest precision does not tell.
    """
    if isinstance(subject.function.definition, (str, Expression)):
        return _asking_formula(subject)
    flint, function, order = load(), subject.function, subject.order
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


def _asking_formula(subject: Subject) -> Callable[[Number, Question[Any]], Any]:
    """Return what answers `(x, question)` about a record that is defined by a formula."""
    load()
    from actcli.core.formula import truth

    function, order, wrt, kink = subject.function, subject.order, subject.wrt, subject.kink
    definition = _expression(function.definition)
    bound = function.bind(subject.params)
    params = {p.name: p.full(bound[p.name]) for p in function.params}
    wrt = function.param(wrt).name if wrt else None
    most = truth.most_bits(definition)

    def ask(x: Number, question: Question[T]) -> T:
        point: Any = Fraction(x) if isinstance(x, str) else x
        name = f"{subject.name} at x = {x}"
        if math.isnan(point):
            return question(math.nan)
        if math.isinf(point):
            from actcli.core.formula.limits import limit

            found = limit(definition, params, 1 if point > 0 else -1, order, wrt)
            return _settle(lambda: [found.enclosed()], question, [], name, most)[0]
        return _settle(
            lambda: [truth.enclose(definition, params, point, order, wrt, kink)],
            question,
            [point],
            name,
            most,
        )[0]

    return ask


def _expression(definition: Any) -> Expression:
    """Return what the text of a formula means."""
    if isinstance(definition, Expression):
        return definition
    from actcli.core.formula.grammar import parse

    parsed: Expression = parse(definition).expression
    return parsed


def ask_vector(
    function: VectorActivation, x: Sequence[Number], question: Question[T], params: Params
) -> list[T]:
    """Return the answers to a question about each component of f at the vector x; see `asking`."""
    name = f"{function.name} at {_shown(x)}"
    return _settle(lambda: [v.a0 for v in _vector(function, x, params)], question, x, name)


def ask_jacobian(
    function: VectorActivation, x: Sequence[Number], question: Question[T], params: Params
) -> list[list[T]]:
    """Return the answers about each ∂f_i/∂x_j at the vector x, row i holding those of f_i; see `asking`.

    Where the derivatives on both sides differ it is the one nearer to 0, as in `evaluate_jacobian`.
    """
    flint = load()

    def entries(step: Any) -> list[Any]:
        columns = [_vector(function, x, params, j, step) for j in range(len(x))]
        return [v.coefficient(1) * step for row in zip(*columns, strict=True) for v in row]

    def run() -> list[Any]:
        return [_nearer_to_0(*sides) for sides in zip(entries(-flint.ONE), entries(flint.ONE), strict=True)]

    found = _settle(run, question, x, f"the Jacobian of {function.name} at {_shown(x)}")
    return [found[i : i + len(x)] for i in range(0, len(found), len(x))]


def ask_vector_wrt(
    function: VectorActivation, x: Sequence[Number], param: str, question: Question[T], params: Params
) -> list[T]:
    """Return the answers about each component of ∂f/∂param at the vector x; see `asking`."""
    name = f"∂{function.name}/∂{param} at {_shown(x)}"
    return _settle(lambda: [v.coefficient(1) for v in _vector(function, x, params, param)], question, x, name)


def _numbers(function: Entry, bound: Params) -> dict[str, Any]:
    """Return the parameters as a definition takes them: in full, whole numbers as they are."""
    flint = load()
    return {
        p.name: int(bound[p.name]) if p.integer else flint.Jet(flint.real(p.full(bound[p.name])))
        for p in function.params
    }


def _vector(
    function: VectorActivation,
    x: Sequence[Number],
    params: Params,
    moving: int | str | None = None,
    step: Any = 1,
) -> list[Any]:
    """Return the components of f as jets; a component of x moves by a step, or a parameter does."""
    flint = load()
    numbers = _numbers(function, function.bind(params))
    point = [flint.Jet(flint.real(v)) for v in x]
    if isinstance(moving, str):
        numbers[moving] = flint.Jet(numbers[moving].a0, flint.ONE, flint.ZERO)
    elif moving is not None:
        point[moving] = flint.Jet(point[moving].a0, flint.ONE * step, flint.ZERO)
    return [flint.lift(v) for v in function.definition(flint.Namespace(), point, **numbers)]


def _settle(
    run: Callable[[], list[Any]],
    question: Question[T],
    x: Sequence[Any],
    name: str,
    most_bits: int = MOST_BITS,
) -> list[T]:
    """Ask about each number of a run, at doubling precision until all are answered."""
    flint = load()
    with _ALONE:
        before, bits = flint.ctx.prec, BITS + getattr(question, "bits", 0) + max(map(_size, x), default=0)
        most = bits + most_bits
        answers: dict[int, T] = {}
        try:
            while True:
                flint.ctx.prec = bits
                with suppress(flint.UndecidedError):
                    numbers = run()
                    for i, number in enumerate(numbers):
                        if i not in answers:
                            with suppress(flint.UndecidedError):
                                answers[i] = question(flint.plain(number))
                    if len(answers) == len(numbers):
                        return [answers[i] for i in range(len(numbers))]
                if bits > most:
                    raise UnsettledError(f"{name} is not told by {bits:,} bits of precision")
                bits *= 2
        finally:
            flint.ctx.prec = before


def _size(x: Any) -> int:
    """Return how many bits the whole part of a number has."""
    if isinstance(x, float):
        return max(0, math.frexp(x)[1]) if math.isfinite(x) else 0
    exact = Fraction(x)
    return max(0, exact.numerator.bit_length() - exact.denominator.bit_length())


def _at_kink(left: Any, right: Any, kink: Kink, rule: KinkRule) -> Any:
    flint, jump = load(), kink.breaks is Break.VALUE
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


def _nearer_to_0(left: Any, right: Any) -> Any:
    """Return an enclosure of what lies nearest to 0 of all between two numbers.

    Nothing need be decided: what may be the same on both sides, beside a kink, is enclosed together.
    """
    flint = load()
    if isinstance(left, flint.fmpq) and left == right:
        return right
    a, b = flint.ball(left), flint.ball(right)
    if a.overlaps(b):
        return right if a.mid() == b.mid() else a.union(b)
    for ball, number in ((a, left), (b, right)):
        if ball.contains(0):
            return number
    if flint.sign(a) != flint.sign(b):
        return flint.ZERO
    return left if abs(a.mid()) < abs(b.mid()) else right


def _shown(x: Sequence[Number]) -> str:
    return f"({', '.join(map(str, x[:4]))}{', …' if len(x) > 4 else ''})"

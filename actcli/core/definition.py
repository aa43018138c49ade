"""The truth: values of textbook definitions, enclosed as narrowly as a question about them takes.

A definition is run over jets whose coefficients are exact or Arb balls (the extra `exact`): a formula by
`formula.truth`, that of a vector function over `jets.Namespace`. The precision is doubled until the enclosure
answers the question (Ziv's strategy): all of it rounds to the same number of a format, has the same N digits,
or lies on one side of a tie. No answer is a guess: what the highest precision leaves open is an
`UnsettledError`.
"""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from actcli.core.formula.expression import Expression
from actcli.core.questions import Question, load
from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.spec import Activation, Entry, Params, Subject, VectorActivation

    Number = float | str | Fraction
    """A float means itself, a string its digits."""

T = TypeVar("T")

BITS = 96
"""What a first run takes, beyond the size of the argument and the digits asked for."""
MOST_BITS = 1 << 14
"""How many more there may be in the end. Cancellation at the ends of the doubles takes less: x − tanh x loses
2,150 bits at 5e−324, and αe^x − α − αx with x/α = 1e−632 twice as many."""


def asking(subject: Subject) -> Callable[[Number, Question[Any]], Any]:
    """Return what answers `(x, question)` about f, f′, f″ or ∂f/∂parameter.

    Limits at ±inf and derivatives at kinks are those of `formula.limits` and `formula.truth`.

    Raises:
        MissingExtraError: python-flint is not installed.
        UnsettledError: when asked, the highest precision does not tell.
    """
    load()
    from actcli.core.formula import truth

    definition, params, wrt = _asked(subject)
    order, kink = subject.order, subject.kink
    most = truth.most_bits(definition)

    @lru_cache
    def at_end(end: int) -> Any:
        from actcli.core.formula.limits import limit

        return limit(definition, params, end, order, wrt).enclosed()

    def ask(x: Number, question: Question[T]) -> T:
        point: Any = Fraction(x) if isinstance(x, str) else x
        name = f"{subject.name} at x = {x}"
        if point != point:
            return question(math.nan)
        if abs(point) == math.inf:
            value = at_end(1 if point > 0 else -1)
            return _settle(lambda: [value], question, [], name, most)[0]

        def settled(form: Expression) -> T:
            def run() -> list[Any]:
                return [truth.enclose(form, params, point, order, wrt, kink)]

            return _settle(run, question, [point], name, most)[0]

        try:
            return settled(definition)
        except UnsettledError:  # more cancels in it than digits are kept
            from actcli.core.formula.rewrite import recognised

            if (form := recognised(definition)) is definition:
                raise
            return settled(form)

    return ask


def is_zero(subject: Subject) -> bool:
    """Return whether f, f′, f″ or ∂f/∂param is known to be 0 wherever it has a value."""
    from actcli.core.formula import identity

    definition, params, wrt = _asked(subject)
    return identity.is_zero(definition, tuple(params.items()), subject.order, wrt)


def _asked(subject: Subject) -> tuple[Expression, dict[str, Fraction], str | None]:
    """Return the definition, the parameters in full, and the name of the one that moves."""
    function, wrt = subject.function, subject.wrt
    bound = function.bind(subject.params)
    params = {p.name: p.full(bound[p.name]) for p in function.params}
    return expression_of(function.definition), params, function.param(wrt).name if wrt else None


@lru_cache(maxsize=256)
def expression_of(definition: str | Expression) -> Expression:
    """Return what the text of a formula means; an expression as it is."""
    if isinstance(definition, Expression):
        return definition
    from actcli.core.formula.grammar import parse

    return parse(definition).expression


def over_jets(function: Activation, x: Any, params: dict[str, Any]) -> Any:
    """Return an elementwise function of a jet, its parameters being jets; where x moves, beside the point."""
    from actcli.core.formula.truth import Run, program_of

    step = load().sign(x.coefficient(1))
    run = Run(program_of(expression_of(function.definition)), x, params, step, beside=step != 0)
    return run.result()


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
    with flint.ALONE:
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

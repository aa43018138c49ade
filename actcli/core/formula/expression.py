"""Expressions: what a formula is once it is read, as a graph of operations on x, parameters and numbers.

An expression is immutable, and equal ones are one object: `a is b` tells whether two are the same, a memory
keyed by expressions computes what they share once, and a derivative shares what it can with its function.
Every reading of an expression is a walk over `in_order`: what stands before an operation comes before it.
There is no recursion: a sum of thousands of terms is as deep as it is long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping


class Op(StrEnum):
    """What an expression does with its arguments.

    SQRT to TRIGAMMA are functions of one argument; LOGISTIC is σ, NORMAL_CDF Φ, NORMAL_PDF φ. LESS to NOT are
    true or false, which these and WHERE alone take. POWER with a whole exponent is a product; with any
    other it is e^(b·ln a), 0 for a = 0 < b, and has no value for a < 0.
    """

    VARIABLE = "x"
    PARAMETER = "parameter"
    NUMBER = "number"
    CONSTANT = "constant"

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    NEGATE = "negate"
    POWER = "^"

    SQRT = "sqrt"
    CBRT = "cbrt"
    EXP = "exp"
    EXPM1 = "expm1"
    LOG = "log"
    LOG1P = "log1p"
    SIN = "sin"
    COS = "cos"
    TAN = "tan"
    SINH = "sinh"
    COSH = "cosh"
    TANH = "tanh"
    SECH = "sech"
    ARCSIN = "arcsin"
    ARCCOS = "arccos"
    ARCTAN = "arctan"
    ARCSINH = "arcsinh"
    ARCCOSH = "arccosh"
    ARCTANH = "arctanh"
    ERF = "erf"
    ERFC = "erfc"
    LOGISTIC = "logistic"
    SOFTPLUS = "softplus"
    NORMAL_CDF = "normal_cdf"
    NORMAL_PDF = "normal_pdf"
    GAMMA = "gamma"
    DIGAMMA = "digamma"
    TRIGAMMA = "trigamma"

    ABS = "abs"
    SIGN = "sign"
    FLOOR = "floor"
    CEIL = "ceil"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"

    LESS = "less"
    LESS_EQUAL = "less_equal"
    EQUAL = "equal"
    AND = "and"
    OR = "or"
    NOT = "not"
    WHERE = "where"


TRUTHS = frozenset({Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.AND, Op.OR, Op.NOT})
"""The operations whose result is true or false."""


class Expression:
    """An operation on expressions; made by `apply`, `number`, `parameter` and `constant`, or by operators.

    Attributes:
        op: what is done.
        args: to what.
        value: the fraction of a NUMBER, the name of a PARAMETER, "pi" or "e" of a CONSTANT; None otherwise.
    """

    __slots__ = ("__weakref__", "args", "op", "value")

    def __init__(self, op: Op, args: tuple[Expression, ...], value: Fraction | str | None) -> None:
        self.op = op
        self.args = args
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        places = {e: i for i, e in enumerate(in_order(self))}
        return _unpickled, (tuple((e.op, tuple(places[a] for a in e.args), e.value) for e in places),)

    def __add__(self, other: Operand) -> Expression:
        return apply(Op.ADD, self, other)

    def __radd__(self, other: Operand) -> Expression:
        return apply(Op.ADD, other, self)

    def __sub__(self, other: Operand) -> Expression:
        return apply(Op.SUBTRACT, self, other)

    def __rsub__(self, other: Operand) -> Expression:
        return apply(Op.SUBTRACT, other, self)

    def __mul__(self, other: Operand) -> Expression:
        return apply(Op.MULTIPLY, self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return apply(Op.MULTIPLY, other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return apply(Op.DIVIDE, self, other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return apply(Op.DIVIDE, other, self)

    def __pow__(self, other: Operand) -> Expression:
        return apply(Op.POWER, self, other)

    def __neg__(self) -> Expression:
        return apply(Op.NEGATE, self)

    def __abs__(self) -> Expression:
        return apply(Op.ABS, self)

    def __repr__(self) -> str:
        texts: dict[Expression, str] = {}
        for e in in_order(self):
            own = e.op if e.value is None else str(e.value)
            texts[e] = f"{own}({', '.join(texts[a] for a in e.args)})" if e.args else own
        return texts[self]


Operand = Expression | Fraction | int

_made: WeakValueDictionary[tuple[Any, ...], Expression] = WeakValueDictionary()
_making = Lock()


def _the(op: Op, args: tuple[Expression, ...], value: Fraction | str | None = None) -> Expression:
    """Return the one expression of this kind; its key holds the arguments by identity, as it itself does."""
    key = op, tuple(map(id, args)), value
    with _making:
        found = _made.get(key)
        if found is None:
            found = _made[key] = Expression(op, args, value)
        return found


def number(value: Fraction | int) -> Expression:
    """Return a number, exactly."""
    return _the(Op.NUMBER, (), Fraction(value))


def parameter(name: str) -> Expression:
    """Return the parameter of that name."""
    return _the(Op.PARAMETER, (), name)


def constant(name: str) -> Expression:
    """Return π ("pi") or e ("e")."""
    return _the(Op.CONSTANT, (), name)


def apply(op: Op, *args: Operand) -> Expression:
    """Return an operation on expressions; fractions and whole numbers count as numbers."""
    return _the(op, tuple(a if isinstance(a, Expression) else number(a) for a in args))


X = _the(Op.VARIABLE, ())
ZERO, ONE = number(0), number(1)


@dataclass(frozen=True, slots=True)
class Definition:
    """A formula as it was typed: `name(x; a=0.1, b) = …`, or an expression in x alone.

    Attributes:
        text: what was typed.
        expression: what it means.
        parameters: the parameters in order, with their defaults; None where a value must be given.
        name: the name of the header, or "".
        note: what a comment after it says, or "".
        place: the file and line that it is from ("defs.txt:3"), or "".
    """

    text: str
    expression: Expression
    parameters: Mapping[str, float | None]
    name: str = ""
    note: str = ""
    place: str = ""


def _unpickled(nodes: tuple[tuple[Op, tuple[int, ...], Fraction | str | None], ...]) -> Expression:
    made: list[Expression] = []
    for op, places, value in nodes:
        made.append(_the(op, tuple(made[i] for i in places), value))
    return made[-1]


def in_order(*roots: Expression, done: Container[Expression] = ()) -> list[Expression]:
    """Return all that expressions are made of, each once, arguments before what is done with them.

    What is done already is left out, and what only that is made of.
    """
    found: dict[Expression, None] = {}
    waiting = list(reversed(roots))
    while waiting:
        e = waiting[-1]
        if e in found or e in done:
            waiting.pop()
        elif missing := [a for a in reversed(e.args) if a not in found and a not in done]:
            waiting += missing
        else:
            found[waiting.pop()] = None
    return list(found)


Change = Callable[[Expression, tuple[Expression, ...]], Expression]


def rebuilt(root: Expression, change: Change) -> Expression:
    """Return an expression with `change(e, args)` in place of every part e, its arguments changed already."""
    new: dict[Expression, Expression] = {}
    for e in in_order(root):
        new[e] = change(e, tuple(new[a] for a in e.args))
    return new[root]


def substituted(root: Expression, values: Mapping[Expression, Expression]) -> Expression:
    """Return an expression with others in place of the leaves that are keys: x, or parameters."""
    if not values:
        return root
    return rebuilt(root, lambda e, args: values.get(e) or (_the(e.op, args, e.value) if args else e))


def parameters(root: Expression) -> tuple[str, ...]:
    """Return the names of the parameters of an expression, in order of their first use."""
    return tuple(str(e.value) for e in in_order(root) if e.op is Op.PARAMETER)


def depends_on(leaf: Expression, roots: Iterable[Expression]) -> frozenset[Expression]:
    """Return those parts of expressions in which a leaf occurs."""
    found: set[Expression] = set()
    for e in in_order(*roots):
        if e is leaf or any(a in found for a in e.args):
            found.add(e)
    return frozenset(found)

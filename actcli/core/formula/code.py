"""A formula as code: f and f′ as functions of NumPy or PyTorch, ready to paste.

The code has the stable forms, computes what is shared once, under a name, and stands alone: a function that a
library lacks is written before it. Where a branch of a choice may overflow or have no value outside its part
of the line, it is computed at another point there, so that no warning is seen and no gradient is lost.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from keyword import iskeyword
from typing import TYPE_CHECKING, NamedTuple

from actcli.core.formula import algebra, derive, write
from actcli.core.formula.algebra import facts
from actcli.core.formula.constants import known
from actcli.core.formula.expression import (
    ONE,
    TRUTHS,
    ZERO,
    Expression,
    Op,
    X,
    apply,
    depends_on,
    in_order,
    number,
    parameter,
    rebuilt,
    substituted,
)
from actcli.core.formula.rewrite import recognised, stable
from actcli.core.formula.slopes import in_pieces, presentable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WIDE = 64
"""Characters beyond which a part of a line gets a name of its own."""
_LINE, _SHORT = 80, 12
"""Characters beyond which a line is broken up, its arguments named that are not short."""


class _Level(IntEnum):
    """How tightly Python's operators bind."""

    RELATION = 0
    OR = 1
    AND = 2
    SUM = 3
    PRODUCT = 4
    SIGN = 5
    POWER = 6
    ATOM = 7


class _Code(NamedTuple):
    """A piece of code, and how tightly it holds together."""

    text: str
    level: _Level

    def at(self, least: _Level) -> str:
        """Return the text, in parentheses where it does not hold together enough."""
        return self.text if self.level >= least else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Library:
    """What code for a library looks like.

    Attributes:
        imports: the line that loads it.
        start: the first line of a function.
        calls: what stands for each operation that is a call, with `{}` for arguments.
        helpers: the functions that it lacks, under the operations that need them.
        ones: an array like x of ones.
        tensors: whether calls take nothing but its own arrays.
    """

    imports: str
    start: str
    calls: Mapping[Op, str]
    helpers: Mapping[Op, str]
    ones: str
    tensors: bool


_NUMPY_HELPERS = {
    Op.LOGISTIC: '''
def _sigmoid(x):
    """Return 1/(1 + e^(-x)) without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1.0 + e)
''',
    Op.SECH: '''
def _sech(x):
    """Return 1/cosh(x) without overflow."""
    e = np.exp(-np.abs(x))
    return 2.0 * e / (1.0 + e * e)
''',
    Op.ERF: "\n_erf = np.vectorize(math.erf, otypes=[float])  # scipy.special.erf is faster\n",
    Op.ERFC: "\n_erfc = np.vectorize(math.erfc, otypes=[float])  # scipy.special.erfc is faster\n",
    Op.NORMAL_CDF: '''
def _normal_cdf(x):
    """Return the normal distribution function; its tail has all digits."""
    return 0.5 * _erfc(-x / math.sqrt(2.0))
''',
    Op.NORMAL_PDF: '''
def _normal_pdf(x):
    """Return the density of the normal distribution."""
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
''',
    Op.GAMMA: """
def _gamma_at(x):
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:  # a pole
        return math.nan


_gamma = np.vectorize(_gamma_at, otypes=[float])
""",
    Op.DIGAMMA: '''
def _digamma(x):
    """Return the derivative of log(gamma(x))."""
    z = np.where(x < 0.5, 1.0 - x, x)
    shift = 0.0
    for n in range(10):  # digamma(z) = digamma(z + 1) - 1/z, up to where the series below is exact
        shift = shift + 1.0 / (z + n)
    z = z + 10.0
    w = 1.0 / (z * z)
    series = w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w * (1 / 132 - w * 691 / 32760)))))
    right = np.log(z) - 0.5 / z - series - shift
    return np.where(x < 0.5, right - math.pi / np.tan(math.pi * np.where(x < 0.5, x, 0.25)), right)
''',
    Op.TRIGAMMA: '''
def _trigamma(x):
    """Return the second derivative of log(gamma(x))."""
    z = np.where(x < 0.5, 1.0 - x, x)
    shift = 0.0
    for n in range(10):  # trigamma(z) = trigamma(z + 1) + 1/z^2, up to where the series below is exact
        shift = shift + 1.0 / ((z + n) * (z + n))
    z = z + 10.0
    w = 1.0 / (z * z)
    series = w * (1 / 6 - w * (1 / 30 - w * (1 / 42 - w * (1 / 30 - w * (5 / 66 - w * 691 / 2730)))))
    right = (1.0 + 0.5 / z + series) / z + shift
    sine = np.sin(math.pi * np.where(x < 0.5, x, 0.5))
    return np.where(x < 0.5, (math.pi / sine) ** 2 - right, right)
''',
}

NUMPY = Library(
    imports="import numpy as np",
    start="x = np.asarray(x, dtype=float)",
    calls={
        Op.SQRT: "np.sqrt({})",
        Op.CBRT: "np.cbrt({})",
        Op.EXP: "np.exp({})",
        Op.EXPM1: "np.expm1({})",
        Op.LOG: "np.log({})",
        Op.LOG1P: "np.log1p({})",
        Op.SIN: "np.sin({})",
        Op.COS: "np.cos({})",
        Op.TAN: "np.tan({})",
        Op.SINH: "np.sinh({})",
        Op.COSH: "np.cosh({})",
        Op.TANH: "np.tanh({})",
        Op.SECH: "_sech({})",
        Op.ARCSIN: "np.arcsin({})",
        Op.ARCCOS: "np.arccos({})",
        Op.ARCTAN: "np.arctan({})",
        Op.ARCSINH: "np.arcsinh({})",
        Op.ARCCOSH: "np.arccosh({})",
        Op.ARCTANH: "np.arctanh({})",
        Op.ERF: "_erf({})",
        Op.ERFC: "_erfc({})",
        Op.LOGISTIC: "_sigmoid({})",
        Op.SOFTPLUS: "np.logaddexp(0.0, {})",
        Op.NORMAL_CDF: "_normal_cdf({})",
        Op.NORMAL_PDF: "_normal_pdf({})",
        Op.GAMMA: "_gamma({})",
        Op.DIGAMMA: "_digamma({})",
        Op.TRIGAMMA: "_trigamma({})",
        Op.ABS: "np.abs({})",
        Op.SIGN: "np.sign({})",
        Op.FLOOR: "np.floor({})",
        Op.CEIL: "np.ceil({})",
        Op.MAXIMUM: "np.maximum({}, {})",
        Op.MINIMUM: "np.minimum({}, {})",
        Op.NOT: "np.logical_not({})",
        Op.WHERE: "np.where({}, {}, {})",
    },
    helpers=_NUMPY_HELPERS,
    ones="np.ones_like(x)",
    tensors=False,
)

_TORCH_HELPERS = {
    Op.CBRT: '''
def _cbrt(x):
    """Return the real cube root."""
    return torch.sign(x) * torch.abs(x) ** (1 / 3)
''',
    Op.SECH: '''
def _sech(x):
    """Return 1/cosh(x) without overflow."""
    e = torch.exp(-torch.abs(x))
    return 2.0 * e / (1.0 + e * e)
''',
    Op.SOFTPLUS: '''
def _softplus(x):
    """Return log(1 + e^x); torch's own is x beyond 20."""
    return torch.logaddexp(x, torch.zeros_like(x))
''',
    Op.NORMAL_CDF: '''
def _normal_cdf(x):
    """Return the normal distribution function; its tail has all digits."""
    return 0.5 * torch.erfc(-x / math.sqrt(2.0))
''',
    Op.NORMAL_PDF: '''
def _normal_pdf(x):
    """Return the density of the normal distribution."""
    return torch.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
''',
    Op.GAMMA: '''
def _gamma(x):
    """Return the gamma function, which is negative where floor(x) is odd and below 0."""
    sign = 1.0 - 2.0 * ((x < 0) & (torch.floor(x) % 2 != 0)).to(x.dtype)
    return sign * torch.exp(torch.lgamma(x))
''',
}

TORCH = Library(
    imports="import torch",
    start="",
    calls={
        **{op: call.replace("np.", "torch.") for op, call in NUMPY.calls.items()},
        Op.CBRT: "_cbrt({})",
        Op.ARCSINH: "torch.asinh({})",
        Op.ARCCOSH: "torch.acosh({})",
        Op.ARCTANH: "torch.atanh({})",
        Op.ERF: "torch.erf({})",
        Op.ERFC: "torch.erfc({})",
        Op.LOGISTIC: "torch.sigmoid({})",
        Op.SOFTPLUS: "_softplus({})",
        Op.DIGAMMA: "torch.digamma({})",
        Op.TRIGAMMA: "torch.polygamma(1, {})",
    },
    helpers=_TORCH_HELPERS,
    ones="torch.ones_like(x)",
    tensors=True,
)

_NEEDS = {Op.NORMAL_CDF: Op.ERFC}
"""What a helper calls that may be a helper too."""


def python(
    expression: Expression,
    name: str,
    parameters: Mapping[str, float | None],
    derivative: Expression | None = None,
    formula: str = "",
) -> str:
    """Return f and f′ as functions of NumPy arrays, `name` and `name_grad`.

    Args:
        expression: f.
        name: what the function is called.
        parameters: its parameters, keywords of the functions, with their defaults; None where there is none.
        derivative: f′, if it is known already.
        formula: f as it was typed, which is shorter where it calls functions.
    """
    return _module(NUMPY, expression, name, parameters, derivative, formula)


def torch(
    expression: Expression,
    name: str,
    parameters: Mapping[str, float | None],
    derivative: Expression | None = None,
    formula: str = "",
) -> str:
    """Return f and f′ as functions of PyTorch tensors, through which gradients flow; as `python`."""
    return _module(TORCH, expression, name, parameters, derivative, formula)


def _module(
    library: Library,
    expression: Expression,
    name: str,
    parameters: Mapping[str, float | None],
    derivative: Expression | None,
    formula: str,
) -> str:
    name = f"{name}_" if name in _TAKEN else name
    if derivative is None:
        derivative = presentable(recognised(derive.derivative(_best(expression), X)))
    spelled = {p: f"{p}_" if p in _TAKEN or p in (name, f"{name}_grad") else p for p in parameters}
    values = {parameter(p): parameter(new) for p, new in spelled.items()}
    expression, derivative = (substituted(e, values) for e in (expression, derivative))
    parameters = {spelled[p]: value for p, value in parameters.items()}
    roots = {name: stable(expression), f"{name}_grad": in_pieces(stable(derivative))}
    said = {
        name: _said(expression, name, formula),
        f"{name}_grad": f"the derivative of {name}, {write.text(derivative, most=_WIDE)}",
    }
    functions = [
        _function(library, what, _guarded(_bounded(_signed(root))), parameters, said[what])
        for what, root in roots.items()
    ]
    if _is_narrower(roots[name], roots[f"{name}_grad"]):
        functions[1] = _within_domain(library, name, functions[1], parameters)
    used = {e.op for root in roots.values() for e in in_order(_signed(root))}
    used |= {_NEEDS[op] for op in used if op in _NEEDS}
    helpers = [source for op, source in library.helpers.items() if op in used]
    body = "\n".join([*helpers, *functions])
    imports = [*(["import math", ""] if "math." in body else []), library.imports]
    return "\n".join(imports) + "\n\n\n" + _spaced(body)


_OF_PART = frozenset({Op.SQRT, Op.POWER, Op.ARCSIN, Op.ARCCOS, Op.ARCCOSH})
"""What has no value for some arguments, nor has its derivative."""


def _is_narrower(f: Expression, slope: Expression) -> bool:
    """Tell whether f may have no value somewhere where f′ has one: ln x and 1/x, √⌊x⌋ and 0."""
    of_part = chosen = False
    for e in in_order(f):
        match e.op:
            case Op.ARCTANH:
                return True
            case Op.LOG | Op.LOG1P:
                if -1 in facts(e.args[0] if e.op is Op.LOG else ONE + e.args[0]).signs:
                    return True
        of_part |= _is_of_part(e)
        chosen |= of_part and e.op in (Op.MAXIMUM, Op.MINIMUM)
    return chosen or (of_part and not any(map(_is_of_part, depends_on(X, [slope]))))


def _is_of_part(e: Expression) -> bool:
    return e.op in _OF_PART and not facts(e).total and (e.op is not Op.POWER or not _is_whole(e.args[1]))


def _within_domain(library: Library, name: str, function: str, parameters: Mapping[str, float | None]) -> str:
    """Return the code of f′, changed so that it is NaN where f is."""
    body, _, result = function.rstrip().rpartition("return ")
    module = library.imports.split()[-1]
    f = f"{name}({', '.join(['x', *(f'{p}={p}' for p in parameters)])})"
    local = "slope_" if "slope" in parameters else "slope"
    return (
        f"{body}{local} = {result}\n    return {module}.where({module}.isnan({f}), {module}.nan, {local})\n"
    )


def _best(expression: Expression) -> Expression:
    """Return the form of f whose derivative is taken: with choices that keep the digits, if f has any."""
    form, found = recognised(expression), stable(expression)
    choices = [sum(e.op is Op.WHERE for e in in_order(root)) for root in (form, found)]
    return found if choices[1] > choices[0] else form


def _spaced(body: str) -> str:
    """Return definitions with two empty lines before each."""
    lines: list[str] = []
    for line in body.strip("\n").splitlines():
        if line and not line.startswith(" ") and lines:
            while lines and not lines[-1]:
                lines.pop()
            if not lines[-1].startswith("@"):
                lines += ["", ""]
        lines.append(line)
    return "\n".join(lines) + "\n"


def _function(
    library: Library,
    name: str,
    root: Expression,
    parameters: Mapping[str, float | None],
    said: str,
) -> str:
    keywords = [p if value is None else f"{p}={value!r}" for p, value in parameters.items()]
    head = f"def {name}({', '.join(['x', *(['*', *keywords] if keywords else [])])}):"
    if said.endswith("…"):
        said = said.partition(",")[0]
    if _has_poles(root):
        lines = [
            f'"""Return {said}.',
            "",
            "At single points, such as poles, it is what the operations give there, and no limit.",
            '"""',
        ]
    else:
        lines = [f'"""Return {said}."""']
    if library.start:
        lines.append(library.start)
    lines += _body(library, root, {name, *parameters})
    return "\n" + "\n".join([head, *(f"    {line}" if line else "" for line in lines)]) + "\n"


def _said(expression: Expression, name: str, formula: str) -> str:
    """Return what f is, in the words of its docstring: the formula as typed where it is long written out."""
    found = write.text(expression, most=_WIDE)
    typed = " ".join(formula.split())
    return found if not found.endswith("…") else typed if 0 < len(typed) <= _WIDE else name


def _has_poles(root: Expression) -> bool:
    """Tell whether an expression may have no value at single points."""
    varying = depends_on(X, [root])
    return any(
        e.op in (Op.TAN, Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA)
        or (e.op is Op.DIVIDE and e.args[1] in varying and 0 in facts(e.args[1]).signs)
        for e in varying
    )


def _signed(root: Expression) -> Expression:
    """Return an expression with sign(u) for −1 where u < 0, else 1: the slope of |u|, which is 0 at 0."""

    def change(e: Expression, args: tuple[Expression, ...]) -> Expression:
        new = apply(e.op, *args) if args else e
        is_sign = new.op is Op.WHERE and new.args[1:] == (number(-1), ONE)
        if is_sign and new.args[0].op is Op.LESS and new.args[0].args[1] is ZERO:
            return apply(Op.SIGN, new.args[0].args[0])
        return new

    return rebuilt(root, change)


# --- products in which one factor overflows where another is 0 -----------------------------------------

_TO_ZERO = {Op.EXP: (-1,), Op.LOGISTIC: (-1,), Op.NORMAL_CDF: (-1,), Op.ERFC: (1,), Op.SECH: (-1, 1)} | {
    Op.NORMAL_PDF: (-1, 1)
}
"""What falls like an exponential, and the signs of the arguments with which it does."""
_SWALLOWED = 100_000
"""e to minus this, times any double, is 0."""


def _bounded(root: Expression) -> Expression:
    """Return an expression with a bound for u in products such as e^u·e^(−e^u), where they are 0 already.

    Without it they would be infinity times 0.
    """

    def change(e: Expression, args: tuple[Expression, ...]) -> Expression:
        new = apply(e.op, *args) if args else e
        if new.op not in (Op.MULTIPLY, Op.DIVIDE):
            return new
        factors = [base for base, above in algebra.factors(new).powers if above]
        for factor in factors:
            u, bound = _vanishing(factor)
            others = in_order(*(other for other in factors if other is not factor))
            if any(_growth(part, u) > 0 for part in others):
                least = {
                    part: apply(part.op, apply(Op.MINIMUM, part.args[0], number(math.ceil(bound * times))))
                    for part in in_order(new)
                    if (times := _growth(part, u)) > 0
                }
                if u in algebra.terms(factor.args[0]):
                    least[factor] = factor  # e^(u − e^u) has no use for a bound on one of them
                new = substituted(new, least)
        return new

    return rebuilt(root, change)


def _growth(e: Expression, u: Expression) -> Fraction:
    """Return the k of e^(k·u), or of that less 1; 0 for what is neither, or has a bound."""
    if u is ZERO or e.op not in (Op.EXP, Op.EXPM1):
        return Fraction(0)
    core, times = algebra.split(e.args[0])
    return times if core is u else Fraction(0)


def _vanishing(factor: Expression) -> tuple[Expression, float]:
    """Return the u and the bound of it beyond which a factor is 0 times anything; (0, 0) if there is none."""
    nothing = ZERO, 0.0
    if factor.op not in _TO_ZERO:
        return nothing
    terms = algebra.terms(factor.args[0])
    grown = [(term, e) for term in terms for e in in_order(term) if e.op in (Op.EXP, Op.EXPM1)]
    if len(grown) != 1:
        return nothing
    ((term, e),) = grown
    inner = e.args[0]
    if inner.op is Op.MINIMUM and inner.args[1].op is Op.NUMBER:  # it has a bound already
        inner = inner.args[0]
    u, times = algebra.split(inner)
    product = algebra.factors(term)
    if times <= 0 or not depends_on(X, [u]) or product.powers.get((e, True)) != 1:
        return nothing
    product.divide(e, 1)
    beside = known(product.expression())
    size = terms[term] * (beside or 0)
    if not size or (1 if size > 0 else -1) not in _TO_ZERO[factor.op]:
        return nothing
    if not terms.keys() <= {term, u, ONE}:  # which could make up for it
        return nothing
    return u, max(1.0, math.log(_SWALLOWED) - math.log(abs(size))) / float(times)


# --- choices whose branches are safe everywhere --------------------------------------------------------

_RISKY = frozenset(
    {
        Op.SQRT, Op.CBRT, Op.EXP, Op.EXPM1, Op.LOG, Op.LOG1P, Op.TAN, Op.SINH, Op.COSH, Op.ARCSIN,
        Op.ARCCOS, Op.ARCCOSH, Op.ARCTANH, Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA,
    }
)  # fmt: skip
"""What may overflow, or have no value or no slope somewhere; quotients and powers besides."""


def _guarded(root: Expression) -> Expression:
    """Return an expression in which a branch that is not taken sees a point at which it would be."""

    def change(e: Expression, args: tuple[Expression, ...]) -> Expression:
        if e.op is not Op.WHERE:
            return apply(e.op, *args) if args else e
        condition, *branches = args
        for i, holds in enumerate((True, False)):
            point = _point(condition, holds=holds)
            if point is not None and _is_risky(branches[i]):
                seen = (X, point) if holds else (point, X)
                branches[i] = substituted(branches[i], {X: apply(Op.WHERE, condition, *seen)})
        return apply(Op.WHERE, condition, *branches)

    return rebuilt(root, change)


def _is_risky(branch: Expression) -> bool:
    varying = depends_on(X, [branch])
    return any(
        e.op in _RISKY
        or (e.op is Op.DIVIDE and e.args[1] in varying)
        or (e.op is Op.POWER and (not _is_whole(e.args[1]) or _fraction(e.args[1]) < 0))
        for e in varying
    )


_SIZE = apply(Op.ABS, X)


def _point(condition: Expression, *, holds: bool) -> Expression | None:
    """Return an x at which a comparison of x or |x| with something holds, or does not; None for others."""
    if condition.op is Op.NOT:
        return _point(condition.args[0], holds=not holds)
    if condition.op in (Op.AND, Op.OR):
        first, second = condition.args
        if holds is (condition.op is Op.OR):
            return _point(first, holds=holds)
        ends = _point(first, holds=holds), _point(second, holds=holds)
        # −1 < x ≤ 1 holds at (−1 + 1)/2 and 1 − 1, between them if both ends are moved by 1.
        return None if ends[0] is None or ends[1] is None else _half(ends[0], ends[1])
    left, right = condition.args
    tested = left if left in (X, _SIZE) else right
    other = right if tested is left else left
    if tested not in (X, _SIZE) or depends_on(X, [other]):
        return None
    if condition.op is Op.EQUAL:
        return other if holds else _moved(other, 1)
    below = (tested is left) is holds
    if tested is _SIZE and below:
        return other * Fraction(1, 2) if other.op is not Op.NUMBER else number(_fraction(other) / 2)
    return _moved(other, -1 if below else 1)


def _moved(e: Expression, by: int) -> Expression:
    """Return a point beside another one; not 0, where many a function has no value."""
    if not isinstance(e.value, Fraction):
        return e + by
    return number(e.value + by or e.value + Fraction(by, 2))


def _half(a: Expression, b: Expression) -> Expression:
    if isinstance(a.value, Fraction) and isinstance(b.value, Fraction):
        return number((a.value + b.value) / 2)
    return (a + b) / 2


def _fraction(e: Expression) -> Fraction:
    if not isinstance(e.value, Fraction):
        raise TypeError(f"{e.op} has no fraction")
    return e.value


def _is_whole(e: Expression) -> bool:
    return isinstance(e.value, Fraction) and e.value.denominator == 1


# --- lines of code -------------------------------------------------------------------------------------

_TAKEN = frozenset({"x", "np", "math", "torch"})
"""Names that a parameter cannot have in code."""

_OPERATORS = {
    Op.ADD: (" + ", _Level.SUM, _Level.SUM, _Level.PRODUCT),
    Op.SUBTRACT: (" - ", _Level.SUM, _Level.SUM, _Level.PRODUCT),
    Op.MULTIPLY: (" * ", _Level.PRODUCT, _Level.PRODUCT, _Level.SIGN),
    Op.DIVIDE: (" / ", _Level.PRODUCT, _Level.PRODUCT, _Level.SIGN),
    Op.POWER: ("**", _Level.POWER, _Level.ATOM, _Level.SIGN),
    Op.LESS: (" < ", _Level.RELATION, _Level.OR, _Level.OR),
    Op.LESS_EQUAL: (" <= ", _Level.RELATION, _Level.OR, _Level.OR),
    Op.EQUAL: (" == ", _Level.RELATION, _Level.OR, _Level.OR),
    Op.AND: (" & ", _Level.AND, _Level.AND, _Level.SUM),
    Op.OR: (" | ", _Level.OR, _Level.OR, _Level.AND),
}
_TURNED = {Op.LESS: " > ", Op.LESS_EQUAL: " >= "}
_ARITHMETIC = frozenset({Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.POWER, Op.NEGATE})

_LOCALS = {
    Op.EXP: "e",
    Op.EXPM1: "em1",
    Op.LOG: "log",
    Op.LOG1P: "log",
    Op.TANH: "t",
    Op.LOGISTIC: "s",
    Op.SOFTPLUS: "sp",
    Op.SQRT: "root",
    Op.CBRT: "root",
    Op.ABS: "size",
    Op.NORMAL_CDF: "cdf",
    Op.NORMAL_PDF: "pdf",
    Op.SIN: "sin",
    Op.COS: "cos",
    Op.WHERE: "piece",
    Op.MAXIMUM: "top",
    Op.MINIMUM: "low",
}
"""What the value of an operation is called; sums, products and the rest are u, v, w, and truths here."""


def _body(library: Library, root: Expression, taken: Iterable[str]) -> list[str]:
    """Return the lines of a function after its docstring."""
    varying = depends_on(X, [root])
    parts = in_order(root)
    plain = _plain(parts)
    uses = Counter(a for e in parts for a in e.args)
    names = _Names({*taken, *_TAKEN})
    lines = _tensors(library, parts, varying)
    codes: dict[Expression, _Code] = {}

    def named(e: Expression, code: _Code) -> _Code:
        local = names.new(_local(e))
        lines.append(f"{local} = {code.text}")
        return _Code(local, _Level.ATOM)

    for e in parts:
        code = _code(library, e, codes, varying, plain)
        for arg in sorted(set(e.args), key=lambda a: -len(codes[a].text)):
            if len(code.text) > _LINE and len(codes[arg].text) > _SHORT:
                codes[arg] = named(arg, codes[arg])
                code = _code(library, e, codes, varying, plain)
        shared = uses[e] > 1 and e.args and e.op is not Op.NEGATE
        if e is not root and (shared or len(code.text) > _WIDE):
            code = named(e, code)
        codes[e] = code
    result = codes[root]
    if root not in varying:
        lines.append(f"return {_constant(library, root, result)}")
    else:
        lines.append(f"return {result.text}")
    return lines


class _Names:
    """Names of locals, each given once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)

    def new(self, wanted: str) -> str:
        """Return a name that is not taken: as wanted, or the next letters, or with a number."""
        letters = "uvw" if wanted == "u" else ""
        options = [*letters, *(f"{wanted}{i or ''}" for i in range(len(self.taken) + 2) if i != 1)]
        name: str = next(n for n in options if n not in self.taken and not iskeyword(n))
        self.taken.add(name)
        return name


def _local(e: Expression) -> str:
    if e.op is Op.WHERE and X in e.args[1:] and any(a is not X and not a.args for a in e.args[1:]):
        return "safe"
    if e.op is Op.POWER and e.args[1].value == 2:
        return "square"
    return "here" if e.op in TRUTHS else _LOCALS.get(e.op, "u")


def _tensors(library: Library, parts: list[Expression], varying: frozenset[Expression]) -> list[str]:
    """Return the lines that make tensors of parameters, where a function is called of one without x."""
    if not library.tensors:
        return []
    called: set[Expression] = set()
    for e in reversed(parts):
        if e not in varying and e.args and (e in called or e.op not in _ARITHMETIC):
            called |= set(e.args)
    found = [str(e.value) for e in parts if e in called and e.op is Op.PARAMETER]
    return [f"{p} = torch.as_tensor({p}, dtype=x.dtype, device=x.device)" for p in found]


def _code(
    library: Library,
    e: Expression,
    codes: Mapping[Expression, _Code],
    varying: frozenset[Expression],
    plain: frozenset[Expression],
) -> _Code:
    """Return the code of an operation on what has code already."""
    match e.op:
        case Op.VARIABLE:
            return _Code("x", _Level.ATOM)
        case Op.PARAMETER:
            return _Code(str(e.value), _Level.ATOM)
        case Op.NUMBER:
            return _number(_fraction(e))
        case Op.CONSTANT:
            return _Code(f"math.{e.value}", _Level.ATOM)
    args = [codes[a] for a in e.args]
    if e in plain and e.op not in _ARITHMETIC:
        if (value := known(e)) is not None:
            return (
                _Code(f"math.{_MATH[e.op]}({args[0].text})", _Level.ATOM) if e.op in _MATH else _number(value)
            )
        if library.tensors and len(args) == 1:
            args = [_Code(f"x.new_tensor({args[0].text})", _Level.ATOM)]
    match e.op:
        case Op.NEGATE:
            return _Code("-" + args[0].at(_Level.SIGN), _Level.SIGN)
        case Op.ADD | Op.SUBTRACT:
            return _sum(e.op, *args)
        case Op.WHERE if not any(a in varying for a in e.args[1:]):
            args[1:] = [_Code(_float(library, a, codes[a]), _Level.ATOM) for a in e.args[1:]]
        case Op.MAXIMUM | Op.MINIMUM if library.tensors:
            if (clamped := _clamped(e, codes, varying)) is not None:
                return clamped
    if e.op in _TURNED and e.args[0] not in varying:
        return _Code(args[1].at(_Level.OR) + _TURNED[e.op] + args[0].at(_Level.OR), _Level.RELATION)
    if e.op in _OPERATORS:
        sign, level, left, right = _OPERATORS[e.op]
        if e.op is Op.POWER and not all(code.text.replace(".", "").isalnum() for code in args):
            sign = " ** "
        return _Code(args[0].at(left) + sign + args[1].at(right), level)
    return _Code(library.calls[e.op].format(*(a.text for a in args)), _Level.ATOM)


def _number(value: Fraction) -> _Code:
    if value < 0:
        code = _number(-value)
        return _Code(f"-{code.text}", min(code.level, _Level.SIGN))
    double = float(value) if value < 2**1023 else math.inf
    exact = Fraction(double) == value if math.isfinite(double) else False
    if value.denominator == 1 and value < 2**53:
        return _Code(str(value), _Level.ATOM)
    if not exact and value.denominator < 1000 > value.numerator and 1000 % value.denominator:
        return _Code(f"{value.numerator} / {value.denominator}", _Level.PRODUCT)
    return _Code(repr(double) if math.isfinite(double) else "math.inf", _Level.ATOM)


_MATH = {Op.SQRT: "sqrt", Op.EXP: "exp", Op.LOG: "log"}
"""What Python's own functions do with constants; others are worked out."""


def _plain(parts: Iterable[Expression]) -> frozenset[Expression]:
    """Return those parts in which there is neither x nor a parameter."""
    found: set[Expression] = set()
    for e in parts:
        if e.op not in (Op.VARIABLE, Op.PARAMETER) and all(a in found for a in e.args):
            found.add(e)
    return frozenset(found)


def _sum(op: Op, left: _Code, right: _Code) -> _Code:
    """Return a sum, or the difference that it is."""
    minus = right.text.startswith("-") and right.level > _Level.SUM
    if op is Op.ADD and not minus and left.text.startswith("-") and left.level > _Level.SUM:
        left, right, minus = right, left, True
    positive = _Code(right.text[1:], right.level) if minus else right
    sign = " - " if minus is (op is Op.ADD) else " + "
    return _Code(left.at(_Level.SUM) + sign + positive.at(_Level.PRODUCT), _Level.SUM)


def _float(library: Library, e: Expression, code: _Code) -> str:
    """Return a number of a choice between numbers, so that the result is of the type of x."""
    if library.tensors:
        return _constant(library, e, code)
    return f"{code.text}.0" if code.text.removeprefix("-").isdigit() else code.text


def _constant(library: Library, e: Expression, code: _Code) -> str:
    """Return an array like x whose every entry is a number, which may be a tensor itself."""
    if e is ZERO:
        return library.ones.replace("ones", "zeros")
    return library.ones if e is ONE else f"{code.at(_Level.PRODUCT)} * {library.ones}"


def _clamped(
    e: Expression, codes: Mapping[Expression, _Code], varying: frozenset[Expression]
) -> _Code | None:
    """Return the greater or less of something and a number, as torch has it: with slope 0 for relu at 0."""
    for value, limit in (e.args, e.args[::-1]):
        if limit not in varying:
            if limit is ZERO and e.op is Op.MAXIMUM:
                return _Code(f"torch.relu({codes[value].text})", _Level.ATOM)
            word = "min" if e.op is Op.MAXIMUM else "max"
            return _Code(f"torch.clamp({codes[value].text}, {word}={codes[limit].text})", _Level.ATOM)
    return None

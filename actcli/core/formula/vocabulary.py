"""What the names in a formula mean: operations, functions made of them, and those of the catalogue.

To add a function that formulas may call, add its definition to `DEFINED`; one that is an operation of its own
is a line of `OPERATIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING

from actcli.core import registry
from actcli.core.formula.constants import known
from actcli.core.formula.expression import (
    ONE,
    TRUTHS,
    ZERO,
    Expression,
    Op,
    X,
    apply,
    number,
    parameter,
    substituted,
)
from actcli.core.spec import Activation
from actcli.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from actcli.core.spec import Entry

OPERATIONS = {
    name: op
    for op, names in {
        Op.EXP: "exp exponential",
        Op.EXPM1: "expm1",
        Op.LOG: "log ln",
        Op.LOG1P: "log1p",
        Op.SQRT: "sqrt",
        Op.CBRT: "cbrt",
        Op.SIN: "sin sine",
        Op.COS: "cos",
        Op.TAN: "tan",
        Op.SINH: "sinh",
        Op.COSH: "cosh",
        Op.TANH: "tanh",
        Op.SECH: "sech",
        Op.ARCSIN: "arcsin asin",
        Op.ARCCOS: "arccos acos",
        Op.ARCTAN: "arctan atan",
        Op.ARCSINH: "arcsinh asinh arsinh",
        Op.ARCCOSH: "arccosh acosh arcosh",
        Op.ARCTANH: "arctanh atanh artanh",
        Op.ERF: "erf",
        Op.ERFC: "erfc",
        Op.LOGISTIC: "sigmoid logistic expit sigma",
        Op.SOFTPLUS: "softplus",
        Op.NORMAL_CDF: "Phi ndtr normcdf normal_cdf",
        Op.NORMAL_PDF: "phi normpdf normal_pdf",
        Op.GAMMA: "gamma Gamma tgamma",
        Op.DIGAMMA: "digamma psi",
        Op.TRIGAMMA: "trigamma",
        Op.ABS: "abs fabs absolute",
        Op.SIGN: "sign sgn",
        Op.FLOOR: "floor",
        Op.CEIL: "ceil",
    }.items()
    for name in names.split()
}
"""The functions of one argument that are operations, under the names of the field, Python and NumPy."""

FOLDED = {
    "max": Op.MAXIMUM,
    "maximum": Op.MAXIMUM,
    "fmax": Op.MAXIMUM,
    "min": Op.MINIMUM,
    "minimum": Op.MINIMUM,
    "fmin": Op.MINIMUM,
}
"""The functions of two arguments or more."""

DEFINED = {
    name: definition
    for names, definition in {
        "exp2": "(x) = 2^x",
        "log": "(x; base) = log(x)/log(base)",
        "log2": "(x) = log(x)/log(2)",
        "log10": "(x) = log(x)/log(10)",
        "pow power": "(x; y) = x^y",
        "square": "(x) = x^2",
        "reciprocal": "(x) = 1/x",
        "rsqrt": "(x) = 1/sqrt(x)",
        "hypot": "(x; y) = sqrt(x^2 + y^2)",
        "logaddexp": "(x; y) = y + softplus(x - y)",
        "logit": "(x) = log(x/(1 - x))",
        "sec": "(x) = 1/cos(x)",
        "csc": "(x) = 1/sin(x)",
        "cot": "(x) = 1/tan(x)",
        "csch": "(x) = 1/sinh(x)",
        "coth": "(x) = 1/tanh(x)",
        "clip clamp": "(x; lo, hi) = min(max(x, lo), hi)",
        "trunc fix": "(x) = x < 0 ? ceil(x) : floor(x)",
        # To the nearest, ties to even: half of an even number is whole.
        "round rint": "(x) = let up = floor(x + 1/2); up == x + 1/2 and floor(up/2) != up/2 ? up - 1 : up",
        "mod": "(x; y) = x - y*floor(x/y)",  # the sign of y, as Python's % and NumPy's mod
        # With one argument, or a threshold by its name, it is the catalogue's.
        "heaviside": "(x; value) = x > 0 ? 1 : x < 0 ? 0 : value",
    }.items()
    for name in names.split()
}
"""The functions that are made of others: what a header says after the name, and the formula."""

REFUSED = {
    "sinc": "write sin(pi*x)/(pi*x), which is NumPy's, or sin(x)/x",
    "lambertw": "there is none",
    "random": "a formula has no random numbers",
    "sum": "write the sum out",
    "prod": "write the product out",
    "diff": "grad gives the derivatives of a formula",
    "int": "write floor, ceil, trunc or round",
    "float": "numbers are real already",
    **dict.fromkeys(("lgamma", "gammaln", "loggamma"), "write log(|gamma(x)|)"),
    **dict.fromkeys(("atan2", "arctan2"), "write arctan(y/x), which it is for x > 0"),
    **dict.fromkeys(("IF", "iif", "ifelse", "piecewise"), "write x > 0 ? a : b, or where(x > 0, a, b)"),
}
"""Names that someone may call, and what to do instead."""

CONSTANTS = frozenset({"pi", "e"})

NO_NUMBERS = {
    "i": "formulas are of real numbers",
    "j": "formulas are of real numbers",
    "inf": "a formula is made of finite numbers",
    "infinity": "a formula is made of finite numbers",
    "∞": "a formula is made of finite numbers",
    "nan": "a formula has no value where an operation has none, as log(-1)",
    "true": "a condition is a comparison: x > 0",
    "false": "a condition is a comparison: x > 0",
}
"""Words that stand for what no formula has, in any case; why, or what to write."""

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambd", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega",
}  # fmt: skip
GREEK |= {small.upper(): name.capitalize() for small, name in GREEK.items()}
GREEK |= {
    "Λ": "Lambda",
    "ς": "sigma",
    "ϵ": "epsilon",
    "ϑ": "theta",
    "ϕ": "phi",
    "ϖ": "pi",
    "ϱ": "rho",
    "µ": "mu",
}
"""The names that Greek letters stand for: a parameter is an option, `--alpha`. Lambda is spelled as the
catalogue's parameters have it, without the letter that would make it a word of Python's."""


def numeric(e: Expression) -> Expression:
    """Return an expression as a number: 1 for true, 0 for false."""
    return apply(Op.WHERE, e, ONE, ZERO) if e.op in TRUTHS else e


def is_function(name: str) -> bool:
    """Return whether formulas may call something of that name."""
    return (
        name in OPERATIONS
        or name in FOLDED
        or name in DEFINED
        or name == "where"
        or registry.find(name) is not None
    )


def may_be_a_parameter(name: str) -> bool:
    """Return whether a word that is not called is a parameter although a function has the same name.

    These are small Greek letters and the names of the catalogue's parameters: gamma, phi, threshold.
    """
    return name in GREEK.values() or any(
        name == p.name or name in p.aliases for entry in registry.entries() for p in entry.params
    )


def instead_of(name: str, others: Iterable[str]) -> str:
    """Return a hint for a name that is called and is no function: what to write, the nearest one, or ''.

    The nearest is one of this vocabulary, of the catalogue, or of others.
    """
    if name in REFUSED:
        return REFUSED[name]
    if len(name) == 1 or may_be_a_parameter(name):
        return ""
    catalogue = (n for e in registry.elementwise() for n in (e.name, *e.aliases))
    return nearest(name, [*catalogue, *OPERATIONS, *FOLDED, *DEFINED, "where", *others])


_LONGEST_PRODUCT = 4
"""The letters of a name that may have been meant as a product: `abx`."""


def spaced(name: str, others: Sequence[str] = ()) -> str:
    """Return the product or the call that a parameter's name may have been meant as, or ''.

    Args:
        name: a parameter that has no value.
        others: the names of the formula's other parameters.

    >>> spaced("ax"), spaced("ab", ["a", "b"]), spaced("sinx"), spaced("bias")
    ('a*x', 'a*b', 'sin(x)', '')
    """
    letters = {"x", *others}
    if name.endswith("x") and is_function(name[:-1]):
        return f"{name[:-1]}(x)"
    if not 2 <= len(name) <= _LONGEST_PRODUCT or not name.isalpha():
        return ""
    if set(name) <= letters or (len(name) == 2 and "x" in name):
        return "*".join(name)
    return ""


def greek(name: str) -> tuple[str, ...]:
    """Return what a name may be spelled as with a Greek letter.

    >>> greek("alpha2"), greek("a")
    (('α2',), ())
    """
    word = name.rstrip("0123456789")
    return tuple(letter + name[len(word) :] for letter, spelled in GREEK.items() if spelled == word)


@dataclass(frozen=True, slots=True)
class Callee:
    """A function that is called in a formula: an expression in x and parameters.

    Attributes:
        name: what it is called.
        expression: what it computes.
        defaults: its parameters in order, with their defaults; None where one must be given.
        entry: its record, if it is in the catalogue.
    """

    name: str
    expression: Expression
    defaults: Mapping[str, Fraction | None]
    entry: Entry | None = None

    def takes(self, args: Sequence[Expression], keywords: Mapping[str, Expression]) -> bool:
        """Return whether so many arguments and these keywords go with its parameters."""
        names = list(self.defaults)
        given = [*names[: len(args) - 1], *keywords]
        return (
            1 <= len(args) <= 1 + len(names)
            and set(given) <= set(names)
            and all(name in given or default is not None for name, default in self.defaults.items())
        )

    def of(self, args: Sequence[Expression], keywords: Mapping[str, Expression]) -> Expression:
        """Return its expression with arguments in place of x and its parameters.

        Raises:
            UsageError: they do not go with its parameters, or a number is outside a parameter's domain.
        """
        names = list(self.defaults)
        if not 1 <= len(args) <= 1 + len(names):
            raise UsageError(
                f"{self.name} takes {_count(1, 1 + len(names))}, not {len(args)}", self._usage(names)
            )
        given = dict(zip(names, args[1:], strict=False))
        for word, value in keywords.items():
            name = self._parameter(word)
            if name in given:
                raise UsageError(f"{self.name}: {name} is given twice")
            given[name] = value
        if self.entry:
            _check(self.entry, given)
        bound = {X: args[0]}
        for name, default in self.defaults.items():
            if name in given:
                bound[parameter(name)] = given[name]
            elif default is None:
                raise UsageError(f"{self.name} needs {name}", self._usage(names))
            else:
                bound[parameter(name)] = number(default)
        return substituted(self.expression, bound)

    def _parameter(self, word: str) -> str:
        if self.entry:
            return self.entry.param("lambda" if word == "lambd" else word).name
        if word not in self.defaults:
            known = ", ".join(self.defaults)
            hint = nearest(word, self.defaults) or (f"it has {known}" if known else "it has none")
            raise UsageError(f"{self.name} has no parameter {word!r}", hint)
        return word

    def _usage(self, names: Sequence[str]) -> str:
        return f"write {self.name}({', '.join(('x', *names))})"


def _check(entry: Entry, given: Mapping[str, Expression]) -> None:
    """Raise `UsageError` if a function of the catalogue cannot have the numbers among its parameters."""
    found = {name: known(e) for name, e in given.items()}
    try:
        numbers = {name: float(value) for name, value in found.items() if value is not None}
    except OverflowError:
        raise UsageError(f"a parameter of {entry.name} is too large") from None
    if len(numbers) == len(given):
        entry.bind(numbers)  # together, too, they are what it can have
    for name, value in numbers.items():
        entry.param(name).check(value)


def operation(name: str, args: Sequence[Expression], keywords: Mapping[str, Expression]) -> Expression | None:
    """Return an operation on arguments, and None if there is none of that name for so many.

    Raises:
        UsageError: `where` or `max` of the wrong arguments.
    """
    if name == "where":
        if len(args) != 3 or keywords:
            raise UsageError(f"where takes 3 arguments, not {len(args)}", "write where(x > 0, a, b)")
        if args[0].op not in TRUTHS:
            raise UsageError("where needs a condition first", "write where(x > 0, a, b)")
        return apply(Op.WHERE, args[0], numeric(args[1]), numeric(args[2]))
    numbers = [numeric(a) for a in args]
    if name in FOLDED:
        if len(args) < 2 or keywords:
            raise UsageError(f"{name} takes 2 arguments or more", f"write {name}(0, x)")
        return reduce(partial(apply, FOLDED[name]), numbers)
    if len(args) == 1 and not keywords and name in OPERATIONS:
        return apply(OPERATIONS[name], *numbers)
    return None


def catalogued(name: str) -> Activation | None:
    """Return the elementwise function of the catalogue under a name or alias, or None."""
    entry = registry.find(name)
    return entry if isinstance(entry, Activation) else None


def formula_of(entry: Activation) -> str:
    """Return the definition of a function of the catalogue, a formula in x and its parameters."""
    return str(entry.definition)


def _count(least: int, most: int) -> str:
    if least == most:
        return f"{least} argument" + "s" * (least > 1)
    return f"{least} to {most} arguments"

"""The formula of a function as text, as LaTeX and as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.core.definition import expression_of
from actcli.core.derived import LONGEST
from actcli.core.formula import code, write
from actcli.core.formula.expression import number, parameter, substituted
from actcli.core.formula.rewrite import recognised
from actcli.core.formula.slopes import slope_of
from actcli.core.spec import Activation
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.formula.expression import Expression
    from actcli.core.spec import Entry, Params

LONGEST_LATEX = 100_000


def as_text(function: Activation) -> str:
    """Return f as plain text; what is too long ends in "…"."""
    return write.text(_formula(function), most=LONGEST)


def as_latex(function: Entry, params: Params) -> str:
    """Return f and f′ in LaTeX, an equation a line, the parameters that are given as numbers.

    Raises:
        UsageError: it is a function of a vector, or they are too long.
    """
    f = _formula(function)
    f = substituted(
        f, {parameter(p.name): number(p.full(params[p.name])) for p in function.params if p.name in params}
    )
    called = function.name.replace("_", r"\_")
    name = called if len(called) == 1 else rf"\operatorname{{{called}}}"
    symbols = {p.name: p.latex for p in function.params if p.latex != p.name}
    lines = []
    for left, root in ((name, f), (f"{name}'", slope_of(f))):
        right = write.latex(root, symbols, most=LONGEST_LATEX)
        if len(right) > LONGEST_LATEX:
            raise UsageError(f"the formula has more than {LONGEST_LATEX:,} characters in LaTeX")
        lines.append(f"{left}(x) = {right}\n")
    return "".join(lines)


def as_python(function: Entry, params: Params) -> str:
    """Return f and f′ as functions of NumPy; parameters that are given are their defaults.

    Raises:
        UsageError: it is a function of a vector.
    """
    return _code(code.python, function, params)


def as_torch(function: Entry, params: Params) -> str:
    """Return f and f′ as functions of PyTorch, as `as_python` does.

    Raises:
        UsageError: it is a function of a vector.
    """
    return _code(code.torch, function, params)


def _code(write_it: Callable[..., str], function: Entry, params: Params) -> str:
    expression = _formula(function)
    return write_it(expression, function.name, _defaults(function, params), formula=function.formula)


def _formula(function: Entry) -> Expression:
    if not isinstance(function, Activation):
        raise UsageError(
            f"{function.name} takes a vector", "--latex, --python and --torch write functions of a number"
        )
    definition = expression_of(function.definition)
    # What is typed stays as it is; the catalogue's definitions are made to be true, not to be read.
    return recognised(definition) if isinstance(function.definition, str) else definition


def _defaults(function: Entry, params: Params) -> dict[str, float | None]:
    return {p.name: params.get(p.name, None if p.required else p.default) for p in function.params}

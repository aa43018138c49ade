"""What follows from the one formula of a function: f, f′, f″, ∂/∂parameter, kinks, limits, texts.

A record says what its function is by `definition`, and may say more: a formula over the arithmetic, which
overrides the derived one for speed; kinks, limits and the range where they are known in full; a text that
reads better. The rest is found here when something asks for it, and only then is `core.formula` imported.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actcli.core.registry import register
from actcli.core.spec import REALS, Activation, Side, unsaid
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from actcli.core.formula.expression import Expression
    from actcli.core.spec import Entry, Formula, Kink, Tail

    Numbers = tuple[tuple[str, Fraction], ...]

LARGE = 600
"""Operations of a formula beyond which simplifying its derivative takes a second and more."""

LONGEST = 2_000
"""Characters of a text at most; what is shared in an expression may make it long beyond all memory."""


def add(entry: Activation) -> Activation:
    """Enter an elementwise function into the catalogue, completed, and return it."""
    return register(completed(entry))


def completed(entry: Activation) -> Activation:
    """Return a record with what it does not say of its formula as text, its kinks, limits and range.

    Kinks that are found are for pictures: what a derivative is where a comparison ties is asked of the
    definition. A range is not found, and is all of ℝ.
    """
    definition = entry.definition

    def numbers(params: Mapping[str, float]) -> Numbers:
        return tuple(_in_full(entry, params).items())

    found: dict[str, Any] = {}
    if not entry.formula:
        found["formula"] = str(definition)
    if entry.kinks is unsaid:
        found["kinks"] = lambda **params: _kinks(definition, numbers(params))
        found["exact_kinks"] = False
    if entry.left is unsaid:
        found["left"] = lambda **params: _tail(definition, numbers(params), Side.LEFT)
    if entry.right is unsaid:
        found["right"] = lambda **params: _tail(definition, numbers(params), Side.RIGHT)
    if entry.range is unsaid:
        found["range"] = lambda **_params: REALS
    return replace(entry, **found)


def formula_of(function: Activation, order: int = 0, wrt: str | None = None) -> Formula:
    """Return the formula of f (order 0), f′ (1), f″ (2) or ∂f/∂wrt: the record's own, or the derived one."""
    return function.override(order, wrt) or _derived(function, order, wrt)


@lru_cache(maxsize=1024)
def _derived(function: Activation, order: int, wrt: str | None) -> Formula:
    from actcli.core.formula.expression import X, parameter
    from actcli.core.formula.replay import formula

    apply = formula(_expression(function), *([X] * order if wrt is None else [parameter(wrt)]))

    def in_full(m: Any, x: Any, /, **params: float) -> Any:
        return apply(m, x, **_in_full(function, params))

    return in_full


def is_large(entry: Activation) -> bool:
    """Return whether a formula has so many operations that its derivative is not simplified."""
    from actcli.core.formula.expression import in_order

    return len(in_order(_expression(entry))) > LARGE


def derivative_text(entry: Entry) -> str:
    """Return f′, or the Jacobian of a vector function, as plain text; "" if it is not known (of trigamma).

    What is too long ends in "…"; that of a formula of very many operations is not simplified.
    """
    if entry.derivative or not isinstance(entry, Activation):
        return entry.derivative
    if is_large(entry):
        return "not found: the formula is too long"
    from actcli.core.formula.slopes import slope_of
    from actcli.core.formula.write import text

    try:
        return text(slope_of(_expression(entry)), most=LONGEST)
    except UsageError:
        return ""


def latex(entry: Entry, most: int = LONGEST) -> str:
    """Return f in mathtext, without dollar signs; what has more than `most` characters ends in "…"."""
    if entry.latex or not isinstance(entry, Activation):
        return entry.latex
    from actcli.core.formula.rewrite import recognised
    from actcli.core.formula.write import mathtext

    root, symbols = _expression(entry), {p.name: p.latex for p in entry.params if p.latex != p.name}
    return mathtext(recognised(root) if isinstance(entry.definition, str) else root, symbols, most=most)


def _in_full(entry: Entry, params: Mapping[str, float]) -> dict[str, Fraction]:
    return {name: entry.param(name).full(value) for name, value in params.items()}


def _expression(function: Activation) -> Expression:
    from actcli.core.definition import expression_of

    return expression_of(function.definition)


@lru_cache(maxsize=64)
def _kinks(definition: Any, params: Numbers) -> tuple[Kink, ...]:
    from actcli.core.definition import expression_of
    from actcli.core.formula.kinks import kinks
    from actcli.core.formula.replay import bound

    return kinks(bound(expression_of(definition), dict(params)))


@lru_cache(maxsize=64)
def _tail(definition: Any, params: Numbers, end: Side) -> Tail:
    from actcli.core.definition import expression_of
    from actcli.core.formula.limits import tail

    return tail(expression_of(definition), dict(params), end)


def gradient_limits(function: Activation, params: Mapping[str, float], wrt: str) -> tuple[float, float]:
    """Return what ∂f/∂wrt tends to at −∞ and ∞."""
    from actcli.core.formula.limits import gradient

    root, numbers = _expression(function), _in_full(function, params)
    left, right = (gradient(root, numbers, side, wrt) for side in (Side.LEFT, Side.RIGHT))
    return left, right

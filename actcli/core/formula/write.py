"""Expressions as people write them: plain text for a terminal, LaTeX, mathtext, and the text of a formula.

The first three collect signs, put numbers before x and x before functions, and write what is divided by as
one fraction; the last keeps an expression as it is, so that the grammar reads the same one again. All are
written from the top down over a stack of what is still to be written, so that depth does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

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
    rebuilt,
)


class _Level(IntEnum):
    """How tightly what is written holds together; in a place that asks for more it stands in parentheses."""

    PIECES = 0
    OR = 1
    AND = 2
    RELATION = 3
    SUM = 4
    PRODUCT = 5
    POWER = 6
    ATOM = 7


class _Product(NamedTuple):
    """Factors over factors; either may be empty."""

    over: tuple[Expression, ...]
    under: tuple[Expression, ...]


class _Part(NamedTuple):
    """Something still to be written, in a place that asks for a level; `small` in an exponent."""

    what: Expression | _Product
    least: _Level
    small: bool = False


_Items = list["str | _Part"]
_Layout = Callable[[_Part], tuple[_Level, _Items]]
"""What a layout gives for a part: how tightly it holds together, and the strings and parts it is made of."""


_SIGNS = (number(-1), ONE)
_ENDLESS = 2**62
_MANY = 20_000
"""Terms, factors or arguments in a row at most: where one is shared, they may double without end."""


def text(expression: Expression, *, most: int = _ENDLESS) -> str:
    """Return an expression as plain text: x·tanh(ln(1 + e^x)).

    What is shared is written out wherever it stands, so that a small expression may be long beyond all
    memory: what exceeds `most` characters is cut there and ends in "…"; so in the functions below.
    """
    root = _spelled_out(expression)
    return _written(
        root, _Layouts(_TEXT, {}, depends_on(X, [root]), frozenset()).of, lambda _part: ("(", ")"), most
    )


def latex(expression: Expression, symbols: Mapping[str, str] | None = None, *, most: int = _ENDLESS) -> str:
    """Return an expression in LaTeX with amsmath; `symbols` has those of parameters that have other ones."""
    return _tex(expression, _LATEX, symbols, most)


def mathtext(
    expression: Expression, symbols: Mapping[str, str] | None = None, *, most: int = _ENDLESS
) -> str:
    """Return an expression in the part of LaTeX that matplotlib draws, which has no cases."""
    return _tex(expression, _MATHTEXT, symbols, most)


def source(expression: Expression, *, most: int = _ENDLESS) -> str:
    """Return an expression as a formula that is read as this same expression."""
    return _written(expression, _source_layout, lambda _part: ("(", ")"), most)


def _tex(expression: Expression, style: _Style, symbols: Mapping[str, str] | None, most: int) -> str:
    root = _spelled_out(expression)
    layouts = _Layouts(style, symbols or {}, depends_on(X, [root]), _tall(root))
    return _written(root, layouts.of, layouts.parentheses, most)


def _written(root: Expression, layout: _Layout, around: Callable[[_Part], tuple[str, str]], most: int) -> str:
    done: list[str] = []
    length = 0
    waiting: _Items = [_Part(root, _Level.PIECES)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            done.append(part)
            length += len(part)
            if length > most:
                return "".join(done)[:most] + "…"
            continue
        level, items = layout(part)
        if level < part.least:
            opening, closing = around(part)
            items = [opening, *items, closing]
        waiting += reversed(items)
    return "".join(done)


def _spelled_out(root: Expression) -> Expression:
    """Return an expression with sums, powers and roots in place of the operations that stand for them.

    What a step is where it jumps is left open: the derivative of |u| is written sign(u).
    """

    def change(e: Expression, args: tuple[Expression, ...]) -> Expression:
        match e.op:
            case Op.EXPM1:
                return apply(Op.EXP, args[0]) - 1
            case Op.LOG1P:
                return apply(Op.LOG, ONE + args[0])
            case Op.SOFTPLUS:
                return apply(Op.LOG, ONE + apply(Op.EXP, args[0]))
            case Op.POWER if args[0].op is Op.CONSTANT and args[0].value == "e":
                return apply(Op.EXP, args[1])
            case Op.POWER if args[0].op is Op.SQRT and _is_even(args[1]):
                return _power(args[0].args[0], _fraction(args[1]) / 2)
            case Op.WHERE if args[1:] == _SIGNS and args[0].op is Op.LESS and args[0].args[1] is ZERO:
                return apply(Op.SIGN, args[0].args[0])
            case Op.POWER if args[1].value == Fraction(1, 2):
                return apply(Op.SQRT, args[0])
            case Op.POWER if args[1].value == Fraction(-1, 2):
                return ONE / apply(Op.SQRT, args[0])
            case Op.NUMBER | Op.PARAMETER | Op.CONSTANT | Op.VARIABLE:
                return e
            case _:
                return apply(e.op, *args)

    return rebuilt(root, change)


# --- numbers and names ---------------------------------------------------------------------------------


class _Decimal(NamedTuple):
    """A number that is not negative: digits · 10^exponent, without zeros at the end."""

    digits: int
    exponent: int


_LONG = 17  # digits that a double needs at most: a fraction that has more and is a double was meant as one
_WHOLE = 22  # digits up to which whole numbers are written in full


def _decimal(value: Fraction, *, exact: bool = False) -> _Decimal | None:
    """Return a number as a decimal, or None if it has no end.

    Unless it is to be exact, a double of many digits is the shortest decimal that reads back to it.
    """
    below, twos, fives = value.denominator, 0, 0
    twos = (below & -below).bit_length() - 1
    below >>= twos
    while below % 5 == 0:
        below //= 5
        fives += 1
    if below != 1:
        return None
    places = max(twos, fives)
    digits, exponent = value.numerator * 10**places // value.denominator, -places
    many = digits >= 10 ** (_LONG if places else _WHOLE)
    if many and not exact and value == (near := _double(value)):
        mantissa, _, power = f"{near!r}".replace("e", " ").partition(" ")
        whole, _, rest = mantissa.partition(".")
        digits, exponent = int(whole + rest), int(power or 0) - len(rest)
    while digits and digits % 10 == 0:
        digits //= 10
        exponent += 1
    return _Decimal(digits, exponent)


def _double(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _plain(decimal: _Decimal) -> str:
    """Return a decimal without a power of ten, or "" where that would be long."""
    digits, exponent = str(decimal.digits), decimal.exponent
    if exponent >= 0:
        return digits + "0" * exponent if exponent < 6 or len(digits) + exponent <= _LONG else ""
    if len(digits) > -exponent:
        return f"{digits[:exponent]}.{digits[exponent:]}"
    return "0." + "0" * (-exponent - len(digits)) + digits if -exponent - len(digits) <= 4 else ""


def _scientific(decimal: _Decimal) -> tuple[str, int]:
    digits = str(decimal.digits)
    exponent = decimal.exponent + len(digits) - 1
    return (digits[0] + ("." + digits[1:] if digits[1:] else ""), exponent)


_GREEK = {
    name: letter
    for names, letters in (
        ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu", "αβγδεζηθικλμ"),
        ("nu xi omicron pi rho sigma tau upsilon phi chi psi omega", "νξοπρστυφχψω"),
        ("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega", "ΓΔΘΛΞΠΣΥΦΨΩ"),
    )
    for name, letter in zip(names.split(), letters, strict=True)
}
_LETTERS = {letter: name for name, letter in _GREEK.items()}
_SPELLINGS = {"lambd": "lambda", "lamda": "lambda", "lam": "lambda", "eps": "epsilon", "lambda_": "lambda"}
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _split(name: str) -> tuple[str, str]:
    """Return a name as a letter, or the name of a Greek one, and what stands below it: a_1, alpha_p, b2."""
    name = _SPELLINGS.get(name, name)
    if found := re.fullmatch(r"([^\W\d_]+)_?(\d+)|([^\W\d_]+)_([^\W\d_]{1,3})", name):
        letter, below = found[1] or found[3], found[2] or found[4]
        letter = _SPELLINGS.get(letter, letter)
        if len(letter) == 1 or letter in _GREEK:
            return letter, below
    return name, ""


def _text_name(name: str) -> str:
    letter, below = _split(name)
    symbol = _GREEK.get(letter, letter)
    if not below:
        return symbol
    return symbol + (below.translate(_SUBSCRIPTS) if below.isdecimal() else "_" + below)


def _tex_name(name: str) -> str:
    letter, below = _split(name)
    letter = _LETTERS.get(letter, letter)
    if letter in _GREEK:
        symbol = "o" if letter == "omicron" else rf"\{letter}"
    elif len(letter) == 1:
        symbol = letter
    else:
        symbol = r"\mathrm{" + letter.replace("_", r"\_") + "}"
    if not below:
        return symbol
    return symbol + ("_" + below if len(below) == 1 else f"_{{{below}}}")


# --- text and LaTeX ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Style:
    """What sets plain text, LaTeX and mathtext apart."""

    tex: bool
    cases: bool = False
    operator: str = ""


_TEXT = _Style(tex=False)
_LATEX = _Style(tex=True, cases=True, operator="operatorname")
_MATHTEXT = _Style(tex=True, operator="mathrm")

_NAMES = {
    Op.LOG: "ln",
    Op.LOGISTIC: "σ",
    Op.NORMAL_CDF: "Φ",
    Op.NORMAL_PDF: "φ",
    Op.GAMMA: "Γ",
    Op.DIGAMMA: "ψ",
    Op.TRIGAMMA: "ψ₁",
    Op.MAXIMUM: "max",
    Op.MINIMUM: "min",
    Op.ARCSINH: "arsinh",
    Op.ARCCOSH: "arcosh",
    Op.ARCTANH: "artanh",
}
_OWN_IN_TEX = frozenset(
    {"ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min"}
)
_SYMBOLS = {"σ": r"\sigma", "Φ": r"\Phi", "φ": r"\varphi", "Γ": r"\Gamma", "ψ": r"\psi", "ψ₁": r"\psi_1"}
_ENCLOSED = {Op.ABS: ("|", "|"), Op.FLOOR: ("⌊", "⌋"), Op.CEIL: ("⌈", "⌉")}
_ENCLOSED_IN_TEX = {
    Op.ABS: ("|", "|"),
    Op.FLOOR: (r"\lfloor ", r"\rfloor "),
    Op.CEIL: (r"\lceil ", r"\rceil "),
}
_LEAVES = frozenset({Op.VARIABLE, Op.PARAMETER, Op.NUMBER, Op.CONSTANT})
_PRODUCTS = frozenset({Op.MULTIPLY, Op.DIVIDE, Op.NEGATE})
_SUMS = frozenset({Op.ADD, Op.SUBTRACT})


@dataclass(frozen=True, slots=True)
class _Layouts:
    """How the parts of one expression are written in one style.

    Attributes:
        style: the style.
        symbols: symbols of parameters.
        varying: the parts in which x occurs.
        tall: the parts that are higher than a line.
    """

    style: _Style
    symbols: Mapping[str, str]
    varying: frozenset[Expression]
    tall: frozenset[Expression]

    def of(self, part: _Part) -> tuple[_Level, _Items]:
        """Return how tightly a part holds together, and what it is made of."""
        e, small = part.what, part.small
        if isinstance(e, _Product):
            return self._product(e, small)
        op = e.op
        if op in _PRODUCTS or op is Op.NUMBER or _is_reciprocal(e):
            negative, product = self._factors(e)
            if negative:
                return _Level.SUM, [self._minus, _Part(product, _Level.PRODUCT, small)]
            return self._product(product, small)
        if op in _SUMS:
            return _Level.SUM, self._sum(e, small)
        if op is Op.WHERE:
            return _Level.PIECES, self._pieces(e)
        if op in TRUTHS:
            return self._truth(e, small)
        return self._other(e, small)

    @property
    def _minus(self) -> str:
        return "-" if self.style.tex else "−"

    def parentheses(self, part: _Part) -> tuple[str, str]:
        """Return parentheses as high as what they hold."""
        what = part.what
        if isinstance(what, _Product):
            tall = bool(what.under) or any(e in self.tall for e in what.over)
        else:
            tall = what in self.tall
        return (r"\left(", r"\right)") if tall and not part.small else ("(", ")")

    def _sum(self, e: Expression, small: bool) -> _Items:
        terms: list[tuple[bool, _Product]] = []
        waiting = [(e, False)]
        while waiting:
            term, minus = waiting.pop()
            if len(terms) > _MANY:
                terms.append((minus, _Product((term,), ())))
            elif term.op is Op.ADD:
                waiting += [(term.args[1], minus), (term.args[0], minus)]
            elif term.op is Op.SUBTRACT and not minus:
                waiting += [(term.args[1], True), (term.args[0], False)]
            elif term.op in _SUMS:
                terms.append((minus, _Product((term,), ())))
            else:
                negative, product = self._factors(term)
                terms.append((negative != minus, product))
        first = next((i for i, (minus, _) in enumerate(terms) if not minus), 0)
        terms.insert(0, terms.pop(first))
        items: _Items = [self._minus] if terms[0][0] else []
        for i, (minus, product) in enumerate(terms):
            if i:
                items.append(f" {self._minus} " if minus else " + ")
            items.append(_Part(product, _Level.PRODUCT, small))
        return items

    def _factors(self, e: Expression) -> tuple[bool, _Product]:
        """Return whether a product is negative, and its factors: numbers, parameters, x, then functions."""
        negative = False
        over: list[Expression] = []
        under: list[Expression] = []
        waiting = [(e, False)]
        while waiting:
            factor, below = waiting.pop()
            here, there = (under, over) if below else (over, under)
            if len(over) + len(under) > _MANY:
                here.append(factor)
            elif factor.op is Op.MULTIPLY:
                waiting += [(factor.args[1], below), (factor.args[0], below)]
            elif factor.op is Op.DIVIDE:
                waiting += [(factor.args[1], not below), (factor.args[0], below)]
            elif factor.op is Op.NEGATE:
                negative = not negative
                waiting.append((factor.args[0], below))
            elif factor.op is Op.NUMBER:
                value = _fraction(factor)
                negative ^= value < 0
                if _decimal(abs(value)) is not None:
                    here.append(number(abs(value)))
                else:
                    here.append(number(abs(value).numerator))
                    there.append(number(value.denominator))
            elif _is_reciprocal(factor):
                base, exponent = factor.args[0], -_fraction(factor.args[1])
                there.append(_power(base, exponent))
            else:
                here.append(factor)
        return negative, _Product(self._sorted(over), self._sorted(under))

    def _sorted(self, factors: list[Expression]) -> tuple[Expression, ...]:
        return tuple(sorted((f for f in factors if f is not ONE), key=self._rank))

    def _rank(self, factor: Expression) -> int:
        if factor.op is Op.NUMBER:
            return 0
        if factor not in self.varying:
            return 1 if factor.op is Op.CONSTANT else 2
        base = factor.args[0] if factor.op is Op.POWER else factor
        if base is X:
            return 3
        return 5 if base.op in _SUMS else 4

    def _product(self, product: _Product, small: bool) -> tuple[_Level, _Items]:
        over, under = product
        if not under:
            if not over:
                return _Level.ATOM, ["1"]
            if len(over) == 1:
                return (
                    self._number(over[0])
                    if over[0].op is Op.NUMBER
                    else self.of(_Part(over[0], _Level.PIECES, small))
                )
            return _Level.PRODUCT, self._times(over, small)
        if self.style.tex and not small:
            halves = [
                self._times(half, small) if len(half) > 1 else [_Part(_Product(half, ()), _Level.OR)]
                for half in product
            ]
            return _Level.PRODUCT, [r"\frac{", *halves[0], "}{", *halves[1], "}"]
        items = self._times(over, small) if over else ["1"]
        below = self._times(under, small)
        return _Level.PRODUCT, [*items, "/", *(below if len(under) == 1 else ["(", *below, ")"])]

    def _times(self, factors: tuple[Expression, ...], small: bool) -> _Items:
        items: _Items = []
        for before, factor in zip((None, *factors), factors, strict=False):
            if before is not None:
                items.append(self._between(before, factor))
            first = before is None and len(factors) > 1
            items.append(_Part(_Product((factor,), ()), _Level.PRODUCT if first else _Level.POWER, small))
        return items

    def _between(self, before: Expression, factor: Expression) -> str:
        if not self.style.tex:
            return "·"
        base = factor.args[0] if factor.op is Op.POWER else factor
        called = before.op is Op.PARAMETER and base.op in _SUMS | {Op.WHERE}
        return r" \cdot " if base.op is Op.NUMBER or called else r"\,"

    def _number(self, e: Expression) -> tuple[_Level, _Items]:
        decimal = _decimal(_fraction(e))
        if decimal is None:  # a whole number over another is a product; this one has no end
            raise AssertionError(e)
        if plain := _plain(decimal):
            return _Level.ATOM, [plain]
        digits, exponent = _scientific(decimal)
        times = r" \cdot " if self.style.tex else "·"
        power = f"10^{{{exponent}}}" if self.style.tex else "10" + str(exponent).translate(_SUPERSCRIPTS)
        return (_Level.POWER, [power]) if digits == "1" else (_Level.PRODUCT, [digits + times + power])

    def _other(self, e: Expression, small: bool) -> tuple[_Level, _Items]:
        tex = self.style.tex
        match e.op:
            case Op.VARIABLE:
                return _Level.ATOM, ["x"]
            case Op.PARAMETER:
                return _Level.ATOM, [self._symbol(str(e.value))]
            case Op.CONSTANT:
                return _Level.ATOM, [(r"\pi" if tex else "π") if e.value == "pi" else "e"]
            case Op.EXP:
                return _Level.POWER, ["e", *self._exponent(e.args[0])]
            case Op.POWER:
                return self._power(e, small)
            case Op.SQRT | Op.CBRT:
                if tex:
                    root = r"\sqrt{" if e.op is Op.SQRT else r"\sqrt[3]{"
                    return _Level.POWER, [root, _Part(e.args[0], _Level.PIECES, small), "}"]
                return _Level.POWER, ["√" if e.op is Op.SQRT else "∛", _Part(e.args[0], _Level.ATOM)]
            case Op.ABS | Op.FLOOR | Op.CEIL:
                opening, closing = (_ENCLOSED_IN_TEX if tex else _ENCLOSED)[e.op]
                if e.args[0] in self.tall and not small:
                    opening, closing = r"\left" + opening, r"\right" + closing
                return _Level.ATOM, [opening, _Part(e.args[0], _Level.OR, small), closing]
            case _:
                return _Level.ATOM, [self._name(e.op), *self._call(e, small)]

    def _symbol(self, name: str) -> str:
        if name in self.symbols:
            return self.symbols[name]
        return _tex_name(name) if self.style.tex else _text_name(name)

    def _name(self, op: Op) -> str:
        name = _NAMES.get(op, str(op))
        if not self.style.tex:
            return name
        if name in _SYMBOLS:
            return _SYMBOLS[name]
        return rf"\{name}" if name in _OWN_IN_TEX else rf"\{self.style.operator}{{{name}}}"

    def _call(self, e: Expression, small: bool) -> _Items:
        items: _Items = []
        for arg in _arguments(e):
            items += [", ", _Part(arg, _Level.OR if len(e.args) > 1 else _Level.PIECES, small)]
        tall = any(arg in self.tall for arg in e.args) and not small
        opening, closing = (r"\left(", r"\right)") if tall else ("(", ")")
        return [opening, *items[1:], closing]

    def _exponent(self, exponent: Expression) -> _Items:
        if not self.style.tex:
            return ["^", _Part(exponent, _Level.ATOM)]
        if exponent.op in (Op.VARIABLE, Op.PARAMETER, Op.CONSTANT) or _is_digit(exponent):
            symbol = self.of(_Part(exponent, _Level.PIECES))[1]
            if len(str(symbol[0])) == 1:
                return ["^", *symbol]
        return ["^{", _Part(exponent, _Level.OR, small=True), "}"]

    def _power(self, e: Expression, small: bool) -> tuple[_Level, _Items]:
        base, exponent = e.args
        if not self.style.tex and exponent.op is Op.NUMBER and _fraction(exponent).denominator == 1:
            raised: _Items = [str(exponent.value).translate(_SUPERSCRIPTS)]
        else:
            raised = self._exponent(exponent)
        if _has_word(base) and exponent.op is Op.NUMBER and _fraction(exponent).denominator == 1:
            return _Level.ATOM, [self._name(base.op), *raised, *self._call(base, small)]
        return _Level.POWER, [_Part(base, _Level.ATOM, small), *raised]

    def _truth(self, e: Expression, small: bool) -> tuple[_Level, _Items]:
        tex = self.style.tex
        if e.op in (Op.AND, Op.OR):
            if e.op is Op.AND and (chained := self._chained(e, small)):
                return _Level.RELATION, chained
            level = _Level.AND if e.op is Op.AND else _Level.OR
            word = rf"\;\mathrm{{{e.op}}}\;" if tex else f" {e.op} "
            return level, [_Part(e.args[0], level, small), word, _Part(e.args[1], level, small)]
        holds = e.op is not Op.NOT
        relation = e if holds else e.args[0]
        if relation.op not in _RELATIONS:
            word = r"\mathrm{not}\;" if tex else "not "
            return _Level.RELATION, [word, _Part(relation, _Level.ATOM, small)]
        left, right = relation.args
        sign = _RELATIONS[relation.op] if holds else _OPPOSITES[relation.op]
        if left not in self.varying and right in self.varying:
            left, right, sign = right, left, _TURNED[sign]
        return _Level.RELATION, [*self._relation(left, sign, small), _Part(right, _Level.SUM, small)]

    def _relation(self, left: Expression, sign: str, small: bool) -> _Items:
        return [_Part(left, _Level.SUM, small), f" {_SIGNS_IN_TEX[sign] if self.style.tex else sign} "]

    def _chained(self, e: Expression, small: bool) -> _Items:
        """Return a < x ≤ b where a truth is that, else nothing."""
        low, high = e.args
        orders = (Op.LESS, Op.LESS_EQUAL)
        if low.op not in orders or high.op not in orders:
            return []
        if low.args[1] is not high.args[0]:
            low, high = high, low
        if low.args[1] is not high.args[0]:
            return []
        items = self._relation(low.args[0], _RELATIONS[low.op], small)
        return [
            *items,
            *self._relation(high.args[0], _RELATIONS[high.op], small),
            _Part(high.args[1], _Level.SUM, small),
        ]

    def _pieces(self, e: Expression) -> _Items:
        items: _Items = []
        while e.op is Op.WHERE:
            condition, value, rest = e.args
            if self.style.cases:
                items += [_Part(value, _Level.OR), r" & \text{if } ", _Part(condition, _Level.OR), r" \\ "]
            elif self.style.tex:
                items += [_Part(value, _Level.OR), r" \; (", _Part(condition, _Level.OR), r"), \quad "]
            else:
                items += [_Part(value, _Level.OR), " for ", _Part(condition, _Level.OR), ", "]
            e = rest
        items.append(_Part(e, _Level.OR))
        if self.style.cases:
            return [r"\begin{cases} ", *items, r" & \text{otherwise} \end{cases}"]
        return [*items, r" \; (\mathrm{otherwise})" if self.style.tex else " otherwise"]


_RELATIONS = {Op.LESS: "<", Op.LESS_EQUAL: "≤", Op.EQUAL: "="}
_OPPOSITES = {Op.LESS: "≥", Op.LESS_EQUAL: ">", Op.EQUAL: "≠"}
_TURNED = {"<": ">", "≤": "≥", "=": "=", ">": "<", "≥": "≤", "≠": "≠"}
_SIGNS_IN_TEX = {"<": "<", "≤": r"\leq", "=": "=", ">": ">", "≥": r"\geq", "≠": r"\neq"}


def _fraction(e: Expression) -> Fraction:
    if not isinstance(e.value, Fraction):
        raise TypeError(f"{e.op} has no fraction")
    return e.value


def _is_reciprocal(e: Expression) -> bool:
    """Tell whether an expression is a power that is written below a line: x^(−2)."""
    if e.op is not Op.POWER or e.args[1].op is not Op.NUMBER:
        return False
    exponent = _fraction(e.args[1])
    return exponent < 0 and exponent.denominator == 1


def _power(base: Expression, exponent: Fraction) -> Expression:
    return base if exponent == 1 else apply(Op.POWER, base, exponent)


def _is_even(e: Expression) -> bool:
    return e.op is Op.NUMBER and _fraction(e) > 0 and _fraction(e) % 2 == 0


def _is_digit(e: Expression) -> bool:
    return e.op is Op.NUMBER and _fraction(e) in range(10)


def _has_word(e: Expression) -> bool:
    """Tell whether an expression is a function of one argument whose name is a word: tanh²(x), but σ(x)²."""
    named = len(e.args) == 1 and e.op not in TRUTHS | _PRODUCTS | _ENCLOSED.keys()
    return named and e.op not in (Op.EXP, Op.SQRT, Op.CBRT) and _NAMES.get(e.op, str(e.op)) not in _SYMBOLS


def _arguments(e: Expression) -> list[Expression]:
    """Return the arguments of a function; of the greatest or least of several, all of them."""
    if e.op not in (Op.MAXIMUM, Op.MINIMUM):
        return list(e.args)
    found: list[Expression] = []
    waiting = [e]
    while waiting:
        arg = waiting.pop()
        if arg.op is e.op and len(found) <= _MANY:
            waiting += reversed(arg.args)
        else:
            found.append(arg)
    return found


def _tall(root: Expression) -> frozenset[Expression]:
    """Return the parts that are higher than a line: with a fraction or cases that is not in an exponent."""
    found: set[Expression] = set()
    for e in in_order(root):
        args = e.args[:1] if e.op is Op.POWER else () if e.op is Op.EXP else e.args
        endless = e.op is Op.NUMBER and _decimal(abs(_fraction(e))) is None
        high = endless or e.op in (Op.DIVIDE, Op.WHERE) or _is_reciprocal(e)
        if high or any(a in found for a in args):
            found.add(e)
    return frozenset(found)


# --- the text of a formula -----------------------------------------------------------------------------

_BINARY = {
    Op.ADD: (" + ", _Level.SUM, _Level.SUM, _Level.PRODUCT),
    Op.SUBTRACT: (" - ", _Level.SUM, _Level.SUM, _Level.PRODUCT),
    Op.MULTIPLY: ("*", _Level.PRODUCT, _Level.PRODUCT, _Level.POWER),
    Op.DIVIDE: ("/", _Level.PRODUCT, _Level.PRODUCT, _Level.POWER),
    Op.POWER: ("^", _Level.POWER, _Level.ATOM, _Level.POWER),
    Op.LESS: (" < ", _Level.RELATION, _Level.SUM, _Level.SUM),
    Op.LESS_EQUAL: (" <= ", _Level.RELATION, _Level.SUM, _Level.SUM),
    Op.EQUAL: (" == ", _Level.RELATION, _Level.SUM, _Level.SUM),
    Op.AND: (" and ", _Level.AND, _Level.AND, _Level.RELATION),
    Op.OR: (" or ", _Level.OR, _Level.OR, _Level.AND),
}
"""Of each operator: how it is written, its level, and the levels that its two arguments need."""


def _source_layout(part: _Part) -> tuple[_Level, _Items]:
    e = part.what
    if isinstance(e, _Product):
        raise TypeError("a product of factors has no operators")
    if e.op in _BINARY:
        sign, level, left, right = _BINARY[e.op]
        return level, [_Part(e.args[0], left), sign, _Part(e.args[1], right)]
    match e.op:
        case Op.NUMBER:
            value = _fraction(e)
            decimal = _decimal(abs(value), exact=True)
            if decimal is None:
                return (_Level.SUM if value < 0 else _Level.PRODUCT), [str(value)]
            digits, exponent = _scientific(decimal)
            plain = _plain(decimal) or f"{digits}e{exponent}"
            return (_Level.SUM, ["-" + plain]) if value < 0 else (_Level.ATOM, [plain])
        case Op.VARIABLE:
            return _Level.ATOM, ["x"]
        case Op.PARAMETER | Op.CONSTANT:
            return _Level.ATOM, [str(e.value)]
        case Op.NEGATE:
            return _Level.SUM, ["-", _Part(e.args[0], _Level.POWER)]
        case Op.NOT:
            return _Level.AND, ["not ", _Part(e.args[0], _Level.ATOM)]
        case _:
            items: _Items = []
            for arg in e.args:
                items += [", ", _Part(arg, _Level.OR)]
            return _Level.ATOM, [f"{e.op}(", *items[1:], ")"]

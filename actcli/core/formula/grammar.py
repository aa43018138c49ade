"""The grammar of formulas: text → `Definition`.

    definition  [name "(" variable [";" parameter, …] ")" "=" | name "="]  {"let" name "=" pieces ";"}  pieces
                ["#" note]
    pieces      choice ["?" pieces ":" pieces | "if" choice "else" pieces]
    choice      operands with, from loose to tight: or · and · not · < <= > >= == != · + - · * /
    operand     signs, then an atom, then superscripts and ^ operand
    atom        number | name | function "(" arguments ")" | "(" pieces ")" | "|" pieces "|" | "√" atom
                | "!" atom | "{" condition ":" pieces "," … pieces "}"; after ^ also "{" pieces "}"

A product needs no `*` after a number or a closing parenthesis. What has two readings is an error that asks.

The parser is a set of generators: `yield self.pieces()` parses what is inside and gives what it means. One
loop, `_parsed`, runs them all, so that no nesting reaches the limits of the interpreter.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from keyword import iskeyword
from typing import Any, NoReturn

from actcli.core.formula import vocabulary
from actcli.core.formula.constants import nearest_double
from actcli.core.formula.expression import (
    TRUTHS,
    Definition,
    Expression,
    Op,
    X,
    apply,
    constant,
    in_order,
    number,
    parameter,
)
from actcli.core.formula.tokens import DIGITS, LONGEST, WORDS, Token, mistake, printable, tokens
from actcli.core.formula.vocabulary import Callee, numeric
from actcli.errors import FormulaError, UsageError, shown

DEEPEST = 200
"""Levels of parentheses, pieces and powers within each other."""
MOST_DIGITS = 1_000
"""Digits of a number; its exponent has at most four."""
LARGEST = 20_000
"""Operations of a formula, those of the functions that it calls included. The text alone gives less than
10,000; definitions that call each other twice would double it at every step."""

Step = Generator["Step", Any, Any]
"""A part of the parser under way: what it yields is run first, and its result sent back."""

OR, AND, NOT, COMPARISON, SUM, PRODUCT = range(1, 7)
_BINARY = {
    "or": (OR, Op.OR),
    "and": (AND, Op.AND),
    "+": (SUM, Op.ADD),
    "-": (SUM, Op.SUBTRACT),
    "*": (PRODUCT, Op.MULTIPLY),
    "/": (PRODUCT, Op.DIVIDE),
}
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_BEGINNINGS = frozenset({"number", "name", "(", "{", "|", "√", "∛"})
"""What an operand begins with, signs apart."""
_ENDS = frozenset({"number", "name", "power", ")", "|", "}"})
"""What an operand ends with."""
_READINGS = {
    "/": "write {0}/({1}*{2}) or ({0}/{1})*{2}",
    "^": "write {0}^({1}*{2}) or ({0}^{1})*{2}",
    "√": "write √({1}*{2}) or √({1})*{2}",
    "∛": "write ∛({1}*{2}) or ∛({1})*{2}",
}
"""What a product without `*` may mean after a sign and a factor: a/bc, a^bc, √bc."""
_OTHER_BASE = re.compile("0(x[0-9a-f]|[ob][0-9])", re.IGNORECASE)


def parse(text: str, known: Mapping[str, Definition] | None = None, place: str = "") -> Definition:
    """Read a formula.

    Args:
        text: an expression in x, or `name(x; a=0.1, b) = …`; a comment after `#` is its note.
        known: the definitions that it may call by their names.
        place: the file and line that it is from, for errors; on a command line, "".

    Raises:
        FormulaError: it cannot be read, is longer than 10,000 characters or nested deeper than 200.

    >>> parse("f(x; a=1/4) = x > 0 ? x : a*x").expression
    where(less(0, x), x, *(a, x))
    """
    lines = text.strip().splitlines()
    formula, _, note = " ".join(text.split()).partition("#")
    formula = formula.rstrip()
    try:
        reader = _Reader(formula, known or {}, place)
        if any("#" in line for line in lines[:-1]):
            reader.fail("a comment ends a formula", "write it after the last line", reader.tokens[-1])
        return reader.definition("".join(map(printable, note.strip())))
    except FormulaError:
        from actcli.core.formula.notations import foreign  # only a mistake pays for it

        found = foreign(formula) if len(formula) <= LONGEST else None
        if found is None:
            raise
        raise mistake(formula, *found, place) from None


class _Reader:
    """A formula as far as it is read."""

    def __init__(self, text: str, known: Mapping[str, Definition], place: str) -> None:
        self.text = text
        self.known = known
        self.place = place
        self.name = ""
        self.variable = "x"
        self.listed: dict[str, float | None] | None = None
        """The parameters of the header; None where it lists none."""
        self.found: dict[str, float | None] = {}
        self.locals: dict[str, Expression] = {}
        self.opened: list[str] = []
        """The brackets that are open."""
        self.depth = 0
        self.size = 0
        self.i = 0
        self.tokens = list(tokens(text, place))

    # What an error says

    def fail(
        self, message: str, hint: str, first: Token | None = None, last: Token | None = None
    ) -> NoReturn:
        """Raise an error about the text from one token (the next, by default) to another."""
        first = first or self.tokens[self.i]
        raise mistake(self.text, message, hint, first.start, (last or first).end, self.place)

    def unexpected(self, due: str = "") -> NoReturn:
        """Raise the error of a token that cannot stand where it does."""
        token, before = self.tokens[self.i], self.tokens[self.i - 1]
        if token.kind == "end":
            if not self.text:
                self.fail("the formula is empty", "write x^2, for example")
            closing = {"(": ")", "|": "|", "{": "}"}[self.opened[-1]] if self.opened else ""
            missing = due or (closing if before.kind in _ENDS else "")
            self.fail(
                f"{missing} is missing at the end" if missing else "the formula ends too early",
                {":": "write c ? a : b", "else": "write a if c else b"}.get(due, ""),
            )
        if self.i and token.kind in _BEGINNINGS and before.kind in _ENDS:
            self.fail(f"an operator is missing before {token.text!r}", self.product(before, token))
        hint = {
            "=": "write <= or >="
            if self.tokens[self.i + 1].kind in ("<", ">")
            else "== compares; a name is given a value by a header: f(x; a=1) = …",
            "!": "write gamma(x + 1) for a factorial" if self.i else "",
            ")": "" if self.opened else "no parenthesis is open",
            "if": "write c ? a : b, or a if c else b",
            "let": "let k = …; comes before the formula",
        }.get(token.kind, "")
        if token.kind == before.kind == "/":
            hint = "write floor(a/b)"
        elif token.kind == ">" and before.kind == "<":
            hint = "write !="
        elif token.kind == "," and before.kind == self.tokens[self.i + 1].kind == "number":
            hint = "decimals have a point"
        self.fail(f"unexpected {shown(token.text)}" + (f", {due} is due" if due else ""), hint)

    def product(self, before: Token, token: Token) -> str:
        """Return the hint for two operands that stand side by side."""
        called = before.text.replace("_", "")  # log_2 x
        if before.kind == "name" and vocabulary.is_function(called):
            return f"write {called}({self.argument(self.i)})"
        if {before.kind, token.kind} <= {"name", "number"} and len(before.text + token.text) < 40:
            return f"write {before.text}*{token.text}"
        return "write *, if it is a product"

    def argument(self, i: int) -> str:
        """Return what a function is likely to be of whose argument begins at a token without parentheses."""
        token = self.tokens[i]
        if token.kind in ("(", "{"):
            end = self.closing(i)
            return self.source(i + 1, end - 1) if end > i + 1 else self.variable
        if token.kind not in ("name", "number"):
            return self.variable
        after = self.tokens[i + 1]
        return f"{token.text}*{after.text}" if (token.kind, after.kind) == ("number", "name") else token.text

    def source(self, first: int, last: int, most: int = 16) -> str:
        """Return the text from one token to another, or '' if it is long."""
        text = self.text[self.tokens[first].start : self.tokens[last].end]
        return text if len(text) <= most else ""

    # The tokens

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self.tokens[self.i].kind

    def accepts(self, *kinds: str) -> bool:
        """Pass a token of these kinds, if one is next."""
        if self.tokens[self.i].kind in kinds:
            self.i += 1
            return True
        return False

    def expect(self, kind: str) -> None:
        """Pass a token of a kind, or fail."""
        if not self.accepts(kind):
            self.unexpected(kind)

    def enter(self) -> None:
        """Go one level deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"nested more than {DEEPEST} levels deep", "name a part by let k = …;")

    # Definitions

    def definition(self, note: str) -> Definition:
        """Return the whole text as a definition."""
        self.header()
        while self.accepts("let"):
            name = self.new_name("a local name")
            if name in self.found:
                self.fail(f"{name} is used before it is defined", "", self.tokens[self.i - 1])
            self.expect("=")
            value = _parsed(self.pieces())
            self.expect(";")
            self.locals[name] = value
        expression = numeric(_parsed(self.pieces()))
        if self.kind != "end":
            self.unexpected()
        parameters = self.found if self.listed is None else self.listed
        return Definition(self.text, expression, parameters, self.name, note, self.place)

    def header(self) -> None:
        """Read what comes before the first `=`, if it is a header."""
        kinds = ["name" if token.kind in WORDS else token.kind for token in self.tokens[:2]]
        if kinds == ["name", "="] and self.tokens[0].text != self.variable:
            self.name = self.new_name("a function")
            self.i += 1
            return
        if kinds != ["name", "("] or self.tokens[self.closing(1) + 1].kind != "=":
            return
        self.name = self.new_name("a function")
        self.i += 1
        self.variable = ""
        self.variable = self.new_name("the variable")
        while self.accepts(";", ","):
            self.listed = self.listed or {}
            parameter_name = self.new_name("a parameter")
            value = None
            if self.accepts("="):
                start = self.i
                expression = numeric(_parsed(self.operation(SUM)))
                try:
                    value = nearest_double(expression)
                except UsageError as error:
                    self.fail(error.message, error.hint, self.tokens[start], self.tokens[self.i - 1])
            self.listed[parameter_name] = value
        self.expect(")")
        self.expect("=")

    def new_name(self, what: str) -> str:
        """Pass a name that is to mean something, and return it."""
        token, name = self.tokens[self.i], self.tokens[self.i].text
        if token.kind in WORDS or (token.kind == "name" and iskeyword(name)):
            self.fail(f"{name} is a reserved word", "take another name")
        if token.kind != "name":
            self.unexpected(f"the name of {what}")
        if name in vocabulary.CONSTANTS or name.lower() in vocabulary.NO_NUMBERS:
            self.fail(f"{name} cannot be the name of {what}", "take another name")
        taken = name in self.locals or name in (self.listed or ()) or name in (self.name, self.variable)
        if taken:
            self.fail(f"{name} has a meaning already", "take another name")
        self.i += 1
        return name

    # Expressions; what follows is run by `_parsed`

    def pieces(self) -> Step:
        """Parse an expression: a choice by a condition, or what has none."""
        start = self.i
        value = yield self.operation(OR)
        if self.kind not in ("?", "if"):
            return value
        self.enter()
        if self.accepts("?"):
            condition = self.condition(value, start)
            yes = yield self.pieces()
            self.expect(":")
        else:
            self.i += 1
            yes, start = value, self.i
            condition = self.condition((yield self.operation(OR)), start)
            self.expect("else")
        no = yield self.pieces()
        self.depth -= 1
        return apply(Op.WHERE, condition, numeric(yes), numeric(no))

    def condition(self, value: Expression, start: int) -> Expression:
        """Return what was parsed since a token, as it is true or false."""
        if value.op not in TRUTHS:
            self.fail(
                "a condition is due here, not a number",
                "write x > 0",
                self.tokens[start],
                self.tokens[self.i - 1],
            )
        return value

    def operation(self, least: int) -> Step:
        """Parse operands and the operators between them that bind at least as tightly as a level."""
        start = self.i
        if self.kind == "not" and least <= NOT:
            while self.accepts("not"):
                pass
            odd, start = (self.i - start) % 2, self.i
            value = self.condition((yield self.operation(COMPARISON)), start)
            value = apply(Op.NOT, value) if odd else value
        else:
            value = yield self.operand()
        divisor = 0  # the token after the last `/`, where a product without `*` would have two readings
        while True:
            kind = self.kind
            if kind in _COMPARISONS and least <= COMPARISON:
                value = yield self.comparisons(value)
            elif kind in _BINARY or (kind == "|" and self.means_or()):
                level, op = _BINARY.get(kind, _BINARY["or"])
                if level < least:
                    return value
                self.i += 2 if kind == "|" else 1
                if level <= AND:
                    value = self.condition(value, start)
                right_start = self.i
                right = yield self.operation(level + 1) if level < PRODUCT else self.operand()
                if level <= AND:
                    right = self.condition(right, right_start)
                else:
                    value, right = numeric(value), numeric(right)
                value, divisor = apply(op, value, right), right_start if kind == "/" else 0
            elif self.follows_a_factor() and least <= PRODUCT:
                value = yield self.implied_product(value, start, divisor)
            else:
                return value

    def means_or(self) -> bool:
        """Whether the bar that is next is the first of `||` between two conditions."""
        bar, after = self.tokens[self.i : self.i + 2]
        return after.kind == "|" and after.start == bar.end and self.opened[-1:] != ["|"]

    def comparisons(self, left: Expression) -> Step:
        """Parse the rest of a chain of comparisons: all of it is true, or it is false."""
        chain = []
        while self.kind in _COMPARISONS:
            sign = self.kind
            self.i += 1
            left, right = numeric(left), numeric((yield self.operation(SUM)))
            if sign in ("==", "!="):
                found = apply(Op.EQUAL, left, right)
                found = apply(Op.NOT, found) if sign == "!=" else found
            else:
                op = Op.LESS if len(sign) == 1 else Op.LESS_EQUAL
                found = apply(op, left, right) if sign[0] == "<" else apply(op, right, left)
            chain.append(found)
            left = right
        value = chain[0]
        for found in chain[1:]:
            value = apply(Op.AND, value, found)
        return value

    def follows_a_factor(self) -> bool:
        """Whether an operand is next right after a number or a closing parenthesis."""
        kind = self.kind
        if kind not in _BEGINNINGS or self.tokens[self.i - 1].kind not in ("number", ")"):
            return False
        return kind != "number" and not (kind == "|" and self.opened[-1:] == ["|"])

    def implied_product(self, left: Expression, start: int, divisor: int) -> Step:
        """Parse a factor that follows another without `*`."""
        at, before = self.i, self.tokens[self.i - 1]
        if before.kind == "number" and _OTHER_BASE.match(self.text, before.start):
            self.fail("numbers are decimal", "", before, self.tokens[at])
        after = self.tokens[at + 1].kind
        if (
            self.tokens[at].text == "e"
            and self.tokens[at].start == before.end
            and after not in ("^", "power")
        ):
            hint = f"write {before.text}*e, or {before.text}e3 for {before.text}*1000"
            self.fail("the exponent of a number is missing", hint, before, self.tokens[at])
        middle = divisor or at - 1  # where the factor on the left begins
        if self.tokens[middle - 1].kind in ("+", "-"):
            middle -= 1
        sign = self.tokens[middle - 1].kind if divisor or before.kind == "number" else ""
        right = yield self.operand()
        if sign in _READINGS:
            first = start if sign in ("/", "^") else middle - 1
            parts = (
                self.source(first, middle - 2) if first < middle - 1 else sign,
                self.source(middle, at - 1),
                self.source(at, self.i - 1),
            )
            hint = _READINGS[sign].format(*(parts if all(parts) else "abc"))
            self.fail("two readings", hint, self.tokens[first], self.tokens[self.i - 1])
        return apply(Op.MULTIPLY, numeric(left), numeric(right))

    def operand(self) -> Step:
        """Parse signs and a power."""
        negative = False
        while self.kind in ("-", "+"):
            negative ^= self.kind == "-"
            self.i += 1
        value = yield self.atom()
        while self.kind == "power":
            value = apply(Op.POWER, numeric(value), number(self.superscript()))
        if self.accepts("^"):
            self.enter()
            exponent = numeric((yield self.operand()))
            self.depth -= 1
            e = constant("e")
            value = apply(Op.EXP, exponent) if value is e else apply(Op.POWER, numeric(value), exponent)
        if not negative:
            return value
        return number(-value.value) if isinstance(value.value, Fraction) else apply(Op.NEGATE, numeric(value))

    def superscript(self) -> int:
        """Pass a superscript and return its number."""
        token = self.tokens[self.i]
        if len(token.text) > 10:
            self.fail("the exponent is too large", "")
        self.i += 1
        return int(token.text.translate(DIGITS))

    def atom(self) -> Step:
        """Parse what no operator takes apart."""
        token = self.tokens[self.i]
        if token.kind == "number":
            self.i += 1
            return self.number(token)
        if token.kind == "name":
            return (yield self.named())
        if token.kind == "∞":
            self.refuse(token)
        if token.kind not in ("(", "|", "{", "√", "∛", "!"):
            self.unexpected()
        self.enter()
        self.i += 1
        if token.kind == "(":
            self.opened.append("(")
            value = yield self.pieces()
            self.close(")")
        elif token.kind == "|":
            self.opened.append("|")
            value = apply(Op.ABS, numeric((yield self.pieces())))
            self.close("|")
        elif token.kind == "{":
            value = yield self.braces()
        elif token.kind == "!":
            start = self.i
            value = apply(Op.NOT, self.condition((yield self.atom()), start))
        else:
            value = numeric((yield self.atom()))
            if self.kind in ("power", "^") and self.tokens[self.i - 1].kind != ")":
                last = self.i + (self.kind == "^")
                inner, power = self.source(self.i - 1, self.i - 1), self.source(self.i, last)
                hint = f"write {token.text}({inner}{power}) or {token.text}({inner}){power}"
                self.fail("two readings", hint, token, self.tokens[last])
            value = apply(Op.SQRT if token.kind == "√" else Op.CBRT, value)
        self.depth -= 1
        return value

    def close(self, kind: str) -> None:
        """Pass the bracket that ends what the last one began."""
        if not self.accepts(kind):
            self.unexpected()
        self.opened.pop()

    def braces(self) -> Step:
        """Parse pieces in braces: conditions and values, and at last the value where none of them holds.

        After ^, as TeX has it, they may be a group: e^{-x}.
        """
        is_exponent = self.tokens[self.i - 2].kind == "^"
        opening, hint = self.tokens[self.i - 1], "write {x > 1: 1, x > 0: x, 0}"
        self.opened.append("{")
        pairs: list[tuple[Expression, Expression]] = []
        while True:
            start = self.i
            if self.accepts("else", "otherwise"):
                self.accepts(":")
                value = yield self.pieces()
                break
            value = yield self.pieces()
            if not self.accepts(":"):
                if value.op in TRUTHS and self.kind != "}":
                    message = "':' is missing after the condition"
                    self.fail(message, hint, self.tokens[start], self.tokens[self.i - 1])
                break
            condition = self.condition(value, start)
            pairs.append((condition, numeric((yield self.pieces()))))
            if self.kind == "}":
                self.fail("no value where no condition holds", hint, opening, self.tokens[self.i])
            if not self.accepts(","):
                self.unexpected()
        if pairs or not is_exponent:
            self.accepts(",")
        self.close("}")
        if not pairs and is_exponent:
            return numeric(value)
        if not pairs:
            hint = "write ( ) for a group"
            self.fail("no condition in braces", hint, opening, self.tokens[self.i - 1])
        value = numeric(value)
        for condition, piece in reversed(pairs):
            value = apply(Op.WHERE, condition, piece, value)
        return value

    def number(self, token: Token) -> Expression:
        """Return a number, exactly."""
        digits, _, exponent = token.text.lower().partition("e")
        if len(digits) > MOST_DIGITS:
            self.fail(f"a number has at most {MOST_DIGITS:,} digits", "", token)
        if len(exponent.lstrip("+-").lstrip("0")) > 4:
            self.fail("the exponent of a number has at most 4 digits", "", token)
        if "." not in digits and not exponent:
            return number(int(digits))
        return number(Fraction(token.text))

    # Names

    def refuse(self, token: Token) -> NoReturn:
        """Raise the error of a word for what is no number of a formula."""
        word = token.text.lower()
        hint = vocabulary.NO_NUMBERS[word]
        if word in "ij":
            hint += "; give the parameter another name"
        self.fail(f"{token.text} is not part of formulas", hint, token)

    def named(self) -> Step:
        """Parse a name, and the arguments in parentheses if it is called."""
        token = self.tokens[self.i]
        self.i += 1
        after = self.tokens[self.i]
        name = token.text
        if after.kind == "(":
            return (yield self.call(token))
        if after.kind == "power" and self.tokens[self.i + 1].kind == "(" and self.is_function(name):
            return (yield self.call(token))
        if name == self.variable:
            return X
        if name in self.locals:
            return self.locals[name]
        if name in vocabulary.CONSTANTS:
            return constant(name)
        if self.listed is None:
            self.check_parameter(token)
            self.found.setdefault(name)
        elif name not in self.listed:
            self.check_parameter(token)
            names = ", ".join((*self.listed, name))
            self.fail(f"{name} is not a parameter", f"write {self.name}({self.variable}; {names}) = …", token)
        return parameter(name)

    def check_parameter(self, token: Token) -> None:
        """Fail if a name that is not called cannot be a parameter."""
        name = token.text
        if name.lower() in vocabulary.NO_NUMBERS:
            self.refuse(token)
        if name == "x":
            self.fail("x is not the variable", f"the header says {self.variable}", token)
        if iskeyword(name):
            self.fail(f"{name} is a reserved word", "take another name", token)
        if name in self.known or (vocabulary.is_function(name) and not vocabulary.may_be_a_parameter(name)):
            start, power = self.i, ""
            if self.kind in ("^", "power"):
                first = self.i + (self.kind == "^")
                last = self.closing(first) if self.tokens[first].kind == "{" else first
                last += self.tokens[first].kind == "-"
                power = self.source(first, last).strip("{} ").translate(DIGITS)
                if power.startswith("-"):
                    self.inverse(token, self.tokens[last])
                start, power = last + 1, f"^{power}"
            self.fail(f"{name} is a function", f"write {name}({self.argument(start)}){power}", token)
        if name == self.name:
            self.fail(f"{name} is the function itself", "", token)

    def call(self, token: Token) -> Step:
        """Parse the arguments of a function, and return its value there."""
        name, exponent = token.text, 1
        if self.kind == "power":  # sin²(x)
            exponent = self.superscript()
            if exponent < 1:
                self.inverse(token, self.tokens[self.i - 1])
        self.check_called(token)
        if not self.is_function(name):
            near = "" if name in self.found else vocabulary.instead_of(name, self.known)
            several = any(t.kind in (",", ";") for t in self.tokens[self.i : self.closing(self.i)])
            product = "" if several else f"write {name}*{self.group() or '(…)'}"
            self.fail(f"no function {name!r}", near or product, token)
        self.enter()
        self.i += 1
        self.opened.append("(")
        args: list[Expression] = []
        keywords: dict[str, Expression] = {}
        while self.kind != ")":
            first = self.tokens[self.i]
            if first.kind == "name" and self.tokens[self.i + 1].kind == "=":
                self.i += 2
                if first.text in keywords:
                    self.fail(f"{first.text} is given twice", "", first)
                keywords[first.text] = numeric((yield self.pieces()))
            elif keywords:
                self.fail("an argument without a name comes before those with one", "")
            else:
                args.append((yield self.pieces()))
            if not self.accepts(",", ";"):
                break
        self.close(")")
        self.depth -= 1
        try:
            value = self.called(name, args, keywords)
        except UsageError as error:
            self.fail(error.message, error.hint, token)
        return value if exponent == 1 else apply(Op.POWER, value, number(exponent))

    def inverse(self, first: Token, last: Token) -> NoReturn:
        """Raise the error of a function's name with a negative power."""
        name = first.text
        arc = f"arc{name}"
        hint = f"write {arc if arc in vocabulary.OPERATIONS else 'the inverse'}(x) or 1/{name}(x)"
        self.fail("two readings", hint, first, last)

    def is_function(self, name: str) -> bool:
        """Whether a name can be called here."""
        own = (self.variable, *self.locals, *(self.listed or ()))
        return name in self.known or (name not in own and vocabulary.is_function(name))

    def closing(self, i: int) -> int:
        """Return where the parenthesis or brace ends that begins at a token; 0 if nowhere."""
        depth = 0
        for j in range(i, len(self.tokens)):
            depth += (self.tokens[j].kind in ("(", "{")) - (self.tokens[j].kind in (")", "}"))
            if not depth:
                return j
        return 0

    def group(self) -> str:
        """Return the text of the parentheses that begin here, or '' if it is long."""
        return self.source(self.i, self.closing(self.i))

    def check_called(self, token: Token) -> None:
        """Fail if a name that is called is no function."""
        name = token.text
        if name in (self.variable, *self.locals, *vocabulary.CONSTANTS, *(self.listed or ())):
            self.fail(f"{name} is not a function", f"write {name}*{self.group() or '(…)'}", token)
        if name == self.name and name not in self.known:
            self.fail(f"{name} is defined by itself", "", token)
        if name.lower() in vocabulary.NO_NUMBERS:
            self.refuse(token)

    def called(self, name: str, args: list[Expression], keywords: dict[str, Expression]) -> Expression:
        """Return a function's value at arguments, or raise `UsageError`."""
        if name in self.known:
            return self.instance(_callee(self.known[name], name), args, keywords)
        value = vocabulary.operation(name, args, keywords)
        if value is not None:
            return value
        defined = _defined(name) if name in vocabulary.DEFINED else None
        entry = vocabulary.catalogued(name)
        if name in vocabulary.OPERATIONS and entry and not entry.params:
            entry = None  # the operation itself, of other arguments than it takes
        if entry and not (defined and defined.takes(args, keywords)):
            defined = _catalogued(entry.name)
        if defined is None and name in vocabulary.OPERATIONS:
            raise UsageError(f"{name} takes 1 argument, not {len(args) + len(keywords)}", f"write {name}(x)")
        if defined is None:
            raise UsageError(f"{name} is a function of a vector, and a formula is of one number")
        return self.instance(defined, args, keywords)

    def instance(self, callee: Callee, args: list[Expression], keywords: dict[str, Expression]) -> Expression:
        """Return what a function is at arguments, within the size that a formula may have."""
        self.size += _size(callee.expression)
        if self.size > LARGEST:
            raise UsageError(f"a formula has at most {LARGEST:,} operations", "its functions are too large")
        return callee.of([numeric(a) for a in args], keywords)


def _parsed(first: Step) -> Any:
    """Run a part of the parser with all that it yields, and return its result."""
    running, value = [first], None
    while running:
        try:
            called = running[-1].send(value)
        except StopIteration as done:
            running.pop()
            value = done.value
        else:
            running.append(called)
            value = None
    return value


# The functions that are formulas themselves


@lru_cache(maxsize=512)
def _size(expression: Expression) -> int:
    return len(in_order(expression))


def _callee(definition: Definition, name: str) -> Callee:
    defaults = {n: None if v is None else Fraction(v) for n, v in definition.parameters.items()}
    return Callee(name, definition.expression, defaults)


@cache
def _defined(name: str) -> Callee:
    return _callee(parse("f" + vocabulary.DEFINED[name]), name)


@cache
def _catalogued(name: str) -> Callee:
    entry = vocabulary.catalogued(name)
    assert entry is not None
    definition = parse(vocabulary.formula_of(entry))
    defaults: dict[str, Fraction | None] = {p.name: p.full(p.default) for p in entry.params}
    return Callee(name, definition.expression, defaults, entry)

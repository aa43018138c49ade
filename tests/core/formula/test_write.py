"""Expressions as text, LaTeX and mathtext; the text of a formula is read as the same expression."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import matplotlib.mathtext
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actcli.core.formula.expression import (
    Expression,
    Op,
    X,
    apply,
    constant,
    number,
    parameter,
)
from actcli.core.formula.grammar import parse
from actcli.core.formula.write import latex, mathtext, source, text


def f(op: Op, *args: Any) -> Expression:
    return apply(op, *args)


MATHTEXT = matplotlib.mathtext.MathTextParser("path")
A, B1 = parameter("alpha"), parameter("b_1")
EXP, TANH, SIGMA = f(Op.EXP, X), f(Op.TANH, X), f(Op.LOGISTIC, X)
POSITIVE = f(Op.LESS, 0, X)
PIECES = f(Op.WHERE, f(Op.AND, f(Op.LESS, -1, X), f(Op.LESS_EQUAL, X, 1)), X, f(Op.WHERE, POSITIVE, 0, A))

WRITTEN: list[tuple[Expression, str, str]] = [
    (X * f(Op.TANH, f(Op.SOFTPLUS, X)), "x·tanh(ln(1 + e^x))", r"x\,\tanh(\ln(1 + e^x))"),
    (X * f(Op.LOGISTIC, X * B1), "x·σ(b₁·x)", r"x\,\sigma(b_1\,x)"),
    (
        f(Op.MAXIMUM, 0, X) + A * f(Op.MINIMUM, 0, X),
        "max(0, x) + α·min(0, x)",
        r"\max(0, x) + \alpha\,\min(0, x)",
    ),
    (
        f(Op.WHERE, POSITIVE, X, A * f(Op.EXPM1, X)),
        "x for x > 0, α·(e^x − 1) otherwise",
        r"\begin{cases} x & \text{if } x > 0 \\ \alpha \cdot (e^x - 1) & \text{otherwise} \end{cases}",
    ),
    (
        PIECES * 2,
        "2·(x for −1 < x ≤ 1, 0 for x > 0, α otherwise)",
        r"2\,\left(\begin{cases} x & \text{if } -1 < x \leq 1 \\ 0 & \text{if } x > 0 \\ "
        r"\alpha & \text{otherwise} \end{cases}\right)",
    ),
    (
        SIGMA + X * SIGMA * (1 - SIGMA),
        "σ(x) + x·σ(x)·(1 − σ(x))",
        r"\sigma(x) + x\,\sigma(x)\,(1 - \sigma(x))",
    ),
    ((1 - TANH**2) * X * 2, "2·x·(1 − tanh²(x))", r"2\,x\,(1 - \tanh^2(x))"),
    (SIGMA**2, "σ(x)²", r"\sigma(x)^2"),
    (X**12, "x¹²", "x^{12}"),
    (X**-2 * A, "α/x²", r"\frac{\alpha}{x^2}"),
    (X ** Fraction(1, 2), "√x", r"\sqrt{x}"),
    (3 * X ** Fraction(-1, 2), "3/√x", r"\frac{3}{\sqrt{x}}"),
    (X * Fraction(-1, 3), "−x/3", r"-\frac{x}{3}"),
    (X / A / 2, "x/(2·α)", r"\frac{x}{2\,\alpha}"),
    (f(Op.SQRT, X) ** 3, "(√x)³", r"(\sqrt{x})^3"),
    (f(Op.SQRT, X**2), "√(x²)", r"\sqrt{x^2}"),
    (-(X**2), "−x²", "-x^2"),
    ((-X) ** 2, "(−x)²", "(-x)^2"),
    ((X / 2) ** 2, "(x/2)²", r"\left(\frac{x}{2}\right)^2"),
    (X**X**X, "x^(x^x)", "x^{x^x}"),
    ((X**X) ** X, "(x^x)^x", "(x^x)^x"),
    (X ** (A + 1), "x^(α + 1)", r"x^{\alpha + 1}"),
    (f(Op.EXP, -X / A), "e^(−x/α)", r"e^{-x/\alpha}"),
    (-1 + EXP, "e^x − 1", "e^x - 1"),
    (X - (X - 1), "x − (x − 1)", "x - (x - 1)"),
    (X + (X - 1), "x + x − 1", "x + x - 1"),
    (X + A * -3, "x − 3·α", r"x - 3\,\alpha"),
    (-(X + 1) / -2, "(x + 1)/2", r"\frac{x + 1}{2}"),
    (number(-1) * X, "−x", "-x"),
    (number(0) + X * 1, "0 + x", "0 + x"),
    (f(Op.ABS, X / (1 + abs(X))), "|x/(1 + |x|)|", r"\left|\frac{x}{1 + |x|}\right|"),
    (f(Op.MAXIMUM, f(Op.MAXIMUM, X, 0), A), "max(x, 0, α)", r"\max(x, 0, \alpha)"),
    (X**2 / X, "x²/x", r"\frac{x^2}{x}"),
    (2 * X / 4, "2·x/4", r"\frac{2\,x}{4}"),
    (f(Op.SQRT, X + 1) ** 2 / 2, "(x + 1)/2", r"\frac{x + 1}{2}"),
    (f(Op.WHERE, f(Op.LESS, X, 0), -1, 1) * X, "x·sign(x)", r"x\,\operatorname{sign}(x)"),
    (f(Op.LOG1P, -X), "ln(1 − x)", r"\ln(1 - x)"),
    (f(Op.ERF, X), "erf(x)", r"\operatorname{erf}(x)"),
    (f(Op.ARCSINH, X), "arsinh(x)", r"\operatorname{arsinh}(x)"),
    (f(Op.GAMMA, X) * f(Op.TRIGAMMA, X), "Γ(x)·ψ₁(x)", r"\Gamma(x)\,\psi_1(x)"),
    (f(Op.SQRT, 2 / constant("pi")) * f(Op.CBRT, X), "√(2/π)·∛x", r"\sqrt{\frac{2}{\pi}}\,\sqrt[3]{x}"),
    (f(Op.FLOOR, X) + f(Op.CEIL, X), "⌊x⌋ + ⌈x⌉", r"\lfloor x\rfloor  + \lceil x\rceil "),
    (parameter("sigma") * (X + 1), "σ·(x + 1)", r"\sigma \cdot (x + 1)"),
    (parameter("negative_slope") * X, "negative_slope·x", r"\mathrm{negative\_slope}\,x"),
    (parameter("lambd") * parameter("alpha_p"), "λ·α_p", r"\lambda\,\alpha_p"),
    (f(Op.WHERE, f(Op.NOT, POSITIVE), 1, 0), "1 for x ≤ 0, 0 otherwise", ""),
    (f(Op.WHERE, f(Op.OR, f(Op.EQUAL, X, 2), POSITIVE), 1, 0), "1 for x = 2 or x > 0, 0 otherwise", ""),
]
NUMBERS = [
    (Fraction(44715, 1_000_000), "0.044715", "0.044715"),
    (Fraction(0.1), "0.1", "0.1"),
    (Fraction(-1, 3), "−1/3", r"-\frac{1}{3}"),
    (Fraction(5e-324), "5·10⁻³²⁴", r"5 \cdot 10^{-324}"),
    (Fraction(10**20), "10²⁰", "10^{20}"),
    (Fraction(12345), "12345", "12345"),
    (Fraction(0), "0", "0"),
    (Fraction(1, 2**60) / 3, "1/3458764513820540928", r"\frac{1}{3458764513820540928}"),
]


@pytest.mark.parametrize(("expression", "plain", "tex"), WRITTEN, ids=[plain for _, plain, _ in WRITTEN])
def test_an_expression_is_written_as_people_write_it(expression: Expression, plain: str, tex: str) -> None:
    assert text(expression) == plain
    if tex:
        assert latex(expression) == tex


@pytest.mark.parametrize(("value", "plain", "tex"), NUMBERS, ids=[plain for _, plain, _ in NUMBERS])
def test_a_number_is_written_as_typed(value: Fraction, plain: str, tex: str) -> None:
    assert text(number(value)) == plain
    assert latex(number(value)) == tex


def test_a_power_of_ten_holds_together_where_it_must() -> None:
    small = number(Fraction(25, 10**31))
    assert text(small**X * small) == "2.5·10⁻³⁰·(2.5·10⁻³⁰)^x"
    assert text(X / number(10**20)) == "x/10²⁰"


@pytest.mark.parametrize("expression", [expression for expression, _, _ in WRITTEN], ids=source)
def test_mathtext_is_drawn_by_matplotlib(expression: Expression) -> None:
    assert MATHTEXT.parse(f"${mathtext(expression)}$").width > 0


def test_a_parameter_takes_the_symbol_given() -> None:
    assert latex(A * X, {"alpha": "v_{min}"}) == r"v_{min}\,x"


def test_depth_does_not_matter() -> None:
    long = deep = X
    for i in range(2000):
        long = long + i * f(Op.SIN, X)
        deep = f(Op.SIN, deep)
    for write in (text, latex, mathtext, source):
        assert write(long).count("sin") == 2000
        assert write(deep).count("sin") == 2000


def test_what_is_too_long_is_cut() -> None:
    square = X + 1
    for _ in range(200):
        square = square * square
    for write in (text, latex, mathtext, source):
        assert len(write(square, most=1000)) == 1001
        assert write(square, most=1000).endswith("…")
    assert text(X + 1, most=5) == "x + 1"


_NAMES = list(Op)
FUNCTIONS = _NAMES[_NAMES.index(Op.SQRT) : _NAMES.index(Op.MAXIMUM)]
BINARY = [Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.POWER, Op.MAXIMUM, Op.MINIMUM]
NUMBERS_TYPED = st.decimals(0, 10**30, allow_nan=False).map(lambda d: number(Fraction(d)))
LEAVES = NUMBERS_TYPED | st.sampled_from([X, A, B1, parameter("gamma"), constant("pi"), number(-3)])


def _made(op: Op, a: Expression, b: Expression, c: Expression) -> Expression:
    """Return an operation on expressions, as the grammar makes it."""
    if op is Op.NEGATE:
        return apply(op, a * b)
    if op in FUNCTIONS:
        return apply(op, a)
    if op in BINARY:
        return apply(op, a, b)
    relations = [apply(Op.LESS, a, b), apply(Op.NOT, apply(Op.LESS_EQUAL, b, c)), apply(Op.EQUAL, c, 2)]
    if op in (Op.AND, Op.OR):
        relations[0] = apply(op, apply(op, relations[0], relations[1]), apply(Op.NOT, relations[2]))
        relations[0] = apply(Op.AND, relations[2], relations[0])
    return apply(Op.WHERE, relations[op is Op.NOT], b, c)


OPERATIONS = st.sampled_from([*FUNCTIONS, *BINARY, Op.NEGATE, Op.WHERE, Op.AND, Op.OR, Op.NOT])
EXPRESSIONS = st.recursive(
    LEAVES, lambda inside: st.builds(_made, OPERATIONS, inside, inside, inside), max_leaves=12
)


@given(EXPRESSIONS)
def test_the_source_is_read_as_the_same_expression(expression: Expression) -> None:
    assert parse(source(expression)).expression is expression


@settings(max_examples=25, deadline=None)
@given(EXPRESSIONS)
def test_mathtext_of_any_expression_is_drawn(expression: Expression) -> None:
    assert MATHTEXT.parse(f"${mathtext(expression)}$").width > 0
    assert text(expression)
    assert latex(expression).count("{") == latex(expression).count("}")


def test_the_source_of_an_endless_decimal_is_a_quotient() -> None:
    assert parse(source(X * Fraction(-1, 3))).expression is X * (number(-1) / 3)

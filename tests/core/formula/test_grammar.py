from __future__ import annotations

import math
import pickle
import re
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from actcli.core import registry
from actcli.core.formula import grammar, vocabulary
from actcli.core.formula.expression import Op, X, apply, constant, number, parameter
from actcli.core.formula.grammar import DEEPEST, LARGEST, parse
from actcli.core.formula.tokens import LONGEST, excerpt
from actcli.errors import FormulaError
from tests.core.formula.reference import value

if TYPE_CHECKING:
    from collections.abc import Iterator

P = Fraction(7, 5)


def at(text: str, x: Any = P, **parameters: Any) -> Any:
    return value(parse(text).expression, x, parameters)


def same(text: str, other: str) -> bool:
    """Whether two formulas are the same expression."""
    return parse(text).expression is parse(other).expression


def wrong(text: str, known: Any = None) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse(text, known)
    return caught.value


# Arithmetic

READINGS = {
    "1 + 2*x": 1 + 2 * P,
    "x - 1 - 2": P - 3,
    "x/2/5": P / 10,
    "x/2*5": P / 2 * 5,
    "-x^2": -(P**2),
    "(-x)^2": P**2,
    "2^3^2": 2**9,
    "(2^3)^2": 64,
    "2^-x^0": Fraction(1, 2),
    "2^-2": Fraction(1, 4),
    "2**3": 8,
    "x^2 - x^-1": P**2 - 1 / P,
    "--x": P,
    "-+-x": P,
    "1 - -x": 1 + P,
    "3*-x": -3 * P,
    "-3^2": -9,
    "-x*-x": P * P,
    ".5 + 1. + 1e-3 + 2.5E+1 + 1e2": Fraction("126.501"),
    "0.1 + 0.2": Fraction(3, 10),
    "2x": 2 * P,
    "2x^2": 2 * P**2,
    "-2x": -2 * P,
    "2(x+1)": 2 * (P + 1),
    "(x+1)(x-1)": (P + 1) * (P - 1),
    "(x+1)x": (P + 1) * P,
    "(x+1)^2*2x": (P + 1) ** 2 * 2 * P,
    "2x/3": 2 * P / 3,
    "2x*3x": 6 * P**2,
    "2x 3": None,
    "1.702x": Fraction("1.702") * P,
    "2|x|": 2 * P,
    "3(2)(x)": 6 * P,
    "x·2×x⋅1∗1∙1": 2 * P**2,
    "x÷2": P / 2,
    "x − 1": P - 1,
    "x – 1": P - 1,
    "x² + x³": P**2 + P**3,
    "x⁻¹": 1 / P,
    "x¹⁰": P**10,
    "2x²": 2 * P**2,
    "-x²": -(P**2),
    "2^x⁰": 2,
    "|x|": P,
    "|-x|": P,
    "x*|x|": P * P,
    "|x|*|x-2|": P * (2 - P),
    "|-|x||": P,
    "||x|-2|": 2 - P,
    "|x*|x-3||": P * (3 - P),
    "|(|x|-3)|": 3 - P,
    "|x|²": P**2,
    "|x|^2/|x|": P,
}


@pytest.mark.parametrize("text", READINGS)
def test_arithmetic_is_read_as_mathematicians_write_it(text: str) -> None:
    if READINGS[text] is None:
        wrong(text)
    else:
        assert at(text) == READINGS[text]


OPERANDS = st.sampled_from(["x", "2", "3", "0.5", "(x)", "-x", "+3", "(x - 2)", "-(2)", "x**2", "2**-1"])


@given(st.lists(st.tuples(OPERANDS, st.sampled_from("+-*/")), min_size=1, max_size=8), OPERANDS)
def test_python_reads_the_same(pairs: list[tuple[str, str]], last: str) -> None:
    text = " ".join(part for pair in pairs for part in pair) + " " + last
    exact = re.sub(r"(?<!\*\*)(?<!\*\*-)\b([0-9.]+)", r"F('\1')", text)  # exponents stay whole
    try:
        due = eval(exact, {"F": Fraction, "x": P})
    except ZeroDivisionError:
        assume(False)
    assert at(text) == due


CONDITIONS = ["x < 1", "x <= 2", "1 < x <= 3", "x == 1", "x != 1 != 2", "x > 2 >= 1", "0 < x < 2 < 3"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "not ", "not not "]),
            st.sampled_from([*CONDITIONS, *(f"({c})" for c in CONDITIONS)]),
            st.sampled_from([" and ", " or "]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([-1, 1, Fraction(3, 2), 2, 3]),
)
def test_python_reads_conditions_the_same(parts: list[tuple[str, ...]], x: Any) -> None:
    text = "".join("".join(part) for part in parts) + "x > 0"
    due = bool(eval(text, {"x": x}))
    assert at(f"{text} ? 1 : 0", x) == due
    c_like = text.replace(" and ", " && ").replace(" or ", " || ")
    assert same(f"where({text}, 1, 0)", f"1 if {c_like} else 0")
    assert same(text, f"{{{text}: 1, 0}}")


def test_numbers_are_exact() -> None:
    assert parse("0.1").expression is number(Fraction(1, 10))
    assert parse("-0.1").expression is number(Fraction(-1, 10))
    assert parse("1e-400").expression is number(Fraction(1, 10**400))
    assert parse("1" * 1000).expression is number(int("1" * 1000))


# Pieces

PIECES = [
    "x > 1 ? 1 : x > 0 ? x : 0",
    "(x > 1) ? (1) : ((x > 0) ? x : 0)",
    "1 if x > 1 else x if x > 0 else 0",
    "1 if x > 1 else x > 0 ? x : 0",
    "where(x > 1, 1, where(x > 0, x, 0))",
    "{x > 1: 1, x > 0: x, 0}",
    "{x > 1: 1, x > 0: x, else: 0}",
    "{x > 1: 1, x > 0: x, otherwise: 0}",
    "{x > 1: 1, else x > 0 ? x : 0}",
    "{1 < x: 1, 0 < x: x, 0,}",
    "let big = x > 1; let small = x > 0; big ? 1 : small ? x : 0",
    "f(t) = t > 1 ? 1 : t > 0 ? t : 0",
]


@pytest.mark.parametrize("text", PIECES)
def test_pieces_are_written_in_many_ways(text: str) -> None:
    assert same(text, PIECES[0])


def test_pieces_take_all_that_stands_on_their_side() -> None:
    assert same("x > 0 ? x : x + 1", "x > 0 ? x : (x + 1)")
    assert same("2 + x > 0 ? x : 1", "(2 + x > 0) ? x : 1")
    assert same("x > 0 ? x < 1 ? x : 1 : 0", "x > 0 ? (x < 1 ? x : 1) : 0")
    assert same("|x > 0 ? x : -x|", "abs(x > 0 ? x : -x)")


def test_true_counts_as_1() -> None:
    assert [at("(x > 0)*x + (x <= 0)*2x", x) for x in (-1, 0, 3)] == [-2, 0, 3]
    assert [at("x >= 0", x) for x in (-1, 0, 3)] == [0, 1, 1]
    assert same("!(x > 0)", "not x > 0")
    assert same("not not x > 0", "x > 0")


def test_unicode_signs_are_what_they_look_like() -> None:
    assert same("x ≤ 1 ? 1 : x ≥ 3 ? 2 : x ≠ 2 ? 3 : 4", "x <= 1 ? 1 : x >= 3 ? 2 : x != 2 ? 3 : 4")
    assert same("√x + √(x+1) + ∛2 + √√|x|", "sqrt(x) + sqrt(x+1) + cbrt(2) + sqrt(sqrt(abs(x)))")
    assert same("2π*x", "2*pi*x")
    assert same("σ(x) + Φ(x) - φ(x)", "sigmoid(x) + Phi(x) - phi(x)")
    assert same("α*x + β₁ - γ_a + λ", "alpha*x + beta1 - gamma_a + lambd")
    assert same("lambda*x", "lambd*x")  # as the catalogue spells it
    assert same("x\N{NO-BREAK SPACE}+\t1\n", "x+1")


# Names


def test_unknown_names_are_parameters() -> None:
    found = parse("x*sigmoid(b*x) + a - b")
    assert dict(found.parameters) == {"b": None, "a": None}
    assert list(found.parameters) == ["b", "a"]
    assert (found.name, found.note, found.place) == ("", "", "")


def test_a_header_names_function_variable_and_parameters() -> None:
    found = parse("f(t; a=1/3, b, c = -2*pi) = t*a + c  # what it is")
    assert dict(found.parameters) == {"a": 1 / 3, "b": None, "c": -2 * math.pi}
    assert list(found.parameters) == ["a", "b", "c"]
    assert (found.name, found.note) == ("f", "what it is")
    assert found.text == "f(t; a=1/3, b, c = -2*pi) = t*a + c"
    assert found.expression is X * parameter("a") + parameter("c")
    assert same("f(x, a=1) = a*x", "g(x; a=2) = a*x")
    assert dict(parse("f(x) = a*x").parameters) == {"a": None}
    assert parse("swish2 = x*sigmoid(x)").name == "swish2"
    assert dict(parse("f(x; α=2) = α*x").parameters) == {"alpha": 2.0}


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("1/3", 1 / 3),
        ("0.1", 0.1),
        ("-2*pi", -2 * math.pi),
        ("sqrt(2/pi)", 0.7978845608028654),
        ("e", math.e),
        ("exp(-1)", math.exp(-1)),
        ("log(2)", math.log(2)),
        ("2^-3", 0.125),
        ("2^0.5", math.sqrt(2)),
        ("(1 - 5)/3", -4 / 3),
        ("1e-400", 0.0),
        ("5e-324", 5e-324),
        ("9007199254740993", 9007199254740992.0),
        ("9007199254740993.00000000000000000000000000001", 9007199254740994.0),
        ("|-3|", 3.0),
        ("10^300*10^8/10^8", 1e300),
    ],
)
def test_a_default_is_the_nearest_double(text: str, due: float) -> None:
    assert parse(f"f(x; a={text}) = a*x").parameters["a"] == due


@pytest.mark.parametrize(
    "text", ["1/0", "x", "b", "9^9^9^9", "10^400", "sqrt(-1)", "gamma(1/3)", "-1 > 0", "e^e^e^e"]
)
def test_a_default_is_a_finite_number(text: str) -> None:
    wrong(f"f(x; a={text}) = a*x")


def test_let_gives_a_name_to_a_part() -> None:
    assert same("let k = 2*a; let m = k + k; m*x", "(2*a + 2*a)*x")
    assert same("f(x; a) = let k = 2*a; k*x", "2*a*x")
    assert same("let u = x; let v = (u)^2; v", "x^2")


def test_names_of_functions_may_be_parameters_where_that_is_usual() -> None:
    assert list(parse("x > threshold ? gamma*x : sigma").parameters) == ["threshold", "gamma", "sigma"]
    assert same("gamma*gamma(x)", "γ*Γ(x)")
    assert list(parse("f(x; step) = step*x").parameters) == ["step"]


# Functions

VALUES = {
    "exp2(x)": 2**1.4,
    "log(x, 2)": math.log2(1.4),
    "log2(x)": math.log2(1.4),
    "log10(x)": math.log10(1.4),
    "ln(x)": math.log(1.4),
    "pow(x, 3)": 1.4**3,
    "square(x)": 1.4**2,
    "reciprocal(x)": 1 / 1.4,
    "rsqrt(x)": 1 / math.sqrt(1.4),
    "hypot(x, 3)": math.hypot(1.4, 3),
    "logaddexp(x, 3)": math.log(math.exp(1.4) + math.exp(3)),
    "logit(x/2)": math.log(0.7 / 0.3),
    "sec(x)*cos(x)": 1,
    "csc(x)*sin(x)": 1,
    "cot(x)*tan(x)": 1,
    "csch(x)*sinh(x)": 1,
    "coth(x)*tanh(x)": 1,
    "clip(x, 0, 1)": 1,
    "clamp(x; lo=2, hi=3)": 2,
    "max(x, 1, 2)": 2,
    "minimum(x, 3)": 1.4,
    "sin²(x) + cos²(x)": 1,
    "e^x": math.exp(1.4),
    "arctan(x) - atan(x)": 0,
    "heaviside(x, 0.5)": 1,
    "heaviside(x - 1.4, 0.5)": 0.5,
    "log1p(x) + expm1(x)": math.log1p(1.4) + math.expm1(1.4),
}


@pytest.mark.parametrize("text", VALUES)
def test_functions_have_the_names_of_the_field(text: str) -> None:
    assert float(at(text)) == pytest.approx(float(VALUES[text]), rel=1e-14)


def test_whole_numbers_near_x() -> None:
    points = [Fraction(k, 4) for k in range(-14, 15)]
    assert [at("round(x)", x) for x in points] == [round(x) for x in points]
    assert [at("trunc(x)", x) for x in points] == [math.trunc(x) for x in points]
    assert [at("mod(x, 3)", x) for x in points] == [x % 3 for x in points]
    assert [at("mod(x, -3)", x) for x in points] == [x % -3 for x in points]
    assert [at("sign(x) + floor(x) + ceil(x)", x) for x in (-1, 0, 1)] == [-3, 0, 3]


def test_every_name_of_an_operation_is_read() -> None:
    for name, op in vocabulary.OPERATIONS.items():
        assert parse(f"{name}(x)").expression is apply(op, X)
    for name, definition in vocabulary.DEFINED.items():
        header, _, _ = definition.partition(") =")
        further = header.count(";") + header.count(",")
        assert parse(f"{name}(x{', 2' * further})").parameters == {}


def test_e_to_a_power_is_exp() -> None:
    assert same("e^(-x)", "exp(-x)")
    assert parse("e").expression is constant("e")


FORMULAS = {
    "elu": "x > 0 ? x : alpha*(exp(x) - 1)",
    "leaky_relu": "x < 0 ? negative_slope*x : x",
    "selu": "scale*(x > 0 ? x : alpha*(exp(x) - 1))",
    "softplus": "log(1 + exp(beta*x))/beta",
    "binary_step": "x > threshold ? 1 : 0",
    "gelu": "x*Phi(x)",
    "hard_sigmoid": "clip(alpha*x + beta, 0, 1)",
    "relu": "max(0, x)",
    "hard_tanh": "clip(x, min_val, max_val)",
}


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(vocabulary, "formula_of", lambda entry: FORMULAS[entry.name])
    grammar._catalogued.cache_clear()
    yield
    grammar._catalogued.cache_clear()


@pytest.mark.usefixtures("catalogue")
def test_functions_of_the_catalogue_stand_for_their_formulas() -> None:
    assert same("elu(2x, alpha=3)", "2x > 0 ? 2x : 3*(exp(2x) - 1)")
    assert same("elu(x)", "x > 0 ? x : 1*(exp(x) - 1)")
    assert same("leaky_relu(2x, 0.1)", "2x < 0 ? 0.1*(2x) : 2x")
    assert same("LeakyReLU(x; alpha=a)", "leaky_relu(x, a)")
    assert same("elu(x, alpha=b + x)", "x > 0 ? x : (b + x)*(exp(x) - 1)")
    assert same("elu(elu(x))", "let u = elu(x); u > 0 ? u : 1*(exp(u) - 1)")
    assert same("softplus(x)", "let u = softplus(x); u")
    assert parse("softplus(x)").expression is apply(Op.SOFTPLUS, X)
    assert same("softplus(x, beta=2)", "log(1 + exp(2*x))/2")
    assert same("step(x, 0.5)", "x > 0.5 ? 1 : 0")
    assert same("heaviside(x)", "x > 0 ? 1 : 0")
    assert same("hard_sigmoid(x)", "clip(1/6*x + 1/2, 0, 1)") is False  # 1/6 is a division there
    assert at("hard_sigmoid(x)") == P / 6 + Fraction(1, 2)  # the default in full, not its double
    assert at("selu(x)") == P * Fraction("1.0507009873554804934193349852946")
    assert same("sigma(gelu(x))", "sigmoid(x*Phi(x))")
    assert "alpha" in wrong("elu(x, alhpa=1)").hint
    assert "must" in wrong("softplus(x, beta=-1)").message
    assert "must" in wrong("softplus(x, beta=1 - 2)").message
    assert "too large" in wrong("elu(x, alpha=1e999)").message
    assert wrong("hard_tanh(x, 2, 1)").message.startswith("formula: hard_tanh: ")
    assert same("selu(x, λ=2, alpha=1)", "selu(x, lambda=2, alpha=1)")
    assert wrong("elu(x, 1, 2)").message == "formula: elu takes 1 to 2 arguments, not 3"
    assert wrong("elu(x, 1, alpha=2)").message == "formula: elu: alpha is given twice"


def test_definitions_are_called_by_name() -> None:
    known = {
        "g": parse("g(x; a=0.1, b) = a*x + b"),
        "h": parse("h(t) = t^2"),
    }
    tenth = number(Fraction(0.1))  # a parameter is the double that it is
    assert parse("g(2x, b=c)", known).expression is tenth * (2 * X) + parameter("c")
    assert parse("h(h(x))", known).expression is (X ** number(2)) ** number(2)
    assert parse("f(x; a=1) = g(a, x, 1)", known).expression is X * parameter("a") + 1
    assert wrong("g(x)", known).message == "formula: g needs b"
    assert wrong("g(x, 1, 2, 3)", known).hint == "write g(x, a, b)"
    assert wrong("h*2", known).hint == "write h(x)"
    assert wrong("hh(x)", {"hhh": parse("x")}).hint == "did you mean 'hhh'?"


# Errors

HINTS = {
    "1/2x": ("two readings", "write 1/(2*x) or (1/2)*x"),
    "1/(x+1)(x-1)": ("two readings", "write 1/((x+1)*(x-1)) or (1/(x+1))*(x-1)"),
    "1/-2x": ("two readings", "write 1/(-2*x) or (1/-2)*x"),
    "x/2 sin(x)": ("two readings", "write x/(2*sin(x)) or (x/2)*sin(x)"),
    "2^2x": ("two readings", "write 2^(2*x) or (2^2)*x"),
    "x^2(x+1)": ("two readings", "write x^(2*(x+1)) or (x^2)*(x+1)"),
    "x^-2x": ("two readings", "write x^(-2*x) or (x^-2)*x"),
    "√2x": ("two readings", "write √(2*x) or √(2)*x"),
    "√x²": ("two readings", "write √(x²) or √(x)²"),
    "√x^2": ("two readings", "write √(x^2) or √(x)^2"),
    "sin⁻¹(x)": ("two readings", "write arcsin(x) or 1/sin(x)"),
    "x(1+x)": ("x is not a function", "write x*(1+x)"),
    "a(1+x)": ("no function 'a'", "write a*(1+x)"),
    "beta*x + beta(x-1)": ("no function 'beta'", "write beta*(x-1)"),
    "alpha(x)": ("no function 'alpha'", "write alpha*(x)"),
    "pi(x)": ("pi is not a function", "write pi*(x)"),
    "x*sigmod(x)": ("no function 'sigmod'", "did you mean 'sigmoid'?"),
    "x*sigmoid": ("sigmoid is a function", "write sigmoid(x)"),
    "sin x": ("sin is a function", "write sin(x)"),
    "sin^2(x)": ("sin is a function", "write sin(x)^2"),
    "a x": ("an operator is missing before 'x'", "write a*x"),
    "αx": ("an operator is missing before 'x'", "write alpha*x"),
    "x 2": ("an operator is missing before '2'", "write x*2"),
    "|x||x|": ("an operator is missing before '|'", "write *, if it is a product"),
    "x²y": ("an operator is missing before 'y'", "write *, if it is a product"),
    "f(x; a) = a*x + b": ("b is not a parameter", "write f(x; a, b) = …"),
    "f(t) = t + x": ("x is not the variable", "the header says t"),
    "f(x) = f(x)": ("f is defined by itself", ""),
    "f(x) = 2*f": ("f is the function itself", ""),
    "i(x)": ("i is not part of formulas", "formulas are of real numbers; give the parameter another name"),
    "f(x; a) = let a = 2; x": ("a has a meaning already", "take another name"),
    "{x > 0: x y < 0: 2}": ("an operator is missing before 'y'", "write x*y"),
    "{x > 0: x : 2}": ("unexpected ':'", ""),
    "clip(x, 1, 2, 3)": ("clip takes 1 to 3 arguments, not 4", "write clip(x, lo, hi)"),
    "clip(x, lo=1, high=2)": ("clip has no parameter 'high'", "did you mean 'hi'?"),
    "square(x, a=1)": ("square has no parameter 'a'", "it has none"),
    "sinc(x)": (
        "no function 'sinc'",
        "write sin(pi*x)/(pi*x), which is NumPy's, or sin(x)/x",
    ),
    "softmax(x)": ("softmax is a function of a vector, and a formula is of one number", ""),
    "exp(x, 2)": ("exp takes 1 argument, not 2", "write exp(x)"),
    "where(x, 1, 2)": ("where needs a condition first", "write where(x > 0, a, b)"),
    "x ? 1 : 2": ("a condition is due here, not a number", "write x > 0"),
    "x = 2*x": ("unexpected '='", "== compares; a name is given a value by a header: f(x; a=1) = …"),
    "x => 1": ("unexpected '='", "write <= or >="),
    "x <> 1": ("unexpected '>'", "write !="),
    "e*{-x}": ("no condition in braces", "write ( ) for a group"),
    "e^{x, 2}": ("unexpected ','", ""),
    "x^{2}y": ("an operator is missing before 'y'", "write *, if it is a product"),
    "\\frac{a}{b}": ("unexpected '\\\\'", "TeX is not read"),
    "{x > 0 x, 0}": ("':' is missing after the condition", "write {x > 1: 1, x > 0: x, 0}"),
    "sin 2x": ("sin is a function", "write sin(2*x)"),
    "sin^2 x": ("sin is a function", "write sin(x)^2"),
    "sin²x": ("sin is a function", "write sin(x)^2"),
    "sin^{2} x": ("sin is a function", "write sin(x)^2"),
    "sin^-1(x)": ("two readings", "write arcsin(x) or 1/sin(x)"),
    "tanh^{-1}(x)": ("two readings", "write arctanh(x) or 1/tanh(x)"),
    "max{0, x}": ("max is a function", "write max(0, x)"),
    "log_2 x": ("an operator is missing before 'x'", "write log2(x)"),
    "x mod 2": ("mod is a function", "write mod(x, 2)"),
    "(x + 1) mod 2pi": ("mod is a function", "write mod(x + 1, 2pi)"),
    "lambda x: x*2": ("lambda is Python's", "write only what follows the colon"),
    "x -> x^2": ("a formula has no arrow", "write only what follows the arrow"),
    "f(x) := x": ("a header ends with =", "write f(x) = …"),
    "f(u) == u": ("a header ends with =", "write f(u) = …"),
    "f := x": ("a header ends with =", "write f(x) = …"),
    "sin(x) == 0 ? 1 :": ("the formula ends too early", ""),
    "g(x) == 0 ? 1 : 2": ("no function 'g'", "write g*(x)"),
    "IF(x>0, x, 0)": ("no function 'IF'", "write x > 0 ? a : b, or where(x > 0, a, b)"),
    "besselj(1, x)": ("no function 'besselj'", ""),
    "lgamma(x)": ("no function 'lgamma'", "write log(|gamma(x)|)"),
    "atan2(x, 1)": ("no function 'atan2'", "write arctan(y/x), which it is for x > 0"),
    "x.clamp(min=0)": ("a formula has no modules and methods", "write clamp(x, …)"),
    "nn.GELU()(x)": ("a formula has no modules and methods", "write gelu(x)"),
    "torch.nn.functional.gelu(x, approximate='tanh')": (
        "a formula has no modules and methods",
        "write gelu(x)",
    ),
    "x.foo()": ("a formula has no modules and methods", "a name stands alone: exp, not np.exp"),
    "1e": ("the exponent of a number is missing", "write 1*e, or 1e3 for 1*1000"),
    "2e*x": ("the exponent of a number is missing", "write 2*e, or 2e3 for 2*1000"),
    "x > 0 ? x": (": is missing at the end", "write c ? a : b"),
    "(x + 1": (") is missing at the end", ""),
    "x + 1)": ("unexpected ')'", "no parenthesis is open"),
    "x +": ("the formula ends too early", ""),
    "": ("the formula is empty", "write x^2, for example"),
    "{x > 0: x}": ("no value where no condition holds", "write {x > 1: 1, x > 0: x, 0}"),
    "1,5x": ("unexpected ','", "decimals have a point"),
    "x!": ("unexpected '!'", "write gamma(x + 1) for a factorial"),
    "x // 2": ("unexpected '/'", "write floor(a/b)"),
    "x % 2": ("unexpected '%'", "write mod(a, b)"),
    "np.exp(x)": ("a formula has no modules and methods", "write exp(x)"),
    "x + i": ("i is not part of formulas", "formulas are of real numbers; give the parameter another name"),
    "0x1F": ("numbers are decimal", ""),
    "1_000": ("unexpected '_'", "digits are not grouped, and names begin with a letter"),
    "xх": ("unexpected 'х'", "it is a cyrillic small letter ha"),
    "f(x; e=1) = e": ("e cannot be the name of a parameter", "take another name"),
    "f(x; in=1) = x": ("in is a reserved word", "take another name"),
    "f(x; a, a) = x": ("a has a meaning already", "take another name"),
    "let a = 2; let a = 3; a": ("a has a meaning already", "take another name"),
    "let b = a; let a = 2; b": ("a is used before it is defined", ""),
}


@pytest.mark.parametrize("text", HINTS)
def test_an_error_says_what_is_wrong_and_what_to_write(text: str) -> None:
    found = wrong(text)
    assert (found.message.removeprefix("formula: "), found.hint) == HINTS[text]


def test_an_error_shows_the_place() -> None:
    assert str(wrong("x*sigmod(x)")).split("\n") == [
        "formula: no function 'sigmod' (did you mean 'sigmoid'?)",
        "  x*sigmod(x)",
        "    ^~~~~~",
    ]
    with pytest.raises(FormulaError, match=r"^defs.txt:3: "):
        parse("x*", place="defs.txt:3")
    assert str(pickle.loads(pickle.dumps(wrong("x*")))) == str(wrong("x*"))


@pytest.mark.parametrize(
    ("text", "start", "end", "due"),
    [
        ("abc", 1, 2, ("abc", " ^")),
        ("abc", 3, 4, ("abc", "   ^")),
        ("漢字x", 2, 3, ("漢字x", "    ^")),
        ("漢字x", 1, 2, ("漢字x", "  ^~")),
        ("e\N{COMBINING ACUTE ACCENT}x", 2, 3, ("e\N{COMBINING ACUTE ACCENT}x", " ^")),
        ("\x1b[31mx", 5, 6, (r"\x1b[31mx", "        ^")),
        ("\x1b", 0, 1, (r"\x1b", "^~~~")),
        ("\N{RIGHT-TO-LEFT OVERRIDE}x", 1, 2, (r"\u202ex", "      ^")),
        ("\ud800x", 1, 2, (r"\ud800x", "      ^")),
    ],
)
def test_a_caret_stands_under_the_place(text: str, start: int, end: int, due: tuple[str, str]) -> None:
    assert excerpt(text, start, end) == due


@given(st.text(max_size=200), st.integers(0, 200), st.integers(1, 20))
def test_an_excerpt_fits_and_holds_the_place(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    line, marks = excerpt(text, start, start + length)
    assert line.isprintable() or not line
    assert marks.lstrip(" ")[0] == "^"
    assert len(line) <= 90  # a character may be as wide as what spells it out
    assert len(marks) <= 200
    if text.isascii() and text.isprintable() and start < len(text):
        assert line[marks.index("^")] == text[start]


# Hostile texts

HOSTILE = [
    *(f"x {c} x" for c in ".@~`$%&\\;:'\"[]?=!,_"),
    *(f"{c}" for c in "+-*/^()|{}<>=!?:;,.√∞²#@\\'\"[]~`$%&_"),
    *(
        f"x {a} {b} x"
        for a in ("*", "/", "^", "<", "and", "?", ":", ",")
        for b in ("*", "/", ")", "<", "or", ":")
    ),
    "__import__('os').system('true')",
    "().__class__.__bases__[0]",
    "x.__class__",
    "lambda x: x",
    "lambda: 1",
    "[x for x in x]",
    "{x: x for x in x}",
    "{x}{x}",
    "{}",
    "{,}",
    "{x > 0}",
    "{x > 0: x, x < 0: 1}",
    "{else}",
    "{else: 1, 2}",
    "{x: 1, 2}",
    "eval('1')",
    "exec(x)",
    "open(x)",
    "print(x)",
    "exit()",
    "globals()",
    "True",
    "False",
    "None.x",
    "import os",
    "x if x",
    "x if x > 0",
    "x if x > 0 else",
    "if x > 0 : 1",
    "if(x > 0, 1, 2)",
    "else",
    "and",
    "x and",
    "x and x",
    "not",
    "not x",
    "!x",
    "x not x",
    "let",
    "let x = 2; x",
    "let a; a",
    "let a = ; a",
    "let a = 2",
    "let a = 2;",
    "let a = 2, a",
    "let pi = 3; pi",
    "let f(x) = 2; f(x)",
    "f(",
    "f()",
    "f(x",
    "f(x) =",
    "f(x;) = x",
    "f(x; =1) = x",
    "f(x; a=) = x",
    "f(x; a=b) = x",
    "f(x; a=1, a=2) = x",
    "f(x; x) = x",
    "f(f) = f",
    "f(x; f) = f",
    "f(2) = 2",
    "f() = 2",
    "f(x)(y) = 2",
    "f(x) = 2 = 3",
    "f(x) == ",
    "e(x) = x",
    "pi = 3",
    "nan",
    "inf",
    "-inf*x",
    "NaN",
    "Infinity",
    "1j",
    "3i",
    "x*j",
    "1e*",
    "1e1000000",
    "1e999999999",
    "1e-999999999",
    "1" * 1001,
    "1" * 999 + " 2",
    "1" * 999 + "," + "2" * 999,
    "a" * 41,
    "a" * 9999 + " x",
    "f(x; " + "a" * 9000 + ") = x",
    "a" * 40 + " " + "b" * 40,
    "a" * 40 + "(" + "b" * 40 + ")",
    "0." + "1" * 1001,
    "9" * 9999,
    "1..2",
    "1.2.3",
    "..",
    "0b1.",
    "0x1p-3",
    "0o17 x",
    "x^",
    "x**",
    "x***x",
    "^x",
    "x²²x",
    "x⁻",
    "⁻",
    "x⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹",
    "²x",
    "√",
    "√√",
    "√-x",
    "|",
    "||",
    "|||",
    "|x",
    "x|",
    "|x|x|",
    "|x||x|",
    "|(x|)",
    "(|x)|",
    "(" * 5000,
    "(" * 9999,
    ")" * 9999,
    "|" * 9999,
    "{" * 9999,
    "√" * 9999,
    "!" * 9999,
    "-" * 9999,
    "+" * 9999,
    "not " * 2400,
    "^" * 9999,
    "x^" * 4900,
    "2^" * 4900 + "x",
    "1/" * 4900,
    "x?" * 4900,
    "x>0?1:" * 1600,
    "x>0?1:" * 1600 + "1",
    "x>0?" * 2400,
    "{x>0:" * 1900,
    "sin(" * 2400,
    "max(x," * 1600,
    "(" * 201 + "x" + ")" * 201,
    "-(" * 201 + "x" + ")" * 201,
    "x*(1+" * 201 + "x" + ")" * 201,
    "|" * 201 + "x" + "|" * 201,
    "sin(" * 201 + "x" + ")" * 201,
    "x" * 10001,
    "x+" * 5000 + "x",
    " " * 20000 + "x" * 10001,
    "x" + " x" * 4999,
    "x,x",
    "x;x",
    "x:x",
    "x->x",
    "x=>x",
    "x=<1",
    "x<>1",
    "x=1",
    "x===1",
    "x!==1",
    "a.b",
    "a[0]",
    "a'",
    "'a'",
    '"a"',
    "a\\b",
    "`id`",
    "$(id)",
    "${x}",
    "x\u03a2",
    "x\x00",
    "\x00",
    "x\x1b[31m",
    "\x1b]0;title\x07x",
    "x\x7f",
    "x\x9b31m",
    "x\N{RIGHT-TO-LEFT OVERRIDE}+1",
    "x\N{ZERO WIDTH SPACE}+1",
    "\ufeffx",
    "x\ud800",
    "x + \N{PILE OF POO}",
    "é*x",
    "e\N{COMBINING ACUTE ACCENT}*x",
    "ｘ+1",
    "𝑥+1",
    "х+1",
    "x+１",
    "x+٣",
    "1²3",
    "漢字",
    "x # a\n + 1",
    "sigmod(x)",
    "sin",
    "sin()",
    "sin(,)",
    "sin(x,)x(",
    "sin(x, y)",
    "sin(x=2)",
    "sin(a=x)",
    "max()",
    "max(x)",
    "max(x, a=2)",
    "where(x)",
    "where(x > 0, 1)",
    "where(x > 0, 1, 2, 3)",
    "where(1, 2, 3)",
    "clip(x)",
    "clip(x, 1)",
    "clip(x, 1, 2, 3)",
    "clip(x, 1, 2, hi=3)",
    "clip(x, lo=1, lo=2)",
    "clip(x, lo=1, 2)",
    "clip(lo=1, hi=2)",
    "hypot(x)",
    "x x",
    "2 3",
    "(x) 2",
    "x(x)",
    "x(",
    "softmax(x)",
    "glu(x)",
    "sinc(x)",
    "x²(x)",
    "sin⁻¹(x)",
    "sin⁻²(x)",
    "sin⁰(x)",
    "sin^2(x)",
    "sin^2 x",
    "_x",
    "__name__",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t)[:40])
def test_a_hostile_text_is_an_error_with_a_caret_in_it(text: str) -> None:
    found = wrong(text)
    message, line, marks = str(found).split("\n")
    assert message.isprintable()
    assert message.startswith("formula: ")
    assert len(message) < 200
    assert line.isprintable()
    assert len(line) < 120
    assert marks.strip(" ~") == "^"
    assert len(marks) <= len(line) + 2 + line.count("漢") * 2


def test_there_are_two_hundred_hostile_texts() -> None:
    assert len(set(HOSTILE)) >= 200


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from([*"x1.e+-*/^()|{}<>=!?:;,√²πσ&ab#", " and ", " not ", "let ", "sin", "max("]))
)
@example(["x|||x|"])
@example(["|x|||x|"])
@example(["f(x)"])
def test_any_text_is_a_formula_or_an_error(parts: list[str]) -> None:
    with suppress(FormulaError):
        found = parse("".join(parts))
        assert parse(found.text).expression is found.expression


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_any_characters_are_a_formula_or_an_error(text: str) -> None:
    try:
        parse(text)
    except FormulaError as error:
        lines = str(error).split("\n")
        assert len(lines) == 3
        assert "".join(lines).isprintable()


# Limits

LARGE = [
    "9^9^9^9",
    "x^999999999",
    "x^(10^100)",
    "x" + "+x" * 4999,
    "-" * 9998 + "x",
    "1e9999*x",
    "1e-9999*x",
    "9" * 1000,
    "+".join(["1e9999"] * 1400),
    "(" * (DEEPEST - 1) + "x" + ")" * (DEEPEST - 1),
    "x*(1+" * DEEPEST + "x" + ")" * DEEPEST,
    "x or x*(1>" * 0 + "x",
    "1 < 2 or 1 < 2 and 1 < 1+x*(" * DEEPEST + "x" + ")" * DEEPEST,
    "x>0?x:" * DEEPEST + "x",
    "x^" * DEEPEST + "x",
    "|" * DEEPEST + "x" + "|" * DEEPEST,
    "{" + "x>1:2," * 1500 + "0}",
    "max(" + "x," * 4000 + "x)",
    "let a0 = x + x; " + "".join(f"let a{i + 1} = a{i} + a{i}; " for i in range(300)) + "a300",
    "x" + " " * 100_000 + "+ 1",
]


@pytest.mark.parametrize("text", LARGE, ids=lambda t: t[:30])
def test_what_is_large_but_allowed_is_read(text: str) -> None:
    assert parse(text).expression


def test_definitions_that_double_at_every_step_are_refused() -> None:
    known = {"f0": parse("f0(x) = sin(x) + cos(x)")}
    for i in range(10):
        known[f"f{i + 1}"] = parse(f"f{i + 1}(x) = f{i}(f{i}(x))", known)
    assert f"at most {LARGEST:,} operations" in wrong("+".join(["f10(x)"] * 100), known).message


def test_the_limits_are_what_the_errors_say() -> None:
    assert f"{LONGEST:,} characters" in wrong("x" * (LONGEST + 1)).message
    assert f"{DEEPEST} levels" in wrong("(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1)).message


def test_names_that_are_products_or_calls() -> None:
    assert vocabulary.spaced("ax") == "a*x"
    assert vocabulary.spaced("xa", ["b"]) == "x*a"
    assert vocabulary.spaced("abx", ["a", "b"]) == "a*b*x"
    assert vocabulary.spaced("beta") == ""
    assert vocabulary.spaced("a") == ""
    assert vocabulary.spaced("tanhx") == "tanh(x)"


def test_braces_after_a_power_are_a_group() -> None:
    assert parse("e^{-x^{2}}").expression is parse("e^(-x^2)").expression
    assert parse("2^{x > 0: x, 0}").expression is parse("2^(x > 0 ? x : 0)").expression


def test_no_name_is_an_operation_and_another_function_of_the_catalogue() -> None:
    for name, op in vocabulary.OPERATIONS.items():
        entry = registry.find(name)
        if entry:
            others = {n for n, o in vocabulary.OPERATIONS.items() if o is op}
            assert others & {entry.name, *entry.aliases}

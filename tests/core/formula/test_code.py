"""Formulas as code: what is to be pasted is run, and gives f and f′ without a warning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import flint
import numpy as np
import pytest

from actcli.core.balls import UndecidedError, ball
from actcli.core.formula import code
from actcli.core.formula.expression import Op, apply
from actcli.core.formula.grammar import parse
from actcli.core.formula.truth import enclose

if TYPE_CHECKING:
    from actcli.core.formula.expression import Definition

PARTIAL = [
    "log(x)*x",
    "sqrt(1 - x^2)",
    "max(sqrt(x - 0.1), -1)",
    "floor(arccos(x))",
    "arctanh(x)/2 + erf(1/2)*x",
]
"""Formulas that have no value for some x, of which NumPy warns."""

FORMULAS = [
    "x",
    "f(x; a=2) = a",
    "x^3 - 2x + 1/3",
    "x*sigmoid(1.702x)",
    "x*tanh(softplus(x))",
    "x*Phi(x)",
    "0.5x*(1 + tanh(sqrt(2/pi)*(x + 0.044715x^3)))",
    "f(x; a=0.3) = max(0, x) + a*min(0, x)",
    "f(x; a=1.5) = x > 0 ? x : a*(exp(x) - 1)",
    "f(x; a=0.7) = max(0, x) + a*(exp(min(0, x)/a) - 1)",
    "x*max(0, min(6, x + 3))/6",
    "f(x; lambd=0.5) = sign(x)*max(|x| - lambd, 0)",
    "f(x; lo=-1, hi=2) = lo < x <= hi ? x^2 : {x > hi: sqrt(x), exp(x)}",
    "f(x; b=3) = log(1 + exp(b*x))/b",
    "f(x; b=4) = (x + sqrt(x^2 + b))/2",
    "f(x; alpha=0.25) = x/sqrt(1 + alpha*x^2)",
    "log(x + sqrt(x^2 + 1))",
    "x/(1 + |x|)",
    "x == 0 ? 1 : sin(x)/x",
    "x < 0 ? 0 : sqrt(x)*log(1 + x)",
    "x > 1 and x < 3 ? sqrt((x - 1)*(3 - x)) : 0",
    "x <= 0 or x > 2 ? 0 : log(x)/x",
    "not x > -1 ? 1/x^2 : cbrt(x) + arctan(x)",
    "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
    "1 - erf(x)",
    "erf(x)*erfc(x) + normal_pdf(x)",
    "exp(-exp(-x))",
    "sech(x) + arcsinh(x) + tanh(x)^2",
    "f(x; a=1.3) = (x^2 + 1)^a*a^2 + 2^(-|x|)",
    "f(x; a=2) = exp(a)*x + max(a, 1)*sqrt(a)",
    "|x|^(1/3) - x*sqrt(2)",
    "floor(x) + ceil(x/2)*x",
    "gamma(1 + |x|/10)",
    "sin(x)^2 + cos(3x) + sin(x)*exp(-x^2)",
    "max(sin(x), cos(x), -1/2)",
    *PARTIAL,
    "f(x; u=1, v=2, np=3) = (x + u)*(x + v)*sin(x + u)*cos(x + u)/np",
]
CANCELLING = {"x == 0 ? 1 : sin(x)/x"}
"""Formulas whose derivatives lose digits that no other form keeps."""

SIZES = [1e-100, 1e-9, 0.013, 0.31, 0.77, 1.45, 2.71, 7.3, 21.2, 45.3, 300.3, 700.7]
POINTS = [-s for s in reversed(SIZES)] + SIZES


def true(definition: Definition, x: float, order: int) -> float:
    """Return f or f′ to double precision."""
    params = {name: float(value or 0) for name, value in definition.parameters.items()}
    before = flint.ctx.prec
    for bits in (120, 400, 2000, 8000):
        flint.ctx.prec = bits
        try:
            found = enclose(definition.expression, params, x, order)
            found = found if isinstance(found, (float, flint.fmpq)) else ball(found)
        except UndecidedError:
            continue
        finally:
            flint.ctx.prec = before
        if isinstance(found, flint.fmpq):
            return int(found.p) / int(found.q)
        if isinstance(found, flint.arb) and found.abs_upper() < 1e-320:
            return 0.0
        if isinstance(found, float) or found == 0 or found.rel_accuracy_bits() > 60:
            return float(found)
    raise ArithmeticError(f"{definition.text} at {x} is not settled")


def pasted(source: str, name: str) -> tuple[Any, Any]:
    """Return f and f′ of code as Python has them when it is pasted."""
    space: dict[str, Any] = {}
    exec(compile(source, "pasted", "exec"), space)
    return space[name], space[f"{name}_grad"]


def check(definition: Definition, got: Any, order: int, least: float = 1e-290) -> None:
    """Compare results at POINTS with the truth: to 12 digits, or to `least`."""
    wanted = np.array([true(definition, x, order) for x in POINTS])
    off = np.abs(np.asarray(got) - wanted)
    least = 1e-8 if definition.text in CANCELLING else least
    wrong = ~((off <= 1e-12 * np.abs(wanted) + least) | (np.isnan(got) & np.isnan(wanted)) | (got == wanted))
    shown = [(x, g, w) for x, g, w, bad in zip(POINTS, got, wanted, wrong, strict=True) if bad]
    assert not shown


@pytest.mark.parametrize("formula", FORMULAS)
def test_numpy_code_gives_f_and_its_derivative(formula: str) -> None:
    definition = parse(formula)
    f, slope = pasted(code.python(definition.expression, "f", definition.parameters), "f")
    otherwise: Literal["ignore", "warn"] = "ignore" if formula in PARTIAL else "warn"  # which fails a test
    with np.errstate(invalid=otherwise, divide=otherwise):
        check(definition, f(np.array(POINTS)), 0)
        check(definition, slope(np.array(POINTS)), 1)
        assert f(0.5).shape == slope(0.5).shape == ()
        assert f(np.array([[1, 2]])).shape == slope(np.array([[1, 2]])).shape == (1, 2)


@pytest.mark.parametrize("formula", FORMULAS)
def test_torch_code_gives_f_and_its_derivative_and_gradients_flow(formula: str) -> None:
    torch: Any = pytest.importorskip("torch")
    definition = parse(formula)
    f, slope = pasted(code.torch(definition.expression, "f", definition.parameters), "f")
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    parameters = {
        {"np": "np_"}.get(name, name): torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in definition.parameters.items()
    }
    y = f(x)
    assert y.dtype == slope(x).dtype == torch.float64
    assert f(x.float()).dtype == slope(x.float()).dtype == torch.float32
    check(definition, y.detach().numpy(), 0)
    check(definition, slope(x).detach().numpy(), 1)
    y = f(x, **parameters)
    check(definition, y.detach().numpy(), 0)
    if y.requires_grad and formula not in PARTIAL:  # a gradient may have values beyond them
        y.sum().backward()
        assert all(p.grad is None or bool(torch.isfinite(p.grad)) for p in parameters.values())
        gradient = np.zeros_like(POINTS) if x.grad is None else x.grad.numpy()
        check(definition, gradient, 1, least=1e-12)  # torch has tanh′ as 1 − tanh²


def test_parameters_are_keywords_with_their_defaults() -> None:
    definition = parse("f(x; a, b=2) = a*x^b")
    source = code.python(definition.expression, "power_law", definition.parameters)
    f, slope = pasted(source, "power_law")
    assert f(3.0, a=2) == 18
    assert slope(3.0, a=2, b=1) == 2
    with pytest.raises(TypeError, match="'a'"):
        f(3.0)


def test_what_is_shared_has_a_name_and_lines_stay_short() -> None:
    definition = parse("f(x; beta=2) = x*sigmoid(beta*x) + " + " + ".join(f"sin({k}x)" for k in range(2, 60)))
    for make in (code.python, code.torch):
        source = make(definition.expression, "f", definition.parameters)
        assert max(map(len, source.splitlines())) < 150
    source = code.python(parse("exp(-x^2)*sin(x^2)/(1 + exp(-x^2))").expression, "f", {})
    assert source.count("x**2") == 2  # once in f, once in its derivative


def test_code_begins_with_what_it_needs_and_no_more() -> None:
    assert code.python(parse("x*sigmoid(x)").expression, "silu", {}) == SILU


SILU = '''import numpy as np


def _sigmoid(x):
    """Return 1/(1 + e^(-x)) without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1.0 + e)


def silu(x):
    """Return x·σ(x)."""
    x = np.asarray(x, dtype=float)
    return x * _sigmoid(x)


def silu_grad(x):
    """Return the derivative of silu, σ(x)·(x·σ(−x) + 1)."""
    x = np.asarray(x, dtype=float)
    return _sigmoid(x) * (x * _sigmoid(-x) + 1)
'''


def test_depth_does_not_matter() -> None:
    e = parse("x").expression
    for _ in range(1000):
        e = apply(Op.SIN, e) + 1
    f, _ = pasted(code.python(e, "f", {}, derivative=e), "f")
    assert math.isfinite(f(0.0))


@pytest.mark.parametrize(
    "formula",
    [
        "x*tanh(exp(x))",
        "exp(x)*sech(exp(x))",
        "exp(x)*exp(-exp(x))",
        "x*exp(-2*exp(x))",
        "x*erfc(exp(x))",
        "sin(x)*exp(-exp(2x)/2)",
        "exp(2x)*sigmoid(1 - exp(x))",
    ],
)
def test_what_overflows_times_what_underflows_is_zero(formula: str) -> None:
    definition = parse(formula)
    _, slope = pasted(code.python(definition.expression, "f", {}), "f")
    x = np.array([1.5, 3.0, 6.0, 7.5, 20.0, 100.0, 709.0, 710.0, 1e7])
    wanted = np.array([true(definition, float(point), 1) for point in x[:-1]] + [float("tanh" in formula)])
    with np.errstate(over="ignore"):
        got = slope(x)
    assert np.all(np.abs(got - wanted) <= 1e-12 * np.abs(wanted) + 1e-290)


def test_a_slope_has_a_value_where_a_factor_cancels() -> None:
    _, slope = pasted(code.python(parse("|x|^1.5").expression, "f", {}), "f")
    assert slope(np.array([-4.0, 0.0, 4.0])).tolist() == [-3.0, 0.0, 3.0]


def test_the_docstring_is_the_formula_and_tells_of_poles() -> None:
    definition = parse("round(x)")
    assert '"""Return round(x)."""' in code.python(definition.expression, "f", {}, formula=definition.text)
    assert "poles" in code.python(parse("1/x").expression, "f", {})
    assert "poles" not in code.python(parse("1/(1 + x^2)").expression, "f", {})

"""Expressions in numbers: every operation over pairs, powers, constants, and what is kept of a program."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp

from actcli.core.evaluate import evaluate
from actcli.core.formula.expression import ONE, ZERO, Expression, Op, X, apply, number
from actcli.core.formula.grammar import parse
from actcli.core.formula.record import record
from actcli.core.formula.replay import formula
from actcli.core.formula.run import OPERATIONS, programmed, run
from actcli.core.numerics.exact import Exact
from tests.core.formula.test_derive import value

POINTS = np.array([0.3, 0.71, 0.999])
BEYOND = {Op.ARCCOSH: np.array([1.3, 2.0, 77.5])}


def evaluated(root: Expression, points: Any = POINTS) -> Any:
    """Return the values of an expression over pairs, as head and rest."""
    m = Exact()
    result = m.number(run([root], m, m.argument(points))[0])
    return np.broadcast_arrays(result.h, result.l, points)[:2]


def agrees(root: Expression, due: Expression, points: Any = POINTS, error: float = 2.0**-62) -> bool:
    h, rest = evaluated(root, points)
    with mp.workdps(40):
        for x, *parts in zip(points, h, rest, strict=True):
            truth = value(due, mp.mpf(float(x)))
            if abs(mp.mpf(float(parts[0])) + float(parts[1]) - truth) > error * abs(truth):
                return False
    return True


ALL = list(Op)
FUNCTIONS = [op for op in OPERATIONS if ALL.index(Op.SQRT) <= ALL.index(op) <= ALL.index(Op.ERFC)]
FUNCTIONS += [Op.LOGISTIC, Op.SOFTPLUS, Op.NORMAL_CDF, Op.NORMAL_PDF, Op.ABS]


@pytest.mark.parametrize("op", FUNCTIONS, ids=str)
def test_functions(op: Op) -> None:
    assert agrees(apply(op, X), apply(op, X), BEYOND.get(op, POINTS))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 64, 65, 301, -1, -2, -65])
def test_whole_powers(n: int) -> None:
    assert agrees(X ** number(n), X ** number(n), error=2.0**-60)
    assert agrees((-X) ** number(n), (-X) ** number(n), error=2.0**-60)


@pytest.mark.parametrize(
    ("text", "points", "due"),
    [
        ("sign(x)", [-2.0, 0.0, 3.0], [-1, 0, 1]),
        ("floor(x)", [-1.5, -1.0, 2.0, 2.999], [-2, -1, 2, 2]),
        ("ceil(x)", [-1.5, -1.0, 2.0, 2.001], [-1, -1, 2, 3]),
        ("floor(x/3*3)", [3.0, 7.0], [3, 7]),
        ("x < 1 ? 5 : 7", [0.5, 1.0, 2.0], [5, 7, 7]),
        ("x <= 1 and not x == 0 ? 5 : 7", [0.5, 1.0, 0.0], [5, 5, 7]),
        ("x == 1 or x > 2 ? 5 : 7", [0.5, 1.0, 3.0], [7, 5, 5]),
        ("max(x, 1) + min(x, 1)", [0.5, 3.0], [1.5, 4.0]),
        ("x > 0 ? log(x) : 1", [-1.0, 1.0], [1, 0]),
    ],
)
def test_choices(text: str, points: list[float], due: list[float]) -> None:
    with np.errstate(all="ignore"):
        h, rest = evaluated(parse(text).expression, np.array(points))
    assert (h + rest).tolist() == due


def test_constants_are_worked_out_before() -> None:
    root = parse("x*(sqrt(2/pi)*erf(0.3) + gamma(1.5)^2 - digamma(2))").expression
    assert len(programmed((root,)).steps) == 2  # the constant, and the product
    assert agrees(root, root)


def test_functions_that_come_in_twos_are_computed_once() -> None:
    s, t, u = apply(Op.LOGISTIC, X), apply(Op.LOGISTIC, -X), apply(Op.NORMAL_CDF, X)
    steps = programmed((s, t, u, apply(Op.NORMAL_PDF, X), X)).steps
    assert sum(len(step.args) == 1 and step.args[0] == 0 for step in steps) == 3  # σ, −x and Φ


def test_a_density_alone_takes_no_distribution() -> None:
    phi = apply(Op.NORMAL_PDF, X)
    alone, beside = (programmed(roots).steps for roots in ((phi,), (phi, apply(Op.NORMAL_CDF, X))))
    assert (len(alone), len(beside)) == (1, 3)


def test_nothing_is_kept_longer_than_it_is_read() -> None:
    f: Expression = X
    for _ in range(50):
        f = apply(Op.SIN, f)
    program = programmed((f,))
    assert all(step.last == step.args for step in program.steps[1:])


def test_what_is_no_constant_is_not_known() -> None:
    h, _ = evaluated(apply(Op.WHERE, apply(Op.LESS, X, ONE), X, ZERO / ZERO), np.array([0.5, 2.0]))
    assert h[0] == 0.5
    assert np.isnan(h[1])


@pytest.mark.parametrize(("text", "outside"), [("log(x)", -1.0), ("log1p(x)", -2.0), ("atanh(x)", 3.0)])
def test_a_derivative_has_no_value_where_the_function_has_none(text: str, outside: float) -> None:
    slope, m = formula(parse(text).expression, X), Exact()
    with np.errstate(all="ignore"):
        inside, nowhere = m.value(slope(m, m.argument(np.array([0.5, outside]))))
    assert inside > 0
    assert np.isnan(nowhere)


def test_a_power_of_a_negative_number_is_known_to_have_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the definition is asked")

    monkeypatch.setattr("actcli.core.definition.asking", refuse)
    x = np.linspace(-7.9, -0.1, 40)
    for text in ("x^x", "x^(x^2)", "x^pi"):
        f = record(parse(text))
        assert np.isnan(evaluate(f, x[x % 1 != 0])).all()

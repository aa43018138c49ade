"""Formulas wherever a function goes: what is one, its parameters, its columns, and what mistakes are told."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from actcli.cli.app import main
from actcli.cli.functions import choose_all, is_formula
from tests.cli.processes import actcli, environment, shell
from tests.cli.test_eval import columns, fails

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

Run = pytest.CaptureFixture[str]


def refused(capfd: Run, *arguments: str) -> str:
    """Run the program on a formula that cannot be read, and return what it writes to stderr: with a caret."""
    assert main(arguments) == 2
    captured = capfd.readouterr()
    first, *rest = captured.err.splitlines()
    assert captured.out == ""
    assert first.startswith("actcli: ")
    assert len(rest) == 2
    assert "^" in rest[1]
    return captured.err


@pytest.fixture
def defs(tmp_path: Path) -> str:
    """A file of definitions."""
    path = tmp_path / "mine.txt"
    path.write_text("gate(x; a=1, b) = x*sigmoid(a*x) + b  # a gate\n\ntwice(x) = 2*gate(x, b=0)\n", "utf-8")
    return str(path)


FORMULAS = {
    "x": 2.0,
    "x^2": 4.0,
    "-x": -2.0,
    "-x^2": -4.0,
    "-(x+1)": -3.0,
    "-2x": -4.0,
    "-|x|": -2.0,
    "-abs(x)": -2.0,
    "-cosh(0)*x": -2.0,
    "-floor(x)": -2.0,
    "2x": 4.0,
    "(x+1)(x-1)": 3.0,
    "x-1": 1.0,
    "x²": 4.0,
    "x > 0 ? x : 0": 2.0,
    "{x > 1: 1, 0}": 1.0,
    "f(t) = t/2": 1.0,
    "half = x/2": 1.0,
    "sin(0) + 1": 1.0,
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_goes_where_a_name_goes(formula: str, capfd: Run) -> None:
    name = "half" if formula.startswith("half") else "f"
    assert columns(capfd, "eval", formula, "2") == {"x": [2.0], name: [FORMULAS[formula]]}


@pytest.mark.parametrize("name", ["gelu", "leaky-relu", "jax.nn.gelu", "sigmod", "a-b", "elu:alpha=2", "X"])
def test_a_name_is_no_formula(name: str) -> None:
    assert not is_formula(name)


def test_after_two_dashes_a_formula_begins_with_anything(capfd: Run) -> None:
    assert main(["eval", "--o", "3", "-f", "csv", "--", "-o*x", "2"]) == 0
    assert capfd.readouterr().out == "x,f\n2.0,-6.0\n"
    assert "no option -z" in fails(capfd, "eval", "-z", "1")


def test_formulas_and_names_go_together(capfd: Run) -> None:
    assert list(columns(capfd, "compare", "gelu", "x*sigmoid(1.702x)", "1")) == ["x", "gelu", "f"]
    assert list(columns(capfd, "compare", "x^2", "relu", "g(x) = x", "x^3", "1")) == [
        "x", "f1", "relu", "g", "f2",
    ]  # fmt: skip
    assert list(columns(capfd, "compare", "f(x) = x", "x^2", "1")) == ["x", "f", "f1"]
    assert "x^2 is given twice" in fails(capfd, "compare", "x^2", "x^2", "1")


def test_other_names_are_parameters(capfd: Run) -> None:
    kinked = "max(0,x) + a*min(0,x)"
    assert columns(capfd, "grad", kinked, "-1", "2", "--a", "0.1", "--wrt", "a") == {
        "x": [-1.0, 2.0],
        "f": [-0.1, 2.0],
        "f_wrt_a": [-1.0, 0.0],
    }
    assert columns(capfd, "eval", "my_slope*x + A - a", "2", "--my-slope=-1", "--a", "3", "--A=-4")["f"] == [
        -9
    ]
    assert columns(capfd, "eval", "α*x", "2", "--alpha", "3") == columns(
        capfd, "eval", "α*x", "2", "--α", "3"
    )
    assert columns(capfd, "eval", "--a", "3", "f(x; a=1.5, b=1) = a*x + b", "2") == {"x": [2.0], "f": [7.0]}


def test_a_parameter_may_be_a_constant_formula(capfd: Run) -> None:
    assert columns(capfd, "eval", "k*x", "1", "--k", "1/3")["f"] == [1 / 3]
    assert columns(capfd, "eval", "k*x", "1", "--k=-2*pi")["f"] == [-2 * math.pi]
    assert columns(capfd, "eval", "elu:alpha=sqrt(2)", "-inf") == {"x": [-math.inf], "elu": [-math.sqrt(2)]}


def test_a_default_stands_where_no_value_is_given(capfd: Run) -> None:
    found = columns(capfd, "grad", "f(x; a=1.5) = x > 0 ? x : a*(exp(x)-1)", "-1", "--order", "2")
    assert list(found) == ["x", "f", "f_grad", "f_grad2"]
    assert found["f"] == [-0.9481808382428365]


def test_an_option_sets_a_parameter_of_every_function_that_has_it(capfd: Run) -> None:
    given = ("-1", "--alpha", "2", "--a", "3", "--b", "1")
    found = columns(capfd, "compare", "relu", "elu", "a*x", "a + b", *given)
    assert list(found) == ["x", "relu", "elu:alpha=2", "f1", "f2"]
    assert [found["f1"], found["f2"]] == [[-3.0], [4.0]]
    said = fails(capfd, "compare", "relu", "elu", "x", "1", "--beta", "2")
    assert "no function here has a parameter 'beta'" in said


def test_a_letter_with_two_dashes_is_a_parameter_and_with_one_an_option(capfd: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    found = columns(capfd, "eval", "c*x + f", "--c", "10", "--f", "1", "-c", "b", "-i", str(table))
    assert found["f"] == [21.0, 41.0]


LACKING = {
    ("eval", "a*x", "1"): "a has no value (--a VALUE, or a default: f(x; a=1) = …)",
    ("eval", "g(x; a) = a*x", "1"): "a has no value (--a VALUE, or a default: g(x; a=1) = …)",
    ("eval", "1 + ax", "1"): "ax has no value (is it a*x?",
    ("eval", "1 + sinx", "1"): "sinx has no value (is it sin(x)?",
    ("eval", "tanh(u)", "1"): "u has no value (the variable is x, or write f(u) = tanh(u); --u VALUE",
    ("eval", "ax", "1"): "no function 'ax' (is it 'a*x'?)",
    ("grad", "order*x", "1", "--order", "2"): "order has no value, and --order is another option here",
    ("grad", "order*x", "1", "--order", "3"): "order has no value, and --order is another option here",
    ("grad", "x", "1", "--order", "3"): "--order: '3' is not a whole number from 1 to 2",
    ("eval", "a*x", "1", "--a", "2", "--a", "3"): "--a is given twice",
    ("eval", "a*x", "1", "--a", "1/0"): "parameter a: '1/0' has no finite value",
    ("eval", "a*x", "1", "--a", "x/x"): "parameter a: 'x/x' is not a number",
    ("compare", "f(x; a=1) = a*x^2", "f(x; a=2) = a*x^3", "1"): "two functions have the name f (give one of",
    ("plot", "f(x) = x^2", "f(x) = x^3"): "two functions have the name f (give one of them another name)",
    ("compare", "f(x) = x^2", "f(x) = x*x^1", "relu(x) = x", "relu", "1"): "two functions have the name",
    ("compare", "x^2", "f1(x) = x^3", "f1(x) = x^3", "1"): "f1 is given twice",
    ("eval", "alpha*x", "1", "--alpha", "2", "--α", "3"): "is given twice",
    ("eval", "a*x", "1", "--a", ""): "--a: the value is empty",
    ("eval", "a*x", "1", "--a"): "--a: the value is empty",
    ("eval", "a*x", "1", "--a", "two"): "parameter a: 'two' is not a number",
    ("eval", "a*x", "1", "--a", "inf"): "parameter a must be finite",
    ("eval", "a*x", "1", "--a", "2", "--b", "3"): "f has no parameter 'b' (it has a)",
    ("eval", "a*x", "1", "--a", "2", "--precison", "3"): "no option --precison (did you mean '--precision'?)",
    ("eval", "beta1*x", "1", "--beta1", "2", "--beta2", "3"): "no option --beta2 (did you mean '--beta1'?)",
    ("grad", "a*x", "1", "--a", "2", "--wrt", "b"): "f has no parameter 'b' (it has a)",
    ("eval", "sigmod", "1"): "no function 'sigmod' (did you mean 'sigmoid'?)",
    ("eval", "cbrt", "1"): "no function 'cbrt' ('cbrt(x)' is a formula)",
    ("eval", "1", "2"): "'1' is a number, not a function ('f(x) = 1' is a constant)",
    ("eval", "", "1"): "the function is empty",
    ("eval", "pyproject.toml", "1"): "no function 'pyproject.toml' (--defs FILE reads definitions",
    ("eval", "./pyproject.toml", "1"): "'./pyproject.toml' is a file, not a function",
    ("softmax", "x^2", "1"): "not a number",
    ("x^2", "1"): "no command 'x^2' (actcli eval 'x^2'",
}


@pytest.mark.parametrize("arguments", LACKING, ids=" ".join)
def test_what_is_missing_or_wrong_is_told(arguments: tuple[str, ...], capfd: Run) -> None:
    assert LACKING[arguments] in fails(capfd, *arguments)


@pytest.mark.parametrize(
    "text", ["x*", "x*sigmod(x)", "1/2x", "x.y", "x\x00", "x; import os", "x" + "*x" * 5000, "((x)", "💥(x)"],
    ids=range(9),
)  # fmt: skip
def test_a_formula_that_cannot_be_read_is_shown_with_its_place(text: str, capfd: Run) -> None:
    assert len(refused(capfd, "eval", text, "1", "--a", "2")) < 500


def test_a_defaulted_parameter_may_have_the_name_of_an_option(capfd: Run) -> None:
    assert columns(capfd, "grad", "f(x; order=3) = order*x", "1", "--order", "1")["f_grad"] == [3.0]


def test_definitions_are_used_by_name_and_inside_formulas(capfd: Run, defs: str) -> None:
    assert columns(capfd, "eval", "gate:b=2", "0", "--defs", defs) == {"x": [0.0], "gate": [2.0]}
    assert columns(capfd, "grad", "gate", "0", "--b", "2", f"--defs={defs}", "--wrt", "b")["gate_wrt_b"] == [
        1.0
    ]
    assert columns(capfd, "eval", "twice(x) + 1", "0", "--defs", defs) == {"x": [0.0], "f": [1.0]}
    assert columns(capfd, "compare", "gate:b=1", "silu", "twice", "0", "--defs", defs) == {
        "x": [0.0], "gate:b=1": [1.0], "silu": [0.0], "twice": [0.0],
    }  # fmt: skip
    assert "b has no value (--b VALUE" in fails(capfd, "eval", "gate", "0", "--defs", defs)
    assert "did you mean 'gate'?" in fails(capfd, "eval", "gat", "0", "--defs", defs)
    assert "no option --c" in fails(capfd, "eval", "gate", "0", "--b", "1", "--c", "2", "--defs", defs)


def test_the_environment_names_definitions_too(
    capfd: Run, defs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("thrice(x) = 3x\n")
    monkeypatch.setenv("ACTCLI_DEFS", str(other))
    assert columns(capfd, "eval", "thrice(x) + twice(x)", "0", "--defs", defs)["f"] == [0.0]
    monkeypatch.setenv("ACTCLI_DEFS", str(tmp_path / "none.txt"))
    assert columns(capfd, "eval", "relu", "1")["relu"] == [1.0]  # which needs no definition
    assert main(["eval", "thrice", "1"]) == 3
    assert "none.txt: no such file" in capfd.readouterr().err


def test_a_mistake_in_a_file_is_shown_with_file_and_line(capfd: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("good(x) = x\nbad(x) = x*\n")
    assert f"{path}:2: " in refused(capfd, "eval", "relu", "1", "--defs", str(path))
    path.write_text("gelu(x) = x\n")
    assert f"{path}:1: gelu is a function already" in refused(capfd, "list", "--defs", str(path))
    path.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in fails(capfd, "list", "--defs", str(path))


def test_definitions_are_listed(capfd: Run, defs: str) -> None:
    assert main(["list", "--defs", defs]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[1:3] == ['gate,"a 1, b",a gate', 'twice,,"twice(x) = 2*gate(x, b=0)"']
    assert main(["list", "gate", "--json", "--defs", defs]) == 0
    gate, *_ = json.loads(capfd.readouterr().out)
    assert [(p["name"], p["default"], p["value"]) for p in gate["parameters"]] == [
        ("a", 1, 1),
        ("b", None, None),
    ]


def test_parameters_of_a_formula_are_in_the_help() -> None:
    said = actcli("eval", "f(x; a=2, b) = a*x + b", "--help").stdout
    assert "Parameters of f:\n  --a A  a parameter of the formula (2)\n  --b B  a parameter" in said


def test_several_values_of_a_parameter_draw_a_family(
    tmp_path: Path, capfd: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plot", "x*sigmoid(b*x)", "--b", "0.5,1,2"]) == 0
    assert main(["plot", "swoosh(x; b=2) = x*sigmoid(b*x)"]) == 0
    assert main(["plot", "x^2", "gelu", "x^3 + x^2 + x^1 + x^0 + a", "--a", "1"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"f.png", "swoosh.png", "f1_gelu_f2.png"}
    assert capfd.readouterr().err == ""


def test_a_label_is_the_formula_cut_short() -> None:
    long, short = choose_all(["x" + " + x^2" * 20, "x^2"])
    assert long.short == "x + x^2 + x^2 + x^2 + x^2 +…"
    assert short.short == short.label == "x^2"
    assert long.label == "x" + " + x^2" * 20


def test_people_see_formulas_and_programs_names(capfd: Run) -> None:
    assert main(["compare", "gelu", "x*sigmoid(1.702x)", "1", "-f", "md"]) == 0
    assert capfd.readouterr().out.startswith("| x | gelu | x*sigmoid(1.702x) |")
    assert main(["compare", "gelu", "x*sigmoid(1.702x)", "1", "-f", "csv", "--distance"]) == 0
    assert capfd.readouterr().out.splitlines()[1].startswith("gelu,x*sigmoid(1.702x),all,float64,")
    assert main(["compare", "relu", "max(x, 0)", "-1", "1", "--max-abs", "0"]) == 0
    assert main(["compare", "x", "a*x", "--a", "2", "1", "--max-abs", "0.5"]) == 1
    assert "x and a*x, a=2 in float64: 1 absolute difference" in capfd.readouterr().err


def test_a_kernel_is_held_against_a_formula(tmp_path: Path) -> None:
    (tmp_path / "my.py").write_text("def kernel(x):\n    return x + x\n")
    run = shell("actcli verify 'a*x' --a 2 --callable my:kernel --sample 100 --max-ulp 0", tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[0].startswith("f a=2 in float32")
    assert "a*x" in run.stdout


def test_a_stream_goes_through_a_formula() -> None:
    run = shell("seq 1 3 | actcli grad 'x^2'")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "x,f,f_grad\n1,1.0,2.0\n2,4.0,4.0\n3,9.0,6.0\n"


def test_an_input_column_may_have_the_name_of_the_result() -> None:
    assert actcli("eval", "2x", "-c", "f", stdin="f\n1\n").stdout.splitlines()[0].split(",")[0] == "f"


def test_a_name_needs_nothing_of_what_formulas_need() -> None:
    script = (
        "import sys; from actcli.cli import main; main(['grad', 'elu', '1', '--alpha', '2']);"
        "print(*(name for name in sys.modules if name.startswith('actcli.core.formula')), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment()
    )
    assert run.stderr.split() == []

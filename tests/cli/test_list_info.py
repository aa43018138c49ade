"""`list` and `info`: what the catalogue says, for people and for programs."""

from __future__ import annotations

import csv
import json
from typing import Any

import numpy as np
import pytest

from actcli.cli.app import main
from actcli.core import registry
from actcli.core.evaluate import evaluate
from actcli.core.spec import Activation, Framework
from tests.cli.processes import in_terminal
from tests.cli.test_eval import fails

Run = pytest.CaptureFixture[str]


def listed(capfd: Run, *arguments: str) -> list[str]:
    """Return the names that `list` gives."""
    assert main(["list", "--json", *arguments]) == 0
    return [entry["name"] for entry in json.loads(capfd.readouterr().out)]


def test_everything_is_listed(capfd: Run) -> None:
    assert tuple(listed(capfd)) == registry.names()
    assert main(["list"]) == 0
    header, *rows = csv.reader(capfd.readouterr().out.splitlines())
    assert header == ["name", "parameters", "what it is"]
    assert tuple(row[0] for row in rows) == registry.names()


def test_a_search_word_and_a_kind(capfd: Run) -> None:
    assert "leaky_relu" in listed(capfd, "relu")
    assert "tanh" not in listed(capfd, "relu")
    assert listed(capfd, "lrelu") == ["leaky_relu"]
    assert tuple(listed(capfd, "--kind", "vector")) == tuple(entry.name for entry in registry.vectors())
    assert "list shows them all" in fails(capfd, "list", "nosuchword")


@pytest.mark.parametrize("framework", Framework)
def test_a_framework(capfd: Run, framework: Framework) -> None:
    expected = [e.name for e in registry.entries() if any(s.framework is framework for s in e.spellings)]
    assert listed(capfd, "--framework", framework.value) == expected
    assert main(["list", "--framework", framework.value]) == 0
    assert expected[0] in capfd.readouterr().out


@pytest.mark.parametrize("name", registry.names())
def test_info_is_complete(capfd: Run, name: str) -> None:
    entry = registry.get(name)
    assert main(["info", name]) == 0
    shown = capfd.readouterr().out
    said = [entry.name, entry.summary, entry.good_for, entry.pitfalls, *entry.aliases, *entry.notes]
    said += [param.option for param in entry.params] + [source.title for source in entry.sources]
    assert all(text in shown for text in said)


@pytest.mark.parametrize("name", registry.names())
def test_info_as_json(capfd: Run, name: str) -> None:
    entry = registry.get(name)
    assert main(["info", name, "--json"]) == 0

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    facts = json.loads(capfd.readouterr().out, parse_constant=refuse)
    assert facts["name"] == name
    assert facts["formula"] == entry.formula
    assert [p["name"] for p in facts["parameters"]] == [p.name for p in entry.params]
    if isinstance(entry, Activation):
        assert len(facts["kinks"]) == len(entry.kinks(**entry.bind({})))
        assert facts["analysis"]["domain"]


def test_kinks_are_told_with_both_sides_and_what_is_given(capfd: Run) -> None:
    assert main(["info", "relu"]) == 0
    assert "kink at 0: f′ → 0 on the left, → 1 on the right, f′ 0 given there" in capfd.readouterr().out
    assert main(["info", "binary_step"]) == 0
    shown = capfd.readouterr().out
    assert "jump at 0: f → 0 on the left, → 1 on the right, f 1 and f′ 0 given there" in shown


def test_facts_follow_the_parameters(capfd: Run) -> None:
    assert main(["info", "elu:alpha=2", "--json"]) == 0
    facts = json.loads(capfd.readouterr().out)
    assert facts["range"]["low"] == -2
    assert [kink["left"] for kink in facts["kinks"] if kink["breaks"] == "slope"] == [2]


def test_defaults_of_other_frameworks_are_a_warning(capfd: Run) -> None:
    assert main(["info", "leaky_relu"]) == 0
    shown = capfd.readouterr().out
    assert "beware" in shown
    assert "negative_slope 0.3" in shown


def test_a_missing_extra_is_said_where_it_matters(capfd: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["info", "silu"]) == 0
    assert "narrow formats" not in capfd.readouterr().out
    for module in ("facts", "json_facts"):
        monkeypatch.setattr(f"actcli.cli.{module}.find_spec", lambda _name: None)
    assert main(["info", "silu"]) == 0
    assert "actcli[exact]" in capfd.readouterr().out
    assert main(["info", "silu", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["ties_settled"] is False


@pytest.mark.parametrize("columns", [80, 120])
def test_pages_fit_the_terminal(columns: int) -> None:
    for arguments in (("info", "softmax"), ("list",), ("list", "--framework", "keras")):
        status, shown = in_terminal(*arguments, columns=columns, NO_COLOR="1")
        assert status == 0
        assert max(map(len, shown.splitlines())) <= columns


OFF = {"tanh_shrink": 1e-17, "bent_identity": 1e-15}
"""Functions whose formulas cancel near 0 in plain doubles, and how far off they are."""


@pytest.mark.parametrize("entry", registry.elementwise(), ids=lambda entry: entry.name)
def test_info_writes_code_that_computes_the_function(capfd: Run, entry: Activation) -> None:
    assert main(["info", entry.name, "--python"]) == 0
    space: dict[str, Any] = {}
    exec(capfd.readouterr().out, space)
    x = np.array([-300.3, -21.2, -7.3, -1.45, -0.31, -1e-9, 1e-9, 0.31, 0.77, 1.45, 2.71, 21.2, 300.3])
    x = x[(x > entry.domain.low) & (x < entry.domain.high)]
    for order, name in enumerate((entry.name, f"{entry.name}_grad")):
        wanted = evaluate(entry, x, order)
        assert np.all(np.abs(space[name](x) - wanted) <= 1e-12 * np.abs(wanted) + OFF.get(entry.name, 1e-290))


@pytest.mark.parametrize("option", ["--latex", "--python", "--torch"])
def test_info_writes_one_form_alone(capfd: Run, option: str) -> None:
    assert main(["info", "elu:alpha=2", option]) == 0
    shown = capfd.readouterr().out
    assert "2" in shown
    assert "Hidden layers" not in shown
    assert main(["info", "f(x; b) = b*x", option]) == 0  # which needs no value of b
    assert "b" in capfd.readouterr().out
    assert "takes a vector" in fails(capfd, "info", "softmax", option)
    assert f"--json and {option}" in fails(capfd, "info", "elu", option, "--json")


def test_info_writes_latex_with_the_symbols_of_parameters(capfd: Run) -> None:
    assert main(["info", "leaky_relu", "--latex"]) == 0
    f, slope = capfd.readouterr().out.splitlines()
    body = r"\begin{cases} %s & \text{if } x > 0 \\ %s & \text{otherwise} \end{cases}"
    assert f == r"\operatorname{leaky\_relu}(x) = " + body % ("x", r"\alpha\,x")
    assert slope == r"\operatorname{leaky\_relu}'(x) = " + body % ("1", r"\alpha")


ANALYSED = {
    "gelu": [
        "range [−0.169971207479904, ∞)",
        "extrema minimum −0.169971207479904 at −0.751791524693564, the least value",
        "inflections at −1.4142135623731: f −0.111227335980523, f′ −0.128904145185155",
        "x → ∞ f → ∞, asymptote y = x",
    ],
    "elu:alpha=2": ["parameters --alpha 2 (default 1):", "Lipschitz constant 2", "breaks kink at 0: f′ → 2"],
    "hard_shrink": ["zeros [−1/2, 1/2]", "breaks jump at −1/2"],
    "atanh": ["domain (−1, 1)", "range ℝ", "zeros 0", "inflections at 0: f 0, f′ 1"],
}


@pytest.mark.parametrize("name", ANALYSED)
def test_info_of_a_function_tells_what_follows_from_its_formula(capfd: Run, name: str) -> None:
    assert main(["info", name]) == 0
    shown = " ".join(capfd.readouterr().out.split())
    assert [said for said in ANALYSED[name] if said not in shown] == []


TYPED = {
    "f(x; a=0.1) = max(0, x) + a*min(0, x)": [
        "f(x) max(0, x) + a·min(0, x)",
        "f′(x) 1 for x > 0, a otherwise",
        "parameters --a 0.1",
        "breaks kink at 0: f′ → 0.1 on the left, → 1 on the right, f′ 0.1 given there",
        "x → −∞ f → −∞, asymptote y = 0.1·x",
        "monotone increasing",
        "Lipschitz constant 1",
        "E f(z) 0.359048",
    ],
    "x*tanh(softplus(x))": [
        "f(x) x·tanh(ln(1 + e^x))",
        "range [−0.30884341301725, ∞)",
        "extrema minimum −0.30884341301725 at −1.1924312145155, the least value",
        "inflections at −2.25637639636079: f −0.223995612778497, f′ −0.112526122389463",
        "monotone decreasing on (−∞, −1.19243)",
        "Lipschitz constant 1.08849816125173",
        "proved all digits above, but not the limits at ±∞",
    ],
    "1/x": [
        "domain (−∞, 0) ∪ (0, ∞)",
        "zeros none",
        "curvature concave on (−∞, 0)",
        "x → ∞ f → 0",
        "symmetry odd",
        "measured nothing: f is not defined on the whole line",
    ],
    "x > 0 ? 1 : 0": ["range {0, 1}", "breaks jump at 0: f → 0 on the left, → 1 on the right, f 0 and f′ 0"],
    "sin(x)": ["period 6.28318530717959; what is listed is of one period", "symmetry odd"],
    "floor(x)": ["breaks jump at −3: f → −4 on the left", "and 33 more", "E f(z) −0.5", "Var f(z) 1.08333"],
}


@pytest.mark.parametrize("formula", TYPED)
def test_info_of_a_formula_tells_what_follows_from_it(capfd: Run, formula: str) -> None:
    assert main(["info", formula]) == 0
    shown = " ".join(capfd.readouterr().out.split())
    assert [said for said in TYPED[formula] if said not in shown] == []


def test_info_of_a_formula_as_json(capfd: Run) -> None:
    assert main(["info", "f(x; a=2) = exp(-a*x^2)", "--a", "0.5", "--json"]) == 0

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    facts = json.loads(capfd.readouterr().out, parse_constant=refuse)
    assert facts["derivative"] == "−2·a·x·e^(−a·x²)"
    assert facts["latex"][0] == r"f(x) = e^{-a\,x^2}"
    assert facts["parameters"][0]["value"] == 0.5
    analysis = facts["analysis"]
    assert [spot["x"]["text"] for spot in analysis["inflections"]] == ["-1", "1"]
    assert analysis["extrema"][0]["value"] == {"text": "1", "value": 1.0, "exact": True, "proved": True}
    assert analysis["domain"][0]["high"]["value"] == "Infinity"
    assert facts["measured"]["mean"] == pytest.approx(1 / 2**0.5)

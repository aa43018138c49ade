"""`verify --framework` on the frameworks themselves, which this project does not install.

Run with `pytest -m frameworks` where they are: `pip install torch jax keras transformers mlx[cpu]`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from actcli.cli.app import main
from actcli.core.spec import Framework
from actcli.kernels.framework_functions import CALLED, functions
from tests.cli.processes import in_terminal

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("default")]

Out = pytest.CaptureFixture[str]

MODULES = {Framework.HF: "transformers"}

NOT_CALLED = {
    "torch.nn.functional.gumbel_softmax": "draws random numbers",
    "jax.flax.linen.PReLU": "jax has no flax.linen.PReLU",
    "mlx.nn.step": "the kernel returned int32",
}
"""What a framework has and cannot be held against the truth, and why."""


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test."""
    monkeypatch.chdir(tmp_path)


def swept(capsys: Out, *options: str, status: int = 0) -> list[dict[str, Any]]:
    """Run a sweep, and return its rows."""
    assert main(["verify", *options, "-f", "json"]) == status
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["kernels"]
    return found


@pytest.mark.parametrize("framework", CALLED)
def test_every_function_of_a_framework_is_called_and_is_the_one_it_should_be(
    framework: Framework, capsys: Out
) -> None:
    pytest.importorskip(MODULES.get(framework, framework))
    rows = swept(capsys, "--framework", framework, "--sample", "500")
    assert [row["kernel"] for row in rows] == [found.called for found in functions(framework)]
    for row in rows:
        if row["status"] == "not run":
            assert NOT_CALLED[row["kernel"]] in row["detail"], row
        else:
            assert row["correctly_rounded"] > (0.0 if row["function"] == "xielu" else 0.25), row


def test_derivatives_in_several_formats_and_kinks_apart(capsys: Out) -> None:
    given = ["hard_tanh", "relu", "--framework", "torch", "--dtype", "bfloat16,float16", "--order", "0,1"]
    rows = swept(capsys, *given)
    told = [(row["function"], row["dtype"], row["order"]) for row in rows]
    assert told == [
        (name, dtype, order)
        for name in ("hard_tanh", "relu")
        for dtype in ("bfloat16", "float16")
        for order in (0, 1)
    ]
    assert {row["max_ulp"] for row in rows} == {0.0}
    assert all(row["tried"] == 1 << 16 for row in rows)
    given = ["relu6", "--framework", "jax", "--order", "1", "--sample", "9", "--daz"]
    (strict,), (free,) = swept(capsys, *given, "--kink", "left"), swept(capsys, *given)
    assert strict["max_ulp"] > free["max_ulp"] == 0


def test_parameters_are_passed_on(capsys: Out) -> None:
    rows = swept(
        capsys, "leaky_relu:negative_slope=0.2", "elu:alpha=1.5", "softplus:beta=2", "hard_tanh:min_val=-2",
        "--framework", "torch", "--dtype", "float16",
    )  # fmt: skip
    assert [row["function"] for row in rows] == [
        "leaky_relu:negative_slope=0.2", "elu:alpha=1.5", "softplus:beta=2", "hard_tanh:min_val=-2",
    ]  # fmt: skip
    assert all(row["correctly_rounded"] > 0.8 for row in rows)


def test_a_parameter_that_a_framework_does_not_have_is_a_row(capsys: Out) -> None:
    (row,) = swept(capsys, "selu:alpha=2", "--framework", "torch", "--sample", "9")
    assert row["status"] == "not run"
    assert "alpha" in row["detail"]


def test_defaults_are_those_of_the_framework(capsys: Out) -> None:
    pytest.importorskip("keras")
    rows = swept(capsys, "leaky_relu", "--framework", "keras", "--dtype", "float16")
    assert [(row["kernel"], row["function"]) for row in rows] == [
        ("keras.activations.leaky_relu", "leaky_relu:negative_slope=0.2"),
        ("keras.layers.LeakyReLU", "leaky_relu:negative_slope=0.3"),
    ]
    assert all(row["correctly_rounded"] > 0.8 for row in rows)


def test_a_format_that_a_kernel_lacks_is_a_row_and_no_failure(capsys: Out) -> None:
    rows = swept(
        capsys, "gelu", "silu", "--framework", "torch", "--dtype", "e4m3,float16", "--junit", "j.xml"
    )
    assert [row["status"] for row in rows] == ["not run", "done"] * 2
    assert "not implemented for 'Float8_e4m3fn'" in rows[0]["detail"]
    (suite,) = ET.parse("j.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "0", "2")


def test_a_limit_holds_for_every_function(capsys: Out) -> None:
    rows = swept(
        capsys, "gelu", "relu", "--framework", "torch", "--dtype", "bfloat16", "--max-ulp", "1", status=1
    )
    assert [row["status"] for row in rows] == ["limit broken", "done"]


def test_functions_of_vectors_are_among_them(capsys: Out) -> None:
    rows = swept(capsys, "softmax", "glu", "--framework", "torch", "--order", "0,1")
    assert [row["status"] for row in rows] == ["done"] * 4
    assert all(row["correctly_rounded"] > 0.4 for row in rows)


def test_what_is_not_there_is_refused(capsys: Out) -> None:
    assert main(["verify", "softmin", "--framework", "jax"]) == 2
    assert "the catalogue knows no softmin of jax" in capsys.readouterr().err
    assert main(["verify", "relu", "--framework", "jax", "--callable", "jax.nn:relu"]) == 2
    assert "--callable is not used here" in capsys.readouterr().err


def test_a_whole_framework_as_a_page(capsys: Out) -> None:
    assert main(["verify", "--framework", "torch", "--dtype", "float16", "-o", "torch.html"]) == 0
    assert capsys.readouterr().out == ""
    text = Path("torch.html").read_text("utf-8")
    assert text.count("<tr>") == 1 + len(functions(Framework.TORCH))
    assert 'class="worst right"' in text
    assert "torch 2." in text


def test_progress_is_told_on_a_terminal_unless_nobody_wants_it() -> None:
    given = ("verify", "--framework", "torch", "--sample", "500", "-o", "report.csv")
    status, text = in_terminal(*given)
    assert status == 0
    assert f" of {len(functions(Framework.TORCH))}  " in text
    status, text = in_terminal(*given, "-q")
    assert (status, text) == (0, "")

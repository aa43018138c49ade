"""`verify` of functions of vectors: kernels that are called, and files of their rows."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.cli.app import main
from actcli.core.verify import row_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

Run = pytest.CaptureFixture[str]

KERNELS = """
import numpy as np

def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)

def of_100(x):
    if x.shape[-1] != 100:
        raise ValueError("100 columns")
    return softmax(x)

def half_wrong(x):
    y = softmax(x)
    y[..., 50:] *= np.float32(1.001)
    return y

def backward(v, x):
    s = softmax(x)
    return s * (v - (s * v).sum(-1, keepdims=True))

def swiglu(gate, up):
    return up * gate / (1 + np.exp(-gate))

def relu_backward(v, x):
    return np.where(x > 0, v, 0 * v)

def relu_backward_of_one(v, x):
    return np.where(x > 1, v, 0 * v)

def prelu(x, weight):
    return np.where(x > 0, x, weight * x)

def prelu_of_one_weight(x, weight):
    return np.where(x > 0, x, weight[:1] * x)

def prelu_by_weight(v, x, weight):
    return np.where(x < 0, v.astype(np.float64) * x, 0).sum(0).astype(x.dtype)

def prelu_by_weight_mean(v, x, weight):
    return np.where(x < 0, v * x, 0).mean(0)

def zeros(x):
    return np.where(np.isneginf(x).all(-1, keepdims=True), np.float32(0), softmax(x))
"""


@pytest.fixture(autouse=True)
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "row_kernels.py").write_text(KERNELS)
    monkeypatch.setattr(row_kinds, "LENGTHS", (1, 2, 17))
    yield
    sys.modules.pop("row_kernels", None)


def verify(*args: str, name: str = "softmax", kernel: str = "softmax") -> int:
    return main(["verify", name, "--callable", f"row_kernels:{kernel}", "--shape", "48x100", *args])


def as_json(capsys: Run, *args: str, **names: str) -> tuple[int, Any]:
    code = verify(*args, "-f", "json", **names)
    return code, json.loads(capsys.readouterr().out)


def test_a_page_tells_kinds_lengths_and_what_came_for_rows_without_a_value(capsys: Run) -> None:
    assert verify("--max-row-rel", "1e-6", "--max-sum", "1e-6") == 0
    page = capsys.readouterr().out
    assert "softmax in float32" in page
    assert "48 × 100, and 3 other lengths, 1 to 100; --seed 0" in page
    assert "--max-row-rel 1e-06: holds" in page
    for kind in ("ordinary", "one dominant", "masked but one", "subnormal"):
        assert kind in page
    assert "Rows without a value: what came" in page


def test_a_limit_that_is_broken_is_told_with_its_place(capsys: Run) -> None:
    assert verify("--max-row-rel", "1e-6", kernel="half_wrong") == 1
    error = capsys.readouterr().err
    assert "of the row's largest in a row of 100" in error
    assert "results break --max-row-rel 1e-06" in error
    assert verify("--max-sum", "1e-5", kernel="half_wrong") == 1
    assert "from summing to 1" in capsys.readouterr().err
    assert verify("--max-misrounded", "3", kernel="half_wrong") == 1
    assert "are not correctly rounded, --max-misrounded 3" in capsys.readouterr().err


def test_json_holds_all_of_the_report(capsys: Run) -> None:
    code, found = as_json(capsys, "--max-ulp", "200", "--seed", "5")
    assert code == 0
    assert found["schema"] == "actcli.verify/1"
    assert found["passed"] is True
    assert (found["shape"], found["axis"], found["seed"], found["operands"]) == ("48x100", 1, 5, "x")
    assert found["checks"][0]["name"] == "max_ulp"
    assert found["summary"]["results"] == sum(group["results"] for group in found["kinds"])
    assert found["summary"]["results"] == sum(group["results"] for group in found["lengths"])
    assert {group["length"] for group in found["lengths"]} == {1, 2, 17, 100}
    assert found["valueless"][0].keys() >= {"kind", "rows", "NaN", "zeros", "limit", "other"}
    assert sum(found["histogram"].values()) == found["summary"]["results"]


@pytest.mark.parametrize("form", ["csv", "md"])
def test_other_forms_hold_the_same_tables(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"report.{form}"
    assert verify("-o", str(path)) == 0
    text = path.read_text()
    if form == "csv":
        parts = {row["part"] for row in csv.DictReader(text.splitlines())}
        assert parts >= {"run", "summary", "kinds", "lengths", "worst", "valueless"}
    else:
        assert "## Kinds" in text
        assert text.startswith("# softmax in float32")


def test_what_is_due_for_masked_rows_can_be_said(capsys: Run) -> None:
    assert verify("--masked", "zeros", "--max-ulp", "200", kernel="zeros") == 0
    assert verify("--masked", "nan", "--max-ulp", "200", kernel="zeros") == 1
    assert "all masked" in capsys.readouterr().err


def test_a_gradient_that_the_kernel_returns_itself() -> None:
    limit = ("--max-row-rel", "1e-6")
    assert verify("--order", "1", "--args", "grad,x", *limit, kernel="backward") == 0
    assert verify("--order", "1", "--args", "x,grad", *limit, kernel="backward") == 1


def test_halves_as_two_arrays() -> None:
    limit = ("--max-row-rel", "1e-6")
    assert verify("--args", "b,a", *limit, name="swiglu", kernel="swiglu") == 0
    assert verify("--args", "a,b", *limit, name="swiglu", kernel="swiglu") == 1


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_an_elementwise_kernel_of_a_gradient_that_arrives(dtype: str, capsys: Run) -> None:
    given = ("--order", "1", "--args", "grad,x", "--max-misrounded", "0", "--dtype", dtype)
    assert verify(*given, name="relu", kernel="relu_backward") == 0
    assert "relu′·v" in capsys.readouterr().out
    assert verify(*given, name="relu", kernel="relu_backward_of_one") == 1


def test_a_parameter_with_a_value_for_each_column() -> None:
    given = ("--args", "x,alpha", "--max-ulp", "0.5")
    assert verify(*given, name="prelu", kernel="prelu") == 0
    assert verify(*given, name="prelu", kernel="prelu_of_one_weight") == 1


def test_a_gradient_by_that_parameter_is_a_sum(capsys: Run) -> None:
    given = ("--args", "grad,x,alpha", "--wrt", "alpha", "--direct", "--max-row-rel", "1e-6")
    assert verify(*given, name="prelu", kernel="prelu_by_weight") == 0
    assert "Σ v·∂prelu/∂alpha" in capsys.readouterr().out
    assert verify(*given, name="prelu", kernel="prelu_by_weight_mean") == 1


def test_rows_along_another_axis() -> None:
    limit = ("--max-row-rel", "1e-5")
    assert verify("--axis", "0", "--with", "axis=0", *limit) == 0
    assert verify("--axis", "0", *limit) == 1


def test_a_kernel_of_one_length_is_told_as_such(capsys: Run) -> None:
    assert verify(kernel="of_100") == 0
    assert (
        "takes rows of one length alone: the kernel raised ValueError: 100 columns" in capsys.readouterr().out
    )


def test_entries_within_a_range(capsys: Run) -> None:
    code, found = as_json(capsys, "--range", "-3:3")
    assert code == 0
    kinds = {group["kind"] for group in found["kinds"]}
    assert "masked" not in kinds
    assert "ordinary" in kinds


def test_parameters_of_the_function(capsys: Run) -> None:
    assert verify("--temperature", "2", "--max-row-rel", "1e-3") == 1
    assert "softmax in float32" in capsys.readouterr().err


@pytest.mark.parametrize("end", ["npy", "bin"])
def test_rows_from_machines_elsewhere(end: str, capsys: Run) -> None:
    x, y = f"x.{end}", f"y.{end}"
    assert main(["verify", "softmax", "--write-inputs", x, "--shape", "48x100"]) == 0
    data = np.load(x) if end == "npy" else np.fromfile(x, np.float32).reshape(48, 100)
    with np.errstate(all="ignore"):
        e = np.exp(data - data.max(-1, keepdims=True))
        results = e / e.sum(-1, keepdims=True)
    if end == "npy":
        np.save(y, results)
    else:
        results.tofile(y)
    shape = [] if end == "npy" else ["--shape", "48x100"]
    limit = ["--max-row-rel", "1e-6", "-f", "json"]
    assert main(["verify", "softmax", "-i", x, "--output", y, *shape, *limit]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["seed"] is None
    assert found["coverage"]["rows"] == 48
    kinds = {group["kind"]: group["rows"] for group in found["kinds"]}
    assert kinds["NaN"] == kinds["all masked"] == 1
    if shape:
        assert main(["verify", "softmax", "-i", x, "--output", y]) == 2
        assert "does not say how long its rows are" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--shape", "4x"], "not whole numbers with x between"),
        (["--axis", "2"], "no axis 2"),
        (["--order", "2"], "only a Jacobian"),
        (["--order", "1"], "no autograd"),
        (["--args", "a,b"], "has no 'a'"),
        (["--args", "grad,x"], "add --order 1"),
        (["--sample", "5"], "--sample is not used here"),
        (["--kink", "any"], "--kink is not used here"),
        (["--plot", "x.png"], "--plot is not used here"),
        (["--signed-zero"], "--signed-zero is not used here"),
        (["--preset", "nobody"], "no preset 'nobody'"),
        (["--order", "1", "--args", "grad,x", "--max-sum", "1"], "--max-sum is not used here"),
        (["--wrt", "temperature"], "add --direct"),
    ],
)
def test_what_does_not_go_together(args: list[str], message: str, capsys: Run) -> None:
    assert verify(*args) == 2
    assert message in capsys.readouterr().err
    assert Path.cwd().joinpath("x.png").exists() is False


def test_options_for_rows_are_refused_for_other_functions(capsys: Run) -> None:
    for option in (["--shape", "4x4"], ["--max-row-rel", "1"], ["--masked", "nan"]):
        assert (
            main(["verify", "relu", "--callable", "row_kernels:softmax", "--dtype", "float16", *option]) == 2
        )
        assert "it is for functions of a vector" in capsys.readouterr().err

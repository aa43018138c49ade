"""`verify`: kernels from files, tables and callables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.cli.app import main
from actcli.core.dtypes import BFLOAT16

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.core

Run = pytest.CaptureFixture[str]

KERNELS = """
import math
import numpy as np

def silu(x):
    return (x.astype(np.float64) / (1 + np.exp(-x.astype(np.float64)))).astype(x.dtype)

def relu(x):
    return np.maximum(x, 0)

def scalar_tanh(x):
    return math.tanh(x)

def branching(x):
    return x if x > 0 else math.exp(x) - 1

def leaky(x, negative_slope):
    return np.where(x > 0, x, x * x.dtype.type(negative_slope))

def leaky_by_slope(x):
    return np.where(x < 0, x, 0 * x)

def relu_slope(x):
    return (x >= 0).astype(x.dtype)

def broken(x):
    raise RuntimeError("out of order\\nand more")

def short(x):
    return x[1:]

def words(x):
    return ["one"] * len(x)

def lost(x):
    return np.where(x == -np.inf, x, np.where(x == 0, 1, np.maximum(x, 0)))

number = 3
"""


@pytest.fixture(autouse=True)
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make `my_kernels` a module in the current directory."""
    (tmp_path / "my_kernels.py").write_text(KERNELS)
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("my_kernels", None)


def verify(capfd: Run, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run `verify` and return its report."""
    assert main(["verify", *arguments, "-f", "json"]) == code, capfd.readouterr().err
    report: dict[str, Any] = json.loads(capfd.readouterr().out)
    return report


def fails(capfd: Run, *arguments: str, code: int = 2) -> str:
    assert main(["verify", *arguments]) == code
    error = capfd.readouterr().err
    assert error.startswith("actcli: ")
    assert error.count("\n") == 1
    return error


def test_an_honest_kernel_passes(capfd: Run) -> None:
    given = ["relu", "--callable", "my_kernels:relu", "--dtype", "bfloat16"]
    report = verify(capfd, *given, "--max-ulp", "0.5", "--max-misrounded", "0", "--max-abs", "0")
    assert report["summary"]["results"] == 65536
    assert report["summary"]["correctly rounded"] == 1.0


def test_a_fault_ends_with_1_and_is_named(capfd: Run) -> None:
    given = ["silu", "--callable", "my_kernels:silu", "--dtype", "float16", "--max-ulp", "0.5"]
    assert main(["verify", *given]) == 1
    captured = capfd.readouterr()
    assert "NaN or inf where a number was due" in captured.out
    assert "at x = -inf, got nan, expected -0.0; 1 of 65536 results break --max-ulp 0.5" in captured.err


def test_what_cannot_be_compared_is_no_largest_error(capfd: Run) -> None:
    found = verify(capfd, "relu", "--callable", "my_kernels:lost", "--dtype", "float16")["summary"]
    assert found["max rel"] == "Infinity"  # 1 where 0 is due
    assert found["max rel at"] == 0
    assert found["max ulp at"] == "-Infinity"
    assert found["max ulp of numbers at"] == 0


@pytest.mark.parametrize(
    ("function", "kernel"), [("tanh", "scalar_tanh"), ("elu", "branching"), ("tanh", "math:tanh")]
)
def test_plain_python_is_called_number_by_number(capfd: Run, function: str, kernel: str) -> None:
    target = kernel if ":" in kernel else f"my_kernels:{kernel}"
    report = verify(capfd, function, "--callable", target, "--dtype", "float16")
    assert report["summary"]["correctly rounded"] > 0.99


def test_arguments_are_passed_on(capfd: Run) -> None:
    given = ["--callable", "my_kernels:leaky", "--with", "negative_slope=1/4", "--dtype", "float16"]
    report = verify(capfd, "leaky_relu", "--negative-slope", "0.25", *given)
    assert report["summary"]["correctly rounded"] == 1.0


def test_a_derivative_that_the_kernel_returns_itself(capfd: Run) -> None:
    given = ["relu", "--order", "1", "--callable", "my_kernels:relu_slope", "--dtype", "float16"]
    assert "no autograd" in fails(capfd, *given)
    report = verify(capfd, *given, "--direct")
    wrong = [row for row in report["special"] if row["point"] == "kink 0"]
    assert (wrong[0]["got"], wrong[0]["expected"]) == (1.0, 0.0)


def test_the_gradient_by_a_parameter(capfd: Run) -> None:
    given = ["leaky_relu", "--wrt", "alpha", "--callable", "my_kernels:leaky_by_slope", "--dtype", "float16"]
    assert "add --direct" in fails(capfd, *given)
    report = verify(capfd, *given, "--direct")
    assert report["summary"]["function"] == "∂leaky_relu/∂negative_slope"
    assert report["summary"]["max ulp of numbers"] == 0.0


def test_npy_files(capfd: Run, tmp_path: Path) -> None:
    x = np.linspace(-8, 8, 1001, dtype=np.float32)
    y = np.maximum(x, 0)
    y[700] += np.float32(1)
    np.save("x.npy", x)
    np.save("y.npy", y)
    report = verify(capfd, "relu", "-i", "x.npy", "--output", str(tmp_path / "y.npy"))
    assert report["summary"]["dtype"] == "float32"
    assert [row["x"] for row in report["worst"]] == [float(x[700])]


def test_npy_of_a_dtype_without_a_name(capfd: Run) -> None:
    x = BFLOAT16.array(np.linspace(-4, 4, 300))
    np.save("x.npy", x)
    np.save("y.npy", np.maximum(x, 0))
    report = verify(capfd, "relu", "-i", "x.npy", "--output", "y.npy", "--dtype", "bfloat16")
    assert report["summary"]["correctly rounded"] == 1.0


def test_columns_of_a_table(capfd: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,x,y\n1,-1.0,0\n2,2.5,2.5\n3,3,4\n")
    report = verify(capfd, "relu", "-i", "t.csv", "-c", "x", "--output-column", "y")
    assert report["summary"]["results"] == 3
    assert report["worst"][0] == {"x": 3.0, "got": 4.0, "expected": 3.0, "ulp": 2.0**51}


def test_pickles_are_never_loaded(capfd: Run, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "touched",))

    np.save("evil.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    np.save("x.npy", np.zeros(1))
    assert "never loaded" in fails(capfd, "relu", "-i", "x.npy", "--output", "evil.npy")
    assert not (tmp_path / "touched").exists()


def test_reports_for_people_and_programs(capfd: Run, tmp_path: Path) -> None:
    given = ["silu", "--callable", "my_kernels:silu", "--dtype", "float16"]
    assert main(["verify", *given, "--hex"]) == 0
    page = capfd.readouterr().out
    for words in ("correctly rounded", "Where results are", "The worst results", "Special points", "0xfc00"):
        assert words in page
    assert main(["verify", *given, "-f", "csv"]) == 0
    assert capfd.readouterr().out.startswith("part,name,value,")
    assert main(["verify", *given, "-o", "r.md"]) == 0
    assert (tmp_path / "r.md").read_text().startswith("# silu in float16\n")
    assert "cannot be npy" in fails(capfd, *given, "-f", "npy")


def test_the_error_is_drawn(capfd: Run, tmp_path: Path) -> None:
    given = ["silu", "--callable", "my_kernels:silu", "--dtype", "float16", "--plot"]
    assert main(["verify", *given, "e.svg"]) == 0
    assert main(["verify", *given, "again.svg"]) == 0
    assert (tmp_path / "e.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()
    capfd.readouterr()
    assert "no picture of that kind" in fails(capfd, *given, "e.gif")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["relu"], "nothing to verify"),
        (["relu", "-i", "x.npy"], "no results given"),
        (["relu", "-i", "gone.npy", "--output", "gone.npy"], "gone.npy"),
        (["relu", "--callable", "relu"], "not package.module:function"),
        (["relu", "--callable", "no_such_module:f"], "cannot import no_such_module:f: ModuleNotFoundError"),
        (["relu", "--callable", "my_kernels:nothing"], "AttributeError"),
        (["relu", "--callable", "my_kernels:number"], "is a int, not a function"),
        (["relu", "--callable", "my_kernels.py:relu"], "is not package.module:function (my_kernels:relu)"),
        (["relu", "--callable", "my_kernels:relu", "--output", "y.csv"], "where the report goes is -o FILE"),
        (["softmax", "--callable", "my_kernels:relu"], "softmax takes a vector"),
        (["relu", "--callable", "my_kernels:relu", "--preset", "torch"], "no preset 'torch'"),
        (["relu", "--callable", "my_kernels:relu", "--with", "a b"], "not name=value"),
        (["relu", "--callable", "my_kernels:relu", "--dtype", "float7"], "no dtype 'float7'"),
        (["relu", "--callable", "my_kernels:relu", "-o", "r.png"], "no format goes by '.png'"),
    ],
)
def test_bad_usage_is_told_in_one_line(capfd: Run, arguments: list[str], said: str) -> None:
    expected = 3 if "gone.npy" in arguments else 2
    assert said in fails(capfd, *arguments, code=expected)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken", "the kernel raised RuntimeError: out of order"),
        ("short", "the kernel returned shape"),
        ("words", "the kernel returned str_, not numbers"),
    ],
)
def test_a_kernel_that_fails_is_a_check_that_does_not_hold(capfd: Run, name: str, said: str) -> None:
    assert said in fails(capfd, "relu", "--callable", f"my_kernels:{name}", code=1)


def test_inputs_must_be_numbers_of_the_dtype(capfd: Run) -> None:
    np.save("x.npy", np.array([0.1]))
    np.save("y.npy", np.array([0.1]))
    said = fails(capfd, "relu", "-i", "x.npy", "--output", "y.npy", "--dtype", "float16")
    assert "x.npy: 0.1 is not a float16" in said

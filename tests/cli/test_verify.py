"""`verify`: kernels from files, tables and callables."""

from __future__ import annotations

import csv
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

def overflowing(x):
    big = math.exp(x)
    return x if x > 0 else big - 1

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


FAULTS = """
counts = []

def truncated(x):
    wide = np.tanh(x.astype(np.float64))
    near = wide.astype(x.dtype)
    over = np.abs(near.astype(np.float64)) > np.abs(wide)
    return np.where(over, np.nextafter(near, x.dtype.type(0)), near)

def tanh_in_float32(x):
    return np.tanh(x.astype(np.float32))

def by_lane(x):
    y = np.maximum(x, 0)
    y[5::8] *= x.dtype.type(1.5)
    return y

def changing(x):
    counts.append(1)
    return np.maximum(x, 0) + x.dtype.type(len(counts) % 2)

def payload(x):
    return np.where(np.isnan(x), x.dtype.type(1), np.maximum(x, 0))

def relu_slope_one(x):
    return (x >= 0).astype(x.dtype)

def counted(x):
    with open("calls", "a") as file:
        file.write(f"{x.size}\\n")
    return np.maximum(x, 0)
"""


@pytest.fixture(autouse=True)
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make `my_kernels` a module in the current directory."""
    (tmp_path / "my_kernels.py").write_text(KERNELS + FAULTS)
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
    assert report["coverage"] == {
        "inputs": "every", "tried": 65536, "total": 65536, "nan_patterns": 254,
        "calls": report["coverage"]["calls"],
    }  # fmt: skip
    assert report["summary"]["results"] == 65536 - 254 + 1  # NaN counts once
    assert report["summary"]["correctly_rounded"] == 1.0
    assert report["passed"] is True
    assert [(check["name"], check["passed"]) for check in report["checks"]] == [
        ("max_ulp", True), ("max_abs", True), ("max_misrounded", True)
    ]  # fmt: skip


def test_a_fault_ends_with_1_and_is_named(capfd: Run) -> None:
    given = ["silu", "--callable", "my_kernels:silu", "--dtype", "float16", "--max-ulp", "0.5"]
    assert main(["verify", *given]) == 1
    captured = capfd.readouterr()
    assert "NaN or inf where a number is due" in captured.out
    assert "at x = -inf, got nan, expected -0.0; 1 of 63491 results break --max-ulp 0.5" in captured.err


def test_what_cannot_be_compared_is_no_largest_error(capfd: Run) -> None:
    found = verify(capfd, "relu", "--callable", "my_kernels:lost", "--dtype", "float16")["summary"]
    assert found["max_rel"] == "Infinity"  # 1 where 0 is due
    assert found["max_rel_at"] == 0
    assert found["max_ulp_at"] == "-Infinity"
    assert found["max_finite_ulp_at"] == 0


@pytest.mark.parametrize(
    ("function", "kernel"), [("tanh", "scalar_tanh"), ("elu", "branching"), ("tanh", "math:tanh")]
)
def test_plain_python_is_called_number_by_number(capfd: Run, function: str, kernel: str) -> None:
    target = kernel if ":" in kernel else f"my_kernels:{kernel}"
    report = verify(capfd, function, "--callable", target, "--dtype", "float16")
    assert report["summary"]["correctly_rounded"] > 0.99


def test_what_plain_python_raises_is_told(capfd: Run) -> None:
    """The greatest float16 whose exponential is a float64 is 709.5."""
    given = ("elu", "--callable", "my_kernels:overflowing", "--dtype", "float16")
    (found,) = [each for each in verify(capfd, *given)["findings"] if each["kind"] == "raises"]
    x = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    assert found == {
        "kind": "raises",
        "results": int(np.isfinite(x[x > 709.5]).sum()),
        "raised_at": 710.0,
        "reason": "OverflowError: math range error",
    }
    assert main(["verify", *given, "--block", "1000"]) == 0
    said = " ".join(capfd.readouterr().out.split())
    assert "taken as NaN, at x = 710" in said


def test_arguments_are_passed_on(capfd: Run) -> None:
    given = ["--callable", "my_kernels:leaky", "--with", "negative_slope=1/4", "--dtype", "float16"]
    report = verify(capfd, "leaky_relu", "--negative-slope", "0.25", *given)
    assert report["summary"]["correctly_rounded"] == 1.0


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
    assert (report["function"], report["wrt"], report["order"]) == ("leaky_relu", "negative_slope", 0)
    assert report["summary"]["max_finite_ulp"] == 0.0


def test_npy_files(capfd: Run, tmp_path: Path) -> None:
    x = np.linspace(-8, 8, 1001, dtype=np.float32)
    y = np.maximum(x, 0)
    y[700] += np.float32(1)
    np.save("x.npy", x)
    np.save("y.npy", y)
    report = verify(capfd, "relu", "-i", "x.npy", "--output", str(tmp_path / "y.npy"))
    assert report["dtype"] == "float32"
    assert [row["x"] for row in report["causes"]] == [float(x[700])]


def test_npy_of_a_dtype_without_a_name(capfd: Run) -> None:
    x = BFLOAT16.array(np.linspace(-4, 4, 300))
    np.save("x.npy", x)
    np.save("y.npy", np.maximum(x, 0))
    report = verify(capfd, "relu", "-i", "x.npy", "--output", "y.npy", "--dtype", "bfloat16")
    assert report["summary"]["correctly_rounded"] == 1.0


def test_columns_of_a_table(capfd: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,x,y\n1,-1.0,0\n2,2.5,2.5\n3,3,4\n")
    report = verify(capfd, "relu", "-i", "t.csv", "-c", "x", "--output-column", "y")
    assert report["summary"]["results"] == 3
    (cause,) = report["causes"]
    assert cause == {
        "cause": "elsewhere", "results": 1, "from": 3.0, "to": 3.0,
        "x": 3.0, "got": 4.0, "expected": 3.0, "ulp": 2.0**51,
    }  # fmt: skip


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
    for words in ("correctly rounded", "Where results are", "by cause", "Special points", "0xfc00"):
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
        (["relu", "--callable", "my_kernels:relu", "--preset", ""], "--preset: the value is empty"),
        (["relu", "-i", "t.csv", "-c", "x", "--output-column", "x"], "are the same column"),
        (["relu", "--callable", "my_kernels:relu", "--preset", "torch"], "no preset 'torch'"),
        (["relu", "--callable", "my_kernels:relu", "--with", "a b"], "not name=value"),
        (["relu", "--callable", "my_kernels:relu", "--dtype", "float7"], "no dtype 'float7'"),
        (["relu", "--callable", "my_kernels:relu", "-o", "r.png"], "no format goes by '.png'"),
    ],
)
def test_bad_usage_is_told_in_one_line(capfd: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "t.csv").write_text("x,y\n1,1\n")
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


def test_the_patterns_of_inputs_and_results_are_the_ones_that_were(capfd: Run) -> None:
    report = verify(capfd, "relu", "--callable", "my_kernels:payload", "--dtype", "float16", "--hex")
    (cause,) = report["causes"]
    assert cause["cause"] == "nan_input"
    assert cause["results"] == report["coverage"]["nan_patterns"] == 2046
    assert (cause["x_hex"], cause["got_hex"], cause["expected_hex"]) == ("0x7c01", "0x3c00", "0x7e00")
    assert report["summary"]["misrounded"] == 1
    honest = verify(capfd, "relu", "--callable", "my_kernels:relu", "--dtype", "float16", "--hex")
    (nan,) = [row for row in honest["special"] if row["point"] == "NaN"]
    assert (nan["x_hex"], nan["got_hex"], nan["expected_hex"]) == ("0x7c01", "0x7c01", "0x7e00")


def test_what_an_option_is_of_is_asked_where_a_function_has_it_too(capfd: Run) -> None:
    given = ["--callable", "my_kernels:relu", "--dtype", "float16", "--seed", "3", "--sample", "10"]
    said = fails(capfd, "gumbel_softmax", *given)
    assert "--seed is an option here, and a parameter of gumbel_softmax" in said
    assert "(gumbel_softmax:seed=… sets the parameter" in said
    # Who writes a formula chose the name, and its default stands.
    report = verify(capfd, "f(x; seed=1) = max(0, x) + 0*seed", *given)
    assert report["seed"] == 3


def test_a_result_of_another_dtype_is_told(capfd: Run) -> None:
    report = verify(capfd, "tanh", "--callable", "my_kernels:tanh_in_float32", "--dtype", "float16")
    assert report["result_dtype"] == "float32"
    assert {"kind": "result_dtype", "results": 65536, "due": "float16", "got": "float32"} in report[
        "findings"
    ]


def test_truncation_explains_what_is_misrounded(capfd: Run) -> None:
    report = verify(capfd, "tanh", "--callable", "my_kernels:truncated", "--dtype", "float16")
    found = {each["kind"]: each for each in report["findings"]}
    assert found["rounding"]["mode"] == "to_zero"
    assert found["bias"]["mean_outwards"] < -0.1
    assert abs(found["bias"]["mean"]) < 0.01  # tanh is odd
    honest = verify(capfd, "tanh", "--callable", "numpy:tanh", "--dtype", "float16")
    assert honest["findings"] == []


def test_what_depends_on_the_position_is_told(capfd: Run) -> None:
    given = ["relu", "--callable", "my_kernels:by_lane", "--dtype", "float16"]
    report = verify(capfd, *given, "--max-ulp", "1", code=1)
    kinds = {each["kind"] for each in report["findings"]}
    assert "depends_on_position" in kinds
    assert main(["verify", *given]) == 0
    assert "depends on the position, not on x alone: " in capfd.readouterr().out


def test_a_second_call_that_differs_is_told(capfd: Run) -> None:
    given = ["relu", "--callable", "my_kernels:changing", "--dtype", "float16", "--max-ulp", "1"]
    report = verify(capfd, *given, "--repeat", "6", code=1)
    (found,) = [each for each in report["findings"] if each["kind"] == "second_call_differs"]
    assert found["arrangement"] == "in order, again"


def test_a_kink_is_a_choice(capfd: Run) -> None:
    given = ["relu", "--order", "1", "--direct", "--callable", "my_kernels:relu_slope_one"]
    given += ["--dtype", "float16", "--max-ulp", "0.5"]
    said = fails(capfd, *given, code=1)
    assert "(--kink any accepts what lies between the one-sided derivatives)" in said
    assert fails(capfd, *given, "--kink", "left", code=1)
    for rule in ("any", "right"):
        report = verify(capfd, *given, "--kink", rule)
        assert report["choices"]["kink"] == rule
        assert report["accepted"]["kink"] == (2 if rule == "any" else 0)
    assert "--kink is not used here" in fails(
        capfd, "relu", "--callable", "my_kernels:relu", "--kink", "any", "--dtype", "float16"
    )


def test_every_number_of_a_range_is_tried(capfd: Run) -> None:
    given = ["relu", "--callable", "my_kernels:relu", "--range", "-0.5:1", "--max-misrounded", "0"]
    report = verify(capfd, *given, "--dtype", "float16")
    numbers = 0x3C00 + 0x3800 + 2  # and both zeros
    assert (report["coverage"]["inputs"], report["coverage"]["tried"]) == ("range", numbers)
    report = verify(capfd, *given, "--dtype", "float32", "--sample", "1000", "--seed", "4")
    assert report["seed"] == 4
    assert 990 < report["coverage"]["tried"] <= 1002
    assert report["coverage"]["total"] == 0x3F800000 + 0x3F000000 + 2
    assert "--sample N tries some" in fails(capfd, *given, "--dtype", "float64")
    assert "is not A:B" in fails(capfd, "relu", "--callable", "my_kernels:relu", "--range", "1")


def test_a_run_goes_on_where_it_was_interrupted(
    capfd: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actcli.verification.BLOCK", 1 << 12)
    given = ["relu", "--range", "1:1.001953125", "--dtype", "float32", "--repeat", "1", "-f", "json"]
    given += ["--checkpoint", "c.json", "--callable"]
    assert main(["verify", *given, "my_kernels:counted"]) == 0
    whole = json.loads(capfd.readouterr().out)
    calls = [int(line) for line in (tmp_path / "calls").read_text().split()]
    assert not (tmp_path / "c.json").exists()
    assert whole["coverage"]["tried"] == 2**14 + 1
    text = (tmp_path / "my_kernels.py").read_text()
    stop = f"counts.append(1)\n    if len(counts) == {len(calls) - 1}:\n        raise KeyboardInterrupt"
    stopping = text.replace("def counted(x):", f"def counted(x):\n    {stop}")
    (tmp_path / "my_kernels.py").write_text(stopping)
    sys.modules.pop("my_kernels")
    assert main(["verify", *given, "my_kernels:counted"]) == 130
    kept = json.loads((tmp_path / "c.json").read_text())
    assert kept["totals"]["tried"] == 3 << 12
    (tmp_path / "calls").unlink()
    (tmp_path / "my_kernels.py").write_text(text)
    sys.modules.pop("my_kernels")
    capfd.readouterr()
    assert "is the checkpoint of another run" in fails(capfd, *given, "my_kernels:relu")
    assert main(["verify", *given, "my_kernels:counted"]) == 0
    assert json.loads(capfd.readouterr().out) == whole
    assert [int(line) for line in (tmp_path / "calls").read_text().split()] == [1 << 12, 1]
    (tmp_path / "c.json").write_text("{}")
    assert "is no checkpoint" in fails(capfd, *given, "my_kernels:counted")


def test_files_that_do_not_tell_what_a_kernel_returned_are_refused(capfd: Run) -> None:
    np.save("empty.npy", np.empty(0))
    np.save("rows.npy", np.empty((0, 5)))
    np.save("ints.npy", np.arange(4))
    for function, name in (("relu", "empty.npy"), ("softmax", "rows.npy")):
        assert fails(capfd, function, "-i", name, "--output", name).startswith(
            f"actcli: {name} holds no numbers\n"
        )
    given = ("relu", "-i", "ints.npy", "--output", "ints.npy")
    assert "ints.npy holds int64: integers (--dtype tells" in fails(capfd, *given)
    assert verify(capfd, *given, "--dtype", "float32")["coverage"]["tried"] == 4


def test_more_than_a_day_of_inputs_is_refused(capfd: Run) -> None:
    given = ["relu", "--callable", "my_kernels:relu"]
    assert "there are 2^64 of float64" in fails(capfd, *given, "--dtype", "float64", "--exhaustive")
    assert "goes with no other choice" in fails(capfd, *given, "--exhaustive", "--range", "0:1")


def test_tables_carry_what_the_document_carries(capfd: Run, tmp_path: Path) -> None:
    given = ["verify", "tanh", "--callable", "my_kernels:truncated", "--dtype", "float16", "--max-ulp", "2"]
    assert main([*given, "-o", "r.csv"]) == 0
    with (tmp_path / "r.csv").open() as file:
        rows = list(csv.DictReader(file))
    report = verify(capfd, *given[1:])
    assert {row["part"] for row in rows} >= {
        "run",
        "coverage",
        "choices",
        "summary",
        "checks",
        "findings",
        "causes",
    }
    values = {(row["part"], row["name"]): row["value"] for row in rows}
    assert values["run", "schema"] == report["schema"] == "actcli.verify/1"
    assert float(values["summary", "mean_ulp"]) == report["summary"]["mean_ulp"]
    assert [row["cause"] for row in rows if row["part"] == "causes"] == [c["cause"] for c in report["causes"]]
    assert all(name == name.lower() and " " not in name for name in report["summary"])
    assert {"actcli", "python", "numpy"} <= set(report["versions"])

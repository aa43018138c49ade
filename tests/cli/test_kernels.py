"""`verify` on kernels that are not Python, and on machines elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actcli.cli.app import main
from tests.kernels import samples

pytestmark = pytest.mark.usefixtures("somewhere_else")

Run = pytest.CaptureFixture[str]


def verify(capfd: Run, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run `verify` and return its report."""
    assert main(["verify", *arguments, "-f", "json"]) == code, capfd.readouterr().err
    report: dict[str, Any] = json.loads(capfd.readouterr().out)
    return report


def fails(capfd: Run, *arguments: str, code: int = 2) -> str:
    assert main(["verify", *arguments]) == code
    error = capfd.readouterr().err
    assert error.startswith("actcli: ")
    return error


def test_a_function_of_a_library(capfd: Run) -> None:
    samples.library(Path())
    given = ["relu", "--sample", "5000", "--max-ulp", "0.5", "--lib"]
    honest = verify(capfd, *given, "./kernels.so:right")
    assert honest["passed"]
    assert not honest["findings"]
    faults = {"bad_rest": "depends_on_position", "second_call": "second_call_differs"}
    for symbol, kind in faults.items():
        found = verify(capfd, *given, f"./kernels.so:{symbol}", code=1)
        assert kind in {each["kind"] for each in found["findings"]}
    assert "crashes was killed by SIGSEGV" in fails(capfd, *given, "./kernels.so:crashes", code=1)
    assert "undefined symbol: nothing" in fails(capfd, *given, "./kernels.so:nothing")


def test_a_crash_beside_good_results_is_no_pass(capfd: Run) -> None:
    samples.library(Path())
    found = verify(capfd, "relu", "--sample", "5000", "--lib", "./kernels.so:reads_behind", code=1)
    assert "crashes" in {each["kind"] for each in found["findings"]}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows runs no scripts by their first line")
def test_a_program(capfd: Run) -> None:
    samples.program(Path())
    given = ["relu", "--dtype", "float16", "--max-ulp", "0.5", "--command"]
    assert verify(capfd, *given, "./kernel float16 right")["passed"]
    found = verify(capfd, *given, "./kernel float16 rest", code=1)
    assert "depends_on_position" in {each["kind"] for each in found["findings"]}
    assert "ended with exit status 3" in capfd_error(capfd, *given, "./kernel float16 status")


def capfd_error(capfd: Run, *arguments: str) -> str:
    assert main(["verify", *arguments]) == 1
    return capfd.readouterr().err


@pytest.mark.parametrize("form", ["bin", "npy"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_round_trip_to_a_machine_elsewhere_keeps_every_pattern(capfd: Run, form: str, dtype: str) -> None:
    assert main(["verify", "identity", "--write-inputs", f"x.{form}", "--dtype", dtype]) == 0
    assert capfd.readouterr() == ("", "")
    held = np.load("x.npy") if form == "npy" else np.fromfile("x.bin", "<u2")
    assert np.array_equal(np.sort(held.view(np.uint16)), np.arange(1 << 16))
    Path(f"y.{form}").write_bytes(Path(f"x.{form}").read_bytes())
    files = ["-i", f"x.{form}", "--output", f"y.{form}", "--dtype", dtype]
    report = verify(capfd, "identity", *files, "--max-ulp", "0", "--max-misrounded", "0")
    assert report["passed"]
    assert report["coverage"]["tried"] == 1 << 16


def test_wide_inputs_are_those_of_the_sample(capfd: Run) -> None:
    given = ["gelu", "--write-inputs", "x.bin", "--sample", "3000", "--seed"]
    for seed, name in (("1", "a"), ("1", "b"), ("2", "c")):
        assert main(["verify", *given, seed]) == 0
        Path("x.bin").rename(name)
    assert Path("a").read_bytes() == Path("b").read_bytes() != Path("c").read_bytes()
    assert "float64" not in capfd.readouterr().err


def test_raw_results_must_fit_the_inputs(capfd: Run) -> None:
    np.arange(4, dtype="<f4").tofile("x.bin")
    np.arange(3, dtype="<f4").tofile("y.bin")
    files = ["-i", "x.bin", "--output", "y.bin"]
    assert "x.bin holds 4 numbers and y.bin 3" in fails(capfd, "identity", *files)
    assert "holds 12 bytes, no whole number of float64" in fails(
        capfd, "identity", *files, "--dtype", "float64"
    )
    assert "gone.bin" in fails(capfd, "identity", "-i", "x.bin", "--output", "gone.bin", code=3)


def test_results_of_another_format_than_asked_for_are_told(capfd: Run) -> None:
    x = np.linspace(-2, 2, 100, dtype=np.float32)
    np.save("x.npy", x)
    np.save("y.npy", np.tanh(x.astype(np.float64)))
    found = verify(capfd, "tanh", "-i", "x.npy", "--output", "y.npy", "--dtype", "float32")
    assert "result_dtype" in {each["kind"] for each in found["findings"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lib", "a.so:f", "--command", "f"], "--lib and --command do not go together"),
        (["--lib", "a.so"], "not PATH:SYMBOL"),
        (["--lib", "a.so:f"], "no file 'a.so'"),
        (["--command", "./gone"], "no such file"),
        (["--command", "cat", "--device", "cuda"], "--device is not used here (it is for a --callable"),
        (["--callable", "numpy:tanh", "--device", "cuda"], "--device is not used here"),
        (["--command", "cat", "--with", "a=1"], "--with is not used here (it is for --callable)"),
        (["--command", "cat", "--order", "1"], "a program has no autograd"),
        (["--write-inputs", "x.csv"], "inputs are written as .npy or .bin"),
        (["--write-inputs", "x.bin", "--max-ulp", "1"], "--max-ulp is not used here"),
        (["--write-inputs", "x.bin", "--command", "cat"], "--command is not used here"),
        (["-i", "x.bin", "--output", "y.bin", "--block", "4"], "--block is not used here"),
    ],
)
def test_bad_usage(capfd: Run, arguments: list[str], said: str) -> None:
    np.arange(4, dtype="<f4").tofile("x.bin")
    np.arange(4, dtype="<f4").tofile("y.bin")
    assert said in fails(capfd, "relu", *arguments)


def test_the_traceback_of_a_kernel(capfd: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("raising_kernels.py").write_text(
        "def inner(x):\n    return 1 / 0\n\ndef f(x):\n    return inner(x)\n"
    )
    given = ["relu", "--callable", "raising_kernels:f"]
    assert fails(capfd, *given, code=1).splitlines() == [
        "actcli: the kernel raised ZeroDivisionError: division by zero (--traceback shows where)"
    ]
    first, *frames = fails(capfd, *given, "--traceback", code=1).splitlines()
    assert first == "actcli: the kernel raised ZeroDivisionError: division by zero"
    code = [line.strip() for line in frames if not set(line) <= set(" ^~")]
    assert [line for line in code if not line.startswith("File")] == ["return inner(x)", "return 1 / 0"]

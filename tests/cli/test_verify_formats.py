"""`verify` in formats of 8 and 4 bits, and for tables of quantised functions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest

from actcli.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.core

Run = pytest.CaptureFixture[str]

KERNELS = """
import numpy as np

def silu(x):
    wide = x.astype(np.float64)
    return (wide / (1 + np.exp(-wide))).astype(x.dtype)

def log(x):
    return np.log(x.astype(np.float32)).astype(x.dtype)

def saturating(x):
    wide = 100 * x.astype(np.float32)
    return np.clip(wide, -448, 448).astype(x.dtype)

def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))

Q = np.arange(256, dtype=np.uint8).view(np.int8)
TABLE = np.clip(np.rint(sigmoid(Q / 16) * 256) - 128, -128, 127).astype(np.int8)

def sigmoid_i8(q):
    return TABLE[q.view(np.uint8)]

def off_by_one(q):
    return np.where(q == 7, TABLE[q.view(np.uint8)] + np.int8(1), TABLE[q.view(np.uint8)])

def truncated(q):
    return np.clip(np.trunc(sigmoid(q / 16) * 256) - 128, -128, 127).astype(np.int8)

def floats(q):
    return sigmoid(q / 16).astype(np.float32)

def quantising(x):
    return np.clip(np.rint(sigmoid(x) * 256) - 128, -128, 127).astype(np.int8)
"""

SIGMOID = ["--dtype", "int8", "--scale", "1/256", "--zero-point", "-128"]
INPUTS = ["--in-scale", "1/16", "--in-zero-point", "0"]


@pytest.fixture(autouse=True)
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make `tables` a module in the current directory."""
    (tmp_path / "tables.py").write_text(KERNELS)
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("tables", None)


def told(capfd: Run, *words: str, code: int = 0) -> dict[str, Any]:
    assert main(["verify", *words, "-f", "json"]) == code
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


def refused(capfd: Run, *words: str, code: int = 2) -> str:
    assert main(["verify", *words]) == code
    return capfd.readouterr().err


@pytest.mark.parametrize(
    ("dtype", "patterns"),
    [("e4m3fnuz", 256), ("e5m2fnuz", 256), ("e4m3b11", 256), ("e4m3", 256), ("fp4", 16)],
)
def test_every_pattern_of_a_small_format_is_tried(capfd: Run, dtype: str, patterns: int) -> None:
    found = told(capfd, "silu", "--callable", "tables:silu", "--dtype", dtype, "--max-misrounded", "0")
    assert found["coverage"]["tried"] == found["coverage"]["total"] == patterns
    assert found["summary"]["misrounded"] == 0
    assert found["summary"]["max_ulp"] <= 0.5


def test_what_is_nan_elsewhere_is_anyones_choice_in_a_format_without(capfd: Run) -> None:
    words = ("log(x)", "--callable", "tables:log", "--max-misrounded", "0")
    assert told(capfd, *words, "--dtype", "fp4")["summary"]["misrounded"] == 0
    assert told(capfd, *words, "--dtype", "e4m3fnuz")["summary"]["misrounded"] == 0
    assert told(capfd, *words, "--dtype", "e8m0")["summary"]["misrounded"] == 0


def test_the_largest_number_is_shown_as_it_is(capfd: Run) -> None:
    assert main(["verify", "100*x", "--callable", "tables:saturating", "--dtype", "e4m3"]) == 0
    page = capfd.readouterr().out
    assert "448.0" in page
    assert "450" not in page
    assert main(["eval", "relu", "448", "--dtype", "e4m3"]) == 0
    assert capfd.readouterr().out == "x,relu\n448.0,448.0\n"


def test_a_table_that_is_right(capfd: Run) -> None:
    words = ("sigmoid", "--callable", "tables:sigmoid_i8", *SIGMOID, *INPUTS, "--max-ulp", "0.5")
    found = told(capfd, *words, "--max-misrounded", "0")
    assert found["coverage"] | {"calls": 0} == {
        "inputs": "every", "tried": 256, "total": 256, "nan_patterns": 0, "calls": 0
    }  # fmt: skip
    assert (found["dtype"], found["scale"], found["zero_point"]) == ("int8", 1 / 256, -128)
    assert (found["in_dtype"], found["in_scale"], found["in_zero_point"]) == ("int8", 1 / 16, 0)
    assert found["summary"]["correctly_rounded"] == 1.0


def test_faults_of_tables_come_out(capfd: Run) -> None:
    words = ("sigmoid", *SIGMOID, *INPUTS, "--max-ulp", "0.5")
    found = told(capfd, *words, "--callable", "tables:off_by_one", code=1)
    assert found["summary"]["misrounded"] == 1
    assert found["summary"]["max_ulp_at"] == 7 / 16
    found = told(capfd, *words, "--callable", "tables:truncated", code=1)
    assert 0.9 < found["summary"]["max_ulp"] < 1
    assert {"kind": "rounding"}.items() <= found["findings"][0].items()
    assert main(["verify", *words, "--callable", "tables:off_by_one"]) == 1
    assert "0.4375 (q 7)" in capfd.readouterr().out


def test_a_kernel_that_quantises(capfd: Run) -> None:
    words = ("sigmoid", "--callable", "tables:quantising", "--in-dtype", "float16", *SIGMOID)
    found = told(capfd, *words, "--max-ulp", "0.51")
    assert found["coverage"]["tried"] == 65536
    assert "in_scale" not in found


def test_tables_in_files(capfd: Run) -> None:
    q = np.arange(-128, 128).astype(np.int8)
    y = np.clip(np.rint(256 / (1 + np.exp(q / -16.0))) - 128, -128, 127).astype(np.int8)
    np.save("q.npy", q)
    np.save("y.npy", y)
    Path("q.bin").write_bytes(q.tobytes())
    Path("y.bin").write_bytes(y.tobytes())
    Path("t.csv").write_text("q,y\n" + "".join(f"{a},{b}\n" for a, b in zip(q, y, strict=True)))
    for files in (
        ["-i", "q.npy", "--output", "y.npy"],
        ["-i", "q.bin", "--output", "y.bin"],
        ["-i", "t.csv", "-c", "q", "--output-column", "y"],
        ["-i", "q.npy", "--output", "t.csv", "--output-column", "y"],
    ):
        found = told(capfd, "sigmoid", *files, *SIGMOID, *INPUTS, "--max-misrounded", "0")
        assert found["summary"]["results"] == 256
    Path("t.csv").write_text("q,y\n1,300\n")
    said = refused(capfd, "relu", "-i", "t.csv", "-c", "q", "--output-column", "y", *SIGMOID, code=2)
    assert "300.0 is no int8" in said
    assert "holds int8: integers (--dtype int8 or uint8 with --scale" in refused(
        capfd, "sigmoid", "-i", "q.npy", "--output", "y.npy"
    )
    assert "y.npy holds int8, not uint8" in refused(
        capfd, "sigmoid", "-i", "q.npy", "--output", "y.npy", "--dtype", "uint8", "--scale", "1"
    )
    assert main(["verify", "relu", "--write-inputs", "x.npy", "--dtype", "int8", "--scale", "0.1"]) == 0
    assert np.load("x.npy").dtype == np.int8
    assert sorted(np.load("x.npy").tolist()) == q.tolist()


def test_a_program_of_bytes(capfd: Run) -> None:
    Path("copy.py").write_text("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())")
    command = f"{sys.executable} copy.py"
    words = ("identity", "--command", command, "--dtype", "uint8", "--scale", "0.1", "--zero-point", "7")
    assert told(capfd, *words, "--max-ulp", "0")["summary"]["correctly_rounded"] == 1.0
    assert told(capfd, "identity", "--command", command, "--dtype", "fp4")["coverage"]["tried"] == 16


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--dtype", "int8"], "int8 is a quantised format: what do its integers stand for? (--scale F"),
        (["--in-dtype", "uint8", "--dtype", "float32"], "uint8 is a quantised format"),
        (["--dtype", "int8", "--scale", "0"], "a scale of 0"),
        (["--dtype", "int8", "--scale", "abc"], "--scale abc: is not a number"),
        (["--dtype", "int8", "--scale", "1", "--zero-point", "200"], "int8 has no zero point 200"),
        (["--dtype", "float16", "--scale", "1"], "--scale is not used here"),
        (["--dtype", "float16", "--in-zero-point", "1"], "--in-zero-point is not used here"),
    ],
)
def test_what_is_asked_wrongly(capfd: Run, words: list[str], reason: str) -> None:
    assert reason in refused(capfd, "sigmoid", "--callable", "tables:sigmoid_i8", *words)


def test_integers_that_nobody_explained(capfd: Run) -> None:
    said = refused(capfd, "sigmoid", "--callable", "tables:quantising", code=1)
    assert "the kernel returned int8, no floating-point numbers (--dtype and --scale" in said


def test_numbers_where_integers_are_due_are_told(capfd: Run) -> None:
    found = told(capfd, "sigmoid", "--callable", "tables:floats", *SIGMOID, *INPUTS)
    assert found["result_dtype"] == "float32"
    assert "result_dtype" in {one["kind"] for one in found["findings"]}


def test_files_of_small_formats(capfd: Run) -> None:
    for name in ("float8_e4m3fnuz", "float8_e8m0fnu", "float4_e2m1fn"):
        kind = np.dtype(getattr(ml_dtypes, name))
        x = np.arange(16, dtype=np.uint8).view(kind)
        np.save("x.npy", x)
        words = ("identity", "-i", "x.npy", "--output", "x.npy", "--dtype", name, "--max-ulp", "0")
        assert told(capfd, *words)["dtype"] == name
        assert main(["eval", "relu", "-i", "x.npy", "-o", "y.npy", "--dtype", name]) == 0
        assert np.load("y.npy").dtype.itemsize == 1

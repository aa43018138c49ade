"""What comes from outside: files, titles, settings, signals. Each error names the thing."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from xml.dom import minidom

import numpy as np
import pytest

from actcli.cli import main
from actcli.errors import DataError, TransferError, border
from actcli.tables import json_reader
from tests.cli.processes import COMMAND, actcli, environment, in_terminal

pytestmark = pytest.mark.usefixtures("somewhere_else")


def fails(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line that a command says as it fails."""
    status = main(list(arguments))
    out, errors = capfd.readouterr()
    assert (status in (2, 3), out) == (True, ""), errors
    assert errors.startswith("actcli: ")
    assert errors.count("\n") == 1
    assert "internal error" not in errors
    assert errors.rstrip("\n").isprintable()
    assert len(errors) < 1200
    return errors


DEEP = "[" * 600 + "]" * 600
FILES = {
    "deep.json": f'[{{"x": 1, "y": {DEEP}}}]',
    "deep.ndjson": f'{{"x": 1, "y": {DEEP}}}\n',
    "deeper.ndjson": f'{{"x": 1, "y": {"[" * 99_999}{"]" * 99_999}}}\n',
    "half.ndjson": '{"x": 1, "y": "\\ud800"}\n',
    "half.json": '[{"x": 1, "\\udfff": 2}]',
    "long.json": f'[{{"x": {"9" * 4400}}}]',
    "long.csv": f"x\n{'9' * 4400}\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_named(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path(name).write_text(FILES[name])
    said = fails(capfd, "eval", "relu", "-i", name, "-c", "1", "-f", "csv")
    assert name in said or "is no character of a text file" in said


def test_half_a_character_can_be_spelled(capfd: pytest.CaptureFixture[str]) -> None:
    Path("half.ndjson").write_text(FILES["half.ndjson"])
    assert main(["eval", "relu", "-i", "half.ndjson", "-c", "x", "-f", "ndjson"]) == 0
    assert json.loads(capfd.readouterr().out) == {"x": 1, "y": "\ud800", "relu": 1.0}


HEADS = [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }" % ("9" * 5000),
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }" % ("(" * 300 + ")" * 300),
    "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }" % ("1," * 80),
    "{'descr': 'zzz', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': 5, }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<f8'}",
    "\0" * 64,
]


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
def test_a_head_of_an_array_that_says_nothing_is_reported(
    head: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head) + 1) + head.encode() + b"\n" + bytes(16)
    Path("a.npy").write_bytes(data)
    assert "a.npy" in fails(capfd, "eval", "relu", "-i", "a.npy")


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (ValueError("bad\nthing"), DataError, "f: ValueError: bad thing"),
        (MemoryError(), TransferError, "f: not enough memory"),
        (RecursionError(), DataError, "f: it is nested too deeply"),
        (SystemExit(0), DataError, "f: SystemExit: 0"),
        (type("PanicException", (BaseException,), {})("oh"), DataError, "f: PanicException: oh"),
    ],
)
def test_whatever_a_library_raises_names_the_file(raised: BaseException, kind: Any, said: str) -> None:
    with pytest.raises(kind) as caught, border("f"):
        raise raised
    assert caught.value.message == said
    with pytest.raises(KeyboardInterrupt), border("f"):
        raise KeyboardInterrupt


@pytest.mark.parametrize("error", [ZeroDivisionError("oh"), MemoryError(), RecursionError(), SystemExit(3)])
def test_a_reader_that_fails_in_a_thread_names_its_file(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    Path("x.ndjson").write_text('{"x": 1}\n')
    monkeypatch.setattr(json_reader, "_parse", fail)
    assert "x.ndjson" in fails(capfd, "eval", "relu", "-i", "x.ndjson")


LONG = "9" * 5000


@pytest.mark.parametrize(
    "line",
    [
        f"eval relu 1 --digits {LONG}",
        f"eval relu 1 --precision {LONG}",
        "eval relu 1 --precision 2147483648",
        "eval relu 1 --digits 4294967296",
        f"eval relu {LONG}",
        f"eval relu -i t.csv -c {LONG}",
        f"eval relu --range 0:1:{LONG}",
        f"eval elu 1 --alpha {LONG}",
        f"softmax 1 2 --target {LONG}",
        f"softmax 1 2 --temperature {LONG}",
        f"compare relu --depth {LONG}",
        f"verify relu --callable math:fabs --sample {LONG}",
        "verify relu --callable math:fabs --sample 1000000000",
        f"plot relu --size {LONG}x3",
        f"plot relu --dpi {LONG}",
    ],
)
def test_a_number_that_is_too_long_is_refused(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text("a,b\n1,2\n")
    fails(capfd, *line.split())


def test_stdout_may_be_a_stream_of_text(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for line, status, said in (
        ("eval relu 1", 0, "x,relu\n1.0,1.0\n"),
        ("eval relu 1 -f md", 0, "| x | relu |\n| --: | --: |\n| 1.0 | 1.0 |\n"),
        ("eval relu 1 -f npy", 3, ""),
    ):
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdout", found := io.StringIO())
            assert main(line.split()) == status
        assert found.getvalue() == said
    assert capfd.readouterr().err == "actcli: stdout takes text alone (-o FILE)\n"


TITLES = [
    "a\x01\x1b[31m\x0b\x7f\x9b",
    "\udcff\udcfe",
    "\ufffe\uffff",
    "a\nb\tc",
    "\u202eabc",
    "{" * 500,
    "a & b < c > d \" '",
]


@pytest.mark.parametrize("title", TITLES)
def test_any_title_gives_a_picture_that_can_be_read(title: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", "relu", "-o", "a.svg", "--title", title, "--xlabel", title, "--ylabel", title]) == 0
    minidom.parse("a.svg")
    assert "\x1b" not in capfd.readouterr().err


@pytest.mark.parametrize("title", [f"${'{' * 500}{'}' * 500}$", "$x^$", r"$\nosuch$"])
def test_a_formula_that_cannot_be_set_is_reported(title: str, capfd: pytest.CaptureFixture[str]) -> None:
    fails(capfd, "plot", "relu", "-o", "a.svg", "--title", title)
    assert os.listdir() == []  # noqa: PTH208


SETTINGS = b"text.usetex: True\nfigure.facecolor: red\nlines.linewidth: 9\nno.such: 1\n\xff\n"


def test_settings_of_matplotlib_change_no_picture() -> None:
    line = ("plot", "gelu", "-o", "-", "--dpi", "40")
    plain = subprocess.run([*COMMAND, *line], capture_output=True, env=environment(), check=True)
    Path("matplotlibrc").write_bytes(SETTINGS)
    Path("home").mkdir()
    Path("home/matplotlibrc").write_bytes(SETTINGS)
    more = {"MPLBACKEND": "nonsense", "MPLCONFIGDIR": "home", "MATPLOTLIBRC": "home"}
    found = subprocess.run([*COMMAND, *line], capture_output=True, env=environment(**more), check=False)
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout == plain.stdout
    code = "import matplotlib, sys; from actcli.cli import main; sys.exit(main())"
    Path("matplotlibrc").write_bytes(SETTINGS.splitlines(keepends=True)[1])
    found = subprocess.run(
        [sys.executable, "-c", code, *line],
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert found.stdout == plain.stdout


@pytest.mark.parametrize("arguments", [("eval", "relu", "1"), ("plot", "relu", "--term"), ("info", "relu")])
@pytest.mark.parametrize("width", [0, 1, 5])
def test_a_terminal_may_be_narrow(arguments: tuple[str, ...], width: int) -> None:
    if "--term" in arguments:
        pytest.importorskip("plotille")
    code, text = in_terminal(*arguments, columns=width)
    assert (code, "internal error" in text) == (0, False)


ESCAPES = 'x,na\x1b[31mme,"new\nline"\n1,\x1b]0;t\x07,"a\nb|c"\n-1,\u202eabc,\x7f\x9b\xa0é🙂\n'


def test_cells_cannot_command_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text(ESCAPES, "utf-8")
    for form in ("table", "md"):
        assert main(["eval", "relu", "-i", "t.csv", "-c", "x", "-f", form]) == 0
        out = capfd.readouterr().out
        assert not set("\x1b\x07\x7f\x9b\u202e") & set(out)
        assert "é🙂" in out
        assert out.count("\n") == 4
    assert r"na\x1b[31mme" in main_out(capfd, "table")
    assert main_out(capfd, "csv") == ESCAPES.replace('"new\nline"\n', '"new\nline",relu\n').replace(
        'c"\n', 'c",1.0\n'
    ).replace("🙂\n", "🙂,0.0\n")


def main_out(capfd: pytest.CaptureFixture[str], form: str) -> str:
    """Return what is written of the table with escapes."""
    assert main(["eval", "relu", "-i", "t.csv", "-c", "x", "-f", form]) == 0
    return capfd.readouterr().out


HEARD = """
import _signal, os
install = _signal.signal
def tell(*how):
    _signal.signal = install
    install(*how)
    os.write(2, b"!")
_signal.signal = tell
from actcli.cli import program
program()
"""
"""The program, which tells when it has come to hear Ctrl-C; before that it is Python that starts."""


def test_ctrl_c_at_any_time_ends_with_130_and_no_word() -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such signals")
    lines = ["eval relu", "grad gelu 1 --digits 20", "plot gelu -o a.png", "compare gelu silu --distance"]
    runs = []
    for n in range(12):
        run = subprocess.Popen(
            [sys.executable, "-c", HEARD, *lines[n % 4].split()],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert run.stderr is not None
        assert os.read(run.stderr.fileno(), 1) == b"!"
        time.sleep(0.04 * n)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
        runs.append((run.returncode, errors.decode()))
    assert {code for code, _ in runs} <= {0, 130}
    assert {errors for _, errors in runs} == {""}
    assert all(code == 130 for code, _ in runs[::4]), "these wait for numbers"


def test_ctrl_c_is_left_to_the_program_that_imports_actcli() -> None:
    code = "import signal, actcli.cli; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert run.stdout == "True\n"
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(main(["eval", "relu", "1", "-o", "t.csv"])))
    thread.start()
    thread.join()
    assert found == [0]


def test_a_kernel_that_ends_the_program_is_reported() -> None:
    Path("kernel.py").write_text("import sys\ndef f(x):\n    sys.exit(0)\n")
    run = actcli("verify", "relu", "--callable", "kernel:f", "--sample", "3")
    assert (run.returncode, run.stdout) == (1, "")
    assert "the kernel raised SystemExit" in run.stderr


def test_an_array_of_any_head_is_read_if_it_is_one(capfd: pytest.CaptureFixture[str]) -> None:
    np.save("a.npy", np.array([-1.0, 2.0]))
    assert main(["eval", "relu", "-i", "a.npy"]) == 0
    assert capfd.readouterr().out == "x,relu\n-1.0,0.0\n2.0,2.0\n"

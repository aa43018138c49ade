"""Pipes, terminals, full disks, closed outputs and interrupts: what only a real process meets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.processes import COMMAND, Terminal, actcli, environment, in_terminal, shell

ESCAPE = "\x1b"

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")


def test_a_terminal_gets_a_table_and_a_pipe_gets_csv() -> None:
    status, shown = in_terminal("eval", "relu", "-1", "2")
    assert status == 0
    assert "relu" in shown
    assert "─" in shown
    piped = actcli("eval", "relu", "-1", "2")
    assert piped.stdout == "x,relu\n-1.0,0.0\n2.0,2.0\n"
    assert piped.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [("eval", "gelu", "1"), ("list",), ("info", "elu"), ("softmax", "1", "2", "-f", "table"), ("--help",)],
    ids=lambda arguments: " ".join(arguments),
)
def test_no_colour_is_written_outside_a_terminal(arguments: tuple[str, ...]) -> None:
    assert ESCAPE not in actcli(*arguments).stdout


def test_no_color_is_honoured_in_a_terminal() -> None:
    assert ESCAPE in in_terminal("info", "elu")[1]
    assert ESCAPE not in in_terminal("info", "elu", NO_COLOR="1")[1]


def test_with_nothing_given_on_a_terminal_there_is_a_hint_at_once() -> None:
    status, shown = in_terminal("eval", "gelu")
    assert status == 2
    assert "no numbers given" in shown
    assert "--range" in shown


def test_a_reader_that_goes_away_ends_the_program_silently() -> None:
    run = shell("seq 1 200000 | actcli eval gelu | head -n 2; exit ${PIPESTATUS[1]}")
    assert run.returncode == 0
    assert run.stdout == "x,gelu\n1,0.8413447460685429\n"
    assert run.stderr == ""


@needs_dev_full
@pytest.mark.parametrize("arguments", ["eval relu 1", "list", "--version", "--help", "info elu --json"])
def test_a_full_disk_is_an_error_of_its_own(arguments: str) -> None:
    run = shell(f"actcli {arguments} > /dev/full")
    assert run.returncode == 3
    assert run.stderr.startswith("actcli: ")
    assert "no space left" in run.stderr.lower()
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", ["eval relu 1", "list", "--version", "info elu --json"])
def test_a_closed_output_loses_nothing_silently(arguments: str) -> None:
    run = shell(f"actcli {arguments} >&-")
    assert run.returncode == 3
    assert run.stderr.startswith("actcli: ")
    assert run.stderr.count("\n") == 1


def test_a_closed_output_does_not_matter_to_a_file(tmp_path: Path) -> None:
    run = shell("actcli eval relu 1 -o out.csv >&-", tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert (tmp_path / "out.csv").read_text() == "x,relu\n1.0,1.0\n"


def test_a_closed_input_is_an_error() -> None:
    run = shell("actcli eval relu <&-")
    assert run.returncode == 3
    assert run.stderr.startswith("actcli: ")


def test_an_error_is_told_even_if_nobody_listens() -> None:
    for stderr in ("2>&-", "2>/dev/full"):
        assert shell(f"actcli eval nosuch 1 {stderr}").returncode == 2
        assert shell(f"actcli eval relu 1 >/dev/full {stderr}").returncode == 3


def test_ctrl_c_ends_with_130_and_no_traceback() -> None:
    process = subprocess.Popen(
        [*COMMAND, "eval", "relu"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"1\n2\n")
    process.stdin.flush()
    assert os.read(process.stdout.fileno(), 100)  # it has answered, and waits for more
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in errors


def test_ctrl_c_while_the_program_loads_ends_with_130_and_no_traceback() -> None:
    script = (
        "import sys, signal, importlib.abc\n"
        "class Interrupted(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'typer':\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "import actcli.__main__\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment(), check=False)
    assert (run.returncode, run.stderr) == (130, b"")


def test_ctrl_c_typed_on_a_terminal() -> None:
    terminal = Terminal([*COMMAND, "eval", "relu", "-"])
    terminal.type("1\n")
    terminal.read(until="relu")
    terminal.type("\x03")
    terminal.read(seconds=5)
    assert terminal.close() == 130
    assert "Traceback" not in terminal.text


SLOWLY = {
    "text": [(b"1\n", b"x,relu\n1,1.0\n"), (b"-2\n", b"-2,0.0\n")],
    "a header": [(b"x\n", b""), (b"-2\n", b"x,relu\n-2,0.0\n")],
    "objects": [
        (b'{"x": 1, "s": "\\""}\n', b'x,s,relu\n1,"""",1.0\n'),
        (b'{"x": -2, "s": ""}\n', b"-2,,0.0\n"),
    ],
}


@pytest.mark.parametrize("lines", SLOWLY.values(), ids=SLOWLY)
def test_each_line_of_a_slow_producer_is_answered_at_once(lines: list[tuple[bytes, bytes]]) -> None:
    with subprocess.Popen(
        [*COMMAND, "eval", "relu"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line, answer in lines:
            process.stdin.write(line)
            process.stdin.flush()
            got = b""
            while len(got) < len(answer):
                got += os.read(process.stdout.fileno(), 100)
            assert got == answer
    assert process.returncode == 0


SLOW = "(seq 1 1000; sleep 1.6; seq 1 200000; sleep 1; seq 1 1000) | '{}' -m actcli eval relu {} > /dev/null"


def test_long_work_tells_how_far_it_is_on_a_terminal_and_clears_it() -> None:
    terminal = Terminal(["bash", "-c", SLOW.format(sys.executable, "")])
    shown = terminal.read()
    assert terminal.close() == 0
    assert "MB/s" in shown
    assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize("options", ["--quiet", "2> errors.txt"])
def test_nothing_is_told_where_nobody_looks_or_wants_to(options: str, tmp_path: Path) -> None:
    terminal = Terminal(["bash", "-c", f"cd '{tmp_path}'; {SLOW.format(sys.executable, options)}"])
    assert terminal.read() == ""
    assert terminal.close() == 0
    assert not (tmp_path / "errors.txt").exists() or not (tmp_path / "errors.txt").read_text()

"""What Windows and macOS lack, forbid or do otherwise, as far as it can be simulated elsewhere."""

from __future__ import annotations

import ctypes
import errno
import io
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from actcli.cli.app import main
from actcli.tables import files
from tests.cli.processes import actcli, environment, in_terminal

pytestmark = pytest.mark.core

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system forbids it itself")

LACKING = {
    "os": ("O_TMPFILE", "fchmod", "fork", "mkfifo", "register_at_fork", "sched_getaffinity"),
    "select": ("epoll", "poll"),
    "signal": ("SIGHUP", "SIGPIPE"),
    "time": ("tzset",),
}
"""What modules do not have on Windows; some of it not on macOS either."""

LACK = f"""
import importlib, sys
for module, names in {LACKING!r}.items():
    for name in names:
        vars(importlib.import_module(module)).pop(name, None)
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios"):
    sys.modules[name] = None
import numpy
try:
    import ml_dtypes  # which registers loops of the true function
except ImportError:
    pass
def ldexp(x, e, true=numpy.ldexp):
    if getattr(e, "dtype", None) == numpy.int64:
        raise TypeError("exponents have C's type long, which has 32 bits")
    return true(x, e)
numpy.ldexp = ldexp
from actcli.cli.app import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "eval gelu -3 -1e-3 .5 -inf",
        "grad elu -1 0 1 --alpha 2",
        "eval relu",
        "softmax 1 2 3 --steps",
        "eval gelu --range=-3:3:200000 -f npy",
        "grad silu --range=-900:900:3000 --dtype float32",
        "grad elu -1e300 1e-320 --wrt alpha --alpha 3 --digits 20",
        "list",
        "info elu --json",
        "verify tanh --callable numpy:tanh --range=-3:3:50 --max-ulp 2",
    ],
)
def test_nothing_is_used_that_a_system_may_lack(arguments: str) -> None:
    def run(command: list[str]) -> tuple[int, bytes, bytes]:
        words = [sys.executable, *command, *arguments.split()]
        done = subprocess.run(words, input=b"1\n2\n", capture_output=True, env=environment(), check=False)
        return done.returncode, done.stdout, done.stderr

    assert run(["-c", LACK]) == run(["-m", "actcli"])


def is_open(path: os.PathLike[str] | str) -> bool:
    """Tell whether this process has a file open, or mapped into memory."""
    wanted = os.path.realpath(path)
    ends = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            ends.append(str(entry.readlink()))
        except OSError:  # that of the directory that is looked through
            continue
    return wanted in ends or f"{wanted}\n" in Path("/proc/self/maps").read_text("utf-8")


class Fewer:
    """The module `os` of Windows before Python 3.13, for one module: pytest needs the other."""

    def __getattr__(self, name: str) -> Any:
        if name in LACKING["os"]:
            raise AttributeError(name)
        return getattr(os, name)


@pytest.fixture
def strict_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which files that are open can neither be renamed, replaced nor removed."""

    def guarded(name: str) -> None:
        original = getattr(os, name)

        def call(*paths: str) -> None:
            for path in paths:
                if is_open(path):
                    raise PermissionError(errno.EACCES, "The file is used by a process", str(path))
            original(*paths)

        monkeypatch.setattr(os, name, call)

    for name in ("replace", "rename", "unlink"):
        guarded(name)
    monkeypatch.setattr(files, "os", Fewer())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@needs_proc
@pytest.mark.parametrize("name", ["y.csv", "y.json", "y.npy", "y.csv.gz", "y.parquet", "y.arrow"])
def test_a_file_is_closed_before_it_gets_its_name(strict_files: Path, name: str) -> None:
    if name.endswith(("parquet", "arrow")):
        pytest.importorskip("polars")
    for _ in range(2):  # anew, and in the place of another
        assert main(["eval", "gelu", "--range=-3:3:100", "-o", name]) == 0
        assert [path.name for path in strict_files.iterdir()] == [name]


@needs_proc
@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.npy"])
def test_a_file_that_is_replaced_by_its_own_results_has_been_read_and_closed(
    strict_files: Path, name: str
) -> None:
    assert main(["eval", "relu", "--range=-3:3:100", "--only-results", "-o", name]) == 0
    assert main(["eval", "gelu", "-i", name, "-o", name]) == 0
    assert [path.name for path in strict_files.iterdir()] == [name]


@needs_proc
def test_a_run_that_fails_removes_what_it_wrote(
    strict_files: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{i}\n" for i in range(100_000))
    (strict_files / "x.csv").write_text(f"x\n{rows}oops\n", "utf-8")
    assert main(["eval", "gelu", "-i", "x.csv", "-o", "y.csv"]) == 2
    assert "oops" in capfd.readouterr().err
    assert [path.name for path in strict_files.iterdir()] == ["x.csv"]


class ClosedPipe(io.RawIOBase):
    """A pipe whose reader has gone away, as Windows reports it."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:  # noqa: ARG002
        raise OSError(errno.EINVAL, "Invalid argument")


class Console:
    """The part of Windows that is asked for escape sequences; its stderr is a console."""

    def __init__(self) -> None:
        self.modes: dict[int, int] = {}

    def GetStdHandle(self, number: int) -> int:  # noqa: N802
        return number

    def GetConsoleMode(self, handle: int, mode: object) -> int:  # noqa: ARG002, N802
        return int(handle == -12)

    def SetConsoleMode(self, handle: int, mode: int) -> None:  # noqa: N802
        self.modes[handle] = mode


@pytest.mark.parametrize("arguments", ["eval gelu 1", "list", "info elu --json", "completion bash"])
def test_a_closed_pipe_of_windows_is_silent(
    arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 0  # imports what it needs, which looks at the platform too
    console = Console()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", type("Libraries", (), {"kernel32": console}), raising=False)
    stdout = io.TextIOWrapper(io.BufferedWriter(ClosedPipe()), "cp1252", newline="\r\n")
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(arguments.split()) == 0
    assert capsys.readouterr().err == ""
    assert console.modes == {-12: 4}
    with suppress(OSError):  # what it still holds, if anything, goes nowhere
        stdout.close()


@pytest.mark.parametrize("arguments", ["eval gelu 1", "list --json", "info elu", "completion bash", "--help"])
def test_a_pipe_gets_the_same_bytes_whatever_the_locale(
    arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for encoding, newline in (("utf-8", "\n"), ("cp1252", "\r\n"), ("ascii", "\r\n")):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, newline=newline))
        assert main(arguments.split()) == 0
        sys.stdout.flush()
        found.append(raw.getvalue())
    assert found[0]
    assert b"\r" not in found[0]
    assert found == found[:1] * 3


@pytest.mark.parametrize("encoding", ["ascii:strict", "cp1252", "cp437"])
def test_no_command_stumbles_over_an_encoding(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "σ.csv"
    table.write_text("σ,x\n1,2\n", "utf-8")
    words = [
        "--help", "grad --help", "eval gelu 1 -f table", "grad gelu σ", "info silu", "list", "list --json",
        "softmax 1 2 --steps", "compare relu gelu", "eval σ 1", f"eval gelu -i {table}",
        f"eval gelu -i {table} -c ω",
        "verify tanh --callable numpy:tanh --dtype float16",
        "plot gelu --term", "eval gelu 1 -o /σ/σ.csv",
    ]  # fmt: skip
    name, _, errors = encoding.partition(":")
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        for arguments in words:
            out, err = io.BytesIO(), io.BytesIO()
            monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, name, errors or "strict"))
            monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(err, name, "backslashreplace"))
            status = main(arguments.split())
            sys.stdout.flush()
            sys.stderr.flush()
            said = out.getvalue() + err.getvalue()
            assert said, arguments
            assert status in (0, 1, 2, 3), arguments
            assert b"Traceback" not in said, arguments
            assert b"internal error" not in said, arguments
    listed = actcli("list", "--json", env=environment(PYTHONIOENCODING=encoding), encoding="utf-8")
    assert any("σ" in entry["formula"] for entry in json.loads(listed.stdout))


@pytest.mark.parametrize("encoding", ["ascii:strict", "cp1252"])
def test_a_terminal_without_the_characters_shows_others(encoding: str) -> None:
    for arguments in ("info silu", "grad gelu 1", "--help"):
        status, shown = in_terminal(*arguments.split(), PYTHONIOENCODING=encoding)
        assert status == 0
        assert "Traceback" not in shown

"""What only real processes meet: kills, full disks, stalls, readers that go away, input without end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.processes import COMMAND, environment, shell

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc, /dev/full and pipes")


def started(*arguments: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start the program with pipes to its standard input and output."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_killed_run_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n" + "".join(f"{i / 7}\n" for i in range(300_000)))
    (tmp_path / "out.csv").write_text("old")
    chance = random.Random(1)
    for _ in range(6):
        run = started("grad", "silu", "-i", "in.csv", "-o", "out.csv", folder=tmp_path)
        time.sleep(0.2 + chance.random() * 0.6)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
        text = (tmp_path / "out.csv").read_text()
        assert text == "old" or text.count("\n") == 300_001


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, name: signal.Signals) -> None:
    run = started("eval", "relu", "-o", "out.csv", folder=tmp_path)
    assert run.stdin is not None
    run.stdin.write(b"1\n2\n")
    run.stdin.flush()
    while not any(link.readlink().parent == tmp_path for link in Path(f"/proc/{run.pid}/fd").iterdir()):
        time.sleep(0.02)  # until it has begun to write
        assert run.poll() is None
    run.send_signal(name)
    run.communicate()
    assert run.returncode == (130 if name is signal.SIGINT else -signal.SIGTERM)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a disk takes rights that this user lacks")
    return folder


@pytest.mark.parametrize("form", ["csv", "csv.gz", "ndjson", "npy", "parquet"])
def test_a_full_disk_is_reported_and_leaves_the_old_file(small_disk: Path, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("polars")
    try:
        (small_disk / f"out.{form}").write_text("old")
        run = shell(f"actcli eval silu --range 0:1:400000 -o out.{form}", folder=small_disk)
        assert run.returncode == 3
        assert "no space left on device" in run.stderr
        assert run.stderr.count("\n") == 1
        assert [path.name for path in small_disk.iterdir()] == [f"out.{form}"]
        assert (small_disk / f"out.{form}").read_text() == "old"
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


@pytest.mark.parametrize("form", ["csv", "json", "npy", "parquet"])
def test_a_full_stdout_is_reported(form: str) -> None:
    if form == "parquet":
        pytest.importorskip("polars")
    run = shell(f"seq 100000 | actcli eval silu -f {form} > /dev/full")
    assert run.returncode == 3
    assert run.stderr == "actcli: stdout: no space left on device\n"


def test_the_bulk_engine_tells_a_full_stdout_and_ends_with_its_reader() -> None:
    pytest.importorskip("polars")
    full = shell("seq 3000000 | actcli eval relu > /dev/full")
    assert (full.returncode, full.stderr) == (3, "actcli: stdout: no space left on device\n")
    gone = shell("seq 3000000 | actcli eval relu | tail -n +2000000 | head -1")
    assert (gone.returncode, gone.stderr, gone.stdout) == (0, "", "1999999,1999999.0\n")


def test_a_slow_producer_is_answered_line_by_line_even_if_it_stalls_within_a_number(tmp_path: Path) -> None:
    run = started("eval", "relu", folder=tmp_path)
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write(b"x\n-1\n")
    run.stdin.flush()
    assert [run.stdout.readline(), run.stdout.readline()] == [b"x,relu\n", b"-1,0.0\n"]
    os.set_blocking(run.stdout.fileno(), False)
    run.stdin.write(b"2")
    run.stdin.flush()
    time.sleep(0.3)
    assert run.stdout.read() is None
    run.stdin.write(b"5\n")
    run.stdin.flush()
    os.set_blocking(run.stdout.fileno(), True)
    assert run.stdout.readline() == b"25,25.0\n"
    rest, errors = run.communicate()
    assert (rest, errors, run.returncode) == (b"", b"", 0)


def test_input_from_a_pipe_with_a_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    run = shell(
        "(printf '1\\n'; sleep 0.2; printf '2\\n') > pipe & actcli eval relu -i pipe", folder=tmp_path
    )
    assert run.stdout == "x,relu\n1,1.0\n2,2.0\n"


def test_an_array_goes_through_pipes(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.save(tmp_path / "in.npy", array)
    run = shell("cat in.npy | actcli eval relu --from npy -f npy | cat > out.npy", folder=tmp_path)
    assert (run.stderr, run.returncode) == ("", 0)
    back = np.load(tmp_path / "out.npy")
    assert back.dtype == array.dtype
    assert back.tolist() == array.tolist()


def test_ten_writers_at_once(tmp_path: Path) -> None:
    runs = [
        started("eval", "relu", "--range", f"0:{n}:2000", "-o", f"{n}.csv", folder=tmp_path)
        for n in range(1, 11)
    ]
    for run in runs:
        run.communicate()
    assert [run.returncode for run in runs] == [0] * 10
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{n}.csv" for n in range(1, 11))
    for n in range(1, 11):
        assert (tmp_path / f"{n}.csv").read_text().endswith(f"{float(n)},{float(n)}\n")


MEASURED = (
    "import resource, sys; from actcli.cli import main; "
    "sys.argv = ['actcli', 'eval', 'relu']; status = main(); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(status)"
)
"""Evaluates standard input and tells its peak memory; a shell must start it, as a child inherits the peak."""


def test_a_line_that_does_not_end_is_an_error_and_not_the_whole_memory() -> None:
    run = shell(f"head -c 2147483648 /dev/zero | tr '\\0' 7 | {sys.executable} -c \"{MEASURED}\"")
    assert run.returncode == 2
    said, peak = run.stderr.splitlines()
    assert "stdin:1: the line does not end within 64 MiB" in said
    assert int(peak) < 500_000


@pytest.mark.parametrize("polars", [True, False], ids=["bulk", "plain"])
@pytest.mark.parametrize(
    "count",
    [2_000_000, pytest.param(50_000_000, marks=pytest.mark.exhaustive)],
    ids=lambda count: f"{count:,}",
)
def test_memory_does_not_grow_with_the_stream(*, polars: bool, count: int) -> None:
    if polars:
        pytest.importorskip("polars")
    hide = "" if polars else "import sys; sys.modules['polars'] = None; "
    code = hide + MEASURED
    run = shell(f'seq -f %.12f {count} | {sys.executable} -c "{code}" > /dev/null', timeout=1800)
    assert int(run.stderr) < 300_000


def test_a_long_computation_can_be_interrupted(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    (tmp_path / "in.csv").write_text("x\n" + "1.5\n" * 2_000_000)
    run = started("eval", "gelu", "--digits", "30", "-i", "in.csv", folder=tmp_path)
    time.sleep(2)
    assert run.poll() is None
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 130

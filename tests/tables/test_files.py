"""Where results go: files that appear whole or not at all wherever they lie, and what is written as it is."""

from __future__ import annotations

import gzip
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.errors import ActcliError, DataError, TransferError, UsageError
from actcli.tables import files
from actcli.tables.files import is_same, output
from actcli.tables.formats import Format
from actcli.tables.points import from_values
from actcli.tables.writing import Writing, open_sink
from tests.cli.processes import COMMAND, environment, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other names and no such files")

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc and /dev/shm")


def add(value: float, path: Path | str, form: Format | None = None, name: str = "x") -> None:
    """Add a row to a file."""
    with open_sink(Writing(path=str(path), format=form, append=True)) as sink:
        sink.write(next(iter(from_values([value], name))))


@pytest.fixture
def shared() -> Iterator[Path]:
    """A new file in a directory of /dev."""
    path = Path(f"/dev/shm/actcli-test-{os.getpid()}.csv")
    yield path
    path.unlink(missing_ok=True)


@linux
def test_a_file_below_dev_appears_whole_or_not_at_all(shared: Path) -> None:
    shared.write_text("old")
    with pytest.raises(ZeroDivisionError), output(str(shared)) as file:
        file.write(b"new" * (1 // 0))
    assert shared.read_text() == "old"
    shared.write_text("x\n" + "".join(f"{i}\n" for i in range(400_000)))
    run = shell(f"actcli eval relu -i {shared} -o {shared}")
    assert (run.returncode, run.stderr) == (0, "")
    assert shared.read_text().count("\n") == 400_001


@pytest.mark.parametrize(
    "name", ["same.csv", "link.csv", "chain.csv", "hard.csv", "./same.csv", "loop/../same.csv"]
)
def test_a_file_goes_over_itself_by_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").mkdir()
    (tmp_path / "same.csv").write_text("x\n" + "-1\n" * 100_000)
    (tmp_path / "link.csv").symlink_to("same.csv")
    (tmp_path / "chain.csv").symlink_to(tmp_path / "link.csv")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "same.csv")
    run = shell(f"actcli eval relu -i same.csv -o {name}", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    lines = (tmp_path / name).read_text().splitlines()
    assert (len(lines), lines[0], lines[-1]) == (100_001, "x,relu", "-1,0.0")
    assert (tmp_path / "link.csv").is_symlink()
    assert len(list(tmp_path.iterdir())) == 5


def test_a_link_to_nothing_makes_the_file_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    with output(str(tmp_path / "link")) as file:
        file.write(b"1")
    assert (tmp_path / "real").read_bytes() == b"1"
    (tmp_path / "round").symlink_to("round")
    with (
        pytest.raises(TransferError, match="too many levels of symbolic links"),
        output(str(tmp_path / "round")),
    ):
        pass


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    longest = tmp_path / ("n" * 255)
    for _ in range(2):
        with output(str(longest)) as file:
            file.write(b"1")
    with pytest.raises(TransferError, match="file name too long"), output(str(longest) + "n"):
        pass
    assert os.listdir(tmp_path) == [longest.name]  # noqa: PTH208


@pytest.mark.parametrize("name", ["folder", "folder/", "new/", "file/", "file/x", "none/x"])
def test_what_can_be_no_file_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    reason = "is a directory|not a directory|no such file or directory"
    with pytest.raises(TransferError, match=reason), output(f"{tmp_path}/{name}"):
        pass
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]  # noqa: PTH208


@linux
@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}", "link"])
def test_an_open_descriptor_is_written_where_it_stands(tmp_path: Path, name: str) -> None:
    with (tmp_path / "log").open("w+") as log:
        log.write("before\n")
        log.flush()
        path = name.format(log.fileno())
        if name == "link":
            (tmp_path / "link").symlink_to(f"/dev/fd/{log.fileno()}")
            path = str(tmp_path / "link")
        with output(path) as file:
            file.write(b"rows\n")
        log.seek(0, os.SEEK_END)
        log.write("after\n")
    assert (tmp_path / "log").read_text() == "before\nrows\nafter\n"
    with pytest.raises(TransferError, match="bad file descriptor"), output("/dev/fd/987"):
        pass


@linux
def test_stdout_has_many_names(tmp_path: Path) -> None:
    for name in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/proc/thread-self/fd/1"):
        run = shell(f"{{ echo a; actcli eval relu 1 -f csv -o {name}; echo b; }} > out.csv", folder=tmp_path)
        assert (run.returncode, run.stderr) == (0, "")
        assert (tmp_path / "out.csv").read_text() == "a\nx,relu\n1.0,1.0\nb\n"


@linux
def test_an_array_goes_to_a_descriptor_in_one_piece(tmp_path: Path) -> None:
    run = shell("{ echo head; actcli eval relu 1 2 -f npy -o /dev/fd/3; } 3> out 1>&3", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert (tmp_path / "out").read_bytes().startswith(b"head\n\x93NUMPY")


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    (tmp_path / "kept").write_text("old")
    (tmp_path / "kept").chmod(0o444)
    with pytest.raises(TransferError, match="permission denied"), output(str(tmp_path / "kept")):
        pass
    assert (tmp_path / "kept").read_text() == "old"


@linux
def test_what_is_mounted_is_not_replaced(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    mount = ["mount", "--bind", str(tmp_path / "a"), str(tmp_path / "b")]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting takes rights that this user lacks")
    try:
        with pytest.raises(TransferError, match="cannot be replaced"), output(str(tmp_path / "b")) as file:
            file.write(b"new")
        assert (tmp_path / "a").read_text() == "a"
    finally:
        subprocess.run(["umount", str(tmp_path / "b")], check=True)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]  # noqa: PTH208


NAMED = "import os; vars(os).pop('O_TMPFILE', 0); from actcli.cli import program; program()"
"""The program where no file is without a name."""


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_no_temporary_file(tmp_path: Path, name: signal.Signals) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", NAMED, "eval", "relu", "-o", "out.csv"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdin is not None
    run.stdin.write(b"1\n2\n")
    run.stdin.flush()
    deadline = time.monotonic() + 60
    while not os.listdir(tmp_path) and time.monotonic() < deadline:  # noqa: PTH208
        time.sleep(0.02)
    assert [path.suffix for path in tmp_path.iterdir()] == [".tmp"]
    run.send_signal(name)
    _, errors = run.communicate(timeout=20)
    assert (run.returncode, errors) == (130 if name is signal.SIGINT else -name, b"")
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_where_two_outputs_go() -> None:
    assert is_same(None, "-")
    assert is_same("-", "/dev/fd/1")
    assert is_same("a", "./a")
    assert not is_same("a", "b")
    assert not is_same(None, "a")


@pytest.mark.parametrize(
    ("old", "form"),
    [
        ("y\n1\n", Format.CSV),
        ("1\n2\n", Format.CSV),
        ("x,y\n1,2\n", Format.CSV),
        ("x\ty\n1\t2\n", Format.CSV),
        ("\x89PNG\r\n\x1a\n", Format.CSV),
        ('{"x": 1}\n', Format.CSV),
        ('[\n{"x": 1}\n]\n', Format.NDJSON),
        ('{\n  "x": 1\n}\n', Format.NDJSON),
        ('{"y": 1}\n', Format.NDJSON),
        ("x\n1\n", Format.NDJSON),
        ("1\n2\n", Format.NDJSON),
        ("hello\n", Format.NDJSON),
    ],
)
def test_rows_are_not_added_to_what_has_no_such_rows(tmp_path: Path, old: str, form: Format) -> None:
    file = tmp_path / "t"
    file.write_bytes(old.encode("latin-1"))
    with pytest.raises(DataError) as caught:
        add(1.0, file, form)
    assert str(file) in caught.value.message
    assert caught.value.hint == "leave --append out"
    assert file.read_bytes() == old.encode("latin-1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "x\n1.0\n"),
        ("x\n5\n", "x\n5\n1.0\n"),
        ("x\n5", "x\n5\n1.0\n"),
        ("x\r\n5\r\n", "x\r\n5\r\n1.0\n"),
        ('"x"\r\n5\r\n', '"x"\r\n5\r\n1.0\n'),
        ("x\n", "x\n1.0\n"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_rows_are_added_under_the_same_header(tmp_path: Path, old: str, new: str, *, packed: bool) -> None:
    file = tmp_path / ("t.csv.gz" if packed else "t.csv")
    if old or not packed:
        file.write_bytes(gzip.compress(old.encode()) if packed else old.encode())
    add(1.0, file)
    found = file.read_bytes()
    assert (gzip.decompress(found) if packed else found).decode() == new


def test_objects_are_added_after_a_line_that_does_not_end(tmp_path: Path) -> None:
    file = tmp_path / "t.ndjson"
    file.write_text('{"x": 5}')
    add(1.0, file)
    assert [json.loads(line) for line in file.read_text().splitlines()] == [{"x": 5}, {"x": 1.0}]


def test_an_addition_that_fails_keeps_what_others_have_added(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x\n1\n")

    def fail() -> None:
        with open_sink(Writing(path=str(file), append=True)) as sink:
            sink.write(next(iter(from_values([2.0]))))
            add(3.0, file)
            raise DataError("a bad cell")

    with pytest.raises(DataError, match="bad cell"):
        fail()
    assert file.read_text() == "x\n1\n3.0\n"


class _Full:
    """A file that takes some bytes, after which the disk is full, or another program has added a line."""

    def __init__(self, file: Any, path: Path, other: bytes) -> None:
        self.file, self.path, self.other = file, path, other

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def fileno(self) -> int:
        return int(self.file.fileno())

    def write(self, data: bytes) -> int:
        if self.other is not None and len(data) < 4:
            with self.path.open("ab") as another:
                another.write(self.other)
            raise OSError(28, "No space left on device")
        return int(self.file.write(data[:3]))


@pytest.mark.parametrize("other", [b"", b"9\n"])
def test_a_full_disk_takes_back_what_was_added_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: bytes
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x\n1\n")

    def opened(path: Any, mode: str, **more: Any) -> Any:
        found = open(path, mode, **more)  # noqa: SIM115, PTH123
        return _Full(found, file, other) if "a" in mode else found

    monkeypatch.setattr(files, "open", opened, raising=False)
    with pytest.raises(TransferError, match="no space left on device"):
        add(2.5, file)
    assert file.read_text() == ("x\n1\n2.59\n" if other else "x\n1\n")  # what follows is another's


def test_many_runs_add_to_one_file(tmp_path: Path) -> None:

    def add_all(first: int) -> None:
        for i in range(8):
            add(first + i / 8, tmp_path / "t.csv")

    adders = [threading.Thread(target=add_all, args=(n,)) for n in range(4)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    head, *rows = (tmp_path / "t.csv").read_text().splitlines()
    assert head == "x"
    assert sorted(map(float, rows)) == [n + i / 8 for n in range(4) for i in range(8)]


def test_rows_are_added_to_files_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for name in (str(tmp_path / "pipe.csv"), "/dev/null", "/dev/fd/1", str(tmp_path)):
        with pytest.raises(UsageError, match="only rows of a file"):
            add(1.0, name, Format.CSV)
    with pytest.raises(TransferError, match="no such file or directory"):
        add(1.0, tmp_path / "none" / "t.csv")


@linux
@pytest.mark.parametrize(
    "line",
    [
        "actcli eval identity -i t.ndjson -o t.ndjson --append",
        "actcli eval identity -i t.ndjson -o link.ndjson --append",
        "actcli eval identity -f ndjson -o t.ndjson --append < t.ndjson",
        "actcli eval identity -i t.ndjson -f ndjson >> t.ndjson",
        "actcli eval identity -f ndjson < t.ndjson >> t.ndjson",
        "actcli eval identity -i t.ndjson -f ndjson -o /dev/fd/3 3>> t.ndjson",
    ],
)
def test_a_file_is_not_added_to_as_it_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "t.ndjson").write_text('{"x": 1, "identity": 1}\n')
    (tmp_path / "link.ndjson").symlink_to("t.ndjson")
    run = shell(line, folder=tmp_path, timeout=20)
    assert run.returncode == 2
    assert "read and written at once" in run.stderr
    assert (tmp_path / "t.ndjson").read_text() == '{"x": 1, "identity": 1}\n'


@pytest.mark.parametrize("how", ["panics", "stops", "never begins"])
def test_a_writer_that_dies_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    polars = pytest.importorskip("polars")
    from actcli.tables.frames import FrameSink

    def write(self: Any, _: Any) -> None:
        if how == "panics":
            self._error.append(polars.exceptions.PanicException("index out of bounds"))
        elif how == "stops":
            self._waiting.get()

    monkeypatch.setattr(FrameSink, "_write", write)
    file = tmp_path / "t.parquet"
    file.write_text("old")

    def attempt() -> None:
        with open_sink(Writing(path=str(file))) as sink:
            for _ in range(5):
                sink.write(next(iter(from_values(np.arange(9.0)))))

    with pytest.raises(ActcliError) as caught:
        attempt()
    assert caught.value.exit_code == 3
    assert str(file) in caught.value.message
    assert (os.listdir(tmp_path), file.read_text()) == (["t.parquet"], "old")  # noqa: PTH208


def test_a_new_file_has_the_mode_of_new_files_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("")
    (tmp_path / "old").chmod(0o604)
    for name in ("old", "new"):
        with output(str(tmp_path / name)) as file:
            file.write(b"1")
    umask = os.umask(0)
    os.umask(umask)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("old", "new")]
    assert modes == [0o604, 0o666 & ~umask]


def test_a_picture_and_a_table_never_share_a_place(tmp_path: Path) -> None:
    for line in (
        "softmax 1 2 --plot -",
        "softmax 1 2 --plot - -o /dev/stdout",
        "softmax 1 2 --plot x.png -o x.png",
        "compare relu elu --plot - --grad",
        "compare relu elu 1 --plot x.svg -o ./x.svg -f csv",
        "plot relu --term -o -",
    ):
        run = subprocess.run(
            [*COMMAND, *line.split()], capture_output=True, cwd=tmp_path, env=environment(), check=False
        )
        assert (run.returncode, run.stdout) == (2, b""), line
        assert b"both go to" in run.stderr
        assert os.listdir(tmp_path) == []  # noqa: PTH208

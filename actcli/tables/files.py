"""Output files, which appear whole or not at all; pipes, compressed files, and files that are appended to."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actcli.errors import TransferError, is_closed_pipe
from actcli.tables.formats import Compression, compression_of
from actcli.tables.opening import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

_PIECE = 1 << 20  # bytes that are added at a time
_LINKS = 40  # that lead from one to the next: as many as Linux follows
_NUMBER = re.compile(r"[0-9]{1,9}")
_DESCRIPTORS = re.compile(rf"/dev/fd|/proc/{os.getpid()}(/task/[0-9]+)?/fd")
"""The directories whose names stand for open descriptors, on macOS and on Linux."""


@contextmanager
def output(path: str | None) -> Iterator[BinaryIO]:
    """Open the destination of a result.

    A regular file is written without a name, or under another one, beside it, and takes its place when the
    context ends without an error. What is no regular file is written as it is: pipes, devices, and open
    descriptors (stdout, which is `-` or None, and those that names in /dev/fd stand for).

    Args:
        path: the file.

    Raises:
        TransferError: it cannot be written.
    """
    if path == "":
        raise TransferError("the name of a file to write is empty")
    number = _descriptor(path)
    with _reported("stdout" if number == 1 else str(path)):
        if number == 1:
            yield from _stdout()
        elif number is not None:
            with os.fdopen(os.dup(number), "wb") as file:
                yield file
        elif is_replaced(path):
            yield from _replaced(Path(os.path.realpath(str(path))))  # the file, not the link to it
        else:
            with open(str(path), "wb") as file:  # noqa: PTH123
                yield file


@contextmanager
def addition(path: str, begin: Callable[[], bytes]) -> Iterator[BinaryIO]:
    """Collect what is written, and add it to a regular file when the context ends without an error.

    Runs that add to a file at the same time wait for each other, and none removes what another has added.

    Args:
        path: the file, which is created if there is none.
        begin: returns what goes between the file as it is then and what was written.

    Raises:
        TransferError: it cannot be written.
    """
    import tempfile  # which needs much that most runs do not

    with _reported(path):
        existed = os.path.exists(path)  # noqa: PTH110
        with tempfile.TemporaryFile(dir=Path(os.path.realpath(path)).parent) as collected:
            yield collected
            collected.seek(0)
            with open(path, "ab", buffering=0) as file:  # noqa: PTH123
                _lock(file)
                size = os.fstat(file.fileno()).st_size
                done = 0
                try:
                    for part in chain([begin()], _pieces(collected)):
                        while part:
                            count = file.write(part)
                            done, part = done + count, part[count:]
                except BaseException:
                    if os.fstat(file.fileno()).st_size == size + done:  # nothing of anyone else follows
                        os.ftruncate(file.fileno(), size)
                        if not (existed or size):
                            Path(path).unlink(missing_ok=True)
                    raise


def _lock(file: Any) -> None:
    """Wait until no other run adds to the file; systems without such locks do without."""
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


def _pieces(file: Any) -> Iterator[bytes]:
    """Yield what a file holds in pieces of whole lines, so that none is cut by what others add."""
    while piece := file.read(_PIECE) + file.readline():
        yield piece


def is_same(path: str | None, other: str | None) -> bool:
    """Tell whether two paths lead to one file or stream; None and `-` are stdout."""
    return _identity(path) == _identity(other)


def is_read(path: str | None, inputs: Iterable[str], *, append: bool = False) -> bool:
    """Tell whether a regular file grows as it is read, so that reading may never end.

    Args:
        path: where results go; a file that they replace does not grow.
        inputs: what is read; `-` is stdin.
        append: whether results are added to the file.
    """
    number = _descriptor(path)
    if number is None and not append:
        return False
    with suppress(OSError):
        status = os.stat(str(path) if number is None else number)  # noqa: PTH116
        for given in inputs if stat.S_ISREG(status.st_mode) else ():
            with suppress(OSError):
                if os.path.samestat(status, os.stat(0 if given == "-" else given)):  # noqa: PTH116
                    return True
    return False


def _identity(path: str | None) -> object:
    """Return what a path leads to: the numbers of the file, or a name if there is none yet."""
    number = _descriptor(path)
    try:
        status = os.stat(str(path) if number is None else number)  # noqa: PTH116
    except OSError:
        return os.path.realpath(str(path))
    return status.st_dev, status.st_ino


def _descriptor(path: str | None) -> int | None:
    """Return the open descriptor that a path stands for: 1 of /dev/stdout, 3 of /dev/fd/3; None of others."""
    if path in (None, "-"):
        return 1
    place = str(path)
    for _ in range(_LINKS):
        folder, name = os.path.split(place)
        if _NUMBER.fullmatch(name) and _DESCRIPTORS.fullmatch(os.path.realpath(folder)):
            return int(name)
        try:
            place = os.path.join(folder, os.readlink(place))  # noqa: PTH115, PTH118
        except (OSError, ValueError):
            return None
    return None


def is_replaced(path: str | None) -> bool:
    """Tell whether a path leads to a regular file, existing or new, and not to an open descriptor.

    Raises:
        OSError: no file can be there.
    """
    if _descriptor(path) is not None:
        return False
    try:
        return stat.S_ISREG(os.stat(str(path)).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        if str(path).endswith(("/", os.sep)):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
        return True


@contextmanager
def packed(raw: BinaryIO, path: str | None) -> Iterator[BinaryIO]:
    """Compress what is written, if the extension says so."""
    packing = compression_of(path or "")
    if packing is Compression.NONE:
        yield raw
    elif packing is Compression.GZIP:
        import gzip

        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
            yield file  # type: ignore[misc]
    else:
        with zstd().ZstdFile(raw, "wb") as file:
            yield file


@contextmanager
def _reported(name: str) -> Iterator[None]:
    """Turn an `OSError` into an error that names the file; a closed pipe is left to the caller."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise TransferError(
            f"{name}: {(error.strerror or str(error)).lower()}", _MENDS.get(error.errno or 0, "")
        ) from None


_MENDS = {
    errno.EBUSY: "what is mounted there cannot be replaced: write another file, and copy it",
    errno.ENOENT: "its folder does not exist",
    errno.EISDIR: "the name of a file in it is missing",
}


def _stdout() -> Iterator[BinaryIO]:
    if sys.stdout is None:
        raise TransferError("stdout is closed")
    sys.stdout.flush()
    stream: Any = getattr(sys.stdout, "buffer", None)
    if stream is None:  # a stream of text, by which a program has replaced it
        collected = io.BytesIO()
        yield collected
        try:
            sys.stdout.write(collected.getvalue().decode())
        except UnicodeDecodeError:
            raise TransferError("stdout takes text alone", "-o FILE") from None
        return
    try:
        yield stream
        stream.flush()
    except OSError as error:
        _forget(stream)
        if is_closed_pipe(error):
            raise BrokenPipeError from None
        raise


def _forget(stream: Any) -> None:
    """Redirect stdout to the null device: at the end of the program Python flushes what it still holds."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _replaced(target: Path) -> Iterator[BinaryIO]:
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    # A name that is free, and short: that of the target may be as long as names can be.
    fresh = target.with_name(f".actcli-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    nameless = _nameless(target)
    with _removed(fresh, signals=nameless is None):
        descriptor = os.open(fresh, _NEW, 0o666) if nameless is None else nameless
        with os.fdopen(descriptor, "wb") as file:
            _keep_mode(descriptor, target)
            yield file
            if nameless is not None:
                file.flush()
                # Given a directory's descriptor, Python calls linkat, which alone follows links in /proc.
                os.link(f"/proc/self/fd/{nameless}", fresh, src_dir_fd=nameless, follow_symlinks=True)
        fresh.replace(target)  # closed before: Windows renames and removes no file that is open


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _keep_mode(descriptor: int, target: Path) -> None:
    """Give a new file the owner and the mode of the one whose place it takes, if there is one."""
    if hasattr(os, "fchmod"):  # Windows has no such modes, and no such call before Python 3.13
        with suppress(FileNotFoundError, PermissionError):
            status = target.stat()
            with suppress(PermissionError):
                os.fchown(descriptor, status.st_uid, status.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _nameless(target: Path) -> int | None:
    """Open a file in the directory of the target that has no name, or return None where none can be had.

    It leaves nothing behind if the process is killed.
    """
    if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").exists():
        with suppress(OSError):
            return os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    return None


@contextmanager
def _removed(name: Path, *, signals: bool) -> Iterator[None]:
    """Remove a temporary file if an error ends what is done with it.

    Or a signal that ends the process, if it is to be caught; only the main thread can catch one.
    """
    import signal
    import threading

    def end(number: int, _: object) -> None:
        name.unlink(missing_ok=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    able = signals and threading.current_thread() is threading.main_thread()
    caught = [n for n in numbers if able and signal.getsignal(n) is signal.SIG_DFL]
    for number in caught:
        signal.signal(number, end)
    try:
        yield
    except BaseException:
        name.unlink(missing_ok=True)
        raise
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)

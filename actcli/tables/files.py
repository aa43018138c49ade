"""Output files, which appear whole or not at all; pipes, compressed files, and files that are appended to."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actcli.errors import TransferError, is_closed_pipe
from actcli.tables.formats import Compression, compression_of
from actcli.tables.opening import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


@contextmanager
def output(path: str | None, *, append: bool = False) -> Iterator[BinaryIO]:
    """Open the destination of a result.

    A regular file is written under another name beside it, and renamed when the context ends without an
    error. Pipes and devices are written directly, as is stdout, which is `-` or None.

    Args:
        path: the file.
        append: whether to append to an existing file.

    Raises:
        TransferError: it cannot be written.
    """
    if path in (None, "-", "/dev/stdout"):
        with _reported("stdout"):
            yield from _stdout()
        return
    path = str(path)
    if not path:
        raise TransferError("the name of a file to write is empty")
    with _reported(path):
        if append:
            yield from _added(path)
        elif _special(path):
            with open(path, "wb") as file:  # noqa: PTH123
                yield file
        else:
            yield from _replaced(path)


def is_same(path: str | None, other: str | None) -> bool:
    """Tell whether two outputs go to one file or stream; None and `-` are stdout."""
    found = [_identity(one) for one in (path, other)]
    return found[0] == found[1]


def _identity(path: str | None) -> object:
    """Return what a path leads to: the numbers of the file, or a name if there is none yet."""
    try:
        status = os.fstat(1) if path in (None, "-") else os.stat(str(path))  # noqa: PTH116
    except OSError:
        return os.path.realpath(str(path))
    return status.st_dev, status.st_ino


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
        raise TransferError(f"{name}: {(error.strerror or str(error)).lower()}") from None


def _stdout() -> Iterator[BinaryIO]:
    if sys.stdout is None:
        raise TransferError("stdout is closed")
    sys.stdout.flush()
    stream: Any = getattr(sys.stdout, "buffer", sys.stdout)
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


def _special(path: str) -> bool:
    """Tell whether a path leads to something other than a regular file, existing or new."""
    if path.startswith(("/dev/", "/proc/")):
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        return False


def _added(path: str) -> Iterator[BinaryIO]:
    with open(path, "ab") as file:  # noqa: PTH123
        size = os.fstat(file.fileno()).st_size
        try:
            yield file
            file.flush()
        except BaseException:
            with suppress(OSError):
                os.ftruncate(file.fileno(), size)
            raise


def _replaced(path: str) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))  # through links: it is the file that is replaced, not the link
    descriptor, beside = _beside(target)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):  # Windows has no such modes, and no such call before Python 3.13
                with suppress(FileNotFoundError, PermissionError):
                    os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
            yield file
            if beside is None:
                file.flush()
                beside = _fresh(target)
                # Given a directory's descriptor, Python calls linkat, which alone follows links in /proc.
                os.link(f"/proc/self/fd/{descriptor}", beside, src_dir_fd=descriptor, follow_symlinks=True)
        beside.replace(target)  # closed before: Windows renames and removes no file that is open
    except BaseException:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise


def _beside(target: Path) -> tuple[int, Path | None]:
    """Open a new file in the directory of the target: one without a name where the system has such files.

    A nameless file leaves nothing behind if the process is killed.
    """
    if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").exists():
        with suppress(OSError):
            return os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o666), None
    name = _fresh(target)
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), name


def _fresh(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")

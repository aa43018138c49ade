"""Input files: regular files, pipes and compressed files, read as their bytes arrive."""

from __future__ import annotations

import errno
import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, cast

from actcli.errors import DataError, MissingExtraError, TransferError
from actcli.tables import magic
from actcli.tables.formats import ARRAY_OF, Compression, compression_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from actcli.tables.formats import Format

SIZE = 4 << 20
"""The most bytes of a block: enough that the fixed cost of a block does not count."""

_PATIENCE = 0.001  # seconds for which a pipe may pause within a block

UNPACKED = 1 << 32
"""The most bytes that a compressed file may unpack to where it has to lie in a temporary file."""

_UNPACKS = 3  # times as many bytes: about what text takes when it is unpacked

Advance = Callable[[int], None]
"""Called with the number of bytes of a file that have been read."""


class ReadNext(Protocol):
    """Reads the next bytes of a file."""

    def __call__(self, most: int = SIZE, /) -> bytes:
        """Return at most so many bytes, and b'' at the end of the file."""


def display_name(path: str) -> str:
    """Return the name of a path in messages."""
    return "stdin" if path == "-" else path


def size_of(paths: tuple[str, ...]) -> int | None:
    """Return the size of files on disk in bytes, all together, or None if one is not a regular file."""
    total = 0
    for path in paths:
        try:
            status = os.fstat(_stdin().fileno()) if path == "-" else os.stat(path)  # noqa: PTH116
        except (OSError, TransferError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        total += status.st_size
    return total


def is_regular(path: str) -> bool:
    """Tell whether a path leads to a regular file that is not compressed."""
    return path != "-" and size_of((path,)) is not None and packing_of(path) is Compression.NONE


def packing_of(path: str) -> Compression:
    """Return how the bytes of a file are compressed: by its name, or by its first bytes.

    Those of a pipe with a name cannot be had without taking them from it: `unpacked` looks at them.
    """
    return compression_of(path) or magic.packing_of(_start(path, magic.PACKED))


def length_of(path: str) -> int | None:
    """Return about how many bytes a file has when it is unpacked, or None if it is not a regular file."""
    size = size_of((path,))
    return size and size * (_UNPACKS if packing_of(path) else 1)


def split_member(path: str) -> tuple[str, str]:
    """Return the file and the array in it that `f.npz:x` names; '' if it names none.

    What exists as it stands is a file, and so is what has a colon elsewhere, as a drive of Windows has.
    """
    found = None if os.path.exists(path) else ARRAY_OF.fullmatch(path)  # noqa: PTH110
    if found:
        return found[1], found[3]
    file, colon, member = path.rpartition(":")
    if colon and (file == "-" or (os.path.isfile(file) and not os.path.exists(path))):  # noqa: PTH110, PTH113
        return file, member
    return path, ""


@contextmanager
def spooled(parts: Iterable[bytes], name: str, most: int | None) -> Iterator[BinaryIO]:
    """Copy bytes into a temporary file, which has no name and goes as the context ends.

    Args:
        parts: the bytes.
        name: what they are called in messages.
        most: how many of them there may be; None for any number.

    Raises:
        DataError: there are more.
        TransferError: the disk is full.
    """
    import tempfile  # which needs much that most runs do not

    done = 0
    with tempfile.TemporaryFile(buffering=0) as file:
        for part in parts:
            done += len(part)
            if most is not None and done > most:
                raise DataError(
                    f"{name} unpacks to more than {most >> 30} GiB", "unpack it into a file first"
                )
            try:
                file.write(part)
            except OSError as error:
                raise TransferError(
                    f"{name}: no temporary file: {(error.strerror or str(error)).lower()}"
                ) from None
        file.seek(0)
        yield file


@contextmanager
def begun(path: str, form: Format) -> Iterator[tuple[ReadNext, int | None]]:
    """Open a file as `unpacked` does, after a look at its first bytes: they must be of the format.

    With what reads it comes how many of its bytes may go to a temporary file: any number, unless it is
    compressed.
    """
    with _unpacked(path, None) as (read_next, packing):
        start = read_next(magic.ENOUGH)
        magic.expect(start, display_name(path), form)

        def again(most: int = SIZE, /) -> bytes:
            nonlocal start
            if not start:
                return read_next(most)
            data, start = start[:most], start[most:]
            return data

        yield again, UNPACKED if packing else None


@contextmanager
def seekable(path: str, form: Format) -> Iterator[BinaryIO]:
    """Open a file of a format that is not read from its beginning to its end.

    One that is compressed, or a pipe, is copied into a temporary file, after a look at its first bytes.
    """
    if is_regular(path):
        with opened(path) as file:
            magic.expect(file.read(magic.ENOUGH), display_name(path), form)
            file.seek(0)
            yield file
    else:
        with (
            begun(path, form) as (read_next, most),
            spooled(iter(read_next, b""), display_name(path), most) as file,
        ):
            yield file


def filled(read_next: ReadNext, size: int) -> bytes:
    """Return the next bytes of a file, so many unless it ends."""
    parts = []
    while size and (data := read_next(min(size, SIZE))):
        parts.append(data)
        size -= len(data)
    return parts[0] if len(parts) == 1 else b"".join(parts)


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file, or stdin for `-`, and turn every `OSError` into a `TransferError`."""
    if not path:
        raise TransferError("the name of a file to read is empty")
    try:
        if path != "-":
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered: blocks are large
                yield file
        else:
            yield _stdin()
    except (BrokenPipeError, TransferError):
        raise
    except OSError as error:
        hint = "-i for each file in it" if error.errno == errno.EISDIR else ""
        raise TransferError(f"{display_name(path)}: {(error.strerror or str(error)).lower()}", hint) from None


def peeked(path: str, size: int) -> bytes:
    """Return first bytes of a file, unpacked, or of what has come through stdin: all are still to be read.

    There are fewer than asked for where they are packed, or slow to come.
    """
    start = _start(path, size)
    if packing := compression_of(path) or magic.packing_of(start):
        unpacker, broken = _unpacker(packing, io.BytesIO(start))
        with suppress(*broken), unpacker as file:
            start = file.read1(size)
    return start


def _start(path: str, size: int) -> bytes:
    """Return the first bytes of a file, or those that have come through stdin; none of another pipe."""
    if path == "-":
        return _peek(_stdin(), size)
    if size_of((path,)) is None:
        return b""
    with opened(path) as file:
        return file.read(size)


def _peek(file: BinaryIO, size: int) -> bytes:
    """Return the next bytes of a file, which are still to be read."""
    peek = getattr(file, "peek", None)
    return bytes(peek(size)[:size]) if peek else b""


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise TransferError("stdin is closed")
    found: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    return cast("BinaryIO", _Encoded()) if found is None else found


class _Encoded(io.RawIOBase):
    """The bytes of a stream of text by which a program has replaced stdin, as of `io.StringIO`."""

    def __init__(self) -> None:
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            data: str | bytes = sys.stdin.read(len(buffer))
            self._rest = data.encode() if isinstance(data, str) else data
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@contextmanager
def unpacked(path: str, advance: Advance | None = None) -> Iterator[ReadNext]:
    """Open a file and yield the function that reads its next bytes, decompressed.

    Args:
        path: the file; gzip and zstd data are decompressed, whatever its name is.
        advance: called after each read.
    """
    with _unpacked(path, advance) as (read_next, _):
        yield read_next


@contextmanager
def _unpacked(path: str, advance: Advance | None = None) -> Iterator[tuple[ReadNext, Compression]]:
    """Open a file as `unpacked` does, and tell how it is compressed."""
    with opened(path) as file:
        raw: Any = io.BufferedReader(file) if isinstance(file, io.RawIOBase) else file
        packing = compression_of(path) or magic.packing_of(_peek(raw, magic.PACKED))
        if packing is Compression.NONE:
            yield _reader(raw, advance), packing
            return
        name, done = display_name(path), 0
        unpacker, broken = _unpacker(packing, raw)
        with unpacker as plain:

            def read_next(most: int = SIZE) -> bytes:
                nonlocal done
                try:
                    data: bytes = plain.read(most)
                except broken as error:
                    raise DataError(f"{name}: not whole {packing}: {str(error).lower()}") from None
                done += len(data)
                if advance:
                    advance(raw.tell() if raw.seekable() else done)
                return data

            yield read_next, packing


def _reader(raw: BinaryIO, advance: Advance | None) -> ReadNext:
    try:
        descriptor = raw.fileno()
    except (OSError, io.UnsupportedOperation):
        return lambda most=SIZE: raw.read(most)
    regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    # One read of the system at a time, but by Python, which knows the Ctrl-Z that ends a console's input.
    read: ReadNext = raw.read if regular else getattr(raw, "read1", raw.read)
    done = 0

    def read_next(most: int = SIZE) -> bytes:
        nonlocal done
        parts = [read(most)]
        size = len(parts[0])
        while not regular and parts[-1] and size < most and _ready(descriptor):
            parts.append(read(most - size))
            size += len(parts[-1])
        done += size
        if advance:
            advance(done)
        return b"".join(parts)

    return read_next


def _ready(descriptor: int) -> bool:
    """Tell whether a pipe has more bytes now, so that a fast producer fills large blocks."""
    try:
        return bool(select.select([descriptor], [], [], _PATIENCE)[0])
    except (OSError, ValueError):  # a descriptor that select does not take: a Windows pipe
        return False


def _unpacker(packing: Compression, raw: BinaryIO) -> tuple[Any, tuple[type[Exception], ...]]:
    """Return what decompresses a file, and the exceptions that mean invalid or truncated data."""
    if packing is Compression.GZIP:
        import gzip
        import zlib

        return gzip.GzipFile(fileobj=raw), (EOFError, OSError, zlib.error)
    return zstd().ZstdFile(raw), (EOFError, OSError, zstd().ZstdError)


def zstd() -> Any:
    """Return the module of zstd: Python's own from 3.14 on, else its backport."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise MissingExtraError("zstd data", "backports.zstd", "zstd") from None
    return zstd

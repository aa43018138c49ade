"""Bytes in: files, pipes and packed files as blocks of whole lines, with the number of each first line."""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.errors import DataError, MissingExtraError, TransferError
from actcli.tables.formats import Compression, compression_of

if TYPE_CHECKING:
    from typing import BinaryIO

SIZE = 1 << 21
"""So many bytes make a block, when they are there: enough for the costs of a block not to count."""

LONGEST = 1 << 26
"""A record of more bytes than this is taken for something other than lines of text."""

_PATIENCE = 0.001  # seconds for which a pipe may pause within a block

Advance = Callable[[int], None]


class Block(NamedTuple):
    """Whole records of a file, each ended by a line feed; `line` is the number of the first."""

    data: bytes
    name: str
    line: int


def shown(path: str) -> str:
    """Return what a path is called in messages."""
    return "stdin" if path == "-" else path


def size_of(paths: tuple[str, ...]) -> int | None:
    """Return the bytes that files hold as they lie on disk, or None if one is no ordinary file."""
    total = 0
    for path in paths:
        try:
            status = os.fstat(0) if path == "-" else os.stat(path)  # noqa: PTH116 - it may be a descriptor
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        total += status.st_size
    return total


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file, or stdin for `-`, and turn whatever goes wrong with it into a `TransferError`."""
    try:
        if path != "-":
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered: blocks are large
                yield file
        else:
            yield _stdin()
    except (BrokenPipeError, TransferError):
        raise
    except OSError as error:
        raise TransferError(f"{shown(path)}: {(error.strerror or str(error)).lower()}") from None


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise TransferError("stdin is closed")
    return sys.stdin.buffer


@contextmanager
def unpacked(path: str, advance: Advance | None = None) -> Iterator[Callable[[], bytes]]:
    """Open a file and return what gives its next bytes, unpacked, or b'' at its end.

    Args:
        path: the file; `.gz` and `.zst` are unpacked.
        advance: told the number of bytes of the file that have been read, each time.
    """
    packing = compression_of(path)
    with opened(path) as raw:
        if packing is Compression.NONE:
            yield _reader(raw, advance)
            return
        broken = _broken(packing)
        with _unpacker(packing, raw) as file:

            def give() -> bytes:
                try:
                    data = file.read(SIZE)
                except broken as error:
                    raise DataError(f"{path}: not whole {packing}: {str(error).lower()}") from None
                if advance:
                    advance(raw.tell())
                return data

            yield give


def _reader(raw: BinaryIO, advance: Advance | None) -> Callable[[], bytes]:
    try:
        descriptor = raw.fileno()
    except (OSError, io.UnsupportedOperation):
        return lambda: raw.read(SIZE)
    regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    done = 0

    def give() -> bytes:
        nonlocal done
        parts = [os.read(descriptor, SIZE)]
        size = len(parts[0])
        while not regular and parts[-1] and size < SIZE and _ready(descriptor):
            parts.append(os.read(descriptor, SIZE - size))
            size += len(parts[-1])
        done += size
        if advance:
            advance(done)
        return b"".join(parts)

    return give


def _ready(descriptor: int) -> bool:
    """Tell whether a pipe has more to give at once, so that a fast producer fills large blocks."""
    try:
        return bool(select.select([descriptor], [], [], _PATIENCE)[0])
    except (OSError, ValueError):  # not a descriptor that can be asked: Windows pipes
        return False


def _unpacker(packing: Compression, raw: BinaryIO) -> BinaryIO:
    if packing is Compression.GZIP:
        import gzip

        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    file: BinaryIO = zstd().ZstdFile(raw)
    return file


def _broken(packing: Compression) -> tuple[type[Exception], ...]:
    """Return the errors that tell of packed data that is no such data, or cut short."""
    if packing is Compression.GZIP:
        import zlib

        return EOFError, OSError, zlib.error
    return EOFError, OSError, zstd().ZstdError


def zstd() -> Any:
    """Return the module that packs and unpacks zstd: Python's own from 3.14 on, else its backport."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise MissingExtraError("a .zst file", "backports.zstd", "zstd") from None
    return zstd


def blocks(path: str, advance: Advance | None = None, *, quotes: bool = True) -> Iterator[Block]:
    """Yield the blocks of a file, as much at a time as is there, up to about `SIZE` bytes.

    Args:
        path: the file, or `-`.
        advance: told the number of bytes read, each time.
        quotes: whether a line feed between double quotes belongs to a cell.

    Raises:
        DataError: a line does not end, or the bytes are not text.
        TransferError: the file cannot be read.
    """
    name, line, rest = shown(path), 1, [b""]
    with unpacked(path, advance) as give:
        first, returns = True, False
        while data := give():
            if first:
                data = _text(data, name)
                first, returns = False, b"\n" not in data and data.count(b"\r") > 1
            if returns:  # lines end as on a Macintosh of old, and in its CSV of Excel
                data = data.replace(b"\r", b"\n")
            if b"\n" not in data:
                rest.append(data)
                if sum(map(len, rest)) > LONGEST:
                    raise _endless(name, line)
                continue
            data = b"".join([*rest, data])
            cut = _filled(data, _end(data, quotes))
            if cut == 0 and len(data) > LONGEST:
                raise _endless(name, line)
            rest = [data[cut:]]
            if cut:
                whole = data[:cut]
                yield Block(whole, name, line)
                line += feeds(whole)
    if (last := b"".join(rest)).strip():
        yield Block(last + b"\n", name, line)


def feeds(data: bytes) -> int:
    """Return the number of line feeds; where there are many, `bytes.count` takes ten times as long."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


def _endless(name: str, line: int) -> DataError:
    return DataError(f"{name}:{line}: the line does not end within {LONGEST >> 20} MiB", "is it a text file?")


def _end(data: bytes, quotes: bool) -> int:
    """Return where the last whole record of the data ends: at a line feed with evenly many quotes before."""
    last = data.rfind(b"\n") + 1
    if not quotes or b'"' not in data or data.count(b'"', 0, last) % 2 == 0:
        return last
    found = np.frombuffer(data, np.uint8, last)
    feeds = np.flatnonzero(found == ord("\n"))
    even = feeds[np.searchsorted(np.flatnonzero(found == ord('"')), feeds) % 2 == 0]
    if even.size:
        return int(even[-1]) + 1
    return last if last > 4 * SIZE else 0  # a quote that never closes is a mere sign


def _filled(data: bytes, end: int) -> int:
    """Return the end of the last line before `end` that is not blank: those that end a file do not count."""
    if end > 1 and data[end - 2] > ord(" "):
        return end
    filled = len(data[:end].rstrip())
    return data.index(b"\n", filled) + 1 if filled else 0


def _text(data: bytes, name: str) -> bytes:
    """Return the first bytes of a text without its mark of order, or tell what they are instead."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{name}: UTF-16 text", f"iconv -f UTF-16 -t UTF-8 {name} first")
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise DataError(f"{name}: {what}, not text", "the extension or --from says what a file is")
    return data.removeprefix(b"\xef\xbb\xbf")


_MAGIC = {
    b"\x1f\x8b": "gzip data",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"\x93NUMPY": "an NPY array",
    b"PAR1": "Parquet data",
    b"ARROW1": "Arrow data",
    b"PK\x03\x04": "a ZIP archive or a workbook",
}

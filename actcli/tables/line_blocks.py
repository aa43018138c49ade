"""The bytes of a text file in blocks of whole records, each with the number of its first line."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.errors import DataError
from actcli.tables import magic
from actcli.tables.opening import SIZE, display_name, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.tables.opening import Advance, ReadNext

ROWS = 1 << 18
"""The most lines of a block: short lines need far more memory than their text."""

_FIRST = 1 << 20  # bytes of the first block, before the length of a line is known
_OPEN = 1 << 23  # bytes after which a quote that is still open is an ordinary character

LONGEST = 1 << 26
"""The most bytes of a record: a file with a longer one is not text."""

LARGEST = 1 << 28
"""The most bytes of a JSON text, which is held in memory as a whole."""


class Block(NamedTuple):
    """Whole records of a file, each ended by a line feed.

    Attributes:
        data: the bytes.
        name: what the file is called.
        line: the number of the first line.
        feeds: how many line feeds there are.
    """

    data: bytes
    name: str
    line: int
    feeds: int


def blocks(path: str, advance: Advance | None = None, *, json: bool | None = False) -> Iterator[Block]:
    """Yield the blocks of a file as they arrive, each of at most about `SIZE` bytes and `ROWS` lines.

    Args:
        path: the file, or `-`.
        advance: called with the number of bytes read so far.
        json: whether the text is JSON; None detects it. In other text a line feed between double quotes
            belongs to a cell, and lines are shorter.

    Raises:
        DataError: a line does not end, or the bytes are not text.
        TransferError: the file cannot be read.
    """
    name, line, rest = display_name(path), 1, [b""]
    longest = LONGEST
    with unpacked(path, advance) as read_next:
        first, returns, most = True, False, _FIRST
        while data := read_next(most):
            if first:
                data, read_next = _text(data, read_next, name)
                first, returns = False, b"\n" not in data and data.count(b"\r") > 1
                json = is_json(data) if json is None else json
                longest = LARGEST if json else LONGEST
            if returns:  # lines of old Macintoshes, and of Excel's CSV for Macintosh
                data = data.replace(b"\r", b"\n")
            if b"\n" not in data:
                rest.append(data)
                if sum(map(len, rest)) > longest:
                    raise _endless(name, line, longest)
                continue
            whole, left = _cut(rest, data, not json)
            if not whole and len(left) > longest:
                raise _endless(name, line, longest)
            rest = [left]
            if whole:
                block = Block(whole, name, line, feeds(whole))
                yield block
                line += block.feeds
                most = min(SIZE, max(_FIRST >> 4, len(whole) * ROWS // block.feeds))
    if (last := b"".join(rest)).strip():
        yield Block(last + b"\n", name, line, feeds(last) + 1)


def feeds(data: bytes) -> int:
    """Return the number of line feeds; where there are many, `bytes.count` takes ten times as long."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


def is_json(data: bytes) -> bool:
    """Tell whether a text begins as JSON does: with a bracket, and after it what JSON may have there.

    So does a dictionary as Python prints it.
    """
    return _JSON.match(data) is not None


_JSON = re.compile(rb"""\s*(?:\{\s*(?:["'}]|\Z)|\[\s*(?:[\[{"\]\d-]|\Z))""")


def _endless(name: str, line: int, longest: int) -> DataError:
    return DataError(f"{name}:{line}: the line does not end within {longest >> 20} MiB", "is it a text file?")


def _cut(rest: list[bytes], data: bytes, quotes: bool) -> tuple[bytes, bytes]:
    """Split the rest of the last bytes and the bytes after it into whole records and a new rest."""
    last = data.rfind(b"\n") + 1
    quotes = quotes and any(b'"' in part for part in (*rest, data))
    if last > 1 and data[last - 2] > ord(" ") and not quotes:
        return b"".join([*rest, memoryview(data)[:last]]), data[last:]
    data = b"".join([*rest, data])
    cut = _filled(data, _end(data, quotes))
    return data[:cut], data[cut:]


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
    return last if last > _OPEN else 0


def _filled(data: bytes, end: int) -> int:
    """Return the end of the last line before `end` that is not blank: blank ones may end the file."""
    if end > 1 and data[end - 2] > ord(" "):
        return end
    filled = len(data[:end].rstrip())
    return data.index(b"\n", filled) + 1 if filled else 0


def _text(data: bytes, read_next: ReadNext, name: str) -> tuple[bytes, ReadNext]:
    """Return the first bytes of a text as UTF-8 without a byte order mark, and what reads the others so.

    Raises:
        DataError: they are no text; the message says what they are.
    """
    magic.check(data, name)
    coding = ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        coding = "UTF-32" if data[2:4] == b"\0\0" else "UTF-16"
    elif data[1:64:2].strip(b"\0") == b"" < data[1:2]:
        coding = "UTF-16LE"
    elif not data[:64:2].strip(b"\0"):
        coding = "UTF-16BE"
    if not coding:
        return data.removeprefix(b"\xef\xbb\xbf"), read_next
    decode = codecs.getincrementaldecoder(coding)().decode

    def utf8(packed: bytes) -> bytes:
        try:
            return decode(packed, final=not packed).encode()
        except UnicodeDecodeError as error:
            raise DataError(f"{name}: not whole {coding}: {error.reason}") from None

    def recoded(most: int = SIZE, /) -> bytes:
        while packed := read_next(most):
            if text := utf8(packed):  # but for half a character
                return text
        return utf8(b"")

    return utf8(data), recoded

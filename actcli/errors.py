"""The errors that a user sees: what is wrong, where, how to mend it, and the exit code that says so."""

from __future__ import annotations

import errno
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_LONGEST = 300  # characters of what a library says
_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000"
"""Spaces that Python counts as not printable."""


class ActcliError(Exception):
    """Something the user can mend.

    Args:
        message: the thing and the place, one line, no full stop.
        hint: the mend, shown in brackets after the message.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(ActcliError, ValueError):
    """A function, option, parameter or format that does not exist, or does not go with the rest."""


class FormulaError(UsageError):
    """A formula that cannot be read.

    Args:
        message: what is wrong, after the place: "formula: …", "defs.txt:3: …".
        hint: the mend.
        excerpt: the text, or the part of it about the mistake, and a line with a caret under the place; all
            printable.
    """

    def __init__(self, message: str, hint: str = "", excerpt: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.excerpt = excerpt

    def __str__(self) -> str:
        return "\n  ".join((super().__str__(), *self.excerpt))


class DataError(ActcliError, ValueError):
    """Input that is not what it was said to be: a bad cell, a ragged row, an unreadable header."""


def not_utf8(error: UnicodeDecodeError, name: str, line: int = 1) -> DataError:
    """Return the error that a text is not UTF-8: where, and what to do if it is what Windows writes.

    Args:
        error: what decoding raised.
        name: what the text is called.
        line: the number of its first line.
    """
    data, at = error.object, error.start
    line += data.count(b"\n", 0, at)
    before = data[data.rfind(b"\n", 0, at) + 1 : at].decode(errors="replace")
    meant = bytes(data[at : at + 1]).decode("cp1252", "replace")
    said = f" ({meant} in code page 1252)" if meant.isprintable() and meant != "\ufffd" else ""
    way = f"{name} > utf8.txt" if name != "stdin" else "before it"
    return DataError(
        f"{name}:{line}: byte 0x{data[at]:02x}{said} at character {len(before) + 1} is not UTF-8",
        f"iconv -f CP1252 -t UTF-8 {way}, or from whatever code page it has",
    )


class NoValueError(DataError):
    """A vector at which the function has no value: softmax where an entry is +inf."""


class MissingExtraError(ActcliError):
    """An optional library is needed and not installed."""

    def __init__(self, what: str, library: str, extra: str) -> None:
        super().__init__(f"{what} needs {library}, which is not installed", f"pip install 'actcli[{extra}]'")


class UnsettledError(ActcliError):
    """The enclosure of a true value is too wide, at the highest precision, for what is asked of it."""


class TransferError(ActcliError):
    """Reading or writing failed: no such file, no permission, disk full, output closed."""

    exit_code = 3


class KernelError(ActcliError):
    """A kernel of the user's failed, or returned something else than numbers.

    Args:
        message: what it did.
        hint: the mend.
        excerpt: where in the user's code, if that was asked for.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "", excerpt: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.excerpt = excerpt


class KernelCrashError(KernelError):
    """A kernel's process was killed by a signal."""


class CheckFailedError(ActcliError):
    """A check that the user asked for did not hold."""

    exit_code = 1


@contextmanager
def border(name: str, kind: type[ActcliError] = DataError) -> Iterator[None]:
    """Turn whatever a library raises into an error that names what it was given, or what it was to make.

    Rust libraries raise panics, which are no `Exception`.

    Args:
        name: the file or thing.
        kind: the error that is raised.
    """
    try:
        yield
    except (ActcliError, OSError, KeyboardInterrupt, GeneratorExit):
        raise
    except MemoryError:
        raise TransferError(f"{name}: not enough memory") from None
    except UnicodeEncodeError as error:
        part = visible(str(error.object)[error.start : error.end])
        raise kind(f"{name}: {part!r} is no character of a text file", "-f ndjson spells it") from None
    except RecursionError:
        raise kind(f"{name}: it is nested too deeply") from None
    except BaseException as error:
        reason = " ".join(str(error).split())[:_LONGEST]
        raise kind(f"{name}: {type(error).__name__}{': ' * bool(reason)}{reason}") from error


def visible(text: str) -> str:
    """Return a text on one line, with control characters spelled out so that no terminal obeys them.

    So are marks that change the direction of what follows, and halves of characters.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _SPACES else _spelled(c) for c in text)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode()


def shown(value: object) -> str:
    """Return how a value looks in a message: its repr on one line and not too long, or else its type."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # an int of more digits than Python writes, or an object whose repr fails
        text = type(value).__name__
    return text if len(text) <= 60 else text[:59] + "…"


def said(error: BaseException) -> str:
    """Return the kind of an error and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def is_closed_pipe(error: OSError) -> bool:
    """Tell whether the reader of stdout has gone away; Windows calls that an invalid argument."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def nearest(word: str, known: Iterable[str], shown: Mapping[str, str] | None = None) -> str:
    """Return a hint that names the known word nearest to a mistyped one, or '' when none is near.

    Nearest is what begins with it, then what has it as one of its parts (`slope` of `negative-slope`), then
    what is spelled alike. `shown` tells how a word is shown, if not as it is.
    """
    words = {_plain(name): (shown or {}).get(name, name) for name in known}
    plain = _plain(word)
    starting = [name for name in words if name.startswith(plain)]
    found = sorted(starting, key=len) or [name for name in words if plain in name.split("-")]
    if len(plain) < 2 or not found:
        from difflib import get_close_matches  # only a mistake pays for loading it

        found = get_close_matches(plain, list(words), n=1, cutoff=0.6)
    return f"did you mean {str(words[found[0]])!r}?" if found else ""


def _plain(word: str) -> str:
    return word.lower().strip("-").replace("_", "-")

"""A TOML document as text: on which lines its tables and their values stand, and numbers replaced in place.

The standard library reads what a document says, and nothing of where. Only tables of an array that are
written as `[[name]]` are found here, and only in documents that `tomllib` has read without an error.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from actcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+))\s*(\.)?""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|.', re.DOTALL
)
"""A string, a comment, or one character."""


class TextSpan(NamedTuple):
    """Where a value stands: its line, from 1, and its characters."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Where a table stands.

    Attributes:
        line: that of its header, from 1.
        values: where the value of each key is; of a table that lies in it, the first of its values.
    """

    line: int
    values: dict[str, TextSpan] = field(default_factory=dict)


def document(text: str, name: str) -> dict[str, Any]:
    """Return what a document says.

    Raises:
        DataError: it is no TOML; the message names the line.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"{name}: no TOML: {str(error)[:1].lower()}{str(error)[1:]}") from None


def places(text: str, array: str) -> list[TablePlace]:
    """Return where the tables of an array stand, in order."""
    found: list[TablePlace] = []
    inside = False  # whether the table read last is one of them, or lies in one
    path: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character.isspace():
            position += 1
        elif character == "#":
            position = _end_of_line(text, position)
        elif character == "[":
            opening = 2 if text.startswith("[[", position) else 1
            line = text.count("\n", 0, position) + 1
            path, position = _keys(text, position + opening)
            position = _end_of_line(text, position)
            inside = path[0] == array
            if opening == 2 and path == [array]:
                found.append(TablePlace(line))
            elif inside and found:
                found[-1].values.setdefault(path[1], TextSpan(line, position, position))
        else:
            keys, start = _keys(text, position)
            start += len(text[start + 1 :]) - len(text[start + 1 :].lstrip(" \t")) + 1
            position = _end_of_value(text, start)
            end = start + len(text[start:position].rstrip())
            if inside and found and len(path) == 1:
                line = text.count("\n", 0, start) + 1
                found[-1].values.setdefault(keys[0], TextSpan(line, start, end))
    return found


def _keys(text: str, position: int) -> tuple[list[str], int]:
    """Return the parts of a dotted key, and where it ends: at `=` or `]`."""
    keys = []
    while part := _KEY.match(text, position):
        keys.append(next(each for each in part.groups()[:3] if each is not None))
        position = part.end()
        if not part[4]:
            break
    return keys, position


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _end_of_value(text: str, position: int) -> int:
    """Return where a value ends: at a comment or the end of the line, if neither is inside of it."""
    depth = 0
    for token in _STRING.finditer(text, position):
        first = token[0][0]
        if not depth and first in "#\n":
            return token.start()
        if len(token[0]) == 1:
            depth += (first in "[{") - (first in "]}")
    return len(text)


def with_numbers(text: str, array: str, changes: Mapping[int, Mapping[str, str]], name: str) -> str:
    """Return a document in which numbers are others; all else stays, to the last blank.

    Args:
        text: the document.
        array: the array of tables in which they stand.
        changes: for a table of the array, by its place, the new numbers by their keys.
        name: what messages call the document.

    Raises:
        DataError: a number cannot be found.
    """
    found = places(text, array)
    new = text
    for span, number in sorted(_edits(found, changes, name), reverse=True):
        new = new[: span.start] + number + new[span.end :]
    due = tomllib.loads(text)
    for place, numbers in changes.items():
        due[array][place].update(
            {key: tomllib.loads(f"x = {number}")["x"] for key, number in numbers.items()}
        )
    if tomllib.loads(new) != due:
        raise DataError(f"{name}: its numbers cannot be told from its text", f"write each as [[{array}]]")
    return new


def _edits(
    found: list[TablePlace], changes: Mapping[int, Mapping[str, str]], name: str
) -> Iterator[tuple[TextSpan, str]]:
    for place, numbers in changes.items():
        for key, number in numbers.items():
            if place >= len(found) or key not in found[place].values:
                raise DataError(f"{name}: {key} of table {place + 1} cannot be found in the text")
            yield found[place].values[key], number

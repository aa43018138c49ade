"""Files of definitions: one a line, `name(x; a=0.1) = formula  # what it is`."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from actcli.core.formula import vocabulary
from actcli.core.formula.grammar import excerpt, parse
from actcli.errors import DataError, FormulaError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.core.formula.expression import Definition

_HEAD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\s*(?:\(([^()]|\([^()]*\))*\)\s*)?=(?!=)")
_CALLED = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9_]*(?=\s*\()")


def read(*paths: str) -> dict[str, Definition]:
    """Return the definitions of files by their names, in the order in which they are written.

    Blank lines, and lines that begin with `#`, say nothing. A line that begins with white space goes on with
    the one before. A definition may call any other, of any of the files, but not itself.

    Args:
        *paths: files in UTF-8.

    Raises:
        FormulaError: a definition cannot be read, has no name or one that is taken, or calls itself.
        DataError: a file is not UTF-8.
        OSError: a file cannot be read.
    """
    lines: dict[str, tuple[str, str]] = {}  # name → text, place
    for path in paths:
        for text, place in _logical_lines(path):
            name = _name(text, place)
            if name in lines:
                raise _wrong(
                    f"{name} is defined already, in {lines[name][1]}", "take another name", text, place
                )
            lines[name] = text, place
    calls = {name: _called(text, lines) for name, (text, _) in lines.items()}
    try:
        order = list(TopologicalSorter(calls).static_order())
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        raise _wrong(f"{cycle[0]} is defined by itself", " → ".join(cycle), *lines[cycle[0]]) from None
    found: dict[str, Definition] = {}
    for name in order:
        text, place = lines[name]
        found[name] = parse(text, found, place)
    return {name: found[name] for name in lines}


def _logical_lines(path: str) -> Iterable[tuple[str, str]]:
    """Yield the lines that say something, continued ones joined, each with its file and number."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8, at byte {error.start:,}", "save it as UTF-8") from None
    joined, place = "", ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and joined:
            joined += f" {line.strip()}"
            continue
        if joined:
            yield joined, place
        joined, place = line.strip(), f"{path}:{number}"
    if joined:
        yield joined, place


def _name(text: str, place: str) -> str:
    """Return the name that a line defines."""
    head = _HEAD.match(text)
    if head is None:
        raise _wrong("a definition begins with its name", "write name(x; a=0.1) = formula", text, place)
    name = head[1]
    if vocabulary.is_function(name):
        raise _wrong(f"{name} is a function already", "take another name", text, place, len(name))
    return name


def _called(text: str, names: Iterable[str]) -> set[str]:
    """Return those of the names that a definition calls after its header, comments left out."""
    head = _HEAD.match(text)
    body = text[head.end() if head else 0 :].partition("#")[0]
    return set(_CALLED.findall(body)) & set(names)


def _wrong(message: str, hint: str, text: str, place: str, end: int = 1) -> FormulaError:
    return FormulaError(f"{place}: {message}", hint, excerpt(" ".join(text.split()), 0, end))

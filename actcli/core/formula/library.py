"""Files of definitions: one a line, `name(x; a=0.1) = formula  # what it is`."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from actcli.core.formula import vocabulary
from actcli.core.formula.grammar import parse
from actcli.core.formula.tokens import LONGEST_NAME, mistake
from actcli.errors import not_utf8

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from actcli.core.formula.expression import Definition
    from actcli.errors import FormulaError

_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{,{LONGEST_NAME - 1}}}\b")
_CALLED = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9_]*(?=\s*\()")


def read(*paths: str) -> dict[str, Definition]:
    """Return the definitions of files by their names, in the order in which they are written.

    Blank lines, and lines that begin with `#`, say nothing. A line that begins with white space goes on with
    the one before. A definition may call any other, of any of the files, but not itself.

    Args:
        *paths: files in UTF-8; one that is named twice is read once.

    Raises:
        FormulaError: a definition cannot be read, has no name or one that is taken, or calls itself.
        DataError: a file is not UTF-8.
        OSError: a file cannot be read.
    """
    lines: dict[str, tuple[str, str]] = {}  # name → text, place
    for path in dict.fromkeys(paths):
        for text, place in _logical_lines(path):
            name = _name(text, place)
            if name in lines:
                message = f"{name} is defined already, in {lines[name][1]}"
                raise _wrong(message, "take another name", text, place, len(name))
            lines[name] = text, place
    calls = {name: _called(text, lines) for name, (text, _) in lines.items()}
    try:
        order = list(TopologicalSorter(calls).static_order())
    except CycleError as error:
        cycle = error.args[1][:0:-1]
        first = min(range(len(cycle)), key=lambda i: list(lines).index(cycle[i]))
        cycle = [*cycle[first:], *cycle[: first + 1]]
        name = cycle[0]
        shown = cycle if len(cycle) < 8 else [*cycle[:5], "…", name]
        raise _wrong(f"{name} is defined by itself", " → ".join(shown), *lines[name]) from None
    found: dict[str, Definition] = {}
    for name in order:
        text, place = lines[name]
        found[name] = parse(text, found, place)
        if found[name].name != name:
            raise _nameless(text, place)
    return {name: found[name] for name in lines}


def _logical_lines(path: str) -> Iterable[tuple[str, str]]:
    """Yield the lines that say something, continued ones joined, each with its file and number."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(error, path) from None
    joined, place = "", ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and joined:
            joined += f"\n{line.strip()}"
            continue
        if joined:
            yield joined, place
        joined, place = line.strip(), f"{path}:{number}"
    if joined:
        yield joined, place


def _name(text: str, place: str) -> str:
    """Return the name that a line begins with."""
    found = _NAME.match(text)
    if found is None or "=" not in text:
        raise _nameless(text, place)
    if vocabulary.is_function(found[0]):
        raise _wrong(f"{found[0]} is a function already", "take another name", text, place, found.end())
    return found[0]


def _called(text: str, names: Container[str]) -> list[str]:
    """Return those of the names that a definition calls, comments left out."""
    found = _NAME.match(text)
    formula = text.partition("#")[0]
    return [name for name in _CALLED.findall(formula, found.end() if found else 0) if name in names]


def _nameless(text: str, place: str) -> FormulaError:
    return _wrong("a definition begins with its name", "write name(x; a=0.1) = formula", text, place)


def _wrong(message: str, hint: str, text: str, place: str, end: int = 1) -> FormulaError:
    return mistake(" ".join(text.split()), message, hint, 0, end, place)

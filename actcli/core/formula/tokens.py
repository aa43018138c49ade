"""The pieces of a formula's text, and errors that show a place in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from actcli.core.formula.vocabulary import GREEK
from actcli.errors import FormulaError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 10_000
"""Characters of a formula."""

LONGEST_NAME = 40


class Token(NamedTuple):
    """A piece of the text, of a kind: number, name, power (a superscript), end, or an operator's own sign."""

    kind: str
    text: str
    start: int
    end: int


_GREEK = "".join(GREEK)
_TOKEN = re.compile(
    rf"""(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[A-Za-z][A-Za-z0-9_₀-₉]*|[{_GREEK}](?:_?[0-9₀-₉]+|_[A-Za-z]+)?)
    |(?P<power>[⁺⁻]?[⁰¹²³⁴-⁹]+)
    |(?P<operator>\*\*|<=|>=|==|!=|&&|[-+*/^()|<>=!?:,;{{}}√∛∞·⋅∙∗×−–÷≤≥≠])""",
    re.VERBOSE,
)
_SIGNS = {
    "**": "^", "·": "*", "⋅": "*", "∙": "*", "∗": "*", "×": "*", "÷": "/", "−": "-", "–": "-",
    "≤": "<=", "≥": ">=", "≠": "!=", "&&": "and",
}  # fmt: skip
WORDS = frozenset({"and", "or", "not", "if", "else", "otherwise", "let"})
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉", "0123456789+-0123456789")

_INSTEAD = {
    "%": "write mod(a, b)",
    "&": "write and",
    "~": "write not",
    "[": "group with ( )",
    "]": "group with ( )",
    "'": "a formula has no text in it",
    '"': "a formula has no text in it",
    ".": "a name stands alone: exp, not np.exp",
    "_": "digits are not grouped, and names begin with a letter",
    "@": "write *",
    "\\": "TeX is not read",
}
"""What to write instead of a character that no formula has."""


def tokens(text: str, place: str = "") -> Iterator[Token]:
    """Yield the tokens of a text, and an end.

    Args:
        text: a formula on one line, with no other white space than spaces.
        place: the file and line that it is from, or "".

    Raises:
        FormulaError: it has a character that no formula has, or it or a name in it is too long.
    """
    if len(text) > LONGEST:
        message = f"a formula has at most {LONGEST:,} characters, not {len(text):,}"
        raise mistake(text, message, "", LONGEST, LONGEST + 1, place)
    start = 0
    while start < len(text):
        if text[start] == " ":
            start += 1
            continue
        match = _TOKEN.match(text, start)
        if match is None:
            raise mistake(
                text, f"unexpected {shown(text[start])}", _instead(text[start]), start, start + 1, place
            )
        kind, word, end = str(match.lastgroup), match[0], match.end()
        if end - start > LONGEST_NAME and kind == "name":
            message = f"a name has at most {LONGEST_NAME} characters"
            raise mistake(text, message, "", start, end, place)
        if kind == "name":
            word = spelled(word)
            kind = word if word in WORDS else kind
        elif kind == "operator":
            kind = _SIGNS.get(word, word)
        yield Token(kind, word, start, end)
        start = end
    yield Token("end", "", len(text), len(text) + 1)


def spelled(name: str) -> str:
    """Return a name as formulas have it: Greek letters spelled out, digits on the line.

    >>> spelled("α₂"), spelled("lambda")
    ('alpha2', 'lambd')
    """
    name = (GREEK.get(name[:1], name[:1]) + name[1:]).translate(DIGITS)
    return "lambd" if name == "lambda" else name


def _instead(character: str) -> str:
    """Return a hint for a character that no formula has."""
    if character.isalpha():  # it may look like a letter that formulas have
        from unicodedata import name

        found = name(character, "").lower()
        return f"it is a {found}" if "letter" in found else ""
    return _INSTEAD.get(character, "")


def mistake(text: str, message: str, hint: str, start: int, end: int, place: str = "") -> FormulaError:
    """Return the error of what is wrong from `start` to `end` of a text."""
    return FormulaError(f"{place or 'formula'}: {message}", hint, excerpt(text, start, end))


def printable(character: str) -> str:
    """Return a character, spelled out if a terminal could obey it."""
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def excerpt(text: str, start: int, end: int, width: int = 76) -> tuple[str, str]:
    """Return a text as a terminal shows it, and a caret and tildes under the part from `start` to `end`.

    What a terminal could obey is spelled out. A text that is too wide is cut about the part.
    """
    from unicodedata import combining, east_asian_width  # only a mistake pays for loading it

    shown_as = [printable(c) for c in text]
    widths = [
        len(s) if len(s) > 1 else 0 if combining(s) else 2 if east_asian_width(s) in "WF" else 1
        for s in shown_as
    ]
    first, room = start, width // 2
    while first > 0 and widths[first - 1] <= room:
        first -= 1
        room -= widths[first]
    last, room = first, width
    while last < len(text) and widths[last] <= room:
        room -= widths[last]
        last += 1
    before = "…" * (first > 0)
    line = before + "".join(shown_as[first:last]) + "…" * (last < len(text))
    marked = max(1, sum(widths[start : min(end, last)]))
    return line, " " * (len(before) + sum(widths[first:start])) + "^" + "~" * (marked - 1)

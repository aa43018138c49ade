"""The notations of programs and of other languages that no formula has, and what to write instead.

They are looked for in a text that cannot be read, so that what a formula may be is not decided here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from actcli.core.formula.vocabulary import is_function

if TYPE_CHECKING:
    from collections.abc import Callable


class Foreign(NamedTuple):
    """A part of a text that is of another language: what is wrong with it, what to write, and where it is."""

    message: str
    hint: str
    start: int
    end: int


_NAME = r"[^\W\d]\w*"
_OPERAND = r"[\w.]+|\([^()]*\)"


def _method(match: re.Match[str]) -> str:
    name = match["name"]
    called = next((n for n in (name.lower(), name) if is_function(n)), "")
    if not called:
        return "a name stands alone: exp, not np.exp"
    return f"write {called}(x, …)" if match["owner"] == "x." and match["more"] else f"write {called}(x)"


def _remainder(match: re.Match[str]) -> str:
    left, right = (match[side].removeprefix("(").removesuffix(")") for side in ("left", "right"))
    return f"write mod({left}, {right})"


def _header(match: re.Match[str]) -> str:
    name, variable = match["name"], match["variable"] or "x"
    return "" if is_function(name) or name == "x" else f"write {name}({variable}) = …"


_FOREIGN: tuple[tuple[str, str, Callable[[re.Match[str]], str]], ...] = (
    (rf"\blambda\s+{_NAME}\s*:", "lambda is Python's", lambda _: "write only what follows the colon"),
    (
        rf"^\(?{_NAME}\)?\s*(->|→|↦|⟼)",
        "a formula has no arrow",
        lambda _: "write only what follows the arrow",
    ),
    (
        rf"^(?P<name>{_NAME})\s*(\(\s*(?P<variable>{_NAME})[^()]*\)\s*(:=|==(?!.*[?:])|->|→|↦|⟼)|:=)",
        "a header ends with =",
        _header,
    ),
    (
        rf"\b(?P<owner>({_NAME}\.)+)(?P<name>{_NAME})(?P<more>\s*\(\s*[^)\s])?",
        "a formula has no modules and methods",
        _method,
    ),
    (rf"(?P<left>{_OPERAND})\s+mod\s+(?P<right>{_OPERAND})", "mod is a function", _remainder),
)


def foreign(text: str) -> Foreign | None:
    """Return the first notation of another language in a text, or None.

    >>> foreign("lambda x: x*2").hint
    'write only what follows the colon'
    >>> foreign("nn.GELU()(x)").hint
    'write gelu(x)'
    """
    for pattern, message, instead in _FOREIGN:
        match = re.search(pattern, text)
        if match and (hint := instead(match)):
            return Foreign(message, hint, *match.span())
    return None

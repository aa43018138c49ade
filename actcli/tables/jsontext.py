"""JSON as values and back; numbers keep their digits."""

from __future__ import annotations

import json
import re
from typing import Any

from actcli.errors import DataError
from actcli.tables.numbers import is_json_number


class _Literal(str):
    """A number as it is spelled in JSON."""

    __slots__ = ()


def whole(text: str, name: str) -> Any:
    """Return the value of a JSON text, or a list of its values if there are several, as jq writes them."""
    found = values(text, name)
    return found[0] if len(found) == 1 else found


def values(text: str, name: str) -> list[Any]:
    """Return the values of a JSON text, which follow one another."""
    found: list[Any] = []
    text = from_python(text)
    at = _space(text, 0)
    while at < len(text):
        try:
            item, at = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            told = f"{name}:{error.lineno}: not JSON: {error.msg.lower()} at character {error.colno}"
            raise DataError(told, "--from says what it is if it is no JSON") from None
        except RecursionError:
            raise DataError(f"{name}: JSON that is nested too deeply") from None
        found.append(item)
        at = _space(text, at)
    return found


def line(text: str, place: str) -> Any:
    """Return the value of a line of JSON."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{place}: not JSON: {error.msg.lower()} at character {error.pos + 1}") from None
    except RecursionError:
        raise DataError(f"{place}: JSON that is nested too deeply") from None


def from_python(text: str) -> str:
    """Return a text as JSON if it begins as Python prints a dictionary, or a list of them; else as it is.

    >>> from_python("{'a': (1.50, nan), 'b': None}"), from_python('{"a": 1}')
    ('{"a": [1.50, "NaN"], "b": null}', '{"a": 1}')
    """
    return _PYTHON.sub(_as_json, text) if _PRINTED.match(text) else text


_PRINTED = re.compile(r"\s*(?:\[\s*)?\{\s*'")
_PYTHON = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:True|False|None|nan)\b|-?\binf\b|[()]|,(?=\s*[\])}])"""
)
_WORD = {
    "True": "true", "False": "false", "None": "null",
    "nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"',
    "(": "[", ")": "]", ",": "",
}  # fmt: skip


def _as_json(found: re.Match[str]) -> str:
    """Return a string, a word or a mark of Python as JSON has it."""
    if (text := found[0])[0] not in "'\"":
        return _WORD[text]
    import ast  # which JSON does not need

    try:
        return json.dumps(ast.literal_eval(text), ensure_ascii=False)
    except (ValueError, SyntaxError):  # a backslash and what cannot follow one
        return text


def _space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


_DECODER = json.JSONDecoder(parse_float=_Literal, parse_int=_Literal, parse_constant=_Literal)


def cell(value: Any) -> str:
    """Return a value as the text of a cell; that of null is empty."""
    return value if isinstance(value, str) else "" if value is None else spelled(value)


def with_comma(value: Any, text: str) -> str:
    """Return the text of a cell, a number of JSON with a decimal comma in place of its point."""
    return text.replace(".", ",") if isinstance(value, _Literal) else text


def spelled(value: Any) -> str:
    """Return a value as JSON; numbers keep their digits, dates and the like are strings."""
    if isinstance(value, _Literal):
        return value if value[-1] not in "yN" else json.dumps(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spelled(key)}: {spelled(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    return (
        number(repr(value))
        if isinstance(value, float)
        else json.dumps(value, ensure_ascii=False, default=str)
    )


def strict(text: str) -> str:
    """Return JSON in which NaN and Infinity, which Python reads but JSON does not have, are strings."""
    return _BARE.sub(lambda found: found[1] or f'"{found[0]}"', text)


_BARE = re.compile(r'("(?:[^"\\]|\\.)*")|NaN|-?Infinity')


def number(text: str) -> str:
    """Return a cell that was read as a number, spelled as JSON requires."""
    if is_json_number(text):
        return text
    bare = text.strip().lower().lstrip("+-")
    if bare in _WORDS:
        return json.dumps(("-" if text.strip().startswith("-") and bare != "nan" else "") + _WORDS[bare])
    try:
        value = repr(float(text.replace(",", ".")))  # the comma of a number that was read is a decimal one
    except ValueError:
        return spelled(text)
    return value if is_json_number(value) else spelled(text)


_WORDS = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}

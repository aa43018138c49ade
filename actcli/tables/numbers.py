"""Where text becomes a number and a number becomes text: the only place for either."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from actcli.core.dtypes import DType

MISSING = frozenset({"", "na", "n/a", "#n/a", "null", "none", "."})
"""How tables spell a cell that holds nothing, in lower case."""

_NUMBER = re.compile(
    r"[+\-−]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-]?[0-9]+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|∞|[nN][aA][nN])"
)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?")


def parse_number(text: str) -> float:
    """Return the float64 nearest to a decimal number; `nan` and `inf` count, however they are spelled.

    Raises:
        ValueError: it is not a number, is missing, or is too large for float64; the message says which.
    """
    word = text.strip()
    if len(word) > 1 and word[0] == word[-1] == '"':
        word = word[1:-1].strip()
    if word.lower() in MISSING:
        raise ValueError("is missing")
    if not _NUMBER.fullmatch(word):
        raise ValueError("is not a number")
    plain = word.replace("−", "-").replace("∞", "inf")
    value = float(plain)
    if math.isinf(value) and "n" not in plain.lower():
        raise ValueError("is too large for float64")
    return value


def is_json_number(text: str) -> bool:
    """Tell whether the text is a number as JSON writes it."""
    return _JSON_NUMBER.fullmatch(text) is not None


def format_number(value: float, dtype: DType | None = None, precision: int | None = None) -> str:
    """Return the shortest text that reads back to the same number of that dtype (float64 by default).

    With a precision, that many significant digits instead, for people.
    """
    return format_numbers(np.asarray([value]), dtype, precision)[0]


def format_numbers(
    values: np.ndarray[Any, Any], dtype: DType | None = None, precision: int | None = None
) -> list[str]:
    """Return the text of every number of an array, as `format_number` does."""
    if values.dtype.kind in "biu":
        return list(map(str, values.tolist()))
    if precision is not None:
        return [format(value, f".{precision}g") for value in values.astype(np.float64).tolist()]
    narrow = values.dtype if dtype is None else np.dtype(dtype.numpy)
    if narrow != np.float64:
        return [_shortest(value) for value in values.astype(narrow)]
    return list(map(repr, values.tolist()))


def _shortest(value: Any) -> str:
    wide = float(value)
    if not math.isfinite(wide):
        return repr(wide)
    kind = type(value)
    for digits in range(1, 10):
        text = f"{wide:.{digits}g}"
        if kind(float(text)) == value:
            return repr(float(text))
    return repr(wide)

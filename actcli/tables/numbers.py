"""Conversion of text to numbers and of numbers to text: the only place for either."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.dtypes import FLOAT32, FLOAT64, Quantised, of
from actcli.tables.decimals import Cells, cells_at, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType

MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "null", "none"})
"""The spellings of a missing value, in lower case."""

_NUMBER = re.compile(
    r"[+\-−]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+\-−]?[0-9]+)?|inf(?:inity)?|∞|nan)",
    re.IGNORECASE | re.ASCII,
)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?")
_SEPARATED = re.compile(
    r"[+\-−]?(?:\d+,\d*|[.,]?\d[\d_]*|\d{1,3}(?:[ ,.'’\u00a0\u202f\u2009]\d{3})+(?:[.,]\d*)?)"
    r"(?:e[+\-−]?\d+)?",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"[^\w.]|[0-9]|\A(?:pi|e|π)\Z", re.IGNORECASE)
_NO_FORMULA = re.compile(r"[=;#\n]|\A\d{4}-\d\d-\d\d|\A\d\d?/\d\d?/\d{4}\Z")  # definitions, comments, dates
_NO_PLACES = 1e16
_FEW = 32  # fewer numbers than this are formatted one by one: tables of digits would take longer to make


class DecimalMark(StrEnum):
    """What stands before the decimals of a number."""

    POINT = "."
    COMMA = ","


class BadCell(NamedTuple):
    """A cell that is not a number: the row it is in, its text, and what is wrong with it."""

    row: int
    text: str
    reason: str


class Rounding(NamedTuple):
    """To how many digits numbers are rounded for people.

    Attributes:
        digits: how many, significant ones or decimal places.
        places: whether they are places. Doubles from 10¹⁶ on have none, and are not rounded then.
    """

    digits: int
    places: bool = False

    def spelled(self, value: float) -> str:
        """Return the decimal nearest to a number; 0 has no sign.

        >>> Rounding(3).spelled(2 / 3), Rounding(3, places=True).spelled(-2e-9)
        ('0.667', '0.000')
        """
        if not self.places:
            return format(value, f".{self.digits}g")
        return format(value, f"z.{self.digits}f") if abs(value) < _NO_PLACES else repr(value)


def parse_number(text: str, dtype: DType = FLOAT64, mark: DecimalMark = DecimalMark.POINT) -> float:
    """Return the number of the dtype that is nearest to a decimal; `nan` and `inf` count, however spelled.

    The decimal is rounded once, to the dtype, not to float64 first.

    Args:
        text: the decimal.
        dtype: what it is rounded to.
        mark: its decimal mark.

    Raises:
        ValueError: it is not a number, is missing, or is too large for the dtype; the message says which.
    """
    word = text.strip()
    if word[:1] == '"' == word[-1:] and len(word) > 1:
        word = word[1:-1].strip()
    if word.lower() in MISSING:
        raise ValueError("is missing")
    plain = _pointed(word) if mark is DecimalMark.COMMA else word
    if not _NUMBER.fullmatch(plain):
        if mark is DecimalMark.COMMA and meant(word):
            raise ValueError("is not a number: write 1234,5, with a comma and nothing between digits")
        if _SEPARATED.fullmatch(word):
            other = ", or say --decimal ," if word.count(",") == 1 and "." not in word else ""
            raise ValueError(f"is not a number: write 1234.5, with a point and nothing between digits{other}")
        raise ValueError("is not a number")
    word = plain.replace("−", "-").replace("∞", "inf")
    wide = float(word)
    if not math.isfinite(wide):
        if word[-1:].isdigit() or word[-1:] == ".":
            raise ValueError(f"is too large for {dtype.name}")
        return wide
    if dtype is FLOAT64:
        return wide
    value = _narrow(word, wide, dtype)
    if reason := _outside(wide, value, dtype):
        raise ValueError(reason)
    return value


def parse_constant(text: str, dtype: DType = FLOAT64) -> float:
    """Return the number of the dtype nearest to what people type: a decimal, or a formula without x.

    1/3, -2*pi and sqrt(2) are such formulas. They are rounded once, to the dtype, as decimals are.

    Raises:
        ValueError: it is neither, or has no finite value of the dtype; the message says which.
    """
    word = text.strip()
    try:
        return parse_number(word, dtype)
    except ValueError:
        if _NUMBER.fullmatch(word) or not _FORMULA.search(word) or _NO_FORMULA.search(word):
            raise
    exact = _value(word)
    try:
        wide = float(exact)
        value = wide if dtype is FLOAT64 else _narrow(exact, wide, dtype)
    except OverflowError:
        wide = value = math.inf
    if reason := _outside(wide, value, dtype):
        raise ValueError(reason)
    return value


def _outside(wide: float, value: float, dtype: DType) -> str:
    """Return why a number has none of the dtype near it, or '' if it has: the value that it is rounded to."""
    if not dtype.signed and wide <= 0:
        return f"is not positive, as numbers of {dtype.name} are"
    beyond = dtype.largest + float(dtype.spacing(dtype.largest)) / 2
    is_large = not math.isfinite(value) or (not dtype.nan and abs(wide) > beyond)
    return f"is too large for {dtype.name}" if is_large else ""


def _value(text: str) -> Fraction:
    """Return the value of a formula without x, or raise `ValueError` that says why there is none."""
    from actcli.core.formula.constants import known  # what decimals do not need
    from actcli.core.formula.expression import X, in_order
    from actcli.core.formula.grammar import parse
    from actcli.errors import FormulaError

    try:
        found = parse(text)
    except FormulaError as error:
        two = ": " + error.hint if "two readings" in error.message else ""
        raise ValueError(f"has two readings{two}" if two else "is not a number") from None
    if found.parameters or X in in_order(found.expression):
        raise ValueError("is not a number")
    value = known(found.expression)
    if value is None:
        raise ValueError("has no finite value")
    return value


def whole(text: str) -> int | None:
    """Return the whole number that decimal digits say, or None: what has more than 18 counts nothing here."""
    return int(text) if text.isdecimal() and len(text) <= 18 else None


def is_number(text: str) -> bool:
    """Tell whether a text is a number as `parse_number` takes it, without blanks around it, of any size."""
    return _NUMBER.fullmatch(text) is not None


def meant(text: str) -> bool:
    """Tell whether a text is meant as a number, even with a decimal comma or thousands separators."""
    return is_number(text) or _SEPARATED.fullmatch(text) is not None


def _pointed(text: str) -> str:
    """Return a number with a decimal comma as one with a point; one that has a point is none."""
    return text.replace(".", "?").replace(",", ".")


def parse_cells(
    cells: Sequence[str], dtype: DType = FLOAT64, mark: DecimalMark = DecimalMark.POINT
) -> tuple[Array, list[BadCell]]:
    """Return the numbers in cells, NaN where a cell holds none, and a list of those cells."""
    texts = cells if mark is DecimalMark.POINT else list(map(_pointed, cells))
    try:
        values = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        values = np.fromiter(map(_float, texts), np.float64, len(texts))
    else:
        text = "".join(texts)
        if "_" in text or not text.isascii():
            values = np.fromiter(map(_float, texts), np.float64, len(texts))
    return settle(values, cells, dtype, mark)


def parse_lines(
    data: bytes,
    delimiter: str,
    width: int,
    chosen: Sequence[int],
    dtype: DType = FLOAT64,
    mark: DecimalMark = DecimalMark.POINT,
) -> Iterator[tuple[Array, list[BadCell]]]:
    """Yield for each chosen column of many lines what `parse_cells` returns.

    Args:
        data: lines of `width` cells without quotes, each ended by a line feed.
        delimiter: what stands between cells; nothing where a line is one.
        width: how many cells a line has.
        chosen: the indices of the columns.
        dtype: what numbers are rounded to.
        mark: their decimal mark.
    """
    columns = {index: i for i, index in enumerate(sorted(set(chosen)))}
    cells = cells_at(data, delimiter, width, list(columns))
    values, unread = read(cells, mark)
    for place in unread.tolist():
        text = cells[place]
        values[place] = _float(text if mark is DecimalMark.POINT else _pointed(text))
    for index in chosen:
        some = slice(columns[index], None, len(columns))
        column = Cells(data, cells.starts[some], cells.ends[some])
        yield settle(values[some], column, dtype, mark)


def late_numbers(cells: Sequence[str]) -> list[BadCell]:
    """Return the cells that are numbers in a column that was empty above: it would have been read."""
    if _LATE.search("\n".join(cells)) is None:
        return []
    reason = "is a number in a column without a name, empty so far: -c chooses those to read"
    return [BadCell(row, cell, reason) for row, cell in enumerate(cells) if _LATE.fullmatch(cell)]


LATE = r"^ *[+\-−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-−]?[0-9]+)? *$"
"""A number with digits, as an empty column should not have it."""

_LATE = re.compile(LATE, re.MULTILINE)


def _float(cell: str) -> float:
    """Return the `float` of a cell, or NaN; digits of other scripts and 1_000 are no numbers."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else math.nan
    except ValueError:
        return math.nan


def settle(
    values: Array,
    cells: Sequence[str] | Cells,
    dtype: DType = FLOAT64,
    mark: DecimalMark = DecimalMark.POINT,
) -> tuple[Array, list[BadCell]]:
    """Round numbers read from cells to the dtype, once, and return the cells that hold no number of it.

    Args:
        values: the float64 nearest to each cell, changed in place; those not finite are parsed again.
        cells: their text.
        dtype: what the numbers are rounded to.
        mark: their decimal mark.
    """
    rounded = dtype.round(values)
    again = ~np.isfinite(rounded)
    if not dtype.nan:
        again |= np.abs(rounded) == dtype.largest
    if dtype is not FLOAT64:
        again |= _ties(values, dtype)
    bad = []
    for row in np.flatnonzero(again).tolist():
        try:
            rounded[row] = parse_number(cells[row], dtype, mark)
        except ValueError as error:
            rounded[row] = np.nan
            bad.append(BadCell(row, cells[row], str(error)))
    return rounded, bad


def _ties(values: Array, dtype: DType) -> NDArray[np.bool_]:
    """Tell which numbers lie midway between two of the dtype: the text may lie to one side."""
    with np.errstate(over="ignore"):
        below, above = dtype.round(np.nextafter(values, -np.inf)), dtype.round(np.nextafter(values, np.inf))
    return np.asarray(below != above)


def _narrow(word: str | Fraction, wide: float, dtype: DType) -> float:
    """Round a number to the dtype: where its float64 lies midway, the number itself decides."""
    below, value, above = dtype.round([math.nextafter(wide, -math.inf), wide, math.nextafter(wide, math.inf)])
    if below != above and (below + above) / 2 == wide:
        from fractions import Fraction  # which is slow to import, and this is rare

        if side := Fraction(word) - Fraction(wide):
            value = above if side > 0 else below
    return float(value)


def is_json_number(text: str) -> bool:
    """Tell whether the text is a number as JSON writes it."""
    return _JSON_NUMBER.fullmatch(text) is not None


def format_number(value: float, dtype: DType | None = None, rounding: Rounding | None = None) -> str:
    """Return the shortest text that reads back to the same number of that dtype (float64 by default).

    Rounded, for people, if they ask for it.
    """
    return format_numbers(np.asarray([value], np.float64), dtype, rounding)[0]


def format_numbers(
    values: NDArray[Any], dtype: DType | None = None, rounding: Rounding | None = None
) -> list[str]:
    """Return the text of every number of an array, as `format_number` does; whole numbers have no point."""
    if values.dtype.kind in "biuOSU":
        return list(map(str, values.tolist()))
    form = dtype or of(values.dtype)
    if isinstance(form, Quantised):  # whose numbers have the digits of the float32 that they are made to
        form = FLOAT32
    wide = values.astype(np.float64, copy=False) if form is FLOAT64 else form.round(values)
    if rounding is not None:
        return list(map(rounding.spelled, wide.tolist()))
    if form is FLOAT64 and len(wide) < _FEW:
        return list(map(repr, wide.tolist()))
    from actcli.tables import digits

    return digits.spelled(wide, form).decode().splitlines()

"""The marks of a text table: what separates its cells, and what its decimals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actcli.errors import DataError, shown
from actcli.tables.csv_parser import BLANK, split, unquoted
from actcli.tables.formats import Format
from actcli.tables.numbers import DecimalMark, meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_QUOTED = re.compile(r'"[^"]*"')
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9]),(?=[0-9])|(?<![^\s+\-−;|]),(?=[0-9])")  # 0,5 and ,5
_BESIDE_BLANK = re.compile(r"[0-9][ \t]+[+\-−]?[.,]?[0-9]")
_BESIDE = {
    mark: re.compile(rf"[0-9]\s*[{others}]|[{others}]\s*[+\-−]?[.,]?[0-9]")
    for mark, others in ((",", ";|"), (";", "|"), ("|", ";"))
}
"""Of each delimiter: digits beside another, in one of its cells."""

_COMMA = re.compile(r"[+\-−]?([0-9]*),([0-9]*)(e[+\-−]?[0-9]+)?", re.IGNORECASE | re.ASCII)
_POINT = re.compile(r"[+\-−]?[0-9]*\.[0-9]*(?:e[+\-−]?[0-9]+)?", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(r"[+\-−]?[0-9]+", re.ASCII)
_GROUP = re.compile(r"[+\-−]?[1-9][0-9]{0,2}", re.ASCII)
_GROUPS = re.compile(r"[+\-−]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+", re.ASCII)
_GROUPED_BY_BLANKS = re.compile(r"\s*[+\-−]?[1-9][0-9]{0,2}(?: [0-9]{3})+,[0-9]+\s*", re.ASCII)
_PAIRS = re.compile(r"\s*[+\-−]?[0-9]+,[0-9]+(?:, +[+\-−]?[0-9]+,[0-9]+)+\s*", re.ASCII)
_MEND = "--decimal , where a comma is the decimal mark, --decimal . where it separates cells"


def delimiter_of(line: str, below: str, form: Format | None, mark: DecimalMark | None) -> str:
    """Return the delimiter of a table: a character, `BLANK`, or '' where a line is one cell.

    Where there are several marks, a cell that has digits beside another delimiter shows a wrong one, and so
    do records of different lengths. A first record without one may be the name of the only column, or of the
    only one that has a name.

    Args:
        line: the first record.
        below: the one after it, or ''.
        form: CSV or TSV, which leave less choice.
        mark: the decimal mark if it is known: a decimal comma separates nothing.
    """
    bare = _QUOTED.sub("", line)
    if form is Format.TSV or (form is not Format.CSV and "\t" in bare):
        return "\t"
    free = _BETWEEN_DIGITS.sub("", _QUOTED.sub('"', line)) if mark is DecimalMark.COMMA else bare
    found = [sign for sign in ",;|" if sign in free]
    if found:
        right = min(found, key=lambda sign: _doubts(line, below, sign))
        return BLANK if right == "," and form is not Format.CSV and _is_blank(line) else right
    if form is Format.CSV and "\t" in bare:
        return "\t"
    words = re.search(r"\S\s+\S", bare) or re.search(r"\s\"|\"\s", line.strip())
    if below.strip() and below.strip()[0] not in "[({":  # a list in a cell has marks of its own
        under = delimiter_of(below, "", form, mark)
        if under == "," and mark is not DecimalMark.POINT and meant(below.strip()):  # a decimal comma
            return ""
        return BLANK if under == "" and words and len(split(below, BLANK)) > 1 else under
    return "," if form is Format.CSV else BLANK if words else ""


def _doubts(line: str, below: str, delimiter: str) -> tuple[bool, bool, bool]:
    """Return what speaks against a delimiter: the first record, the one after it, or their lengths."""
    cells = split(line, delimiter)
    if not below.strip():
        return _wrong(cells, delimiter), False, False
    under = split(below, delimiter)
    even = len(under) - len(cells) in (0, 1)  # R writes no name for the names of rows
    return _wrong(cells, delimiter), _wrong(under, delimiter), not even


def _wrong(cells: Sequence[str], delimiter: str) -> bool:
    """Tell whether cells show that their delimiter is none."""
    for cell in cells:
        if cell.lstrip(" ").startswith('"'):
            continue
        if _BESIDE[delimiter].search(cell):
            return True
        if delimiter != "," and "," in cell and _BETWEEN_DIGITS.search(cell) and not meant(cell.strip()):
            return True
    return False


def _is_blank(line: str) -> bool:
    """Tell whether a line with commas has numbers with decimal commas between blanks."""
    words = [word for word in split(line, BLANK) if "," in word]
    return any(_BESIDE_BLANK.search(cell) for cell in line.split(",")) and all(
        meant(word) and word[-1] != "," for word in words
    )


def decimal_mark(cells: Iterable[str]) -> DecimalMark:
    """Return the decimal mark of the numbers in cells: a comma if it must be one.

    1,234 may be grouped, and a table with both marks has a wrong one.
    """
    comma = False
    for cell in cells:
        text = unquoted(cell).strip()
        if _POINT.fullmatch(text):
            return DecimalMark.POINT
        comma = comma or _must_be_decimal(text)
    return DecimalMark.COMMA if comma else DecimalMark.POINT


def _must_be_decimal(text: str) -> bool:
    found = _COMMA.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        return False
    return bool(found[3]) or len(found[2]) != 3 or found[1].startswith("0") or not 1 <= len(found[1]) <= 3


def check_commas(
    rows: Sequence[Sequence[str]],
    lines: Sequence[str],
    delimiter: str,
    mark: DecimalMark | None,
    place: str,
    *,
    header: bool,
) -> None:
    """Refuse a table in which a comma may be a delimiter or the decimal mark, or would have to be both.

    Args:
        rows: the cells of the rows of data.
        lines: their text.
        delimiter: what was taken to separate them.
        mark: the decimal mark, if it is known.
        place: where the first of them is.
        header: whether the table has a header, which tells.

    Raises:
        DataError: both may be meant, or neither can be.
    """
    if mark is DecimalMark.COMMA and delimiter == ",":
        for line in lines:
            if _BETWEEN_DIGITS.search(_QUOTED.sub('"', line)):
                raise DataError(
                    f"{place}: {shown(line.strip())}: the comma separates cells, and decimals too",
                    "write ; between cells, or numbers between quotes",
                )
    if mark is not None:
        return
    if not lines:
        return
    if delimiter == BLANK and all(map(_GROUPED_BY_BLANKS.fullmatch, lines)):
        raise DataError(f"{place}: {shown(lines[0].strip())} is one number or several", "write 1234.5")
    numbered = (_COMMA.fullmatch(line.strip()) for line in lines)
    if delimiter == "" and header and all(n and n[1] == str(i) for i, n in enumerate(numbered, 1)):
        raise _doubtful(lines[0], place)  # R numbers rows so
    if delimiter != "," or header:
        return
    pairs = all(len(row) == 2 for row in rows)
    whole = pairs and all(_WHOLE.fullmatch(cell.strip()) for row in rows for cell in row)
    if (
        all(map(_PAIRS.fullmatch, lines))
        or (whole and any(_is_odd_pair(*row) for row in rows))
        or (pairs and all(_is_grouped_pair(*row) for row in rows))
    ):
        raise _doubtful(lines[0], place)


def _doubtful(line: str, place: str) -> DataError:
    return DataError(f"{place}: {shown(line.strip())}: the comma may separate cells or decimals", _MEND)


def _is_odd_pair(first: str, second: str) -> bool:
    """Tell whether two cells rather are one number with a decimal comma: 0,05 or -0,5."""
    return (len(second) > 1 and second[0] == "0") or first.strip() in ("-0", "−0")


def _is_grouped_pair(first: str, second: str) -> bool:
    """Tell whether two cells may be one number with thousands apart: 1.234,5 or 1,234.5."""
    if _GROUPS.fullmatch(first.strip()):
        return second.isdecimal()
    return (
        _GROUP.fullmatch(first.strip()) is not None and re.fullmatch(r"[0-9]{3}\.[0-9]+", second) is not None
    )

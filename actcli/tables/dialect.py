"""How a text lays out its table: what stands between cells, whether the first row is a header."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from actcli.errors import UsageError, nearest
from actcli.tables.chunk import unique
from actcli.tables.formats import Format
from actcli.tables.numbers import MISSING, meant

if TYPE_CHECKING:
    from collections.abc import Sequence

BLANK = " "
"""Stands for any run of spaces and tabs between cells."""

SAMPLE = 100
"""So many rows decide which columns hold numbers."""


class Layout(NamedTuple):
    """How lines become cells.

    Attributes:
        delimiter: what stands between cells: a character, `BLANK`, or '' where a line is one cell.
        names: the columns.
        chosen: the places of the columns that are read as numbers.
    """

    delimiter: str
    names: tuple[str, ...]
    chosen: tuple[int, ...]


def preamble(lines: Sequence[str]) -> tuple[int, str, str | None]:
    """Tell where the table begins: after blank lines, a `sep=;` of Excel, and remarks, which begin with #.

    Returns:
        The place of its first line, the delimiter that is told, or '', and the last remark, if any. If there
        are only remarks the first of them is the first line.
    """
    filled = [i for i, line in enumerate(lines) if line.strip()]
    told = _SEPARATOR.fullmatch(lines[filled[0]]) if filled else None
    mark = told[1] if told else ""
    filled = filled[1:] if told else filled
    if not filled:
        return len(lines), mark, None
    table = next((i for i in filled if not lines[i].startswith("#")), filled[0])
    remarks = [lines[i] for i in filled if i < table] or [lines[i] for i in filled[:1] if lines[i][0] == "#"]
    return table, mark, remarks[-1] if remarks else None


_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\r?', re.IGNORECASE)


def titles(remark: str) -> str:
    """Return the names of columns that a remark holds, as NumPy and gnuplot write them."""
    return remark.lstrip("# ")


def delimiter_of(line: str, form: Format | None) -> str:
    """Return what stands between the cells of a first line, which the format may say."""
    bare = re.sub(r'"[^"]*"', "", line)
    if form is Format.TSV:
        return "\t"
    if form is Format.CSV:
        return next((mark for mark in _MARKS if mark in bare), ",")
    for mark in "\t,;|":
        if mark in bare:
            return mark
    return BLANK if re.search(r"\S\s+\S", bare) or re.search(r"\s\"|\"\s", line.strip()) else ""


def split(line: str, delimiter: str) -> list[str]:
    """Return the cells of a record as they stand, quotes included."""
    if not delimiter:
        return [line]
    if delimiter == BLANK:
        return line.split() if '"' not in line else _words().findall(line)
    if '"' not in line:
        return line.split(delimiter)
    return _cell(delimiter).findall(line + delimiter)


_MARKS = ",;\t|"
_QUOTED = r' *"(?:[^"]|"")*+"'


@cache
def _words() -> re.Pattern[str]:
    return re.compile(r'"(?:[^"]|"")*"|\S+')


@cache
def _cell(mark: str) -> re.Pattern[str]:
    return re.compile(rf"({_QUOTED}[^{mark}]*|[^{mark}]*)[{mark}]")


@cache
def _cells(mark: str) -> re.Pattern[str]:
    return re.compile(rf"({_QUOTED}[^{mark}\r\n]*|[^{mark}\r\n]*)([{mark}\n]|\r\n)")


def cells_of(text: str, delimiter: str, width: int) -> tuple[str, ...] | None:
    """Return the cells of whole records, row by row, or None if not every row has `width` of them."""
    found = _cells(delimiter).findall(text)
    if not found or len(found) % width:
        return None
    cells, marks = zip(*found, strict=True)
    ends = [some.count("\n") + some.count("\r\n") for some in (marks, marks[width - 1 :: width])]
    return cells if ends == [len(cells) // width] * 2 else None


@cache
def _open_cell(mark: str) -> re.Pattern[str]:
    return re.compile(rf'(?:(?:{_QUOTED}[^{mark}]*|(?! *")[^{mark}]*)[{mark}])*+ *"(?:[^"]|"")*+')


def unclosed(line: str, delimiter: str) -> bool:
    """Tell whether a record goes on after a line feed, since a quoted cell has not ended."""
    return '"' in line and _open_cell(delimiter).fullmatch(line) is not None


def unquoted(cell: str) -> str:
    """Return what a cell says: without the quotes around it, if it has any."""
    bare = cell.strip(" ")
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        return bare[1:-1].replace('""', '"')
    return cell


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of some rows names the columns.

    It does not if its first cell begins as a number does, even one that is none: a row of data is not to be
    passed over. Else it does if it holds words and no number, and does not if it holds numbers alone. Where
    it holds both, it is a header if a word, or an empty cell, has a number below it, as where pandas writes a
    nameless index.
    """
    if led_by_number(rows[0]):
        return False
    kinds = {_kind(cell) for cell in rows[0]}
    if "number" not in kinds:
        return "word" in kinds
    if not undecided(rows[0]) or len(rows) < 2:
        return False
    return any(
        _kind(below) == "number" != _kind(cell) and (not cell or _kind(cell) == "word")
        for cell, below in zip(rows[0], rows[1], strict=False)
    )


def names_what_follows(title: Sequence[str], rows: Sequence[Sequence[str]], *, told: bool) -> bool:
    """Tell whether the words of a remark name the columns of the rows below it, rather than the first row.

    It does not where one of them is a number, as in `# seed 42`.

    Args:
        title: the words.
        rows: the rows.
        told: whether it is known that something names the columns.
    """
    if told:
        return any(_kind(cell) == "number" for cell in rows[0])
    numbers = any(_kind(word) == "number" for word in title)
    return not numbers and " " not in title[0] and is_header([title, *rows]) and not is_header(rows)


def undecided(row: Sequence[str]) -> bool:
    """Tell whether a first row does not say alone if it is a header: it holds numbers and other things."""
    kinds = {_kind(cell) for cell in row}
    return len(kinds) > 1 and "number" in kinds and not led_by_number(row)


def led_by_number(row: Sequence[str]) -> bool:
    """Tell whether the first cell of a row begins as a number does, or is one; in quotes it may be a name."""
    return _kind(row[0]) == "number" or _NUMBERLIKE.match(row[0]) is not None


_NUMBERLIKE = re.compile(r"\s*[+\-−]?\.?[0-9]")


def is_word(cell: str) -> bool:
    """Tell whether a cell holds something that is not meant as a number."""
    return _kind(cell) == "word"


def names_of(row: Sequence[str], header: bool) -> tuple[str, ...]:
    """Return what the columns are called: by the header, or x alone, or c1, c2 and so on."""
    if header:
        return unique(unquoted(cell).strip() for cell in row)
    return ("x",) if len(row) == 1 else tuple(f"c{i + 1}" for i in range(len(row)))


def numeric(rows: Sequence[Sequence[str]], names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that hold numbers, judged by some rows; all of them if none does.

    A column is left out only if every cell that is there is a word: one number among words makes a column
    with bad cells, which are to be told, not to be passed over. So is one without a name that holds nothing,
    as where every line ends with a delimiter.
    """
    kinds = [{_kind(row[i]) for row in rows[:SAMPLE] if i < len(row)} for i in range(len(names))]
    found = tuple(
        name
        for name, kind in zip(names, kinds, strict=True)
        if "number" in kind or ("word" not in kind and (name or not kind))
    )
    return found or tuple(names)


def choose(names: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the wanted columns, each given by name or by number from 1.

    Raises:
        UsageError: there is no such column.
    """
    chosen = []
    for want in wanted:
        if want in names:
            chosen.append(want)
        elif want.isdecimal() and 1 <= int(want) <= len(names):
            chosen.append(names[int(want) - 1])
        else:
            known = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
            raise UsageError(f"no column {want!r}", nearest(want, names) or f"the columns are {known}")
    return tuple(dict.fromkeys(chosen))


def _kind(cell: str) -> str:
    """Tell whether a cell is missing, a word, or a number, even one that is too large or spelled 1_000."""
    text = unquoted(cell).strip()
    if text.lower() in MISSING:
        return "missing"
    return "number" if meant(text) else "word"

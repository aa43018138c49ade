"""Detection of the layout of a text table from its first lines: comments, delimiter, header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from actcli.tables.columns import SAMPLE, CellKind, kind_of
from actcli.tables.csv_parser import BLANK, decoded, records, split
from actcli.tables.formats import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.tables.line_blocks import Block


class Head(NamedTuple):
    """The beginning of a text table.

    Attributes:
        block: the lines that were read to detect it.
        delimiter: what separates cells: a character, `BLANK`, or '' where a line is one cell.
        rows: the cells of the first rows, those of the header included.
        header: whether the first row is a header.
        skipped: the number of lines before the first row of data.
    """

    block: Block
    delimiter: str
    rows: list[list[str]]
    header: bool
    skipped: int


def sniff(stream: Iterator[Block], form: Format | None, header: bool | None) -> Head | None:
    """Read blocks until the header is known and a row of data has come, or the file ends.

    Args:
        stream: the blocks of the file; those that were read come back as one, in the result.
        form: CSV or TSV; None detects the delimiter.
        header: whether the first row names the columns; None detects it.

    Returns:
        The head of the table, or None if there are no rows.
    """
    read: Block | None = None
    for block in stream:
        read = (
            block
            if read is None
            else read._replace(data=read.data + block.data, feeds=read.feeds + block.feeds)
        )
        if (head := _head(read, form, header, complete=False)) is not None:
            return head
    return None if read is None else _head(read, form, header, complete=True)


def _head(block: Block, form: Format | None, header: bool | None, *, complete: bool) -> Head | None:
    """Return the head of the table, or None if these lines do not decide and the file is not complete."""
    lines = decoded(block._replace(data=_first_lines(block.data))).split("\n")
    first, told, comment = _preamble(lines)
    if first == len(lines) or (comment == lines[first] and len(lines) <= SAMPLE and not complete):
        return None  # only comments so far
    start = lines[first]
    for line in lines[first + 1 :]:  # a line feed between quotes belongs to the first record
        if start.count('"') % 2 == 0:
            break
        start = f"{start}\n{line}"
    delimiter = told or _delimiter_of(start, form)
    whole = records("\n".join(lines[first:]), delimiter)
    rows = [split(line, delimiter) for line in whole if line.strip()]
    if comment is not None and comment != start and header is not False:
        title = split(_uncommented(comment), delimiter)
        if len(title) == len(rows[0]) and _names_columns(title, rows, certain=header is True):
            return Head(block, delimiter, [title, *rows], header=True, skipped=first)
    may_be_header = header if header is not None else _undecided(rows[0]) or _is_header(rows)
    if may_be_header and len(rows) == 1 and not complete:
        return None  # the first row of data has not come
    titled = [split(_uncommented(start) if comment == start else start, delimiter), *rows[1:]]
    named = _is_header(titled) if header is None else header
    rows = titled if named else rows
    if named and len(rows) > 1 and all(len(row) == len(rows[0]) + 1 for row in rows[1:]):
        _complete(rows)
    return Head(block, delimiter, rows, named, first + (1 + whole[0].count("\n") if named else 0))


def _first_lines(data: bytes) -> bytes:
    """Return the first lines of a block: as many as a decision needs."""
    lines = data.split(b"\n", SAMPLE + 1)
    return data if len(lines) < SAMPLE + 2 else b"\n".join(lines[:-1]) + b"\n"


def _preamble(lines: Sequence[str]) -> tuple[int, str, str | None]:
    """Find where the table begins: after blank lines, Excel's `sep=;` and comments, which begin with #.

    Returns:
        The index of its first line, the delimiter that `sep=` gives or '', and the last comment, if any. If
        there are only comments, the first of them is the first line.
    """
    filled = [i for i, line in enumerate(lines) if line.strip()]
    separator = _SEPARATOR.fullmatch(lines[filled[0]]) if filled else None
    delimiter = separator[1] if separator else ""
    filled = filled[1:] if separator else filled
    if not filled:
        return len(lines), delimiter, None
    table = next((i for i in filled if not lines[i].startswith("#")), filled[0])
    comments = [lines[i] for i in filled if i < table] or [lines[i] for i in filled[:1] if lines[i][0] == "#"]
    return table, delimiter, comments[-1] if comments else None


_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\r?', re.IGNORECASE)


def _uncommented(comment: str) -> str:
    """Return the text of a comment, in which NumPy and gnuplot write the names of columns."""
    return comment.lstrip("# ")


def _delimiter_of(line: str, form: Format | None) -> str:
    """Return the delimiter of the cells of a first line; the format may decide it."""
    bare = re.sub(r'"[^"]*"', "", line)
    if form is Format.TSV:
        return "\t"
    if form is Format.CSV:
        return next((mark for mark in ",;\t|" if mark in bare), ",")
    for mark in "\t,;|":
        if mark in bare:
            return mark
    return BLANK if re.search(r"\S\s+\S", bare) or re.search(r"\s\"|\"\s", line.strip()) else ""


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of some rows is a header.

    A row whose first cell begins as a number does is none, even if that cell is no number: a row of data must
    not be dropped. A row of words without a number is a header, and a row of numbers alone is none. A row of
    both is a header if a word, or an empty cell, has a number below it; pandas writes an index without a name
    so.
    """
    first = rows[0]
    if _led_by_number(first):
        return False
    kinds = {kind_of(cell) for cell in first}
    if CellKind.NUMBER not in kinds:
        return CellKind.WORD in kinds
    if len(rows) < 2:
        return False
    return any(
        kind_of(below) is CellKind.NUMBER and (not cell or kind_of(cell) is CellKind.WORD)
        for cell, below in zip(first, rows[1], strict=False)
    )


def _names_columns(title: Sequence[str], rows: Sequence[Sequence[str]], *, certain: bool) -> bool:
    """Tell whether the words of a comment, and not the first row, name the columns of the rows below it.

    They do not if one of them is a number, as in `# seed 42`.

    Args:
        title: the words.
        rows: the rows.
        certain: whether the table is known to have a header.
    """
    if certain:
        return any(kind_of(cell) is CellKind.NUMBER for cell in rows[0])
    numbers = any(kind_of(word) is CellKind.NUMBER for word in title)
    return not numbers and " " not in title[0] and _is_header([title, *rows]) and not _is_header(rows)


def _undecided(row: Sequence[str]) -> bool:
    """Tell whether a first row holds numbers and other things: the row below it decides if it is a header."""
    return any(kind_of(cell) is CellKind.NUMBER for cell in row) and not _led_by_number(row)


def _led_by_number(row: Sequence[str]) -> bool:
    """Tell whether the first cell of a row is a number or begins like one; in quotes it may be a name."""
    return kind_of(row[0]) is CellKind.NUMBER or _NUMBERLIKE.match(row[0]) is not None


_NUMBERLIKE = re.compile(r"\s*[+\-−]?\.?[0-9]")


def _complete(rows: list[list[str]]) -> None:
    """Add the missing name to a header whose rows have one cell more, unless a decimal comma explains it."""
    if not any(row[-1].strip() for row in rows[1:]):
        rows[0].append("")  # every row ends with a delimiter
    elif len(rows[0]) > 1 or all(row[0].startswith('"') for row in rows[1:]):
        rows[0].insert(0, "")  # R writes no name for the names of its rows

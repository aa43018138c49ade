"""Detection of the layout of a text table from its first lines: comments, delimiter, header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from actcli.errors import DataError, shown
from actcli.tables.columns import SAMPLE, CellKind, begins_as_number, is_list, kind_of
from actcli.tables.csv_parser import decoded, records, split, unquoted
from actcli.tables.dialect import check_commas, delimiter_of
from actcli.tables.numbers import DecimalMark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.tables.formats import Format
    from actcli.tables.line_blocks import Block


_FEW = 1 << 16  # bytes above a table: what follows more is joined to them when it is no comment


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


class _Above(NamedTuple):
    """What stands above a table: blank lines, Excel's `sep=;` and comments, which begin with #.

    Attributes:
        lines: how many lines there are.
        size: how many bytes.
        delimiter: the one that `sep=` gives, or ''.
        comment: the last comment, or ''; of a table of comments alone, its first row.
    """

    lines: int
    size: int
    delimiter: str
    comment: str


def sniff(
    stream: Iterator[Block], form: Format | None, header: bool | None, mark: DecimalMark | None = None
) -> Head | None:
    """Read blocks until the header is known and a row of data has come, or the file ends.

    Args:
        stream: the blocks of the file; those that were read come back as one, in the result.
        form: CSV or TSV; None detects the delimiter.
        header: whether the first row names the columns; None detects it.
        mark: the decimal mark; None detects it.

    Returns:
        The head of the table, or None if there are no rows.

    Raises:
        DataError: the text is not UTF-8, or its commas have two readings.
    """
    read: list[Block] = []
    for block in stream:
        read.append(block)
        if len(read) == 1 or len(read[0].data) < _FEW or not _ABOVE.fullmatch(block.data):
            read = [_joined(read)]
            if (head := _head(read[0], form, header, mark, complete=False)) is not None:
                return head
    return _head(_joined(read), form, header, mark, complete=True) if read else None


def _joined(blocks: Sequence[Block]) -> Block:
    """Return blocks that follow one another as one."""
    if len(blocks) == 1:
        return blocks[0]
    data = b"".join(block.data for block in blocks)
    return blocks[0]._replace(data=data, feeds=sum(block.feeds for block in blocks))


_ABOVE = re.compile(
    rb"""(?P<lead>(?:\s*\n)?+(?:"?sep=(?P<mark>[,;\t|])"?[^\S\n]*\n(?:\s*\n)?+)?)(?P<comments>(?:\s*\#[^\n]*\n)*+(?:\s*\n)?+)""",
    re.IGNORECASE,
)


def _above(block: Block, *, complete: bool) -> _Above | None:
    """Return what stands above a table, or None if the table has not begun.

    Comments may be of any number, unless the first of very many are the rows of a table; so are those of a
    file that has nothing else.
    """
    found = _ABOVE.match(block.data)
    assert found
    lead, delimiter = found["lead"].count(b"\n"), (found["mark"] or b"").decode()
    text = decoded(block._replace(data=found["comments"], line=block.line + lead))
    comments = [line for line in text.split("\n") if line.strip()]
    alone = found.end() == len(block.data)
    if comments and ((alone and complete) or _are_rows(comments[:SAMPLE], delimiter)):
        return _Above(lead, found.end("lead"), delimiter, comments[0])
    if alone:
        return None
    return _Above(lead + text.count("\n"), found.end(), delimiter, comments[-1] if comments else "")


def _are_rows(comments: Sequence[str], delimiter: str) -> bool:
    """Tell whether comments are the rows of a table that has numbers, as colours may be: #ff0000,1."""
    if len(comments) < SAMPLE or any(line[1:2] in "# \t\r" for line in comments):
        return False
    delimiter = delimiter or delimiter_of(comments[0], "", None, None)
    rows = [split(line, delimiter) for line in comments]
    return len({len(row) for row in rows}) == 1 and any(
        all(kind_of(cell) is CellKind.NUMBER for cell in column) for column in zip(*rows, strict=True)
    )


def _head(
    block: Block,
    form: Format | None,
    header: bool | None,
    mark: DecimalMark | None,
    *,
    complete: bool,
) -> Head | None:
    """Return the head of the table, or None if these lines do not decide and the file is not complete."""
    if (above := _above(block, complete=complete)) is None:
        return None
    found = _FIRST.match(block.data, above.size)
    some = block._replace(data=found[0] if found else b"", line=block.line + above.lines)
    lines = decoded(some).split("\n")
    comment, first = above.comment, above.lines
    start = lines[0]
    for line in lines[1:]:  # a line feed between quotes belongs to the first record
        if start.count('"') % 2 == 0:
            break
        start = f"{start}\n{line}"
    below = next((line for line in lines[1 + start.count("\n") :] if line.strip()), "")
    delimiter = above.delimiter or delimiter_of(start, below, form, mark)
    whole = records("\n".join(lines), delimiter)
    filled = [line for line in whole if line.strip()]
    rows = [split(line, delimiter) for line in filled]
    if comment and comment != start and header is not False:
        title = split(_uncommented(comment).removesuffix("\r"), delimiter)
        if len(title) == len(rows[0]) and _names_columns(title, rows, certain=header is True):
            return Head(block, delimiter, [title, *rows], header=True, skipped=first)
    may_be_header = header if header is not None else _undecided(rows[0]) or _is_header(rows)
    counts = header is None and rows[0] == [str(i) for i in range(len(rows[0]))] and len(rows[0]) > 2
    if (may_be_header or counts) and len(rows) == 1 and not complete:
        return None  # the first row of data has not come
    if counts and len(rows) > 1 and all("." in cell for row in rows[1:] for cell in row):
        raise DataError(  # pandas writes columns without names so
            f"{block.name}:{block.line + first}: {shown(start)} may be names of columns",
            "--header if it names them, --no-header if it is a row",
        )
    names = _uncommented(start) if comment == start else start
    titled = [split(names.removesuffix("\r"), delimiter), *rows[1:]]
    named = _is_header(titled) if header is None else header
    rows = titled if named else rows
    skipped = first + (1 + whole[0].count("\n") if named else 0)
    place = f"{block.name}:{block.line + skipped}"
    check_commas(rows[named:], filled[named:], delimiter, mark, place, header=named)
    if named and len(rows) > 1 and all(len(row) == len(rows[0]) + 1 for row in rows[1:]):
        _complete(rows, certain=mark is DecimalMark.POINT)
    return Head(block, delimiter, rows, named, skipped)


_FIRST = re.compile(rb"(?:\s*+\S[^\n]*+\n){0,%d}+" % (SAMPLE + 1))
"""The first lines of a block, as many as a decision needs, blank ones between them not counted."""


def _uncommented(comment: str) -> str:
    """Return the text of a comment, in which NumPy and gnuplot write the names of columns."""
    return comment.lstrip("# ")


VALUES = frozenset({CellKind.NUMBER, CellKind.MISSING})
"""What cells below a header hold, rather than a header."""


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of some rows is a header.

    A row whose first cell begins as a number does is none, even if that cell is no number: a row of data must
    not be dropped. A row of words without a number is a header, and a row of numbers alone is none. A row of
    both is a header if a word, or an empty cell, has a number below it; pandas writes an index without a name
    so. A row in quotes above one without any is a header, digits or not.
    """
    first = rows[0]
    if len(rows) > 1 and _is_quoted(first) and not any('"' in cell for cell in rows[1]):
        return True
    if _led_by_number(first) or _holds_lists(rows):
        return False
    kinds = {kind_of(cell) for cell in first}
    if CellKind.NUMBER not in kinds:
        return bool(kinds - {CellKind.MISSING})
    if len(rows) < 2:
        return False
    return any(
        kind_of(below) is CellKind.NUMBER and (not cell or kind_of(cell) not in VALUES)
        for cell, below in zip(first, rows[1], strict=False)
    )


def _holds_lists(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row has lists of numbers, and so has the row below it, if there is one."""
    lists = [[is_list(unquoted(cell)) for cell in row] for row in rows[:2]]
    return any(map(all, zip(*lists, strict=False)))


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
    return _is_quoted(row) or (
        any(kind_of(cell) is CellKind.NUMBER for cell in row) and not _led_by_number(row)
    )


def _is_quoted(row: Sequence[str]) -> bool:
    """Tell whether all cells are in quotes that they do not need."""
    return all(cell.strip()[:1] == '"' and "," not in cell for cell in row)


def _led_by_number(row: Sequence[str]) -> bool:
    """Tell whether the first cell of a row is a number or begins like one; in quotes it may be a name."""
    kind = kind_of(row[0])
    broken = kind is CellKind.BROKEN and not row[0].lstrip().startswith('"')
    return kind is CellKind.NUMBER or broken or begins_as_number(row[0])


def _complete(rows: list[list[str]], *, certain: bool) -> None:
    """Add the missing name to a header whose rows have one cell more.

    A decimal comma may explain it, unless it is certain that there is none.
    """
    if not any(row[-1].strip() for row in rows[1:]):
        rows[0].append("")  # every row ends with a delimiter
    elif certain or len(rows[0]) > 1 or all(row[0].startswith('"') for row in rows[1:]):
        rows[0].insert(0, "")  # R writes no name for the names of its rows

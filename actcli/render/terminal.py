"""Tables and pages for people: pages are drawn by rich, which is imported when one is drawn, not before."""

from __future__ import annotations

import io
import os
import shutil
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TextIO

from actcli.errors import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

Align = Literal["left", "right"]

_GAP = 3  # spaces between two columns
_NARROWEST = 20  # columns that a terminal is taken to have at least
_ENDLESS = 1 << 20  # a width that nothing fills


def wants_colour(stream: TextIO) -> bool:
    """Whether colour may be written: to a terminal only, unless NO_COLOR or FORCE_COLOR says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int | None:
    """The width in characters that lines must fit into, or None for a pipe or a file."""
    return max(shutil.get_terminal_size().columns, _NARROWEST) if stream.isatty() else None


class TableRows(Protocol):
    """Some rows of a table."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every column, in order."""

    @property
    def columns(self) -> Mapping[str, Any]:
        """Every column by its name: text, or an array of numbers."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The text columns that were read as numbers."""

    @property
    def notes(self) -> Mapping[str, float]:
        """Numbers that hold for all rows, by their names."""

    def __len__(self) -> int: ...


class TableSink:
    """A table on a stream, written as its rows come.

    The first rows fix the widths of the columns and come under the header; later rows are added at once.
    A column whose later cells are longer grows from there on: no cell is ever cut. A table that is wider than
    the terminal is folded into groups of columns, with the row's number at the left of each.

    Args:
        stream: where to write.
        cells: returns a column of some rows as text by its name, or a note.
    """

    def __init__(self, stream: TextIO, cells: Callable[[Any, str], Sequence[str]]) -> None:
        self._stream = stream
        self._cells = cells
        self._widths: dict[str, int] = {}
        self._align: dict[str, Align] = {}
        self._count = 0

    def write(self, rows: TableRows) -> None:
        """Draw rows; the first ones under the header."""
        names = rows.names
        columns = {name: list(map(visible, self._cells(rows, name))) for name in names}
        first, read = not self._widths, set(rows.chosen)
        for name, cells in columns.items():
            longest = max(map(_width, cells), default=0)
            self._widths[name] = max(self._widths.get(name, _width(visible(name))), longest)
            self._align.setdefault(name, "right" if name in read else _align(rows, name, cells))
        label = len(str(self._count + len(rows)))
        groups = _groups(list(self._widths.values()), width_of(self._stream), label)
        numbers = [str(self._count + n) for n in range(1, len(rows) + 1)]
        for n, group in enumerate(groups):
            if len(groups) > 1 and (n or not first):
                self._stream.write("\n")
            chosen = [
                _Column(visible(name), self._widths[name], self._align[name], columns[name])
                for name in (names[i] for i in group)
            ]
            if len(groups) > 1:
                chosen.insert(0, _Column("", label, "right", numbers))
            self._draw(chosen, header=first or len(groups) > 1)
        self._count += len(rows)
        if rows.notes:
            self._stream.write("\n")
        self._stream.writelines(
            f" {visible(name)} = {visible(self._cells(rows, name)[0])}\n" for name in rows.notes
        )
        self._stream.flush()

    def _draw(self, columns: Sequence[_Column], *, header: bool) -> None:
        if header:
            names = _line((column.name for column in columns), columns)
            self._stream.write(f"\x1b[1m{names}\x1b[0m\n" if wants_colour(self._stream) else f"{names}\n")
            self._stream.write("─" * (sum(column.width + _GAP for column in columns) - 1) + "\n")
        for row in zip(*(column.cells for column in columns), strict=True):
            self._stream.write(f"{_line(row, columns)}\n")


class _Column(NamedTuple):
    name: str
    width: int
    align: Align
    cells: Sequence[str]


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _line(cells: Iterable[str], columns: Sequence[_Column]) -> str:
    texts = (_padded(cell, column.width, column.align) for cell, column in zip(cells, columns, strict=True))
    return f" {(' ' * _GAP).join(texts)}".rstrip()


def _padded(text: str, width: int, align: Align) -> str:
    space = " " * (width - _width(text))
    return text + space if align == "left" else space + text


def _align(rows: TableRows, name: str, cells: Sequence[str]) -> Align:
    """Return "right" for numbers, and for a text column whose cells are all numbers."""
    if hasattr(rows.columns[name], "dtype"):
        return "right"
    try:
        list(map(float, (cell.replace("−", "-") for cell in cells)))
    except ValueError:
        return "left"
    return "right"


def page(stream: TextIO, title: str, facts: Iterable[tuple[str, str]], *, summary: str = "") -> None:
    """Write a page about one thing: a title, a summary, and facts, each a name and a wrapped text.

    A fact with several lines keeps them; one without text is left out.
    """
    console = _console(stream)
    grid = _grid()
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in facts:
        if text:
            grid.add_row(name, "\n".join(map(visible, text.split("\n"))))
    _print(console, _styled(visible(title), "bold"), stream)
    if summary:
        _print(console, visible(summary), stream)
    stream.write("\n")
    _print(console, grid, stream)


def listing(stream: TextIO, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows of words under headings; the last column takes the remaining width."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, show_edge=False, header_style="bold")
    for name in names[:-1]:
        table.add_column(name, no_wrap=True)
    table.add_column(names[-1], overflow="fold")
    for row in rows:
        table.add_row(*map(visible, row))
    _print(_console(stream), table, stream)


def _groups(widths: Sequence[int], room: int | None, label: int) -> list[list[int]]:
    """Divide columns of the given widths into groups that fit the room: one group if all do."""
    if room is None or sum(w + _GAP for w in widths) - 1 <= room:
        return [list(range(len(widths)))]
    room -= label + _GAP - 1
    groups: list[list[int]] = [[]]
    taken = 0
    for i, width in enumerate(widths):
        if groups[-1] and taken + width + _GAP > room:
            groups.append([])
            taken = 0
        groups[-1].append(i)
        taken += width + _GAP
    return groups


def _grid() -> Table:
    from rich.table import Table

    return Table.grid(padding=(0, 2))


def _styled(text: str, style: str) -> Text:
    from rich.text import Text

    return Text(text, style=style)


def _console(stream: TextIO) -> Console:
    """A console that draws into memory: rich would turn a closed pipe into an exit code of its own."""
    from rich.console import Console

    colour = wants_colour(stream)
    return Console(
        file=io.StringIO(),
        force_terminal=colour,
        color_system="auto" if colour else None,
        width=width_of(stream) or _ENDLESS,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )


def _print(console: Console, what: RenderableType, stream: TextIO) -> None:
    with console.capture() as drawn:
        console.print(what)
    stream.writelines(f"{line.rstrip()}\n" for line in drawn.get().splitlines())

"""The columns of a table: their names, which of them hold numbers, and which of them are asked for."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from actcli.errors import UsageError, nearest
from actcli.tables.csv_parser import unquoted
from actcli.tables.numbers import MISSING, meant

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE = 100
"""How many rows decide which columns hold numbers."""


class CellKind(Enum):
    """What a cell of text holds."""

    MISSING = auto()
    NUMBER = auto()
    WORD = auto()


def kind_of(cell: str) -> CellKind:
    """Return what a cell holds; a number that is too large, or is spelled 1_000, is a number too."""
    text = unquoted(cell).strip()
    if text.lower() in MISSING:
        return CellKind.MISSING
    return CellKind.NUMBER if meant(text) else CellKind.WORD


def default_names(width: int) -> tuple[str, ...]:
    """Return the names of columns that nothing names: x for one alone, else c1, c2 and so on."""
    return ("x",) if width == 1 else tuple(f"c{i + 1}" for i in range(width))


def numeric(rows: Sequence[Sequence[str]], names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that hold numbers, judged by the first `SAMPLE` rows; all of them if none does.

    A column is left out only if every cell in it is a word: one number among words makes a column with bad
    cells, which must be reported. A column without a name and with empty cells only is left out too: it
    comes of a delimiter at the end of every line.
    """
    kinds = [{kind_of(row[i]) for row in rows[:SAMPLE] if i < len(row)} for i in range(len(names))]
    found = tuple(
        name
        for name, kind in zip(names, kinds, strict=True)
        if CellKind.NUMBER in kind or (CellKind.WORD not in kind and (name or not kind))
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

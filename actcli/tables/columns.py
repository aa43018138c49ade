"""The columns of a table: their names, which of them hold numbers, and which of them are asked for."""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from actcli.errors import UsageError, nearest
from actcli.tables.csv_parser import unquoted
from actcli.tables.numbers import MISSING, meant, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE = 100
"""How many rows decide which columns hold numbers."""


_LABELS = frozenset(
    """
    index idx rowid row_number row_nr row_index row_names rownames row obs no nr
    id uid uuid guid userid key name line
    step global_step train_step training_step time_step timestep epoch iter iteration
    batch fold seed run trial sample example
    time timestamp wall_time datetime date year month day runtime
    label labels target targets class classes cls category truth ground_truth gt gold y_true
    true_label true_class class_label target_class
    """.split()  # noqa: SIM905 - a page to read
)
"""Names of columns that tell rows apart, count them, or hold what is to be predicted."""

_LABEL = re.compile(
    r".+[_ .-](?:id|idx)|.*[a-z](?:Id|ID|Idx)|__index_level_\d+__|level_\d+|Unnamed: 0(?:[._].*)?"
)
"""Names of more such columns; pandas writes the last three for an index without a name."""


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


def data_columns(
    names: Sequence[str], numeric: Sequence[str], indices: Sequence[str] = (), lists: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which columns of numbers are read where none is asked for, and which pass through unread.

    Unread are those that are an index, an id, a step or a target by their name, for want of one (pandas and R
    write none for the names of rows), or by what the file says; and beside columns of lists, which alone are
    read, all others. A table of one column is read whatever it is called.

    Args:
        names: every column.
        numeric: those that hold numbers.
        indices: those that the file itself calls an index.
        lists: those that hold a list of numbers in each row.

    Raises:
        UsageError: no other column holds numbers.
    """
    if len(names) == 1:
        return (*lists, *numeric), ()
    nameless = 0  # a second column without a name has got a number
    while nameless < len(names) and names[nameless] == (f"_{nameless + 1}" if nameless else ""):
        nameless += 1
    labels = {*indices, *names[:nameless], *filter(is_label, names)}
    if vectors := tuple(name for name in lists if name not in labels):
        return vectors, (*(name for name in lists if name in labels), *numeric)
    data = tuple(name for name in numeric if name not in labels)
    unread = tuple(name for name in numeric if name in labels)
    if unread and not data:
        raise UsageError(
            f"no column of numbers but {unread[0]!r}, which may be an index, an id, a step or a target",
            f"-c {_asked(unread[0], names)} if it is to be read",
        )
    return data, unread


def is_label(name: str) -> bool:
    """Tell whether a column is an index, an id, a step, a time or a target by its name."""
    plain = re.sub(r"\W+", "_", name.strip().lower()).strip("_")
    return plain in _LABELS or _LABEL.fullmatch(name.strip()) is not None


def _asked(name: str, names: Sequence[str]) -> str:
    """Return how -c asks for a column: by its name, or by its number if that does not go as an option."""
    return name if re.fullmatch(r"[^\W\d][\w.]*", name) else str(names.index(name) + 1)


def pandas_index(metadata: str) -> tuple[str, ...]:
    """Return the columns that are an index in what a Parquet or Arrow file has under the key `pandas`."""
    try:
        found = json.loads(metadata)["index_columns"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ()
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


def choose(names: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the wanted columns, each given by name or by number from 1.

    Raises:
        UsageError: there is no such column.
    """
    chosen = []
    for want in wanted:
        if want in names:
            chosen.append(want)
        elif (number := whole(want)) and number <= len(names):
            chosen.append(names[number - 1])
        else:
            known = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
            raise UsageError(f"no column {want!r}", nearest(want, names) or f"the columns are {known}")
    return tuple(dict.fromkeys(chosen))

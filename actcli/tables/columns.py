"""The columns of a table: their names, which of them hold numbers, and which of them are asked for."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from actcli.errors import UsageError, nearest
from actcli.tables.csv_parser import unquoted
from actcli.tables.numbers import MISSING, is_number, meant, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SAMPLE = 100
"""How many rows decide which columns hold numbers."""


_LABELS = frozenset(
    """
    index idx № pk rowid row_number row_nr row_index row_names rownames rowname rownum row obs no nr
    id uid uuid guid userid id_code name line file filename path image layer model version
    step global_step train_step training_step time_step timestep epoch iter iteration
    batch fold seed run trial sample example
    time timestamp wall_time datetime date year month day runtime
    sampleid id_code steps
    label labels target targets class classes cls category truth ground_truth gt gold y_true
    true_label true_class class_label target_class
    """.split()  # noqa: SIM905 - a page to read
)
"""Names of columns that tell rows apart, count them, or hold what is to be predicted."""

_NAMELESS = {"_c0": "_c1", "column0": "column1", "V1": "V2", "...1": "...2"}
"""What Spark, DuckDB and R call a first column without a name, and what they would call the next."""

_PANDAS = re.compile(r"__index_level_\d+__|level_\d+|Unnamed: 0(?:[._].*)?")
"""What pandas calls an index without a name."""


class CellKind(Enum):
    """What a cell of text holds.

    A broken number begins as a number does and is none: 3.0e, --1, $3.5, 5%. A code begins so too but is
    plainly something else: a version, an address, a name. A stamp is a date or a time. A sign stands alone: a
    dash or a point that may say that a number is missing.
    """

    MISSING = auto()
    NUMBER = auto()
    BROKEN = auto()
    CODE = auto()
    STAMP = auto()
    SIGN = auto()
    WORD = auto()


def kind_of(cell: str) -> CellKind:
    """Return what a cell holds; a number that is too large, or is spelled 1_000, is a number too."""
    if is_number(cell):  # as most are
        return CellKind.NUMBER
    text = unquoted(cell).strip()
    if text.lower() in MISSING:
        return CellKind.MISSING
    if meant(text):
        return CellKind.NUMBER
    if _NO_VALUE.fullmatch(text):
        return CellKind.BROKEN
    if not begins_as_number(text):
        return CellKind.SIGN if _SIGN.fullmatch(text) else CellKind.WORD
    if _STAMP.fullmatch(text):
        return CellKind.STAMP
    return CellKind.CODE if _CODE.fullmatch(text) else CellKind.BROKEN


def begins_as_number(text: str) -> bool:
    """Tell whether a text begins as a number does, after signs, a mark of currency, or a parenthesis."""
    return _LED.match(text) is not None


def is_list(text: str) -> bool:
    """Tell whether a text is numbers in brackets, as `[0.1, 0.2]`."""
    return _LIST.fullmatch(text) is not None


_LIST = re.compile(r"\s*(?:[a-zA-Z_.]+\()?[\[({][\[({\s]*(?:[+\-−]?\.?\d.*)?[\])}]\s*", re.DOTALL)
_LED = re.compile(r"\s*[(+\-−$€£¥]*\s?[.,]?[0-9]")
_NO_VALUE = re.compile(  # of Excel, of C, of MSVC; a bound, or a number that is not exact; a fraction
    r"\#[A-Z0-9/]+[!?] | [+\-−]?(?:nan|inf|infinity)[^\w\s].* | [+\-−]?\d\.\#\w+"
    r"| [<>=~≈≃≤≥±¯–—﹣－＋]+\s*[+\-−]?[.,]?\d.* | [+\-−]?\d*[¼-¾⅐-⅟] | [+\-−]?\.e[+\-−]?\d+",
    re.VERBOSE | re.IGNORECASE,
)
_SIGN = re.compile(r"[.+\-−–—*?±~<>=|:/\\^]+")
_NAMED = re.compile(r"[^\W\d][\w.]*\s*[:=]\s*[+\-−]?[.,]?\d.*")
_STAMP = re.compile(
    r"""(?: \d{4}([-/.])\d{1,2}(?:\1\d{1,2})? | \d{1,2}([-/.])\d{1,2}\2\d{2,4} | \d{4}-?Q\d | \d{8}
        | \d{1,2}[-\ .]+[A-Z][a-z]{2,8}[-\ ,.]+\d{2,4} ) (?:[T\ ]+\d.*)?
      | \d{1,3}:\d{2}(?: :\d{2}(?:[.,]\d+)?)? (?:\ ?[AP]M)? | \d+\ days.*""",
    re.VERBOSE | re.IGNORECASE,
)
_CODE = re.compile(
    r"""\d+(?:\.\d+){2,}\S*                       # a version, an address
      | \d+(?:st|nd|rd|th)
      | (?=\w*[a-f])(?=\w*\d)[\da-f-]{7,}         # a hash
      | \(.*,.*[)\]]                          # an interval
      | (?!\d+\.\d|\d+e\d|\d+\ +\S+$).*(?:[^\W\d]{4}|[^\W\d].*[^\W\d].*\d|\.[^\W\d]{2}).* """,
    re.VERBOSE | re.IGNORECASE,
)


def default_names(width: int) -> tuple[str, ...]:
    """Return the names of columns that nothing names: x for one alone, else c1, c2 and so on."""
    return ("x",) if width == 1 else tuple(f"c{i + 1}" for i in range(width))


def numeric(rows: Sequence[Sequence[str]], names: Sequence[str], *, titled: bool) -> tuple[str, ...]:
    """Return the columns that hold numbers, judged by some rows.

    A column is left out only if every cell in it is a word: one number among words makes a column with bad
    cells, which must be reported, and so do broken numbers. Under a header dates, codes and signs are words.
    In a table without one they may be broken numbers, but for dates, times and signs before the first number
    of a row; and so may `x=1.5` be in the only row.

    Args:
        rows: their cells.
        names: the columns.
        titled: whether the table has a header.
    """
    found: list[str] = []
    for i, name in enumerate(names):
        kinds = {kind_of(row[i]) for row in rows if i < len(row)}
        if CellKind.NUMBER in kinds:
            held = True
        elif CellKind.WORD in kinds:
            held = not titled and len(rows) == 1 and _NAMED.fullmatch(rows[0][i].strip()) is not None
        elif CellKind.BROKEN in kinds:
            held = True
        elif CellKind.CODE in kinds:
            held = not titled
        elif kinds & {CellKind.STAMP, CellKind.SIGN}:
            held = not titled and bool(found)
        else:
            held = True
        if held:
            found.append(name)
    return tuple(found)


def data_columns(
    names: Sequence[str], numeric: Sequence[str], indices: Sequence[str] = (), lists: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which columns of numbers are read where none is asked for, and which pass through unread.

    Unread are labels: each may be an index, an id, a step or a target; and beside columns of lists, which
    alone are read, all others. A table of one column is read whatever it is called.

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
    known = labels(names, indices)
    if vectors := tuple(name for name in lists if name not in known):
        return vectors, (*(name for name in lists if name in known), *numeric)
    data = tuple(name for name in numeric if name not in known)
    unread = (*lists, *(name for name in numeric if name in known))
    if unread and not data:
        raise UsageError(
            f"no column of numbers but {unread[0]!r}, which may be an index, an id, a step or a target",
            f"-c {_asked(unread[0], names)} if it is to be read",
        )
    return data, unread


def labels(names: Sequence[str], indices: Sequence[str] = ()) -> set[str]:
    """Return the columns that are an index, an id, a step, a time or a target.

    They are so by their name, for want of one (pandas and R write none for the names of rows), or by what the
    file says.

    Args:
        names: every column.
        indices: those that the file itself calls an index.
    """
    nameless = 0  # a second column without a name has got a number
    while nameless < len(names) and names[nameless] == (f"_{nameless + 1}" if nameless else ""):
        nameless += 1
    if len(names) > 1 and _NAMELESS.get(names[0], names[1]) != names[1]:
        nameless = 1
    return {*indices, *names[:nameless], *filter(_is_label, names)}


def _is_label(name: str) -> bool:
    plain = name.strip(" _.#").lower()
    plain = re.sub(r"[ .-]", "_", plain)
    if plain in _LABELS or plain.endswith(("_id", "_idx")) or name.strip() == "#":
        return True
    if name.endswith(("Id", "ID", "Idx")):
        return name[-4 if name[-1] == "x" else -3 :][:1].islower()
    return plain.startswith("row_number()") or (
        name.startswith(("Unnamed: 0", "level_", "__index")) and _PANDAS.fullmatch(name) is not None
    )


def _asked(name: str, names: Sequence[str]) -> str:
    """Return how -c asks for a column: by its name, or by its number if that does not go as an option."""
    return name if re.fullmatch(r"[^\W\d][\w.]*", name) else str(names.index(name) + 1)


def pandas_index(metadata: str) -> tuple[str, ...]:
    """Return the columns that are an index in what a Parquet or Arrow file has under the key `pandas`."""
    import json  # which most runs do not need

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
    chosen, known = [], frozenset(names)
    for want in wanted:
        if want in known:
            chosen.append(want)
        elif (number := whole(want)) and number <= len(names):
            chosen.append(names[number - 1])
        else:
            are = "they count from 1:" if re.fullmatch(r"0|-\d+", want) else "the columns are"
            raise UsageError(f"no column {want!r}", nearest(want, names) or f"{are} {listed(names)}")
    return tuple(dict.fromkeys(chosen))


def positions(names: Sequence[str], some: Iterable[str]) -> tuple[int, ...]:
    """Return where some of the columns stand; those that there are not are left out."""
    place = {name: i for i, name in enumerate(names)}
    return tuple(place[name] for name in some if name in place)


def listed(names: Sequence[str]) -> str:
    """Return the first names, as a message tells them."""
    return ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "")

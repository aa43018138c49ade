"""Lists of numbers in cells of text: `[0.1, 0.2]` as JSON writes them, `[0.1 0.2]` as NumPy does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import DataError
from actcli.tables.columns import SAMPLE, CellKind, kind_of
from actcli.tables.lists import Lists, gathered, offsets_of
from actcli.tables.numbers import MISSING, parse_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.core.dtypes import DType
    from actcli.tables.lists import ReadLists
    from actcli.tables.numbers import BadCell

_ENDS = ("]", ")", "}")


def readers(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> Mapping[str, ReadLists]:
    """Return what reads each column of lists of numbers, judged by the first `SAMPLE` rows.

    Args:
        rows: cells of text, or values of JSON, some of which may be missing at the end of a row.
        names: the columns.
    """
    depths: dict[int, int] = {}
    empty: set[int] = set()
    for row in rows[:SAMPLE]:
        for i, cell in enumerate(row):
            if isinstance(cell, list) or (isinstance(cell, str) and cell.rstrip()[-1:] in _ENDS):
                value = _nested(cell)
                if value == []:
                    empty.add(i)
                else:
                    depths[i] = max(depths.get(i, 0), _depth(value))
    found = dict.fromkeys(empty, 1) | depths
    return {names[i]: partial(_read, depth=depth) for i, depth in sorted(found.items()) if depth}


def _read(cells: Sequence[Any], dtype: DType, depth: int) -> tuple[Lists, list[BadCell]]:
    """Return cells as a column of lists, and those that hold none, or an element that is no number."""
    if depth == 1 and (found := _simple(cells, dtype)):
        return found, []
    from actcli.tables import jsontext

    column, leaves, bad = gathered(list(map(_nested, cells)), depth)
    values, odd = parse_cells(list(map(jsontext.cell, leaves)), dtype)
    return column.with_values(values), [*bad, *column.located(odd)]


def _simple(cells: Sequence[Any], dtype: DType) -> Lists | None:
    """Return cells as lists if each is numbers between commas in a pair of brackets."""
    inner = [cell.strip()[1:-1] for cell in cells if isinstance(cell, str) and cell[:1] == "["]
    if len(inner) < len(cells) or any(cell.rstrip()[-1] != "]" for cell in cells):
        return None
    lengths = [text.count(",") + 1 if text.strip() else 0 for text in inner]
    filled = [text for text in inner if text.strip()]
    values, odd = parse_cells(",".join(filled).split(",") if filled else [], dtype)
    return None if odd else Lists(values, (offsets_of(np.array(lengths, np.int64)),), (None,))


def _nested(cell: Any) -> Any:
    """Return a cell as a list, perhaps of lists; None if it is missing, and as it is if it is neither."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if text.lower() in MISSING:
        return None
    if not text.endswith(_ENDS):
        return cell
    if text[1:-1].strip() == "" and text[:1] == "[":
        return []
    # Few tables have lists, and the patterns of what is pasted take a while to compile.
    from actcli.tables import jsontext
    from actcli.tables.pasted import vector

    if (flat := vector(text)) is not None:
        return flat
    try:
        return jsontext.line(text, "") if text[:1] == "[" else cell
    except DataError:
        return cell


def _depth(value: Any) -> int:
    """Return how deep a list of numbers is nested; 0 for what is none, or has no number in it."""
    depth = 0
    while isinstance(value, list):
        depth += 1
        value = next((one for one in value if one not in (None, [])), None)
    return depth if isinstance(value, str) and kind_of(value) is CellKind.NUMBER else 0

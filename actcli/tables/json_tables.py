"""Tables in one JSON object, as `to_json` of pandas writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from actcli.tables.chunk import unique
from actcli.tables.jsontext import spelled
from actcli.tables.numbers import is_json_number

if TYPE_CHECKING:
    from collections.abc import Sequence


class JsonTable(NamedTuple):
    """The rows of a table in one object.

    Attributes:
        rows: an object for each row.
        indices: the columns that are the index.
    """

    rows: list[dict[str, Any]]
    indices: tuple[str, ...]


def table_of(whole: object) -> JsonTable | None:
    """Return the rows of a table in one JSON object, or None if it is none: then it is itself a row."""
    if not isinstance(whole, dict) or not whole:
        return None
    data = whole.get("data")
    if isinstance(data, list) and whole.keys() <= {"columns", "index", "data"} and _is_split(whole):
        names = unique(
            "_".join(map(str, name)) if isinstance(name, list) else str(name) for name in whole["columns"]
        )
        return _labelled([dict(zip(names, row, strict=True)) for row in data], whole.get("index"))
    if (
        whole.keys() == {"schema", "data"}
        and isinstance(data, list)
        and all(isinstance(row, dict) for row in data)
    ):
        schema = whole["schema"]
        key = schema.get("primaryKey", []) if isinstance(schema, dict) else []
        return JsonTable(data, tuple(map(str, key if isinstance(key, list) else [key])))
    parts = list(whole.values())
    if not all(isinstance(part, dict) and part and part.keys() == parts[0].keys() for part in parts):
        return None
    if _by_rows(whole, parts):
        return _labelled(parts, list(whole))
    labels = list(parts[0])
    return _labelled([{name: part[label] for name, part in whole.items()} for label in labels], labels)


def _by_rows(whole: dict[str, Any], parts: list[dict[str, Any]]) -> bool:
    """Tell whether objects in an object are rows; where nothing tells, they are columns, as is the default.

    They are rows if they are numbered and what is in them is not, or if text stands beside numbers in them.
    """
    if _are_numbers(whole) or _are_numbers(parts[0]):
        return not _are_numbers(parts[0])
    across = [{name: part[key] for name, part in whole.items()} for key in parts[0]]
    return _mixed(parts) and not _mixed(across)


def _is_split(whole: dict[str, Any]) -> bool:
    names, data = whole.get("columns"), whole["data"]
    if not isinstance(names, list) or not isinstance(data, list):
        return False
    return all(isinstance(row, list) and len(row) == len(names) for row in data)


def _labelled(rows: list[dict[str, Any]], labels: Sequence[Any] | None) -> JsonTable:
    """Return rows with their labels before them, unless these only count."""
    if (
        labels is None
        or len(labels) != len(rows)
        or [str(label) for label in labels] == [*map(str, range(len(rows)))]
    ):
        return JsonTable(rows, ())
    name = "index" if rows and "index" not in rows[0] else "level_0"
    return JsonTable([{name: label, **row} for label, row in zip(labels, rows, strict=True)], (name,))


def _mixed(parts: list[dict[Any, Any]]) -> bool:
    """Tell whether there is text beside numbers in one of some objects, as in a row rather than a column."""
    return any(
        len({is_json_number(spelled(one)) for one in part.values() if one is not None}) > 1 for part in parts
    )


def _are_numbers(labels: dict[str, Any]) -> bool:
    return all(label.removeprefix("-").isdecimal() for label in labels)

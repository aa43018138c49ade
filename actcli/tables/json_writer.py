"""Chunks as JSON: an object for each row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from actcli.tables.bulk import TypedRows
from actcli.tables.chunk import Passed
from actcli.tables.encode import cells
from actcli.tables.json_reader import ObjectRows
from actcli.tables.lists import Lists
from actcli.tables.numbers import format_numbers, is_json_number

if TYPE_CHECKING:
    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk
    from actcli.tables.numbers import Rounding

_CONSTANTS = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
_WORDS = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}


def objects(chunk: Chunk, dtype: DType | None, rounding: Rounding | None) -> list[str]:
    """Return the rows of a chunk as JSON objects; what is not finite is a string, since JSON lacks it.

    Objects of NDJSON keep every byte; the results are inserted before their closing braces.
    """
    rows, rest = chunk.untouched()
    if not isinstance(rows, ObjectRows) or rows.lines is None:
        return _templated(chunk, dtype, rounding)
    if not rest:
        return rows.lines
    added = [row[1:] for row in _templated(chunk.only(rest), dtype, rounding)]
    starts = [line[:-1].rstrip() for line in rows.lines]
    return [
        f"{start}{', ' if start[-1] != '{' else ''}{end}" for start, end in zip(starts, added, strict=True)
    ]


def _templated(chunk: Chunk, dtype: DType | None, rounding: Rounding | None) -> list[str]:
    columns = [_values(chunk, name, dtype, rounding) for name in chunk.names]
    template = "{" + ", ".join(f"{json.dumps(name).replace('%', '%%')}: %s" for name in chunk.names) + "}"
    return [template % row for row in zip(*columns, strict=True)]


def _values(chunk: Chunk, name: str, dtype: DType | None, rounding: Rounding | None) -> list[str]:
    column = chunk.columns[name]
    if isinstance(column, Passed) and isinstance(column.rows, ObjectRows):
        return column.rows.values[column.index]
    if isinstance(column, Passed) and isinstance(column.rows, TypedRows):
        return _typed(column.rows, column.index, chosen=name in chunk.chosen)
    if (read := chunk.lists.get(name)) is not None and isinstance(column, Passed):
        column = read  # cells of text are written as the lists that they were read as
    if isinstance(column, Lists):
        texts = format_numbers(column.values, dtype if name in chunk.computed else None, rounding)
        if column.values.dtype.kind not in "OSU":
            texts = [_CONSTANTS.get(text, text) for text in texts]
        return column.spelled(texts, absent="null")
    texts = cells(chunk, name, dtype, rounding)
    if isinstance(column, np.ndarray) and column.dtype.kind not in "OSU":
        return [_CONSTANTS.get(text, text) for text in texts]
    return list(map(_number if name in chunk.chosen else _string, texts))


def _typed(rows: TypedRows, index: int, *, chosen: bool) -> list[str]:
    """Return the values of a typed column, each as JSON of that type."""
    if (values := rows.values(index)) is not None:
        return list(map(_value, values))
    spell = _number if chosen or rows.numeric(index) else _quoted
    spelled = list(map(spell, rows.cells(index)))
    for row in rows.missing(index):
        spelled[row] = "null"
    return spelled


def _value(value: object) -> str:
    """Return a boolean, a list or a struct as JSON; dates and the like in it are strings."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        return _number(repr(value))
    return json.dumps(value, ensure_ascii=False, default=str)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(text: str) -> str:
    """Return a cell that was read as a number, spelled as JSON requires."""
    if is_json_number(text):
        return text
    bare = text.strip().lower().lstrip("+-")
    if bare in _WORDS:
        return json.dumps(("-" if text.strip().startswith("-") and bare != "nan" else "") + _WORDS[bare])
    try:
        spelled = repr(float(text.replace(",", ".")))  # the comma of a number that was read is a decimal one
    except ValueError:
        return _quoted(text)
    return spelled if is_json_number(spelled) else _quoted(text)


def _string(text: str) -> str:
    """Return a cell that passed through: as it came if that is a number in JSON, else as a string."""
    return text if is_json_number(text) else _quoted(text)

"""Chunks as JSON: an object for each row."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.tables.bulk import TypedRows
from actcli.tables.chunk import Passed
from actcli.tables.encode import cells
from actcli.tables.json_reader import ObjectRows
from actcli.tables.jsontext import number, spelled
from actcli.tables.lists import Lists
from actcli.tables.numbers import format_numbers, is_json_number

if TYPE_CHECKING:
    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk
    from actcli.tables.numbers import Rounding

_CONSTANTS = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


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
    read = set(chunk.chosen)
    columns = [_values(chunk, name, dtype, rounding, read=name in read) for name in chunk.names]
    template = "{" + ", ".join(f"{json.dumps(name).replace('%', '%%')}: %s" for name in chunk.names) + "}"
    return [template % row for row in zip(*columns, strict=True)]


def _values(
    chunk: Chunk, name: str, dtype: DType | None, rounding: Rounding | None, *, read: bool
) -> list[str]:
    column = chunk.columns[name]
    if isinstance(column, Passed) and isinstance(column.rows, ObjectRows):
        return column.rows.values(column.index)
    if isinstance(column, Passed) and isinstance(column.rows, TypedRows):
        return _typed(column.rows, column.index, chosen=read)
    if (lists := chunk.lists.get(name)) is not None and isinstance(column, Passed):
        column = lists  # cells of text are written as the lists that they were read as
    if isinstance(column, Lists):
        texts = format_numbers(column.values, dtype if name in chunk.computed else None, rounding)
        if column.values.dtype.kind not in "OSU":
            texts = [_CONSTANTS.get(text, text) for text in texts]
        return column.spelled(texts, absent="null")
    texts = cells(chunk, name, dtype, rounding)
    if isinstance(column, np.ndarray) and column.dtype.kind not in "OSU":
        return [_CONSTANTS.get(text, text) for text in texts]
    if read and any("," in text for text in texts):
        values = chunk.numbers[:, chunk.chosen.index(name)].tolist()  # the comma is a decimal one
        return [
            repr(value) if "," in text and math.isfinite(value) else number(text)
            for text, value in zip(texts, values, strict=True)
        ]
    return list(map(number if read else _string, texts))


def _typed(rows: TypedRows, index: int, *, chosen: bool) -> list[str]:
    """Return the values of a typed column, each as JSON of that type."""
    numeric = chosen or rows.numeric(index)
    return [
        number(value) if numeric and isinstance(value, str) else spelled(value)
        for value in rows.values(index)
    ]


def _string(text: str) -> str:
    """Return a cell that passed through: as it came if that is a number in JSON, else as a string."""
    return text if is_json_number(text) else spelled(text)

"""Arguments and ranges as streams of chunks."""

from __future__ import annotations

import os
import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import FLOAT64, DType
from actcli.errors import DataError, UsageError, shown
from actcli.tables.chunk import Chunk
from actcli.tables.columns import default_names
from actcli.tables.numbers import DecimalMark, parse_constant, parse_number
from actcli.tables.source import ChunkStream
from actcli.tables.spacing import spaced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.tables.chunk import Numbers
    from actcli.tables.source import Progress

AT_ONCE = 1 << 18
"""How many points of a range are made at a time."""

_FUNCTION = re.compile(r"[^\W\d][\w.-]*(?::.*)?", re.DOTALL)  # the name of one, with parameters
_COUNT = re.compile(r"[0-9]{1,15}")  # of points: more would not be distinct


def from_values(
    values: Iterable[float | str],
    name: str = "x",
    dtype: DType | None = None,
    *,
    mark: DecimalMark | None = None,
    vector: bool = False,
) -> ChunkStream:
    """Return a source of one column of numbers, or of texts that are read as numbers.

    A text may be a formula without x, as 1/3, or hold several numbers, as `1,2,3` and `[3, 0.7, 0.5]`: they
    follow one after the other. Several such texts are, for a function of a vector, the rows of a table.

    Raises:
        DataError: a text is not a number of the dtype, or can be read in two ways.
        UsageError: numbers and vectors, or vectors of different lengths, are given.
    """
    form, values = dtype or FLOAT64, list(values)
    try:
        decimal = mark or DecimalMark.POINT
        numbers = [parse_number(v, form, decimal) if isinstance(v, str) else v for v in values]
    except ValueError as error:
        if mark is not None:
            raise DataError(
                f"{shown(' '.join(map(str, values)))}: one {error}", f"with --decimal {mark}"
            ) from None
        from actcli.tables.typed import listed  # which decimals alone do not need

        found = listed([str(value) for value in values], vector=vector)
        numbers = [_number(cell, form) for cell in found.cells]
        if len(found.shape) > 1:
            return _rows(form.round(np.reshape(numbers, (-1, found.shape[-1]))))
    return _points(form.round(np.asarray(numbers, np.float64)), name)


def are_numbers(text: str) -> bool:
    """Tell whether an argument is a number, or several, rather than a function."""
    try:
        parse_number(text)
    except ValueError:
        if _FUNCTION.fullmatch(text) and text not in ("e", "pi", "π"):
            return False
        from actcli.tables import typed

        return typed.are_numbers(text)
    return True


def _number(text: str, form: DType) -> float:
    try:
        return parse_constant(text, form)
    except ValueError as error:
        file = os.path.isfile(text)  # noqa: PTH113 - it accepts a name of any length
        raise DataError(f"{text!r} {error}", f"-i {text}" if file else "") from None


def from_range(
    text: str, name: str = "x", dtype: DType | None = None, progress: Progress | None = None
) -> ChunkStream:
    """Return a source of evenly spaced points `A:B[:N]`, both ends included (101 points by default).

    `progress` is called with the bytes of the points made so far, as float64, and with those of all.

    Raises:
        UsageError: the text is not a range.
    """
    parts = [part.strip() for part in text.split(":")]
    try:
        low, high = (parse_constant(part) for part in parts[:2])
    except ValueError:
        low = high = np.nan
    if len(parts) > 3 or not np.isfinite([low, high]).all():
        raise UsageError(f"{text!r} is not a range", "A:B or A:B:N, as -6:6:25")
    many = parts[2] if len(parts) > 2 else "101"
    count = int(many) if _COUNT.fullmatch(many) else 0
    if not count:
        raise UsageError(f"{text!r} is not a range: N is {many!r}", "a number of points, as 25 in -6:6:25")
    form = dtype or FLOAT64
    if count <= AT_ONCE:
        return _points(form.round(spaced(low, high, count)), name)

    def block(start: int) -> Chunk:
        end = min(start + AT_ONCE, count)
        if progress:
            progress(8 * start, 8 * count)
        return _chunk(form.round(spaced(low, high, count, start, end)), name)

    return ChunkStream(
        names=(name,), chosen=(name,), steps=(partial(block, start) for start in range(0, count, AT_ONCE))
    )


def _points(values: Numbers, name: str) -> ChunkStream:
    return ChunkStream(
        names=(name,), chosen=(name,), steps=iter([lambda: _chunk(values, name)]), small=True, vector=True
    )


def _rows(values: Numbers) -> ChunkStream:
    names = default_names(values.shape[-1])
    columns = {name: values[:, i] for i, name in enumerate(names)}
    chunk = Chunk(columns, names, values, frozenset(names))
    return ChunkStream(names=names, chosen=names, steps=iter([lambda: chunk]), small=True)


def _chunk(values: Numbers, name: str) -> Chunk:
    return Chunk({name: values}, (name,), values[:, None], frozenset([name]))

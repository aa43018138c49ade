"""Numbers in: what to read, and the stream of chunks that comes of it."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from actcli.errors import DataError, TransferError, UsageError, nearest
from actcli.tables.chunk import Chunk
from actcli.tables.formats import Format
from actcli.tables.numbers import parse_number

if TYPE_CHECKING:
    from actcli.core.dtypes import DType


class OnError(StrEnum):
    """What a cell that is not a number does: ends the run, becomes NaN, or drops its row."""

    FAIL = "fail"
    NAN = "nan"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to read and how.

    Attributes:
        paths: files in order; `-` is standard input.
        columns: the columns to read as numbers, by name or by number from 1; none means all that hold numbers.
        header: whether the first row names the columns; None finds out.
        format: the form of the input; None finds out.
        on_error: what a bad cell does.
        dtype: what the numbers are rounded to, once.
        bulk: whether the bulk engine may be used; None decides by size and by what is installed.
        progress: called with (bytes done, bytes in all or None) now and then.
    """

    paths: tuple[str, ...] = ("-",)
    columns: tuple[str, ...] = ()
    header: bool | None = None
    format: Format | None = None
    on_error: OnError = OnError.FAIL
    dtype: DType | None = None
    bulk: bool | None = None
    progress: Callable[[int, int | None], None] | None = None


@dataclass(slots=True)
class Tally:
    """How many rows came in and how many bad cells were met on the way."""

    rows: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A stream of chunks whose columns are known before the first of them.

    Attributes:
        names: every column, in order.
        chosen: the columns that are read as numbers.
        chunks: the rows; they can be gone through once.
        tally: what has been counted so far.
    """

    names: tuple[str, ...]
    chosen: tuple[str, ...]
    chunks: Iterator[Chunk]
    tally: Tally = field(default_factory=Tally)

    def __iter__(self) -> Iterator[Chunk]:
        return self.chunks


def from_values(values: Iterable[float | str], name: str = "x", dtype: DType | None = None) -> Source:
    """Return a source of one column; text is kept as it was typed and read as a number.

    Raises:
        DataError: a text is not a number.
    """
    given = list(values)
    numbers = np.empty((len(given), 1))
    for i, value in enumerate(given):
        try:
            numbers[i, 0] = parse_number(value) if isinstance(value, str) else value
        except ValueError as error:
            raise DataError(f"{value!r} {error}") from None
    if dtype is not None:
        numbers = dtype.round(numbers)
    chunk = Chunk({name: numbers[:, 0]}, (name,), numbers, frozenset([name]))
    return Source((name,), (name,), iter([chunk]))


def from_range(text: str, name: str = "x", dtype: DType | None = None) -> Source:
    """Return a source of evenly spaced points `A:B[:N]`, both ends included (101 points by default).

    Raises:
        UsageError: the text is not a range.
    """
    parts = text.split(":")
    try:
        if len(parts) not in (2, 3):
            raise ValueError("is not a range")
        low, high = parse_number(parts[0]), parse_number(parts[1])
        count = int(parts[2]) if len(parts) == 3 else 101
        if count < 1 or not np.isfinite([low, high]).all():
            raise ValueError("is not a range")
    except ValueError:
        raise UsageError(f"{text!r} is not a range", "A:B or A:B:N, as -6:6:25") from None
    return from_values(spaced(low, high, count).tolist(), name, dtype)


def spaced(low: float, high: float, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return count evenly spaced points from low to high, both ends exact."""
    return np.linspace(low, high, count)


def read(reading: Reading) -> Source:
    """Open the input, find its columns, and return the stream of its rows.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: the input is not what it should be.
        TransferError: a file cannot be read.
    """
    rows: list[list[str]] = []
    for path in reading.paths:
        try:
            text = sys.stdin.read() if path == "-" else Path(path).read_text()
        except OSError as error:
            raise TransferError(f"{path}: {error.strerror}") from None
        lines = text.splitlines()
        rows += list(csv.reader(lines)) if "," in text else [line.split() for line in lines]
    names, rows = _header(rows, reading.header)
    chosen = choose(names, reading.columns) or names
    columns: dict[str, list[str]] = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    numbers = np.empty((len(rows), len(chosen)))
    for j, name in enumerate(chosen):
        for i, cell in enumerate(columns[name]):
            try:
                numbers[i, j] = parse_number(cell)
            except ValueError as error:
                raise DataError(f"{reading.paths[0]}:{i + 1}: column {name!r}: {cell!r} {error}") from None
    return Source(names, chosen, iter([Chunk(columns, chosen, numbers)]))


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
            raise UsageError(
                f"no column {want!r}", nearest(want, names) or f"the columns are {', '.join(names)}"
            )
    return tuple(dict.fromkeys(chosen))


def _header(rows: list[list[str]], header: bool | None) -> tuple[tuple[str, ...], list[list[str]]]:
    if not rows:
        return ("x",), []
    if header is None:
        header = not all(_is_number(cell) for cell in rows[0])
    if header:
        return tuple(cell.strip() for cell in rows[0]), rows[1:]
    width = len(rows[0])
    return ("x",) if width == 1 else tuple(f"c{i + 1}" for i in range(width)), rows


def _is_number(cell: str) -> bool:
    try:
        parse_number(cell)
    except ValueError:
        return False
    return True

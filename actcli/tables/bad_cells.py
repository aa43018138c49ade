"""Cells that are not numbers: what happens to them, and how many there were."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.tables.numbers import BadCell


class OnError(StrEnum):
    """What happens to a cell that is not a number: it ends the run, becomes NaN, or its row is dropped."""

    FAIL = "fail"
    NAN = "nan"
    SKIP = "skip"


@dataclass(slots=True)
class Tally:
    """How many bad cells there were, and what was wrong with the first."""

    bad: int = 0
    first: str = ""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, count: int, first: str) -> None:
        """Count bad cells; threads may do so at once."""
        with self._lock:
            self.bad += count
            self.first = self.first or first


@dataclass(frozen=True, slots=True)
class BadCellPolicy:
    """What happens to bad cells.

    Attributes:
        rule: whether they end the run.
        dtype: what numbers are rounded to when they are read.
        tally: where bad cells are counted.
        hint: the hint of the error if they end the run.
    """

    rule: OnError = OnError.FAIL
    dtype: DType = FLOAT64
    tally: Tally = field(default_factory=Tally)
    hint: str = "--on-error nan|skip to go on"

    def handle(
        self, bad: Sequence[tuple[BadCell, str]], rows: int, place: Callable[[int], str]
    ) -> NDArray[np.intp] | None:
        """Apply the rule to bad cells; return the indices of the rows to keep, or None if all are kept.

        Args:
            bad: each cell with the name of its column.
            rows: how many rows there are.
            place: returns where a row came from.

        Raises:
            DataError: bad cells end the run; the message tells the place and the text of the first.
        """
        cell, column = min(bad, key=lambda one: one[0].row)
        first = complaint(cell, column, place(cell.row))
        if self.rule is OnError.FAIL:
            raise DataError(first, self.hint)
        self.tally.add(len(bad), first)
        if self.rule is OnError.NAN:
            return None
        keep = np.ones(rows, bool)
        keep[[cell.row for cell, _ in bad]] = False
        return np.flatnonzero(keep)

    def handle_ragged(self, message: str, columns: Sequence[str], *, short: bool) -> None:
        """Apply the rule to a row with too few or too many cells: it is dropped, or padded if it is short.

        Raises:
            DataError: the row ends the run.
        """
        rules = f"{OnError.NAN}|{OnError.SKIP}" if short else f"{OnError.SKIP}"
        if self.rule not in rules.split("|"):
            raise DataError(
                message, f"the columns are {', '.join(columns[:12])}; --on-error {rules} to go on"
            )
        if self.rule is OnError.SKIP:
            self.tally.add(1, message)


def kept(place: Callable[[int], str], keep: NDArray[np.intp]) -> Callable[[int], str]:
    """Return the function that locates a row, for the rows that were kept."""
    return lambda row: place(int(keep[row]))


def complaint(cell: BadCell, column: str, place: str) -> str:
    """Return what is wrong with a cell, and where: `data.csv:17: column 'x': 'abc' is not a number`."""
    text = cell.text.strip()
    said = f" {text[:40]!r}{'…' if len(text) > 40 else ''}" if text else ""
    return f"{place}: column {column!r}{':' if said else ''}{said} {cell.reason}"

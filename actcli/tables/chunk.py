"""Chunks: the columns of some rows of a table, between input and output."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from actcli.tables.lists import Lists

Numbers: TypeAlias = NDArray[np.float64]


class Rows(Protocol):
    """Input rows in the representation of their reader; cells become text on demand."""

    @property
    def width(self) -> int:
        """How many columns there are."""

    def __len__(self) -> int: ...

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A column of the input that passes through untouched: column `index` of the rows it was read with."""

    rows: Rows
    index: int

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self) -> list[str]:
        """Return the cells as text."""
        return self.rows.cells(self.index)


Column: TypeAlias = "Passed | list[str] | NDArray[Any] | Lists"
"""A column of the input, cells of text, an array of numbers, or lists of numbers."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table.

    Attributes:
        columns: every column by its name, in order.
        chosen: the columns that are read as numbers, one in each row.
        numbers: their values, of shape (rows, len(chosen)): float64, or the dtype of an array that was read.
        computed: the columns whose numbers have the dtype of the output: results and generated points.
        place: returns where a row came from, if that is known: `data.csv:17`.
        notes: numbers that hold for all rows, which are written once, below a table for people.
        lists: the columns that are read as lists of numbers, one in each row.
        vector: whether the numbers of a row are a list of the one column that is chosen.
    """

    columns: Mapping[str, Column]
    chosen: tuple[str, ...]
    numbers: NDArray[Any]
    computed: frozenset[str] = field(default=frozenset())
    place: Callable[[int], str] | None = None
    notes: Mapping[str, float] = field(default_factory=dict)
    lists: Mapping[str, Lists] = field(default_factory=dict)
    vector: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every column, in order."""
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(self.numbers)

    def elements(self, name: str) -> Numbers:
        """Return the numbers of a column that is read, of all its lists where it has lists."""
        found = self.lists[name].values if name in self.lists else self.numbers[:, self.chosen.index(name)]
        return np.ascontiguousarray(found, np.float64)

    def with_columns(self, results: Mapping[str, Column]) -> Chunk:
        """Return the chunk with result columns after its own.

        A result with the name of an existing column gets a number: `gelu_2`.
        """
        columns = dict(self.columns)
        fresh = unique([*columns, *results])[len(columns) :]
        columns.update(zip(fresh, results.values(), strict=True))
        return replace(self, columns=columns, computed=self.computed.union(fresh))

    def only(self, names: Iterable[str]) -> Chunk:
        """Return the chunk with these columns only, in this order."""
        return replace(self, columns={name: self.columns[name] for name in names})

    def untouched(self) -> tuple[Rows | None, dict[str, Column]]:
        """Return the input rows if all their columns come first and in order, and the columns after them."""
        columns = list(self.columns.values())
        first = columns[0] if columns else None
        if not isinstance(first, Passed):
            return None, dict(self.columns)
        width = first.rows.width
        lead = columns[:width]
        if [c.index for c in lead if isinstance(c, Passed) and c.rows is first.rows] != list(range(width)):
            return None, dict(self.columns)
        return first.rows, dict(list(self.columns.items())[width:])


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, with a number after each repeated one: x, x_2, x_3."""
    last: dict[str, int] = {}  # of each name, the last number that was tried for another of it
    for name in names:
        fresh, n = name, last.get(name, 1)
        while fresh in last:
            n += 1
            fresh = f"{name}_{n}"
        last[name] = n
        last[fresh] = 1
    return tuple(last)

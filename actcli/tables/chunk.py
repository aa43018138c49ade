"""A chunk: the columns of some rows of a table, on their way from input to output."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Numbers: TypeAlias = NDArray[np.float64]


class Rows(Protocol):
    """The rows as the engine that read them holds them; text comes out of it when it is asked for."""

    @property
    def width(self) -> int:
        """How many columns there are."""

    def __len__(self) -> int: ...

    def cells(self, index: int) -> list[str]:
        """Return what the cells of a column say."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A column of the input that passes through untouched: column `index` of the rows it was read with."""

    rows: Rows
    index: int

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self) -> list[str]:
        """Return what the cells say."""
        return self.rows.cells(self.index)


Column: TypeAlias = "Passed | list[str] | NDArray[Any]"
"""A column of the input as it came, cells of text, or an array of numbers."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table.

    Attributes:
        columns: every column by its name, in order.
        chosen: the columns that are read as numbers.
        numbers: their values, of shape (rows, len(chosen)): float64, or the dtype of an array that was read.
        computed: the columns whose numbers are of the output's dtype: results, and points given by us.
        place: says where a row came from, if it is known: `data.csv:17`.
    """

    columns: Mapping[str, Column]
    chosen: tuple[str, ...]
    numbers: NDArray[Any]
    computed: frozenset[str] = field(default=frozenset())
    place: Callable[[int], str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every column, in order."""
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(self.numbers)

    def with_columns(self, results: Mapping[str, Column]) -> Chunk:
        """Return the chunk with result columns after its own.

        Where a result has the name of a column that is there, the result gets a number: `gelu_2`.
        """
        columns = dict(self.columns)
        fresh = unique([*columns, *results])[len(columns) :]
        columns.update(zip(fresh, results.values(), strict=True))
        return replace(self, columns=columns, computed=self.computed.union(fresh))

    def only(self, names: Iterable[str]) -> Chunk:
        """Return the chunk with these columns alone, in this order."""
        return replace(self, columns={name: self.columns[name] for name in names})

    def untouched(self) -> tuple[Rows | None, dict[str, Column]]:
        """Return the input's rows if all their columns lead, in order, and the columns that follow them."""
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
    """Return the names, each that was there before with a number: x, x_2, x_3."""
    seen: dict[str, None] = {}
    for name in names:
        fresh, n = name, 1
        while fresh in seen:
            n += 1
            fresh = f"{name}_{n}"
        seen[fresh] = None
    return tuple(seen)

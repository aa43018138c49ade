"""A chunk: the columns of some rows of a table, on their way from input to output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Column: TypeAlias = "list[str] | NDArray[Any]"
"""The cells of a column as text, untouched, or an array of numbers."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table.

    Attributes:
        columns: every column by its name, in order.
        chosen: the columns that are read as numbers.
        numbers: their values, float64 of shape (rows, len(chosen)).
        computed: the columns whose numbers are of the output's dtype: results, and points given by us.
    """

    columns: Mapping[str, Column]
    chosen: tuple[str, ...]
    numbers: Numbers
    computed: frozenset[str] = field(default=frozenset())

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every column, in order."""
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(self.numbers)

    def with_columns(self, results: Mapping[str, Column]) -> Chunk:
        """Return the chunk with result columns after its own; a name that is taken is replaced."""
        computed = self.computed | results.keys()
        return replace(self, columns={**self.columns, **results}, computed=computed)

    def only(self, names: tuple[str, ...] | list[str]) -> Chunk:
        """Return the chunk with these columns alone, in this order."""
        return replace(self, columns={name: self.columns[name] for name in names})

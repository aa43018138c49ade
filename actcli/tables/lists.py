"""Columns of lists: a vector in each row, of any length, or lists of vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.tables.numbers import BadCell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType

    Offsets: TypeAlias = NDArray[np.int64]
    ReadLists: TypeAlias = Callable[[Sequence[Any], DType], tuple["Lists", list[BadCell]]]
    """Reads cells as lists of numbers of a dtype, and returns them and the cells that hold none."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """A column whose cells are lists of numbers, or lists of such lists.

    Attributes:
        values: the numbers of all rows, one after another.
        offsets: for each level, outermost first, where each list begins in what lies a level below, and where
            the last one ends.
        missing: for each level, which lists are missing; None where none is.
    """

    values: NDArray[Any]
    offsets: tuple[Offsets, ...]
    missing: tuple[NDArray[np.bool_] | None, ...]

    def __len__(self) -> int:
        return len(self.offsets[0]) - 1

    @property
    def lengths(self) -> Offsets:
        """The length of each of the innermost lists."""
        return np.diff(self.offsets[-1])

    def rows(self, indices: NDArray[np.intp], level: int) -> NDArray[np.intp]:
        """Return the rows of some lists of a level; those of the level after the last are the values."""
        for offsets in reversed(self.offsets[:level]):
            indices = np.searchsorted(offsets, indices, side="right") - 1
        return indices

    def absent(self) -> list[BadCell]:
        """Return the lists that are missing, as cells that hold no numbers."""
        return [
            BadCell(row, "", "is missing")
            for level, missing in enumerate(self.missing)
            if missing is not None
            for row in self.rows(np.flatnonzero(missing), level).tolist()
        ]

    def located(self, bad: Sequence[BadCell]) -> list[BadCell]:
        """Return bad values, counted among all, as cells of their rows that tell which element is bad."""
        if not bad:
            return []
        which = np.array([cell.row for cell in bad])
        lists = np.searchsorted(self.offsets[-1], which, side="right") - 1
        elements = (which - self.offsets[-1][lists] + 1).tolist()
        rows = self.rows(which, len(self.offsets)).tolist()
        return [
            BadCell(row, cell.text, f"{cell.reason} (element {element} of a list)")
            for cell, row, element in zip(bad, rows, elements, strict=True)
        ]

    def take(self, rows: NDArray[np.intp]) -> Lists:
        """Return some of the rows."""
        offsets, missing, picked = [], [], rows
        for starts, absent in zip(self.offsets, self.missing, strict=True):
            lengths = np.diff(starts)[picked]
            offsets.append(offsets_of(lengths))
            missing.append(None if absent is None else absent[picked])
            picked = _spans(starts[picked], lengths)
        return Lists(self.values[picked], tuple(offsets), tuple(missing))

    def with_values(self, values: NDArray[Any]) -> Lists:
        """Return lists of the same lengths with other numbers in them."""
        return replace(self, values=values)

    def array(self) -> NDArray[Any] | None:
        """Return the column as an array with an axis for each level, or None if lists differ in length."""
        shape = [len(self)]
        for offsets, missing in zip(self.offsets, self.missing, strict=True):
            lengths = np.diff(offsets)
            if (missing is not None and missing.any()) or (lengths != lengths[:1]).any():
                return None
            shape.append(int(lengths[0]) if len(lengths) else 0)
        return self.values.reshape(shape) if len(self) else None

    def spelled(self, values: Sequence[str], absent: str = "") -> list[str]:
        """Return each row as text, "[0.1, 0.2]", from the text of each value.

        Args:
            values: the text of every value.
            absent: what stands for a row without a list.
        """
        texts = list(values)
        for offsets, missing in zip(reversed(self.offsets), reversed(self.missing), strict=True):
            texts = ["[" + ", ".join(texts[start:end]) + "]" for start, end in pairwise(offsets.tolist())]
            if missing is not None:
                for i in np.flatnonzero(missing).tolist():
                    texts[i] = absent if offsets is self.offsets[0] else "null"
        return texts


def offsets_of(lengths: NDArray[Any]) -> Offsets:
    """Return where each of some lists of these lengths begins, and where the last ends."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _spans(starts: Offsets, lengths: Offsets) -> Offsets:
    """Return the indices of the elements of lists that begin so and are so long."""
    before = offsets_of(lengths)
    return np.asarray(np.arange(before[-1]) + np.repeat(starts - before[:-1], lengths))


def of_array(array: NDArray[Any]) -> Lists:
    """Return an array of two axes or more as a column: a list for each index of its first axis."""
    offsets, size = [], 1
    for above, length in zip(array.shape, array.shape[1:], strict=False):
        size *= above
        offsets.append(np.arange(size + 1, dtype=np.int64) * length)
    return Lists(array.reshape(-1), tuple(offsets), (None,) * (array.ndim - 1))


def gathered(cells: Sequence[Any], depth: int) -> tuple[Lists, list[Any], list[BadCell]]:
    """Return cells that are nested lists as a column without values yet.

    Args:
        cells: a list, or None, for each row.
        depth: how deep the lists are nested.

    Returns:
        The column, whose values are zeros; what they are read from; and the cells that are no such lists.
    """
    level: list[Any] = list(cells)
    owners = list(range(len(level)))
    offsets, missing, bad = [], [], []
    for _ in range(depth):
        lengths, absent, below, rows = [], [], [], []
        for item, row in zip(level, owners, strict=True):
            good = isinstance(item, list)
            if not good:
                what = "is missing" if item is None else "is not a list of numbers"
                bad.append(BadCell(row, "" if item is None else str(item), what))
            lengths.append(len(item) if good else 0)
            absent.append(not good)
            if good:
                below += item
                rows += [row] * len(item)
        offsets.append(offsets_of(np.array(lengths, np.int64)))
        missing.append(np.array(absent) if any(absent) else None)
        level, owners = below, rows
    for i, item in enumerate(level):
        if isinstance(item, list | dict):
            bad.append(BadCell(owners[i], "", "holds something else than numbers in its lists"))
            level[i] = None
    return Lists(np.zeros(len(level)), tuple(offsets), tuple(missing)), level, bad

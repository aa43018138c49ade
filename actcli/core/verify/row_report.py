"""The report on a kernel of a vector function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.verify.answers import ANSWERS
from actcli.core.verify.causes import Class
from actcli.core.verify.judged_rows import component_limits
from actcli.core.verify.row_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType
    from actcli.core.verify.answers import Answer, Masked
    from actcli.core.verify.per_column import ColumnSubject
    from actcli.core.verify.row_kinds import RowKind
    from actcli.core.verify.tolerance import Limits
    from actcli.core.verify.true_rows import VectorSubject


class Component(NamedTuple):
    """A component of a result, and how far it is off in some measure.

    Attributes:
        size: how far.
        kind: the kind of the row.
        length: its length.
        table: the array that it was part of, from 0.
        row: its place there, from 0.
        column: the place of the component, from 0.
        got: what came.
        expected: what was due.
    """

    size: float
    kind: RowKind
    length: int
    table: int
    row: int
    column: int
    got: float
    expected: float


class RowGroup(NamedTuple):
    """Rows of a kind, or of a length.

    Attributes:
        name: which.
        rows: how many.
        results: how many results were due.
        misrounded: how many of these are not the correctly rounded ones.
        lost: how many are NaN or inf where a number was due, or the reverse.
        max_ulp: the largest error in ULP of those that are numbers.
        max_row_rel: the largest error relative to the row.
        max_sum: how far a row is from summing to 1, at most; NaN where none need.
    """

    name: str | int
    rows: int
    results: int
    misrounded: int
    lost: int
    max_ulp: Component
    max_row_rel: Component
    max_sum: float


class Valueless(NamedTuple):
    """What came for rows of a kind that have no value: how many rows, and how many of each answer."""

    kind: RowKind
    rows: int
    answers: Mapping[Answer, int]


class RowCheck(NamedTuple):
    """A limit, and what became of it.

    Attributes:
        name: of the limit, as in `Limits`.
        limit: what must hold: errors, or counts, of at most so much.
        worst: the largest error of its kind, or the count.
        at: the component that has it.
        broken: how many results, or rows, break it.
    """

    name: str
    limit: float
    worst: float
    at: Component | None
    broken: int

    @property
    def passed(self) -> bool:
        """Whether it holds."""
        return not self.broken


class RowFinding(NamedTuple):
    """Rows that came out otherwise when the kernel was called in another way.

    Attributes:
        how: the way.
        rows: how many of them.
        place: where the first of them was in its call, from 0.
        length: how many rows that call had.
    """

    how: str
    rows: int
    place: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """How rows of results compare with the truth.

    Attributes:
        kernel: what was called, or the file of results.
        subject: what was verified.
        dtype: the format that results are due in.
        in_dtype: that of the inputs.
        got_dtype: the one that they came in.
        shape: the shape of the first array.
        axis: where its rows lie.
        operands: what the kernel takes, in order.
        seed: of the rows and of the cotangent; None where they were given.
        ftz: whether 0 is accepted where a subnormal number is due.
        daz: whether subnormal inputs may count as zeros.
        masked: what is due where every entry is masked.
        limits: what must hold.
        refused: the lengths that the kernel raised at, being made for one length alone, and what it said.
        findings: rows that depend on where they are in an array, or on the call.
        found: what was found of each row (`judged_rows.FOUND`).
    """

    kernel: str
    subject: VectorSubject | ColumnSubject
    dtype: DType
    in_dtype: DType
    got_dtype: DType
    shape: tuple[int, ...]
    axis: int
    operands: tuple[str, ...]
    seed: int | None
    ftz: bool
    daz: bool
    masked: Masked
    limits: Limits
    refused: Mapping[int, str]
    findings: tuple[RowFinding, ...]
    found: NDArray[np.void]

    @property
    def rows(self) -> int:
        """How many rows were tried."""
        return len(self.found)

    @property
    def count(self) -> int:
        """How many results were due."""
        return int(self.found["results"].sum())

    @property
    def histogram(self) -> dict[Class, int]:
        """How many results are of each class."""
        return dict(zip(Class, self.found["counts"].sum(axis=0).tolist(), strict=True))

    @property
    def misrounded(self) -> int:
        """How many results are not the correctly rounded ones, nor accepted."""
        return _misrounded(self.found)

    @property
    def untold(self) -> int:
        """How many results may or may not be correctly rounded."""
        return int(self.found["untold"].sum())

    @property
    def correct_share(self) -> float:
        """The share of results that are the correctly rounded ones."""
        return self.histogram[Class.CORRECT] / max(1, self.count)

    @property
    def lost(self) -> int:
        """How many results are NaN or inf where a number was due, or the reverse."""
        return _lost(self.found)

    @property
    def mean_ulp(self) -> float:
        """The mean error in ULP of results that are numbers where numbers are due."""
        return float(self.found["total"].sum()) / max(1, self.count - self.lost)

    def worst_of(self, measure: str) -> Component:
        """Return the component with the largest error in a measure of `judged_rows.MEASURES`."""
        return _worst(self.found, self.found[measure])

    @property
    def max_ulp(self) -> Component:
        """The largest error in ULP, infinite where NaN came or was due."""
        return self.worst_of("ulp")

    @property
    def max_finite(self) -> Component:
        """The largest error in ULP where numbers came and were due."""
        return self.worst_of("finite")

    @property
    def max_row_rel(self) -> Component:
        """The largest error relative to the row's largest component."""
        return self.worst_of("by_row")

    @property
    def max_sum(self) -> float:
        """How far a row is from summing to 1, at most; NaN where none need."""
        return _max_sum(self.found)

    def by_kind(self) -> tuple[RowGroup, ...]:
        """Return the rows by kind."""
        return tuple(
            _group(str(kind), rows)
            for i, kind in enumerate(KINDS)
            if (rows := self.found[self.found["kind"] == i]).size
        )

    def by_length(self) -> tuple[RowGroup, ...]:
        """Return the rows by length."""
        lengths = np.unique(self.found["length"]).tolist()
        return tuple(_group(n, self.found[self.found["length"] == n]) for n in lengths)

    def valueless(self) -> tuple[Valueless, ...]:
        """Return what came for rows that have no value, by kind."""
        found = []
        for i, kind in enumerate(KINDS):
            answers = self.found["answer"][(self.found["kind"] == i) & (self.found["answer"] >= 0)]
            if answers.size:
                counts = np.bincount(answers, minlength=len(ANSWERS)).tolist()
                found.append(Valueless(kind, answers.size, dict(zip(ANSWERS, counts, strict=True))))
        return tuple(found)

    @property
    def worst(self) -> tuple[Component, ...]:
        """The worst component of each kind of row of which some are misrounded, the worst first."""
        wrong = self.found[self.found["counts"][:, 0] < self.found["results"]]
        kinds = np.unique(wrong["kind"]).tolist()
        groups = (wrong[wrong["kind"] == kind] for kind in kinds)
        found = [_worst(group, group["ulp"]) for group in groups]
        return tuple(sorted(found, key=lambda one: -one.size))

    @property
    def checks(self) -> tuple[RowCheck, ...]:
        """The limits, with what became of them."""
        return tuple(self._checks())

    @property
    def passed(self) -> bool:
        """Whether every limit holds."""
        return all(check.passed for check in self.checks)

    def _checks(self) -> Iterator[RowCheck]:
        for i, (name, limit) in enumerate(component_limits(self.limits, self.dtype)):
            at = _worst(self.found, self.found["limited"][:, i])
            yield RowCheck(name, limit, at.size, at, int(self.found["beyond"][:, i].sum()))
        if (most := self.limits.max_sum) is not None:
            off = np.nan_to_num(self.found["sum_off"])
            top = self.found[[int(np.argmax(off))]]
            at, broken = _worst(top, top["by_row"]), int((off > most).sum())
            yield RowCheck("max_sum", most, float(off.max()), at, broken)
        if (few := self.limits.max_misrounded) is not None:
            count = self.misrounded - self.untold
            yield RowCheck(
                "max_misrounded", few, self.misrounded, self.max_ulp, self.misrounded if count > few else 0
            )


def _worst(rows: NDArray[np.void], errors: NDArray[np.void]) -> Component:
    """Return the component of rows with the largest of some errors, one of each row."""
    place = int(np.argmax(errors["size"]))
    row, at = rows[place], errors[place]
    return Component(
        float(at["size"]),
        KINDS[int(row["kind"])],
        int(row["length"]),
        int(row["table"]),
        int(row["row"]),
        int(at["column"]),
        float(at["got"]),
        float(at["expected"]),
    )


def _misrounded(rows: NDArray[np.void]) -> int:
    counts = rows["counts"].sum(axis=0)
    places = list(Class)
    return int(rows["results"].sum() - counts[0] - counts[places.index(Class.ACCEPTED)])


def _lost(rows: NDArray[np.void]) -> int:
    places = list(Class)
    return int(sum(rows["counts"][:, places.index(kind)].sum() for kind in (Class.NO_NUMBER, Class.NUMBER)))


def _max_sum(rows: NDArray[np.void]) -> float:
    due = rows["sum_off"][~np.isnan(rows["sum_off"])]
    return float(due.max()) if due.size else float("nan")


def _group(name: str | int, rows: NDArray[np.void]) -> RowGroup:
    return RowGroup(
        name,
        len(rows),
        int(rows["results"].sum()),
        _misrounded(rows),
        _lost(rows),
        _worst(rows, rows["finite"]),
        _worst(rows, rows["by_row"]),
        _max_sum(rows),
    )

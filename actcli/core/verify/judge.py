"""Results held against the truth, a block of inputs at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.core.measure.ulp import ulp_distance
from actcli.core.verify.accuracy import Errors, TrueValues
from actcli.core.verify.causes import Class, Places, Wrong, causes_of, classes_of
from actcli.core.verify.choices import Accepted, Choices, accepted
from actcli.core.verify.reference import settled, true_values
from actcli.core.verify.report import Row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject
    from actcli.core.verify.tolerance import Limits


_NONE = np.empty(0, np.int8)


@dataclass(frozen=True, slots=True)
class Judged:
    """A block of results for inputs that are no NaN, beside the truth.

    Attributes:
        x: the inputs.
        x_bits: their patterns.
        got: the results.
        got_bits: their patterns, in the kernel's own format.
        dtype: the format that results are due in.
        true: the true values.
        errors: how far results are off; 0 where one is accepted.
        wrong: which results are not the correctly rounded ones, by index.
        classes: the places in `Class` of those.
        causes: the places in `Cause` of those.
        reasons: why some of those are accepted: the places in `Accepted`, or −1.
        nan: the patterns of inputs that are NaN.
        nan_got: the results for them.
        nan_bits: the patterns of those.
    """

    x: Array
    x_bits: NDArray[Any]
    got: Array
    got_bits: NDArray[Any]
    dtype: DType
    true: TrueValues
    errors: Errors
    wrong: NDArray[np.intp]
    classes: NDArray[np.int8]
    causes: NDArray[np.int8]
    reasons: NDArray[np.int8]
    nan: NDArray[Any]
    nan_got: Array
    nan_bits: NDArray[Any]

    def row(self, i: int) -> Row:
        """Return one result."""
        x, got, expected = float(self.x[i]), float(self.got[i]), float(self.true.expected[i])
        due = int(self.dtype.encode([expected])[0])
        return Row(
            x, got, expected, float(self.errors.ulp[i]), int(self.x_bits[i]), int(self.got_bits[i]), due
        )

    def nan_row(self, i: int) -> Row:
        """Return the result for a NaN."""
        got, due = float(self.nan_got[i]), int(self.dtype.encode([np.nan])[0])
        error = 0.0 if np.isnan(got) else np.inf
        return Row(np.nan, got, np.nan, error, int(self.nan[i]), int(self.nan_bits[i]), due)


@dataclass(frozen=True)
class Judge:
    """Holds results against the truth.

    Attributes:
        subject: what is verified, as the choices have it.
        dtype: the format that results are due in.
        in_dtype: that of the inputs.
        choices: what is accepted.
        limits: what must hold.
    """

    subject: Subject
    dtype: DType
    in_dtype: DType
    choices: Choices
    limits: Limits

    @cached_property
    def places(self) -> Places:
        """Where kernels of the function go wrong."""
        return Places.of(self.subject)

    def judged(
        self,
        x: Encoded,
        got: Encoded,
        others: Sequence[tuple[NDArray[np.intp], NDArray[Any]]] = (),
        broken: Collection[str] = (),
    ) -> Judged:
        """Return results beside the truth.

        Args:
            x: inputs.
            got: the results for them.
            others: which inputs had another result when the kernel was called in another way, and its
                pattern; of several results for an input the worst counts.
            broken: the limits that are broken already.
        """
        points, nan = x.values, None
        if (lost := np.isnan(points)).any():
            nan, keep = np.flatnonzero(lost), np.flatnonzero(~lost)
        results = self._rounded(got)
        kept = slice(None) if nan is None else keep
        point = points[kept]
        true = true_values(self.subject, point, self.dtype)
        bits = got.bits
        if others:
            known = np.full(points.shape, -1, np.intp)
            known[kept] = np.arange(point.size)
            bits, results = self._worst(got, results, others, true, known)
        mine = results[kept]
        if not self.dtype.nan and (none := np.isnan(true.value)).any():
            # What stands for NaN in a format without it is anyone's choice.
            true = replace(true, value=np.where(none, true.expected, true.value))
            mine = np.where(none, true.expected, mine)
        true, errors = settled(self.subject, point, mine, true, self.dtype, self.limits, broken)
        lost_bits = bits[:0] if nan is None else bits[nan]
        found = Judged(
            point,
            x.bits[kept],
            mine,
            bits[kept],
            self.dtype,
            true,
            errors,
            np.flatnonzero(~_same(mine, true.expected)),
            _NONE,
            _NONE,
            _NONE,
            x.bits[:0] if nan is None else x.bits[nan],
            results[:0] if nan is None else results[nan] if self.dtype.nan else np.full(nan.size, np.nan),
            lost_bits,
        )
        return self._explained(found) if found.wrong.size else found

    def _rounded(self, got: Encoded) -> Array:
        return got.values if got.dtype is self.dtype else self.dtype.round(got.values)

    def _worst(
        self,
        got: Encoded,
        results: Array,
        others: Sequence[tuple[NDArray[np.intp], NDArray[Any]]],
        true: TrueValues,
        known: NDArray[np.intp],
    ) -> tuple[NDArray[Any], Array]:
        """Return for each input the pattern and the value of its worst result."""
        bits, results = got.bits.copy(), results.copy()
        for rows, patterns in others:
            values = self._rounded(Encoded(patterns, got.dtype))
            place = known[rows]
            some = place >= 0
            few = true.at(place[some])
            worse = np.isnan(results[rows]) < np.isnan(values)
            worse[some] = few.ulp(values[some], self.dtype) > few.ulp(results[rows][some], self.dtype)
            worse[~some] = ~np.isnan(values[~some])  # a number for NaN
            bits[rows[worse]], results[rows[worse]] = patterns[worse], values[worse]
        return bits, results

    def _explained(self, found: Judged) -> Judged:
        """Return the same with the class and cause of what is wrong, and with what is accepted."""
        rows = found.wrong
        expected = found.true.expected[rows]
        wrong = Wrong(found.x[rows], found.got[rows], expected, found.errors.ulp[rows])
        reasons = np.full(rows.size, -1, np.int8)
        for reason, fits in accepted(self.choices, self.subject, wrong, self.in_dtype, self.dtype):
            reasons[fits & (reasons < 0)] = list(Accepted).index(reason)
        classes = classes_of(wrong, ulp_distance(wrong.got, expected, self.dtype))
        classes[reasons >= 0] = list(Class).index(Class.ACCEPTED)
        causes = causes_of(wrong, lambda: self.places, self.subject, self.in_dtype, self.dtype)
        errors, true = found.errors, found.true
        if (fine := rows[reasons >= 0]).size:
            errors, doubt = Errors(*(size.copy() for size in errors)), true.doubt.copy()
            for size in (*errors, doubt):
                size[fine] = 0.0
            true = replace(true, doubt=doubt)
        return replace(found, true=true, errors=errors, classes=classes, causes=causes, reasons=reasons)


def _same(got: Array, expected: Array) -> Mask:
    """Return which results are the correctly rounded ones; zeros of either sign are one."""
    same = got == expected
    if not same.all():
        same |= np.isnan(got) & np.isnan(expected)
    return np.asarray(same)

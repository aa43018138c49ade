"""How good a kernel's results are: counts, errors in ULP, where they are worst."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.measure.distance import Gap, by_region
from actcli.core.measure.ulp import ulp_distance
from actcli.core.verify.accuracy import Errors
from actcli.core.verify.inputs import specials

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject
    from actcli.core.verify.accuracy import TrueValues


_ROWS = 10


class Class(StrEnum):
    """How far a result is from the correctly rounded one, in steps, or what is wrong with it."""

    CORRECT = "correctly rounded"
    ONE = "1"
    TWO = "2"
    FEW = "3-10"
    SOME = "11-100"
    MANY = "more than 100"
    SIGN = "wrong sign"
    NO_NUMBER = "NaN or inf where a number was due"
    NUMBER = "a number where NaN or inf was due"
    FLUSHED = "flushed to zero, accepted"


class Row(NamedTuple):
    """One result: x, what came, what was due, the error in ULP."""

    x: float
    got: float
    expected: float
    ulp: float


class Region(NamedTuple):
    """A part of the line: how many results lie in it, how many of them are misrounded, the worst."""

    low: float
    high: float
    results: int
    misrounded: int
    worst: Row


class Special(NamedTuple):
    """A result at a special point, by its name."""

    name: str
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How results compare with the truth.

    Attributes:
        subject: what was verified.
        dtype: the format.
        count: the number of results.
        histogram: how many results are of each class.
        max_ulp: the largest error in ULP and its x; infinite where NaN came or was due.
        max_finite: the largest error in ULP of results that are numbers where numbers are due.
        mean_ulp: the mean error, of results where NaN neither came nor was due; so for the next two.
        median_ulp: the median.
        p99_ulp: the error that 99 of 100 do not exceed.
        max_abs: the largest |got − true| of results that can be compared, and its x.
        max_rel: the largest |got − true| / |true| of those, infinite where 0 is due, and its x.
        zero_signs: how many zeros have the wrong sign; not counted as errors.
        unsure: how many errors are known to the bound of the project's own float64 kernel only, and are not
            so large that it tells them to 2 %.
        untold: how many results may or may not be correctly rounded, for all that is known.
        regions: the line in parts, from left to right.
        worst: the results furthest off.
        specials: signed zeros, subnormals, infinities, NaN and kinks, as far as they were tried.
        x: the inputs.
        got: the results.
        expected: the correctly rounded results.
        errors: how far every result is off.
        true: the true values, and how wrong they may be.
    """

    subject: Subject
    dtype: DType
    count: int
    histogram: dict[Class, int]
    max_ulp: Gap
    max_finite: Gap
    mean_ulp: float
    median_ulp: float
    p99_ulp: float
    max_abs: Gap
    max_rel: Gap
    zero_signs: int
    unsure: int
    untold: int
    regions: tuple[Region, ...]
    worst: tuple[Row, ...]
    specials: tuple[Special, ...]
    x: Array
    got: Array
    expected: Array
    errors: Errors
    true: TrueValues

    @property
    def correct_share(self) -> float:
        """The share of results that are the correctly rounded ones."""
        return self.histogram[Class.CORRECT] / self.count

    @property
    def misrounded(self) -> int:
        """How many results are not the correctly rounded ones, nor flushed to zero where that is accepted."""
        return self.count - self.histogram[Class.CORRECT] - self.histogram[Class.FLUSHED]

    def at(self, i: int) -> Row:
        """Return one result."""
        return Row(float(self.x[i]), float(self.got[i]), float(self.expected[i]), float(self.errors.ulp[i]))


def report(
    subject: Subject, x: Array, got: Array, true: TrueValues, dtype: DType, *, ftz: bool = False
) -> Report:
    """Hold results against the truth; with `ftz`, 0 is accepted where a subnormal number is due."""
    expected = true.expected
    flushed = ftz & (got == 0) & (expected != 0) & (np.abs(expected) < 2.0**dtype.lowest)
    ulp, off, relative = (np.where(flushed, 0.0, sizes) for sizes in true.errors(got, dtype))
    classes = classes(got, expected, flushed, dtype)
    known_for_sure = flushed if dtype.precision == 53 else flushed | (classes == 0)
    true = replace(true, doubt=np.where(known_for_sure, 0.0, true.doubt))
    wrong = (classes > 0) & ~flushed
    lost = np.isin(classes, [list(Class).index(kind) for kind in (Class.NO_NUMBER, Class.NUMBER)])
    known = ulp[np.isfinite(ulp)]
    worst = _worst(x, ulp)

    def row(i: int) -> Row:
        return Row(float(x[i]), float(got[i]), float(expected[i]), float(ulp[i]))

    regions = [
        Region(low, high, rows.size, int((wrong[rows]).sum()), row(int(rows[_worst(x[rows], ulp[rows])[0]])))
        for low, high, rows in by_region(x)
    ]
    return Report(
        subject=subject,
        dtype=dtype,
        count=x.size,
        histogram={c: int(n) for c, n in zip(Class, np.bincount(classes, minlength=len(Class)), strict=True)},
        max_ulp=_gap(x, ulp),
        max_finite=_gap(x, np.where(np.isfinite(ulp) & ~lost, ulp, -1.0)),
        mean_ulp=_mean(known),
        median_ulp=float(np.median(known)) if known.size else 0.0,
        p99_ulp=float(np.quantile(known, 0.99)) if known.size else 0.0,
        max_abs=_gap(x, np.where(np.isfinite(off), off, -1.0)),
        max_rel=_gap(x, np.where(np.isfinite(off), relative, -1.0)),
        zero_signs=int(((got == 0) & (expected == 0) & (np.signbit(got) != np.signbit(expected))).sum()),
        unsure=int(true.unsure(ulp).sum()),
        untold=int(true.untold(got, dtype).sum()),
        regions=tuple(regions),
        worst=tuple(row(i) for i in worst[:_ROWS].tolist() if wrong[i]),
        specials=tuple(Special(name, row(i)) for name, i in _specials(subject, x, dtype)),
        x=x,
        got=got,
        expected=expected,
        errors=Errors(ulp, off, relative),
        true=true,
    )


def classes(got: Array, expected: Array, flushed: NDArray[np.bool_], dtype: DType) -> NDArray[np.intp]:
    """Return the place of each result's class in `Class`."""
    steps = ulp_distance(dtype.round(got), expected, dtype)
    steps = np.where(np.isfinite(got) & (dtype.round(got) != got), np.maximum(steps, 1), steps)
    order = list(Class)
    place = np.searchsorted([0, 1, 2, 10, 100], steps, "left")
    due, came = np.isfinite(expected), np.isfinite(got)
    with np.errstate(invalid="ignore"):
        place[due & came & (np.sign(got) * np.sign(expected) < 0)] = order.index(Class.SIGN)
    place[due & ~came] = order.index(Class.NO_NUMBER)
    other = ~due & (came | (np.isnan(expected) != np.isnan(got)) | (steps > 0))
    place[other] = order.index(Class.NUMBER)
    place[flushed] = order.index(Class.FLUSHED)
    return np.asarray(place, np.intp)


def _worst(x: Array, sizes: Array) -> NDArray[np.intp]:
    """Return the indices by size, the largest first; of equals, the x nearest to 0 first."""
    if sizes.size > 100_000:  # sorting a million for ten of them takes its time
        limit = np.partition(sizes, -1000)[-1000]
        top = np.flatnonzero(sizes >= limit) if limit > 0 else np.flatnonzero(sizes > 0)
        top = top if top.size else np.array([0])
        return top[np.lexsort((np.abs(x[top]), -sizes[top]))]
    return np.lexsort((np.abs(x), -sizes))


def _mean(sizes: Array) -> float:
    """Return the mean of numbers whose sum may exceed all doubles."""
    most = sizes.max(initial=0.0)
    return float((sizes / most).mean() * most) if most else 0.0


def _gap(x: Array, sizes: Array) -> Gap:
    top = _worst(x, sizes)[0]
    return Gap(float(sizes[top]), float(x[top]))


def _specials(subject: Subject, x: Array, dtype: DType) -> list[tuple[str, int]]:
    """Return the special points that were tried, each by a name, and where they are in x."""
    values = specials(dtype).tolist()
    names = ["0", "least subnormal", "greatest subnormal", "least normal", "1", "largest", "inf"]
    names = names[: (len(values) - 1) // 2]
    named = [*(f"-{name}" for name in reversed(names)), *(f"+{name}" for name in names), "NaN"]
    points = list(zip(named, values, strict=True))
    points += [
        (f"kink {k.at:g}", k.at) for k in subject.function.kinks(**subject.function.bind(subject.params))
    ]
    found = []
    for name, value in points:
        same = np.isnan(x) if np.isnan(value) else (x == value) & (np.signbit(x) == np.signbit(value))
        rows = np.flatnonzero(same)
        if rows.size:
            found.append((name, int(rows[0])))
    return found

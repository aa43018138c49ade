"""Judged results counted, block by block: whatever the number of inputs, one way to a report."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import named
from actcli.core.measure.distance import REGIONS
from actcli.core.measure.ulp import ordinal
from actcli.core.verify.causes import Cause, Class
from actcli.core.verify.choices import Accepted
from actcli.core.verify.inputs import specials
from actcli.core.verify.report import (
    Checked,
    Finding,
    FindingKind,
    Group,
    NanInputs,
    Region,
    Report,
    Row,
    Special,
    Worst,
)
from actcli.core.verify.tolerance import checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.dtypes import DType
    from actcli.core.verify.inputs import Inputs
    from actcli.core.verify.judge import Judge, Judged

_SHIFT = 45
"""An error is counted by the highest bits of its double, of the fraction 7: to 0.8 %."""


ROUNDINGS = ("down", "up", "to_zero", "from_zero", "ties_away")
"""The ways of rounding that are tried on misrounded results."""

COLUMNS = 1024
"""The columns of the picture, each as many numbers wide."""

_UNSEEN = 2.0**-10
"""ULP beyond a number of the format that a kernel of ten more bits, as float32 for bfloat16, may not see."""

_ALIKE = 6
"""Points of a column that are kept besides the worst."""


@dataclass(slots=True)
class Totals:
    """What is known of the results so far.

    Every field is a count, a sum, or the worst of a kind, so that blocks can come in any order and a run can
    go on from a file.
    """

    tried: int = 0
    nan: list[int] = field(default_factory=lambda: [0, 0])
    classes: list[int] = field(default_factory=lambda: [0] * len(Class))
    accepted: dict[str, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    comparable: int = 0
    sums: list[float] = field(default_factory=lambda: [0.0] * 5)
    zero_signs: int = 0
    unsure: int = 0
    untold: int = 0
    roundings: list[int] = field(default_factory=lambda: [0] * len(ROUNDINGS))
    worst: dict[str, list[Any]] = field(default_factory=dict)
    groups: dict[str, list[float]] = field(default_factory=dict)
    regions: dict[int, list[int]] = field(default_factory=dict)
    checks: dict[str, list[int]] = field(default_factory=dict)
    specials: dict[str, list[Any]] = field(default_factory=dict)
    points: list[list[float]] = field(default_factory=list)
    calls: int = 0
    came: str = ""
    findings: list[list[Any]] = field(default_factory=list)

    def note(self, found: Finding) -> None:
        """Keep something worth knowing."""
        self.findings.append(
            [found.kind.value, found.count, found.row and list(found.row), dict(found.detail)]
        )

    def noted(self) -> Iterator[Finding]:
        """Yield what was kept."""
        for kind, count, row, detail in self.findings:
            yield Finding(FindingKind(kind), count, Row(*row) if row else None, detail)

    def add(self, judge: Judge, block: Judged) -> None:
        """Count the results of a block."""
        self.tried += block.x.size + block.nan.size
        self._add_nan(block)
        if not block.x.size:
            return
        ulp = block.errors.ulp
        live = block.wrong[block.reasons < 0]
        classes = np.bincount(block.classes, minlength=len(Class))
        classes[0] += block.x.size - block.wrong.size
        self.classes = [a + int(b) for a, b in zip(self.classes, classes, strict=True)]
        for reason, count in Counter(block.reasons[block.reasons >= 0].tolist()).items():
            name = list(Accepted)[reason].value
            self.accepted[name] = self.accepted.get(name, 0) + count
        self._add_sizes(block, live)
        self._add_roundings(block, live)
        zero = (block.got == 0) & (block.true.expected == 0)
        zero &= np.signbit(block.got) != np.signbit(block.true.expected)
        if zero.any():
            self.zero_signs += int(zero.sum())
            self._worse("zero_sign", block, zero.astype(np.float64))
        self.unsure += int(block.true.unsure(ulp).sum())
        self.untold += int(block.true.untold(block.got, block.dtype).sum())
        self._add_groups(block)
        self._add_regions(block, live)
        self._add_checks(judge, block)
        self._add_specials(judge, block)
        self._add_points(judge, block)

    def _add_nan(self, block: Judged) -> None:
        lost = np.flatnonzero(~np.isnan(block.nan_got))
        self.nan = [self.nan[0] + block.nan.size, self.nan[1] + lost.size]
        if lost.size:
            self._keep("nan", float("inf"), block.nan_row(int(lost[0])))
        elif block.nan.size:
            self._keep("nan", 0.0, block.nan_row(0))

    def _add_sizes(self, block: Judged, live: NDArray[np.intp]) -> None:
        """Count errors by size; mean, bias and quantiles are of results that share a bit with the truth."""
        ulp = block.errors.ulp
        fine = np.isfinite(block.got) & np.isfinite(block.true.expected) & (ulp <= 2.0**block.dtype.precision)
        self._worse("ulp", block, ulp)
        known = fine.all()
        finite = fine if known else np.isfinite(block.got) & np.isfinite(block.true.expected)
        for name, size in zip(("finite", "abs", "rel"), block.errors, strict=True):
            self._worse(name, block, size, None if known else finite)
        value, got, rest = block.true.value, block.got, block.true.rest
        if not known:
            ulp, value, got, rest = ulp[fine], value[fine], got[fine], rest[fine]
        self.comparable += ulp.size
        lean = np.sign((got - value) - rest) if block.dtype.precision == 53 else np.sign(got - value)
        signed = ulp * lean
        outwards = float((signed * np.sign(value)).sum())
        excess = _beyond_rounding(block, live[fine[live]])
        some = (float(ulp.sum()), float(signed.sum()), outwards, *excess)
        self.sums = [a + b for a, b in zip(self.sums, some, strict=True)]
        place = ulp.view(np.int64) >> _SHIFT
        low = int(place.min(initial=0))
        counts = np.bincount(place - low)
        for i in np.flatnonzero(counts).tolist():
            self.sizes[low + i] = self.sizes.get(low + i, 0) + int(counts[i])

    def _add_roundings(self, block: Judged, live: NDArray[np.intp]) -> None:
        """Count for each way of rounding the results that are not as it would have them.

        Where the true value lies next to a number of the format, a kernel rounds that number itself.
        """
        expected, value = block.true.expected, block.true.value
        with np.errstate(invalid="ignore"):  # infinities
            lean = np.sign(expected - value)  # +1: the nearest number lies above the truth
        if block.dtype.precision == 53:
            lean = -np.sign(block.true.rest)
        lean[~np.isfinite(lean) | (block.errors.ulp < _UNSEEN)] = 0.0
        side = lean * np.sign(expected)
        tie = block.errors.ulp == 0.5
        mine, steps = lean[live], _steps(block, live)
        outwards = steps * np.sign(expected[live])
        due = (
            (lean > 0, mine > 0, steps == -1),
            (lean < 0, mine < 0, steps == 1),
            (side > 0, side[live] > 0, outwards == -1),
            (side < 0, side[live] < 0, outwards == 1),
            (tie & (side < 0), tie[live] & (side[live] < 0), outwards == 1),
        )
        for i, (moved, wanted, came) in enumerate(due):
            right = int((wanted & came).sum())
            self.roundings[i] += int(moved.sum()) - int(wanted.sum()) + live.size - right

    def _add_groups(self, block: Judged) -> None:
        live = block.reasons < 0
        causes, rows = block.causes[live], block.wrong[live]
        for number in np.unique(causes).tolist():
            cause, some = list(Cause)[number].value, rows[causes == number]
            low, high = float(block.x[some].min()), float(block.x[some].max())
            count, before_low, before_high = self.groups.get(cause, (0, low, high))
            self.groups[cause] = [count + some.size, min(low, before_low), max(high, before_high)]
            at = _first(block.x[some], block.errors.ulp[some])
            self._keep(f"cause {cause}", float(block.errors.ulp[some[at]]), block.row(int(some[at])))

    def _add_regions(self, block: Judged, live: NDArray[np.intp]) -> None:
        place = region_of(block.x)
        count = np.bincount(place)
        wrong = np.bincount(place[live], minlength=count.size)
        worst = np.full(count.size, -1.0)
        np.maximum.at(worst, place, block.errors.ulp)
        top = np.flatnonzero(block.errors.ulp == worst[place])
        top = top[np.lexsort((np.abs(block.x[top]), place[top]))]
        found, first = np.unique(place[top], return_index=True)
        for number, at in zip(found.tolist(), top[first].tolist(), strict=True):
            before = self.regions.get(number, [0, 0])
            self.regions[number] = [before[0] + int(count[number]), before[1] + int(wrong[number])]
            self._keep(f"region {number}", float(block.errors.ulp[at]), block.row(at))

    def _add_checks(self, judge: Judge, block: Judged) -> None:
        for check in checks(judge.limits, block.dtype, block.got, block.errors, block.true):
            broken, over = check.low > check.limit, check.high > check.limit
            before = self.checks.get(check.name, [0, 0])
            sure = int(broken.sum())
            self.checks[check.name] = [before[0] + sure, before[1] + int(over.sum()) - sure]
            self._worse(check.name, block, check.sizes)

    def _add_specials(self, judge: Judge, block: Judged) -> None:
        for name, value in _special_points(judge):
            if name not in self.specials:
                rows = np.flatnonzero(block.x == value)
                rows = rows[np.signbit(block.x[rows]) == np.signbit(value)]
                if rows.size:
                    self.specials[name] = list(block.row(int(rows[0])))

    def _add_points(self, judge: Judge, block: Judged) -> None:
        """Keep the worst error of each column of the picture, and some others of it."""
        x, got, ulp = block.x, block.got, block.errors.ulp
        if x.size > COLUMNS * (_ALIKE + 1):
            rows = thinned(_binades(x, judge.in_dtype), ulp)
            x, got, ulp = x[rows], got[rows], ulp[rows]
        self.points.append([x.tolist(), got.tolist(), ulp.tolist()])
        if len(self.points) > 16:
            self.points = [[part.tolist() for part in self.drawn(judge)]]

    def drawn(self, judge: Judge) -> tuple[Array, Array, Array]:
        """Return the points of the picture: inputs, results and errors in ULP."""
        if not self.points:
            return np.empty(0), np.empty(0), np.empty(0)
        x, got, ulp = (np.concatenate([np.asarray(part[i]) for part in self.points]) for i in range(3))
        rows = thinned(_binades(x, judge.in_dtype), ulp)
        return x[rows], got[rows], ulp[rows]

    def _worse(self, name: str, block: Judged, sizes: Array, among: Mask | None = None) -> None:
        """Keep the result with the largest of some sizes, if it is larger than the one before."""
        if among is None:
            at = _first(block.x, sizes)
        else:
            rows = np.flatnonzero(among)
            if not rows.size:
                return
            at = int(rows[_first(block.x[rows], sizes[rows])])
        self._keep(name, float(sizes[at]), block.row(at))

    def _keep(self, name: str, size: float, row: Row) -> None:
        before = self.worst.get(name)
        if before is None or (size, -abs(row.x)) > (before[0], -abs(before[1][0])):
            self.worst[name] = [size, list(row)]

    def worst_of(self, name: str) -> Worst | None:
        """Return the worst of a kind, if there is any."""
        found = self.worst.get(name)
        return Worst(found[0], Row(*found[1])) if found else None

    def row_of(self, name: str) -> Row | None:
        """Return the result that is the worst of a kind."""
        found = self.worst_of(name)
        return found.row if found else None

    def quantile(self, share: float) -> float:
        """Return the error that a share of the comparable results do not exceed."""
        wanted, seen = share * self.comparable, 0
        for place in sorted(self.sizes):
            seen += self.sizes[place]
            if seen >= wanted:
                ends = (np.array([place, place + 1], np.int64) << _SHIFT).view(np.float64)
                return float(ends.mean()) if place else 0.0
        return 0.0

    def state(self) -> dict[str, Any]:
        """Return all that is known as lists and numbers."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Totals:
        """Return the totals of which that is the state, read from a file or not."""
        numbered = {
            name: {int(key): value for key, value in state[name].items()} for name in ("sizes", "regions")
        }
        return cls(**(dict(state) | numbered))


def _beyond_rounding(block: Judged, rows: NDArray[np.intp]) -> tuple[float, float]:
    """Return the sum of (got − nearest) in ULP, and of (|got| − |nearest|)."""
    true, got = block.true.at(rows), block.got[rows]
    due = true.expected
    units = block.dtype.spacing(due)
    apart = (got / units) - (due / units)
    return float(apart.sum()), float((apart * np.sign(due)).sum())


def _steps(block: Judged, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return how many numbers of the format results lie above the nearest one."""
    got, expected = block.got[rows], block.true.expected[rows]
    fine = np.isfinite(got) & np.isfinite(expected)
    steps = ordinal(np.where(fine, got, 0.0), block.dtype) - ordinal(
        np.where(fine, expected, 0.0), block.dtype
    )
    return np.where(fine, steps, 0)


def _first(x: Array, sizes: Array) -> int:
    """Return the place of the largest size; of equals, the x nearest to 0."""
    at = int(sizes.argmax())
    if sizes[at] == 0:
        return int(np.abs(x).argmin()) if not sizes.any() else at
    top = np.flatnonzero(sizes == sizes[at])
    return int(top[np.abs(x[top]).argmin()])


def region_of(x: Array) -> NDArray[np.intp]:
    """Return the number of the region that each x lies in; one holds its end nearer to 0."""
    middle = REGIONS.size // 2
    place = np.searchsorted(REGIONS[middle:], np.abs(x), "right")
    return np.clip(np.where(x >= 0, middle + place, middle + 1 - place), 1, REGIONS.size - 1)


def _binades(x: Array, dtype: DType) -> NDArray[np.int64]:
    """Return places of numbers in which every binade of the format is as wide as another."""
    place = np.maximum(np.abs(x).view(np.int64) - int(dtype.spacing(0.0).view(np.int64)), 0) >> 8
    return np.where(np.signbit(x), -place, place)


def thinned(place: NDArray[np.int64], size: Array) -> NDArray[np.intp]:
    """Return which points to draw: the worst of each column of the picture, and some of all in turn."""
    if place.size <= COLUMNS * (_ALIKE + 1):
        return np.arange(place.size)
    low, high = int(place.min()), int(place.max())
    column = ((place - low) * (COLUMNS / (float(high - low) + 1.0))).astype(np.int32)
    np.minimum(column, COLUMNS - 1, out=column)  # the last may be rounded up
    worst = np.full(COLUMNS, -1.0)
    np.maximum.at(worst, column, size)
    top = np.flatnonzero(size == worst[column])
    _, first = np.unique(column[top], return_index=True)
    others = np.arange(0, place.size, place.size // (COLUMNS * _ALIKE))
    return np.union1d(top[first], others)


def _special_points(judge: Judge) -> list[tuple[str, float]]:
    """Return the special points of a format and of a function, each by a name."""
    function, bound = judge.subject.function, judge.subject.function.bind(judge.subject.params)
    points = [(name, x) for name, x in specials(judge.in_dtype).items() if x == x]
    return points + [(f"kink {kink.at:g}", kink.at) for kink in function.kinks(**bound)]


def finished(totals: Totals, judge: Judge, inputs: Inputs, kernel: str) -> Report:
    """Return the report on all that was counted."""
    got_dtype = named(totals.came) or judge.dtype
    histogram = dict(zip(Class, totals.classes, strict=True))
    tried_nan, lost = totals.nan
    gradient = bool(judge.subject.order or judge.subject.wrt)
    if tried_nan:  # all its patterns count as one
        histogram[Class.CORRECT if not lost else Class.ACCEPTED if gradient else Class.NUMBER] += 1
    count = sum(histogram.values())
    nan = NanInputs(tried_nan, lost, totals.row_of("nan"))
    misrounded = count - histogram[Class.CORRECT] - histogram[Class.ACCEPTED]
    swallowed = Worst(np.inf, nan.row) if lost and not gradient and nan.row else None
    groups = [
        Group(Cause(name), int(number), low, high, row)
        for name, (number, low, high) in totals.groups.items()
        if (row := totals.row_of(f"cause {name}"))
    ]
    if swallowed:
        groups.append(Group(Cause.NAN_INPUT, lost, np.nan, np.nan, swallowed.row))
    groups.sort(key=lambda group: (-group.worst.ulp, -group.results))
    worst = totals.worst_of("ulp")
    if swallowed and not (worst and np.isinf(worst.size)):
        worst = swallowed
    rows = {name: totals.row_of(f"region {name}") for name in sorted(totals.regions)}
    points = {name: Special(name, Row(*row)) for name, row in totals.specials.items()}
    order = [name for name, _ in _special_points(judge) if name in points]
    if nan.row:
        points["NaN"] = Special("NaN", nan.row)
        order.append("NaN")
    size = max(1, totals.comparable)
    return Report(
        kernel=kernel,
        subject=judge.subject,
        dtype=judge.dtype,
        in_dtype=judge.in_dtype,
        got_dtype=got_dtype,
        coverage=inputs.coverage,
        tried=totals.tried,
        total=inputs.total,
        seed=inputs.seed,
        calls=totals.calls,
        choices=judge.choices,
        accepted={Accepted(name): number for name, number in totals.accepted.items()},
        limits=judge.limits,
        checks=tuple(_checked(totals, judge, misrounded, swallowed)),
        count=count,
        histogram=histogram,
        nan=nan,
        max_ulp=worst or Worst(0.0, Row(np.nan, np.nan, np.nan, 0.0, 0, 0, 0)),
        max_finite=totals.worst_of("finite"),
        comparable=totals.comparable,
        mean_ulp=totals.sums[0] / size,
        bias=totals.sums[1] / size,
        bias_outwards=totals.sums[2] / size,
        median_ulp=totals.quantile(0.5),
        p99_ulp=totals.quantile(0.99),
        max_abs=totals.worst_of("abs"),
        max_rel=totals.worst_of("rel"),
        zero_signs=totals.zero_signs,
        zero_row=totals.row_of("zero_sign"),
        unsure=totals.unsure,
        untold=totals.untold,
        findings=(*totals.noted(), *_findings(totals, judge, got_dtype, misrounded, gradient=gradient)),
        groups=tuple(groups),
        regions=tuple(
            Region(float(REGIONS[i - 1]), float(REGIONS[i]), totals.regions[i][0], totals.regions[i][1], row)
            for i, row in rows.items()
            if row
        ),
        specials=tuple(points[name] for name in order),
        points=totals.drawn(judge),
    )


def _checked(totals: Totals, judge: Judge, misrounded: int, swallowed: Worst | None) -> Iterator[Checked]:
    """Yield what became of each limit."""
    limits = judge.limits
    for name, limit in limits.of_errors(judge.dtype):
        broken, open_ = totals.checks.get(name, (0, 0))
        worst = swallowed or totals.worst_of(name)
        size, row = worst if worst else (0.0, None)
        yield Checked(name, limit, size, row, broken + bool(swallowed), open_)
    if limits.max_misrounded is not None:
        sure, most = misrounded - totals.untold, misrounded + totals.untold
        broken = misrounded if sure > limits.max_misrounded else 0
        open_ = totals.untold if most > limits.max_misrounded and not broken else 0
        row = swallowed.row if swallowed else totals.row_of("ulp")
        yield Checked("max_misrounded", limits.max_misrounded, misrounded, row, broken, open_)
    if limits.signed_zero:
        row = totals.row_of("zero_sign")
        yield Checked("signed_zero", 0, totals.zero_signs, row, totals.zero_signs, 0)


_FEW = 8
_SHARE = 0.02
"""A way of rounding explains misrounded results if that share of them at most is not as it would have it."""
_LEANING = 0.1
"""ULP from the correctly rounded results, on average, from which on results lean to a side."""


def _findings(
    totals: Totals, judge: Judge, got_dtype: DType, misrounded: int, *, gradient: bool
) -> Iterator[Finding]:
    """Yield what the counts say besides errors."""
    if got_dtype != judge.dtype:
        detail = {"due": judge.dtype.name, "got": got_dtype.name}
        yield Finding(FindingKind.DTYPE, totals.tried, None, detail)
    best = int(np.argmin(totals.roundings))
    if misrounded >= _FEW and totals.roundings[best] <= _SHARE * misrounded:
        yield Finding(FindingKind.ROUNDING, misrounded, None, {"mode": ROUNDINGS[best]})
    size = max(1, totals.comparable)
    lean, outwards = (each / size for each in totals.sums[3:])
    if totals.comparable >= 100 and max(abs(lean), abs(outwards)) >= _LEANING:
        yield Finding(FindingKind.BIAS, totals.comparable, None, {"mean": lean, "mean_outwards": outwards})
    if totals.zero_signs:
        yield Finding(FindingKind.ZERO_SIGN, totals.zero_signs, totals.row_of("zero_sign"))
    if totals.nan[1] and gradient:
        yield Finding(FindingKind.NAN_GRADIENT, totals.nan[1], totals.row_of("nan"))

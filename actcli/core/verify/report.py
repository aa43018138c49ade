"""How good a kernel's results are: counts, errors in ULP, where they are worst."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from actcli.core.verify.causes import Class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject
    from actcli.core.verify.causes import Cause
    from actcli.core.verify.choices import Accepted, Choices
    from actcli.core.verify.inputs import Coverage
    from actcli.core.verify.tolerance import Limits


class Row(NamedTuple):
    """One result.

    Attributes:
        x: the input.
        got: what came.
        expected: what was due.
        ulp: the error in ULP.
        x_bits: the pattern of the input.
        got_bits: the pattern that the kernel returned, in its own format.
        expected_bits: the pattern of what was due; of NaN, the usual one.
    """

    x: float
    got: float
    expected: float
    ulp: float
    x_bits: int
    got_bits: int
    expected_bits: int


class Worst(NamedTuple):
    """The largest error of some kind, and the result that has it; of several, the x nearest to 0."""

    size: float
    row: Row

    @property
    def x(self) -> float:
        """Where it is."""
        return self.row.x


class Group(NamedTuple):
    """Results that are wrong for the same cause: how many, between which inputs, the worst of them."""

    cause: Cause
    results: int
    low: float
    high: float
    worst: Row


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


class Checked(NamedTuple):
    """A limit, and what became of it.

    Attributes:
        name: of the limit, as in `Limits`.
        limit: what must hold: errors, or counts, of at most so much.
        worst: the largest error of its kind, or the count.
        row: the result that has it.
        broken: how many results break it for sure.
        open: how many may or may not.
    """

    name: str
    limit: float
    worst: float
    row: Row | None
    broken: int
    open: int

    @property
    def passed(self) -> bool:
        """Whether it holds for sure."""
        return not (self.broken or self.open)


class NanInputs(NamedTuple):
    """What became of NaN: how many patterns went in, for how many a number came, and for which."""

    tried: int
    lost: int
    row: Row | None


class FindingKind(StrEnum):
    """What there is to know of a kernel besides its errors."""

    POSITION = "depends_on_position"
    REPEAT = "second_call_differs"
    CRASH = "crashes"
    REFUSED = "refuses"
    OVERWRITES = "overwrites_inputs"
    DTYPE = "result_dtype"
    ROUNDING = "rounding"
    BIAS = "bias"
    ZERO_SIGN = "zero_sign"
    NAN_GRADIENT = "gradient_at_nan"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth knowing.

    Attributes:
        kind: what it is.
        count: how many results it is about.
        row: one of them.
        detail: what else there is to say, by names.
    """

    kind: FindingKind
    count: int
    row: Row | None = None
    detail: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How results compare with the truth.

    NaN counts as one input, whatever the number of patterns that were tried: a result for each of them is
    told apart only in `nan`.

    Attributes:
        kernel: what was called, or the file of results.
        subject: what was verified.
        dtype: the format that results are due in.
        in_dtype: that of the inputs.
        got_dtype: the one that they came in.
        coverage: which inputs were tried.
        tried: how many.
        total: of how many.
        seed: of a sample.
        calls: how often the kernel was called.
        choices: what is accepted.
        accepted: how many results were, by reason.
        limits: what must hold.
        checks: the limits with what became of them.
        count: the number of inputs that differ as numbers.
        histogram: how many results are of each class.
        nan: what came for NaN.
        max_ulp: the largest error in ULP; infinite where NaN came or was due.
        max_finite: the largest error in ULP of results that are numbers where numbers are due.
        comparable: how many results are finite numbers where one is due and share its first bit: of those are
            mean, bias, median and p99.
        mean_ulp: the mean error.
        bias: the mean of (got − true) in ULP: which way results lean.
        bias_outwards: the mean of (|got| − |true|) in ULP: whether they are too large.
        median_ulp: the median, to 1 %.
        p99_ulp: the error that 99 of 100 do not exceed, to 1 %.
        max_abs: the largest |got − true| of finite results where a finite number is due.
        max_rel: the largest |got − true| / |true| of those, infinite where 0 is due.
        zero_signs: how many zeros have the wrong sign; no errors unless `--signed-zero` says so.
        zero_row: one of them.
        unsure: how many errors are known to the bound of the project's own float64 kernel only, and are not
            so large that it tells them to 2 %.
        untold: how many results may or may not be correctly rounded, for all that is known.
        findings: what is worth knowing besides errors.
        groups: results that are not correctly rounded, by cause, the worst first.
        regions: the line in parts, from left to right.
        specials: signed zeros, subnormals, infinities, NaN and kinks, as far as they were tried.
        points: some of the inputs with their results and errors in ULP, the worst among them, for a picture.
    """

    kernel: str
    subject: Subject
    dtype: DType
    in_dtype: DType
    got_dtype: DType
    coverage: Coverage
    tried: int
    total: int
    seed: int | None
    calls: int
    choices: Choices
    accepted: Mapping[Accepted, int]
    limits: Limits
    checks: tuple[Checked, ...]
    count: int
    histogram: Mapping[Class, int]
    nan: NanInputs
    max_ulp: Worst
    max_finite: Worst | None
    comparable: int
    mean_ulp: float
    bias: float
    bias_outwards: float
    median_ulp: float
    p99_ulp: float
    max_abs: Worst | None
    max_rel: Worst | None
    zero_signs: int
    zero_row: Row | None
    unsure: int
    untold: int
    findings: tuple[Finding, ...]
    groups: tuple[Group, ...]
    regions: tuple[Region, ...]
    specials: tuple[Special, ...]
    points: tuple[Array, Array, Array]

    @property
    def passed(self) -> bool:
        """Whether every limit holds for sure, and there are results whatever way the kernel is called."""
        return self.crash is None and all(check.passed for check in self.checks)

    @property
    def crash(self) -> Finding | None:
        """A way of calling the kernel in which it crashes, if there is one."""
        return next((found for found in self.findings if found.kind is FindingKind.CRASH), None)

    @property
    def worst(self) -> tuple[Row, ...]:
        """The worst result of each cause, the worst first."""
        return tuple(group.worst for group in self.groups)

    @property
    def correct_share(self) -> float:
        """The share of results that are the correctly rounded ones."""
        return self.histogram[Class.CORRECT] / self.count

    @property
    def misrounded(self) -> int:
        """How many results are neither the correctly rounded ones nor accepted for a choice."""
        return self.count - self.histogram[Class.CORRECT] - self.histogram[Class.ACCEPTED]

"""What a report says in phrases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from actcli.core.dtypes import FLOAT64, Quantised
from actcli.core.measure.facts import number
from actcli.core.questions import is_available
from actcli.core.verify.causes import Cause, Class
from actcli.core.verify.choices import Accepted
from actcli.core.verify.inputs import NARROW, Coverage
from actcli.core.verify.reference import kernel_bound
from actcli.core.verify.report import FindingKind
from actcli.errors import MissingExtraError, UnsettledError
from actcli.tables.numbers import format_number

if TYPE_CHECKING:
    from actcli.core.dtypes import DType
    from actcli.core.verify.report import Checked, Finding, Report
    from actcli.errors import ActcliError

CLASSES = {
    Class.CORRECT: "correctly rounded",
    Class.ONE: "1",
    Class.TWO: "2",
    Class.FEW: "3-10",
    Class.SOME: "11-100",
    Class.MANY: "more than 100",
    Class.SIGN: "wrong sign",
    Class.NO_NUMBER: "NaN or inf where a number is due",
    Class.NUMBER: "something else than the NaN or inf that is due",
    Class.ACCEPTED: "accepted",
}

CAUSES = {
    Cause.NAN_INPUT: "a number for NaN",
    Cause.INFINITE_INPUT: "at ±inf",
    Cause.NAN: "NaN where a number is due",
    Cause.NUMBER: "a number where NaN is due",
    Cause.OVERFLOW: "inf where a number is due",
    Cause.NO_OVERFLOW: "a number where inf is due",
    Cause.SIGN: "wrong sign",
    Cause.KINK: "at a kink",
    Cause.SUBNORMAL_INPUT: "subnormal inputs",
    Cause.FLUSHED: "subnormal results flushed to 0",
    Cause.UNDERFLOW: "0 where a normal number is due",
    Cause.SUBNORMAL: "subnormal results",
    Cause.NEXT: "next to the nearest number",
    Cause.BESIDE_KINK: "beside a kink",
    Cause.BESIDE_ROOT: "beside a root",
    Cause.NEAR_ZERO: "near 0",
    Cause.LEFT_TAIL: "left tail",
    Cause.RIGHT_TAIL: "right tail",
    Cause.ELSEWHERE: "elsewhere",
}

_ACCEPTED = {
    Accepted.KINK: "--kink any",
    Accepted.FLUSHED: "--ftz",
    Accepted.ZERO_INPUT: "--daz",
    Accepted.SATURATED: "--saturate",
    Accepted.OUTSIDE: "gradients where the function has no value",
}

_ROUNDINGS = {
    "down": "rounding down",
    "up": "rounding up",
    "to_zero": "truncation",
    "from_zero": "rounding away from 0",
    "ties_away": "rounding ties away from 0",
}


def spelled(value: float, dtype: DType) -> str:
    """Return a number of a format in digits, and of a quantised one the integer that stands for it.

    Those of 16 bits and less are shown as the doubles that they are: the fewest digits that tell 448 from its
    neighbours in float8_e4m3fn are 450.
    """
    text = format_number(value, FLOAT64 if dtype.bits <= NARROW else dtype)
    if not isinstance(dtype, Quantised) or not math.isfinite(value):
        return text
    return f"{text} (q {int(dtype.ordinal(value)) + dtype.zero_point})"


def shares(report: Report) -> str:
    """Return which share of results is correctly rounded, and which breaks the limit of errors in ULP."""
    limits = [check for check in report.checks if check.name == "max_ulp"]
    return " · ".join(
        [
            report.kernel,
            f"{_share(report.count - report.misrounded, report)} correctly rounded",
            *(f"{_share(check.broken, report)} beyond {check.limit:g} ULP" for check in limits),
        ]
    )


def _share(count: int, report: Report) -> str:
    """Return a share in per cent; not 0 or 100 of what is neither."""
    share = 100 * count / report.count
    if not 0 < count < report.count:
        return f"{share:g} %"
    return f"{share:.3g} %" if 0.001 < share < 99.9 else f"{count:,} of {report.count:,}"


def title(report: Report) -> str:
    """Return what was verified."""
    given = " ".join(f"{name}={value:g}" for name, value in report.subject.params.items())
    formats = f"{report.dtype}" + (f" of {report.in_dtype}" if report.in_dtype != report.dtype else "")
    return f"{report.subject.name}{' ' + given if given else ''} in {formats}"


def tried(report: Report) -> str:
    """Return which inputs were tried."""
    share = f"{report.tried:,} of {report.total:,}"
    return {
        Coverage.EVERY: f"{share} inputs: all of {report.in_dtype}",
        Coverage.RANGE: f"{share} inputs of {report.in_dtype} in the range"
        + (": all" if report.seed is None else f": a sample, --seed {report.seed}"),
        Coverage.SAMPLE: f"{share} inputs of {report.in_dtype}: a sample, --seed {report.seed}",
        Coverage.GIVEN: f"{report.tried:,} inputs of {report.in_dtype}, as given",
    }[report.coverage]


def nan(report: Report) -> str:
    """Return what became of NaN."""
    patterns, lost, row = report.nan
    if not patterns:
        return ""
    if not lost:
        return f"stays NaN ({patterns:,} pattern{'s' * (patterns > 1)})"
    came = f", for example {spelled(row.got, report.dtype)}" if row else ""
    accepted = "; accepted of a gradient" if report.subject.order or report.subject.wrt else ""
    return f"becomes a number for {lost:,} of {patterns:,} patterns{came}{accepted}"


def choices(report: Report) -> str:
    """Return which choices were in force, and how many results they decided."""
    asked, lines = report.choices, []
    if report.subject.order:
        rule = str(asked.kink) if asked.kink else "any"
        lines.append(f"--kink {rule}" + _times(report.accepted.get(Accepted.KINK)))
    for given, reason in (
        (asked.ftz, Accepted.FLUSHED),
        (asked.daz, Accepted.ZERO_INPUT),
        (asked.saturate, Accepted.SATURATED),
        (report.subject.order or report.subject.wrt, Accepted.OUTSIDE),
    ):
        if given:
            lines.append(_ACCEPTED[reason] + f": {report.accepted.get(reason, 0):,} results")
    if asked.round_params:
        held = ", ".join(f"{name} {value!r}" for name, value in report.subject.params.items())
        lines.append(f"--round-params: {held}")
    return "\n".join(lines)


def _times(count: int | None) -> str:
    return f": {count:,} results" if count else ""


def option(check: Checked, report: Report) -> str:
    """Return a limit as it is given."""
    name = "--" + check.name.replace("_", "-")
    if check.name == "signed_zero":
        return name
    return f"{name} {report.limits.preset if check.name == 'preset' else f'{check.limit:g}'}"


_UNITS = {
    "max_ulp": "ULP",
    "max_abs": "absolute error",
    "max_rel": "relative error",
    "preset": "times the tolerance",
    "max_misrounded": "misrounded results",
    "signed_zero": "zeros of the wrong sign",
}


def check(found: Checked, report: Report) -> str:
    """Return what became of a limit."""
    state = "holds" if found.passed else "broken" if found.broken else "undecided"
    return f"{option(found, report)}: {state}, {number(found.worst)} {_UNITS[found.name]}"


def finding(found: Finding, report: Report) -> str:
    """Return something worth knowing, in a line."""
    detail, row = found.detail, found.row
    at = f"x = {spelled(row.x, report.in_dtype)}" if row else ""
    two = f"{_two(found, report)}" if row else ""
    match found.kind:
        case FindingKind.POSITION:
            where = f"at place {detail['place']:,} of {detail['length']:,}"
            return (
                f"depends on the position, not on x alone: {found.count:,} results "
                f"({detail['arrangement']}), {at}: {two} {where}"
            )
        case FindingKind.REPEAT:
            return f"a second call gives other results: {found.count:,}, {at}: {two}"
        case FindingKind.CRASH:
            return f"crashes when inputs lie {detail['arrangement']}: {detail['reason']}"
        case FindingKind.REFUSED:
            return f"refuses inputs {detail['arrangement']}: {detail['reason']}"
        case FindingKind.OVERWRITES:
            return "writes into its inputs"
        case FindingKind.DTYPE:
            return f"returns {detail['got']} where {detail['due']} is due"
        case FindingKind.ROUNDING:
            return f"{_ROUNDINGS[str(detail['mode'])]} explains the misrounded results"
        case FindingKind.BIAS:
            mean, outwards = detail["mean"], detail["mean_outwards"]
            return f"results lean: {mean:+.3g} ULP beyond rounding on average, {outwards:+.3g} away from 0"
        case FindingKind.ZERO_SIGN:
            return f"{found.count:,} zeros have the wrong sign, at {at}"
        case FindingKind.NAN_GRADIENT:
            return f"the gradient at NaN is {spelled(row.got, report.dtype) if row else 'a number'}"


def _two(found: Finding, report: Report) -> str:
    row = found.row
    if row is None:
        return ""
    one, two = (spelled(value, report.dtype) for value in (row.expected, row.got))
    return f"{one} in order, {two}" if one != two else "another NaN or 0"


def reference(report: Report) -> str:
    """Return how sure the truth is, where it is not."""
    told = []
    if report.unsure:
        told.append(f"{report.unsure:,} errors are told to {kernel_bound(report.subject):g} ULP only")
    if report.untold:
        told.append(f"{report.untold:,} results may or may not be correctly rounded")
    if told and not is_available():
        told[-1] += " (pip install 'actcli[exact]' settles the worst of them)"
    return "; ".join(told)


def lost(report: Report) -> str:
    """Return how many results cannot be compared."""
    count = sum(report.histogram[kind] for kind in (Class.NO_NUMBER, Class.NUMBER))
    return f"{count:,} NaN or inf that ought not to be, or the reverse" if count else ""


def failure(report: Report) -> str:
    """Return what breaks the limits, in one line, or '' if nothing does for sure."""
    for found in report.checks:
        if found.broken:
            return f"{report.subject.name} in {report.dtype}: {_broken(found, report)}"
    return finding(report.crash, report) if report.crash else ""


def _broken(found: Checked, report: Report) -> str:
    row = found.row
    at = ""
    if row:
        got, due = (spelled(value, report.dtype) for value in (row.got, row.expected))
        at = f"x = {spelled(row.x, report.in_dtype)}, got {got}, expected {due}"
    if found.name == "max_misrounded":
        return (
            f"{found.broken} of {report.count} results are not correctly rounded, {option(found, report)}; "
            f"the worst at {at}"
        )
    if found.name == "signed_zero":
        return f"{found.broken} of {report.count} results are zeros of the wrong sign; {at}"
    size = "not comparable" if found.worst == float("inf") else f"{found.worst:.6g} {_UNITS[found.name]}"
    count = f"{'at least ' if found.open else ''}{found.broken}"
    said = f"{size} at {at}; {count} of {report.count} results break {option(found, report)}"
    at_kink = any(group.cause is Cause.KINK and group.worst == row for group in report.groups)
    return said + (" (--kink any accepts what lies between the one-sided derivatives)" if at_kink else "")


def undecided(report: Report) -> ActcliError | None:
    """Return the error that says which limit the reference is not sure enough to decide, if there is one."""
    for found in report.checks:
        if found.open and not found.broken:
            if found.name == "max_misrounded":
                what = f"telling how many of {report.count} results in {report.dtype} are correctly rounded"
            else:
                size = f"{found.worst:.3g} from {found.limit:g} {_UNITS[found.name]}"
                what = f"telling {size} in {report.dtype}"
            if not is_available():
                return MissingExtraError(what, "python-flint", "exact")
            return UnsettledError(f"{what} takes more than the highest precision")
    return None

"""What a report on rows says in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TextIO

from actcli.core.measure.facts import number
from actcli.core.verify.answers import ANSWERS
from actcli.render import terminal
from actcli.reports.phrases import CLASSES
from actcli.tables.numbers import format_number

if TYPE_CHECKING:
    from actcli.core.verify.row_report import Component, RowCheck, RowFinding, RowGroup, RowReport

_UNITS = {
    "max_ulp": "ULP",
    "max_abs": "absolute error",
    "max_rel": "relative error",
    "preset": "times the tolerance",
    "max_row_rel": "of the row's largest",
}

_LENGTHS = 6
"""Lengths that a page shows."""

AGAIN = "in order, again"


def title(report: RowReport) -> str:
    """Return what was verified."""
    given = " ".join(f"{name}={value:g}" for name, value in report.subject.params.items())
    formats = f"{report.dtype}" + (f" of {report.in_dtype}" if report.in_dtype != report.dtype else "")
    return f"{report.subject.name}{' ' + given if given else ''} in {formats}"


def page(report: RowReport, stream: TextIO) -> None:
    """Write a report as a page for people."""
    count = report.count
    facts = [
        ("kernel", report.kernel + ("" if report.operands == ("x",) else f"({', '.join(report.operands)})")),
        ("tried", _tried(report)),
        ("correctly rounded", f"{100 * report.correct_share:.6g} %  ({_right(report):,} of {count:,})"),
        ("largest error", f"{number(report.max_finite.size)} ULP {_where(report.max_finite)}"),
        (
            "of the row's largest",
            f"{number(report.max_row_rel.size)} {_where(report.max_row_rel)}",
        ),
        ("sums to 1 within", "" if math.isnan(report.max_sum) else number(report.max_sum)),
        ("mean", f"{number(report.mean_ulp)} ULP"),
        ("largest absolute", _size(report.worst_of("off"))),
        ("not comparable", _lost(report.lost)),
        ("choices", _choices(report)),
        ("reference", _reference(report)),
        ("checks", "\n".join(_check(check, report) for check in report.checks)),
        ("findings", "\n".join(_findings(report))),
    ]
    terminal.page(stream, title(report), facts)
    steps = [[CLASSES[kind], f"{n:,}"] for kind, n in report.histogram.items() if n]
    _listing(stream, "Steps from the correctly rounded result", ["ulp", "results"], steps)
    names = ["rows", "misrounded", "lost", "max_ulp", "max_row_rel", *_sum_name(report)]
    kinds = [[str(group.name), *_cells(group, report)] for group in report.by_kind()]
    _listing(stream, "By kind of row", ["kind", *names], kinds)
    lengths = sorted(report.by_length(), key=lambda group: (-group.lost, -group.max_row_rel.size))
    wrong = [[f"{group.name:,}", *_cells(group, report)] for group in lengths if group.misrounded]
    _listing(stream, "By length of row, the worst", ["length", *names], wrong[:_LENGTHS])
    worst = [
        [
            str(found.kind),
            f"{found.length:,}",
            f"{found.row:,}",
            f"{found.column:,}",
            format_number(found.got, report.dtype),
            format_number(found.expected, report.dtype),
            f"{found.size:.6g}",
        ]
        for found in report.worst
    ]
    columns = ["kind", "length", "row", "column", "got", "expected", "ulp"]
    _listing(stream, "The worst result of each kind", columns, worst)
    valueless = [
        [str(some.kind), f"{some.rows:,}", *(f"{some.answers[answer]:,}" for answer in ANSWERS)]
        for some in report.valueless()
    ]
    _listing(stream, "Rows without a value: what came", ["kind", "rows", *map(str, ANSWERS)], valueless)


def failure(report: RowReport) -> str:
    """Return what breaks the limits, in one line, or '' if nothing does."""
    for check in report.checks:
        if check.passed:
            continue
        name, option = f"{report.subject.name} in {report.dtype}", _option(check, report)
        at = _where(check.at) if check.at else ""
        if check.name == "max_misrounded":
            return f"{name}: {check.broken} of {report.count} results are not correctly rounded, {option}"
        if check.name == "max_sum":
            told = f"one is {check.worst:.6g} from summing to 1, {at}"
            return f"{name}: {check.broken} of {report.rows} rows break {option}; {told}"
        size = "not comparable" if math.isinf(check.worst) else f"{check.worst:.6g} {_UNITS[check.name]}"
        came = ""
        if check.at:
            got, due = (format_number(value, report.dtype) for value in (check.at.got, check.at.expected))
            came = f", got {got}, expected {due}"
        return f"{name}: {size} {at}{came}; {check.broken} of {report.count} results break {option}"
    return ""


def _tried(report: RowReport) -> str:
    lengths = [int(group.name) for group in report.by_length()]
    shape = " × ".join(f"{n:,}" for n in report.shape)
    axis = "" if report.axis == len(report.shape) - 1 else f", axis {report.axis}"
    drawn = "as given" if report.seed is None else f"--seed {report.seed}"
    if len(lengths) == 1:
        return f"{report.rows:,} rows: {shape}{axis}, {drawn}"
    span = f"{min(lengths):,} to {max(lengths):,}"
    return f"{report.rows:,} rows: {shape}{axis}, and {len(lengths) - 1} other lengths, {span}; {drawn}"


def _right(report: RowReport) -> int:
    return report.count - report.misrounded


def _where(found: Component) -> str:
    return f"in a row of {found.length:,} ({found.kind}), row {found.row:,}, column {found.column:,}"


def _size(found: Component) -> str:
    return f"{number(found.size)} {_where(found)}"


def _lost(count: int) -> str:
    return f"{count:,} NaN or inf that ought not to be, or the reverse" if count else ""


def _choices(report: RowReport) -> str:
    told = [option for option, given in (("--ftz", report.ftz), ("--daz", report.daz)) if given]
    return "\n".join([*told, f"--masked {report.masked}"]) if report.valueless() or told else ""


def _reference(report: RowReport) -> str:
    if report.dtype.precision == 53:
        told = "errors are told to 0.01 ULP"
        return told + (
            f"; {report.untold:,} results may or may not be correctly rounded" * bool(report.untold)
        )
    return "correctly rounded but within 0.01 ULP of float64 of a tie"


def _option(check: RowCheck, report: RowReport) -> str:
    limit = report.limits.preset if check.name == "preset" else f"{check.limit:g}"
    return f"--{check.name.replace('_', '-')} {limit}"


def _check(check: RowCheck, report: RowReport) -> str:
    if check.passed:
        return f"{_option(check, report)}: holds"
    what = "rows" if check.name == "max_sum" else "results"
    return f"{_option(check, report)}: broken by {check.broken:,} {what}"


def _findings(report: RowReport) -> list[str]:
    told = []
    if report.got_dtype != report.dtype:
        told.append(f"returns {report.got_dtype} where {report.dtype} is due")
    if report.refused:
        reason = next(iter(report.refused.values()))
        told.append(f"takes rows of one length alone: {reason}")
    return told + [_finding(found) for found in report.findings]


def _finding(found: RowFinding) -> str:
    if found.how == AGAIN:
        return f"a second call differs in {found.rows:,} rows"
    return (
        f"called {found.how}, {found.rows:,} rows come out otherwise, "
        f"the first as row {found.place:,} of {found.length:,}"
    )


def _sum_name(report: RowReport) -> list[str]:
    return [] if math.isnan(report.max_sum) else ["max_sum"]


def _cells(group: RowGroup, report: RowReport) -> list[str]:
    sums = "" if math.isnan(group.max_sum) else f"{group.max_sum:.3g}"
    return [
        f"{group.rows:,}",
        f"{group.misrounded:,}",
        f"{group.lost:,}",
        f"{group.max_ulp.size:.6g}",
        f"{group.max_row_rel.size:.3g}",
        *([sums] if _sum_name(report) else []),
    ]


def _listing(stream: TextIO, heading: str, names: list[str], rows: list[list[str]]) -> None:
    if rows:
        stream.write(f"\n{heading}\n")
        terminal.listing(stream, names, rows)

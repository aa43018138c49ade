"""Many kernels at once: a row for each, as a table, a page, or for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TextIO

from actcli.core.measure.facts import number
from actcli.core.verify.causes import Cause, Class
from actcli.core.verify.choices import Accepted
from actcli.core.verify.report import FindingKind
from actcli.core.verify.row_report import RowReport
from actcli.errors import UsageError, nearest, visible
from actcli.render import terminal
from actcli.reports import html_page, phrases, row_phrases
from actcli.reports.sections import versions
from actcli.tables import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject
    from actcli.core.verify.per_column import ColumnSubject
    from actcli.core.verify.report import Report
    from actcli.core.verify.true_rows import VectorSubject
    from actcli.errors import ActcliError

SCHEMA = "actcli.verify.many/1"


class Shape(StrEnum):
    """The forms of an overview."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MD = "md"
    HTML = "html"


_SUFFIXES = {"": Shape.TABLE, ".txt": Shape.TABLE, ".htm": Shape.HTML, ".markdown": Shape.MD}


def shape_of(form: str | None, path: str | None) -> Shape:
    """Return the form that is asked for, by its name or by that of the file.

    Raises:
        UsageError: there is no such form.
    """
    if form is None:
        suffix = PurePath(path or "").suffix.lower()
        form = _SUFFIXES.get(suffix) or suffix.removeprefix(".")
    if form.lower() not in list(Shape):
        hint = nearest(form, list(Shape)) or f"-f {', '.join(Shape)}"
        raise UsageError(f"a report on many kernels cannot be {form!r}", hint)
    return Shape(form.lower())


class Status(StrEnum):
    """What became of a kernel."""

    DONE = "done"
    BROKEN = "limit broken"
    FAILED = "failed"
    NOT_RUN = "not run"

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the kernel."""
        return self in (Status.DONE, Status.NOT_RUN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one of many kernels.

    Attributes:
        kernel: its name.
        function: what it was held against, with the parameters that are not at their defaults.
        dtype: the format that results were due in.
        order: which derivative; 0 for the function itself, and for a derivative by a parameter.
        status: whether it ran, and what holds.
        detail: the limit that is broken, or what the kernel raised, in one line.
        seconds: how long that took.
        tried: how many inputs were tried, or rows.
        correctly_rounded: the share of correctly rounded results.
        max_ulp: the largest error in ULP of results that are numbers where numbers are due.
        max_ulp_at: its x, or its kind of row and the length of that.
        mean_ulp: the mean error.
        lost: how many results are NaN or inf where a number is due, or the reverse.
        zero_signs: how many zeros have the wrong sign.
        kinks: how many results at kinks are another one-sided derivative, or lie between the two.
        findings: what else there is to know.
        measured: the largest error, or the count, that each limit limits.
    """

    kernel: str
    function: str
    dtype: str
    order: int
    status: Status = Status.DONE
    detail: str = ""
    seconds: float = 0.0
    tried: int = 0
    correctly_rounded: float = math.nan
    max_ulp: float = math.nan
    max_ulp_at: float | str = math.nan
    mean_ulp: float = math.nan
    lost: int = 0
    zero_signs: int = 0
    kinks: int = 0
    findings: tuple[str, ...] = ()
    measured: Mapping[str, float] | None = None

    @property
    def label(self) -> str:
        """What tells it from the others."""
        return f"{self.kernel} {self.function}{'′' * self.order} {self.dtype}"


_TOLD = (
    FindingKind.POSITION,
    FindingKind.REPEAT,
    FindingKind.CRASH,
    FindingKind.OVERWRITES,
    FindingKind.DTYPE,
)
"""The findings that an overview tells."""


def of_report(report: Report | RowReport, *, kernel: str, seconds: float) -> Outcome:
    """Return the row of a kernel that ran."""
    if isinstance(report, RowReport):
        return _of_rows(report, kernel, seconds)
    subject, worst = report.subject, report.max_finite
    broken, undecided = phrases.failure(report), phrases.undecided(report)
    at_kinks = sum(group.results for group in report.groups if group.cause is Cause.KINK)
    return Outcome(
        kernel=kernel,
        function=named(subject),
        dtype=report.dtype.name,
        order=subject.order,
        status=Status.BROKEN if broken else Status.FAILED if undecided else Status.DONE,
        detail=broken or (undecided.message if undecided else ""),
        seconds=seconds,
        tried=report.tried,
        correctly_rounded=report.correct_share,
        max_ulp=worst.size if worst else math.nan,
        max_ulp_at=worst.x if worst else math.nan,
        mean_ulp=report.mean_ulp,
        lost=report.histogram[Class.NO_NUMBER] + report.histogram[Class.NUMBER],
        zero_signs=report.zero_signs,
        kinks=at_kinks + report.accepted.get(Accepted.KINK, 0),
        findings=tuple(
            dict.fromkeys(str(f.kind).replace("_", " ") for f in report.findings if f.kind in _TOLD)
        ),
        measured={check.name: check.worst for check in report.checks},
    )


def _of_rows(report: RowReport, kernel: str, seconds: float) -> Outcome:
    broken, worst = row_phrases.failure(report), report.max_finite
    found = [
        FindingKind.REPEAT if each.how == row_phrases.AGAIN else FindingKind.POSITION
        for each in report.findings
    ]
    if report.got_dtype != report.dtype:
        found.append(FindingKind.DTYPE)
    return Outcome(
        kernel=kernel,
        function=named(report.subject),
        dtype=report.dtype.name,
        order=report.subject.order,
        status=Status.BROKEN if broken else Status.DONE,
        detail=broken,
        seconds=seconds,
        tried=report.rows,
        correctly_rounded=report.correct_share,
        max_ulp=worst.size,
        max_ulp_at=f"{worst.kind}, {worst.length}",
        mean_ulp=report.mean_ulp,
        lost=report.lost,
        findings=tuple(dict.fromkeys(str(kind).replace("_", " ") for kind in found)),
        measured={check.name: check.worst for check in report.checks},
    )


def not_done(
    error: ActcliError,
    status: Status,
    subject: Subject | VectorSubject | ColumnSubject,
    dtype: DType,
    *,
    kernel: str,
    seconds: float,
) -> Outcome:
    """Return the row of a kernel that did not run, for the reason that an error gives."""
    return Outcome(
        kernel=kernel,
        function=named(subject),
        dtype=dtype.name,
        order=subject.order,
        status=status,
        detail=error.message,
        seconds=seconds,
    )


def named(subject: Subject | VectorSubject | ColumnSubject) -> str:
    """Return what names a function with parameters, and a derivative by one: `∂elu:alpha=2/∂alpha`."""
    given = ",".join(f"{name}={value!r}".removesuffix(".0") for name, value in subject.params.items())
    text = f"{subject.function.name}:{given}" if given else subject.function.name
    return f"∂{text}/∂{subject.wrt}" if subject.wrt else text


_SHOWN = (
    "kernel", "function", "dtype", "order", "tried", "correctly_rounded", "max_ulp", "max_ulp_at", "mean_ulp",
    "lost", "zero_signs", "kinks", "findings", "status", "detail", "seconds",
)  # fmt: skip
"""The columns for programs."""

_HEADS = (
    "kernel",
    "function",
    "dtype",
    "order",
    "correct",
    "max ULP",
    "at x",
    "mean ULP",
    "specials",
    "status",
)
"""The columns for people."""


def write(outcomes: Sequence[Outcome], shape: Shape, path: str | None, *, title: str) -> None:
    """Write what became of kernels to a file, or to stdout.

    Raises:
        TransferError: the file cannot be written.
    """
    if shape is Shape.TABLE and path in (None, "-"):
        _table(outcomes, sys.stdout)
        return
    text = io.StringIO()
    if shape is Shape.TABLE:
        _table(outcomes, text)
    elif shape is Shape.CSV:
        _csv(outcomes, text)
    elif shape is Shape.JSON:
        json.dump(document(outcomes), text, ensure_ascii=False, indent=2)
        text.write("\n")
    elif shape is Shape.MD:
        _md(outcomes, title, text)
    else:
        text.write(_html(outcomes, title))
    with files.output(path) as out:
        out.write(text.getvalue().encode("utf-8", "backslashreplace"))


def document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what became of kernels for JSON."""
    return {
        "schema": SCHEMA,
        "passed": all(outcome.status.passed for outcome in outcomes),
        "kernels": [
            {name: _plain(getattr(outcome, name)) for name in _SHOWN}
            | {"measured": {name: _plain(size) for name, size in (outcome.measured or {}).items()}}
            for outcome in outcomes
        ],
        "versions": versions(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _csv(outcomes: Sequence[Outcome], stream: TextIO) -> None:
    out = csv.writer(stream, lineterminator="\n")
    out.writerow(_SHOWN)
    for outcome in outcomes:
        cells = (_plain(getattr(outcome, name)) for name in _SHOWN)
        out.writerow("; ".join(cell) if isinstance(cell, list) else cell for cell in cells)


def _md(outcomes: Sequence[Outcome], title: str, stream: TextIO) -> None:
    stream.write(f"# {title}\n\n| {' | '.join(_HEADS)} |\n|{' --- |' * len(_HEADS)}\n")
    for outcome in outcomes:
        cells = (visible(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in _cells(outcome))
        stream.write(f"| {' | '.join(cells)} |\n")
    stream.write(f"\n{_versions()}\n")


def _html(outcomes: Sequence[Outcome], title: str) -> str:
    rows = []
    for outcome in outcomes:
        grades = [""] * len(_HEADS)
        if not math.isnan(outcome.correctly_rounded):
            grades[4] = html_page.grade(1 - outcome.correctly_rounded, (0.0, 1e-3, 1e-2, 0.1))
            grades[5] = html_page.grade(outcome.max_ulp, (0.5, 1.0, 4.0, 100.0))
        grades[8] = "worst" if outcome.lost else ""
        grades[9] = "" if outcome.status.passed else "worst"
        rows.append(list(zip(_cells(outcome), grades, strict=True)))
    return html_page.page(title, _HEADS, rows, notes=(_versions(),), right=(3, 4, 5, 6, 7))


def _versions() -> str:
    return ", ".join(f"{name} {number}" for name, number in versions().items())


def _cells(outcome: Outcome) -> list[str]:
    """Return a row for people."""
    done = not math.isnan(outcome.correctly_rounded)
    at = outcome.max_ulp_at
    return [
        outcome.kernel,
        outcome.function,
        outcome.dtype,
        str(outcome.order),
        _share(outcome.correctly_rounded) if done else "",
        number(outcome.max_ulp) if done else "",
        at if isinstance(at, str) else number(at) if done else "",
        number(outcome.mean_ulp) if done else "",
        _specials(outcome),
        f"{outcome.status}: {outcome.detail}" if outcome.detail else str(outcome.status),
    ]


def _share(share: float) -> str:
    """Return a share in per cent, which is 100 only if nothing is left.

    >>> _share(1.0), _share(0.9999999), _share(0.98765)
    ('100 %', '99.9999 %', '98.77 %')
    """
    if share == 1:
        return "100 %"
    return f"{min(100 * share, 99.9999):.4g} %" if share < 0.999 else f"{min(100 * share, 99.9999):.6g} %"


def _specials(outcome: Outcome) -> str:
    told = (
        (outcome.lost, "NaN/inf"),
        (outcome.zero_signs, "sign of 0"),
        (outcome.kinks, "kink"),
    )
    return ", ".join([f"{count} × {what}" for count, what in told if count] + list(outcome.findings))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Kernels as the rows of a table on a terminal."""

    columns: Mapping[str, list[str]]
    count: int
    chosen: tuple[str, ...] = ("order", "correct", "max ULP", "at x", "mean ULP")
    notes: Mapping[str, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def __len__(self) -> int:
        return self.count


_WIDEST = 60
"""Characters of what went wrong that a table for people shows; the other forms have it whole."""


def _table(outcomes: Sequence[Outcome], stream: TextIO) -> None:
    rows = [_cells(outcome) for outcome in outcomes]
    for row in rows:
        row[-1] = row[-1] if len(row[-1]) <= _WIDEST else f"{row[-1][: _WIDEST - 1]}…"
    columns = dict(zip(_HEADS, map(list, zip(*rows, strict=True)), strict=True))
    sink = terminal.TableSink(stream, lambda rows, name: rows.columns[name])
    sink.write(_Rows(columns, len(outcomes)))

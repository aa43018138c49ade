"""A report on a kernel, written for people or for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from typing import TYPE_CHECKING, TextIO

from actcli.core import registry
from actcli.core.measure.facts import number
from actcli.core.questions import is_available
from actcli.core.verify.reference import kernel_bound
from actcli.core.verify.report import Class
from actcli.errors import UsageError
from actcli.render import terminal
from actcli.reports.sections import Section, sections
from actcli.tables import files
from actcli.tables.formats import Format
from actcli.tables.numbers import format_number

if TYPE_CHECKING:
    from actcli.core.verify.report import Report
    from actcli.reports.sections import Cell

FORMS = (Format.TABLE, Format.JSON, Format.CSV, Format.MD)


def write(report: Report, form: Format, path: str | None, *, in_hex: bool) -> None:
    """Write a report to a file, or to stdout.

    Raises:
        UsageError: a report cannot have that form.
        TransferError: the file cannot be written.
    """
    if form not in FORMS:
        raise UsageError(f"a report cannot be {form}", "table, json, csv or md")
    parts = sections(report, in_hex=in_hex)
    if form is Format.TABLE and path in (None, "-"):
        _table(parts, report, sys.stdout)
        return
    text = io.StringIO()
    if form is Format.JSON:
        json.dump({part.name: _plain(part) for part in parts}, text, ensure_ascii=False, indent=2)
        text.write("\n")
    elif form is Format.CSV:
        _csv(parts, text)
    elif form is Format.MD:
        _md(parts, report, text)
    else:
        _table(parts, report, text)
    with files.output(path) as out:
        out.write(text.getvalue().encode())


def page(report: Report) -> str:
    """Return a report as a page for people."""
    text = io.StringIO()
    _table(sections(report), report, text)
    return text.getvalue()


def _plain(part: Section) -> object:
    if part.name in ("summary", "histogram"):
        return {row[0]: _json(row[1]) for row in part.rows}
    return [dict(zip(part.columns, map(_json, row), strict=True)) for row in part.rows]


def _json(cell: Cell) -> Cell:
    if not isinstance(cell, float) or math.isfinite(cell):
        return cell
    return "NaN" if math.isnan(cell) else "Infinity" if cell > 0 else "-Infinity"


def _csv(parts: list[Section], stream: TextIO) -> None:
    """Write one table: a row per fact, with the part it belongs to and every column of any part."""
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    out = csv.DictWriter(stream, ["part", *names], lineterminator="\n")
    out.writeheader()
    for part in parts:
        for row in part.rows:
            out.writerow({"part": part.name, **dict(zip(part.columns, row, strict=True))})


def _md(parts: list[Section], report: Report, stream: TextIO) -> None:
    stream.write(f"# {report.subject.name} in {report.dtype}\n")
    for part in parts:
        stream.write(f"\n## {part.name.capitalize()}\n\n| {' | '.join(part.columns)} |\n")
        stream.write("|" + " --- |" * len(part.columns) + "\n")
        for row in part.rows:
            stream.write(
                "| " + " | ".join(_text(part, i, cell, report) for i, cell in enumerate(row)) + " |\n"
            )


def _table(parts: list[Section], report: Report, stream: TextIO) -> None:
    share = report.correct_share
    function = report.subject.function
    facts = [
        ("formula", "" if registry.find(function.name) is function else function.formula),
        (
            "correctly rounded",
            f"{100 * share:.6g} %  ({report.count - report.misrounded:,} of {report.count:,})",
        ),
        ("largest error", f"{number(report.max_finite.size)} ULP at x = {number(report.max_finite.x)}"),
        ("not comparable", _lost(report)),
        ("mean, median, p99", " · ".join(map(number, (report.mean_ulp, report.median_ulp, report.p99_ulp)))),
        ("largest absolute", f"{number(report.max_abs.size)} at x = {number(report.max_abs.x)}"),
        ("largest relative", f"{number(report.max_rel.size)} at x = {number(report.max_rel.x)}"),
        ("zeros of wrong sign", str(report.zero_signs) if report.zero_signs else ""),
        ("reference", _reference(report)),
    ]
    given = " ".join(f"{name}={value:g}" for name, value in report.subject.params.items())
    title = f"{report.subject.name}{' ' + given if given else ''} in {report.dtype}"
    terminal.page(stream, title, facts)
    for part in parts[1:]:
        rows = [row for row in part.rows if _tells(part, row)]
        if rows:
            stream.write(f"\n{_TITLES[part.name]}\n")
            texts = [[_text(part, i, cell, report) for i, cell in enumerate(row)] for row in rows]
            terminal.listing(stream, part.columns, texts)


def _tells(part: Section, row: tuple[Cell, ...]) -> bool:
    """Whether a row is worth a line: a class that came up, a region with errors."""
    if part.name == "histogram":
        return bool(row[1])
    return part.name != "regions" or bool(row[part.columns.index("misrounded")])


_TITLES = {
    "histogram": "Steps from the correctly rounded result",
    "regions": "Where results are not correctly rounded",
    "worst": "The worst results",
    "special": "Special points",
}


def _reference(report: Report) -> str:
    told = []
    if report.unsure:
        told.append(f"{report.unsure:,} errors are told to {kernel_bound(report.subject):g} ULP only")
    if report.untold:
        told.append(f"{report.untold:,} results may or may not be correctly rounded")
    if told and not is_available():
        told[-1] += " (pip install 'actcli[exact]' settles the worst of them)"
    return "; ".join(told)


def _lost(report: Report) -> str:
    lost = sum(report.histogram[kind] for kind in (Class.NO_NUMBER, Class.NUMBER))
    return f"{lost:,} NaN or inf that ought not to be, or the reverse" if lost else ""


def _text(part: Section, i: int, cell: Cell, report: Report) -> str:
    if not isinstance(cell, float):
        return f"{cell:,}" if isinstance(cell, int) else cell
    if part.columns[i] in ("x", "got", "expected"):
        return format_number(cell, report.dtype)
    return f"{cell:.6g}"

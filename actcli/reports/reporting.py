"""A report on a kernel, written for people or for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from actcli.core import registry
from actcli.core.measure.facts import number
from actcli.core.verify.row_report import RowReport
from actcli.errors import UsageError
from actcli.render import terminal
from actcli.reports import phrases, row_phrases
from actcli.reports.row_sections import row_document
from actcli.reports.sections import document, pattern
from actcli.tables import files
from actcli.tables.formats import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.verify.report import Report, Row, Worst
    from actcli.reports.sections import Cell, Document, Facts

FORMS = (Format.TABLE, Format.JSON, Format.CSV, Format.MD)


def check_form(form: Format) -> None:
    """Raise `UsageError` if a report cannot have that form."""
    if form not in FORMS:
        raise UsageError(f"a report cannot be {form}", "table, json, csv or md")


def write(report: Report, form: Format, path: str | None, *, in_hex: bool) -> None:
    """Write a report to a file, or to stdout.

    Raises:
        TransferError: the file cannot be written.
    """
    if form is Format.TABLE and path in (None, "-"):
        _table(report, sys.stdout, in_hex=in_hex)
    elif form is Format.TABLE:
        _write(lambda stream: _table(report, stream, in_hex=in_hex), path)
    else:
        facts = document(report, in_hex=in_hex)
        _write(lambda stream: _in_form(facts, phrases.title(report), form, stream), path)


def write_rows(report: RowReport, form: Format, path: str | None) -> None:
    """Write a report on rows to a file, or to stdout; see `write`."""
    if form is Format.TABLE and path in (None, "-"):
        row_phrases.page(report, sys.stdout)
    elif form is Format.TABLE:
        _write(lambda stream: row_phrases.page(report, stream), path)
    else:
        facts = row_document(report)
        _write(lambda stream: _in_form(facts, row_phrases.title(report), form, stream), path)


def _write(write: Callable[[TextIO], None], path: str | None) -> None:
    text = io.StringIO()
    write(text)
    with files.output(path) as out:
        out.write(text.getvalue().encode())


def _in_form(facts: Document, title: str, form: Format, stream: TextIO) -> None:
    if form is Format.JSON:
        json.dump(_json(facts), stream, ensure_ascii=False, indent=2)
        stream.write("\n")
    elif form is Format.CSV:
        _csv(facts, stream)
    else:
        _md(facts, title, stream)


def page(report: Report | RowReport) -> str:
    """Return a report as a page for people."""
    text = io.StringIO()
    if isinstance(report, RowReport):
        row_phrases.page(report, text)
    else:
        _table(report, text, in_hex=False)
    return text.getvalue()


def _json(value: Any) -> Any:
    """Return a document with its non-finite numbers spelled out."""
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _parts(facts: Document) -> dict[str, list[Facts]]:
    """Return a document as tables by their names; what stands alone is the table `run`."""
    parts: dict[str, list[Facts]] = {"run": []}
    for name, value in facts.items():
        if isinstance(value, (str, int, float)) or value is None:
            parts["run"].append({"name": name, "value": value})
        elif isinstance(value, dict):
            parts[name] = [{"name": key, "value": cell} for key, cell in value.items()]
        else:
            parts[name] = list(value)  # type: ignore[arg-type]
    return parts


def _names(rows: list[Facts]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(facts: Document, stream: TextIO) -> None:
    """Write one table: a row per fact, with the part it belongs to and every column of any part."""
    parts = _parts(facts)
    names = _names(list(chain.from_iterable(parts.values())))
    out = csv.DictWriter(stream, ["part", *names], lineterminator="\n")
    out.writeheader()
    for part, rows in parts.items():
        for row in rows:
            out.writerow({"part": part, **{name: _plain(cell) for name, cell in row.items()}})


def _md(facts: Document, title: str, stream: TextIO) -> None:
    stream.write(f"# {title}\n")
    for part, rows in _parts(facts).items():
        if not rows:
            continue
        names = _names(rows)
        stream.write(f"\n## {part.capitalize()}\n\n| {' | '.join(names)} |\n|{' --- |' * len(names)}\n")
        for row in rows:
            cells = (_plain(row.get(name, "")).replace("|", "\\|") for name in names)
            stream.write(f"| {' | '.join(cells)} |\n")


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _table(report: Report, stream: TextIO, *, in_hex: bool) -> None:
    function = report.subject.function
    quantiles = " · ".join(map(number, (report.mean_ulp, report.median_ulp, report.p99_ulp)))
    facts = [
        ("formula", "" if registry.find(function.name) is function else function.formula),
        ("kernel", report.kernel),
        ("tried", phrases.tried(report)),
        (
            "correctly rounded",
            f"{100 * report.correct_share:.6g} %  ({report.count - report.misrounded:,} of {report.count:,})",
        ),
        ("largest error", _at(report.max_finite, " ULP")),
        ("not comparable", phrases.lost(report)),
        ("mean, median, p99", f"{quantiles} ULP, of {report.comparable:,} results"),
        ("bias", f"{report.bias:+.3g} ULP, {report.bias_outwards:+.3g} away from 0"),
        ("largest absolute", _at(report.max_abs)),
        ("largest relative", _at(report.max_rel)),
        ("NaN", phrases.nan(report)),
        ("choices", phrases.choices(report)),
        ("reference", phrases.reference(report)),
        ("checks", "\n".join(phrases.check(check, report) for check in report.checks)),
        ("findings", "\n".join(phrases.finding(found, report) for found in report.findings)),
    ]
    terminal.page(stream, phrases.title(report), facts)

    def cells(row: Row) -> list[str]:
        shown = [
            phrases.spelled(row.x, report.in_dtype),
            *(phrases.spelled(value, report.dtype) for value in (row.got, row.expected)),
        ]
        if in_hex:
            shown.append(pattern(row.x_bits, report.in_dtype))
            shown.append(pattern(row.got_bits, report.got_dtype))
            shown.append(pattern(row.expected_bits, report.dtype))
        return [*shown, f"{row.ulp:.6g}"]

    names = ["x", "got", "expected", *(("x_hex", "got_hex", "expected_hex") if in_hex else ()), "ulp"]
    steps = [[phrases.CLASSES[kind], f"{count:,}"] for kind, count in report.histogram.items() if count]
    _listing(stream, "Steps from the correctly rounded result", ["ulp", "results"], steps)
    groups = [
        [phrases.CAUSES[g.cause], f"{g.results:,}", f"{g.low:.6g}", f"{g.high:.6g}", *cells(g.worst)]
        for g in report.groups
    ]
    _listing(
        stream,
        "What is not correctly rounded, by cause, with the worst of each",
        ["cause", "results", "from", "to", *names],
        groups,
    )
    regions = [
        [
            f"{region.low:g}",
            f"{region.high:g}",
            f"{region.results:,}",
            f"{region.misrounded:,}",
            phrases.spelled(region.worst.x, report.in_dtype),
            f"{region.worst.ulp:.6g}",
        ]
        for region in report.regions
        if region.misrounded
    ]
    columns = ["from", "to", "results", "misrounded", "worst_x", "worst_ulp"]
    _listing(stream, "Where results are not correctly rounded", columns, regions)
    special = [[special.name, *cells(special.row)] for special in report.specials]
    _listing(stream, "Special points", ["point", *names], special)


def _listing(stream: TextIO, title: str, names: list[str], rows: list[list[str]]) -> None:
    if rows:
        stream.write(f"\n{title}\n")
        terminal.listing(stream, names, rows)


def _at(found: Worst | None, unit: str = "") -> str:
    return f"{number(found.size)}{unit} at x = {number(found.x)}" if found else ""

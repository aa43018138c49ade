"""A report on rows as one document of names, numbers and tables; see `sections`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.core.verify.answers import ANSWERS
from actcli.reports.sections import SCHEMA, versions

if TYPE_CHECKING:
    from actcli.core.verify.row_report import Component, RowGroup, RowReport
    from actcli.reports.sections import Cell, Document, Facts


def row_document(report: RowReport) -> Document:
    """Return all that a report tells."""
    subject = report.subject
    return {
        "schema": SCHEMA,
        "passed": report.passed,
        "kernel": report.kernel,
        "function": subject.function.name,
        "formula": subject.function.formula,
        "order": subject.order,
        "wrt": subject.wrt,
        "dtype": report.dtype.name,
        "in_dtype": report.in_dtype.name,
        "result_dtype": report.got_dtype.name,
        "seed": report.seed,
        "operands": ",".join(report.operands),
        "shape": "x".join(map(str, report.shape)),
        "axis": report.axis,
        "parameters": dict(subject.bound),
        "coverage": {
            "rows": report.rows,
            "lengths": len(report.by_length()),
            "results": report.count,
            "refused_lengths": len(report.refused),
        },
        "choices": {"ftz": report.ftz, "daz": report.daz, "masked": str(report.masked)},
        "summary": {
            "results": report.count,
            "correctly_rounded": report.correct_share,
            "misrounded": report.misrounded,
            "lost": report.lost,
            **_at("max_ulp", report.max_ulp),
            **_at("max_finite_ulp", report.max_finite),
            "mean_ulp": report.mean_ulp,
            **_at("max_abs", report.worst_of("off")),
            **_at("max_rel", report.worst_of("relative")),
            **_at("max_row_rel", report.max_row_rel),
            "max_sum": report.max_sum,
            "rounding_untold": report.untold,
        },
        "checks": [
            {
                "name": check.name,
                "limit": report.limits.preset if check.name == "preset" else check.limit,
                "worst": check.worst,
                **(_place(check.at) if check.at else {}),
                "broken": check.broken,
                "passed": check.passed,
            }
            for check in report.checks
        ],
        "findings": [
            {"how": found.how, "rows": found.rows, "place": found.place, "of": found.length}
            for found in report.findings
        ],
        "histogram": {str(kind): count for kind, count in report.histogram.items()},
        "kinds": [{"kind": str(group.name), **_group(group)} for group in report.by_kind()],
        "lengths": [{"length": group.name, **_group(group)} for group in report.by_length()],
        "worst": [{**_place(found), "ulp": found.size} for found in report.worst],
        "valueless": [
            {
                "kind": str(some.kind),
                "rows": some.rows,
                **{str(answer): some.answers[answer] for answer in ANSWERS},
            }
            for some in report.valueless()
        ],
        "refused": [{"length": length, "reason": reason} for length, reason in report.refused.items()],
        "versions": versions(),
    }


def _at(name: str, found: Component) -> Facts:
    facts: dict[str, Cell] = {name: found.size}
    return facts | {f"{name}_{key}": value for key, value in _place(found).items()}


def _place(found: Component) -> dict[str, Cell]:
    return {
        "kind": str(found.kind),
        "length": found.length,
        "row": found.row,
        "column": found.column,
        "got": found.got,
        "expected": found.expected,
    }


def _group(group: RowGroup) -> Facts:
    return {
        "rows": group.rows,
        "results": group.results,
        "misrounded": group.misrounded,
        "lost": group.lost,
        "max_ulp": group.max_ulp.size,
        "max_row_rel": group.max_row_rel.size,
        "max_sum": group.max_sum,
    }

"""A report as named tables, from which every form of it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.measure.ulp import ordinal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.dtypes import DType
    from actcli.core.verify.report import Report, Row

Cell = str | int | float


class Section(NamedTuple):
    """A part of a report: a table with a name."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def bits(value: float, dtype: DType) -> str:
    """Return the pattern of a number of a format in hexadecimal; of NaN, the usual quiet one."""
    top = 1 << (dtype.bits - 1)
    if np.isnan(value):
        largest = int(ordinal(dtype.largest, dtype))
        # The quiet bit is the highest of the fraction; where there are no infinities, NaN is all ones.
        pattern = largest + 1 + (1 << (dtype.precision - 2)) if dtype.infinite else largest + 1
    else:
        pattern = abs(int(ordinal(value, dtype))) + (top if np.signbit(value) else 0)
    return f"0x{pattern:0{dtype.bits // 4}x}"


def sections(report: Report, *, in_hex: bool = False) -> list[Section]:
    """Return a report's tables: summary, histogram, regions, worst results, special values."""
    names = ("x", "got", "expected", *(("x_hex", "got_hex", "expected_hex") if in_hex else ()), "ulp")

    def cells(row: Row) -> tuple[Cell, ...]:
        shown = row[:3]
        return (*shown, *((bits(v, report.dtype) for v in shown) if in_hex else ()), row.ulp)

    summary: list[tuple[Cell, ...]] = [
        ("function", report.subject.name),
        ("formula", report.subject.function.formula),
        ("parameters", " ".join(f"{name}={value!r}" for name, value in report.subject.params.items())),
        ("dtype", report.dtype.name),
        ("results", report.count),
        ("correctly rounded", report.correct_share),
        ("max ulp", report.max_ulp.size),
        ("max ulp at", report.max_ulp.x),
        ("max ulp of numbers", report.max_finite.size),
        ("max ulp of numbers at", report.max_finite.x),
        ("mean ulp", report.mean_ulp),
        ("median ulp", report.median_ulp),
        ("p99 ulp", report.p99_ulp),
        ("max abs", report.max_abs.size),
        ("max abs at", report.max_abs.x),
        ("max rel", report.max_rel.size),
        ("max rel at", report.max_rel.x),
        ("zeros of the wrong sign", report.zero_signs),
        ("results known to the kernel's bound only", report.unsure),
        ("results that may or may not be correctly rounded", report.untold),
    ]
    regions = [(r.low, r.high, r.results, r.misrounded, r.worst.x, r.worst.ulp) for r in report.regions]
    return [
        Section("summary", ("name", "value"), summary),
        Section("histogram", ("ulp", "results"), [(str(c), n) for c, n in report.histogram.items()]),
        Section("regions", ("from", "to", "results", "misrounded", "worst_x", "worst_ulp"), regions),
        Section("worst", names, [cells(row) for row in report.worst]),
        Section("special", ("point", *names), [(name, *cells(row)) for name, row in report.specials]),
    ]

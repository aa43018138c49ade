"""A report as one document of names, numbers and tables, from which every form of it is written."""

from __future__ import annotations

import platform
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, TypeAlias

from actcli.core.dtypes import Quantised
from actcli.core.verify.choices import Accepted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.core.dtypes import DType
    from actcli.core.verify.report import Report, Row, Worst

Cell: TypeAlias = str | int | float | bool | None
Facts: TypeAlias = "Mapping[str, Cell]"
Document: TypeAlias = "dict[str, Cell | Facts | Sequence[Facts]]"

SCHEMA = "actcli.verify/1"

_LIBRARIES = (
    "ml_dtypes",
    "flint",
    "torch",
    "jax",
    "onnxruntime",
    "numba",
    "tensorflow",
    "keras",
    "mlx",
    "tinygrad",
    "transformers",
)


def document(report: Report, *, in_hex: bool = False) -> Document:
    """Return all that a report tells; patterns too, if they are asked for."""

    def row(found: Row | None) -> Facts:
        return _row(found, report, in_hex=in_hex) if found else {}

    def worst(name: str, found: Worst | None) -> Facts:
        return {name: found.size if found else None, f"{name}_at": found.x if found else None}

    choices = report.choices
    tables: Document = {
        "checks": [
            {
                "name": check.name,
                "limit": report.limits.preset if check.name == "preset" else check.limit,
                "worst": check.worst,
                "at": check.row.x if check.row else None,
                "broken": check.broken,
                "undecided": check.open,
                "passed": check.passed,
            }
            for check in report.checks
        ],
        "findings": [
            {"kind": str(found.kind), "results": found.count, **found.detail, **row(found.row)}
            for found in report.findings
        ],
        "histogram": {str(kind): count for kind, count in report.histogram.items()},
        "causes": [
            {"cause": str(g.cause), "results": g.results, "from": g.low, "to": g.high, **row(g.worst)}
            for g in report.groups
        ],
        "regions": [
            {
                "from": region.low,
                "to": region.high,
                "results": region.results,
                "misrounded": region.misrounded,
                "worst_x": region.worst.x,
                "worst_ulp": region.worst.ulp,
            }
            for region in report.regions
        ],
        "special": [{"point": special.name, **row(special.row)} for special in report.specials],
    }
    return {
        "schema": SCHEMA,
        "passed": report.passed,
        "kernel": report.kernel,
        "function": report.subject.function.name,
        "formula": report.subject.function.formula,
        "order": report.subject.order,
        "wrt": report.subject.wrt,
        "dtype": report.dtype.name,
        "in_dtype": report.in_dtype.name,
        "result_dtype": report.got_dtype.name,
        **_quantised("", report.dtype),
        **_quantised("in_", report.in_dtype),
        "seed": report.seed,
        "parameters": dict(report.subject.function.bind(report.subject.params)),
        "coverage": {
            "inputs": str(report.coverage),
            "tried": report.tried,
            "total": report.total,
            "nan_patterns": report.nan.tried,
            "calls": report.calls,
        },
        "choices": {
            "kink": str(choices.kink) if choices.kink else "any",
            "signed_zero": report.limits.signed_zero,
            "saturate": choices.saturate,
            "ftz": choices.ftz,
            "daz": choices.daz,
            "round_params": choices.round_params,
        },
        "accepted": {str(reason): report.accepted.get(reason, 0) for reason in Accepted},
        "summary": {
            "results": report.count,
            "correctly_rounded": report.correct_share,
            "misrounded": report.misrounded,
            "nan_lost": report.nan.lost,
            **worst("max_ulp", report.max_ulp),
            **worst("max_finite_ulp", report.max_finite),
            "comparable": report.comparable,
            "mean_ulp": report.mean_ulp,
            "median_ulp": report.median_ulp,
            "p99_ulp": report.p99_ulp,
            "bias_ulp": report.bias,
            "bias_outwards_ulp": report.bias_outwards,
            **worst("max_abs", report.max_abs),
            **worst("max_rel", report.max_rel),
            "zero_signs": report.zero_signs,
            "known_to_bound_only": report.unsure,
            "rounding_untold": report.untold,
        },
        **tables,
        "versions": versions(),
    }


def _quantised(before: str, dtype: DType) -> Facts:
    if not isinstance(dtype, Quantised):
        return {}
    return {f"{before}scale": dtype.scale, f"{before}zero_point": dtype.zero_point}


def _row(row: Row, report: Report, *, in_hex: bool) -> Facts:
    facts: dict[str, Cell] = {"x": row.x, "got": row.got, "expected": row.expected}
    if in_hex:
        facts["x_hex"] = pattern(row.x_bits, report.in_dtype)
        facts["got_hex"] = pattern(row.got_bits, report.got_dtype)
        facts["expected_hex"] = pattern(row.expected_bits, report.dtype)
    return facts | {"ulp": row.ulp}


def pattern(bits: int, dtype: DType) -> str:
    """Return a pattern of a format in hexadecimal."""
    return f"0x{bits:0{max(1, dtype.bits // 4)}x}"


def versions() -> Facts:
    """Return the versions of what took part."""
    found: dict[str, Cell] = {}
    with suppress(PackageNotFoundError):  # a clone that is not installed has none
        found["actcli"] = version("actcli")
    found |= {"python": platform.python_version(), "numpy": version("numpy")}
    for name in _LIBRARIES:
        if name in sys.modules and (known := getattr(sys.modules[name], "__version__", None)):
            found[name] = str(known)
    return found

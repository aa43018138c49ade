"""What a kernel's error may be, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from actcli.errors import MissingExtraError, UsageError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.measure.report import Report


PRESETS: dict[str, dict[str, tuple[float, float]]] = {
    "torch.testing.assert_close": {
        "float16": (1e-3, 1e-5),
        "bfloat16": (1.6e-2, 1e-5),
        "float32": (1.3e-6, 1e-5),
        "float64": (1e-7, 1e-7),
    },
    "jax.test_util": {
        "bfloat16": (1e-2, 1e-2),
        "float16": (1e-3, 1e-3),
        "float32": (1e-6, 1e-6),
        "float64": (1e-15, 1e-15),
    },
    "numpy.testing.assert_allclose": dict.fromkeys(
        ("float16", "bfloat16", "float32", "float64"), (1e-7, 0.0)
    ),
}
"""(rtol, atol) that frameworks hold their own functions to: |got − true| ≤ atol + rtol·|true|."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The errors that are allowed; None allows any."""

    max_ulp: float | None = None
    max_abs: float | None = None
    max_rel: float | None = None
    max_misrounded: int | None = None
    preset: str | None = None


def tolerance(preset: str, dtype: DType) -> tuple[float, float]:
    """Return (rtol, atol) of a framework's tests for a format.

    Raises:
        UsageError: there is no such preset, or it has no tolerance for the format.
    """
    if preset not in PRESETS:
        raise UsageError(f"no preset {preset!r}", nearest(preset, PRESETS) or f"one of {', '.join(PRESETS)}")
    if dtype.name not in PRESETS[preset]:
        raise UsageError(f"{preset} has no tolerance for {dtype}", f"it has for {', '.join(PRESETS[preset])}")
    return PRESETS[preset][dtype.name]


def breach(report: Report, limits: Limits) -> str:
    """Return what breaks the limits, in one line, or '' if nothing does.

    Raises:
        ActcliError: the reference is not sure enough to tell.
    """
    for option, unit, limit, sizes, doubt in (
        ("--max-ulp", "ULP", limits.max_ulp, report.ulp, report.doubt),
        ("--max-abs", "absolute error", limits.max_abs, report.off, 0.0),
        ("--max-rel", "relative error", limits.max_rel, report.relative, 0.0),
    ):
        if limit is None:
            continue
        beyond = sizes - doubt > limit
        if beyond.any():
            return _line(report, sizes, beyond, unit, f"{option} {limit:g}")
        if (sizes + doubt > limit).any():
            raise MissingExtraError(
                f"telling {sizes.max():.3g} from {limit:g} ULP in float64", "mpmath", "exact"
            )
    if limits.preset:
        rtol, atol = tolerance(limits.preset, report.dtype)
        with np.errstate(invalid="ignore"):
            share = report.off / (atol + rtol * np.abs(report.expected))
        share = np.where(report.off == 0, 0.0, np.where(np.isnan(share), np.inf, share))
        if (share > 1).any():
            return _line(report, share, share > 1, "times the tolerance", f"--preset {limits.preset}")
    if limits.max_misrounded is not None and report.misrounded > limits.max_misrounded:
        row = report.worst[0]
        return (
            f"{report.subject.name} in {report.dtype}: {report.misrounded} of {report.count} results are not "
            f"correctly rounded, --max-misrounded {limits.max_misrounded}; the worst at x = {row.x!r}: "
            f"got {row.got!r}, expected {row.expected!r}"
        )
    return ""


def _line(report: Report, sizes: Array, beyond: NDArray[np.bool_], unit: str, option: str) -> str:
    size = sizes.max()
    top = np.flatnonzero(sizes == size)
    row = report.at(int(top[np.argmin(np.abs(report.x[top]))]))
    what = "not comparable" if np.isinf(size) else f"{size:.6g} {unit}"
    return (
        f"{report.subject.name} in {report.dtype}: {what} at x = {row.x!r}, got {row.got!r}, "
        f"expected {row.expected!r}; {int(beyond.sum())} of {report.count} results break {option}"
    )

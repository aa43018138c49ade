"""What a kernel's error may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.verify.accuracy import Errors, TrueValues


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
    """The errors that are allowed; None allows any. The last two are for rows of vector functions."""

    max_ulp: float | None = None
    max_abs: float | None = None
    max_rel: float | None = None
    max_misrounded: int | None = None
    preset: str | None = None
    max_row_rel: float | None = None
    max_sum: float | None = None


NO_LIMITS = Limits()


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


class Check(NamedTuple):
    """A limit beside the sizes that it limits, and how wrong each of those may be."""

    option: str
    unit: str
    limit: float
    sizes: Array
    doubts: Array


def checks(limits: Limits, dtype: DType, errors: Errors, true: TrueValues) -> Iterator[Check]:
    """Yield each limit of an error with the errors that it is for."""
    with np.errstate(all="ignore"):
        absolute = true.doubt * dtype.spacing(true.value)
    if limits.max_ulp is not None:
        yield Check(f"--max-ulp {limits.max_ulp:g}", "ULP", limits.max_ulp, errors.ulp, true.doubt)
    if limits.max_abs is not None:
        yield Check(f"--max-abs {limits.max_abs:g}", "absolute error", limits.max_abs, errors.off, absolute)
    if limits.max_rel is not None:
        option, doubts = f"--max-rel {limits.max_rel:g}", true.relative_doubt(dtype)
        yield Check(option, "relative error", limits.max_rel, errors.relative, doubts)
    if limits.preset:
        rtol, atol = tolerance(limits.preset, dtype)
        with np.errstate(all="ignore"):
            allowed = atol + rtol * np.abs(true.expected)
            share, doubts = errors.off / allowed, absolute / allowed
        share = np.where(errors.off == 0, 0.0, np.where(np.isnan(share), np.inf, share))
        doubts = np.where(absolute == 0, 0.0, doubts)
        yield Check(f"--preset {limits.preset}", "times the tolerance", 1.0, share, doubts)

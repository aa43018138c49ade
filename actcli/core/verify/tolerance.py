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
    """The errors that are allowed; None allows any, and `signed_zero` no zero of the wrong sign.

    Of rows of vector functions are `max_row_rel`, an error relative to the row's largest component, and
    `max_sum`, how far a row may be from summing to 1.
    """

    max_ulp: float | None = None
    max_abs: float | None = None
    max_rel: float | None = None
    max_misrounded: int | None = None
    preset: str | None = None
    max_row_rel: float | None = None
    max_sum: float | None = None
    signed_zero: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no limit: nothing is greater than NaN.

        Raises:
            UsageError: one is negative, or NaN.
        """
        for name in ("max_ulp", "max_abs", "max_rel", "max_misrounded", "max_row_rel", "max_sum"):
            if (limit := getattr(self, name)) is not None and not limit >= 0:
                raise UsageError(f"{name} is a number of at least 0, not {limit!r}")

    def of_errors(self, dtype: DType) -> Iterator[tuple[str, float]]:
        """Yield the limits of sizes of errors by their names; of a preset, 1 time its tolerance.

        Raises:
            UsageError: there is no such preset, or it has no tolerance for the format.
        """
        for name in ("max_ulp", "max_abs", "max_rel"):
            if (limit := getattr(self, name)) is not None:
                yield name, limit
        if self.preset is not None:
            tolerance(self.preset, dtype)
            yield "preset", 1.0


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
    """A limit beside the sizes that it limits, and between what each of these lies for sure."""

    name: str
    limit: float
    sizes: Array
    low: Array
    high: Array


def checks(limits: Limits, dtype: DType, got: Array, errors: Errors, true: TrueValues) -> Iterator[Check]:
    """Yield each limit of an error with the errors that it is for."""
    with np.errstate(all="ignore"):
        absolute = true.doubt * dtype.spacing(true.value)
        if limits.max_ulp is not None:
            yield Check("max_ulp", limits.max_ulp, errors.ulp, *true.ulp_range(errors.ulp, got, dtype))
        if limits.max_abs is not None:
            yield _about("max_abs", limits.max_abs, errors.off, absolute)
        if limits.max_rel is not None:
            yield _about("max_rel", limits.max_rel, errors.relative, true.relative_doubt(dtype))
        if limits.preset is not None:
            rtol, atol = tolerance(limits.preset, dtype)
            allowed = atol + rtol * np.abs(true.expected)
            share, doubts = errors.off / allowed, absolute / allowed
            share = np.where(errors.off == 0, 0.0, np.where(np.isnan(share), np.inf, share))
            yield _about("preset", 1.0, share, np.where(absolute == 0, 0.0, doubts))


def _about(name: str, limit: float, sizes: Array, doubts: Array) -> Check:
    return Check(name, limit, sizes, sizes - doubts, sizes + doubts)

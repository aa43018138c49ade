"""The choices that a kernel may make and still be right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.evaluate import evaluate
from actcli.core.spec import KinkRule
from actcli.core.verify.reference import in_float64

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array, Mask
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject
    from actcli.core.verify.causes import Wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is accepted besides the correctly rounded result.

    Attributes:
        kink: what a derivative is where its one-sided values differ; None accepts both and all between them.
        saturate: whether the largest finite number is accepted where an overflow is due.
        ftz: whether 0 is accepted where a subnormal number is due.
        daz: whether subnormal inputs may count as zeros.
        round_params: whether parameters are rounded to the format before the true values are taken.
    """

    kink: KinkRule | None = KinkRule.MIN_NORM
    saturate: bool = False
    ftz: bool = False
    daz: bool = False
    round_params: bool = False

    def applied(self, subject: Subject, dtype: DType) -> Subject:
        """Return what is to be held true of a function under these choices."""
        function = subject.function
        params = subject.params
        if self.round_params:
            bound = function.bind(params)
            whole = {param.name for param in function.params if param.integer}
            params = {
                name: value if name in whole else float(dtype.round(value)) for name, value in bound.items()
            }
        return subject._replace(params=params, kink=self.kink or KinkRule.MIN_NORM)


STRICT = Choices()


class Accepted(StrEnum):
    """Why a result is accepted that is not the correctly rounded one."""

    KINK = "kink"
    FLUSHED = "flushed"
    ZERO_INPUT = "subnormal_input_as_zero"
    SATURATED = "saturated"
    OUTSIDE = "gradient_outside_domain"


def accepted(
    choices: Choices, subject: Subject, wrong: Wrong, in_dtype: DType, dtype: DType
) -> Iterator[tuple[Accepted, Mask]]:
    """Yield why results may be accepted, and which.

    A gradient where the function itself has no value may be anything: what is not there has no derivative,
    and frameworks multiply masks with whatever comes.
    """
    due = np.abs(wrong.expected)
    if choices.ftz:
        yield Accepted.FLUSHED, (wrong.got == 0) & (due < 2.0**dtype.lowest) & (due > 0)
    if choices.daz:
        small = (wrong.x != 0) & (np.abs(wrong.x) < 2.0**in_dtype.lowest)
        yield Accepted.ZERO_INPUT, small & _is_between(wrong.got, *_at_zero(choices, subject, dtype))
    if choices.saturate:
        overflow = ~np.isfinite(wrong.expected) & ~np.isnan(wrong.x)
        yield Accepted.SATURATED, overflow & (np.abs(wrong.got) == dtype.largest) & _overflows(subject, wrong)
    if choices.kink is None and subject.order:
        kinks = [kink.at for kink in subject.function.kinks(**subject.function.bind(subject.params))]
        at = np.flatnonzero(np.isin(wrong.x, kinks))
        if at.size:
            fits = np.zeros(wrong.x.shape, np.bool_)
            fits[at] = _is_between(wrong.got[at], *_sides(subject, wrong.x[at], dtype))
            yield Accepted.KINK, fits
    if subject.order or subject.wrt:
        yield Accepted.OUTSIDE, np.isnan(wrong.expected) & _outside(subject, wrong)


def _is_between(got: Array, low: Array, high: Array) -> Mask:
    same = np.isnan(got) & (np.isnan(low) | np.isnan(high))
    return (got >= low) & (got <= high) | same


def _sides(subject: Subject, x: Array, dtype: DType) -> tuple[Array, Array]:
    """Return the lesser and the greater of the one-sided derivatives."""
    left, right = (
        dtype.round(in_float64(subject._replace(kink=rule), x)) for rule in (KinkRule.LEFT, KinkRule.RIGHT)
    )
    return np.minimum(left, right), np.maximum(left, right)


def _at_zero(choices: Choices, subject: Subject, dtype: DType) -> tuple[Array, Array]:
    """Return the least and the greatest result at −0 and +0."""
    zeros = np.array([-0.0, 0.0])
    values = dtype.round(in_float64(subject, zeros))
    if choices.kink is None and subject.order:
        values = np.concatenate([values, *_sides(subject, zeros, dtype)])
    return np.asarray(values.min()), np.asarray(values.max())


def _overflows(subject: Subject, wrong: Wrong) -> Mask:
    """Return where a number beyond the format is due, and of the sign that came."""
    found = np.zeros(wrong.x.shape, np.bool_)
    rows = np.flatnonzero(~np.isfinite(wrong.expected))
    value = in_float64(subject, wrong.x[rows])
    found[rows] = ~np.isnan(value) & (np.sign(value) == np.sign(wrong.got[rows]))
    return found


def _outside(subject: Subject, wrong: Wrong) -> Mask:
    """Return where the function itself has no value."""
    found = np.zeros(wrong.x.shape, np.bool_)
    rows = np.flatnonzero(np.isnan(wrong.expected))
    found[rows] = np.isnan(np.asarray(evaluate(subject.function, wrong.x[rows], 0, subject.params)))
    return found

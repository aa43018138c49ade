"""Rows that have no value: what kernels give for them, and what of that is accepted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.spec import Precision
from actcli.core.verify.row_kinds import mask_of
from actcli.core.verify.true_rows import grouped, true_rows, ungrouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.verify.accuracy import TrueValues
    from actcli.core.verify.true_rows import VectorSubject


class Masked(StrEnum):
    """What is due for a row in which every entry is masked."""

    ANY = "any"
    NAN = "nan"
    ZEROS = "zeros"


class Answer(StrEnum):
    """What a kernel gives for a row that has no value."""

    NAN = "NaN"
    ZEROS = "zeros"
    LIMIT = "limit"
    OTHER = "other"


ANSWERS = tuple(Answer)

_CLOSE = 8
"""ULP within which a limit counts as given."""


def accept(
    subject: VectorSubject,
    x: Array,
    v: Array | None,
    got: Array,
    true: TrueValues,
    masked: Masked,
    dtype: DType,
) -> NDArray[np.intp]:
    """Return what came for each row, as a place in `ANSWERS`, or −1 for one that has a value.

    Results that are accepted, and the truth there, are made one; what is not remains an error.

    - A row of nothing but masked entries has no value: NaN, zeros, and what the function tends to where all
      entries fall alike (equal shares), are accepted, or what `masked` says alone.
    - One with the opposite infinity has none: NaN and what the function tends to are accepted in each place.
    - Beside infinite entries other functions tend to something here, or to nothing; NaN, which arithmetic
      gives (∞/∞, 0·∞, ∞ − ∞), is accepted.
    - NaN among the entries makes all components NaN. Where a function picks or sorts entries one of them is
      enough; hardmax, and products with a Jacobian of zeros and ones, may do without. So may the product with
      the Jacobian of a gated unit: the slope by one half has no other factor than the gate.
    """
    function = subject.function
    answer = np.full(len(x), -1, np.intp)
    nan = np.asarray(np.isnan(x).any(axis=1))
    plain = function.precision is Precision.PLAIN
    if not function.pieces and function.precision is not Precision.DEEP:
        without = plain and bool(function.probabilities or subject.order)
        got[nan & (np.isnan(got).any(axis=1) | without)] = np.nan
    if function.pieces and subject.order and nan.any():
        lost = np.isnan(true.expected)
        got[lost] = np.nan
    reasons = [np.asarray(mask) for mask, _ in function.faults(x, **subject.bound)]
    if reasons:
        rows = np.flatnonzero(np.logical_or.reduce(reasons) & ~nan)
        if rows.size:
            _without_value(subject, x, v, got, true, masked, dtype, answer, rows)
    elif not plain and np.isinf(x).any():
        _beside_infinity(subject, x, got, true, answer, nan)
    return answer


def _without_value(
    subject: VectorSubject,
    x: Array,
    v: Array | None,
    got: Array,
    true: TrueValues,
    masked: Masked,
    dtype: DType,
    answer: NDArray[np.intp],
    rows: NDArray[np.intp],
) -> None:
    gone = mask_of(subject.function, subject.bound) or -np.inf
    few = x[rows]
    top = np.equal(few, -gone)
    alone = ~np.asarray(top.any(axis=1))  # every entry is masked
    some = got[rows]
    ends = np.where(top | alone[:, None], 0.0, gone)
    limit = true_rows(subject, ends, None if v is None else v[rows], dtype).value
    near = np.abs(some - limit) <= _CLOSE * dtype.spacing(np.where(np.isfinite(limit), limit, 0.0))
    lost = np.isnan(some)
    near |= (some == limit) | lost
    found = np.full(rows.size, ANSWERS.index(Answer.OTHER))
    zeros = (some == 0).all(axis=1)
    found[zeros & (alone | (v is not None))] = ANSWERS.index(Answer.ZEROS)
    found[near.all(axis=1)] = ANSWERS.index(Answer.LIMIT)
    found[near.all(axis=1) & lost.any(axis=1)] = ANSWERS.index(Answer.NAN)
    answer[rows] = found
    wanted = {Masked.NAN: Answer.NAN, Masked.ZEROS: Answer.ZEROS}.get(masked)
    fine = found != ANSWERS.index(Answer.OTHER)
    if wanted is not None:
        fine &= ~alone | (found == ANSWERS.index(wanted))
    true.rest[rows] = 0.0
    got[rows[fine]] = 0.0
    zero = rows[fine | (alone & (masked is Masked.ZEROS))]
    true.value[zero] = true.expected[zero] = 0.0


def _beside_infinity(
    subject: VectorSubject,
    x: Array,
    got: Array,
    true: TrueValues,
    answer: NDArray[np.intp],
    nan: NDArray[np.bool_],
) -> None:
    pieces = subject.function.pieces
    infinite = np.isinf(x)
    if pieces:
        groups = grouped(infinite, pieces).any(axis=1, keepdims=True)
        outputs = got.shape[1] * pieces // x.shape[1]
        wide = ungrouped(np.repeat(groups, outputs, axis=1), len(x))
    else:
        wide = np.broadcast_to(infinite.any(axis=1, keepdims=True), got.shape)
    came = wide & np.isnan(got)
    rows = infinite.any(axis=1) & ~nan
    answer[rows] = ANSWERS.index(Answer.LIMIT)
    answer[rows & came.any(axis=1)] = ANSWERS.index(Answer.NAN)
    accepted = came | (wide & np.isnan(true.expected))
    got[accepted] = true.expected[accepted]

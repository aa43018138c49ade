"""Rows of results held against the true values of a vector function: what is found of each row.

Three measures stand beside each other: errors in ULP of each component; errors relative to the largest
component of the row, which is what a good kernel keeps small where components are tiny beside others, or
digits cancel (`spec.Conditioning`); and, of probabilities, how far a row is from summing to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.blocks import for_blocks
from actcli.core.measure.ulp import ulp_distance
from actcli.core.vector import rows as vector_rows
from actcli.core.verify.accuracy import TrueValues
from actcli.core.verify.answers import Masked, accept
from actcli.core.verify.causes import Class, Wrong, classes_of
from actcli.core.verify.tolerance import NO_LIMITS, Check, checks
from actcli.core.verify.true_rows import true_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.verify.row_kinds import Table
    from actcli.core.verify.tolerance import Limits
    from actcli.core.verify.true_rows import VectorSubject

CHECKS = 5
"""How many limits of the error of a component there are at most."""

MEASURES = ("ulp", "finite", "off", "relative", "by_row")
"""Of each, a row keeps the largest error and where it is."""

CHUNK = 1 << 21
"""Results that are judged at once: what is known of them takes 60 bytes each."""

_LOST = tuple(list(Class).index(kind) for kind in (Class.NO_NUMBER, Class.NUMBER))

_AT = [("size", "f8"), ("column", "i8"), ("got", "f8"), ("expected", "f8")]

FOUND = np.dtype(
    [
        ("kind", "i8"),  # its place in KINDS
        ("length", "i8"),
        ("table", "i8"),
        ("row", "i8"),
        ("results", "i8"),  # how many results are due; none in a row that has no value
        ("counts", "i8", (len(Class),)),
        ("untold", "i8"),  # how many may or may not be correctly rounded
        ("ulp", _AT),  # the largest error of a component
        ("finite", _AT),  # that in ULP where numbers came and were due
        ("off", _AT),
        ("relative", _AT),
        ("by_row", _AT),  # relative to the row's largest
        ("total", "f8"),  # the sum of errors in ULP that are numbers
        ("sum_off", "f8"),  # how far from summing to 1; NaN where that is not due
        ("beyond", "i8", (CHECKS,)),  # how many components break each limit
        ("limited", _AT, (CHECKS,)),  # the largest of what each limits
        ("answer", "i8"),  # what came for a row that has no value: its place in ANSWERS; or −1
    ]
)
"""What is found of a row."""


def judge(
    subject: VectorSubject,
    table: Table,
    number: int,
    got: Array,
    dtype: DType,
    *,
    cotangent: Array | None = None,
    limits: Limits = NO_LIMITS,
    ftz: bool = False,
    daz: float = 0.0,
    masked: Masked = Masked.ANY,
) -> NDArray[np.void]:
    """Hold the results for a table of rows against the truth; return what is found of each row (`FOUND`).

    Args:
        subject: what was verified.
        table: the rows.
        number: how many tables came before.
        got: the results, a row for each, numbers of the format.
        dtype: the format of results.
        cotangent: what was multiplied with the Jacobian.
        limits: the errors that are allowed.
        ftz: whether 0 is accepted where a subnormal number is due.
        daz: entries smaller than that may count as zeros.
        masked: what is due where every entry is masked.
    """
    out = np.zeros(len(got), FOUND)
    out["kind"], out["length"] = table.kinds, table.length
    out["table"], out["row"] = number, np.arange(len(got))
    step = max(1, CHUNK // max(table.length, got.shape[1]))
    for start in range(0, len(got), step):
        part = slice(start, start + step)
        x, some, v = table.x[part], got[part].copy(), None if cotangent is None else cotangent[part]
        with np.errstate(all="ignore"):
            true = true_rows(subject, x, v, dtype)
            scale = np.maximum(_scale(subject, x, v, true.value), 2.0**dtype.lowest)
            out["answer"][part] = accept(subject, x, v, some, true, masked, dtype)
            if daz and (small := (np.abs(x) < daz) & (x != 0)).any():
                rows = np.flatnonzero(small.any(axis=1))
                flushed = np.where(small, 0.0, x)[rows]
                due = true_rows(subject, flushed, None if v is None else v[rows], dtype).expected
                some[rows] = np.where(some[rows] == due, true.expected[rows], some[rows])
        judge_known(some, true, np.broadcast_to(scale[:, None], some.shape), dtype, limits, ftz, out[part])
        out["sum_off"][part] = _sum_off(subject, some, true, out["answer"][part])
    return out


def judge_known(
    got: Array,
    true: TrueValues,
    scale: Array,
    dtype: DType,
    limits: Limits,
    ftz: bool,
    out: NDArray[np.void],
) -> None:
    """Write what is found of rows of which the truth is known, in blocks.

    Args:
        got: the results.
        true: the truth.
        scale: what the errors relative to the row are measured by.
        dtype: the format of results.
        limits: the errors that are allowed.
        ftz: whether 0 is accepted where a subnormal number is due.
        out: an entry of `FOUND` for each row, which knows what came if it has no value.
    """

    def work(part: slice) -> None:
        some = TrueValues(true.value[part], true.rest[part], true.expected[part], true.doubt[part])
        with np.errstate(all="ignore"):
            _judge(got[part], some, scale[part], dtype, limits, ftz, out[part])

    for_blocks(len(got), work, width=got.shape[1])


def _sum_off(subject: VectorSubject, got: Array, true: TrueValues, answer: NDArray[np.intp]) -> Array:
    """Return how far rows are from summing to 1; NaN where they need not."""
    if not subject.function.probabilities or subject.order or subject.wrt:
        return np.full(len(got), np.nan)
    due = (answer < 0) & ~np.any(np.isnan(true.expected), axis=1)
    with np.errstate(invalid="ignore"):
        off = np.abs(np.sum(got, axis=1) - 1)
    return np.where(due, np.where(np.isnan(off), np.inf, off), np.nan)


def _judge(
    got: Array,
    true: TrueValues,
    scale: Array,
    dtype: DType,
    limits: Limits,
    ftz: bool,
    out: NDArray[np.void],
) -> None:
    """Write what is found of a block of rows; what concerns one number alone is asked of the flat block."""
    shape, flat, expected = got.shape, got.ravel(), true.expected.ravel()
    known = TrueValues(true.value.ravel(), true.rest.ravel(), expected, true.doubt.ravel())
    errors = known.errors(flat, dtype)
    wrong = np.flatnonzero((flat != expected) & ~(np.isnan(flat) & np.isnan(expected)))
    some = Wrong(flat[wrong], flat[wrong], expected[wrong], errors.ulp[wrong])
    place = classes_of(some, ulp_distance(some.got, some.expected, dtype))
    finite = np.where(np.isfinite(errors.ulp), errors.ulp, 0.0)
    if ftz:
        flushed = (some.got == 0) & (np.abs(some.expected) < 2.0**dtype.lowest)
        place[flushed] = list(Class).index(Class.ACCEPTED)
        for size in (*errors, finite):
            size[wrong[flushed]] = 0.0
    finite[wrong[np.isin(place, _LOST)]] = 0.0
    rows = wrong // shape[1]
    due = out["answer"] < 0
    due[rows] = True
    out["results"] = np.where(due, shape[1], 0)
    np.add.at(out["counts"], (rows, place), 1)
    out["counts"][:, 0] += out["results"] - out["counts"].sum(axis=1)
    out["untold"] = known.untold(flat, dtype).reshape(shape).sum(axis=1)
    by_row = np.where(errors.off == 0, 0.0, errors.off / scale.ravel())
    every = np.arange(len(got))

    def largest(field: NDArray[np.void], sizes: Array) -> None:
        size = sizes.reshape(shape)
        at = np.argmax(size, axis=1)
        field["size"], field["column"] = size[every, at], at
        field["got"], field["expected"] = got[every, at], true.expected[every, at]

    for name, sizes in zip(MEASURES, (errors.ulp, finite, errors.off, errors.relative, by_row), strict=True):
        largest(out[name], sizes)
    out["total"] = finite.reshape(shape).sum(axis=1)
    found = [*checks(limits, dtype, flat, errors, known)]
    if limits.max_row_rel is not None:
        found.append(Check("max_row_rel", limits.max_row_rel, by_row, by_row, by_row))
    for i, check in enumerate(found):
        largest(out["limited"][:, i], check.sizes)
        out["beyond"][:, i] = (check.low > check.limit).reshape(shape).sum(axis=1)


def component_limits(limits: Limits, dtype: DType) -> Iterator[tuple[str, float]]:
    """Yield the limits of the error of a component by their names, in the order in which they are checked.

    Raises:
        UsageError: there is no such preset, or it has no tolerance for the format.
    """
    yield from limits.of_errors(dtype)
    if limits.max_row_rel is not None:
        yield "max_row_rel", limits.max_row_rel


def _scale(subject: VectorSubject, x: Array, v: Array | None, value: Array) -> Array:
    """Return what the errors of each row are measured by: see `Conditioning`."""
    largest: Array = np.max(np.where(np.isfinite(value), np.abs(value), 0.0), axis=1)
    function = subject.function
    if function.conditioning is None or subject.wrt:
        return largest
    if v is None:
        size = function.conditioning(x, value, **subject.bound).value
    else:
        y = vector_rows.evaluated(function, function.value, x, (), subject.bound, strict=False)
        size = function.conditioning(x, y, **subject.bound).gain * np.max(np.abs(v), axis=1)
    return np.asarray(np.fmax(largest, np.where(np.isfinite(size), size, 0.0)))

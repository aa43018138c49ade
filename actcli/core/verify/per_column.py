"""Elementwise kernels of several arrays: a gradient passed back, a parameter with a value for each column.

Their results are held against the truth as rows: such a kernel sees arrays of several axes, and a parameter
with a value for each channel, which are the columns here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.core.numerics import pair
from actcli.core.spec import Activation, KinkRule, Subject, VectorActivation, unsaid
from actcli.core.vector.blocks import beyond_double
from actcli.core.verify.accuracy import TrueValues
from actcli.core.verify.inputs import NARROW, every, sample
from actcli.core.verify.judged_rows import FOUND, judge_known
from actcli.core.verify.reference import in_float64, true_values
from actcli.core.verify.row_kinds import Table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Params
    from actcli.core.verify.tolerance import Limits

SHAPE = (64, 256)
"""The array that is tried first if nobody says."""

SIZE = 1 << 18
"""Inputs of a wide format that a backward kernel is tried on beside rows of kinds."""

_SUMS = ((1, 7), (2, 16), (17, 33), (1000, 5), (8193, 3))
"""Rows and columns of the arrays whose gradients by a parameter are added up, beside the first."""

_VALUES = 7
"""Values of a parameter that differ from column to column: the truth is asked for each; no power of two."""

_ROWS = VectorActivation(
    name="rows", summary="", value=unsaid, jacobian=unsaid, vjp=unsaid, definition=lambda _m, x: x, pieces=1
)
"""Stands for a function whose rows may hold anything."""


class ColumnSubject(NamedTuple):
    """What is asked of an elementwise function over columns.

    Attributes:
        function: the function.
        params: its parameters, where they are not at their defaults.
        order: 0 for the value, 1 for the product of a gradient that arrives and f′.
        wrt: the parameter by which it is differentiated, column by column: the sum of the gradient that
            arrives times ∂f/∂parameter; then the order is 1.
        column: the parameter that has a value for each column, if there is one.
        kink: what a derivative is where its one-sided values differ; None accepts both and all between.
    """

    function: Activation
    params: Params
    order: int = 0
    wrt: str | None = None
    column: str | None = None
    kink: KinkRule | None = KinkRule.MIN_NORM

    @property
    def name(self) -> str:
        """The subject in a few words."""
        if self.wrt:
            return f"Σ v·∂{self.function.name}/∂{self.wrt}"
        return self.function.name + ("", "′·v")[self.order]

    @property
    def bound(self) -> dict[str, float]:
        """Every parameter."""
        return self.function.bind(self.params)

    def at(self, weight: float | None, kink: KinkRule | None = None) -> Subject:
        """Return what is asked of a column, whose parameter has that value."""
        own = {} if weight is None or self.column is None else {self.column: weight}
        rule = kink or self.kink or KinkRule.MIN_NORM
        order = 0 if self.wrt else self.order
        return Subject(self.function, dict(self.params) | own, order, self.wrt, rule)


def column_tables(
    subject: ColumnSubject,
    dtype: DType,
    shape: Sequence[int] | None,
    axis: int,
    seed: int,
    within: tuple[float, float] | None,
) -> Iterator[Table]:
    """Yield the arrays that are tried: see `row_kinds.tables`.

    Where no column has a parameter of its own, every number of a narrow format comes first, or a sample of a
    wide one. Gradients by a parameter are sums: their arrays hold ordinary numbers and zeros.
    """
    whole = tuple(shape) if shape is not None else SHAPE
    if subject.wrt:
        rng = np.random.default_rng(seed)
        for rows, columns in ((math.prod(whole) // whole[axis], whole[axis]), *_SUMS):
            x = dtype.round(rng.normal(0.0, 2.0, (rows, columns)))
            x[::7] = 0.0
            yield Table(x, np.zeros(rows, np.intp), (rows, columns), 1)
        return
    if subject.column is None and within is None and shape is None:
        bound = subject.bound
        x = every(dtype) if dtype.bits <= NARROW else sample(subject.function, bound, dtype, SIZE, seed)
        x = np.resize(x, (-(-x.size // SHAPE[1]), SHAPE[1]))
        yield Table(x, np.zeros(len(x), np.intp), x.shape, 1)
    yield from tables(_ROWS, {}, dtype, whole, axis, seed, within, subject.order)


def weights(subject: ColumnSubject, columns: int, dtype: DType, seed: int) -> Array | None:
    """Return a value of the parameter for each column, near its own: `_VALUES` in turn."""
    if subject.column is None:
        return None
    param = subject.function.param(subject.column)
    drawn = np.random.default_rng((seed, columns)).uniform(0.5, 1.5, min(columns, _VALUES))
    found = dtype.round(drawn * (subject.bound[param.name] or 0.25))
    return np.resize([param.check(value) for value in found.tolist()], columns)


def judge_columns(
    subject: ColumnSubject,
    table: Table,
    number: int,
    got: Array,
    dtype: DType,
    *,
    cotangent: Array | None,
    own: Array | None,
    limits: Limits,
    ftz: bool,
) -> NDArray[np.void]:
    """Hold results against the truth; see `judged_rows.judge`.

    Args:
        subject: what was verified.
        table: the rows.
        number: how many tables came before.
        got: the results, a row for each; of a gradient by a parameter, one row.
        dtype: the format of results.
        cotangent: the gradient that arrives.
        own: the value of the parameter in each column.
        limits: the errors that are allowed.
        ftz: whether 0 is accepted where a subnormal number is due.
    """
    out = np.zeros(len(got), FOUND)
    out["length"], out["table"], out["row"] = table.length, number, np.arange(len(got))
    out["kind"] = 0 if subject.wrt else table.kinds
    out["answer"], out["sum_off"] = -1, np.nan
    got = got.copy()
    with np.errstate(all="ignore"):
        if subject.wrt and cotangent is not None:
            true, scale = _sums(subject, table.x, cotangent, own, dtype)
        else:
            true = _values(subject, table.x, cotangent, own, dtype)
            if cotangent is not None:  # what has no value has no derivative
                lost = np.isnan(true.expected)
                got[lost] = np.nan
            if subject.kink is None and cotangent is not None:
                _accept_between(subject, table.x, cotangent, own, got, true, dtype)
            scale = np.broadcast_to(_largest(true.value)[:, None], got.shape)
    judge_known(got, true, np.maximum(scale, 2.0**dtype.lowest), dtype, limits, ftz, out)
    return out


def _largest(value: Array) -> Array:
    found: Array = np.max(np.where(np.isfinite(value), np.abs(value), 0.0), axis=1)
    return found


def _values(
    subject: ColumnSubject,
    x: Array,
    v: Array | None,
    own: Array | None,
    dtype: DType,
    kink: KinkRule | None = None,
) -> TrueValues:
    """Return f(x), or f′(x)·v, with the parameter of each column."""
    parts = np.empty((4, *x.shape))
    groups = [(None, slice(None))] if own is None else [(w, np.flatnonzero(own == w)) for w in np.unique(own)]
    for weight, columns in groups:
        few = np.ascontiguousarray(x[:, columns])
        asked = subject.at(None if weight is None else float(weight), kink)
        if v is None:
            found = true_values(asked, few.ravel(), dtype)
        else:
            slope = true_values(asked, few.ravel(), FLOAT64)
            found = _product(slope, np.ascontiguousarray(v[:, columns]).ravel(), dtype)
        for part, some in zip(parts, (found.value, found.rest, found.expected, found.doubt), strict=True):
            part[:, columns] = some.reshape(few.shape)
    return TrueValues(*parts)


def _product(slope: TrueValues, v: Array, dtype: DType) -> TrueValues:
    """Return slopes times numbers, rounded once: the product of two doubles as two, and of what is beyond."""
    more = slope.rest * FLOAT64.spacing(slope.value) * v
    number = pair.of(slope.value) * pair.of(v) + more
    value = number.value()
    plain = ~np.isfinite(value) | (value == 0)
    value = np.where(plain, slope.value * v, value)
    if dtype.precision == 53:
        rest = np.where(plain, 0.0, beyond_double(number, value))
        return TrueValues(value, rest, value, np.where(plain, 0.0, slope.doubt))
    expected = dtype.round(np.where(plain, value, number.odd()))
    return TrueValues(value, np.zeros_like(value), expected, np.zeros_like(value))


def _sums(
    subject: ColumnSubject, x: Array, v: Array, own: Array | None, dtype: DType
) -> tuple[TrueValues, Array]:
    """Return for each column the sum of v·∂f/∂parameter, and that of the sizes of its terms.

    The products are kept as two doubles, and their sum is rounded once.
    """
    total, size = np.empty((2, x.shape[1]))
    for i in range(x.shape[1]):
        asked = subject.at(None if own is None else float(own[i]))
        g, w = in_float64(asked, np.ascontiguousarray(x[:, i])), np.ascontiguousarray(v[:, i])
        high, low = (pair.of(g) * pair.of(w)).terms()
        total[i] = math.fsum([*high.tolist(), *low.tolist()])
        size[i] = np.sum(np.abs(g * w))
    value = total[None]
    doubt = np.where(dtype.precision == 53, 2.0 * size / np.maximum(np.abs(total), 5e-324), 0.0)
    true = TrueValues(value, np.zeros_like(value), dtype.round(value), doubt[None])
    return true, size[None]


def _accept_between(
    subject: ColumnSubject,
    x: Array,
    v: Array,
    own: Array | None,
    got: Array,
    true: TrueValues,
    dtype: DType,
) -> None:
    """Make results and truth one where they lie between the one-sided products."""
    ends = [_values(subject, x, v, own, dtype, rule).expected for rule in (KinkRule.LEFT, KinkRule.RIGHT)]
    low, high = np.minimum(*ends), np.maximum(*ends)
    fine = (low != high) & (got >= low) & (got <= high)
    got[fine] = true.expected[fine]

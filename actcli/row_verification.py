"""Kernels of vector functions held against the true rows: what is asked, and how it is carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.core.verify.answers import Masked
from actcli.core.verify.judged_rows import judge
from actcli.core.verify.per_column import ColumnSubject, column_tables, judge_columns, weights
from actcli.core.verify.row_kinds import Table, kind_of, tables
from actcli.core.verify.row_report import RowFinding, RowReport
from actcli.core.verify.tolerance import NO_LIMITS, Limits
from actcli.core.verify.true_rows import VectorSubject, true_rows
from actcli.errors import DataError, KernelError, UsageError
from actcli.kernels.calls import tried

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.kernels.kernel import Kernel

ROWS = 256
"""Rows that a kernel is called on in several ways."""

INPUT, GRADIENT, RESULT, LEFT, RIGHT = "x", "grad", "y", "a", "b"
"""What a kernel may take: the rows, the gradient with respect to its output, the rounded output, and the
halves of the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRequest:
    """What is asked of a kernel.

    Attributes:
        subject: the function, its parameters, and whether its value or a product with its Jacobian.
        dtype: the format that results are due in.
        in_dtype: that of inputs.
        shape: the shape of the first array that is tried; a sensible one if None.
        axis: where its rows lie.
        seed: of the rows and of the cotangent.
        within: the range that all entries lie in, if there is one.
        longest: the longest of the rows that are tried beside those of that shape, if not all of them are.
        operands: what the kernel takes, in order: x, grad, y, a, b.
        direct: whether the kernel returns the product itself; else autograd takes it.
        ftz: whether 0 is accepted where a subnormal number is due.
        daz: whether subnormal inputs may count as zeros.
        masked: what is due where every entry of a row is masked.
        limits: how large errors may be.
        repeat: how often the kernel is called on the same inputs.
    """

    subject: VectorSubject | ColumnSubject
    dtype: DType
    in_dtype: DType
    shape: tuple[int, ...] | None = None
    axis: int = -1
    seed: int = 0
    within: tuple[float, float] | None = None
    longest: int | None = None
    operands: tuple[str, ...] = (INPUT,)
    direct: bool = False
    ftz: bool = False
    daz: bool = False
    masked: Masked = Masked.ANY
    limits: Limits = NO_LIMITS
    repeat: int = 2

    @property
    def due(self) -> DType:
        """The format that results are judged in: autograd gives a gradient in that of the inputs."""
        return self.in_dtype if self.subject.order and GRADIENT not in self.operands else self.dtype


def verify_rows(kernel: Kernel, request: RowRequest) -> RowReport:
    """Return how good a kernel's rows are.

    Raises:
        KernelError: it failed, or returned something else than a row of numbers for each.
        UsageError: the request does not suit the function or the kernel.
    """
    _check(request)
    subject = request.subject
    parts: list[NDArray[np.void]] = []
    refused: dict[int, KernelError] = {}
    findings: list[RowFinding] = []
    first, dtype = None, request.dtype
    for number, table in enumerate(_tables(request)):
        v = _cotangent(request, table, number)
        try:
            got = _called(kernel, request, table, v)
        except KernelError as error:
            if first is None or number > len(refused) + 1:
                raise _on_rows(error, table.length) from error
            refused[table.length] = error  # it may be made for rows of one length
            continue
        if refused:
            length, before = next(iter(refused.items()))
            raise _on_rows(before, length) from before
        if first is None:
            first, dtype = table, got.dtype
        parts.append(_judged(request, table, number, got, v))
        if number == 0 and _own(request, table) is None and not subject.wrt:
            parts += _in_other_ways(kernel, request, table, v, findings)
    assert first is not None
    return _report(kernel.name, request, first, dtype, parts, refused, findings)


def _tables(request: RowRequest) -> Iterator[Table]:
    subject = request.subject
    asked = (request.in_dtype, request.shape, request.axis, request.seed, request.within)
    if isinstance(subject, ColumnSubject):
        return column_tables(subject, *asked)
    return tables(subject.function, subject.bound, *asked, subject.order, request.longest)


def _own(request: RowRequest, table: Table) -> Array | None:
    """Return the value that a parameter has in each column, if there is such a parameter."""
    subject = request.subject
    if not isinstance(subject, ColumnSubject) or subject.column is None:
        return None
    return weights(subject, table.length, request.in_dtype, request.seed)


def _on_rows(error: KernelError, length: int) -> KernelError:
    return KernelError(f"{error.message}, on rows of {length}", error.hint)


def verify_given_rows(name: str, x: Encoded, got: Encoded, request: RowRequest) -> RowReport:
    """Return how good rows are that a kernel gave elsewhere, for the inputs beside them.

    Raises:
        DataError: the results are not a row for each.
    """
    axis = request.axis
    if not -x.bits.ndim <= axis < x.bits.ndim:
        raise UsageError(f"the inputs have {x.bits.ndim} axes, and no axis {axis}")
    axis %= x.bits.ndim
    rows = np.moveaxis(x.values, axis, -1)
    rows = np.ascontiguousarray(rows.reshape(-1, rows.shape[-1]))
    table = Table(rows, kind_of(rows), x.bits.shape, axis)
    due = subject_width(request.subject, table)
    found = _rows(table, got, due)
    if found is None:
        raise DataError(f"results of shape {got.bits.shape} do not go with inputs of shape {x.bits.shape}")
    judged = _judged(request, table, 0, found, _cotangent(request, table, 0))
    return replace(_report(name, request, table, got.dtype, [judged], {}, []), seed=None)


def _check(request: RowRequest) -> None:
    subject, operands = request.subject, request.operands
    if isinstance(subject, ColumnSubject):
        _check_columns(subject, request)
        return
    if subject.function.random:
        raise UsageError(f"{subject.function.name} draws random numbers: no kernel draws the same")
    known = {INPUT, GRADIENT, RESULT, *((LEFT, RIGHT) if subject.function.pieces == 2 else ())}
    if unknown := [name for name in operands if name not in known]:
        raise UsageError(
            f"--args {','.join(operands)}: {subject.function.name} has no {unknown[0]!r}",
            f"it may take {', '.join(sorted(known))}",
        )
    if not {INPUT, LEFT, RESULT} & set(operands) or (LEFT in operands) != (RIGHT in operands):
        raise UsageError(f"--args {','.join(operands)} does not say all of the input", "x, or both a and b")
    backward = GRADIENT in operands
    if backward and not subject.order:
        raise UsageError("--args grad is for kernels of a gradient", "add --order 1")
    if request.direct and subject.order and not backward:
        raise UsageError("a kernel of a product vᵀJ takes v too", "--args grad,x")


def _check_columns(subject: ColumnSubject, request: RowRequest) -> None:
    operands, known = request.operands, {INPUT, GRADIENT, *([subject.column] if subject.column else [])}
    if INPUT not in operands or set(operands) - known:
        raise UsageError(
            f"--args {','.join(operands)} is nothing that {subject.function.name} takes",
            "x, grad, and the name of one parameter",
        )
    if GRADIENT in operands and not subject.order:
        raise UsageError("--args grad is for kernels of a gradient", "add --order 1")
    if request.direct and subject.order and GRADIENT not in operands:
        raise UsageError("a kernel of a gradient takes that of its output too", "--args grad,x")


def subject_width(subject: VectorSubject | ColumnSubject, table: Table) -> int:
    """Return how many results are due for each row of a table."""
    if isinstance(subject, ColumnSubject) or subject.order:
        return table.length
    return subject.width(table.length)


def _cotangent(request: RowRequest, table: Table, number: int) -> Array | None:
    """Return random numbers, one for each result of the function, where a product with them is asked for."""
    if not request.subject.order:
        return None
    rng = np.random.default_rng((request.seed, number))
    subject = request.subject
    width = table.length if isinstance(subject, ColumnSubject) else subject.width(table.length)
    shape = (len(table.x), width)
    return request.dtype.round(rng.normal(size=shape))


def _called(kernel: Kernel, request: RowRequest, table: Table, v: Array | None) -> Encoded:
    """Return the kernel's results for the rows of a table, a row for each."""
    operands = _operands(request, table, v)
    return _gathered(request, table, _call(kernel, request, operands))


def _operands(request: RowRequest, table: Table, v: Array | None) -> list[Encoded]:
    """Return what the kernel takes, laid out as the table says; a cotangent for autograd comes last."""
    half = table.length // 2
    found = []
    names = request.operands
    if v is not None and GRADIENT not in names:
        names = (*names, GRADIENT)
    for name in names:
        rows, dtype = table.x, request.in_dtype
        if name == GRADIENT:
            assert v is not None
            rows, dtype = v, request.dtype
        elif (own := _own(request, table)) is not None and name != INPUT:
            found.append(Encoded.of(own, request.in_dtype))
            continue
        elif name == RESULT and isinstance(request.subject, VectorSubject):
            value = request.subject._replace(order=0, wrt=None)
            rows, dtype = true_rows(value, table.x, None, request.dtype).expected, request.dtype
        elif name in (LEFT, RIGHT):
            rows = rows[:, :half] if name == LEFT else rows[:, half:]
        found.append(Encoded.of(table.laid_out(rows), dtype))
    return found


def _call(kernel: Kernel, request: RowRequest, operands: Sequence[Encoded]) -> list[Encoded]:
    """Return the kernel's results: one array, or of halves that autograd differentiates by, two."""
    if not request.subject.order or GRADIENT in request.operands:
        return [kernel.run(operands, request.dtype)]
    *points, v = operands
    names = (request.subject.wrt,) if request.subject.wrt else (INPUT, LEFT, RIGHT)
    by = [request.operands.index(name) for name in names if name in request.operands]
    return [kernel.gradient(points, request.dtype, v, i, 1) for i in by]


def _gathered(request: RowRequest, table: Table, results: Sequence[Encoded]) -> Encoded:
    due = subject_width(request.subject, table)
    if isinstance(request.subject, ColumnSubject) and request.subject.wrt:
        (sums,) = results
        if sums.bits.size != due:
            raise KernelError(f"the kernel returned shape {sums.bits.shape} for {due} values of a parameter")
        return Encoded(sums.bits.reshape(1, due), sums.dtype)
    parts = [_rows(table, part, due // len(results)) for part in results]
    shapes = " and ".join(str(part.bits.shape) for part in results)
    rows = [part for part in parts if part is not None]
    if len(rows) < len(parts):
        raise KernelError(f"the kernel returned shape {shapes} for inputs of shape {table.shape}")
    return Encoded(np.concatenate([part.bits for part in rows], axis=1), rows[0].dtype)


def _rows(table: Table, results: Encoded, width: int) -> Encoded | None:
    """Return results as rows; None if they are no row of that width for each."""
    shape = results.bits.shape
    others = (*table.shape[: table.axis], *table.shape[table.axis + 1 :])
    bits = results.bits
    if shape == others and width == 1:  # a reduction that drops the axis
        bits = np.expand_dims(bits, table.axis)
    elif shape != (*table.shape[: table.axis], width, *table.shape[table.axis + 1 :]):
        return None
    return Encoded(table.rows_of(bits), results.dtype)


def _judged(
    request: RowRequest, table: Table, number: int, got: Encoded, v: Array | None
) -> NDArray[np.void]:
    subject = request.subject
    values = got.values if got.dtype == request.due else request.due.round(got.values)
    if isinstance(subject, ColumnSubject):
        return judge_columns(
            subject,
            table,
            number,
            values,
            request.due,
            cotangent=v,
            own=_own(request, table),
            limits=request.limits,
            ftz=request.ftz,
        )
    return judge(
        subject,
        table,
        number,
        values,
        request.due,
        cotangent=v,
        limits=request.limits,
        ftz=request.ftz,
        daz=2.0**request.in_dtype.lowest if request.daz else 0.0,
        masked=request.masked,
    )


def _in_other_ways(
    kernel: Kernel, request: RowRequest, table: Table, v: Array | None, findings: list[RowFinding]
) -> list[NDArray[np.void]]:
    """Call a kernel on the first rows in several ways; return what is found of rows that come out otherwise.

    Rows must lie along another axis than the first, whose places are shuffled and cut into pieces.
    """
    if not table.axis or table.shape[0] < 2:
        return []
    others = len(table.x) // table.shape[0]
    few = min(table.shape[0], max(2, ROWS // others))
    some = Table(table.x[: few * others], table.kinds[: few * others], (few, *table.shape[1:]), table.axis)
    w = None if v is None else v[: few * others]

    def call(arrays: Sequence[Encoded]) -> Encoded:
        results = _call(kernel, request, arrays)
        if len(results) == 1:
            return results[0]
        joined = np.concatenate([part.bits for part in results], axis=table.axis)
        return Encoded(joined, results[0].dtype)

    found = tried(
        kernel,
        _operands(request, some, w),
        request.dtype,
        call=call,
        repeat=request.repeat,
        seed=request.seed,
    )
    parts = []
    for odd in found.differing:
        at = np.unique(odd.inputs, return_index=True)[1]
        block = Table(
            some.x.reshape(few, others, -1)[odd.inputs[at]].reshape(-1, table.length),
            some.kinds.reshape(few, others)[odd.inputs[at]].ravel(),
            (at.size, *table.shape[1:]),
            table.axis,
        )
        rows = _gathered(request, block, [Encoded(odd.bits[at], found.results.dtype)])
        part = (
            w.reshape(few, others, -1)[odd.inputs[at]].reshape(rows.bits.shape[0], -1)
            if w is not None
            else None
        )
        parts.append(_judged(request, block, 0, rows, part))
        findings.append(
            RowFinding(str(odd.arrangement), at.size, int(odd.places[at[0]]), int(odd.lengths[at[0]]))
        )
    if found.overwrites:
        findings.append(RowFinding("overwrites its inputs", few, 0, few))
    return parts


def _report(
    name: str,
    request: RowRequest,
    table: Table,
    got_dtype: DType,
    parts: Sequence[NDArray[np.void]],
    refused: dict[int, KernelError],
    findings: Sequence[RowFinding],
) -> RowReport:
    return RowReport(
        kernel=name,
        subject=request.subject,
        dtype=request.due,
        in_dtype=request.in_dtype,
        got_dtype=got_dtype,
        shape=table.shape,
        axis=table.axis,
        operands=request.operands,
        seed=request.seed,
        ftz=request.ftz,
        daz=request.daz,
        masked=request.masked,
        limits=request.limits,
        refused={length: error.message for length, error in refused.items()},
        findings=tuple(findings),
        found=np.concatenate(parts),
    )

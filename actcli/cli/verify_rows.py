"""`actcli verify` of a function of vectors: rows of results held against the true rows."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from typer import Option

from actcli.cli import kernel_files, unread
from actcli.cli.kernels import KernelOptions
from actcli.cli.prepared import Prepared
from actcli.cli.unread import For
from actcli.cli.verify_options import Checks, ChoiceOptions, InputOptions, KinkChoice, VerifyOptions
from actcli.core.dtypes import FLOAT32, Encoded
from actcli.core.spec import Activation, KinkRule, Params, VectorActivation
from actcli.core.verify.answers import Masked
from actcli.core.verify.per_column import ColumnSubject, column_tables
from actcli.core.verify.row_kinds import tables
from actcli.core.verify.row_report import RowReport
from actcli.core.verify.true_rows import VectorSubject
from actcli.errors import CheckFailedError, UsageError
from actcli.reports import reporting, row_phrases
from actcli.row_verification import GRADIENT, INPUT, RowRequest, verify_given_rows, verify_rows

_VECTORS = "functions of a vector: softmax, standardize, swiglu, …"


def _rows(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="Kernels of vectors", **facts)


@dataclass(frozen=True)
class RowOptions:
    """What is asked of kernels of vectors alone."""

    shape_text: Annotated[
        str | None,
        _rows(
            "--shape",
            metavar="NxM",
            help="The array that is tried first (256x1000); rows of other lengths follow.",
        ),
        For(_VECTORS),
    ] = None
    axis: Annotated[
        int, _rows("--axis", metavar="N", help="Where the vectors lie in it (-1)."), For(_VECTORS)
    ] = -1
    takes: Annotated[
        str | None,
        _rows(
            "--args",
            metavar="LIST",
            help="What the kernel takes in order: x, grad (of its output), y (its output), a,b (halves), "
            "or a parameter, with a value for each column.",
        ),
    ] = None
    masked: Annotated[
        Masked,
        _rows("--masked", help="What is due where every entry is -inf: any of them (any), nan, or zeros."),
        For(_VECTORS),
    ] = Masked.ANY
    max_row_rel: Annotated[
        float | None,
        _rows(
            "--max-row-rel",
            min=0,
            metavar="E",
            help="Errors of at most E of the largest component of the row.",
        ),
        For(_VECTORS),
    ] = None
    max_sum: Annotated[
        float | None,
        _rows("--max-sum", min=0, metavar="E", help="Sums of probabilities within E of 1."),
        For("probabilities: softmax, sparsemax, …"),
    ] = None

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape that is asked for.

        Raises:
            UsageError: it is none.
        """
        if self.shape_text is None:
            return None
        parts = self.shape_text.lower().replace("×", "x").split("x")
        if not all(part.isdecimal() and 0 < int(part) < 1 << 31 for part in parts):
            raise UsageError(f"--shape {self.shape_text}: not whole numbers with x between", "4096x1000")
        return tuple(map(int, parts))

    @property
    def operands(self) -> tuple[str, ...]:
        """What the kernel takes, in order."""
        return tuple(part.strip() for part in self.takes.split(",")) if self.takes else ("x",)


def run(
    entry: Activation | VectorActivation,
    params: Params,
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    may: ChoiceOptions,
    checks: Checks,
    rows: RowOptions,
) -> None:
    """Verify a kernel of a function of vectors, or of several arrays, as the options say."""
    subject = subject_of(entry, params, asked, may, rows)
    if kernel.written:
        inputs = _inputs(subject, tried, rows)
        unread.refuse()
        kernel_files.write(inputs, kernel.written)
        return
    form, cases = asked.report_form, asked.cases
    ready = prepared(subject, kernel, tried, may, checks, rows)
    unread.refuse()
    found = ready.held(cases)
    assert isinstance(found, RowReport)
    reporting.write_rows(found, form, asked.file)
    if broken := row_phrases.failure(found):
        raise CheckFailedError(broken)


def _inputs(subject: VectorSubject | ColumnSubject, tried: InputOptions, rows: RowOptions) -> Encoded:
    """Return the array that is tried first."""
    dtype = tried.in_dtype or tried.dtype or FLOAT32
    asked = (dtype, rows.shape, rows.axis, tried.seed, tried.ends)
    if isinstance(subject, ColumnSubject):
        first = next(iter(column_tables(subject, *asked)))
    else:
        first = next(iter(tables(subject.function, subject.bound, *asked, subject.order)))
    return Encoded.of(first.laid_out(first.x), dtype)


def subject_of(
    entry: Activation | VectorActivation,
    params: Params,
    asked: VerifyOptions,
    may: ChoiceOptions,
    rows: RowOptions,
) -> VectorSubject | ColumnSubject:
    """Return what is asked of a vector function, or of an elementwise one whose kernel takes several arrays.

    Raises:
        UsageError: there is no such derivative.
    """
    name = entry.param(asked.wrt).name if asked.wrt else None
    order = 0 if name else asked.order
    if isinstance(entry, Activation):
        if order > 1:
            raise UsageError("kernels of several arrays have gradients of order 1", "--order 1")
        own = [each for each in rows.operands if each not in (INPUT, GRADIENT)]
        column = entry.param(own[0]).name if own else None
        if name and name != column:
            raise UsageError(f"--wrt {name}: the kernel takes no array of it", f"--args x,{name}")
        kink = (may.kink if order else None) or KinkChoice.MIN_NORM
        rule = None if kink is KinkChoice.ANY else KinkRule(kink.value)
        return ColumnSubject(entry, params, 1 if name else order, name, column, rule)
    if name and name not in entry.wrt:
        raise UsageError(f"{entry.name} has no derivative with respect to {name}", "it is a whole number")
    if order > 1:
        raise UsageError(f"{entry.name} is a vector function and has only a Jacobian", "--order 1")
    return VectorSubject(entry, params, order, name)


def prepared(
    subject: VectorSubject | ColumnSubject,
    kernel: KernelOptions,
    tried: InputOptions,
    may: ChoiceOptions,
    checks: Checks,
    rows: RowOptions,
) -> Prepared:
    """Return the kernel of vectors that options describe.

    Raises:
        UsageError: an option does not go with that.
        DataError: files do not hold rows that go together.
    """
    limits, ftz, daz = checks.limits, may.ftz, may.daz
    if limits.signed_zero:
        raise UsageError("--signed-zero is not used here", "it is for functions of a number")
    limits = replace(limits, max_row_rel=rows.max_row_rel)
    masked = Masked.ANY
    if isinstance(subject, VectorSubject):
        masked = rows.masked
        if subject.function.probabilities and not subject.order and not subject.wrt:
            limits = replace(limits, max_sum=rows.max_sum)
    shape, axis = rows.shape, rows.axis
    if not kernel.is_called:
        if subject.order or isinstance(subject, ColumnSubject):
            raise UsageError("files hold no other arrays that a kernel was given", "give a kernel to call")
        x, results = kernel.row_files(tried.in_dtype, tried.dtype, shape)
        request = RowRequest(
            subject=subject,
            dtype=tried.dtype or results.dtype,
            in_dtype=x.dtype,
            axis=axis,
            ftz=ftz,
            daz=daz,
            masked=masked,
            limits=limits,
        )
        name = kernel.output or str(kernel.input)
        return Prepared(name, subject, request.dtype, partial(verify_given_rows, name, x, results, request))
    called = kernel.kernel()
    takes = called.calling.dtype
    dtype = tried.dtype or takes or FLOAT32
    if subject.wrt and isinstance(subject, VectorSubject) and not kernel.direct:
        raise UsageError("--wrt needs a kernel that returns that gradient", "add --direct")
    request = RowRequest(
        subject=subject,
        dtype=dtype,
        in_dtype=tried.in_dtype or takes or dtype,
        shape=shape,
        axis=axis,
        seed=tried.seed,
        within=tried.ends,
        operands=rows.operands,
        direct=bool(subject.order) and kernel.direct,
        ftz=ftz,
        daz=daz,
        masked=masked,
        limits=limits,
        repeat=kernel.repeat,
    )
    return Prepared(called.name, subject, dtype, partial(verify_rows, called, request))

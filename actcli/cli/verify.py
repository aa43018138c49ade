"""`actcli verify`: the results of a kernel held against the true values."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from typer import Option

from actcli.cli import drawing, kernel_files, unread, verify_rows
from actcli.cli.functions import FunctionName, Given, choose
from actcli.cli.kernels import KernelOptions
from actcli.cli.unread import For
from actcli.cli.verify_rows import RowOptions
from actcli.core import dtypes
from actcli.core.dtypes import FLOAT32, DType, Encoded
from actcli.core.spec import Activation, Subject
from actcli.core.verify.choices import Choices
from actcli.core.verify.inputs import NARROW, Inputs, drawn, these
from actcli.core.verify.report import Report
from actcli.core.verify.tolerance import Limits
from actcli.core.verify.true_rows import VectorSubject
from actcli.errors import CheckFailedError, border
from actcli.render.records import Look
from actcli.reports import phrases, reporting, row_phrases
from actcli.tables import files
from actcli.tables.formats import Format, format_of, output_format, written_as
from actcli.verification import Request, verify_kernel, verify_results


def _checks(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="What must hold (exit 1 if it does not)", **facts)


def _tried(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="What is tried", **facts)


@dataclass(frozen=True)
class Checks:
    """The options that say how large errors may be."""

    max_ulp: Annotated[
        float | None,
        _checks("--max-ulp", min=0, metavar="N", help="Errors of at most N ULP of the true value."),
    ] = None
    max_abs: Annotated[
        float | None, _checks("--max-abs", min=0, metavar="E", help="Absolute errors of at most E.")
    ] = None
    max_rel: Annotated[
        float | None, _checks("--max-rel", min=0, metavar="E", help="Relative errors of at most E.")
    ] = None
    max_misrounded: Annotated[
        int | None,
        _checks("--max-misrounded", min=0, metavar="N", help="At most N results not correctly rounded."),
    ] = None
    preset: Annotated[
        str | None,
        _checks("--preset", metavar="NAME", help="torch.testing.assert_close, jax.test_util or "
                "numpy.testing.assert_allclose: |error| ≤ atol + rtol·|true|, at its defaults."),
    ] = None  # fmt: skip
    ftz: Annotated[bool, _checks("--ftz", help="Accept 0 where a subnormal number is due.")] = False


@dataclass(frozen=True)
class InputOptions:
    """Which inputs are tried, and in which formats."""

    size: Annotated[
        int | None,
        _tried(
            "--sample",
            min=1,
            max=10_000_000,
            metavar="N",
            help="N inputs and the special ones (all of 16 bits and less, 1e6 of others).",
        ),
        For("kernels that are called"),
    ] = None
    seed: Annotated[
        int,
        _tried("--seed", min=0, metavar="S", help="Of the sample (0)."),
        For("kernels that are called, where not every number of the dtype is tried"),
    ] = 0
    dtype_name: Annotated[
        str | None,
        _tried("--dtype", metavar="DTYPE", help="Of inputs and results (that of the files; float32)."),
    ] = None
    in_dtype_name: Annotated[
        str | None, _tried("--in-dtype", metavar="DTYPE", help="Of inputs, if theirs is another.")
    ] = None

    @property
    def dtype(self) -> DType | None:
        """The format of results that is asked for."""
        return dtypes.parse(self.dtype_name) if self.dtype_name else None

    @property
    def in_dtype(self) -> DType | None:
        """The format of inputs that is asked for."""
        return dtypes.parse(self.in_dtype_name) if self.in_dtype_name else None

    def inputs(self, subject: Subject, dtype: DType) -> Inputs:
        """Return what is tried."""
        seed = self.seed if self.size or dtype.bits > NARROW else 0
        return drawn(subject.function, subject.function.bind(subject.params), dtype, self.size, seed)


@dataclass(frozen=True)
class VerifyOptions:
    """What is verified, and how it is reported."""

    order: Annotated[
        int,
        Option("--order", min=0, max=2, metavar="N", help="Verify f (0), f′ (1) or f″ (2)."),
        For("derivatives by x, without --wrt"),
    ] = 0
    wrt: Annotated[str | None, Option("--wrt", metavar="PARAM", help="Verify the gradient by PARAM.")] = None
    in_hex: Annotated[bool, Option("--hex", help="Show bit patterns too.")] = False
    form: Annotated[
        str | None, Option("-f", "--format", metavar="FORMAT", help="The report as table, json, csv or md.")
    ] = None
    file: Annotated[str | None, Option("-o", "--report", metavar="FILE", help="Write the report there.")] = (
        None
    )
    plot: Annotated[
        str | None, Option("--plot", metavar="FILE", help="Draw the error over x: PNG, SVG or PDF.")
    ] = None


def run(
    function: FunctionName,
    *,
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    checks: Checks,
    rows: RowOptions,
    given: Given,
) -> None:
    """Check a kernel's results against the true values, in ULP.

    Results come from a function that is imported and called on arrays of the dtype, from a shared library, a
    program or a model, or from files. A kernel is called on the same inputs in several ways: what it returns
    for one must not depend on where it stands. Every input of a format of 16 or 8 bits is tried, of wider
    ones a sample: special values, the neighbours of kinks and roots, all magnitudes, the tails. With
    --order 1 autograd differentiates the function.

    Examples:
      actcli verify gelu --callable torch.nn.functional:gelu --dtype bfloat16 --max-ulp 1
      actcli verify silu --order 1 --callable jax.nn:silu --dtype float32
      actcli verify gelu_tanh --callable torch.nn.functional:gelu --with approximate=tanh
      actcli verify softmax --callable torch:softmax --with dim=-1 --shape 4096x1000 --max-row-rel 1e-6
      actcli verify gelu --lib ./libgelu.so:gelu_f32 --max-ulp 2
      actcli verify gelu --command ./gelu --dtype float16
      actcli verify mish -i x.npy --output y.npy --max-ulp 4 -f json
      actcli verify 'x*sigmoid(x)' --callable torch.nn.functional:silu
      actcli verify elu --alpha 2 -i t.csv -c x --output-column y --preset torch.testing.assert_close
    """
    entry, params, _ = choose(function, given)
    if not isinstance(entry, Activation):
        _verify_rows(
            verify_rows.subject_of(entry, params, asked.order, asked.wrt), asked, kernel, tried, checks, rows
        )
        return
    wrt = entry.param(asked.wrt).name if asked.wrt else None
    subject = Subject(entry, params, 0 if wrt else asked.order, wrt)
    if kernel.written:
        wanted = tried.inputs(subject, tried.in_dtype or tried.dtype or FLOAT32)
        unread.refuse()
        kernel_files.write(wanted.part(0, wanted.count), kernel.written)
        return
    form = _form_of(asked)
    in_hex = asked.in_hex
    if asked.plot:
        drawing.check(asked.plot, asked.file)
    limits = _limits(checks)
    choices = Choices(ftz=checks.ftz)
    results: Encoded | None = None
    if kernel.is_called:
        called = kernel.kernel()
        takes = called.calling.dtype
        dtype = tried.dtype or takes or FLOAT32
        inputs = tried.inputs(subject, tried.in_dtype or takes or dtype)
        repeat = kernel.repeat
    else:
        x, results = kernel.files(tried.in_dtype, tried.dtype)
        dtype, inputs, repeat = tried.dtype or results.dtype, these(x), 1
    direct = bool(subject.order or subject.wrt) and kernel.direct
    request = Request(
        subject=subject,
        dtype=dtype,
        inputs=inputs,
        direct=direct,
        choices=choices,
        limits=limits,
        repeat=repeat,
    )
    unread.refuse()
    if results is None:
        found = verify_kernel(called, request)
    else:
        found = verify_results(x, results, request, kernel.output or str(kernel.input))
    reporting.write(found, form, asked.file, in_hex=in_hex)
    if asked.plot:
        _draw(found, asked.plot, limits.max_ulp)
    if broken := phrases.failure(found):
        raise CheckFailedError(broken)
    if error := phrases.undecided(found):
        raise error


def _verify_rows(
    subject: VectorSubject,
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    checks: Checks,
    rows: RowOptions,
) -> None:
    form = _form_of(asked)
    found = verify_rows.verified(subject, kernel, tried, rows, _limits(checks), ftz=checks.ftz)
    reporting.write_rows(found, form, asked.file)
    if broken := row_phrases.failure(found):
        raise CheckFailedError(broken)


def _limits(checks: Checks) -> Limits:
    return Limits(
        max_ulp=checks.max_ulp,
        max_abs=checks.max_abs,
        max_rel=checks.max_rel,
        max_misrounded=checks.max_misrounded,
        preset=checks.preset,
    )


def _form_of(asked: VerifyOptions) -> Format:
    form = output_format(asked.form) if asked.form else _form(asked.file or "-")
    reporting.check_form(form)
    return form


def _form(file: str) -> Format:
    """Return the form of a report that is written to a file of that name: a page where it says nothing."""
    is_page = not PurePath(file).suffix or format_of(file) is Format.TEXT
    return Format.TABLE if is_page else written_as(file)


def _draw(found: Report, path: str, limit: float | None) -> None:
    with border("the picture"):
        from actcli.render.figure.error_chart import write_errors

        title, form = f"{found.subject.name} in {found.dtype}", drawing.form_of(path)
        content = write_errors(*found.points, Look(), form, title=title, limit=limit)
    with files.output(path) as out:
        out.write(content)

"""`actcli verify`: the results of a kernel held against the true values."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

import time
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from typer import Option

from actcli.cli import drawing, kernel_files, many, standard, unread
from actcli.cli.budget import Budget, Listed
from actcli.cli.functions import AnyFunctionNames, Given, choose, choose_all
from actcli.cli.kernels import KernelOptions
from actcli.cli.unread import For
from actcli.core import dtypes
from actcli.core.dtypes import FLOAT32, DType, Encoded
from actcli.core.spec import Activation, Framework, Subject
from actcli.core.verify.choices import Choices
from actcli.core.verify.inputs import NARROW, Inputs, drawn, these
from actcli.core.verify.report import Report
from actcli.core.verify.tolerance import Limits
from actcli.errors import CheckFailedError, KernelError, UsageError, border
from actcli.kernels.kernel import Kernel
from actcli.render.records import Look
from actcli.reports import junit, overview, phrases, reporting
from actcli.reports.overview import Outcome, Status, failed, named, of_report, shape_of
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
        _tried(
            "--dtype",
            metavar="DTYPE",
            help="Of inputs and results (that of the files; float32). With --framework several: a,b.",
        ),
    ] = None
    in_dtype_name: Annotated[
        str | None, _tried("--in-dtype", metavar="DTYPE", help="Of inputs, if theirs is another.")
    ] = None

    @property
    def dtype(self) -> DType | None:
        """The format of results that is asked for."""
        return dtypes.parse(self.dtype_name) if self.dtype_name else None

    @property
    def dtypes(self) -> list[DType]:
        """The formats that are asked for, or float32."""
        return [dtypes.parse(name.strip()) for name in (self.dtype_name or FLOAT32.name).split(",")]

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

    order_text: Annotated[
        str,
        Option("--order", metavar="N", help="f (0), f′ (1) or f″ (2). With --framework several: 0,1."),
        For("derivatives by x, without --wrt"),
    ] = "0"
    wrt: Annotated[str | None, Option("--wrt", metavar="PARAM", help="Verify the gradient by PARAM.")] = None
    in_hex: Annotated[bool, Option("--hex", help="Show bit patterns too.")] = False
    form: Annotated[
        str | None,
        Option(
            "-f", "--format", metavar="FORMAT", help="The report as table, json, csv, md; of many html too."
        ),
    ] = None
    file: Annotated[str | None, Option("-o", "--report", metavar="FILE", help="Write the report there.")] = (
        None
    )
    plot: Annotated[
        str | None, Option("--plot", metavar="FILE", help="Draw the error over x: PNG, SVG or PDF.")
    ] = None
    junit: Annotated[
        str | None, Option("--junit", metavar="FILE", help="Write what holds as JUnit XML too.")
    ] = None

    @property
    def orders(self) -> list[int]:
        """The derivatives that are asked for.

        Raises:
            UsageError: there is no such derivative.
        """
        found = [part.strip() for part in self.order_text.split(",")]
        for part in found:
            if part not in ("0", "1", "2"):
                raise UsageError(f"--order: {part!r} is not 0, 1 or 2")
        return list(map(int, found))

    @property
    def order(self) -> int:
        """The derivative that is asked for of one kernel."""
        first, *more = self.orders
        if more:
            raise UsageError(f"--order {self.order_text}: one derivative", "several go with --framework")
        return first


def _many(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="Many kernels at once", **facts)


@dataclass(frozen=True)
class ManyOptions:
    """The options that name many kernels at once."""

    framework: Annotated[
        Framework | None,
        _many(
            "--framework", metavar="NAME", help="What the catalogue says it has: torch, jax, keras, hf, mlx."
        ),
    ] = None
    budget: Annotated[
        str | None,
        _many("--budget", metavar="FILE", help="The kernels that a TOML file lists with their limits."),
    ] = None
    ratchet: Annotated[
        bool,
        _many("--ratchet", help="Tighten the file's limits to what was measured."),
        For("--budget"),
    ] = False


def run(
    functions: AnyFunctionNames = None,
    *,
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    checks: Checks,
    several: ManyOptions,
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
      actcli verify gelu --lib ./libgelu.so:gelu_f32 --max-ulp 2
      actcli verify gelu --command ./gelu --dtype float16
      actcli verify mish -i x.npy --output y.npy --max-ulp 4 -f json
      actcli verify 'x*sigmoid(x)' --callable torch.nn.functional:silu
      actcli verify elu --alpha 2 -i t.csv -c x --output-column y --preset torch.testing.assert_close
      actcli verify --framework torch --dtype float32,bfloat16 --order 0,1 -o report.html
      actcli verify --budget budget.toml --junit junit.xml
    """
    if several.budget or several.framework:
        _run_many(functions or [], asked, kernel, tried, checks, several, given)
        return
    if not functions:
        raise UsageError("no function", "actcli verify FUNCTION …, --framework NAME, or --budget FILE")
    if len(functions) > 1:
        raise UsageError(f"{len(functions)} functions", "verify takes one; several go with --framework")
    subject = _subject(functions[0], asked, given)
    if kernel.written:
        wanted = tried.inputs(subject, tried.in_dtype or tried.dtype or FLOAT32)
        unread.refuse()
        kernel_files.write(wanted.part(0, wanted.count), kernel.written)
        return
    form = output_format(asked.form) if asked.form else _form(asked.file or "-")
    reporting.check_form(form)
    in_hex = asked.in_hex
    if asked.plot:
        drawing.check(asked.plot, asked.file)
    junit_file = asked.junit
    ready = prepared(subject, kernel, tried, checks)
    unread.refuse()
    start = time.perf_counter()
    try:
        found = ready()
    except KernelError as error:
        if junit_file:
            facts = {"kernel": ready.name, "function": named(subject), "dtype": ready.request.dtype.name}
            _write_junit([failed(error, Status.FAILED, order=subject.order, **facts)], junit_file)
        raise
    reporting.write(found, form, asked.file, in_hex=in_hex)
    if asked.plot:
        _draw(found, asked.plot, checks.max_ulp)
    if junit_file:
        seconds = time.perf_counter() - start
        _write_junit([of_report(found, kernel=ready.name, seconds=seconds)], junit_file)
    if broken := phrases.failure(found):
        raise CheckFailedError(broken)
    if undecided := phrases.undecided(found):
        raise undecided


def _subject(function: str, asked: VerifyOptions, given: Given) -> Subject:
    """Return what is verified."""
    entry, params, _ = choose(function, given)
    if not isinstance(entry, Activation):
        raise UsageError(
            f"{entry.name} takes a vector", "verify holds functions of a number against the truth"
        )
    wrt = entry.param(asked.wrt).name if asked.wrt else None
    return Subject(entry, params, 0 if wrt else asked.order, wrt)


@dataclass(frozen=True)
class Prepared:
    """A kernel, or what it returned elsewhere, with what is asked of it.

    Attributes:
        name: what it is called.
        request: what is asked.
        kernel: the kernel, or
        results: inputs and results.
    """

    name: str
    request: Request
    kernel: Kernel | None
    results: tuple[Encoded, Encoded] | None

    def __call__(self) -> Report:
        """Return how good it is."""
        if self.kernel is not None:
            return verify_kernel(self.kernel, self.request)
        assert self.results is not None
        return verify_results(*self.results, self.request, self.name)


def _limits(checks: Checks) -> Limits:
    return Limits(
        max_ulp=checks.max_ulp,
        max_abs=checks.max_abs,
        max_rel=checks.max_rel,
        max_misrounded=checks.max_misrounded,
        preset=checks.preset,
    )


def prepared(subject: Subject, kernel: KernelOptions, tried: InputOptions, checks: Checks) -> Prepared:
    """Return a kernel that options describe, ready to be held against the truth."""
    limits, choices = _limits(checks), Choices(ftz=checks.ftz)
    called: Kernel | None = None
    results: tuple[Encoded, Encoded] | None = None
    if kernel.is_called:
        called = kernel.kernel()
        takes = called.calling.dtype
        dtype = tried.dtype or takes or FLOAT32
        inputs = tried.inputs(subject, tried.in_dtype or takes or dtype)
        repeat = kernel.repeat
    else:
        results = x, got = kernel.files(tried.in_dtype, tried.dtype)
        dtype, inputs, repeat = tried.dtype or got.dtype, these(x), 1
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
    name = called.name if called else kernel.output or str(kernel.input)
    return Prepared(name, request, called, results)


_KINDS = {"asked": VerifyOptions, "kernel": KernelOptions, "tried": InputOptions, "checks": Checks}
_OF_A_RUN = ("format", "report", "hex", "plot", "junit", "traceback", "write_inputs")
"""Options that are no keys of a budget: they are about the whole of it."""


def _run_many(
    functions: list[str],
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    checks: Checks,
    several: ManyOptions,
    given: Given,
) -> None:
    """Run the kernels of a framework, or of a file."""
    shape, junit_file, file = shape_of(asked.form, asked.file), asked.junit, asked.file
    if several.budget:
        if several.framework:
            raise UsageError("--budget and --framework do not go together")
        if functions:
            raise UsageError(
                f"--budget and {functions[0]} do not go together", "the file names the functions"
            )
        ratchet, title = several.ratchet, f"actcli verify --budget {several.budget}"
        unread.refuse()
        budget = Budget.read(several.budget, _KINDS, _OF_A_RUN)
        outcomes = many.of_budget(budget, _prepared)
    else:
        framework = Framework(str(several.framework))
        title = f"actcli verify --framework {framework}"
        ratchet = False
        sweep = many.Sweep(
            framework=framework,
            chosen=choose_all(functions, given) if functions else (),
            dtypes=tried.dtypes,
            orders=asked.orders,
            size=tried.size,
            seed=tried.seed,
            choices=Choices(kink=None, ftz=checks.ftz),
            limits=_limits(checks),
            device=kernel.device,
        )
        unread.refuse()
        outcomes = many.of_framework(sweep)
    overview.write(outcomes, shape, file, title=title)
    if junit_file:
        _write_junit(outcomes, junit_file)
    if ratchet:
        standard.note(many.tighten(budget, outcomes))
    if broken := many.failure(outcomes):
        raise CheckFailedError(broken)


def _prepared(listed: Listed) -> many.Ready:
    """Return a kernel of a file, ready to run."""
    groups = listed.groups
    subject = _subject(listed.function, groups["asked"], listed.given)
    ready = prepared(subject, groups["kernel"], groups["tried"], groups["checks"])
    return many.Ready(listed, subject, ready.request.dtype, ready)


def _write_junit(outcomes: list[Outcome], path: str) -> None:
    with files.output(path) as out:
        out.write(junit.document(outcomes, "actcli verify"))


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

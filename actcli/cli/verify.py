"""`actcli verify`: the results of a kernel held against the true values."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import replace

from actcli.cli import drawing, kernel_files, many, standard, unread, verify_rows
from actcli.cli.budget import Budget, Listed
from actcli.cli.functions import AnyFunctionNames, Given, choose, choose_all
from actcli.cli.kernels import KernelOptions
from actcli.cli.prepared import Prepared, prepared, subject_of
from actcli.cli.verify_options import Checks, ChoiceOptions, InputOptions, ManyOptions, VerifyOptions
from actcli.cli.verify_rows import RowOptions
from actcli.core.dtypes import FLOAT32
from actcli.core.spec import Framework, Subject, VectorActivation
from actcli.core.verify.report import Report
from actcli.errors import CheckFailedError, UsageError, border
from actcli.render.records import Look
from actcli.reports import junit, overview, phrases, reporting
from actcli.reports.overview import shape_of
from actcli.tables import files


def run(
    functions: AnyFunctionNames = None,
    *,
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    may: ChoiceOptions,
    checks: Checks,
    rows: RowOptions,
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
      actcli verify softmax --callable torch:softmax --with dim=-1 --shape 4096x1000 --max-row-rel 1e-5
      actcli verify identity --command cat --dtype float16 --max-misrounded 0
      actcli verify mish -i x.npy --output y.npy --max-ulp 4 -f json
      actcli verify 'x*sigmoid(x)' --callable torch.nn.functional:silu
      actcli verify elu --alpha 2 -i t.csv -c x --output-column y --preset torch.testing.assert_close
      actcli verify --framework torch --dtype float32,bfloat16 --order 0,1 -o report.html
      actcli verify --budget budget.toml --junit junit.xml
    """
    if several.budget or several.framework:
        _run_many(functions or [], asked, kernel, tried, may, checks, several, given)
        return
    if not functions:
        raise UsageError("no function", "actcli verify FUNCTION …, --framework NAME, or --budget FILE")
    if len(functions) > 1:
        raise UsageError(f"{len(functions)} functions", "verify takes one; several go with --framework")
    entry, params, _ = choose(functions[0], given)
    if isinstance(entry, VectorActivation) or rows.takes:
        verify_rows.run(entry, params, asked, kernel, tried, may, checks, rows)
        return
    if kernel.written:
        wanted = tried.inputs(Subject(entry, params), tried.in_dtype or tried.dtype or FLOAT32)
        unread.refuse()
        kernel_files.write(wanted.part(0, wanted.count), kernel.written)
        return
    form, in_hex, cases = asked.report_form, asked.in_hex, asked.cases
    look = Look()
    if asked.plot:
        drawing.check(asked.plot, asked.file)
        look = drawing.Looks(asked.theme, asked.size).look(drawing.form_of(asked.plot))
    ready = prepared(subject_of(entry, params, asked), kernel, tried, may, checks, checkpoint=True)
    unread.refuse()
    found = ready.held(cases)
    assert isinstance(found, Report)
    reporting.write(found, form, asked.file, in_hex=in_hex)
    if asked.plot:
        _draw(found, asked.plot, look)
    if broken := phrases.failure(found):
        raise CheckFailedError(broken)
    if undecided := phrases.undecided(found):
        raise undecided


KINDS = {
    "asked": VerifyOptions,
    "kernel": KernelOptions,
    "tried": InputOptions,
    "may": ChoiceOptions,
    "checks": Checks,
    "rows": RowOptions,
}
OF_A_RUN = (
    "format",
    "report",
    "hex",
    "plot",
    "style",
    "size",
    "junit",
    "traceback",
    "write_inputs",
    "checkpoint",
)
"""Options that are no keys of a budget: they are about the whole of it."""


def _run_many(
    functions: list[str],
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    may: ChoiceOptions,
    checks: Checks,
    several: ManyOptions,
    given: Given,
) -> None:
    """Run the kernels of a framework, or of a file."""
    shape, cases, file = shape_of(asked.form, asked.file), asked.cases, asked.file
    ratchet = False
    if several.budget:
        if several.framework:
            raise UsageError("--budget and --framework do not go together")
        if functions:
            raise UsageError(f"--budget and {functions[0]} do not go together", "the file names functions")
        ratchet, title = several.ratchet, f"actcli verify --budget {several.budget}"
        unread.refuse()
        budget = Budget.read(several.budget, KINDS, OF_A_RUN)
        outcomes = many.of_budget(budget, _listed)
    else:
        framework = Framework(str(several.framework))
        title = f"actcli verify --framework {framework}"
        sweep = many.Sweep(
            framework=framework,
            chosen=choose_all(functions, given) if functions else (),
            dtypes=tried.dtypes,
            orders=asked.orders,
            size=tried.size,
            seed=tried.seed,
            may=may.read(asked.orders),
            limits=checks.limits,
            device=kernel.device,
        )
        unread.refuse()
        outcomes = many.of_framework(sweep)
    overview.write(outcomes, shape, file, title=title)
    if cases:
        junit.write(outcomes, cases)
    if ratchet:
        standard.note(many.tighten(budget, outcomes))
    if broken := many.failure(outcomes):
        raise CheckFailedError(broken)


def _listed(listed: Listed) -> Prepared:
    """Return a kernel of a file, ready to run."""
    asked, kernel, tried, may, checks, rows = (listed.groups[name] for name in KINDS)
    entry, params, _ = choose(listed.function, listed.given)
    ready: Prepared
    if isinstance(entry, VectorActivation) or rows.takes:
        subject = verify_rows.subject_of(entry, params, asked, may, rows)
        ready = verify_rows.prepared(subject, kernel, tried, may, checks, rows)
    else:
        ready = prepared(subject_of(entry, params, asked), kernel, tried, may, checks)
    return replace(ready, name=listed.name)


def _draw(found: Report, path: str, look: Look) -> None:
    with border("the picture"):
        from actcli.render.figure.error_chart import ErrorTexts, Results, write_errors

        limit = found.limits.max_ulp
        texts = ErrorTexts(
            drawing.clean(phrases.title(found)),
            drawing.clean(phrases.shares(found)),
            "" if limit is None else f"limit {limit:g}",
        )
        form = drawing.form_of(path)
        content = write_errors(Results(*found.points), found.in_dtype, look, form, texts, limit)
    with files.output(path) as out:
        out.write(content)

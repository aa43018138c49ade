"""`actcli verify`: the results of a kernel held against the true values."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from pathlib import PurePath

from actcli.cli import drawing, kernel_files, unread
from actcli.cli.checkpoint import Checkpoint
from actcli.cli.functions import FunctionName, Given, choose
from actcli.cli.kernels import KernelOptions
from actcli.cli.verify_options import Checks, ChoiceOptions, InputOptions, VerifyOptions
from actcli.core.dtypes import FLOAT32, Encoded
from actcli.core.spec import Activation, Subject
from actcli.core.verify.inputs import these
from actcli.core.verify.report import Report
from actcli.errors import CheckFailedError, UsageError, border
from actcli.render.records import Look
from actcli.reports import phrases, reporting
from actcli.tables import files
from actcli.tables.formats import Format, format_of, output_format, written_as
from actcli.verification import Request, verify_kernel, verify_results


def run(
    function: FunctionName,
    *,
    asked: VerifyOptions,
    kernel: KernelOptions,
    tried: InputOptions,
    may: ChoiceOptions,
    checks: Checks,
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
    """
    entry, params, _ = choose(function, given)
    if not isinstance(entry, Activation):
        raise UsageError(
            f"{entry.name} takes a vector", "verify holds functions of a number against the truth"
        )
    wrt = entry.param(asked.wrt).name if asked.wrt else None
    subject = Subject(entry, params, 0 if wrt else asked.order, wrt)
    if kernel.written:
        wanted = tried.inputs(subject, tried.in_dtype or tried.dtype or FLOAT32)
        unread.refuse()
        kernel_files.write(wanted.part(0, wanted.count), kernel.written)
        return
    form = output_format(asked.form) if asked.form else _form(asked.file or "-")
    reporting.check_form(form)
    in_hex = asked.in_hex
    look = Look()
    if asked.plot:
        drawing.check(asked.plot, asked.file)
        look = drawing.Looks(asked.theme, asked.size).look(drawing.form_of(asked.plot))
    limits, choices = checks.limits, may.choices(subject)
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
    if results is None:
        path = tried.checkpoint
        unread.refuse()
        with Checkpoint(path, request, called.name) as keeper:
            found = verify_kernel(called, request, keeper)
    else:
        unread.refuse()
        found = verify_results(x, results, request, kernel.output or str(kernel.input))
    reporting.write(found, form, asked.file, in_hex=in_hex)
    if asked.plot:
        _draw(found, asked.plot, look)
    if broken := phrases.failure(found):
        raise CheckFailedError(broken)
    if error := phrases.undecided(found):
        raise error


def _form(file: str) -> Format:
    """Return the form of a report that is written to a file of that name: a page where it says nothing."""
    is_page = not PurePath(file).suffix or format_of(file) is Format.TEXT
    return Format.TABLE if is_page else written_as(file)


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

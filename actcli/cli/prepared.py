"""A kernel that the options of `verify` describe, ready to be held against the true values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actcli.cli.checkpoint import Checkpoint
from actcli.cli.functions import choose
from actcli.core.dtypes import FLOAT32, Encoded
from actcli.core.spec import Activation, Subject
from actcli.core.verify.inputs import these
from actcli.errors import UsageError
from actcli.reports.overview import Outcome, Status, named
from actcli.verification import Request, verify_kernel, verify_results

if TYPE_CHECKING:
    from actcli.cli.functions import Given
    from actcli.cli.kernels import KernelOptions
    from actcli.cli.verify_options import Checks, ChoiceOptions, InputOptions, VerifyOptions
    from actcli.core.verify.report import Report
    from actcli.errors import ActcliError
    from actcli.kernels.kernel import Kernel


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

    def report(self, checkpoint: str | None = None) -> Report:
        """Return how good it is; what is found meanwhile is kept in a file, if one is named.

        Raises:
            KernelError: it failed.
            UsageError: what is asked does not suit it.
        """
        if self.kernel is not None:
            with Checkpoint(checkpoint, self.request, self.kernel.name) as keeper:
                return verify_kernel(self.kernel, self.request, keeper)
        assert self.results is not None
        return verify_results(*self.results, self.request, self.name)

    def failed(self, error: ActcliError, seconds: float) -> Outcome:
        """Return what becomes of a kernel that raised."""
        return Outcome(
            kernel=self.name,
            function=named(self.request.subject),
            dtype=self.request.dtype.name,
            order=self.request.subject.order,
            status=Status.FAILED,
            detail=error.message,
            seconds=seconds,
        )


def subject_of(function: str, asked: VerifyOptions, given: Given) -> Subject:
    """Return what is verified.

    Raises:
        UsageError: there is no such function or derivative.
    """
    entry, params, _ = choose(function, given)
    if not isinstance(entry, Activation):
        raise UsageError(
            f"{entry.name} takes a vector", "verify holds functions of a number against the truth"
        )
    wrt = entry.param(asked.wrt).name if asked.wrt else None
    return Subject(entry, params, 0 if wrt else asked.order, wrt)


def prepared(
    subject: Subject, kernel: KernelOptions, tried: InputOptions, may: ChoiceOptions, checks: Checks
) -> Prepared:
    """Return the kernel that options describe.

    Raises:
        UsageError: they do not go together, or it cannot be loaded.
        DataError: files of results do not hold what they should.
    """
    limits, choices = checks.limits, may.choices(subject)
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

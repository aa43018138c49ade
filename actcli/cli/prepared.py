"""A kernel that the options of `verify` describe, ready to be held against the true values."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from actcli.cli.checkpoint import Checkpoint
from actcli.core.dtypes import FLOAT32
from actcli.core.spec import Subject
from actcli.core.verify.inputs import these
from actcli.errors import KernelError
from actcli.reports import junit
from actcli.reports.overview import Status, not_done, of_report
from actcli.verification import Request, verify_kernel, verify_results

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.cli.kernels import KernelOptions
    from actcli.cli.verify_options import Checks, ChoiceOptions, InputOptions, VerifyOptions
    from actcli.core.dtypes import DType
    from actcli.core.spec import Activation, Params
    from actcli.core.verify.per_column import ColumnSubject
    from actcli.core.verify.report import Report
    from actcli.core.verify.row_report import RowReport
    from actcli.core.verify.true_rows import VectorSubject
    from actcli.errors import ActcliError
    from actcli.kernels.kernel import Kernel
    from actcli.reports.overview import Outcome


@dataclass(frozen=True)
class Prepared:
    """A kernel, or what it returned elsewhere, that can be held against the truth.

    Attributes:
        name: what it is called.
        subject: what it is held against.
        dtype: the format that results are due in.
        report: returns how good it is, and raises what is wrong with it.
    """

    name: str
    subject: Subject | VectorSubject | ColumnSubject
    dtype: DType
    report: Callable[[], Report | RowReport]

    def outcome(self) -> Outcome:
        """Return what becomes of it as one of many.

        Raises:
            ActcliError: what is asked does not suit it.
        """
        start = time.perf_counter()
        try:
            found = self.report()
        except KernelError as error:
            return self._failed(error, time.perf_counter() - start)
        return of_report(found, kernel=self.name, seconds=time.perf_counter() - start)

    def held(self, cases: str | None) -> Report | RowReport:
        """Return how good it is, and write that as JUnit XML too, if a file is named.

        Raises:
            KernelError: it failed.
            ActcliError: what is asked does not suit it.
        """
        start = time.perf_counter()
        try:
            found = self.report()
        except KernelError as error:
            if cases:
                junit.write([self._failed(error, time.perf_counter() - start)], cases)
            raise
        if cases:
            seconds = time.perf_counter() - start
            junit.write([of_report(found, kernel=self.name, seconds=seconds)], cases)
        return found

    def _failed(self, error: ActcliError, seconds: float) -> Outcome:
        return not_done(error, Status.FAILED, self.subject, self.dtype, kernel=self.name, seconds=seconds)


def subject_of(entry: Activation, params: Params, asked: VerifyOptions) -> Subject:
    """Return what is verified of a function of a number.

    Raises:
        UsageError: there is no such derivative.
    """
    wrt = entry.param(asked.wrt).name if asked.wrt else None
    return Subject(entry, params, 0 if wrt else asked.order, wrt)


def prepared(
    subject: Subject,
    kernel: KernelOptions,
    tried: InputOptions,
    may: ChoiceOptions,
    checks: Checks,
    *,
    checkpoint: bool = False,
) -> Prepared:
    """Return the kernel that options describe.

    Args:
        subject: what it is held against.
        kernel: where its results come from.
        tried: which inputs.
        may: what is accepted.
        checks: what must hold.
        checkpoint: whether what is found meanwhile may be kept in a file.

    Raises:
        UsageError: they do not go together, or the kernel cannot be loaded.
        DataError: files of results do not hold what they should.
    """
    limits, choices = checks.limits, may.choices(subject)
    called: Kernel | None = None
    if kernel.is_called:
        called = kernel.kernel()
        takes = called.calling.dtype
        dtype = tried.dtype or takes or FLOAT32
        inputs = tried.inputs(subject, tried.in_dtype or dtype)
        repeat = kernel.repeat
    else:
        x, got = kernel.files(tried.in_dtype, tried.dtype)
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
    if called is None:
        name = kernel.output or str(kernel.input)
        return Prepared(name, subject, dtype, partial(verify_results, x, got, request, name))
    path = tried.checkpoint if checkpoint else None
    return Prepared(called.name, subject, dtype, partial(_kept, called, request, path))


def _kept(kernel: Kernel, request: Request, path: str | None) -> Report:
    with Checkpoint(path, request, kernel.name) as keeper:
        return verify_kernel(kernel, request, keeper)

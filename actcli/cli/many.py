"""Many kernels in one run of `verify`: those of a framework, or those that a file lists."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from actcli.cli import progress, unread
from actcli.cli.budget import located
from actcli.core.spec import Subject, VectorActivation
from actcli.core.verify.inputs import NARROW, drawn
from actcli.core.verify.true_rows import VectorSubject
from actcli.errors import ActcliError, UsageError
from actcli.kernels import framework_functions
from actcli.reports.overview import Status, not_done, of_report
from actcli.row_verification import RowRequest, verify_rows
from actcli.verification import Request, verify_kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.cli.budget import Budget, Listed
    from actcli.cli.functions import Chosen
    from actcli.cli.prepared import Prepared
    from actcli.cli.verify_options import ChoiceOptions
    from actcli.core.dtypes import DType
    from actcli.core.spec import Framework
    from actcli.core.verify.report import Report
    from actcli.core.verify.row_report import RowReport
    from actcli.core.verify.tolerance import Limits
    from actcli.kernels.framework_functions import FrameworkFunction
    from actcli.kernels.kernel import Kernel
    from actcli.reports.overview import Outcome

SHAPE, LONGEST = (64, 256), 1025
"""The array that each of its functions of vectors is tried on first, and the longest row besides."""

SIZE = 65_536
"""How many inputs of a wide format each function of a framework is tried on if nobody says."""


class Sweep(NamedTuple):
    """What is asked of a framework.

    Attributes:
        framework: the framework.
        chosen: functions of the catalogue with parameters, or none for all that it has.
        dtypes: the formats.
        orders: which derivatives.
        size: how many inputs of wide formats are tried.
        seed: of those.
        may: what is accepted.
        limits: what must hold of each.
        device: where torch or jax is to compute, if that is said.
    """

    framework: Framework
    chosen: Sequence[Chosen]
    dtypes: Sequence[DType]
    orders: Sequence[int]
    size: int | None
    seed: int
    may: ChoiceOptions
    limits: Limits
    device: str | None


def of_framework(asked: Sweep) -> list[Outcome]:
    """Return what becomes of a framework's functions, each in each format and derivative.

    Raises:
        UsageError: the framework is not installed, or does not have a function that is asked for.
    """
    framework_functions.prepare(asked.framework)
    cells = [
        (found, given, dtype, order)
        for found, given in _wanted(asked)
        for dtype, order in product(asked.dtypes, asked.orders)
    ]
    outcomes = []
    with progress.cleared(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the framework's, about what it is asked to do
        for done, (found, given, dtype, order) in enumerate(cells):
            if progress.wanted():
                progress.count(done, len(cells), f"{found.entry.name} {dtype}")
            outcomes.append(_cell(asked, found, given, dtype, order))
    return outcomes


def _wanted(asked: Sweep) -> list[tuple[FrameworkFunction, dict[str, float]]]:
    """Return the framework's functions with the parameters that are passed on to each."""
    has = framework_functions.functions(asked.framework)
    if not asked.chosen:
        return [(found, {}) for found in has]
    wanted = []
    for entry, params, _ in asked.chosen:
        some = [found for found in has if found.entry is entry]
        if not some:
            raise UsageError(
                f"the catalogue knows no {entry.name} of {asked.framework}",
                f"actcli list --framework {asked.framework} lists what it has",
            )
        wanted += [(found, params) for found in some]
    return wanted


def _cell(
    asked: Sweep, found: FrameworkFunction, given: dict[str, float], dtype: DType, order: int
) -> Outcome:
    start = time.perf_counter()
    entry, params = found.entry, {**found.defaults, **given}
    subject: Subject | VectorSubject
    report: Report | RowReport
    if isinstance(entry, VectorActivation):
        subject = VectorSubject(entry, params, order, None)
    else:
        subject = Subject(entry, params, order)
    try:
        kernel = replace(framework_functions.kernel(found, given), device=asked.device)
        if isinstance(subject, VectorSubject):
            report = _rows(asked, kernel, subject, dtype)
        else:
            report = _numbers(asked, kernel, subject, dtype)
    except ActcliError as error:
        seconds = time.perf_counter() - start
        return not_done(error, Status.NOT_RUN, subject, dtype, kernel=found.called, seconds=seconds)
    return of_report(report, kernel=found.called, seconds=time.perf_counter() - start)


def _numbers(asked: Sweep, kernel: Kernel, subject: Subject, dtype: DType) -> Report:
    bound = subject.function.bind(subject.params)
    size = asked.size or (SIZE if dtype.bits > NARROW else None)
    request = Request(
        subject=subject,
        dtype=dtype,
        inputs=drawn(subject.function, bound, dtype, size, asked.seed),
        choices=asked.may.choices(subject),
        limits=asked.limits,
    )
    return verify_kernel(kernel, request)


def _rows(asked: Sweep, kernel: Kernel, subject: VectorSubject, dtype: DType) -> RowReport:
    if subject.order > 1:
        raise UsageError(f"{subject.function.name} is a vector function and has only a Jacobian")
    request = RowRequest(
        subject=subject,
        dtype=dtype,
        in_dtype=dtype,
        shape=SHAPE,
        longest=LONGEST,
        seed=asked.seed,
        ftz=asked.may.ftz,
        limits=replace(asked.limits, signed_zero=False),
    )
    return verify_rows(kernel, request)


def of_budget(budget: Budget, prepare: Callable[[Listed], Prepared]) -> list[Outcome]:
    """Return what becomes of the kernels that a file lists: all are looked at before the first runs.

    Args:
        budget: the file.
        prepare: returns what runs a kernel, and raises what is wrong with its options.

    Raises:
        ActcliError: what the file says of a kernel is wrong; the message names the line.
    """
    ready = []
    for listed in budget.kernels():
        with located(listed):
            ready.append((listed, prepare(listed)))
            unread.refuse()
    outcomes = []
    with progress.cleared():
        for done, (listed, kernel) in enumerate(ready):
            if progress.wanted():
                progress.count(done, len(ready), listed.name)
            with located(listed):
                outcomes.append(kernel.outcome())
    return outcomes


def tighten(budget: Budget, outcomes: Sequence[Outcome]) -> str:
    """Write the limits of a file as tight as what was measured, and return what is said of that.

    None becomes wider. A kernel that breaks one of its limits keeps them all.

    Raises:
        ActcliError: the file cannot be written, or was changed meanwhile.
    """
    measured = [outcome.measured or {} if outcome.status is Status.DONE else {} for outcome in outcomes]
    text, count = budget.tightened(measured)
    if count:
        budget.write(text)
    return f"{budget.path}: {count} {'limit is' if count == 1 else 'limits are'} tighter"


def failure(outcomes: Sequence[Outcome]) -> str:
    """Return what speaks against kernels, in one line, or '' if nothing does."""
    bad = [outcome for outcome in outcomes if not outcome.status.passed]
    if not bad:
        return ""
    what = "does not hold what it must" if len(bad) == 1 else "do not hold what they must"
    return f"{len(bad)} of {len(outcomes)} kernels {what}: {bad[0].kernel}: {bad[0].detail}"

"""Kernels held against the true values: what is asked, and how it is carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.core.arguments import integer
from actcli.core.dtypes import FLOAT32, Encoded
from actcli.core.spec import Activation, KinkRule, Subject
from actcli.core.verify.choices import STRICT, Choices
from actcli.core.verify.inputs import drawn, these
from actcli.core.verify.reference import truth
from actcli.core.verify.report import report
from actcli.core.verify.tolerance import NO_LIMITS, Limits, tolerance
from actcli.core.verify.verdict import breach
from actcli.errors import KernelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import DTypeLike

    from actcli.core.dtypes import DType
    from actcli.core.verify.inputs import Inputs
    from actcli.core.verify.report import Report, Row
    from actcli.function import Function
    from actcli.kernels.kernel import Kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a kernel.

    Attributes:
        subject: the function, its parameters, and which derivative.
        dtype: the format that results are due in.
        inputs: what is tried, and in which format.
        operands: what the kernel takes, in order: "x", or a parameter's name for an array of its value.
        direct: whether the kernel returns the derivative itself; else autograd takes it.
        choices: what is accepted besides the correctly rounded result.
        limits: how large errors may be.
        repeat: how often the kernel is called on the same inputs.
    """

    subject: Subject
    dtype: DType
    inputs: Inputs
    operands: tuple[str, ...] = ("x",)
    direct: bool = False
    choices: Choices = STRICT
    limits: Limits = NO_LIMITS
    repeat: int = 1


def verify_kernel(kernel: Kernel, request: Request) -> Report:
    """Return how good a kernel's results are.

    Raises:
        KernelError: it failed, or returned something else than a number for each input.
        UsageError: the request does not suit the kernel.
    """
    x = request.inputs.part(0, request.inputs.count)
    got = _results(kernel, request, x)
    return _judged(request, x, got)


def verify_results(x: Encoded, got: Encoded, request: Request) -> Report:
    """Return how good results are that a kernel gave elsewhere, for the inputs beside them."""
    return _judged(replace(request, inputs=these(x)), x, got)


def _results(kernel: Kernel, request: Request, x: Encoded) -> Encoded:
    subject = request.subject
    if subject.wrt and not request.direct:
        raise UsageError("--wrt needs a kernel that returns that gradient", "add --direct")
    operands = [_operand(name, subject, x) for name in request.operands]
    if subject.order and not request.direct:
        by = request.operands.index("x")
        got = kernel.gradient(operands, request.dtype, None, by, subject.order)
    else:
        got = kernel.run(operands, request.dtype)
    if got.bits.shape != x.bits.shape:
        raise KernelError(f"the kernel returned shape {got.bits.shape} for inputs of shape {x.bits.shape}")
    return got


def _operand(name: str, subject: Subject, x: Encoded) -> Encoded:
    if name == "x":
        return x
    value = subject.function.bind(subject.params)[subject.function.param(name).name]
    return Encoded.of(np.full(x.bits.shape, value), x.dtype)


def _judged(request: Request, x: Encoded, got: Encoded) -> Report:
    subject, dtype, limits = request.subject, request.dtype, request.limits
    if limits.preset:
        tolerance(limits.preset, dtype)
    points, results = x.values, dtype.round(got.values)
    true = truth(subject, points, results, dtype, limits)
    return report(subject, points, results, true, dtype, ftz=request.choices.ftz)


@dataclass(frozen=True, slots=True)
class Verified:
    """A kernel's results held against the truth.

    Attributes:
        report: all that was found.
        broken: what breaks the limits, in one line, or ''.
    """

    report: Report
    broken: str

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return not self.broken

    @property
    def max_ulp(self) -> float:
        """The largest error in ULP, infinite where NaN came or was due."""
        return self.report.max_ulp.size

    @property
    def worst(self) -> tuple[Row, ...]:
        """The results furthest off, one for each cause."""
        return self.report.worst

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        from actcli.reports import reporting

        return reporting.page(self.report) + self.broken


def verify(
    kernel: Callable[..., Any],
    function: str | Function,
    *,
    dtype: DTypeLike = "float32",
    in_dtype: DTypeLike | None = None,
    order: int = 0,
    wrt: str | None = None,
    direct: bool = False,
    arrays: str | None = None,
    given: Mapping[str, Any] | None = None,
    sample: int | None = None,
    seed: int = 0,
    kink: str = KinkRule.MIN_NORM.value,
    ftz: bool = False,
    max_ulp: float | None = None,
    max_abs: float | None = None,
    max_rel: float | None = None,
    max_misrounded: int | None = None,
    preset: str | None = None,
    params: Mapping[str, float] | None = None,
) -> Verified:
    """Hold a kernel against the true values of a function, as `actcli verify` does.

    Args:
        kernel: a function of an array (NumPy, torch, jax), or of one number.
        function: a name of the catalogue, a formula in x, or a function of this package.
        dtype: the format of its results.
        in_dtype: that of its inputs, if it is another one.
        order: 0 for f, 1 for f′, 2 for f″.
        wrt: the parameter by which f is differentiated instead.
        direct: whether the kernel returns the derivative itself; else its framework's autograd takes it.
        arrays: what it takes: numpy, torch, jax or scalar (detected).
        given: arguments passed on to it by name.
        sample: how many inputs are tried (all of 16 bits and less, a million otherwise).
        seed: of the sample.
        kink: what a derivative is at a kink: left, right, min-norm, nan, or any.
        ftz: whether 0 is accepted where a subnormal number is due.
        max_ulp: the largest error that is allowed, in ULP.
        max_abs: the largest absolute error.
        max_rel: the largest relative error.
        max_misrounded: how many results may be something else than the correctly rounded one.
        preset: a framework's own tolerance, as torch.testing.assert_close.
        params: parameters of the function that are not at their defaults.

    Raises:
        UsageError: there is no such function, parameter or dtype, or the request does not suit the kernel.
        KernelError: the kernel failed, or returned something else than a number for each input.
    """
    from actcli import functions
    from actcli.kernels.load import Arrays, arrays_of
    from actcli.kernels.python_function import PythonFunction

    entry = (functions.get(function) if isinstance(function, str) else function).entry
    if not isinstance(entry, Activation):
        raise UsageError(f"{entry.name} takes a vector", "verify holds functions of a number")
    out = dtypes.wanted(dtype) or FLOAT32
    rule = None if kink == "any" else KinkRule.parse(kink)
    subject = Subject(
        entry,
        params or {},
        0 if wrt else integer(order, "order"),
        entry.param(wrt).name if wrt else None,
        rule or KinkRule.MIN_NORM,
    )
    request = Request(
        subject=subject,
        dtype=out,
        inputs=drawn(entry, entry.bind(params or {}), dtypes.wanted(in_dtype) or out, sample, seed),
        direct=direct,
        choices=Choices(kink=rule, ftz=ftz),
        limits=Limits(
            max_ulp=max_ulp, max_abs=max_abs, max_rel=max_rel, max_misrounded=max_misrounded, preset=preset
        ),
    )
    name = getattr(kernel, "__qualname__", type(kernel).__name__)
    called = PythonFunction(name, kernel, Arrays(arrays) if arrays else arrays_of(kernel), given or {})
    found = verify_kernel(called, request)
    return Verified(found, breach(found, request.limits))

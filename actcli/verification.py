"""Kernels held against the true values: what is asked, and how it is carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from actcli.core import dtypes
from actcli.core.arguments import integer
from actcli.core.dtypes import FLOAT32, Encoded
from actcli.core.spec import KinkRule, Subject, VectorActivation
from actcli.core.verify.choices import STRICT, Choices
from actcli.core.verify.inputs import between, drawn, these
from actcli.core.verify.judge import Judge
from actcli.core.verify.report import Finding, FindingKind, Row
from actcli.core.verify.tolerance import NO_LIMITS, Limits
from actcli.core.verify.totals import Totals, finished
from actcli.errors import KernelError, UsageError, shown
from actcli.kernels import float_modes
from actcli.kernels.calls import on_copies, tried
from actcli.kernels.kernel import Arrangement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from numpy.typing import DTypeLike, NDArray

    from actcli.core.dtypes import DType
    from actcli.core.verify.inputs import Inputs
    from actcli.core.verify.report import Report
    from actcli.core.verify.row_report import Component, RowReport
    from actcli.function import Function
    from actcli.kernels.calls import Tried
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
    repeat: int = 2

    @property
    def identity(self) -> list[str]:
        """What tells this from other requests."""
        subject, inputs = self.subject, self.inputs
        function = subject.function
        asked = (
            function.name, function.formula, function.bind(subject.params), subject.order, subject.wrt,
            self.dtype, inputs.dtype, inputs.coverage, inputs.count, inputs.total, inputs.seed,
            self.operands, self.direct, self.choices, self.limits, inputs.part(0, 1).bits.tolist(),
        )  # fmt: skip
        return [str(each) for each in asked]


BLOCK = 1 << 20
"""Inputs that are tried at once."""


def verify_kernel(kernel: Kernel, request: Request, keeper: Keeper | None = None) -> Report:
    """Return how good a kernel's results are.

    The first block of inputs is given to the kernel in several ways: for one input it must return one result.

    Args:
        kernel: what is verified.
        request: what is asked of it.
        keeper: what is told of the totals after each block, and knows where an earlier run ended.

    Raises:
        KernelError: it failed, or returned something else than a number for each input.
        UsageError: the request does not suit the kernel.
    """
    subject = request.subject
    if subject.wrt and not request.direct:
        raise UsageError("--wrt needs a kernel that returns that gradient", "add --direct")
    judge = _judge(request)
    totals = (keeper.totals if keeper else None) or Totals()
    call = _calling(kernel, request)
    for start in range(totals.tried, request.inputs.count, BLOCK):
        x = request.inputs.part(start, start + BLOCK)
        operands = [_operand(name, subject, x) for name in request.operands]
        others: list[tuple[NDArray[np.intp], NDArray[Any]]] = []
        if start == 0:
            found = tried(kernel, operands, request.dtype, call=call, repeat=request.repeat)
            got = found.results
            others = [(each.inputs, each.bits) for each in found.differing]
            totals.calls += found.calls
            for finding in _findings(found, x, got, gradient=bool(subject.order or subject.wrt)):
                totals.note(finding)
        else:
            own = on_copies(operands)
            got = call(own) if call else kernel.run(own, request.dtype)
            totals.calls += 1
        if got.bits.shape != x.bits.shape:
            due = f"inputs of shape {x.bits.shape}"
            raise KernelError(f"the kernel returned shape {got.bits.shape} for {due}")
        totals.came = got.dtype.name
        _count(totals, judge, x, got, others)
        if keeper:
            keeper.keep(totals)
    if raised := kernel.calling.raised:
        at = min(raised, key=lambda numbers: abs(numbers[0]))
        detail: dict[str, str | int | float] = {"raised_at": float(at[0]), "reason": raised[at]}
        totals.note(Finding(FindingKind.RAISED, len(raised), None, detail))
    return finished(totals, judge, request.inputs, kernel.name)


def verify_results(x: Encoded, got: Encoded, request: Request, name: str) -> Report:
    """Return how good results are that a kernel gave elsewhere, for the inputs beside them."""
    inputs = these(x)
    judge, totals = _judge(replace(request, inputs=inputs)), Totals(came=got.dtype.name)
    for start in range(0, inputs.count, BLOCK):
        part = slice(start, start + BLOCK)
        few = Encoded(got.bits.reshape(-1)[part], got.dtype)
        _count(totals, judge, inputs.part(start, start + BLOCK), few, [])
    return finished(totals, judge, inputs, name)


class Keeper(Protocol):
    """Follows a long run, and keeps what it has found."""

    @property
    def totals(self) -> Totals | None:
        """What an earlier run had found when it ended."""
        ...

    def keep(self, totals: Totals) -> None:
        """Take note of what is found so far."""
        ...


def _judge(request: Request) -> Judge:
    list(request.limits.of_errors(request.dtype))  # what is wrong with them is told before all else
    subject = request.choices.applied(request.subject, request.dtype)
    return Judge(subject, request.dtype, request.inputs.dtype, request.choices, request.limits)


def _count(
    totals: Totals,
    judge: Judge,
    x: Encoded,
    got: Encoded,
    others: Sequence[tuple[NDArray[np.intp], NDArray[Any]]],
) -> None:
    broken = [name for name, (sure, _) in totals.checks.items() if sure]
    totals.add(judge, judge.judged(x, got, others, broken))


def _calling(kernel: Kernel, request: Request) -> Callable[[Sequence[Encoded]], Encoded] | None:
    """Return what gives the derivative by autograd, if that is asked for."""
    order = request.subject.order
    if not order or request.direct:
        return None
    by = request.operands.index("x")
    return lambda operands: kernel.gradient(operands, request.dtype, None, by, order)


def _operand(name: str, subject: Subject, x: Encoded) -> Encoded:
    if name == "x":
        return x
    value = subject.function.bind(subject.params)[subject.function.param(name).name]
    return Encoded.of(np.full(x.bits.shape, value), x.dtype)


def _findings(found: Tried, x: Encoded, got: Encoded, *, gradient: bool) -> Iterator[Finding]:
    """Yield what came up when a kernel was called on the same inputs in several ways.

    What a gradient is at NaN may be anything, wherever that lies.
    """
    values = x.values
    for kind in (FindingKind.POSITION, FindingKind.REPEAT):
        again = kind is FindingKind.REPEAT
        others = [
            (each, rows)
            for each in found.differing
            if (each.arrangement is Arrangement.AGAIN) == again
            and (rows := np.flatnonzero(~(gradient & np.isnan(values[each.inputs])))).size
        ]
        if not others:
            continue
        other, rows = others[0]
        row = int(rows[np.argmin(np.abs(np.nan_to_num(values[other.inputs[rows]], nan=np.inf)))])
        at = int(other.inputs[row])
        first, second = got.dtype.decode(np.array([got.bits[at], other.bits[row]])).tolist()
        bits = int(x.bits[at]), int(other.bits[row]), int(got.bits[at])
        detail: dict[str, str | int | float] = {
            "arrangement": ", ".join(dict.fromkeys(str(each.arrangement) for each, _ in others))
        }
        if not again:
            detail |= {"place": int(other.places[row]), "length": int(other.lengths[row])}
        count = np.unique(np.concatenate([each.inputs[some] for each, some in others])).size
        yield Finding(kind, count, Row(float(values[at]), second, first, np.nan, *bits), detail)
    if found.overwrites:
        yield Finding(FindingKind.OVERWRITES, x.bits.size)
    for kind, which in ((FindingKind.CRASH, found.crashed), (FindingKind.REFUSED, found.refused)):
        for arrangement, reason in which.items():
            yield Finding(kind, 1, None, {"arrangement": str(arrangement), "reason": reason})


@dataclass(frozen=True, slots=True)
class Verified:
    """A kernel's results held against the truth.

    Attributes:
        report: all that was found.
    """

    report: Report | RowReport

    @property
    def passed(self) -> bool:
        """Whether every limit holds."""
        return self.report.passed

    @property
    def max_ulp(self) -> float:
        """The largest error in ULP, infinite where NaN came or was due."""
        return self.report.max_ulp.size

    @property
    def worst(self) -> tuple[Row, ...] | tuple[Component, ...]:
        """The worst result of each cause, of rows that of each kind, the worst first."""
        return self.report.worst

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        from actcli.reports import reporting

        return reporting.page(self.report)


@float_modes.of_the_truth()
def verify(
    kernel: Callable[..., Any],
    function: str | Function,
    *,
    params: Mapping[str, float] | None = None,
    dtype: DTypeLike = "float32",
    in_dtype: DTypeLike | None = None,
    order: int = 0,
    wrt: str | None = None,
    direct: bool = False,
    arrays: str | None = None,
    given: Mapping[str, Any] | None = None,
    device: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    range: tuple[float, float] | None = None,  # noqa: A002
    shape: tuple[int, ...] | None = None,
    axis: int | None = None,
    repeat: int = 2,
    max_ulp: float | None = None,
    max_abs: float | None = None,
    max_rel: float | None = None,
    max_misrounded: int | None = None,
    max_row_rel: float | None = None,
    max_sum: float | None = None,
    preset: str | None = None,
    signed_zero: bool = False,
    kink: str = KinkRule.MIN_NORM.value,
    saturate: bool = False,
    ftz: bool = False,
    daz: bool = False,
    round_params: bool = False,
) -> Verified:
    """Hold a kernel against the true values of a function, as `actcli verify` does.

    Args:
        kernel: a function of an array (NumPy, torch, jax), or of one number. Of a function of vectors it is
            called on arrays of rows; with `order=1` its framework's autograd gives the product of a random
            vector with the Jacobian.
        function: a name of the catalogue, a formula in x, or a function of this package.
        params: its parameters that are not at their defaults.
        dtype: the format of the kernel's results.
        in_dtype: that of its inputs, if it is another one.
        order: 0 for f, 1 for f′, 2 for f″.
        wrt: the parameter by which f is differentiated instead.
        direct: whether the kernel returns the derivative itself; else its framework's autograd takes it.
        arrays: what it takes: numpy, torch, jax or scalar (detected).
        given: arguments passed on to it by name, or with which it is built if it is a class.
        device: where torch or jax is to compute.
        sample: how many inputs are tried (all of 16 bits and less, a million otherwise).
        seed: of the sample.
        range: the ends between which every number is tried, or so many as `sample` says.
        shape: of functions of vectors, the array that is tried first; rows of other lengths follow.
        axis: where the vectors lie in it, the last if not said.
        repeat: how often the kernel is called on the same inputs in order.
        max_ulp: the largest error that is allowed, in ULP.
        max_abs: the largest absolute error.
        max_rel: the largest relative error.
        max_misrounded: how many results may be something else than the correctly rounded one.
        max_row_rel: the largest error relative to the largest component of a vector.
        max_sum: how far from 1 probabilities may add up.
        preset: a framework's own tolerance, as torch.testing.assert_close.
        signed_zero: whether a zero of the wrong sign breaks a limit.
        kink: what a derivative is at a kink: left, right, min-norm, nan, or any.
        saturate: whether the largest finite number is accepted where an overflow is due.
        ftz: whether 0 is accepted where a subnormal number is due.
        daz: whether what is due for 0 is accepted for a subnormal input.
        round_params: whether parameters are rounded to the dtype before the truth is taken.

    Raises:
        UsageError: there is no such function, parameter or dtype, or the request does not suit the kernel.
        KernelError: the kernel failed, or returned something else than a number for each input.

    >>> import actcli, numpy
    >>> found = actcli.verify(numpy.tanh, "tanh", dtype="float16", max_ulp=1)
    >>> found.passed, found.report.tried
    (True, 65536)
    """
    from actcli import functions
    from actcli.core.verify.true_rows import VectorSubject
    from actcli.kernels.load import Arrays, arrays_of, built
    from actcli.kernels.python_function import PythonFunction
    from actcli.row_verification import RowRequest, verify_rows

    entry = (_named(functions, function) if isinstance(function, str) else function).entry
    out = dtypes.wanted(dtype) or FLOAT32
    taken = dtypes.wanted(in_dtype) or out
    limits = Limits(
        max_ulp=max_ulp,
        max_abs=max_abs,
        max_rel=max_rel,
        max_misrounded=max_misrounded,
        max_row_rel=max_row_rel,
        max_sum=max_sum,
        preset=preset,
        signed_zero=signed_zero,
    )
    if not callable(kernel):
        raise UsageError(f"a kernel is a function, not {shown(kernel)}")
    name = str(getattr(kernel, "__qualname__", getattr(kernel, "__name__", type(kernel).__name__)))
    called, passed = built(name, kernel, given or {})
    runs = PythonFunction(name, called, Arrays(arrays) if arrays else arrays_of(called), passed, device)
    times, by = integer(order, "order"), entry.param(wrt).name if wrt else None
    if isinstance(entry, VectorActivation):
        of_numbers = {
            "sample": sample, "kink": kink != KinkRule.MIN_NORM, "signed_zero": signed_zero,
            "saturate": saturate, "round_params": round_params,
        }  # fmt: skip
        _refuse(of_numbers, "functions of a number")
        rows = RowRequest(
            subject=VectorSubject(entry, params or {}, 0 if by else times, by),
            dtype=out,
            in_dtype=taken,
            shape=shape,
            axis=-1 if axis is None else axis,
            seed=seed,
            within=range,
            direct=direct,
            ftz=ftz,
            daz=daz,
            limits=limits,
            repeat=repeat,
        )
        return Verified(verify_rows(runs, rows))
    of_vectors = {"shape": shape, "axis": axis, "max_row_rel": max_row_rel, "max_sum": max_sum}
    _refuse(of_vectors, "functions of vectors")
    subject = Subject(entry, params or {}, 0 if by else times, by)
    if range:
        inputs = between(*range, taken, size=sample, seed=seed)
    else:
        inputs = drawn(entry, entry.bind(params or {}), taken, sample, seed)
    rule = None if kink == "any" else KinkRule.parse(kink)
    request = Request(
        subject=subject,
        dtype=out,
        inputs=inputs,
        direct=direct,
        choices=Choices(kink=rule, saturate=saturate, ftz=ftz, daz=daz, round_params=round_params),
        limits=limits,
        repeat=repeat,
    )
    return Verified(verify_kernel(runs, request))


def _refuse(given: Mapping[str, object], kind: str) -> None:
    """Raise `UsageError` for an argument that was given and is not for this kind of function."""
    for name, value in given.items():
        if value is not None and value is not False:
            raise UsageError(f"{name} is not used here", f"it is for {kind}")


def _named(functions: ModuleType, text: str) -> Function:
    """Return the function that a text names, or the formula that it is."""
    try:
        found: Function = functions.get(text)
    except UsageError:
        if not any(sign in text for sign in "(*+-/ "):
            raise
        found = functions.formula(text)
    return found

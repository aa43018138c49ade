"""softmax, its logarithm and softmin: a vector of scores as probabilities."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.frameworks import found_in
from actcli.core.numerics import logarithm, pair
from actcli.core.numerics.heads import two_sum
from actcli.core.numerics.exponential import powers_for, scaled_exp
from actcli.core.numerics.logarithm import LN2, LN2_REST
from actcli.core.numerics.pair import ANY, Pair
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Param, Source, VectorActivation
from actcli.core.vector.blocks import Limits
from actcli.core.vector.exactly import cancelled, excess, replaced
from actcli.core.vector.kernels import buffers, exact_sum, greatest, least, rounded, scaled, times
from actcli.core.vector.weights import (
    Mean,
    by_temperature,
    log_total,
    others,
    probabilities,
    pulled_back,
    scores,
    slopes,
    warming,
    weigh,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.numerics.protocol import Arithmetic

TEMPERATURE = Param(
    "temperature", 1.0, "flattens the probabilities above 1, sharpens them below", "T", POSITIVE
)

BRIDLE = Source(
    "Bridle",
    1990,
    "Training stochastic model recognition algorithms as networks can lead to maximum mutual information "
    "estimation of parameters",
)


def softmax_faults(x: Array, **_params: float) -> tuple[tuple[Any, str], ...]:
    """Return the vectors that have no softmax, and why: the quotient is ∞/∞ or 0/0 there."""
    return (
        (np.any(x == np.inf, axis=-1), "has an entry of +inf"),
        (np.all(x == -np.inf, axis=-1), "has no entry above -inf"),
    )


def softmin_faults(x: Array, **_params: float) -> tuple[tuple[Any, str], ...]:
    """Return the vectors that have no softmin, and why."""
    return (
        (np.any(x == -np.inf, axis=-1), "has an entry of -inf"),
        (np.all(x == np.inf, axis=-1), "has no entry below +inf"),
    )


_LOWEST, _VANISHED = -690.0, -750.0
"""Gaps to the largest entry down to the first have exponentials of all digits; below the second, one that
rounds to 0 and is nothing beside the others."""

_HIGHEST = 700.0
"""So large may an entry be for `scaled_exp`, with another the lowest gap below it."""

_EXTREME = 2.0**500
"""Temperatures beyond, and below its inverse, have no quotient in two doubles with all digits."""


class Powers(NamedTuple):
    """e^(x/T)/2^k = a + b for ordinary rows, and 0 for what vanishes beside the largest.

    Attributes:
        z: x/T as a double, and what is to be added to it (None: nothing); 0 in rows that are left out.
        top: the largest z of each row.
        k: a whole number for each row.
        a: of 22 bits.
        b: far smaller.
        gone: the places of the entries that vanish; None: there are none.
        undone: the rows that are left out; None: there are none.
    """

    z: tuple[Array, Array | None]
    top: Array
    k: Array
    a: Array
    b: Array
    gone: Mask | None
    undone: Mask | None


def powers(x: Array, low: Array | None, axis: int, room: list[Array]) -> Powers:
    """Return the exponentials of a block of numbers x + low, in the second and third of four arrays."""
    gone = undone = None
    top = greatest(x, axis)
    if not np.all((top - least(x, axis) <= -_LOWEST) & (np.abs(top) <= _HIGHEST)):
        gap = x - top
        gone = gap < _VANISHED
        undone = np.any((gap < _LOWEST) & ~gone, axis=axis, keepdims=True) | ~(np.abs(top) <= _HIGHEST)
        top = np.where(undone, 0.0, top)
        x = np.where(undone, 0.0, np.where(gone, top, x))
        if low is not None:
            np.copyto(low, 0.0, where=gone | undone)
    k = powers_for(top)
    a, b = scaled_exp(x, low, k, room)
    if gone is not None:
        np.copyto(a, 0.0, where=gone)
        np.copyto(b, 0.0, where=gone)
    return Powers((x, low), top, k, a, b, gone, undone)


def _over_temperature(x: Array, temperature: float, h: Array, low: Array) -> tuple[Array, Array | None]:
    """Return x/T as two doubles, in two arrays if need be; NaN where T is extreme."""
    if temperature == 1:
        return x, None
    extreme = not 1 / _EXTREME < abs(temperature) < _EXTREME
    return h, times(x, pair.constant(math.nan) if extreme else 1.0 / pair.constant(temperature), h, low)


def softmax_kernel(x: Array, out: Array, axis: int, *, temperature: float, narrow: bool) -> Mask | None:
    """Write softmax of ordinary rows; a negative temperature gives softmin."""
    h, low, *room = buffers(x.shape, 6)
    return write_softmax(*_over_temperature(x, temperature, h, low), out, axis, room, narrow=narrow)


def write_softmax(
    x: Array, low: Array | None, out: Array, axis: int, room: list[Array], *, narrow: bool
) -> Mask | None:
    """Write softmax of ordinary rows of x + low; return which were not."""
    e = powers(x, low, axis, room)
    scaled(e.a, e.b, 1.0 / exact_sum(e.a, e.b, axis, room[0]), out, room[0], narrow=narrow)
    return e.undone


_NEAR = 300.0
"""Up to here e^x has a double, and so have sums of its like and their quotients, without a shift."""


def softmax_fast(x: Array, out: Array, axis: int, *, temperature: float) -> Mask | None:
    """Write softmax in doubles: what a shift by the largest entry would round is not lost.

    A division by the temperature would lose as much, but by a power of two.
    """
    e, room = buffers(x.shape, 2)
    if temperature != 1:
        x = np.divide(x, temperature, out=e)
    top, undone = greatest(x, axis), None
    exact = math.frexp(abs(temperature))[0] == 0.5
    if not (exact and top.max() <= _NEAR and x.min() >= -_NEAR):
        undone = ~((top <= _NEAR) & (least(x, axis) >= -_NEAR) & exact)
    np.exp(x, out=e)
    unit = ldexp(1.0, powers_for(top) + 1)
    np.divide(e, exact_sum(e, None, axis, room, unit).value(), out=out)
    return undone


def _softmax(m: Arithmetic, x: Array, temperature: float) -> Any:
    return probabilities(m, scores(m, x), temperature)


def _softmax_jacobian(m: Arithmetic, x: Array, temperature: float) -> Any:
    return slopes(m, scores(m, x), temperature)


def _softmax_vjp(m: Arithmetic, x: Array, v: Array, temperature: float) -> Any:
    return pulled_back(m, scores(m, x), v, temperature)


def softmax_definition(m: Any, x: Any, temperature: Any) -> list[Any]:
    """Return softmax by the textbook, shifted by the largest component: one class alone has 1 exactly."""
    top = max(x)
    e = [1 if v is top else m.exp((v - top) / temperature) for v in x]
    total = sum(e)
    return [v / total for v in e]


SOFTMAX = register(
    VectorActivation(
        name="softmax",
        summary="Exponentials of the components over their sum: a probability for each.",
        formula="e^(x_i/T) / Σ_j e^(x_j/T)",
        derivative="(diag(s) − s·sᵀ)/T: s_i(1 − s_i)/T on the diagonal, −s_i·s_j/T beside it",
        latex=r"\frac{e^{x_i/T}}{\sum_j e^{x_j/T}}",
        aliases=("softargmax", "normalized_exponential"),
        spellings=found_in(
            "torch: nn.Softmax, nn.Softmax2d, nn.functional.softmax; jax: nn.softmax; "
            "keras: activations.softmax, layers.Softmax, ops.softmax; onnx: Softmax; mlx: nn.Softmax, "
            "nn.softmax; tinygrad: Tensor.softmax; notes: Softmax"
        ),
        params=(TEMPERATURE,),
        value=_softmax,
        kernel=softmax_kernel,
        fast=softmax_fast,
        jacobian=_softmax_jacobian,
        vjp=_softmax_vjp,
        wrt={"temperature": lambda m, x, temperature: by_temperature(m, scores(m, x), temperature)},
        definition=softmax_definition,
        faults=softmax_faults,
        good_for="Turning the scores of a classifier into probabilities; attention weights.",
        goes_wrong="Not scale invariant: small scores come out nearly even, large ones nearly one-hot, and "
        "there every slope nears 0. e^x itself overflows above 709.8 (in float32 above 88.7).",
        sources=(BRIDLE,),
        notes=(
            "Some notes call y − p the derivative of softmax: that is the gradient of the log-likelihood "
            "with respect to the scores; with the loss −ln s_y the sign is the other one, S − Y.",
            "In the usual derivation ∂D/∂z_k of the sum D is e^(z_k); it is sometimes printed as e^(z_i).",
            "A vector with an entry of +inf, or of nothing but -inf, has no softmax and is an error; an "
            "entry of -inf gets probability 0.",
        ),
    )
)


_PEAKED = -0.25
"""The logarithm of a component above this has lost digits to a difference; there is one in a row at most."""

_GRID = 1.5 * 2.0**32
"""(x + C) − C rounds to a multiple of 2⁻²⁰: differences of such numbers below 2³³ are exact."""


def _log_softmax_kernel(x: Array, out: Array, axis: int, *, temperature: float, narrow: bool) -> Mask | None:
    h, low, *room = buffers(x.shape, 6)
    h, low = _over_temperature(x, temperature, h, low)
    e = powers(h, low, axis, room)
    log = logarithm.log(exact_sum(e.a, e.b, axis, room[0])) + Pair(e.k * LN2, e.k * LN2_REST)
    peaked = e.top - log.value() > _PEAKED
    patch = _largest(e, axis, peaked.reshape(-1)) if peaked.any() else None
    whole = log.value() + _GRID - _GRID
    rest = (log.h - whole) + log.l
    h, low = e.z
    high, _, _, other = room
    np.add(h, _GRID, out=high)
    np.subtract(high, _GRID, out=high)
    np.subtract(h, high, out=other)
    if low is not None:
        np.add(other, low, out=other)
    np.subtract(high, whole, out=high)
    np.subtract(other, rest, out=other)
    if patch is not None:
        rows, column = np.flatnonzero(peaked), patch[0].reshape(-1)
        place = (column, rows) if axis == 0 else (rows, column)
        high[place], other[place] = (part.reshape(-1) for part in patch[1].terms())
        if not patch[1].h.all():  # nothing, not even what underflows, stands beside it
            alone = np.sum(x > -np.inf, axis=axis, keepdims=True) == 1
            np.copyto(other, 0.0, where=alone)
            np.copyto(high, 0.0, where=alone)
    rounded(high, other, out, narrow=narrow)
    if e.gone is not None:
        return e.undone | _vanished(x, e.gone, whole, rest, out, axis, temperature)
    return e.undone


def _vanished(
    x: Array, gone: Mask, whole: Array, rest: Array, out: Array, axis: int, temperature: float
) -> Mask:
    """Write x − (whole + rest) where an entry vanishes beside the largest; return where that cannot be."""
    np.copyto(out, -np.inf, where=gone)
    finite = gone & (x > -np.inf)
    if temperature == 1 and finite.any():
        high, low = two_sum(x[finite], -np.broadcast_to(whole, x.shape)[finite])
        out[finite] = high + (low - np.broadcast_to(rest, x.shape)[finite])
        finite[finite] = False
    return np.any(finite, axis=axis, keepdims=True)


def _largest(e: Powers, axis: int, rows: NDArray[np.bool_]) -> tuple[Array, Pair]:
    """Return where the largest entries of some rows are, and ln softmax there: −ln(1 + Σ others/e)."""

    def of(part: Array) -> Array:
        return np.compress(rows, part, axis=1 + axis)

    z, rest = of(e.z[0]), None if e.z[1] is None else of(e.z[1])
    gone = np.zeros(z.shape, np.bool_) if e.gone is None else of(e.gone)
    z[gone] = -np.inf
    place = np.expand_dims(np.argmax(z, axis=axis), axis)
    largest = Pair(*(np.take_along_axis(of(part), place, axis) for part in (e.a, e.b)), ANY)
    np.put_along_axis(gone, place, True, axis)
    z[gone] = -np.inf
    top = np.maximum(greatest(z, axis), _LOWEST - _HIGHEST)
    np.copyto(z, top, where=gone)
    k = powers_for(top)
    a, b = scaled_exp(z, rest, k, [np.empty(z.shape) for _ in range(4)])
    a[gone] = b[gone] = 0.0
    others = exact_sum(a, b, axis, z) / largest
    shift = k - of(e.k)
    return place, -logarithm.log1p(Pair(*(ldexp(part, shift) for part in others.terms()), ANY))


def _log_softmax_fast(x: Array, out: Array, axis: int, *, temperature: float) -> Mask | None:
    gap, e, room = buffers(x.shape, 3)
    top = greatest(x, axis)
    undone = ~(np.abs(top) < 2.0**1000)
    np.subtract(x, top, out=gap)
    if temperature != 1:
        np.divide(gap, temperature, out=gap)
    np.exp(gap, out=e)
    total = exact_sum(e, None, axis, room).value()
    log = np.log(total)
    peaked = (total < 2).reshape(-1)
    if peaked.any():  # the 1 that the largest entry adds hides the others, and the digits of their gaps count
        if temperature == 1:
            few, gaps, each = (np.compress(peaked, part, axis=1 + axis) for part in (e, gap, x))
            lost = two_sum(each, -np.compress(peaked, top, axis=1 + axis))[1]
            few[gaps == 0] = 0.0
            few += few * np.where(gaps > -np.inf, lost, 0.0)
            log.reshape(-1)[peaked] = np.log1p(exact_sum(few, None, axis, gaps).value()).reshape(-1)
        else:
            undone |= peaked.reshape(undone.shape)
    np.subtract(gap, log, out=out)
    return undone if undone.any() else None


def _log_softmax(m: Arithmetic, x: Array, temperature: float) -> Any:
    z = scores(m, x)
    w = weigh(m, z, temperature)
    return Limits(w.gaps - log_total(m, w), z.gone, np.full(x.shape, -np.inf))


def _log_softmax_jacobian(m: Arithmetic, x: Array, temperature: float) -> Any:
    w = weigh(m, scores(m, x), temperature)
    total = m.sum(w.e)
    diagonal = (others(m, w.e, w.largest) / total)[..., None]
    off = -(w.e / total)[..., None, :]
    return m.where(np.eye(x.shape[-1], dtype=bool), diagonal, off) / temperature


def _log_softmax_vjp(m: Arithmetic, x: Array, v: Array, temperature: float) -> Any:
    z = scores(m, x)
    w = weigh(m, z, temperature)
    total = m.sum(w.e)
    # v_j − s_j Σv = v_j (1 − s_j) − s_j Σ_{i≠j} v_i, without the difference that cancels.
    own, rest = others(m, w.e, w.largest) / total * v, w.e / total * excess(m, v, 1)
    left = own + rest
    mean = Mean(z, m.value(z.z), np.zeros(x.shape), temperature)

    def exact(row: int, j: int) -> Fraction:
        parts = [Fraction(b) for b in v[row].tolist()]
        return mean.of(row, [parts[j] - (sum(parts) if i == j else 0) for i in range(len(parts))])

    return replaced(m, left, cancelled(m, left, abs(own) + abs(rest)) & ~z.gone, exact) / temperature


def _log_softmax_by_temperature(m: Arithmetic, x: Array, temperature: float) -> Any:
    z = scores(m, x)
    return Limits(warming(m, z, temperature)[1], z.gone, np.full(x.shape, np.inf))


def _log_softmax_definition(m: Any, x: Any, temperature: Any) -> list[Any]:
    top = max(x)
    log_sum = m.log(sum(m.exp((v - top) / temperature) for v in x))
    return [(v - top) / temperature - log_sum for v in x]


register(
    VectorActivation(
        name="log_softmax",
        summary="The logarithm of softmax, taken without leaving log space.",
        formula="x_i/T − ln Σ_j e^(x_j/T)",
        derivative="(I − 1·sᵀ)/T with s = softmax(x/T)",
        latex=r"\frac{x_i}{T} - \ln \sum_j e^{x_j/T}",
        spellings=found_in(
            "torch: nn.LogSoftmax, nn.functional.log_softmax; jax: nn.log_softmax; "
            "keras: activations.log_softmax, ops.log_softmax; onnx: LogSoftmax; mlx: nn.LogSoftmax, "
            "nn.log_softmax; tinygrad: Tensor.log_softmax"
        ),
        params=(TEMPERATURE,),
        value=_log_softmax,
        kernel=_log_softmax_kernel,
        fast=_log_softmax_fast,
        jacobian=_log_softmax_jacobian,
        vjp=_log_softmax_vjp,
        wrt={"temperature": _log_softmax_by_temperature},
        definition=_log_softmax_definition,
        faults=softmax_faults,
        good_for="Log-probabilities and the cross-entropy loss −ln s_y: finite where softmax underflows.",
        goes_wrong="log(softmax(x)) in two steps is −inf below −745 and loses digits of the largest entry.",
        sources=(BRIDLE,),
    )
)


def _softmin(m: Arithmetic, x: Array, temperature: float) -> Any:
    return probabilities(m, scores(m, -x), temperature)


def _softmin_jacobian(m: Arithmetic, x: Array, temperature: float) -> Any:
    return -slopes(m, scores(m, -x), temperature)


def _softmin_vjp(m: Arithmetic, x: Array, v: Array, temperature: float) -> Any:
    return -pulled_back(m, scores(m, -x), v, temperature)


def _softmin_definition(m: Any, x: Any, temperature: Any) -> list[Any]:
    return softmax_definition(m, [-v for v in x], temperature)


register(
    VectorActivation(
        name="softmin",
        summary="softmax of the negated vector: most weight on the smallest component.",
        formula="e^(−x_i/T) / Σ_j e^(−x_j/T)",
        derivative="−(diag(t) − t·tᵀ)/T with t = softmin(x)",
        latex=r"\frac{e^{-x_i/T}}{\sum_j e^{-x_j/T}}",
        spellings=found_in(
            "torch: nn.Softmin, nn.functional.softmin; mlx: nn.Softmin, nn.softmin; tinygrad: Tensor.softmin"
        ),
        params=(TEMPERATURE,),
        value=_softmin,
        kernel=lambda x, out, axis, *, temperature, **how: softmax_kernel(
            x, out, axis, temperature=-temperature, **how
        ),
        fast=lambda x, out, axis, *, temperature: softmax_fast(x, out, axis, temperature=-temperature),
        jacobian=_softmin_jacobian,
        vjp=_softmin_vjp,
        wrt={"temperature": lambda m, x, temperature: by_temperature(m, scores(m, -x), temperature)},
        definition=_softmin_definition,
        faults=softmin_faults,
        good_for="Weights from distances or energies, where small is good.",
        goes_wrong="The same as softmax, mirrored: an entry of -inf has no softmin.",
        sources=(BRIDLE,),
    )
)

"""Gated linear units: the first half of a vector times a gate made from the second half."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from actcli.core import registry
from actcli.core.derived import formula_of
from actcli.core.frameworks import found_in
from actcli.core.numerics import pair, sampled
from actcli.core.numerics.exponential import scaled_exp
from actcli.core.numerics.fast import Fast
from actcli.core.numerics.pair import cut
from actcli.core.registry import register
from actcli.core.spec import Activation, Param, Source, VectorActivation
from actcli.core.vector.blocks import Limits
from actcli.core.vector.row_kernels import buffers, greatest, rounded, times
from actcli.errors import UsageError

if TYPE_CHECKING:
    from actcli.core.arrays import Array, Mask
    from actcli.core.numerics.protocol import Arithmetic
    from actcli.core.spec import Formula

DAUPHIN = Source("Dauphin", 2017, "Language modeling with gated convolutional networks", arxiv="1612.08083")
SHAZEER = Source("Shazeer", 2020, "GLU variants improve transformer", arxiv="2002.05202")

ORDER = (
    "The gate is the second half here, as in torch, jax, keras and MLX; ONNX's SwiGLU gates with its first "
    "input, and so do language models that write silu(gate)·up."
)


def half(name: str, n: int) -> int:
    """Return half of the length of a vector, or raise `UsageError` if it is odd."""
    if n % 2:
        raise UsageError(f"{name} splits a vector into halves: it needs an even number of entries, not {n}")
    return n // 2


def _gate(name: str) -> Activation:
    return cast("Activation", registry.get(name))


def _product(m: Arithmetic, a: Array, b: Array, g: Formula, low: float, high: float) -> Limits:
    """Return a·g(b), where g tends to low at −∞ and to high at ∞; NaN if there is no limit."""
    gate = m.number(g(m, m.wide(np.where(np.isinf(b), 0.0, b))))  # the slope of a line is a float
    infinite = np.isinf(a) | np.isinf(b)
    size = m.value(gate)
    if np.isinf(a).any():  # beside an infinite a its sign is enough, which it has even where it underflows
        sign = m.where(m.above(-abs(gate), 0.0), 0.0, m.signed(m.number(np.ones(size.shape)), gate))
        size = np.where(np.isnan(size), np.nan, m.value(sign))
    ends = np.where(b == np.inf, high, np.where(b == -np.inf, low, size))
    return Limits(m.wide(np.where(infinite, 0.0, a)) * gate, infinite, a * ends)


def _through(m: Arithmetic, a: Array, gate: str, b: Array, **params: float) -> Limits:
    """Return a·g(b)."""
    function = _gate(gate)
    left, right = function.left(**params), function.right(**params)
    return _product(m, a, b, partial(formula_of(function), **params), left.value, right.value)


def _by_gate(m: Arithmetic, a: Array, gate: str, b: Array, **params: float) -> Limits:
    """Return a·g′(b), at the kink of relu with the slope of least magnitude."""
    if gate == "relu":
        return Limits(m.wide(np.where(b > 0, a, 0.0)), np.isinf(a), np.where(b > 0, a, 0.0))
    function = _gate(gate)
    left, right = function.left(**params), function.right(**params)
    return _product(m, a, b, partial(formula_of(function, 1), **params), left.slope, right.slope)


def _halves(x: Array) -> tuple[Array, Array]:
    h = x.shape[-1] // 2
    return x[..., :h], x[..., h:]


def _joined(m: Arithmetic, parts: list[Limits]) -> Limits:
    number = m.concatenate([part.number for part in parts])
    at, limit = (np.concatenate([part[k] for part in parts], axis=-1) for k in (1, 2))
    return Limits(number, at, limit)


def _value(m: Arithmetic, x: Array, gate: str, **params: float) -> Any:
    a, b = _halves(x)
    return _through(m, a, gate, b, **params)


def _jacobian(m: Arithmetic, x: Array, gate: str, **params: float) -> Any:
    a, b = _halves(x)
    on = np.eye(a.shape[-1], dtype=bool)
    parts = (_through(m, np.ones(a.shape), gate, b, **params), _by_gate(m, a, gate, b, **params))
    return _joined(
        m,
        [
            Limits(m.where(on, p.number[..., None], 0.0), on & p.at[..., None], p.limit[..., None] + 0.0 * on)
            for p in parts
        ],
    )


def _vjp(m: Arithmetic, x: Array, v: Array, gate: str, **params: float) -> Any:
    a, b = _halves(x)
    by_b = _by_gate(m, a, gate, b, **params)
    parts = [_through(m, v, gate, b, **params), Limits(by_b.number * v, by_b.at, by_b.limit * v)]
    return _joined(m, parts)


def _swiglu_by_beta(m: Arithmetic, x: Array, beta: float) -> Any:
    a, b = _halves(x)
    return _product(m, a, b, partial(formula_of(_gate("swish"), wrt="beta"), beta=beta), 0.0, 0.0)


_STEEP, _SMALL, _LARGE = 600.0, 2.0**-100, 2.0**300
"""Ordinary vectors: e^(beta·b) is far from the ends of the doubles, and so are its products with a and b,
which have a size between these or are 0."""


def _parts(x: Array, axis: int) -> tuple[Array, Array]:
    """Return the halves of a block of rows along an axis."""
    h = x.shape[axis] // 2
    return (x[:h], x[h:]) if axis == 0 else (x[..., :h], x[..., h:])


def _beyond(x: Array, low: float, high: float, axis: int, room: Array) -> Mask | None:
    """Return the rows in which some size, but for 0, is not between two numbers; None: there are none."""
    size = np.abs(x, out=room)
    if size.min() >= low and size.max() <= high:
        return None
    return np.asarray(np.any(~((size >= low) & (size <= high)) & (size != 0), axis=axis, keepdims=True))


def _any_of(*masks: Mask | None) -> Mask | None:
    found = [mask for mask in masks if mask is not None]
    return np.asarray(np.logical_or.reduce(found)) if found else None


def _sigmoid_kernel(
    x: Array, out: Array, axis: int, *, narrow: bool, beta: float | None = None
) -> Mask | None:
    """Write a·σ(b), or a·b·σ(beta·b), of ordinary rows.

    With e^(−beta·b) = E + F in parts, it is a quotient by D = 1 + E + F: its head q of 26 bits times the head
    of D is exact, and so is the remainder.
    """
    a, b = _parts(x, axis)
    h, low, room, e, f, q, d = buffers(a.shape, 7)
    rest = times(b, pair.constant(-1.0 if beta is None else -beta), h, low)
    undone = [_beyond(a, _SMALL, _LARGE, axis, room), _beyond(h, 0.0, _STEEP, axis, room)]
    if beta is not None:
        undone.append(_beyond(b, _SMALL, _LARGE, axis, room))
    e, f = scaled_exp(h, rest, 0.0, [room, e, f, q])
    np.add(e, 1.0, out=d)
    np.add(d, f, out=d)
    np.copyto(h, d)
    cut(h)
    np.maximum(e, 1.0, out=low)
    np.minimum(e, 1.0, out=e)
    np.subtract(low, h, out=low)
    np.add(low, e, out=low)
    np.add(low, f, out=low)  # D = h + low
    np.divide(1.0, d, out=d)
    if beta is None:
        np.multiply(a, d, out=q)
        cut(q)
        np.multiply(q, h, out=h)
        np.subtract(a, h, out=h)
    else:  # the product of the heads is exact, the others are small beside it
        np.copyto(e, a)
        cut(e)
        np.copyto(f, b)
        cut(f)
        np.subtract(b, f, out=q)
        np.multiply(q, e, out=q)
        np.subtract(a, e, out=room)
        np.multiply(room, b, out=room)
        np.add(room, q, out=room)
        np.multiply(e, f, out=e)
        np.add(e, room, out=q)
        np.multiply(q, d, out=q)
        cut(q)
        np.multiply(q, h, out=h)
        np.subtract(e, h, out=h)
        np.add(h, room, out=h)
    np.multiply(q, low, out=low)
    np.subtract(h, low, out=h)
    np.multiply(h, d, out=h)
    rounded(q, h, out, narrow=narrow)
    return _any_of(*undone)


def _sigmoid_fast(x: Array, out: Array, axis: int, *, beta: float | None = None) -> Mask | None:
    """Write a·σ(b), or a·b·σ(beta·b), in doubles; a steepness but ±1 would cost digits of the exponent."""
    if beta is not None and abs(beta) != 1:
        return np.ones(x.shape[1 + axis], np.bool_)
    a, b = _parts(x, axis)
    e, room = buffers(a.shape, 2)
    np.multiply(b, -1.0 if beta is None else -beta, out=e)
    undone = [_beyond(e, _SMALL if beta is not None else 0.0, _STEEP, axis, room)]
    np.exp(e, out=e)
    np.add(e, 1.0, out=e)
    if beta is None:
        np.divide(a, e, out=out)
    else:
        np.divide(b, e, out=e)
        np.multiply(a, e, out=out)
    return _any_of(*undone, _beyond(a, 0.0, _LARGE, axis, room))


def _product_kernel(x: Array, out: Array, axis: int, *, narrow: bool, rectified: bool = False) -> Mask | None:
    """Write a·b, or a·max(0, b): a product of two doubles is rounded once, and a true 0 has no sign.

    Numbers of fewer bits have products of all bits; a row with a product below all doubles is left out then.
    """
    a, b = _parts(x, axis)
    if rectified:
        (room,) = buffers(b.shape, 1)
        np.copyto(room, 0.0)
        np.copyto(room, b, where=b > 0)
        b = room
    np.multiply(a, b, out=out)
    undone: Mask = np.isnan(greatest(x, axis))
    zero = out == 0
    if zero.any():
        true = zero & ((a == 0) | (b == 0))
        np.copyto(out, 0.0, where=true)
        if narrow:
            undone |= np.any(zero & ~true, axis=axis, keepdims=True)
    return undone


_MODERATE = -sampled.TAIL
"""Up to here Φ in doubles has its digits."""


def _gelu_fast(x: Array, out: Array, axis: int) -> Mask | None:
    """Write a·gelu(b) in doubles."""
    a, b = _parts(x, axis)
    (room,) = buffers(b.shape, 1)
    m = Fast()
    held = np.fmax(np.fmin(b, _MODERATE), -_MODERATE)  # what is beyond, or NaN, is told below
    np.multiply(a, m.value(formula_of(_gate("gelu"))(m, m.argument(held))), out=out)
    return _any_of(_beyond(b, _SMALL, _MODERATE, axis, room), _beyond(a, _SMALL, _LARGE, axis, room))


def _definition(_m: Any, x: Any, gate: str, **params: Any) -> list[Any]:
    from actcli.core.definition import over_jets

    h = len(x) // 2
    return [a * over_jets(_gate(gate), b, params) for a, b in zip(x[:h], x[h:], strict=True)]


def _unit(gate: str, name: str, **facts: Any) -> VectorActivation:
    """Return the record of a·g(b) for the gate function of that name."""
    return VectorActivation(
        name=name,
        value=partial(_value, gate=gate),
        jacobian=partial(_jacobian, gate=gate),
        vjp=partial(_vjp, gate=gate),
        definition=partial(_definition, gate=gate),
        width=lambda n, **_params: half(name, n),
        pieces=2,
        **facts,
    )


register(
    _unit(
        "sigmoid",
        name="glu",
        kernel=_sigmoid_kernel,
        fast=_sigmoid_fast,
        summary="Gated linear unit: the first half times the sigmoid of the second.",
        formula="a·σ(b), (a, b) the halves of x",
        derivative="∂/∂a = σ(b), ∂/∂b = a·σ(b)·σ(−b)",
        latex=r"a\,\sigma(b)",
        aliases=("gated_linear_unit",),
        spellings=found_in(
            "torch: nn.GLU, nn.functional.glu; jax: nn.glu; keras: activations.glu, ops.glu; mlx: nn.GLU, "
            "nn.glu"
        ),
        good_for="Convolutional language models: the linear half lets gradients through, the gate selects.",
        pitfalls="Halves the width, so the layer before is twice as wide; a closed gate passes nothing.",
        sources=(DAUPHIN,),
        notes=(ORDER,),
    )
)

register(
    _unit(
        "relu",
        name="reglu",
        kernel=partial(_product_kernel, rectified=True),
        summary="Gated linear unit whose gate is relu.",
        formula="a·max(0, b), (a, b) the halves of x",
        derivative="∂/∂a = max(0, b), ∂/∂b = a for b > 0, 0 otherwise",
        latex=r"a\,\max(0, b)",
        good_for="Feed-forward blocks of transformers; sparse, and the cheapest of the gated units.",
        pitfalls="Where b ≤ 0 nothing passes in either direction, as with relu.",
        sources=(SHAZEER,),
        notes=(ORDER,),
    )
)

register(
    _unit(
        "gelu",
        name="geglu",
        fast=_gelu_fast,
        summary="Gated linear unit whose gate is the exact gelu.",
        formula="a·b·Φ(b), (a, b) the halves of x",
        derivative="∂/∂a = b·Φ(b), ∂/∂b = a·(Φ(b) + b·φ(b))",
        latex=r"a\,b\,\Phi(b)",
        good_for="Feed-forward blocks of transformers.",
        pitfalls="Implementations differ in the form of gelu (erf or tanh) and in which half is the gate.",
        sources=(SHAZEER,),
        notes=(ORDER,),
    )
)

register(
    _unit(
        "swish",
        name="swiglu",
        kernel=_sigmoid_kernel,
        fast=_sigmoid_fast,
        summary="Gated linear unit whose gate is swish.",
        formula="a·b·σ(beta·b), (a, b) the halves of x",
        derivative="∂/∂a = b·σ(βb), ∂/∂b = a·σ(βb)·(1 + βb·σ(−βb))",
        latex=r"a\,b\,\sigma(\beta b)",
        spellings=found_in("onnx: SwiGLU [gates with its first input; calls beta alpha]"),
        params=(Param("beta", 1.0, "steepness of the gate", r"\beta", aliases=("alpha",)),),
        wrt={"beta": _swiglu_by_beta},
        good_for="Feed-forward blocks of today's language models.",
        pitfalls="Three weight matrices instead of two; implementations differ in which half is the gate.",
        sources=(SHAZEER,),
        notes=(ORDER,),
    )
)

register(
    _unit(
        "identity",
        name="bilinear",
        kernel=_product_kernel,
        summary="Gated linear unit without an activation: the product of the halves.",
        formula="a·b, (a, b) the halves of x",
        derivative="∂/∂a = b, ∂/∂b = a",
        latex=r"a\,b",
        good_for="The baseline of the gated units: the product alone already helps.",
        pitfalls="Unbounded and quadratic: large activations grow quickly.",
        sources=(DAUPHIN, SHAZEER),
        notes=("The Bilinear of torch and MLX is another thing: a layer xᵀ·W·y + b with weights.",),
    )
)

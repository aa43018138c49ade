"""Pictures of functions of a vector: along a line, over a plane, as bars, as a Jacobian, as affine pieces."""

from __future__ import annotations

import re
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from actcli.cli.pictures import Wanted, number
from actcli.core import portrait
from actcli.core.evaluate import evaluate_jacobian, evaluate_vector
from actcli.core.plan import between
from actcli.core.spec import VectorActivation
from actcli.errors import UsageError
from actcli.render.records import Bars, Chart, Contour, Dot, Heat, Picture, PlottedCurve, Role, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.cli.functions import Chosen
    from actcli.core.arrays import Array
    from actcli.core.spec import KinkRule
    from actcli.render.records import Panel


_VIEW = (-6.0, 6.0)
_PLANE = (-4.0, 4.0)
_POINTS = 1201
_FEW = 161  # where each is evaluated by itself
_LEVELS = 81  # points a side of a contour map
_BESIDE = {"normalize": (1.0, -1.0), "standardize": (1.0, -1.0), "crelu": ()}
"""The other components of the vector (x, …) of which a curve is drawn; 0 alone where nothing is said."""


def panel(chosen: Chosen, wanted: Wanted) -> Panel:
    """Return the picture of a function of a vector.

    A function of two numbers that gives one is a contour map; any other is drawn along the line (x, 0):
    softmax of two classes, for example.
    """
    function = chosen.entry
    assert isinstance(function, VectorActivation)
    beside = _BESIDE.get(function.name, (0.0,))
    if is_plane(chosen):
        return _plane(chosen, wanted)
    return _along(chosen, beside, wanted)


def is_plane(chosen: Chosen) -> bool:
    """Whether a function is drawn over a plane: of two numbers it gives one."""
    function = chosen.entry
    assert isinstance(function, VectorActivation)
    return function.width(2, **function.bind(chosen.params)) == 1


def _along(chosen: Chosen, beside: tuple[float, ...], wanted: Wanted) -> Chart:
    low, high = wanted.range or _VIEW
    x = np.linspace(low, high, _FEW if _is_seeded(chosen) else _POINTS)
    inside = ", ".join(["x", *map(number, beside)]).replace("-", "−")
    curves = []
    for order in (n for n in wanted.orders if n < 2):
        components = _components(chosen, beside, order)
        for i, y in enumerate(components(x).T):
            points, dots = _broken(x, y, partial(_component, components, i))
            label = f"{chosen.entry.name}({inside})$_{i + 1}$" if order == min(wanted.orders) else ""
            curves.append(
                PlottedCurve(x=points[0], y=points[1], role=Role(order), hue=i, label=label, dots=dots)
            )
    curves = [curve._replace(symbols=True) for curve in curves] if any(c.hue for c in curves) else curves
    keys = tuple((Role(n), "derivative by x") for n in wanted.orders[1:2])
    return chart(curves, wanted, (low, high), title=wanted.title or _headline(chosen), keys=keys)


def _is_seeded(chosen: Chosen) -> bool:
    return any(param.name == "seed" for param in chosen.entry.params)


def _component(components: Callable[[Array], Array], i: int, x: Array) -> Array:
    return components(x)[:, i]


def _components(chosen: Chosen, beside: tuple[float, ...], order: int) -> Callable[[Array], Array]:
    function, params = chosen.entry, chosen.params
    assert isinstance(function, VectorActivation)

    def compute(x: Array) -> Array:
        vectors = np.column_stack([x, *(np.full(x.shape, value) for value in beside)])
        if _is_seeded(chosen):  # every vector with the same noise: one sample, seen along the line
            return np.stack([compute_rows(vector) for vector in vectors])
        return compute_rows(vectors)

    def compute_rows(vectors: Array) -> Array:
        if order:
            return np.asarray(evaluate_jacobian(function, vectors, params, strict=False))[..., :, 0]
        return np.asarray(evaluate_vector(function, vectors, params, strict=False))

    return compute


def _broken(
    x: Array, y: Array, function: Callable[[Array], Array]
) -> tuple[tuple[Array, Array], tuple[Dot, ...]]:
    """Return the points of a function, broken where it jumps, and the dots at the breaks."""
    step = np.abs(np.diff(y))
    around = np.maximum(np.append(step[1:], 0.0), np.append(0.0, step[:-1]))
    jumps = np.flatnonzero((step > 0.02 * max(float(np.ptp(y)), 1e-12)) & (step > 6 * around))
    dots: list[Dot] = []
    places = []
    for i in jumps.tolist():
        low, high = float(x[i]), float(x[i + 1])
        left, right = float(y[i]), float(y[i + 1])
        for _ in range(60):
            middle = (low + high) / 2
            value = float(function(np.array([middle]))[0])
            low, high = (middle, high) if abs(value - left) < abs(value - right) else (low, middle)
        at = round((low + high) / 2, 9) + 0.0
        held = float(function(np.array([at]))[0])
        places.append(at)
        dots += [Dot(at, side, filled=bool(np.isclose(side, held, atol=1e-6))) for side in (left, right)]
    where = jumps + 1
    return (np.insert(x, where, places), np.insert(y, where, np.nan)), tuple(dots)


def _plane(chosen: Chosen, wanted: Wanted) -> Contour:
    low, high = wanted.range or _PLANE
    side = np.linspace(low, high, _LEVELS)
    a, b = np.meshgrid(side, side)
    function = chosen.entry
    assert isinstance(function, VectorActivation)
    z = np.asarray(evaluate_vector(function, np.stack([a, b], axis=-1), chosen.params, strict=False))[..., 0]
    return Contour(
        x=side,
        y=side,
        z=z,
        title=wanted.title or f"{function.name}(a, b)",
        xlabel="a" if wanted.xlabel == "x" else wanted.xlabel,
        ylabel=wanted.ylabel or "b",
    )


def chart(
    curves: Sequence[PlottedCurve],
    wanted: Wanted,
    xlim: tuple[float, float],
    *,
    title: str = "",
    keys: tuple[tuple[Role, str], ...] = (),
) -> Chart:
    """Return a chart of curves, all of them in view."""
    traces = [{int(curve.role): portrait.Trace(curve.x, curve.y)} for curve in curves]
    return Chart(
        curves=tuple(curves),
        xlim=xlim,
        ylim=portrait.height(traces, *xlim),
        title=title,
        xlabel=wanted.xlabel,
        ylabel=wanted.ylabel,
        axes=wanted.axes,
        grid=wanted.grid,
        keys=keys,
    )


def _headline(chosen: Chosen) -> str:
    entry = chosen.entry
    formula = entry.latex.replace("\\frac", "\\dfrac")
    values = ", ".join(
        f"${entry.param(key).latex} = {number(value)}$" for key, value in chosen.params.items()
    )
    return f"{entry.name}:  ${formula}$" + (f",  {values}" if values else "")


def softmax_bars(x: Array, function: VectorActivation, temperatures: Sequence[float] = (1.0,)) -> Picture:
    """Return inputs and probabilities (or their logarithms) as bars; a graded bar for each temperature."""
    name = function.name
    labels = tuple(str(i + 1) for i in range(len(x)))
    series = tuple(
        (
            f"T = {number(t)}" if len(temperatures) > 1 else name,
            np.asarray(evaluate_vector(function, x, {"temperature": t})),
        )
        for t in temperatures
    )
    inputs = Bars(labels=labels, series=(("x", x),), ylabel="x", hue=4)
    outputs = Bars(
        labels=labels, series=series, ylabel=f"{name}(x)", xlabel="component", graded=len(temperatures) > 1
    )
    return Picture(rows=((inputs,), (outputs,)), heights=(1.0, 1.3))


def jacobian_map(x: Array, chosen: Chosen) -> Picture:
    """Return the Jacobian of a function at a vector as a labelled heat map."""
    function = chosen.entry
    assert isinstance(function, VectorActivation)
    matrix = np.asarray(evaluate_jacobian(function, x, chosen.params))
    heat = Heat(
        matrix=matrix,
        rows=tuple(f"$f_{{{i + 1}}}$" for i in range(matrix.shape[0])),
        columns=tuple(f"$x_{{{j + 1}}}$" for j in range(matrix.shape[1])),
        title=f"Jacobian of {function.name}:  $\\partial f_i / \\partial x_j$",
    )
    return picture(heat)


def affine_pieces(chosen: Chosen, pieces: Sequence[tuple[float, float]], wanted: Wanted) -> Chart:
    """Return the picture of maxout over x: the largest of some pieces wx + b, each a weight and a bias.

    Raises:
        UsageError: the function is another one.
    """
    if chosen.entry.name != "maxout":
        raise UsageError(f"{chosen.entry.name} has no pieces", "--piece W,B belongs to maxout")
    low, high = wanted.range or _VIEW
    weights, biases = np.array(pieces).T
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large for a double is not drawn
        kinks = _kinks(weights, biases, low, high)
        x = np.unique([*np.linspace(low, high, _POINTS), *(at for at, _, _ in kinks)])
        lines = x[:, None] * weights + biases
    top = f"maxout of {len(pieces)} pieces"
    curves = [PlottedCurve(x=x, y=lines.max(axis=1), label=f"{top}: $\\max_j (w_j x + b_j)$", hue=0)]
    if 1 in wanted.orders:
        curves.append(_piecewise(kinks, weights[lines.argmax(axis=1)], x, wanted.kink))
    for j, piece in enumerate(pieces):
        curves.append(
            PlottedCurve(x=x, y=lines[:, j], role=Role.CURVATURE, hue=j + 2, tag=_as_written(*piece))
        )
    return chart(curves, wanted, (low, high), title=wanted.title)


def _kinks(weights: Array, biases: Array, low: float, high: float) -> list[tuple[float, float, float]]:
    """Return where the largest of some lines bends between two ends, and its slopes on both sides."""
    found: list[tuple[float, float, float]] = []
    for i, j in combinations(range(weights.size), 2):
        if weights[i] == weights[j]:
            continue
        at = float((biases[i] - biases[j]) / (weights[j] - weights[i])) + 0.0
        heights = weights * at + biases
        there = np.isclose(heights, heights.max(), rtol=1e-12, atol=1e-12 * float(np.abs(biases).max()))
        if low < at < high and there[i] and there[j]:
            found.append((at, float(weights[there].min()), float(weights[there].max())))
    near = 1e-9 * (high - low)  # where three lines meet, their pairs do
    found.sort()
    return [kink for n, kink in enumerate(found) if not n or kink[0] - found[n - 1][0] > near]


def _piecewise(
    kinks: Sequence[tuple[float, float, float]], slope: Array, x: Array, rule: KinkRule
) -> PlottedCurve:
    """Return a derivative that jumps at kinks, with the value there that the rule says."""
    dots: list[Dot] = []
    for at, left, right in kinks:
        n = int(np.searchsorted(x, at))
        x, slope = np.insert(x, n, [at, at]), np.insert(slope, n, [left, np.nan])
        slope[n + 2] = right
        ends = portrait.ends_at(at, left, right, between(left, right, rule))
        dots += [Dot(end.x, end.y, end.held) for end in ends]
    return PlottedCurve(x=x, y=slope, role=Role.SLOPE, hue=1, label="derivative", dots=tuple(dots))


def _as_written(weight: float, bias: float) -> str:
    """Return a piece as people write it: `−0.5x + 1`."""
    text = number(weight) + "x" if weight else ""
    if bias or not weight:
        text += f" {'-' if bias < 0 else '+'} {number(abs(bias))}" if weight else number(bias)
    return re.sub(r"^(-?)1x", r"\1x", text).replace("-", "−")

"""The picture of maxout over x: its affine pieces, and the largest of them."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from actcli.cli.pictures import number
from actcli.cli.vector_pictures import POINTS, VIEW, chart
from actcli.core import portrait
from actcli.core.plan import between
from actcli.errors import UsageError
from actcli.render.records import Chart, Dot, PlottedCurve, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.functions import Chosen
    from actcli.cli.pictures import Wanted
    from actcli.core.arrays import Array
    from actcli.core.spec import KinkRule


def panel(chosen: Chosen, pieces: Sequence[tuple[float, float]], wanted: Wanted) -> Chart:
    """Return the picture of maxout over x: the largest of some pieces wx + b, each a weight and a bias.

    Raises:
        UsageError: the function is another one.
    """
    if chosen.entry.name != "maxout":
        raise UsageError(f"{chosen.entry.name} has no pieces", "--piece W,B belongs to maxout")
    low, high = wanted.range or VIEW
    weights, biases = np.array(pieces).T
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large for a double is not drawn
        kinks = _kinks(weights, biases, low, high)
        x = np.unique([*np.linspace(low, high, POINTS), *(at for at, _, _ in kinks)])
        lines = x[:, None] * weights + biases
    top = f"maxout of {len(pieces)} pieces"
    curves = [PlottedCurve(x=x, y=lines.max(axis=1), label=f"{top}: $\\max_j (w_j x + b_j)$", hue=0)]
    if 1 in wanted.orders:
        curves.append(_piecewise(kinks, weights[lines.argmax(axis=1)], x, wanted.kink))
    for j, piece in enumerate(pieces):
        curves.append(PlottedCurve(x=x, y=lines[:, j], role=Role.CURVATURE, hue=j + 2, tag=_text(*piece)))
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


def _text(weight: float, bias: float) -> str:
    """Return a piece as people write it: `−0.5x + 1`."""
    text = number(weight) + "x" if weight else ""
    if bias or not weight:
        text += f" {'-' if bias < 0 else '+'} {number(abs(bias))}" if weight else number(bias)
    return re.sub(r"^(-?)1x", r"\1x", text).replace("-", "−")

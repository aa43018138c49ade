"""The error of a kernel over x, on a log scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from actcli.render.figure.export import save
from actcli.render.figure.style import STYLES, settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.render.records import Look

_FLOOR = 1e-3  # ULP; smaller errors are drawn here
_COLUMNS = 900  # of points: more would overlap
_END = 1e306  # larger numbers are drawn here
_MOST = 1e200  # ULP; larger errors are drawn here: matplotlib looks for ticks beyond the ends of an axis
_ALIKE = 6  # points of a column that are drawn besides the worst


def errors(
    x: NDArray[np.float64], ulp: NDArray[np.float64], look: Look, *, title: str, limit: float | None
) -> Figure:
    """Return the picture of errors in ULP over x.

    Every input is a dot; where thousands share a column of the picture, the worst and a few others of them.
    Results that are no numbers are crosses at the top. Lines mark ½ ULP, which correct rounding keeps, and
    the limit.
    """
    style = STYLES[look.theme]
    known = np.isfinite(x)
    x, ulp = np.clip(x[known], -_END, _END), np.where(np.isinf(ulp), np.inf, np.minimum(ulp, _MOST))[known]
    reach = float(np.abs(x[ulp > 0.5]).max(initial=8.0)) * 1.3
    inside = np.abs(x) <= reach
    x, ulp = x[inside], ulp[inside]
    lost = np.isinf(ulp)
    top = max(float(ulp[~lost].max(initial=1.0)), min(limit or 1.0, _MOST)) * 3
    rows = _thinned(np.arcsinh(x), np.where(lost, 0.0, ulp))
    with rc_context(settings(style)):
        figure = Figure(figsize=look.size or (6.4, 3.6), dpi=look.dpi, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_xscale("asinh", linear_width=1.0)
        axes.set_yscale("log")
        axes.set_xlim(-reach, reach)
        axes.set_xticks(*_ticks(reach))
        axes.set_ylim(_FLOOR * 0.7, top)
        axes.plot(
            x[rows],
            np.maximum(ulp[rows], _FLOOR),
            ".",
            color=style.hues[0],
            markersize=2.2,
            markeredgewidth=0,
        )
        axes.plot(
            x[lost],
            np.full(int(lost.sum()), top / 1.4),
            "x",
            color=style.hues[1],
            markersize=4,
            label="no number",
        )
        axes.axhline(0.5, color=style.faint, linewidth=0.8, linestyle=(0, (1, 2.2)))
        axes.text(reach, 0.5, " ½", color=style.faint, va="center")
        if limit:
            axes.axhline(min(limit, _MOST), color=style.hues[1], linewidth=1.0, linestyle=(0, (4.5, 2.0)))
            axes.text(reach, min(limit, _MOST), f" {limit:g}", color=style.hues[1], va="center")
        if lost.any():
            axes.legend(loc="upper right")
        axes.set_title(title, loc="left")
        axes.set_xlabel("x")
        axes.set_ylabel("error in ULP")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure


def _ticks(reach: float) -> tuple[list[float], list[str]]:
    """Return 0 and some powers of ten on each side of it, with labels: closer ones would touch."""
    most = math.floor(math.log10(reach))
    powers = range(most, -1, -(most // 4 + 1))
    labels = [f"{10**k}" if most < 5 else f"$10^{{{k}}}$" for k in powers]
    sides = [f"−{label}" if most < 5 else f"$−{label[1:]}" for label in labels]
    ticks = [10.0**k for k in powers]
    return [*(-tick for tick in ticks), 0.0, *ticks], [*sides, "0", *labels]


def write_errors(
    x: NDArray[np.float64],
    ulp: NDArray[np.float64],
    look: Look,
    form: str,
    *,
    title: str,
    limit: float | None,
) -> bytes:
    """Return the picture of `errors` as the content of a file of the given form."""
    with np.errstate(over="ignore"):  # matplotlib multiplies the ends of the axis of x
        return save(errors(x, ulp, look, title=title, limit=limit), look, form)


def _thinned(place: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return which points to draw: the worst of each column of the picture, and some spread evenly."""
    if place.size <= _COLUMNS * _ALIKE:
        return np.arange(place.size)
    column = np.digitize(place, np.linspace(place.min(), place.max(), _COLUMNS))
    order = np.lexsort((-size, column))
    first = np.flatnonzero(np.diff(column[order], prepend=-1))
    length = np.diff(first, append=order.size)
    picks = [first + (length - 1) * k // _ALIKE for k in range(_ALIKE + 1)]
    return np.asarray(order[np.unique(np.concatenate(picks))])

"""Pictures of several charts: functions over derivatives, the catalogue, a difference of two functions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.cli import pictures, vector_pictures
from actcli.cli.functions import Chosen
from actcli.core.dtypes import FLOAT64
from actcli.core.evaluate import evaluate
from actcli.core.spec import Activation
from actcli.errors import UsageError
from actcli.render.records import AxesStyle, Chart, Picture, PlottedCurve, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.cli.pictures import Wanted
    from actcli.core.dtypes import DType
    from actcli.core.spec import VectorActivation
    from actcli.render.records import Panel

_ACROSS = 4  # functions side by side before a grid takes another pair of rows
_ON_A_SHEET = 8  # charts in a row of a contact sheet
_STEPS = 1001  # points at which a difference is taken


def rows(functions: Sequence[Chosen], wanted: Wanted) -> Picture:
    """Return all functions on one chart, and each derivative of them on another below."""
    shared = wanted._replace(range=pictures.shared_range(functions, wanted), title="")
    charts: list[Panel] = []
    for n, order in enumerate(wanted.orders):
        chart = pictures.chart(functions, shared._replace(orders=(order,)), alike=True)
        charts.append(chart._replace(legend=n == 0, ylabel=wanted.ylabel or "f" + pictures.PRIMES[order]))
    return Picture(rows=tuple((chart,) for chart in charts), title=wanted.title)


def grid(functions: Sequence[Chosen], wanted: Wanted) -> Picture:
    """Return each function above its derivatives, a column and a colour per function."""
    lines: list[tuple[Panel | None, ...]] = []
    for start in range(0, len(functions), _ACROSS):
        some = functions[start : start + _ACROSS]
        for order in wanted.orders:
            line: list[Panel | None] = []
            for n, one in enumerate(some, start):
                chart = pictures.chart([one], wanted._replace(orders=(order,), title=""), hue=n)
                name = f"({one.short})" if one.text and order else one.short
                name += pictures.PRIMES[order]
                line.append(chart._replace(legend=False, title=name))
            lines.append((*line, *[None] * (min(_ACROSS, len(functions)) - len(line))))
    return Picture(rows=tuple(lines), title=wanted.title)


def gallery(entries: Iterable[Activation | VectorActivation], wanted: Wanted) -> Picture:
    """Return a contact sheet of functions, each with its derivative."""
    panels = [small(Chosen(entry, {}), wanted) for entry in entries]
    across = min(_ON_A_SHEET, math.ceil(math.sqrt(1.4 * len(panels))))
    filled: list[Panel | None] = [*panels, *[None] * (-len(panels) % across)]
    lines = tuple(tuple(filled[i : i + across]) for i in range(0, len(filled), across))
    return Picture(rows=lines, title=wanted.title, small=True)


def small(chosen: Chosen, wanted: Wanted) -> Panel:
    """Return the panel of one function on a sheet: its name over it, no legend."""
    wanted = wanted._replace(title=chosen.entry.name)
    if not isinstance(chosen.entry, Activation):
        panel = vector_pictures.panel(chosen, wanted)
        if not isinstance(panel, Chart):
            return panel
        curves = tuple(curve._replace(symbols=False) for curve in panel.curves)
        return panel._replace(curves=curves, legend=False)
    return pictures.chart([chosen], wanted)._replace(legend=False)


def comparison(a: Chosen, b: Chosen, wanted: Wanted, dtype: DType = FLOAT64, *, ulp: bool = False) -> Picture:
    """Return two functions on one chart and, below on a scale of its own, the first minus the second.

    Args:
        a: one function.
        b: the other.
        wanted: what the upper chart shows.
        dtype: the format in which the difference is taken.
        ulp: give the difference as the number of steps of the format between the two, not as it is.
    """
    pictures.elementwise((a, b))
    low, high = pictures.shared_range((a, b), wanted)
    top = pictures.chart((a, b), wanted._replace(range=(low, high)))
    x = np.unique(dtype.round(np.linspace(low, high, _STEPS)))
    first, second = (_values(one, x, dtype) for one in (a, b))
    if ulp:
        from actcli.core.measure import ulp_distance

        y = np.asarray(ulp_distance(first, second, dtype), np.float64)
    else:
        with np.errstate(all="ignore"):
            y = first - second
    finite = y[np.isfinite(y)]
    if not finite.size:
        raise UsageError(f"{a.short} and {b.short} have no values in common between {low:g} and {high:g}")
    least, most = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
    margin = 0.08 * (most - least) or 1.0
    below = Chart(
        curves=(PlottedCurve(x=x, y=y, role=Role.VALUE, hue=3),),
        xlim=(low, high),
        ylim=(0.0, most * 3) if ulp and most else (least - margin, most + margin),
        axes=AxesStyle.FRAME,
        grid=wanted.grid,
        xlabel=wanted.xlabel,
        ylabel=f"|{a.short} − {b.short}| in ULP" if ulp else f"{a.short} − {b.short}",
        logarithmic=ulp,
    )
    return Picture(rows=((top,), (below,)), heights=(2.2, 1.0), title="")


def _values(
    one: Chosen, x: np.ndarray[tuple[int], np.dtype[np.float64]], dtype: DType
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    assert isinstance(one.entry, Activation)
    return np.asarray(evaluate(one.entry, x, 0, one.params, dtype=dtype), np.float64)

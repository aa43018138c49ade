"""Curves on axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator, SymmetricalLogLocator

from actcli.render.figure.legend import draw_legend
from actcli.render.figure.style import DASHES, WIDTHS, Style, symbol
from actcli.render.figure.tags import write_tags
from actcli.render.figure.tick_labels import LONG, digits_between, write_numbers
from actcli.render.records import AxesStyle, Chart, PlottedCurve, Symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = {Symbol.EXTREMUM: "s", Symbol.KINK: "D", Symbol.SATURATION: "|"}
_DOT = 5.2
_STEPS = (1, 2, 2.5, 5, 10)
_SYMBOL_STEP = 0.14  # of the axes' width, between the symbols on a curve
_CLEAR = 0.04  # of the axes' width and height, between a symbol and a dot


def draw_chart(
    axes: Axes, chart: Chart, style: Style, *, room: float, indent: float | None = 0.0, small: bool = False
) -> None:
    """Draw a chart on the axes.

    Args:
        axes: where.
        chart: what.
        style: in which colours and how large.
        room: the width of the legend, in inches of a picture of the usual size.
        indent: how far right of the axes' left edge the legend begins; None puts it into their corner.
        small: whether it is one of many on a sheet, without names at the axes.
    """
    if chart.logarithmic:
        axes.set_yscale("symlog", linthresh=1.0)
        powers = SymmetricalLogLocator(base=10.0, linthresh=1.0)
        powers.set_params(numticks=5)
        axes.yaxis.set_major_locator(powers)
    axes.set_xlim(chart.xlim)
    axes.set_ylim(chart.ylim)
    _axes(axes, chart, style, small=small)
    for band in chart.bands:
        low, high = np.clip([band.low, band.high], *chart.xlim)
        axes.axvspan(low, high, color=style.shade, linewidth=0, zorder=0.4)
    if chart.histogram:
        _histogram(axes, chart, style)
    for guide in chart.guides:
        line: dict[str, Any] = {
            "color": style.faint,
            "linewidth": 0.8 * style.scale,
            "linestyle": (0, (1, 2.2)),
            "zorder": 1.4,
        }
        if np.isinf(guide.slope):
            axes.axvline(guide.x, **line)
        else:
            ends = np.clip([guide.left, guide.right], *chart.xlim)
            axes.plot(ends, guide.slope * ends + guide.intercept, **line)
    for curve in reversed(chart.curves):  # the first on top
        _curve(axes, curve, style)
        if curve.symbols:
            _symbols(axes, chart, curve, style)
    write_tags(axes, chart, style)
    for mark in chart.marks:
        _mark(axes, chart, mark.x, mark.y, mark.text, mark.symbol, style)
    if chart.legend:
        draw_legend(axes, chart, style, room=room, indent=indent)


def _axes(axes: Axes, chart: Chart, style: Style, *, small: bool) -> None:
    k = style.scale
    axes.tick_params(length=2.5 * k, width=0.7 * k, pad=2.5 * k)
    across = 3 if digits_between(*chart.xlim) > LONG else 4 if small else 7
    axes.xaxis.set_major_locator(MaxNLocator(across, steps=_STEPS))
    if not chart.logarithmic:
        axes.yaxis.set_major_locator(MaxNLocator(4 if small else 7, steps=_STEPS))
    if chart.grid:  # lines of its own: those of the axes lie where the numbers do, above the curves
        line: dict[str, Any] = {"color": style.grid, "linewidth": 0.7 * k, "zorder": 0}
        for draw, ticks in ((axes.axvline, axes.get_xticks()), (axes.axhline, axes.get_yticks())):
            for place in ticks:
                draw(place, **line)
    if chart.axes is AxesStyle.FRAME:
        axes.axhline(0, color=style.faint, linewidth=0.5 * k, zorder=1)
        axes.axvline(0, color=style.faint, linewidth=0.5 * k, zorder=1)
        axes.set_xlabel(chart.xlabel)
        axes.set_ylabel(chart.ylabel)
        return
    x0, y0 = float(np.clip(0.0, *chart.xlim)), float(np.clip(0.0, *chart.ylim))
    for side, place in (("left", x0), ("right", x0), ("bottom", y0), ("top", y0)):
        axes.spines[side].set_position(("data", place))  # the other side of an axis takes numbers as well
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    write_numbers(axes, chart, style)
    axes.set_axisbelow("line")  # numbers lie over guides and under curves
    arrow: dict[str, Any] = {
        "color": style.faint,
        "markersize": 4.5 * k,
        "clip_on": False,
        "zorder": 3,
    }
    axes.plot(1, y0, ">", transform=axes.get_yaxis_transform(), **arrow)
    axes.plot(x0, 1, "^", transform=axes.get_xaxis_transform(), **arrow)
    if small:
        return
    axes.annotate(
        chart.xlabel, (1, y0), (6 * k, 0), xycoords=axes.get_yaxis_transform(),
        textcoords="offset points", va="center", annotation_clip=False,
    )  # fmt: skip
    if chart.ylabel:
        axes.annotate(
            chart.ylabel, (x0, 1), (0, 6 * k), xycoords=axes.get_xaxis_transform(),
            textcoords="offset points", ha="center", va="bottom", annotation_clip=False,
        )  # fmt: skip


def _curve(axes: Axes, curve: PlottedCurve, style: Style) -> None:
    colour, scale = style.colour(curve), style.scale
    axes.plot(
        curve.x, curve.y, color=colour, linewidth=WIDTHS[curve.role] * scale, linestyle=DASHES[curve.role],
        zorder=2.2 - 0.1 * curve.role,
    )  # fmt: skip
    low, high = axes.get_ylim()
    for dot in curve.dots:
        if not low <= dot.y <= high:  # whole at the edge, but never beyond it
            continue
        axes.plot(
            dot.x, dot.y, "o", markersize=_DOT * scale, color=colour, markeredgewidth=1.3 * scale,
            markerfacecolor=colour if dot.filled else style.paper, zorder=2.7 if dot.filled else 2.6,
            clip_on=False,
        )  # fmt: skip


def _symbols(axes: Axes, chart: Chart, curve: PlottedCurve, style: Style) -> None:
    """Draw the sparse symbols of a curve, between those of its neighbours and away from dots."""
    low, high = chart.xlim
    first = (0.3 + 0.61803 * curve.hue) % 1.0  # the golden ratio: however many curves, no two coincide
    wanted = low + (high - low) * _SYMBOL_STEP * np.arange(first, 1 / _SYMBOL_STEP)
    at = np.unique(np.abs(curve.x - wanted[:, None]).argmin(axis=1))
    x, y = (
        (values - limits[0]) / (limits[1] - limits[0])
        for values, limits in ((curve.x[at], chart.xlim), (curve.y[at], chart.ylim))
    )
    for dot in (dot for other in chart.curves for dot in other.dots):
        across = (dot.x - low) / (high - low)
        along = (dot.y - chart.ylim[0]) / (chart.ylim[1] - chart.ylim[0])
        clear = np.hypot(x - across, y - along) > _CLEAR
        at, x, y = at[clear], x[clear], y[clear]
    axes.plot(
        curve.x[at], curve.y[at], color=style.colour(curve), linestyle="none",
        zorder=2.2 - 0.1 * curve.role, **symbol(curve, style),
    )  # fmt: skip


def _mark(axes: Axes, chart: Chart, x: float, y: float, text: str, symbol: Symbol, style: Style) -> None:
    k = style.scale
    axes.plot(
        x, y, _MARKERS[symbol], markersize=(9 if symbol is Symbol.SATURATION else 5.5) * k, color=style.ink,
        markerfacecolor=style.paper, markeredgewidth=1.2 * k, zorder=2.9,
    )  # fmt: skip
    up = y < 0.75 * chart.ylim[1] + 0.25 * chart.ylim[0]
    if symbol is Symbol.EXTREMUM and y < 0:
        up = False
    axes.annotate(
        text, (x, y), (0, 9 * k if up else -9 * k), textcoords="offset points", ha="center",
        va="bottom" if up else "top", fontsize=8.5 * k, color=style.ink, zorder=1.9,
        bbox={"facecolor": style.paper, "edgecolor": "none", "pad": 0.6, "alpha": 0.8},
    )  # fmt: skip


def _histogram(axes: Axes, chart: Chart, style: Style) -> None:
    """Draw the data on the x axis, on a scale of their own: the tallest bin takes a third of the height.

    They hang down from an axis that has less space above.
    """
    histogram = chart.histogram
    assert histogram is not None
    low, high = chart.ylim
    base = float(np.clip(-low / (high - low), 0.0, 1.0)) if chart.axes is AxesStyle.ORIGIN else 0.0
    way = -1.0 if base > 0.6 else 1.0
    height = way * 0.34 / max(float(histogram.shares.max(initial=0.0)), 1e-300)
    axes.stairs(
        base + histogram.shares * height, histogram.edges, baseline=base, fill=True, color=style.faint,
        alpha=0.35, zorder=0.6, transform=axes.get_xaxis_transform(),
    )  # fmt: skip
    axes.plot(
        histogram.rug, np.full(histogram.rug.shape, base + way * 0.012), "|", color=style.ink, alpha=0.35,
        markersize=6 * style.scale, markeredgewidth=0.6 * style.scale,
        transform=axes.get_xaxis_transform(), zorder=0.7,
    )  # fmt: skip

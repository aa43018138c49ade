"""The legend of a chart: its texts, its size and its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from actcli.render.figure.style import DASHES, WIDTHS, symbol
from actcli.render.figure.tags import tags_fit
from actcli.render.records import AxesStyle

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from actcli.render.figure.style import Style
    from actcli.render.records import Chart, PlottedCurve

_LINE, _TALL_LINE = 0.2, 0.42  # inches that a line takes, and one with a fraction or a sum
_POINTS = 10.0  # the size of the letters
_LETTER = 0.08  # inches, on average
_HANDLE = 0.55  # inches of the piece of line before a text
_BESIDE = 0.4  # inches for the numbers left of the y axis
_SILENT = re.compile(r"\\[d]?frac|\\[,;:!]|\\(left|right|quad|mathrm|mathbf)|[{}$^_]")


def draw_legend(axes: Axes, chart: Chart, style: Style, *, room: float, indent: float | None) -> None:
    """Put the legend above the axes, or into their upper left corner.

    Args:
        axes: the axes.
        chart: what they show.
        style: in which colours and how large.
        room: the width of the legend, in inches of a picture of the usual size.
        indent: how far right of the axes' left edge it begins, above them; None puts it into the corner.
    """
    handles = _handles(chart, style, room)
    if not handles and not chart.heading:
        return
    figure = axes.figure
    assert figure is not None
    across, along = indent or 0.0, 0.3 if chart.ylabel else 0.13
    if inside := indent is None:
        across, along = (0.1, -0.1) if chart.axes is AxesStyle.FRAME else (0.02, -0.05)
    shift = ScaledTranslation(across * style.scale, along * style.scale, figure.dpi_scale_trans)
    size = _POINTS * style.scale * _shrunk(chart, room)
    axes.legend(
        handles=handles, loc="upper left" if inside else "lower left", bbox_to_anchor=(0, 1),
        bbox_transform=axes.transAxes + shift, title=chart.heading or None, alignment="left",
        borderaxespad=0, borderpad=0, ncols=1 if inside else _columns(chart, room), labelspacing=0.35,
        columnspacing=1.6, fontsize=size, title_fontsize=size,
    )  # fmt: skip


def _shrunk(chart: Chart, room: float) -> float:
    """Return by how much the letters must shrink for the longest line to fit."""
    widest = max(
        width_of(chart.heading), *(width_of(text) + _HANDLE for text in _texts(chart, room)), _HANDLE
    )
    return max(min(1.0, room / widest), 0.5)


def legend_height(chart: Chart, room: float) -> float:
    """Return how many inches a legend of the given width takes above the axes."""
    if not chart.legend:
        return 0.0
    texts, columns = _texts(chart, room), _columns(chart, room)
    lines = -(-len(texts) // columns)
    tall = min(lines, sum(map(is_tall, texts)))
    heading = _height_of(chart.heading) if chart.heading else 0.0
    return heading + tall * _TALL_LINE + (lines - tall + sum(text.count("\n") for text in texts)) * _LINE


def fits_inside(chart: Chart, place: tuple[float, float, float, float], size: tuple[float, float]) -> bool:
    """Whether the upper left corner of axes at that place, in a figure of that size, is free for a legend."""
    if not chart.legend or chart.bands or chart.histogram or any(np.isinf(g.slope) for g in chart.guides):
        return False
    width, height = place[2] * size[0], place[3] * size[1]
    texts = _texts(chart, width)
    if not texts and not chart.heading:
        return False
    right = (0.1 + max([width_of(chart.heading), *(_HANDLE + width_of(text) for text in texts)])) / width
    low = 1 - (0.15 + sum(map(_height_of, [*texts, *filter(None, [chart.heading])]))) / height
    (x0, x1), (y0, y1) = chart.xlim, chart.ylim
    edge, floor = x0 + right * (x1 - x0), y0 + low * (y1 - y0)
    if chart.axes is AxesStyle.ORIGIN and edge > np.clip(0.0, x0, x1) - _BESIDE / width * (x1 - x0):
        return False
    if low < 0.3:
        return False
    lines = [(curve.x, curve.y) for curve in chart.curves]
    lines += [
        (ends, g.slope * ends + g.intercept) for g in chart.guides for ends in [np.linspace(x0, edge, 9)]
    ]
    return not any(np.any((x <= edge) & (y >= floor) & (y <= y1)) for x, y in lines)


def is_tall(text: str) -> bool:
    """Whether a line of text has a fraction or a sum in it."""
    return "frac" in text or r"\sum" in text


def _height_of(text: str) -> float:
    return _TALL_LINE if is_tall(text) else _LINE * (1 + text.count("\n"))


def width_of(text: str) -> float:
    """Return about how many inches a text takes, its mathtext included."""
    lines = re.sub(r"\\[a-z]{5,}", "x", _SILENT.sub("", text)).replace("\\", "").split("\n")
    return _LETTER * max(map(len, lines))


def _handles(chart: Chart, style: Style, room: float) -> list[Artist]:
    curves: list[Artist] = []
    for curve in chart.curves:
        if text := _text(curve, chart, room):
            more = symbol(curve, style) if curve.symbols else {}
            line = {"linewidth": WIDTHS[curve.role] * style.scale, "linestyle": DASHES[curve.role]}
            curves.append(Line2D([], [], color=style.colour(curve), label=text, **line, **more))
    keys: list[Artist] = [
        Line2D(
            [], [], color=style.ink, linewidth=WIDTHS[role] * style.scale, linestyle=DASHES[role], label=text
        )
        for role, text in chart.keys
    ]
    patches: list[Artist] = []
    if chart.band_label:
        patches.append(Patch(facecolor=style.shade, label=chart.band_label))
    if chart.histogram and chart.histogram.label:
        patches.append(Patch(facecolor=style.faint, alpha=0.35, label=chart.histogram.label))
    return [*curves, *keys, *patches]


def _texts(chart: Chart, room: float) -> list[str]:
    curves = [text for curve in chart.curves if (text := _text(curve, chart, room))]
    more = (chart.band_label, chart.histogram.label if chart.histogram else "")
    return [*curves, *(text for _, text in chart.keys), *filter(None, more)]


def _text(curve: PlottedCurve, chart: Chart, room: float) -> str:
    text = curve.label or (curve.tag if curve.tag and not tags_fit(chart) else "")
    if width_of(text) + _HANDLE > room:  # the parameters go under the formula
        text = text.replace(",  $", "\n$", 1)
    return text


def _columns(chart: Chart, room: float) -> int:
    """Return how many columns of entries fit side by side: all in one row, or a few of equal width."""
    widths = [width_of(text) + _HANDLE + 0.2 for text in _texts(chart, room)]
    if not widths or sum(widths) < room + 0.2:
        return max(len(widths), 1)
    return max(int((room + 0.2) / max(widths)), 1)

"""A picture as a matplotlib figure: its panels, their places, the title over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from actcli.render.figure.chart import draw_chart
from actcli.render.figure.legend import fits_inside, is_tall, legend_height, width_of
from actcli.render.figure.style import STYLES, settings
from actcli.render.figure.tags import side_of_tags, tags_fit
from actcli.render.figure.tick_labels import clear_numbers
from actcli.render.records import AxesStyle, Bars, Chart, Contour, Heat

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from actcli.render.figure.style import Style
    from actcli.render.records import Look, Panel, Picture

_SIZE = (6.4, 4.8)
_CELL = (2.1, 1.75)  # of a contact sheet
_PAD = 0.08  # inches around each of several panels
_LEFT = 0.25  # inches left of everything
_AROUND = 0.5  # inches left and right of a legend
_SMALL = 0.75  # of the usual size, on a sheet of many
_TITLE, _TALL_TITLE = 0.32, 0.66  # inches; tall is one with a fraction


def build(picture: Picture, look: Look) -> Figure:
    """Return the figure of a picture, ready to be written."""
    usual = _size(picture)
    size = look.size or usual
    # Letters and lines shrink and grow with the picture, but less than it does.
    scale = float(np.clip(min(size[0] / usual[0], size[1] / usual[1]) ** 0.5, 0.4, 2.0))
    style = STYLES[look.theme]._replace(scale=scale * (_SMALL if picture.small else 1.0))
    with rc_context(settings(style)):
        figure = Figure(figsize=size, dpi=look.dpi)
        FigureCanvasAgg(figure)
        if look.transparent:
            figure.patch.set_alpha(0.0)
        lone = picture.rows[0][0] if len(picture.rows) == len(picture.rows[0]) == 1 else None
        if isinstance(lone, Chart):
            _alone(figure, lone, style)
        else:
            _tile(figure, picture, style)
    return figure


def _alone(figure: Figure, chart: Chart, style: Style) -> None:
    """Draw a lone chart. Lengths are those of a picture of the usual size, and scaled at the end."""
    width, height = (float(inches) / style.scale for inches in figure.get_size_inches())
    inside = fits_inside(chart, _place(chart, (width, height), legend=False), (width, height))
    place = _place(chart, (width, height), legend=not inside)
    indent = None if inside else _LEFT - place[0] * width
    axes = figure.add_axes(place)
    draw_chart(axes, chart, style, room=width - _AROUND, indent=indent)
    clear_numbers(axes, chart, style)
    if chart.title:
        figure.text(_LEFT / width, 1 - 0.12 / height, chart.title, va="top", fontsize=12 * style.scale)


def _place(chart: Chart, size: tuple[float, float], *, legend: bool) -> tuple[float, float, float, float]:
    """Return where the axes of a lone chart lie in the figure, which leaves room for what is around them."""
    framed = chart.axes is AxesStyle.FRAME
    left, right = (0.62 if framed else _LEFT), 0.34
    if not framed and chart.xlim[0] > -0.08 * (chart.xlim[1] - chart.xlim[0]):
        left += 0.37  # the y axis is the edge, and its numbers lie beyond it
    elif not framed and chart.xlim[1] < 0.08 * (chart.xlim[1] - chart.xlim[0]):
        right += 0.25  # those that a curve would cross do
    bottom = 0.52 if framed else 0.27
    top = 0.26 + (legend_height(chart, size[0] - _AROUND) if legend else 0.0)
    if chart.title:
        top += _TALL_TITLE if is_tall(chart.title) else _TITLE
    if chart.ylabel:
        left, top = (left + 0.2, top) if framed else (left, top + 0.2)
    if (tags := [curve.tag for curve in chart.curves if curve.tag]) and tags_fit(chart):
        room = max(map(width_of, tags)) + 0.1
        left, right = (left + room, right) if side_of_tags(chart) == "left" else (left, right + room)
    width, height = size
    # A thumbnail still gets a chart: the room around it never takes more than half.
    across, along = min(1.0, 0.5 * width / (left + right)), min(1.0, 0.5 * height / (top + bottom))
    left, right, top, bottom = left * across, right * across, top * along, bottom * along
    return left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height


def _tile(figure: Figure, picture: Picture, style: Style) -> None:
    charts: list[tuple[Axes, Chart]] = []
    columns = max(map(len, picture.rows))
    room = float(figure.get_size_inches()[0]) / style.scale / columns - _AROUND
    grid = figure.add_gridspec(len(picture.rows), columns, height_ratios=picture.heights or None)
    for r, row in enumerate(picture.rows):
        for c, panel in enumerate(row):
            if panel is None:
                continue
            axes = figure.add_subplot(grid[r, c])
            _draw(axes, panel, style, room=room, small=picture.small)
            if isinstance(panel, Chart):
                charts.append((axes, panel))
    if picture.title:
        figure.suptitle(picture.title, fontsize=12 * style.scale)
    ConstrainedLayoutEngine(w_pad=_PAD, h_pad=_PAD).execute(figure)  # once: what follows knows the places
    for axes, chart in charts:
        clear_numbers(axes, chart, style)


def _size(picture: Picture) -> tuple[float, float]:
    rows, columns = len(picture.rows), max(map(len, picture.rows))
    if picture.small:
        return _CELL[0] * columns, _CELL[1] * rows
    if (rows, columns) == (1, 1):
        return _SIZE
    return min(max(3.6 * columns + 1.2, _SIZE[0]), 16.0), min(2.6 * rows + 0.8, 12.0)


def _draw(axes: Axes, panel: Panel, style: Style, *, room: float, small: bool) -> None:
    from actcli.render.figure.cells import draw_bars, draw_contour, draw_heat

    match panel:
        case Chart():
            draw_chart(axes, panel, style, room=room, small=small)
        case Bars():
            draw_bars(axes, panel, style)
        case Heat():
            draw_heat(axes, panel, style)
        case Contour():
            draw_contour(axes, panel, style, small=small)
    if panel.title:
        axes.set_title(panel.title, pad=_pad(panel) * style.scale)


def _pad(panel: Panel) -> float:
    """Return how many points lie between a panel and its title: an arrow and a name there need some."""
    if not isinstance(panel, Chart) or panel.axes is not AxesStyle.ORIGIN:
        return 4.0
    return 20.0 if panel.ylabel else 8.0

"""A picture as a matplotlib figure: its panels, their places, the title over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from actcli.render.figure.chart import draw_chart
from actcli.render.figure.legend import fits_inside, is_tall, legend_height, width_of
from actcli.render.figure.style import STYLES, settings
from actcli.render.figure.tags import side_of_tags, tags_fit
from actcli.render.records import AxesStyle, Bars, Chart, Contour, Heat

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from actcli.render.figure.style import Style
    from actcli.render.records import Look, Panel, Picture

_SIZE = (6.4, 4.8)
_CELL = (2.1, 1.75)  # of a contact sheet
_PAD = 0.08  # inches around each of several panels
_TITLE, _TALL_TITLE = 0.32, 0.66  # inches; tall is one with a fraction


def build(picture: Picture, look: Look) -> Figure:
    """Return the figure of a picture, ready to be written."""
    style = STYLES[look.theme]
    single = len(picture.rows) == 1 and len(picture.rows[0]) == 1
    with rc_context(settings(style)):
        size = look.size or _size(picture)
        figure = Figure(figsize=size, dpi=look.dpi)
        FigureCanvasAgg(figure)
        if look.transparent:
            figure.patch.set_alpha(0.0)
        if single and isinstance(chart := picture.rows[0][0], Chart):
            inside = fits_inside(chart, _place(chart, size, legend=False), size)
            axes = figure.add_axes(_place(chart, size, legend=not inside))
            draw_chart(axes, chart, style, legend_inside=inside)
            if chart.title:
                figure.text(0.25 / size[0], 1 - 0.12 / size[1], chart.title, va="top", fontsize=12)
        else:
            _tile(figure, picture, style)
    return figure


def _place(chart: Chart, size: tuple[float, float], *, legend: bool) -> tuple[float, float, float, float]:
    """Return where the axes of a lone chart lie in the figure, which leaves room for what is around them."""
    framed = chart.axes is AxesStyle.FRAME
    left, right = (0.62 if framed else 0.25), 0.34
    bottom = 0.52 if framed else 0.27
    top = 0.26 + (legend_height(chart) if legend else 0.0)
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
    figure.set_layout_engine("constrained", w_pad=_PAD, h_pad=_PAD)
    columns = max(map(len, picture.rows))
    grid = figure.add_gridspec(len(picture.rows), columns, height_ratios=picture.heights or None)
    for r, row in enumerate(picture.rows):
        for c, panel in enumerate(row):
            if panel is not None:
                _draw(figure.add_subplot(grid[r, c]), panel, style, small=picture.small)
    if picture.title:
        figure.suptitle(picture.title, fontsize=12)


def _size(picture: Picture) -> tuple[float, float]:
    rows, columns = len(picture.rows), max(map(len, picture.rows))
    if picture.small:
        return _CELL[0] * columns, _CELL[1] * rows
    if (rows, columns) == (1, 1):
        return _SIZE
    return min(max(3.6 * columns + 1.2, _SIZE[0]), 16.0), min(2.6 * rows + 0.8, 12.0)


def _draw(axes: Axes, panel: Panel, style: Style, *, small: bool) -> None:
    from actcli.render.figure.cells import draw_bars, draw_contour, draw_heat

    match panel:
        case Chart():
            draw_chart(axes, panel, style, small=small)
        case Bars():
            draw_bars(axes, panel, style)
        case Heat():
            draw_heat(axes, panel, style)
        case Contour():
            draw_contour(axes, panel, style, small=small)
    if panel.title:
        axes.set_title(panel.title, fontsize=8 if small else None, pad=4 if small else None)

"""The names of curves, written beside their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.render.records import AxesStyle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from actcli.render.figure.style import Style
    from actcli.render.records import Chart

_TOUCHING = 0.012  # of the axes' height: closer curves look like one
_APART = 0.052  # of the axes' height, between two names


def side_of_tags(chart: Chart) -> str:
    """Return the side of the chart, "left" or "right", at which the tagged curves lie further apart.

    Left of a frame there are numbers.
    """
    if chart.axes is AxesStyle.FRAME:
        return "right"
    heights = {side: _ends(chart, side) for side in ("left", "right")}
    gaps = {side: float(np.clip(np.diff(np.sort(y)), 0, _APART).sum()) for side, y in heights.items()}
    return "left" if gaps["left"] > gaps["right"] else "right"


def tags_fit(chart: Chart) -> bool:
    """Whether the tagged curves are far enough apart at a side; else the legend names them."""
    heights = np.sort(_ends(chart, side_of_tags(chart)))
    return len(heights) < 2 or float(np.diff(heights).min()) > _TOUCHING


def _ends(chart: Chart, side: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Where the tagged curves end at a side, as shares of the height."""
    low, high = chart.ylim
    at = -1 if side == "right" else 0
    ends = [curve.y[np.isfinite(curve.y)][at] for curve in chart.curves if curve.tag]
    return np.clip((np.array(ends) - low) / (high - low), 0.0, 1.0)


def write_tags(axes: Axes, chart: Chart, style: Style) -> None:
    """Write each tag beside the end of its curve, moved up or down where they would touch."""
    tagged = [curve for curve in chart.curves if curve.tag]
    if not tagged or not tags_fit(chart):
        return
    side = side_of_tags(chart)
    heights = _ends(chart, side)
    order = np.argsort(heights, kind="stable")
    places = heights[order]
    for _ in range(60):  # neighbours that are too close push each other apart
        short = np.clip(_APART - np.diff(places), 0.0, None) / 2
        if short.max(initial=0.0) < 1e-4:
            break
        places[1:] += short
        places[:-1] -= short
        places = np.clip(places, 0.0, 1.0) if len(places) * _APART < 1 else places
    edge, sign = (1.0, 1) if side == "right" else (0.0, -1)
    for i, place in zip(order.tolist(), places.tolist(), strict=True):
        colour = style.colour(tagged[i])
        moved = abs(place - heights[i]) > 1e-3
        leader = {
            "arrowstyle": "-",
            "color": colour,
            "linewidth": 0.7 * style.scale,
            "shrinkA": 1,
            "shrinkB": 0,
        }
        axes.annotate(
            tagged[i].tag, (edge, float(heights[i])), (edge + sign * 0.025, place), xycoords="axes fraction",
            textcoords="axes fraction", color=colour, va="center", ha="left" if side == "right" else "right",
            annotation_clip=False, fontsize=9 * style.scale,
            arrowprops=leader if moved else None,
        )  # fmt: skip

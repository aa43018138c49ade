"""The tick labels of axes through the origin: their texts, and places where no curve crosses them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox, ScaledTranslation

from actcli.render.records import AxesStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from actcli.render.figure.style import Style
    from actcli.render.records import Chart

_FEWEST = 2  # labels that an axis keeps, to show its scale
_DIGITS = 6
_FAR = 1e9  # pixels
LONG = 8  # digits: with longer labels an axis has few ticks, and the last label ends at its end


def write_numbers(axes: Axes, chart: Chart, style: Style) -> None:
    """Write the tick labels of both axes, except the 0 where they cross."""
    for axis, (low, high) in ((axes.xaxis, chart.xlim), (axes.yaxis, chart.ylim)):
        near = 1e-9 * (high - low)
        ticks = [min(max(x, low), high) for x in axis.get_majorticklocs() if low - near <= x <= high + near]
        texts = tick_texts([0.0 if abs(x) <= near else x for x in ticks], digits_between(low, high))
        axis.set_ticks(ticks, ["" if text == "0" and low <= 0 <= high else text for text in texts])
        for tick in axis.get_major_ticks():
            for label in (tick.label1, tick.label2):
                label.set_path_effects([withStroke(linewidth=2.4 * style.scale, foreground=style.paper)])
    if digits_between(*chart.xlim) > LONG:
        axes.xaxis.get_major_ticks()[-1].label1.set(horizontalalignment="right")


def digits_between(low: float, high: float) -> int:
    """Return how many digits distinguish the ticks between two limits."""
    return max(_DIGITS, 3 + math.ceil(math.log10(max(abs(low), abs(high)) / (high - low))))


def tick_texts(values: Iterable[float], digits: int = _DIGITS) -> list[str]:
    """Return the labels of ticks: short, with a true minus sign, all with a power of ten if one needs it."""
    values = list(values)
    texts = [f"{value:.{digits}g}" for value in values]
    if any("e" in text for text in texts):
        parts = [f"{value:.{digits - 1}e}".split("e") for value in values]
        texts = [f"{float(mantissa):.{digits}g}e{int(power)}" for mantissa, power in parts]
    return [text.replace("-", "−") if value else "0" for value, text in zip(values, texts, strict=True)]


def clear_numbers(axes: Axes, chart: Chart, style: Style) -> None:
    """Move the tick labels of axes through the origin away from the curves, once the axes are placed.

    A label that a curve crosses moves to the other side of its axis, or a little along it, or is hidden. An
    axis keeps two labels, even if a curve is drawn over them.
    """
    if chart.axes is not AxesStyle.ORIGIN:
        return
    labels = {
        axis: [(tick.label1, tick.label2) for tick in axis.get_major_ticks() if tick.label1.get_text()]
        for axis in (axes.xaxis, axes.yaxis)
        if axis.get_majorticklabels()  # this call is what places the ticks
    }
    taken = {near: near.get_window_extent() for some in labels.values() for near, _ in some}
    figure = axes.figure
    assert figure is not None
    margin = 1.5 * style.scale * figure.dpi / 72
    is_crossed = _crossing(axes, chart, margin)
    for axis, some in labels.items():
        hidden = []
        for near, far in some:
            del taken[near]
            for box in _places(near, far, 1.5 * margin, upright=axis is axes.yaxis):
                beyond = box.x1 > figure.bbox.x1  # as right of an axis at the picture's edge
                if not (beyond or is_crossed(box) or any(map(box.overlaps, taken.values()))):
                    taken[near] = box
                    break
            else:
                hidden.append(near)
        for near in hidden[: min(len(hidden), len(some) - _FEWEST)]:  # keep the last, far from 0
            near.set_visible(False)


def _places(near: Text, far: Text, room: float, *, upright: bool) -> Iterator[Bbox]:
    """Move a label to one place after the other, and back in the end; yield its box each time.

    Args:
        near: the label at its usual side of the axis.
        far: the same at the other side.
        room: the pixels between its tick and a label that is moved along the axis.
        upright: whether the axis is vertical, and so the places along it above and below.
    """
    figure = near.figure
    assert figure is not None
    usual = {label: label.get_transform() for label in (near, far)}
    box = near.get_window_extent()
    across, along = (0.0, box.height / 2 + room) if upright else (box.width / 2 + room, 0.0)
    for way in (0.0, 1.0, -1.0):
        for label, other in ((near, far), (far, near)):
            shift = (way * across / figure.dpi, way * along / figure.dpi)
            label.set_transform(usual[label] + ScaledTranslation(*shift, figure.dpi_scale_trans))
            label.set_visible(True)
            other.set_visible(False)
            yield label.get_window_extent()
    near.set_transform(usual[near])
    near.set_visible(True)
    far.set_visible(False)


def _crossing(axes: Axes, chart: Chart, margin: float) -> Callable[[Bbox], bool]:
    """Return the function that tells whether a curve or a dot comes within so many pixels of a box."""
    lines = [axes.transData.transform(np.column_stack([curve.x, curve.y])) for curve in chart.curves]
    dots = np.array([(dot.x, dot.y) for curve in chart.curves for dot in curve.dots]).reshape(-1, 2)
    starts = np.concatenate([*(line[:-1] for line in lines), axes.transData.transform(dots)])
    ends = np.concatenate([*(line[1:] for line in lines), axes.transData.transform(dots)])
    seen = np.all(np.abs([*starts.T, *ends.T]) < _FAR, axis=0)  # the others are vertical within the picture
    starts, ends = starts[seen], ends[seen]
    middle, half = (starts + ends) / 2, np.abs(ends - starts) / 2
    turn = np.sign(np.prod(ends - starts, axis=1))

    def is_crossed(box: Bbox) -> bool:
        inside = Bbox.intersection(box.padded(margin), axes.bbox)
        if inside is None:
            return False
        low, high = np.array(inside.extents).reshape(2, 2)
        away, reach = middle - (low + high) / 2, (high - low) / 2
        # They are apart if their projections on x, on y or on the normal of the segment are.
        apart = np.any(np.abs(away) > half + reach, axis=1)
        across = np.abs(away[:, 0] * half[:, 1] - turn * away[:, 1] * half[:, 0])
        apart |= across > reach[0] * half[:, 1] + reach[1] * half[:, 0]
        return not np.all(apart)

    return is_crossed

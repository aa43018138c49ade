"""Bars, heat maps and contour maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from actcli.render.figure.tick_labels import tick_texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from actcli.render.figure.style import Style
    from actcli.render.records import Bars, Contour, Heat

_MANY_BARS = 14  # with more, the numbers above them would touch
_MANY_CELLS = 12
_PATTERNS = ("", "///", "...", "xxx", "\\\\\\", "+++")


def draw_bars(axes: Axes, bars: Bars, style: Style) -> None:
    """Draw groups of bars, with the number of each above it if there are few."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    count = len(bars.series)
    width = 0.78 / count
    places = np.arange(len(bars.labels))
    for n, (name, heights) in enumerate(bars.series):
        colour = style.graded(n / max(count - 1, 1)) if bars.graded else style.hues[bars.hue + n]
        drawn = axes.bar(
            places + (n - (count - 1) / 2) * width, heights, 0.92 * width, color=colour, label=name,
            hatch=_PATTERNS[n % len(_PATTERNS)] if count > 1 else "", edgecolor=style.paper, linewidth=0,
        )  # fmt: skip
        if count * len(bars.labels) <= _MANY_BARS:
            axes.bar_label(
                drawn, [f"{h:.3g}".replace("-", "−") for h in heights], padding=2, fontsize=8 * style.scale
            )
    axes.axhline(0, color=style.faint, linewidth=0.8)
    axes.set_xticks(places, bars.labels)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(bars.xlabel)
    axes.set_ylabel(bars.ylabel)
    axes.margins(x=0.02, y=0.12)
    if count > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.02), ncols=min(count, 4), borderaxespad=0)


def draw_heat(axes: Axes, heat: Heat, style: Style) -> None:
    """Draw a matrix, colours from −m to m where m is its largest entry, with the numbers in the cells."""
    largest = float(np.nanmax(np.abs(heat.matrix), initial=0.0)) or 1.0
    image = axes.imshow(heat.matrix, cmap=style.diverging, vmin=-largest, vmax=largest, aspect="equal")
    rows, columns = heat.matrix.shape
    axes.set_xticks(range(columns), heat.columns)
    axes.set_yticks(range(rows), heat.rows)
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(columns - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(rows - 1) + 0.5, minor=True)
    axes.tick_params(which="minor", length=0)
    axes.grid(which="minor", color=style.paper, linewidth=1.5)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(heat.xlabel)
    axes.set_ylabel(heat.ylabel)
    if max(rows, columns) <= _MANY_CELLS:
        for (i, j), value in np.ndenumerate(heat.matrix):
            red, green, blue, _ = style.diverging(0.5 + 0.5 * value / largest)
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
            size = (9 if max(rows, columns) <= 6 else 6.5) * style.scale
            axes.text(
                j, i, f"{value:.3f}".replace("-", "−"), ha="center", va="center", fontsize=size,
                color="#ffffff" if dark else "#000000",
            )  # fmt: skip
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.85)
    bar.outline.set_visible(False)


def draw_contour(axes: Axes, contour: Contour, style: Style, *, small: bool = False) -> None:
    """Draw a function of two variables in colours, white at 0, with labelled contour lines."""
    largest = float(np.nanmax(np.abs(contour.z), initial=0.0)) or 1.0
    sides = (contour.x[0], contour.x[-1], contour.y[0], contour.y[-1])
    image = axes.imshow(
        contour.z, extent=sides, origin="lower", interpolation="bilinear", cmap=style.diverging,
        vmin=-largest, vmax=largest,
    )  # fmt: skip
    levels = [level for level in MaxNLocator(9).tick_values(-largest, largest) if level]
    lines = axes.contour(
        contour.x, contour.y, contour.z, levels=levels, colors=style.ink, linewidths=0.6, linestyles="-"
    )
    axes.clabel(lines, fontsize=7.5 * style.scale, fmt=lambda level: tick_texts([level])[0])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.axhline(0, color=style.ink, linewidth=0.4, alpha=0.5)
    axes.axvline(0, color=style.ink, linewidth=0.4, alpha=0.5)
    if small:
        axes.tick_params(length=2.5 * style.scale)
        axes.set_xticks(contour.x[[0, len(contour.x) // 2, -1]])
        axes.set_yticks(contour.y[[0, len(contour.y) // 2, -1]])
        return
    axes.set_xlabel(contour.xlabel)
    axes.set_ylabel(contour.ylabel)
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.85)
    bar.outline.set_visible(False)

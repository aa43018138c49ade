"""Colours, lines and letters: what a theme looks like."""

from __future__ import annotations

from typing import Any, NamedTuple

from matplotlib.colors import LinearSegmentedColormap

from actcli.render.figure.alone import defaults
from actcli.render.records import PlottedCurve, Role, Theme

DASHES: dict[Role, Any] = {
    Role.VALUE: "-",
    Role.SLOPE: (0, (4.5, 2.0)),
    Role.CURVATURE: (0, (5.0, 1.6, 1.0, 1.6)),
}
"""The pattern of a line says what it shows, in every theme and in grey."""

WIDTHS = {Role.VALUE: 2.0, Role.SLOPE: 1.7, Role.CURVATURE: 1.4}
SYMBOLS = ("^", "s", "v", "D", "P", "X", "<", "*")
"""The symbols that distinguish curves in grey. None is round: a dot ends a curve at a break."""

# Okabe & Ito's colours, which people with any kind of colour vision can distinguish; those first that stand
# out from the background. Black and greys in print, where the symbols distinguish the curves.
_BLUE, _VERMILLION, _GREEN, _PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
_ORANGE, _SKY, _YELLOW = "#E69F00", "#56B4E9", "#F0E442"


class Style(NamedTuple):
    """The colours of a theme; `scale` is the size of letters and lines, 1 in a picture of the usual size."""

    paper: str
    ink: str
    faint: str
    grid: str
    shade: str
    hues: tuple[str, ...]
    family: tuple[str, ...]
    negative: str
    positive: str
    scale: float = 1.0

    def colour(self, curve: PlottedCurve) -> str | tuple[float, float, float, float]:
        """The colour of a curve: its hue, or its place on the family's scale."""
        if curve.shade is None:
            return self.hues[curve.hue % len(self.hues)]
        return self.graded(curve.shade)

    def graded(self, shade: float) -> tuple[float, float, float, float]:
        """The colour at a place of the family's scale, from 0 to 1."""
        return LinearSegmentedColormap.from_list("family", self.family)(shade)

    @property
    def diverging(self) -> LinearSegmentedColormap:
        """The colours from −1 to 1, with the paper's at 0."""
        return LinearSegmentedColormap.from_list("diverging", [self.negative, self.paper, self.positive])


STYLES = {
    Theme.LIGHT: Style(
        paper="#ffffff",
        ink="#1a1a1a",
        faint="#767676",
        grid="#e4e4e4",
        shade="#e69f0026",
        hues=(_BLUE, _VERMILLION, _GREEN, _PURPLE, _ORANGE, _SKY, "#1a1a1a"),
        family=("#00224e", "#31648c", "#35a38c", "#a5b82f"),
        negative=_VERMILLION,
        positive=_BLUE,
    ),
    Theme.DARK: Style(
        paper="#16181d",
        ink="#eceff4",
        faint="#9aa3b2",
        grid="#2b303a",
        shade="#e69f0033",
        hues=(_SKY, _ORANGE, _GREEN, _YELLOW, _PURPLE, _VERMILLION, "#eceff4"),
        family=("#4f86c6", "#3fb8af", "#9fd356", "#f6e46a"),
        negative=_VERMILLION,
        positive=_SKY,
    ),
    Theme.PRINT: Style(
        paper="#ffffff",
        ink="#000000",
        faint="#666666",
        grid="#dddddd",
        shade="#00000018",
        hues=("#000000", "#5a5a5a", "#8c8c8c", "#2e2e2e", "#747474", "#a0a0a0"),
        family=("#000000", "#9c9c9c"),
        negative="#f0f0f0",
        positive="#404040",
    ),
}


def symbol(curve: PlottedCurve, style: Style) -> dict[str, Any]:
    """Return what draws the symbol of a curve, in the colour of its line."""
    return {
        "marker": SYMBOLS[curve.hue % len(SYMBOLS)],
        "markersize": 6.0 * style.scale,
        "markeredgewidth": 0,
    }


def settings(style: Style) -> dict[Any, Any]:
    """Return matplotlib's settings for a style, and those that make files reproducible."""
    return {
        **defaults(),
        "figure.facecolor": style.paper,
        "savefig.facecolor": style.paper,
        "axes.facecolor": "none",
        "axes.edgecolor": style.faint,
        "axes.labelcolor": style.ink,
        "axes.linewidth": 0.8 * style.scale,
        "axes.titlesize": 11 * style.scale,
        "axes.titlecolor": style.ink,
        "axes.labelsize": 10 * style.scale,
        "axes.unicode_minus": True,
        "text.color": style.ink,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 10 * style.scale,
        "mathtext.fontset": "dejavusans",
        "xtick.color": style.faint,
        "ytick.color": style.faint,
        "xtick.labelcolor": style.ink,
        "ytick.labelcolor": style.ink,
        "xtick.labelsize": 8.5 * style.scale,
        "ytick.labelsize": 8.5 * style.scale,
        "legend.frameon": False,
        "legend.fontsize": 10 * style.scale,
        "legend.handlelength": 2.6,
        "lines.solid_capstyle": "round",
        "lines.solid_joinstyle": "round",
        "lines.dash_capstyle": "butt",
        "svg.hashsalt": "actcli",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }

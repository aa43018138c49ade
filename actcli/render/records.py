"""The parts of a picture as plain data: curves, dots, bars, cells. Nothing here depends on how it is drawn.

The records are named tuples: a program that starts for every picture builds these classes every time, and a
dataclass takes six times as long to build.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


class Role(IntEnum):
    """What a curve shows, and with it the pattern of its line."""

    VALUE = 0
    SLOPE = 1
    CURVATURE = 2


class Theme(StrEnum):
    """The colours of a picture: on white, on a dark slide, or black and grey for print."""

    LIGHT = "light"
    DARK = "dark"
    PRINT = "print"


class AxesStyle(StrEnum):
    """Where the axes run: through the origin with arrows, or around the picture."""

    ORIGIN = "origin"
    FRAME = "frame"


class Symbol(StrEnum):
    """What a marked point is."""

    EXTREMUM = "extremum"
    KINK = "kink"
    SATURATION = "saturation"


class Dot(NamedTuple):
    """The end of a curve at a break: filled if the curve has that value, open if it only tends to it."""

    x: float
    y: float
    filled: bool


class PlottedCurve(NamedTuple):
    """A line through points; NaN in y interrupts it.

    Attributes:
        x: the points' x.
        y: the points' y.
        label: its name in the legend (mathtext between dollar signs); '' keeps it out.
        tag: a short text at its end.
        role: what it shows.
        hue: the number of its colour.
        shade: its place in a family, from 0 to 1, on a graded scale of colours that replaces the hue.
        symbols: whether sparse symbols distinguish it in grey.
        dots: its ends at the breaks.
    """

    x: Array
    y: Array
    label: str = ""
    tag: str = ""
    role: Role = Role.VALUE
    hue: int = 0
    shade: float | None = None
    symbols: bool = False
    dots: tuple[Dot, ...] = ()


class Guide(NamedTuple):
    """An asymptote: the line slope·x + intercept, or the upright line at x where the slope is infinite."""

    slope: float
    intercept: float
    x: float = 0.0
    left: float = -np.inf
    right: float = np.inf


class Mark(NamedTuple):
    """An annotated point."""

    x: float
    y: float
    text: str
    symbol: Symbol


class Band(NamedTuple):
    """A part of the x axis that is shaded."""

    low: float
    high: float


class Histogram(NamedTuple):
    """The distribution of data over x: the share of them in each bin, and a few of the points."""

    edges: Array
    shares: Array
    rug: Array
    label: str


class Chart(NamedTuple):
    """Curves on one pair of axes.

    `heading` is a text over the legend, and `keys` are lines of it that stand for a pattern, not a curve;
    `logarithmic` is the y axis, from 0 to 1 as a line and on by powers of ten.
    """

    curves: tuple[PlottedCurve, ...]
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    title: str = ""
    xlabel: str = "x"
    ylabel: str = ""
    axes: AxesStyle = AxesStyle.ORIGIN
    grid: bool = False
    guides: tuple[Guide, ...] = ()
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()
    band_label: str = ""
    histogram: Histogram | None = None
    heading: str = ""
    keys: tuple[tuple[Role, str], ...] = ()
    legend: bool = True
    logarithmic: bool = False


class Bars(NamedTuple):
    """Groups of bars: a group per label, a bar in each for every series."""

    labels: tuple[str, ...]
    series: tuple[tuple[str, Array], ...]
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    hue: int = 0
    graded: bool = False


class Heat(NamedTuple):
    """A matrix as coloured cells with their numbers, white where it is 0."""

    matrix: Array
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""


class Contour(NamedTuple):
    """A function of two variables as filled levels with labelled lines."""

    x: Array
    y: Array
    z: Array
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""


Panel: TypeAlias = Chart | Bars | Heat | Contour


class Picture(NamedTuple):
    """Panels in rows; None leaves a place empty, `heights` are relative, `small` is for many on a sheet."""

    rows: tuple[tuple[Panel | None, ...], ...]
    title: str = ""
    heights: tuple[float, ...] = ()
    small: bool = False


class Look(NamedTuple):
    """The size of a picture, in inches and dots per inch, and its colours."""

    size: tuple[float, float] | None = None
    dpi: float = 150.0
    theme: Theme = Theme.LIGHT
    transparent: bool = False


def picture(panel: Panel, **facts: Any) -> Picture:
    """Return a picture of one panel."""
    return Picture(rows=((panel,),), **facts)

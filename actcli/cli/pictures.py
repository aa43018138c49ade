"""From functions to what is drawn of them: charts of curves and families, and what is marked in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.cli.functions import shortened
from actcli.core import derived, portrait
from actcli.core.evaluate import evaluate
from actcli.core.spec import Activation, Break, KinkRule, Side
from actcli.errors import UsageError
from actcli.render.records import (
    AxesStyle,
    Band,
    Chart,
    Dot,
    Guide,
    Histogram,
    Mark,
    PlottedCurve,
    Role,
    Symbol,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.cli.functions import Chosen
    from actcli.core.spec import Params

SATURATED = 0.01  # the slope below which a function counts as saturated, unless the user says another
_BINS = 60
_RUG = 200  # more lines than this and the rug is a bar

PRIMES = ("", "′", "″")
_ROLE_NAMES = ("", "derivative", "second derivative")
_FORMULAS = 4  # functions whose formulas a legend still takes
_LONGEST = 240  # characters of mathtext that a legend still takes


class Wanted(NamedTuple):
    """What a chart is to show of its functions.

    Attributes:
        range: the part of the line; None chooses it for the functions.
        orders: which of f, f′ and f″.
        kink: what a derivative is at a kink.
        marks: the points to mark.
        saturation: where |f′| is below this, the chart is shaded.
        axes: how the axes run.
        grid: whether a grid lies under the curves.
        title: the text over it.
        xlabel: the text at the x axis.
        ylabel: the text at the y axis.
    """

    range: tuple[float, float] | None = None
    orders: tuple[int, ...] = (0, 1)
    kink: KinkRule = KinkRule.MIN_NORM
    marks: frozenset[Symbol] = frozenset()
    saturation: float | None = None
    axes: AxesStyle = AxesStyle.ORIGIN
    grid: bool = False
    title: str = ""
    xlabel: str = "x"
    ylabel: str = ""


class Drawn(NamedTuple):
    """A function with its parameters bound, and its traces by order."""

    chosen: Chosen
    entry: Activation
    params: dict[str, float]
    traces: dict[int, portrait.Trace]


def chart(functions: Sequence[Chosen], wanted: Wanted, *, alike: bool = False, hue: int = 0) -> Chart:
    """Return one function with its derivatives, or several in a colour each.

    Args:
        functions: the functions.
        wanted: what to show of them.
        alike: draw one function as if it were one of several: derivatives in its own colour.
        hue: the colour of the first.
    """
    drawn, low, high = _draw(functions, wanted)
    alone = len(drawn) == 1 and not alike
    curves = []
    for n, one in enumerate(drawn):
        for order, points in one.traces.items():
            text = f"{one.entry.name}{PRIMES[order]}(x)" if alone else ""
            if order == min(one.traces):
                text = legend_text(one, order, formula=len(drawn) <= _FORMULAS)
            shade = hue + (order if alone and len(wanted.orders) > 1 else n)
            curves.append(_curve(points, order, hue=shade, label=text, symbols=len(drawn) > 1))
    return _chart(drawn, curves, low, high, wanted, () if alone else _keys(wanted.orders[1:]))


def family(functions: Sequence[Chosen], param: str, wanted: Wanted) -> Chart:
    """Return a function at several values of one parameter, in graded colours with their values beside."""
    if not wanted.range:  # the middle member's: an extreme one would press the others flat
        views = sorted((shared_range([one], wanted) for one in functions), key=lambda view: view[1] - view[0])
        wanted = wanted._replace(range=views[len(views) // 2])
    drawn, low, high = _draw(functions, wanted)
    curves = []
    for n, one in enumerate(drawn):
        shade = n / max(len(drawn) - 1, 1)
        for order, points in one.traces.items():
            tag = _setting(one.entry, param, one.params[param]) if order == min(one.traces) else ""
            curves.append(_curve(points, order, hue=0)._replace(shade=shade, tag=tag))
    heading = legend_text(drawn[0], wanted.orders[0], free=param)
    return _chart(drawn, curves, low, high, wanted, _keys(wanted.orders[1:]), heading)


def legend_text(one: Drawn, order: int = 0, *, formula: bool = True, free: str = "") -> str:
    """Return `elu(x) = formula,  α = 0.5` in mathtext; the parameter called `free` keeps its symbol alone."""
    text = f"{one.entry.name}{PRIMES[order]}(x)"
    told = formula and order == 0
    if told:
        text += f" = {_formula(one.entry)}"
    elif one.chosen.text:  # f1, f2 say nothing by themselves
        text = shortened(one.chosen.text) if order == 0 else f"({shortened(one.chosen.text)}){PRIMES[order]}"
    shown = one.params if told else one.chosen.params
    values = (_setting(one.entry, key, value) for key, value in shown.items() if key != free)
    return ",  ".join([text, *values])


def _formula(entry: Activation) -> str:
    """Return what f(x) is in mathtext, or as plain text, cut short, where it is too long for a legend."""
    latex = derived.latex(entry, _LONGEST)
    if len(latex) > _LONGEST:
        from actcli.core.definition import expression_of
        from actcli.core.formula import write

        return write.text(expression_of(entry.definition), most=_LONGEST // 3)
    return f"${latex.replace(chr(92) + 'frac', chr(92) + 'dfrac')}$"


def _setting(entry: Activation, name: str, value: float) -> str:
    """Return `α = 0.5` in mathtext; a default that is a fraction is told as one."""
    param = entry.param(name)
    symbol = param.latex
    if symbol == name:  # alpha is α in a formula
        from actcli.core.formula import expression, write

        symbol = write.mathtext(expression.parameter(name))
    fraction = "/" in param.exact and value == param.default
    mantissa, _, exponent = number(value).partition("e")
    power = rf"{mantissa} \cdot 10^{{{int(exponent)}}}".removeprefix(r"1 \cdot ") if exponent else mantissa
    return f"${symbol} = {param.exact if fraction else power}$"


def number(value: float) -> str:
    """Return a parameter's value for a legend, to four digits."""
    return f"{value:.4g}"


def elementwise(functions: Iterable[Chosen]) -> None:
    """Raise `UsageError` if there is a function of a vector among the functions."""
    for one in functions:
        if not isinstance(one.entry, Activation):
            raise UsageError(f"{one.entry.name} is a function of a vector", "draw it by itself")


def shared_range(functions: Sequence[Chosen], wanted: Wanted) -> tuple[float, float]:
    """Return the range asked for, or one in which every function shows where it lives."""
    if wanted.range:
        return wanted.range
    views = [
        portrait.view(one.entry, one.entry.bind(one.params))
        for one in functions
        if isinstance(one.entry, Activation)
    ]
    return min(low for low, _ in views), max(high for _, high in views)


def _draw(functions: Sequence[Chosen], wanted: Wanted) -> tuple[list[Drawn], float, float]:
    low, high = shared_range(functions, wanted)
    bound = [(one, one.entry, one.entry.bind(one.params)) for one in functions]
    drawn = []
    for one, entry, params in bound:
        assert isinstance(entry, Activation)
        if not (entry.domain.low < high and low < entry.domain.high):
            raise UsageError(f"{entry.name} is not defined between {low:g} and {high:g}")
        traces = {n: portrait.trace(entry, params, n, low, high, wanted.kink) for n in wanted.orders}
        drawn.append(Drawn(one, entry, params, traces))
    return drawn, low, high


def _chart(
    drawn: Sequence[Drawn],
    curves: Sequence[PlottedCurve],
    low: float,
    high: float,
    wanted: Wanted,
    keys: tuple[tuple[Role, str], ...],
    heading: str = "",
) -> Chart:
    ylim = portrait.height([one.traces for one in drawn], low, high)
    first = drawn[0]
    return Chart(
        curves=tuple(curves),
        xlim=(low, high),
        ylim=ylim,
        title=wanted.title,
        xlabel=wanted.xlabel,
        ylabel=wanted.ylabel,
        axes=wanted.axes,
        grid=wanted.grid,
        heading=heading,
        keys=keys,
        guides=_guides(first, low, high, wanted.axes) if len(drawn) == 1 and 0 in wanted.orders else (),
        marks=tuple(m for one in drawn for m in marks(one.entry, one.params, low, high, wanted)),
        bands=bands(first.entry, first.params, wanted.saturation),
        band_label="" if wanted.saturation is None else f"saturated, |f′| < {wanted.saturation:g}",
    )


def _curve(
    points: portrait.Trace, order: int, *, hue: int, label: str = "", symbols: bool = False
) -> PlottedCurve:
    dots = tuple(Dot(end.x, end.y, end.held) for end in points.ends)
    return PlottedCurve(
        x=points.x, y=points.y, role=Role(order), hue=hue, label=label, symbols=symbols, dots=dots
    )


def _keys(orders: Iterable[int]) -> tuple[tuple[Role, str], ...]:
    return tuple((Role(order), _ROLE_NAMES[order]) for order in orders)


def _guides(one: Drawn, low: float, high: float, axes: AxesStyle) -> tuple[Guide, ...]:
    """Return the asymptotes, each on its own side of the picture; the x axis is seen without a guide."""
    lines = portrait.asymptotes(one.entry, one.params, low, high)
    return tuple(
        Guide(
            line.slope,
            line.intercept,
            x=line.x,
            left=max(low, 0.0) if line.side is Side.RIGHT else low,
            right=min(high, 0.0) if line.side is Side.LEFT else high,
        )
        for line in lines
        if axes is AxesStyle.FRAME or (line.slope, line.intercept) != (0.0, 0.0)
    )


def marks(function: Activation, params: Params, low: float, high: float, wanted: Wanted) -> Iterator[Mark]:
    """Yield the points to mark between two ends."""
    if not wanted.marks:
        return
    from actcli.core.measure import properties

    spots: list[tuple[float, Symbol]] = []
    if Symbol.EXTREMUM in wanted.marks:
        spots += [(point.x, Symbol.EXTREMUM) for point in properties(function, params).extrema]
    if Symbol.KINK in wanted.marks:
        kinks = (kink for kink in function.kinks(**params) if kink.breaks is not Break.CURVATURE)
        spots += [(kink.at, Symbol.KINK) for kink in kinks]
    if Symbol.SATURATION in wanted.marks:
        threshold = SATURATED if wanted.saturation is None else wanted.saturation
        # Where it saturates for good; the sliver around a turning point is another thing.
        for start, end in properties(function, params, threshold).saturated:
            spots += [
                (x, Symbol.SATURATION) for x in (start, end) if np.isinf(start + end) and np.isfinite(x)
            ]
    for x, symbol in spots:
        if low <= x <= high:
            y = float(np.asarray(evaluate(function, np.array([x]), 0, params))[0])
            text = f"({_short(x)}, {_short(y)})" if symbol is Symbol.EXTREMUM else _short(x)
            yield Mark(x, y, text, symbol)


def bands(function: Activation, params: Params, threshold: float | None) -> tuple[Band, ...]:
    """Return where |f′| is below the threshold; nothing without one."""
    if threshold is None:
        return ()
    from actcli.core.measure import properties

    return tuple(Band(low, high) for low, high in properties(function, params, threshold).saturated)


def histogram(
    function: Activation,
    params: Params,
    points: NDArray[np.float64],
    low: float,
    high: float,
    threshold: float,
) -> Histogram:
    """Return how data lie between two ends, and in words what share of all of them saturates or is dead."""
    points = points[~np.isnan(points)]
    slope = np.abs(np.asarray(evaluate(function, points, 1, params)))
    dead = float(np.mean(slope == 0)) if points.size else 0.0
    saturated = float(np.mean(slope < threshold)) if points.size else 0.0
    counts, edges = np.histogram(points, bins=_BINS, range=(low, high))
    step = max(1, -(-points.size // _RUG))
    label = f"{points.size:,} points: {saturated:.1%} with |f′| < {threshold:g}, {dead:.1%} dead (f′ = 0)"
    outside = float(np.mean((points < low) | (points > high))) if points.size else 0.0
    if outside:
        label += f", {outside:.1%} outside"
    shares = counts / max(points.size, 1)
    return Histogram(edges, shares.astype(np.float64), np.sort(points)[::step], label)


def _short(x: float) -> str:
    return f"{x + 0.0:.4g}".replace("-", "−")

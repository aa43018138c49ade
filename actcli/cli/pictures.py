"""From functions to what is drawn of them: charts of curves, families, sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from actcli.cli.functions import shortened
from actcli.cli.landmarks import bands, marks
from actcli.core import portrait
from actcli.core.spec import Activation, KinkRule, Side
from actcli.errors import UsageError
from actcli.render.records import (
    AxesStyle,
    Chart,
    Dot,
    Guide,
    PlottedCurve,
    Role,
    Symbol,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.cli.functions import Chosen
    from actcli.core.spec import Param

PRIMES = ("", "′", "″")
_ROLE_NAMES = ("", "derivative", "second derivative")
_FORMULAS = 4  # functions whose formulas a legend still takes


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
            tag = _setting(one.entry.param(param), one.params[param]) if order == min(one.traces) else ""
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
    values = (_setting(one.entry.param(key), value) for key, value in shown.items() if key != free)
    return ",  ".join([text, *values])


def _formula(entry: Activation) -> str:
    if not entry.latex:
        return shortened(entry.formula)
    return f"${entry.latex.replace(chr(92) + 'frac', chr(92) + 'dfrac')}$"


def _setting(param: Param, value: float) -> str:
    """Return `α = 0.5` in mathtext; a default that is a fraction is told as one."""
    fraction = "/" in param.exact and value == param.default
    mantissa, _, exponent = number(value).partition("e")
    power = rf"{mantissa} \cdot 10^{{{int(exponent)}}}".removeprefix(r"1 \cdot ") if exponent else mantissa
    return f"${param.latex} = {param.exact if fraction else power}$"


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

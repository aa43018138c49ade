"""The error of a kernel over x: every binade of the format as wide as another."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from actcli.core.dtypes import Quantised
from actcli.render.figure.export import save
from actcli.render.figure.style import STYLES, settings
from actcli.render.records import Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from actcli.core.arrays import Array, Mask
    from actcli.core.dtypes import DType
    from actcli.render.figure.style import Style
    from actcli.render.records import Look

_USUAL = (6.4, 3.6)
_MOST = 1e200  # ULP; larger errors are drawn here: matplotlib looks for ticks beyond the ends of an axis
_EVEN = 4.0  # ULP; up to here the axis of errors is linear
_CALM = (1e-4, 100.0)  # what is shown in full at least
_BESIDE = 16.0  # times as far as the outermost error, the last that is shown in full
_GAP = 0.04  # of the width on a side, for what is beyond that, and as much for what is below


class Results(NamedTuple):
    """Inputs with the results of a kernel, and their errors in ULP; infinite where NaN came or was due."""

    x: Array
    got: Array
    ulp: Array


class ErrorTexts(NamedTuple):
    """What is written beside a picture of errors: the title, a line under it, and the limit's name."""

    title: str = ""
    note: str = ""
    limit: str = ""


def errors(results: Results, dtype: DType, look: Look, texts: ErrorTexts, limit: float | None) -> Figure:
    """Return the picture of errors in ULP over x, a number of the format.

    Every result is a dot; those that are no numbers, or come where none is due, are marks at the top edge.
    Lines mark ½ ULP, which correct rounding keeps, and the limit. Where results are correctly rounded far out
    or near 0, that part of the axis is squeezed.
    """
    width, height = look.size or _USUAL
    scale = float(np.clip(min(width / _USUAL[0], height / _USUAL[1]) ** 0.5, 0.4, 2.0))
    style = STYLES[look.theme]._replace(scale=scale)
    known = ~np.isnan(results.x)
    x, got, ulp = (part[known] for part in results)
    lost = _lost(got, ulp)
    is_lost = np.any([mask for _, _, mask in lost], axis=0)
    line = _Line.of(x, (ulp > 0.5) | is_lost, dtype)
    at, sizes = line.places(x), np.minimum(np.where(is_lost, 0.0, ulp), _MOST)
    with rc_context(settings(style)):
        figure = Figure(figsize=(width, height), dpi=look.dpi, layout="constrained")
        if look.transparent:
            figure.patch.set_alpha(0.0)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _scaled(
            axes, max(float(sizes.max(initial=0.6)), min(limit or 0.0, _MOST)), headroom=bool(is_lost.any())
        )
        _ruled(axes, line, at, dtype, style)
        alarm = style.hues[0 if look.theme is Theme.PRINT else 1]
        for low, high, colour in _colours(style, alarm, limit):
            part = ~is_lost & (sizes >= low) & (sizes < high)
            axes.plot(
                at[part],
                sizes[part],
                ".",
                color=colour,
                markersize=2.6 * scale,
                markeredgewidth=0,
                zorder=2.5,
            )
        for label, marker, mask in lost:
            if mask.any():
                axes.plot(
                    at[mask], np.ones(np.count_nonzero(mask)), marker, transform=axes.get_xaxis_transform(),
                    color=alarm, markersize=4.5 * scale, markeredgewidth=1.0 * scale,
                    markerfacecolor="none", clip_on=False, zorder=4, linestyle="none",
                    label=f"{label} ({np.count_nonzero(mask):,})" if mask.size < _FEW else label,
                )  # fmt: skip
        _lines(axes, texts, limit, style, alarm)
        _titled(axes, texts, style, is_lost=bool(is_lost.any()))
        if is_lost.any():
            _explained(axes, at[~is_lost], sizes[~is_lost], style)
    return figure


_FEW = 1000  # points, each of which is a result; of more, only some may be drawn


def _lost(got: Array, ulp: Array) -> list[tuple[str, str, Mask]]:
    """Return what is marked at the top edge: its name, the mark, and which results."""
    return [
        ("NaN", "x", np.isnan(got) & (ulp > 0)),
        ("inf", "^", np.isinf(got) & (ulp > 0.5)),
        ("a number where NaN is due", "o", np.isfinite(got) & np.isinf(ulp)),
    ]


def _colours(style: Style, alarm: str, limit: float | None) -> list[tuple[float, float, str]]:
    """Return the colours of dots by their size: correctly rounded, misrounded, beyond the limit."""
    half, usual = math.nextafter(0.5, 1.0), style.hues[0 if alarm == style.hues[1] else 1]
    found = [(0.0, half, style.hues[-1] if usual == style.hues[1] else style.faint), (half, np.inf, usual)]
    if limit is None or limit >= _MOST:
        return found
    beyond = math.nextafter(limit, np.inf)
    within = [(low, min(high, beyond), colour) for low, high, colour in found if low < beyond]
    return [*within, (beyond, np.inf, alarm)]


class _Line(NamedTuple):
    """The axis of x: places of the format's numbers, in binades from 0.

    Attributes:
        dtype: the format.
        low: below this, the axis is squeezed; 0 if it is not.
        high: beyond this, likewise.
        most: the place of the largest number.
    """

    dtype: DType
    low: float
    high: float
    most: float

    @classmethod
    def of(cls, x: Array, wrong: Mask, dtype: DType) -> _Line:
        """Return the axis for inputs of which some results are wrong."""
        sizes = np.abs(x[wrong & np.isfinite(x) & (x != 0)])
        ends = np.array([0.0, 0.0, dtype.largest])
        if not isinstance(dtype, Quantised):
            near = min(_CALM[0], float(sizes.min(initial=np.inf)) / _BESIDE)
            near = 10.0 ** math.floor(math.log10(near)) if near else 0.0
            far = max(_CALM[1], min(float(sizes.max(initial=0.0)), dtype.largest / _BESIDE) * _BESIDE)
            far = 10.0 ** math.ceil(math.log10(far)) if far < dtype.largest / 10 else dtype.largest
            ends = np.array([near if near > 2.0**dtype.lowest * _BESIDE else 0.0, far, dtype.largest])
        low, high, most = _ordinals(dtype.round(ends), dtype).tolist()
        if isinstance(dtype, Quantised) or high - low > 0.5 * most or not dtype.signed:
            least = float(np.abs(_ordinals(np.array([dtype.least]), dtype)[0]))
            return cls(dtype, 0.0, max(most, least), max(most, least))
        return cls(dtype, low, high, most)

    @property
    def gap(self) -> float:
        """How wide a squeezed part is drawn, in binades."""
        return _GAP * (self.high - self.low)

    def places(self, x: Array) -> Array:
        """Return where numbers are drawn."""
        place = _ordinals(x, self.dtype)
        if not self.low and self.high == self.most:
            return place
        inner = self.gap if self.low else 0.0
        outer = inner + self.high - self.low
        drawn = np.interp(
            np.abs(place), [0.0, self.low, self.high, self.most], [0.0, inner, outer, outer + self.gap]
        )
        return np.copysign(drawn, place)


def _ordinals(x: Array, dtype: DType) -> Array:
    return dtype.ordinal(x) / 2.0 ** (dtype.precision - 1)


def _scaled(axes: Axes, top: float, *, headroom: bool) -> None:
    """Scale the axis of errors: evenly, or if there are large ones, evenly up to 1 and then by tens."""
    if top <= _EVEN:
        axes.set_ylim(-0.03 * top, top * (1.2 if headroom else 1.08))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        return
    decades = math.log10(top)
    axes.set_yscale("symlog", linthresh=1.0, linscale=max(0.6, 0.06 * decades))
    axes.set_ylim(-0.06, 10 ** (decades + (0.18 if headroom else 0.08) * (decades + 1)))
    step = math.ceil((decades + 1) / 5)
    powers = range(0, math.ceil(decades) + 1, step)
    axes.set_yticks([0.0, *(10.0**k for k in powers)], ["0", *(_power(k, plain=decades < 5) for k in powers)])
    axes.minorticks_off()


def _ruled(axes: Axes, line: _Line, at: Array, dtype: DType, style: Style) -> None:
    """Write the numbers under the axis of x, and shade what is squeezed."""
    low, high = float(at.min(initial=0.0)), float(at.max(initial=0.0))
    room = 0.01 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)
    squeezed = []
    if line.low:
        axes.axvspan(-line.gap, line.gap, color=style.grid, linewidth=0, zorder=0)
        squeezed.append(f"|x| < {_power(round(math.log10(_at(line.low, dtype))), plain=False)}")
    outer = (line.gap if line.low else 0.0) + line.high - line.low
    if line.high < line.most:
        for sign in (-1.0, 1.0):
            axes.axvspan(sign * outer, sign * (outer + line.gap), color=style.grid, linewidth=0, zorder=0)
        squeezed.append(f"|x| > {_power(round(math.log10(_at(line.high, dtype))), plain=False)}")
    figure = axes.figure
    assert isinstance(figure, Figure)
    name = "x" if isinstance(dtype, Quantised) else "x, every binade as wide as another"
    more = f"({' and '.join(squeezed)} squeezed)" if squeezed else ""
    between = "\n" if figure.get_size_inches()[0] < 5.8 * style.scale else " "
    axes.set_xlabel(between.join(filter(None, [name, more])))
    inches = (float(figure.get_size_inches()[0]) - 0.9 * style.scale) / (high - low + 2 * room)
    for values, labels in _ticks(line, dtype):
        places = line.places(np.where(np.array(values) == 0, 0.0, dtype.round(values)))
        halves = np.array([0.5 * _LETTER * style.scale * (_length(label) + 1) for label in labels])
        origin = labels.index("0") if "0" in labels else None
        kept = (places >= low - room) & (places <= high + room)
        if origin is not None:  # all that is small lies beside 0
            kept &= (np.abs(places) * inches >= halves + halves[origin]) | (places == places[origin])
        shown = np.flatnonzero(kept)
        apart = np.diff(places[shown]) * inches
        if (apart >= halves[shown][:-1] + halves[shown][1:]).all():
            break
    axes.set_xticks(places[shown], [labels[i] for i in shown.tolist()])


_LETTER = 0.085  # inches, of the labels under an axis


def _length(label: str) -> float:
    """Return how wide a label is, in letters; those of exponents are smaller."""
    base, caret, exponent = label.strip("$").partition("^")
    return len(base) + 0.7 * len(exponent.strip("{}")) if caret else len(label)


def _at(place: float, dtype: DType) -> float:
    most = int(dtype.ordinal(dtype.largest))  # which a double of its size may be rounded beyond
    whole = min(round(place * 2.0 ** (dtype.precision - 1)), most)
    return float(dtype.numbers_at(np.array([whole]))[0])


def _ticks(line: _Line, dtype: DType) -> Iterator[tuple[list[float], list[str]]]:
    """Yield ways to label the axis, the densest first: 0 and powers of ten, or evenly if numbers are even."""
    if isinstance(dtype, Quantised):
        for count in range(10, 0, -1):
            ticks = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(dtype.least, dtype.largest)
            inside = [float(tick) for tick in ticks if dtype.least <= tick <= dtype.largest]
            yield inside, [f"{tick:g}".replace("-", "−") for tick in inside]
    else:
        first = _at(line.low, dtype) if line.low else max(float(dtype.spacing(0.0)), dtype.least)
        least, most = math.ceil(math.log10(first)), math.floor(math.log10(_at(line.high, dtype)))
        for step in (1, 2, 3, 4, 5, 10, 20, 30, 50, 100, 200):
            powers = [k for k in range(least, most + 1) if k % step == 0]
            labels = [_power(k, plain=all(-3 <= k <= 4 for k in powers)) for k in powers]
            negative = [-(10.0**k) for k in reversed(powers) if dtype.signed]
            texts = [_negative(label) for label in reversed(labels) if dtype.signed]
            yield [*negative, 0.0, *(10.0**k for k in powers)], [*texts, "0", *labels]
    yield [0.0], ["0"]


def _power(k: int, *, plain: bool) -> str:
    return f"{10.0**k:g}" if plain or k == 0 else f"$10^{{{k}}}$"


def _negative(label: str) -> str:
    return f"$-{label[1:]}" if label.startswith("$") else f"−{label}"


def _lines(axes: Axes, texts: ErrorTexts, limit: float | None, style: Style, alarm: str) -> None:
    """Draw ½ ULP and the limit, each with its label at the right edge, unless two would touch."""
    k = style.scale
    axes.axhline(0.5, color=style.faint, linewidth=0.9 * k, linestyle=(0, (1, 2.2)), zorder=2)
    half, shown = axes.transData.transform((0.0, 0.5))[1], None
    if limit is not None:
        size = min(limit, _MOST)
        axes.axhline(size, color=alarm, linewidth=1.1 * k, linestyle=(0, (4.5, 2.0)), zorder=3)
        shown = axes.transData.transform((0.0, size))[1]
        _beside(axes, size, texts.limit or f"{limit:g}", alarm, style)
    figure = axes.figure
    assert isinstance(figure, Figure)
    if shown is None or abs(shown - half) > 13 * k * figure.dpi / 72:
        _beside(axes, 0.5, "½", style.faint, style)


def _beside(axes: Axes, y: float, text: str, colour: str, style: Style) -> None:
    axes.annotate(
        text, (1.0, y), xycoords=("axes fraction", "data"), xytext=(3, 0), textcoords="offset points",
        color=colour, va="center", fontsize=8.5 * style.scale, annotation_clip=False,
    )  # fmt: skip


def _titled(axes: Axes, texts: ErrorTexts, style: Style, *, is_lost: bool) -> None:
    k = style.scale
    axes.set_ylabel("error in ULP")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure = axes.figure
    assert isinstance(figure, Figure)
    letters = int(figure.get_size_inches()[0] / (0.09 * k))
    note = wrap(texts.note, int(letters * 1.25))
    title = "\n".join([*wrap(texts.title, letters), *(" " for _ in note)])
    axes.set_title(title, loc="left", pad=(9 if is_lost else 5) * k)
    if note:
        axes.annotate(
            "\n".join(note), (0.0, 1.0), xycoords="axes fraction", xytext=(0, (9 if is_lost else 5) * k),
            textcoords="offset points", color=style.faint, fontsize=8.5 * k, annotation_clip=False,
        )  # fmt: skip


def _explained(axes: Axes, at: Array, sizes: Array, style: Style) -> None:
    """Say what the marks at the top edge are, where the fewest dots are."""
    places = axes.transAxes.inverted().transform(axes.transData.transform(np.column_stack([at, sizes])))
    high = places[places[:, 1] > 0.6, 0]
    spots = {2: (0.0, 0.4), 1: (0.6, 1.0), 9: (0.3, 0.7)}  # matplotlib's numbers: left, right, in the middle
    spot = min(spots, key=lambda i: np.count_nonzero((high >= spots[i][0]) & (high <= spots[i][1])))
    k = style.scale
    legend = axes.legend(loc=spot, fontsize=8.5 * k, handlelength=1.0, borderaxespad=0.8)
    for text in legend.get_texts():
        text.set_path_effects([withStroke(linewidth=2.4 * k, foreground=style.paper)])


def write_errors(
    results: Results, dtype: DType, look: Look, form: str, texts: ErrorTexts, limit: float | None
) -> bytes:
    """Return the picture of `errors` as the content of a file of the given form."""
    return save(errors(results, dtype, look, texts, limit), look, form)

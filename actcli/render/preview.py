"""Charts in the terminal: curves of braille dots, axes and tick labels of characters."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import MissingExtraError, visible
from actcli.render.records import Role

if TYPE_CHECKING:
    from actcli.render.records import Chart, PlottedCurve

_LETTERS = {
    r"\alpha": "α",
    r"\beta": "β",
    r"\gamma": "γ",
    r"\lambda": "λ",
    r"\theta": "θ",
    r"\mu": "μ",
    r"\sigma": "σ",
    r"\varepsilon": "ε",
    r"\epsilon": "ε",
    r" \cdot ": "·",
    r"\,": " ",
    r"\;": " ",
}
_BLANK = "\u2800"  # braille without a dot
_HEIGHT = 20
_WIDEST = 100
_NARROWEST = 8
_COLOURS = ("bright_blue", "bright_red", "bright_green", "bright_magenta", "bright_yellow", "bright_cyan")
_DASHES = {Role.VALUE: (1, 1), Role.SLOPE: (5, 8), Role.CURVATURE: (1, 4)}
"""How many dots of how many are set along a curve."""

_SYMBOLS = "x+*#@%&="  # none resembles a dot, which ends a curve at a break
_LINES = {Role.VALUE: "⠒⠒⠒⠒", Role.SLOPE: "⠒⠒ ⠒", Role.CURVATURE: "⠂⠂⠂⠂"}


def available() -> bool:
    """Whether plotille, which draws the dots, is installed."""
    from importlib.util import find_spec

    return find_spec("plotille") is not None


def preview(chart: Chart, *, width: int = 80, colour: bool = False) -> str:
    """Return a chart as lines of text that are no wider than the given number of characters.

    Raises:
        MissingExtraError: plotille, which draws the dots, is not installed.
    """
    try:
        import plotille  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("a preview in the terminal", "plotille", "term") from None
    rows = ticks(*chart.ylim, 5)
    margin = max(len(_text(y, rows)) for y in rows)
    columns = max(min(width, _WIDEST) - margin - 3, _NARROWEST)
    canvas = plotille.Canvas(columns, _HEIGHT, 0, 0, 2 * columns, 4 * _HEIGHT, mode="names")
    _zero_lines(canvas, chart, columns)
    for curve in reversed(chart.curves):
        _draw(canvas, curve, chart, columns, _COLOURS[curve.hue % len(_COLOURS)] if colour else None)
    labels = {_row(chart, y): _text(y, rows) for y in rows}
    plot = [
        f"{labels.get(n, ''):>{margin}} {'┤' if n in labels else '│'}{line}".rstrip()
        for n, line in enumerate(canvas.plot(linesep="\n").replace(_BLANK, " ").split("\n"))
    ]
    legend = [_legend(curve, colour=colour) for curve in chart.curves if curve.label or curve.tag]
    legend += [f"{_LINES[role]} {plain(text)}" for role, text in chart.keys]
    above = [visible(plain(text)) for text in (chart.title, chart.heading) if text]
    return "\n".join([*above, *legend, *plot, *_x_axis(chart, margin, columns)])


def ticks(low: float, high: float, count: int) -> list[float]:
    """Return about `count` round numbers between two limits, 1, 2 or 5 times a power of ten apart."""
    raw = (high - low) / count
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(s * scale for s in (1, 2, 5, 10) if s * scale >= raw * 0.85)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def plain(text: str) -> str:
    """Return a label without mathtext: the name and the parameters, not the formula."""
    head, *rest = text.split(" = $", 1)
    if rest:
        head += rest[0].partition("$")[2]
    for latex, letter in _LETTERS.items():
        head = head.replace(latex, letter)
    return re.sub(r"[$\\{}]", "", head).replace("_1", "₁").replace("_2", "₂").replace("_3", "₃")


def _legend(curve: PlottedCurve, *, colour: bool) -> str:
    line = _LINES[curve.role]
    if curve.symbols:
        line = line[:2] + _symbol(curve) + line[2:]
    if colour:
        import plotille

        line = plotille.color(line, fg=_COLOURS[curve.hue % len(_COLOURS)], mode="names")
    return f"{line} {visible(plain(curve.label or curve.tag))}"


def _symbol(curve: PlottedCurve) -> str:
    return _SYMBOLS[curve.hue % len(_SYMBOLS)]


def _dot(value: float, limits: tuple[float, float], dots: int) -> float:
    """Return the place of a number along an axis of so many dots: 0 at the lower limit."""
    low, high = limits
    return (value - low) / (high - low) * (dots - 1)


def _row(chart: Chart, y: float) -> int:
    """Return the line, from the top, that has the dot of a curve at y; plotille rounds to the nearest dot."""
    return _HEIGHT - 1 - round(_dot(y, chart.ylim, 4 * _HEIGHT)) // 4


def _text(value: float, among: list[float]) -> str:
    step = among[1] - among[0] if len(among) > 1 else 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value + 0.0:.{min(decimals, 12)}f}".replace("-", "−") if decimals < 7 else f"{value:g}"


def _zero_lines(canvas: Any, chart: Chart, columns: int) -> None:
    """Draw a sparse line of dots where x or y is 0."""
    (left, right), (low, high) = chart.xlim, chart.ylim
    if low < 0 < high:
        row = round(_dot(0.0, chart.ylim, 4 * _HEIGHT))
        for column in range(0, 2 * columns, 4):
            canvas.point(column, row)
    if left < 0 < right:
        column = round(_dot(0.0, chart.xlim, 2 * columns))
        for row in range(0, 4 * _HEIGHT, 4):
            canvas.point(column, row)


def _draw(canvas: Any, curve: PlottedCurve, chart: Chart, columns: int, colour: str | None) -> None:
    (left, right), (low, high) = chart.xlim, chart.ylim
    x = (curve.x - left) / (right - left) * (2 * columns - 1)
    y = np.clip((curve.y - low) / (high - low), -4.0, 5.0) * (4 * _HEIGHT - 1)
    known = np.isfinite(x) & np.isfinite(y)
    shown, period = _DASHES[curve.role]
    along = 0.0
    for i in range(len(x) - 1):
        if not (known[i] and known[i + 1]):
            continue
        length = max(abs(x[i + 1] - x[i]), abs(y[i + 1] - y[i]))
        for share in np.arange(0.0, 1.0, 1.0 / max(1.0, math.ceil(length))).tolist():
            if (along + share * length) % period < shown:
                at_x, at_y = x[i] + share * (x[i + 1] - x[i]), y[i] + share * (y[i + 1] - y[i])
                canvas.point(float(at_x), float(at_y), color=colour)
        along += length
    if curve.symbols:
        for column in range(6 + 5 * curve.hue, 2 * columns, 24):
            nearest = int(np.argmin(np.abs(x - column)))
            if known[nearest]:
                canvas.point(float(x[nearest]), float(y[nearest]), color=colour, marker=_symbol(curve))
    for dot in curve.dots:
        at = _dot(dot.x, chart.xlim, 2 * columns), _dot(dot.y, chart.ylim, 4 * _HEIGHT)
        canvas.point(*at, color=colour, marker="●" if dot.filled else "○")


def _x_axis(chart: Chart, margin: int, columns: int) -> tuple[str, str]:
    line, labels = ["─"] * columns, [" "] * (columns + 1)
    numbers = ticks(*chart.xlim, 7)
    for x in numbers:
        column = round(_dot(x, chart.xlim, 2 * columns)) // 2
        line[column] = "┬"
        text = _text(x, numbers)
        start = min(max(column - len(text) // 2, 0), columns + 1 - len(text))
        labels[start : start + len(text)] = text
    return f"{'':>{margin}} └{''.join(line)}", f"{'':>{margin}}  {''.join(labels).rstrip()}"

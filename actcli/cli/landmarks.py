"""What is marked in a picture: turning points, kinks, where the function saturates, and where data fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.evaluate import evaluate
from actcli.core.spec import Break
from actcli.render.records import Band, Histogram, Mark, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from actcli.cli.pictures import Wanted
    from actcli.core.spec import Activation, Params

SATURATED = 0.01  # the slope below which a function counts as saturated, unless the user says another
_BINS = 60
_RUG = 200  # more lines than this and the rug is a bar


def marks(function: Activation, params: Params, low: float, high: float, wanted: Wanted) -> Iterator[Mark]:
    """Yield the points to mark between two ends."""
    if not wanted.marks:
        return
    from actcli.core.measure import Curve, properties

    spots: list[tuple[float, Symbol]] = []
    if Symbol.EXTREMUM in wanted.marks:
        spots += [(point.x, Symbol.EXTREMUM) for point in Curve(function, params).extrema]
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

"""What a stack of layers leaves of a gradient on its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actcli.core.measure.properties import Properties

_ALL = 20  # so many layers are shown one by one


def layers(depth: int) -> list[int]:
    """Return the layer counts worth showing up to a depth: all of a few, 1, 2, 5, 10, 20, 50, … of many."""
    if depth <= _ALL:
        return list(range(1, depth + 1))
    steps = [digit * 10**power for power in range(len(str(depth))) for digit in (1, 2, 5)]
    return [*(n for n in steps if n < depth), depth]


def factors(properties: Properties, counts: list[int]) -> tuple[list[float], list[float]]:
    """Return what n layers leave of a gradient by the activation alone: at best, and as a rule.

    At best every unit sits at the largest slope. As a rule each multiplies by the root mean square of the
    slope under standard normal inputs.
    """
    best, usual = properties.largest_slope.value, properties.moments.slope_square**0.5
    return [_power(best, n) for n in counts], [_power(usual, n) for n in counts]


def _power(base: float, n: int) -> float:
    try:
        return base**n
    except OverflowError:
        return float("inf")

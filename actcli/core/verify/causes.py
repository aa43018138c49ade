"""What results that are not correctly rounded have in common."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.measure.properties import told
from actcli.core.measure.ulp import ordinal
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject


class Class(StrEnum):
    """How far a result is from the correctly rounded one, in steps, or what is wrong with it."""

    CORRECT = "correctly_rounded"
    ONE = "1"
    TWO = "2"
    FEW = "3_to_10"
    SOME = "11_to_100"
    MANY = "more"
    SIGN = "wrong_sign"
    NO_NUMBER = "no_number"
    NUMBER = "number"
    ACCEPTED = "accepted"


class Cause(StrEnum):
    """What explains a result that is not correctly rounded; the first that does."""

    NAN_INPUT = "nan_input"
    INFINITE_INPUT = "infinite_input"
    NAN = "nan"
    NUMBER = "number"
    OVERFLOW = "overflow"
    NO_OVERFLOW = "no_overflow"
    SIGN = "sign"
    KINK = "kink"
    SUBNORMAL_INPUT = "subnormal_input"
    FLUSHED = "flushed"
    UNDERFLOW = "underflow"
    SUBNORMAL = "subnormal"
    NEXT = "next"
    BESIDE_KINK = "beside_kink"
    BESIDE_ROOT = "beside_root"
    NEAR_ZERO = "near_zero"
    LEFT_TAIL = "left_tail"
    RIGHT_TAIL = "right_tail"
    ELSEWHERE = "elsewhere"


_ORDER = {cause: place for place, cause in enumerate(Cause)}

_NEAR = 2.0**-4
"""So near to 0, or relative to itself to a root, a formula that cancels there has lost its first digits."""

_BESIDE = 20
"""Steps from a kink within which a comparison that is off by some shows."""


class Places(NamedTuple):
    """The places of a function where kernels go wrong.

    Attributes:
        kinks: where a derivative breaks.
        roots: where f, or the derivative in question, is 0, but for 0 itself.
        left: where the left tail begins.
        right: where the right one does.
    """

    kinks: Array
    roots: Array
    left: float
    right: float

    @classmethod
    def of(cls, subject: Subject) -> Places:
        """Return those of a function."""
        function, bound = subject.function, subject.function.bind(subject.params)
        kinks = [kink.at for kink in function.kinks(**bound)]
        roots: list[float] = []
        try:
            found = told(function, bound)
        except UsageError:  # the formula is too long
            pass
        else:
            kinks += [b.x.value for b in found.breaks]
            spots = (found.zeros, found.extrema, found.inflections)[subject.order]
            roots = [spot.x.value for spot in spots if spot.x.value] if not subject.wrt else []
        low, high = function.view
        return cls(np.unique(kinks), np.array(roots), 1.5 * low, 1.5 * high)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Results that are not the correctly rounded ones.

    Attributes:
        x: the inputs.
        got: the results.
        expected: the correctly rounded ones.
        ulp: how far off they are.
    """

    x: Array
    got: Array
    expected: Array
    ulp: Array


def classes_of(wrong: Wrong, steps: Array) -> NDArray[np.int8]:
    """Return the place in `Class` of each result, so many steps from the correctly rounded one."""
    order = list(Class)
    place = np.searchsorted([0, 1, 2, 10, 100], np.maximum(steps, 1), "left").astype(np.int8)
    due, came = np.isfinite(wrong.expected), np.isfinite(wrong.got)
    with np.errstate(invalid="ignore"):
        place[due & came & (np.sign(wrong.got) * np.sign(wrong.expected) < 0)] = order.index(Class.SIGN)
    place[due & ~came] = order.index(Class.NO_NUMBER)
    place[~due] = order.index(Class.NUMBER)
    return place


def causes_of(
    wrong: Wrong, places: Callable[[], Places], subject: Subject, in_dtype: DType, dtype: DType
) -> NDArray[np.int8]:
    """Return the place in `Cause` of each result; the places of the function are asked for if they matter."""
    x, got, expected, size = wrong.x, wrong.got, wrong.expected, np.abs(wrong.x)
    normal, due = 2.0**dtype.lowest, np.abs(wrong.expected)
    with np.errstate(invalid="ignore"):
        signs = np.sign(got) * np.sign(expected) < 0
    kinks = [kink.at for kink in subject.function.kinks(**subject.function.bind(subject.params))]
    found: dict[Cause, Mask] = {
        Cause.INFINITE_INPUT: np.isinf(x),
        Cause.NAN: np.isnan(got),
        Cause.NUMBER: np.isnan(expected),
        Cause.OVERFLOW: np.isinf(got) & np.isfinite(expected),
        Cause.NO_OVERFLOW: np.isinf(expected) & ~signs,
        Cause.KINK: np.isin(x, kinks) & (subject.order > 0),
        Cause.SIGN: signs,
        Cause.SUBNORMAL_INPUT: (x != 0) & (size < 2.0**in_dtype.lowest),
        Cause.FLUSHED: (got == 0) & (due < normal),
        Cause.UNDERFLOW: got == 0,
        Cause.SUBNORMAL: due < normal,
        Cause.NEXT: wrong.ulp < 1,
    }
    places_of = np.full(x.shape, -1, np.int8)
    for cause, fits in found.items():
        places_of[fits & (places_of < 0)] = _ORDER[cause]
    rest = np.flatnonzero(places_of < 0)
    if rest.size:
        places_of[rest] = _by_place(x[rest], places(), in_dtype)
    return places_of


def _by_place(x: Array, places: Places, dtype: DType) -> NDArray[np.int8]:
    """Return the place in `Cause` of results that nothing but where they are explains."""
    found = {
        Cause.BESIDE_KINK: _beside(x, places.kinks, dtype),
        Cause.BESIDE_ROOT: _near(x, places.roots),
        Cause.NEAR_ZERO: np.abs(x) < _NEAR,
        Cause.LEFT_TAIL: x < places.left,
        Cause.RIGHT_TAIL: x > places.right,
    }
    numbers = [np.int8(_ORDER[cause]) for cause in found]
    return np.select(list(found.values()), numbers, np.int8(_ORDER[Cause.ELSEWHERE])).astype(np.int8)


def _beside(x: Array, points: Array, dtype: DType) -> Mask:
    found = np.zeros(x.shape, np.bool_)
    if points.size:
        place = ordinal(x, dtype)
        for at in ordinal(dtype.round(points), dtype).tolist():
            found |= np.abs(place - at) <= _BESIDE
    return found


def _near(x: Array, points: Array) -> Mask:
    found = np.zeros(x.shape, np.bool_)
    for point in points.tolist():
        found |= np.abs(x - point) <= _NEAR * abs(point)
    return found

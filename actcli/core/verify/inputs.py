"""The inputs that a kernel is tried on: every number of a narrow format, a sample of a wide one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import Encoded, Quantised
from actcli.core.measure.properties import told
from actcli.core.measure.ulp import ordinal
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Activation, Params


NARROW = 16
"""Formats of at most so many bits are swept: every input is tried."""

SIZE = 1_000_000
"""How many inputs of a wide format are drawn if nobody says."""

_NEIGHBOURS = 20


class Coverage(StrEnum):
    """Which inputs are tried."""

    EVERY = "every"
    RANGE = "range"
    SAMPLE = "sample"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs that are tried, any part of which can be asked for: they need not be in memory at once.

    Attributes:
        dtype: their format.
        coverage: which they are.
        count: how many.
        total: of how many: the patterns of the format, or the numbers of a range.
        seed: of a sample.
        patterns: returns the patterns of the inputs from one place to another.
    """

    dtype: DType
    coverage: Coverage
    count: int
    total: int
    seed: int | None
    patterns: Callable[[int, int], NDArray[Any]]

    def part(self, start: int, stop: int) -> Encoded:
        """Return the inputs from one place to another."""
        return Encoded(self.patterns(start, min(stop, self.count)), self.dtype)


def every_pattern(dtype: DType) -> Inputs:
    """Return all 2ᵇⁱᵗˢ patterns of a format, every NaN among them."""
    kind, count = dtype.patterns, 1 << dtype.bits

    def patterns(start: int, stop: int) -> NDArray[Any]:
        return np.arange(start, stop, dtype=np.uint64).astype(kind)

    return Inputs(dtype, Coverage.EVERY, count, count, None, patterns)


def between(low: float, high: float, dtype: DType, *, size: int | None = None, seed: int = 0) -> Inputs:
    """Return every number of a format from one to another, both included; 0 is in it as −0 and +0.

    Of more than `size` of them, so many are drawn.

    Raises:
        UsageError: there is none.
    """
    if not dtype.infinite:
        low, high = max(low, dtype.least), min(high, dtype.largest)
    first, last = (int(ordinal(dtype.round(end), dtype)) for end in (low, high))
    rounded = dtype.round([low, high])
    first, last = first + int(rounded[0] < low), last - int(rounded[1] > high)
    zeros = int(first <= 0 <= last and dtype.negative_zero)
    count = last - first + 1 + zeros
    if not count > 0 or np.isnan(low) or np.isnan(high):
        raise UsageError(f"no {dtype} lies between {low:g} and {high:g}")

    def at(places: NDArray[np.int64]) -> NDArray[Any]:
        if not zeros:
            return dtype.encode(numbers_at(places, dtype))
        values = numbers_at(places - (places > 0), dtype)  # the place after that of +0 is taken by −0
        return dtype.encode(np.where(places == 0, -0.0, values))

    if size is None or size >= count:
        return Inputs(
            dtype,
            Coverage.RANGE,
            count,
            count,
            None,
            lambda start, stop: at(np.arange(start, stop, dtype=np.int64) + first),
        )
    drawn = np.random.default_rng(seed).integers(first, last + zeros, size, endpoint=True)
    bits = at(np.unique(np.concatenate([drawn, [first, last + zeros]])))
    return replace(_held(bits, dtype, Coverage.RANGE, seed), total=count)


def these(x: Encoded) -> Inputs:
    """Return inputs that are given."""
    return _held(x.bits.reshape(-1), x.dtype, Coverage.GIVEN, None)


def drawn(function: Activation, params: Params, dtype: DType, size: int | None, seed: int) -> Inputs:
    """Return all numbers of a narrow format, and of a wide one, or where a size is given, a sample."""
    if dtype.bits <= NARROW and size is None:
        return every_pattern(dtype)
    return _held(dtype.encode(sample(function, params, dtype, size, seed)), dtype, Coverage.SAMPLE, seed)


def _held(bits: NDArray[Any], dtype: DType, coverage: Coverage, seed: int | None) -> Inputs:
    return Inputs(dtype, coverage, bits.size, 1 << dtype.bits, seed, lambda start, stop: bits[start:stop])


def numbers_at(places: NDArray[np.int64], dtype: DType) -> Array:
    """Return the numbers at the given places in the format's order; the inverse of `ordinal`."""
    return dtype.numbers_at(places)


def _most(dtype: DType) -> int:
    return int(ordinal(dtype.largest, dtype))


def every(dtype: DType) -> Array:
    """Return the value of each of the 2ᵇⁱᵗˢ patterns of a narrow format: zeros, infinities, NaNs and all."""
    return dtype.decode(np.arange(1 << dtype.bits, dtype=dtype.patterns))


def sample(
    function: Activation, params: Params, dtype: DType, size: int | None = None, seed: int = 0
) -> Array:
    """Return the inputs of a format that a function's kernel is tried on, each once, from left to right.

    All of a narrow format. Of a wide one, first those where kernels go wrong: signed zeros, the ends of the
    subnormals and of the finite numbers, infinities, NaN, and the 20 nearest numbers on both sides of every
    kink and every root of f, f′ and f″. The rest, up to `size`, is drawn: half from all bit patterns, a
    quarter evenly from where the function lives, a quarter evenly from its tails, to where e^−|x| underflows.
    """
    if dtype.bits <= NARROW and size is None:
        return every(dtype)
    wanted = size if size is not None else SIZE
    known = np.concatenate([[*specials(dtype).values()], neighbours(function, function.bind(params), dtype)])
    rng = np.random.default_rng(seed)
    rest = max(0, wanted - known.size)
    most = _most(dtype)
    patterns = numbers_at(rng.integers(-most, most, rest // 2, endpoint=True), dtype)
    low, high = function.view
    middle = rng.uniform(1.5 * low, 1.5 * high, rest // 4)
    reach = np.log(2) * (dtype.precision - dtype.lowest) * 1.05
    tails = rng.uniform(-reach, reach, rest - patterns.size - middle.size)
    drawn = np.concatenate([patterns, dtype.round(middle), dtype.round(tails)])
    return _each_once(dtype.round(np.concatenate([known, drawn])))


def _each_once(x: Array) -> Array:
    """Sort, and drop what comes twice; −0 and +0 both stay."""
    zeros = x[x == 0]
    zeros = np.where(np.unique(np.signbit(zeros))[::-1], -0.0, 0.0)
    return np.concatenate([np.unique(x[x < 0]), zeros, np.unique(x[x > 0]), x[np.isnan(x)][:1]])


def specials(dtype: DType) -> dict[str, float]:
    """Return, by their names, those of a format that it has.

    They are ±0, the least and greatest subnormal, normal and finite numbers, ±1, ±inf and NaN.
    """
    if isinstance(dtype, Quantised):
        return {"least": dtype.least, "0": 0.0, "largest": dtype.largest}
    tiny, normal = float(dtype.spacing(0.0)), 2.0**dtype.lowest
    sizes = {"0": 0.0, "least subnormal": tiny, "greatest subnormal": normal - tiny, "least normal": normal,
             "1": 1.0, "largest": dtype.largest, "inf": np.inf}  # fmt: skip
    if tiny == normal:
        del sizes["least subnormal"], sizes["greatest subnormal"]
    found = {f"-{name}": -size for name, size in reversed(sizes.items())}
    found |= {f"+{name}": size for name, size in sizes.items()}
    same = zip(found.items(), dtype.round([*found.values()]).tolist(), strict=True)
    found = {name: size for (name, size), own in same if str(size) == str(own)}
    return found | ({"NaN": np.nan} if dtype.nan else {})


def neighbours(function: Activation, params: Params, dtype: DType) -> Array:
    """Return the numbers of the format nearest to each kink, zero, extremum and inflection point."""
    marks = np.array([kink.at for kink in function.kinks(**params)])
    with suppress(UsageError):  # it is too long
        found = told(function, params)
        places = [b.x.value for b in found.breaks] + [e.x.value for e in found.extrema]
        places += [spot.x.value for spot in (*found.zeros, *found.inflections)]
        marks = np.concatenate([marks, places])
    nearest = ordinal(dtype.round(marks), dtype)
    around = (nearest[:, None] + np.arange(-_NEIGHBOURS, _NEIGHBOURS + 1)).ravel()
    most = _most(dtype)
    return numbers_at(np.unique(around[np.abs(around) <= most]), dtype)

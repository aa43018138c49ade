"""The number formats that a result can be rounded to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.arrays import ldexp
from actcli.errors import MissingExtraError, UsageError, nearest, shown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray


_EXPONENT = np.int64(0x7FF << 52)
"""The bits of a double that hold its exponent."""


@dataclass(frozen=True, slots=True)
class DType:
    """A binary floating-point format; its values are held in float64 arrays, which contain them all.

    Attributes:
        name: the name that NumPy or ml_dtypes gives it.
        aliases: shorter names.
        bits: the width.
        precision: the number of significant bits, the hidden one included.
        lowest: the exponent of the smallest normal number.
        largest: the greatest finite number.
        infinite: whether it has infinities; if not, what is too large becomes NaN.
        nan: whether it has NaN; if not, what is too large becomes the largest number.
        negative_zero: whether it has −0.
        signed: whether it has negative numbers and 0; if not, those become NaN.
        extra: whether the dtype is NumPy's own or needs ml_dtypes.
    """

    name: str
    aliases: tuple[str, ...]
    bits: int
    precision: int
    lowest: int
    largest: float
    infinite: bool = True
    nan: bool = True
    negative_zero: bool = True
    signed: bool = True
    extra: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype.

        Raises:
            MissingExtraError: the dtype comes from ml_dtypes, which is not installed.
        """
        if not self.extra:
            return np.dtype(self.name)
        try:
            import ml_dtypes
        except ImportError:
            raise MissingExtraError(f"an array of {self.name}", "ml_dtypes", "lowp") from None
        exotic: np.dtype[Any] = np.dtype(getattr(ml_dtypes, self.name))
        return exotic

    @property
    def least(self) -> float:
        """The least finite number."""
        return -self.largest if self.signed else 2.0**self.lowest

    @property
    def patterns(self) -> np.dtype[Any]:
        """The NumPy dtype of patterns: unsigned integers, the least that hold one."""
        return np.dtype(f"u{max(1, self.bits // 8)}")

    def round(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the nearest numbers of the format, ties to even, in a new float64 array.

        What exceeds the format becomes ±inf, NaN where there is none, or the largest number where there is no
        NaN either, and the sign of a zero stays if the format has both: so ONNX without `saturate`, and
        ml_dtypes. Powers of two (one significant bit) are all odd: of two, the larger is taken, as IEEE 754
        has it; a positive number below the least becomes the least. Without NaN, the largest number stands
        for it, as ONNX and CUDA have it.
        """
        x = np.array(values, np.float64)
        if self.precision == 53:
            return x
        drop = 53 - self.precision
        bits = x.view(np.int64)
        odd = (bits >> drop) & 1 if self.precision > 1 else 1
        size = np.abs(x)
        with np.errstate(all="ignore"):
            rounded = ((bits + (odd + ((1 << drop - 1) - 1))) & -(1 << drop)).view(np.float64)
            shift = 1.5 * 2.0 ** (self.lowest - self.precision + 53)
            small = np.copysign((size + shift) - shift, x)
        out = np.where(size < 2.0**self.lowest, small, rounded)
        if not self.negative_zero:
            out += 0.0
        if not self.signed:
            out = np.where(x > 0, np.maximum(out, 2.0**self.lowest), np.nan)
        beyond = np.inf if self.infinite else np.nan if self.nan else self.largest
        out = np.where(np.abs(out) > self.largest, np.copysign(beyond, x), out)
        return np.asarray(np.where(np.isnan(x), x if self.infinite else abs(beyond), out))

    def halfway(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which of the doubles lie in the middle between two neighbours of the format."""
        halves = values / (0.5 * self.spacing(values))
        return np.asarray((halves == np.rint(halves)) & (np.fmod(halves, 2.0) != 0))

    def close(self, values: NDArray[np.float64], margin: int) -> NDArray[np.bool_]:
        """Return which of the doubles may lie within so many ULP of the middle between two neighbours.

        Those below the least normal number of the format are always among them; so is 0 where the format has
        none, since what doubles have as 0 may be a number.
        """
        drop = 53 - self.precision
        if 1 << drop <= 4 * margin:
            return np.ones(values.shape, np.bool_)
        rest = values.view(np.int64) & ((1 << drop) - 1)
        rest -= (1 << drop - 1) - margin
        found = rest.view(np.uint64) <= 2 * margin
        size = np.abs(values)
        small = size < 2.0**self.lowest
        if small.any():
            found |= small & (size > 0) if self.signed else small
        return found

    def array(self, values: ArrayLike) -> NDArray[Any]:
        """Return the values, rounded to the format once, as an array of its NumPy dtype."""
        with np.errstate(all="ignore"):
            return self.round(values).astype(self.numpy)

    def cast(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """Return doubles rounded to the format once, as an array that can be assigned to one of it."""
        if self.extra or self.precision == 53:
            return values if self.precision == 53 else self.array(values)
        return values.astype(self.numpy)  # NumPy itself rounds a double to float32 or float16 once

    def decode(self, bits: NDArray[Any]) -> NDArray[np.float64]:
        """Return the numbers that patterns of the format stand for; every NaN is the same NaN."""
        if self.bits < 8:
            bits = bits & np.uint8((1 << self.bits) - 1)
        with np.errstate(invalid="ignore"):  # signalling NaNs
            if self.name == "bfloat16":  # without ml_dtypes: the upper half of a float32
                return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
            return np.asarray(bits.view(self.numpy), np.float64)

    def encode(self, values: ArrayLike) -> NDArray[Any]:
        """Return the patterns of numbers, rounded to the format once, as unsigned integers."""
        return np.ascontiguousarray(self.array(values)).view(self.patterns)

    def ordinal(self, values: ArrayLike) -> NDArray[np.int64]:
        """Return the place of each number in the order of the format's: 0 for zeros, 1 for the next up.

        NaN has no place and gets that of infinity, the one after the largest number.
        """
        x = np.asarray(values, np.float64)
        size = np.ascontiguousarray(np.abs(x)).reshape(x.shape)
        # Exponent and leading bits of the fraction, as a whole number, are in the order of the numbers.
        place = (size.view(np.int64) >> 53 - self.precision) - (self.lowest + 1022 << self.precision - 1)
        if self.precision < 53 and (small := size < 2.0**self.lowest).any():
            steps = np.where(small, size, 0.0) * 2.0 ** (self.precision - 1 - self.lowest)
            place = np.where(small, steps.astype(np.int64), place)
        if not np.isfinite(x).all():
            place = np.where(np.isfinite(x), place, int(self.ordinal(self.largest)) + 1)
        return np.asarray(np.where(np.signbit(x), -place, place), np.int64)

    def numbers_at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the numbers at the given places, the inverse of `ordinal`; NaN beyond all of them."""
        size, most = np.abs(places), int(self.ordinal(self.largest))
        binade = np.maximum((size >> (self.precision - 1)) - 1, 0)
        steps = size - (binade << (self.precision - 1))
        exponent = binade + self.lowest - self.precision + 1
        with np.errstate(over="ignore"):  # the place of infinity
            values = ldexp(steps.astype(np.float64), exponent)
        beyond = np.where(size == most + 1, np.inf if self.infinite else np.nan, np.nan)
        return np.copysign(np.where(size <= most, values, beyond), places)

    def spacing(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the unit in the last place of each value: the distance of the numbers in its binade."""
        x = np.ascontiguousarray(values, np.float64)
        binade = (x.view(np.int64) & _EXPONENT).view(np.float64)  # 2 to the exponent; 0 of a subnormal double
        unit = np.minimum(np.maximum(binade, 2.0**self.lowest), 2.0**1023) * 2.0 ** (1 - self.precision)
        return np.asarray(unit).reshape(np.shape(values))


@dataclass(frozen=True, slots=True)
class Quantised(DType):
    """Integers q of 8 bits that stand for scale·(q − zero point), all equally far apart.

    ONNX and TensorFlow Lite hold the scale as a float32, and so does this: every number and every middle of
    two is then a double. Ties go to the even one of (q − zero point), as in ONNX, and what is too large or
    small becomes the largest or the least. There are no subnormals, no NaN, and one zero.

    Attributes:
        scale: the distance of two neighbours.
        zero_point: the integer that stands for 0.
    """

    scale: float = 1.0
    zero_point: int = 0

    def __str__(self) -> str:
        return f"{self.name} (scale {np.float32(self.scale)!s}, zero point {self.zero_point})"

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype of its numbers: float64; that of the integers is its name."""
        return np.dtype(np.float64)

    @property
    def least(self) -> float:
        """The least number."""
        return self.scale * (np.iinfo(self.name).min - self.zero_point)

    def round(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the nearest numbers, ties to even, in a new array; the largest for NaN."""
        x = np.clip(np.asarray(values, np.float64), self.least, self.largest)
        x = np.where(np.isnan(x), self.largest, x)
        steps = np.rint(x / self.scale)
        rest = x - steps * self.scale  # exact: the two are less than twice as large as each other
        size, half = np.abs(rest), self.scale / 2
        other = (size > half) | ((size == half) & (np.fmod(steps, 2) != 0))
        return np.asarray(np.where(other, steps + np.sign(rest), steps) * self.scale + 0.0)

    def close(self, values: NDArray[np.float64], margin: int) -> NDArray[np.bool_]:  # noqa: ARG002
        """Return that all doubles may lie close to the middle of two numbers: there are few to compute."""
        return np.ones(values.shape, np.bool_)

    def halfway(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which of the doubles lie in the middle between two neighbours."""
        halves = np.rint(values / (0.5 * self.scale))
        return np.asarray((halves * (0.5 * self.scale) == values) & (np.fmod(halves, 2.0) != 0))

    def cast(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """Return doubles rounded to the format once."""
        return self.round(values)

    def decode(self, bits: NDArray[Any]) -> NDArray[np.float64]:
        """Return the numbers that patterns stand for."""
        return (bits.view(self.name).astype(np.float64) - self.zero_point) * self.scale + 0.0

    def encode(self, values: ArrayLike) -> NDArray[Any]:
        """Return the patterns of numbers, rounded to the format once."""
        whole = self.ordinal(self.round(values)) + self.zero_point
        return whole.astype(self.name).view(self.patterns)

    def ordinal(self, values: ArrayLike) -> NDArray[np.int64]:
        """Return q − zero point of each number."""
        return np.asarray(np.rint(np.asarray(values, np.float64) / self.scale), np.int64)

    def numbers_at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the numbers at places, the inverse of `ordinal`; NaN beyond all of them."""
        values = places * self.scale
        return np.where((values >= self.least) & (values <= self.largest), values, np.nan)

    def spacing(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the scale."""
        return np.full(np.shape(values), self.scale)


def quantised(name: str, scale: float, zero_point: int = 0) -> Quantised:
    """Return the format of int8 or uint8 whose integers q stand for scale·(q − zero point).

    Raises:
        UsageError: there is no such integer format, or zero point in it, or no such scale.
    """
    if name not in INTEGERS:
        raise UsageError(f"no quantised dtype {shown(name)}", f"it is one of {', '.join(INTEGERS)}")
    with np.errstate(all="ignore"):
        ends, near = np.iinfo(name), float(np.float32(scale))
    if not 2.0**-100 <= near <= 2.0**100:
        raise UsageError(f"a scale of {scale:g}", "a positive number that float32 holds")
    if not ends.min <= zero_point <= ends.max:
        raise UsageError(f"{name} has no zero point {zero_point}", f"from {ends.min} to {ends.max}")
    return Quantised(
        name, (), 8, 9, _NO_SUBNORMALS, near * (ends.max - zero_point),
        infinite=False, nan=False, negative_zero=False, scale=near, zero_point=zero_point,
    )  # fmt: skip


INTEGERS = ("int8", "uint8")
"""The integers that a quantised format can have."""

_NO_SUBNORMALS = -2000
"""2 to this power is 0: every number of a quantised format is a normal one."""


class Encoded(NamedTuple):
    """Numbers of a format by their patterns, in an array of any shape: each NaN keeps its own.

    Attributes:
        bits: the patterns, as unsigned integers; of 4 bits, each in a byte of its own.
        dtype: the format.
    """

    bits: NDArray[Any]
    dtype: DType

    @classmethod
    def of(cls, values: ArrayLike, dtype: DType) -> Encoded:
        """Return numbers rounded to a format."""
        return cls(dtype.encode(values), dtype)

    @property
    def values(self) -> NDArray[np.float64]:
        """The numbers."""
        return self.dtype.decode(self.bits)

    @property
    def array(self) -> NDArray[Any]:
        """The same memory as an array of the format's NumPy dtype, or of the integers of a quantised one."""
        kind = self.dtype.name if isinstance(self.dtype, Quantised) else self.dtype.numpy
        return self.bits.view(kind)


FLOAT64 = DType("float64", ("f64", "fp64", "double"), 64, 53, -1022, float(np.finfo(np.float64).max))
FLOAT32 = DType("float32", ("f32", "fp32", "single"), 32, 24, -126, float(np.finfo(np.float32).max))
FLOAT16 = DType("float16", ("f16", "fp16", "half"), 16, 11, -14, 65504.0)
BFLOAT16 = DType("bfloat16", ("bf16",), 16, 8, -126, 255 * 2.0**120, extra=True)
FLOAT8_E4M3FN = DType(
    "float8_e4m3fn", ("f8_e4m3fn", "fp8_e4m3fn", "fp8_e4m3", "f8_e4m3", "e4m3fn", "e4m3", "float8_e4m3"),
    8, 4, -6, 448.0, infinite=False, extra=True,
)  # fmt: skip
FLOAT8_E5M2 = DType("float8_e5m2", ("f8_e5m2", "fp8_e5m2", "e5m2"), 8, 3, -14, 57344.0, extra=True)
FLOAT8_E4M3FNUZ = DType(
    "float8_e4m3fnuz", ("f8_e4m3fnuz", "fp8_e4m3fnuz", "e4m3fnuz"),
    8, 4, -7, 240.0, infinite=False, negative_zero=False, extra=True,
)  # fmt: skip
FLOAT8_E5M2FNUZ = DType(
    "float8_e5m2fnuz", ("f8_e5m2fnuz", "fp8_e5m2fnuz", "e5m2fnuz"),
    8, 3, -15, 57344.0, infinite=False, negative_zero=False, extra=True,
)  # fmt: skip
FLOAT8_E4M3B11FNUZ = DType(
    "float8_e4m3b11fnuz",
    ("f8_e4m3b11fnuz", "fp8_e4m3b11fnuz", "e4m3b11fnuz", "f8_e4m3b11", "fp8_e4m3b11", "e4m3b11"),
    8, 4, -10, 30.0, infinite=False, negative_zero=False, extra=True,
)  # fmt: skip
FLOAT8_E8M0FNU = DType(
    "float8_e8m0fnu", ("f8_e8m0fnu", "fp8_e8m0fnu", "e8m0fnu", "f8_e8m0", "fp8_e8m0", "float8_e8m0", "e8m0"),
    8, 1, -127, 2.0**127, infinite=False, negative_zero=False, signed=False, extra=True,
)  # fmt: skip
FLOAT4_E2M1FN = DType(
    "float4_e2m1fn",
    ("f4_e2m1fn", "fp4_e2m1fn", "e2m1fn", "f4_e2m1", "fp4_e2m1", "float4_e2m1", "e2m1", "fp4", "float4",
     "float4_e2m1fn_x2"),
    4, 2, 0, 6.0, infinite=False, nan=False, extra=True,
)  # fmt: skip

DTYPES = (
    FLOAT64,
    FLOAT32,
    FLOAT16,
    BFLOAT16,
    FLOAT8_E4M3FN,
    FLOAT8_E5M2,
    FLOAT8_E4M3FNUZ,
    FLOAT8_E5M2FNUZ,
    FLOAT8_E4M3B11FNUZ,
    FLOAT8_E8M0FNU,
    FLOAT4_E2M1FN,
)

_BY_NAME = {name: dtype for dtype in DTYPES for name in (dtype.name, *dtype.aliases)}


def parse(name: str) -> DType:
    """Return the format of that name or alias; case and `-` for `_` do not matter.

    Raises:
        UsageError: there is none; the hint names the nearest.
    """
    if found := named(name):
        return found
    raise _unknown(name)


def wanted(dtype: DTypeLike | DType | None) -> DType | None:
    """Return the format that a caller names, as `parse` or as NumPy does; None for none.

    Raises:
        UsageError: there is no such format.
    """
    if dtype is None or isinstance(dtype, DType):
        return dtype
    if isinstance(dtype, str) and (found := named(dtype)):
        return found
    try:
        name = np.dtype(dtype).name
    except Exception:  # TypeError for most, ValueError for a bad structure, or what its repr raises
        raise _unknown(dtype) from None
    return parse(name)


def named(name: str) -> DType | None:
    """Return the format of that name or alias, if there is one; case and `-` for `_` do not matter."""
    return _BY_NAME.get(name.lower().replace("-", "_"))


def _unknown(dtype: object) -> UsageError:
    word = dtype if isinstance(dtype, str) else shown(dtype)
    known = ", ".join(dtype.name for dtype in DTYPES)
    return UsageError(f"no dtype {shown(dtype)}", nearest(word, list(_BY_NAME)) or f"it is one of {known}")


def of(dtype: np.dtype[Any]) -> DType:
    """Return the format in which results for an array of that NumPy dtype are given: its own, or float64."""
    return _BY_NAME.get(dtype.name, FLOAT64)

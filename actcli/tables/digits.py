"""The shortest decimal digits of many numbers at once, in NumPy.

The method is Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020), carried out on whole
arrays of unsigned 64-bit integers. A number is c·2^q with an integer c of at most p bits; the reals that
round to it lie between (4c − 2)·2^(q−2) and (4c + 2)·2^(q−2), and the shortest decimal in that interval, the
nearest to it of its length, is one of four candidates. Powers of ten are held to 128 bits, more than the
paper proves enough for float64; a narrower dtype has the same powers, and only its intervals are wider.

Every number becomes a row of 48 bytes in which unused places are NUL: sign, leading zeros, first digit, then
16 digits each followed by room for a point, exponent. Dropping the NULs of many rows at once is what makes
text of them. The spelling is that of Python's `repr`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from actcli.core.arrays import ldexp
from actcli.core.dtypes import FLOAT64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType

Words = NDArray[np.uint64]
Whole = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_WORDS = 6  # of 8 bytes, for each number
_BLOCK = 8192  # numbers at a time: the temporaries stay in the cache
_LONGEST = 120  # a line of more bytes is not worth padding others to
_TABLE = 1 << 19  # and so many words of a table of them at most
_LEAST, _MOST = -324, 292  # 10^-k for these k is all that float64 needs
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_TEN = tuple(np.uint64(10**i) for i in range(18))


def spelled(values: Array, dtype: DType = FLOAT64) -> bytes:
    """Return the shortest spellings of numbers of the dtype, held in float64, each ended by a line feed."""
    return lines(b"", [(values, dtype)], "")


def lines(before: bytes, columns: Sequence[tuple[Array, DType]], delimiter: str) -> bytes:
    """Return lines of text with numbers after them.

    Args:
        before: lines of less than 248 bytes, each ended by a line feed, without NULs; or nothing.
        columns: the numbers that follow, of the dtype, held in float64.
        delimiter: what is put before each number but one that begins a line.
    """
    count = len(columns[0][0])
    starts, lengths, width = _measured(before) if before else (np.empty(0, np.int64),) * 2 + (0,)
    # Records that begin at every byte are a mere view of the text; those that begin a line are taken.
    every = np.ndarray(len(before), f"V{width}", before + bytes(width), strides=(1,)) if before else None
    places = np.arange(width, dtype=np.uint8)
    texts = []
    words = width // 8 + len(columns) * _WORDS
    block = max(64, min(_BLOCK, _TABLE // words))
    for start in range(0, count, block):
        some = slice(start, start + block)
        table = np.empty((min(block, count - start), words), np.uint64)
        letters = table.view(np.uint8)
        if every is not None:
            led = every[starts[some]].view(np.uint8).reshape(-1, width)
            np.multiply(led, places < lengths[some, None].astype(np.uint8), out=letters[:, :width])
            letters[:, width - 1] = ord(delimiter)
        for i, (values, dtype) in enumerate(columns):
            at = width // 8 + i * _WORDS
            _rows(np.ascontiguousarray(values[some]), dtype, table[:, at : at + _WORDS], letters[:, 8 * at :])
            letters[:, 8 * (at + _WORDS) - 1] = ord(delimiter or "\n")
        letters[:, -1] = ord("\n")
        texts.append(table.tobytes().translate(None, b"\0"))
    return b"".join(texts)


def _measured(text: bytes) -> tuple[Whole, Whole, int]:
    """Return where each line begins, how long it is, and room for the longest, in whole words of 8 bytes."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    return starts, ends - starts, int((ends - starts).max() + 8) // 8 * 8


def _rows(values: Array, dtype: DType, rows: Words, places: Bytes) -> None:
    """Write a row of words for each number; `places` are the bytes of the same rows."""
    bits = values.view(np.uint64)
    negative = (bits >> np.uint64(63)).view(np.int64)
    finite = np.isfinite(values)
    digits, exponent = _decimal(np.where(finite, np.abs(values), 0.0), dtype)
    first, groups, length = _split(digits)
    scientific = (exponent < -4) | (exponent > 15)
    tables = _tables()
    point = np.where(scientific, 0, exponent)  # the point follows this digit; negative: it comes before all
    shown = np.where(scientific, length, np.maximum(length, point + 2))
    rows[:, 0] = tables.head[(negative * 5 + np.maximum(-point, 0)) * 10 + first]
    for i, group in enumerate(groups):
        rows[:, i + 1] = tables.four[group] & tables.keep[np.clip(shown - 1 - 4 * i, 0, 4)]
    rows[:, 5] = np.where(scientific, tables.exponent[exponent + 400], 0)
    pointed = np.flatnonzero((point >= 0) & (shown > 1))
    places[pointed, 7 + 2 * point[pointed]] = ord(".")
    if not finite.all():
        for odd, text in (
            (values == np.inf, b"inf"),
            (values == -np.inf, b"-inf"),
            (values != values, b"nan"),
        ):
            places[odd, : 8 * _WORDS] = np.frombuffer(text.ljust(8 * _WORDS, b"\0"), np.uint8)


def _decimal(values: Array, dtype: DType) -> tuple[Words, Whole]:
    """Return 17 digits as a whole number, and the exponent of ten of the first of them.

    Of 8 bits, numbers are spelled as doubles: exactly, where fewer digits read back to them but are no number
    of the format, as 450 is none where 448 is the largest.
    """
    if dtype.bits <= 8:
        dtype = FLOAT64
    if dtype is FLOAT64:
        bits = values.view(np.uint64)
        biased = (bits >> np.uint64(52)).view(np.int64)
        c = (bits & np.uint64((1 << 52) - 1)) | ((biased > 0).astype(np.uint64) << np.uint64(52))
        power = np.maximum(biased, 1) - 1075
    else:
        power = np.maximum(np.frexp(values)[1].astype(np.int64) - 1, dtype.lowest) - dtype.precision + 1
        c = ldexp(values, -power).astype(np.uint64)
    closer = (c == np.uint64(1 << (dtype.precision - 1))) & (power > dtype.lowest - dtype.precision + 1)
    zero = c == 0
    digits, exponent = _schubfach(np.where(zero, np.uint64(1), c), power, closer)
    size = np.searchsorted(np.array(_TEN), digits, side="right")
    digits = digits * np.array(_TEN)[17 - size]
    digits[zero] = 0
    exponent = exponent + size - 1
    exponent[zero] = 0
    return digits, exponent


def _schubfach(c: Words, q: Whole, closer: NDArray[np.bool_]) -> tuple[Words, Whole]:
    """Return d and e: d·10^e is the shortest decimal that rounds to c·2^q, the nearest if several are."""
    k = (q * 1262611 - closer * 524031) >> 22  # ⌊log10 of the interval's width⌋
    shift = (q + ((-k * 1741647) >> 19) + 1).astype(np.uint64)
    limbs = [limb[k - _LEAST] for limb in _powers()]
    four = c << np.uint64(2)
    v = _scaled(limbs, four << shift)
    odd = c & np.uint64(1)
    low = _scaled(limbs, four - np.uint64(2) + closer << shift) + odd
    high = _scaled(limbs, four + np.uint64(2) << shift) - odd

    s = v >> np.uint64(2)
    tenth = s // np.uint64(10)
    near = tenth * np.uint64(40)
    above = near + np.uint64(40) <= high
    shorter = ((low <= near) != above) & (s >= np.uint64(10))

    whole = v & ~np.uint64(3)
    up = whole + np.uint64(4) <= high
    both_or_none = (low <= whole) == up
    rest = v & np.uint64(3)
    nearer = (rest == 3) | ((rest == 2) & ((s & np.uint64(1)) == 1))
    digits = np.where(shorter, tenth + above, s + np.where(both_or_none, nearer, up))
    return digits, k + shorter


def _scaled(limbs: list[Words], x: Words) -> Words:
    """Return the top 64 bits of the 192 of power·x, the last one set if anything is lost: round to odd."""
    g0, g1, g2, g3 = limbs
    x0, x1 = x & _LOW, x >> _32
    b, c = g0 * x1, g1 * x0
    middle = (g0 * x0 >> _32) + (b & _LOW) + (c & _LOW)
    carry = g1 * x1 + (b >> _32) + (c >> _32) + (middle >> _32)
    a, b, c = g2 * x0, g2 * x1, g3 * x0
    middle = (a >> _32) + (b & _LOW) + (c & _LOW)
    low = ((middle << _32) | (a & _LOW)) + carry
    high = g3 * x1 + (b >> _32) + (c >> _32) + (middle >> _32) + (low < carry)
    top: Words = high | (low > np.uint64(1))
    return top


def _split(digits: Words) -> tuple[Whole, tuple[Whole, ...], Whole]:
    """Return the first of 17 digits, the others in fours, and how many are left without zeros at the end."""
    front = digits // _TEN[8]
    back = (digits - front * _TEN[8]).view(np.int64)
    first = (front // _TEN[8]).view(np.int64)
    front = (front - first.view(np.uint64) * _TEN[8]).view(np.int64)
    a, c = front // 10000, back // 10000
    groups: tuple[Any, ...] = (a, front - a * 10000, c, back - c * 10000)
    zeros = _tables().zeros
    length: Whole = np.full(len(digits), 17)
    all_zero: NDArray[np.bool_] = length == 17
    for group in reversed(groups):
        length -= zeros[group] * all_zero
        all_zero = all_zero & (group == 0)
    return first, groups, length


class _Tables(NamedTuple):
    """Spellings ready to be put in place, eight bytes a piece."""

    head: Words
    four: Words
    keep: Words
    exponent: Words
    zeros: Whole


@cache
def _tables() -> _Tables:
    def words(texts: list[bytes]) -> Words:
        return np.frombuffer(b"".join(text.ljust(8, b"\0") for text in texts), np.uint64)

    prefixes = [b"", b"0.", b"0.0", b"0.00", b"0.000"]
    head = [
        sign + prefix.ljust(5, b"\0") + b"%d\0" % digit
        for sign in (b"\0", b"-")
        for prefix in prefixes
        for digit in range(10)
    ]
    of_four = np.arange(10000)[:, None] // [1000, 100, 10, 1] % 10
    four = np.zeros((10000, 8), np.uint8)
    four[:, ::2] = of_four + ord("0")
    zeros = np.cumprod(of_four[:, ::-1] == 0, axis=1).sum(axis=1)
    keep = [b"\xff" * (2 * i) for i in range(5)]
    exponent = [b"e%+03d" % i for i in range(-400, 401)]
    return _Tables(words(head), four.view(np.uint64)[:, 0], words(keep), words(exponent), zeros)


@cache
def _powers() -> tuple[Words, ...]:
    """Return 10^-k for each k, scaled to 128 bits and rounded up: four limbs of 32 bits, the lowest first."""
    limbs: list[list[int]] = [[], [], [], []]
    for k in range(_LEAST, _MOST + 1):
        power: int = 10 ** abs(k)
        bits = power.bit_length()
        if k <= 0:
            scaled = -(-power >> (bits - 128)) if bits > 128 else power << (128 - bits)
        else:
            scaled = -(-(1 << (bits + 127)) // power)
        for i, limb in enumerate(limbs):
            limb.append(scaled >> (32 * i) & 0xFFFFFFFF)
    return tuple(np.array(limb, np.uint64) for limb in limbs)

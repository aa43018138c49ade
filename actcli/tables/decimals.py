"""Many decimals read at once, in NumPy: the inverse of `digits`.

A cell becomes the 24 bytes that end with its last digit: three unsigned 64-bit integers of eight digits each,
once the decimal point is taken out by moving what stands before it. Its digits are a whole number m of at
most 64 bits, and its value m·10^q is computed to 2⁻⁹² of itself, in sums of doubles whose errors are kept
(`_scaled`): it is rounded correctly wherever an error of `_ERROR` cannot matter. What is written otherwise
(blanks, names of infinities, more digits than m takes), is too large or too small, or lies too near to the
middle between two doubles is left to whoever asks.
"""

from __future__ import annotations

from functools import cache
from math import ldexp
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.arrays import Array

Words = NDArray[np.uint64]
Places = NDArray[np.int64]

MANY = 2048
"""Fewer cells are read one by one before the powers of ten are made."""

_BLOCK = 8192  # cells at a time: the temporaries stay in the cache
_SIZE = 24  # bytes that are looked at
_LARGEST = np.uint64(1843)  # the first eight of 24 digits of a number below 2⁶⁴
_LEAST, _MOST = -280, 280  # powers of ten of which m·10^q and all its parts are normal doubles
_ERROR = 2.0**-88  # of the value: many times what `_scaled` loses

_ZEROS, _SIXES, _HIGH = (np.uint64(byte * 0x0101010101010101) for byte in (ord("0"), 0x76, 0x80))
_BYTES = np.uint64(0x000000FF000000FF)
_HUNDREDS, _ONES = np.uint64(0x000F424000000064), np.uint64(0x0000271000000001)  # 100 + (10⁶ << 32), 1 + …
_8, _10, _16, _32 = np.uint64(8), np.uint64(10), np.uint64(16), np.uint64(32)


class Cells:
    """Cells in text without quotes: the bytes, and where in them each begins and ends, in their order."""

    def __init__(self, data: bytes, starts: Places, ends: Places) -> None:
        self.data, self.starts, self.ends = data, starts, ends

    def __getitem__(self, row: int) -> str:
        return self.data[self.starts[row] : self.ends[row]].decode()


def cells_at(data: bytes, delimiter: str, width: int, columns: Sequence[int]) -> Cells:
    """Return the cells of some columns, row by row, of lines that have `width` each and a line feed.

    The columns are given by their indices, in increasing order.
    """
    letters = np.frombuffer(data, np.uint8)
    marks = letters == ord("\n")
    if width > 1:
        marks |= letters == ord(delimiter)
    ends = np.flatnonzero(marks)
    starts = np.concatenate(([0], ends[:-1] + 1))
    if len(columns) < width:
        starts, ends = (places.reshape(-1, width)[:, columns].ravel() for places in (starts, ends))
    return Cells(data, starts, ends)


def read(cells: Cells, point: str) -> tuple[Array, Places]:
    """Return the double nearest to each cell, and which are not read: anything stands in their places.

    Args:
        cells: decimals as `float` takes them, with this point.
        point: a comma, perhaps.
    """
    data, starts, ends = cells.data, cells.starts, cells.ends
    padded = bytes(_SIZE + 1) + data  # the window of the first cell, and the one before it, begin here
    every = np.ndarray(len(data) + 1, f"V{_SIZE}", padded, strides=(1,), offset=1)
    before = np.ndarray(len(data) + 1, f"V{_SIZE}", padded, strides=(1,))
    letters = np.frombuffer(data, np.uint8)
    points = _placed(np.flatnonzero(letters == ord(point)), starts, ends)
    values = np.empty(len(ends))
    odd = np.empty(len(ends), np.bool_)
    for first in range(0, len(ends), _BLOCK):
        some = slice(first, first + _BLOCK)
        start, stop, at = starts[some], ends[some], points[some]
        lead = letters[start]
        negative = lead == ord("-")
        start = start + (negative | (lead == ord("+")))
        power, bad = None, np.zeros(len(stop), np.bool_)
        if b"e" in (part := data[start[0] : stop[-1]]) or b"E" in part:
            power, stop, bad = _exponents(letters, every, start, stop)
        pointed = at >= 0
        after = np.where(pointed, stop - at - 1, _SIZE)
        count = stop - start - pointed
        bad |= (count < 1) | (count > _SIZE) | (after < 0) | (after > _SIZE)
        np.clip(after, 0, _SIZE, out=after)
        words, moved = (windows[stop].view(np.uint64).reshape(-1, 3) for windows in (every, before))
        words = moved ^ ((moved ^ words) & _last().take(after, axis=0))
        whole, unread = _whole(words, np.clip(count, 0, _SIZE))
        exponent = np.where(pointed, -after, 0)
        if power is not None:
            exponent += power
            bad |= (exponent < _LEAST) | (exponent > _MOST)
            np.clip(exponent, _LEAST, _MOST, out=exponent)
        value, undecided = _scaled(whole, exponent)
        values[some] = np.where(negative, -value, value)
        odd[some] = bad | unread | undecided
    return values, np.flatnonzero(odd)


def _placed(points: Places, starts: Places, ends: Places) -> Places:
    """Return where the point of each cell is, −1 where it has none; of several one."""
    if len(points) == len(ends) and ((starts <= points) & (points < ends)).all():
        return points
    row = np.searchsorted(ends, points)
    inside = row < len(ends)
    row, points = row[inside], points[inside]
    inside = points >= starts[row]
    found = np.full(len(ends), -1)
    found[row[inside]] = points[inside]
    return found


def _exponents(
    letters: NDArray[np.uint8], every: NDArray[np.void], starts: Places, ends: Places
) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Return the power of ten that each cell ends with, where that begins, and whether it cannot be read."""
    part = letters[starts[0] : ends[-1]] | np.uint8(0x20)  # in lower case
    at = _placed(np.flatnonzero(part == ord("e")) + starts[0], starts, ends)
    rows = np.flatnonzero(at >= 0)
    at = at[rows]
    sign = letters[at + 1]  # at least the line feed is there
    signed = (sign == ord("-")) | (sign == ord("+"))
    count = ends[rows] - at - 1 - signed
    words = every[ends[rows]].view(np.uint64).reshape(-1, 3)
    whole, unread = _whole(words, np.clip(count, 0, 3))
    power, stop, bad = np.zeros(len(ends), np.int64), ends.copy(), np.zeros(len(ends), np.bool_)
    power[rows] = np.where(sign == ord("-"), -1, 1) * whole.view(np.int64)
    stop[rows] = at
    bad[rows] = unread | (count < 1) | (count > 3)
    return power, stop, bad


def _whole(words: Words, count: Places) -> tuple[Words, NDArray[np.bool_]]:
    """Return the whole number that is written in the last `count` bytes of 24, and where it is none."""
    d = (words ^ _ZEROS) & _last().take(count, axis=0)  # no other byte becomes 0 to 9
    other = (d + _SIXES) | d  # what is carried on comes of a byte that is told
    other = ((other[:, 0] | other[:, 1] | other[:, 2]) & _HIGH) != 0
    d = d * _10 + (d >> _8)
    d = ((d & _BYTES) * _HUNDREDS + ((d >> _16) & _BYTES) * _ONES) >> _32
    top = d[:, 0]
    other |= top > _LARGEST
    return (top * np.uint64(10**8) + d[:, 1]) * np.uint64(10**8) + d[:, 2], other


def _scaled(whole: Words, exponent: Places) -> tuple[Array, NDArray[np.bool_]]:
    """Return the double nearest to m·10^q, and where it cannot be told.

    With m = a + b, b of 32 bits, and 10^q = p + p′ + p″, of 21, 21 and 53 bits, the products a·p, a·p′ and
    b·p are exact, and their sum is kept in three doubles. Of the others, 2⁻⁴⁰ of the result, 2⁻⁹³ is lost.
    """
    p, more, rest, both = (part[exponent - _LEAST] for part in _powers())
    b = whole & np.uint64(0xFFFFFFFF)
    a = (whole - b).astype(np.float64)
    b = b.astype(np.float64)
    x, y, z = a * p, a * more, b * p
    high = x + y
    low = y - (high - x)
    x = high + z
    low += z - (x - high)
    low += a * rest + b * both
    value = x + low
    low -= value - x
    error = value * _ERROR
    return value, (value + (low + error)) != (value + (low - error))


@cache
def _last() -> Words:
    """Return the masks of the last 0 to 24 of 24 bytes."""
    place = np.arange(_SIZE)
    kept = np.where(place >= _SIZE - np.arange(_SIZE + 1)[:, None], 0xFF, 0).astype(np.uint8)
    return kept.view(np.uint64)


@cache
def _powers() -> tuple[Array, ...]:
    """Return 10^q for each q as three doubles, of 21, 21 and 53 bits, and the sum of the last two."""
    parts: list[tuple[float, float, float]] = []
    for q in range(_LEAST, _MOST + 1):
        bits = 200 + len(f"{10 ** abs(q):b}")  # so many that 200 or more are left of 1/10^−q
        whole, shift = (10**q, 0) if q >= 0 else ((1 << 2 * bits) // 10**-q, -2 * bits)
        cut = whole.bit_length() - 42
        if cut < 0:
            whole, shift, cut = whole << -cut, shift + cut, 0
        first = whole >> (cut + 21)
        second = (whole >> cut) - (first << 21)
        third = whole - (whole >> cut << cut)
        last = max(0, third.bit_length() - 200)
        parts.append(
            (
                ldexp(first, cut + 21 + shift),
                ldexp(second, cut + shift),
                ldexp(float(third >> last), last + shift),
            )
        )
    p, more, rest = np.array(parts).T.copy()
    return p, more, rest, more + rest

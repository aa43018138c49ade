"""Text to numbers and back: each spelling, each dtype, every bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.core.dtypes import DTYPES, FLOAT16, FLOAT32, FLOAT64, DType, parse
from actcli.tables.digits import lines, spelled
from actcli.tables.numbers import (
    Rounding,
    format_number,
    format_numbers,
    parse_cells,
    parse_constant,
    parse_number,
)
from tests.tables.helpers import HARD, bits

pytestmark = pytest.mark.core

USUAL = {
    "nan": math.nan, "NaN": math.nan, "NAN": math.nan, "-nan": math.nan,
    "inf": math.inf, "-Inf": -math.inf, "+infinity": math.inf, "-Infinity": -math.inf, "∞": math.inf,
    "1": 1.0, "+1": 1.0, "−1": -1.0, "1.": 1.0, ".5": 0.5, "-.5e1": -5.0, "1E3": 1000.0, "007": 7.0,
    " 2 ": 2.0, '"3"': 3.0, "1e-400": 0.0, "1e−3": 0.001,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), USUAL.items())
def test_usual_spellings_are_numbers(text: str, value: float) -> None:
    assert (
        bits(np.array([parse_number(text), parse_cells([text])[0][0]])).tolist()
        == bits(np.array([value, value])).tolist()
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [(text, "is not a number") for text in ("abc", "0x10", "1 2", "e5", "--1", "1d3", "1.2.3")]
    + [
        (text, "is not a number: write 1234.5, with a point and nothing between digits")
        for text in ("1_000", "1,234.5", "1 000", "١", "１")
    ]
    + [("1,5", "is not a number: write 1234.5, with a point and nothing between digits, or say --decimal ,")]
    + [(text, "is missing") for text in ("", "  ", "NA", "n/a", "null", "None", "#N/A", '""')]
    + [(text, "is too large for float64") for text in ("1e400", "-1e999", "1" + "0" * 400)],
)
def test_what_is_no_number_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_number(text)
    values, bad = parse_cells(["1", text, "2"])
    assert [(cell.row, cell.text, cell.reason) for cell in bad] == [(1, text, reason)]
    assert values[[0, 2]].tolist() == [1.0, 2.0]
    assert math.isnan(values[1])


def test_text_is_rounded_once_to_the_dtype() -> None:
    # Midway between 1 and the next float32, and a little beyond: float64 cannot tell the two apart.
    midway = "1.000000059604644775390625"
    for text, value in {midway: 1.0, midway + "1": 1.0000001192092896, midway[:-1] + "4": 1.0}.items():
        assert float(text) == float(midway)
        assert parse_number(text, FLOAT32) == value
        assert parse_cells([text], FLOAT32)[0][0] == value


@pytest.mark.parametrize(("text", "dtype"), [("70000", FLOAT16), ("1e39", FLOAT32), ("-1e39", FLOAT32)])
def test_a_number_too_large_for_the_dtype_is_an_error(text: str, dtype: DType) -> None:
    with pytest.raises(ValueError, match=f"is too large for {dtype}"):
        parse_number(text, dtype)
    assert parse_cells([text], dtype)[1][0].reason == f"is too large for {dtype}"


@given(st.lists(st.floats(), min_size=1, max_size=80))
def test_the_digits_of_many_numbers_are_those_of_repr(values: list[float]) -> None:
    assert spelled(np.array(values)).decode().splitlines() == list(map(repr, values))


def test_the_digits_of_any_bits_are_those_of_repr() -> None:
    patterns = (
        np.random.default_rng(7).integers(0, 1 << 64, 50_000, np.uint64, endpoint=False).view(np.float64)
    )
    powers = 2.0 ** np.arange(-1074, 1024)
    tens = np.array([float(f"1e{k}") for k in range(-323, 309)])
    values = np.concatenate([HARD, patterns, powers, np.nextafter(powers, 0), tens, np.nextafter(tens, 0)])
    assert spelled(values).decode().splitlines() == list(map(repr, values.tolist()))


def test_lines_of_many_numbers() -> None:
    values = np.random.default_rng(9).normal(size=(70, 3000))
    before = "".join(f"row {i}\n" for i in range(70)).encode()
    texts = lines(before, [(column, FLOAT64) for column in values.T], "\t").decode().splitlines()
    assert texts == ["\t".join([f"row {i}", *map(repr, row)]) for i, row in enumerate(values.tolist())]


@pytest.mark.parametrize("dtype", DTYPES[2:], ids=str)
def test_every_number_of_a_narrow_dtype_reads_back(dtype: DType) -> None:
    pytest.importorskip("ml_dtypes")
    values = dtype.decode(np.arange(1 << dtype.bits, dtype=dtype.patterns))
    texts = format_numbers(values, dtype)
    read, bad = parse_cells(texts, dtype)
    assert not bad
    assert (bits(read) == bits(values)).all()
    if dtype.bits <= 8:
        assert texts == list(map(repr, values.tolist()))
        return
    for text, value in zip(texts[::97], values[::97].tolist(), strict=True):
        shorter = [
            float(f"{value:.{n}e}") for n in range(len(text.strip("-0.").replace(".", "").split("e")[0]) - 1)
        ]
        assert math.isnan(value) or value not in dtype.round(shorter or [math.nan]).tolist()


@pytest.mark.parametrize(
    ("text", "dtype", "reason"),
    [
        ("8", "fp4", "too large for float4_e2m1fn"),
        ("-1e9", "fp4", "too large for float4_e2m1fn"),
        ("450", "e4m3fnuz", "too large for float8_e4m3fnuz"),
        ("0", "e8m0", "not positive, as numbers of float8_e8m0fnu are"),
        ("-1", "e8m0", "not positive"),
        ("1e39", "e8m0", "too large"),
    ],
)
def test_a_number_that_a_format_has_nothing_near(text: str, dtype: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_number(text, parse(dtype))
    with pytest.raises(ValueError, match=reason):
        parse_constant(f"{text}*1", parse(dtype))
    ((row, cell, why),) = parse_cells(["1", text], parse(dtype))[1]
    assert (row, cell) == (1, text)
    assert reason in why


def test_a_number_of_eight_bits_is_written_exactly() -> None:
    assert format_numbers(np.array([448.0, 0.1015625]), parse("e4m3")) == ["448.0", "0.1015625"]
    assert parse_number("450", parse("e4m3")) == 448.0


def test_a_million_float32_read_back() -> None:
    patterns = np.random.default_rng(8).integers(0, 1 << 32, 1_000_000, np.uint32, endpoint=False)
    values = patterns.view(np.float32)
    with np.errstate(invalid="ignore"):
        wide = values.astype(np.float64)
    assert (bits(parse_cells(format_numbers(wide, FLOAT32), FLOAT32)[0]) == bits(wide)).all()


@given(st.floats(width=32, allow_nan=False))
def test_a_float32_is_spelled_as_numpy_does(value: float) -> None:
    assert float(format_number(value, FLOAT32)) == float(str(np.float32(value)))


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.8457776529839336, 3, "0.846"),
        (0.06942565748131053, 3, "0.069"),
        (-2e-9, 3, "0.000"),
        (-0.0, 1, "0.0"),
        (2.5, 0, "2"),
        (0.125, 2, "0.12"),
        (2.675, 2, "2.67"),  # the double lies below
        (123456789.125, 2, "123456789.12"),
        (9999999999999998.0, 1, "9999999999999998.0"),
        (1e16, 3, "1e+16"),
        (-1.5e300, 3, "-1.5e+300"),
        (np.inf, 3, "inf"),
        (np.nan, 3, "nan"),
    ],
)
def test_people_get_as_many_places_as_they_ask_for(value: float, places: int, text: str) -> None:
    assert format_number(value, FLOAT64, Rounding(places, places=True)) == text


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [(2 / 3, 3, "0.667"), (1e-7, 2, "1e-07"), (math.inf, 3, "inf"), (5.0, 4, "5")],
)
def test_people_get_as_many_digits_as_they_ask_for(value: float, precision: int, text: str) -> None:
    assert format_number(value, FLOAT64, Rounding(precision)) == text

"""Quantised formats: integers that stand for scale·(q − zero point)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core.definition import asking
from actcli.core.dtypes import FLOAT32, Encoded, Quantised, quantised
from actcli.core.measure import error_in_ulp, ordinal, ulp_distance
from actcli.core.questions import rounded
from actcli.core.spec import Subject
from actcli.core.verify.inputs import between, every, every_pattern, numbers_at, specials
from actcli.core.verify.reference import true_values
from actcli.errors import UsageError
from tests.core.oracle import named

if TYPE_CHECKING:
    from actcli.core.dtypes import DType

FORMATS = [
    quantised("int8", 1 / 128),
    quantised("int8", 0.1, -128),
    quantised("uint8", 1 / 3, 128),
    quantised("uint8", 0.023529412, 3),
    quantised("int8", 1e-20, 127),
]


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
def test_every_integer_stands_for_its_multiple_of_the_scale(dtype: Quantised) -> None:
    ends = np.iinfo(dtype.name)
    integers = np.arange(ends.min, ends.max + 1)
    values = dtype.decode(integers.astype(dtype.name).view(np.uint8))
    exact = [(int(q) - dtype.zero_point) * Fraction(float(np.float32(dtype.scale))) for q in integers]
    assert [Fraction(value) for value in values.tolist()] == exact
    assert (values[0], values[-1]) == (dtype.least, dtype.largest)
    assert dtype.encode(values).view(dtype.name).tolist() == integers.tolist()
    assert ordinal(values, dtype).tolist() == (integers - dtype.zero_point).tolist()
    assert numbers_at(integers - dtype.zero_point, dtype).tolist() == values.tolist()
    assert sorted(every(dtype).tolist()) == values.tolist()
    assert not np.signbit(values[values == 0]).any()


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
def test_the_middle_of_two_goes_to_the_even_one(dtype: Quantised) -> None:
    values = np.sort(every(dtype))
    low, high = values[:-1], values[1:]
    ties = (low + high) / 2
    for tie, a, b in zip(ties.tolist(), low.tolist(), high.tolist(), strict=True):
        assert Fraction(tie) == (Fraction(a) + Fraction(b)) / 2, "it is a double"
    even = np.where(ordinal(low, dtype) % 2 == 0, low, high)
    assert np.array_equal(dtype.round(ties), even)
    assert np.array_equal(dtype.round(np.nextafter(ties, -np.inf)), low)
    assert np.array_equal(dtype.round(np.nextafter(ties, np.inf)), high)
    assert dtype.halfway(ties).all()
    assert not dtype.halfway(np.nextafter(ties, np.inf)).any()
    assert not dtype.halfway(values).any()


def test_what_is_beyond_the_ends_becomes_the_end() -> None:
    for dtype in FORMATS:
        assert dtype.round([1e30, np.inf, -1e30, -np.inf]).tolist() == 2 * [dtype.largest] + 2 * [dtype.least]
        found = error_in_ulp([dtype.largest, dtype.least], [1e30, -1e30], dtype)
        assert found.tolist() == [0.0, 0.0]


def test_errors_are_told_in_steps_of_the_scale() -> None:
    dtype = quantised("int8", 0.1)
    step = float(np.float32(0.1))
    assert error_in_ulp([step, 2 * step], [1.25 * step, 0.0], dtype) == pytest.approx([0.25, 2.0])
    assert ulp_distance([dtype.least], [dtype.largest], dtype).tolist() == [255.0]
    assert specials(dtype) == {"least": -128 * step, "0": 0.0, "largest": 127 * step}


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize(("name", "order"), [("sigmoid", 0), ("relu", 0), ("gelu", 1), ("softsign", 0)])
def test_results_are_rounded_once_from_inputs_of_another_format(name: str, order: int, dtype: DType) -> None:
    function = named(name)
    subject = Subject(function, {}, order)
    x = every(quantised("int8", 0.05, 3))
    ask, question = asking(subject), rounded(dtype)
    due = [ask(point, question) for point in x.tolist()]
    assert true_values(subject, x, dtype).expected.tolist() == due


def test_a_range_of_integers() -> None:
    inputs = between(-0.25, 0.5, quantised("int8", 0.125, 10))
    assert inputs.part(0, 99).bits.view(np.int8).tolist() == [8, 9, 10, 11, 12, 13, 14]
    assert every_pattern(quantised("uint8", 1.0)).count == 256


def test_arrays_are_of_integers() -> None:
    assert Encoded.of([0.0, 1.0], quantised("int8", 0.5, -3)).array.tolist() == [-3, -1]
    assert Encoded.of([0.0], quantised("uint8", 0.5)).array.dtype == np.uint8


@pytest.mark.parametrize(
    ("name", "scale", "zero_point", "reason"),
    [
        ("int16", 1.0, 0, "no quantised dtype 'int16'"),
        ("int8", 0.0, 0, "a scale of 0"),
        ("int8", -1.0, 0, "a scale of -1"),
        ("int8", math.nan, 0, "a scale of nan"),
        ("int8", 1e300, 0, "a scale of"),
        ("int8", 1.0, 128, "int8 has no zero point 128"),
        ("uint8", 1.0, -1, "uint8 has no zero point -1"),
    ],
)
def test_what_is_no_quantised_format(name: str, scale: float, zero_point: int, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        quantised(name, scale, zero_point)


def test_two_formats_of_one_name_are_two() -> None:
    subject = Subject(named("relu"), {})
    for scale in (0.5, 0.25):
        found = true_values(subject, np.array([0.7]), quantised("int8", scale))
        assert found.expected.tolist() == [0.5 if scale == 0.5 else 0.75]
    assert quantised("int8", 0.1) == quantised("int8", float(np.float32(0.1)))
    assert str(quantised("int8", 0.1, 3)) == "int8 (scale 0.1, zero point 3)"
    assert quantised("int8", 1.0) != FLOAT32

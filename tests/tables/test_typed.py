"""Arguments: decimals, lists, arrays as people copy them, and formulas without x."""

from __future__ import annotations

import math

import pytest

from actcli.core.dtypes import parse
from actcli.errors import ActcliError
from actcli.tables.numbers import parse_constant
from actcli.tables.points import are_numbers, from_range, from_values

ONE_VECTOR = {
    "1,2,3": [1, 2, 3],
    "[3, 0.7, 0.5]": [3, 0.7, 0.5],
    "3 0.7 0.5": [3, 0.7, 0.5],
    "1;2;3": [1, 2, 3],
    "1, 2, 3,": [1, 2, 3],
    "3 -2": [3, -2],
    "(1.0, -2.0)": [1, -2],
    "{1.0, -2.0}": [1, -2],
    "tensor([1., 2.], device='cuda:0')": [1, 2],
    "[1] -0.5  0.3": [-0.5, 0.3],
    "1/3,2/3": [1 / 3, 2 / 3],
    "[1/3, -pi]": [1 / 3, -math.pi],
    "1/3 2/3": [1 / 3, 2 / 3],
    "max(1, 2), 3": [2, 3],
    "0.5,1": [0.5, 1],
    "1,-2": [1, -2],
}
CONSTANTS = {
    "1/3": 1 / 3, "pi": math.pi, "-pi": -math.pi, "π": math.pi, "e": math.e, "-2*pi": -2 * math.pi,
    "sqrt(2)": math.sqrt(2), "2^0.5": math.sqrt(2), "2**10": 1024, "1e-3/3": 1e-3 / 3, "−1/3": -1 / 3,
    "3 - 2": 1, "(1/3)": 1 / 3, "max(1,2)": 2, " 1/30 ": 1 / 30, "10^-400": 0, "1e3": 1000,
}  # fmt: skip
NO_NUMBERS = [
    "1/0", "sqrt(-1)", "i", "x", "x/2", "abc", "a/b", "3.0e", "1_000", "2024-01-01", "1/2/2024", "10^400",
    "1e400", "f(x) = 2", "data.csv", "inf/2", "50%", "", "na", "1 +", "0x10", "9^9^9", "1,,2", "[1, 2",
    "[1, x]", "2 # two", "1 000, 2 000", "[1 000, 2 000]",
]  # fmt: skip


def columns(*texts: str, vector: bool) -> list[list[float]]:
    (chunk,) = from_values(texts, vector=vector)
    found: list[list[float]] = chunk.numbers.tolist()
    return found


@pytest.mark.parametrize(("text", "due"), ONE_VECTOR.items(), ids=str)
@pytest.mark.parametrize("vector", [False, True])
def test_several_numbers_in_an_argument_are_one_vector(text: str, due: list[float], vector: bool) -> None:
    assert columns(text, vector=vector) == [[number] for number in due]
    assert from_values([text], vector=vector).vector
    assert are_numbers(text)


@pytest.mark.parametrize("texts", [["[1,", "2,", "3]"], ["1,", "2,", "3"], ["tensor([1.,", "2, 3.])"], "123"])
def test_an_array_that_the_shell_cuts_at_blanks_is_whole(texts: list[str]) -> None:
    assert columns(*texts, vector=True) == [[1], [2], [3]]


def test_several_vectors_are_rows_or_numbers_one_after_the_other() -> None:
    assert columns("1,2,3", "4,5,6", vector=True) == [[1, 2, 3], [4, 5, 6]]
    assert columns("1,2,3", "4,5,6", "7", vector=False) == [[i] for i in range(1, 8)]
    for vector in (False, True):
        assert columns("[[1, 2], [3, 4]]", vector=vector) == [[1, 2], [3, 4]]
        assert columns("1, 2; 3, 4", vector=vector) == [[1, 2], [3, 4]]
        with pytest.raises(ActcliError, match="'1,5;2,5' has two readings") as caught:
            columns("1,5;2,5", vector=vector)
        assert caught.value.hint == "1.5 2.5, or '1 5 2 5'"


@pytest.mark.parametrize("texts", [("1,2,3", "4"), ("1 2", "1 2 3"), ("4", "[1, 2]")])
def test_vectors_of_different_lengths_are_no_rows(texts: tuple[str, ...]) -> None:
    with pytest.raises(ActcliError, match="vector of"):
        from_values(texts, vector=True)


@pytest.mark.parametrize(
    "text", ["0,5", "1,234", "-1,5e3", "100,200", "1,5;2,5", "1,5 2,5", "1/3 -2/3", "1/2pi"]
)
def test_what_has_two_readings_is_asked_about(text: str) -> None:
    with pytest.raises(ActcliError, match="two readings"):
        columns(text, vector=False)


def test_a_comma_has_one_reading_where_a_number_alone_means_nothing() -> None:
    assert columns("1,5", vector=True) == [[1], [5]]
    with pytest.raises(ActcliError, match="two readings"):
        columns("1,5", "2,5", vector=True)


@pytest.mark.parametrize(("text", "due"), CONSTANTS.items(), ids=str)
def test_a_formula_without_x_is_a_number(text: str, due: float) -> None:
    assert parse_constant(text) == due
    assert columns(text, vector=False) == [[due]]
    assert are_numbers(text)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is|has"):
        parse_constant(text)
    with pytest.raises(ActcliError):
        columns(text, vector=False)


def test_a_formula_is_rounded_once_to_the_dtype() -> None:
    half = parse("float16")
    assert parse_constant("1/3", half) == 0.333251953125
    assert parse_constant("1 + 2^-11", half) == 1
    assert parse_constant("1 + 2^-11 + 2^-80", half) == 1 + 2**-10  # in float64 it lies midway
    with pytest.raises(ValueError, match="too large for float16"):
        parse_constant("10^5", half)


@pytest.mark.parametrize("name", ["gelu", "elu:alpha=2", "elu:alpha=1/3", "x", "x*2", "x^2 - 1", "f(x) = 2"])
def test_functions_are_no_numbers(name: str) -> None:
    assert not are_numbers(name)


def test_the_ends_of_a_range_may_be_formulas() -> None:
    (chunk,) = from_range("-pi:1/3:2")
    assert chunk.numbers[:, 0].tolist() == [-math.pi, 1 / 3]

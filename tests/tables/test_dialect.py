"""Delimiters and decimal marks: a comma may be either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.cli import main
from actcli.errors import DataError, UsageError
from actcli.tables.formats import Format
from actcli.tables.numbers import DecimalMark
from actcli.tables.points import from_values
from actcli.tables.reading import read
from actcli.tables.source import Reading
from tests.tables.helpers import convert, doubled, numbers

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [[0.5, 2.0, 3.5], [1.5, 3.0, -2.25]]

COMMAS = {
    "semicolons": "0,5;2,0;3,5\n1,5;3,0;-2,25\n",
    "tabs": "0,5\t2,0\t3,5\n1,5\t3,0\t-2,25\n",
    "blanks": "0,5 2,0  3,5\n1,5 3,0 -2,25\n",
    "bars": "0,5|2,0|3,5\n1,5|3,0|-2,25\n",
    "blanks around semicolons": "0,5 ; 2,0 ; 3,5\n1,5 ; 3,0 ; -2,25\n",
    "quotes": '"0,5","2,0","3,5"\n"1,5","3,0","-2,25"\n',
    "some quotes": 'a,b,c\n"0,5",2,"3,5"\n"1,5",3,"-2,25"\n',
    "a header": "a;b;c\n0,5;2,0;3,5\n1,5;3,0;-2,25\n",
    "a header between blanks": "a b c\n0,5 2,0 3,5\n1,5 3,0 -2,25\n",
    "a header with commas": '"a, m";"b, m";c\n0,5;2,0;3,5\n1,5;3,0;-2,25\n',
    "a header with commas that is not quoted": "a, m;b, m;c, m\n0,5;2,0;3,5\n1,5;3;-2,25\n",
    "whole numbers and exponents": "5e-1;2;3,5\n1,5;3;-22,5e-1\n",
    "whole numbers first": "x;y;z\n0,5;2;3,5\n1,5;3;-2,25\n",
    "no digit before": ",5;2;3,5\n1,5;3;-2,25\n",
    "as Excel writes": "\ufeffsep=;\r\na;b;c\r\n0,5;2;3,5\r\n1,5;3;-2,25\r\n",
    "as R's write.csv2 writes": '"";"a";"b";"c"\n"1";0,5;2;3,5\n"2";1,5;3;-2,25\n',
    "NDJSON of strings": '{"a": "0,5", "b": 2, "c": 3.5}\n{"a": "1,5", "b": "3,0", "c": "-2,25"}\n',
}


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("text", COMMAS.values(), ids=COMMAS)
def test_decimal_commas_are_found(tmp_path: Path, text: str, *, bulk: bool) -> None:
    if bulk:
        pytest.importorskip("polars")
    (tmp_path / "t").write_text(text, encoding="utf-8", newline="")
    assert numbers(tmp_path / "t", bulk=bulk).tolist() == ROWS
    assert numbers(tmp_path / "t", bulk=bulk, mark=DecimalMark.COMMA).tolist() == ROWS
    for form in ("csv", "tsv", "ndjson"):  # results have a point, and what passed through its comma
        names = convert(tmp_path / "t", tmp_path / f"o.{form}", doubled, bulk=bulk).chosen
        results = numbers(tmp_path / f"o.{form}", columns=tuple(f"{name}2" for name in names))
        assert results.tolist() == (2 * np.array(ROWS)).tolist()
        if text[0] != "{":  # in which both were
            assert numbers(tmp_path / f"o.{form}", columns=names).tolist() == ROWS


@pytest.mark.parametrize("form", [None, Format.CSV])
@pytest.mark.parametrize("bulk", [False, True])
def test_one_column_with_decimal_commas(tmp_path: Path, form: Format | None, *, bulk: bool) -> None:
    if bulk:
        pytest.importorskip("polars")
    for text in ("x\n0,5\n2\n", "my x\n0,5\n2\n"):
        (tmp_path / "t").write_text(text)
        assert numbers(tmp_path / "t", format=form, bulk=bulk).tolist() == [[0.5], [2]]
    (tmp_path / "t").write_text("0,5\n2\n")
    convert(tmp_path / "t", tmp_path / "o.csv", doubled, format=form, bulk=bulk, mark=DecimalMark.COMMA)
    assert (tmp_path / "o.csv").read_text() == 'x,x2\n"0,5",1.0\n2,4.0\n'
    convert(tmp_path / "t", tmp_path / "o.ndjson", doubled, format=form, bulk=bulk, mark=DecimalMark.COMMA)
    assert (tmp_path / "o.ndjson").read_text() == '{"x": 0.5, "x2": 1.0}\n{"x": 2, "x2": 4.0}\n'


DOUBTFUL = {
    "a decimal with a zero": ("0,05\n1,50\n", 1),
    "a negative below one": ("1,5\n-0,5\n", 1),
    "grouped, with a comma": ("1.234,5\n2.345,6\n", 1),
    "grouped, with a point": ("1,234.5\n2,345.6\n", 1),
    "grouped by blanks": ("1 234,5\n2 345,6\n", 1),
    "commas and blanks": ("1,5, 2,5\n0,5, 3,5\n", 1),
    "rows that R may have numbered": ("x\n1,5\n2,25\n", 2),
}
"""Files whose commas can be read in two ways, and the line that shows it."""


@pytest.mark.parametrize(("text", "line"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_can_be_read_in_two_ways_is_an_error(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(DataError, match=rf"/t:{line}: '.*' is one number or several|the comma may separate"):
        numbers(tmp_path / "t")


def test_the_decimal_mark_can_be_stated(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("0,05\n1,50\n")
    assert numbers(tmp_path / "t", mark=DecimalMark.COMMA).tolist() == [[0.05], [1.5]]
    assert numbers(tmp_path / "t", mark=DecimalMark.POINT).tolist() == [[0, 5], [1, 50]]
    (tmp_path / "t").write_text("0,5;1.5\n")
    for mark, cell in ((DecimalMark.COMMA, "1.5"), (DecimalMark.POINT, "0,5"), (None, "0,5")):
        with pytest.raises(DataError, match=f"'{cell}' is not a number: write 1234"):
            numbers(tmp_path / "t", mark=mark)
    (tmp_path / "t").write_text("0,5, 1,5\n")
    with pytest.raises(DataError, match="the comma separates cells, and decimals too"):
        numbers(tmp_path / "t", mark=DecimalMark.COMMA)


GROUPED = [
    "1.234,5;2",
    "1,234.5;2",
    "1,234;2,345",
    "1 234,5;2",
    "1'234,5;2",
    "1.234.567;0,5",
    "1\u00a0234,5;2",
]


@pytest.mark.parametrize("mark", [None, *DecimalMark])
@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("text", GROUPED)
def test_grouped_digits_are_refused(
    tmp_path: Path, text: str, mark: DecimalMark | None, *, bulk: bool
) -> None:
    (tmp_path / "t").write_text(text + "\n", encoding="utf-8")
    if (text, mark) == ("1,234;2,345", DecimalMark.COMMA):
        assert numbers(tmp_path / "t", mark=mark).tolist() == [[1.234, 2.345]]
        return
    with pytest.raises(DataError, match=r"t:1: column 'c1': .* is not a number: write 1234"):
        numbers(tmp_path / "t", mark=mark, bulk=bulk)


PLAIN = {
    "1,2,3\n": [[1, 2, 3]],
    "0,1\n2,3\n": [[0, 1], [2, 3]],
    "1, 2, 3\n": [[1, 2, 3]],
    "1.5,2\n": [[1.5, 2]],
    "a;b,1,2\n": [[1, 2]],
    "a, m;b, m\n1.5;2\n": [[1.5, 2]],
    "a;m,b;m\n1.5,2\n": [[1.5, 2]],
    "2019-01-01 12:00,1.5\n": [[1.5]],
    "0.871,3\n1.234,5\n": [[0.871, 3], [1.234, 5]],
    "a,b\n1.234,5\n": [[1.234, 5]],
}


@pytest.mark.parametrize("text", PLAIN)
def test_commas_that_separate_still_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text)
    assert numbers(tmp_path / "t").tolist() == PLAIN[text]


def test_a_comma_that_comes_late_is_an_error_with_its_mend(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("a;b\n" + "1;2\n" * 300 + "0,5;2\n")
    with pytest.raises(DataError, match=r"t:302: column 'a': '0,5' is not .* or say --decimal ,"):
        numbers(tmp_path / "t")


def test_arguments_have_the_decimal_mark_that_is_stated(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "relu", "0,5", "-1,5", "--decimal", ",", "-f", "csv"]) == 0
    assert capfd.readouterr().out == "x,relu\n0.5,0.5\n-1.5,0.0\n"
    assert main(["eval", "relu", "--range", "0:1", "--decimal", ","]) == 2
    assert "--decimal is not used" in capfd.readouterr().err
    with pytest.raises(DataError, match=r"is not a number: write 1234,5.* .with --decimal ,"):
        from_values(["1.5"], mark=DecimalMark.COMMA)


def test_numbers_that_are_no_text_have_no_decimal_mark(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.zeros(3))
    with pytest.raises(UsageError, match="--decimal is not used with npy"):
        read(Reading(paths=(str(tmp_path / "t.npy"),), mark=DecimalMark.COMMA))

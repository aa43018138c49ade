"""Text tables as programs and people write them."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actcli.errors import ActcliError, DataError, TransferError, UsageError
from actcli.tables.bad_cells import OnError
from actcli.tables.formats import Format
from actcli.tables.numbers import DecimalMark
from actcli.tables.points import from_range, from_values
from actcli.tables.reading import read
from actcli.tables.source import Reading
from actcli.tables.spacing import spaced
from tests.cli.processes import shell
from tests.tables.helpers import convert, doubled, numbers

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS = {
    "one column": ("1\n2\n", ("x",)),
    "one column with a header": ("h\n1\n2\n", ("h",)),
    "commas": ("1,10\n2,20\n", ("c1", "c2")),
    "commas with a header": ("a,b\n1,10\n2,20\n", ("a", "b")),
    "spaces after commas": ("a, b\n1, 10\n2, 20\n", ("a", "b")),
    "tabs": ("a\tb\n1\t10\n2\t20\n", ("a", "b")),
    "semicolons": ("a;b\n1;10\n2;20\n", ("a", "b")),
    "runs of spaces": ("  a   b\n 1  10\n 2  20\n", ("a", "b")),
    "no last line feed": ("a,b\n1,10\n2,20", ("a", "b")),
    "carriage returns": ("a,b\r\n1,10\r\n2,20\r\n", ("a", "b")),
    "a byte order mark": ("\ufeffa,b\n1,10\n2,20\n", ("a", "b")),
    "all quoted, as R writes": ('"a","b"\n"1","10"\n"2","20"\n', ("a", "b")),
    "a quoted header with a comma": ('"a, b",c\n1,10\n2,20\n', ("a, b", "c")),
    "blank lines": ("a,b\n\n1,10\n\n2,20\n\n\n", ("a", "b")),
    "a header twice": ("a,a\n1,10\n2,20\n", ("a", "a_2")),
    "bars": ("a|b\n1|10\n2|20\n", ("a", "b")),
    "a header of NumPy": ("# a b\n1 10\n2 20\n", ("a", "b")),
    "comments above a header": ("# made by R\n#\na,b\n1,10\n2,20\n", ("a", "b")),
    "a header among comments": ('# made "by hand\r\n# a, b\r\n1,10\r\n2,20\r\n', ("a", "b")),
    "comments above numbers": ("# made by hand\n\n# two of them, or so\n1,10\n2,20\n", ("c1", "c2")),
    "a comment above a column": ("# made by hand\n1\n2\n", ("x",)),
    "a header above a column": ("#h\n1\n2\n", ("h",)),
    "a separator, as Excel likes it": ("sep=;\r\na;b\r\n1;10\r\n2;20\r\n", ("a", "b")),
    "a separator that is not the first mark": ("sep=;\np,q;10\nr,s;20\n", ("c1", "c2")),
    "a quoted separator": ('"sep=\t"\n1\t10\n2\t20\n', ("c1", "c2")),
    "a comment of one word above a header": ("# run\nx\n1\n2\n", ("x",)),
    "a comment of as many words as a header": ("# date,temp\na,b\n1,10\n2,20\n", ("a", "b")),
    "a comment with a number": ("# seed 42\n1 10\n2 20\n", ("c1", "c2")),
    "carriage returns alone": ("a,b\r1,10\r2,20\r", ("a", "b")),
    "a header in lines": ('"a\nb",c\n1,10\n2,20\n', ("a\nb", "c")),
    "the nameless rows of R": ('"a" "b"\n"r 1" 1 10\n"r 2" 2 20\n', ("", "a", "b")),
    "the nameless index of pandas": (",0\n0,1\n1,2\n", ("", "0")),
}


@pytest.mark.parametrize(("text", "names"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_are_found(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    file = tmp_path / "t.txt"
    file.write_bytes(text.encode())
    source = read(Reading(paths=(str(file),)))
    assert source.names == names
    last = [chunk.numbers[:, -1] for chunk in source]
    values = np.concatenate(last).tolist()
    assert values == ([1.0, 2.0] if len(names) == 1 or names[1] == "0" else [10.0, 20.0])


ONE_ROW = {
    "numbers": ("1,2\n", ("c1", "c2"), 1),
    "a number": ("1\n", ("x",), 1),
    "a word and a number": ("a,1\n", ("c1", "c2"), 1),
    "an empty cell and a number": (",1\n", ("c1", "c2"), 1),
    "a missing number": ("NA,1\n", ("c1", "c2"), 1),
    "a cell that begins like a number": ("1x,b\n", ("c1", "c2"), 1),
    "words": ("a,b\n", (), 0),
    "a word": ("a\n", (), 0),
    "a word and an empty cell": ("a,\n", (), 0),
}
"""A file, its columns and its rows; none of them where the row must be a header, which is an error."""


@pytest.mark.parametrize(("text", "names", "rows"), ONE_ROW.values(), ids=ONE_ROW)
def test_a_file_of_one_row(tmp_path: Path, text: str, names: tuple[str, ...], rows: int) -> None:
    (tmp_path / "t.csv").write_text(text)
    reading = Reading(paths=(str(tmp_path / "t.csv"),), on_error=OnError.NAN)
    if names:
        source = read(reading)
        assert source.names == names
        assert sum(map(len, source)) == rows
    else:
        with pytest.raises(DataError, match=r"there is no row below '.*' .--header if it names columns"):
            read(reading)
    titled = read(replace(reading, header=True))
    assert titled.names == tuple(text.strip().split(","))
    assert sum(map(len, titled)) == 0
    assert sum(map(len, read(replace(reading, header=False)))) == 1


def test_comments_are_no_rows_and_no_row_is_taken_for_one(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    for text, place in (
        ("# made by hand\n# x\n1\nzz\n", "4: column 'x': 'zz'"),
        ("sep=;\nx;y\n1;zz\n2;3\n", "3: column 'y': 'zz'"),
        ("1\n# a comment\n2\n", "2: column 'x': '# a comment'"),
        ("#1\n#2\n", "1: column 'x': '#1'"),
    ):
        file.write_text(text)
        for bulk in (False, True):
            with pytest.raises(DataError, match=f"t.csv:{place} is not a number"):
                list(read(Reading(paths=(str(file),), bulk=bulk)))
    file.write_text("#ff0000,1\n#00ff00,2\n")  # colours
    assert np.concatenate([chunk.numbers for chunk in read(Reading(paths=(str(file),)))]).tolist() == [
        [1],
        [2],
    ]
    file.write_text("".join(f"#{i:06x},{i}\n" for i in range(400_000)))
    source = read(Reading(paths=(str(file),)))
    assert source.length < 500_000, "all of it was read to find out"
    assert sum(chunk.numbers.size for chunk in source) == 400_000
    file.write_text("# two words\n1\n")
    assert read(Reading(paths=(str(file),), header=True)).names == ("two words",)
    assert read(Reading(paths=(str(file),), header=False)).names == ("x",)


def test_delimiters_at_the_ends_of_lines_make_no_column_of_numbers(tmp_path: Path) -> None:
    for text in ("a,b,\n1,10,\n2,20,\n", "a,b\n1,10,\n2,20,\n"):
        (tmp_path / "in.csv").write_text(text)
        source = convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled)
        assert source.chosen == ("a", "b")
        assert (tmp_path / "out.csv").read_text() == "a,b,,a2,b2\n1,10,,2.0,20.0\n2,20,,4.0,40.0\n"


SEPARATED = ["1,234", "1.234,5", "1,234.5", "1,234,567", "1'234", "1 234", "1\u00a0234.5", "1_000"]


@pytest.mark.parametrize("text", SEPARATED)
def test_numbers_with_commas_and_gaps_are_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(f"s;x\na;{text}\n", encoding="utf-8")
    for bulk in (False, True):
        source = read(Reading(paths=(str(tmp_path / "t.csv"),), bulk=bulk))
        assert source.chosen == ("x",)
        with pytest.raises(DataError, match=r"write 1234\.5, with a point and nothing between digits"):
            list(source)


def test_what_merely_holds_digits_and_points_is_no_number(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("ip,day,release,x\n192.168.0.1,31.12.2025,1.2.3,4\n")
    assert read(Reading(paths=(str(tmp_path / "t.csv"),))).chosen == ("x",)


def test_a_decimal_comma_makes_no_second_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n0,5\n2,25\n")
    assert numbers(tmp_path / "t.csv").tolist() == [[0.5], [2.25]]
    (tmp_path / "t.csv").write_text("x\n1,5\n2,25\n")  # rows that R has numbered, or numbers
    with pytest.raises(DataError, match=r"t\.csv:2: '1,5': the comma may separate .*--decimal ,"):
        list(read(Reading(paths=(str(tmp_path / "t.csv"),))))
    assert numbers(tmp_path / "t.csv", mark=DecimalMark.COMMA).tolist() == [[1.5], [2.25]]
    assert numbers(tmp_path / "t.csv", mark=DecimalMark.POINT).tolist() == [[5], [25]]
    (tmp_path / "t.csv").write_text('"x"\n"1",5\n"2",25\n')  # R names rows, and not the column of names
    assert read(Reading(paths=(str(tmp_path / "t.csv"),))).names == ("", "x")


def test_a_mark_of_order_within_a_file_is_no_part_of_a_number(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n\ufeff1\n2\n", encoding="utf-8")
    for bulk in (False, True):
        with pytest.raises(DataError, match=r"t\.csv:2: column 'x': .*1' is not a number"):
            list(read(Reading(paths=(str(tmp_path / "t.csv"),), bulk=bulk)))


PASSED = {
    "a quoted comma": ('s,x\n"a, b",1\n', '"a, b",1,2.0'),
    "quotes in quotes": ('s,x\n"say ""hi""",1\n', '"say ""hi""",1,2.0'),
    "a carriage return in quotes": ('s,x\r\n"a\r\nb",1\r\n', '"a\r\nb",1,2.0'),
    "a line feed in quotes": ('s,x\n"a\nb",1\n', '"a\nb",1,2.0'),
    "needless quotes": ('s,x\n"a","1"\n', '"a","1",2.0'),
    "spelling": ("s,x\n é ,+1.50e0\n", " é ,+1.50e0,3.0"),
    "an inch": ('s,x\n5" pipe,1\n7" pipe,1\n', '5" pipe,1,2.0\n7" pipe,1,2.0'),
    "a tab": ("s,x\na\tb,1\n", "a\tb,1,2.0"),
}


@pytest.mark.parametrize(("text", "row"), PASSED.values(), ids=PASSED)
def test_columns_pass_through_byte_for_byte(tmp_path: Path, text: str, row: str) -> None:
    (tmp_path / "in.csv").write_text(text, encoding="utf-8", newline="")
    convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled, columns=("x",))
    assert (tmp_path / "out.csv").read_bytes().decode() == f"s,x,x2\n{row}\n"


CELLS = st.text(st.sampled_from("ab ,;\"'\t\n|é€-"), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, st.floats(allow_nan=False), CELLS), min_size=1, max_size=50),
    every=st.booleans(),
    bulk=st.booleans(),
)
def test_any_text_passes_through(
    tmp_path: Path, rows: list[tuple[str, float, str]], *, every: bool, bulk: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerows([("s", "x", "t"), *rows])
    (tmp_path / "in.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled, columns=("x",), bulk=bulk)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        back = list(csv.reader(file))
    assert back[0] == ["s", "x", "t", "x2"]
    assert [(s, x, t) for s, x, t, _ in back[1:]] == [(s, str(x), t) for s, x, t in rows]
    assert [float(twice) for *_, twice in back[1:]] == [2 * x for _, x, _ in rows]


def test_only_the_columns_that_hold_numbers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("name,x,y\na,1,NA\nb,2,3\n")
    assert read(Reading(paths=(str(file),))).chosen == ("x", "y")
    assert read(Reading(paths=(str(file),), columns=("3", "x"))).chosen == ("y", "x")
    with pytest.raises(UsageError, match=r"no column 'nane' .did you mean 'name'"):
        read(Reading(paths=(str(file),), columns=("nane",)))


BROKEN = {
    "a bad cell": ("x\n1\nabc\n", "t.csv:3: column 'x': 'abc' is not a number"),
    "a missing cell": ("x,y\n1,2\n3,\n", "t.csv:3: column 'y' is missing"),
    "a missing cell alone in its line": ('x\n1\n\n""\n2\n', "t.csv:4: column 'x' is missing"),
    "after blank lines in one column": ("x\n\n1\n \n\nz\n", "t.csv:6: column 'x': 'z' is not a number"),
    "too large": ("x\n1e400\n", "t.csv:2: column 'x': '1e400' is too large for float64"),
    "too few cells": ("x,y\n1,2\n3\n", "t.csv:3: 1 cell where 2 are expected"),
    "too many cells": ("x,y\n1,2\n3,4,5\n", "t.csv:3: 3 cells where 2 are expected"),
    "after a quoted line feed": ('s,x\n"a\nb",1\n"c\nd",bad\n', "t.csv:4: column 'x': 'bad' is not a number"),
    "after blank lines": ("x,y\n\n1,2\n\n\n3,z\n", "t.csv:6: column 'y': 'z' is not a number"),
    "one short and one long": ("x,y\n1\n1,2,3\n", "t.csv:2: 1 cell where 2 are expected"),
}


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_errors_tell_the_place(tmp_path: Path, text: str, message: str, *, bulk: bool) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text)
    with pytest.raises(DataError) as caught:
        list(read(Reading(paths=(str(file),), columns=("x", "y") if "y" in text else ("x",), bulk=bulk)))
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x\n1\n\xe9\n", "t.csv:3: byte 0xe9 .é in code page 1252. at character 1 is not UTF-8"),
        (b"x,\xc2\xb5,\xb5\n1,2,3\n", "t.csv:1: byte 0xb5 .µ in code page 1252. at character 5 is not UTF-8"),
        (
            b"x\n1\x81\n",
            "t.csv:2: byte 0x81 at character 2 is not UTF-8 .iconv -f CP1252 -t UTF-8 .*t.csv > utf8",
        ),
        (b'{"\x80": 1}\n', "t.csv:1: byte 0x80 .€ in code page 1252. at character 3"),
        ("x\n1\n".encode("utf-16")[:-1], "not whole UTF-16"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old workbook, not text"),
        (b"\x93NUMPY\x01\x00", "an NPY array, not text .--from npy"),
        (b"ARROW1\0\0", "Arrow data, not text .--from arrow"),
        (b"\xff\xff\xff\xff\x70\0\0\0", "Arrow data, not text .--from arrow"),
        (b"\x1f\x8b\x08\x00", "t.csv: not whole gzip"),
        (b"PK\x03\x04abc", "a ZIP archive, not text"),
    ],
)
def test_what_is_not_text_is_reported(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(data)
    with pytest.raises(DataError, match=message):
        list(read(Reading(paths=(str(file),))))


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_other_codings_are_read(tmp_path: Path, coding: str, *, packed: bool) -> None:
    file = tmp_path / ("t.tsv.gz" if packed else "t.tsv")
    name = "y" * 40 if coding[-2:] in ("le", "be") else "é€😀"
    text = f"x\t{name}\n" + "".join(f"{i}\t0.5\n" for i in range(100_000))
    file.write_bytes(gzip.compress(text.encode(coding), 1) if packed else text.encode(coding))
    source = read(Reading(paths=(str(file),)))
    assert source.names == ("x", name)
    assert np.concatenate([chunk.numbers for chunk in source])[-1].tolist() == [99_999, 0.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[1.0], 2.0]", "item 2: a value where a list came before"),
        ("[1.0, [2.0]]", "item 2: a list where a value came before"),
        ("[[1.0], null]", "item 2: a value where a list came before"),
        ('[{"x": 1.0}, [2.0]]', "item 2: a list where an object came before"),
        ('{"x": 1.0}\n2.0\n', "2: a value where an object came before"),
        ('[[1.0], {"x": 2.0}]', "item 2: an object where a list came before"),
    ],
)
def test_rows_of_json_are_of_one_form(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(DataError, match=message):
        list(read(Reading(paths=(str(tmp_path / "t.json"),))))
    skipped = list(read(Reading(paths=(str(tmp_path / "t.json"),), on_error=OnError.SKIP)))
    assert [chunk.numbers.tolist() for chunk in skipped] == [[[1.0]]]


def test_bad_cells_become_nan_or_drop_their_rows_and_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x,y\n1,2\na,3\n4,\nb,c\n5,6\n")
    for bulk in (False, True):
        kept = read(Reading(paths=(str(file),), on_error=OnError.NAN, bulk=bulk))
        values = np.concatenate([chunk.numbers for chunk in kept])
        assert np.isnan(values).sum(axis=0).tolist() == [2, 2]
        assert (kept.tally.bad, len(values)) == (4, 5)
        assert kept.tally.first == f"{file}:3: column 'x': 'a' is not a number"
        skipped = read(Reading(paths=(str(file),), on_error=OnError.SKIP, bulk=bulk))
        assert np.concatenate([chunk.numbers for chunk in skipped]).tolist() == [[1, 2], [5, 6]]
        assert skipped.tally.bad == 4


RAGGED = {
    "too few cells": ("a,b\n1,2\n3\n4,5\n", "a,b\n1,2\n3,\n4,5\n"),
    "too few cells of quotes": ('a,b\n1,"2"\n"3"\r\n4,5\n', 'a,b\n1,"2"\n"3",\n4,5\n'),
    "too few between blanks": ("a b\n1 2\n3\n4 5\n", "a,b\n1,2\n3,\n4,5\n"),
    "too many cells": ("a,b\n1,2\n3,4,5\n4,5\n", None),
    "other fields": ('{"a":1,"b":2}\n' * 100 + '{"c":3}\n{"b":5,"a":4}\n', None),
    "a longer array": ("[1,2]\n" * 100 + "[1,2,3]\n[4,5]\n", None),
}


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(("text", "filled"), RAGGED.values(), ids=RAGGED)
def test_ragged_rows_are_dropped_or_filled_up(
    tmp_path: Path, text: str, filled: str | None, *, bulk: bool
) -> None:
    (tmp_path / "in").write_text(text)
    path = str(tmp_path / "in")
    with pytest.raises(DataError, match=rf"--on-error {'' if filled is None else r'nan.'}skip to go on"):
        list(read(Reading(paths=(path,), bulk=bulk)))
    skipped = read(Reading(paths=(path,), on_error=OnError.SKIP, bulk=bulk))
    values = np.concatenate([chunk.numbers for chunk in skipped])
    assert np.unique(values, axis=0).tolist() == [[1, 2], [4, 5]]
    assert skipped.tally.bad == 1
    if filled is None:
        with pytest.raises(DataError, match="--on-error skip to go on"):
            list(read(Reading(paths=(path,), on_error=OnError.NAN, bulk=bulk)))
    else:
        convert(path, tmp_path / "out.csv", on_error=OnError.NAN, bulk=bulk)
        assert (tmp_path / "out.csv").read_text() == filled


@pytest.mark.parametrize("form", [None, Format.CSV])
@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(
    "text", ["1\n\n2\n", "x\n\n1\n \t\n\n2\n\n", "x\r\n1\r\n\r\n2\r\n", '"x"\n"1"\n\n"2"\n']
)
def test_blank_lines_are_no_rows(tmp_path: Path, text: str, form: Format | None, *, bulk: bool) -> None:
    (tmp_path / "in").write_text(text, newline="")
    convert(tmp_path / "in", tmp_path / "out.csv", doubled, bulk=bulk, format=form)
    assert (tmp_path / "out.csv").read_text().replace('"', "") == "x,x2\n1,2.0\n2,4.0\n"
    (tmp_path / "in").write_text(text + "abc\n", newline="")
    source = convert(tmp_path / "in", tmp_path / "out.csv", bulk=bulk, format=form, on_error=OnError.NAN)
    assert source.tally.bad == 1


@pytest.mark.parametrize("bulk", [False, True])
def test_blank_lines_far_into_a_file_are_no_rows(tmp_path: Path, *, bulk: bool) -> None:
    (tmp_path / "in").write_text("1\n" * 300_000 + "\n2\n  \n3\nzz\n")
    source = read(Reading(paths=(str(tmp_path / "in"),), on_error=OnError.SKIP, bulk=bulk))
    values = np.concatenate([chunk.numbers[:, 0] for chunk in source])
    assert values[299_999:].tolist() == [1, 2, 3]
    assert source.tally.bad == 1
    assert source.tally.first.startswith(f"{tmp_path / 'in'}:300005: ")


@pytest.mark.parametrize("text", ["", "\n", "\n\n"])
def test_empty_input_has_a_header_and_no_rows(tmp_path: Path, text: str) -> None:
    (tmp_path / "in.csv").write_text(text)
    convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled)
    assert (tmp_path / "out.csv").read_text() == "x,x2\n"


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n")
    convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled, header=True)
    assert (tmp_path / "out.csv").read_text() == "a,b,a2,b2\n"
    (tmp_path / "more.csv").write_text("a,b\n1,2\n")
    both = read(Reading(paths=(str(tmp_path / "more.csv"), str(tmp_path / "in.csv"))))
    assert np.concatenate([chunk.numbers for chunk in both]).tolist() == [[1, 2]]


def test_the_header_can_be_stated(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("1\n2\n")
    assert read(Reading(paths=(str(file),), header=True)).names == ("1",)
    file.write_text("nan\n2\n")
    assert read(Reading(paths=(str(file),))).names == ("x",)
    for text in ("1_000", "1e400", "１"):
        file.write_text(text)
        with pytest.raises(DataError):
            list(read(Reading(paths=(str(file),))))
    file.write_text("a\n1\n")
    with pytest.raises(DataError, match="'a' is not a number"):
        list(read(Reading(paths=(str(file),), header=False)))


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0x10\n1\n", "1: column 'x': '0x10'"),
        ("1.2.3\n1\n", "1: column 'x': '1.2.3'"),
        ("-.5f\n1\n", "1: column 'x': '-.5f'"),
        ("1,abc\n2,3\n", "1: column 'c2': 'abc'"),
        ("12abc,x\n2,3\n", "1: column 'c1': '12abc'"),
        ("# a comment\n1x\n2\n", "2: column 'x': '1x'"),
    ],
)
def test_a_first_line_that_begins_as_a_number_does_is_no_header(
    tmp_path: Path, text: str, place: str, *, bulk: bool
) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=rf"t.csv:{place} is not a number .--header if .* or --on-error nan"):
        list(read(Reading(paths=(str(file),), bulk=bulk)))
    file.write_text(text + "zz,zz\n" * ("," in text) + "zz\n" * ("," not in text))
    assert read(Reading(paths=(str(file),), header=True)).names[-1] in text.splitlines()[int(place[0]) - 1]
    with pytest.raises(DataError, match=r": 'zz' is not a number .--on-error nan"):
        list(read(Reading(paths=(str(file),), bulk=bulk, header=True)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2019-01-01,1.5\n2019-01-02,2.5\n", ("c1", "c2")),
        ("2019,2020\n1.5,2.5\n", ("c1", "c2")),
        ("id,2019\n7,2.5\n", ("id", "2019")),
        ('"1st","2m_wind"\n7,2.5\n', ("1st", "2m_wind")),
        ("−x,+y\n7,2.5\n", ("−x", "+y")),
    ],
)
def test_names_with_digits(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    source = read(Reading(paths=(str(tmp_path / "t.csv"),)))
    assert source.names == names
    assert next(iter(source)).numbers[-1, -1] == 2.5


def test_several_files_are_one_table_if_their_columns_agree(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("1.csv", "2.csv", "3.csv"))
    one.write_text("a,b\n1,2\n")
    two.write_text("3,4\n")
    three.write_text("b,a\n5,6\n")
    both = read(Reading(paths=(str(one), str(two))))
    assert np.concatenate([chunk.numbers for chunk in both]).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(DataError, match="the columns are b, a where a, b came before"):
        list(read(Reading(paths=(str(one), str(three)))))


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"x\n1\n2\n"))
    assert numbers(tmp_path / "t.csv.gz").tolist() == [[1.0], [2.0]]
    (tmp_path / "u.csv.gz").write_bytes(gzip.compress(b"x\n1\n2\n" * 1000)[:-20])
    with pytest.raises(DataError, match=r"u\.csv\.gz: not whole gzip"):
        numbers(tmp_path / "u.csv.gz")
    pytest.importorskip("backports.zstd")
    convert(tmp_path / "t.csv.gz", tmp_path / "t.csv.zst")
    assert numbers(tmp_path / "t.csv.zst").tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("form", ["csv", "ndjson", "npy", "parquet"])
def test_packed_data_without_an_extension_are_unpacked(tmp_path: Path, form: str, packing: str) -> None:
    if form == "parquet":
        pytest.importorskip("polars")
    pack = gzip.compress if packing == "gzip" else pytest.importorskip("backports.zstd").compress
    np.save(tmp_path / "in.npy", np.array([0.5, -1.5]))
    convert(tmp_path / "in.npy", tmp_path / f"t.{form}")
    (tmp_path / "t").write_bytes(pack((tmp_path / f"t.{form}").read_bytes()))
    assert numbers(tmp_path / "t").tolist() == [[0.5], [-1.5]]
    done = shell("cat t | actcli eval relu && actcli eval relu <t", tmp_path)
    assert done.stdout == "x,relu\n0.5,0.5\n-1.5,0.0\n" * 2, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_packed_data_from_a_pipe_with_a_name_are_unpacked(tmp_path: Path) -> None:
    done = shell(
        "mkfifo p; printf '0.5\\n-1.5\\n' | gzip >p & actcli eval relu -i p --only-results", tmp_path
    )
    assert done.stdout == "relu\n0.5\n0.0\n", done.stderr


def test_json_keeps_the_digits_it_came_with(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"x": 1.50, "s": "é"}\n{"x":"NaN","t":[1,2.0]}\n')
    convert(tmp_path / "in.ndjson", tmp_path / "out.ndjson", doubled, columns=("x",))
    assert (tmp_path / "out.ndjson").read_text() == (
        '{"x": 1.50, "s": "é", "x2": 3.0}\n{"x":"NaN","t":[1,2.0], "x2": "NaN"}\n'
    )
    (tmp_path / "in.json").write_text('{"x": 1}\n{"x": 2}\n')
    assert numbers(tmp_path / "in.json").tolist() == [[1.0], [2.0]]
    (tmp_path / "in.json").write_text("[1, 2.5, -1e3]")
    assert numbers(tmp_path / "in.json").tolist() == [[1.0], [2.5], [-1000.0]]


FOUND = {
    "an array of numbers": ("[1,2]", {"x": [1, 2]}),
    "an array of objects": ('[\n {"x": 1},\n {"x": 2}\n]\n', {"x": [1, 2]}),
    "an array of arrays": ("\n[[1, 3], [2, 4]]", {"c1": [1, 2], "c2": [3, 4]}),
    "arrays in lines": ("[1, 3]\n[2, 4]\n", {"c1": [1, 2], "c2": [3, 4]}),
    "objects in lines": ('\ufeff{"x":1,"y":3}\r\n{"x":2,"y":4}\n', {"x": [1, 2], "y": [3, 4]}),
    "an object": ('{\n  "x": 1\n}\n', {"x": [1]}),
    "objects as jq writes them": ('{\n  "x": 1\n}\n{\n  "x": 2\n}\n', {"x": [1, 2]}),
    "objects in one line": ('{"x": 1} {"x": 2}', {"x": [1, 2]}),
    "brackets about names": ("[m],{s}\n1,3\n2,4\n", {"[m]": [1, 2], "{s}": [3, 4]}),
    "a quoted name with a bracket": ('"{""x"": ",y\n1,3\n2,4\n', {'{"x":': [1, 2], "y": [3, 4]}),
}


@pytest.mark.parametrize("name", ["t", "t.txt"])
@pytest.mark.parametrize(("text", "columns"), FOUND.values(), ids=FOUND)
def test_json_is_found_by_itself(tmp_path: Path, name: str, text: str, columns: dict[str, list[int]]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    source = read(Reading(paths=(str(tmp_path / name),)))
    assert source.chosen == tuple(columns)
    assert np.concatenate([chunk.numbers for chunk in source]).T.tolist() == list(columns.values())


@pytest.mark.parametrize(
    ("python", "twin"),
    [
        ("{'logits': [1.0, 2.50]}\n", '{"logits": [1.0, 2.50]}\n'),
        (
            "{'x': 1e-3, 's': \"it's\", 't': 'a\\'b \"c\"'}\n{'x': nan, 's': None, 't': 'None, (1,)'}\n",
            '{"x": 1e-3, "s": "it\'s", "t": "a\'b \\"c\\""}\n{"x": NaN, "s": null, "t": "None, (1,)"}\n',
        ),
        ("{'a': (1.0, -inf), 'ok': True}\n", '{"a": [1.0, -Infinity], "ok": true}\n'),
        ("{\n 'x': 0.1,\n 'y': [2, 3,],\n}\n", '{\n "x": 0.1,\n "y": [2, 3]\n}\n'),
        ("[{'x': 0.5}, {'x': 1.5}]", '[{"x": 0.5}, {"x": 1.5}]'),
    ],
)
def test_a_dictionary_that_python_printed_is_read_as_its_twin_in_json(
    tmp_path: Path, python: str, twin: str
) -> None:
    for name, text in (("python", python), ("json", twin)):
        (tmp_path / name).write_text(text)
        convert(tmp_path / name, tmp_path / f"{name}.ndjson")
        convert(tmp_path / name, tmp_path / f"{name}.csv")
    for form in ("ndjson", "csv"):
        assert (tmp_path / f"python.{form}").read_text() == (tmp_path / f"json.{form}").read_text()


def test_objects_with_numbers_that_json_has_not_come_out_as_json(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text(
        '{"x":NaN, "s": "NaN \\" NaN"}\n{"x" :-Infinity,"t":[Infinity]}\n{"x":1, "NaN":"-Infinity"}\n'
    )
    convert(tmp_path / "in.ndjson", tmp_path / "out.ndjson", doubled, columns=("x",))
    assert (tmp_path / "out.ndjson").read_text() == (
        '{"x":"NaN", "s": "NaN \\" NaN", "x2": "NaN"}\n'
        '{"x" :"-Infinity","t":["Infinity"], "x2": "-Infinity"}\n'
        '{"x":1, "NaN":"-Infinity", "x2": 2.0}\n'
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t", "[1],[[2]]]\n3,4\n", "t:1: an array, in which ']' is out of place .*--from csv if it"),
        ("t", '{\n"x": 1}\n{"x": ]\n', "t:3: not JSON: expecting value at character 7"),
        ("t.ndjson", '{"x": 1}\n{"x": }\n', "t.ndjson:2: not JSON"),
        ("t.ndjson", '{"x": 1}\n{"x": "a"}\n', "t.ndjson:2: column 'x': 'a' is not a number"),
        ("t.ndjson", '{"x": 1}\n{"x": null}\n', "t.ndjson:2: column 'x' is missing"),
        ("t.ndjson", "{}\n", "t.ndjson: there is nothing in its first row"),
        ("t.ndjson", "[]\n[]\n", "t.ndjson: there is nothing in its first rows"),
        ("t.json", "[{}]", "t.json: there is nothing in its first row"),
        ("t.json", "[[]]", "t.json: there is nothing in its first row"),
        ("t.json", "[1, ", "t.json:1: not JSON"),
        ("t.json", "[" * 100_000, "nested too deeply"),
    ],
)
def test_errors_in_json_tell_the_place(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        numbers(tmp_path / name)


def test_files_that_cannot_be_read_are_failed_transfers(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        for form in (Format.CSV, Format.NPY, Format.JSON, Format.PARQUET):
            with pytest.raises(TransferError):
                read(Reading(paths=(str(path),), format=form))


@pytest.mark.parametrize(
    ("text", "count", "some"), [("-1:1:5", 5, -0.5), ("0:1", 101, 0.01), ("2:2:1", 1, 2.0)]
)
def test_ranges_include_both_ends(text: str, count: int, some: float) -> None:
    (chunk,) = from_range(text)
    values = chunk.numbers[:, 0]
    assert len(values) == count
    assert values[min(1, count - 1)] == some
    assert [values[0], values[-1]] == [float(end) for end in text.split(":")[:2]]


ENDS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-10, 10),
    st.decimals(-10, 10, places=1).map(float),
    st.builds(math.ldexp, st.integers(0, 1 << 53), st.integers(-1074, -40)),
)


@settings(max_examples=500, deadline=None)
@given(low=ENDS, high=ENDS, count=st.integers(2, 40) | st.integers(2, 10**10), start=st.floats(0, 1))
def test_the_points_of_a_range_are_rounded_once(low: float, high: float, count: int, start: float) -> None:
    first = int(start * (count - 1))
    end = min(first + 30, count)
    exact = [(Fraction(low) * (count - 1 - i) + Fraction(high) * i) / (count - 1) for i in range(first, end)]
    assert spaced(low, high, count, first, end).tolist() == list(map(float, exact))


@pytest.mark.parametrize(
    ("low", "high", "count", "i", "point"),
    [
        (-1.7e308, 1.7e308, 5, 1, -8.5e307),
        (0.0, 1.5e-323, 3, 1, 1e-323),  # midway between two, the even one
        (0.0, 2.0**33 + 1, 2**21 + 1, 2**20 - 1, (2**33 + 1) * (2**20 - 1) / 2**21),
    ],
)
def test_ranges_at_the_ends_of_doubles(low: float, high: float, count: int, i: int, point: float) -> None:
    assert spaced(low, high, count)[i] == point


@pytest.mark.parametrize("text", ["1:2:0", "1:2:1e2", "1:2:2.5", "1:2:-1", "1:2:"])
def test_a_number_of_points_that_is_none_is_reported(text: str) -> None:
    with pytest.raises(UsageError, match=f"is not a range: N is '{text[4:]}'"):
        from_range(text)


@pytest.mark.parametrize("text", ["", "1", "1:2:0", "1:2:3:4", "a:b", "1:inf", "1:2:2.5"])
def test_what_is_no_range_is_reported(text: str) -> None:
    with pytest.raises(UsageError, match="is not a range"):
        from_range(text)


def test_arguments_are_numbers_or_errors() -> None:
    (chunk,) = from_values(["1e3", "-inf"])
    assert chunk.numbers[:, 0].tolist() == [1000.0, -np.inf]
    with pytest.raises(ActcliError, match="'1_000' is not a number"):
        from_values(["1_000"])


def test_a_file_given_as_a_number_is_an_input_that_lacks_its_option(tmp_path: Path) -> None:
    (tmp_path / "ab.csv").write_text("1\n")
    with pytest.raises(DataError, match=r"ab\.csv' is not a number .-i .*ab\.csv"):
        from_values([str(tmp_path / "ab.csv")])
    with pytest.raises(DataError, match=r"abc' is not a number$"):
        from_values([str(tmp_path / "abc")])


@pytest.mark.parametrize("form", [None, Format.JSON, Format.NPY, Format.PARQUET])
def test_an_empty_name_of_a_file_is_reported(form: Format | None) -> None:
    with pytest.raises(TransferError, match="the name of a file to read is empty"):
        read(Reading(paths=("",), format=form))


def test_a_quote_that_never_closes_costs_no_time(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('s,x\n"abc,1\n' + "d,2\n" * 200_000)
    assert len(numbers(tmp_path / "t.csv", columns=("x",))) == 200_001

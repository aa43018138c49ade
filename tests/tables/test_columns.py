"""Which columns are read where nobody says which: never an index, an id, a step or a target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from actcli.cli import main
from actcli.errors import DataError, UsageError
from actcli.tables.bad_cells import OnError
from actcli.tables.columns import CellKind, data_columns, kind_of, pandas_index
from actcli.tables.reading import read
from actcli.tables.source import Reading

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    "pandas": (",a,b\n0,1.0,2.0\n1,3.0,0.5\n", ("",)),
    "pandas, two levels": (",,a,b\n0,0,1.0,2.0\n0,1,3.0,0.5\n", ("", "_2")),
    "pandas, read and written again": (
        "Unnamed: 0.1,Unnamed: 0,a,b\n0,0,1.0,2.0\n",
        ("Unnamed: 0.1", "Unnamed: 0"),
    ),
    "pandas, with semicolons": (";a;b\n0;1.0;2.0\n1;3.0;0.5\n", ("",)),
    "pandas, with tabs": ("\ta\tb\n0\t1.0\t2.0\n1\t3.0\t0.5\n", ("",)),
    "R's write.csv": ('"","a","b"\n"1",1,2\n"2",3,0.5\n', ("",)),
    "R's write.table": ('"a" "b"\n"1" 1 2\n"2" 3 0.5\n', ("",)),
    "R's write.table with tabs": ("a\tb\n1\t1\t2\n2\t3\t0.5\n", ("",)),
    "R's write.csv2": ('"";"a";"b"\n"1";1,5;2\n"2";3;0,5\n', ("",)),
    "R's write.csv without quotes": ("a,b\n1,1,2\n2,3,0.5\n", ("",)),
    "R without a header": ('"1" 1 2\n"2" 3 0.5\n', ("c1",)),
    "R's names of rows": ('"rn","a","b"\n"1",1,2\n"2",3,0.5\n', ("rn",)),
    "Spark": ("_c0,a,b\n0,1.0,2.0\n", ("_c0",)),
    "DuckDB": ("row_number() OVER (),a,b\n1,1.0,2.0\n", ("row_number() OVER ()",)),
    "dates": (",a,b\n2024-01-01,1.0,2.0\n", ()),
    "R's row.names": ("row.names,a,b\n1,1.0,2.0\n", ("row.names",)),
    "an id": ("id,a,b\n7,1.0,2.0\n", ("id",)),
    "Kaggle": ("PassengerId,a,b\n7,1.0,2.0\n", ("PassengerId",)),
    "TensorBoard": ("Wall time,Step,a,b\n1.5e9,10,1.0,2.0\n", ("Wall time", "Step")),
    "Lightning": ("epoch,step,a,b\n0,10,1.0,2.0\n", ("epoch", "step")),
    "a target": ("a,b,label\n1.0,2.0,1\n", ("label",)),
    "NDJSON": ('{"id": 7, "a": 1.0, "b": 2.0}\n', ("id",)),
    "JSON": ('[{"id": 7, "a": 1.0, "b": 2.0}]', ("id",)),
}
"""What is in a file, and which of its columns are passed through unread."""


@pytest.mark.parametrize(("text", "unread"), TABLES.values(), ids=TABLES)
def test_an_index_is_not_read(tmp_path: Path, text: str, unread: tuple[str, ...]) -> None:
    file = tmp_path / "t"
    file.write_text(text)
    stream = read(Reading(paths=(str(file),)))
    names = ("c2", "c3") if unread == ("c1",) else ("a", "b")
    assert (stream.chosen, stream.unread) == (names, unread)
    assert {*names, *unread} <= set(stream.names)
    asked = read(Reading(paths=(str(file),), columns=("1", "2")))
    assert (asked.chosen, asked.unread) == (stream.names[:2], ())


def test_a_table_of_one_column_is_read_whatever_it_is_called() -> None:
    for name in ("id", "step", "", "Unnamed: 0"):
        assert data_columns((name,), (name,)) == ((name,), ())


def test_names_that_only_look_alike_are_data() -> None:
    names = ("_c0", "_c1", "grid", "valid", "x", "y", "z0", "c1", "label_0", "body_mass_index", "Id2")
    assert data_columns(names, names) == (names, ())


KINDS = {
    CellKind.NUMBER: ["1", "-.5", "+1e-3", "1,5", "1,234.5", "1_000", "1e400", "nan", "−∞", '"1"'],
    CellKind.MISSING: ["", "NA", "null", '""'],
    CellKind.BROKEN: [
        *("3.0e", "1e", "1e+", "3..5", ".5.5", "0x1F", "0b1", "$3.5", "€3", "3.5€", "5%", "--1"),
        *("+-1", "1.5f", "2.0d0", "1j", "1+2j", "1/3", "(1.5)", "1;", "1.0]", "3x", "7b", "10ms"),
        *("1.5percent", "1.#INF", "-nan(ind)", "+inf.0", "#DIV/0!", "#VALUE!", "1.5e10abc", "1-3"),
        *("1.#QNAN", "-1.#IND", "1.#INF00", "<0.01", ">5", ">=1e-3", "~3", "≈2", "±1", "½", "1½", ".e5"),
    ],
    CellKind.CODE: ["1.2.3", "192.168.0.1", "3rd", "01.png", "7zip-file", "3f2a9c1b", "(0, 1.5]"],
    CellKind.STAMP: [
        "2024-01-01",
        "2024-01-01T12:00:00Z",
        "31.12.2025",
        "12:30",
        "10:30 PM",
        "2024Q1",
        "01-Jan-2024",
    ],
    CellKind.SIGN: [".", "-", "+", "--", "*", "?"],
    CellKind.WORD: ["a", "e5", "-x", "−x", "tensor", "#ff0000", "<b>", "~a"],
}


@pytest.mark.parametrize(("kind", "cell"), [(kind, cell) for kind, some in KINDS.items() for cell in some])
def test_the_kind_of_a_cell(kind: CellKind, cell: str) -> None:
    assert kind_of(cell) is kind


@pytest.mark.parametrize("cell", [*KINDS[CellKind.BROKEN], "1_000", "1.0.0", "2024-01-01", "12:30"])
def test_a_vector_does_not_shrink_by_a_cell_that_begins_as_a_number(tmp_path: Path, cell: str) -> None:
    row = f"1.0\t2.0\t{cell}\n"
    for text in (row, row * 3, f"1.0\t2.0\t3.0\n{row}"):
        (tmp_path / "t").write_text(text)
        with pytest.raises(DataError, match=r"t:[12]: column 'c3': .* is not a number"):
            list(read(Reading(paths=(str(tmp_path / "t"),))))
    if cell[0] not in "#(":  # which may begin a comment, or an array
        (tmp_path / "t").write_text(f"{cell}\t1\n3\t4\n")
        with pytest.raises(DataError, match=r"t:1: column 'c1': .* is not a number"):
            list(read(Reading(paths=(str(tmp_path / "t"),))))


def test_under_a_header_a_broken_number_is_a_bad_cell_and_dates_are_words(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n1.0,2.0,3.0e\n")
    with pytest.raises(DataError, match=r"t.csv:2: column 'c': '3.0e' is not .*-c chooses the columns"):
        list(read(Reading(paths=(str(tmp_path / "t.csv"),))))
    for word in ("2024-01-01", "12:30", "1.2.3", "3rd", "01.png"):
        (tmp_path / "t.csv").write_text(f"a,b,c\n1.0,2.0,{word}\n")
        assert read(Reading(paths=(str(tmp_path / "t.csv"),))).chosen == ("a", "b")
    (tmp_path / "t.csv").write_text("a,b\n1.0,foo\n2.0,3M\n")  # words, one of which begins so
    assert read(Reading(paths=(str(tmp_path / "t.csv"),))).chosen == ("a",)


LATE = {
    "csv": ("x,n\n", "{i}.5,A12\n", "1.5,42\n"),
    "txt": ("x n\n", "{i}.5 A12\n", "1.5 -4.2e1\n"),
    "ndjson": ("", '{{"x": {i}.5, "n": "A12"}}\n', '{{"x": 1.5, "n": "42"}}\n'),
    "tsv": ("x\tn\n", "{i}.5\t2024-01-01\n", "1.5\t20240101\n"),
}


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("form", LATE)
def test_a_column_of_words_stays_one_where_a_number_comes_late(
    tmp_path: Path, form: str, *, bulk: bool
) -> None:
    if bulk:
        pytest.importorskip("polars")
    head, row, last = LATE[form]
    path = tmp_path / f"t.{form}"
    path.write_text(head + "".join(row.format(i=i) for i in range(300)) + last.format())
    stream = read(Reading(paths=(str(path),), bulk=bulk))
    assert stream.chosen == ("x",)
    assert sum(map(len, stream)) == 301


@pytest.mark.parametrize("bulk", [False, True])
def test_a_number_that_comes_late_in_an_empty_column_without_a_name_is_not_lost(
    tmp_path: Path, *, bulk: bool
) -> None:
    if bulk:
        pytest.importorskip("polars")
    path = tmp_path / "t.csv"
    path.write_text("x,y,\n" + "".join(f"{i}.5,1.5,\n" for i in range(300)) + "1.5,2.5,3.5\n")
    with pytest.raises(
        DataError, match=r"t\.csv:302: column '': '3.5' is a number in a column without a name"
    ):
        list(read(Reading(paths=(str(path),), bulk=bulk)))
    skipped = read(Reading(paths=(str(path),), bulk=bulk, on_error=OnError.SKIP))
    assert sum(map(len, skipped)) == 300
    assert skipped.tally.bad == 1
    assert sum(map(len, read(Reading(paths=(str(path),), bulk=bulk, columns=("x",))))) == 301


@pytest.mark.parametrize(
    "cell", ["<0.01", ">5", "~3", "≈ 2", "¯2", "–2", "½", ".", "-", "+", "--", "*", ".e5", "x=1.5"]
)
def test_a_row_does_not_shrink_by_a_cell_that_may_be_a_number(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "t"
    path.write_text(f"1.0,2.0,{cell}\n")
    with pytest.raises(DataError, match=r"t:1: column 'c3': .* is not a number"):
        list(read(Reading(paths=(str(path),))))


@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("head", ["", "a,b,,\n", "a,b\n"])
def test_delimiters_at_the_end_of_every_line_make_no_columns(tmp_path: Path, head: str, mark: str) -> None:
    path = tmp_path / "t"
    ends = ",," if head != "a,b\n" else ","
    path.write_text((head + f"1.0,2.0{ends}\n4.0,1.0{ends}\n").replace(",", mark))
    (chunk,) = read(Reading(paths=(str(path),)))
    assert chunk.numbers.tolist() == [[1, 2], [4, 1]]
    path.write_text("1.0,2.0,\n")
    with pytest.raises(DataError, match="column 'c3' is missing"):
        list(read(Reading(paths=(str(path),))))


def test_grouped_thousands_in_quotes_are_no_index(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_text('a,b\n"1,234",2.5\n"5,678",1\n')
    with pytest.raises(DataError, match=r"t:2: column 'a': .1,234. is not a number: write 1234\.5"):
        list(read(Reading(paths=(str(path),))))


def test_signs_under_a_header_are_words_and_bounds_are_not(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_text("a,b,c\n1.0,2.0,-\n")
    assert read(Reading(paths=(str(path),))).chosen == ("a", "b")
    for cell in ("<0.01", "1.#QNAN", "-1.#IND"):
        path.write_text(f"a,b,c\n1.0,2.0,{cell}\n")
        with pytest.raises(DataError, match=r"column 'c': .* is not a number"):
            list(read(Reading(paths=(str(path),))))


@pytest.mark.parametrize("text", ["a: 1.5\nb: 2.5\n", "a = 1.5\nb = 2.5\n", "- 1.5\n- 2.5\n", "1.5\n2.5\n"])
def test_numbers_each_with_its_name_are_a_column_that_is_one_vector(
    tmp_path: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t"
    path.write_text(text)
    assert main(["softmax", "-i", str(path), "--only-results", *(["--down"] * (text[0] == "1"))]) == 0
    assert capfd.readouterr().out.split() == ["softmax", "0.2689414213699951", "0.7310585786300049"]


def test_what_stands_above_a_table_may_be_of_any_length(tmp_path: Path) -> None:
    for above in ("\n", "# made by hand\n", "#\n", "# loss 0.5 at 3\n"):
        (tmp_path / "t").write_text(above * 50_000 + "a,b\n1,2\n3,4\n")
        source = read(Reading(paths=(str(tmp_path / "t"),)))
        assert source.names == ("a", "b")
        assert sum(map(len, source)) == 2
        (tmp_path / "t").write_text(above * 500 + "1\n2\nz\n")
        with pytest.raises(DataError, match=r"t:503: column 'x': 'z'"):
            list(read(Reading(paths=(str(tmp_path / "t"),))))


def test_an_index_alone_beside_words_must_be_asked_for() -> None:
    with pytest.raises(UsageError, match="but 'id', which may be an index") as caught:
        data_columns(("id", "comment"), ("id",))
    assert caught.value.hint == "-c id if it is to be read"
    with pytest.raises(UsageError) as caught:
        data_columns(("", "comment"), ("",))
    assert caught.value.hint == "-c 1 if it is to be read"


def test_the_index_that_pandas_names_in_a_file_is_not_read() -> None:
    told = pandas_index(json.dumps({"index_columns": ["run id", {"kind": "range", "name": None}]}))
    assert told == ("run id",)
    assert data_columns(("a", "run id"), ("a", "run id"), told) == (("a",), ("run id",))
    for odd in ("", "[]", "{}", '{"index_columns": 3}', '{"index_columns": "a"}', "[" * 100_000):
        assert pandas_index(odd) == ()

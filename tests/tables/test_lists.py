"""Columns of lists, in every format that has them."""

from __future__ import annotations

import io
import json
import math
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.cli import main
from actcli.core.evaluate import evaluate_vector
from actcli.core.registry import get
from actcli.core.spec import VectorActivation
from actcli.errors import DataError
from actcli.tables import frame_lists
from actcli.tables.bad_cells import OnError
from actcli.tables.lists import Lists, of_array, offsets_of
from actcli.tables.reading import read
from actcli.tables.source import Reading

if TYPE_CHECKING:
    from pathlib import Path

Run = pytest.CaptureFixture[str]
ROWS: list[Any] = [[0.1, 0.2, -3.0], [7.0], [], [1e-300, 2.5]]
NESTED: list[Any] = [[[1.0, 2.0], [3.0]], [], [[4.0, 5.0, 6.0]], [[0.5]]]


def test_lists_become_columns_of_frames() -> None:
    pytest.importorskip("polars")
    for array in (
        np.arange(6.0).reshape(3, 2),
        np.arange(12.0).reshape(3, 2, 2),
        np.empty((2, 0)),
        np.ones((1, 1, 1)),
    ):
        assert frame_lists.series_of("v", of_array(array), None).to_list() == array.tolist()
    odd = Lists(
        np.arange(5.0), (offsets_of(np.array([2, 0, 0, 3])),), (np.array([False, True, False, False]),)
    )
    assert frame_lists.series_of("v", odd, None).to_list() == [[0.0, 1.0], None, [], [2.0, 3.0, 4.0]]


def softmax(row: list[Any]) -> list[Any]:
    """Return softmax of a list, or of each list in it, by way of arrays."""
    if row and isinstance(row[0], list):
        return [softmax(one) for one in row]
    function = get("softmax")
    assert isinstance(function, VectorActivation)
    return [float(y) for y in evaluate_vector(function, np.array(row))] if row else []


def written(directory: Path, form: str, rows: list[Any]) -> Path:
    """Return a file with a column of lists and one of words."""
    file = directory / f"in.{form}"
    table = [{"s": f"r{i}", "v": row} for i, row in enumerate(rows)]
    if form in ("parquet", "arrow"):
        polars = pytest.importorskip("polars")
        frame = polars.DataFrame(table)
        (frame.write_parquet if form == "parquet" else frame.write_ipc)(file)
    elif form == "ndjson":
        file.write_text("".join(json.dumps(row) + "\n" for row in table))
    elif form == "json":
        file.write_text(json.dumps(table))
    elif form == "csv":
        file.write_text("s,v\n" + "".join(f'{row["s"]},"{row["v"]}"\n' for row in table))
    else:
        file.write_text("s\tv\n" + "".join(f"{row['s']}\t{row['v']}\n" for row in table))
    return file


def results(file: Path, name: str) -> list[Any]:
    """Return a column of lists of a file that was written."""
    if file.suffix in (".parquet", ".arrow"):
        polars = pytest.importorskip("polars")
        frame = polars.read_parquet(file) if file.suffix == ".parquet" else polars.read_ipc(file)
        return list(frame[name].to_list())
    if file.suffix == ".ndjson":
        return [json.loads(line)[name] for line in file.read_text().splitlines()]
    if file.suffix == ".json":
        return [row[name] for row in json.loads(file.read_text())]
    import csv

    with file.open(newline="") as text:
        found = csv.DictReader(text, delimiter="\t" if file.suffix == ".tsv" else ",")
        return [json.loads(row[name]) for row in found]


FORMS = ["csv", "tsv", "json", "ndjson", "parquet", "arrow"]


def test_a_page_is_the_same_from_every_format(tmp_path: Path, capfd: Run) -> None:
    def page(form: str) -> str:
        file = str(written(tmp_path, form, ROWS))
        assert main(["softmax", "-i", file, "-f", "table", "--decimals", "2"]) == 0
        return capfd.readouterr().out

    assert [page(form) for form in FORMS] == [page("csv")] * len(FORMS)
    assert page("csv").splitlines()[1].startswith("───")


@pytest.mark.parametrize("rows", [ROWS, NESTED], ids=["lists", "lists of lists"])
@pytest.mark.parametrize("into", ["csv", "ndjson", "parquet", "json"])
@pytest.mark.parametrize("form", FORMS)
def test_each_list_is_a_vector_or_is_evaluated_element_by_element(
    tmp_path: Path, form: str, into: str, rows: list[Any]
) -> None:
    if into == "parquet":
        pytest.importorskip("polars")
    source, out = written(tmp_path, form, rows), tmp_path / f"out.{into}"
    assert main(["softmax", "-i", str(source), "-o", str(out)]) == 0
    assert results(out, "softmax") == [softmax(row) for row in rows]
    assert results(out, "v") == rows
    assert main(["grad", "relu", "-i", str(source), "-o", str(out)]) == 0

    def over(row: Any, f: Any) -> Any:
        return [over(one, f) for one in row] if isinstance(row, list) else f(row)

    assert results(out, "relu") == [over(row, lambda x: max(x, 0.0)) for row in rows]
    assert results(out, "relu_grad") == [over(row, lambda x: float(x > 0)) for row in rows]


def test_lists_are_spelled_as_arrays_are(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for text in (
        'v\n"[1.0, 2.0]"\n[3.]\n',
        "v\n[1. 2.]\n[3.]\n",
        'v\n"(1.0, 2.0)"\n[3]\n',
        'v\n"array([1., 2.])"\ntensor([3.])\n',
        "v\n\"tensor([1., 2.], device='cuda:0')\"\ntensor([3.])\n",
        "a;v\nx;[1, 2]\ny;[3]\n",
        '{"v": "[1, 2]"}\n{"v": [3]}\n',
    ):
        (tmp_path / "t.txt").write_text(text)
        assert main(["eval", "relu", "-i", str(tmp_path / "t.txt"), "--only-results"]) == 0, text
        assert capfd.readouterr().out == 'relu\n"[1.0, 2.0]"\n[3.0]\n', text


def test_beside_lists_numbers_are_read_only_if_they_are_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text('id,x,v,w\n5,-1,"[1, -2]",[3]\n')
    arguments = ["eval", "relu", "-i", str(file), "--only-results"]
    assert main(arguments) == 0
    out, err = capfd.readouterr()
    assert out == 'relu_v,relu_w\n"[1.0, 0.0]",[3.0]\n'
    assert "unread: 'id', 'x'" in err
    assert main([*arguments, "-c", "x,v"]) == 0
    assert capfd.readouterr().out == 'relu_x,relu_v\n0.0,"[1.0, 0.0]"\n'
    assert main(["softmax", "-i", str(file), "-c", "x,v"]) == 2
    assert "column 'x' holds numbers and column 'v' lists" in capfd.readouterr().err
    assert main(["softmax", "-i", str(file), "-c", "v,w", "--only-results", "--precision", "2"]) == 0
    assert capfd.readouterr().out == 'softmax_v,softmax_w\n"[0.95, 0.047]",[1]\n'


LAYOUTS = {
    "no header": ('"[1, 2]"\n"[3, 4]"\n', ("x",), ("x",)),
    "no header, a word first": ('a,"[1, 2]"\nb,"[3, 4]"\n', ("c1", "c2"), ("c2",)),
    "names in brackets": ("a[0],b[1]\n1,2\n", ("a[0]", "b[1]"), ()),
    "empty lists alone": ("v;w\n[];a\n[];b\n", ("v", "w"), ("v",)),
    "lists of words": ('{"v": [1], "w": ["a"]}\n{"v": [], "w": []}\n', ("v", "w"), ("v",)),
    "no numbers at first": ('{"v": []}\n{"v": null}\n{"v": [1]}\n', ("v",), ("v",)),
    "a target of lists": ('{"target": [0, 1], "v": [1, 2]}\n', ("target", "v"), ("v",)),
}


@pytest.mark.parametrize(("text", "names", "lists"), LAYOUTS.values(), ids=LAYOUTS)
def test_columns_of_lists_are_found(
    tmp_path: Path, text: str, names: tuple[str, ...], lists: tuple[str, ...]
) -> None:
    (tmp_path / "t.txt").write_text(text)
    source = read(Reading(paths=(str(tmp_path / "t.txt"),), on_error=OnError.NAN))
    assert source.names == names
    chunks = list(source)
    assert tuple(chunks[0].lists) == lists
    assert sum(map(len, chunks)) == text.count("\n") - (not text.startswith(('"', "{", "a,")))


def test_a_target_of_lists_is_read_if_it_is_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.ndjson").write_text('{"target": [0, 1], "s": "a"}\n')
    given = ["eval", "relu", "-i", str(tmp_path / "t.ndjson"), "-f", "csv", "--only-results"]
    assert main(given) == 2
    assert "no column of numbers but 'target'" in capfd.readouterr().err
    assert main([*given, "-c", "target"]) == 0
    assert capfd.readouterr().out == 'relu\n"[0.0, 1.0]"\n'


BAD = {
    "a word in a list": (
        'v\n"[1, 2]"\n"[1, two]"\n',
        r"t.txt:3: column 'v': '.1, two.' is not a list of numbers",
    ),
    "a word for a list": ('v\n"[1, 2]"\ntwo\n', "t.txt:3: column 'v': 'two' is not a list of numbers"),
    "a number for a list": ('v\n"[1, 2]"\n3\n', "t.txt:3: column 'v': '3' is not a list of numbers"),
    "no list": ('v,s\n"[1, 2]",a\n,b\n', "t.txt:3: column 'v' is missing"),
    "null in a list": ('{"v": [1, 2]}\n{"v": [1, null]}\n', "t.txt:2: column 'v' is missing .element 2"),
    "null": ('{"v": [1, 2]}\n{"v": null}\n', "t.txt:2: column 'v' is missing"),
    "a word in JSON": (
        '{"v": [1, 2]}\n{"v": ["a"]}\n',
        "t.txt:2: column 'v': 'a' is not a number .element 1",
    ),
    "a list too deep": ('{"v": [1, 2]}\n{"v": [[1]]}\n', "column 'v': '1' is not a list of numbers"),
    "too large": ('v\n"[1, 1e999]"\n', "t.txt:2: column 'v': .*1e999.* is too large for float64"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_what_is_no_list_of_numbers_is_reported(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        list(read(Reading(paths=(str(tmp_path / "t.txt"),))))


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_missing_lists_and_elements_become_null_and_nan_or_drop_their_rows(tmp_path: Path, form: str) -> None:
    rows = [[1.0, None], None, [2.0], []]
    source, out = written(tmp_path, form, rows), tmp_path / "out.ndjson"
    assert main(["eval", "relu", "-i", str(source), "-o", str(out), "--on-error", "nan"]) == 0
    assert results(out, "relu") == [[1.0, "NaN"], None, [2.0], []]
    assert main(["softmax", "-i", str(source), "-o", str(out), "--on-error", "nan"]) == 0
    assert results(out, "softmax") == [["NaN", "NaN"], None, [1.0], []]
    assert main(["softmax", "-i", str(source), "-o", str(out), "--on-error", "skip"]) == 0
    assert results(out, "softmax") == [[1.0], []]
    assert main(["softmax", "-i", str(source), "-o", str(out)]) == 2


def test_of_lists_there_are_jacobians_losses_and_digits(tmp_path: Path) -> None:
    source, out = written(tmp_path, "ndjson", [[1.0, 2.0], [0.0]]), tmp_path / "out.ndjson"
    assert main(["grad", "softmax", "-i", str(source), "-o", str(out)]) == 0
    first, second = results(out, "softmax_grad")
    slope = 0.19661193324148185
    assert np.allclose(first, [[slope, -slope], [-slope, slope]], rtol=1e-15)
    assert second == [[0.0]]
    assert main(["softmax", "-i", str(source), "-o", str(out), "--target", "0"]) == 0
    assert results(out, "loss") == [1.3132616875182228, 0.0]
    assert [len(row) for row in results(out, "loss_grad")] == [2, 1]
    assert main(["softmax", "-i", str(source), "-o", str(out), "--steps"]) == 0
    assert results(out, "sum") == [math.e + math.exp(2.0), 1.0]


def test_a_function_with_one_result_gives_a_number_for_each_list(tmp_path: Path) -> None:
    source, out = written(tmp_path, "ndjson", [[1.0, 2.0], [0.5]]), tmp_path / "out.ndjson"
    assert main(["grad", "maxout", "-i", str(source), "-o", str(out)]) == 0
    assert results(out, "maxout") == [2.0, 0.5]
    assert results(out, "maxout_grad") == [[0.0, 1.0], [1.0]]


def test_lists_of_one_length_are_rows_of_an_array(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.npy"
    source = written(tmp_path, "ndjson", [[1.0, -2.0], [-0.5, 3.0]])
    assert main(["eval", "relu", "-i", str(source), "-o", str(out)]) == 0
    assert np.load(out).tolist() == [[1.0, 0.0], [0.0, 3.0]]
    source = written(tmp_path, "ndjson", ROWS)
    assert main(["eval", "relu", "-i", str(source), "-o", str(out)]) == 2
    assert "column 'relu' holds lists" in capfd.readouterr().err


def test_types_of_frames_are_read_or_refused_by_name(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    from datetime import date, datetime, time, timedelta
    from decimal import Decimal

    frame = polars.DataFrame(
        {
            "i": [2**53 + 1],
            "u": polars.Series([2**64 - 1], dtype=polars.UInt64),
            "dec": polars.Series([Decimal("9007199254740993.5")], dtype=polars.Decimal(30, 10)),
            "b": [True],
            "cat": polars.Series(["1.5"], dtype=polars.Categorical),
            "d": [date(2024, 1, 1)],
            "t": [datetime(2024, 1, 1)],
            "dur": [timedelta(1)],
            "tm": [time(1)],
            "st": [{"a": 1.0}],
            "bin": [b"\xff"],
            "ls": [["a"]],
            "lt": [[date(2024, 1, 1)]],
        }
    )
    file = tmp_path / "t.parquet"
    frame.write_parquet(file)
    whole = read(Reading(paths=(str(file),)))
    assert whole.chosen == ("i", "u", "dec")
    chunks = [chunk for chunk in whole if len(chunk)]
    assert chunks[0].numbers.tolist() == [[2.0**53, 2.0**64, 9007199254740994.0]]
    for name, value in (("b", 1.0), ("cat", 1.5)):
        (one,) = (chunk for chunk in read(Reading(paths=(str(file),), columns=(name,))) if len(chunk))
        assert one.numbers.tolist() == [[value]]
    for name, kind in (
        *(("d", "Date"), ("t", "Datetime"), ("dur", "Duration"), ("tm", "Time"), ("st", "Struct")),
        *(("bin", "Binary"), ("ls", r"List.String"), ("lt", r"List.Date")),
    ):
        with pytest.raises(DataError, match=f"column '{name}' holds {kind}"):
            read(Reading(paths=(str(file),), columns=(name,)))
    frame.select("d", "st").write_parquet(file)
    with pytest.raises(DataError, match="no column of numbers: 'd' holds Date, 'st' holds Struct"):
        read(Reading(paths=(str(file),)))


def test_whole_numbers_are_rounded_once(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    from actcli.core.dtypes import FLOAT32

    value = 2**60 + 2**36 + 1  # just above a tie of float32, which float64 cannot tell
    polars.DataFrame({"i": [value]}).write_parquet(tmp_path / "t.parquet")
    chunks = list(read(Reading(paths=(str(tmp_path / "t.parquet"),), dtype=FLOAT32)))
    assert chunks[-1].numbers.tolist() == [[float(2**60 + 2**37)]]


@pytest.mark.parametrize("form", ["parquet", "arrow", "csv"])
def test_float16_stays_float16(tmp_path: Path, form: str) -> None:
    polars = pytest.importorskip("polars")
    if not hasattr(polars, "Float16"):
        pytest.skip("this polars has no Float16")
    frame = polars.DataFrame({"h": polars.Series([0.5, 1.5], dtype=polars.Float16)})
    frame.write_parquet(tmp_path / "in.parquet")
    out = tmp_path / f"out.{form}"
    assert main(["eval", "gelu", "-i", str(tmp_path / "in.parquet"), "-o", str(out)]) == 0
    if form == "csv":
        assert out.read_text() == "h,gelu\n0.5,0.3457\n1.5,1.399\n"
    else:
        found = polars.read_parquet(out) if form == "parquet" else polars.read_ipc(out)
        assert found["gelu"].dtype == polars.Float16


TABLES = {
    "columns": '{"a":{"0":1.0,"1":2.0},"b":{"0":3.0,"1":0.5}}',
    "split": '{"columns":["a","b"],"index":[0,1],"data":[[1.0,3.0],[2.0,0.5]]}',
    "split without an index": '{"columns":["a","b"],"data":[[1.0,3.0],[2.0,0.5]]}',
    "index": '{"0":{"a":1.0,"b":3.0},"1":{"a":2.0,"b":0.5}}',
    "records": '[{"a":1.0,"b":3.0},{"a":2.0,"b":0.5}]',
    "table": '{"schema":{"fields":[{"name":"k","type":"integer"}],"primaryKey":["k"]},'
    '"data":[{"k":0,"a":1.0,"b":3.0},{"k":1,"a":2.0,"b":0.5}]}',
    "rows with labels and words": '{"r1":{"s":"x","a":1.0,"b":3.0},"r2":{"s":"y","a":2.0,"b":0.5}}',
    "columns with labels and words": '{"s":{"r1":"x","r2":"y"},"a":{"r1":1.0,"r2":2.0},'
    '"b":{"r1":3.0,"r2":0.5}}',
    "labels": '{"a":{"r1":1.0,"r2":2.0},"b":{"r1":3.0,"r2":0.5}}',
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("spaced", [False, True], ids=["on a line", "indented"])
@pytest.mark.parametrize("name", ["t.json", "t.txt"])
def test_a_table_as_pandas_writes_it(tmp_path: Path, text: str, spaced: bool, name: str) -> None:
    (tmp_path / name).write_text(json.dumps(json.loads(text), indent=2) if spaced else text)
    source = read(Reading(paths=(str(tmp_path / name),)))
    assert source.chosen == ("a", "b")
    assert np.concatenate([chunk.numbers for chunk in source]).tolist() == [[1.0, 3.0], [2.0, 0.5]]


def test_columns_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"columns":["a","a",["b","c"]],"index":[5,6],"data":[[1,2,3],[4,5,6]]}')
    source = read(Reading(paths=(str(tmp_path / "t.json"),)))
    assert (source.names, source.chosen) == (("index", "a", "a_2", "b_c"), ("a", "a_2", "b_c"))


def test_an_index_of_pandas_is_not_read(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1.0], "b": [2.0], "k": [7]})
    told = json.dumps({"index_columns": ["k"], "columns": []})
    out = io.BytesIO()
    frame.write_parquet(out, metadata={"pandas": told})
    (tmp_path / "t.parquet").write_bytes(out.getvalue())
    source = read(Reading(paths=(str(tmp_path / "t.parquet"),)))
    assert (source.chosen, source.unread) == (("a", "b"), ("k",))


@pytest.mark.parametrize("copies", [1, 40])
def test_columns_of_any_type_pass_through(tmp_path: Path, copies: int) -> None:
    polars = pytest.importorskip("polars")
    from datetime import datetime, time, timedelta
    from decimal import Decimal

    frame = polars.DataFrame(
        {
            "x": [1.5, -1.0],
            "t": [datetime(2024, 1, 1), None],
            "dur": [timedelta(days=1), None],
            "tm": [time(1), None],
            "dec": polars.Series([Decimal("0.10"), None], dtype=polars.Decimal(30, 2)),
            "u": polars.Series([2**64 - 1, None], dtype=polars.UInt64),
            "st": [{"a": 1.0, "b": "x"}, None],
            "lf": polars.Series([[0.1, None], None], dtype=polars.List(polars.Float32)),
            "bin": [b"ab", None],
        }
    )
    polars.concat([frame] * copies).write_parquet(tmp_path / "in.parquet")
    given = ["eval", "relu", "-c", "x", "-i", str(tmp_path / "in.parquet")]
    assert main([*given, "-o", str(tmp_path / "out.csv")]) == 0
    assert (tmp_path / "out.csv").read_text().splitlines()[1:3] == [
        "1.5,2024-01-01T00:00:00.000000,P1D,01:00:00.000000000,0.10,18446744073709551615,"
        '"{""a"": 1.0, ""b"": ""x""}","[0.1, null]",ab,1.5',
        "-1.0,,,,,,,,,0.0",
    ]
    assert main([*given, "-o", str(tmp_path / "out.ndjson")]) == 0
    assert (tmp_path / "out.ndjson").read_text().splitlines()[0] == (
        '{"x": 1.5, "t": "2024-01-01T00:00:00.000000", "dur": "P1D", "tm": "01:00:00.000000000", '
        '"dec": 0.10, "u": 18446744073709551615, "st": {"a": 1.0, "b": "x"}, "lf": [0.1, null], '
        '"bin": "ab", "relu": 1.5}'
    )
    assert main([*given, "-o", str(tmp_path / "out.parquet")]) == 0
    found = polars.read_parquet(tmp_path / "out.parquet")
    assert found.drop("relu").equals(polars.concat([frame] * copies))
    frame.with_columns(bin=polars.lit(b"\xff")).write_parquet(tmp_path / "in.parquet")
    assert main([*given, "-o", str(tmp_path / "out.csv")]) == 2
    assert main([*given, "-o", str(tmp_path / "out.parquet")]) == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("i64.parquet", "f64.parquet"),
        *product(
            ["f32.parquet", "f64.parquet", "f32.npy", "t.csv"],
            ["f32.parquet", "f64.parquet", "f64.npy", "f32.npy", "t.csv", "i64.parquet"],
        ),
    ],
)
def test_files_of_several_types_are_one_table(tmp_path: Path, first: str, second: str) -> None:
    polars = pytest.importorskip("polars")
    polars.DataFrame({"x": polars.Series([0.1], dtype=polars.Float32)}).write_parquet(
        tmp_path / "f32.parquet"
    )
    polars.DataFrame({"x": [0.1]}).write_parquet(tmp_path / "f64.parquet")
    polars.DataFrame({"x": [3]}).write_parquet(tmp_path / "i64.parquet")
    np.save(tmp_path / "f32.npy", np.array([0.1], np.float32))
    np.save(tmp_path / "f64.npy", np.array([0.1]))
    (tmp_path / "t.csv").write_text("x\n0.1\n")
    values = {"f32": float(np.float32(0.1)), "i64": 3.0}
    due = [values.get(name.partition(".")[0], 0.1) for name in (first, second)]
    for out in ("out.parquet", "out.npy"):
        given = ["-i", str(tmp_path / first), "-i", str(tmp_path / second), "-o", str(tmp_path / out)]
        assert main(["eval", "identity", *given]) == 0
    found = polars.read_parquet(tmp_path / "out.parquet")
    assert found["x"].cast(polars.Float64).to_list() == due
    assert found["identity"].cast(polars.Float64).to_list() == due
    assert np.load(tmp_path / "out.npy").astype(float).tolist() == due


def test_files_whose_types_do_not_go_together_are_reported(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    polars = pytest.importorskip("polars")
    polars.DataFrame({"x": [[0.5]]}).write_parquet(tmp_path / "lists.parquet")
    polars.DataFrame({"x": [0.5]}).write_parquet(tmp_path / "numbers.parquet")
    given = [f"-i{tmp_path / name}.parquet" for name in ("lists", "numbers")]
    assert main(["eval", "relu", *given, "-o", str(tmp_path / "out.parquet")]) == 2
    assert "column 'x' holds Float64 where List(Float64) came before" in capfd.readouterr().err


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_tensors_of_a_fixed_shape_are_lists_of_lists(tmp_path: Path, capsys: Run, form: str) -> None:
    polars = pytest.importorskip("polars")
    if not hasattr(polars, "Extension"):
        pytest.skip("polars as old as this knows no tensors")
    kind = polars.Array(polars.Float64, 4)
    given = polars.Series("t", [[0.0, 1.0, 2.0, 3.0]] * 2, dtype=kind)
    for metadata, due in (
        ('{"shape":[2,2]}', [softmax([[0.0, 1.0], [2.0, 3.0]])] * 2),
        ('{"shape":[4]}', [softmax([0.0, 1.0, 2.0, 3.0])] * 2),
        ('{"shape":[2,2],"permutation":[1,0]}', None),
    ):
        tensors = given.ext.to(polars.Extension("arrow.fixed_shape_tensor", kind, metadata))
        file = tmp_path / f"t.{form}"
        if form == "parquet":
            tensors.to_frame().write_parquet(file)
        else:
            tensors.to_frame().write_ipc(file)
        code = main(["softmax", "-i", str(file), "-f", "json"])
        out = capsys.readouterr()
        if due is None:
            assert code == 2
            assert "tensors whose axes are permuted" in out.err
        else:
            assert [row["softmax"] for row in json.loads(out.out)] == due


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("in", "[1,2,3]\n[4]\n[5,6]\n"),  # jq -c .logits
        ("in.ndjson", "[1,2,3]\n[4]\n[5,6]\n"),
        ("in", "[\n  1,\n  2,\n  3\n]\n[\n  4\n]\n[\n  5,\n  6\n]\n"),  # jq .logits
        ("in.json", "[[1,2,3],[4],[5,6]]"),
    ],
)
def test_json_lists_of_different_lengths_are_vectors(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert main(["softmax", "-i", str(tmp_path / name), "-o", str(tmp_path / "out.ndjson")]) == 0
    found = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert [row["x"] for row in found] == [[1, 2, 3], [4], [5, 6]]
    assert [row["softmax"] for row in found] == [softmax([1.0, 2.0, 3.0]), [1.0], softmax([5.0, 6.0])]


def test_json_lists_of_different_lengths_are_rows_where_columns_are_meant(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("[1,2]\n[3]\n[4,5]\n")
    file = str(tmp_path / "in")
    with pytest.raises(DataError, match="in:2: a list of 1 where each had 2 before"):
        list(read(Reading(paths=(file,), columns=("2",))))
    (chunk,) = read(Reading(paths=(file,), on_error=OnError.SKIP))
    assert chunk.numbers.tolist() == [[1, 2], [4, 5]]


def test_lists_of_one_length_in_a_later_file_are_vectors_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("[1,2]\n[3]\n")
    (tmp_path / "b").write_text("[4,5]\n[6,7]\n")
    chunks = list(read(Reading(paths=(str(tmp_path / "a"), str(tmp_path / "b")))))
    assert [len(chunk) for chunk in chunks] == [2, 2]
    assert chunks[1].lists["x"].values.tolist() == [4, 5, 6, 7]

"""Files that appear whole, and what each format carries, to the bit."""

from __future__ import annotations

import base64
import gzip
import io
import json
import math
import os
import stat
import threading
import zlib
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actcli.core.dtypes import BFLOAT16, DTYPES, FLOAT16, FLOAT32, FLOAT64, DType
from actcli.errors import DataError, TransferError, UsageError
from actcli.tables import npy_reader
from actcli.tables.bulk import without_panic
from actcli.tables.chunk import Chunk
from actcli.tables.formats import Format
from actcli.tables.pipeline import run
from actcli.tables.points import from_values
from actcli.tables.reading import read
from actcli.tables.source import Reading
from actcli.tables.writing import Writing, open_sink
from tests.cli.processes import shell
from tests.tables.helpers import HARD, as_it_is, bits, convert, doubled, numbers

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.core

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes, modes and links")


def write(values: NDArray[Any], path: Path, dtype: DType = FLOAT64, **more: Any) -> None:
    source = from_values(values.tolist(), dtype=dtype)
    with open_sink(Writing(path=str(path), dtype=dtype, **more)) as sink:
        run(source, as_it_is, sink)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", 'x,s\n1.0,"a,b"\nnan,"say ""hi"""\n'),
        ("tsv", 'x\ts\n1.0\ta,b\nnan\t"say ""hi"""\n'),
        ("ndjson", '{"x": 1.0, "s": "a,b"}\n{"x": "NaN", "s": "say \\"hi\\""}\n'),
        ("json", '[\n{"x": 1.0, "s": "a,b"},\n{"x": "NaN", "s": "say \\"hi\\""}\n]\n'),
        ("md", '| x | s |\n| --: | :-- |\n| 1.0 | a,b |\n| nan | say "hi" |\n'),
    ],
)
def test_texts(tmp_path: Path, form: str, text: str) -> None:
    file = tmp_path / f"t.{form}"
    chunk = Chunk({"x": np.array([1.0, np.nan]), "s": ["a,b", 'say "hi"']}, ("x",), np.zeros((2, 1)))
    with open_sink(Writing(path=str(file))) as sink:
        sink.write(chunk)
    assert file.read_text() == text


def test_json_of_no_rows_is_an_empty_array(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n")
    convert(tmp_path / "in.csv", tmp_path / "out.json", header=True)
    assert json.loads((tmp_path / "out.json").read_text()) == []


FORMATS = ["csv", "tsv", "csv.gz", "ndjson", "json", "npy", "parquet", "arrow", "parquet.gz", "arrow.gz"]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("form", FORMATS)
def test_what_a_file_carries_comes_back_to_the_bit(tmp_path: Path, form: str, dtype: DType) -> None:
    if form.startswith(("parquet", "arrow")):
        pytest.importorskip("polars")
    if dtype.extra:
        pytest.importorskip("ml_dtypes")
    rng = np.random.default_rng(3)
    values = dtype.round(np.concatenate([HARD, rng.normal(size=3000), rng.normal(size=3000) * 1e-3]))
    values = values if dtype.nan else values[~np.isnan(values)]
    write(values, tmp_path / f"t.{form}", dtype)
    assert (bits(numbers(tmp_path / f"t.{form}", dtype=dtype)[:, 0]) == bits(values)).all()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.floats(), max_size=60), form=st.sampled_from(FORMATS))
def test_any_numbers_come_back(tmp_path: Path, values: list[float], form: str) -> None:
    if form.startswith(("parquet", "arrow")):
        pytest.importorskip("polars")
    write(np.array(values), tmp_path / f"t.{form}")
    back = numbers(tmp_path / f"t.{form}", header=True if form.startswith(("csv", "tsv")) else None)
    assert (bits(back[:, 0]) == bits(np.array(values))).all()


@pytest.mark.parametrize("bulk", [False, True])
def test_both_engines_read_and_write_the_same_numbers(tmp_path: Path, *, bulk: bool) -> None:
    pytest.importorskip("polars")
    patterns = np.random.default_rng(5).integers(0, 1 << 64, 20_000, np.uint64, endpoint=False)
    values = np.concatenate([HARD, patterns.view(np.float64)])
    (tmp_path / "in.csv").write_text("s,x\n" + "".join(f"a,{value!r}\n" for value in values.tolist()))
    convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled, columns=("x",), bulk=bulk)
    back = numbers(tmp_path / "out.csv", bulk=not bulk)
    with np.errstate(over="ignore", invalid="ignore"):
        assert (bits(back) == bits(np.stack([values, values * 2], axis=1))).all()


ARRAYS = {
    "scalar": np.array(3.5),
    "empty": np.zeros((0, 3)),
    "float32 of three axes": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "float16": np.arange(5, dtype=np.float16),
    "integers": np.arange(6, dtype=np.int32).reshape(2, 3),
    "booleans": np.array([True, False]),
    "the other byte order": np.arange(4, dtype=">f8"),
    "columns first": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_keeps_its_shape_and_its_dtype(tmp_path: Path, array: NDArray[Any]) -> None:
    np.save(tmp_path / "in.npy", array)
    convert(tmp_path / "in.npy", tmp_path / "out.npy", doubled, flat=True)
    result = np.load(tmp_path / "out.npy")
    wanted = array * 2 if array.dtype.kind == "f" else array.astype(np.float64) * 2
    assert result.shape == array.shape
    assert result.dtype == wanted.dtype.newbyteorder("=")
    assert (result == wanted).all()


@pytest.mark.parametrize("piece", [7, 64])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (3, 5), (100, 7), (2, 300), (4, 5, 6), (6, 4, 1)])
def test_arrays_are_read_in_parts_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], order: Any, piece: int
) -> None:
    monkeypatch.setattr(npy_reader, "_PIECE", piece)
    array = np.asarray(np.arange(math.prod(shape)).reshape(shape) / 2).astype(np.float32, order=order)
    np.save(tmp_path / "in.npy", array)
    convert(tmp_path / "in.npy", tmp_path / "out.npy", doubled, flat=True)
    result = np.load(tmp_path / "out.npy")
    assert result.shape == array.shape
    assert (result == 2 * array).all()
    rows = array.reshape(-1, *shape[-1:]) if len(shape) > 1 else array.reshape(-1, 1)
    assert (numbers(tmp_path / "in.npy") == rows).all()


def test_rows_of_no_numbers_are_reported(tmp_path: Path) -> None:
    np.save(tmp_path / "in.npy", np.empty((3, 0)))
    with pytest.raises(DataError, match=r"its shape is \(3, 0\)"):
        numbers(tmp_path / "in.npy")


def test_a_packed_file_holds_what_the_bulk_engine_writes_to_a_plain_one(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    (tmp_path / "in.csv").write_text("x\n" + "".join(f"{i / 7}\n" for i in range(1000)))
    for name in ("plain.csv", "packed.csv.gz"):
        convert(tmp_path / "in.csv", tmp_path / name, doubled, bulk=True)
    plain = (tmp_path / "plain.csv").read_bytes()
    assert plain.count(b"\n") == 1001
    assert gzip.decompress((tmp_path / "packed.csv.gz").read_bytes()) == plain


def test_columns_of_any_name_and_lists_go_from_parquet_to_text(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"result": [0.5] * 50, "r0": [1.5] * 50, "l": [[1, 2]] * 50})
    for columns, row in ((["result", "r0"], "0.5,1.5,1.0,3.0"), (["l", "r0"], '"[1, 2]",1.5,3.0')):
        frame.select(columns).write_parquet(tmp_path / "in.parquet")
        read = ("r0",) if "l" in columns else ()
        convert(tmp_path / "in.parquet", tmp_path / "out.csv", doubled, columns=read)
        assert (tmp_path / "out.csv").read_text().splitlines()[1:] == [row] * 50


def test_an_array_of_bfloat16_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    pytest.importorskip("ml_dtypes")
    np.save(tmp_path / "in.npy", np.arange(4, dtype=np.float32).astype(BFLOAT16.numpy))
    assert numbers(tmp_path / "in.npy", dtype=BFLOAT16)[:, 0].astype(float).tolist() == [0, 1, 2, 3]
    with pytest.raises(DataError, match="--dtype bfloat16"):
        numbers(tmp_path / "in.npy")


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "in.npy", np.array([1, "a"], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="Python objects, which are never loaded"):
        numbers(tmp_path / "in.npy")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n1,2\n", " is no npy file .--from"),
        (b"", " is no npy file .--from"),
        (b"PK\x03\x04", ": a ZIP archive, not npy"),
        (b"\x80\x04\x95" + bytes(8), ": a pickle, not npy"),
    ],
)
def test_what_is_no_array_is_reported(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "in.npy").write_bytes(data)
    with pytest.raises(DataError, match=rf"in\.npy{message}"):
        numbers(tmp_path / "in.npy")


def test_the_types_of_a_frame_are_kept(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {"s": ["a", None], "i": [1, 2], "h": polars.Series([0.5, -1.5], dtype=polars.Float32)}
    )
    frame.write_parquet(tmp_path / "in.parquet")
    source = convert(tmp_path / "in.parquet", tmp_path / "out.parquet", doubled, columns=("h",))
    assert source.dtype is FLOAT32
    wanted = frame.with_columns(h2=polars.col("h") * 2)
    assert polars.read_parquet(tmp_path / "out.parquet").equals(wanted)


@pytest.mark.parametrize("name", ["in.arrow", "in.arrow.gz", pytest.param("in.pipe", marks=posix)])
def test_a_stream_of_arrow_is_read_as_its_file_is(tmp_path: Path, name: str) -> None:
    polars = pytest.importorskip("polars")
    data = io.BytesIO()
    polars.DataFrame({"s": ["a", "b"], "x": [0.5, -1.5]}).write_ipc_stream(data)
    feed = None
    if name == "in.pipe":
        os.mkfifo(tmp_path / name)
        feed = threading.Thread(target=(tmp_path / name).write_bytes, args=(data.getvalue(),))
        feed.start()
    else:
        packed = gzip.compress(data.getvalue()) if name.endswith(".gz") else data.getvalue()
        (tmp_path / name).write_bytes(packed)
    convert(tmp_path / name, tmp_path / "out.csv", doubled, format=Format.ARROW)
    assert (tmp_path / "out.csv").read_text() == "s,x,x2\na,0.5,1.0\nb,-1.5,-3.0\n"
    if feed:
        feed.join()


def test_a_stream_of_arrow_is_read_batch_by_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polars = pytest.importorskip("polars")
    from actcli.tables import frames

    parts = [
        polars.DataFrame({"s": [word] * 3, "x": [1.0, 2.0, 3.0]}, schema_overrides={"s": polars.Categorical})
        for word in ("a", "b", "c")
    ]
    polars.concat(parts, rechunk=False).write_ipc_stream(tmp_path / "in.arrow")
    source = convert(tmp_path / "in.arrow", tmp_path / "out.csv", doubled)
    assert source.chosen == ("x",)
    rows = "".join(f"{word},{x}.0,{2 * x}.0\n" for word in "abc" for x in (1, 2, 3))
    assert (tmp_path / "out.csv").read_text() == "s,x,x2\n" + rows
    data = (tmp_path / "in.arrow").read_bytes()
    for size in range(4, len(data) - 8, 40):
        (tmp_path / "cut.arrow").write_bytes(data[:size])
        with suppress(DataError):
            assert len(numbers(tmp_path / "cut.arrow")) in (0, 3, 6, 9)
    polars.DataFrame({"x": np.arange(1000.0)}).write_ipc_stream(tmp_path / "in.arrow")
    monkeypatch.setattr(frames, "LARGEST", 4000)
    with pytest.raises(DataError, match="a batch of"):
        numbers(tmp_path / "in.arrow")


INTERVAL = (
    "c-n1H!AiqG5S^}4Lb0U<XW4~4<kAo&hNh^kQWT{K-ikjEl5WJsO#*2fieK)r6NA))b9(dM<IV6^Pj3+d3RD3y0$uC^oCQF00"
    "__kx#PdJ0qgvtn5t&@vfavSp`ctRzX8n=n37!HDC=o<Qk1qjxV?ul2Oez_8pl~1&B#Fp4<M;f*b6yoTXBdSxhF)vf{}`tH)_"
    "Yk9=lA9jaq$0PM<Wg(kAd8B<~e*zoKWqfp((amRVOx1ZCU2=yRo#3eo<C=V$D~kuj&Ydza;na*{!o`W6Hv<r{N@wTtD3ztKG"
    "St&7<f#yPI6dfEsB^8Fm0x)aU_BbU5V"
)
"""A Parquet file of DuckDB with a column d of INTERVAL, on which polars panics, and a column x."""


def test_a_column_that_makes_polars_panic_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("polars")
    (tmp_path / "in.parquet").write_bytes(zlib.decompress(base64.b85decode(INTERVAL)))
    done = shell("actcli eval silu -i in.parquet", tmp_path)  # polars asks once in a process how it is taken
    due = "actcli: in.parquet: column 'd' holds an INTERVAL, which is not read (leave it out)\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", due)
    for said, due in (("thread 'x' panicked at a.rs:1", ""), ("a warning", "a warning")):
        with without_panic():
            os.write(2, said.encode())
        assert capfd.readouterr().err == due


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff" + b"z" * 60, b"\xff" * 4, b"ARROW1", b""])
def test_what_is_no_arrow_is_reported(tmp_path: Path, data: bytes) -> None:
    pytest.importorskip("polars")
    (tmp_path / "in.arrow").write_bytes(data)
    with pytest.raises(DataError, match=r"in\.arrow(: not whole| is no) arrow"):
        read(Reading(paths=(str(tmp_path / "in.arrow"),)))


@pytest.mark.parametrize("copies", [1, 40])
def test_a_frame_becomes_text(tmp_path: Path, copies: int) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"s": ["a,b", None], "x": [1.5, math.nan], "i": [7, 8]})
    polars.concat([frame] * copies).write_parquet(tmp_path / "in.parquet")
    convert(tmp_path / "in.parquet", tmp_path / "out.csv", doubled, columns=("x",))
    rows = (tmp_path / "out.csv").read_text().replace("nan", "NaN").splitlines()
    assert rows == ["s,x,i,x2", *(['"a,b",1.5,7,3.0', ",NaN,8,NaN"] * copies)]
    convert(tmp_path / "in.parquet", tmp_path / "out.ndjson", doubled, columns=("x",))
    assert [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()[:2]] == [
        {"s": "a,b", "x": 1.5, "i": 7, "x2": 3.0},
        {"s": None, "x": "NaN", "i": 8, "x2": "NaN"},
    ]


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_json_keeps_the_types_of_a_frame(tmp_path: Path, form: str) -> None:
    polars = pytest.importorskip("polars")
    row = {
        "x": 1.5,
        "b": True,
        "s": "12",
        "f": -math.inf,
        "l": [1, None, 3],
        "t": {"a": "é", "n": [math.nan, 0.5], "d": date(2024, 5, 1)},
        "d": date(2024, 5, 1),
    }
    frame = polars.DataFrame([row, {**dict.fromkeys(row), "x": 2.5}])
    getattr(frame, {"parquet": "write_parquet", "arrow": "write_ipc"}[form])(tmp_path / f"in.{form}")
    convert(tmp_path / f"in.{form}", tmp_path / "out.ndjson", doubled, columns=("x",))
    first, second = (tmp_path / "out.ndjson").read_text(encoding="utf-8").splitlines()
    assert first == (
        '{"x": 1.5, "b": true, "s": "12", "f": "-Infinity", "l": [1, null, 3], '
        '"t": {"a": "é", "n": ["NaN", 0.5], "d": "2024-05-01"}, "d": "2024-05-01", "x2": 3.0}'
    )
    assert json.loads(second) == {**dict.fromkeys(row), "x": 2.5, "x2": 5.0}


@posix
def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("real.csv")
    write(np.array([1.0]), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "x\n1.0\n"
    assert stat.S_IMODE((tmp_path / "real.csv").stat().st_mode) == 0o640
    umask = os.umask(0)
    os.umask(umask)
    write(np.array([1.0]), tmp_path / "new.csv")
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("form", FORMATS)
def test_an_error_on_the_way_leaves_the_old_file(tmp_path: Path, form: str) -> None:
    if form.startswith(("parquet", "arrow")):
        pytest.importorskip("polars")
    file = tmp_path / f"t.{form}"
    file.write_text("old")

    def fail() -> None:
        with open_sink(Writing(path=str(file))) as sink:
            sink.write(next(iter(from_values([1.0]))))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert file.read_text() == "old"


def test_a_table_can_replace_the_file_it_is_made_of(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x\n1\n")
    convert(file, file, doubled)
    assert file.read_text() == "x,x2\n1,2.0\n"


@posix
def test_a_pipe_with_a_name_is_written_directly(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_text()))
    reader.start()
    write(np.array([1.0]), tmp_path / "pipe")
    reader.join()
    assert got == ["x\n1.0\n"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "csv.gz"])
def test_rows_are_added_to_a_file(tmp_path: Path, form: str) -> None:
    file = tmp_path / f"t.{form}"
    write(np.array([1.0]), file, append=True)
    write(np.array([2.0]), file, append=True)
    assert numbers(file)[:, 0].tolist() == [1.0, 2.0]


def test_rows_are_added_after_a_line_that_does_not_end_but_not_to_other_columns(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x\n1")
    write(np.array([2.0]), file, append=True)
    assert file.read_text() == "x\n1\n2.0\n"
    file.write_text("y\n1\n")
    with pytest.raises(DataError, match="its columns are y, not x"):
        write(np.array([2.0]), file, append=True)
    assert file.read_text() == "y\n1\n"


def test_what_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match=r"no such file or directory .its folder does not exist"):
        write(np.array([1.0]), tmp_path / "none" / "t.csv")
    with pytest.raises(TransferError, match="is a directory"):
        write(np.array([1.0]), tmp_path)
    with (
        pytest.raises(TransferError, match="the name of a file to write is empty"),
        open_sink(Writing(path="")),
    ):
        pass
    with pytest.raises(UsageError, match=r"t\.npy: only csv, tsv and ndjson files can be added to"):
        write(np.array([1.0]), tmp_path / "t.npy", append=True)
    with pytest.raises(UsageError, match="--append adds to a file, and none is given"):
        open_sink(Writing(path=None, append=True))
    with pytest.raises(UsageError, match="not a format of files"):
        open_sink(Writing(path="t", format=Format.TEXT))


def test_packed_files_are_the_same_from_run_to_run(tmp_path: Path) -> None:
    write(HARD, tmp_path / "a.csv.gz")
    write(HARD, tmp_path / "b.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()).startswith(b"x\n0.0\n-0.0\n")


def test_many_blocks_stay_in_order(tmp_path: Path) -> None:
    count = 900_000
    (tmp_path / "in.csv").write_text("x\n" + "".join(f"{i}\n" for i in range(count)))
    for bulk in (False, True):
        convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled, bulk=bulk)
        back = numbers(tmp_path / "out.csv")
        assert (back[:, 0] == np.arange(count)).all()
        assert (back[:, 1] == 2.0 * np.arange(count)).all()


def test_an_error_in_a_later_block_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n" + "1.5\n" * 1_200_000 + "bad\n" + "1.5\n" * 100_000)
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(DataError, match=r"in\.csv:1200002: column 'x': 'bad' is not a number"):
        convert(tmp_path / "in.csv", tmp_path / "out.csv", doubled)
    assert (tmp_path / "out.csv").read_text() == "old"


def test_half_precision_numbers_of_a_table_are_arrays_of_it(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n0.1\n")
    convert(tmp_path / "in.csv", tmp_path / "out.npy", doubled, dtype=FLOAT16)
    assert np.load(tmp_path / "out.npy").dtype == np.float16
    assert read(Reading(paths=(str(tmp_path / "out.npy"),))).dtype is FLOAT16


def test_nothing_is_added_to_packed_data_without_an_extension(tmp_path: Path) -> None:
    packed = gzip.compress(b"x\n1\n")
    (tmp_path / "t.csv").write_bytes(packed)
    with pytest.raises(DataError, match=r"t\.csv: gzip data: no csv to add to"):
        write(np.array([1.0]), tmp_path / "t.csv", append=True)
    assert (tmp_path / "t.csv").read_bytes() == packed

"""Tables of very many columns, such as the scores of a vocabulary: nothing takes time by pairs of columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from actcli.render.terminal import TableSink
from actcli.tables import csv_reader, npy_reader
from actcli.tables.chunk import Chunk, unique
from actcli.tables.columns import choose, data_columns, positions
from actcli.tables.encode import cells, markdown, markdown_header
from actcli.tables.formats import Format
from actcli.tables.reading import read
from actcli.tables.source import Reading
from actcli.tables.writing import Writing, open_sink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from actcli.tables.chunk import Column

WIDTH = 3000


class Name(str):
    """The name of a column, which counts how often it is compared with another object, or is made longer."""

    __slots__ = ()
    used: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        Name.used += 1
        return str.__eq__(self, other) is True

    __hash__ = str.__hash__

    def __format__(self, form: str) -> str:
        Name.used += 1
        return str.__format__(self, form)


@pytest.fixture(autouse=True)
def _used_little() -> Iterator[None]:
    """Fail a test in which each name is used more than some times."""
    Name.used = 0
    yield
    assert Name.used < 50 * WIDTH


def names() -> tuple[Name, ...]:
    return tuple(Name(f"v{i}") for i in range(WIDTH))


def test_columns_are_found() -> None:
    some = names()
    assert choose(some, [f"v{i}" for i in range(WIDTH)]) == some
    assert choose(some, [str(i + 1) for i in range(WIDTH)]) == some
    assert positions(some, names()[::-1]) == tuple(range(WIDTH))[::-1]
    assert data_columns(some, some)[0] == some


def test_equal_names_get_numbers() -> None:
    assert unique([Name("v") for _ in range(WIDTH)]) == ("v", *(f"v_{i}" for i in range(2, WIDTH + 1)))
    assert unique(["x", "x_2", "x", "x", "x_2"]) == ("x", "x_2", "x_3", "x_4", "x_2_2")


def wide_chunk() -> Chunk:
    """Return two rows: texts that were read as numbers, and results with names of their own."""
    some = names()
    chunk = Chunk({name: ["1", "2"] for name in some}, some, np.ones((2, WIDTH)))
    return chunk.with_columns({Name(f"softmax_{name}"): np.full(2, 1 / WIDTH) for name in some})


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "ndjson", "md", "npy", "parquet", "arrow"])
def test_results_are_written(form: str, tmp_path: Path) -> None:
    if Format(form).bulk:
        pytest.importorskip("polars")
    file = tmp_path / f"out.{form}"
    with open_sink(Writing(path=str(file), format=Format(form))) as sink:
        sink.write(wide_chunk())
    assert file.stat().st_size > 16 * WIDTH


def test_results_are_shown_to_people() -> None:
    chunk = wide_chunk()
    out = io.StringIO()
    TableSink(out, cells).write(chunk)
    assert len(out.getvalue().splitlines()) == 4
    assert markdown_header(chunk).count(b"--:") == 2 * WIDTH
    assert markdown(chunk, None, None).count(b"\n") == 2


@pytest.mark.parametrize("form", ["csv", "npy"])
def test_rows_are_read(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in (csv_reader, npy_reader):
        monkeypatch.setattr(reader, "default_names", lambda _: names())
    file = tmp_path / f"in.{form}"
    with open_sink(Writing(path=str(file), format=Format(form))) as sink:
        some: dict[str, Column] = dict.fromkeys(names(), np.ones(2))
        sink.write(Chunk(some, (), np.empty((2, 0))))
    file.write_bytes(file.read_bytes().split(b"\n", form == "csv")[-1])  # without the header
    rows = read(Reading(paths=(str(file),)))
    assert rows.names == names()
    assert sum(chunk.numbers.sum() for chunk in rows) == 2 * WIDTH

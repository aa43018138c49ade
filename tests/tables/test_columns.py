"""Which columns are read where nobody says which: never an index, an id, a step or a target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from actcli.errors import UsageError
from actcli.tables import Reading, read
from actcli.tables.columns import data_columns, pandas_index

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
    assert (stream.chosen, stream.unread) == (("a", "b"), unread)
    assert set(stream.names) == {"a", "b", *unread}
    asked = read(Reading(paths=(str(file),), columns=("1", "2")))
    assert (asked.chosen, asked.unread) == (stream.names[:2], ())


def test_a_table_of_one_column_is_read_whatever_it_is_called() -> None:
    for name in ("id", "step", "", "Unnamed: 0"):
        assert data_columns((name,), (name,)) == ((name,), ())


def test_names_that_only_look_alike_are_data() -> None:
    names = ("grid", "valid", "x", "y", "z0", "c1", "label_0", "body_mass_index", "Id2")
    assert data_columns(names, names) == (names, ())


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

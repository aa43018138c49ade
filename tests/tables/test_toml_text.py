"""Numbers of a TOML document are replaced where they stand, and nothing else changes."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.errors import DataError
from actcli.tables.toml_text import document, places, with_numbers

HOSTILE = '''# [[kernel]]
title = "x # [[kernel]]"   # of all

[[kernel]]  # first
name = "a"
with = { approximate = "tanh # {", "q" = [1, 2] } # c
max_ulp = 1   # keep
"max_abs"= 1e-3
text = """
[[kernel]]
max_ulp = 9 \\"""
"""
other = \'\'\'
max_ulp = 8\'\'\'
[kernel.params]
max_ulp = 77
[[ kernel ]]
max_ulp=+2.5
list = [
 1, # ]
 2]
params.alpha = 3
\'max_rel\' = 1_000

[table]
max_ulp = 4
[[ "kernel" ]]
max_ulp = 6'''


def test_tables_and_values_have_their_lines() -> None:
    first, second, third = places(HOSTILE, "kernel")
    assert (first.line, second.line, third.line) == (4, 17, 27)
    lines = {key: span.line for key, span in first.values.items()}
    assert lines == {
        "name": 5, "with": 6, "max_ulp": 7, "max_abs": 8, "text": 9, "other": 13, "params": 15,
    }  # fmt: skip
    assert HOSTILE[slice(*second.values["max_rel"][1:])] == "1_000"
    assert HOSTILE[slice(*second.values["list"][1:])] == "[\n 1, # ]\n 2]"
    assert second.values["params"].line == 22


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_numbers_change_where_they_stand(ends: str) -> None:
    text = HOSTILE.replace("\n", ends)
    changes = {
        0: {"max_ulp": "0.5", "max_abs": "1e-4"},
        1: {"max_ulp": "2", "max_rel": "7"},
        2: {"max_ulp": "5"},
    }
    new = with_numbers(text, "kernel", changes, "b.toml")
    old_lines, new_lines = text.split(ends), new.split(ends)
    changed = {i + 1: line for i, line in enumerate(new_lines) if line != old_lines[i]}
    assert changed == {
        7: "max_ulp = 0.5   # keep",
        8: '"max_abs"= 1e-4',
        18: "max_ulp=2",
        23: "'max_rel' = 7",
        28: "max_ulp = 5",
    }


@pytest.mark.parametrize("text", ["kernel = [{ max_ulp = 1 }]", "[[kernel]]\n[[kernel.max]]\n"])
def test_what_is_not_found_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"b\.toml: max_ulp of table 1 cannot be found"):
        with_numbers(text, "kernel", {0: {"max_ulp": "0.5"}}, "b.toml")


def test_what_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(DataError, match=r"b.toml: no TOML: .*\(at line 2, column 5\)"):
        document("a = 1\nb = \n", "b.toml")
    with pytest.raises(DataError, match="no TOML"):
        document("a = " + "[" * 10_000, "b.toml")


_KEYS = st.sampled_from(["a", "b-c", "max_ulp", '"q # u"', "'s='", '"\\u0061b"'])
_STRINGS = st.sampled_from(
    ['"x"', '"a # b"', '"\\""', "'''a\n[[kernel]]\nmax_ulp = 3'''", '"""\n]\n"""', "'\"'", '""', '""""a"""']
)
_VALUES = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    _STRINGS,
    st.lists(_STRINGS, max_size=3).map(lambda parts: "[ # ]\n" + ",\n".join(parts) + "]"),
    _STRINGS.map(lambda part: f"{{ x = {part.splitlines()[0] if len(part.splitlines()) == 1 else 1} }}"),
)
_SPACES = st.sampled_from(["", " ", "\t", "  "])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, int]:
    """Return a document of tables, and the place of one in which `limit = 1.5` stands."""
    count = draw(st.integers(1, 3))
    chosen = draw(st.integers(0, count - 1))
    text = draw(st.sampled_from(["", "# [[kernel]]\n", "top = '''\n[[kernel]]'''\n"]))
    for i in range(count):
        text += f"[[{draw(_SPACES)}kernel{draw(_SPACES)}]]{draw(st.sampled_from(['', ' # c [x]']))}\n"
        keys = draw(st.lists(_KEYS, unique=True, max_size=3))
        lines = [f"{key}{draw(_SPACES)}={draw(_SPACES)}{draw(_VALUES)}" for key in keys]
        if i == chosen:
            lines.insert(draw(st.integers(0, len(lines))), f"limit{draw(_SPACES)}={draw(_SPACES)}1.5")
        text += "".join(f"{draw(_SPACES)}{line}{draw(st.sampled_from(['', ' # = 1']))}\n" for line in lines)
    return text, chosen


@given(documents())
def test_of_any_document_one_number_changes(made: tuple[str, int]) -> None:
    text, chosen = made
    due = tomllib.loads(text)
    due["kernel"][chosen]["limit"] = 0.25
    new = with_numbers(text, "kernel", {chosen: {"limit": "0.25"}}, "b.toml")
    assert tomllib.loads(new) == due
    assert len(new) == len(text) + 1

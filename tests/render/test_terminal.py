"""Tables and pages in the terminal: whole, aligned, streaming, coloured only where colour is wanted."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from actcli.render import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Rows:
    """Rows of text."""

    columns: dict[str, list[str]]
    chosen: tuple[str, ...] = ()
    notes: dict[str, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


def cells(rows: Rows, name: str) -> Sequence[str]:
    return rows.columns[name] if name in rows.columns else [f"{rows.notes[name]:g}"]


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


def draw(*chunks: Rows, stream: io.StringIO | None = None) -> str:
    out = stream or io.StringIO()
    sink = terminal.TableSink(out, cells)
    for chunk in chunks:
        sink.write(chunk)
    return out.getvalue()


def test_numbers_stand_right_and_words_left() -> None:
    lines = draw(Rows({"id": ["a", "bcd"], "x": ["1", "-10.5"]})).splitlines()
    assert lines == [" id        x", "─────────────", " a         1", " bcd   -10.5"]
    assert draw(Rows({"x": ["1", "9.5e−05"]})).splitlines()[2] == "       1"


def test_later_rows_line_up_under_the_first_and_need_no_header() -> None:
    lines = draw(Rows({"x": ["1000"]}), Rows({"x": ["1"]}), Rows({"x": ["-2"]})).splitlines()
    assert lines == ["    x", "──────", " 1000", "    1", "   -2"]


def test_many_rows_look_like_few() -> None:
    names = [f"{n}漢" if n % 7 == 0 else f"n{n}" for n in range(120)]
    lines = draw(Rows({"name": names, "x": [str(n / 8) for n in range(120)]})).splitlines()
    assert len(lines) == 122
    ends = {cell_len(line) for line in lines[2:]}
    assert len(ends) == 1


def test_a_longer_cell_is_never_cut() -> None:
    lines = draw(Rows({"x": ["1"]}), Rows({"x": ["0.8807970779778823"]}), Rows({"x": ["2"]})).splitlines()
    assert lines[-2:] == [" 0.8807970779778823", "                  2"]


def test_a_wide_table_is_folded_into_groups_of_columns_with_the_row_number() -> None:
    wide = Rows({f"column_{n}": ["0.023640543021591392", "abc"] for n in range(9)})
    lines = re.sub(r"\x1b\[\d+m", "", draw(wide, wide, stream=Screen())).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("column_8" in line for line in lines) == 2
    assert any(line.startswith(" 3 ") for line in lines)
    assert sum(line.count("0.023640543021591392") for line in lines) == 18


def folded(rows: Rows, width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines of a table in a terminal of that width, without codes."""
    monkeypatch.setenv("COLUMNS", str(width))
    return re.sub(r"\x1b\[[\d;]*m", "", draw(rows, stream=Screen())).splitlines()


def test_a_table_that_fits_exactly_is_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows({"a": ["1" * 9], "b": ["2" * 9], "c": ["3" * 9]})
    header, rule, row = folded(rows, 35, monkeypatch)
    assert rule == "─" * 35
    assert header.split() == ["a", "b", "c"]
    assert row.split() == ["1" * 9, "2" * 9, "3" * 9]
    assert len(folded(rows, 34, monkeypatch)) == 3 + 1 + 3


def test_a_group_of_columns_that_fits_exactly_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows({name: [name * 9] for name in "abcd"})
    lines = folded(rows, 27, monkeypatch)  # one digit of the row number, two columns, gaps, the rule's end
    assert [line.split() for line in lines if line.startswith(" 1 ")] == [
        ["1", "a" * 9, "b" * 9],
        ["1", "c" * 9, "d" * 9],
    ]
    assert max(map(len, lines)) == 27
    assert len([line for line in folded(rows, 26, monkeypatch) if line.startswith(" 1 ")]) == 4


@pytest.mark.parametrize("width", [10, 20, 26])
def test_a_number_wider_than_the_terminal_is_whole(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    rows = Rows({"x": ["-8.0"], "gelu": ["-4.976768459417427e-15"], "gelu_grad": ["-3.979607261086796e-14"]})
    drawn = draw(rows, stream=Screen())
    assert "-4.976768459417427e-15" in drawn
    assert "-3.979607261086796e-14" in drawn


def test_nothing_is_folded_in_a_pipe() -> None:
    wide = Rows({f"column_{n}": ["0.023640543021591392"] for n in range(9)})
    assert len(draw(wide).splitlines()) == 3


def test_notes_stand_below_the_table() -> None:
    assert draw(Rows({"x": ["1"]}, notes={"sum": 2.5, "n": 3})).splitlines()[2:] == [
        " 1",
        "",
        " sum = 2.5",
        " n = 3",
    ]


def test_a_chunk_without_rows_still_shows_the_header() -> None:
    assert draw(Rows({"x": []})).splitlines()[0].strip() == "x"


def test_markup_in_cells_is_text() -> None:
    assert "[bold]x[/bold] :smile:" in draw(Rows({"name": ["[bold]x[/bold] :smile:"]}))


def test_letters_of_two_columns_are_measured_as_such() -> None:
    lines = draw(Rows({"name": ["漢字", "a"], "x": ["1", "2"]})).splitlines()
    assert lines[2:] == [" 漢字   1", " a      2"]


@pytest.mark.parametrize(
    ("terminal_", "environment", "colour"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_codes_are_written_where_they_are_wanted(
    terminal_: bool, environment: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    text = draw(Rows({"x": ["1"]}), stream=Screen() if terminal_ else io.StringIO())
    assert ("\x1b[" in text) is colour


def test_a_page_wraps_its_texts_beside_their_names() -> None:
    out = Screen()
    facts = [("formula", "x·Φ(x)"), ("good for", "word " * 40), ("paper", "")]
    terminal.page(out, "gelu", facts, summary="Gaussian error linear unit.")
    lines = out.getvalue().splitlines()
    assert "gelu" in lines[0]
    assert lines[1] == "Gaussian error linear unit."
    assert "paper" not in out.getvalue()
    assert sum("word" in line for line in lines) > 2


def test_a_listing_gives_the_last_column_the_rest_of_the_width() -> None:
    out = Screen()
    terminal.listing(out, ["name", "summary"], [("gelu", "word " * 40), ("relu", "short")])
    assert all(len(line) <= 80 for line in out.getvalue().splitlines()[2:])


def test_rich_is_loaded_when_a_table_is_drawn_and_not_before() -> None:
    code = "import sys, actcli.render.terminal; print('rich' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"

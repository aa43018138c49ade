"""Markdown tables, as people write them and as this program does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from actcli.errors import DataError, UsageError
from actcli.tables.formats import Format
from actcli.tables.reading import read
from actcli.tables.source import Reading
from tests.tables.helpers import convert, numbers

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    "as it is written": "| x | y |\n| --: | :-- |\n| 1.5 | -2 |\n| 3 | 4 |\n",
    "without bars around": "x | y\n--- | ---\n1.5|-2\n3 | 4\n",
    "of pandas": "|   x |   y |\n|----:|:---:|\n| 1.5 |  −2 |\n| 3   |   4 |\n",
    "of the shortest rule": "|x|y|\n|:-|-:|\n|1.5|-2|\n|3|4|",
    "below a heading, above words": "# results\n\n| x | y |\n|---|---|\n| 1.5 | -2 |\n| 3 | 4 |\n\nsum = 3\n",
    "with returns": "| x | y |\r\n|---|---|\r\n| 1.5 | -2 |\r\n| 3 | 4 |\r\n",
}


@pytest.mark.parametrize("name", ["t", "t.md", "t.txt"])
@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_a_markdown_table_is_read(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / name).write_text(text, newline="")
    rows = read(Reading(paths=(str(tmp_path / name),)))
    assert rows.names == ("x", "y")
    assert numbers(tmp_path / name).tolist() == [[1.5, -2], [3, 4]]


def test_what_is_written_as_markdown_is_read_back(tmp_path: Path) -> None:
    cells = ["a|b", "c\\", 'd "e"', "\\|", "f,g", "f\\\\"]
    quoted = (cell.replace('"', '""') for cell in cells)
    text = "s,x\n" + "".join(f'"{cell}",{i}.5\n' for i, cell in enumerate(quoted))
    (tmp_path / "in.csv").write_text(text)
    convert(tmp_path / "in.csv", tmp_path / "out.md")
    convert(tmp_path / "out.md", tmp_path / "back.ndjson")
    convert(tmp_path / "in.csv", tmp_path / "in.ndjson")
    assert (tmp_path / "back.ndjson").read_text() == (tmp_path / "in.ndjson").read_text()


def test_a_bad_cell_of_a_markdown_table_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text("# t\n\n| x |\n| --- |\n| 1 |\n| 2a |\n")
    with pytest.raises(DataError, match=r"t\.md:6: column 'x': '2a' is not a number"):
        numbers(tmp_path / "t.md")


def test_what_has_bars_and_no_rule_is_a_table_of_cells(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("a|b\n-|-\n3|4\n")
    with pytest.raises(DataError, match="t:2: column 'a': '-' is not a number"):
        numbers(tmp_path / "t")
    (tmp_path / "t").write_text("a|b\n1|2\n3|4\n")
    assert numbers(tmp_path / "t").tolist() == [[1, 2], [3, 4]]
    with pytest.raises(DataError, match="t: no Markdown table"):
        numbers(tmp_path / "t", format=Format.MD)
    (tmp_path / "t").write_text(TABLES["of pandas"])
    with pytest.raises(UsageError, match="--no-header is not used with md"):
        numbers(tmp_path / "t", header=False)

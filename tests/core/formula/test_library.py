from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from actcli.core.formula.expression import X, number, parameter
from actcli.core.formula.grammar import parse
from actcli.core.formula.library import read
from actcli.errors import DataError, FormulaError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_has_a_definition_a_line(tmp_path: Path) -> None:
    path = tmp_path / "defs.txt"
    path.write_text(
        "# functions of mine\n"
        "\n"
        "soft(x; a=0.1, b) = h(x)*a  # uses one that comes later\n"
        "   # a comment between\n"
        "h(t) =\n"
        "    t^2 +\n"
        "\tone(t)  # over lines\n"
        "one = 1\n"
        "Ünused",
        "utf-8",
    )
    with pytest.raises(FormulaError, match=r"defs.txt:9: a definition begins with its name"):
        read(str(path))
    path.write_text(path.read_text("utf-8").removesuffix("Ünused"), "utf-8")
    found = read(str(path))
    assert list(found) == ["soft", "h", "one"]
    square = X ** number(2) + 1
    assert found["soft"].expression is square * parameter("a")
    assert dict(found["soft"].parameters) == {"a": 0.1, "b": None}
    assert found["soft"].note == "uses one that comes later"
    assert (found["h"].text, found["h"].note) == ("h(t) = t^2 + one(t)", "over lines")
    assert [d.place for d in found.values()] == [f"{path}:{n}" for n in (3, 5, 8)]
    assert parse("soft(2x, b=1)", found).parameters == {}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_may_be_from_any_system(tmp_path: Path, end: str, mark: str) -> None:
    path = tmp_path / "defs.txt"
    path.write_bytes(f"{mark}f(x) = σ(x){end}{end}g(x) = f(x){end} + 1".encode())
    found = read(str(path))
    assert list(found) == ["f", "g"]
    assert found["g"].place == f"{path}:3"


def test_an_empty_file_defines_nothing(tmp_path: Path) -> None:
    path = tmp_path / "defs.txt"
    path.write_text("\n  \n# nothing\n")
    assert read(str(path)) == {}
    assert read() == {}


def test_files_may_use_each_other(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("f(x) = g(x) + 1")
    two.write_text("g(x) = 2x")
    assert read(str(one), str(two))["f"].expression is 2 * X + 1
    assert list(read(str(one), str(two), str(one))) == ["f", "g"]
    two.write_text("g(x) = 2x\nf(x) = x")
    with pytest.raises(FormulaError, match=r"two.txt:2: f is defined already, in .*one.txt:1 \(take another"):
        read(str(one), str(two))


WRONG = {
    "f(x) = x*sigmod(x)": (1, "no function 'sigmod' (did you mean 'sigmoid'?)", "x*sigmod(x)", "sigmod"),
    "f(x) = x\n\nf(x) = x^2": (3, "f is defined already, in ", "f(x) = x^2", "f"),
    "f(x) = f(x) + 1": (1, "f is defined by itself (f → f)", "f(x) = f(x) + 1", "f"),
    "a(x) = x\nf(x) = g(x)\ng(x) = h(x) + a(x)\nh(x) = f(x)": (
        2,
        "f is defined by itself (f → g → h → f)",
        "f(x) = g(x)",
        "f",
    ),
    "".join(f"f{i}(x) = f{(i + 1) % 50}(x)\n" for i in range(50)): (
        1,
        "f0 is defined by itself (f0 → f1 → f2 → f3 → f4 → … → f0)",
        "f0(x) = f1(x)",
        "f0"[:1],
    ),
    "a" * 5000 + "(x) = x": (1, "a definition begins with its name", "a" * 70, "a"),
    "gelu(x) = x": (1, "gelu is a function already (take another name)", "gelu(x) = x", "gelu"),
    "LeakyReLU(x) = x": (1, "LeakyReLU is a function already", "LeakyReLU(x) = x", "LeakyReLU"),
    "max(x) = x": (1, "max is a function already", "max(x) = x", "max"),
    "where = x": (1, "where is a function already", "where = x", "where"),
    "x + 1": (1, "a definition begins with its name (write name(x; a=0.1) = formula)", "x + 1", "x"),
    "sin(x) + 1": (1, "a definition begins with its name", "sin(x) + 1", "s"),
    "q == 1": (1, "a definition begins with its name", "q == 1", "q"),
    "f(x) = x +\ng(x) = x": (1, "the formula ends too early", "f(x) = x +", ""),
    "f(x) =\n  x # note\n  + 1": (1, "a comment ends a formula", "f(x) = x", ""),
    "f(x) = \x1b[31mx": (1, r"unexpected '\x1b'", r"\x1b[31mx", r"\x1b"),
    "if(x) = x": (1, "if is a reserved word", "if(x) = x", "if"),
    "f(x; a) = a*b": (1, "b is not a parameter (write f(x; a, b) = …)", "a*b", "b"),
}


@pytest.mark.parametrize("text", WRONG)
def test_an_error_names_file_line_and_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "defs.txt"
    path.write_text(text)
    number_, message, shown, marked = WRONG[text]
    with pytest.raises(FormulaError) as caught:
        read(str(path))
    first, line, marks = str(caught.value).split("\n")
    assert first.startswith(f"{path}:{number_}: {message}")
    assert shown in line
    assert line[marks.index("^") :].startswith(marked)
    assert len(marks.strip()) == max(1, len(marked))


def test_what_is_no_file_of_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "defs.txt"
    path.write_bytes(b"f(x) = \xff")
    with pytest.raises(
        DataError, match=r"defs.txt:1: byte 0xff .ÿ in code page 1252. at character 8 is not UTF-8"
    ):
        read(str(path))
    with pytest.raises(FileNotFoundError):
        read(str(tmp_path / "none.txt"))


def test_hundreds_of_definitions_may_use_each_other(tmp_path: Path) -> None:
    path = tmp_path / "defs.txt"
    path.write_text("".join(f"f{i}(x) = f{i + 1}(x) + 1\n" for i in range(300)) + "f300(x) = x")
    assert len(read(str(path))) == 301

"""Random and hostile command lines: an exit code that means something, one line on stderr, no traceback."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.core import TyperOption

from actcli.cli.app import COMMANDS, load, main
from actcli.cli.command import _COLUMN, _TEXT, _annotation
from actcli.core import registry
from actcli.errors import visible
from tests.cli.processes import COMMAND, actcli, environment

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = """
--order --wrt --kink --alpha --beta --range -i -c --from --header --no-header --on-error -f --precision
--append --only-results --dtype --digits --fast --target --steps --log --jacobian --temperature --json
--kind --framework --grad --from-output -- - --help -h --version -q
"""
NUMBERS = "1 -1 -1e-3 .5 -inf nan 1e400 -1e400 1_0 0x1 1,2 --1 -0 −1 ∞ 2 99"
WORDS = """
x x^2 a*x -x 1/2x x( --a=1 --a
elu: elu:alpha elu:alpha= elu:alpha=x elu:=1 elu:alpha=1, gelu:a=1 : , = 0:1 0:1:3 0:1:-1 a:b 0:1:1e9
nosuch.csv / csv npy float32 bf16 left é 🙂 %s {} [bold] *
"""
UGLY = ["", " ", "\x1b[31mred\x1b[0m", "a\nb", "\x7f"]

TOKENS = st.one_of(
    st.sampled_from(registry.names()),
    st.sampled_from(OPTIONS.split()),
    st.sampled_from(NUMBERS.split()),
    st.sampled_from([*WORDS.split(), *UGLY]),
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6),
)
COMMAND_NAMES = st.sampled_from(
    [*(name for name in COMMANDS if name not in ("plot", "verify")), "nosuch", ""]
)

ONE_LINE = re.compile(r"actcli: [^\n]+\n(?:  [^\n]*\n  +\^~*\n)?")
"""A line, and under what is wrong with a formula its text with a caret."""


pytestmark = pytest.mark.usefixtures("somewhere_else")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=COMMAND_NAMES, tokens=st.lists(TOKENS, max_size=6))
def test_random_command_lines(name: str, tokens: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    status = main([name, *tokens])
    _, errors = capfd.readouterr()
    assert status in {0, 1, 2} or (status == 3 and "no such file" in errors), errors
    assert "internal error" not in errors
    assert "Traceback" not in errors
    assert "\x1b" not in errors
    if status:
        assert ONE_LINE.fullmatch(errors)


HOSTILE = [
    ["eval", "gelu", "\x1b[2J"],
    ["eval", "\x1b]0;title\x07", "1"],
    ["eval", "gelu", "1", "-c", "x\ny"],
    ["eval", "gelu" * 10000, "1"],
    ["eval", "gelu", "9" * 400],
    ["eval", "gelu", "0." + "0" * 4000 + "1e99999999999"],
    ["eval", "gelu", "-i", "/dev/null/x"],
    ["eval", "gelu", "-i", "/"],
    ["eval", "gelu", "1", "-o", "/nosuch/folder/x.csv"],
    ["eval", "gelu", "1", "-o", "."],
    ["eval", "gelu", "1", "-f", "npy", "-o", "x.csv"],
    ["eval", "elu", "1", "--alpha", "1e308"],
    ["eval", "elu", "1", "--alpha", "nan"],
    ["eval", "elu", "1", "--precision", "9" * 30],
    ["eval", "elu", "1", "--precision", "768"],
    ["grad", "softmax", "nan", "inf"],
    ["softmax", "1", "--temperature", "1e-320"],
    ["compare"],
    ["plot", "nosuch"],
    ["plot", "elu", "--alpha", "x"],
    ["verify", "gelu"],
    ["verify", "gelu", "--callable", "nosuch.module:f"],
    ["info", "gelu:", "--json"],
    ["__init__"],
    ["eval/../grad", "relu", "1"],
]


@pytest.mark.parametrize("arguments", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_command_lines(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    status = main(arguments)
    errors = capfd.readouterr().err
    assert status in {0, 1, 2, 3}
    assert "internal error" not in errors
    assert status == 0 or ONE_LINE.fullmatch(errors)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_value_is_not_taken_for_an_option_left_out(
    command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for param in load(command).params:
        is_text = isinstance(param, TyperOption) and _annotation(param) in _TEXT and not param.hidden
        if is_text and param.default is None and param.metavar != _COLUMN:
            option = max(param.opts, key=len)
            assert main([command, "gelu", option, ""]) == 2
            assert f"{option}: the value is empty" in capfd.readouterr().err


def test_a_column_may_have_no_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "frame.csv").write_text(",y\n-1,2\n", "utf-8")
    assert main(["eval", "relu", "-i", str(tmp_path / "frame.csv"), "-c", "", "--only-results"]) == 0
    assert capfd.readouterr().out == "relu\n0.0\n"


def test_bytes_that_are_no_text() -> None:
    run = subprocess.run(
        [*COMMAND, "eval", b"gel\xff", b"\xfe"], capture_output=True, env=environment(), check=False
    )
    assert run.returncode == 2
    assert run.stderr.startswith(b"actcli: formula: unexpected")


def test_a_narrow_encoding_is_no_reason_to_fail() -> None:
    run = actcli("info", "gelu", env=environment(PYTHONIOENCODING="ascii", LC_ALL="C"))
    assert (run.returncode, run.stderr) == (0, "")


def test_control_characters_are_made_visible() -> None:
    assert visible("a\x1b[31m\nb\x9b") == "a\\x1b[31m\\nb\\x9b"
    assert visible("σ′ → ∞ é 🙂") == "σ′ → ∞ é 🙂"

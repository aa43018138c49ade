"""The completion scripts: as the commands are today, and working in the shells that they are for."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from actcli.cli.completions import SHELLS, script
from actcli.core import registry
from tests.cli.processes import Terminal, actcli, environment
from tests.generate.completions import FOLDER, scripts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = {
    "actcli pl": ["plot"],
    "actcli comp": ["compare", "completion"],
    "actcli --v": ["--version"],
    "actcli eval gel": ["gelu", "gelu_tanh"],
    "actcli plot gelu relu": ["relu", "relu2", "relu6"],
    "actcli eval gelu rel": [],
    "actcli info leaky": ["leaky_relu"],
    "actcli eval elu:al": ["elu:alpha="],
    "actcli eval scaled_tanh:alpha=1,b": ["scaled_tanh:alpha=1,beta="],
    "actcli eval elu --al": ["--alpha"],
    "actcli eval gelu --al": [],
    "actcli eval leaky_relu --neg": ["--negative-slope"],
    "actcli grad elu --wrt ": ["alpha"],
    "actcli grad relu --kink m": ["min-norm"],
    "actcli eval gelu --dty": ["--dtype"],
    "actcli eval gelu --dtype b": ["bfloat16"],
    "actcli eval gelu -f nd": ["ndjson"],
    "actcli eval gelu --format=nd": ["--format=ndjson"],
    "actcli plot gelu -f p": ["pdf", "png"],
    "actcli verify gelu -f j": ["json"],
    "actcli eval gelu --from pa": ["parquet"],
    "actcli list --framework to": ["torch"],
    "actcli list --kind v": ["vector"],
    "actcli completion z": ["zsh"],
    "actcli eval gelu -i some": ["some file.csv"],
    "actcli eval gelu -o some": ["some file.csv"],
    "actcli eval gelu --range so": [],
}
"""What is offered after what has been typed."""

INSTALL = "install {}, for example apt-get install {}"


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(shell), reason=INSTALL.format(shell, shell))


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.name)
def test_the_scripts_are_those_of_today(path: Path) -> None:
    assert path.read_text("utf-8") == scripts()[path], "run: python -m tests.generate"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(shell: str) -> None:
    assert actcli("completion", shell).stdout == script(shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_function_can_be_completed_and_no_python_is_started(shell: str) -> None:
    text = script(shell)
    assert all(name in text for name in registry.names())
    options = re.sub(r"--python\b|-l python\b", "", text)  # of `info`
    assert "python" not in options.lower()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file, whose name has a space."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "some file.csv").touch()
    return folder


BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_actcli
printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash(words: list[str], folder: Path) -> list[str]:
    """Return what bash offers for the last of some words."""
    path = str(FOLDER / SHELLS["bash"].file)
    run = subprocess.run(
        ["bash", "-u", "-c", BASH, "bash", path, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return sorted(run.stdout.splitlines()) if run.stdout.strip() else []


@pytest.mark.parametrize("typed", CASES)
def test_bash(typed: str, folder: Path) -> None:
    assert bash(typed.split(" "), folder) == CASES[typed]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("actcli eval elu : al", ["alpha="]),
        ("actcli eval elu :", ["alpha="]),
        ("actcli eval scaled_tanh : alpha = 1,b", ["1,beta="]),
        ("actcli eval gelu --format = nd", ["ndjson"]),
        ("actcli eval gelu --kink =", []),
        ("actcli grad gelu --kink = l", ["left"]),
    ],
)
def test_bash_parts_words_at_colons_and_equals_signs(words: str, offered: list[str], folder: Path) -> None:
    assert bash(words.split(" "), folder) == offered


@needs("fish")
@pytest.mark.parametrize("typed", CASES)
def test_fish(typed: str, folder: Path) -> None:
    path = FOLDER / SHELLS["fish"].file
    line = f"source '{path}'; complete -C '{typed}'"
    run = subprocess.run(
        ["fish", "--no-config", "-c", line],
        cwd=folder,
        env=environment(HOME=str(folder)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    offered = sorted(word.partition("\t")[0].replace("\\ ", " ") for word in run.stdout.splitlines())
    assert offered == CASES[typed]


ZSH = """
PS1='> '; cd {folder!r}; stty cols 200 -echo; LISTMAX=10000
setopt no_beep no_list_ambiguous
fpath=({scripts!r} $fpath); autoload -Uz compinit; compinit -u -D
show() {{ zle -I; print -r -- "<<$BUFFER>>"; BUFFER= }}; zle -N show; bindkey '^Xs' show
print READ''Y
"""


@pytest.fixture(scope="module")
def zsh(folder: Path) -> Iterator[Terminal]:
    """A zsh in a terminal; Ctrl-X s shows what stands in its line, and clears it."""
    terminal = Terminal(["zsh", "-f", "-i"], columns=200, TERM="dumb")
    terminal.type(ZSH.format(folder=str(folder), scripts=str(FOLDER)).replace("\n", "; ").strip("; ") + "\n")
    assert "READY" in terminal.read(until="READY")
    yield terminal
    terminal.type("\x15exit\n")
    terminal.read(seconds=5)
    terminal.close()


@needs("zsh")
@pytest.mark.parametrize("typed", CASES)
def test_zsh(typed: str, zsh: Terminal) -> None:
    zsh.text = ""
    zsh.type(typed + "\t\x18s")
    shown, _, line = zsh.read(until=">>").rpartition("<<")
    line = line.partition(">>")[0].replace("\\ ", " ").rstrip(" =")
    before, _, word = typed.rpartition(" ")
    offered = CASES[typed]
    if len(offered) == 1:
        assert line == f"{before} {offered[0]}".rstrip("=")
    elif not offered:
        assert line == typed.rstrip()
    else:
        assert line.startswith(f"{before} {word}")
        assert all(name in shown.split() for name in offered)


@pytest.mark.skipif(
    not shutil.which("pwsh"), reason="install PowerShell, https://aka.ms/powershell, and run again"
)
@pytest.mark.parametrize("typed", [t for t in CASES if "some" not in t and "," not in t and CASES[t]])
def test_powershell(typed: str, folder: Path) -> None:
    path = FOLDER / SHELLS["powershell"].file
    script = f". '{path}'; (TabExpansion2 '{typed}' {len(typed)}).CompletionMatches.CompletionText"
    run = subprocess.run(
        ["pwsh", "-NoProfile", "-Command", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert sorted(run.stdout.split()) == CASES[typed]


def test_powershell_brackets_close() -> None:
    text = re.sub(r"'[^']*'|#.*", "", script("powershell"))
    for opening, closing in ("()", "{}", "[]"):
        assert text.count(opening) == text.count(closing)

"""The help: every command has it, and every example in it runs."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.cli.app import COMMANDS, load, main
from actcli.core import registry
from actcli.core.evaluate import evaluate
from actcli.core.spec import Activation
from tests.cli.processes import actcli, shell

if TYPE_CHECKING:
    from pathlib import Path


def examples(name: str) -> list[str]:
    """Return the lines under "Examples:" of a command's docstring."""
    _, _, rest = (load(name).help or "").partition("Examples:\n")
    return [line.strip() for line in rest.splitlines() if line.strip()]


EXAMPLES = [line for name in COMMANDS for line in examples(name)]

DESIGNED = [
    "actcli softmax 1 2 3 4 1 2 3",
    "actcli plot elu --alpha 1",
    "actcli grad gelu -3 -1e-3 .5 -inf",
    "seq -5 0.1 5 | actcli eval gelu > gelu.csv",
    "actcli eval silu -i acts.parquet -c h1 -o out.parquet",
    "actcli compare relu leaky_relu:negative_slope=0.2 elu:alpha=2 --grad",
]
"""What a user is promised can be typed as it stands."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples read, and the ones that they write into."""
    folder = tmp_path_factory.mktemp("examples")
    x = np.linspace(-3, 3, 7)
    rows = [f"{a},{b}" for a, b in zip(x.tolist(), (x / 2).tolist(), strict=True)]
    for name in ("logits.csv", "acts.csv", "t.csv", "data.csv"):
        (folder / name).write_text("\n".join(["x,h1", *rows, ""]))
    (folder / "mine.txt").write_text("my_gate(x; a=1) = x*sigmoid(a*x)  # a gate of one's own\n")
    np.save(folder / "x.npy", x)
    mish = registry.get("mish")
    assert isinstance(mish, Activation)
    np.save(folder / "y.npy", evaluate(mish, x))
    (folder / "budget.toml").write_text(
        '[[kernel]]\nfunction = "mish"\ninput = "x.npy"\noutput = "y.npy"\nmax_ulp = 0.501\n'
    )
    if find_spec("polars"):
        import polars

        polars.DataFrame({"h1": x, "h2": x / 2}).write_parquet(folder / "acts.parquet")
    for name in (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"):
        (folder / name).mkdir(parents=True)
    return folder


NEEDS = {".parquet": ("polars", "actcli[bulk]"), "torch": ("torch", "torch"), "jax": ("jax", "jax")}


@pytest.mark.parametrize("line", dict.fromkeys([*EXAMPLES, *DESIGNED]))
def test_every_example_runs(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for mark, (module, package) in NEEDS.items():
        if mark in line and not find_spec(module):
            pytest.skip(f"needs {module}: pip install '{package}'")
    if set(line) & set("|>"):
        run = shell(line, folder, HOME=str(folder), PROFILE=str(folder / "profile.ps1"))
        assert (run.returncode, run.stderr) == (0, "")
        return
    monkeypatch.chdir(folder)
    status = main(shlex.split(line)[1:])
    assert (status, capfd.readouterr().err) == (0, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples(name: str) -> None:
    assert examples(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says_of_itself(name: str) -> None:
    first = (load(name).help or "").splitlines()[0]
    assert COMMANDS[name] == first


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", [*COMMANDS, ""])
def test_help_fits_the_terminal(
    name: str, columns: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([name, "--help"] if name else ["--help"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert max(len(line) for line in lines if not line.startswith("    actcli ")) <= columns


def test_the_parameters_of_a_function_are_in_its_help() -> None:
    said = actcli("eval", "elu", "--help").stdout
    assert "Parameters of elu:" in said
    assert "--alpha" in said
    assert "Parameters of elu" not in actcli("eval", "--help").stdout


def test_no_brackets_are_lost() -> None:
    shown = actcli("eval", "--help").stdout
    assert "[X]..." in shown
    assert "A:B[:N]" in shown

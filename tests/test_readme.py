"""The README says what is so: its catalogue is today's, its Python session and its commands run as shown."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import actcli
from actcli.cli.budget import Budget
from actcli.cli.verify import KINDS, OF_A_RUN
from tests.generate.readme import README, with_catalogue

TEXT = README.read_text("utf-8")

ENDLESS_OR_FOREIGN = ("tail -f", "torch.nn", "jax.nn", "verify --framework", "--framework jax")
"""What marks a command of the README that never ends by itself, or needs a framework to be installed."""

COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    for line in re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    if not any(mark in line for mark in ENDLESS_OR_FOREIGN)
]


def test_the_catalogue_is_that_of_the_registry() -> None:
    assert with_catalogue(TEXT) == TEXT, "run: python -m tests.generate"


def test_the_python_session_gives_what_it_shows() -> None:
    result = doctest.testfile(str(README), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_test_that_it_shows_passes(tmp_path: Path) -> None:
    (block,) = (code for code in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "def test_" in code)
    (tmp_path / "test_my_kernels.py").write_text(block)
    (tmp_path / "my_kernels.py").write_text(
        "import numpy as np\n"
        "def silu(x):\n"
        "    wide = x.astype(np.float64)\n"
        "    return np.where(x == -np.inf, 0, wide / (1 + np.exp(-wide))).astype(x.dtype)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_my_kernels.py"]
    path = os.pathsep.join([str(README.parent), str(tmp_path)])
    environment = {**os.environ, "PYTHONPATH": path}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout


def test_its_budget_is_one(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "budget.toml").write_text(block)
    budget = Budget.read(str(tmp_path / "budget.toml"), KINDS, OF_A_RUN)
    assert [kernel.name for kernel in budget.kernels()] == ["gelu forward", "gelu backward", "leaky_relu"]


def test_there_are_commands_to_try() -> None:
    assert len(COMMANDS) >= 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README's commands read."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(README.parent / "tests" / "digits", folder / "tests" / "digits")
    x = np.linspace(-20.0, 20.0, 101)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", actcli.mish(x))
    table = np.column_stack([x, actcli.elu(x, alpha=2)])
    (folder / "tables.py").write_text(
        "import numpy as np\n"
        "def sigmoid_i8(q):\n"
        "    y = 1 / (1 + np.exp(q / -16.0))\n"
        "    return np.clip(np.rint(256 * y - 128), -128, 127).astype(np.int8)\n"
    )
    np.savetxt(folder / "t.csv", table, "%.17g", ",", header="x,y", comments="")
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""

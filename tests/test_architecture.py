"""Imports run one way, cli → render, tables → core → errors, and heavy libraries have one door each."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "actcli"

ALLOWED = {
    "errors": set(),
    "loading": set(),
    "core": {"errors"},
    "tables": {"core", "errors", "loading"},
    "render": {"core", "errors"},
    "function": {"core", "errors"},
    "functions": {"function", "core", "errors"},
    "cli": {"render", "tables", "core", "errors", "loading"},
}
"""What a part of the package may import of the others; `function` and `functions` are the Python face."""

DOORS = {
    "rich": {"render/terminal.py"},
    "matplotlib": {"render/figure"},
    "plotille": {"render"},
    "polars": {"tables"},
    "flint": {"core/balls.py", "core/jets.py"},
    "ml_dtypes": {"core/dtypes.py"},
    "typer": {"cli"},
}
"""Who may import a library."""

FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def name_of(path: Path) -> str:
    """Return the path of a file within the package."""
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part in ("__init__", "__main__"):
        return
    others = {name.split(".")[1] for name in imports(path) if name.startswith("actcli.")} - {part}
    assert others <= ALLOWED[part]


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library: str) -> None:
    users = {name_of(path) for path in FILES if any(n.split(".")[0] == library for n in imports(path))}
    assert users
    outside = {user for user in users if not any(user.startswith(door) for door in DOORS[library])}
    assert not outside


HEAVY = {"rich", "matplotlib", "polars", "flint", "mpmath", "ml_dtypes", "pydantic", "scipy", "plotille"}

RUNS = {
    "softmax 1 2 3 4 1 2 3": set(),
    "grad gelu -1 1 --alpha-is-not-here": set(),
    "eval elu 1 --alpha 2": set(),
    "grad silu --range -6:6:25 -f json": set(),
    "info gelu --json": set(),
    "--help": {"pydantic"},
    "info gelu": {"rich"},
    "eval mish 1 --dtype bfloat16": {"ml_dtypes"},
    "eval mish 1 --digits 30": {"flint", "pydantic"},
}
"""Command lines, and which heavy libraries they may load."""


@pytest.mark.parametrize("line", RUNS)
def test_a_command_loads_only_what_it_needs(line: str) -> None:
    script = (
        "import sys; from actcli.cli import main; main(sys.argv[1:]);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *line.split()],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    loaded = set(run.stderr.splitlines()[-1].split())
    assert loaded & HEAVY <= RUNS[line]


def test_listing_the_commands_imports_none_of_them() -> None:
    script = (
        "import sys; from actcli.cli import main; main(['--help']);"
        "print(*(name for name in sys.modules if name.startswith('actcli.cli.')), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    loaded = set(run.stderr.splitlines()[-1].split())
    assert loaded == {f"actcli.cli.{name}" for name in ("app", "command", "helptext", "standard")}


USES = {
    "import actcli": {"actcli"},
    "from actcli import gelu": {"actcli", "numpy"},
    "import actcli; actcli.names()": {"actcli", "numpy"},
    "import actcli; actcli.gelu(1.0); actcli.gelu.grad([1.0]); actcli.softmax([1.0])": {"actcli", "numpy"},
}
"""What a program does with the package, and the libraries that it may load: NumPy, and only when used."""


@pytest.mark.parametrize("use", USES)
def test_the_package_loads_what_it_needs_when_it_needs_it(use: str) -> None:
    script = f"import sys; before = set(sys.modules); {use}; print(*set(sys.modules) - before)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    loaded = set(run.stdout.split())
    assert {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names) <= USES[use]
    assert not loaded & {"difflib", "argparse", "concurrent.futures", "unittest"}
    if use == "import actcli":
        assert {name for name in loaded if name.startswith("actcli")} == {"actcli"}

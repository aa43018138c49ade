"""Imports run one way, cli → render, tables → core → errors; a heavy library is imported in one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "actcli"

ALLOWED = {
    "errors": set(),
    "loading": set(),
    "core": {"errors"},
    "tables": {"core", "errors", "loading"},
    "render": {"core", "errors"},
    "kernels": {"core", "errors"},
    "function": {"core", "errors"},
    "functions": {"function", "core", "errors"},
    "reports": {"render", "tables", "core", "errors"},
    "row_verification": {"kernels", "core", "errors"},
    "verification": {"row_verification", "reports", "kernels", "functions", "function", "core", "errors"},
    "cli": {
        "row_verification",
        "verification",
        "reports",
        "render",
        "tables",
        "kernels",
        "core",
        "errors",
        "loading",
    },
}
"""What a part of the package may import of the others; `function` and `functions` are the Python face."""

PLACES = {
    "rich": {"render/terminal.py"},
    "matplotlib": {"render/figure"},
    "plotille": {"render"},
    "polars": {"tables"},
    "flint": {"core/balls.py", "core/jets.py", "core/formula/truth.py", "core/formula/rational.py"},
    "ml_dtypes": {"core/dtypes.py"},
    "typer": {"cli"},
}
"""Who may import a library."""

FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return a file as Python reads it."""
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(tree(path)):
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


@pytest.mark.parametrize("library", PLACES)
def test_a_library_is_imported_in_one_place(library: str) -> None:
    users = {name_of(path) for path in FILES if any(n.split(".")[0] == library for n in imports(path))}
    assert users
    outside = {user for user in users if not any(user.startswith(place) for place in PLACES[library])}
    assert not outside


SHARED_FILE_NAMES = {
    "blocks.py",  # core: what is computed at a time; core/vector: rows of a matrix
    "facts.py",  # core/spec, core/measure, cli
    "functions.py",  # the functions of the Python face; arguments of the commands
    "pieces.py",  # core/formula: a derivative between its breaks; cli: the picture of a maxout
    "softmax.py",  # core/vector: the function; cli: the command
    "truth.py",  # core/formula: enclosures of an expression; core/measure: the true values of a kernel
}
"""File names that still mean different things: to be emptied."""

SHARED_CLASS_NAMES = {
    "Asymptote",  # core/formula: of a formula; core/portrait: of a drawn curve
    "Function",  # function.py: of the Python face; cli/completions: what the shell completes
    "Limits",  # core/measure: what must hold; core/vector: where doubles are safe
    "Program",  # core/numerics: a compiled trace; cli/completions: the commands
    "Shell",  # cli: an argument; cli/completions: a script
    "Truth",  # core/numerics and core/formula
}
"""Names of classes that still mean different things: to be emptied."""


def test_a_file_name_means_one_thing() -> None:
    count = Counter(path.name for path in FILES if path.name != "__init__.py")
    assert {name for name, n in count.items() if n > 1} <= SHARED_FILE_NAMES


def test_the_name_of_a_class_means_one_thing() -> None:
    count = Counter(
        node.name
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, n in count.items() if n > 1} <= SHARED_CLASS_NAMES


def module_of(path: Path) -> str:
    """Return the name of a file's module within the package: `core.dtypes`, and `core` for a package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def test_no_files_import_each_other() -> None:
    """Imports for type checkers alone count too: they tie files together as much as any other."""
    modules = {module_of(path) for path in FILES}
    needs: dict[str, set[str]] = {}
    for path in FILES:
        names = {name.removeprefix("actcli.") for name in imports(path) if name.startswith("actcli.")}
        found = {name if name in modules else name.rpartition(".")[0] for name in names}
        needs[module_of(path)] = (found & modules) - {module_of(path)}

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            fresh = needs[ahead.pop()] - seen
            seen |= fresh
            ahead += fresh
        return seen

    reach = {module: reached(module) for module in needs}
    circles = {
        frozenset(other for other in reach[module] if module in reach[other])
        for module in needs
        if module in reach[module]
    }
    assert not circles


HEAVY = {"rich", "matplotlib", "polars", "flint", "mpmath", "ml_dtypes", "pydantic", "scipy", "plotille"}

RUNS = {
    "softmax 1 2 3 4 1 2 3": set(),
    "grad gelu -1 1 --alpha-is-not-here": set(),
    "eval elu 1 --alpha 2": set(),
    "grad silu --range -6:6:25 -f json": set(),
    "info gelu --json": {"flint"},
    "--help": {"pydantic"},
    "info gelu": {"rich", "flint"},
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
    assert loaded == {f"actcli.cli.{name}" for name in ("app", "command", "helptext", "standard", "unread")}


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

"""How long the program takes to start, beside the least that a program of its kind would take.

    python -m tests.bench.startup [RUNS]

Small commands against a one-command Typer app that imports NumPy and computes a softmax. All run in this
environment with compiled bytecode, in turns, so that what else the machine does falls on all alike. How long
a picture takes is in plot_startup.py.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """\
import numpy as np
import typer

def softmax(x: list[float]) -> None:
    e = np.exp(np.array(x) - max(x))
    for value, share in zip(x, (e / e.sum()).tolist()):
        print(value, share, sep=",")

typer.run(softmax)
"""

COMMANDS = (
    "softmax 1 2 3 4 1 2 3",
    "grad gelu -3 -1e-3 .5 -inf",
    "eval elu -1 --alpha 2",
    "info gelu",
    "--help",
)


def measure(commands: dict[str, list[str]], runs: int, folder: Path) -> dict[str, float]:
    """Return the median seconds of every command, run in turns after one run that compiles."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    """Measure and print the medians and their ratios."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    package = Path(__file__).parents[2]
    start = f"import sys; sys.path.insert(0, {str(package)!r}); from actcli.cli import program; program()"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bare.py").write_text(BARE)
        commands = {"the bare app": [sys.executable, "bare.py", "1", "2", "3", "4", "1", "2", "3"]}
        commands |= {f"actcli {line}": [sys.executable, "-c", start, *line.split()] for line in COMMANDS}
        seconds = measure(commands, runs, folder)
    for name, value in seconds.items():
        print(f"{name:36} {value * 1000:5.0f} ms  {value / seconds['the bare app']:.2f} ×")


if __name__ == "__main__":
    main()

"""How long the program takes to start, beside the least that any program of its kind would take.

    python -m tests.bench.startup [RUNS]

`actcli softmax 1 2 3 4 1 2 3` against a one-command Typer app that imports NumPy and computes the same, and
`actcli plot elu -o x.png` against a bare matplotlib script that draws the same curves. All run in this
environment with compiled bytecode, in turns, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOFTMAX = """\
import numpy as np
import typer

def softmax(x: list[float]) -> None:
    e = np.exp(np.array(x) - max(x))
    for value, share in zip(x, (e / e.sum()).tolist()):
        print(value, share, sep=",")

typer.run(softmax)
"""

PLOT = """\
import sys
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

x = np.linspace(-6, 6, 401)
figure = Figure(figsize=(6.4, 4.8), dpi=200)
axes = figure.add_subplot()
axes.plot(x, np.where(x > 0, x, np.expm1(np.minimum(x, 0))), label="elu")
axes.plot(x, np.where(x > 0, 1, np.exp(np.minimum(x, 0))), "--", label="derivative")
axes.legend()
FigureCanvasAgg(figure).print_png(sys.argv[1])
"""


def measure(commands: dict[str, list[str]], runs: int, folder: Path) -> dict[str, list[float]]:
    """Return the seconds of every run of every command, taken in turns after one run that compiles."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    environment["MPLCONFIGDIR"] = str(folder)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def main() -> None:
    """Measure and print the medians and their ratios."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    python, numbers = sys.executable, ["1", "2", "3", "4", "1", "2", "3"]
    package = Path(__file__).parents[2]
    start = f"import sys; sys.path.insert(0, {str(package)!r}); from actcli.cli import program; program()"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "softmax.py").write_text(SOFTMAX)
        (folder / "plot.py").write_text(PLOT)
        pairs = {
            "softmax 1 2 3 4 1 2 3": [python, "softmax.py", *numbers],
            "plot elu -o actcli.png": [python, "plot.py", "bare.png"],
        }
        for command, bare in pairs.items():
            seconds = measure({"bare": bare, "actcli": [python, "-c", start, *command.split()]}, runs, folder)
            median = {name: statistics.median(values) for name, values in seconds.items()}
            ratio = median["actcli"] / median["bare"]
            times = "  ".join(f"{name} {value * 1000:.0f} ms" for name, value in median.items())
            print(f"{command:24} {times}  ratio {ratio:.2f}")


if __name__ == "__main__":
    main()

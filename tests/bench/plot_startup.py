"""How long `actcli plot elu -o x.png` takes, beside a bare matplotlib script that draws the same curves.

    python tests/bench/plot_startup.py [ROUNDS]

Both run in fresh processes, in turn; the fastest of the rounds count. Compile the packages first
(`python -m compileall -q actcli`) where PYTHONDONTWRITEBYTECODE is set.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
x = np.linspace(-6, 6, 1001)
figure = Figure(figsize=(6.4, 4.8), dpi=150)
FigureCanvasAgg(figure)
axes = figure.add_subplot()
axes.plot(x, np.where(x > 0, x, np.expm1(x)), label=r"$\\max(0, x) + \\alpha (e^{\\min(0, x)} - 1)$")
axes.plot(x, np.where(x > 0, 1.0, np.exp(x)), "--", label="elu'")
for side in ("left", "bottom"):
    axes.spines[side].set_position("zero")
for side in ("right", "top"):
    axes.spines[side].set_visible(False)
axes.legend()
figure.savefig("bare.png")
"""
PYPLOT = BARE.replace("from matplotlib.figure import Figure", "import matplotlib.pyplot as plt")
PYPLOT = PYPLOT.replace("figure = Figure(", "figure = plt.figure(").replace("FigureCanvasAgg(figure)\n", "\n")


def main() -> None:
    """Print the times and their ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    ways = {
        "bare script, Figure": [sys.executable, "-c", BARE],
        "bare script, pyplot": [sys.executable, "-c", PYPLOT],
        "actcli plot elu": [sys.executable, "-m", "actcli", "plot", "elu", "-o", "x.png"],
    }
    best = dict.fromkeys(ways, float("inf"))
    root = str(Path(__file__).parents[2])
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for way, command in ways.items():
                start = time.perf_counter()
                subprocess.run(
                    command, cwd=folder, check=True, env={"PYTHONPATH": root, "HOME": str(Path.home())}
                )
                best[way] = min(best[way], time.perf_counter() - start)
    ours = best["actcli plot elu"]
    for way, seconds in best.items():
        print(f"{way:24s} {1000 * seconds:7.0f} ms   {ours / seconds:.2f}")


if __name__ == "__main__":
    main()

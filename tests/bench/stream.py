"""Text streams side by side: one column of numbers to three, `x` to `x,silu,silu_grad`, in CSV.

    python -m tests.bench.stream [--rows 5000000] [--runs 3] [--folder DIR]

Every contender is a process of its own that reads a file and writes a file. Printed are the median time, the
ratio to the fastest polars script, and the peak memory; then by how much its numbers differ from actcli's. The
others compute the textbook formula, whose error is theirs.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.evaluate import evaluate
from actcli.core.registry import get
from actcli.core.spec import Activation
from actcli.tables import Reading, Writing, from_values, open_sink, read, run

if TYPE_CHECKING:
    from collections.abc import Iterator

POLARS_SINK = """
import polars as pl
x, s = pl.col("x"), pl.col("s")
frame = pl.scan_csv("in.csv").with_columns(s=1 / (1 + (-x).exp()))
frame.select(x, silu=x * s, silu_grad=s * (1 + x * (1 - s))).sink_csv("out.csv")
"""
POLARS_EAGER = """
import polars as pl
x, s = pl.col("x"), pl.col("s")
frame = pl.read_csv("in.csv").with_columns(s=1 / (1 + (-x).exp()))
frame.select(x, silu=x * s, silu_grad=s * (1 + x * (1 - s))).write_csv("out.csv")
"""
PYARROW = """
import pyarrow as pa, pyarrow.compute as pc, pyarrow.csv as csv
x = csv.read_csv("in.csv")["x"]
s = pc.divide(1.0, pc.add(1.0, pc.exp(pc.negate(x))))
grad = pc.multiply(s, pc.add(1.0, pc.multiply(x, pc.subtract(1.0, s))))
csv.write_csv(pa.table({"x": x, "silu": pc.multiply(x, s), "silu_grad": grad}), "out.csv")
"""
PANDAS = """
import numpy as np, pandas as pd
frame = pd.read_csv("in.csv")
x = frame["x"]
s = 1 / (1 + np.exp(-x))
frame["silu"] = x * s
frame["silu_grad"] = s * (1 + x * (1 - s))
frame.to_csv("out.csv", index=False)
"""
DUCKDB = """
import duckdb
duckdb.sql('''copy (select x, x * s as silu, s * (1 + x * (1 - s)) as silu_grad from
  (select x, 1 / (1 + exp(-x)) as s from read_csv('in.csv'))) to 'out.csv' (header)''')
"""
MAWK = """NR == 1 { print "x,silu,silu_grad"; next }
{ s = 1 / (1 + exp(-$1)); printf "%s,%.17g,%.17g\\n", $1, $1 * s, s * (1 + $1 * (1 - s)) }"""
MILLER = "$silu = $x / (1 + exp(-$x)); s = 1 / (1 + exp(-$x)); $silu_grad = s * (1 + $x * (1 - s))"
PLAIN = """
import sys
sys.modules["polars"] = None
from actcli.cli import main
sys.argv = ["actcli", *sys.argv[1:]]
sys.exit(main())
"""
GRAD = ["grad", "silu", "-i", "in.csv", "-o", "out.csv"]


class Contender(NamedTuple):
    """A program: what it is called, its command, and why it cannot run here, if so."""

    name: str
    command: list[str]
    missing: str = ""


class Result(NamedTuple):
    """What runs came to: the median of the seconds, the most memory in MB."""

    seconds: float
    memory: float


def contenders() -> Iterator[Contender]:
    """Yield every program, those that are not installed too."""
    python = sys.executable
    polars = "" if importlib.util.find_spec("polars") else "polars is not installed"
    yield Contender("actcli, with polars", [python, "-m", "actcli", *GRAD], polars)
    yield Contender("actcli --fast, with polars", [python, "-m", "actcli", *GRAD, "--fast"], polars)
    yield Contender("actcli", [python, "-c", PLAIN, *GRAD])
    yield Contender("polars, streaming", [python, "-c", POLARS_SINK], polars)
    yield Contender("polars, in memory", [python, "-c", POLARS_EAGER], polars)
    for name, script in (("pyarrow", PYARROW), ("duckdb", DUCKDB), ("pandas", PANDAS)):
        missing = "" if importlib.util.find_spec(name) else f"{name} is not installed"
        yield Contender(name, [python, "-c", script], missing)
    for name, command in (
        ("mawk", ["mawk", MAWK, "in.csv"]),
        ("Miller", ["mlr", "--csv", "--ofmt", "%.17g", "put", MILLER, "in.csv"]),
    ):
        yield Contender(name, command, "" if shutil.which(command[0]) else f"{command[0]} is not installed")


def timed(contender: Contender, folder: Path) -> Result:
    """Run a program once and return its time and memory."""
    (folder / "out.csv").unlink(missing_ok=True)
    direct = contender.command[0] not in ("mawk", "mlr")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])}
    with (folder / ("log" if direct else "out.csv")).open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(contender.command, cwd=folder, stdout=out, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{contender.name}: exit code {process.returncode}")
    return Result(seconds, usage.ru_maxrss / 1024)


def difference(folder: Path, truth: Path) -> float:
    """Return by how much the numbers of the output differ from the truth, next to their size, at most."""
    worst = 0.0
    streams = [read(Reading(paths=(str(path),), columns=("2", "3"))) for path in (folder / "out.csv", truth)]
    parts = [np.concatenate([chunk.numbers for chunk in stream]) for stream in streams]
    if parts[0].shape != parts[1].shape:
        return float("nan")
    scale = np.maximum(np.abs(parts[1]), 1e-3)
    return max(worst, float((np.abs(parts[0] - parts[1]) / scale).max()))


def prepare(folder: Path, rows: int) -> None:
    """Write the input, and what is right, with no second process."""
    function = get("silu")
    assert isinstance(function, Activation)
    with open_sink(Writing(path=str(folder / "in.csv"))) as sink:
        generator = np.random.default_rng(1)
        for start in range(0, rows, 1 << 18):
            values = generator.normal(size=min(1 << 18, rows - start)) * 3
            run(from_values(values), lambda chunk: chunk, sink)
    with open_sink(Writing(path=str(folder / "truth.csv"))) as sink:
        run(
            read(Reading(paths=(str(folder / "in.csv"),))),
            lambda chunk: chunk.with_columns(
                {name: evaluate(function, chunk.numbers[:, 0], k) for k, name in enumerate(("silu", "grad"))}
            ),
            sink,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are put (a temporary folder)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        prepare(folder, given.rows)
        here = [one for one in contenders() if not one.missing]
        results: dict[str, list[Result]] = {one.name: [] for one in here}
        errors: dict[str, float] = {}
        for turn in range(given.runs):
            for one in here:
                results[one.name].append(timed(one, folder))
                if turn == 0:
                    errors[one.name] = difference(folder, folder / "truth.csv")
        report(results, errors, given.rows)
    for one in contenders():
        if one.missing:
            print(f"{one.name}: {one.missing}")


def report(results: dict[str, list[Result]], errors: dict[str, float], rows: int) -> None:
    """Print a line for each program, the fastest first."""
    medians = {name: statistics.median(run.seconds for run in runs) for name, runs in results.items()}
    best = min((t for name, t in medians.items() if name.startswith("polars")), default=float("nan"))
    print(f"{rows:,} rows\n{'':28}{'seconds':>9}{'ratio':>8}{'MB':>8}  largest difference")
    for name, seconds in sorted(medians.items(), key=lambda item: item[1]):
        memory = max(run.memory for run in results[name])
        print(f"{name:28}{seconds:9.2f}{seconds / best:8.2f}{memory:8.0f}  {errors[name]:.1e}")


if __name__ == "__main__":
    main()

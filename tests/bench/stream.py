"""Text streams side by side, in CSV: `x` to `x,silu,silu_grad`, and tables of several columns.

    python -m tests.bench.stream [silu|mixed|softmax] [--rows N] [--runs 3] [--folder DIR]

`mixed` is silu of a column of numbers of all sizes among three others that pass through, `softmax` that of
rows of ten.

Every contender is a process of its own that reads a file and writes a file. Printed are the median time by
the clock and of the processors, their ratios to the fastest polars script, and the peak memory; then by how
much the numbers differ from actcli's. The others compute the textbook formula, whose error is theirs.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.evaluate import evaluate_orders, evaluate_vector
from actcli.core.registry import get
from actcli.core.spec import Activation, VectorActivation
from actcli.tables.chunk import Chunk
from actcli.tables.pipeline import run
from actcli.tables.reading import read
from actcli.tables.source import Reading
from actcli.tables.writing import Writing, open_sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.tables.chunk import Column

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
SOFTMAX = """
import polars as pl
names = [f"c{i}" for i in range(1, 11)]
frame = pl.SCAN("in.csv").with_columns(pl.col(name).exp().name.prefix("e_") for name in names)
total = pl.sum_horizontal(f"e_{name}" for name in names)
results = [pl.col(f"e_{name}").truediv(total).alias(f"softmax_{name}") for name in names]
frame.select(*names, *results).SINK("out.csv")
"""
MIXED_SINK = POLARS_SINK.replace("select(x", "select('name', 'a', x, 'b'")
MIXED_EAGER = POLARS_EAGER.replace("select(x", "select('name', 'a', x, 'b'")


class Job(NamedTuple):
    """What is computed: the rows, the arguments of actcli, the results, and the scripts of polars."""

    rows: int
    arguments: list[str]
    results: tuple[str, ...]
    streaming: str
    eager: str


SILU = ["grad", "silu", "-i", "in.csv", "-o", "out.csv"]
JOBS = {
    "silu": Job(5_000_000, SILU, ("silu", "silu_grad"), POLARS_SINK, POLARS_EAGER),
    "mixed": Job(2_000_000, [*SILU, "-c", "x"], ("silu", "silu_grad"), MIXED_SINK, MIXED_EAGER),
    "softmax": Job(
        500_000,
        ["softmax", "-i", "in.csv", "-o", "out.csv"],
        tuple(f"softmax_c{i}" for i in range(1, 11)),
        SOFTMAX.replace("SCAN", "scan_csv").replace("SINK", "sink_csv"),
        SOFTMAX.replace("SCAN", "read_csv").replace("SINK", "write_csv"),
    ),
}


class Contender(NamedTuple):
    """A program: what it is called, its command, and why it cannot run here, if so."""

    name: str
    command: list[str]
    missing: str = ""


class Result(NamedTuple):
    """What a run came to: seconds by the clock, seconds of processor time, the most memory in MB."""

    seconds: float
    processor: float
    memory: float


def contenders(job: Job) -> Iterator[Contender]:
    """Yield every program, those that are not installed too."""
    python = sys.executable
    polars = "" if importlib.util.find_spec("polars") else "polars is not installed"
    yield Contender("actcli, with polars", [python, "-m", "actcli", *job.arguments], polars)
    yield Contender("actcli --fast, with polars", [python, "-m", "actcli", *job.arguments, "--fast"], polars)
    yield Contender("actcli", [python, "-c", PLAIN, *job.arguments])
    yield Contender("polars, streaming", [python, "-c", job.streaming], polars)
    yield Contender("polars, in memory", [python, "-c", job.eager], polars)
    if job != JOBS["silu"]:
        return
    for name, script in (("pyarrow", PYARROW), ("duckdb", DUCKDB), ("pandas", PANDAS)):
        missing = "" if importlib.util.find_spec(name) else f"{name} is not installed"
        yield Contender(name, [python, "-c", script], missing)
    for name, command in (
        ("mawk", ["mawk", MAWK, "in.csv"]),
        ("Miller", ["mlr", "--csv", "--ofmt", "%.17g", "put", MILLER, "in.csv"]),
    ):
        yield Contender(name, command, "" if shutil.which(command[0]) else f"{command[0]} is not installed")


def timed(contender: Contender, folder: Path, bytecode: Path) -> Result:
    """Run a program once in a folder; bytecode is compiled and kept, as where it is installed."""
    (folder / "out.csv").unlink(missing_ok=True)
    direct = contender.command[0] not in ("mawk", "mlr")
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    with (folder / ("log" if direct else "out.csv")).open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(contender.command, cwd=folder, stdout=out, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{contender.name}: exit code {process.returncode}")
    return Result(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def difference(folder: Path, truth: Path, columns: tuple[str, ...]) -> float:
    """Return by how much the numbers of the output differ from the truth, next to their size, at most."""
    streams = [read(Reading(paths=(str(path),), columns=columns)) for path in (folder / "out.csv", truth)]
    parts = [np.concatenate([chunk.numbers for chunk in stream]) for stream in streams]
    if parts[0].shape != parts[1].shape:
        return float("nan")
    scale = np.maximum(np.abs(parts[1]), 1e-3)
    with np.errstate(invalid="ignore"):  # ∞ less ∞
        return float(np.nanmax(np.abs(parts[0] - parts[1]) / scale))


def prepare(folder: Path, rows: int, job: Job) -> None:
    """Write the input, and what is right, with no second process."""
    generator = np.random.default_rng(1)
    with open_sink(Writing(path=str(folder / "in.csv"))) as sink:
        for start in range(0, rows, 1 << 18):
            sink.write(_input(generator, min(1 << 18, rows - start), job))
    function, softmax = get("silu"), get("softmax")
    assert isinstance(function, Activation)
    assert isinstance(softmax, VectorActivation)

    def right(chunk: Chunk) -> Chunk:
        if job == JOBS["softmax"]:
            found = list(evaluate_vector(softmax, chunk.numbers).T)
        else:
            found = evaluate_orders(function, chunk.numbers[:, 0], (0, 1))
        return chunk.with_columns(dict(zip(job.results, found, strict=True)))

    columns = () if job == JOBS["softmax"] else ("x",)
    with open_sink(Writing(path=str(folder / "truth.csv"))) as sink:
        run(read(Reading(paths=(str(folder / "in.csv"),), columns=columns)), right, sink)


def _input(generator: np.random.Generator, count: int, job: Job) -> Chunk:
    """Return some rows of the input."""
    columns: dict[str, Column]
    if job == JOBS["silu"]:
        columns = {"x": generator.normal(size=count) * 3}
    elif job == JOBS["softmax"]:
        columns = {f"c{i}": generator.normal(size=count) * 3 for i in range(1, 11)}
    else:
        size = 10.0 ** generator.uniform(-12, 2, count)
        columns = {
            "name": [f"row {i}" for i in range(count)],
            "a": generator.integers(0, 1000, count).astype(np.float64),
            "x": size * generator.choice([-1.0, 1.0], count),
            "b": generator.normal(size=count),
        }
    return Chunk(columns, (), np.empty((count, 0)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", nargs="?", choices=JOBS, default="silu")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are put (a temporary folder)")
    given = parser.parse_args()
    job = JOBS[given.job]
    rows: int = given.rows or job.rows
    # What is large happens in a process apart: the memory of one that is started counts that of its parent.
    apart = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    with tempfile.TemporaryDirectory(dir=given.folder) as name, apart:
        folder = Path(name)
        apart.submit(prepare, folder, rows, job).result()
        here = [one for one in contenders(job) if not one.missing]
        small, bytecode = folder / "small", folder / "bytecode"
        small.mkdir()
        apart.submit(prepare, small, 100, job).result()
        for one in here:  # the first run of each compiles its libraries
            timed(one, small, bytecode)
        results: dict[str, list[Result]] = {one.name: [] for one in here}
        errors: dict[str, float] = {}
        for turn in range(given.runs):
            for one in here:
                results[one.name].append(timed(one, folder, bytecode))
                if turn == 0:
                    errors[one.name] = apart.submit(
                        difference, folder, folder / "truth.csv", job.results
                    ).result()
        report(results, errors, rows)
    for one in contenders(job):
        if one.missing:
            print(f"{one.name}: {one.missing}")


def report(results: dict[str, list[Result]], errors: dict[str, float], rows: int) -> None:
    """Print a line for each program, the fastest first, and its ratios to the fastest polars script."""
    middle = {
        name: Result(*(statistics.median(column) for column in zip(*runs, strict=True)))
        for name, runs in results.items()
    }
    rivals = [result for name, result in middle.items() if name.startswith("polars")]
    best = min(rivals, default=Result(math.nan, math.nan, math.nan))
    print(
        f"{rows:,} rows\n{'':28}{'seconds':>9}{'ratio':>7}{'processor':>11}{'ratio':>7}{'MB':>6}  difference"
    )
    for name, result in sorted(middle.items(), key=lambda item: item[1]):
        clock, processor = result.seconds / best.seconds, result.processor / best.processor
        print(
            f"{name:28}{result.seconds:9.2f}{clock:7.2f}{result.processor:11.2f}{processor:7.2f}"
            f"{result.memory:6.0f}  {errors[name]:.1e}"
        )


if __name__ == "__main__":
    main()

"""Time whole arrays in memory: actcli beside torch, jax and scipy, those of them that are installed.

    python -m tests.bench.kernel [--size 10000000] [--runs 7] [--threads 2] [FUNCTION ...]
    python -m tests.bench.kernel --vectors [--runs 7] [--threads 2] [FUNCTION ...]

Prints the median of several interleaved runs in milliseconds, and ratios to torch as people call it (a fresh
output): above 1 actcli is the faster one. The runs of one function alternate between the libraries, so that
whatever else the machine does falls on all of them.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import prod
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import registry
from actcli.core.evaluate import evaluate, evaluate_vector

if TYPE_CHECKING:
    from collections.abc import Callable

TORCH = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softplus": "nn.functional.softplus",
    "log_sigmoid": "nn.functional.logsigmoid",
    "silu": "nn.functional.silu",
    "gelu": "nn.functional.gelu",
    "gelu_tanh": "nn.functional.gelu",
    "mish": "nn.functional.mish",
    "elu": "nn.functional.elu",
    "celu": "nn.functional.celu",
    "selu": "nn.functional.selu",
    "relu": "nn.functional.relu",
    "relu6": "nn.functional.relu6",
    "leaky_relu": "nn.functional.leaky_relu",
    "hard_sigmoid": "nn.functional.hardsigmoid",
    "hard_swish": "nn.functional.hardswish",
    "hard_tanh": "nn.functional.hardtanh",
    "hard_shrink": "nn.functional.hardshrink",
    "soft_shrink": "nn.functional.softshrink",
    "softsign": "nn.functional.softsign",
    "tanh_shrink": "nn.functional.tanhshrink",
    "threshold": "nn.functional.threshold",
    "exponential": "exp",
    "sine": "sin",
    "sinh": "sinh",
    "cosh": "cosh",
    "asinh": "asinh",
    "arctan": "atan",
    "erf": "erf",
}
"""Our functions and what torch calls them."""

TORCH_ARGUMENTS: dict[str, dict[str, Any]] = {
    "gelu_tanh": {"approximate": "tanh"},
    "threshold": {"threshold": 0.0, "value": 0.0},
}
TORCH_OUT = {"sigmoid", "tanh", "sine", "sinh", "cosh", "asinh", "arctan", "erf", "exponential"}
JAX = {
    "sigmoid",
    "softplus",
    "log_sigmoid",
    "silu",
    "gelu",
    "gelu_tanh",
    "mish",
    "elu",
    "celu",
    "selu",
    "relu",
    "tanh",
}
SCIPY = {"sigmoid": "expit", "log_sigmoid": "log_expit", "erf": "erf"}

VECTORS = {
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "standardize": "nn.functional.layer_norm",
    "swiglu": "nn.functional.silu",
    "glu": "nn.functional.glu",
}
"""Our functions of vectors and what torch calls them; its swiglu is a product with silu."""

SHAPES = ((4096, 1000), (1_000_000, 4), (16, 262_144))


def vector_contenders(name: str, x: np.ndarray[Any, Any], threads: int) -> dict[str, Callable[[], Any]]:
    """Return what is to be timed for a function of the rows of x, by column."""
    entry: Any = registry.get(name)
    runs: dict[str, Callable[[], Any]] = {
        "exact": partial(evaluate_vector, entry, x),
        "fast": partial(evaluate_vector, entry, x, fast=True),
    }
    if find_spec("torch"):
        torch: Any = import_module("torch")
        torch.set_num_threads(threads)
        function: Any = torch
        for part in VECTORS[name].split("."):
            function = getattr(function, part)
        tensor = torch.from_numpy(x)
        if name == "swiglu":

            def gated() -> Any:
                left, gate = tensor.chunk(2, -1)
                return left * function(gate)

            runs["torch"] = gated
        else:
            runs["torch"] = partial(function, tensor, x.shape[-1:] if name == "standardize" else -1)
    return runs


def contenders(name: str, x: np.ndarray[Any, Any], threads: int) -> dict[str, Callable[[], Any]]:
    """Return what is to be timed for a function, by column."""
    entry: Any = registry.get(name)
    out = np.empty_like(x)
    runs: dict[str, Callable[[], Any]] = {
        "exact": partial(evaluate, entry, x),
        "fast": partial(evaluate, entry, x, fast=True),
        "fast out=": partial(evaluate, entry, x, fast=True, out=out),
    }
    if find_spec("torch"):
        torch: Any = import_module("torch")
        torch.set_num_threads(threads)
        function: Any = torch
        for part in TORCH[name].split("."):
            function = getattr(function, part)
        tensor = torch.from_numpy(x)
        runs["torch"] = partial(function, tensor, **TORCH_ARGUMENTS.get(name, {}))
        if name in TORCH_OUT:
            runs["torch out="] = partial(function, tensor, out=torch.empty_like(tensor))
    if find_spec("jax") and name in JAX:
        jax: Any = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        spelled = {"gelu_tanh": "gelu"}.get(name, name)
        function = getattr(jax.nn, spelled)
        if spelled == "gelu":
            function = partial(function, approximate=name == "gelu_tanh")
        compiled, array = jax.jit(function), jax.numpy.asarray(x)
        runs["jax"] = lambda: compiled(array).block_until_ready()
    if find_spec("scipy") and name in SCIPY:
        runs["scipy"] = partial(getattr(import_module("scipy.special"), SCIPY[name]), x)
    return runs


def timed(runs: dict[str, Callable[[], Any]], repetitions: int) -> dict[str, float]:
    """Return the median time of each contender in milliseconds, their runs taking turns."""
    times: dict[str, list[float]] = {column: [] for column in runs}
    for run in runs.values():
        run()
    for _ in range(repetitions):
        for column, run in runs.items():
            start = perf_counter()
            run()
            times[column].append(1e3 * (perf_counter() - start))
    return {column: median(taken) for column, taken in times.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("functions", nargs="*", metavar="FUNCTION")
    parser.add_argument("--vectors", action="store_true", help="functions of vectors instead")
    parser.add_argument("--size", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    absent = [library for library in ("torch", "jax", "scipy") if not find_spec(library)]
    if options.vectors:
        print(f"float64, {options.threads} threads, median of {options.runs} runs, ms")
        for shape in SHAPES:
            _vectors(options.functions or list(VECTORS), shape, options.runs, options.threads)
        return
    print(f"{options.size:,} float64, {options.threads} threads, median of {options.runs} runs, ms")
    if absent:
        print("not installed:", ", ".join(absent))
    x = np.random.default_rng(0).standard_normal(options.size) * 3
    columns = ("exact", "fast", "fast out=", "torch", "torch out=", "jax", "scipy")
    print(f"{'':14}" + "".join(f"{c:>12}" for c in columns) + f"{'torch/fast':>12}{'exact/torch':>13}")
    quicker, quicker_out, slower = [], [], []
    for name in options.functions or TORCH:
        found = timed(contenders(name, x, options.threads), options.runs)
        cells = "".join(f"{found[c]:12.1f}" if c in found else f"{'':12}" for c in columns)
        if "torch" in found:
            quicker.append(found["torch"] / found["fast"])
            quicker_out.append(found["torch"] / found["fast out="])
            slower.append(found["exact"] / found["torch"])
            cells += f"{quicker[-1]:12.2f}{slower[-1]:13.2f}"
        print(f"{name:14}{cells}", flush=True)
    if quicker:
        means = [prod(ratios) ** (1 / len(ratios)) for ratios in (quicker, slower, quicker_out)]
        print(f"{'geometric mean':{14 + 12 * len(columns)}}{means[0]:12.2f}{means[1]:13.2f}")
        print(f"torch over `fast out=` in geometric mean: {means[2]:.2f}")


def _vectors(functions: list[str], shape: tuple[int, int], repetitions: int, threads: int) -> None:
    """Print the table of functions of vectors for rows of one length."""
    x = np.random.default_rng(0).standard_normal(shape) * 3
    columns = ("exact", "fast", "torch")
    print(f"{shape[0]:,} × {shape[1]:,}" + "".join(f"{c:>12}" for c in columns) + " exact/torch  fast/torch")
    ratios = []
    for name in functions:
        found = timed(vector_contenders(name, x, threads), repetitions)
        cells = "".join(f"{found[c]:12.1f}" if c in found else f"{'':12}" for c in columns)
        if "torch" in found:
            ratios.append((found["exact"] / found["torch"], found["fast"] / found["torch"]))
            cells += "".join(f"{ratio:12.2f}" for ratio in ratios[-1])
        print(f"{name:14}{cells}", flush=True)
    if ratios:
        means = [prod(column) ** (1 / len(ratios)) for column in zip(*ratios, strict=True)]
        print(f"{'geometric mean':50}{means[0]:12.2f}{means[1]:12.2f}")


if __name__ == "__main__":
    main()

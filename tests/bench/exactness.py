"""Worst errors of f and f′, side by side: actcli, torch, jax and scipy on the same points.

    python -m tests.bench.exactness [--points 400] [--table] [FUNCTION ...]

Prints the largest error in ULP of the format, against the definitions in balls, for float64,
float32 and bfloat16; `--table` prints Markdown. The points are ordinary ones, both tails down to the last
result that is not 0, and the neighbourhoods of 0 and of the roots of f′. A result of 0, inf or NaN where the
truth is a number counts like any other: its distance in ULP. What is not installed is left out, and said.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import registry
from actcli.core.definition import asking
from actcli.core.dtypes import BFLOAT16, FLOAT32, FLOAT64, DType
from actcli.core.evaluate import evaluate
from actcli.core.measure import error_in_ulp
from actcli.core.questions import split
from actcli.core.spec import Subject
from tests.bench.kernel import JAX, SCIPY, TORCH, TORCH_ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array

    Evaluated = Callable[[Array, int, DType], Array | None]

FUNCTIONS = ("sigmoid", "tanh", "softplus", "log_sigmoid", "silu", "gelu", "gelu_tanh", "mish", "elu", "selu")
FORMATS = (FLOAT64, FLOAT32, BFLOAT16)
ROOTS = (-1.2784645427610738, -0.7517915246935645, -0.7524614220710163, -1.1924312145154952)


def points(dtype: DType, count: int) -> Array:
    """Return points of the format: ordinary, tails, tiny, next to the roots of the slopes."""
    rng = np.random.default_rng(0)
    far = 745.0 if dtype is FLOAT64 else 105.0
    close = [r + k * dtype.spacing(np.array([r])).item() for r in ROOTS for k in range(-4, 5)]
    drawn = (
        rng.standard_normal(count) * 3,
        rng.uniform(-far, far, count),
        rng.uniform(-far / 19, far / 19, count),
        2.0 ** rng.uniform(dtype.lowest, 2, count // 2) * rng.choice([-1, 1], count // 2),
        np.array(close),
    )
    return np.unique(dtype.round(np.concatenate(drawn)))


def by_actcli(name: str) -> Evaluated:
    """Return our values and slopes, in doubles."""
    entry: Any = registry.get(name)
    return lambda x, order, dtype: evaluate(entry, x, order, dtype=dtype).astype(np.float64)


def by_torch(name: str) -> Evaluated:
    """Return those of torch: the slope by its own differentiation."""
    torch: Any = import_module("torch")
    function: Any = torch
    for part in TORCH[name].split("."):
        function = getattr(function, part)

    def run(x: Array, order: int, dtype: DType) -> Array:
        tensor = torch.from_numpy(x).to(getattr(torch, dtype.name)).requires_grad_(order == 1)
        value = function(tensor, **TORCH_ARGUMENTS.get(name, {}))
        if order == 1:
            (value,) = torch.autograd.grad(value.sum(), tensor)
        return np.asarray(value.detach().to(torch.float64).numpy())

    return run


def by_jax(name: str) -> Evaluated:
    """Return those of jax: the slope by its own differentiation."""
    jax: Any = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    function: Any = getattr(jax.nn, {"gelu_tanh": "gelu"}.get(name, name))
    formula = (lambda v: function(v, approximate=name == "gelu_tanh")) if "gelu" in name else function

    def run(x: Array, order: int, dtype: DType) -> Array:
        array = jax.numpy.asarray(x).astype(dtype.name)
        found = jax.vmap(jax.grad(formula))(array) if order else formula(array)
        return np.asarray(found.astype("float64"))

    return run


def by_scipy(name: str) -> Evaluated:
    """Return the values of scipy, which has no slopes and no bfloat16."""
    function: Any = getattr(import_module("scipy.special"), SCIPY[name])

    def run(x: Array, order: int, dtype: DType) -> Array | None:
        if order or dtype.extra:
            return None
        return np.asarray(function(x.astype(dtype.numpy)), np.float64)

    return run


def contenders(name: str) -> dict[str, Evaluated]:
    """Return what there is to be measured."""
    found = {"actcli": by_actcli(name)}
    if find_spec("torch"):
        found["torch"] = by_torch(name)
    if find_spec("jax") and name in JAX:
        found["jax"] = by_jax(name)
    if find_spec("scipy") and name in SCIPY:
        found["scipy"] = by_scipy(name)
    return found


def shown(worst: float | None) -> str:
    """Return an error as text."""
    if worst is None:
        return ""
    return f"{worst:.2f}" if worst < 100 else f"{worst:.1e}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("functions", nargs="*", default=list(FUNCTIONS), metavar="FUNCTION")
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    libraries = ("actcli", "torch", "jax", "scipy")
    absent = [library for library in libraries[1:] if not find_spec(library)]
    if absent:
        print("not installed:", ", ".join(absent))
    heads = ("function", "dtype", "", *libraries)
    print("| " + " | ".join(heads) + " |" if options.table else "".join(f"{h:>12}" for h in heads))
    if options.table:
        print("|" + "---|" * 3 + "---:|" * len(libraries))
    for name in options.functions:
        entry: Any = registry.get(name)
        for dtype in FORMATS:
            x = points(dtype, options.points)
            for order, prime in enumerate(("f", "f′")):
                ask = asking(Subject(entry, {}, order))
                true = np.array([ask(v, split) for v in x.tolist()])
                cells = []
                for library in libraries:
                    run = contenders(name).get(library)
                    found = run(x, order, dtype) if run else None
                    worst = None
                    if found is not None:
                        worst = error_in_ulp(found, true[:, 0], dtype, true[:, 1]).max()
                    cells.append(shown(worst))
                row = (name, dtype.name, prime, *cells)
                print(
                    "| " + " | ".join(row) + " |" if options.table else "".join(f"{c:>12}" for c in row),
                    flush=True,
                )


if __name__ == "__main__":
    main()

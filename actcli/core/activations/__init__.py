"""The elementwise functions, a module per family, a block per function.

To add a function, write its record in the family it belongs to (silu in `gates` is an example): its name, a
line of summary, its formula as `definition`, its parameters, and what people should know of it. f′, f″,
gradients, kinks, limits and texts follow from the formula (`core.derived`). A record says of these what is
known in full, or reads better; a formula over the arithmetic only where the derived one is not fast enough.
"""

from actcli.core.activations import (  # isort: skip  (in the order of the catalogue)
    lines,
    sigmoids,
    tanhs,
    algebraic,
    rectifiers,
    squares,
    exponentials,
    clipped,
    gates,
    hard_gates,
    gelus,
    elishes,
    pluses,
    shrinkers,
    elementary,
    inverses,
    periodic,
)

__all__ = [
    "algebraic",
    "clipped",
    "elementary",
    "elishes",
    "exponentials",
    "gates",
    "gelus",
    "hard_gates",
    "inverses",
    "lines",
    "periodic",
    "pluses",
    "rectifiers",
    "shrinkers",
    "sigmoids",
    "squares",
    "tanhs",
]

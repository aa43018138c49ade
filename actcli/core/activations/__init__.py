"""The elementwise functions, a module per family, a block per function.

To add a function, write its block in the family it belongs to (silu in `gates` is an example): the formulas
of f, f′ and f″, then the record that holds them. Everything else follows from the record.
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

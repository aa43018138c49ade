"""The elementwise functions, a module per family, a block per function.

To add a function, write its block in the family it belongs to (`sigmoids.silu` is an example): the formulas
of f, f′ and f″, then the record that holds them. Everything else follows from the record.
"""

from actcli.core.activations import gates, rectifiers

__all__ = ["gates", "rectifiers"]

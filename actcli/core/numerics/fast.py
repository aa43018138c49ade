"""The fast arithmetic: plain doubles, with pairs where a formula asks for them."""

from actcli.core.numerics.plain import Plain as Fast

__all__ = ["Fast"]

"""Activation functions on NumPy arrays: records, formulas, and the arithmetic they stand on."""

from actcli.core import activations, vector

__all__ = ["activations", "vector"]

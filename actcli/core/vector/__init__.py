"""The functions of a vector, along an axis: a module per family, a block per function."""

from actcli.core.vector import maxima, softmax

__all__ = ["maxima", "softmax"]

"""The functions of a vector: softmax and the others along an axis."""

from actcli.core.vector import softmax

__all__ = ["softmax"]

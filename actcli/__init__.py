"""The activation functions of neural networks, exact to the last bit: values, derivatives, pictures, checks."""

from actcli.core.registry import get, names

__all__ = ["get", "names"]

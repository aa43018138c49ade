"""The activation functions of neural networks, exact to the last bit: values, derivatives, pictures, checks.

Every function of the catalogue is an attribute: `actcli.gelu(x)`, `actcli.gelu.grad(x, order=2)`,
`actcli.softmax(x, axis=0)`; `names()` lists them and `get` finds them under the names of other frameworks.
"""

from actcli.core.registry import names
from actcli.functions import Function, get

__all__ = ["Function", "get", "names"]


def __getattr__(name: str) -> Function:
    if name in names():
        return get(name)
    raise AttributeError(f"module 'actcli' has no attribute {name!r}; actcli.names() lists the functions")


def __dir__() -> list[str]:
    return [*__all__, *names()]

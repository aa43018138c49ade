"""The activation functions of neural networks, exact to the last bit: values, derivatives, pictures, checks.

Every function of the catalogue is an attribute: `actcli.gelu(x)`, `actcli.gelu.grad(x, order=2)`,
`actcli.softmax(x, axis=0)`; `names()` lists them and `get` finds them under the names of other frameworks.
`formula("x*tanh(exp(x))")` is a function of the same kind. `verify` holds a kernel against the true values.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes a while to load, in which Ctrl-C would show a traceback of it
if TYPE_CHECKING:
    from typing import Any

    from actcli.core.registry import names
    from actcli.function import Function
    from actcli.functions import formula, get
    from actcli.verification import verify

__all__ = ["Function", "formula", "get", "names", "verify"]


def __getattr__(name: str) -> Any:
    """Load the catalogue, and NumPy with it, when something of it is first asked for."""
    if name == "verify":
        from actcli.verification import verify

        globals()[name] = verify
        return verify
    from actcli.core.registry import names
    from actcli.function import Function
    from actcli.functions import formula, get

    face: dict[str, Any] = {"Function": Function, "formula": formula, "get": get, "names": names}
    if name not in face and name not in names():
        raise AttributeError(f"module 'actcli' has no attribute {name!r}; actcli.names() lists the functions")
    return globals().setdefault(name, face.get(name) or get(name))  # now Python finds it by itself


def __dir__() -> list[str]:
    from actcli.core.registry import names

    return [*__all__, *names()]

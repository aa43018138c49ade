"""What every function of the Python face has: its record, a docstring and a signature made from it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from actcli.core import registry
from actcli.core.spec import Activation, Param, VectorActivation
from actcli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from actcli.core.formula.expression import Definition


class Function:
    """A function of the catalogue, to be called on numbers, lists, or arrays of any shape.

    Results have the floating-point dtype of the argument (integers, lists and Python numbers count as
    float64) unless `dtype` names another; each is the exact value rounded to it, within the bound that the
    record states. They are NumPy arrays, for tensors and arrays of other libraries too. Parameters are
    keyword arguments, under their names or aliases.

    Numbers of Python that are no floats (integers of any size, Fraction, Decimal) and those of formats that
    no result can have (longdouble, other float8) are rounded to float64. Elementwise functions give a masked
    array for one, with its mask; vector functions take no masked elements.

    >>> import actcli
    >>> actcli.gelu([-1.0, 0.0, 1.0])
    array([-0.15865525,  0.        ,  0.84134475])
    >>> actcli.get("LeakyReLU")(-1, negative_slope=0.2)
    np.float64(-0.2)
    >>> actcli.sigmoid(-800.0, dtype="float32")
    np.float32(0.0)

    Attributes:
        entry: the record: definition, parameters, range, kinks, bounds, sources.
        definition: what was read, of a function that is none of the catalogue but a formula.
    """

    def __init__(self, entry: Activation | VectorActivation, definition: Definition | None = None) -> None:
        self.entry: Any = entry
        self.definition = definition
        self.__name__ = self.__qualname__ = entry.name
        self.__module__ = "actcli"
        self.__doc__ = _described(entry, definition)

    def __repr__(self) -> str:
        if self.definition:
            return f"actcli.formula({self.definition.text!r})"
        return f"<actcli.{self.entry.name}: {self.entry.formula}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self._meaning == other._meaning

    def __hash__(self) -> int:
        return hash(self.entry.name)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.definition:
            return _defined, (type(self), self.definition)
        return _named, (type(self), self.entry.name)  # records hold formulas, which cannot be pickled

    @property
    def _meaning(self) -> tuple[Any, ...]:
        """What two equal functions have in common: a formula and its name, however it was typed."""
        own = self.definition
        return (own.name, own.expression, dict(own.parameters)) if own else (self.entry,)

    @property
    def __signature__(self) -> inspect.Signature:
        """That of a call, with the parameters of the function."""
        call = inspect.signature(type(self).__call__)
        own = [
            inspect.Parameter(
                param.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if param.required else param.default,
            )
            for param in self.entry.params
        ]
        _, x, *options, _ = call.parameters.values()
        return call.replace(parameters=[x, *own, *options])

    def __call__(self, x: ArrayLike, **options: Any) -> Any:
        """Return f(x)."""
        raise NotImplementedError

    def grad(self, x: ArrayLike, order: int = 1, **options: Any) -> Any:
        """Return a derivative at x."""
        raise NotImplementedError

    def vjp(self, x: ArrayLike, v: ArrayLike, **options: Any) -> Any:  # noqa: ARG002
        """Return vᵀJ, for a vector function; UsageError for an elementwise one."""
        raise UsageError(f"{self.entry.name} is elementwise", "multiply v by its grad")


def _named(kind: type[Function], name: str) -> Function:
    return kind(registry.get(name))


def _defined(kind: type[Function], definition: Definition) -> Function:
    from actcli.core.formula.record import record

    return kind(record(definition), definition)


def _described(entry: Activation | VectorActivation, definition: Definition | None) -> str:
    derived = "Jacobian" if isinstance(entry, VectorActivation) else "f′(x)"
    parts = [
        entry.formula if definition and definition.name else f"f(x) = {entry.formula}",
        entry.summary,
        f"{derived} = {entry.derivative}" if entry.derivative else "",
        "\n".join(["Parameters:", *map(_parameter, entry.params)]) if entry.params else "",
    ]
    return "\n\n".join(filter(None, parts))


def _parameter(param: Param) -> str:
    default = "" if param.required else f" (default {param.default:g})"
    return f"    {param.name}: {param.meaning}{default}"

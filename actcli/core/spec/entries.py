"""The records themselves: a parameter, and a function of the catalogue with all that is known of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from actcli.core.arguments import number
from actcli.core.spec.facts import REALS, Bounds, Interval, Kink, Params, Precision, Source, Spelling, Tail
from actcli.errors import UsageError, nearest, shown

if TYPE_CHECKING:
    from actcli.core.arrays import Mask
    from actcli.core.numerics.protocol import Arithmetic, Number

Formula = Callable[..., "Number"]
"""`formula(m: Arithmetic, x: Number, **params: float) -> Number`, elementwise."""

DEFAULT_BOUNDS = Bounds()
VECTOR_BOUNDS = Bounds(value=0.51, slope=0.51)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a function: its default, what it means, and the values it may take.

    A value is meant as the double that it is, −0 as 0. `exact` says otherwise of a default: "1/6", or more
    decimals. Of a `required` one there is no default but to show what a call looks like; `instead` is a hint
    at what its name may have been meant as.
    """

    name: str
    default: float
    meaning: str
    latex: str
    domain: Interval = REALS
    nonzero: bool = False
    integer: bool = False
    aliases: tuple[str, ...] = ()
    exact: str = ""
    required: bool = False
    instead: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"parameter {self.name!r}: a name is letters, digits and _")
        if self.exact and float(Fraction(self.exact)) != self.default:
            raise ValueError(f"parameter {self.name}: {self.exact} is not the default {self.default!r}")
        self.check(self.default)

    @property
    def option(self) -> str:
        """The command-line option that sets the parameter."""
        return "--" + self.name.replace("_", "-")

    def full(self, value: float) -> Fraction:
        """Return the number that a value means: itself, or the default in full where a double falls short."""
        return Fraction(self.exact) if self.exact and value == self.default else Fraction(value)

    def check(self, value: float) -> float:
        """Return the value, or raise `UsageError` if the parameter may not have it."""
        if math.isnan(value) or math.isinf(value):
            raise UsageError(f"parameter {self.name} must be finite, not {value}")
        if value not in self.domain:
            raise UsageError(f"parameter {self.name} must lie in {self.domain}, not {value:g}")
        if self.nonzero and value == 0:
            raise UsageError(f"parameter {self.name} must not be 0")
        if self.integer and value != int(value):
            raise UsageError(f"parameter {self.name} must be a whole number, not {value:g}")
        return value


def unsaid(**_params: float) -> Any:
    """Stand for what a record does not say, and `derived.completed` adds."""
    raise LookupError("the record is not completed")


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """What every function of the catalogue says of itself.

    Attributes:
        name: the long snake_case name; every other spelling is an alias.
        summary: one line, what it is.
        formula: f as plain text, for a terminal.
        derivative: f′ (or the Jacobian) as plain text.
        latex: f in mathtext, parameters by their symbols, without dollar signs. Of these texts an elementwise
            function has those that read better than what follows from its definition, or are shown too often
            to be derived each time.
        aliases: other names; matched with case, `-` and `_` ignored.
        spellings: the frameworks that have it, under which name, with which defaults.
        params: its parameters in order.
        good_for: what it is used for.
        pitfalls: what to look out for.
        sources: its papers.
        notes: facts to tell a user: disagreements between sources, errors in common texts.
        constraint: returns what is wrong with a combination of parameters, or ''.
    """

    name: str
    summary: str
    formula: str = ""
    derivative: str = ""
    latex: str = ""
    good_for: str = ""
    pitfalls: str = ""
    aliases: tuple[str, ...] = ()
    spellings: tuple[Spelling, ...] = ()
    params: tuple[Param, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    constraint: Callable[..., str] = field(default=lambda **_params: "")

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r}: a name is letters, digits and _")
        names = [p.name for p in self.params]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: two parameters of one name")
        for spelling in self.spellings:
            if unknown := set(spelling.defaults) - set(names):
                raise ValueError(
                    f"{self.name}: {spelling.framework} sets unknown parameters {sorted(unknown)}"
                )

    def param(self, name: str) -> Param:
        """Return a parameter by its name or one of its aliases (`-` and `_` alike), or raise `UsageError`."""
        key = name.replace("-", "_") if isinstance(name, str) else ""
        for spelled in (key, key.lower()):  # a formula may have both a and A
            for param in self.params:
                if spelled == param.name or spelled in param.aliases:
                    return param
        known = [p.name for p in self.params]
        hint = nearest(key, known) or (f"it has {', '.join(known)}" if known else "it has none")
        raise UsageError(f"{self.name} has no parameter {shown(name)}", hint)

    @property
    def defaults(self) -> dict[str, float]:
        """Every parameter's default."""
        return {p.name: p.default for p in self.params}

    def bind(self, given: Params) -> dict[str, float]:
        """Return every parameter's value, the given ones checked and the others at their defaults.

        Raises:
            UsageError: a parameter is unknown, given twice, missing, or may not have its value.
        """
        named: dict[str, float] = {}
        for name, value in given.items():
            param = self.param(name)
            if param.name in named:
                raise UsageError(f"{self.name}: {param.name} is given twice, once as {name}")
            named[param.name] = param.check(number(value, f"parameter {param.name}"))
        for param in self.params:
            if param.required and param.name not in named:
                default = f"give it one, or a default in the formula: {self.name}(x; {param.name}=1) = …"
                raise UsageError(f"{self.name}: {param.name} has no value", param.instead or default)
        values = self.defaults | named
        if wrong := self.constraint(**values):
            raise UsageError(f"{self.name}: {wrong}")
        return values


@dataclass(frozen=True, kw_only=True, eq=False)
class Activation(Entry):
    """An elementwise function of one real variable.

    Attributes:
        definition: f as a formula in x and its parameters (`formula.grammar`), or read already: all that must
            be known. What is not said besides follows from it (`core.derived`), and what is said is held
            against it.
        value: a formula of f over the arithmetic, faster than the derived one.
        slope: one of f′.
        curvature: one of f″.
        wrt: formulas of ∂f/∂parameter, of those parameters that have one.
        slope_from_output: f′ in terms of y = f(x), where that is possible.
        kinks: the points where f, f′ or f″ breaks, given the parameters: all of them, to the last digit.
        exact_kinks: whether they are; those that are found are for pictures, and what a derivative is where a
            comparison ties is asked of the definition.
        left: what f tends to at −∞, given the parameters.
        right: what f tends to at +∞, given the parameters.
        range: the set of values, given the parameters.
        domain: the set of arguments; outside, f is NaN.
        view: the part of the line that a picture shows.
        bounds: the stated error at default parameters.
        precision: what it takes to evaluate its formulas within the bounds.
        delicate: the derivatives (0 for f) whose formula loses more than 4 ULP in plain doubles, so that
            `fast` too takes pairs for them.
    """

    definition: Any
    value: Formula | None = None
    slope: Formula | None = None
    curvature: Formula | None = None
    wrt: Mapping[str, Formula] = field(default_factory=dict)
    slope_from_output: Formula | None = None
    left: Callable[..., Tail] = unsaid
    right: Callable[..., Tail] = unsaid
    range: Callable[..., Interval] = unsaid
    kinks: Callable[..., tuple[Kink, ...]] = unsaid
    exact_kinks: bool = True
    domain: Interval = REALS
    view: tuple[float, float] = (-6.0, 6.0)
    bounds: Bounds = DEFAULT_BOUNDS
    precision: Precision = Precision.DEEP
    delicate: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        Entry.__post_init__(self)
        if unknown := set(self.wrt) - {p.name for p in self.params}:
            raise ValueError(f"{self.name}: wrt has unknown parameters {sorted(unknown)}")

    def override(self, order: int, wrt: str | None = None) -> Formula | None:
        """Return the record's own formula of f (order 0), f′ (1), f″ (2) or ∂f/∂wrt, if it has one."""
        return (self.value, self.slope, self.curvature)[order] if wrt is None else self.wrt.get(wrt)


class Conditioning(NamedTuple):
    """What the rounding errors of a good kernel are small beside, for each vector, where digits cancel.

    Attributes:
        value: of a value, where that is more than its largest component: what was subtracted, in its units.
        gain: of a product vᵀJ, for each unit of v: J before anything cancels in it.
    """

    value: Any
    gain: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorActivation(Entry):
    """A function of a vector, taken along an axis (the last by default).

    Attributes:
        value: `value(m, x, **params)`: x is an array of doubles with the vector along its last axis, and may
            be infinite; the result is numbers of the arithmetic (`vector.blocks.Limits` where limits stand).
        jacobian: `jacobian(m, x, **params)`: one axis more, entry [..., i, j] is ∂f_i/∂x_j.
        definition: the textbook form over a math namespace, from a sequence of scalars to a list of them.
        kernel: writes the values of ordinary rows in the place of `value` (`vector.row_kernels.RowKernel`).
        fast: the same to a few ULP, in doubles; None where the exact value costs little more.
        vjp: `vjp(m, x, v, **params)`: the product vᵀJ without forming the Jacobian J.
        wrt: ∂f/∂parameter for each parameter that is not a whole number.
        width: the length of the result for a vector of the given length; raises `UsageError` if none is.
        faults: the vectors that have no value: for each reason, a mask over them and the reason in words.
        pieces: into how many equal pieces a vector falls if entry k of each decides component k of every
            piece of the result, and nothing else; 0 where all entries decide each component.
        probabilities: whether the components are not negative and add up to 1.
        conditioning: what rounding errors are small beside (`Conditioning`), given vectors, their values and
            the parameters; nothing but the largest component if None.
        random: whether its formulas also take `first`, the number of vectors that came before these: the
            random numbers of a table do not depend on how it is cut into pieces.
        bounds: the stated error of a component and of a Jacobian entry.
        precision: what it takes to evaluate its formulas within the bounds.
    """

    value: Formula
    jacobian: Formula
    vjp: Formula
    definition: Callable[..., Sequence[Any]]
    kernel: Callable[..., Mask | None] | None = None
    fast: Callable[..., Mask | None] | None = None
    wrt: Mapping[str, Formula] = field(default_factory=dict)
    width: Callable[..., int] = field(default=lambda n, **_params: n)
    faults: Callable[..., tuple[tuple[Any, str], ...]] = field(default=lambda _x, **_params: ())
    pieces: int = 0
    probabilities: bool = False
    conditioning: Callable[..., Conditioning] | None = None
    random: bool = False
    bounds: Bounds = VECTOR_BOUNDS
    precision: Precision = Precision.DEEP

    def __post_init__(self) -> None:
        Entry.__post_init__(self)
        if set(self.wrt) != (names := {p.name for p in self.params if not p.integer}):
            raise ValueError(f"{self.name}: wrt needs a formula for each of {sorted(names)}")


if TYPE_CHECKING:  # the shape of a formula, for readers and the type checker

    def _formula(m: Arithmetic, x: Number, /, **params: float) -> Number: ...

    _example: Formula = _formula

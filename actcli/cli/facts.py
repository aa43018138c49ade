"""Everything a record says of a function, in lines for people."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from actcli.core.derived import derivative_text
from actcli.core.evaluate import evaluate
from actcli.core.questions import is_installed
from actcli.core.spec import Activation, Break, Framework, KinkRule, VectorActivation

if TYPE_CHECKING:
    from actcli.core.spec import Kink, Param, Params, Source, Spelling, Tail

Function: TypeAlias = Activation | VectorActivation

FRAMEWORKS = {
    Framework.TORCH: "PyTorch",
    Framework.JAX: "JAX",
    Framework.KERAS: "Keras",
    Framework.ONNX: "ONNX",
    Framework.MLX: "MLX",
    Framework.TINYGRAD: "tinygrad",
    Framework.HF: "Transformers",
    Framework.NOTES: "lecture notes",
}
_DERIVED = ("f", "f′", "f″")

NARROW = (
    "a result closer to a tie than its float64 is sure to may be rounded to the wrong side "
    "(pip install 'actcli[exact]' settles it)"
)
"""What is to be said where python-flint, which tells on which side of a tie a result lies, is missing."""


def page(entry: Function, params: Params) -> list[tuple[str, str]]:
    """Return the facts of a function, each a name and a text of one or more lines, in order."""
    return [
        ("f(x)", entry.formula),
        ("Jacobian" if isinstance(entry, VectorActivation) else "f′(x)", derivative_text(entry)),
        ("parameters", "\n".join(map(_parameter, entry.params))),
        *(recorded(entry, params) if isinstance(entry, Activation) else ()),
        ("error", error_line(entry)),
        ("narrow formats", "" if find_spec("flint") else NARROW),
        ("good for", entry.good_for),
        ("pitfalls", entry.pitfalls),
        ("also called", ", ".join(entry.aliases)),
        ("found in", "\n".join(map(spelled, entry.spellings))),
        ("beware", "\n".join(differing(entry))),
        ("notes", "\n".join(entry.notes)),
        ("papers", "\n".join(map(_paper, entry.sources))),
    ]


def recorded(function: Activation, params: Params) -> list[tuple[str, str]]:
    """Return what the record of a function of a number says of the line."""
    bound = function.bind(params)
    return [
        ("range", str(function.range(**bound))),
        ("domain", "" if str(function.domain) == "ℝ" else str(function.domain)),
        ("kinks", "\n".join(_kink(function, kink, params) for kink in function.kinks(**bound))),
        ("x → −∞", _limit(function.left(**bound)) if function.domain.low == -math.inf else ""),
        ("x → ∞", _limit(function.right(**bound)) if function.domain.high == math.inf else ""),
    ]


def text(value: float) -> str:
    """Return a number as people write it: seven digits, ∞, and a real minus sign."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.7g}".replace("-", "−")


def spelled(spelling: Spelling) -> str:
    """Return a framework's name for a function, and what is different there."""
    different = differences(spelling)
    return f"{FRAMEWORKS[spelling.framework]} {spelling.name}" + (f" ({different})" if different else "")


def differences(spelling: Spelling) -> str:
    """Return in what a framework differs: its defaults, and a note."""
    defaults = ", ".join(f"{name} {text(value)}" for name, value in spelling.defaults.items())
    return "; ".join(filter(None, (defaults, spelling.note)))


def differing(entry: Function) -> list[str]:
    """Return a line for each default of a framework that is not the one used here."""
    return [
        f"{FRAMEWORKS[spelling.framework]}: {spelling.name} has {name} {text(value)}, "
        f"here it is {text(entry.param(name).default)}"
        for spelling in entry.spellings
        for name, value in spelling.defaults.items()
        if value != entry.param(name).default
    ]


def one_sided(function: Activation, kink: Kink, params: Params) -> tuple[float, float, float]:
    """Return what breaks at a kink: its value on the left, on the right, and the one given there."""
    order = int(kink.breaks)
    if kink.breaks is Break.VALUE:
        beside = [math.nextafter(kink.at, -math.inf), math.nextafter(kink.at, math.inf), kink.at]
        left, right, here = evaluate(function, np.array(beside), 0, params).tolist()
        return left, right, here
    point = np.array([kink.at])
    rules = (KinkRule.LEFT, KinkRule.RIGHT, KinkRule.MIN_NORM)
    left, right, here = (float(evaluate(function, point, order, params, kink=rule)[0]) for rule in rules)
    return left, right, here


def _kink(function: Activation, kink: Kink, params: Params) -> str:
    left, right, here = map(text, one_sided(function, kink, params))
    what = _DERIVED[kink.breaks]
    return f"{what} at {text(kink.at)}: {left} on the left, {right} on the right, {here} given there"


def _parameter(param: Param) -> str:
    facts = [f"in {param.domain}"] if str(param.domain) != "ℝ" else []
    facts += ["not 0"] * param.nonzero + ["a whole number"] * param.integer
    facts += [f"also --{alias.replace('_', '-')}" for alias in param.aliases]
    tail = f"; {', '.join(facts)}" if facts else ""
    default = "" if param.required else f" {text(param.default)}"
    return f"{param.option}{default}: {param.meaning}{tail}"


def _limit(tail: Tail) -> str:
    limits = ", ".join(
        f"{name} has no limit" if math.isnan(value) else f"{name} → {text(value)}"
        for name, value in (("f", tail.value), ("f′", tail.slope))
    )
    if tail.intercept is None or tail.slope == 0:
        return limits
    factor = "" if tail.slope == 1 else f"{text(tail.slope)}·"
    rest = f" {'+' if tail.intercept > 0 else '−'} {text(abs(tail.intercept))}" if tail.intercept else ""
    return f"{limits}, near {factor}x{rest}"


def error_line(entry: Function) -> str:
    """Return the bound of a function's errors in words: of elementwise ones it hangs on python-flint."""
    bounds = entry.bounds
    if isinstance(entry, VectorActivation):
        return f"a component {bounds.value:g} ULP, a Jacobian entry {bounds.slope:g} ULP, at most, in float64"
    if is_installed():
        return "none: f, f′, f″ and gradients are correctly rounded, in every format"
    sizes = f"f {bounds.value:g}, f′ {bounds.slope:g}, f″ {bounds.curvature:g}"
    return f"{sizes} ULP at most away from roots, in float64 (none with the extra exact)"


def _paper(source: Source) -> str:
    return f"{source.authors} {source.year}, {source.title}" + (f", {source.link}" if source.link else "")

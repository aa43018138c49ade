"""All that is known of a function, in lines for people."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

from actcli.core.derived import derivative_text
from actcli.core.measure import properties
from actcli.core.questions import is_installed
from actcli.core.spec import Activation, Framework, VectorActivation
from actcli.errors import UsageError

if TYPE_CHECKING:
    from actcli.core.spec import Param, Params, Source, Spelling

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

NARROW = (
    "a result closer to a tie than its float64 is sure to may be rounded to the wrong side "
    "(pip install 'actcli[exact]' settles it)"
)
"""What is to be said where python-flint, which tells on which side of a tie a result lies, is missing."""


def page(entry: Function, params: Params) -> list[tuple[str, str]]:
    """Return the facts of a function, each a name and a text of one or more lines, in order."""
    bound, formula = entry.bind(params), entry.formula
    if isinstance(entry, Activation) and is_typed(entry):
        from actcli.cli.written import as_text

        formula = as_text(entry)
    return [
        ("f(x)", formula),
        ("Jacobian" if isinstance(entry, VectorActivation) else "f′(x)", derivative_text(entry)),
        (
            "parameters",
            "\n".join(_parameter(param, bound[param.name], typed=is_typed(entry)) for param in entry.params),
        ),
        *(_along_the_line(entry, params) if isinstance(entry, Activation) else ()),
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


def is_typed(entry: Function) -> bool:
    """Return whether a function is a formula that someone has typed, of which no record says more."""
    return isinstance(entry, Activation) and not isinstance(entry.definition, str)


def _along_the_line(function: Activation, params: Params) -> list[tuple[str, str]]:
    """Return what follows from a formula, and of one that was typed what `compare` measures."""
    from actcli.cli import analysed

    try:
        known = properties(function, params)
    except UsageError as error:  # it is too long
        return [("range, zeros, …", f"not found: {error.message}"), ("measured", f"nothing: {error.message}")]
    lines = [*analysed.lines(known.found, function, params), ("proved", analysed.proofs(known.found))]
    return lines + analysed.measured(known) if is_typed(function) else lines


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


def _parameter(param: Param, value: float, *, typed: bool) -> str:
    """Return a parameter with its value, its default if that is another one, and what it means."""
    facts = [f"in {param.domain}"] if str(param.domain) != "ℝ" else []
    facts += ["not 0"] * param.nonzero + ["a whole number"] * param.integer
    facts += [] if typed else [f"also --{alias.replace('_', '-')}" for alias in param.aliases]
    default = "" if param.required or value == param.default else f" (default {text(param.default)})"
    meaning = "" if typed else f": {param.meaning}"
    return f"{param.option} {text(value)}{default}{meaning}" + (f"; {', '.join(facts)}" if facts else "")


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

"""Make the power series about the roots of functions, from mpmath.

    python -m tests.generate.expansions

To add a series, add a line to `WANTED`: a name, the function, a guess of each root, the order of the zero and
how far from the root the series is used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mpmath import mp

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Path(__file__).parents[2] / "actcli/core/numerics/expansions.py"

WORKING_DIGITS, ROOT_DIGITS, DIGITS, MOST_TERMS = 90, 60, 40, 40
TRUNCATION = mp.mpf(2) ** -66
"""The largest first neglected term, relative to the leading one, at the edge of the radius."""


class Wanted(NamedTuple):
    """A function, or a derivative of it, with the roots to expand it about."""

    name: str
    function: Callable[[Any], Any]
    roots: tuple[str, ...]
    power: int = 1
    radius: float = 1 / 128
    derivative: int = 0


def logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def silu(x: Any) -> Any:
    return x * logistic(x)


def mish(x: Any) -> Any:
    return x * mp.tanh(mp.log1p(mp.exp(x)))


def gelu(x: Any) -> Any:
    return x * mp.ncdf(x)


def gelu_tanh(x: Any) -> Any:
    return x * logistic(mp.sqrt(8 / mp.pi) * (x + mp.mpf("0.044715") * x**3))


WANTED = (
    Wanted("silu_slope", silu, ("-1.278",), derivative=1),
    Wanted("mish_slope", mish, ("-1.192",), derivative=1),
    Wanted("gelu_slope", gelu, ("-0.752",), derivative=1),
    Wanted("gelu_tanh_slope", gelu_tanh, ("-0.752",), derivative=1),
    Wanted("tanh_shrink", lambda x: x - mp.tanh(x), ("0",), 3, 1 / 4),
)


def start(wanted: Wanted, guess: str, terms: int) -> tuple[Any, list[Any]]:
    """Return the root near the guess, and the first coefficients of the series about it."""
    f, n = wanted.function, wanted.derivative
    root = mp.findroot(lambda x: mp.diff(f, x, n), mp.mpf(guess)) if float(guess) else mp.mpf(0)
    taylor = mp.taylor(f, root, n + wanted.power + terms - 1)
    return root, [mp.ff(k, n) * c for k, c in enumerate(taylor)][n + wanted.power :]


def digits(root: Any, coefficients: list[Any]) -> tuple[str, tuple[str, ...]]:
    """Return a root and coefficients as they are written."""
    return mp.nstr(root, ROOT_DIGITS), tuple(
        mp.nstr(c, DIGITS) if abs(c) > mp.mpf(10) ** -60 else "0" for c in coefficients
    )


def expand(wanted: Wanted, guess: str) -> tuple[str, tuple[str, ...]]:
    """Return the root near the guess, and as many coefficients as the radius takes."""
    root, derived = start(wanted, guess, MOST_TERMS + 1 - wanted.power)
    tails = [abs(c) * mp.mpf(wanted.radius) ** k for k, c in enumerate(derived)]
    terms = next(k for k in range(4, len(tails)) if max(tails[k:]) < TRUNCATION * tails[0])
    return digits(root, derived[:terms])


def source() -> str:
    """Return the text of the module of series."""
    lines = []
    for wanted in WANTED:
        lines.append(f'    "{wanted.name}": (\n')
        for guess in wanted.roots:
            root, coefficients = expand(wanted, guess)
            lines.append(f'        Series(\n            "{root}",\n')
            lines.append(f"            {wanted.radius},\n            {wanted.power},\n            (\n")
            lines += [f'                "{c}",\n' for c in coefficients]
            lines.append("            ),\n        ),\n")
        lines.append("    ),\n")
    head, mark, _ = TARGET.read_text("utf-8").partition("SERIES: dict[str, tuple[Series, ...]] = {")
    return head + mark + "\n" + "".join(lines) + "}\n"


def main() -> None:
    """Write the module."""
    with mp.workdps(WORKING_DIGITS):
        TARGET.write_text(source(), "utf-8")


if __name__ == "__main__":
    main()

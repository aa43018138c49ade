"""The README's catalogue, from the registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from actcli.core.registry import elementwise, entries, vectors

if TYPE_CHECKING:
    from actcli.core.spec import Activation, VectorActivation

README = Path(__file__).parents[2] / "README.md"
START, END = "<!-- catalogue, written by python -m tests.generate -->\n", "<!-- end of the catalogue -->"


def row(entry: Activation | VectorActivation) -> str:
    """Return the entry's line of the table."""
    params = ", ".join(f"{p.name} {p.default:.7g}" for p in entry.params)
    cells = (f"`{entry.name}`", entry.formula, params, ", ".join(entry.aliases))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def catalogue() -> str:
    """Return the catalogue as Markdown: the elementwise functions, then the vector functions."""
    text = f"{len(entries())} functions, {len(elementwise())} elementwise and {len(vectors())} of a vector.\n"
    for title, group in (("Elementwise", elementwise()), ("Of a vector", vectors())):
        text += f"\n| {title} | f(x) | parameters and defaults | also called |\n|---|---|---|---|\n"
        text += "".join(map(row, group))
    return text


def with_catalogue(readme: str) -> str:
    """Return the README with the part between the marks replaced by the catalogue of today."""
    before, _, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README.md: the marks {START.strip()} and {END} are missing")
    return before + START + catalogue() + end + after

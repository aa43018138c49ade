"""What `--help` prints: the docstring of the command as it was written, and the options in their groups."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from typer.core import TyperArgument, TyperOption

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PARAMETERS = "--*"
"""The option of a command that stands for all that are parameters of its functions; it is hidden."""


def usage(params: Sequence[Any]) -> list[str]:
    """Return the usage line after the command: its arguments, then `[OPTIONS]`."""
    pieces = []
    for param in params:
        if isinstance(param, TyperArgument):
            many = "..." if param.nargs == -1 else ""
            name = param.display_name_raw
            pieces.append(f"{name}{many}" if param.required else f"[{name}]{many}")
    return [*pieces, "[OPTIONS]"]


def write_text(docstring: str, formatter: Any) -> None:
    """Write the paragraphs of a docstring, wrapped; one with indented lines keeps them as they stand."""
    for paragraph in cleandoc(docstring).split("\n\n"):
        formatter.write_paragraph()
        lines = paragraph.splitlines()
        with formatter.indentation():
            if any(line.startswith(" ") for line in lines):
                formatter.write("".join(f"{' ' * formatter.current_indent}{line}\n" for line in lines))
            else:
                formatter.write_text(" ".join(lines))


def write_options(params: Sequence[Any], formatter: Any) -> None:
    """Write the arguments, and the options under the heading of their group; hidden ones are left out."""
    sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for param in params:
        if isinstance(param, TyperArgument):
            sections["Arguments"].append((param.display_name_raw, param.help or ""))
        elif isinstance(param, TyperOption) and not param.hidden:
            names = " / ".join([", ".join(sorted(param.opts, key=len)), *param.secondary_opts])
            value = "" if param.is_flag else f" {param.metavar or 'TEXT'}"
            section = sections.setdefault(param.rich_help_panel or "Options", [])
            section.append((names + value, param.help or ""))
    for heading, rows in sections.items():
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def write_parameters(functions: Mapping[str, Sequence[tuple[str, str]]], formatter: Any) -> None:
    """Write the options that are parameters of the functions that were named before `--help`."""
    for name, rows in functions.items():
        with formatter.section(f"Parameters of {name}"):
            formatter.write_dl(rows)

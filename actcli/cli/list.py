"""`actcli list`: the functions of the catalogue, and those of files."""

import csv
import json
import sys
from typing import Annotated

from typer import Argument, Option

from actcli.cli.facts import Function, differences, text
from actcli.cli.functions import Files, records
from actcli.cli.json_facts import kind_of, record
from actcli.cli.options import Json
from actcli.core import registry
from actcli.core.spec import Framework, Kind
from actcli.errors import UsageError
from actcli.render import terminal


def run(
    words: Annotated[
        list[str] | None,
        Argument(metavar="WORD", help="Only functions that have the word in name or description."),
    ] = None,
    *,
    kind: Annotated[Kind | None, Option("--kind", metavar="KIND", help="elementwise or vector.")] = None,
    framework: Annotated[
        Framework | None,
        Option("--framework", metavar="NAME", help="torch, jax, keras, onnx, mlx, tinygrad, hf or notes."),
    ] = None,
    as_json: Json = False,
    files: Files = None,
) -> None:
    """List the functions of the catalogue.

    A table on a terminal, CSV in a pipe. With --framework, those that a framework has, under its name for
    them and with its defaults. Functions of your own, from --defs and from the files that ACTCLI_DEFS names,
    come first.

    Examples:
      actcli list
      actcli list relu
      actcli list --kind vector
      actcli list --framework torch
      actcli list --kind vector | cut -d, -f1
      actcli list --json
      actcli list --defs mine.txt
    """
    found = [
        entry
        for entry in (*records(files or ()), *registry.entries())
        if (kind is None or kind_of(entry) is kind)
        and (framework is None or any(s.framework is framework for s in entry.spellings))
        and all(_mentions(entry, word.lower()) for word in words or ())
    ]
    if as_json:
        print(json.dumps([record(entry, {}) for entry in found], ensure_ascii=False, indent=2))
        return
    if not found:
        raise UsageError("no function fits", "actcli list shows them all")
    if framework is None:
        rows = [(entry.name, _parameters(entry), entry.summary or entry.formula) for entry in found]
        _show(("name", "parameters", "what it is"), rows)
    else:
        spellings = [(entry.name, s) for entry in found for s in entry.spellings if s.framework is framework]
        rows = [(name, s.name, differences(s)) for name, s in spellings]
        _show(("name", framework.value, "other defaults"), rows)


def _show(names: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> None:
    """Write a table on a terminal, CSV in a pipe."""
    if sys.stdout.isatty():
        terminal.listing(sys.stdout, names, rows)
    else:
        plain = [tuple(cell.replace("−", "-") for cell in row) for row in rows]  # numbers that programs read
        csv.writer(sys.stdout, lineterminator="\n").writerows([names, *plain])


def _mentions(entry: Function, word: str) -> bool:
    return any(word in said.lower() for said in (entry.name, *entry.aliases, entry.summary, entry.formula))


def _parameters(entry: Function) -> str:
    return ", ".join(
        param.name if param.required else f"{param.name} {text(param.default)}" for param in entry.params
    )

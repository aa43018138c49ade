"""Markdown tables in: their lines become those of TSV, which is then read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actcli.tables.csv_parser import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.tables.line_blocks import Block

_RULE = re.compile(r":?-{2,}:?|:-:?|-:")  # a dash alone may say that a number is missing
_HEAD = 1 << 16  # bytes of a text in which its table begins
_CELL = re.compile(r"((?:[^|\\]|\\.)*)\|")
_ESCAPED = re.compile(r"\\([|\\])")


def begins(block: Block) -> bool:
    """Tell whether a text begins with a Markdown table, perhaps below a heading."""
    if b"|" not in block.data:
        return False
    head = block.data[:_HEAD].decode(errors="replace").split("\n")
    lines = [line for line in head if line.strip() and not line.startswith("#")][:2]
    if len(lines) < 2 or "|" not in lines[0] or "|" not in lines[1]:
        return False
    rule = _cells(lines[1])
    return all(map(_RULE.fullmatch, rule)) and len(rule) == len(_cells(lines[0]))


def as_tsv(stream: Iterator[Block]) -> Iterator[Block]:
    """Yield the blocks of a Markdown table as TSV, with blank lines for the rule and what stands around it.

    So every row keeps its place.
    """
    rule = True
    for block in stream:
        rows = []
        for line in decoded(block)[:-1].split("\n"):
            cells = _cells(line) if "|" in line else []
            if rule and cells and all(map(_RULE.fullmatch, cells)):
                rule, cells = False, []
            rows.append("\t".join(map(_quoted, cells)))
        yield block._replace(data=("\n".join(rows) + "\n").encode())


def _cells(line: str) -> list[str]:
    """Return the cells of a line; a bar after a backslash is part of one."""
    bare = line.strip().removeprefix("|")
    cells = _CELL.findall(bare if bare.endswith("|") and not bare.endswith("\\|") else f"{bare}|")
    return [_ESCAPED.sub(r"\1", cell.strip()) for cell in cells]


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell or "\t" in cell else cell

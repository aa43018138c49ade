"""A table as a page of HTML: one file that needs nothing else, runs nothing, and is readable in the dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from actcli.errors import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

GRADES = ("best", "good", "fair", "bad", "worst")

_STYLE = """
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 2em; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; background: Canvas; text-align: left; border-bottom: 2px solid; }
th, td { padding: .15em .6em; vertical-align: top; }
tr + tr td { border-top: 1px solid #8884; }
td.right { text-align: right; white-space: nowrap; }
.best { background: #2a95; }
.good { background: #8b34; }
.fair { background: #db35; }
.bad { background: #e735; }
.worst { background: #e446; }
p { opacity: .8; }
"""
"""Backgrounds are transparent, so that the text has the contrast of the page, light or dark."""


def grade(size: float, bounds: Sequence[float]) -> str:
    """Return the name of the first grade whose bound a size does not exceed.

    >>> grade(0.5, (0.5, 1, 4, 100)), grade(float("inf"), (0.5, 1, 4, 100))
    ('best', 'worst')
    """
    return GRADES[sum(not size <= bound for bound in bounds)]


def page(
    title: str,
    heads: Iterable[str],
    rows: Iterable[Iterable[tuple[str, str]]],
    *,
    notes: Iterable[str] = (),
    right: Collection[int] = (),
) -> str:
    """Return a page with a table.

    Args:
        title: its title.
        heads: the names of its columns.
        rows: its rows, each cell a text and a grade or ''.
        notes: lines under it.
        right: the columns that are set flush right, from 0.
    """
    head = "".join(f"<th>{_text(name)}</th>" for name in heads)
    lines = []
    for row in rows:
        cells = []
        for i, (cell, graded) in enumerate(row):
            classes = " ".join(name for name in (graded, "right" if i in right else "") if name)
            cells.append(
                f'<td class="{classes}">{_text(cell)}</td>' if classes else f"<td>{_text(cell)}</td>"
            )
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    below = "".join(f"<p>{_text(note)}</p>\n" for note in notes)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{_text(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{_text(title)}</h1>\n<table>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody>\n</table>\n{below}</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(visible(text))

"""Result tables on the screen."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from actcli.render.terminal import TableSink
from actcli.tables.writing import cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.cli.options import Output
    from actcli.tables.chunk import Chunk
    from actcli.tables.writing import Sink


class _Screen:
    """Draws chunks as rows of one table."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._table = TableSink(sys.stdout)

    def write(self, chunk: Chunk) -> None:
        names = chunk.names
        columns = [cells(chunk, name, self._output.dtype, self._output.precision) for name in names]
        sides = ["left" if _is_text(chunk, name) else "right" for name in names]
        self._table.add(names, columns, sides)


def _is_text(chunk: Chunk, name: str) -> bool:
    return isinstance(chunk.columns[name], list) and name not in chunk.chosen


@contextmanager
def open_table(output: Output) -> Iterator[Sink]:
    """Return a context whose value draws the chunks that it is given on stdout."""
    yield _Screen(output)
    sys.stdout.flush()

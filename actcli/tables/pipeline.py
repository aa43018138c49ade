"""Reading, computing and writing, at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actcli.tables.chunk import Chunk
    from actcli.tables.reading import Source
    from actcli.tables.writing import Sink


def run(source: Source, compute: Callable[[Chunk], Chunk], sink: Sink) -> None:
    """Take every chunk of the source through the computation into the sink, in order.

    Args:
        source: the rows.
        compute: appends the results to a chunk; it may run in another thread.
        sink: takes the finished chunks.
    """
    for chunk in source:
        sink.write(compute(chunk))

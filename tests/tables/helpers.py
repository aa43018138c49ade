"""Tables through the streams, from text to text, without a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actcli.tables.pipeline import run
from actcli.tables.reading import read
from actcli.tables.source import ChunkStream, Reading
from actcli.tables.writing import Writing, open_sink

if TYPE_CHECKING:
    from pathlib import Path

    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk

Bits = NDArray[np.uint64]


def doubled(chunk: Chunk) -> Chunk:
    """Return the chunk with twice each chosen column."""
    with np.errstate(over="ignore", invalid="ignore"):
        twice = {f"{name}2": chunk.numbers[:, j] * 2 for j, name in enumerate(chunk.chosen)}
    return chunk.with_columns(twice)


def as_it_is(chunk: Chunk) -> Chunk:
    return chunk


def convert(source: Path | str, target: Path, compute: Any = as_it_is, **more: Any) -> ChunkStream:
    """Send a file through a computation into another file."""
    writing = {name: more.pop(name) for name in ("append", "rounding") if name in more}
    rows = read(Reading(paths=(str(source),), **more))
    dtype: DType | None = more.get("dtype") or rows.dtype
    with open_sink(Writing(path=str(target), dtype=dtype, shape=rows.shape, **writing)) as sink:
        run(rows, compute, sink)
    return rows


def numbers(path: Path | str, **more: Any) -> NDArray[Any]:
    """Return the numbers that a file holds."""
    chunks = [chunk.numbers for chunk in read(Reading(paths=(str(path),), **more))]
    return np.concatenate(chunks)


def bits(values: NDArray[Any]) -> Bits:
    """Return the bit patterns of numbers, all NaNs alike."""
    wide = np.array(values, np.float64)
    wide[np.isnan(wide)] = np.nan
    return wide.view(np.uint64)


HARD = np.array(
    [
        *(
            0.0,
            -0.0,
            5e-324,
            -5e-324,
            2.2250738585072014e-308,
            1.7976931348623157e308,
            np.inf,
            -np.inf,
            np.nan,
        ),
        *(0.1, 1e-5, 1e22, 1e23, 123456789.0, 2 / 3, 1e15, 1e16, -1e-4, 9007199254740992.0),
    ]
)
"""Numbers that spellings get wrong."""

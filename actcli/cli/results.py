"""From chunks of numbers to result columns, and on to the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from actcli import tables
from actcli.cli import progress, standard, unread
from actcli.core.dtypes import FLOAT64, DType
from actcli.core.spec import KinkRule, Params
from actcli.tables.chunk import Chunk, Column

if TYPE_CHECKING:
    from actcli.cli.options import Output
    from actcli.tables.numbers import Rounding
    from actcli.tables.source import ChunkStream

Results: TypeAlias = Mapping[str, Column]
"""Result columns by their names, in order."""

Compute: TypeAlias = Callable[[Chunk], Results]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a function is evaluated.

    Attributes:
        params: the parameters that are not at their defaults.
        dtype: the format of numbers and results.
        fast: whether a few ULP may be lost for speed.
        kink: what a derivative is at a kink.
        strict: whether a vector that has no value is an error rather than NaN.
        by_row: whether each row is a vector, rather than all rows together one.
        rows: about how many rows there are, if that is known.
    """

    params: Params
    dtype: DType = FLOAT64
    fast: bool = False
    kink: KinkRule = KinkRule.MIN_NORM
    strict: bool = True
    by_row: bool = True
    rows: int = 0


def send(
    source: ChunkStream,
    compute: Compute,
    output: Output,
    *,
    in_turn: bool = False,
    rounding: Rounding | None = None,
    exact: bool = False,
) -> None:
    """Write the columns of every chunk with the result columns after them.

    Results of another length than the chunk (a vector function may have them) are written alone, and so they
    are where only results are asked for.

    Args:
        source: the numbers.
        compute: returns the result columns of a chunk.
        output: how and where they are written.
        in_turn: compute the chunks one after the other.
        rounding: how numbers are rounded for people who do not say.
        exact: results are digits already, which no precision rounds.

    Raises:
        UsageError: an option was given that nothing here depends on.
    """
    alone = output.only_results
    sink_of_results = output.open(source, default=rounding, exact=exact)
    unread.refuse()

    def extend(chunk: Chunk) -> Chunk:
        results = compute(chunk)
        length = max(map(len, results.values()))
        if alone or length != len(chunk):
            return Chunk(results, (), np.empty((length, 0)), frozenset(results))
        return chunk.with_columns(results)

    with progress.cleared(), sink_of_results as sink:
        tables.run(source, extend, sink, in_turn=in_turn)
    if bad := source.tally.bad:
        said = f"{bad} bad cell{'s' if bad > 1 else ''} passed over"
        standard.tell(f"{said}, the first {source.tally.first}")


def bases(name: str, chosen: Sequence[str]) -> list[str]:
    """Return what the result for each column is called: `gelu`, or `gelu_h1`, `gelu_h2` for several."""
    return [name] if len(chosen) == 1 else [f"{name}_{column}" for column in chosen]

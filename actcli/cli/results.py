"""From chunks of numbers to result columns, and on to the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from actcli.cli import progress, standard, unread
from actcli.core.dtypes import FLOAT64, DType
from actcli.core.spec import KinkRule, Params
from actcli.tables.chunk import Chunk, Column
from actcli.tables.formats import Format
from actcli.tables.pipeline import run

if TYPE_CHECKING:
    from actcli.cli.options import Output
    from actcli.tables.numbers import Rounding
    from actcli.tables.source import ChunkStream
    from actcli.tables.writing import Sink

Results: TypeAlias = "Mapping[str, Column | float]"
"""Result columns by their names, in order; a number alone holds for all rows."""

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
    whole: bool = False,
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
        whole: compute all of them together, since columns are vectors.
        rounding: how numbers are rounded for people who do not say.
        exact: results are digits already, which no precision rounds.

    Raises:
        UsageError: an option was given that nothing here depends on.
    """
    alone = output.only_results
    sink_of_results = output.open(source, default=rounding, exact=exact)
    unread.refuse()

    below = output.form in (Format.TABLE, Format.MD)

    def extended(chunk: Chunk, results: Results) -> Chunk:
        columns, notes = _arranged(results, below=below)
        length = max(map(len, columns.values()))
        if alone or length != len(chunk):
            chunk = Chunk(columns, (), np.empty((length, 0)), frozenset(columns))
        else:
            chunk = chunk.with_columns(columns)
        return replace(chunk, notes=notes)

    with progress.cleared(), sink_of_results as sink:
        if whole:
            _send_whole(list(source), compute, extended, sink)
        else:
            run(source, lambda chunk: extended(chunk, compute(chunk)), sink, in_turn=in_turn)
    if bad := source.tally.bad:
        said = f"{bad} bad cell{'s' if bad > 1 else ''}"
        standard.note(f"{said}, the first {source.tally.first}")


def _arranged(results: Results, *, below: bool) -> tuple[dict[str, Column], dict[str, float]]:
    """Return results as columns, and the numbers that are to stand below them."""
    notes = {name: value for name, value in results.items() if isinstance(value, float)}
    columns = {name: column for name, column in results.items() if not isinstance(column, float)}
    if below:
        return columns, notes
    length = max(map(len, columns.values()))
    return {
        name: np.full(length, value) if isinstance(value, float) else value for name, value in results.items()
    }, {}


def _send_whole(
    chunks: Sequence[Chunk], compute: Compute, extended: Callable[[Chunk, Results], Chunk], sink: Sink
) -> None:
    """Write chunks with the results of all their rows together."""
    if not chunks:
        return
    numbers = np.concatenate([chunk.numbers for chunk in chunks])
    first = chunks[0]
    results = compute(replace(first, numbers=numbers) if len(chunks) > 1 else first)
    columns = [column for column in results.values() if not isinstance(column, float)]
    if len(chunks) == 1 or max(map(len, columns)) != len(numbers):
        sink.write(extended(first, results))
        return
    end = 0
    for chunk in chunks:
        start, end = end, end + len(chunk)
        part = {
            name: column if isinstance(column, float) else column[start:end]  # type: ignore[index]
            for name, column in results.items()
        }
        written = extended(chunk, part)
        sink.write(written if chunk is chunks[-1] else replace(written, notes={}))


def bases(name: str, chosen: Sequence[str]) -> list[str]:
    """Return what the result for each column is called: `gelu`, or `gelu_h1`, `gelu_h2` for several."""
    return [name] if len(chosen) == 1 else [f"{name}_{column}" for column in chosen]

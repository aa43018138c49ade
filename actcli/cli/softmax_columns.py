"""What `actcli softmax` shows beside the probabilities: the exponentials and their sum, or a loss."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from actcli.cli.list_columns import vectors
from actcli.cli.results import bases
from actcli.core.vector.crossentropy import cross_entropy, softmax_steps
from actcli.core.vector.softmax import TEMPERATURE
from actcli.errors import DataError, UsageError, nearest
from actcli.tables.csv_parser import unquoted
from actcli.tables.encode import cells
from actcli.tables.numbers import Rounding, format_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.cli.results import Compute, How, Results
    from actcli.tables.chunk import Chunk
    from actcli.tables.source import ChunkStream, Step


def _temperature(how: How) -> float:
    return how.params.get(TEMPERATURE.name, TEMPERATURE.default)


def with_exponentials(probabilities: Compute, how: How) -> Compute:
    """Return the computation of the exponentials and their sum, and then the probabilities.

    Where e^(x/T) would overflow or vanish, it is e^((x − max x)/T): the quotients are the same.
    """

    def compute(chunk: Chunk) -> Results:
        given = chunk.numbers if how.by_row else chunk.numbers[:, 0]
        steps = softmax_steps(given, _temperature(how), dtype=how.dtype, strict=how.strict)
        results: dict[str, NDArray[np.float64] | float] = {}
        if chunk.vector:
            results |= {"exp": steps.exponentials, "sum": steps.total}
        elif how.by_row:
            results |= zip(bases("exp", chunk.chosen), steps.exponentials.T, strict=True)
            results["sum"] = steps.total
        else:
            results["exp"] = steps.exponentials
            results["sum"] = float(steps.total)
        return {**results, **probabilities(chunk)}

    return vectors(compute)


def with_loss(probabilities: Compute, how: How, target: str) -> Compute:
    """Return the computation of the probabilities, the loss of the target class, and its gradient S − Y.

    Of a table the target is a class counted from 0, the name of a column that is read, or that of another
    column, which holds the class of each row: by its number, or by the name of the column of its scores.
    """

    def compute(chunk: Chunk) -> Results:
        given = chunk.numbers if how.by_row else chunk.numbers[:, 0]
        classes = _classes(chunk, target, given.shape[-1], strict=how.strict)
        known = np.maximum(classes, 0)
        found = cross_entropy(given, known, _temperature(how), dtype=how.dtype, strict=how.strict)
        if (classes < 0).any():
            found.loss[classes < 0] = found.gradient[classes < 0] = np.nan
        if not how.by_row:
            return {**probabilities(chunk), "loss": float(found.loss), "loss_grad": found.gradient}
        if chunk.vector:
            return {**probabilities(chunk), "loss": found.loss, "loss_grad": found.gradient}
        gradients = zip(bases("loss_grad", chunk.chosen), found.gradient.T, strict=True)
        return {**probabilities(chunk), "loss": found.loss, **dict(gradients)}

    return vectors(compute)


def without_targets(rows: ChunkStream, target: str) -> ChunkStream:
    """Return a stream in which the column that holds the class of each row is no part of the vectors.

    A column of numbers may hold the class of each row or, by its name, be a class. The first rows tell: the
    numbers of classes are whole and below how many there are, and scores are not all whole.

    Raises:
        UsageError: they do not tell.
    """
    if target not in rows.chosen or len(rows.chosen) < 3:
        return rows
    step = next(rows.steps, None)
    if step is None:
        return rows
    first = step()
    rows = replace(rows, steps=chain([lambda: first], rows.steps))
    j = first.chosen.index(target)
    values, others = first.numbers[:, j], np.delete(first.numbers, j, axis=1)
    if not len(first) or (values < 0).any() or (values != np.floor(values)).any():
        return rows
    within, scores = values.max() < others.shape[1], (others != np.floor(others)).any()
    if not within and (len(first) == 1 or not scores):
        return rows
    if not (within and scores and len(first) > 1):
        raise UsageError(
            f"--target: column {target!r} may be a score, or hold the class of each row",
            "-c names the scores",
        )

    def apart(step: Step) -> Chunk:
        chunk = step()
        chosen = tuple(name for name in chunk.chosen if name != target)
        return replace(chunk, chosen=chosen, numbers=np.delete(chunk.numbers, j, axis=1))

    chosen = tuple(name for name in rows.chosen if name != target)
    return replace(rows, chosen=chosen, steps=(partial(apart, step) for step in rows.steps))


def _classes(chunk: Chunk, target: str, count: int, *, strict: bool) -> NDArray[np.int64]:
    """Return the target class of each vector, or the one of all; −1 where there is none.

    Raises:
        DataError: a row has no class, and that ends the run.
        UsageError: there is no such class and no such column.
    """
    if target in chunk.names and target not in chunk.chosen:
        names = {} if chunk.vector else {name: i for i, name in enumerate(chunk.chosen)}
        said = cells(chunk, target)
        found = [_class(cell, count, names) for cell in said]
        if strict and -1 in found:
            row = found.index(-1)
            place = f"{chunk.place(row)}: " if chunk.place else ""
            mend = f"they go from 0 to {count - 1}" + (", or are the names of columns" if names else "")
            raise DataError(f"{place}column {target!r}: {said[row]!r} is not a class", mend)
        return np.array(found, np.int64)
    if target in chunk.chosen and len(chunk.chosen) > 1:
        return np.array(chunk.chosen.index(target))
    if (only := _class(target, count, {})) < 0:
        mend = nearest(target, chunk.names) or f"they go from 0 to {count - 1}"
        raise UsageError(f"--target: no class or column {target!r}", mend)
    return np.array(only)


def _class(cell: str, count: int, names: Mapping[str, int]) -> int:
    """Return the class in a cell, by the name of its column or by its number from 0; −1 if it is none."""
    text = unquoted(cell).strip()
    if text in names:
        return names[text]
    if names and all(name.isdecimal() for name in names):  # 1, 2, 3 are names here, and 0 is none of them
        return -1
    found = re.fullmatch(r"([0-9]{1,15})(?:\.0*)?", text)
    return int(found[1]) if found and int(found[1]) < count else -1


def worked(x: Sequence[float], how: How, rounding: Rounding | None) -> list[str]:
    """Return softmax of a vector as it is worked out on paper: exponentials, their sum, quotients."""
    steps = softmax_steps(np.asarray(x), _temperature(how), dtype=how.dtype, strict=how.strict)
    shift, total = float(steps.shift), format_number(float(steps.total), None, rounding)
    temperature = _temperature(how)
    exponentials = [format_number(e, None, rounding) for e in steps.exponentials.tolist()]
    quotients = [format_number(q, None, rounding) for q in steps.quotients.tolist()]
    powers = []
    given = None if rounding and rounding.places else rounding
    for value in x:
        power = format_number(value, None, given).removesuffix(".0")
        if shift:
            power += f" − {format_number(shift, None, given).removesuffix('.0')}".replace("− -", "+ ")
        if temperature != 1:
            power = f"({power})/{temperature:g}" if shift else f"{power}/{temperature:g}"
        powers.append(f"e^({power})" if shift or temperature != 1 or value < 0 else f"e^{power}")
    return [
        "exponentials",
        *(f"  {power} = {e}" for power, e in zip(powers, exponentials, strict=True)),
        "their sum",
        f"  {' + '.join(exponentials)} = {total}",
        "quotients",
        *(f"  {e} / {total} = {q}" for e, q in zip(exponentials, quotients, strict=True)),
    ]

"""What `actcli softmax` shows beside the probabilities: the exponentials and their sum, or a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.cli.list_columns import vectors
from actcli.cli.results import bases
from actcli.core.vector.crossentropy import cross_entropy, softmax_steps
from actcli.core.vector.softmax import TEMPERATURE
from actcli.errors import DataError, UsageError, nearest
from actcli.tables.encode import cells
from actcli.tables.numbers import Rounding, format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from actcli.cli.results import Compute, How, Results
    from actcli.tables.chunk import Chunk


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
    column, which holds the class of each row.
    """

    def compute(chunk: Chunk) -> Results:
        given = chunk.numbers if how.by_row else chunk.numbers[:, 0]
        classes = _classes(chunk, target, given.shape[-1])
        found = cross_entropy(given, classes, _temperature(how), dtype=how.dtype, strict=how.strict)
        if not how.by_row:
            return {**probabilities(chunk), "loss": float(found.loss), "loss_grad": found.gradient}
        if chunk.vector:
            return {**probabilities(chunk), "loss": found.loss, "loss_grad": found.gradient}
        gradients = zip(bases("loss_grad", chunk.chosen), found.gradient.T, strict=True)
        return {**probabilities(chunk), "loss": found.loss, **dict(gradients)}

    return vectors(compute)


def _classes(chunk: Chunk, target: str, count: int) -> NDArray[np.int64]:
    """Return the target class of each vector, or the one of all."""
    if target in chunk.names and target not in chunk.chosen:
        said = cells(chunk, target)
        wrong = [cell for cell in said if not (cell.strip().isdecimal() and int(cell) < count)]
        if wrong:
            raise DataError(
                f"column {target!r}: {wrong[0]!r} is not a class", f"they go from 0 to {count - 1}"
            )
        return np.array(list(map(int, said)), np.int64)
    if target in chunk.chosen and len(chunk.chosen) > 1:
        return np.array(chunk.chosen.index(target))
    if not (target.isdecimal() and int(target) < count):
        mend = nearest(target, chunk.names) or f"they go from 0 to {count - 1}"
        raise UsageError(f"--target: no class or column {target!r}", mend)
    return np.array(int(target))


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

"""`actcli softmax`: a vector, or every row of a table, as probabilities."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import numpy as np
from typer import Option

from actcli.cli import unread
from actcli.cli.functions import Chosen, number
from actcli.cli.options import Down, Fast, Input, Numbers, Output
from actcli.cli.results import Compute, How, Results, send
from actcli.cli.softmax_columns import with_exponentials, with_loss, without_targets, worked
from actcli.cli.unread import For
from actcli.cli.vectors import components, down, jacobian
from actcli.core.arrays import Array
from actcli.core.spec import VectorActivation
from actcli.core.vector.softmax import LOG_SOFTMAX, SOFTMAX
from actcli.errors import UsageError, shown
from actcli.tables.chunk import Chunk
from actcli.tables.formats import Format
from actcli.tables.source import ChunkStream

_DRAWN = 20  # temperatures side by side: more bars cannot be told apart


@dataclass(frozen=True)
class SoftmaxOptions:
    """What is computed of a vector, and drawn."""

    temperature: Annotated[
        str | None,
        Option(
            "--temperature", metavar="T", help="Of x/T: above 1 flattens, below 1 sharpens. Several: 0.5,1,2."
        ),
    ] = None
    log: Annotated[
        bool,
        Option("--log", help="The logarithms of the probabilities."),
        For("probabilities and their --jacobian"),
    ] = False
    steps: Annotated[
        bool,
        Option("--steps", help="The exponentials, their sum, the quotients."),
        For("probabilities, without --jacobian and --target"),
    ] = False
    jacobian: Annotated[bool, Option("--jacobian", help="The derivatives of the outputs by the inputs.")] = (
        False
    )
    target: Annotated[
        str | None,
        Option(
            "--target",
            metavar="K",
            help="Loss −ln s_K of class K, counted from 0, or a column; and gradient.",
        ),
        For("probabilities, without --jacobian"),
    ] = None
    plot: Annotated[
        str | None,
        Option("--plot", metavar="FILE", help="Draw bars, with --jacobian a heat map: PNG, SVG or PDF."),
    ] = None
    down: Down = False
    fast: Fast = False


def run(
    x: Numbers = None,
    *,
    asked: SoftmaxOptions,
    source: Input,
    output: Output,
) -> None:
    """Turn a vector, or every row of a table, into probabilities.

    Of numbers given as arguments or by a range: the columns x and softmax; a terminal also shows the
    exponentials and their sum. Of a table, every row is a vector, and a column of probabilities follows for
    each column that is read; with --down every column is one. Several temperatures stand side by side.

    Examples:
      actcli softmax 1 2 3 4 1 2 3
      actcli softmax 1 2 3 --steps
      actcli softmax -1 0 2.5 --temperature 0.5 --precision 3
      actcli softmax 2 1 0.1 --target 0
      actcli softmax 1 2 3 --temperature 0.5,1,2 --decimals 3
      actcli softmax 1 2 3 4 1 2 3 --plot bars.png
      seq 1 3 | actcli softmax --down
      actcli softmax -i logits.csv -o probabilities.csv
    """
    texts = [text.strip() for text in (asked.temperature or "1").split(",")]
    temperatures = [number(text, "--temperature") for text in texts]
    target = None if asked.jacobian else asked.target
    steps = not asked.jacobian and target is None and asked.steps
    function = LOG_SOFTMAX if target is None and not steps and asked.log else SOFTMAX
    for temperature in temperatures:
        function.bind({"temperature": temperature})
    if asked.plot:
        from actcli.cli import drawing

        drawing.check(asked.plot, output.file)
        if asked.jacobian and len(temperatures) > 1:
            raise UsageError("a heat map shows one temperature", "give one")
        if len(temperatures) > _DRAWN:
            raise UsageError(
                f"--plot shows at most {_DRAWN} temperatures, not {len(temperatures)}",
                "without --plot there may be more",
            )
    downward = source.is_table(x) and asked.down
    if downward and target is not None and not target.isdecimal():
        raise UsageError(
            f"--target {shown(target)} does not go with --down", "a class is a row there: its number, from 0"
        )
    rows = source.open(x, output.asked, vector=True, apart=target)
    if target is not None and source.is_table(x) and not source.columns:
        rows = without_targets(rows, target)
    if asked.plot and not rows.vector:
        raise UsageError("--plot draws one vector", "give its numbers as arguments")
    hows = [
        How(
            params={"temperature": temperature} if asked.temperature else {},
            dtype=output.dtype_for(rows),
            fast=not steps and asked.fast,
            strict=source.strict,
            by_row=not (rows.vector or downward),
        )
        for temperature in temperatures
    ]
    vector = np.empty(0)
    if asked.plot:
        vector, rows = _kept(rows)
    if steps and rows.vector and _on_screen(output):
        _write_steps(rows, hows, texts, output)
    else:
        exponentials = steps or (len(hows) == 1 and rows.vector and _on_screen(output))
        computes = [
            _compute(function, how, jacobian_=asked.jacobian, target=target, exponentials=exponentials)
            for how in hows
        ]
        compute = computes[0] if len(hows) == 1 else _side_by_side(computes, texts)
        send(rows, compute, output, whole=not hows[0].by_row)
    if asked.plot:
        unread.refuse()
        _draw(function, vector, temperatures, asked.plot, jacobian=asked.jacobian)


def _kept(rows: ChunkStream) -> tuple[Array, ChunkStream]:
    """Return the vector that comes in a stream, and the stream again."""
    chunks = list(rows)
    vector = np.concatenate([chunk.numbers[:, 0] for chunk in chunks])
    return vector, replace(rows, steps=iter([partial(_itself, chunk) for chunk in chunks]))


def _itself(chunk: Chunk) -> Chunk:
    return chunk


def _write_steps(rows: ChunkStream, hows: list[How], texts: list[str], output: Output) -> None:
    """Write softmax of a vector as it is worked out on paper, at each temperature."""
    vector, _ = _kept(rows)
    rounding = output.rounding
    unread.refuse()
    for how, text in zip(hows, texts, strict=True):
        if len(hows) > 1:
            print(f"temperature {text}")
        print(*worked(vector.tolist(), how, rounding), sep="\n")


def _on_screen(output: Output) -> bool:
    return output.to_stdout and output.form is Format.TABLE


def _compute(
    function: VectorActivation, how: How, *, jacobian_: bool, target: str | None, exponentials: bool
) -> Compute:
    """Return the computation of the probabilities with what was asked for beside them."""
    probabilities = components(function, how)
    if jacobian_:
        compute = jacobian(function, how)
    elif target is not None:
        compute = with_loss(probabilities, how, target)
    elif exponentials and function.name == "softmax":
        compute = with_exponentials(probabilities, how)
    else:
        compute = probabilities
    return compute if how.by_row else down(compute)


def _side_by_side(computes: list[Compute], texts: list[str]) -> Compute:
    """Return the computation for several temperatures, whose results have them in their names."""

    def compute(chunk: Chunk) -> Results:
        found = zip(computes, texts, strict=True)
        return {f"{name}_T={text}": one for compute, text in found for name, one in compute(chunk).items()}

    return compute


def _draw(
    function: VectorActivation, x: Array, temperatures: list[float], file: str, *, jacobian: bool
) -> None:
    """Write the picture of a vector and its probabilities, or of the Jacobian."""
    from actcli.cli import drawing, vector_pictures
    from actcli.render.records import Look

    if jacobian:
        whole = vector_pictures.jacobian_map(x, Chosen(function, {"temperature": temperatures[0]}))
    else:
        whole = vector_pictures.softmax_bars(x, function, temperatures)
    drawing.save(whole, Look(), file)

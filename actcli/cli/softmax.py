"""`actcli softmax`: a vector, or every row of a table, as probabilities."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from typer import Option

from actcli.cli import unread
from actcli.cli.functions import Chosen, number
from actcli.cli.options import Fast, Input, Numbers, Output
from actcli.cli.results import How, send
from actcli.cli.softmax_columns import with_exponentials, with_loss, worked
from actcli.cli.unread import For
from actcli.cli.vectors import components, jacobian
from actcli.core import registry
from actcli.core.arrays import Array
from actcli.core.spec import VectorActivation
from actcli.errors import UsageError
from actcli.tables.formats import Format
from actcli.tables.source import ChunkStream


@dataclass(frozen=True)
class SoftmaxOptions:
    """What is computed of a vector, and drawn."""

    temperature: Annotated[
        str | None, Option("--temperature", metavar="T", help="Of x/T: above 1 flattens, below 1 sharpens.")
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
        Option("--target", metavar="K", help="Loss −ln s_K of class K (from 0, or a column), and gradient."),
        For("probabilities, without --jacobian"),
    ] = None
    plot: Annotated[
        str | None,
        Option("--plot", metavar="FILE", help="Draw bars, with --jacobian a heat map: PNG, SVG or PDF."),
    ] = None
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
    each column that is read. A picture may show several temperatures: --temperature 0.5,1,2 --plot FILE.

    Examples:
      actcli softmax 1 2 3 4 1 2 3
      actcli softmax 1 2 3 --steps
      actcli softmax -1 0 2.5 --temperature 0.5 --precision 3
      actcli softmax 2 1 0.1 --target 0
      actcli softmax 1 2 3 4 1 2 3 --plot bars.png
      actcli softmax -i logits.csv -o probabilities.csv
    """
    temperatures = [number(text, "--temperature") for text in (asked.temperature or "1").split(",")]
    params = {"temperature": temperatures[0]} if asked.temperature else {}
    tabled = len(temperatures) == 1
    target = asked.target if tabled and not asked.jacobian else None
    steps = tabled and not asked.jacobian and target is None and asked.steps
    function = registry.get("log_softmax" if target is None and not steps and asked.log else "softmax")
    assert isinstance(function, VectorActivation)
    function.bind(params)
    if asked.plot:
        from actcli.cli import drawing

        drawing.check(asked.plot, *([output.file] if tabled else []))
        if source.is_table(x):
            raise UsageError("--plot draws one vector", "give its numbers as arguments")
        if asked.jacobian and len(temperatures) > 1:
            raise UsageError("a heat map shows one temperature", "give one")
    if tabled:
        rows = source.open(x, output.asked, vector=True)
        how = How(
            params=params,
            dtype=output.dtype_for(rows),
            fast=not steps and asked.fast,
            strict=source.strict,
            by_row=not rows.vector,
        )
        _write(function, rows, how, output, jacobian_=asked.jacobian, target=target, steps=steps)
    elif not asked.plot:
        raise UsageError("several temperatures are drawn, not printed", "--plot FILE")
    if asked.plot:
        unread.refuse()
        rows = source.open(x, output.asked, vector=True)
        vector = np.concatenate([chunk.numbers[:, 0] for chunk in rows])
        _draw(function, vector, temperatures, asked.plot, jacobian=asked.jacobian)


def _write(
    function: VectorActivation,
    rows: ChunkStream,
    how: How,
    output: Output,
    *,
    jacobian_: bool,
    target: str | None,
    steps: bool,
) -> None:
    """Write the probabilities with what was asked for beside them."""
    on_screen = output.to_stdout and output.form is Format.TABLE and not how.by_row
    if steps and on_screen:
        vector = [float(v) for chunk in rows for v in chunk.numbers[:, 0]]
        rounding = output.rounding
        unread.refuse()
        print(*worked(vector, how, rounding), sep="\n")
        return
    probabilities = components(function, how)
    if jacobian_:
        compute = jacobian(function, how)
    elif target is not None:
        compute = with_loss(probabilities, how, target)
    elif steps or (on_screen and function.name == "softmax"):
        compute = with_exponentials(probabilities, how)
    else:
        compute = probabilities
    send(rows, compute, output)


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

"""`actcli eval`: the value of a function at numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from actcli.cli.options import Fast, FunctionName, Input, Numbers, Output, Parameters, choose
from actcli.tables import run as stream

def run(
    function: FunctionName,
    x: Numbers = None,
    *,
    fast: Fast = False,
    parameters: Parameters,
    source: Input,
    sink: Output,
) -> None:
    """Evaluate a function at numbers.

    \b
    actcli eval gelu -1 .5
    """
    chosen = choose(function, parameters)
    rows = source.open(x, sink.dtype)
    from actcli.core.evaluate import evaluate
    def compute(chunk):
        return chunk.with_columns({chosen.entry.name: evaluate(chosen.entry, chunk.numbers[:,0], 0, chosen.params)})
    with sink.open() as out:
        stream(rows, compute, out)

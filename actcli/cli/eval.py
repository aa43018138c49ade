"""`actcli eval`: the value of a function at numbers."""

from actcli.cli.elementwise import derivatives
from actcli.cli.functions import FunctionName, Given, choose
from actcli.cli.options import EvalOptions, Input, Numbers, Output
from actcli.cli.results import How, send
from actcli.cli.vectors import components
from actcli.cli.vectors import down as down_columns
from actcli.core.spec import VectorActivation


def run(
    function: FunctionName,
    x: Numbers = None,
    *,
    computed: EvalOptions,
    given: Given,
    source: Input,
    output: Output,
) -> None:
    """Evaluate a function at numbers.

    The numbers are arguments, a range, or columns of a table; the results follow as columns named after the
    function. Of a vector function the arguments, or the chosen columns of a row, are one vector. Parameters
    of the function are options too (--alpha 1); `actcli info FUNCTION` lists them.

    A formula in x is a function as well, `f` if it has no other name. Names in it that mean nothing else are
    parameters: options, or with a default, 'f(x; a=0.1) = …'. What begins with - may need -- before it.

    Examples:
      actcli eval gelu -3 -1e-3 .5 -inf
      actcli eval elu --range -6:6:25 --alpha 2 -o elu.csv
      seq -5 0.1 5 | actcli eval gelu > gelu.csv
      actcli eval silu -i acts.parquet -c h1 -o out.parquet
      actcli eval mish 1.5 --dtype bfloat16
      actcli eval gelu -8 --digits 50
      actcli eval sparsemax 0.5 1.2 -0.1
      actcli eval 'x*tanh(softplus(x))' -3 0 2
      actcli eval 'x > 0 ? x : a*(exp(x) - 1)' -1 2 --a 0.5
      actcli eval my_gate 1 2 --defs mine.txt
    """
    entry, params, _ = choose(function, given)
    vector = isinstance(entry, VectorActivation)
    down = vector and source.is_table(x) and computed.down
    rows = source.open(x, output.asked, flat=output.is_array and not vector, vector=vector)
    digits = computed.digits
    how = How(
        params=params,
        dtype=output.dtype_for(rows),
        fast=not digits and computed.fast,
        strict=vector and source.strict,
        by_row=not (rows.vector or down),
        rows=rows.length,
    )
    if digits:
        from actcli.cli.defined import defined  # the truth takes its time to load

        compute = defined(entry, (0,), (), how, digits)
    elif isinstance(entry, VectorActivation):
        compute = components(entry, how)
    else:
        compute = derivatives(entry, (0,), how)
    whole = vector and not how.by_row
    in_turn = isinstance(entry, VectorActivation) and entry.random
    send(
        rows,
        down_columns(compute) if whole else compute,
        output,
        in_turn=in_turn,
        whole=whole,
        exact=bool(digits),
    )

"""`actcli grad`: values and derivatives at numbers."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from typing import Annotated

from typer import Option

from actcli.cli import vectors
from actcli.cli.elementwise import derivatives, parameter_gradients, slopes_from_output
from actcli.cli.functions import FunctionName, Given, choose
from actcli.cli.options import EvalOptions, Input, Kink, Numbers, Output
from actcli.cli.results import How, send
from actcli.cli.unread import For
from actcli.core.spec import KinkRule, VectorActivation


@dataclass(frozen=True)
class GradOptions:
    """By what a function is differentiated, and how often."""

    order: Annotated[
        int,
        Option("--order", min=1, max=2, metavar="1|2", help="2 adds the second derivative."),
        For("derivatives by x of functions of a number; those of a vector have a Jacobian"),
    ] = 1
    wrt: Annotated[
        list[str] | None,
        Option("--wrt", metavar="PARAM", help="Differentiate by a parameter. Repeatable."),
        For("derivatives by a parameter: without --from-output, and of a vector without --digits"),
    ] = None
    from_output: Annotated[
        bool,
        Option("--from-output", help="The numbers are y = f(x), not x: σ′ = y(1 − y)."),
        For("functions of a number"),
    ] = False
    kink: Kink = KinkRule.MIN_NORM


def run(
    function: FunctionName,
    x: Numbers = None,
    *,
    asked: GradOptions,
    computed: EvalOptions,
    given: Given,
    source: Input,
    output: Output,
) -> None:
    """Evaluate a function and its derivatives at numbers.

    Columns: the value, then the slope as FUNCTION_grad, with --order 2 the second derivative as
    FUNCTION_grad2; with --wrt PARAM the derivative by a parameter, as FUNCTION_wrt_PARAM, instead. Of a
    vector function, the value and its Jacobian. At a kink the slope is the one of least magnitude between
    the two one-sided slopes, unless --kink says otherwise.

    Examples:
      actcli grad gelu -3 -1e-3 .5 -inf
      actcli grad silu --range -6:6:25 --order 2
      actcli grad relu 0 --kink right
      actcli grad elu -2 -1 1 --wrt alpha
      actcli grad sigmoid 0.5 0.9 --from-output
      actcli grad softmax 1 2 3
      actcli grad 'max(0,x) + a*min(0,x)' -1 2 --a 0.1 --wrt a
    """
    entry, params, _ = choose(function, given)
    vector = isinstance(entry, VectorActivation)
    from_output = not vector and asked.from_output
    digits = None if from_output else computed.digits
    wrt = None if from_output or (vector and digits) else asked.wrt
    by_x = not (vector or from_output or wrt)
    name = "y" if from_output else "x"
    down = vector and source.is_table(x) and computed.down
    rows = source.open(x, output.asked, name, flat=output.is_array and not vector, vector=vector)
    how = How(
        params=params,
        dtype=output.dtype_for(rows),
        fast=not (digits or from_output) and computed.fast,
        kink=asked.kink if by_x else KinkRule.MIN_NORM,
        strict=vector and source.strict,
        by_row=not (rows.vector or down),
        rows=rows.length,
    )
    orders = range((asked.order if by_x else 0 if wrt else 1) + 1)
    if digits:
        from actcli.cli.defined import defined  # the truth takes its time to load

        compute = defined(entry, orders, wrt or (), how, digits)
    elif isinstance(entry, VectorActivation):
        compute = vectors.parameter_gradients(entry, wrt, how) if wrt else vectors.jacobian(entry, how)
    elif from_output:
        compute = slopes_from_output(entry, how)
    elif wrt:
        compute = parameter_gradients(entry, wrt, how)
    else:
        compute = derivatives(entry, orders, how)
    whole = vector and not how.by_row
    in_turn = isinstance(entry, VectorActivation) and entry.random
    send(
        rows,
        vectors.down(compute) if whole else compute,
        output,
        in_turn=in_turn,
        whole=whole,
        exact=bool(digits),
    )

"""`actcli grad`: values and derivatives at numbers."""

from typing import Annotated

from typer import Option

from actcli.cli import vectors
from actcli.cli.elementwise import derivatives, parameter_gradients, slopes_from_output
from actcli.cli.functions import FunctionName, Given, choose
from actcli.cli.options import Digits, Fast, Input, Kink, Numbers, Output
from actcli.cli.results import How, send
from actcli.core.spec import KinkRule, VectorActivation
from actcli.errors import UsageError


def run(
    function: FunctionName,
    x: Numbers = None,
    *,
    order: Annotated[
        int, Option("--order", min=1, max=2, metavar="1|2", help="2 adds the second derivative.")
    ] = 1,
    wrt: Annotated[
        list[str] | None, Option("--wrt", metavar="PARAM", help="Differentiate by a parameter. Repeatable.")
    ] = None,
    from_output: Annotated[
        bool, Option("--from-output", help="The numbers are y = f(x), not x: σ′ = y(1 − y).")
    ] = False,
    kink: Kink = KinkRule.MIN_NORM,
    fast: Fast = False,
    digits: Digits = None,
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
    if isinstance(entry, VectorActivation) and (from_output or order > 1 or (wrt and digits)):
        raise UsageError(
            f"{entry.name} takes a vector", "it has a Jacobian and, without --digits, --wrt PARAM"
        )
    if from_output and (wrt or order > 1 or digits):
        raise UsageError("--from-output gives the slope alone", "without --wrt, --order 2 and --digits")
    if wrt and order > 1:
        raise UsageError("--wrt and --order 2 do not go together", "give one of them")
    vector = isinstance(entry, VectorActivation)
    name = "y" if from_output else "x"
    rows = source.open(x, output.asked, name, flat=output.is_array and not vector, vector=vector)
    how = How(
        params=params,
        dtype=output.dtype_for(rows),
        fast=fast,
        kink=kink,
        strict=source.strict,
        by_row=not rows.vector,
        rows=rows.length,
    )
    orders = (0,) if wrt else range(order + 1)
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
    send(rows, compute, output, in_turn=isinstance(entry, VectorActivation) and entry.random)

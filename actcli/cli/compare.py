"""`actcli compare`: several functions side by side."""

from dataclasses import replace
from functools import partial
from typing import Annotated

from typer import Option

from actcli.cli import compared
from actcli.cli.options import FunctionNames, Input, Kink, Output, choose
from actcli.cli.results import send
from actcli.core.measure import THRESHOLD
from actcli.core.spec import KinkRule
from actcli.errors import UsageError
from actcli.tables.formats import Format
from actcli.tables.numbers import parse_number

_POINTS = "-5:5:11"  # where values are shown if slopes are asked for and no points are given
_DIGITS = 6  # significant digits in tables for people, so that several functions fit side by side


def run(
    functions: FunctionNames,
    *,
    grad: Annotated[bool, Option("--grad", help="Show slopes beside the values.")] = False,
    properties: Annotated[
        bool, Option("--properties", help="Show what is measured of each function.")
    ] = False,
    threshold: Annotated[
        float, Option("--saturation", min=0.0, metavar="T", help="Saturated is where |f′| < T.")
    ] = THRESHOLD,
    depth: Annotated[
        int | None, Option("--depth", min=1, metavar="N", help="What N layers leave of a gradient.")
    ] = None,
    kink: Kink = KinkRule.MIN_NORM,
    source: Input,
    output: Output,
) -> None:
    """Hold functions side by side.

    With points (arguments, --range, -i) their values. Without, what is measured of each: range, zeros,
    turning points, largest slope, where it saturates, mean and variance for standard normal z, and more.

    Examples:
      actcli compare relu leaky_relu:negative_slope=0.2 elu:alpha=2 --grad
      actcli compare silu gelu mish
      actcli compare sigmoid tanh --range -4:4:9 --grad
      actcli compare sigmoid tanh relu --depth 10
    """
    names = [word for word in functions if not _is_number(word)]
    points = [word for word in functions if _is_number(word)]
    if not names:
        raise UsageError("no function given", "actcli compare relu elu")
    people = output.form in (Format.TABLE, Format.MD)
    if people:
        output = replace(output, precision=output.precision or _DIGITS)
    rivals = compared.rivals([choose(name) for name in names], short=people)
    pointed = bool(points or source.range or source.files)
    if depth is not None:
        with output.open() as sink:
            sink.write(compared.through_layers(rivals, depth, rounded=people))
    elif properties or not (pointed or grad):
        _show_properties(rivals, threshold, output, people=people)
    else:
        given = points if pointed else None
        rows = source.open(given, output.dtype) if pointed else Input(range=_POINTS).open(None, output.dtype)
        orders = (0, 1) if grad else (0,)
        send(rows, partial(compared.side_by_side, rivals, orders, kink, output.dtype), output)


def _show_properties(rivals: list[compared.Rival], threshold: float, output: Output, *, people: bool) -> None:
    if not people:
        with output.open() as sink:
            sink.write(compared.properties_for_programs(rivals, threshold))
        return
    fold = output.form is Format.TABLE and output.to_stdout
    for n, chunk in enumerate(compared.properties_for_people(rivals, threshold, fold=fold)):
        if n:
            print()
        with output.open() as sink:
            sink.write(chunk)


def _is_number(word: str) -> bool:
    try:
        parse_number(word)
    except ValueError:
        return False
    return True

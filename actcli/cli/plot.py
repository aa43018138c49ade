"""`actcli plot`: pictures of functions and their derivatives."""

from typing import Annotated

from typer import Option

from actcli.cli import drawing, pictures
from actcli.cli.drawing import Looks
from actcli.cli.options import FunctionNames, Kink, Parameters, choose
from actcli.core.spec import KinkRule
from actcli.render.records import picture


def run(
    functions: FunctionNames,
    *,
    file: Annotated[
        str | None, Option("-o", "--output", metavar="FILE", help="png, svg or pdf; - is stdout.")
    ] = None,
    kink: Kink = KinkRule.MIN_NORM,
    parameters: Parameters,
    looks: Looks,
) -> None:
    """Draw functions and their derivatives."""
    chosen = [choose(text, parameters) for text in functions]
    pictures.elementwise(chosen)
    chart = pictures.chart(chosen, pictures.Wanted(kink=kink))
    drawing.save(picture(chart), looks.look, file or "_".join(one.entry.name for one in chosen) + ".png")

"""`actcli plot`: pictures of functions and their derivatives."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from pathlib import Path
from typing import Annotated

import numpy as np
from typer import Option

from actcli.cli import drawing, pictures, standard
from actcli.cli.drawing import Looks, Preview
from actcli.cli.functions import AnyFunctionNames, Chosen, Given, choose, choose_all
from actcli.cli.options import Kink
from actcli.cli.pictures import Wanted
from actcli.cli.plot_options import Layout, Shown
from actcli.core.spec import Activation, KinkRule
from actcli.errors import UsageError
from actcli.render.records import Chart, Picture, picture


def run(
    functions: AnyFunctionNames = None,
    *,
    file: Annotated[
        str | None, Option("-o", "--output", metavar="FILE", help="png, svg or pdf (NAME.png); - is stdout.")
    ] = None,
    every: Annotated[bool, Option("--all", help="The whole catalogue; -o DIR/ for a file each.")] = False,
    kink: Kink = KinkRule.MIN_NORM,
    shown: Shown,
    looks: Looks,
    preview: Preview,
    given: Given,
) -> None:
    """Draw functions and their derivatives.

    f is solid, f′ dashed and broken where it jumps, with a filled dot where it has its value and an open one
    where it only comes near. Several values of a parameter (--alpha 0.1,0.5,1) draw a family.

    Examples:
      actcli plot elu --alpha 1
      actcli plot relu gelu silu -o rivals.svg
      actcli plot swish --beta 0.5,1,2 --no-derivative
      actcli plot 'x*sigmoid(b*x)' --b 0.5,1,2
      actcli plot sigmoid --saturation 0.1 --mark extrema,saturation
      actcli plot maxout --piece 1,0 --piece -0.5,1
      actcli plot --all -o gallery.png
    """
    wanted = shown.wanted(kink, looks)
    if every:
        if functions or given.files or given.options.given:
            raise UsageError("--all draws every function of the catalogue as it is", "name none, set nothing")
        _draw_all(file or f"gallery.{looks.form or 'png'}", wanted, looks)
        return
    if not functions:
        raise UsageError("no function given", "actcli plot gelu, or --all")
    chosen, swept = _family(functions, given)
    whole = _picture(chosen, swept, shown, wanted)
    name = "_".join(dict.fromkeys(one.entry.name for one in chosen))
    drawing.deliver(whole, looks, preview, file, name)
    if shown.range and (cut := _left_out(whole)):
        standard.tell(f"note: values {cut} are not drawn")


def _left_out(whole: Picture) -> str:
    """Return in words which values of the curves lie above or below their charts, or ''."""
    cut: dict[str, None] = {}
    for panel in (panel for row in whole.rows for panel in row if isinstance(panel, Chart)):
        y = np.concatenate([curve.y for curve in panel.curves])
        low, high = panel.ylim
        sides = ((np.any(y < low), f"below {low:.3g}"), (np.any(y > high), f"above {high:.3g}"))
        cut |= {text.replace("-", "−"): None for found, text in sides if found}
    return " or ".join(cut) if len(cut) < 3 else "outside of the charts"


def _picture(chosen: list[Chosen], swept: str, shown: Shown, wanted: Wanted) -> Picture:
    """Return the picture of the functions; `swept` is the parameter that tells a family's members apart."""
    if len(chosen) == 1 and not isinstance(chosen[0].entry, Activation):
        from actcli.cli import vector_pictures

        if shown.for_numbers:
            hint = "--mark, --saturation, --points, --order 2 and --layout are for functions of a number"
            raise UsageError(f"{chosen[0].entry.name} is a function of a vector", hint)
        if shown.pieces:
            from actcli.cli import pieces

            return picture(pieces.panel(chosen[0], shown.affine, wanted))
        return picture(vector_pictures.panel(chosen[0], wanted))
    pictures.elementwise(chosen)
    if shown.pieces:
        raise UsageError("--piece belongs to maxout", "actcli plot maxout --piece 1,0 --piece -0.5,1")
    if shown.layout is not Layout.OVERLAY:
        from actcli.cli import layouts

        return (layouts.rows if shown.layout is Layout.ROWS else layouts.grid)(chosen, wanted)
    chart = pictures.family(chosen, swept, wanted) if swept else pictures.chart(chosen, wanted)
    if shown.points:
        if len(chosen) > 1:
            raise UsageError("--points goes under one function", "name one")
        chart = _with_points(chart, chosen[0], shown, wanted)
    return picture(chart)


def _with_points(chart: Chart, one: Chosen, shown: Shown, wanted: Wanted) -> Chart:
    """Return the chart with the histogram of a file's numbers under its curves."""
    from actcli.cli.landmarks import SATURATED, histogram
    from actcli.tables.reading import read
    from actcli.tables.source import Reading

    columns = (shown.column,) if shown.column else ()
    source = read(Reading(paths=(str(shown.points),), columns=columns))
    points = np.concatenate([np.empty(0), *(chunk.numbers.ravel() for chunk in source)])
    assert isinstance(one.entry, Activation)
    threshold = SATURATED if wanted.saturation is None else wanted.saturation
    params = one.entry.bind(one.params)
    return chart._replace(histogram=histogram(one.entry, params, points, *chart.xlim, threshold))


def _draw_all(file: str, wanted: Wanted, looks: Looks) -> None:
    """Draw the whole catalogue: on one sheet, or in a directory a file for each function."""
    from actcli.cli import layouts
    from actcli.core import registry

    if not (file.endswith("/") or Path(file).is_dir()):
        drawing.save(layouts.gallery(registry.entries(), wanted), looks.look, file, looks.form)
        return
    form = drawing.form_of("-", looks.form)
    Path(file).mkdir(parents=True, exist_ok=True)
    for entry in registry.entries():
        whole = _picture([Chosen(entry, {})], "", Shown(), wanted)
        drawing.save(whole, looks.look, str(Path(file) / f"{entry.name}.{form}"))


def _family(functions: list[str], given: Given) -> tuple[list[Chosen], str]:
    """Return the functions, and the parameter of which several values were given with commas, or ''."""
    lists = {name: text.split(",") for name, text in given.options.given.items() if "," in text}
    if not lists:
        return choose_all(functions, given), ""
    if len(lists) > 1 or len(functions) > 1:
        raise UsageError("a family is of one function and one parameter", "one list of values, one function")
    ((name, texts),) = lists.items()
    members = [choose(functions[0], given.with_value(name, text)) for text in texts]
    return members, members[0].entry.param(name).name

"""`actcli plot`: pictures of functions and their derivatives."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from typer import Option

from actcli.cli import drawing, pictures, standard, unread
from actcli.cli.drawing import Looks, Preview
from actcli.cli.functions import AnyFunctionNames, Chosen, Given, choose, choose_all, number
from actcli.cli.options import Kink
from actcli.cli.pictures import Wanted
from actcli.cli.unread import For
from actcli.core.portrait import SMALLEST
from actcli.core.spec import Activation, KinkRule
from actcli.errors import UsageError, nearest
from actcli.render.records import Chart, Picture, Symbol, picture


class Layout(StrEnum):
    """How several functions share a picture."""

    OVERLAY = "overlay"
    ROWS = "rows"
    GRID = "grid"


_MARKS = {"extrema": Symbol.EXTREMUM, "kinks": Symbol.KINK, "saturation": Symbol.SATURATION}
_NUMBERS = "functions of a number"
_PLANE = ("range", "title", "xlabel", "ylabel")
_CURVES = (*_PLANE, "orders", "axes", "grid")
_PIECES = (*_CURVES, "kink")
_SHEET = ("range", "title", "orders", "axes", "grid", "kink", "marks", "saturation")
_TERMINAL = ("range", "title", "orders", "kink")
"""What the pictures of functions of a vector, a contact sheet and a picture of characters have."""

_FINEST = 1e-12  # of the larger end: closer up, the doubles themselves are steps
_WIDEST = 1e300


def _shows(*names: str, **more: Any) -> Any:
    return Option(*names, rich_help_panel="What is shown", **more)


@dataclass(frozen=True)
class PlotOptions:
    """What a picture shows of its functions."""

    file: Annotated[
        str | None, Option("-o", "--output", metavar="FILE", help="png, svg or pdf (NAME.png); - is stdout.")
    ] = None
    every: Annotated[bool, Option("--all", help="The whole catalogue; -o DIR/ for a file each.")] = False
    kink: Kink = KinkRule.MIN_NORM
    range: Annotated[
        str | None,
        _shows("--range", metavar="A:B", help="From A to B, rather than where the function lives."),
    ] = None
    order: Annotated[
        int,
        _shows("--order", min=1, max=2, metavar="1|2", help="2 adds the second derivative."),
        For(_NUMBERS),
    ] = 1
    bare: Annotated[bool, _shows("--no-derivative", help="The functions alone.")] = False
    marks: Annotated[
        list[str] | None,
        _shows("--mark", metavar="WHAT", help="extrema, kinks, saturation; several with commas."),
        For(_NUMBERS),
    ] = None
    saturation: Annotated[
        float | None,
        _shows("--saturation", min=0, metavar="T", help="Shade where |f′| < T."),
        For(_NUMBERS),
    ] = None
    layout: Annotated[
        Layout,
        _shows("--layout", metavar="LAYOUT", help="overlay (default); rows or grid: f above, f′ below."),
        For(_NUMBERS),
    ] = Layout.OVERLAY
    pieces: Annotated[
        list[str] | None,
        _shows("--piece", metavar="W,B", help="A piece wx + b of maxout. Repeatable."),
        For("maxout: actcli plot maxout --piece 1,0 --piece -0.5,1"),
    ] = None
    points: Annotated[
        str | None,
        _shows("--points", metavar="FILE", help="Real inputs, as a histogram under the curve."),
        For("one function of a number, overlaid"),
    ] = None
    column: Annotated[
        str | None,
        _shows("-c", "--column", metavar="NAME|N", help="The column of --points to read (all)."),
        For("--points"),
    ] = None

    @property
    def affine(self) -> list[tuple[float, float]]:
        """The pieces given.

        Raises:
            UsageError: one is not two finite numbers.
        """
        pairs = [tuple(number(part, "--piece") for part in text.split(",")) for text in self.pieces or ()]
        if any(len(pair) != 2 for pair in pairs):
            raise UsageError("--piece takes a weight and a bias", "for example --piece 0.5,-1")
        if not all(isfinite(part) for pair in pairs for part in pair):
            raise UsageError("--piece: a weight and a bias are finite numbers", "for example --piece 0.5,-1")
        return [(weight, bias) for weight, bias in pairs]

    def wanted(self, looks: Looks, shows: Sequence[str], *, highest: int = 2) -> Wanted:
        """Return what a picture is to show.

        Args:
            looks: how it looks.
            shows: what a picture of that kind has; options about anything else are not read.
            highest: the highest order of a derivative that it has.
        """
        read: dict[str, Callable[[], Any]] = {
            "range": lambda: _range(self.range) if self.range else None,
            "orders": lambda: (0, 1, 2)[: 1 if self.bare else 1 + (self.order if highest == 2 else 1)],
            "kink": lambda: KinkRule.MIN_NORM if self.bare else self.kink,
            "marks": lambda: frozenset(_mark(w) for words in self.marks or () for w in words.split(",")),
            "saturation": lambda: self.saturation,
            "axes": lambda: looks.axes,
            "grid": lambda: looks.grid,
            "title": lambda: drawing.clean(looks.title),
            "xlabel": lambda: drawing.clean(looks.xlabel),
            "ylabel": lambda: drawing.clean(looks.ylabel),
        }
        return Wanted(**{what: read[what]() for what in shows})


def run(
    functions: AnyFunctionNames = None,
    *,
    shown: PlotOptions,
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
    if shown.every:
        if functions or given.files or given.options.given:
            raise UsageError("--all draws every function of the catalogue as it is", "name none, set nothing")
        _draw_all(shown, looks, preview)
        return
    if not functions:
        raise UsageError("no function given", "actcli plot gelu, or --all")
    chosen, swept = _family(functions, given)
    in_terminal = preview.only and not shown.file
    whole = _picture(chosen, swept, shown, looks, in_terminal=in_terminal)
    name = "_".join(dict.fromkeys(one.entry.name for one in chosen))
    drawing.deliver(whole, looks, preview, shown.file, name)
    if shown.range and (cut := _left_out(whole)):
        standard.note(f"note: values {cut} are not drawn")


def _left_out(whole: Picture) -> str:
    """Return in words which values of the curves lie above or below their charts, or ''."""
    cut: dict[str, None] = {}
    for panel in (panel for row in whole.rows for panel in row if isinstance(panel, Chart)):
        y = np.concatenate([curve.y for curve in panel.curves])
        low, high = panel.ylim
        sides = ((np.any(y < low), f"below {low:.3g}"), (np.any(y > high), f"above {high:.3g}"))
        cut |= {text.replace("-", "−"): None for found, text in sides if found}
    return " or ".join(cut) if len(cut) < 3 else "outside of the charts"


def _picture(
    chosen: list[Chosen], swept: str, shown: PlotOptions, looks: Looks, *, in_terminal: bool = False
) -> Picture:
    """Return the picture of the functions.

    Args:
        chosen: the functions.
        swept: the parameter that tells a family's members apart.
        shown: what the picture shows.
        looks: how it looks.
        in_terminal: whether it is drawn of characters alone.
    """
    if len(chosen) == 1 and not isinstance(chosen[0].entry, Activation):
        from actcli.cli import vector_pictures

        if shown.pieces:
            has = [what for what in _PIECES if what in _TERMINAL or not in_terminal]
            pieces = shown.wanted(looks, has, highest=1)
            return picture(vector_pictures.affine_pieces(chosen[0], shown.affine, pieces))
        shows = _PLANE if vector_pictures.is_plane(chosen[0]) else _CURVES
        has = [what for what in shows if what in _TERMINAL or not in_terminal]
        return picture(vector_pictures.panel(chosen[0], shown.wanted(looks, has, highest=1)))
    pictures.elementwise(chosen)
    wanted = shown.wanted(looks, _TERMINAL if in_terminal else Wanted._fields)
    if not in_terminal and shown.layout is not Layout.OVERLAY:
        from actcli.cli import layouts

        return (layouts.rows if shown.layout is Layout.ROWS else layouts.grid)(chosen, wanted)
    chart = pictures.family(chosen, swept, wanted) if swept else pictures.chart(chosen, wanted)
    if not in_terminal and shown.points:
        if len(chosen) > 1:
            raise UsageError("--points goes under one function", "name one")
        chart = _with_points(chart, chosen[0], shown, wanted)
    return picture(chart)


def _with_points(chart: Chart, one: Chosen, shown: PlotOptions, wanted: Wanted) -> Chart:
    """Return the chart with the histogram of a file's numbers under its curves."""
    from actcli.tables.reading import read
    from actcli.tables.source import Reading

    columns = (shown.column,) if shown.column else ()
    source = read(Reading(paths=(str(shown.points),), columns=columns))
    parts = [chunk.elements(name) for chunk in source for name in source.chosen]
    points = np.concatenate([np.empty(0), *parts])
    assert isinstance(one.entry, Activation)
    threshold = pictures.SATURATED if wanted.saturation is None else wanted.saturation
    params = one.entry.bind(one.params)
    return chart._replace(histogram=pictures.histogram(one.entry, params, points, *chart.xlim, threshold))


def _draw_all(shown: PlotOptions, looks: Looks, preview: Preview) -> None:
    """Draw the whole catalogue: on one sheet, or in a directory a file for each function."""
    from actcli.cli import layouts
    from actcli.core import registry

    _ = preview.none  # nothing is shown in any case
    file = shown.file or f"gallery.{looks.form or 'png'}"
    if file.endswith("/") or Path(file).is_dir():
        form = drawing.form_of("-", looks.form)
        every = {
            str(Path(file) / f"{entry.name}.{form}"): _picture([Chosen(entry, {})], "", shown, looks)
            for entry in registry.entries()
        }
    else:
        form = drawing.form_of(file, looks.form)
        every = {file: layouts.gallery(registry.entries(), shown.wanted(looks, _SHEET))}
    look = looks.look(form)
    drawing.check(file, form=form)
    unread.refuse()
    if len(every) > 1:
        Path(file).mkdir(parents=True, exist_ok=True)
    for path, whole in every.items():
        drawing.save(whole, look, path, form)


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


def _range(text: str) -> tuple[float, float]:
    ends = [number(part, "--range") for part in text.split(":")]
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise UsageError(f"--range: {text!r} is not A:B with A < B", "for example -3:3")
    low, high = ends
    narrowest = max(SMALLEST, _FINEST * max(abs(low), abs(high)))
    if high - low < narrowest:
        raise UsageError(f"--range: {text!r} is too narrow to draw", f"there B is at least A + {narrowest:g}")
    if high - low > _WIDEST:
        raise UsageError(f"--range: {text!r} is too wide to draw", f"B is at most A + {_WIDEST:g}")
    return low, high


def _mark(word: str) -> Symbol:
    key = word.strip().lower()
    for name, symbol in _MARKS.items():
        if key in (name, symbol):
            return symbol
    raise UsageError(f"--mark: no {word!r} to mark", nearest(key, _MARKS) or ", ".join(_MARKS))

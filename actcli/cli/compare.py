"""`actcli compare`: several functions side by side."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
from typer import Option

from actcli.cli import compared, drawing, standard, unread
from actcli.cli.compared import DistanceLimit, Rival
from actcli.cli.functions import Chosen, FunctionNames, Given, choose_all
from actcli.cli.options import Input, Kink, Output
from actcli.cli.results import send
from actcli.cli.unread import For
from actcli.core.arrays import Array
from actcli.core.dtypes import DType
from actcli.core.measure import THRESHOLD
from actcli.core.spec import KinkRule
from actcli.errors import CheckFailedError, UsageError
from actcli.render.records import Look, Picture
from actcli.tables.chunk import Chunk
from actcli.tables.formats import Format
from actcli.tables.numbers import Rounding
from actcli.tables.points import are_numbers

_VALUES = "values at points, and --distance"
_ALONE = "functions as they are: without points, --distance and limits"
_POINTS = "-5:5:11"  # where values are shown if slopes are asked for and no points are given
_ROUNDED = Rounding(6)  # numbers in tables for people, so that several functions fit side by side


def _shows(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="What is shown", **facts)


@dataclass(frozen=True)
class CompareOptions:
    """What is compared."""

    grad: Annotated[
        bool, _shows("--grad", help="Slopes beside the values; with --distance, of slopes."), For(_VALUES)
    ] = False
    properties: Annotated[
        bool, _shows("--properties", help="What is measured of each function."), For(_ALONE)
    ] = False
    threshold: Annotated[
        float,
        _shows("--saturation", min=0, metavar="T", help="Saturated is where |f′| < T (0.01)."),
        For("what is measured of each function: without points"),
    ] = THRESHOLD
    depth: Annotated[
        int | None,
        _shows("--depth", min=1, metavar="N", help="What N layers leave of a gradient."),
        For(_ALONE),
    ] = None
    distance: Annotated[bool, _shows("--distance", help="How far the functions are apart.")] = False
    plot: Annotated[
        str | None, _shows("--plot", metavar="FILE", help="Draw two functions and their difference.")
    ] = None
    in_ulp: Annotated[bool, _shows("--in-ulp", help="Draw the difference in ULP."), For("--plot")] = False
    kink: Kink = KinkRule.MIN_NORM
    max_abs: Annotated[
        float | None, _shows("--max-abs", min=0, metavar="E", help="Exit 1 if they differ by more than E.")
    ] = None
    max_rel: Annotated[
        float | None, _shows("--max-rel", min=0, metavar="E", help="The same, relative to the larger.")
    ] = None
    max_ulp: Annotated[
        float | None, _shows("--max-ulp", min=0, metavar="N", help="The same, in numbers of the dtype.")
    ] = None

    @property
    def asks(self) -> bool:
        """Whether something was asked for that is told in a table; to ask that makes use of no option."""
        given = vars(self)
        told = ("grad", "properties", "depth", "distance", "max_abs", "max_rel", "max_ulp")
        return any(given[name] is not None and given[name] is not False for name in told)

    @property
    def limits(self) -> list[DistanceLimit]:
        """The limits that were set."""
        every = (
            DistanceLimit("--max-abs", self.max_abs, "absolute"),
            DistanceLimit("--max-rel", self.max_rel, "relative"),
            DistanceLimit("--max-ulp", self.max_ulp, "ulp"),
        )
        return [limit for limit in every if limit.most is not None]


def run(
    functions: FunctionNames,
    *,
    shown: CompareOptions,
    given: Given,
    source: Input,
    output: Output,
) -> None:
    """Compare functions side by side.

    With points (arguments, --range, -i) their values. Without, what is measured of each: range, zeros,
    extrema, largest slope, where it saturates, mean and variance for standard normal z, and more.

    Examples:
      actcli compare relu leaky_relu:negative_slope=0.2 elu:alpha=2 --grad
      actcli compare silu gelu mish
      actcli compare sigmoid tanh --range -4:4:9 --grad
      actcli compare sigmoid tanh relu --depth 10
      actcli compare gelu gelu_tanh --distance --dtype bfloat16
      actcli compare gelu 'x*sigmoid(1.702x)' --distance
      actcli compare silu hard_swish --range -8:8:1601 --max-abs 0.15
    """
    points = [word for word in functions if are_numbers(word)]
    chosen = choose_all([word for word in functions if not are_numbers(word)], given)
    if not chosen:
        raise UsageError("no function given", "actcli compare relu elu")
    only_drawn = shown.plot and not (shown.asks or points or source.files or output.file or output.format)
    if shown.plot:
        drawing.check(shown.plot, *([] if only_drawn else [output.file]))
        picture = _picture(chosen, shown, _ends(source.range), output.dtype)
    broken = "" if only_drawn else _tell(chosen, points, shown, source, output)
    if shown.plot:
        unread.refuse()
        drawing.save(picture, Look(), shown.plot)
    if broken:
        raise CheckFailedError(broken)


def _tell(
    chosen: list[Chosen], points: list[str], shown: CompareOptions, source: Input, output: Output
) -> str:
    """Write what is asked for of the functions, and return what breaks a limit, or ''."""
    people = output.form in (Format.TABLE, Format.MD)
    rivals = compared.rivals(chosen, short=people)
    if shown.distance or shown.limits:
        x = (
            _all(source, points, output)
            if _pointed(points, source)
            else compared.points(rivals, output.dtype)
        )
        return _show_distances(rivals, x, shown, output, people=people)
    if points and (shown.depth is not None or shown.properties):
        raise UsageError(
            f"{'--properties' if shown.depth is None else '--depth'} takes no points", f"without {points[0]}"
        )
    if shown.depth is not None:
        _write([compared.through_layers(rivals, shown.depth, _rounding(output), people=people)], output)
    elif shown.properties or not (_pointed(points, source) or shown.grad):
        _show_properties(rivals, shown.threshold, output, people=people)
    else:
        rows = (source if _pointed(points, source) else Input(range=_POINTS)).open(points, output.dtype)
        orders = (0, 1) if shown.grad else (0,)
        kink = shown.kink if shown.grad else KinkRule.MIN_NORM
        compute = partial(compared.side_by_side, rivals, orders, kink, output.dtype)
        send(rows, compute, output, rounding=_ROUNDED if people else None)
    return ""


def _pointed(points: list[str], source: Input) -> bool:
    """Whether points are given; if not, say so where some wait on stdin."""
    if points or source.range or source.files:
        return True
    if standard.is_unread():
        standard.note("note: what comes on stdin is not read; -i - reads it")
    return False


def _show_properties(rivals: list[Rival], threshold: float, output: Output, *, people: bool) -> None:
    if people:
        fold = output.form is Format.TABLE and output.to_stdout
        _write(compared.properties_for_people(rivals, threshold, _rounding(output), fold=fold), output)
    else:
        _write([compared.properties_for_programs(rivals, threshold, _rounding(output))], output)


def _show_distances(
    rivals: list[Rival], x: Array, shown: CompareOptions, output: Output, *, people: bool
) -> str:
    """Write the distances, and return what breaks a limit, or ''."""
    dtype, order = output.dtype, int(shown.grad)
    kink = shown.kink if shown.grad else KinkRule.MIN_NORM
    found = compared.pairs(rivals, x, order, dtype, kink)
    if len(found) == 1:
        parts = compared.rows(found[0], x, order, dtype, kink)
        every = [(found[0], *part) for part in parts]
        tables = compared.for_people(parts, _rounding(output))
    else:
        every = [(pair, "all", dtype, pair.distance) for pair in found]
        tables = [
            compared.matrix(rivals, found, kind, _rounding(output))
            for kind in ("absolute", "relative", "ulp")
        ]
    _write(tables if people and output.to_stdout else [compared.for_programs(every)], output)
    return compared.breach(found, shown.limits, dtype)


def _rounding(output: Output) -> Rounding | None:
    """Return how numbers in words are rounded, if people say so; only text can have them so."""
    return output.rounding if output.form.textual else None


def _write(chunks: list[Chunk], output: Output) -> None:
    """Write tables one below the other; a file takes one only."""
    for n, chunk in enumerate(chunks):
        sink_of_table = output.open(default=_ROUNDED if output.form in (Format.TABLE, Format.MD) else None)
        unread.refuse()
        if n:
            print()
        with sink_of_table as sink:
            sink.write(chunk)


def _all(source: Input, points: list[str], output: Output) -> Array:
    """Return every number of the input at once: a distance is a maximum over them all."""
    blocks = [chunk.numbers.ravel() for chunk in source.open(points, output.dtype)]
    x = np.concatenate(blocks) if blocks else np.empty(0)
    x = x[~np.isnan(x)]
    if not x.size:
        raise UsageError("no numbers to compare at", "numbers, --range A:B:N or -i FILE")
    return x


def _picture(
    chosen: list[Chosen], shown: CompareOptions, span: tuple[float, float] | None, dtype: DType
) -> Picture:
    """Return the picture of two functions and of their difference."""
    from actcli.cli import layouts
    from actcli.cli.pictures import Wanted

    if len(chosen) != 2:
        raise UsageError("--plot shows the difference of two functions", "actcli plot A B C draws several")
    first, second = chosen
    return layouts.comparison(first, second, Wanted(range=span, kink=shown.kink), dtype, ulp=shown.in_ulp)


def _ends(span: str | None) -> tuple[float, float] | None:
    if span is None:
        return None
    numbers = [chunk.numbers for chunk in Input(range=span).open(None)]
    return float(numbers[0][0, 0]), float(numbers[-1][-1, 0])

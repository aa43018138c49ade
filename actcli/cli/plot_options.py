"""What `actcli plot` may be asked to show, as options."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Annotated, Any

from typer import Option

from actcli.cli.drawing import Looks
from actcli.cli.functions import number
from actcli.cli.pictures import Wanted
from actcli.core.portrait import SMALLEST
from actcli.core.spec import KinkRule
from actcli.errors import UsageError, nearest
from actcli.render.records import Symbol


class Layout(StrEnum):
    """How several functions share a picture."""

    OVERLAY = "overlay"
    ROWS = "rows"
    GRID = "grid"


_MARKS = {"extrema": Symbol.EXTREMUM, "kinks": Symbol.KINK, "saturation": Symbol.SATURATION}
_FINEST = 1e-12  # of the larger end: closer up, the doubles themselves are steps
_WIDEST = 1e300


def _shows(*names: str, **more: Any) -> Any:
    return Option(*names, rich_help_panel="What is shown", **more)


@dataclass(frozen=True)
class Shown:
    """What a picture shows of its functions."""

    range: Annotated[
        str | None,
        _shows("--range", metavar="A:B", help="From A to B, rather than where the function lives."),
    ] = None
    order: Annotated[
        int, _shows("--order", min=1, max=2, metavar="1|2", help="2 adds the second derivative.")
    ] = 1
    bare: Annotated[bool, _shows("--no-derivative", help="The functions alone.")] = False
    marks: Annotated[
        list[str] | None,
        _shows("--mark", metavar="WHAT", help="extrema, kinks, saturation; several with commas."),
    ] = None
    saturation: Annotated[
        float | None, _shows("--saturation", min=0.0, metavar="T", help="Shade where |f′| < T.")
    ] = None
    layout: Annotated[
        Layout,
        _shows("--layout", metavar="LAYOUT", help="overlay (default); rows or grid: f above, f′ below."),
    ] = Layout.OVERLAY
    pieces: Annotated[
        list[str] | None, _shows("--piece", metavar="W,B", help="A piece wx + b of maxout. Repeatable.")
    ] = None
    points: Annotated[
        str | None, _shows("--points", metavar="FILE", help="Real inputs, as a histogram under the curve.")
    ] = None
    column: Annotated[
        str | None, _shows("-c", "--column", metavar="NAME|N", help="The column of --points to read (all).")
    ] = None

    @property
    def for_numbers(self) -> bool:
        """Whether something was asked for that only functions of one number have."""
        extra = self.marks or self.points or self.saturation is not None
        return bool(extra) or self.order > 1 or self.layout is not Layout.OVERLAY

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

    def wanted(self, kink: KinkRule, looks: Looks) -> Wanted:
        """Return what a chart is to show."""
        return Wanted(
            range=_range(self.range) if self.range else None,
            orders=(0,) if self.bare else tuple(range(self.order + 1)),
            kink=kink,
            marks=frozenset(_mark(word) for words in self.marks or () for word in words.split(",")),
            saturation=self.saturation,
            axes=looks.axes,
            grid=looks.grid,
            title=looks.title,
            xlabel=looks.xlabel,
            ylabel=looks.ylabel,
        )


def _range(text: str) -> tuple[float, float]:
    ends = [number(part, "--range") for part in text.split(":")[:2]]
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

"""The options of `actcli compare` that say what is shown and what must hold."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from typing import Annotated, Any

from typer import Option

from actcli.cli.distances import Limit
from actcli.core.measure import THRESHOLD


def _shows(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="What is shown", **facts)


@dataclass(frozen=True)
class Shown:
    """What is compared."""

    grad: Annotated[bool, _shows("--grad", help="Slopes beside the values; with --distance, of slopes.")] = (
        False
    )
    properties: Annotated[bool, _shows("--properties", help="What is measured of each function.")] = False
    threshold: Annotated[
        float, _shows("--saturation", min=0.0, metavar="T", help="Saturated is where |f′| < T (0.01).")
    ] = THRESHOLD
    depth: Annotated[
        int | None, _shows("--depth", min=1, metavar="N", help="What N layers leave of a gradient.")
    ] = None
    distance: Annotated[bool, _shows("--distance", help="How far the functions are apart.")] = False
    plot: Annotated[
        str | None, _shows("--plot", metavar="FILE", help="Draw two functions and their difference.")
    ] = None
    in_ulp: Annotated[bool, _shows("--in-ulp", help="Draw the difference in ULP.")] = False
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
    def limits(self) -> list[Limit]:
        """The limits that were set."""
        every = (
            Limit("--max-abs", self.max_abs, "absolute"),
            Limit("--max-rel", self.max_rel, "relative"),
            Limit("--max-ulp", self.max_ulp, "ulp"),
        )
        return [limit for limit in every if limit.most is not None]

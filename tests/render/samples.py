"""Plain pictures, made without the catalogue: what the tests of drawing draw."""

from __future__ import annotations

import numpy as np

from actcli.render.records import (
    AxesStyle,
    Band,
    Bars,
    Chart,
    Contour,
    Dot,
    Guide,
    Heat,
    Histogram,
    Mark,
    Picture,
    PlottedCurve,
    Role,
    Symbol,
    picture,
)

X = np.linspace(-6.0, 6.0, 121)
STEP_X = np.array([-6.0, 0.0, 0.0, 0.0, 6.0])


def chart(**changes: object) -> Chart:
    """A line that bends at 0, and its slope, which jumps there."""
    facts: dict[str, object] = {
        "curves": (
            PlottedCurve(x=X, y=np.maximum(X, 0.0), label=r"ramp(x) = $\max(0, x)$"),
            PlottedCurve(
                x=STEP_X,
                y=np.array([0.0, 0.0, np.nan, 1.0, 1.0]),
                label="ramp′(x)",
                role=Role.SLOPE,
                hue=1,
                dots=(Dot(0.0, 0.0, filled=True), Dot(0.0, 1.0, filled=False)),
            ),
        ),
        "xlim": (-6.0, 6.0),
        "ylim": (-0.5, 6.3),
    }
    return Chart(**{**facts, **changes})  # type: ignore[arg-type]


def annotated() -> Chart:
    """A chart with everything that may be added to one."""
    return chart(
        title="A ramp",
        ylabel="y",
        grid=True,
        guides=(Guide(1.0, -1.0), Guide(np.inf, 0.0, x=-2.0)),
        marks=(Mark(0.0, 0.0, "0", Symbol.KINK), Mark(2.0, 2.0, "(2, 2)", Symbol.EXTREMUM)),
        bands=(Band(-np.inf, 0.0),),
        band_label="saturated",
        histogram=Histogram(
            np.array([-1.0, 0.0, 1.0]), np.array([0.25, 0.75]), np.array([-0.5, 0.5]), "8 points"
        ),
        keys=((Role.CURVATURE, "second derivative"),),
    )


def several() -> Chart:
    """Three functions with symbols, framed."""
    curves = tuple(
        PlottedCurve(x=X, y=np.tanh(k * X), label=f"tanh {k}x", hue=k - 1, symbols=True) for k in (1, 2, 3)
    )
    return Chart(curves=curves, xlim=(-6.0, 6.0), ylim=(-1.1, 1.1), axes=AxesStyle.FRAME, ylabel="y")


def family() -> Chart:
    """Three members of a family, named beside their ends."""
    curves = tuple(
        PlottedCurve(x=X, y=a * np.tanh(X), shade=n / 2, tag=f"$a = {a}$")
        for n, a in enumerate((0.5, 1.0, 2.0))
    )
    return Chart(curves=curves, xlim=(-6.0, 6.0), ylim=(-2.2, 2.2), heading="a·tanh x")


def bars() -> Bars:
    """Two series of three."""
    return Bars(
        labels=("a", "b", "c"),
        series=(("x", np.array([1.0, -2.0, 3.0])), ("y", np.array([0.5, 0.25, 1.0]))),
        ylabel="height",
    )


def heat() -> Heat:
    """A matrix of two by three."""
    matrix = np.array([[0.25, -0.25, 0.0], [-0.1, 0.0, 0.2]])
    return Heat(matrix=matrix, rows=("$f_1$", "$f_2$"), columns=("$x_1$", "$x_2$", "$x_3$"), title="J")


def contour() -> Contour:
    """A saddle."""
    side = np.linspace(-4.0, 4.0, 33)
    return Contour(x=side, y=side, z=np.outer(side, side), xlabel="a", ylabel="b", title="a·b")


PICTURES = {
    "ramp": picture(chart()),
    "annotated": picture(annotated()),
    "several": picture(several()),
    "family": picture(family()),
    "rows": Picture(rows=((chart(legend=False),), (several(),)), title="Two rows", heights=(1.0, 1.0)),
    "cells": Picture(rows=((bars(), heat(), contour()),)),
}

"""The preview in the terminal: the same curves in braille, inside 80 columns, readable without colour."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from actcli.errors import MissingExtraError
from actcli.render.preview import plain, preview, ticks
from actcli.render.records import Chart, PlottedCurve
from tests.render import samples

CHARTS = {
    "ramp": samples.chart(),
    "annotated": samples.annotated(),
    "several": samples.several(),
    "family": samples.family(),
}


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", CHARTS)
def test_it_fits_the_width_and_has_no_codes(name: str, width: int) -> None:
    text = preview(CHARTS[name], width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    assert "\u2800" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_the_axes_carry_round_numbers() -> None:
    lines = preview(samples.chart()).splitlines()
    assert lines[-1].split() == ["−6", "−4", "−2", "0", "2", "4", "6"]
    assert [line.split()[0] for line in lines if "┤" in line] == ["6", "4", "2", "0"]


def test_the_curve_is_where_it_belongs() -> None:
    lines = [line for line in preview(samples.chart()).splitlines() if "│" in line or "┤" in line]
    drawn = [re.split("[│┤]", line, maxsplit=1)[1] for line in lines]
    top_right = drawn[1][-4:]
    top_left = drawn[1][:20]
    assert top_right.strip()
    assert not top_left.strip()


LIMITS = [(-1.0, 1.0), (0.0, 1.0), (-0.1, 1.1), (-0.55, 0.95), (-6.0, 6.0), (0.3, 7.7)]


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_a_label_of_y_stands_in_the_row_of_that_number(limits: tuple[float, float]) -> None:
    for y in ticks(*limits, 5):
        level = PlottedCurve(x=np.array([1.0, 2.0]), y=np.array([y, y]))
        text = preview(Chart(curves=(level,), xlim=(1.0, 2.0), ylim=limits))
        rows = [re.split("[│┤]", line) for line in text.splitlines()[:-2]]
        (label,) = (label for label, drawn in rows if len(drawn.replace(" ", "")) > 40)
        assert label.strip(), f"no label beside the curve at {y}"
        assert float(label.replace("−", "-")) == pytest.approx(y)


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_a_tick_of_x_stands_in_the_column_of_that_number(limits: tuple[float, float]) -> None:
    for x in ticks(*limits, 7):
        upright = PlottedCurve(x=np.array([x, x]), y=np.array([1.0, 2.0]))
        *rows, axis, _ = preview(Chart(curves=(upright,), xlim=limits, ylim=(1.0, 2.0))).splitlines()
        top, bottom = rows[0], rows[-1]
        assert len(top) == len(bottom)
        assert axis[len(top) - 1] == "┬", f"no tick below the curve at {x}"


def test_breaks_have_filled_and_open_dots() -> None:
    text = preview(samples.chart())
    assert text.count("●") == 1
    assert text.count("○") == 1


def test_the_legend_names_every_curve_without_mathtext() -> None:
    lines = preview(samples.chart()).splitlines()
    assert lines[0].endswith(" ramp(x)")
    assert lines[1].endswith(" ramp′(x)")
    assert lines[0][:4] != lines[1][:4]
    assert "a = 0.5" in preview(samples.family())


def test_functions_without_colour_are_told_apart_by_letters() -> None:
    text = preview(samples.several())
    for symbol in "x+*":
        assert text.count(symbol) > 2


def test_colour_is_written_when_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # plotille looks at stdout by itself
    assert "\x1b[" in preview(samples.chart(), colour=True)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-6, 6, [-6, -4, -2, 0, 2, 4, 6]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-8, 8, [-8, -6, -4, -2, 0, 2, 4, 6, 8]),
        (0.3, 3.2, [0.5, 1, 1.5, 2, 2.5, 3]),
        (0, 7, [0, 1, 2, 3, 4, 5, 6, 7]),
        (0, 56, [0, 10, 20, 30, 40, 50]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high, 7 if high > 1 else 5) == pytest.approx(expected)


def test_labels_lose_their_mathtext() -> None:
    assert plain(r"elu(x) = $\max(0, x)$,  $\alpha = 0.5$") == "elu(x),  α = 0.5"
    assert plain(r"swish(x) = $x$,  $\beta = 1.5 \cdot 10^{6}$") == "swish(x),  β = 1.5·10^6"
    assert plain("softmax(x, 0)$_1$") == "softmax(x, 0)₁"


def test_without_its_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotille", None)
    with pytest.raises(MissingExtraError, match=re.escape("actcli[term]")):
        preview(samples.chart())

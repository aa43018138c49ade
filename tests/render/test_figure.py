"""Pictures: what is drawn, where, in which colours, and that the same picture gives the same bytes."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.patches import StepPatch
from matplotlib.path import Path

from actcli.core.dtypes import (
    BFLOAT16,
    DTYPES,
    FLOAT4_E2M1FN,
    FLOAT8_E4M3FN,
    FLOAT8_E8M0FNU,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    DType,
    quantised,
)
from actcli.render.figure import build, encode
from actcli.render.figure.error_chart import ErrorTexts, Results, errors, write_errors
from actcli.render.figure.export import FORMATS
from actcli.render.figure.style import STYLES, SYMBOLS
from actcli.render.figure.tick_labels import tick_texts
from actcli.render.records import (
    AxesStyle,
    Chart,
    Dot,
    Look,
    Panel,
    Picture,
    PlottedCurve,
    Role,
    Theme,
    picture,
)
from tests.render import samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


def axes_of(panel: Panel, look: Look | None = None) -> Axes:
    return build(picture(panel), look or Look(dpi=50)).axes[0]


def _in_two_rows(*curves: PlottedCurve) -> Picture:
    chart = Chart(curves, (-6.0, 6.0), (-0.1, 1.1))
    return Picture(rows=((chart,), (chart,)))


def legend_texts(panel: Chart) -> list[str]:
    legend = axes_of(panel).get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


def lines_along(axes: Axes, points: int) -> list[Line2D]:
    return [line for line in axes.get_lines() if len(np.asarray(line.get_xdata())) == points]


def test_a_curve_is_drawn_through_its_points_with_the_pattern_of_its_role() -> None:
    axes = axes_of(samples.chart())
    (value,) = lines_along(axes, 121)
    (slope,) = lines_along(axes, 5)
    np.testing.assert_array_equal(np.asarray(value.get_ydata()), np.maximum(samples.X, 0))
    assert np.isnan(np.asarray(slope.get_ydata())[2])
    assert value.get_linestyle() == "-"
    assert slope.get_linestyle() == "--"
    assert value.get_color() != slope.get_color()


def test_a_break_has_a_filled_dot_where_the_value_is_and_an_open_one_where_it_is_not() -> None:
    style = STYLES[Theme.LIGHT]
    axes = axes_of(samples.chart())
    dots = {
        float(np.asarray(line.get_ydata())[0]): line
        for line in lines_along(axes, 1)
        if line.get_marker() == "o"
    }
    assert to_rgba(str(dots[0.0].get_markerfacecolor())) == to_rgba(style.hues[1])
    assert to_rgba(str(dots[1.0].get_markerfacecolor())) == to_rgba(style.paper)


def test_symbols_are_not_taken_for_dots_nor_for_those_of_another_curve() -> None:
    assert not set(SYMBOLS) & set("oO.,8hH")
    flat = np.zeros(samples.X.shape)
    dots = tuple(Dot(float(x), 0.0, filled=False) for x in range(-5, 6, 2))
    curves = tuple(PlottedCurve(x=samples.X, y=flat, hue=n, symbols=True, dots=dots) for n in range(3))
    axes = axes_of(Chart(curves=curves, xlim=(-6.0, 6.0), ylim=(-1.0, 1.0)))
    drawn = [np.asarray(line.get_xdata()) for line in axes.get_lines() if line.get_marker() in SYMBOLS[:3]]
    drawn = [x for x in drawn if x.size > 2]  # an axis has an arrow
    assert len(drawn) == 3
    places = np.sort(np.concatenate([*drawn, [dot.x for dot in dots]]))
    assert float(np.diff(places).min()) > 0.2


def test_limits_are_kept() -> None:
    axes = axes_of(samples.chart())
    assert axes.get_xlim() == (-6.0, 6.0)
    assert axes.get_ylim() == (-0.5, 6.3)


def test_axes_run_through_the_origin_or_around() -> None:
    through = axes_of(samples.chart())
    assert through.spines["left"].get_position() == ("data", 0.0)
    assert not through.spines["top"].get_visible()
    around = axes_of(samples.chart(axes=AxesStyle.FRAME, ylabel="y"))
    assert around.spines["top"].get_visible()
    assert (around.get_xlabel(), around.get_ylabel()) == ("x", "y")


def test_the_number_at_the_origin_is_left_out() -> None:
    figure = build(picture(samples.chart()), Look(dpi=50))
    figure.canvas.draw()
    texts = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert "0" not in texts
    assert "−4" in texts


def test_numbers_keep_out_of_the_way_of_curves() -> None:
    curves = tuple(PlottedCurve(x=samples.X, y=1 / (1 + np.exp(-s * samples.X))) for s in (1, -1))
    dip = PlottedCurve(x=samples.X, y=-np.exp(-((samples.X - 2) ** 2)) / 25)
    for whole in (picture(Chart((*curves, dip), (-6.0, 6.0), (-0.1, 1.1))), _in_two_rows(*curves, dip)):
        figure = build(whole, Look(dpi=50))
        figure.canvas.draw()
        axes = figure.axes[0]
        lines = [axes.transData.transform(np.column_stack([curve.x, curve.y])) for curve in (*curves, dip)]
        labels = [label for label in (*axes.get_xticklabels(), *axes.get_yticklabels()) if label.get_text()]
        assert len(labels) > 7
        for label in labels:
            box = label.get_window_extent()
            assert not any(Path(line).intersects_bbox(box, filled=False) for line in lines), label.get_text()
        numbers = {label.get_text(): label.get_window_extent() for label in labels}
        assert numbers["2"].y0 > numbers["4"].y1  # above the axis: the dip is below


def test_a_curve_is_never_interrupted_by_a_number() -> None:
    flat = Chart((PlottedCurve(x=samples.X, y=np.sin(9 * samples.X)),), (-0.1, 0.1), (-1.0, 1.0))
    axes = axes_of(flat)
    (line,) = lines_along(axes, 121)
    assert axes.yaxis.get_zorder() < line.get_zorder()
    assert axes.xaxis.get_zorder() < line.get_zorder()


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([-0.5, 0.0, 0.5], ["−0.5", "0", "0.5"]),
        ([0.0, 8e5, 1e6, 1.2e6], ["0", "8e5", "1e6", "1.2e6"]),
        ([0.0, 5e-5, 1e-4, -1.5e-4], ["0", "5e−5", "1e−4", "−1.5e−4"]),
    ],
)
def test_the_numbers_of_an_axis_have_one_notation(values: list[float], texts: list[str]) -> None:
    assert tick_texts(values) == texts


def test_the_legend_says_what_every_curve_and_pattern_is() -> None:
    legend = axes_of(samples.annotated()).get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        r"ramp(x) = $\max(0, x)$", "ramp′(x)", "second derivative", "saturated", "8 points",
    ]  # fmt: skip


def test_a_heading_of_the_legend_stands_for_no_line() -> None:
    for chart in (samples.family(), samples.family()._replace(keys=((Role.SLOPE, "derivative"),))):
        legend = axes_of(chart).get_legend()
        assert legend is not None
        assert legend.get_title().get_text() == "a·tanh x"
        assert len(legend.get_lines()) == len(chart.keys)


def test_the_legend_lies_above_the_curves() -> None:
    figure = build(picture(samples.annotated()), Look(dpi=50))
    figure.canvas.draw()
    axes = figure.axes[0]
    legend = axes.get_legend()
    assert legend is not None
    box = legend.get_window_extent()
    assert box.y0 >= axes.get_window_extent().y1
    assert box.y1 <= figure.bbox.y1


def test_curves_that_part_at_an_edge_are_named_there_and_others_in_the_legend() -> None:
    parted = axes_of(samples.family())
    assert {text.get_text() for text in parted.texts} >= {"$a = 0.5$", "$a = 1.0$", "$a = 2.0$"}
    together = samples.family()
    same = tuple(
        type(curve)(x=curve.x, y=curve.x, shade=curve.shade, tag=curve.tag) for curve in together.curves
    )
    legend = axes_of(Chart(curves=same, xlim=(-6.0, 6.0), ylim=(-6.0, 6.0))).get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["$a = 0.5$", "$a = 1.0$", "$a = 2.0$"]


def test_the_names_of_curves_keep_off_the_numbers_of_a_frame() -> None:
    chart = samples.family()
    mirrored = tuple(curve._replace(y=np.minimum(curve.y, 0.0)) for curve in chart.curves)
    assert [text for text in axes_of(chart._replace(curves=mirrored)).texts if "a =" in text.get_text()]
    framed = chart._replace(curves=mirrored, axes=AxesStyle.FRAME)
    assert not [text for text in axes_of(framed).texts if "a =" in text.get_text()]
    assert legend_texts(framed) == ["$a = 0.5$", "$a = 1.0$", "$a = 2.0$"]


def test_data_stand_on_the_axis_or_hang_from_it() -> None:
    data = samples.annotated().histogram
    for ylim, base, way in (((-0.5, 6.3), 0.5 / 6.8, 1), ((-6.0, 0.5), 6 / 6.5, -1)):
        axes = axes_of(samples.chart(histogram=data, ylim=ylim))
        (bars,) = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
        heights, _, baseline = bars.get_data()
        assert baseline == pytest.approx(base)
        assert float(np.ptp(np.array([*heights, base]))) == pytest.approx(0.34)
        assert np.all(way * (heights - base) >= 0)


def test_a_title_keeps_off_the_arrow_of_an_axis() -> None:
    chart = samples.chart(title="ramp", legend=False)
    figure = build(Picture(rows=((chart, chart),)), Look(dpi=50))
    figure.canvas.draw()
    axes = figure.axes[0]
    arrow = axes.get_window_extent().y1 + 2.3 * figure.dpi / 72
    assert axes.title.get_window_extent().y0 > arrow


def test_bars_carry_their_numbers() -> None:
    axes = axes_of(samples.bars())
    assert [patch.get_height() for patch in axes.patches] == [1.0, -2.0, 3.0, 0.5, 0.25, 1.0]  # type: ignore[attr-defined]
    assert "−2" in {text.get_text() for text in axes.texts}


def test_a_heat_map_is_white_at_0_and_says_every_entry() -> None:
    axes = axes_of(samples.heat())
    (image,) = axes.get_images()
    assert image.get_clim() == (-0.25, 0.25)
    assert {text.get_text() for text in axes.texts} == {"0.250", "−0.250", "0.000", "−0.100", "0.200"}
    assert image.cmap(0.5)[:3] == pytest.approx((1.0, 1.0, 1.0), abs=0.02)


def test_a_contour_map_spans_its_plane() -> None:
    axes = axes_of(samples.contour())
    (image,) = axes.get_images()
    assert list(image.get_extent()) == [-4.0, 4.0, -4.0, 4.0]


def test_a_picture_has_the_size_asked_for() -> None:
    figure = build(samples.PICTURES["ramp"], Look(size=(3.0, 2.0), dpi=100))
    assert figure.get_size_inches().tolist() == [3.0, 2.0]
    content = encode(samples.PICTURES["ramp"], Look(size=(3.0, 2.0), dpi=100), "png")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (300, 200)


@pytest.mark.parametrize("size", [(0.5, 0.5), (1.0, 0.75), (2.0, 8.0), (20.0, 2.0)])
def test_any_size_can_be_drawn(size: tuple[float, float]) -> None:
    encode(picture(samples.annotated()), Look(size=size, dpi=40), "png")


@pytest.mark.parametrize("theme", list(Theme))
def test_a_theme_has_a_readable_ink_and_colours_that_differ_in_grey_or_symbol(theme: Theme) -> None:
    style = STYLES[theme]
    assert _contrast(style.ink, style.paper) > 12
    assert all(_contrast(hue, style.paper) > 1.9 for hue in style.hues[:4])
    assert len(set(style.hues)) == len(style.hues)


def test_the_hues_differ_for_every_kind_of_colour_vision() -> None:
    # Machado, Oliveira and Fernandes 2009, severity 1: protanopia, deuteranopia, tritanopia.
    sights = (
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    )
    for theme, sight in product((Theme.LIGHT, Theme.DARK), sights):
        seen = [np.clip(np.array(sight) @ _linear(hue), 0, 1) for hue in STYLES[theme].hues[:4]]
        for a, b in combinations(seen, 2):
            assert np.abs(a - b).max() > 0.08


@pytest.mark.parametrize(("name", "form"), list(product(samples.PICTURES, ("png", "svg"))))
def test_the_same_picture_gives_the_same_bytes(name: str, form: str) -> None:
    first, again = (encode(samples.PICTURES[name], Look(dpi=60), form) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("form", FORMATS)
def test_another_process_gives_the_same_bytes(form: str) -> None:
    code = (
        "import sys; from tests.render.samples import PICTURES; from actcli.render.figure import encode;"
        "from actcli.render.records import Look;"
        f"sys.stdout.buffer.write(encode(PICTURES['annotated'], Look(dpi=60), {form!r}))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert other == encode(samples.PICTURES["annotated"], Look(dpi=60), form)


def test_a_pdf_embeds_its_fonts() -> None:
    content = encode(samples.PICTURES["annotated"], Look(), "pdf")
    assert b"/FontFile2" in content
    assert b"/Type3" not in content


def test_files_tell_no_date_and_no_program() -> None:
    svg = encode(samples.PICTURES["ramp"], Look(), "svg")
    assert b"<dc:date>" not in svg
    assert b"Software" not in encode(samples.PICTURES["ramp"], Look(dpi=40), "png")[:400]
    assert b"CreationDate" not in encode(samples.PICTURES["ramp"], Look(), "pdf")


def test_a_transparent_picture_has_no_background() -> None:
    figure = build(samples.PICTURES["ramp"], Look(transparent=True))
    assert figure.patch.get_alpha() == 0.0


def test_drawing_uses_no_pyplot() -> None:
    code = "import sys, actcli.render.figure; print('matplotlib.pyplot' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def _linear(colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _contrast(a: str, b: str) -> float:
    """The ratio of luminances that WCAG 2 defines."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    high, low = sorted((float(_linear(colour) @ weights) for colour in (a, b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


QUANTISED = quantised("int8", 0.1, 5)


def tried(dtype: DType, wrong: float = 1.0) -> Results:
    """Return many numbers of a format, of which those next to some size have an error."""
    places = np.linspace(dtype.ordinal(dtype.least), dtype.ordinal(dtype.largest), 2001).astype(np.int64)
    x = dtype.round(np.unique(dtype.numbers_at(places)))
    ulp = np.where((np.abs(x) > wrong / 2) & (np.abs(x) < wrong * 2), 3.0, 0.25)
    return Results(x, x, ulp)


@pytest.mark.parametrize("size", [(6.4, 3.6), (3.2, 2.2)], ids=str)
@pytest.mark.parametrize(
    ("dtype", "wrong"),
    [
        (FLOAT64, 1e-200),
        (FLOAT64, 1.0),
        (FLOAT32, 1e30),
        (BFLOAT16, 1.0),
        (FLOAT8_E4M3FN, 1.0),
        (FLOAT8_E8M0FNU, 1.0),
        (FLOAT4_E2M1FN, 1.0),
        (QUANTISED, 1.0),
    ],
    ids=str,
)
def test_the_numbers_under_the_errors_of_a_kernel_do_not_touch(
    dtype: DType, wrong: float, size: tuple[float, float]
) -> None:
    figure = errors(tried(dtype, wrong), dtype, Look(size=size, dpi=60), ErrorTexts(), None)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    labels = [label for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]
    assert "0" in {label.get_text() for label in labels}
    assert len(labels) >= (3 if size[0] > 3 else 1)
    boxes = sorted((box.x0, box.x1) for box in (label.get_window_extent() for label in labels))
    assert all(right + 2 < left for (_, right), (left, _) in pairwise(boxes))


def drawn(figure: Figure) -> dict[float, float]:
    """Return where the numbers that are labelled are drawn, by what their labels say."""
    axes, found = figure.axes[0], {}
    for place, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True):
        text = label.get_text().strip("$").replace("−", "-").replace("10^{", "1e").replace("}", "")
        found[float(text)] = float(place)
    return found


def test_every_binade_is_as_wide_as_another() -> None:
    for dtype in (FLOAT16, FLOAT8_E4M3FN):
        at = drawn(errors(tried(dtype, 1e9), dtype, Look(size=(14, 4)), ErrorTexts(), None))
        assert at[0.0] == 0
        assert at[1.0] == -at[-1.0]
        # Between powers of ten lie 3 binades and some of the numbers of a fourth.
        assert at[10.0] - at[1.0] == pytest.approx(3.25, abs=0.13)
        assert at[1.0] - at[0.1] == pytest.approx(3.4, abs=0.13)
    at = drawn(errors(tried(QUANTISED), QUANTISED, Look(), ErrorTexts(), None))
    assert at[10.0] - at[5.0] == pytest.approx(at[5.0] - at[0.0], rel=0.02)


def test_what_is_right_far_out_and_near_zero_is_squeezed() -> None:
    figure = errors(tried(BFLOAT16), BFLOAT16, Look(), ErrorTexts(), None)
    assert "|x| < $10^{-4}$ and |x| > $10^{2}$ squeezed" in figure.axes[0].get_xlabel()
    at = drawn(figure)
    low, high = figure.axes[0].get_xlim()
    assert at[1.0] > 0.4 * high
    results = tried(BFLOAT16, 1e-38)
    whole = errors(results, BFLOAT16, Look(), ErrorTexts(), None).axes[0]
    assert "squeezed" not in whole.get_xlabel()
    places = np.concatenate([line.get_xdata() for line in whole.lines[:3]])
    assert len(places) >= len(results.x)
    assert low < 0 < high


def test_what_is_no_number_is_marked_at_the_top() -> None:
    x = np.array([-np.inf, -1.0, 0.5, 1.0, 2.0, 3.0, np.nan, np.inf])
    got = np.array([np.nan, 1.0, np.inf, 5.0, np.nan, 3.0, 1.0, np.inf])
    ulp = np.array([np.inf, 0.0, 1e30, np.inf, np.inf, 2.0, np.inf, 0.0])
    axes = errors(Results(x, got, ulp), FLOAT32, Look(), ErrorTexts(limit="limit 1"), 1.0).axes[0]
    legend = axes.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["NaN (2)", "inf (1)", "a number where NaN is due (1)"]
    assert axes.get_ylim()[1] < 10
    assert {"limit 1", "½"} == {text.get_text() for text in axes.texts}


def test_labels_of_lines_do_not_touch() -> None:
    for limit, labels in ((0.5, {"limit"}), (0.52, {"limit"}), (3.0, {"limit", "½"}), (None, {"½"})):
        axes = errors(tried(FLOAT16), FLOAT16, Look(), ErrorTexts(limit="limit"), limit).axes[0]
        assert {text.get_text() for text in axes.texts} == labels


@pytest.mark.parametrize("theme", Theme)
def test_dots_are_coloured_by_what_they_are(theme: Theme) -> None:
    x = np.array([1.0, 2.0, 3.0])
    results = Results(x, x, np.array([0.5, 0.75, 2.0]))
    axes = errors(results, FLOAT16, Look(theme=theme), ErrorTexts(), 1.0).axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert [np.asarray(line.get_ydata()).tolist() for line in dots] == [[0.5], [0.75], [2.0]]
    assert len({to_rgba(line.get_color()) for line in dots}) == 3


@pytest.mark.parametrize("limit", [None, 1.0, FLOAT64.largest])
@pytest.mark.parametrize("sizes", [(1.0, 1e308, FLOAT64.largest), (0.1, np.inf, 9e15)])
def test_errors_of_the_largest_float64_are_drawn(sizes: tuple[float, ...], limit: float | None) -> None:
    x = np.array([1.0, -FLOAT64.largest, FLOAT64.largest])
    content = write_errors(
        Results(x, x, np.array(sizes)), FLOAT64, Look(dpi=50), "svg", ErrorTexts("A title", "a note"), limit
    )
    assert content.startswith(b"<?xml")


def test_nothing_is_drawn_of_nothing() -> None:
    none = np.empty(0)
    for dtype in DTYPES:
        assert errors(Results(none, none, none), dtype, Look(), ErrorTexts(), 1.0).axes

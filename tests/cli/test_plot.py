"""`plot`: files whole and of the form asked for, previews where somebody looks, errors that help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from actcli.cli import layouts, pictures, vector_pictures
from actcli.cli.app import main
from actcli.cli.functions import Chosen, choose
from actcli.cli.pictures import Wanted
from actcli.core import registry
from actcli.core.spec import Activation, KinkRule, VectorActivation
from actcli.render.figure import build
from actcli.render.records import AxesStyle, Bars, Chart, Contour, Heat, Look, Role, Symbol, picture
from tests.cli.processes import COMMAND, ROOT, environment, in_terminal

PNG, SVG, PDF = b"\x89PNG\r\n\x1a\n", b"<?xml", b"%PDF-"
LOGITS = str(ROOT / "tests" / "digits" / "logits.csv")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def chart(*names: str, **wanted: object) -> Chart:
    return pictures.chart([choose(name) for name in names], Wanted(**wanted))  # type: ignore[arg-type]


@pytest.mark.core
def test_a_plot_is_a_file_of_the_functions_name(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", "elu", "--alpha", "1", "--dpi", "40"]) == 0
    assert Path("elu.png").read_bytes().startswith(PNG)
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in Path().iterdir()] == ["elu.png"]


@pytest.mark.core
@pytest.mark.parametrize(("name", "magic"), [("a.png", PNG), ("a.svg", SVG), ("a.pdf", PDF), ("a.PNG", PNG)])
def test_the_extension_decides_the_form(name: str, magic: bytes) -> None:
    assert main(["plot", "relu", "-o", name]) == 0
    assert Path(name).read_bytes().startswith(magic)


@pytest.mark.parametrize(("file", "written"), [([], "relu.svg"), (["-o", "picture"], "picture")])
def test_the_form_may_be_named(file: list[str], written: str) -> None:
    assert main(["plot", "relu", "-f", "svg", *file]) == 0
    assert Path(written).read_bytes().startswith(SVG)


def test_the_form_named_is_what_the_file_gets_as_in_eval(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", "relu", "-f", "svg", "-o", "x.png"]) == 0
    assert Path("x.png").read_bytes().startswith(SVG)
    assert main(["eval", "relu", "1", "-f", "ndjson", "-o", "x.csv"]) == 0
    assert Path("x.csv").read_text().startswith("{")
    assert main(["plot", "-h"]) == 0
    assert "png, svg or pdf, whatever FILE is called" in capfd.readouterr().out


@pytest.mark.core
@pytest.mark.parametrize("form", ["png", "svg"])
def test_two_runs_write_the_same_bytes(form: str) -> None:
    for name in ("a", "b"):
        subprocess.run([*COMMAND, "plot", "gelu", "-o", f"{name}.{form}"], env=environment(), check=True)
    assert Path(f"a.{form}").read_bytes() == Path(f"b.{form}").read_bytes()


def test_a_pipe_gets_the_bytes_and_a_terminal_does_not() -> None:
    piped = subprocess.run(
        [*COMMAND, "plot", "relu", "-o", "-"], env=environment(), capture_output=True, check=True
    )
    assert piped.stdout.startswith(PNG)
    assert piped.stderr == b""
    code, shown = in_terminal("plot", "relu", "-o", "-")
    assert code == 2
    assert "--term" in shown


def test_a_terminal_gets_the_file_and_a_preview() -> None:
    code, shown = in_terminal("plot", "gelu")
    assert code == 0
    assert Path("gelu.png").exists()
    assert "gelu′(x)" in shown
    assert shown.endswith("gelu.png\n")
    assert "⠒" in shown


def test_no_preview_is_shown_when_it_is_not_wanted_or_a_file_is_named() -> None:
    assert in_terminal("plot", "gelu", "--no-preview") == (0, "gelu.png\n")
    assert in_terminal("plot", "gelu", "-o", "x.png") == (0, "")


def test_a_preview_alone_writes_no_file_and_is_plain_in_a_pipe() -> None:
    run = subprocess.run(
        [*COMMAND, "plot", "gelu", "--term"], env=environment(), capture_output=True, check=True
    )
    text = run.stdout.decode()
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert not list(Path().iterdir())


def test_the_preview_is_there_even_without_matplotlib() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from actcli.cli.app import main; sys.exit(main(['plot', 'gelu', '--term']))"
    )
    run = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, check=False)
    assert run.returncode == 0
    assert "gelu′(x)" in run.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["geluu"], "did you mean"),
        ([], "no function given"),
        (["gelu", "--all"], "name none"),
        (["gelu", "-o", "x.bmp"], "png, svg or pdf"),
        (["gelu", "-f", "jpg"], "png, svg or pdf"),
        (["softmax", "--mark", "extrema"], "functions of a number"),
        (["gelu", "--range", "3"], "not A:B"),
        (["gelu", "--range", "3:-3"], "not A:B"),
        (["gelu", "--range", "0:inf"], "too wide"),
        (["gelu", "--range", "-1e308:1e308"], "too wide"),
        (["gelu", "--range", "0:1e-300"], "at least A + 1e-280"),
        (["gelu", "--range", "1:1.0000000000001"], "at least A + 1e-12"),
        (["gelu", "--range", "0:1.1e300"], "at most A + 1e+300"),
        (["gelu", "--title", r"$\nosuch$"], "no formula"),
        (["gelu", "--size", "100x100", "--dpi", "2400"], "memory"),
        (["gelu", "--mark", "extremas"], "did you mean 'extrema'"),
        (["gelu", "--size", "big"], "not WIDTHxHEIGHT"),
        (["gelu", "--size", "0x0"], "too small"),
        (["elu", "--alpha", "1,x"], "'x'"),
        (["elu", "celu", "--alpha", "1,2"], "one function"),
        (["gelu", "softmax"], "function of a vector"),
        (["softmax", "--piece", "1,0"], "maxout"),
        (["gelu", "--piece", "1,0"], "maxout"),
        (["maxout", "--piece", "1"], "a weight and a bias"),
        (["maxout", "--piece", "nan,1"], "finite numbers"),
        (["maxout", "--piece", "1,inf", "--piece", "1,1"], "finite numbers"),
        (["elu", "--alpha", ","], "'' is missing"),
        (["elu", "--alpha", "1,"], "'' is missing"),
        (["acosh", "--range", "-3:0"], "not defined"),
        (["gelu", "relu", "--points", LOGITS], "one function"),
        (["swiglu", "--term"], "only curves"),
        (["elu", "--nosuch", "1"], "--nosuch"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_line(
    arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["exponential", "--range", "-1:1000"], "actcli: note: values above 531 are not drawn\n"),
        (["sinh", "--range", "-20:20"], "actcli: note: values below −22.4 or above 22.4 are not drawn\n"),
        (["exponential", "sinh", "--range", "-100:100", "--layout", "grid"],
         "actcli: note: values outside of the charts are not drawn\n"),
        (["gelu", "--range", "-1:1000"], ""),
        (["exponential"], ""),
    ],
)  # fmt: skip
def test_values_that_a_range_leaves_out_are_told_of(
    arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", *arguments, "--dpi", "40"]) == 0
    assert capfd.readouterr().err == told


def test_a_file_that_cannot_be_written_is_an_error_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", "relu", "-o", "nowhere/x.png", "--dpi", "40"]) == 3
    assert "nowhere/x.png" in capfd.readouterr().err


def test_one_function_has_a_hue_for_each_order_and_its_formula_in_the_legend() -> None:
    one = chart("elu:alpha=0.5", orders=(0, 1, 2))
    assert [(curve.role, curve.hue) for curve in one.curves] == [
        (Role.VALUE, 0), (Role.SLOPE, 1), (Role.CURVATURE, 2),
    ]  # fmt: skip
    assert r"\alpha" in one.curves[0].label
    assert r"$\alpha = 0.5$" in one.curves[0].label
    assert [curve.label for curve in one.curves[1:]] == ["elu′(x)", "elu″(x)"]


def test_several_functions_have_a_hue_and_a_symbol_each() -> None:
    several = chart("relu", "elu:alpha=0.5", "tanh")
    assert [curve.hue for curve in several.curves if curve.role is Role.VALUE] == [0, 1, 2]
    assert all(curve.symbols for curve in several.curves)
    assert several.keys == ((Role.SLOPE, "derivative"),)


def test_a_family_is_graded_and_each_member_named() -> None:
    members = [choose(f"elu:alpha={value}") for value in (0.1, 0.5, 1)]
    family = pictures.family(members, "alpha", Wanted())
    values = [curve for curve in family.curves if curve.role is Role.VALUE]
    assert [curve.shade for curve in values] == [0.0, 0.5, 1.0]
    assert [curve.tag for curve in values] == [rf"$\alpha = {value}$" for value in ("0.1", "0.5", "1")]
    assert family.heading.startswith("elu(x) = ")
    assert family.keys == ((Role.SLOPE, "derivative"),)


def test_values_with_commas_draw_a_family(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", "leaky_relu", "--alpha", "0.1,0.5", "--dpi", "40"]) == 0
    assert capfd.readouterr().err == ""
    assert Path("leaky_relu.png").exists()


def test_marks_are_where_things_happen() -> None:
    marked = chart("hard_swish", marks=frozenset({Symbol.EXTREMUM, Symbol.KINK}))
    found = {(mark.symbol, mark.x) for mark in marked.marks}
    assert found == {(Symbol.EXTREMUM, -1.5), (Symbol.KINK, -3.0), (Symbol.KINK, 3.0)}
    (low,) = chart("gelu", marks=frozenset({Symbol.EXTREMUM})).marks
    assert (low.x, low.y) == pytest.approx((-0.7517915246935645, -0.16997120747990369))


def test_an_asymptote_runs_along_its_whole_side_of_0() -> None:
    for low, high, left in ((-6.0, 6.0, 0.0), (1.0, 6.0, 1.0), (-1.0, 6.0, 0.0)):
        (guide,) = chart("gelu", range=(low, high)).guides
        assert (guide.slope, guide.left, guide.right) == (1.0, left, high)


def test_saturation_is_shaded_where_the_slope_is_small() -> None:
    shaded = chart("sigmoid", saturation=0.1)
    (left, right) = shaded.bands
    at = np.log((0.5 + np.sqrt(0.15)) / (0.5 - np.sqrt(0.15)))  # σ(1 − σ) = 0.1
    assert left.high == pytest.approx(-at)
    assert right.low == pytest.approx(at)
    assert "0.1" in shaded.band_label


def test_points_are_counted_as_saturated_and_dead() -> None:
    Path("x.csv").write_text("x,y\n-1,5\n-2,5\n3,5\n4,5\n")
    assert main(["plot", "relu", "--points", "x.csv", "-c", "x", "--dpi", "40"]) == 0
    from actcli.cli.pictures import histogram

    relu = registry.get("relu")
    assert isinstance(relu, Activation)
    drawn = histogram(relu, {}, np.array([-1.0, -2.0, 3.0, 40.0]), -6.0, 6.0, 0.01)
    assert drawn.label.startswith("4 points: 50.0% with |f′| < 0.01, 50.0% dead")
    assert drawn.label.endswith("25.0% outside")
    assert drawn.shares.sum() == pytest.approx(0.75)


def test_layouts_put_derivatives_below() -> None:
    two = [choose("relu"), choose("tanh")]
    rows = layouts.rows(two, Wanted())
    assert [len(row) for row in rows.rows] == [1, 1]
    grid = layouts.grid(two, Wanted(orders=(0, 1, 2)))
    assert [len(row) for row in grid.rows] == [2, 2, 2]
    hues = [panel.curves[0].hue for panel in grid.rows[1] if isinstance(panel, Chart)]
    assert hues == [0, 1]


def test_a_comparison_shows_the_difference_on_a_scale_of_its_own() -> None:
    whole = layouts.comparison(choose("gelu"), choose("gelu_tanh"), Wanted())
    (_,), (below,) = whole.rows
    assert isinstance(below, Chart)
    assert float(np.abs(below.curves[0].y).max()) == pytest.approx(4.7e-4, rel=0.02)
    assert below.ylim[1] < 1e-3
    (_,), (in_ulp,) = layouts.comparison(choose("gelu"), choose("gelu_tanh"), Wanted(), ulp=True).rows
    assert isinstance(in_ulp, Chart)
    assert in_ulp.logarithmic


def test_softmax_is_drawn_as_bars_and_its_jacobian_as_a_heat_map() -> None:
    softmax = registry.get("softmax")
    assert isinstance(softmax, VectorActivation)
    x = np.array([1.0, 2.0, 3.0])
    (inputs,), (outputs,) = vector_pictures.softmax_bars(x, softmax, (0.5, 1.0)).rows
    assert isinstance(inputs, Bars)
    assert isinstance(outputs, Bars)
    assert [name for name, _ in outputs.series] == ["T = 0.5", "T = 1"]
    assert [float(heights.sum()) for _, heights in outputs.series] == pytest.approx([1.0, 1.0])
    ((heat,),) = vector_pictures.jacobian_map(x, Chosen(softmax, {})).rows
    assert isinstance(heat, Heat)
    assert heat.matrix.sum(axis=1) == pytest.approx(0.0, abs=1e-15)


def test_softmax_of_two_classes_is_the_sigmoid() -> None:
    panel = vector_pictures.panel(choose("softmax"), Wanted())
    assert isinstance(panel, Chart)
    sigmoid = 1 / (1 + np.exp(-panel.curves[0].x))
    np.testing.assert_allclose(panel.curves[0].y, sigmoid, rtol=1e-14)


def test_a_vector_is_named_with_true_minus_signs() -> None:
    for name in ("normalize", "standardize"):
        panel = vector_pictures.panel(choose(name), Wanted())
        assert isinstance(panel, Chart)
        assert panel.curves[0].label == f"{name}(x, 1, −1)$_1$"


def test_a_narrow_view_of_a_vectors_function_shows_its_curves() -> None:
    panel = vector_pictures.panel(choose("softmax"), Wanted(range=(0.0, 1e-10)))
    assert isinstance(panel, Chart)
    assert panel.ylim[0] < -0.25
    assert panel.ylim[1] > 0.5


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        (KinkRule.MIN_NORM, {0.0}),
        (KinkRule.LEFT, {-0.5}),
        (KinkRule.RIGHT, {1.0}),
        (KinkRule.NAN, set()),
    ],
)
def test_maxout_of_pieces_breaks_its_derivative_where_another_piece_wins(
    rule: KinkRule, held: set[float]
) -> None:
    panel = vector_pictures.affine_pieces(choose("maxout"), [(1.0, 0.0), (-0.5, 1.0)], Wanted(kink=rule))
    (slope,) = [curve for curve in panel.curves if curve.role is Role.SLOPE]
    assert [dot.x for dot in slope.dots] == pytest.approx([2 / 3] * len(slope.dots))
    assert {dot.y for dot in slope.dots} == {-0.5, 1.0} | held
    assert {dot.y for dot in slope.dots if dot.filled} == held
    assert set(slope.y[slope.x < 0.6].tolist()) == {-0.5}
    assert set(slope.y[slope.x > 0.7].tolist()) == {1.0}


def test_pieces_too_large_for_a_double_are_drawn_as_far_as_they_go() -> None:
    panel = vector_pictures.affine_pieces(choose("maxout"), [(1e308, 1e308), (1.0, 0.0)], Wanted())
    assert np.isinf(panel.curves[0].y).any()


def test_maxout_bends_only_where_its_largest_piece_changes() -> None:
    three = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (-1.0, -3.0), (1.0, 0.0)]
    panel = vector_pictures.affine_pieces(choose("maxout"), three, Wanted())
    (slope,) = [curve for curve in panel.curves if curve.role is Role.SLOPE]
    assert [(dot.x, dot.y, dot.filled) for dot in slope.dots] == [
        (-3.0, -1.0, False), (-3.0, 0.0, True), (0.0, 0.0, True), (0.0, 2.0, False),
    ]  # fmt: skip


def test_pieces_are_named_as_people_write_them() -> None:
    given = [(1.0, 0.0), (-1.0, 2.0), (-0.5, -1.0), (0.0, -3.0), (1.5, 1.0), (0.0, 0.0), (10.0, 0.0)]
    tags = [
        curve.tag
        for curve in vector_pictures.affine_pieces(choose("maxout"), given, Wanted()).curves
        if curve.tag
    ]
    assert tags == ["x", "−x + 2", "−0.5x − 1", "−3", "1.5x + 1", "0", "10x"]


def test_a_gate_is_a_contour_map() -> None:
    panel = vector_pictures.panel(choose("glu"), Wanted())
    assert isinstance(panel, Contour)
    assert panel.z[40, 80] == pytest.approx(4.0 * 0.5)  # a = 4, b = 0


@pytest.mark.parametrize("entry", registry.entries(), ids=lambda entry: entry.name)
def test_every_function_is_drawn_without_a_warning(entry: Activation | VectorActivation) -> None:
    wanted = Wanted(orders=(0, 1, 2), axes=AxesStyle.FRAME)
    if isinstance(entry, Activation):
        panel: Chart | Contour | Bars | Heat = pictures.chart([Chosen(entry, {})], wanted)
    else:
        panel = vector_pictures.panel(Chosen(entry, {}), wanted._replace(orders=(0, 1)))
    figure = build(picture(panel), Look(dpi=20))
    figure.draw_without_rendering()
    legend = figure.axes[0].get_legend()
    for text in legend.get_texts() if legend else ():
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1 + 1  # a pixel, of 20 to the inch


def test_all_functions_fit_on_a_sheet_or_into_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [registry.get(name) for name in ("relu", "sigmoid", "softmax", "glu")]
    monkeypatch.setattr(registry, "entries", lambda: tuple(some))
    assert main(["plot", "--all", "-o", "sheet.png", "--dpi", "40"]) == 0
    assert main(["plot", "--all", "-o", "folder/", "--dpi", "40"]) == 0
    assert sorted(path.name for path in Path("folder").iterdir()) == [
        f"{e.name}.png" for e in sorted(some, key=lambda e: e.name)
    ]
    assert Path("sheet.png").exists()

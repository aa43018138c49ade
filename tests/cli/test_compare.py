"""`compare`: values side by side, properties, depth, distances."""

from __future__ import annotations

import csv
import json
import math
import re
from typing import TYPE_CHECKING

import pytest

from actcli.cli.app import main
from tests.cli.processes import actcli, shell

if TYPE_CHECKING:
    from pathlib import Path

Run = pytest.CaptureFixture[str]


def rows(capfd: Run, *arguments: str) -> list[dict[str, str]]:
    """Run `compare` and return the rows of its CSV."""
    assert main(["compare", *arguments, "-f", "csv"]) == 0, capfd.readouterr().err
    header, *lines = capfd.readouterr().out.splitlines()
    return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]


def text(capfd: Run, *arguments: str) -> str:
    assert main(["compare", *arguments, "-f", "md"]) == 0, capfd.readouterr().err
    return capfd.readouterr().out


def fails(capfd: Run, *arguments: str, code: int = 2) -> str:
    assert main(["compare", *arguments]) == code
    error = capfd.readouterr().err
    assert error.startswith("actcli: ")
    assert error.count("\n") == 1
    return error


def test_values_stand_side_by_side(capfd: Run) -> None:
    found = rows(capfd, "relu", "leaky_relu:negative_slope=0.2", "-1", "2", "--grad")
    assert list(found[0]) == [
        "x",
        "relu",
        "relu_grad",
        "leaky_relu:negative_slope=0.2",
        "leaky_relu:negative_slope=0.2_grad",
    ]
    assert [list(map(float, row.values())) for row in found] == [[-1, 0, 0, -0.2, 0.2], [2, 2, 1, 2, 1]]


def test_points_come_from_a_range_a_file_or_stdin(capfd: Run, tmp_path: Path) -> None:
    assert len(rows(capfd, "relu", "elu", "--range", "-1:1:5")) == 5
    table = tmp_path / "t.csv"
    table.write_text("name,h\na,-1\nb,2\n")
    found = rows(capfd, "relu", "identity", "-i", str(table), "-c", "h")
    assert [(row["name"], float(row["relu"])) for row in found] == [("a", 0.0), ("b", 2.0)]
    piped = shell("printf '1\\n2\\n' | actcli compare relu tanh -i -")
    assert piped.stdout.splitlines()[0] == "x,relu,tanh"


def test_without_points_it_measures_and_never_waits(capfd: Run) -> None:
    done = actcli("compare", "sigmoid", "tanh")  # stdin is a pipe that says nothing
    assert done.returncode == 0
    header, sigmoid, tanh = done.stdout.splitlines()
    found = dict(zip(header.split(","), sigmoid.split(","), strict=True))
    assert (found["max_slope"], found["max_slope_at"]) == ("0.25", "0.0")
    assert (found["zero_centred"], found["monotone"]) == ("no", "increasing")
    assert ",yes," in tanh
    assert capfd.readouterr().out == ""


def test_what_waits_on_stdin_is_not_passed_over_in_silence() -> None:
    for line in ("seq 3 | { sleep 0.2; actcli compare relu; }", "actcli compare relu <<< 3"):
        assert "-i - reads it" in shell(line).stderr
    for line in ("actcli compare relu", "true | actcli compare relu", "seq 3 | actcli compare relu -i -"):
        assert shell(line).stderr == ""


def test_properties_in_words(capfd: Run) -> None:
    page = text(capfd, "silu", "relu", "--properties")
    for words in ("−0.278465", "1.09984 at 2.39936", "kink at 0", "non-decreasing", "x < −6.26139"):
        assert words in page
    assert "cost, relu = 1" in page


def test_what_is_not_proved_is_not_shown(capfd: Run) -> None:
    page = text(capfd, "sin(1/x)", "x*sin(x)", "--properties")
    for name in ("range", r"largest \|f′\|", "Lipschitz constant"):
        assert f"| {name} | not found | not found |" in page


def test_a_threshold_moves_where_it_saturates(capfd: Run) -> None:
    (row,) = rows(capfd, "tanh", "--saturation", "0.1")
    assert math.tanh(float(row["saturates_above"])) ** 2 == pytest.approx(0.9, rel=1e-14)


def test_depth_is_the_vanishing_gradient(capfd: Run) -> None:
    found = rows(capfd, "sigmoid", "relu", "--depth", "10")
    assert [int(row["layers"]) for row in found] == list(range(1, 11))
    assert float(found[-1]["sigmoid_best"]) == 0.25**10
    assert float(found[-1]["relu_best"]) == 1.0
    assert float(found[1]["relu_rms"]) == pytest.approx(0.5, rel=1e-12)


def test_the_table_fits_eighty_columns() -> None:
    given = ["relu", "leaky_relu:negative_slope=0.2", "elu:alpha=2"]
    for more in ((), ("--grad",)):
        shown = actcli("compare", *given, *more, "-f", "table")
        assert shown.returncode == 0
        assert max(map(len, shown.stdout.splitlines())) <= 80


def test_distance_overall_by_region_and_by_dtype(capfd: Run) -> None:
    found = rows(capfd, "gelu", "gelu_tanh", "--distance", "--range", "-6:6:1201")
    overall = found[0]
    assert (overall["part"], overall["points"]) == ("all", "1201")
    assert float(overall["max_absolute"]) == pytest.approx(4.7e-4, rel=0.02)
    regions = [row for row in found if row["part"] == "region"]
    assert sum(int(row["points"]) for row in regions) == 1201
    assert max(float(row["max_absolute"]) for row in regions) == float(overall["max_absolute"])
    dtypes = {row["dtype"]: int(row["differing"]) for row in found if row["part"] == "dtype"}
    assert dtypes["float8_e4m3fn"] == 0  # there the two cannot be told apart
    assert dtypes["bfloat16"] > 0


def test_a_distance_of_nothing(capfd: Run) -> None:
    (overall, *_) = rows(capfd, "silu", "swish:beta=1", "--distance", "--dtype", "float16")
    assert (overall["differing"], overall["max_ulp"]) == ("0", "0.0")


def test_several_functions_make_a_matrix(capfd: Run) -> None:
    assert len(rows(capfd, "gelu", "silu", "mish", "--distance", "--range", "-3:3:101")) == 3
    page = text(capfd, "gelu", "silu", "mish", "--distance", "--range", "-3:3:101")
    assert page.count("max ULP") == 1


def test_checks_end_with_1_and_say_by_what(capfd: Run) -> None:
    line = fails(capfd, "silu", "hard_swish", "--range", "-4:4:801", "--max-abs", "0.1", code=1)
    assert "silu and hard_swish" in line
    assert "more than --max-abs 0.1 allows" in line
    assert main(["compare", "silu", "hard_swish", "--range", "-4:4:801", "--max-abs", "0.2"]) == 0


def test_slopes_can_be_compared_too(capfd: Run) -> None:
    (overall, *_) = rows(capfd, "relu", "leaky_relu", "--distance", "--grad", "-1", "1")
    assert float(overall["max_absolute"]) == 0.01


def test_json_has_numbers_for_numbers(capfd: Run) -> None:
    assert main(["compare", "relu", "tanh", "-f", "json"]) == 0
    relu, tanh = json.loads(capfd.readouterr().out)
    assert relu["function"] == "relu"
    assert tanh["max_slope"] == 1.0
    assert relu["range_high"] == "Infinity"


def test_the_difference_is_drawn(capfd: Run, tmp_path: Path) -> None:
    picture = tmp_path / "d.svg"
    assert main(["compare", "gelu", "gelu_tanh", "--plot", str(picture), "--range", "-4:4"]) == 0
    assert picture.read_text().startswith("<?xml")
    assert capfd.readouterr().out == ""
    assert "two functions" in fails(capfd, "gelu", "silu", "mish", "--plot", str(picture))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["softmax", "relu"], "softmax takes a vector"),
        (["relu", "relu"], "relu is given twice"),
        (["1", "2"], "no function given"),
        (["relu", "--distance"], "a distance takes two functions"),
        (["relu", "rleu"], "did you mean 'relu'?"),
        (["relu", "elu:alpha=x"], "'x' is not a number"),
    ],
)
def test_bad_usage_is_told_in_one_line(capfd: Run, arguments: list[str], said: str) -> None:
    assert said in fails(capfd, *arguments)


@pytest.mark.parametrize(
    "line",
    [
        "relu gelu",
        "relu sin(x)",
        "elu:alpha=0.123456 gelu --properties",
        "relu gelu --depth 3",
        "relu gelu --distance",
        "relu gelu elu --distance",
        "relu gelu 0.123456 1 --grad",
    ],
)
@pytest.mark.parametrize("form", ["md", "csv", "json"])
def test_every_number_has_the_places_asked_for(capfd: Run, line: str, form: str) -> None:
    assert main(["compare", *line.split(" "), "--decimals", "2", "-f", form]) == 0
    numbers = re.findall(r"[0-9]+[.][0-9]+", capfd.readouterr().out.replace("0.123456", ""))
    assert {len(number.partition(".")[2]) for number in numbers if len(number) < 16} == {2}


def test_places_that_stand_in_words_are_rounded(capfd: Run) -> None:
    assert main(["compare", "relu", "gelu", "--decimals", "2", "-f", "csv"]) == 0
    relu, gelu = csv.DictReader(capfd.readouterr().out.splitlines())
    assert relu["zeros"] == "-inf:0.00"
    assert (gelu["zeros"], gelu["extrema"], gelu["extreme_values"]) == ("0.00", "-0.75", "-0.17")
    assert main(["compare", "relu", "gelu", "--precision", "3", "-f", "md"]) == 0
    assert "| [0, ∞) | [−0.17, ∞) |" in capfd.readouterr().out
    assert main(["compare", "relu", "gelu", "--decimals", "1", "-f", "md"]) == 0
    told = capfd.readouterr().out
    assert "| [0.0, ∞) | [−0.2, ∞) |" in told
    assert "| dead share | 50.0 % | 0.0 % |" in told
    assert "| extrema | none | −0.8 |" in told

"""`eval` and `grad`: the columns that come out, from arguments, ranges and tables."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import pytest

from actcli.cli.app import main
from actcli.core import registry
from tests.cli.processes import actcli, shell

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

Run = pytest.CaptureFixture[str]


def columns(capfd: Run, *arguments: str) -> dict[str, list[float]]:
    """Run the program and return the columns of the CSV that it writes."""
    assert main([*arguments, "-f", "csv"]) == 0, capfd.readouterr().err
    header, *rows = capfd.readouterr().out.splitlines()
    cells = zip(*(map(float, row.split(",")) for row in rows), strict=True)
    return dict(zip(header.split(","), map(list, cells), strict=True))


def fails(capfd: Run, *arguments: str) -> str:
    """Run the program on bad usage and return the line that it writes to stderr."""
    assert main(arguments) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("actcli: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_negative_numbers_are_just_numbers(capfd: Run) -> None:
    given = ["-1", "-1e-3", "-.5", "-inf", "-Infinity", "-0", "-2.5E+1", ".5", "+1", "inf"]
    found = columns(capfd, "eval", "identity", *given)
    assert found["x"] == [float(x) for x in given]
    assert math.isnan(columns(capfd, "eval", "relu", "-nan")["relu"][0])


def test_a_minus_zero_stays_one(capfd: Run) -> None:
    assert math.copysign(1, columns(capfd, "eval", "identity", "-0")["identity"][0]) == -1


def test_numbers_and_options_go_in_any_order(capfd: Run) -> None:
    assert columns(capfd, "eval", "elu", "--alpha", "-2", "-1")["elu"] == [2 * (1 - math.exp(-1))]
    assert columns(capfd, "eval", "--alpha=-2", "elu", "-1")["elu"] == [2 * (1 - math.exp(-1))]


@pytest.mark.parametrize("typo", ["--alpa", "-z", "--prescision", "--1x", "-e"])
def test_typos_are_still_caught(capfd: Run, typo: str) -> None:
    assert f"no option {typo}" in fails(capfd, "eval", "elu", "1", typo, "2")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("eval", "elu", "1", "--alpa", "2"), "did you mean '--alpha'?"),
        (("eval", "elu", "1", "--al", "2"), "did you mean '--alpha'?"),
        (("eval", "gelu", "1", "--prec", "2"), "did you mean '--precision'?"),
        (("eval", "leaky_relu", "1", "--slope", "2"), "did you mean '--negative-slope'?"),
        (("softmax", "1", "2", "--temp", "2"), "did you mean '--temperature'?"),
        (("compare", "relu", "elu", "--alp", "2"), "did you mean '--alpha'?"),
        (("plot", "gelu", "--xlim", "0:1"), "actcli plot --help lists them"),
        (("relu", "1"), "actcli eval relu"),
        (("evl", "relu", "1"), "did you mean 'eval'?"),
    ],
)
def test_what_was_meant_is_named_and_can_be_had(capfd: Run, words: tuple[str, ...], meant: str) -> None:
    assert meant in fails(capfd, *words)


def test_a_parameter_is_given_once(capfd: Run) -> None:
    assert "alpha is given twice" in fails(capfd, "eval", "elu:alpha=1,alpha=2", "1")


@pytest.mark.parametrize("name", ["out.docx", "out.png", "out.xyz.gz", "out.txt", "out.npz"])
def test_an_extension_that_no_format_has_is_an_error(capfd: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    assert "no format goes by" in fails(capfd, "eval", "relu", "1", "-o", str(file))
    assert not file.exists()
    assert main(["eval", "relu", "1", "-f", "csv", "-o", str(file)]) == 0
    assert main(["eval", "relu", "1", "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text() == "x,relu\n1.0,1.0\n"


@pytest.mark.parametrize(("name", "form"), [("jsonl", "ndjson"), ("markdown", "md"), ("MD", "md")])
def test_an_extension_is_a_name_of_its_format(capfd: Run, name: str, form: str) -> None:
    assert main(["eval", "relu", "1", "-f", name]) == main(["eval", "relu", "1", "-f", form]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]
    assert "no format 'txt' can be written" in fails(capfd, "eval", "relu", "1", "-f", "txt")


def test_files_after_one_input_are_no_numbers(capfd: Run, tmp_path: Path) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    for file in (a, b):
        file.write_text("x\n1\n")
    assert f"is not a number (an -i before each file: -i {b})" in fails(
        capfd, "eval", "relu", "-i", str(a), str(b)
    )
    assert "numbers and -i do not go together" in fails(capfd, "eval", "relu", "-i", str(a), "1")


@pytest.mark.parametrize("bad", ["1e400", "-1e400", "abc", "1_000", "-1x", "0x10", ""])
def test_what_is_no_number_is_named(capfd: Run, bad: str) -> None:
    assert repr(bad) in fails(capfd, "eval", "relu", bad)


def test_parameters_are_options_and_part_of_the_name(capfd: Run) -> None:
    as_option = columns(capfd, "eval", "leaky_relu", "-1", "--negative-slope", "0.2")
    as_part = columns(capfd, "eval", "leaky-relu:negative_slope=0.2", "-1")
    assert as_option == as_part == {"x": [-1.0], "leaky_relu": [-0.2]}


def test_an_option_goes_before_what_stands_in_the_name(capfd: Run) -> None:
    both = columns(capfd, "eval", "elu:alpha=1", "-1", "--alpha", "2")
    assert both == columns(capfd, "eval", "elu", "-1", "--alpha", "2")


def test_a_parameter_of_another_function_is_an_error_that_names_what_there_is(capfd: Run) -> None:
    assert "elu has no parameter 'beta' (it has alpha)" in fails(capfd, "eval", "elu", "1", "--beta", "2")
    assert "(it has none)" in fails(capfd, "eval", "relu", "1", "--alpha", "2")


def test_every_parameter_of_every_function_is_an_option(capfd: Run) -> None:
    for entry in registry.elementwise():
        for param in entry.params:
            found = columns(capfd, "eval", entry.name, "0.5", param.option, repr(param.default))
            assert list(found) == ["x", entry.name]


def test_an_unknown_function_has_a_nearest_one(capfd: Run) -> None:
    assert "did you mean 'gelu'?" in fails(capfd, "eval", "gellu", "1")
    assert "did you mean 'leaky_relu'?" in fails(capfd, "eval", "leaky", "1")
    assert "did you mean 'gelu_tanh'?" in fails(capfd, "eval", "geluu_tanh", "1")


def test_a_range_has_both_ends(capfd: Run) -> None:
    assert columns(capfd, "eval", "identity", "--range", "-6:6:25")["x"] == [x / 2 for x in range(-12, 13)]


def test_a_range_of_any_length_streams(capfd: Run) -> None:
    found = columns(capfd, "eval", "identity", "--range", "0:270000:270001")["x"]
    assert found == [float(i) for i in range(270001)]
    run = shell("actcli eval relu --range 0:1:3000000000 | head -n 2")
    assert (run.stdout, run.stderr) == ("x,relu\n0.0,0.0\n", "")
    assert "too long" in fails(capfd, "softmax", "--range", "0:1:3000000000")


@pytest.mark.parametrize("bad", ["1", "1:2:3:4", "a:b", "1:2:0", "0:inf:3"])
def test_a_bad_range_is_an_error(capfd: Run, bad: str) -> None:
    assert "range" in fails(capfd, "eval", "identity", "--range", bad)


def test_two_sources_are_one_too_many(capfd: Run) -> None:
    assert "--range" in fails(capfd, "eval", "relu", "1", "--range", "0:1")


def test_slopes_come_beside_values(capfd: Run) -> None:
    assert list(columns(capfd, "grad", "silu", "1")) == ["x", "silu", "silu_grad"]
    assert list(columns(capfd, "grad", "silu", "1", "--order", "2"))[-1] == "silu_grad2"


def test_the_kink_rule_decides(capfd: Run) -> None:
    slopes = {rule: columns(capfd, "grad", "relu", "0", "--kink", rule)["relu_grad"] for rule in
              ("min-norm", "left", "right")}  # fmt: skip
    assert slopes == {"min-norm": [0.0], "left": [0.0], "right": [1.0]}
    assert math.isnan(columns(capfd, "grad", "relu", "0", "--kink", "nan")["relu_grad"][0])


def test_a_derivative_by_a_parameter(capfd: Run) -> None:
    found = columns(capfd, "grad", "elu", "-1", "--wrt", "alpha")
    assert list(found) == ["x", "elu", "elu_wrt_alpha"]
    assert found["elu_wrt_alpha"] == [math.expm1(-1)]
    by_alias = columns(capfd, "grad", "leaky_relu", "-3", "--wrt", "alpha")
    assert by_alias["leaky_relu_wrt_negative_slope"] == [-3.0]


def test_slopes_from_the_output(capfd: Run) -> None:
    assert columns(capfd, "grad", "sigmoid", "0.5", "--from-output") == {"y": [0.5], "sigmoid_grad": [0.25]}
    beyond = columns(capfd, "grad", "sigmoid", "2", "1", "-0.1", "--from-output")["sigmoid_grad"]
    assert [math.isnan(slope) for slope in beyond] == [True, False, True]
    assert "does not follow" in fails(capfd, "grad", "silu", "0.5", "--from-output")


def test_a_vector_function_takes_the_arguments_as_one_vector(capfd: Run) -> None:
    found = columns(capfd, "grad", "softmax", "0", "0")
    assert found == {
        "x": [0.0, 0.0],
        "softmax": [0.5, 0.5],
        "softmax_grad_1": [0.25, -0.25],
        "softmax_grad_2": [-0.25, 0.25],
    }
    assert "have a Jacobian" in fails(capfd, "grad", "softmax", "1", "2", "--order", "2")


def test_a_result_of_another_length_stands_alone(capfd: Run) -> None:
    assert columns(capfd, "eval", "maxout", "1", "3", "2") == {"maxout": [3.0]}


def test_tables_pass_through_with_results_after_them() -> None:
    table = 'id,h1,note,h2\n1,0.10,"x, y",2\n2,-1e0,,-2\n'
    run = actcli("eval", "relu", "-c", "h1", "-c", "h2", stdin=table)
    assert run.stderr == ""
    assert run.stdout == ('id,h1,note,h2,relu_h1,relu_h2\n1,0.10,"x, y",2,0.1,2.0\n2,-1e0,,-2,0.0,0.0\n')
    one = actcli("grad", "relu", "-c", "2", "--only-results", stdin=table)
    assert one.stdout == "relu,relu_grad\n0.1,1.0\n0.0,0.0\n"


def test_the_rows_of_a_table_are_vectors() -> None:
    run = actcli("grad", "softmax", "--only-results", stdin="a,b\n0,0\n")
    assert run.stdout.splitlines() == [
        "softmax_a,softmax_a_grad_a,softmax_a_grad_b,softmax_b,softmax_b_grad_a,softmax_b_grad_b",
        "0.5,0.25,-0.25,0.5,-0.25,0.25",
    ]


@pytest.mark.parametrize(
    ("dtype", "shown"), [("float32", "0.8411919906082768"), ("bfloat16", "0.84")], ids=lambda v: v
)
def test_results_are_of_the_dtype(capfd: Run, dtype: str, shown: str) -> None:
    assert main(["eval", "gelu", "1", "--dtype", dtype, "-f", "csv"]) == 0
    assert capfd.readouterr().out.splitlines()[1].split(",")[1].startswith(shown[:4])


def test_the_extension_decides_the_format(tmp_path: Path) -> None:
    for name, start in (
        ("a.csv", "x,relu\n"),
        ("a.tsv", "x\trelu\n"),
        ("a.ndjson", '{"x": '),
        ("a.md", "| x"),
    ):
        assert main(["eval", "relu", "1", "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text().replace('{"x":', '{"x": ').startswith(start[:5])


def test_a_lone_minus_is_stdin_and_two_of_them_end_the_options(capfd: Run) -> None:
    assert actcli("eval", "relu", "-", stdin="3\n").stdout == "x,relu\n3,3.0\n"
    assert main(["eval", "relu", "-f", "csv", "--", "-1", "2"]) == 0
    assert capfd.readouterr().out == "x,relu\n-1.0,0.0\n2.0,2.0\n"


def test_digits_beyond_what_ends_in_time_are_refused(capfd: Run) -> None:
    assert main(["eval", "gelu", "1", "--digits", "1000001"]) == 2
    assert capfd.readouterr().err == "actcli: --digits: '1000001' is not a whole number from 1 to 1,000,000\n"


def test_digits_come_from_the_definition(capfd: Run) -> None:
    assert main(["grad", "gelu", "-8", "--digits", "30", "-f", "csv"]) == 0
    header, row = capfd.readouterr().out.splitlines()
    assert header == "x,gelu,gelu_grad"
    assert row.split(",")[1:] == [
        "-4.97676845941742729881279613807e-15",
        "-3.97960726108679598912498774068e-14",
    ]


@pytest.mark.parametrize("arguments", [["softmax", "1", "2"], ["elu", "-1", "2", "--wrt", "alpha"]])
def test_digits_agree_with_the_kernels(capfd: Run, arguments: list[str]) -> None:
    exact = columns(capfd, "grad", *arguments, "--digits", "30")
    found = columns(capfd, "grad", *arguments)
    assert list(exact) == list(found)
    assert all(found[name] == pytest.approx(exact[name], rel=1e-15) for name in found)


def test_fast_is_a_few_ulp_off_at_most(capfd: Run) -> None:
    points = ("grad", "mish", "--range", "-20:20:41")
    fast, exact = columns(capfd, *points, "--fast"), columns(capfd, *points)
    assert all(fast[name] == pytest.approx(exact[name], rel=1e-15) for name in exact)


def test_numbers_are_what_people_type(capfd: Run) -> None:
    assert columns(capfd, "eval", "identity", "1/3", "-pi", "-2*pi", "2,3,5", "-1,-2")["x"] == [
        *(1 / 3, -math.pi, -2 * math.pi, 2, 3, 5, -1, -2),
    ]
    assert columns(capfd, "eval", "elu", "-1", "--alpha", "1/3") == columns(
        capfd, "eval", "elu:alpha=1/3", "-1"
    )
    assert columns(capfd, "eval", "identity", "--range", "-pi:pi/2:2")["x"] == [-math.pi, math.pi / 2]
    assert "two readings" in fails(capfd, "eval", "gelu", "0,5")
    assert "cut short" in fails(capfd, "eval", "gelu", "[1. 2. ... 3.]")
    assert main(["compare", "gelu", "silu", "1/3", "[1, 2]", "--max-abs", "1/2"]) == 0
    assert "0.3333333333333333" in capfd.readouterr().out
    assert "--max-abs: 'abc' is not a number" in fails(capfd, "compare", "gelu", "silu", "--max-abs", "abc")


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "gelu", "-i", "t.csv", "--on-error", "skip"],
        ["softmax", "-i", "one.csv"],
        ["compare", "gelu", "silu", "-i", "t.csv", "--on-error", "nan"],
        ["plot", "exp", "--range", "-700:700", "-o", "exp.svg"],
        ["list"],
        ["info", "gelu"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_quiet_keeps_notes_back_on_every_command(
    capfd: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x\n1\na\n")
    (tmp_path / "one.csv").write_text("x\n1\n2\n")
    assert main(arguments) == 0
    loud = capfd.readouterr()
    assert main([*arguments, "--quiet"]) == 0
    quiet = capfd.readouterr()
    assert quiet.out == loud.out
    assert not quiet.err
    assert bool(loud.err) == (arguments[0] in ("eval", "softmax", "compare", "plot"))


def test_precision_is_for_people(capfd: Run) -> None:
    assert columns(capfd, "eval", "gelu", "1", "--precision", "3")["gelu"] == [0.841]


def test_rows_are_not_added_between_other_delimiters(tmp_path: Path, capfd: Run) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x;gelu\n1,5;2\n")
    assert "not separated as those of csv" in fails(capfd, "eval", "gelu", "1", "--append", "-o", str(file))
    assert file.read_text() == "x;gelu\n1,5;2\n"


@pytest.mark.parametrize("text", ["x\n0.5\n-1.5\n", '{"x": 0.5}\n{"x": -1.5}\n', "# é\nx\n0.5\n-1.5"])
def test_a_stream_of_text_in_the_place_of_stdin_is_read(
    text: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for stdin in (io.StringIO(text), io.BytesIO(text.encode())):
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["eval", "relu", "--only-results", "-f", "csv"]) == 0
        assert capfd.readouterr().out == "relu\n0.5\n0.0\n"


def test_a_long_stream_of_text_in_the_place_of_stdin_is_read_whole(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("é,x\n" + "µ,1\n" * 500_000))
    assert main(["eval", "relu", "--only-results"]) == 0
    assert capfd.readouterr().out == "relu\n" + "1.0\n" * 500_000

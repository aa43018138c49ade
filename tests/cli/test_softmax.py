"""`softmax`: the worked numbers of the lecture notes, its steps, losses and tables."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.cli.app import main
from tests.cli.processes import actcli, in_terminal
from tests.cli.test_eval import columns, fails

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

Run = pytest.CaptureFixture[str]

WORKED = {
    "1 2 3 4 1 2 3": [0.024, 0.064, 0.175, 0.475, 0.024, 0.064, 0.175],
    ".1 .2 .3 .4 .1 .2 .3": [0.125, 0.138, 0.153, 0.169, 0.125, 0.138, 0.153],
    "3 .7 .5": [0.846, 0.085, 0.069],
    "1.2 1 1.5": [0.316, 0.258, 0.426],
    "1.5 1.2 1.2 1.2 1.2 1.2 1.2 1.2 1.2 1.2": [0.130, *[0.097] * 9],
}


@pytest.mark.parametrize("given", WORKED)
def test_the_worked_numbers_of_the_notes(capfd: Run, given: str) -> None:
    found = columns(capfd, "softmax", *given.split())
    assert list(found) == ["x", "softmax"]
    assert [round(p, 3) for p in found["softmax"]] == WORKED[given]


def test_the_steps_of_the_worked_example(capfd: Run) -> None:
    found = columns(capfd, "softmax", "1", "2", "3", "--steps")
    assert list(found) == ["x", "exp", "sum", "softmax"]
    assert found["exp"] == pytest.approx([math.exp(x) for x in (1, 2, 3)], rel=1e-15)
    assert found["sum"] == pytest.approx([sum(map(math.exp, (1, 2, 3)))] * 3, rel=1e-15)


def test_the_steps_on_a_terminal_read_as_on_paper() -> None:
    shown = in_terminal("softmax", "1", "-2", "--steps", "--precision", "4")[1]
    assert shown.splitlines() == [
        "exponentials",
        "  e^1 = 2.718",
        "  e^(-2) = 0.1353",
        "their sum",
        "  2.718 + 0.1353 = 2.854",
        "quotients",
        "  2.718 / 2.854 = 0.9526",
        "  0.1353 / 2.854 = 0.04743",
    ]


def test_exponentials_that_would_overflow_are_shifted() -> None:
    shown = in_terminal("softmax", "1000", "999", "--steps", "--precision", "4")[1]
    assert "e^(999 − 1000) = 0.3679" in shown
    assert "0.7311" in shown


def test_a_terminal_shows_the_exponentials_and_their_sum_below() -> None:
    lines = in_terminal("softmax", "1", "2", "--decimals", "3", NO_COLOR="1")[1].splitlines()
    assert lines[0].split() == ["x", "exp", "softmax"]
    assert lines[2].split() == ["1.000", "2.718", "0.269"]
    assert lines[-2:] == ["", " sum = 10.107"]


def test_what_holds_for_all_rows_stands_below_a_markdown_table(capfd: Run) -> None:
    assert main(["softmax", "0", "0", "--target", "1", "-f", "md", "--decimals", "2"]) == 0
    assert capfd.readouterr().out.splitlines()[-3:] == ["| 0.00 | 0.50 | -0.50 |", "", "loss = 0.69"]
    assert main(["softmax", "0", "0", "--steps", "-f", "json", "--decimals", "1"]) == 0
    assert capfd.readouterr().out.count('"sum": 2.0') == 2


def test_decimals_are_as_the_notes_print_them(capfd: Run) -> None:
    for form in ("csv", "tsv", "json", "ndjson", "md", "table"):
        assert main(["softmax", "3", "0.7", "0.5", "--decimals", "3", "-f", form]) == 0
        shown = capfd.readouterr().out
        assert all(number in shown for number in ("0.846", "0.085", "0.069")), form
    assert "do not go together" in fails(capfd, "softmax", "1", "--decimals", "3", "--precision", "3")
    assert "--decimals" in fails(capfd, "softmax", "1", "--decimals", "3", "-f", "npy")


def test_several_temperatures_stand_side_by_side(capfd: Run) -> None:
    found = columns(capfd, "softmax", "1", "2", "--temperature", "0.5,1/3,1")
    assert list(found) == ["x", "softmax_T=0.5", "softmax_T=1/3", "softmax_T=1"]
    for text in ("0.5", "1/3", "1"):
        alone = columns(capfd, "softmax", "1", "2", "--temperature", text)
        assert found[f"softmax_T={text}"] == alone["softmax"]
    found = columns(capfd, "softmax", "1 2", "3 4", "--temperature", "1,2", "--target", "0")
    assert len(found) == 2 + 2 * 5
    shown = in_terminal("softmax", "1", "2", "3", "--temperature", "0.5,1,2", NO_COLOR="1")[1]
    assert len(shown.splitlines()) == 5
    assert max(map(len, shown.splitlines())) <= 80
    shown = in_terminal("softmax", "1", "--steps", "--temperature", "1,2", "--decimals", "1")[1]
    assert shown.splitlines()[0] == "temperature 1"
    assert "  e^(1/2) = 1.6" in shown


def test_a_column_is_one_vector_with_down() -> None:
    run = actcli("softmax", "--down", "--decimals", "3", stdin="1\n2\n3\n")
    assert run.stdout.split() == ["x,softmax", "1,0.090", "2,0.245", "3,0.665"]
    table = "a,b,t\n0,2,u\n0,2,v\n"
    run = actcli("softmax", "--down", "--target", "1", "--decimals", "1", stdin=table)
    assert run.stdout.split() == [
        "a,b,t,softmax_a,loss_a,loss_grad_a,softmax_b,loss_b,loss_grad_b",
        "0,2,u,0.5,0.7,0.5,0.5,0.7,0.5",
        "0,2,v,0.5,0.7,-0.5,0.5,0.7,-0.5",
    ]
    run = actcli("softmax", "--down", "--target", "t", stdin=table)
    assert (run.returncode, run.stdout) == (2, "")
    assert "a class is a row there" in run.stderr
    run = actcli("eval", "maxout", "--down", stdin=table)
    assert run.stdout.split() == ["maxout_a,maxout_b", "0.0,2.0"]
    run = actcli("grad", "softmax", "--down", "-c", "a", "--decimals", "2", "--only-results", stdin=table)
    assert run.stdout.split() == [
        "softmax,softmax_grad_1,softmax_grad_2",
        "0.50,0.25,-0.25",
        "0.50,-0.25,0.25",
    ]


def test_a_column_of_many_blocks_is_one_vector() -> None:
    count = 400_000  # longer than a block
    lines = "".join(f"{i / 1e5},{i}\n" for i in range(count))
    run = actcli("softmax", "--down", "-c", "1", stdin=lines)
    rows = run.stdout.split()
    assert len(rows) == count + 1
    found = np.array([float(row.rsplit(",", 1)[1]) for row in rows[1:]])
    assert math.fsum(found) == pytest.approx(1, rel=1e-12)
    assert rows[-1].startswith(f"{(count - 1) / 1e5},{count - 1},")


def test_down_is_for_tables_of_functions_of_a_vector(capfd: Run) -> None:
    assert "--down" in fails(capfd, "softmax", "1", "2", "--down")
    assert "--down" in fails(capfd, "eval", "gelu", "1", "--down")


def test_a_vector_that_is_pasted_is_one_as_arguments_are() -> None:
    due = actcli("softmax", "1", "2", "--target", "0", "--only-results").stdout
    for text in ("tensor([1., 2.])", "[1] 1 2"):
        assert actcli("softmax", "--target", "0", "--only-results", stdin=text).stdout == due


def test_temperature_and_log(capfd: Run) -> None:
    cold = columns(capfd, "softmax", "1", "2", "--temperature", "0.5")["softmax"]
    assert cold == columns(capfd, "softmax", "2", "4")["softmax"]
    found = columns(capfd, "softmax", "1", "2", "--log")
    assert list(found) == ["x", "log_softmax"]
    assert found["log_softmax"][1] == pytest.approx(-math.log1p(math.exp(-1)), rel=1e-15)
    assert "must lie in" in fails(capfd, "softmax", "1", "2", "--temperature", "0")


def test_the_jacobian(capfd: Run) -> None:
    found = columns(capfd, "softmax", "0", "0", "--jacobian")
    assert found["softmax_grad_1"] == [0.25, -0.25]


def test_the_loss_of_a_target_and_its_gradient(capfd: Run) -> None:
    found = columns(capfd, "softmax", "0", "0", "--target", "1")
    assert found == {
        "x": [0.0, 0.0],
        "softmax": [0.5, 0.5],
        "loss": [math.log(2), math.log(2)],
        "loss_grad": [0.5, -0.5],
    }


@pytest.mark.parametrize("target", ["2", "-1", "b", "1.5"])
def test_a_target_that_is_no_class_is_an_error(capfd: Run, target: str) -> None:
    assert "--target" in fails(capfd, "softmax", "1", "2", "--target", target)


@pytest.mark.parametrize("target", ["1", "b", "digit"])
def test_the_targets_of_a_table(target: str) -> None:
    table = "digit,a,b\n1,0,0\n1,0,0\n"
    run = actcli("softmax", "-c", "a,b", "--target", target, "--only-results", stdin=table)
    row = "0.5,0.5,0.6931471805599453,0.5,-0.5"
    assert run.stdout.splitlines() == ["softmax_a,softmax_b,loss,loss_grad_a,loss_grad_b", row, row]


LABELLED = {
    "a label": ("z0,z1,label\n1.5,0.5,1\n", "label"),
    "a label after an id": ("id,z0,z1,label\n7,1.5,0.5,1.0\n", "label"),
    "another name": ("z0,z1,digit\n1.5,0.5,1\n1.5,0.5,0\n", "digit"),
    "names of classes": ("cat,dog,kind\n1.5,0.5,dog\n", "kind"),
    "names that are numbers": ("1,2,label\n1.5,0.5,2\n", "label"),
    "lists": ('{"z": [1.5, 0.5], "label": 1}\n', "label"),
    "chosen scores": ("a,b,c\n1.5,0.5,1\n", "c"),
}
"""Tables, and the column with the class of each row."""


@pytest.mark.parametrize(("table", "target"), LABELLED.values(), ids=LABELLED)
def test_a_column_of_classes_is_no_part_of_the_vectors(
    capfd: Run, tmp_path: Path, table: str, target: str
) -> None:
    (tmp_path / "t").write_text(table)
    more = ("-c", "a,b") if target == "c" else ("--header",) if table[0] == "1" else ()
    (loss, *_) = losses(capfd, "softmax", "-i", str(tmp_path / "t"), "--target", target, "-q", *more)
    assert loss == pytest.approx(math.log1p(math.e), rel=1e-15)


def losses(capfd: Run, *arguments: str) -> list[float]:
    """Run the program and return the losses that it writes."""
    assert main([*arguments, "-f", "json"]) == 0, capfd.readouterr().err
    return [float(row["loss"]) for row in json.loads(capfd.readouterr().out)]


def test_a_score_named_as_the_target_is_its_class(capfd: Run, tmp_path: Path) -> None:
    for row in ("2,1,0.1", "0.5,1,0.1", "-1,1,0.1"):
        (tmp_path / "t").write_text(f"cat,dog,bird\n{row}\n")
        found = columns(capfd, "softmax", "-i", str(tmp_path / "t"), "--target", "cat")
        assert found["loss"] == [pytest.approx(-math.log(found["softmax_cat"][0]))]
    for row in ("3,1,0", "0.5,1.5,1"):
        (tmp_path / "t").write_text(f"a,b,c\n{row}\n")
        assert "may be a score" in fails(capfd, "softmax", "-i", str(tmp_path / "t"), "--target", "c")


def test_a_cell_that_is_no_class_ends_the_run_or_gives_nan(capfd: Run, tmp_path: Path) -> None:
    (tmp_path / "t").write_text("cat,dog,kind\n1.5,0.5,dog\n2.5,1.0,cow\n")
    args = ("softmax", "-i", str(tmp_path / "t"), "--target", "kind")
    assert "t:3: column 'kind': 'cow' is not a class" in fails(capfd, *args)
    assert math.isnan(losses(capfd, *args, "--on-error", "nan")[1])


def test_a_vector_without_softmax_is_an_error_unless_nan_is_asked_for(capfd: Run) -> None:
    assert "+inf" in fails(capfd, "softmax", "1", "inf")
    assert main(["softmax", "1", "inf", "--on-error", "nan", "-f", "csv"]) == 0
    assert capfd.readouterr().out.splitlines()[1] == "1.0,nan"


def test_the_row_without_softmax_is_named() -> None:
    run = actcli("softmax", stdin="a,b\n1,2\n1,2\n-inf,-inf\n")
    assert run.returncode == 2
    assert run.stderr == (
        "actcli: stdin:4: softmax: the row has no entry above -inf (--on-error nan gives nan there)\n"
    )


def test_what_does_not_go_together(capfd: Run) -> None:
    assert "--steps" in fails(capfd, "softmax", "1", "2", "--steps", "--target", "0")


def test_a_single_column_is_noted() -> None:
    run = actcli("softmax", stdin="1\n2\n3\n")
    assert run.stdout == "x,softmax\n1,1.0\n2,1.0\n3,1.0\n"
    assert run.stderr == (
        "actcli: note: every row is a vector, here of one number: column 'x' (--down makes a vector of it)\n"
    )
    assert not actcli("softmax", "--quiet", stdin="1\n2\n").stderr
    assert actcli("softmax", stdin="1 2 3\n").stderr == ""


def test_an_array_of_float32_has_probabilities_of_float32(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[1, 2], [3, 5]], np.float32))
    assert main(["softmax", "-i", str(tmp_path / "x.npy"), "-o", str(tmp_path / "y.npy")]) == 0
    found = np.load(tmp_path / "y.npy")
    assert found.dtype == np.float32
    assert found[:, 1].tolist() == np.array([1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-2))], "f4").tolist()


def test_fast_is_a_few_ulp_off_at_most(capfd: Run) -> None:
    numbers = [str(x) for x in np.random.default_rng(0).normal(0, 5, 40)]
    for arguments in (["softmax"], ["softmax", "--log"], ["eval", "softmin"], ["grad", "softmax"]):
        exact, fast = columns(capfd, *arguments, *numbers), columns(capfd, *arguments, *numbers, "--fast")
        value = list(exact)[1]
        assert fast[value] != exact[value]
        assert all(fast[name] == pytest.approx(exact[name], rel=1e-15) for name in exact)


def test_fast_does_not_go_with_exact_steps(capfd: Run) -> None:
    assert "--fast is not used here" in fails(capfd, "softmax", "1", "2", "--steps", "--fast")


def test_a_picture_has_a_bounded_number_of_temperatures(capfd: Run, tmp_path: Path) -> None:
    twenty, more = (",".join(map(str, range(1, n + 1))) for n in (20, 21))
    file = tmp_path / "b.svg"
    assert main(["softmax", "1", "2", "--temperature", twenty, "--plot", str(file)]) == 0
    assert file.exists()
    capfd.readouterr()
    assert "--plot shows at most 20 temperatures, not 21 (without --plot there may be more)" in fails(
        capfd, "softmax", "1", "2", "--temperature", more, "--plot", str(tmp_path / "c.svg")
    )
    assert not (tmp_path / "c.svg").exists()
    assert main(["softmax", "1", "2", "--temperature", more]) == 0
    assert capfd.readouterr().out.partition("\n")[0].count("softmax_T=") == 21

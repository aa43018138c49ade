from __future__ import annotations

import csv
import io

import pytest

from tests.cli.processes import actcli, shell


def columns(text: str) -> dict[str, list[float]]:
    rows = list(csv.DictReader(io.StringIO(text)))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def test_a_sample_belongs_to_its_row_however_the_rows_arrive() -> None:
    table = "1,2,3\n" * 4
    whole = actcli("eval", "gumbel_softmax", "--only-results", stdin=table).stdout
    slow = shell(
        "for i in 1 2 3 4; do echo 1,2,3; sleep 0.2; done | actcli eval gumbel_softmax --only-results"
    )
    assert slow.stdout == whole
    assert len(set(whole.splitlines())) == 5


def test_the_derivative_by_a_parameter() -> None:
    one = columns(actcli("grad", "softmax", "1", "2", "3", "--wrt", "temperature").stdout)
    assert sum(one["softmax_wrt_temperature"]) == pytest.approx(0, abs=1e-15)
    table = columns(actcli("grad", "standardize", "--wrt", "eps", stdin="a,b\n1,2\n").stdout)
    assert table["standardize_a_wrt_eps"] == pytest.approx([2.0], rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grad", "gumbel_softmax", "1", "2", "--wrt", "seed"], "no derivative with respect to seed"),
        (["eval", "glu", "1", "2", "3"], "even number of entries, not 3"),
        (["eval", "maxout", "1", "2", "3", "--pieces", "2"], "multiple of 2"),
        (["grad", "softmax", "1", "2", "--order", "2"], "--order is not used here"),
    ],
)
def test_what_a_vector_function_cannot_do(arguments: list[str], said: str) -> None:
    result = actcli(*arguments)
    assert result.returncode == 2
    assert said in result.stderr


def test_every_component_and_jacobian_entry_in_a_row_of_a_table() -> None:
    table = columns(actcli("grad", "glu", stdin="a,b,c,d\n1,2,3,4\n").stdout)
    assert [name for name in table if name.startswith("glu")][:2] == ["glu_1", "glu_1_grad_a"]
    assert table["glu_1"] == pytest.approx([0.9525741268224334], rel=1e-15)


def test_digits_of_a_sample() -> None:
    sample = columns(actcli("eval", "gumbel_softmax", "1", "2", "3").stdout)["gumbel_softmax"]
    exact = columns(actcli("eval", "gumbel_softmax", "1", "2", "3", "--digits", "30").stdout)[
        "gumbel_softmax"
    ]
    assert exact == sample
    assert "give one vector" in actcli("eval", "gumbel_softmax", "--digits", "9", stdin="1,2\n3,4\n").stderr

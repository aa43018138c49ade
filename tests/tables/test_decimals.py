"""Decimals read at once are those that `float` reads, and nothing else is read."""

from __future__ import annotations

import random
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core.dtypes import FLOAT16, FLOAT64, DType
from actcli.tables.decimals import cells_at, read
from actcli.tables.numbers import DecimalMark, parse_cells, parse_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

pytestmark = pytest.mark.core

ROWS = 20_000
NORMAL = np.random.default_rng(1).normal(size=ROWS) * 3
SIZES = 10.0 ** np.random.default_rng(2).uniform(-30, 30, ROWS)
ANY = np.random.default_rng(3).integers(0, 1 << 64, ROWS, np.uint64).view(np.float64)
WORDS = ["", " 5", "5 ", "٣", "é", "9" * 24, "9" * 30, "18446744073709551616"]
WORDS += "+ - . -. e5 1e 1e+ 1e5.5 1.2.3 --5 1_000 1,5 0x1 nan -inf 1e400 1e-400 1e0009".split()  # noqa: SIM905


def midway(count: int) -> list[str]:
    """Return decimals at the middle between two doubles, or beside it by their last digit."""
    chance, found = random.Random(4), []
    with localcontext(prec=60):
        for _ in range(count):
            exact = (2 * chance.randrange(1 << 52, 1 << 53) + 1) * Decimal(2) ** chance.randrange(-20, 10)
            found.append(f"{exact:.{chance.randrange(16, 21)}g}")
    return found


def mangled(count: int) -> list[str]:
    """Return short texts of what numbers are made of, most of which are none."""
    chance = random.Random(5)
    return ["".join(chance.choices("0123456789..eE+-", k=chance.randrange(9))) for _ in range(count)]


def bits(numbers: Iterable[float]) -> NDArray[np.int64]:
    """Return what tells numbers apart, zeros by their sign too."""
    return np.array(list(numbers), np.float64).view(np.int64)


@pytest.mark.parametrize(
    ("texts", "share"),
    [
        pytest.param([repr(x) for x in NORMAL.tolist()], 1.0, id="shortest"),
        pytest.param([f"{x:.17g}" for x in SIZES.tolist()], 1.0, id="17 digits of all sizes"),
        pytest.param([f"{x:.3f}" for x in NORMAL.tolist()], 1.0, id="three places"),
        pytest.param([f"{x:+.5E}" for x in SIZES.tolist()], 0.99, id="scientific"),
        pytest.param([str(round(x)) for x in NORMAL.tolist()], 1.0, id="whole"),
        pytest.param([f"{x:.21f}" for x in NORMAL.tolist()], 0.001, id="more digits than 64 bits hold"),
        pytest.param([repr(x) for x in ANY.tolist()], 0.8, id="any double"),
        pytest.param(midway(ROWS), 0.5, id="next to ties"),
        pytest.param(mangled(ROWS), 0.1, id="mangled"),
        pytest.param([*WORDS, "0", "-0.0", "5.", ".5", "+7", "1e5", "1E-5", "1e+005"], 0.2, id="by hand"),
    ],
)
def test_what_is_read_has_the_bits_that_float_gives(texts: list[str], share: float) -> None:
    cells = cells_at("".join(f"{text}\n" for text in texts).encode(), "", 1, [0])
    with np.errstate(all="raise"):
        values, unread = read(cells, ".")
    rows = np.setdiff1d(np.arange(len(texts)), unread).tolist()
    assert len(rows) >= share * len(texts)
    assert [cells[row] for row in rows] == [texts[row] for row in rows]
    assert (bits(values[rows]) == bits(float(texts[row]) for row in rows)).all()


@pytest.mark.parametrize("mark", DecimalMark)
@pytest.mark.parametrize("dtype", [FLOAT64, FLOAT16], ids=str)
def test_columns_of_lines_are_read_as_their_cells_are_one_by_one(mark: DecimalMark, dtype: DType) -> None:
    numbers = [repr(x) for x in SIZES[:1000].tolist()] + [f"{x:.4f}" for x in NORMAL[:5000].tolist()]
    columns = [
        [text.replace(".", mark) for text in [*numbers, *WORDS * 9, *numbers[::-1]]],
        [text.replace(".", mark) for text in [*numbers[::-1], "1", *WORDS * 9, *numbers][:-1]],
    ]
    lines = "".join(f"1.5e3;{first};a.b;{second}\n" for first, second in zip(*columns, strict=True))
    for chosen in ([1, 3], [3, 1], [3]):
        found = list(parse_lines(lines.encode(), ";", 4, chosen, dtype, mark))
        for (values, bad), index in zip(found, chosen, strict=True):
            expected, expected_bad = parse_cells(columns[index // 2], dtype, mark)
            assert (bits(values) == bits(expected)).all()
            assert bad == expected_bad
            assert len(bad) > 9 * len(WORDS) / 2

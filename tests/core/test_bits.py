"""Every function has the same bits on every Python, NumPy and processor, in arrays of any size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.evaluate import evaluate
from actcli.core.plan import TRIED_FROM, plan_of
from actcli.core.spec import KinkRule
from tests.core import simd
from tests.generate import bits

if TYPE_CHECKING:
    from actcli.core.spec import Activation, VectorActivation

ROOT = Path(__file__).parents[2]
TIMES = 16
"""How often every argument stands in a large array: enough for several blocks and threads."""
PART = 300
"""Arguments of an array that is small."""

STORED = bits.TARGET.read_text("utf-8").splitlines()


def differing(got: list[str], stored: list[str]) -> list[str]:
    """Return the lines that are in one table alone; pytest takes minutes to compare two by letters."""
    return sorted(set(got) ^ set(stored))


@pytest.mark.core
@pytest.mark.parametrize("function", registry.entries(), ids=lambda f: f.name)
def test_the_bits_are_those_that_are_stored(function: Activation | VectorActivation) -> None:
    stored = [line for line in STORED if line.split(":")[0].split()[0] == function.name]
    assert not differing(bits.lines(function), stored), "if they should be others, python -m tests.generate"


def test_nothing_else_is_stored() -> None:
    names = {line.split(":")[0].split()[0] for line in STORED}
    assert names == {function.name for function in registry.entries()}


@pytest.mark.core
def test_the_bits_are_the_same_without_simd() -> None:
    if not simd.found():
        pytest.skip("NumPy chooses among no instruction sets here")
    run = subprocess.run(
        [sys.executable, "-c", "from tests.generate import bits; print(bits.table(), end='')"],
        cwd=ROOT,
        env=simd.without(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not differing(run.stdout.splitlines(), STORED)


@pytest.mark.core
@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
@pytest.mark.parametrize("order", range(3), ids=["value", "slope", "curvature"])
def test_the_bits_depend_on_no_other_element(function: Activation, order: int) -> None:
    plan = plan_of(function, order, tuple(function.bind({}).items()), KinkRule.MIN_NORM, False)
    x = np.sort(bits.points())
    plan.done[0] = 0
    usual = bits.same(evaluate(function, x, order)).view(np.int64)
    alone = np.array([evaluate(function, v, order) for v in x[::97]])
    assert np.array_equal(bits.same(alone).view(np.int64), usual[::97])
    # Sorted, a part holds numbers of one kind, none of which would send the others another way.
    parts = [evaluate(function, x[i : i + PART], order) for i in range(0, x.size, PART)]
    assert np.array_equal(bits.same(np.concatenate(parts)).view(np.int64), usual)
    plan.done[0] = TRIED_FROM  # from now on by a recorded program
    many = bits.same(evaluate(function, np.repeat(x, TIMES), order)).view(np.int64)
    differs = np.flatnonzero(many != np.repeat(usual, TIMES))
    assert differs.size == 0, f"{differs.size} of {many.size}, as at x = {x[differs[0] // TIMES]!r}"

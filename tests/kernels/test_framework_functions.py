"""What a framework has follows from the catalogue's records, and every exception belongs to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from actcli.core import registry
from actcli.core.frameworks import names
from actcli.core.spec import Framework
from actcli.errors import UsageError
from actcli.kernels import framework_functions
from actcli.kernels.framework_functions import CALLED, functions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("framework", CALLED)
def test_there_is_one_kernel_for_each_spelling_of_the_records(framework: Framework) -> None:
    spelled = [
        (entry.name, names(spelling))
        for entry in registry.entries()
        for spelling in entry.spellings
        if spelling.framework is framework
    ]
    found = [(f.entry.name, f.name) for f in functions(framework)]
    assert [name for name, _ in spelled] == [name for name, _ in found]
    assert all(name in several for (_, several), (_, name) in zip(spelled, found, strict=True))


def test_every_exception_is_of_a_name_that_is_called() -> None:
    called = {(framework, found.name) for framework in CALLED for found in functions(framework)}
    assert set(framework_functions._HOW) <= called


@pytest.mark.parametrize(
    ("framework", "name", "called", "defaults"),
    [
        ("torch", "gelu_tanh", "torch.nn.functional.gelu(approximate='tanh')", {}),
        ("jax", "gelu", "jax.nn.gelu(approximate=False)", {}),
        ("jax", "gelu_tanh", "jax.nn.gelu", {}),
        ("torch", "identity", "torch.nn.Identity", {}),
        ("keras", "leaky_relu", "keras.activations.leaky_relu", {"negative_slope": 0.2}),
        ("hf", "clipped_gelu", "transformers.ACT2FN.gelu_10", {}),
    ],
)
def test_how_a_function_is_called(framework: str, name: str, called: str, defaults: dict[str, float]) -> None:
    found = next(f for f in functions(Framework(framework)) if f.entry.name == name)
    assert (found.called, found.defaults) == (called, defaults)


@pytest.mark.parametrize("framework", sorted(set(Framework) - set(CALLED)))
def test_what_cannot_be_called_is_refused(framework: Framework) -> None:
    with pytest.raises(UsageError, match=f"the functions of {framework} cannot be called from here"):
        framework_functions.prepare(framework)


def test_a_framework_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.setitem(framework_functions._MODULES, Framework.MLX, "no_such_module")
    with pytest.raises(UsageError, match=r"mlx: no_such_module is not installed \(pip install"):
        framework_functions.prepare(Framework.MLX)

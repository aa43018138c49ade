"""`verify` of the vector functions of torch and jax, by their own autograd.

They are heavy and no part of the ordinary tests: `pytest -m frameworks`, where torch and jax are installed.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from actcli.cli.app import main
from actcli.core.verify import row_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.frameworks

KERNELS = """
import torch
from torch.nn import functional as F

def layer_norm(x):
    return F.layer_norm(x, x.shape[-1:])

def layer_norm_without_eps(x):
    return F.layer_norm(x, x.shape[-1:], eps=0.0)

def rms_norm(x):
    return F.rms_norm(x, x.shape[-1:], eps=1e-6)

def normalize(x):
    return F.normalize(x, dim=-1)

def swiglu(a, b):
    return a * F.silu(b)

def swapped(a, b):
    return b * F.silu(a)

def softmax_backward(grad, y):
    return torch._softmax_backward_data(grad, y, -1, y.dtype)

class Detached(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.softmax(x, -1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, v):
        (y,) = ctx.saved_tensors
        return -y * (v * y).sum(-1, keepdim=True)

def without_diagonal(x):
    return Detached.apply(x)
"""


@pytest.fixture(autouse=True)
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "torch_kernels.py").write_text(KERNELS)
    monkeypatch.setattr(row_kinds, "LENGTHS", (1, 2, 17, 1025, 8193))
    yield
    sys.modules.pop("torch_kernels", None)


def verify(
    capfd: pytest.CaptureFixture[str], name: str, kernel: str, *options: str, code: int = 0
) -> dict[str, Any]:
    found = main(["verify", name, "--callable", kernel, "--shape", "32x1000", "-f", "json", *options])
    out, err = capfd.readouterr()
    assert found == code, err
    report: dict[str, Any] = json.loads(out)
    return report


TORCH = {
    "softmax": ("torch:softmax", "--with", "dim=-1"),
    "log_softmax": ("torch:log_softmax", "--with", "dim=-1"),
    "standardize": ("torch_kernels:layer_norm",),
    "rms_norm": ("torch_kernels:rms_norm",),
    "normalize": ("torch_kernels:normalize",),
    "glu": ("torch.nn.functional:glu",),
    "swiglu": ("torch_kernels:swiglu", "--args", "a,b"),
}


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("order", ["0", "1"])
@pytest.mark.parametrize(
    ("dtype", "limit"),
    [("float32", "1e-5"), ("bfloat16", "0.01"), ("float16", "1.5e-3"), ("float64", "1e-13")],
)
def test_torch_is_as_good_as_its_formats_allow(
    name: str, order: str, dtype: str, limit: str, capfd: pytest.CaptureFixture[str]
) -> None:
    kernel, *options = TORCH[name]
    report = verify(capfd, name, kernel, *options, "--order", order, "--dtype", dtype, "--max-row-rel", limit)
    assert report["summary"]["lost"] == 0


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "glu"])
@pytest.mark.parametrize("order", ["0", "1"])
def test_jax_is_as_good_as_float32_allows(name: str, order: str, capfd: pytest.CaptureFixture[str]) -> None:
    flushes = ("--ftz", "--daz")  # XLA does, on the CPU too
    verify(capfd, name, f"jax.nn:{name}", "--order", order, *flushes, "--max-row-rel", "1e-5")


def test_the_variance_of_jax_loses_the_digits_of_rows_far_from_0(capfd: pytest.CaptureFixture[str]) -> None:
    """It is the mean of squares less the square of the mean."""
    flushes = ("--ftz", "--daz", "--max-row-rel", "1e-5")
    report = verify(capfd, "standardize", "jax.nn:standardize", *flushes, code=1)
    wrong = {group["kind"] for group in report["kinds"] if group["max_row_rel"] > 1e-5}
    assert "far from 0" in wrong
    assert "ordinary" not in wrong


def test_faults_of_gradients_are_found(capfd: pytest.CaptureFixture[str]) -> None:
    limit = ("--max-row-rel", "1e-5")
    verify(capfd, "softmax", "torch_kernels:without_diagonal", *limit)
    verify(capfd, "softmax", "torch_kernels:without_diagonal", "--order", "1", *limit, code=1)
    verify(capfd, "swiglu", "torch_kernels:swapped", "--args", "a,b", "--order", "1", *limit, code=1)
    verify(capfd, "swiglu", "torch_kernels:swapped", "--args", "b,a", "--order", "1", *limit)
    verify(capfd, "standardize", "torch_kernels:layer_norm_without_eps", *limit, code=1)


def test_a_backward_of_torch_that_takes_the_output(capfd: pytest.CaptureFixture[str]) -> None:
    kernel = "torch_kernels:softmax_backward"
    verify(capfd, "softmax", kernel, "--order", "1", "--args", "grad,y", "--max-row-rel", "1e-5")


def test_prelu_of_torch_has_a_weight_for_each_channel(capfd: pytest.CaptureFixture[str]) -> None:
    kernel, takes = "torch.nn.functional:prelu", ("--args", "x,alpha")
    verify(capfd, "prelu", kernel, *takes, "--max-ulp", "0.5")
    verify(capfd, "prelu", kernel, *takes, "--order", "1", "--max-ulp", "0.5")
    verify(capfd, "prelu", kernel, *takes, "--wrt", "alpha", "--max-row-rel", "1e-6")


def test_modules_of_one_length(capfd: pytest.CaptureFixture[str]) -> None:
    given = ("--with", "normalized_shape=1000")
    report = verify(capfd, "standardize", "torch.nn:LayerNorm", *given, "--max-row-rel", "1e-6")
    assert report["coverage"]["refused_lengths"] == 5

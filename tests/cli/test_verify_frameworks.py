"""`verify` on kernels of torch, jax, numba and onnxruntime, which this project does not install.

Run with `pytest -m frameworks` where they are installed: `pip install torch jax numba onnx onnxruntime`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from actcli.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("default")]

Run = pytest.CaptureFixture[str]

TORCH = """
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F


class Gate(torch.nn.Module):
    def __init__(self, slope=0.25):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(slope))

    def forward(self, x):
        return torch.where(x > 0, x, x * self.slope)


class Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.tanh(x)
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx, weight):
        (x,) = ctx.saved_tensors
        return weight * (1 - torch.tanh(x) ** 2)


gate = Gate(0.5)
in_place = torch.nn.ReLU(inplace=True)
tanh_form = partial(F.gelu, approximate="tanh")
compiled = torch.compile(torch.relu)


@torch.jit.script
def scripted(x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x)


def of_numpy(x):
    return np.maximum(x, 0).astype(x.dtype)


def rest(x):
    y = torch.relu(x)
    flat = y.view(-1) if y.is_contiguous() else y.reshape(-1)
    flat[len(flat) - len(flat) % 16 :] *= 2
    return flat.reshape(y.shape)


"""

JAX = """
import jax

silu = jax.jit(jax.nn.silu)


def plain(x):
    return x * jax.nn.sigmoid(x)
"""

NUMBA = """
import math

import numba
import numpy as np


@numba.njit
def scalar(x):
    return math.tanh(x)


@numba.njit
def loop(x):
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = math.tanh(x[i])
    return y


@numba.njit
def rest(x):
    y = np.empty_like(x)
    whole = x.size - x.size % 8
    for i in range(x.size):
        y[i] = math.tanh(x[i]) if i < whole else x[i]
    return y


@numba.vectorize(["float32(float32)", "float64(float64)"])
def ufunc(x):
    return math.tanh(x)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work where the kernels are."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("torch_kernels", TORCH), ("jax_kernels", JAX), ("numba_kernels", NUMBA)):
        Path(f"{name}.py").write_text(text)
    yield
    for name in ("torch_kernels", "jax_kernels", "numba_kernels"):
        sys.modules.pop(name, None)


def verify(capfd: Run, line: str, code: int = 0) -> dict[str, Any]:
    """Run `verify` and return its report."""
    assert main(["verify", *line.split(), "-f", "json"]) == code, capfd.readouterr().err
    report: dict[str, Any] = json.loads(capfd.readouterr().out)
    return report


def fails(capfd: Run, line: str, code: int) -> str:
    assert main(["verify", *line.split()]) == code
    return capfd.readouterr().err


def kinds(report: dict[str, Any]) -> set[str]:
    return {found["kind"] for found in report["findings"]}


EXACT = "--max-ulp 0.5 --sample 3000 --dtype"


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64"])
@pytest.mark.parametrize(
    "kernel",
    [
        "relu --callable torch:relu",
        "relu --callable torch.nn:ReLU",
        "relu --callable torch_kernels:in_place",
        "relu --callable torch_kernels:scripted",
        "leaky_relu --negative-slope 0.5 --callable torch_kernels:gate",
        "leaky_relu --negative-slope 0.125 --callable torch_kernels:Gate --with slope=0.125",
        "leaky_relu --negative-slope 0.125 --callable torch.nn:PReLU --with init=0.125",
        "relu --callable torch_kernels:of_numpy",
        "relu --order 1 --callable torch:relu",
        "relu --order 1 --callable torch_kernels:in_place",
        "relu --device cpu --callable torch:relu",
        "relu --block 100 --callable torch:relu",
        "relu --callable jax.nn:relu --ftz --daz",
        "relu --device cpu --callable jax.nn:relu --ftz --daz",
        "relu --order 1 --callable jax.nn:relu --ftz --daz",
    ],
)
def test_what_is_exact_passes(capfd: Run, kernel: str, dtype: str) -> None:
    report = verify(capfd, f"{kernel} {EXACT} {dtype}")
    assert report["passed"]
    assert kinds(report) <= {"zero_sign", "overwrites_inputs", "gradient_at_nan"}
    assert ("overwrites_inputs" in kinds(report)) == ("in_place" in kernel and "--order" not in kernel)


@pytest.mark.parametrize(
    "kernel",
    [
        "gelu --callable torch.nn.functional:gelu --dtype bfloat16",
        "gelu_tanh --callable torch_kernels:tanh_form --dtype float16",
        "tanh --order 1 --callable torch_kernels:Tanh --dtype float64 --sample 3000",
        "silu --order 2 --callable torch.nn.functional:silu --dtype float64 --sample 300",
        "silu --callable jax_kernels:silu --dtype bfloat16",
        "silu --callable jax_kernels:plain --dtype float64 --sample 3000",
        "tanh --callable numba_kernels:scalar --sample 3000",
        "tanh --callable numba_kernels:scalar --sample 3000 --dtype float64",
        "tanh --callable numba_kernels:loop --sample 3000",
        "tanh --callable numba_kernels:ufunc --sample 3000",
    ],
)
def test_kernels_of_every_kind_are_called(capfd: Run, kernel: str) -> None:
    report = verify(capfd, kernel)
    assert report["summary"]["correctly_rounded"] > 0.25
    assert "crashes" not in kinds(report)


def test_what_is_compiled_is_called(capfd: Run) -> None:
    assert verify(capfd, f"relu --callable torch_kernels:compiled {EXACT} float32")["passed"]


@pytest.mark.parametrize(
    "kernel", ["relu --callable torch_kernels:rest", "tanh --callable numba_kernels:rest --sample 5000"]
)
def test_a_fault_of_position_is_found(capfd: Run, kernel: str) -> None:
    assert "depends_on_position" in kinds(verify(capfd, f"{kernel} --max-ulp 3 --dtype float32", code=1))


def test_a_device_that_is_not_there_is_told(capfd: Run) -> None:
    torch = import_module("torch")
    jax = import_module("jax")
    if not torch.cuda.is_available():
        said = fails(capfd, "relu --callable torch:relu --device cuda", 2)
        assert said.startswith("actcli: torch has no device 'cuda' here: ")
    if jax.default_backend() == "cpu":
        said = fails(capfd, "relu --callable jax.nn:relu --device cuda", 2)
        assert said.startswith("actcli: jax has no device 'cuda' here: ")


def test_arrays_of_another_library_get_a_hint(capfd: Run) -> None:
    said = fails(capfd, "gelu --callable torch.nn.functional:gelu --arrays numpy", 1)
    assert "must be Tensor, not numpy.ndarray (--arrays torch if it takes tensors)" in said
    said = fails(capfd, "relu --callable torch_kernels:of_numpy --arrays torch", 1)
    assert "--arrays numpy if it takes arrays of NumPy" in said


def model(path: str, kind: str, shape: tuple[int | str, ...] = ("n",), operator: str = "Relu") -> None:
    """Write a model that computes in float32, with inputs and results of another format."""
    onnx: Any = import_module("onnx")
    of, number = onnx.helper, getattr(onnx.TensorProto, kind)
    names = ["x", "w"] if operator == "Mul" else ["x"]
    nodes = [of.make_node("Cast", [name], [f"{name}32"], to=onnx.TensorProto.FLOAT) for name in names]
    nodes += [
        of.make_node(operator, [f"{name}32" for name in names], ["y32"]),
        of.make_node("Cast", ["y32"], ["y"], to=number, **({"saturate": 0} if "8" in kind else {})),
    ]
    if kind == "DOUBLE":  # float32 would not do
        nodes = [of.make_node(operator, names, ["y"])]
    inputs = [of.make_tensor_value_info(name, number, shape) for name in names]
    outputs = [of.make_tensor_value_info("y", number, shape)]
    graph = of.make_graph(nodes, "g", inputs, outputs)
    made = of.make_model(graph, opset_imports=[of.make_opsetid("", 19)], ir_version=9)
    Path(path).write_bytes(made.SerializeToString())


@pytest.mark.parametrize("kind", ["FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E5M2"])
def test_a_model_of_every_format(capfd: Run, kind: str) -> None:
    model("m.onnx", kind)
    report = verify(capfd, "relu --onnx m.onnx --sample 3000 --max-ulp 0.5")
    assert report["passed"]


@pytest.mark.parametrize("shape", [("n",), ("n", 1), (1, "n"), ("batch", 16), (1, 64), (100,), ("a", "b", 3)])
def test_a_model_of_any_shape(capfd: Run, shape: tuple[int | str, ...]) -> None:
    model("m.onnx", "FLOAT", shape)
    assert verify(capfd, "relu --onnx m.onnx --sample 3000 --max-ulp 0.5")["passed"]


def test_what_is_no_model_that_suits_is_told(capfd: Run) -> None:
    model("m.onnx", "FLOAT")
    model("two.onnx", "FLOAT", operator="Mul")
    Path("no.onnx").write_text("no model")
    assert "m.onnx takes float32, not float16 (--in-dtype float32)" in fails(
        capfd, "relu --onnx m.onnx --dtype float16", 2
    )
    assert "two.onnx takes 2 inputs (x, w), not 1" in fails(capfd, "relu --onnx two.onnx", 2)
    assert "no.onnx is no model that onnxruntime runs" in fails(capfd, "relu --onnx no.onnx", 2)
    assert "gone.onnx: no such file" in fails(capfd, "relu --onnx gone.onnx", 3)
    assert "onnxruntime has no autograd" in fails(capfd, "relu --onnx m.onnx --order 1", 2)


SMALL = """
import jax
import torch
import torch.nn.functional as F


def silu(x):
    return F.silu(x.float()).to(x.dtype)


def jax_silu(x):
    return jax.nn.silu(x.astype("float32")).astype(x.dtype)


def copy(x):
    return x.clone()


def clamp(q):
    return torch.clamp(q, min=3)
"""


@pytest.mark.parametrize(
    ("kernel", "dtype"),
    [
        ("silu", "float8_e4m3fn"),
        ("silu", "float8_e4m3fnuz"),
        ("silu", "float8_e5m2fnuz"),
        ("silu", "float8_e8m0fnu"),
        ("jax_silu", "float8_e4m3fn"),
        ("jax_silu", "float8_e4m3fnuz"),
        ("jax_silu", "float8_e4m3b11fnuz"),
        ("jax_silu", "float4_e2m1fn"),
    ],
)
def test_small_formats_come_and_go(capfd: Run, tmp_path: Path, kernel: str, dtype: str) -> None:
    (tmp_path / "small_kernels.py").write_text(SMALL)
    words = ["silu", "--callable", f"small_kernels:{kernel}", "--dtype", dtype, "--max-misrounded", "0"]
    words += ["--arrays", "jax" if kernel.startswith("jax") else "torch", "-f", "json"]
    assert main(["verify", *words]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["result_dtype"] == dtype
    assert found["summary"]["correctly_rounded"] == 1.0


def test_torch_holds_two_numbers_of_four_bits_in_a_byte(capfd: Run, tmp_path: Path) -> None:
    (tmp_path / "small_kernels.py").write_text(SMALL)
    words = ["identity", "--callable", "small_kernels:copy", "--arrays", "torch", "--dtype", "fp4"]
    assert main(["verify", *words, "--max-ulp", "0", "-f", "json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["coverage"]["tried"] == 16
    assert found["summary"]["misrounded"] == 0


def test_tensors_of_int8_are_quantised(capfd: Run, tmp_path: Path) -> None:
    (tmp_path / "small_kernels.py").write_text(SMALL)
    words = ["relu", "--callable", "small_kernels:clamp", "--arrays", "torch", "--dtype", "int8"]
    words += ["--scale", "0.1", "--zero-point", "3", "--max-ulp", "0", "-f", "json"]
    assert main(["verify", *words]) == 0
    assert json.loads(capfd.readouterr().out)["result_dtype"] == "int8"
    assert main(["verify", *words[:4], *words[4:6], "-f", "json"]) != 0

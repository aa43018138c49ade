"""Every function that a framework has is found under the framework's own names.

The names were read off the sources: torch/nn/modules/activation.py and torch/nn/functional.py (2.13.0),
jax/nn/__init__.py (0.10.2), keras/src/activations/__init__.py and keras/src/layers/activations (3.15.1), the
operator schemas of onnx/defs/math and onnx/defs/nn (1.23.2, opset 28), mlx/nn/layers/__init__.py (0.32.4),
tinygrad/mixin/elementwise.py and op.py (0.14.0), ACT2CLS in transformers/activations.py (5.23.0).
"""

from __future__ import annotations

import pytest

from actcli.core import frameworks, registry
from actcli.core.spec import Activation, Framework, VectorActivation

TORCH = """
    nn.CELU nn.ELU nn.GELU nn.GLU nn.Hardshrink nn.Hardsigmoid nn.Hardswish nn.Hardtanh nn.LeakyReLU
    nn.LogSigmoid nn.LogSoftmax nn.Mish nn.PReLU nn.ReLU nn.ReLU6 nn.RReLU nn.SELU nn.Sigmoid nn.SiLU
    nn.Softmax nn.Softmax2d nn.Softmin nn.Softplus nn.Softshrink nn.Softsign nn.Tanh nn.Tanhshrink
    nn.Threshold nn.functional.threshold nn.functional.relu nn.functional.glu nn.functional.hardtanh
    nn.functional.relu6 nn.functional.elu nn.functional.selu nn.functional.celu nn.functional.leaky_relu
    nn.functional.prelu nn.functional.rrelu nn.functional.logsigmoid nn.functional.gelu
    nn.functional.hardshrink nn.functional.tanhshrink nn.functional.softsign nn.functional.softplus
    nn.functional.softmin nn.functional.softmax nn.functional.gumbel_softmax nn.functional.log_softmax
    nn.functional.softshrink nn.functional.tanh nn.functional.sigmoid nn.functional.hardsigmoid
    nn.functional.silu nn.functional.mish nn.functional.hardswish nn.functional.normalize
    nn.functional.layer_norm nn.functional.rms_norm nn.RMSNorm
"""
JAX = """
    nn.tanh nn.celu nn.elu nn.gelu nn.glu nn.hard_sigmoid nn.hard_silu nn.hard_swish nn.hard_tanh
    nn.leaky_relu nn.log_sigmoid nn.log_softmax nn.standardize nn.relu nn.identity nn.relu6 nn.selu
    nn.sigmoid nn.soft_sign nn.softmax nn.softplus nn.sparse_plus nn.sparse_sigmoid nn.silu nn.swish
    nn.squareplus nn.mish
"""
KERAS = """
    activations.relu activations.leaky_relu activations.relu6 activations.softmax activations.celu
    activations.elu activations.selu activations.softplus activations.softsign activations.squareplus
    activations.soft_shrink activations.sparse_plus activations.silu activations.gelu activations.glu
    activations.tanh activations.tanh_shrink activations.threshold activations.sigmoid
    activations.sparse_sigmoid activations.exponential activations.hard_sigmoid activations.hard_silu
    activations.hard_tanh activations.hard_shrink activations.linear activations.mish
    activations.log_softmax activations.log_sigmoid activations.sparsemax activations.swish
    activations.hard_swish layers.ELU layers.LeakyReLU layers.PReLU layers.ReLU layers.Softmax
"""
ONNX = """
    Relu LeakyRelu ThresholdedRelu Selu Elu Mish Celu Gelu Swish SwiGLU Exp Tanh PRelu Sigmoid
    HardSigmoid HardSwish Softmax LogSoftmax Hardmax Softsign Softplus Sin Atan Sinh Cosh Asinh Acosh
    Atanh Erf Shrink LpNormalization LayerNormalization RMSNormalization Identity
"""
MLX = """
    nn.CELU nn.ELU nn.GELU nn.GLU nn.SELU nn.HardShrink nn.Hardswish nn.HardTanh nn.LeakyReLU
    nn.LogSigmoid nn.LogSoftmax nn.Mish nn.PReLU nn.ReLU nn.ReLU2 nn.ReLU6 nn.Sigmoid nn.SiLU nn.Softmax
    nn.Softmin nn.Softplus nn.Softshrink nn.Softsign nn.Step nn.Tanh nn.celu nn.elu nn.gelu
    nn.gelu_approx nn.gelu_fast_approx nn.glu nn.hard_shrink nn.hard_tanh nn.hardswish nn.leaky_relu
    nn.log_sigmoid nn.log_softmax nn.mish nn.prelu nn.relu nn.relu2 nn.relu6 nn.selu nn.sigmoid nn.silu
    nn.softmax nn.softmin nn.softplus nn.softshrink nn.softsign nn.step nn.tanh nn.Identity
"""
TINYGRAD = """
    Tensor.relu Tensor.sigmoid Tensor.relu6 Tensor.hardswish Tensor.hardsigmoid Tensor.hardtanh
    Tensor.leaky_relu Tensor.tanh Tensor.quick_gelu Tensor.gelu Tensor.swish Tensor.silu Tensor.elu
    Tensor.celu Tensor.selu Tensor.softplus Tensor.mish Tensor.logsigmoid Tensor.erf Tensor.softsign
    Tensor.softmax Tensor.log_softmax Tensor.softmin Tensor.sin Tensor.exp Tensor.sinh Tensor.cosh
    Tensor.asinh Tensor.acosh Tensor.atanh Tensor.atan Tensor.layernorm
"""
HF = """
    gelu gelu_10 gelu_fast gelu_new gelu_python gelu_pytorch_tanh gelu_python_tanh gelu_accurate
    hardswish laplace leaky_relu linear mish quick_gelu relu relu2 relu6 sigmoid silu sqrtsoftplus swish
    tanh prelu xielu
"""
FOUND_IN = {
    Framework.TORCH: TORCH,
    Framework.JAX: JAX,
    Framework.KERAS: KERAS,
    Framework.ONNX: ONNX,
    Framework.MLX: MLX,
    Framework.TINYGRAD: TINYGRAD,
    Framework.HF: HF,
}
NAMES = [(framework, name) for framework, text in FOUND_IN.items() for name in text.split()]


@pytest.mark.parametrize(("framework", "name"), NAMES, ids=lambda part: str(part))
def test_a_framework_finds_its_function_by_its_own_name(framework: Framework, name: str) -> None:
    entry = registry.get(f"{framework}.{name}")
    spelled = [n for s in entry.spellings if s.framework is framework for n in frameworks.names(s)]
    assert name in spelled, f"{entry.name} does not say that {framework} calls it {name}"
    registry.get(name)
    registry.get(name.rpartition(".")[2])


@pytest.mark.parametrize("entry", registry.entries(), ids=lambda entry: entry.name)
def test_every_spelling_finds_an_entry_that_has_it(entry: Activation | VectorActivation) -> None:
    for spelling in entry.spellings:
        for name in frameworks.names(spelling):
            found = registry.get(f"{spelling.framework}.{name}")
            assert any(
                s.framework is spelling.framework and name in frameworks.names(s) for s in found.spellings
            ), f"{spelling.framework} {name}"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("torch.nn.functional.gelu", "gelu"),
        ("jax.nn.gelu", "gelu_tanh"),
        ("keras.ops.gelu", "gelu_tanh"),
        ("keras.activations.gelu", "gelu"),
        ("tinygrad.Tensor.gelu", "gelu_tanh"),
        ("nn.SiLU", "silu"),
        ("F.gelu", "gelu"),
        ("LeakyReLU", "leaky_relu"),
        ("leaky-relu", "leaky_relu"),
        ("hard_silu", "hard_swish"),
        ("gelu_new", "gelu_tanh"),
        ("swish", "swish"),
        ("jax.nn.swish", "silu"),
        ("Atan", "arctan"),
    ],
)
def test_what_a_name_means(name: str, found: str) -> None:
    assert registry.get(name).name == found


@pytest.mark.parametrize(
    ("name", "framework", "spelled", "param", "default"),
    [
        ("leaky_relu", Framework.KERAS, "activations.leaky_relu", "negative_slope", 0.2),
        ("leaky_relu", Framework.KERAS, "layers.LeakyReLU", "negative_slope", 0.3),
        ("leaky_relu", Framework.NOTES, "Leaky ReLU", "negative_slope", 0.1),
        ("hard_sigmoid", Framework.ONNX, "HardSigmoid", "alpha", 0.2),
        ("prelu", Framework.KERAS, "layers.PReLU", "alpha", 0.0),
        ("selu", Framework.MLX, "nn.selu", "scale", 1.0507),
        ("selu", Framework.TINYGRAD, "Tensor.selu", "alpha", 1.67326),
        ("standardize", Framework.KERAS, "layers.LayerNormalization", "eps", 1e-3),
    ],
)
def test_a_default_that_differs_is_told(
    name: str, framework: Framework, spelled: str, param: str, default: float
) -> None:
    told = [
        s.defaults.get(param)
        for s in registry.get(name).spellings
        if s.framework is framework and spelled in frameworks.names(s)
    ]
    assert default in told

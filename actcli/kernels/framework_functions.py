"""The functions of a framework as kernels: what the catalogue's records say it has, and how each is called.

The names and the defaults are those of the records. What stands here besides is how a name is called that
does not take an array and our parameters by their names.
"""

from __future__ import annotations

import os
import re
from ast import literal_eval
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from actcli.core import registry
from actcli.core.frameworks import names
from actcli.core.spec import Framework
from actcli.errors import KernelError, UsageError, said
from actcli.kernels.load import Arrays
from actcli.kernels.python_function import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from actcli.core.spec import Activation, Params, Spelling, VectorActivation
    from actcli.kernels.kernel import Calling

CALLED = (Framework.TORCH, Framework.JAX, Framework.KERAS, Framework.HF, Framework.MLX)
"""The frameworks whose functions are called from Python."""

_MODULES = {
    Framework.TORCH: "torch",
    Framework.JAX: "jax",
    Framework.KERAS: "keras",
    Framework.HF: "transformers.activations",
    Framework.MLX: "mlx",
}
_ROOTS = {**_MODULES, Framework.HF: "transformers.ACT2FN"}
_ARRAYS = {
    Framework.TORCH: Arrays.TORCH,
    Framework.JAX: Arrays.JAX,
    Framework.HF: Arrays.TORCH,
    Framework.MLX: Arrays.MLX,
}


class CallStyle(NamedTuple):
    """How a name is called, where an array and our parameters by their names will not do.

    Attributes:
        fixed: arguments that are always given.
        renamed: what the framework calls our parameters.
        required: our parameters that are always passed on: the framework has no default for them.
        call: calls it with x and the arguments.
    """

    fixed: Mapping[str, Any] = {}
    renamed: Mapping[str, str] = {}
    required: tuple[str, ...] = ()
    call: Callable[..., Any] | None = None


_LAST = CallStyle(fixed={"dim": -1})
_THRESHOLD = CallStyle(required=("threshold", "value"), renamed={"value": "default_value"})
_OF_LENGTH = CallStyle(call=lambda f, x, **given: f(x.shape[-1], **given)(x))
_SHRINK = CallStyle(renamed={"lambd": "threshold"})

_HOW: dict[tuple[Framework, str], CallStyle] = {
    (Framework.TORCH, "heaviside"): CallStyle(call=lambda f, x: f(x, x.new_ones(()))),
    (Framework.TORCH, "nn.functional.threshold"): CallStyle(required=("threshold", "value")),
    (Framework.TORCH, "nn.functional.prelu"): CallStyle(
        required=("alpha",), call=lambda f, x, alpha: f(x, x.new_full((1,), alpha))
    ),
    (Framework.TORCH, "nn.functional.softmax"): _LAST,
    (Framework.TORCH, "nn.functional.log_softmax"): _LAST,
    (Framework.TORCH, "nn.functional.softmin"): _LAST,
    (Framework.TORCH, "nn.functional.normalize"): _LAST,
    (Framework.TORCH, "nn.functional.layer_norm"): CallStyle(
        call=lambda f, x, **given: f(x, x.shape[-1:], **given)
    ),
    (Framework.TORCH, "nn.functional.rms_norm"): CallStyle(
        required=("eps",), call=lambda f, x, eps: f(x, x.shape[-1:], eps=eps)
    ),
    (Framework.JAX, "nn.standardize"): CallStyle(renamed={"eps": "epsilon"}),
    (Framework.KERAS, "activations.threshold"): _THRESHOLD,
    (Framework.KERAS, "activations.soft_shrink"): _SHRINK,
    (Framework.KERAS, "activations.hard_shrink"): _SHRINK,
    (Framework.KERAS, "ops.normalize"): CallStyle(renamed={"p": "order", "eps": "epsilon"}),
    (Framework.KERAS, "layers.LayerNormalization"): CallStyle(renamed={"eps": "epsilon"}),
    (Framework.KERAS, "layers.RMSNormalization"): CallStyle(renamed={"eps": "epsilon"}),
    (Framework.MLX, "nn.prelu"): CallStyle(
        required=("alpha",), call=lambda f, x, alpha: f(x, import_module("mlx.core").array(alpha, x.dtype))
    ),
    (Framework.MLX, "nn.LayerNorm"): _OF_LENGTH,
    (Framework.MLX, "nn.RMSNorm"): _OF_LENGTH,
}

_ARGUMENT = re.compile(r"(\w+)=('\w*'|\w+)")


@dataclass(frozen=True, slots=True)
class FrameworkFunction:
    """A function of the catalogue under a name that a framework has for it.

    Attributes:
        entry: the function.
        framework: the framework.
        name: the name, under the framework's own module.
        defaults: the framework's defaults where they differ from the record's.
        arguments: what makes it this function, as `approximate='tanh'` makes gelu gelu_tanh.
    """

    entry: Activation | VectorActivation
    framework: Framework
    name: str
    defaults: Params
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """The name as it is called: `torch.nn.functional.gelu(approximate='tanh')`."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{_ROOTS[self.framework]}.{self.name}{f'({given})' if given else ''}"


def functions(framework: Framework) -> list[FrameworkFunction]:
    """Return what the catalogue's records say that a framework has, in the catalogue's order.

    Of several names that a record gives for one function the first that is a function is called, not the
    class of a module that calls it in turn.
    """
    return [
        FrameworkFunction(entry, framework, _preferred(spelling), spelling.defaults, _arguments(spelling))
        for entry in registry.entries()
        for spelling in entry.spellings
        if spelling.framework is framework
    ]


def _preferred(spelling: Spelling) -> str:
    spelled = names(spelling)
    return next((name for name in spelled if not _is_class(name)), spelled[0])


def _is_class(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()


def _arguments(spelling: Spelling) -> dict[str, Any]:
    """Return the arguments that a spelling's note names: `with approximate='tanh'`."""
    return {name: literal_eval(value) for name, value in _ARGUMENT.findall(spelling.note)}


def prepare(framework: Framework) -> str:
    """Import a framework, and return its name and version.

    Raises:
        UsageError: its functions cannot be called from Python, or it is not installed.
    """
    if framework not in CALLED:
        raise UsageError(
            f"the functions of {framework} cannot be called from here", f"those of {', '.join(CALLED)} can"
        )
    if framework is Framework.KERAS and "KERAS_BACKEND" not in os.environ and not find_spec("tensorflow"):
        # Keras asks for tensorflow if nobody says otherwise.
        os.environ["KERAS_BACKEND"] = "jax" if find_spec("jax") else "torch"
    module = _MODULES[framework].partition(".")[0]
    if not find_spec(module):
        raise UsageError(f"{framework}: {module} is not installed", f"pip install {module}")
    try:
        found: Any = import_module(_MODULES[framework])
    except (Exception, SystemExit) as error:
        raise UsageError(f"cannot import {module}: {said(error)}") from error
    version = getattr(import_module(module), "__version__", None) or getattr(found, "__version__", "")
    return f"{module} {version}".strip()


_LENGTHS = (1, 3, 7, 17, 63, 129, 513)
"""Lengths of pieces that each function is called on, twice: there are dozens, and jax compiles for each."""


class FrameworkKernel(PythonFunction):
    """A function of a framework, one of many."""

    @property
    def calling(self) -> Calling:
        """How it can be called."""
        return super().calling._replace(lengths=_LENGTHS, calls=2 * len(_LENGTHS))


def kernel(found: FrameworkFunction, given: Params) -> FrameworkKernel:
    """Return a function of a framework as a kernel, after `prepare`.

    Args:
        found: the function.
        given: the parameters that are passed on to it; the others are left to the framework.

    Raises:
        KernelError: the framework has no such name, or draws random numbers in it.
    """
    if getattr(found.entry, "random", False):
        raise KernelError(f"{found.called} draws random numbers")
    target = _target(found)
    how = _HOW.get((found.framework, found.name), CallStyle())
    passed = {how.renamed.get(name, name): value for name, value in given.items()}
    always = {how.renamed.get(name, name): found.entry.defaults[name] for name in how.required}
    arguments = {**how.fixed, **found.arguments, **always, **passed}

    def call(x: Any) -> Any:
        if how.call:
            return how.call(target, x, **arguments)
        if found.framework is Framework.HF or _is_class(found.name):
            return _built(found.framework, target, x, arguments)(x)
        return target(x, **arguments)

    return FrameworkKernel(found.called, call, _arrays(found.framework))


def _target(found: FrameworkFunction) -> Any:
    """Return what the framework has under the name."""
    place = _MODULES[found.framework]
    try:
        target: Any = import_module(place)
        if found.framework is Framework.HF:
            return target.ACT2FN[found.name]
        for part in found.name.split("."):
            place = f"{place}.{part}"
            if not hasattr(target, part):
                import_module(place)
            target = getattr(target, part)
    except (ImportError, AttributeError, KeyError):
        raise KernelError(f"{found.framework} has no {found.name}") from None
    return target


def _built(framework: Framework, target: Any, x: Any, arguments: Mapping[str, Any]) -> Any:
    """Return an instance of a class of modules, for arrays like x."""
    if framework is Framework.KERAS:
        dtype = import_module("keras").backend.standardize_dtype(x.dtype)
        return target(**arguments, dtype=dtype)
    instance = target if framework is Framework.HF else target(**arguments)
    return instance.to(x) if framework in (Framework.TORCH, Framework.HF) else instance


def _arrays(framework: Framework) -> Arrays:
    if framework is Framework.KERAS:
        backend = import_module("keras").backend.backend()
        if backend not in ("jax", "torch", "numpy"):
            raise UsageError(f"keras runs on {backend} here", "KERAS_BACKEND=jax or torch, which are called")
        return Arrays(backend)
    return _ARRAYS[framework]

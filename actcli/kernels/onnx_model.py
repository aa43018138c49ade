"""A model in a file of ONNX as a kernel, run by onnxruntime."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.core.dtypes import Encoded
from actcli.errors import DataError, KernelError, TransferError, UsageError, said
from actcli.kernels.kernel import CONTIGUOUS, Calling, no_autograd, no_floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from actcli.core.dtypes import DType

_KINDS = {
    "tensor(float)": ("float32", 1),
    "tensor(float16)": ("float16", 10),
    "tensor(double)": ("float64", 11),
    "tensor(bfloat16)": ("bfloat16", 16),
    "tensor(float8e4m3fn)": ("float8_e4m3fn", 17),
    "tensor(float8e4m3fnuz)": ("float8_e4m3fnuz", 18),
    "tensor(float8e5m2)": ("float8_e5m2", 19),
    "tensor(float8e5m2fnuz)": ("float8_e5m2fnuz", 20),
    "tensor(uint8)": ("uint8", 2),
    "tensor(int8)": ("int8", 3),
}
"""What onnxruntime calls formats, their names here, and their numbers in TensorProto.DataType."""
_NUMBERS = dict(_KINDS.values())


@dataclass(frozen=True)
class OnnxModel:
    """A model whose inputs are the operands in order, and whose first output is the result.

    An array of one axis is given the shape that the model's inputs have: their free axes take what the fixed
    ones do not, and what is lacking to fill it is the last number again.

    Attributes:
        path: the file.
    """

    path: str

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self.path

    @property
    def calling(self) -> Calling:
        """How it can be called."""
        return Calling(CONTIGUOUS, dtype=dtypes.named(_name(self.path, self._session.get_inputs()[0].type)))

    @cached_property
    def _session(self) -> Any:
        try:
            runtime: Any = import_module("onnxruntime")
        except ImportError:
            raise UsageError(
                "--onnx needs onnxruntime, which is not installed", "pip install onnxruntime"
            ) from None
        if not Path(self.path).is_file():
            raise TransferError(f"{self.path}: no such file")
        options = runtime.SessionOptions()
        options.log_severity_level = 4  # what is wrong is told here
        try:
            return runtime.InferenceSession(self.path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise DataError(f"{self.path} is no model that onnxruntime runs: {said(error)}") from None

    def run(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        """Return its results; see `Kernel.run`."""
        takes = self._session.get_inputs()
        if len(takes) != len(operands):
            names = ", ".join(each.name for each in takes)
            raise UsageError(f"{self.path} takes {len(takes)} inputs ({names}), not {len(operands)}")
        for each, operand in zip(takes, operands, strict=True):
            if (wanted := _name(self.path, each.type)) != operand.dtype.name:
                scale = " --scale F --zero-point N" if wanted in dtypes.INTEGERS else ""
                raise UsageError(
                    f"{self.path} takes {wanted}, not {operand.dtype.name}", f"--in-dtype {wanted}{scale}"
                )
        shape = operands[0].bits.shape
        if all(_fits(operand.bits.shape, each.shape) for each, operand in zip(takes, operands, strict=True)):
            return self._called([operand.bits for operand in operands], operands, dtype)
        if any(operand.bits.shape != shape or operand.bits.ndim != 1 for operand in operands):
            given = " and ".join(str(operand.bits.shape) for operand in operands)
            raise UsageError(f"{self.path} takes shape {takes[0].shape}, not {given}")
        return self._in_shape(operands, takes[0].shape, dtype)

    def _in_shape(
        self, operands: Sequence[Encoded], wanted: Sequence[int | str | None], dtype: DType
    ) -> Encoded:
        """Return the results for arrays of one axis of a model whose inputs have others."""
        n = len(operands[0].bits)
        fixed = math.prod(length for length in wanted if isinstance(length, int))
        free = [axis for axis, length in enumerate(wanted) if not isinstance(length, int)]
        rows = -(-n // fixed)
        at_once = rows if free else 1
        shape = [length if isinstance(length, int) else 1 for length in wanted]
        if free:
            shape[free[0]] = rows
        filled = [
            np.concatenate([each.bits, np.repeat(each.bits[-1:], rows * fixed - n)]) for each in operands
        ]
        parts = [
            self._called(
                [bits[start : start + at_once * fixed].reshape(shape) for bits in filled], operands, dtype
            )
            for start in range(0, rows * fixed, at_once * fixed)
        ]
        bits = np.concatenate([part.bits.ravel() for part in parts])
        if bits.size != rows * fixed:
            raise KernelError(f"{self.path} returned {bits.size} numbers for {rows * fixed}")
        return Encoded(bits[:n], parts[0].dtype)

    def _called(self, arrays: Sequence[NDArray[Any]], operands: Sequence[Encoded], due: DType) -> Encoded:
        runtime: Any = import_module("onnxruntime")
        feed = {}
        for takes, bits, operand in zip(self._session.get_inputs(), arrays, operands, strict=True):
            kind = _NUMBERS[operand.dtype.name]
            given = np.ascontiguousarray(bits)
            feed[takes.name] = runtime.OrtValue.ortvalue_from_numpy_with_onnx_type(given, kind)
        try:
            found = self._session.run_with_ort_values(None, feed)[0]
        except Exception as error:
            raise KernelError(f"{self.path}: {said(error)}") from error
        name = _name(self.path, found.data_type())
        dtype = due if due.name == name else dtypes.named(name)
        if dtype is None:
            raise no_floats(name)
        shape = tuple(found.shape())
        size = math.prod(shape) * dtype.patterns.itemsize
        data = ctypes.string_at(found.data_ptr(), size) if size else b""  # NumPy lacks some of the formats
        return Encoded(np.frombuffer(data, dtype.patterns).reshape(shape), dtype)

    def gradient(self, *_: Any) -> Encoded:
        """Refuse; see `Kernel.gradient`."""
        raise no_autograd("onnxruntime")


def _name(path: str, kind: str) -> str:
    """Return the name of a format, or of the integers of a quantised one, that onnxruntime names.

    Raises:
        UsageError: it is none that is known here.
    """
    if kind not in _KINDS:
        raise UsageError(f"{path} takes or returns {kind}, no numbers that are known here")
    return _KINDS[kind][0]


def _fits(shape: tuple[int, ...], wanted: Sequence[int | str | None]) -> bool:
    """Return whether an array has the shape that a model asks for; free axes take any length."""
    return len(shape) == len(wanted) and all(
        not isinstance(due, int) or due == length for length, due in zip(shape, wanted, strict=True)
    )

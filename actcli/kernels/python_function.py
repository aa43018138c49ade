"""A function of Python as a kernel: one of NumPy, torch, jax, or of one number."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.errors import ActcliError, KernelError, UsageError, said
from actcli.kernels.kernel import encoded
from actcli.kernels.load import Arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from actcli.core.dtypes import DType


@dataclass(frozen=True)
class PythonFunction:
    """A function that is called on arrays of a library, or on one number after the other.

    Attributes:
        name: what a report calls it.
        function: the function.
        arrays: what it takes.
        given: passed on to it by name.
    """

    name: str
    function: Callable[..., Any]
    arrays: Arrays
    given: Mapping[str, Any] = field(default_factory=dict)

    def run(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        """Return its results; see `Kernel.run`."""
        return self._called(operands, dtype, None, 0, 0)

    def gradient(
        self, operands: Sequence[Encoded], dtype: DType, cotangent: Encoded | None, by: int, order: int
    ) -> Encoded:
        """Return its derivative by autograd; see `Kernel.gradient`."""
        if self.arrays in (Arrays.NUMPY, Arrays.SCALAR):
            raise UsageError(
                f"{self.arrays} has no autograd to take a derivative with",
                "--direct if the kernel returns the derivative",
            )
        return self._called(operands, dtype, cotangent, by, order)

    def _called(
        self, operands: Sequence[Encoded], dtype: DType, cotangent: Encoded | None, by: int, order: int
    ) -> Encoded:
        def call(*arrays: Any) -> Any:
            return self.function(*arrays, **self.given)

        try:
            with np.errstate(all="ignore"), redirect_stdout(sys.stderr):
                if self.arrays is Arrays.TORCH:
                    from actcli.kernels import torch_arrays

                    return torch_arrays.called(call, operands, cotangent, by, order)
                if self.arrays is Arrays.JAX:
                    from actcli.kernels import jax_arrays

                    return jax_arrays.called(call, operands, cotangent, by, order)
                if self.arrays is Arrays.MLX:
                    from actcli.kernels import mlx_arrays

                    return mlx_arrays.called(call, operands, cotangent, by, order)
                if self.arrays is Arrays.SCALAR:
                    return _one_by_one(call, operands, dtype)
                return _numpy(call, operands, dtype)
        except ActcliError:
            raise
        except (Exception, SystemExit) as error:  # the kernel is the user's: its failure is theirs to see
            raise KernelError(f"the kernel raised {said(error)}") from error


def _numpy(call: Callable[..., Any], operands: Sequence[Encoded], dtype: DType) -> Encoded:
    try:
        return encoded(call(*(operand.array for operand in operands)))
    except (TypeError, ValueError) as error:
        # A function written for one number says one of these of an array.
        hints = ("length-1", "0-dimensional", "ambiguous", "must be real number")
        if any(hint in str(error) for hint in hints):
            return _one_by_one(call, operands, dtype)
        raise


def _one_by_one(call: Callable[..., Any], operands: Sequence[Encoded], dtype: DType) -> Encoded:
    def one(*numbers: float) -> float:
        try:
            return float(call(*numbers))
        except (ArithmeticError, ValueError):  # Python's ways to say that there is no such number
            return float("nan")

    columns = np.broadcast_arrays(*(operand.values for operand in operands))
    results = [
        one(*numbers) for numbers in zip(*(column.ravel().tolist() for column in columns), strict=True)
    ]
    return Encoded.of(np.reshape(results, columns[0].shape), dtype)

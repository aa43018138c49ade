"""A function of Python as a kernel: one of NumPy, torch, jax, or of one number."""

from __future__ import annotations

import math
import re
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.errors import ActcliError, KernelError, said
from actcli.kernels import float_modes
from actcli.kernels.kernel import ANY_ARRAY, WHOLE, Arrangement, Calling, encoded, no_autograd
from actcli.kernels.load import Arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from actcli.core.dtypes import DType

_FOR_ONE = ("length-1", "0-dimensional", "ambiguous", "must be real number")
"""What a function written for one number says of an array, in a TypeError or ValueError."""

_LITTERED = 1 << 17
"""Bytes from which on memory comes from the system for each array, without what was in it."""


@dataclass(frozen=True)
class PythonFunction:
    """A function that is called on arrays of a library, or on one number after the other.

    Attributes:
        name: what a report calls it.
        function: the function.
        arrays: what it takes.
        given: passed on to it by name.
        device: where torch or jax is to compute, if that is said.
        traceback: whether an error of the function shows where it was raised.
    """

    name: str
    function: Callable[..., Any]
    arrays: Arrays
    given: Mapping[str, Any] = field(default_factory=dict)
    device: str | None = None
    traceback: bool = False
    _one_by_one: list[bool] = field(default_factory=list, init=False, repr=False, compare=False)
    _raised: dict[tuple[float, ...], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def calling(self) -> Calling:
        """How it can be called."""
        if self.arrays is Arrays.SCALAR or self._one_by_one:  # there is no array to be at a place in
            return Calling(WHOLE, raised=self._raised)
        if self.arrays is Arrays.TORCH:
            from actcli.kernels import torch_arrays

            return torch_arrays.calling(self.function, self.device)
        if self.arrays is Arrays.JAX:
            from actcli.kernels import jax_arrays

            return jax_arrays.CALLING
        if type(self.function).__module__.startswith("numba."):  # which compiles a loop of one axis for that
            return Calling(ANY_ARRAY - {Arrangement.TRANSPOSED})
        return Calling(ANY_ARRAY)

    def run(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        """Return its results; see `Kernel.run`."""
        return self._called(operands, dtype, None, 0, 0)

    def gradient(
        self, operands: Sequence[Encoded], dtype: DType, cotangent: Encoded | None, by: int, order: int
    ) -> Encoded:
        """Return its derivative by autograd; see `Kernel.gradient`."""
        if self.arrays in (Arrays.NUMPY, Arrays.SCALAR):
            raise no_autograd(self.arrays)
        return self._called(operands, dtype, cotangent, by, order)

    def _called(
        self, operands: Sequence[Encoded], dtype: DType, cotangent: Encoded | None, by: int, order: int
    ) -> Encoded:
        def call(*arrays: Any) -> Any:
            return self.function(*arrays, **self.given)

        try:
            with float_modes.of_the_kernel(), np.errstate(all="ignore"), redirect_stdout(sys.stderr):
                if self.arrays is Arrays.TORCH:
                    from actcli.kernels import torch_arrays

                    function = torch_arrays.prepared(self.function, operands[0].dtype, self.device)
                    return torch_arrays.called(
                        lambda *tensors: function(*tensors, **self.given),
                        operands,
                        cotangent,
                        by,
                        order,
                        self.device,
                        dtype,
                    )
                if self.arrays is Arrays.JAX:
                    from actcli.kernels import jax_arrays

                    return jax_arrays.called(call, operands, cotangent, by, order, self.device, dtype)
                if self.arrays is Arrays.MLX:
                    from actcli.kernels import mlx_arrays

                    return mlx_arrays.called(call, operands, cotangent, by, order)
                if self.arrays is Arrays.SCALAR:
                    return _one_by_one(call, operands, dtype, self._raised)
                return self._numpy(call, operands, dtype)
        except ActcliError:
            raise
        except (Exception, SystemExit) as error:  # the kernel is the user's: its failure is theirs to see
            hint = _other_arrays(error, self.arrays) or ("" if self.traceback else "--traceback shows where")
            raise KernelError(f"the kernel raised {said(error)}", hint, self._frames(error)) from error

    def _numpy(self, call: Callable[..., Any], operands: Sequence[Encoded], dtype: DType) -> Encoded:
        typed = type(self.function).__module__.startswith("numba.")
        if self._one_by_one:
            return _one_by_one(call, operands, dtype, self._raised, typed=typed)
        _litter(operands[0].bits.nbytes)
        try:
            return encoded(call(*(operand.array for operand in operands)), dtype)
        except Exception as error:
            told = isinstance(error, (TypeError, ValueError)) and any(w in str(error) for w in _FOR_ONE)
            # numba's, of a function that is compiled for one number
            if not told and not (typed and type(error).__name__ == "TypingError"):
                raise
            found = _one_by_one(call, operands, dtype, self._raised, typed=typed)
            self._one_by_one.append(True)
            return found

    def _frames(self, error: BaseException) -> tuple[str, ...]:
        """Return the traceback of an error from the kernel on, if it is asked for."""
        if not self.traceback:
            return ()
        own = str(__file__).rpartition("python_function")[0]
        frames = traceback.extract_tb(error.__traceback__)
        last = max((i for i, frame in enumerate(frames) if frame.filename.startswith(own)), default=-1)
        text = "".join(traceback.format_list(frames[last + 1 :]))
        return tuple(text.rstrip().splitlines())


def _litter(size: int) -> None:
    """Leave memory of that size free that is full of ones, NaN in most formats.

    What a kernel then allocates for its results and does not write would otherwise often hold what is left
    of a call before: the right results.
    """
    if size <= _LITTERED:
        for memory in [np.full(size, 0xFF, np.uint8) for _ in range(3)]:
            del memory


def _one_by_one(
    call: Callable[..., Any],
    operands: Sequence[Encoded],
    dtype: DType,
    raised: dict[tuple[float, ...], str],
    *,
    typed: bool = False,
) -> Encoded:
    """Call a function on one number after the other, as Python's floats, or `typed` as they are.

    What it raises for numbers is kept: whether that is right is not for the kernel to say.
    """

    def one(*numbers: Any) -> float:
        try:
            return float(call(*numbers))
        except (ArithmeticError, ValueError) as error:  # Python's ways to say that there is no such number
            if not any(map(math.isnan, numbers)):
                raised[numbers] = said(error)
            return float("nan")

    columns = [column.ravel() for column in np.broadcast_arrays(*(each.array for each in operands))]
    numbers = columns if typed else [column.astype(np.float64).tolist() for column in columns]
    results = [one(*each) for each in zip(*numbers, strict=True)]
    return Encoded.of(np.reshape(results, operands[0].bits.shape), dtype)


def _other_arrays(error: BaseException, given: Arrays) -> str:
    """Return the hint that a kernel takes arrays of another library, if its error sounds like it."""
    text = str(error)
    if given is Arrays.NUMPY:
        missing = re.search(r"'numpy.ndarray' object has no attribute '(\w+)'", text)
        if "Tensor" in text or "torch" in text or missing:
            return "--arrays torch if it takes tensors"
        if "jax" in text or "Tracer" in text:
            return "--arrays jax if it takes arrays of jax"
    elif re.search(r"numpy|as a data type|'(Tensor|ArrayImpl|\w*Tracer)' object has no attribute", text):
        return "--arrays numpy if it takes arrays of NumPy"
    return ""

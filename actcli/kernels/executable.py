"""A program as a kernel: raw numbers on its standard input, raw results on its standard output."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.errors import KernelCrashError, KernelError, UsageError
from actcli.kernels.kernel import WHOLE, Calling, no_autograd
from actcli.kernels.shared_library import how_it_ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.dtypes import DType


@dataclass(frozen=True)
class Executable:
    """A program that is started for each call, and reads its operands one after the other, to the end.

    What it writes to standard error is shown as it comes.

    Attributes:
        line: the program and its arguments, as a shell splits them.
    """

    line: str

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self.line

    @property
    def calling(self) -> Calling:
        """How it can be called."""
        return Calling(WHOLE)

    def run(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        """Return its results; see `Kernel.run`."""
        try:
            words = shlex.split(self.line, posix=os.name != "nt")
            data = b"".join(operand.bits.tobytes() for operand in operands)
            done = subprocess.run(words or [self.line], input=data, stdout=subprocess.PIPE, check=False)
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise UsageError(f"--command {self.line}: {reason}") from None
        shape = operands[0].bits.shape
        told = f"{operands[0].bits.size} numbers of {dtype}"
        if done.returncode < 0:
            raise KernelCrashError(f"{self.line} {how_it_ended(done.returncode)}, given {told}")
        if done.returncode:
            raise KernelError(f"{self.line} {how_it_ended(done.returncode)}, given {told}")
        due = operands[0].bits.size * dtype.patterns.itemsize
        if len(done.stdout) != due:
            raise KernelError(f"{self.line} wrote {len(done.stdout)} bytes for {told}, which are {due}")
        return Encoded(np.frombuffer(done.stdout, dtype.patterns).reshape(shape), dtype)

    def gradient(self, *_: Any) -> Encoded:
        """Refuse; see `Kernel.gradient`."""
        raise no_autograd("a program")

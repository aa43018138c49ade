"""A function of a shared library as a kernel: `void f(const T* in, T* out, size_t n)`."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

import numpy as np

from actcli.core.dtypes import Encoded
from actcli.errors import KernelCrashError, UsageError
from actcli.kernels import library_worker
from actcli.kernels.kernel import CONTIGUOUS, Calling, no_autograd
from actcli.kernels.library_worker import AFTER_GUARD, BEFORE_GUARD, WITH_ROOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.dtypes import DType


@dataclass(frozen=True)
class SharedLibrary:
    """A function that is called in a process of its own, so that nothing else ends where it crashes.

    It takes the arrays of its operands in order, that of the results, and how many numbers they hold.

    Attributes:
        path: the library.
        symbol: the function.
    """

    path: str
    symbol: str
    _workers: list[subprocess.Popen[bytes]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    @classmethod
    def named(cls, target: str) -> SharedLibrary:
        """Return the function that `PATH:SYMBOL` names.

        Raises:
            UsageError: it is not of that form, or there is no such file or function.
        """
        path, colon, symbol = target.rpartition(":")
        if not (path and colon and symbol):
            raise UsageError(f"--lib {target}: not PATH:SYMBOL", "for example ./libgelu.so:gelu_f32")
        if not Path(path).is_file():
            raise UsageError(f"--lib {target}: no file {path!r}")
        library = cls(path, symbol)
        library._worker()
        return library

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"{self.path}:{self.symbol}"

    @property
    def calling(self) -> Calling:
        """How it can be called."""
        return Calling(CONTIGUOUS, guarded=None if sys.platform == "win32" else self._guarded)

    def run(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        """Return its results; see `Kernel.run`."""
        return self._called(operands, dtype, WITH_ROOM)

    def gradient(self, *_: Any) -> Encoded:
        """Refuse; see `Kernel.gradient`."""
        raise no_autograd("a library")

    def _guarded(self, operands: Sequence[Encoded], dtype: DType) -> Encoded:
        for where, place in ((AFTER_GUARD, "before the start"), (BEFORE_GUARD, "beyond the end")):
            try:
                own = [Encoded(bits.copy(), kind) for bits, kind in operands]  # which it may write into
                found = self._called(own, dtype, where)
            except KernelCrashError as error:
                what = f"{self.symbol} reads or writes {place} of its arrays"
                raise KernelCrashError(f"{what}: {error.message}") from None
        return found

    def _called(self, operands: Sequence[Encoded], dtype: DType, where: int) -> Encoded:
        worker = self._worker()
        assert worker.stdin
        assert worker.stdout
        shape = operands[0].bits.shape
        off = operands[0].bits.ctypes.data % 64 if where == WITH_ROOM else 0
        sizes = [operand.bits.nbytes for operand in operands]
        results = operands[0].bits.size * dtype.patterns.itemsize
        numbers = (operands[0].bits.size, where, off, results, *sizes)
        try:
            worker.stdin.write(" ".join(map(str, numbers)).encode() + b"\n")
            for operand in operands:
                worker.stdin.write(operand.bits.tobytes())
            worker.stdin.flush()
        except BrokenPipeError:
            raise self._ended(worker, operands) from None
        line = worker.stdout.readline().split()
        if len(line) != 2:
            raise self._ended(worker, operands)
        data = worker.stdout.read(results)
        if line[1] == b"1":
            for operand, size in zip(operands, sizes, strict=True):
                changed = np.frombuffer(worker.stdout.read(size), operand.bits.dtype)
                operand.bits[...] = changed.reshape(operand.bits.shape)
        if line[0] == b"1":
            raise KernelCrashError(
                f"{self.symbol} writes beyond its arrays of {operands[0].bits.size} numbers"
            )
        return Encoded(np.frombuffer(data, dtype.patterns).reshape(shape), dtype)

    def _worker(self) -> subprocess.Popen[bytes]:
        """Return the process that calls the function, a new one if there is none.

        Raises:
            UsageError: the library cannot be loaded, or has no such function.
        """
        if not self._workers:
            path = str(Path(self.path).resolve())
            command = [sys.executable, "-I", library_worker.__file__, path, self.symbol]
            worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._workers.append(worker)
            finalize(self, _end, worker)
            assert worker.stdout
            answer = worker.stdout.readline().decode(errors="replace").strip()
            if answer != "ready":
                reason = answer or how_it_ended(self._dismissed())
                raise UsageError(f"--lib {self.name} cannot be called: {reason}")
        return self._workers[0]

    def _dismissed(self) -> int:
        """End the process and return its exit status."""
        worker = self._workers.pop()
        _end(worker)
        return worker.returncode

    def _ended(self, worker: subprocess.Popen[bytes], operands: Sequence[Encoded]) -> KernelCrashError:
        where = f"called on {operands[0].bits.size} numbers of {operands[0].dtype}"
        worker.wait()
        return KernelCrashError(f"{self.symbol} {how_it_ended(self._dismissed())}, {where}")


def _end(worker: subprocess.Popen[bytes]) -> None:
    for stream in (worker.stdin, worker.stdout):
        assert stream
        with suppress(BrokenPipeError):
            stream.close()
    try:
        worker.wait(1)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def how_it_ended(code: int) -> str:
    """Return in words how a process ended."""
    if code >= 0:
        return f"ended with exit status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"

"""Programs as kernels."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core.dtypes import FLOAT16, FLOAT32, FLOAT64, Encoded
from actcli.errors import KernelCrashError, KernelError, UsageError
from actcli.kernels.calls import tried
from actcli.kernels.executable import Executable
from actcli.kernels.kernel import Arrangement
from tests.kernels import samples

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows runs no scripts by their first line")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return samples.program(tmp_path)


def every() -> Encoded:
    return Encoded(np.arange(1 << 16, dtype=np.uint16), FLOAT16)


@pytest.mark.usefixtures("program")
def test_a_program_is_started_three_times() -> None:
    found = tried(Executable("./kernel float16 right"), [every()], FLOAT16)
    assert np.array_equal(found.results.values, np.maximum(every().values, 0), equal_nan=True)
    assert found.calls == 3
    assert found.differing == []


@pytest.mark.usefixtures("program")
def test_the_rest_of_a_loop_comes_out_in_what_is_shuffled() -> None:
    (found,) = tried(Executable("./kernel float16 rest"), [every()], FLOAT16).differing
    assert found.arrangement is Arrangement.SHUFFLED
    assert (found.places >= 65535 - 15).all()


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("short", KernelError, "wrote 131070 bytes for 65536 numbers of float16, which are 131072"),
        ("status", KernelError, "ended with exit status 3"),
        ("killed", KernelCrashError, "was killed by SIGSEGV"),
    ],
)
def test_a_program_that_fails_is_told(
    fault: str, kind: type[KernelError], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(kind, match=said):
        Executable(f"./kernel float16 {fault}").run([every()], FLOAT16)
    assert capfd.readouterr().err == ("out of order\n" if fault == "status" else "")


@pytest.mark.parametrize(
    ("line", "said"),
    [("./gone", "no such file"), ("'open", "no closing quotation"), ("  ", "--command   :")],
)
def test_what_is_no_program_is_bad_usage(line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Executable(line).run([every()], FLOAT16)


def test_results_may_be_of_another_format_than_inputs() -> None:
    widen = "import numpy as n, sys; x = sys.stdin.buffer.read(); y = n.frombuffer(x, 'f4').astype('f8')"
    command = Executable(f'"{sys.executable}" -c "{widen}; sys.stdout.buffer.write(y.tobytes())"')
    x = Encoded.of(np.linspace(-1, 1, 9), FLOAT32)
    got = command.run([x], FLOAT64)
    assert got.dtype is FLOAT64
    assert np.array_equal(got.values, x.values)


def test_a_program_that_reads_nothing_is_told_by_its_length() -> None:
    with pytest.raises(KernelError, match="wrote 0 bytes"):
        Executable("true").run([every()], FLOAT16)

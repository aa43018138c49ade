"""The order of the tests, and the signals that they and their processes hear."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_configure() -> None:
    """Hear what ends programs: shells and nohup have what runs in the background ignore it."""
    for name, usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check types first: it takes longest, and one process would do it while the others have nothing left."""
    items.sort(key=lambda item: item.path.name != "test_repository.py")

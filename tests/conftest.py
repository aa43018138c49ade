"""The order of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check types first: it takes longest, and one process would do it while the others have nothing left."""
    items.sort(key=lambda item: item.path.name != "test_repository.py")

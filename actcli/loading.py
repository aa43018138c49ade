"""Imports without the garbage collector, which looks through all that they make and finds nothing.

That goes for a program, which keeps to its end what it imports; the library leaves the collector alone.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def loading() -> Iterator[None]:
    """Keep the collector at rest, and away from what is imported: a tenth of the time of an import is its.

    The first full collection after a large import would take as long again.
    """
    if not gc.isenabled():
        yield
        return
    before = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > before:  # what is left of other work is not to be kept
            gc.freeze()
        gc.enable()

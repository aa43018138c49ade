"""matplotlib as it comes, whatever settings there are in the directory, the home or the environment."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_USE = "matplotlib" in sys.modules
"""Whether someone else has imported it, and may have set anything."""


@contextmanager
def untouched() -> Iterator[None]:
    """Import matplotlib without a file of settings: it would read one of the directory it is imported in.

    Such a file may change every picture, have LaTeX run, or be broken; so may what the environment names.
    """
    if not _IN_USE:
        import logging  # as matplotlib does, to tell where it keeps what it knows of fonts

        logging.getLogger("matplotlib").setLevel(logging.ERROR)
    own = {name: os.environ.pop(name, None) for name in ("MPLBACKEND", "MATPLOTLIBRC")}
    os.environ["MATPLOTLIBRC"] = os.devnull
    here = _leave()
    try:
        yield
    finally:
        if here is not None:
            os.fchdir(here)
            os.close(here)
        del os.environ["MATPLOTLIBRC"]
        os.environ.update({name: value for name, value in own.items() if value is not None})


def _leave() -> int | None:
    """Go to a directory without such a file, and return a descriptor of the one left, if it can be left."""
    if _IN_USE or not os.path.lexists("matplotlibrc") or not hasattr(os, "fchdir"):
        return None
    with suppress(OSError):
        here = os.open(".", os.O_RDONLY)
        os.chdir(os.path.dirname(__file__))  # noqa: PTH120
        return here
    return None


def defaults() -> dict[str, object]:
    """Return the settings that pictures begin with: matplotlib's own, where they may have been changed."""
    if not _IN_USE:
        return {}
    from matplotlib import rcParamsDefault

    return {name: value for name, value in rcParamsDefault.items() if name != "backend"}

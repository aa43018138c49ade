"""NumPy without the instruction sets that it chooses among as it is loaded."""

from __future__ import annotations

import os

import numpy as np


def found() -> list[str]:
    """Return the instruction sets beyond the baseline that NumPy would use on this processor."""
    names: list[str] = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return names


def without() -> dict[str, str]:
    """Return the environment of a process whose NumPy uses none of them."""
    return {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(found())}

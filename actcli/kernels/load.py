"""Importing a function that the user names, and telling which kind of array it takes."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from actcli.errors import UsageError, said

if TYPE_CHECKING:
    from collections.abc import Callable


class Arrays(StrEnum):
    """What a kernel is given: an array of some library, or one number after the other."""

    NUMPY = "numpy"
    TORCH = "torch"
    JAX = "jax"
    MLX = "mlx"
    SCALAR = "scalar"


def load(target: str) -> Callable[..., Any]:
    """Import `package.module:function` (dots allowed after the colon too) and return the function.

    Raises:
        UsageError: the target is not of that form, cannot be imported, or is not callable.
    """
    module, colon, path = target.partition(":")
    if module.endswith(".py"):
        raise UsageError(
            f"{target!r} is not package.module:function", f"{module[:-3].replace('/', '.')}:{path}"
        )
    if not (module and colon and path):
        raise UsageError(f"{target!r} is not package.module:function", "for example torch.nn.functional:gelu")
    sys.path.insert(0, "")  # where the user is, as `python -m` does
    try:
        with redirect_stdout(sys.stderr):  # stdout is for the report
            found: Any = import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (Exception, SystemExit) as error:  # whatever the user's module raises is the user's to see
        raise UsageError(f"cannot import {target}: {said(error)}") from error
    finally:
        sys.path.remove("")
    if not callable(found):
        raise UsageError(f"{target} is a {type(found).__name__}, not a function")
    return found  # type: ignore[no-any-return]


def arrays_of(kernel: Callable[..., Any]) -> Arrays:
    """Return what kind of array a kernel wants, by where it comes from and what its module has imported."""
    home = getattr(kernel, "__module__", "") or type(kernel).__module__
    root = home.partition(".")[0]
    if type(kernel).__module__.partition(".")[0] in ("torch", "jax", "jaxlib"):
        root = type(kernel).__module__.partition(".")[0]
    bases = {base.__module__.partition(".")[0] for base in type(kernel).__mro__}
    names = {root, *bases}
    namespace = getattr(kernel, "__globals__", None) or vars(sys.modules.get(home, sys))
    names |= {
        value.__name__.partition(".")[0]
        for value in list(namespace.values())
        if isinstance(value, type(sys)) and home.partition(".")[0] not in ("numpy", "math")
    }
    if "torch" in names:
        return Arrays.TORCH
    if names & {"jax", "jaxlib"}:
        return Arrays.JAX
    if "mlx" in names:
        return Arrays.MLX
    return Arrays.SCALAR if root in ("math", "builtins", "cmath") else Arrays.NUMPY

"""Importing a function that the user names, and telling which kind of array it takes."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from enum import StrEnum
from functools import partial
from importlib import import_module
from inspect import isclass
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from actcli.errors import UsageError, said
from actcli.kernels import float_modes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


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
        with float_modes.of_the_kernel(), redirect_stdout(sys.stderr):  # stdout is for the report
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


def built(
    target: str, found: Callable[..., Any], given: Mapping[str, Any]
) -> tuple[Callable[..., Any], Mapping[str, Any]]:
    """Return what is called, and what it is passed by name: a class is built with that, then called.

    Of a function of torch's autograd, a class too, it is `apply` that is called.

    Raises:
        UsageError: the class cannot be built.
    """
    if not isclass(found) or not any("__call__" in vars(base) for base in found.__mro__):
        return found, given
    if any(base.__module__ == "torch.autograd.function" for base in found.__mro__):
        return found.apply, given  # type: ignore[attr-defined]
    try:
        with float_modes.of_the_kernel(), redirect_stdout(sys.stderr):
            instance: Any = found(**given)
    except (Exception, SystemExit) as error:
        raise UsageError(
            f"cannot build {target}: {said(error)}", "--with NAME=VALUE for each argument"
        ) from error
    return instance, {}


def arrays_of(kernel: Callable[..., Any]) -> Arrays:
    """Return what kind of array a kernel takes.

    It tells by the library that the kernel is of; else by the libraries that its code uses; else by those
    that its module has imported.
    """
    while isinstance(kernel, partial):
        kernel = kernel.func
    own = {_root(base) for base in type(kernel).__mro__[:-1]}
    home = getattr(kernel, "__module__", "") or type(kernel).__module__
    root = home.partition(".")[0]
    if own & {"numba", "numpy"}:  # what was compiled, and ufuncs of all kinds
        return Arrays.NUMPY
    function = kernel if hasattr(kernel, "__code__") else type(kernel).__call__
    space = getattr(function, "__globals__", None) or vars(sys.modules.get(home, sys))
    used = set(_used(function, space, set()))
    for libraries in (own, {root}, used):
        if found := _of(libraries):
            return found
    if root in ("math", "builtins", "cmath"):
        return Arrays.SCALAR
    if "numpy" in used or root == "numpy":
        return Arrays.NUMPY
    imported = {_root(value) for value in list(space.values()) if isinstance(value, ModuleType)}
    return _of(imported) or Arrays.NUMPY


def _of(libraries: set[str]) -> Arrays | None:
    if "keras" in libraries:
        return _keras()
    if "torch" in libraries:
        return Arrays.TORCH
    if libraries & {"jax", "jaxlib"}:
        return Arrays.JAX
    return Arrays.MLX if "mlx" in libraries else None


def _root(thing: Any) -> str:
    """Return the library that a module, class or function is of."""
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None)
    return str(name or "").partition(".")[0]


def _used(function: Any, space: Mapping[str, Any], seen: set[int]) -> Iterator[str]:
    """Yield the libraries that a function's code uses, and that of the functions of its own module."""
    code = getattr(function, "__code__", None)
    if isinstance(code, CodeType) and id(code) not in seen:
        seen.add(id(code))
        for name in _names(code):
            value = space.get(name)
            if value is None:
                continue
            if getattr(value, "__globals__", None) is space:
                yield from _used(value, space, seen)
            else:
                yield _root(value)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _keras() -> Arrays:
    """Return what keras computes with; arrays of NumPy do for its other backends."""
    backend = str(import_module("keras").config.backend())
    return Arrays(backend) if backend in list(Arrays) else Arrays.NUMPY

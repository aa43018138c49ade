"""The catalogue: every function under its name and its aliases."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TypeVar

from actcli.core import frameworks
from actcli.core.spec import Activation, Entry, VectorActivation
from actcli.errors import UsageError, nearest, shown

E = TypeVar("E", bound=Entry)

FAMILIES = (
    "activations",
    "vector.softmax",
    "vector.maxima",
    "vector.simplex",
    "vector.gumbel",
    "vector.gated",
    "vector.crelu",
    "vector.scaling",
    "vector.standardize",
    "vector.rms_norm",
)
"""The modules of the catalogue in its order, imported when a function is first looked up by its name."""

_entries: dict[str, Activation | VectorActivation] = {}
_keys: dict[str, str] = {}
_qualified: dict[str, str] = {}
_spelled: dict[str, str] = {}


def _key(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


@cache
def _load() -> None:
    for family in FAMILIES:
        import_module(f"actcli.core.{family}")


def register(entry: E) -> E:
    """Enter a function into the catalogue under its name and aliases, and return it."""
    if not isinstance(entry, Activation | VectorActivation):
        raise TypeError(f"{entry.name}: neither elementwise nor vector")
    if entry.name != entry.name.lower():
        raise ValueError(f"{entry.name}: a name of the catalogue is in lower case")
    texts = ("derivative", "latex") if isinstance(entry, VectorActivation) else ()
    for text in ("summary", "formula", *texts, "good_for", "pitfalls"):
        if not getattr(entry, text):
            raise ValueError(f"{entry.name}: {text} is empty")
    for key in dict.fromkeys(map(_key, (entry.name, *entry.aliases))):
        if key in _keys:
            raise ValueError(f"{entry.name}: {key!r} already means {_keys[key]}")
        _keys[key] = entry.name
    for spelling in entry.spellings:
        for name in frameworks.names(spelling):
            if not spelling.note:
                _qualified.setdefault(_key(f"{spelling.framework}.{name}"), entry.name)
            _spelled.setdefault(_key(name.rpartition(".")[2]), entry.name)
    _entries[entry.name] = entry
    return entry


def get(name: str) -> Activation | VectorActivation:
    """Return the function of that name or alias; case, `-` and `_` do not matter.

    A framework's name for it is found too. A name with the framework (`jax.nn.gelu`) means what the framework
    computes under it, the tanh form; any other dotted name is looked up by its last part (`nn.GELU`).

    Raises:
        UsageError: there is none; the hint names the nearest.
    """
    if not isinstance(name, str):
        raise UsageError(f"a function is found by its name, not by {shown(name)}")
    found = find(name)
    if found is None:
        close = nearest(_key(name.rpartition(".")[2]), _keys, _keys)  # shown by the name that lists have
        raise UsageError(f"no function {shown(name)}", close or "actcli list shows them all")
    return found


def find(name: str) -> Activation | VectorActivation | None:
    """Return what `get` does, and None where there is no such function."""
    _load()
    key = _key(name.rpartition(".")[2])
    found = _qualified.get(_key(name)) or _keys.get(key) or _spelled.get(key)
    return _entries[found] if found else None


def names() -> tuple[str, ...]:
    """Return the name of every function, elementwise first, in the catalogue's order."""
    _load()
    ordered = sorted(_entries.values(), key=lambda entry: isinstance(entry, VectorActivation))
    return tuple(entry.name for entry in ordered)


def entries() -> tuple[Activation | VectorActivation, ...]:
    """Return every function of the catalogue, in the order of `names`."""
    return tuple(_entries[name] for name in names())


def elementwise() -> tuple[Activation, ...]:
    """Return every elementwise function."""
    return tuple(e for e in entries() if isinstance(e, Activation))


def vectors() -> tuple[VectorActivation, ...]:
    """Return every vector function."""
    return tuple(e for e in entries() if isinstance(e, VectorActivation))

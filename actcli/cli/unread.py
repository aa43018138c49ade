"""The options of a command line that were given and that nobody has read: they would change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_unread: dict[str, str] = {}


class For(NamedTuple):
    """Stands beside an option that does not always apply, and says of what it is: "it is for …"."""

    what: str


def expect(given: Mapping[str, str]) -> None:
    """Begin a command to which options were given, each with what it is for, or ''."""
    _unread.clear()
    _unread.update(given)


def watched(kind: Any, values: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    """Return a group of options, in which a field that is read counts as used.

    Args:
        kind: the group, a dataclass.
        values: its fields.
        given: the options that were given, by their fields.
    """
    if not given:
        return kind(**values)

    def read(self: Any, name: str) -> Any:
        if name in given:
            _unread.pop(given[name], None)
        return object.__getattribute__(self, name)

    return type(kind.__name__, (kind,), {"__getattribute__": read})(**values)


def refuse() -> None:
    """Raise `UsageError` if an option was given that nobody has read.

    Commands call it when all is read that they need and nothing is written yet.
    """
    for option, what in _unread.items():
        raise UsageError(f"{option} is not used here", f"it is for {what}" if what else "leave it out")

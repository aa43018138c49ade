"""Completion scripts for four shells: plain text made from the commands and the catalogue.

A script holds every word that it offers, so that no Python starts when TAB is pressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from actcli.cli.completions import bash, fish, powershell, words, zsh

if TYPE_CHECKING:
    from collections.abc import Callable


class Shell(NamedTuple):
    """The file that a shell's script is kept in, and what writes it."""

    file: str
    write: Callable[[words.Program], str]


SHELLS = {
    "bash": Shell("actcli.bash", bash.script),
    "zsh": Shell("_actcli", zsh.script),
    "fish": Shell("actcli.fish", fish.script),
    "powershell": Shell("actcli.ps1", powershell.script),
}


def script(shell: str) -> str:
    """Return the completion script of a shell."""
    return SHELLS[shell].write(words.program())

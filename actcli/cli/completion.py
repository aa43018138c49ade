"""`actcli completion`: the completion script of a shell."""

import sys
from enum import StrEnum
from typing import Annotated

from typer import Argument


class Shell(StrEnum):
    """A shell that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def run(shell: Annotated[Shell, Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")]) -> None:
    """Print the completion script of a shell.

    The script knows the commands, their options and the functions by heart; no Python starts at TAB.
    The folder must exist.

    Examples:
      actcli completion bash > ~/.local/share/bash-completion/completions/actcli
      actcli completion zsh > ~/.zfunc/_actcli
      actcli completion fish > ~/.config/fish/completions/actcli.fish
      actcli completion powershell >> $PROFILE
    """
    from actcli.cli.completions import script

    sys.stdout.write(script(shell.value))

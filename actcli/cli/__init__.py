"""The command line: one thin file per command, and the options that they share."""

from actcli.loading import loading

with loading():
    from actcli.cli.app import main, program

__all__ = ["main", "program"]

"""The command line: one thin file per command, and the options that they share."""

from actcli.loading import loading

try:
    with loading():
        from actcli.cli.app import main, program
except KeyboardInterrupt:  # Ctrl-C while the program loads ends it as it does later
    raise SystemExit(130) from None

__all__ = ["main", "program"]

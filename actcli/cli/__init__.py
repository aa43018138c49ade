"""The command line: one thin file per command, and the options that they share."""

# `signal` itself takes so long to load that Ctrl-C would show a traceback of it.
import _signal as signal  # type: ignore[import-not-found]
import os

_INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


def _end(*_: object) -> None:
    """End as Ctrl-C does later; what is being imported would show a traceback, or hide that it was hit."""
    os._exit(_INTERRUPTED)


_is_usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
try:
    if _is_usual:
        signal.signal(signal.SIGINT, _end)
except ValueError:  # in a thread of another program
    _is_usual = False

from actcli.loading import loading  # noqa: E402

with loading():
    from actcli.cli.app import main, program

if _is_usual:
    signal.signal(signal.SIGINT, signal.default_int_handler)

__all__ = ["main", "program"]

"""The program `actcli`: finds the command, loads it alone, runs it, and ends with the right exit code."""

from __future__ import annotations

import atexit
import errno
import os
import re
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from actcli.cli import helptext, standard
from actcli.cli.command import Command, flatten
from actcli.errors import (
    ActcliError,
    FormulaError,
    KernelError,
    NoValueError,
    TransferError,
    UsageError,
    is_closed_pipe,
    nearest,
)
from actcli.loading import loading

if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = {"help_option_names": ["-h", "--help"]}
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


COMMANDS = {
    "eval": "Evaluate a function at numbers.",
    "grad": "Evaluate a function and its derivatives at numbers.",
    "plot": "Draw functions and their derivatives.",
    "softmax": "Turn a vector, or every row of a table, into probabilities.",
    "compare": "Compare functions side by side.",
    "verify": "Check a kernel's results against the true values, in ULP.",
    "list": "List the functions of the catalogue.",
    "info": "Tell all there is to know about a function.",
    "completion": "Print the completion script of a shell.",
}
"""Each command's line in the list; its module, of the same name, is imported when it runs."""


def load(name: str) -> Command:
    """Import a command's module and build the command from its `run` function."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    with loading():
        module = import_module(f"actcli.cli.{name}")
    alone.command(name, cls=Command, context_settings=HELP)(flatten(module.run))
    command = typer.main.get_command(alone)
    assert isinstance(command, Command)
    return command


class Commands(TyperGroup):
    """The commands by name; listing them imports none of them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return the names of the commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Command:  # noqa: ARG002
        """Return the command of that name, or raise `UsageError` with the nearest."""
        if cmd_name not in COMMANDS:
            raise UsageError(f"no command {cmd_name!r}", _mend(cmd_name))
        return load(cmd_name)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return the usage line after the program's name."""
        return ["COMMAND", "[ARGUMENTS]...", "[OPTIONS]"]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the docstring of the program."""
        helptext.write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands from the table above, and the options."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        helptext.write_options(self.get_params(ctx), formatter)


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=HELP,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        print(f"actcli {metadata.version('actcli')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def actcli(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The activation functions of neural networks: values, slopes, pictures, checks.

    Examples:
      actcli softmax 1 2 3 4 1 2 3
      actcli plot elu --alpha 1
      actcli grad gelu -3 -1e-3 .5 -inf
      actcli plot 'x*sigmoid(b*x)' --b 0.5,1,2
      seq -5 0.1 5 | actcli eval gelu > gelu.csv

    actcli COMMAND --help tells more about a command.
    """
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program on the given arguments (those of the process by default) and return its exit code."""
    try:
        standard.prepare()
        status = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
    except BaseException as error:  # no traceback ever reaches a user; a panic is no Exception
        if _interrupts or isinstance(error, KeyboardInterrupt):
            return INTERRUPTED
        if isinstance(error, OSError) and error.filename is None and is_closed_pipe(error):
            return 0  # the reader has what it wanted
        return _report(error)
    return status


def _run(argv: list[str]) -> int:
    """Run the command that comes first; without one, the program itself, which has help and a version."""
    path, rest = "actcli", argv
    command: TyperCommand | TyperGroup
    try:
        if argv and argv[0] in COMMANDS:
            command, path, rest = load(argv[0]), f"actcli {argv[0]}", argv[1:]
        else:
            command = typer.main.get_group(app)
        with command.make_context(path, rest) as ctx:
            command.invoke(ctx)
    except TyperException as error:
        raise _reworded(error, path) from None
    except typer.Exit as ending:
        return ending.exit_code
    return 0


def program() -> NoReturn:
    """Run the program as a process of its own.

    It ends without the interpreter's tidying up, which takes a sixth of the time of a short run and changes
    nothing that anyone could see: `main` has flushed what was printed, files are closed, and what asked to be
    run at exit is run. The threads that NumPy would start to multiply matrices wait for work at full speed,
    a tenth of a second each; there is none for them.
    """
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _pass_over
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        status = main()
        atexit._run_exitfuncs()
    except KeyboardInterrupt:
        status = INTERRUPTED
    os._exit(status)


_interrupts: list[int] = []


def _interrupt(number: int, _: object) -> NoReturn:
    """Note Ctrl-C, which what is being imported may turn into another error, and raise it."""
    _interrupts.append(number)
    raise KeyboardInterrupt


def _pass_over(what: Any) -> None:
    """End where Ctrl-C comes as an object is destroyed, which would hide it; tell all other such errors."""
    if _interrupts:
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(what)


def _report(error: BaseException) -> int:
    """Write a line about the error to stderr, with the place in a formula under it; return its exit code."""
    if os.environ.get("ACTCLI_TRACEBACK"):
        raise error
    code = 2
    if isinstance(error, ActcliError):
        if isinstance(error, NoValueError):
            error.hint = "--on-error nan gives nan there"
        text, code = ActcliError.__str__(error), error.exit_code
    elif isinstance(error, MemoryError):
        text, code = "not enough memory", TransferError.exit_code
    elif isinstance(error, OSError):
        reason = "closed" if error.errno == errno.EBADF else (error.strerror or str(error)).lower()
        text, code = f"{error.filename or 'stdout'}: {reason}", TransferError.exit_code
    else:
        text = (
            f"internal error, {type(error).__name__}: {error} (ACTCLI_TRACEBACK=1 shows where; please report)"
        )
        code = TransferError.exit_code
    with suppress(OSError):
        sys.stdout.flush()
    with suppress(OSError):  # nobody can be told; the exit code still says it
        standard.tell(text, error.excerpt if isinstance(error, (FormulaError, KernelError)) else ())
    return code


def _mend(word: str) -> str:
    """Return what may have been meant by a word that is no command."""
    from shlex import quote

    from actcli.cli.functions import is_formula
    from actcli.core import registry

    entry = registry.find(word)
    if entry or (is_formula(word) and not word.startswith("-")):
        named = entry.name if entry else quote(word)
        return f"actcli eval {named}, or another command; actcli --help lists them"
    return nearest(word, COMMANDS) or "actcli --help lists them"


def _reworded(error: TyperException, path: str) -> UsageError:
    """Return what Typer says of a bad command line in this program's words, on one line, with the mend."""
    option = getattr(error, "option_name", "")
    if option and error.message.startswith("No such option"):
        command: Any = getattr(error, "ctx", None) and error.ctx.command  # type: ignore[attr-defined]
        names = [name for param in command.params for name in param.opts if name.startswith("--")]
        mend = nearest(option, names) or f"{path} --help lists them"
        return UsageError(f"no option {option}", mend)
    first = error.format_message().splitlines()[0]
    plain = first[:1].lower() + first[1:].partition(". ")[0].rstrip(".")
    for pattern, said in _SAID:
        plain = re.sub(pattern, said, plain)
    return UsageError(plain, f"{path} --help tells more")


_SAID = (
    (r"option '(.+)' requires an argument", r"\1 needs a value"),
    (r"option '(.+)' does not take a value", r"\1 takes no value"),
    (r"missing argument '(.+)'", r"no \1 given"),
)
"""What Typer says, and what this program does."""

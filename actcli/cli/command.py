"""How a command is built: numbers are arguments, and a dataclass stands for a group of options."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from actcli.cli import helptext, standard, unread
from actcli.cli.helptext import PARAMETERS
from actcli.cli.unread import For
from actcli.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

_NEGATIVE = re.compile(r"-(\.?\d.*|inf|infinity|∞|nan|pi|π)", re.IGNORECASE | re.DOTALL)
_CALL = re.compile(r"-[^\W\d]\w+\(.*", re.DOTALL)
_BARE = re.compile(r"-[A-Za-z_]\w*(=.*)?", re.ASCII | re.DOTALL)
"""A token that is no formula: a word, or one with a value. Only -x is both."""
_LONG = re.compile(r"(--[^\W\d][\w-]*)(=.*)?", re.DOTALL)
_TEXT = (str, list[str])
_FLOAT = (float, float | None)
_QUIET = Annotated[bool, typer.Option("-q", "--quiet", help="No notes and no progress on stderr.")]
_COLUMN = "NAME|N"
"""What the help calls a column of a table, whose name may be empty."""


def _annotation(param: Any) -> Any:
    return getattr(getattr(param, "type_descriptor", None), "annotation", None)


def _name(param: Any, args: Sequence[str]) -> str:
    """Return what an option is called, as it was last typed: -c, --column or --no-header."""
    if not isinstance(param, TyperOption):
        return str(param.display_name_raw)
    names = [*param.opts, *param.secondary_opts]
    for arg in reversed(args):
        for name in names:
            if arg == name or arg.startswith(f"{name}=" if name.startswith("--") else name):
                return name
    return max(param.opts, key=len)


def _check_filled(param: Any, name: str, value: str | list[str]) -> None:
    """Raise `UsageError` if an option that takes text got none; one whose default is text may be empty."""
    must = isinstance(param, TyperOption) and param.default is None and param.metavar != _COLUMN
    if must and "" in ([value] if isinstance(value, str) else value):
        raise _empty(name)


def _number(name: str, value: str) -> str:
    """Return a number as Typer reads it: what people type may be a formula, as 1/3."""
    from actcli.cli.functions import number

    return repr(number(value, name))


def _empty(option: str) -> UsageError:
    return UsageError(f"{option}: the value is empty", "leave the option out for its default")


def _refused(param: Any, name: str, value: Any) -> UsageError:
    """Return that a value is none of those that an option or an argument takes, with the nearest."""
    if value == "":
        return _empty(name)
    choices = [str(choice) for choice in param.type_descriptor.choices or ()]
    if choices:
        known = f"{', '.join(choices[:-1])} or {choices[-1]}"
        return UsageError(f"{name}: {value!r} is not {known}", nearest(str(value), choices))
    told = param.type_descriptor.parameter_info
    kind = "whole number" if param.type_descriptor.annotation is int else "number"
    least, most = ("" if end is None else f"{end:,}" for end in (told.min, told.max))
    span = f" from {least} to {most}" if least and most else f" of at least {least}" if least else ""
    return UsageError(f"{name}: {value!r} is not a {kind}{span}")


def _is_formula(token: str, options: Container[str]) -> bool:
    """Return whether a token that begins with one - is a formula: `-x`, `-a*x`, `-(x+1)`, `-cos(x)`.

    What begins with a short option of the command is that option and its value, but for the call of a
    function that there is, and what no column or format begins with (`-c*x`; `-i*.csv` names files).
    """
    if token.startswith("--"):
        return False
    if token[:2] in options:
        if token[1] not in "io" and token[2:3] in tuple("*^+ "):
            return True
        if not _CALL.fullmatch(token):
            return False
        from actcli.cli.functions import is_function

        return is_function(token[1:].partition("(")[0])
    return token == "-x" or not _BARE.fullmatch(token)


def _add_unknown(parser: Any, holder: Any, args: Sequence[str]) -> list[str]:
    """Let the parser take every long option that it does not know, with a value, and return those given."""
    del parser._long_opt[PARAMETERS]  # which nobody types
    found = dict.fromkeys(match[1] for arg in args if (match := _LONG.fullmatch(arg)))
    unknown = [option for option in found if option not in parser._long_opt]
    for option in unknown:
        parser.add_option(holder, [option], dest=option, action="append")
    return unknown


class Command(TyperCommand):
    """A command to which `-1`, `-inf` and `-x^2` are arguments, and parameters of functions options."""

    def make_parser(self, ctx: Any) -> Any:
        """Return Typer's parser, which here hands over a token that is a number or a formula as an argument.

        This leans on one private method, since the public switch (`ignore_unknown_options`) takes typing
        errors for arguments and reads `-1e-3` as `-1` and an option `-e`.
        """
        parser = super().make_parser(ctx)
        process = parser._process_opts

        def process_option(token: str, state: Any) -> None:
            if _NEGATIVE.fullmatch(token) or _is_formula(token, parser._short_opt):
                state.largs.append(token)
            else:
                process(token, state)

        parser._process_opts = process_option  # type: ignore[method-assign, assignment]
        return parser

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line into `ctx.params`.

        Text stays as it was typed, and an option that was not given takes its default as it stands: Typer
        would take both through pydantic, whose import takes longer than the work of many a command.
        """
        parser = self.make_parser(ctx)
        holder = next((param for param in self.params if PARAMETERS in param.opts), None)
        unknown = _add_unknown(parser, holder, args) if holder else []
        ending = [""] if unknown and args[-1] in unknown else []  # the value of an option without one
        given, rest, _ = parser.parse_args([*args, *ending])
        if holder and holder.name:
            from actcli.cli.functions import parameters

            values = {option: given.pop(option) for option in unknown if option in given}
            ctx.meta["functions"] = functions, files = self._functions(given)
            taken = [name for name in parser._long_opt if name not in unknown]
            typed = [_name(param, args) for param in self.params if param.name in given]
            given[holder.name] = parameters(values, functions, files, taken, typed, ctx.command_path)
        ctx.meta["given"] = {
            param.name: _name(param, args)
            for param in self.params
            if param.name in given and param is not holder
        }
        for param in sorted(self.get_params(ctx), key=lambda param: not param.is_eager):
            value, name = given.get(param.name), _name(param, args)
            if value is not None and _annotation(param) in _TEXT:
                _check_filled(param, name, value)
                ctx.params[param.name] = value
            elif value is not None or param.required:
                if isinstance(value, str) and _annotation(param) in _FLOAT:
                    given[param.name] = _number(name, value)
                try:
                    _, rest = param.handle_parse_result(ctx, given, rest)
                except typer.BadParameter:
                    if value is None:
                        raise
                    if holder:
                        from actcli.cli.functions import check_options

                        texts, files = ctx.meta["functions"]
                        check_options(texts, files, [name])
                    raise _refused(param, name, value) from None
            elif param.expose_value:
                ctx.params[param.name] = param.default
        if rest:
            ctx.fail(f"unexpected argument {rest[0]!r}")
        ctx.args = rest
        return list(rest)

    def _functions(self, given: Mapping[str, Any]) -> tuple[list[str], list[str] | None]:
        """Return the functions that a command line names, and the files that define more."""
        named, files = (
            next(given.get(param.name) for param in self.params if what in (param.metavar, *param.opts))
            for what in ("FUNCTION", "--defs")
        )
        return [named] if isinstance(named, str) else list(named or ()), files

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the arguments, then that there are options, as people type them."""
        return helptext.usage(self.get_params(ctx))

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the docstring of the command."""
        helptext.write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, and the options under the heading of their group."""
        params = self.get_params(ctx)
        helptext.write_options(params, formatter)
        if "functions" in ctx.meta:
            from actcli.cli.functions import own_options

            helptext.write_parameters(own_options(*ctx.meta["functions"]), formatter)


def flatten(run: Callable[..., None]) -> Callable[..., None]:
    """Return `run` as Typer wants it: an argument that is a group of options is given by those options.

    `run(x, output: Output)` becomes a function of x, output_format, output_file…; what is called with those
    builds the `Output` and calls `run`. An option of a group that was given and that `run` does not read is a
    `UsageError`. Every command takes --quiet besides.
    """
    plain: list[Parameter] = []
    groups: dict[str, tuple[Any, dict[str, Parameter]]] = {}
    for name, parameter in signature(run, eval_str=True).parameters.items():
        kind = parameter.annotation
        if is_dataclass(kind):
            options = {
                field: option.replace(name=f"{name}_{field}") for field, option in _options(kind).items()
            }
            groups[name] = (kind, options)
        else:
            plain.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
    grouped = [option for _, options in groups.values() for option in options.values()]
    uses = {option.name: _use(option) for option in grouped}
    context = Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context)
    quiet = Parameter("quiet", Parameter.KEYWORD_ONLY, default=False, annotation=_QUIET)
    every = [context, *plain, *grouped, quiet]

    def run_flat(ctx: typer.Context, *, quiet: bool, **values: Any) -> None:
        standard.hush(quiet)
        typed: Mapping[str, str] = ctx.meta["given"]
        unread.expect({typed[name]: use for name, use in uses.items() if name in typed})
        own = {parameter.name: values[parameter.name] for parameter in plain}
        made = {
            name: unread.watched(
                kind,
                {field: values[option.name] for field, option in options.items()},
                {field: typed[option.name] for field, option in options.items() if option.name in typed},
            )
            for name, (kind, options) in groups.items()
        }
        run(**own, **made)
        unread.refuse()

    run_flat.__doc__ = run.__doc__
    run_flat.__annotations__ = {option.name: option.annotation for option in every}
    run_flat.__signature__ = signature(run).replace(parameters=every)  # type: ignore[attr-defined]
    return run_flat


def _use(option: Parameter) -> str:
    """Return what an option is for, if that stands beside it."""
    return next((found.what for found in option.annotation.__metadata__ if isinstance(found, For)), "")


def _options(kind: Any) -> dict[str, Parameter]:
    """Return the options of a group: its fields with their annotations."""
    return {
        field.name: Parameter("_", Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type)
        for field in fields(kind)
    }

"""The functions that a command line names: by a name with parameters, `elu:alpha=2`, or by a formula in x."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from typer import Argument, Option

from actcli.cli.helptext import PARAMETERS
from actcli.core import registry
from actcli.core.spec import Activation, Entry, Param, VectorActivation
from actcli.errors import FormulaError, UsageError, nearest
from actcli.tables.numbers import parse_constant, parse_number

if TYPE_CHECKING:
    from actcli.core.formula.expression import Definition

FunctionName = Annotated[
    str, Argument(metavar="FUNCTION", help="A name, parameters as name:param=value,…, or a formula in x.")
]
_names = Argument(metavar="FUNCTION", help="Names, parameters as name:param=value,…, or formulas in x.")
FunctionNames = Annotated[list[str], _names]
AnyFunctionNames = Annotated[list[str] | None, _names]
Files = Annotated[
    list[str] | None,
    Option(
        "--defs",
        metavar="FILE",
        help="Functions of your own, one a line: name(x; a=1) = formula. Repeatable.",
    ),
]

ENVIRONMENT = "ACTCLI_DEFS"
"""The variable that names files of definitions for every command."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*")
_LONGEST = 28
"""The characters of a formula that a label shows."""
_READS = "--defs FILE reads definitions, -i FILE numbers"


class Parameters(NamedTuple):
    """The options of a command line that are parameters of functions.

    Attributes:
        given: their values as text, by the parameters' names.
        taken: the options that the command has itself.
        typed: those of them that were given.
    """

    given: Mapping[str, str]
    taken: Sequence[str] = ()
    typed: Sequence[str] = ()


@dataclass(frozen=True)
class Given:
    """What is given along with functions: their parameters as options, and files that define more of them."""

    parameters: Annotated[str | None, Option(PARAMETERS, hidden=True)] = None
    files: Files = None

    @property
    def options(self) -> Parameters:
        """The parameters given as options, in the place of which the command has put them."""
        given: Any = self.parameters
        return given or Parameters({})

    def with_value(self, name: str, text: str) -> "Given":
        """Return the same with another value of a parameter."""
        options: Any = self.options._replace(given={**self.options.given, name: text})
        return replace(self, parameters=options)

    @cached_property
    def definitions(self) -> "Mapping[str, Definition]":
        """The functions that files define, by name.

        Raises:
            UsageError: a file cannot be understood.
            OSError: it cannot be read.
        """
        return definitions(self.files or ())


class Chosen(NamedTuple):
    """A function as the user named it: its record, and the parameters given, by their own names.

    `text` is the formula, if it was given by one without a name.
    """

    entry: Activation | VectorActivation
    params: dict[str, float]
    text: str = ""

    @property
    def label(self) -> str:
        """What names it among others, as it could be typed: `elu:alpha=2`; a formula stands as it is."""
        return self._labelled(self.text)

    @property
    def short(self) -> str:
        """The same for a picture or a table, where a formula may be cut short."""
        return self._labelled(shortened(self.text))

    def _labelled(self, formula: str) -> str:
        given = ",".join(f"{name}={value!r}".removesuffix(".0") for name, value in self.params.items())
        if not given:
            return formula or self.entry.name
        return f"{formula}, {given}" if formula else f"{self.entry.name}:{given}"


def choose(text: str, given: Given | None = None, *, may_lack: bool = False) -> Chosen:
    """Return the function that a text names or defines, with its parameters.

    Those given as options go before those of `name:param=value,param=value`. With `may_lack`, those that have
    no default need not be given.

    Raises:
        UsageError: no such function or parameter, no value for one, or one that it may not have.
    """
    (chosen,) = choose_all([text], given, may_lack=may_lack)
    return chosen


def choose_all(texts: Sequence[str], given: Given | None = None, *, may_lack: bool = False) -> list[Chosen]:
    """Return functions as `choose` does; an option sets the parameter in every function that has it."""
    given = given or Given()
    if given.files:
        _ = given.definitions  # what is wrong with them is told, whether they are used or not
    found = [_found(text, given) for text in texts]
    entries = _entries([function for function, _ in found])
    _check_named_apart(entries)
    used: set[str] = set()
    chosen = []
    for text, entry, (function, values) in zip(texts, entries, found, strict=True):
        if isinstance(function, Entry):  # the author of a formula chose the names of its parameters
            _check_meant(entry, values, given.options.typed)
        by_option: dict[str, str] = {}
        for name, value in given.options.given.items():
            param = _param(entry, name)
            if param is None:
                continue
            if param.name in by_option:
                raise UsageError(f"{entry.name}: {param.name} is given twice, once as {option_of(name)}")
            by_option[param.name] = value
            used.add(name)
        params = {key: number(value, f"parameter {key}") for key, value in (values | by_option).items()}
        missing = [param for param in entry.params if param.required and param.name not in params]
        if not missing:
            entry.bind(params)
        elif not may_lack:
            raise _incomplete(entry, missing[0], given.options.taken)
        is_unnamed = not isinstance(function, Entry) and not function.name
        chosen.append(Chosen(entry, params, text if is_unnamed else ""))
    for name in given.options.given:
        if name not in used:
            raise _unused(name, entries)
    return chosen


def _check_named_apart(entries: Sequence[Activation | VectorActivation]) -> None:
    """Raise `UsageError` if two functions that are not the same have one name."""
    meant: dict[str, Activation | VectorActivation] = {}
    for entry in entries:
        other = meant.setdefault(entry.name, entry)
        if other is not entry and (other.definition, other.defaults) != (entry.definition, entry.defaults):
            raise UsageError(f"two functions have the name {entry.name}", "give one of them another name")


def _check_meant(entry: Entry, values: Mapping[str, str], typed: Sequence[str]) -> None:
    """Raise `UsageError` if an option may be meant as the command's own or as a parameter of a function."""
    for param in entry.params:
        for option in map(option_of, (param.name, *param.aliases)):
            if option in typed and param.name not in values:
                hint = f"{entry.name}:{param.name}=… sets the parameter, and then {option} is the command's"
                raise UsageError(f"{option} is an option here, and a parameter of {entry.name}", hint)


def check_options(functions: Iterable[str], files: list[str] | None, taken: Sequence[str]) -> None:
    """Raise `UsageError` if a function needs a parameter whose option the command has itself."""
    for text in functions:
        found: Any = None
        with suppress(UsageError):  # which is told later
            found, _ = _found(text, Given(files=files))
        for entry in _entries([found] if found else []):
            for param in entry.params:
                if param.required and param.option in taken:
                    raise _incomplete(entry, param, taken)


def _found(text: str, given: Given) -> "tuple[Activation | VectorActivation | Definition, dict[str, str]]":
    """Return the function that a text names, or the formula that it is, and the parameters that it sets."""
    if not text.strip():
        raise UsageError("the function is empty", "for example gelu, or 'x*sigmoid(x)'")
    if is_formula(text):
        return _formula(text, given), {}
    name, _, tail = (piece.strip() for piece in text.partition(":"))
    entry = _named(name, given)
    values: dict[str, str] = {}
    for part in tail.split(",") if tail else ():
        key, _, value = (piece.strip() for piece in part.partition("="))
        if not key or not value:
            raise UsageError(f"{text!r}: {part!r} is not param=value", _example(entry))
        param = entry.param(key).name
        if param in values:
            raise UsageError(f"{text!r}: {key} is given twice")
        values[param] = value
    return entry, values


def is_formula(text: str) -> bool:
    """Return whether a text is a formula rather than a name: x, or what holds more than names do."""
    name = text.partition(":")[0].strip()
    return not _NAME.fullmatch(name) or "x" in re.split("[.-]", name)


def _formula(text: str, given: Given) -> "Definition":
    """Return what a formula says.

    Raises:
        UsageError: it is none.
    """
    if is_number(text.strip()):
        is_finite = math.isfinite(parse_number(text.strip()))
        hint = f"'f(x) = {text.strip()}' is a constant" if is_finite else ""
        raise UsageError(f"{text!r} is a number, not a function", hint)
    from actcli.core.formula.grammar import parse  # what names alone do not need

    try:
        return parse(text, known=given.definitions)
    except UsageError:
        if _is_file(text):
            raise UsageError(f"{text!r} is a file, not a function", _READS) from None
        raise


def _named(name: str, given: Given) -> Activation | VectorActivation:
    """Return the function of that name, of the catalogue or of a file."""
    try:
        return registry.get(name)
    except UsageError as error:
        if found := given.definitions.get(name):
            from actcli.core.formula.record import record

            return record(found)
        hint = nearest(name, given.definitions) or _written(name) or error.hint
        raise UsageError(error.message, hint) from None


def _written(name: str) -> str:
    """Return a hint that tells how to give what is no name of a function, or ''."""
    if is_function(name):
        return f"'{name}(x)' is a formula"
    if _is_file(name):
        return _READS
    from actcli.core.formula.vocabulary import spaced

    return f"is it '{found}'?" if (found := spaced(name)) else ""


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # a formula may be longer than a name
        return False


def _entries(
    found: "Sequence[Activation | VectorActivation | Definition]",
) -> list[Activation | VectorActivation]:
    """Return the records of functions; a formula without a name is `f`, several are `f1`, `f2`…."""
    if all(isinstance(one, Entry) for one in found):
        return list(found)  # type: ignore[arg-type]
    from actcli.core.formula.record import UNNAMED, record

    names = {one.name for one in found}
    many = UNNAMED in names or sum(not one.name for one in found) > 1
    numbered = (f"{UNNAMED}{n}" for n in range(1, 2 * len(found) + 1))
    free = (name for name in (numbered if many else [UNNAMED]) if name not in names)
    return [one if isinstance(one, Entry) else record(one, one.name or next(free)) for one in found]


def definitions(files: Iterable[str]) -> "Mapping[str, Definition]":
    """Return the functions that files define, those that the environment names included, by name.

    Raises:
        UsageError: a file cannot be understood.
        OSError: it cannot be read.
    """
    every = [*filter(None, os.environ.get(ENVIRONMENT, "").split(os.pathsep)), *files]
    if not every:
        return {}
    from actcli.core.formula.library import read

    return read(*dict.fromkeys(every))


def records(files: Iterable[str]) -> list[Activation]:
    """Return the functions that `definitions` returns, each as a record."""
    defined = definitions(files)
    if not defined:
        return []
    from actcli.core.formula.record import record

    return [record(definition) for definition in defined.values()]


def _param(entry: Entry, name: str) -> Param | None:
    """Return the parameter of that name, or None."""
    try:
        return entry.param(name)
    except UsageError:
        return None


def _incomplete(entry: Entry, param: Param, taken: Sequence[str]) -> UsageError:
    """Return what is to be said of a parameter without a value."""
    name, option = param.name, option_of(param.name)
    said, default = f"{name} has no value", f"a default: {entry.name}(x; {name}=1) = …"
    if option in taken:
        return UsageError(f"{said}, and {option} is another option here", f"another name, or {default}")
    instead = param.instead + (" " if param.instead.endswith("?") else "; ") * bool(param.instead)
    return UsageError(said, f"{instead}{option} VALUE, or {default}")


def _unused(name: str, entries: Sequence[Entry]) -> UsageError:
    """Return what is to be said of a parameter that none of the functions has."""
    if len(entries) == 1:
        try:
            entries[0].param(name)
        except UsageError as error:
            return error
    own = [param.name for entry in entries for param in entry.params]
    return UsageError(f"no function here has a parameter {name!r}", nearest(name, own))


def _catalogued() -> set[str]:
    """Return the names that parameters of the catalogue have."""
    params = (param for entry in registry.entries() for param in entry.params)
    return {name for param in params for name in (param.name, *param.aliases)}


def option_of(name: str) -> str:
    """Return the command-line option that sets a parameter."""
    return "--" + name.replace("_", "-")


def parameter_of(option: str) -> str:
    """Return the parameter that a command-line option sets; Greek letters are spelled out, as formulas do."""
    name = option.removeprefix("--").replace("-", "_")
    if name.isascii():
        return name
    from actcli.core.formula.tokens import spelled

    return spelled(name)


def parameters(
    values: Mapping[str, Sequence[str]],
    functions: Sequence[str],
    files: list[str] | None,
    taken: Sequence[str],
    typed: Sequence[str],
    path: str,
) -> Parameters:
    """Return options that a command has not itself as parameters of its functions.

    Args:
        values: what was given for each.
        functions: the functions that were named.
        files: the files of definitions.
        taken: the options of the command.
        typed: those of them that were given.
        path: how the command is called.

    Raises:
        UsageError: one is no parameter, is given twice, or without a value.
    """
    known = _known(functions, Given(files=files)) if values else set()
    found: dict[str, str] = {}
    for option, texts in values.items():
        name = parameter_of(option)
        if known is not None and name not in known | _catalogued():
            hint = nearest(option, [*taken, *map(option_of, known)]) or f"{path} --help lists them"
            raise UsageError(f"no option {option}", hint)
        if len(texts) > 1 or name in found:
            raise UsageError(f"{option} is given twice")
        if not texts[0]:
            raise UsageError(f"{option}: the value is empty", f"for example {option} 0.5")
        found[name] = texts[0]
    return Parameters(found, taken, typed)


def _known(functions: Iterable[str], given: Given) -> set[str] | None:
    """Return the parameters of functions and their aliases, or None where a formula cannot be read."""
    names: set[str] = set()
    for text in functions:
        try:
            function, _ = _found(text, given)
        except FormulaError:
            return None
        except UsageError:  # which is told later
            continue
        if isinstance(function, Entry):
            names.update(name for param in function.params for name in (param.name, *param.aliases))
        else:
            names.update(function.parameters)
    return names


def is_function(name: str) -> bool:
    """Return whether formulas may call something of that name."""
    from actcli.core.formula import vocabulary

    return vocabulary.is_function(name)


def own_options(functions: Iterable[str], files: list[str] | None) -> dict[str, list[tuple[str, str]]]:
    """Return the options for the parameters of each function that is one, with what they mean."""
    found = []
    for text in functions:
        with suppress(UsageError):  # the help is not the place to tell it
            found.append(_found(text, Given(files=files))[0])
    return {
        entry.name: [(f"{p.option} {p.name.upper()}", _meaning(p)) for p in entry.params]
        for entry in _entries(found)
        if entry.params
    }


def _meaning(param: Param) -> str:
    return param.meaning if param.required else f"{param.meaning} ({param.default:g})"


def number(text: str, what: str) -> float:
    """Read a number, or a formula without x, as 1/3; raise `UsageError` that says what it was to be."""
    try:
        return parse_constant(text)
    except ValueError as error:
        raise UsageError(f"{what}: {text!r} {error}") from None


def is_number(text: str) -> bool:
    """Return whether a text is a number."""
    try:
        parse_number(text)
    except ValueError:
        return False
    return True


def shortened(formula: str) -> str:
    """Return a formula on one line, not too long for a label."""
    text = " ".join(formula.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _example(entry: Entry) -> str:
    if not entry.params:
        return f"{entry.name} has no parameters"
    return f"for example {entry.name}:{entry.params[0].name}={entry.params[0].default:g}"

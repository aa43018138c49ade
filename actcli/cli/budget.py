"""Files of kernels with what must hold of each: a command line of `verify` for each, in TOML.

A kernel is a table `[[kernel]]` whose keys are the options of the command, with _ for -, besides its `name`,
its `function`, the `params` of that, and `with`, which is a table too.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from actcli.cli import unread
from actcli.cli.functions import Given
from actcli.cli.unread import For
from actcli.errors import ActcliError, DataError, KernelError, TransferError, UsageError, nearest, shown
from actcli.tables import files, toml_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actcli.tables.toml_text import TablePlace

ARRAY = "kernel"
_OWN = ("name", "function", "params")
_LIMIT = "max_"
"""How the names of limits that are numbers begin."""
_DIGITS = Context(prec=4, rounding=ROUND_CEILING)
"""How a limit is rounded that was measured: up, so that what was measured is within it."""


class _Key(NamedTuple):
    """An option as a key of a file: its group, its field, what it takes, and what it is for."""

    group: str
    field: str
    annotation: Any
    use: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A kernel of a file.

    Attributes:
        name: what a report calls it.
        place: the file and the line.
        function: the function that it computes.
        groups: its options, by the names of their groups.
        given: the function's parameters.
        limits: its limits that are numbers.
    """

    name: str
    place: str
    function: str
    groups: Mapping[str, Any]
    given: Given
    limits: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Budget:
    """A file of kernels.

    Attributes:
        path: the file.
        text: what it holds.
        keys: the keys that a kernel can have.
    """

    path: str
    text: str
    keys: Mapping[str, _Key]
    kinds: Mapping[str, type]

    @classmethod
    def read(cls, path: str, kinds: Mapping[str, type], without: Sequence[str]) -> Budget:
        """Read a file.

        Args:
            path: its name.
            kinds: the groups of options that a kernel can have, by their names.
            without: the keys that are for a command as a whole.

        Raises:
            DataError: it is no text.
            TransferError: it cannot be read.
        """
        try:
            text = Path(path).read_bytes().decode()
        except UnicodeDecodeError:
            raise DataError(f"{path}: no text in UTF-8") from None
        except OSError as error:
            raise TransferError(f"{path}: {(error.strerror or str(error)).lower()}") from None
        except ValueError:
            raise TransferError(f"{path!r} is no name of a file") from None
        keys = {key: found for key, found in _keys(kinds) if key not in without}
        return cls(path, text, keys, kinds)

    def kernels(self) -> Iterator[Listed]:
        """Yield the kernels in their order; each is to be used before the next is asked for.

        What is given and not used is then told by `unread.refuse`.

        Raises:
            DataError: what the file says cannot be understood; the message names the line.
        """
        said = toml_text.document(self.text, self.path)
        places = toml_text.places(self.text, ARRAY)
        tables = said.pop(ARRAY, [])
        for key in said:
            raise DataError(
                f"{self.path}: no key {key!r}", nearest(key, [ARRAY]) or f"[[{ARRAY}]] begins one"
            )
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise DataError(f"{self.path}: {ARRAY} is no array of tables", f"write each as [[{ARRAY}]]")
        if not tables:
            raise DataError(f"{self.path} lists no kernels", f"[[{ARRAY}]] begins one")
        named: dict[str, str] = {}
        for i, table in enumerate(tables):
            place = places[i] if len(places) == len(tables) else None
            listed = self._listed(table, place, i)
            if "name" in table and named.setdefault(listed.name, listed.place) != listed.place:
                raise DataError(
                    f"{self._at(place, 'name')}: {shown(listed.name)} is the name of another kernel",
                    named[listed.name],
                )
            yield listed

    def _at(self, place: TablePlace | None, key: str = "") -> str:
        """Return the file, and the line if it is known."""
        if place is None:
            return self.path
        return f"{self.path}:{place.values[key].line if key in place.values else place.line}"

    def _listed(self, table: Mapping[str, Any], place: TablePlace | None, i: int) -> Listed:
        name = table.get("name", table.get("function", ""))
        for key in _OWN[:2]:
            if not isinstance(table.get(key, ""), str) or table.get(key) == "":
                raise DataError(f"{self._at(place, key)}: {key} is text, not {shown(table[key])}")
        if "function" not in table:
            called = f" {shown(name)}" if name else f" {i + 1}"
            raise DataError(f"{self._at(place)}: kernel{called} has no function", 'function = "gelu"')
        values: dict[str, dict[str, Any]] = {group: {} for group in self.kinds}
        typed: dict[str, dict[str, str]] = {group: {} for group in self.kinds}
        given = Given()
        for key, value in table.items():
            if key in _OWN and key != "params":
                continue
            try:
                if key == "params":
                    given = _parameters(value)
                    continue
                if (found := self.keys.get(key)) is None:
                    known = [*self.keys, *_OWN]
                    raise UsageError(f"no key {shown(key)}", nearest(key, known) or _like(key, known))  # noqa: TRY301
                values[found.group][found.field] = _value(key, value, found.annotation)
                typed[found.group][found.field] = key
            except UsageError as error:
                raise DataError(f"{self._at(place, key)}: {error.message}", error.hint) from None
        unread.expect({key: self.keys[key].use for group in typed.values() for key in group.values()})
        return Listed(
            name=name,
            place=self._at(place),
            function=table["function"],
            groups={
                group: unread.watched(kind, _filled(kind, values[group]), typed[group])
                for group, kind in self.kinds.items()
            },
            given=given,
            limits={key: value for key, value in table.items() if key.startswith(_LIMIT)},
        )

    def tightened(self, measured: Sequence[Mapping[str, float]]) -> tuple[str, int]:
        """Return the text with limits that are as tight as what was measured, and how many became tighter.

        Args:
            measured: for each kernel, the largest error or count by the limit's key; what is not in it stays.
        """
        said = toml_text.document(self.text, self.path)[ARRAY]
        changes: dict[int, dict[str, str]] = {}
        for i, found in enumerate(measured):
            for key, size in found.items():
                text = _rounded_up(size)
                if (
                    key.startswith(_LIMIT)
                    and key in said[i]
                    and math.isfinite(size)
                    and float(text) < said[i][key]
                ):
                    changes.setdefault(i, {})[key] = text
        new = toml_text.with_numbers(self.text, ARRAY, changes, self.path)
        return new, sum(map(len, changes.values()))

    def write(self, text: str) -> None:
        """Put another text in the place of the file's, whole or not at all.

        Raises:
            TransferError: it cannot be written, or is not what it was when it was read.
        """
        try:
            now = Path(self.path).read_bytes()
        except OSError as error:
            raise TransferError(f"{self.path}: {(error.strerror or str(error)).lower()}") from None
        if now != self.text.encode():
            raise TransferError(f"{self.path} was changed while the kernels ran", "run it again")
        with files.output(self.path) as out:
            out.write(text.encode())


def _keys(kinds: Mapping[str, type]) -> Iterator[tuple[str, _Key]]:
    """Yield the options of groups as keys: `--max-ulp` is max_ulp."""
    for group, kind in kinds.items():
        for option in fields(kind):
            annotation: Any = option.type
            facts = annotation.__metadata__
            spelled = (facts[0].default, *facts[0].param_decls)  # Typer holds the first as a default
            name = max(spelled, key=len).removeprefix("--").replace("-", "_")
            use = next((fact.what for fact in facts if isinstance(fact, For)), "")
            yield name, _Key(group, option.name, annotation, use)


def _filled(kind: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {option.name: values.get(option.name, option.default) for option in fields(kind)}


def _like(key: str, known: Sequence[str]) -> str:
    return nearest(key.replace("-", "_"), known) or f"a kernel has {', '.join(known)}"


def _parameters(value: Any) -> Given:
    if not isinstance(value, dict):
        raise UsageError(f"params is a table, not {shown(value)}", "params = { alpha = 1.5 }")
    given = Given()
    for name, size in value.items():
        if isinstance(size, bool) or not isinstance(size, int | float | str):
            raise UsageError(f"params: {name} is a number, not {shown(size)}")
        given = given.with_value(name, size if isinstance(size, str) else repr(size))
    return given


def _value(key: str, value: Any, annotation: Any) -> Any:
    """Return a value of the file as the option takes it.

    Raises:
        UsageError: it is of another type, or out of its limits.
    """
    kind, option = annotation.__origin__, annotation.__metadata__[0]
    kinds = [one for one in get_args(kind) or (kind,) if one is not type(None)]
    wanted = kinds[0]
    if key == "with":
        return _passed(value)
    if wanted is bool:
        if not isinstance(value, bool):
            raise UsageError(f"{key} is true or false, not {shown(value)}")
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted in (int, float):
        if not is_number or (wanted is int and not isinstance(value, int)) or math.isnan(value):
            whole = "a whole number" if wanted is int else "a number"
            raise UsageError(f"{key} is {whole}, not {shown(value)}")
        if option.min is not None and value < option.min:
            raise UsageError(f"{key} is at least {option.min:g}, not {shown(value)}")
        if option.max is not None and value > option.max:
            raise UsageError(f"{key} is at most {option.max:g}, not {shown(value)}")
        return wanted(value)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        if not isinstance(value, str) or value not in list(wanted):
            raise UsageError(
                f"{key} is one of {', '.join(wanted)}, not {shown(value)}", nearest(str(value), list(wanted))
            )
        return wanted(value)
    if wanted is not str:  # list[str]
        several = [value] if isinstance(value, str) else value
        if not isinstance(several, list) or not all(isinstance(one, str) and one for one in several):
            raise UsageError(f"{key} is a list of texts, not {shown(value)}")
        return several
    if is_number:
        return str(value)  # a column by its number
    if not isinstance(value, str) or not value:
        raise UsageError(f"{key} is text, not {shown(value)}")
    return value


def _passed(value: Any) -> list[str]:
    """Return arguments for a kernel as `--with` takes them."""
    if not isinstance(value, dict):
        raise UsageError(f"with is a table, not {shown(value)}", 'with = { approximate = "tanh" }')
    for name, one in value.items():
        if not isinstance(one, int | float | str):
            raise UsageError(f"with: {name} is a number, true, false or text, not {shown(one)}")
    return [f"{name}={one!r}" if not isinstance(one, str) else f"{name}={one}" for name, one in value.items()]


def _rounded_up(size: float) -> str:
    """Return a number of four digits that is as large, or the next larger.

    >>> _rounded_up(0.49985431), _rounded_up(3), _rounded_up(0.0), _rounded_up(1.00001e-7)
    ('0.4999', '3', '0', '1.001e-7')
    """
    if float(size).is_integer() and abs(size) < 1e15:
        return str(int(size))
    if not math.isfinite(size):
        return repr(size)
    rounded = _DIGITS.create_decimal(Decimal(size))
    while float(rounded) < size:
        rounded = rounded.next_plus(_DIGITS)
    return f"{rounded.normalize():g}" if 1e-5 < abs(rounded) < 1e7 else f"{rounded.normalize():e}"


@contextmanager
def located(listed: Listed) -> Iterator[None]:
    """Name the place in the file in what is wrong with a kernel, but for what the kernel itself raised."""
    try:
        yield
    except KernelError:
        raise
    except ActcliError as error:
        error.message = f"{listed.place}: {error.message}"
        raise

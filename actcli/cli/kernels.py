"""Where the results of a kernel come from: files, a table's columns, or a function that is called."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from typer import Option

from actcli.cli.unread import For
from actcli.core import dtypes
from actcli.core.arrays import Array
from actcli.core.dtypes import FLOAT64, DType, Encoded
from actcli.errors import DataError, UsageError
from actcli.kernels.kernel import Kernel
from actcli.kernels.load import Arrays, arrays_of, load
from actcli.kernels.python_function import PythonFunction
from actcli.tables.array_files import single
from actcli.tables.formats import Format, format_of
from actcli.tables.numbers import parse_constant, parse_number
from actcli.tables.reading import read
from actcli.tables.source import Reading

_GIVEN = "The kernel's results"
_DIGITS = 4300  # of a whole number: Python reads no more
_FILES = "the results for -i FILE; where the report goes is -o FILE"


def _given(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel=_GIVEN, **facts)


@dataclass(frozen=True)
class KernelOptions:
    """The options that say where inputs and results come from."""

    input: Annotated[
        str | None,
        _given("-i", "--input", metavar="FILE", help="The inputs: NPY, NPZ, safetensors, or a table."),
    ] = None
    output: Annotated[
        str | None,
        _given("--output", metavar="FILE", help="The results for them, likewise."),
        For(_FILES),
    ] = None
    column: Annotated[
        str | None,
        _given("-c", "--column", metavar="NAME|N", help="The column of inputs (the first)."),
        For("tables"),
    ] = None
    output_column: Annotated[
        str | None,
        _given("--output-column", metavar="NAME|N", help="The column of results."),
        For("tables"),
    ] = None
    target: Annotated[
        str | None,
        _given(
            "--callable", metavar="MODULE:NAME", help="Import this function and call it. It runs its code."
        ),
    ] = None
    arrays: Annotated[
        Arrays | None,
        _given("--arrays", metavar="KIND", help="It takes numpy, torch, jax or scalar (detected)."),
        For("--callable"),
    ] = None
    given: Annotated[
        list[str] | None,
        _given("--with", metavar="NAME=VALUE", help="Passed on to it. Repeatable."),
        For("--callable"),
    ] = None
    direct: Annotated[
        bool,
        _given("--direct", help="It returns the derivative itself: no autograd."),
        For("derivatives of a --callable: --order 1, --order 2, --wrt"),
    ] = False

    @property
    def is_called(self) -> bool:
        """Whether there is a kernel to call, rather than files of its results.

        Raises:
            UsageError: there are neither or both.
        """
        if bool(self.target) == bool(self.input):
            what = "--callable and -i do not go together" if self.target else "nothing to verify"
            raise UsageError(what, "--callable package.module:function, or -i FILE with --output FILE")
        return bool(self.target)

    def kernel(self) -> Kernel:
        """Return the kernel.

        Raises:
            UsageError: it cannot be loaded.
        """
        target = str(self.target)
        function = load(target)
        given = dict(_argument(text) for text in self.given or ())
        return PythonFunction(target, function, self.arrays or arrays_of(function), given)

    def files(self, in_dtype: DType | None, dtype: DType | None) -> tuple[Encoded, Encoded]:
        """Return the inputs and the results of a kernel from files, in the formats asked for or their own.

        Raises:
            DataError: they do not go together.
        """
        x, got, found = self._read(str(self.input), in_dtype, dtype)
        return Encoded.of(x, in_dtype or found), Encoded.of(got, dtype or found)

    def _read(self, path: str, in_dtype: DType | None, asked: DType | None) -> tuple[Array, Array, DType]:
        if self.output is None and self.output_column is None:
            raise UsageError("no results given", "--output FILE, or --output-column NAME of the same table")
        output = self.output or path
        if self.output is None and not _holds_arrays(path):
            found = _columns(path, (self.column or "1", str(self.output_column)), asked)
            if len(found) == 1:
                raise UsageError(
                    "inputs and results are the same column", "--output-column NAME of the results"
                )
            return found[0], found[1], asked or FLOAT64
        # An NPY file holds one array: -c and --output-column say nothing of it.
        from_column = None if format_of(path) is Format.NPY else self.column
        to_column = None if format_of(output) is Format.NPY else self.output_column
        dtype = asked or _dtype_of(output, to_column) or FLOAT64
        x, got = _one(path, from_column, in_dtype or dtype), _one(output, to_column, dtype)
        if x.shape != got.shape:
            raise DataError(f"{path} holds {x.size} numbers and {output} {got.size}")
        given = in_dtype or dtype
        off = np.flatnonzero((given.round(x) != x) & ~np.isnan(x))
        if off.size:
            raise DataError(
                f"{path}: {float(x[off[0]])!r} is not a {given}", "--dtype says what the kernel was given"
            )
        return x, got, dtype


def _argument(text: str) -> tuple[str, Any]:
    """Read `name=value`: the value is a number, as 0.5 or 1/3, True, False, None, or else text."""
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        raise UsageError(f"--with {text}: not name=value", "for example --with approximate=tanh")
    words = {"true": True, "false": False, "none": None}
    if value.lower() in words:
        return name, words[value.lower()]
    digits = value.removeprefix("-")
    if digits.isdecimal() and len(digits) <= _DIGITS:
        return name, int(value)
    try:
        return name, parse_number(value) if value.isalpha() else parse_constant(value)
    except ValueError:
        return name, value


def _holds_arrays(path: str) -> bool:
    form = format_of(path)
    return form is not None and form.arrays


def _dtype_of(path: str, name: str | None) -> DType | None:
    """Return the format of the numbers in a file of arrays, if it is one and says so."""
    return dtypes.named(single(path, name).dtype.name) if _holds_arrays(path) else None


def _one(path: str, column: str | None, dtype: DType) -> Array:
    if not _holds_arrays(path):
        return _columns(path, (column or "1",), dtype)[0]
    found = single(path, column)
    if found.dtype.kind == "V" and found.dtype.itemsize * 8 == dtype.bits:
        found = found.view(dtype.numpy)  # NPY has no name for the formats of ml_dtypes
    if found.dtype.kind not in "fiu" and found.dtype.name != dtype.name:
        raise DataError(f"{path} holds {found.dtype.name}, not numbers")
    with np.errstate(all="ignore"):
        return np.asarray(found, np.float64).ravel()


def _columns(path: str, names: tuple[str, ...], dtype: DType | None) -> tuple[Array, ...]:
    source = read(Reading(paths=(path,), columns=names, dtype=dtype))
    parts: dict[str, list[Array]] = {name: [] for name in source.chosen}
    for chunk in source:
        for name, some in parts.items():
            some.append(chunk.elements(name))
    columns = [np.concatenate(some) if some else np.empty(0) for some in parts.values()]
    if not len(columns[0]):
        raise DataError(f"{path} holds no rows")
    if len({len(column) for column in columns}) > 1:
        raise DataError(
            f"{path}: the columns {', '.join(map(repr, parts))} hold different numbers of numbers"
        )
    return tuple(columns)

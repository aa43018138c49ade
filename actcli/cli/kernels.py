"""Where the results of a kernel come from: files, a table's columns, or a function that is called."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from typer import Option

from actcli.core import dtypes
from actcli.core.arrays import Array
from actcli.core.dtypes import FLOAT32, FLOAT64, DType
from actcli.core.measure.kernel import Arrays, arrays_of, load, run
from actcli.core.measure.sample import sample
from actcli.core.spec import Subject
from actcli.errors import DataError, UsageError
from actcli.tables.array_files import single
from actcli.tables.formats import format_of
from actcli.tables.numbers import parse_number
from actcli.tables.reading import read
from actcli.tables.source import Reading

_GIVEN = "The kernel's results"


def _given(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel=_GIVEN, **facts)


@dataclass(frozen=True)
class Kernel:
    """The options that say where inputs and results come from."""

    input: Annotated[
        str | None,
        _given("-i", "--input", metavar="FILE", help="The inputs: NPY, NPZ, safetensors, or a table."),
    ] = None
    output: Annotated[
        str | None, _given("--output", metavar="FILE", help="The results for them, likewise.")
    ] = None
    column: Annotated[
        str | None, _given("-c", "--column", metavar="NAME|N", help="The column of inputs (the first).")
    ] = None
    output_column: Annotated[
        str | None, _given("--output-column", metavar="NAME|N", help="The column of results.")
    ] = None
    target: Annotated[
        str | None,
        _given(
            "--callable", metavar="MODULE:NAME", help="Import this function and call it. It runs its code."
        ),
    ] = None
    arrays: Annotated[
        Arrays | None,
        _given("--arrays", metavar="KIND", help="It takes numpy, torch, jax or scalar (found by itself)."),
    ] = None
    given: Annotated[
        list[str] | None, _given("--with", metavar="NAME=VALUE", help="Passed on to it. Repeatable.")
    ] = None
    direct: Annotated[bool, _given("--direct", help="It returns the derivative itself: no autograd.")] = False
    size: Annotated[
        int | None,
        _given(
            "--sample",
            min=1,
            metavar="N",
            help="N inputs and the special ones (all of 16 bits and less, 1e6 float32, 1e4 float64).",
        ),
    ] = None
    seed: Annotated[int, _given("--seed", min=0, metavar="S", help="Of the sample (0).")] = 0
    dtype_name: Annotated[
        str | None,
        _given("--dtype", metavar="DTYPE", help="Of inputs and results (that of the files; float32)."),
    ] = None

    def results(self, subject: Subject) -> tuple[Array, Array, DType]:
        """Return the inputs, the kernel's results at them, and the format of both.

        Raises:
            UsageError: neither or both of a callable and files are given.
            DataError: inputs and results do not go together.
        """
        if bool(self.target) == bool(self.input):
            what = "--callable and -i do not go together" if self.target else "nothing to verify"
            raise UsageError(what, "--callable package.module:function, or -i FILE with --output FILE")
        if self.target:
            if self.output or self.output_column or self.column:
                raise UsageError(
                    "--callable does not go with files of results", "-o FILE is where the report goes"
                )
            return self._called(self.target, subject)
        return self._read(str(self.input))

    def _called(self, target: str, subject: Subject) -> tuple[Array, Array, DType]:
        dtype = dtypes.parse(self.dtype_name) if self.dtype_name else FLOAT32
        order = 0 if self.direct else subject.order
        if subject.wrt and not self.direct:
            raise UsageError("--wrt needs a kernel that returns that gradient", "add --direct")
        kernel = load(target)
        x = sample(subject.function, subject.params, dtype, self.size, self.seed)
        given = dict(_argument(text) for text in self.given or ())
        return x, run(kernel, x, dtype, self.arrays or arrays_of(kernel), order, **given), dtype

    def _read(self, path: str) -> tuple[Array, Array, DType]:
        asked = dtypes.parse(self.dtype_name) if self.dtype_name else None
        if self.output is None and self.output_column is None:
            raise UsageError("no results given", "--output FILE, or --output-column NAME of the same table")
        if self.output is None:
            x, got = _columns(path, (self.column or "1", str(self.output_column)), asked)
            return x, got, asked or FLOAT64
        found = asked or _dtype_of(self.output) or FLOAT64
        x = _one(path, self.column, found)
        got = _one(self.output, self.output_column, found)
        if x.shape != got.shape:
            raise DataError(f"{path} holds {x.size} numbers and {self.output} {got.size}")
        off = np.flatnonzero((found.round(x) != x) & ~np.isnan(x))
        if off.size:
            raise DataError(
                f"{path}: {float(x[off[0]])!r} is not a {found}", "--dtype says what the kernel was given"
            )
        return x, found.round(got), found


def _argument(text: str) -> tuple[str, Any]:
    """Read `name=value`: the value is a number, True, False, None, or else text."""
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        raise UsageError(f"--with {text}: not name=value", "for example --with approximate=tanh")
    words = {"true": True, "false": False, "none": None}
    if value.lower() in words:
        return name, words[value.lower()]
    try:
        return name, int(value) if value.lstrip("-").isdecimal() else parse_number(value)
    except ValueError:
        return name, value


def _dtype_of(path: str) -> DType | None:
    """Return the format of the numbers in a file of arrays, if it is one and says so."""
    form = format_of(path)
    return dtypes.named(single(path).dtype.name) if form and form.arrays else None


def _one(path: str, column: str | None, dtype: DType) -> Array:
    form = format_of(path)
    if not form or not form.arrays:
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
    blocks = [chunk.numbers for chunk in source]
    numbers = np.concatenate(blocks) if blocks else np.empty((0, len(names)))
    if not len(numbers):
        raise DataError(f"{path} holds no rows")
    return tuple(np.ascontiguousarray(column) for column in numbers.T)

"""Where the results of a kernel come from: files, a table's columns, or a call of one."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from dataclasses import dataclass
from typing import Annotated, Any

from typer import Option

from actcli.cli import kernel_files
from actcli.cli.unread import For
from actcli.core.dtypes import DType, Encoded
from actcli.errors import DataError, UsageError
from actcli.kernels.blocked import Blocked
from actcli.kernels.executable import Executable
from actcli.kernels.kernel import Kernel
from actcli.kernels.load import Arrays, arrays_of, built, load
from actcli.kernels.onnx_model import OnnxModel
from actcli.kernels.python_function import PythonFunction
from actcli.kernels.shared_library import SharedLibrary
from actcli.tables.numbers import parse_constant, parse_number

_GIVEN = "The kernel's results"
_DIGITS = 4300  # of a whole number: Python reads no more
_FILES = "the results for -i FILE; where the report goes is -o FILE"
_CALLED = "kernels that are called: --callable, --lib, --command, --onnx"


def _given(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel=_GIVEN, **facts)


@dataclass(frozen=True)
class KernelOptions:
    """The options that say where inputs and results come from."""

    target: Annotated[
        str | None,
        _given(
            "--callable", metavar="MODULE:NAME", help="Import this function and call it. It runs its code."
        ),
    ] = None
    arrays: Annotated[
        Arrays | None,
        _given("--arrays", metavar="KIND", help="It takes numpy, torch, jax, mlx or scalar (detected)."),
        For("--callable"),
    ] = None
    given: Annotated[
        list[str] | None,
        _given("--with", metavar="NAME=VALUE", help="Passed on to it; a class is built with it. Repeatable."),
        For("--callable"),
    ] = None
    device: Annotated[
        str | None,
        _given("--device", metavar="NAME", help="Where it computes: cuda, mps, cpu, …"),
        For("a --callable that takes arrays of torch or jax"),
    ] = None
    traceback: Annotated[bool, _given("--traceback", help="If it raises, show where."), For("--callable")] = (
        False
    )
    library: Annotated[
        str | None,
        _given(
            "--lib", metavar="PATH:SYMBOL", help="Call void f(const T* in, T* out, size_t n) of a library."
        ),
    ] = None
    command: Annotated[
        str | None,
        _given(
            "--command", metavar="CMD", help="Run a program: raw numbers on stdin, raw results on stdout."
        ),
    ] = None
    model: Annotated[str | None, _given("--onnx", metavar="FILE", help="Run a model, by onnxruntime.")] = None
    block: Annotated[
        int | None,
        _given("--block", min=1, metavar="N", help="Call it on N inputs at a time."),
        For(_CALLED),
    ] = None
    repeat: Annotated[
        int,
        _given("--repeat", min=1, metavar="N", help="Call it N times on the same inputs (2)."),
        For(_CALLED),
    ] = 2
    direct: Annotated[
        bool,
        _given("--direct", help="It returns the derivative itself: no autograd."),
        For("derivatives of kernels that are called: --order 1, --order 2, --wrt"),
    ] = False
    input: Annotated[
        str | None,
        _given(
            "-i", "--input", metavar="FILE", help="The inputs: NPY, NPZ, safetensors, raw .bin, or a table."
        ),
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
    written: Annotated[
        str | None,
        _given(
            "--write-inputs",
            metavar="FILE",
            help="Only write the inputs, .npy or raw .bin, to try them elsewhere.",
        ),
    ] = None

    @property
    def is_called(self) -> bool:
        """Whether there is a kernel to call, rather than files of its results.

        Raises:
            UsageError: there are neither or both.
        """
        kinds = {
            "--callable": self.target,
            "--lib": self.library,
            "--command": self.command,
            "--onnx": self.model,
            "-i": self.input,
        }
        given = [kind for kind, what in kinds.items() if what]
        if len(given) != 1:
            raise UsageError(
                f"{' and '.join(given)} do not go together" if given else "nothing to verify",
                "--callable package.module:function, --lib, --command, --onnx, or -i FILE with --output FILE",
            )
        return not self.input

    def kernel(self) -> Kernel:
        """Return the kernel.

        Raises:
            UsageError: it cannot be loaded.
        """
        kernel = self._kernel()
        return Blocked(kernel, self.block) if self.block else kernel

    def _kernel(self) -> Kernel:
        if self.library:
            return SharedLibrary.named(self.library)
        if self.command:
            return Executable(self.command)
        if self.model:
            return OnnxModel(self.model)
        target = str(self.target)
        passed = dict(_argument(text) for text in self.given or ())
        function, given = built(target, load(target), passed)
        arrays = self.arrays or arrays_of(function)
        device = self.device if arrays in (Arrays.TORCH, Arrays.JAX) else None
        return PythonFunction(target, function, arrays, given, device, self.traceback)

    def files(self, in_dtype: DType | None, dtype: DType | None) -> tuple[Encoded, Encoded]:
        """Return the inputs and the results of a kernel from files, in the formats asked for or their own.

        Raises:
            DataError: they do not go together.
        """
        path = str(self.input)
        if self.output is None and self.output_column is None:
            raise UsageError("no results given", "--output FILE, or --output-column NAME of the same table")
        if self.output is None and not kernel_files.holds_arrays(path):
            x, got = kernel_files.table(
                path, self.column or "1", str(self.output_column), in_dtype or dtype, dtype
            )
        else:
            # A file that holds one array has no names for it: -c and --output-column say nothing of it.
            output = self.output or path
            from_column = None if kernel_files.holds_one(path) else self.column
            to_column = None if kernel_files.holds_one(output) else self.output_column
            got = kernel_files.numbers(output, to_column, dtype)
            x = kernel_files.numbers(path, from_column, in_dtype or dtype or got.dtype)
            if x.bits.size != got.bits.size:
                raise DataError(f"{path} holds {x.bits.size} numbers and {output} {got.bits.size}")
        return kernel_files.exactly(x, in_dtype or dtype or got.dtype, path), got

    def row_files(
        self, in_dtype: DType | None, dtype: DType | None, shape: tuple[int, ...] | None
    ) -> tuple[Encoded, Encoded]:
        """Return inputs and results as arrays of several axes, as files of arrays have them.

        Raises:
            UsageError: a file has no axes, and no shape is given.
            DataError: they do not go together.
        """
        path, output = str(self.input), self.output
        if output is None:
            raise UsageError("no results given", "--output FILE")
        from_column = None if kernel_files.holds_one(path) else self.column
        to_column = None if kernel_files.holds_one(output) else self.output_column
        got = kernel_files.numbers(output, to_column, dtype)
        x = kernel_files.numbers(path, from_column, in_dtype or dtype or got.dtype)
        x = kernel_files.exactly(x, in_dtype or dtype or got.dtype, path)
        return (
            kernel_files.shaped(x, path, from_column, shape),
            kernel_files.shaped(got, output, to_column, shape),
        )


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

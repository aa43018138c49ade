"""Writing of results: the options, and the sinks that take chunks."""

from __future__ import annotations

import io
import os
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from actcli.core.dtypes import FLOAT64
from actcli.errors import DataError, TransferError, UsageError, border
from actcli.tables import encode, files, opening
from actcli.tables.columns import listed
from actcli.tables.formats import Compression, Format, compression_of, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk
    from actcli.tables.encode import FrameText
    from actcli.tables.numbers import Rounding


class Sink(Protocol):
    """Takes the chunks of a result."""

    def write(self, chunk: Chunk) -> None:
        """Write the rows of a chunk; the first one writes the header, even if it has no rows."""


@runtime_checkable
class Staged(Protocol):
    """A sink of two stages: chunks are prepared in any thread, and written in order in one."""

    def prepare(self, chunk: Chunk) -> Any:
        """Return what `put` writes."""

    def put(self, prepared: Any) -> None:
        """Write what was prepared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Where the result is written, and how.

    Attributes:
        path: the file; None or `-` is standard output.
        format: the format; None takes it from the extension of the file, or is CSV.
        rounding: of numbers, for people; None writes the shortest text that reads back the same.
        dtype: the dtype of the results.
        append: whether to append to an existing file.
        shape: the shape of the input array, which an NPY file of the results keeps.
        inputs: the files that are read meanwhile.
    """

    path: str | None = None
    format: Format | None = None
    rounding: Rounding | None = None
    dtype: DType | None = None
    append: bool = False
    shape: tuple[int, ...] | None = None
    inputs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the destination is called in messages."""
        return "stdout" if self.path in (None, "-") else str(self.path)

    @property
    def form(self) -> Format:
        """The format of the result."""
        return self.format or format_of(self.path or "") or Format.CSV


@dataclass(slots=True)
class TextSink:
    """A sink of text.

    Attributes:
        file: where the bytes go.
        encode: returns the rows of a chunk as bytes.
        head: returns the bytes before the first rows.
        between: the bytes between the rows of two chunks.
        tail: the bytes after the last row.
        prompt: whether rows are flushed at once.
    """

    file: BinaryIO
    encode: Callable[[Chunk], bytes | FrameText]
    head: Callable[[Chunk], bytes] = field(default=lambda _: b"")
    between: bytes = b""
    tail: bytes = b""
    prompt: bool = True
    _started: bool = False
    _rows: bool = False

    def prepare(self, chunk: Chunk) -> tuple[Chunk, bytes | FrameText]:
        """Return the rows of a chunk as bytes, or as text that polars writes."""
        return chunk, self.encode(chunk)

    def put(self, prepared: tuple[Chunk, bytes | FrameText]) -> None:
        """Write rows; the head before the first of them."""
        chunk, data = prepared
        if not self._started:
            self._started = True
            self.file.write(self.head(chunk))
        if isinstance(data, bytes):
            if data:
                self.file.write(self.between + data if self._rows else data)
                self._rows = True
        elif self.prompt:
            self.file.flush()  # the engine writes to the descriptor
            data.write(self.file)
        else:
            self.file.write(bytes(data))
        if self.prompt:
            self.file.flush()

    def close(self) -> None:
        """Write the bytes after the last row."""
        if self.tail and self._started:
            self.file.write(b"\n" + self.tail if self._rows else self.tail)


@dataclass(slots=True)
class _Guarded:
    """A sink of two stages, whose errors name the file."""

    sink: Any
    name: str

    def prepare(self, chunk: Chunk) -> Any:
        """Return what `put` writes."""
        with border(self.name):
            return self.sink.prepare(chunk)

    def put(self, prepared: Any) -> None:
        """Write what was prepared."""
        with border(self.name, TransferError):
            self.sink.put(prepared)

    def write(self, chunk: Chunk) -> None:
        """Write the rows of a chunk."""
        self.put(self.prepare(chunk))


def open_sink(writing: Writing) -> AbstractContextManager[Sink]:
    """Return a context whose value takes chunks; a file appears whole as the context ends without error.

    Raises:
        UsageError: the format cannot be written, or not so.
        TransferError: the file cannot be written.
    """
    form = writing.form
    if not form.writable or form is Format.TABLE:
        raise UsageError(
            f"{form} is not a format of files", "csv, tsv, json, ndjson, md, npy, parquet, arrow"
        )
    if files.is_read(writing.path, writing.inputs, append=writing.append):
        raise UsageError(
            f"{writing.name}: the file would be read and written at once", "another file for the results"
        )
    if writing.append and writing.path in (None, "-"):
        raise UsageError("--append adds to a file, and none is given", "-o FILE")
    if writing.append and not form.appendable:
        raise UsageError(
            f"{writing.path}: only csv, tsv and ndjson files can be added to", "leave --append out"
        )
    if form.bulk:
        from actcli.tables.bulk import engine

        engine(f"writing {form}")
    return _added(writing, form) if writing.append else _whole(writing, form)


@contextmanager
def _whole(writing: Writing, form: Format) -> Iterator[Sink]:
    """Write a file of any format from its beginning."""
    with ExitStack() as stack:
        raw = stack.enter_context(files.output(writing.path))
        file = stack.enter_context(files.packed(raw, writing.path))
        sink: Any
        if form is Format.NPY:
            from actcli.tables.npy_writer import NpySink

            seekable = file is raw and files.is_replaced(writing.path)
            sink = NpySink(file, writing.dtype or FLOAT64, writing.shape, seekable)
        elif form.bulk:
            from actcli.tables.frames import FrameSink

            sink = FrameSink(file, form, writing.dtype)
            stack.callback(sink.end)
        else:
            sink = _text_sink(file, form, writing)
            sink.prompt = file is raw
        yield from _closed(sink, writing.name)


def _closed(sink: Any, name: str) -> Iterator[Sink]:
    """Yield a sink, and write what follows the last row."""
    yield _Guarded(sink, name)
    with border(name, TransferError):
        sink.close()


@contextmanager
def _added(writing: Writing, form: Format) -> Iterator[Sink]:
    """Add rows to a file, which has their columns, or to a new one, after a header."""
    path = str(writing.path)
    if not files.is_replaced(path):
        raise UsageError(f"{path}: only rows of a file can be added to", "leave --append out")
    begun: list[tuple[tuple[str, ...], bytes]] = []

    def begin() -> bytes:
        for names, header in begun:
            found = _continued(path, form, names)
            if start := header if found is None else found:
                packed = io.BytesIO()
                with files.packed(packed, path) as file:
                    file.write(start)
                return packed.getvalue()
        return b""

    with files.addition(path, begin) as raw, files.packed(raw, path) as file:
        sink = _text_sink(file, form, writing)
        head = sink.head

        def note(chunk: Chunk) -> bytes:
            _continued(path, form, chunk.names)  # what is wrong with it is told before the work is done
            begun.append((chunk.names, head(chunk)))
            return b""

        sink.head, sink.prompt = note, False
        yield from _closed(sink, writing.name)


def _continued(path: str, form: Format, names: tuple[str, ...]) -> bytes | None:
    """Return what is missing at the end of a file before rows are added: a line feed, or nothing.

    None if the file is empty or does not exist.

    Raises:
        DataError: the file has other columns, or none.
    """
    from actcli.tables.csv_parser import split
    from actcli.tables.reading import read
    from actcli.tables.source import Reading

    first, last = _ends(path)
    if not last:
        return None
    if (packing := opening.packing_of(path)) is not compression_of(path):
        raise DataError(f"{path}: {packing} data: no {form} to add to", "leave --append out")
    is_lines = form is Format.NDJSON
    try:
        found = read(Reading(paths=(path,), format=form, header=None if is_lines else True)).names
    except DataError as error:
        raise DataError(f"{error.message}: no {form} to add to", "leave --append out") from None
    if is_lines and first[:1] != "{":
        raise DataError(f"{path}: it does not hold objects, a line each", "leave --append out")
    if set(found) != set(names) if is_lines else found != names:
        raise DataError(f"{path}: its columns are {listed(found)}, not {listed(names)}", "leave --append out")
    if not is_lines and len(split(first, encode.DELIMITERS[form])) != len(found):
        raise DataError(f"{path}: its cells are not separated as those of {form} are", "leave --append out")
    return b"" if last == b"\n" else b"\n"


def _ends(path: str) -> tuple[str, bytes]:
    """Return the first line of a file that is neither blank nor a comment, and its last byte."""
    if not (os.path.exists(path) and os.path.getsize(path)):  # noqa: PTH110, PTH202
        return "", b""
    with opening.unpacked(path) as read_next:
        start = last = read_next()
        if compression_of(path) is not Compression.NONE:
            for data in iter(read_next, b""):
                last = data
    if compression_of(path) is Compression.NONE:
        with open(path, "rb") as file:  # noqa: PTH123
            file.seek(-1, io.SEEK_END)
            last = file.read()
    lines = start.decode(errors="replace").splitlines()
    return next((line for line in lines if line.strip() and not line.startswith("#")), ""), last[-1:]


def _text_sink(file: BinaryIO, form: Format, writing: Writing) -> TextSink:
    dtype, rounding = writing.dtype, writing.rounding
    if form in encode.DELIMITERS:
        mark = encode.DELIMITERS[form]
        return TextSink(
            file,
            lambda chunk: encode.delimited(chunk, mark, dtype, rounding),
            lambda chunk: encode.header(chunk.names, mark),
        )
    if form is Format.MD:
        return TextSink(file, lambda chunk: encode.markdown(chunk, dtype, rounding), encode.markdown_header)

    from actcli.tables.json_writer import objects  # which needs json, and most runs do not

    def rows(chunk: Chunk, between: str) -> bytes:
        return between.join(objects(chunk, dtype, rounding)).encode()

    if form is Format.NDJSON:
        return TextSink(file, lambda chunk: rows(chunk, "\n") + b"\n" * bool(len(chunk)))
    return TextSink(file, lambda chunk: rows(chunk, ",\n"), lambda _: b"[\n", between=b",\n", tail=b"]\n")

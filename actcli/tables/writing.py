"""Writing of results: the options, and the sinks that take chunks."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from actcli.core.dtypes import FLOAT64
from actcli.errors import DataError, TransferError, UsageError
from actcli.tables import encode, files, opening
from actcli.tables.formats import Compression, Format, compression_of, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk
    from actcli.tables.frametext import FrameText
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
    """

    path: str | None = None
    format: Format | None = None
    rounding: Rounding | None = None
    dtype: DType | None = None
    append: bool = False
    shape: tuple[int, ...] | None = None

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

    def write(self, chunk: Chunk) -> None:
        """Write the rows of a chunk."""
        self.put(self.prepare(chunk))

    def close(self) -> None:
        """Write the bytes after the last row."""
        if self.tail and self._started:
            self.file.write(b"\n" + self.tail if self._rows else self.tail)


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
    if writing.append and (not form.appendable or writing.path in (None, "-")):
        raise UsageError("only csv, tsv and ndjson files can be added to", "leave --append out")
    if form is Format.NPY:
        return _array(writing)
    if form.bulk:
        return _frames(writing, form)
    return _text(writing, form)


@contextmanager
def _array(writing: Writing) -> Iterator[Sink]:
    from actcli.tables.npy_writer import NpySink

    with files.output(writing.path) as raw, files.packed(raw, writing.path) as file:
        plain = file is raw and writing.path not in (None, "-", "/dev/stdout") and raw.seekable()
        sink = NpySink(file, writing.dtype or FLOAT64, writing.shape, plain)
        yield sink
        sink.close()


@contextmanager
def _frames(writing: Writing, form: Format) -> Iterator[Sink]:
    from actcli.tables.bulk import engine
    from actcli.tables.frames import FrameSink

    engine(f"writing {form}")
    with files.output(writing.path) as raw, files.packed(raw, writing.path) as file:
        sink = FrameSink(file, form, writing.dtype)
        try:
            yield sink
            sink.close()
        except BaseException:
            sink.abandon()
            raise


@contextmanager
def _text(writing: Writing, form: Format) -> Iterator[Sink]:
    head = _continued(str(writing.path), form) if writing.append else None
    with files.output(writing.path, append=writing.append) as raw, files.packed(raw, writing.path) as file:
        sink = _text_sink(file, form, writing)
        sink.head = head or sink.head
        sink.prompt = file is raw
        yield sink
        sink.close()


def _continued(path: str, form: Format) -> Callable[[Chunk], bytes] | None:
    """Return the head of rows that are appended to a file: no header, but a line feed if the file lacks one.

    None if the file is empty or does not exist.

    Raises:
        DataError: the file has other columns; raised by the head.
    """
    try:
        with opening.unpacked(path) as read_next:
            start = read_next()
        with open(path, "rb") as file:  # noqa: PTH123
            file.seek(-min(1, os.fstat(file.fileno()).st_size), os.SEEK_END)
            whole = compression_of(path) is not Compression.NONE or file.read() in (b"\n", b"")
    except (FileNotFoundError, TransferError):
        return None
    if not start:
        return None
    feed = b"" if whole else b"\n"
    if form is Format.NDJSON:
        return lambda _: feed
    from actcli.tables.csv_parser import split, unquoted

    mark = encode.DELIMITERS[form]
    line = start.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode(errors="replace").removesuffix("\r")
    names = [unquoted(cell) for cell in split(line, mark)]

    def head(chunk: Chunk) -> bytes:
        if list(chunk.names) != names:
            raise DataError(
                f"{path}: its columns are {', '.join(names)}, not {', '.join(chunk.names)}",
                "leave --append out",
            )
        return feed

    return head


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

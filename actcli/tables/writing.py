"""Numbers out: where to, in what form, and the sink that takes the chunks."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from actcli.errors import TransferError
from actcli.tables.formats import Format
from actcli.tables.numbers import format_numbers, is_json_number

if TYPE_CHECKING:
    from actcli.core.dtypes import DType
    from actcli.tables.chunk import Chunk


class Sink(Protocol):
    """What takes the chunks of a result."""

    def write(self, chunk: Chunk) -> None:
        """Write the rows of a chunk; one of no rows still makes the header known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Where the result goes and how.

    Attributes:
        path: the file; None or `-` is standard output.
        format: the form; None is the file's extension, or CSV.
        precision: significant digits; None writes the shortest text that reads back the same.
        dtype: the dtype whose numbers the results are.
        append: whether to add to a file that is there.
        bulk: whether the bulk engine may be used; None decides by size and by what is installed.
    """

    path: str | None = None
    format: Format | None = None
    precision: int | None = None
    dtype: DType | None = None
    append: bool = False
    bulk: bool | None = None


def cells(chunk: Chunk, name: str, dtype: DType | None = None, precision: int | None = None) -> list[str]:
    """Return a column of a chunk as text: as it came, or each number in its shortest form."""
    column = chunk.columns[name]
    if isinstance(column, list):
        return column
    return format_numbers(column, dtype if name in chunk.computed else None, precision)


def open_sink(writing: Writing) -> AbstractContextManager[Sink]:
    """Return a context whose value takes chunks; the file appears whole as the context ends without error."""
    return _simple(writing)


@contextmanager
def _simple(writing: Writing) -> Iterator[Sink]:
    form = writing.format or Format.CSV
    if writing.path in (None, "-"):
        yield _Simple(sys.stdout, form, writing)
        sys.stdout.flush()
        return
    try:
        with Path(str(writing.path)).open("w", encoding="utf-8", newline="") as file:
            yield _Simple(file, form, writing)
    except OSError as error:
        raise TransferError(f"{writing.path}: {error.strerror}") from None


class _Simple:
    def __init__(self, file: IO[str], form: Format, writing: Writing) -> None:
        self.file, self.form, self.writing, self.started = file, form, writing, False

    def write(self, chunk: Chunk) -> None:
        columns = [cells(chunk, name, self.writing.dtype, self.writing.precision) for name in chunk.names]
        if self.form is Format.NDJSON or self.form is Format.JSON:
            for row in zip(*columns, strict=True):
                pairs = (f"{json.dumps(n)}: {_json(c)}" for n, c in zip(chunk.names, row, strict=True))
                self.file.write("{" + ", ".join(pairs) + "}\n")
            return
        out = csv.writer(self.file, delimiter="\t" if self.form is Format.TSV else ",", lineterminator="\n")
        if not self.started:
            out.writerow(chunk.names)
            self.started = True
        out.writerows(zip(*columns, strict=True))


def _json(cell: str) -> str:
    return cell if is_json_number(cell) else json.dumps(cell)

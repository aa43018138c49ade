"""The bulk engine: polars, which reads and writes large tables; it computes nothing here."""

from __future__ import annotations

import os
import re
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.errors import DataError, MissingExtraError
from actcli.loading import loading
from actcli.tables.bad_cells import kept
from actcli.tables.chunk import Chunk, Passed
from actcli.tables.csv_parser import BLANK, even
from actcli.tables.numbers import LATE, DecimalMark, late_numbers, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from polars import DataFrame

    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.csv_parser import CsvSchema
    from actcli.tables.line_blocks import Block

ENOUGH = 1 << 24
"""Bytes of text from which on polars is worth the time of its import."""

_ODD = (b'"', b"\r", b"\0")  # bytes that only the parser in Python handles
_MARKS = (b",", b"\t")  # and these too, where a line is one cell
_ABSENT = "\x1f"  # the unit separator: a delimiter that lines of one cell do not contain


def engine(what: str = "") -> Any:
    """Return polars.

    Raises:
        MissingExtraError: it is not installed; the message says what needs it.
    """
    try:
        # Polars panics where it meets an INTERVAL, unless this tells it to take it for a structure.
        os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1")
        with loading():
            import polars
    except ImportError:
        raise MissingExtraError(what, "polars", "bulk") from None
    return polars


@contextmanager
def without_panic() -> Iterator[None]:
    """Keep from stderr what polars writes there as it panics; that is an exception too, which is told.

    All that is written in the meantime comes afterwards, if there is no panic: let it be short.
    """
    import tempfile  # which needs much that most runs do not

    with _STDERR, tempfile.TemporaryFile() as said:
        try:
            kept = os.dup(2)
        except OSError:  # it is closed
            yield
            return
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            if b"panicked at" not in (text := said.read()):
                os.write(2, text)


_STDERR = threading.Lock()  # of two threads that redirect it, one would leave it so


def installed() -> bool:
    """Tell whether polars is there to be imported."""
    return loaded() or (sys.modules.get("polars", ...) is not None and find_spec("polars") is not None)


def present() -> bool:
    """Tell whether polars can be imported, and import it."""
    try:
        engine()
    except MissingExtraError:
        return False
    return True


@dataclass(frozen=True, eq=False)
class FrameRows:
    """Rows of text as they came, none of them with quotes.

    Attributes:
        delimiter: what separates cells.
        width: how many columns there are.
        text: a column of strings for each column, or one of whole lines.
        cut: returns the former where the text is the latter.
        commas: whether cells may hold commas, as decimal marks.
    """

    delimiter: str
    width: int
    text: DataFrame
    cut: Callable[[], DataFrame] | None = None
    commas: bool = False

    @cached_property
    def frame(self) -> DataFrame:
        """A column of strings for each column."""
        return self.text if self.cut is None else self.cut()

    @property
    def lines(self) -> list[str]:
        """The records as they came, without line feeds."""
        columns = [column.to_list() for column in self.text]
        return columns[0] if len(columns) == 1 else list(map(self.delimiter.join, zip(*columns, strict=True)))

    def __len__(self) -> int:
        return self.text.height

    def kept(self, rows: Any) -> FrameRows:
        """Return some of the rows."""
        return replace(self, text=self.text[rows], cut=None if self.cut is None else lambda: self.frame[rows])

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text."""
        found: list[str] = self.frame.to_series(index).to_list()
        return found


@dataclass(frozen=True, slots=True, eq=False)
class TypedRows:
    """Rows of a frame whose columns have types of their own."""

    frame: DataFrame

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.frame.width

    def __len__(self) -> int:
        return self.frame.height

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column as text; a missing one is empty."""
        from actcli.tables.jsontext import cell

        return list(map(cell, self.values(index)))

    def values(self, index: int) -> list[Any]:
        """Return the cells of a column: booleans, lists and structs as in Python, all else as text.

        Durations are spelled as ISO 8601 has it. A missing cell is None.

        Raises:
            DataError: the column holds bytes that are no text.
        """
        column: Any = self.frame.to_series(index)
        if type_name(column.dtype) == "Extension":
            column = column.ext.storage()
        kind = type_name(column.dtype)
        if kind == "Duration":
            column = column.dt.to_string("iso")
        elif kind == "Binary":
            try:
                return [None if value is None else value.decode() for value in column.to_list()]
            except UnicodeDecodeError:
                raise DataError(
                    f"column {column.name!r} holds bytes that are no text",
                    "-o FILE.parquet, or --only-results",
                ) from None
        elif column.dtype.is_temporal():  # as polars writes them into CSV
            return [text or None for text in column.to_frame().write_csv(include_header=False).split("\n")][
                :-1
            ]
        elif column.dtype.is_nested():
            leaf = column.dtype
            while hasattr(leaf, "inner"):
                leaf = leaf.inner
            if narrow := {"Float32": np.float32, "Float16": np.float16}.get(type_name(leaf)):
                return [_shortest(value, narrow) for value in column.to_list()]
        elif kind != "Boolean":
            column = column.cast(engine().String, strict=False)
        return list(column.to_list())

    def textual(self) -> bool:
        """Tell whether polars writes every column into CSV as `cells` gives it."""
        odd = ("Duration", "Binary", "Extension", "Object")
        return not any(kind.is_nested() or type_name(kind) in odd for kind in self.frame.dtypes)

    def numeric(self, index: int) -> bool:
        """Tell whether a column holds numbers."""
        return self.frame.to_series(index).dtype.is_numeric()


def type_name(kind: Any) -> str:
    """Return the name of a type of polars without its parameters."""
    return str(kind).partition("(")[0]


def _shortest(value: Any, narrow: Callable[[float], Any]) -> Any:
    """Return a list with numbers of a narrower type as the doubles that are spelled alike."""
    if isinstance(value, list):
        return [_shortest(one, narrow) for one in value]
    return float(str(narrow(value))) if isinstance(value, float) else value


def parse(block: Block, schema: CsvSchema, policy: BadCellPolicy) -> Chunk | None:
    """Return the rows of a block as a chunk, or None if polars cannot parse it: quotes, blanks, ragged rows.

    Raises:
        DataError: a cell is bad, and that ends the run.
    """
    if block.data.startswith(b"\xef\xbb\xbf"):  # polars would pass over it
        return None
    found = _rows(block, schema)
    if found is None:
        return None
    rows, columns = found
    values = np.empty((len(rows), len(schema.chosen)), order="F")
    bad = []
    for j, (index, numbers) in enumerate(zip(schema.chosen, columns, strict=True)):
        if numbers.null_count():
            if not schema.delimiter and any(odd in block.data for odd in _ODD + _MARKS):
                return None
            if rows.width == 1 and (rows.frame.to_series(index).str.strip_chars() == "").any():  # blank lines
                return None
            numbers = numbers.fill_null(np.nan)
        cells: Any = _Cells(rows, index)
        values[:, j], odd = settle(numbers.to_numpy(), cells, policy.dtype, schema.mark)
        bad += [(cell, schema.names[index]) for cell in odd]
    for index in schema.empty:
        if rows.frame.to_series(index).str.contains(LATE).any():
            bad += [(cell, schema.names[index]) for cell in late_numbers(rows.cells(index))]

    def place(row: int) -> str:
        return f"{block.name}:{block.line + row}"

    where: Callable[[int], str] = place
    if bad and (keep := policy.handle(bad, len(rows), place)) is not None:
        rows, values, where = rows.kept(keep), values[keep], kept(place, keep)
    passed = {name: Passed(rows, i) for i, name in enumerate(schema.names)}
    return Chunk(passed, tuple(schema.names[i] for i in schema.chosen), values, place=where)


def _pointed(column: Any) -> Any:
    """Return numbers with a decimal comma as numbers with a point; one that has a point is none."""
    return column.str.replace_all(".", "?", literal=True).str.replace_all(",", ".", literal=True)


class _Cells:
    """The cells of a column, of which few are asked for."""

    def __init__(self, rows: FrameRows, index: int) -> None:
        self._rows, self._index = rows, index

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: Any) -> Any:
        return self._rows.frame.to_series(self._index)[row]


def _rows(block: Block, schema: CsvSchema) -> tuple[FrameRows, list[Any]] | None:
    """Return lines, and the numbers in them; None if polars cannot parse them.

    Cells that pass through need not be cut out of their lines. Lines of one cell may hold anything: what is
    no number is found when they are cast.
    """
    data, mark, width = block.data, schema.delimiter, len(schema.names)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if mark == BLANK or any(odd in data for odd in (*(_ODD if mark else ()), _ABSENT.encode())):
        return None
    polars, comma = engine(), schema.mark is DecimalMark.COMMA
    lines = _read(data, _ABSENT, schema={"0": polars.String})
    if lines is None or lines.height != block.feeds:
        return None
    names = [str(i) for i in range(width)]
    texts = dict.fromkeys(names, polars.String)
    # The parameter that reads missing cells as text has another name in polars 2: fill them here.
    rows = FrameRows(mark, width, lines.fill_null(""), commas=comma)
    if width == 1:
        if mark and mark.encode() in data:
            return None
        columns = [rows.text.to_series(0) for _ in schema.chosen]
    else:
        types = texts if comma else texts | {names[i]: polars.Float64 for i in schema.chosen}
        frame = _read(data, mark, schema=types, columns=list(schema.chosen), ignore_errors=True)
        if frame is None or frame.height != block.feeds:
            return None
        columns = [frame[names[i]] for i in schema.chosen]
        certain = len(columns) == width and not any(column.null_count() for column in columns)
        if not (certain or even(data, mark, width)):
            return None

        def cut() -> DataFrame:
            found = _read(data, mark, schema=texts)
            assert found is not None
            return found.fill_null("")

        rows = replace(rows, cut=cut)
    return rows, [(_pointed(one) if comma else one).cast(polars.Float64, strict=False) for one in columns]


def _read(data: bytes, mark: str, **more: Any) -> DataFrame | None:
    """Return lines without quotes as a frame, null for what is missing; None if they have too many cells."""
    polars = engine()
    try:
        frame: DataFrame = polars.read_csv(data, has_header=False, separator=mark, quote_char=None, **more)
    except polars.exceptions.PolarsError:
        return None
    return frame


def cause(error: BaseException) -> BaseException:
    """Return the `OSError` that an error of polars wraps, or else the error itself."""
    found = re.search(r"os error (\d+)", str(error))
    if found is None:
        return error
    number = int(found[1])
    if sys.platform == "win32":  # whose error numbers are not those of errno
        import ctypes

        return ctypes.WinError(number)
    return OSError(number, os.strerror(number))


def loaded() -> bool:
    """Tell whether polars has been imported."""
    return sys.modules.get("polars") is not None

"""Polars frames as CSV and TSV."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT32, FLOAT64
from actcli.tables.bulk import FrameRows, TypedRows, cause, engine
from actcli.tables.chunk import unique

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from numpy.typing import NDArray
    from polars import DataFrame

    from actcli.core.dtypes import DType


@dataclass(frozen=True, slots=True, eq=False)
class FrameText:
    """Rows of CSV or TSV that polars formats as it writes them.

    Attributes:
        frame: the cells.
        delimiter: what separates cells.
        style: when a cell is quoted, in the words of polars.
    """

    frame: DataFrame
    delimiter: str
    style: str

    def write(self, file: BinaryIO) -> None:
        """Write the rows; polars writes to the descriptor itself if the file has one."""
        polars = engine()
        try:
            self.frame.write_csv(file, include_header=False, separator=self.delimiter, quote_style=self.style)  # type: ignore[call-overload]
        except (OSError, polars.exceptions.PolarsError) as error:
            raise cause(error) from None

    def __bytes__(self) -> bytes:
        out = BytesIO()
        self.write(out)
        return out.getvalue()


def delimited(
    rows: FrameRows | TypedRows | None, columns: Sequence[tuple[NDArray[Any], DType]], delimiter: str
) -> FrameText | None:
    """Return rows with numbers after them as CSV or TSV, or None if polars cannot format them.

    Rows of text are written as they came; cells of others are quoted where they must be.
    """
    polars = engine()
    before = rows.frame if isinstance(rows, TypedRows) else None if rows is None else rows.text
    names = () if before is None else before.columns
    fresh = unique([*names, *["result"] * len(columns)])[len(names) :]
    numbers = []
    for name, (values, dtype) in zip(fresh, columns, strict=True):
        if dtype not in (FLOAT64, FLOAT32):
            return None
        narrow = np.ascontiguousarray(values, np.float64 if dtype is FLOAT64 else np.float32)
        numbers.append(polars.Series(name, narrow))
    if isinstance(rows, TypedRows) and not rows.textual():
        return None
    frame = polars.DataFrame(numbers) if before is None else before.hstack(numbers)
    return FrameText(frame, delimiter, "necessary" if isinstance(rows, TypedRows) else "never")

"""The formats of tables, and what the name of a file says about them."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath

from actcli.errors import UsageError, nearest


class Format(StrEnum):
    """A format of input or output."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    MD = "md"
    NPY = "npy"
    NPZ = "npz"
    SAFETENSORS = "safetensors"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def readable(self) -> bool:
        """Whether input may have this format."""
        return self is not Format.TABLE

    @property
    def writable(self) -> bool:
        """Whether output may have this format; some are for input only."""
        return self not in (Format.TEXT, Format.NPZ, Format.SAFETENSORS)

    @property
    def textual(self) -> bool:
        """Whether the format is text, which people can read."""
        return not (self.arrays or self.bulk)

    @property
    def arrays(self) -> bool:
        """Whether a file of the format holds arrays, which have shapes."""
        return self in (Format.NPY, Format.NPZ, Format.SAFETENSORS)

    @property
    def bulk(self) -> bool:
        """Whether the format needs polars."""
        return self in (Format.PARQUET, Format.ARROW)

    @property
    def appendable(self) -> bool:
        """Whether rows can be appended to a file."""
        return self in (Format.CSV, Format.TSV, Format.NDJSON)


class Compression(StrEnum):
    """How the bytes of a file are compressed."""

    NONE = ""
    GZIP = "gzip"
    ZSTD = "zstd"


_EXTENSIONS = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".txt": Format.TEXT,
    ".dat": Format.TEXT,
    ".json": Format.JSON,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".md": Format.MD,
    ".markdown": Format.MD,
    ".npy": Format.NPY,
    ".npz": Format.NPZ,
    ".safetensors": Format.SAFETENSORS,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".feather": Format.ARROW,
    ".ipc": Format.ARROW,
}
_PACKED = {".gz": Compression.GZIP, ".zst": Compression.ZSTD, ".zstd": Compression.ZSTD}


def compression_of(path: str) -> Compression:
    """Return how a file of that name is compressed."""
    return _PACKED.get(PurePath(path).suffix.lower(), Compression.NONE)


def format_of(path: str) -> Format | None:
    """Return the format that the extension of a file names (before .gz or .zst, or :ARRAY), or None."""
    name = PurePath(path)
    if name.suffix.lower() in _PACKED:
        name = name.with_suffix("")
    if (found := _EXTENSIONS.get(name.suffix.lower())) is None and ":" in path:
        member = ARRAY_OF.fullmatch(path)
        return Format(member["format"].lower()) if member else None
    return found


ARRAY_OF = re.compile(
    r"(.+?\.(?P<format>npz|safetensors)(?:\.(?:gz|zstd?))?):(.+)", re.IGNORECASE | re.DOTALL
)
"""The name of a file, its format and one of its arrays: `f.npz:x`."""


def written_as(path: str) -> Format:
    """Return the format in which a file of that name is written: CSV if it has no extension.

    Raises:
        UsageError: its extension names no format.
    """
    form = format_of(path)
    suffix = PurePath(path.removesuffix(PurePath(path).suffix) if compression_of(path) else path).suffix
    if suffix if form is None else not form.writable:
        known = ", ".join(dict.fromkeys(extension for extension, f in _EXTENSIONS.items() if f.writable))
        raise UsageError(f"{path}: no format goes by {suffix!r}", f"-f FORMAT, or one of {known}")
    return form or Format.CSV


def input_format(name: str) -> Format:
    """Return the format of that name or extension, or raise `UsageError` if input cannot have it."""
    return _named(name, [form for form in Format if form.readable], "read")


def output_format(name: str) -> Format:
    """Return the format of that name or extension, or raise `UsageError` if output cannot have it."""
    return _named(name, [form for form in Format if form.writable], "written")


def _named(name: str, known: list[Format], what: str) -> Format:
    by_name = {str(form): form for form in Format}
    if (form := by_name.get(name.lower()) or _EXTENSIONS.get(f".{name.lower()}")) in known:
        return form
    names = ", ".join(known)
    raise UsageError(f"no format {name!r} can be {what}", nearest(name, known) or f"one of {names}")

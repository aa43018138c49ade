"""Streams of named columns: in from text, NPY, Parquet and Arrow, and out again."""

from actcli.tables.bad_cells import OnError
from actcli.tables.chunk import Chunk, Column, Numbers
from actcli.tables.columns import choose
from actcli.tables.encode import cells
from actcli.tables.formats import Format, format_of, input_format, output_format
from actcli.tables.numbers import format_number, parse_number
from actcli.tables.pipeline import run
from actcli.tables.points import from_range, from_values
from actcli.tables.reading import read
from actcli.tables.source import ChunkStream, Reading
from actcli.tables.spacing import spaced
from actcli.tables.writing import Sink, Writing, open_sink

__all__ = [
    "Chunk",
    "ChunkStream",
    "Column",
    "Format",
    "Numbers",
    "OnError",
    "Reading",
    "Sink",
    "Writing",
    "cells",
    "choose",
    "format_number",
    "format_of",
    "from_range",
    "from_values",
    "input_format",
    "open_sink",
    "output_format",
    "parse_number",
    "read",
    "run",
    "spaced",
]

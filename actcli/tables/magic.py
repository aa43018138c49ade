"""What a file is by its first bytes: the formats that are no text, and what to do with each."""

from __future__ import annotations

import re
from typing import NamedTuple

from actcli.errors import DataError
from actcli.tables.formats import Compression, Format

_ASKED = "--from "

ENOUGH = 1 << 16
"""How many of the first bytes of a file tell what it is."""

PACKED = 4
"""How many of them tell how it is compressed."""


class Magic(NamedTuple):
    """A format that is told by its first bytes.

    Attributes:
        what: what a file of it is.
        mend: what to do with it; FILE stands for its name.
        begins: a pattern of the first bytes.
    """

    what: str
    mend: str
    begins: bytes

    def told(self, data: bytes) -> bool:
        """Tell whether a file that begins so is of this format."""
        return re.match(self.begins, data, re.DOTALL) is not None


def _saved(array: str) -> str:
    return f"in Python: numpy.save('x.npy', {array})"


def _written(frame: str, how: str = "to_csv('t.csv', index=False)") -> str:
    return f"in Python: {frame}.{how}"


def _in_r(frame: str) -> str:
    return f"in R: write.csv({frame}, 't.csv', row.names=FALSE)"


_PIXELS = _saved("numpy.asarray(PIL.Image.open('FILE'))")
_WORKBOOK = _written("pandas.read_excel('FILE')")
_UNPACK = "unpack it first"
_PARQUET = "to_parquet('t.parquet')"
_TORCH = "in Python: safetensors.torch.save_file(torch.load('FILE', weights_only=True), 't.safetensors')"
_PICKLE = "it could run any code and is never loaded; " + _saved(
    "numpy.asarray(pickle.load(open('FILE', 'rb')))"
)
_PICKLED = (
    rb"\x80[\x02-\x05](?:\x95.{7}\0|[\]}(c\x8cKGJX)MqN\x88\x89])|\([ld]p\d+\n"
    rb"|c(?:numpy|pandas|copy_reg|__builtin__|builtins)[\w.]*\n\w+\n"
)
_HDF5 = rb"(?:|.{512}|.{1024}|.{2048})\x89HDF\r\n\x1a\n"
_NOTEBOOK = rb'\s*\{\s*"cells":\s*\[\s*(?:\]|\{\s*"(?:attachments|cell_type|execution_count|id)")'
_KERAS = _saved("keras.models.load_model('FILE').get_weights()[0]")
_JULIA = 'in Julia: using JLD2, NPZ; npzwrite("x.npy", load("FILE", "NAME"))'
_GGUF = _saved("gguf.GGUFReader('FILE').get_tensor(0).data")
_ONNX = _saved("onnx.numpy_helper.to_array(onnx.load('FILE').graph.initializer[0])")

# fmt: off
_NPZ = Magic("an NPZ archive of arrays", "--from npz", rb"PK\x03\x04.{26}[^\0]{0,200}?\.npy")
_READ = (
    Magic("an NPY array", "--from npy", rb"\x93NUMPY"),
    Magic("Parquet data", "--from parquet", rb"PAR1"),
    Magic("Arrow data", "--from arrow", rb"ARROW1|\xff\xff\xff\xff"),
    Magic("a safetensors file", "--from safetensors", rb".{4}\0{4}\{\s*\""),
    Magic("gzip data", "pipe it through gzip -d", rb"\x1f\x8b"),
    Magic("zstd data", "pipe it through zstd -d", rb"\x28\xb5\x2f\xfd"),
)
"""Formats that are read, if they are asked for, so is the one above; and what is in packed data packed."""

_ZIPPED = (
    Magic("a PyTorch file", _TORCH, rb".*/(?:data\.pkl|\.format_version|byteorder)"),
    Magic("a workbook", _WORKBOOK, rb".*(?:xl/(?:work|_rels|theme|styles|shared)|\[Content_Types\]\.xml)"),
    Magic("a workbook (OpenDocument)", _WORKBOOK, rb".*mimetypeapplication/vnd\.oasis\.opendocument"),
    Magic("a Keras model", _KERAS, rb".*model\.weights\.h5"),
    Magic("a ZIP archive", _UNPACK, rb""),
)
"""What a ZIP archive may be, by the names in it."""

_REFUSED = (
    Magic("a PyTorch file", _TORCH, rb"\x80\x02\x8a\x0al\xfc\x9cF\xf9\x20j\xa8P\x19\."),
    Magic("a pickle", _PICKLE, _PICKLED),
    Magic("a MATLAB file (v7.3)", _saved("h5py.File('FILE')['NAME'][:].T"), rb"MATLAB 7\.3 MAT-file"),
    Magic("a MATLAB file", _saved("scipy.io.loadmat('FILE')['NAME']"), rb"MATLAB 5\.0 MAT-file"),
    Magic("a Julia file (JLD)", _JULIA, rb"Julia data file"),
    Magic("an HDF5 file", _saved("h5py.File('FILE')['NAME'][:]"), _HDF5),
    Magic("a NetCDF file", _saved("xarray.open_dataset('FILE')['NAME']"), rb"CDF[\x01\x02\x05]"),
    Magic("a GGUF model", _GGUF, rb"GGUF(?:.\0|\0)|[tlf]mgg|tjgg"),
    Magic("an old workbook", _WORKBOOK, rb"\xd0\xcf\x11\xe0"),
    Magic("a Feather file of version 1", _written("pandas.read_feather('FILE')", _PARQUET), rb"FEA1\0"),
    Magic("an ORC file", _written("pandas.read_orc('FILE')", _PARQUET), rb"ORC[\0-\x1f\x80-\xff]"),
    Magic("an Avro file", _written("polars.read_avro('FILE')", "write_parquet('t.parquet')"), rb"Obj\x01"),
    Magic("an SQLite database", 'sqlite3 -csv -header FILE "select * from NAME"', rb"SQLite format 3\0"),
    Magic("a DuckDB database", 'duckdb FILE -csv -c "select * from NAME"', rb".{8}DUCK"),
    Magic("a Stata file", _written("pandas.read_stata('FILE')"), rb"<stata_dta>|[\x71-\x73][\x01\x02]\x01\0"),
    Magic("an SPSS file", _written("pandas.read_spss('FILE')"), rb"\$FL[23]@"),
    Magic("a SAS file", _written("pandas.read_sas('FILE')"), rb"\0{12}\xc2\xea\x81\x60|HEADER RECORD\*+LIB"),
    Magic("a Jupyter notebook", "write its table into a file: frame.to_csv('t.csv', index=False)", _NOTEBOOK),
    Magic("R data (RData)", _in_r("get(load('FILE'))"), rb"RD[AX][23]\n"),
    Magic("R data (RDS)", _in_r("readRDS('FILE')"), rb"[XB]\n\0\0\0[\x02\x03]|A\n[23]\n"),
    Magic("a tar archive", _UNPACK, rb".{257}ustar"),
    Magic("a PNG image", _PIXELS, rb"\x89PNG\r\n"),
    Magic("a JPEG image", _PIXELS, rb"\xff\xd8\xff"),
    Magic("a GIF image", _PIXELS, rb"GIF8[79]a"),
    Magic("a TIFF image", _saved("tifffile.imread('FILE')"), rb"II[*+]\0|MM\0[*+]"),
    Magic("a BMP image", _PIXELS, rb"BM.{4}\0{4}"),
    Magic("a WebP image", _PIXELS, rb"RIFF.{4}WEBP"),
    Magic("a WAV sound", _saved("scipy.io.wavfile.read('FILE')[1]"), rb"RIFF.{4}WAVE"),
    Magic("a PDF document", "copy its table into a text file", rb"%PDF-"),
    Magic("bzip2 data", "pipe it through bzip2 -d", rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    Magic("xz data", "pipe it through xz -d", rb"\xfd7zXZ\0"),
    Magic("lzma data", "pipe it through xz --format=lzma -d", rb"\x5d\0\0.{2}(?:\xff{8}|.{6}\0\0)"),
    Magic("lz4 data", "pipe it through lz4 -d", rb"\x04\x22\x4d\x18|\x02\x21\x4c\x18"),
    Magic("snappy data", _UNPACK, rb"\xff\x06\0\0sNaPpY"),
    Magic("compress data", "pipe it through gzip -d", rb"\x1f[\x9d\xa0]"),
    Magic("a 7z archive", _UNPACK, rb"7z\xbc\xaf\x27\x1c"),
    Magic("a RAR archive", _UNPACK, rb"Rar!\x1a\x07"),
    Magic("a TensorFlow Lite model", "in Python: tensorflow.lite.Interpreter('FILE')", rb".{4}TFL3"),
    Magic("a program", "a kernel is verified from Python: verify --callable", rb"\x7fELF|MZ.{56,62}\0\0"),
    Magic("an ONNX model, or another protocol buffer", _ONNX, rb"\x08[\x01-\x20][\x12\x1a\x22\x2a\x3a\x42]"),
)
"""Formats that are not read, with what turns each into one that is."""
# fmt: on

_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_PRINTABLE = re.compile(
    rb"%PDF-|<stata_dta>|HEADER RECORD\*|A\n[23]\n|c[a-z_]+\.?[\w.]*\n|\([ld]p\d|\s*\{\s*\"cells\":"
)
"""What has no control characters either: the patterns of all formats take milliseconds to compile."""


def kind_of(data: bytes) -> Magic | None:
    """Return the format of a file that begins with these bytes, if it is one that is no table of text."""
    if not _CONTROLS.search(data) and not _PRINTABLE.match(data):
        return None
    if data.startswith(b"PK") and data[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        kinds: tuple[Magic, ...] = (_NPZ, *_ZIPPED)
    else:
        kinds = (*_READ, *_REFUSED)
    return next((kind for kind in kinds if kind.told(data)), None)


def format_of(data: bytes) -> Format | None:
    """Return the format of a file that begins with these bytes, if it is one that is read and no text."""
    kind = kind_of(data)
    return Format(kind.mend.removeprefix(_ASKED)) if kind and kind.mend.startswith(_ASKED) else None


def packing_of(data: bytes) -> Compression:
    """Return how the bytes of a file that begins with these are compressed."""
    if data.startswith(b"\x1f\x8b"):
        return Compression.GZIP
    return Compression.ZSTD if data.startswith(b"\x28\xb5\x2f\xfd") else Compression.NONE


def check(data: bytes, name: str) -> None:
    """Raise `DataError` if a file that begins with these bytes is no text; it says what it is."""
    if kind := kind_of(data[:ENOUGH]):
        raise refusal(kind, name, "not text")


def expect(data: bytes, name: str, form: Format) -> None:
    """Raise `DataError` if a file that begins with these bytes is not of a format that is no text."""
    kind = kind_of(data)
    if kind is None:
        raise DataError(f"{name} is no {form} file", "--from says what it is instead")
    if kind.mend != f"{_ASKED}{form}":
        raise refusal(kind, name, f"not {form}")


def refusal(kind: Magic, name: str, instead: str) -> DataError:
    """Return the error that a file is of another format than it was taken for."""
    return DataError(
        f"{name}: {kind.what}, {instead}", kind.mend if name == "stdin" else kind.mend.replace("FILE", name)
    )

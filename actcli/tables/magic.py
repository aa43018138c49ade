"""What a file is by its first bytes: the formats that are no text, and what to do with each."""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

from actcli.errors import DataError
from actcli.tables.formats import Format

_ASKED = "--from "

ENOUGH = 1 << 16
"""How many of the first bytes of a file tell what it is."""


class FileKind(NamedTuple):
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


def _python(code: str) -> str:
    return f"in Python: {code}"


_ARRAY = "numpy.save('x.npy', {})"
_PIXELS = _python(_ARRAY.format("numpy.asarray(PIL.Image.open('FILE'))"))
_WORKBOOK = _python("pandas.read_excel('FILE').to_csv('t.csv', index=False)")
_UNPACK = "unpack it first"
_R = "in R: write.csv({}, 't.csv', row.names=FALSE)"

_NPZ = FileKind("an NPZ archive of arrays", "--from npz", rb"PK\x03\x04.{26}[^\0]{0,200}?\.npy")
_GZIP = FileKind("gzip data", "pipe it through gzip -d, or name a file .gz", rb"\x1f\x8b")
_READ = (
    FileKind("an NPY array", "--from npy", rb"\x93NUMPY"),
    FileKind("Parquet data", "--from parquet", rb"PAR1"),
    FileKind("Arrow data", "--from arrow", rb"ARROW1|\xff\xff\xff\xff"),
    FileKind("a safetensors file", "--from safetensors", rb".{4}\0{4}\{\s*\""),
    FileKind("zstd data", "pipe it through zstd -d, or name a file .zst", rb"\x28\xb5\x2f\xfd"),
)
"""Formats that are read, if they are asked for; so are the two above."""

_ZIPPED = (
    FileKind(
        "a PyTorch file",
        _python("safetensors.torch.save_file(torch.load('FILE', weights_only=True), 't.safetensors')"),
        rb".*/(?:data\.pkl|\.format_version|byteorder)",
    ),
    FileKind("a workbook", _WORKBOOK, rb".*(?:xl/(?:work|_rels|theme|styles|shared)|\[Content_Types\]\.xml)"),
    FileKind("a workbook (OpenDocument)", _WORKBOOK, rb".*mimetypeapplication/vnd\.oasis\.opendocument"),
    FileKind(
        "a Keras model",
        _python(_ARRAY.format("keras.models.load_model('FILE').get_weights()[0]")),
        rb".*model\.weights\.h5",
    ),
    FileKind("a ZIP archive", _UNPACK, rb""),
)
"""What a ZIP archive may be, by the names in it."""

_R_DATA = (
    FileKind("R data (RData)", _R.format("get(load('FILE'))"), rb"RD[AX][23]\n"),
    FileKind("R data (RDS)", _R.format("readRDS('FILE')"), rb"[XB]\n\0\0\0[\x02\x03]|A\n[23]\n"),
)
_TAR = FileKind("a tar archive", _UNPACK, rb".{257}ustar")

_HDF5 = rb"\x89HDF\r\n\x1a\n"

_REFUSED = (
    FileKind("a PyTorch file", _ZIPPED[0].mend, rb"\x80\x02\x8a\x0al\xfc\x9cF\xf9\x20j\xa8P\x19\."),
    FileKind(
        "a pickle",
        "it could run any code and is never loaded; "
        + _python("numpy.save('x.npy', numpy.asarray(pickle.load(open('FILE', 'rb'))))"),
        rb"\x80[\x02-\x05](?:\x95.{7}\0|[\]}(c\x8cKGJX)MqN\x88\x89])|c(?:numpy|pandas|copy_reg|__builtin__|builtins)[\w.]*\n\w+\n"
        rb"|\([ld]p\d+\n",
    ),
    FileKind(
        "a MATLAB file (v7.3)",
        _python(_ARRAY.format("h5py.File('FILE')['NAME'][:].T")),
        rb"MATLAB 7\.3 MAT-file",
    ),
    FileKind(
        "a MATLAB file", _python(_ARRAY.format("scipy.io.loadmat('FILE')['NAME']")), rb"MATLAB 5\.0 MAT-file"
    ),
    FileKind(
        "a Julia file (JLD)",
        'in Julia: using JLD2, NPZ; npzwrite("x.npy", load("FILE", "NAME"))',
        rb"Julia data file",
    ),
    FileKind(
        "an HDF5 file",
        _python(_ARRAY.format("h5py.File('FILE')['NAME'][:]")),
        rb"(?:|.{512}|.{1024}|.{2048})" + _HDF5,
    ),
    FileKind(
        "a NetCDF file", _python(_ARRAY.format("xarray.open_dataset('FILE')['NAME']")), rb"CDF[\x01\x02\x05]"
    ),
    FileKind(
        "a GGUF model",
        _python(_ARRAY.format("gguf.GGUFReader('FILE').get_tensor(0).data")),
        rb"GGUF(?:.\0|\0)|[tlf]mgg|tjgg",
    ),
    FileKind("an old workbook", _WORKBOOK, rb"\xd0\xcf\x11\xe0"),
    FileKind(
        "a Feather file of version 1",
        _python("pandas.read_feather('FILE').to_parquet('t.parquet')"),
        rb"FEA1\0",
    ),
    FileKind(
        "an ORC file", _python("pandas.read_orc('FILE').to_parquet('t.parquet')"), rb"ORC[\0-\x1f\x80-\xff]"
    ),
    FileKind("an Avro file", _python("polars.read_avro('FILE').write_parquet('t.parquet')"), rb"Obj\x01"),
    FileKind("an SQLite database", 'sqlite3 -csv -header FILE "select * from NAME"', rb"SQLite format 3\0"),
    FileKind("a DuckDB database", 'duckdb FILE -csv -c "select * from NAME"', rb".{8}DUCK"),
    FileKind(
        "a Stata file",
        _python("pandas.read_stata('FILE').to_csv('t.csv', index=False)"),
        rb"<stata_dta>|[\x71-\x73][\x01\x02]\x01\0",
    ),
    FileKind("an SPSS file", _python("pandas.read_spss('FILE').to_csv('t.csv', index=False)"), rb"\$FL[23]@"),
    FileKind(
        "a SAS file",
        _python("pandas.read_sas('FILE').to_csv('t.csv', index=False)"),
        rb"\0{12}\xc2\xea\x81\x60|HEADER RECORD\*{7}LIB",
    ),
    *_R_DATA,
    FileKind("a PNG image", _PIXELS, rb"\x89PNG\r\n"),
    FileKind("a JPEG image", _PIXELS, rb"\xff\xd8\xff"),
    FileKind("a GIF image", _PIXELS, rb"GIF8[79]a"),
    FileKind("a TIFF image", _python(_ARRAY.format("tifffile.imread('FILE')")), rb"II[*+]\0|MM\0[*+]"),
    FileKind("a BMP image", _PIXELS, rb"BM.{4}\0{4}"),
    FileKind("a WebP image", _PIXELS, rb"RIFF.{4}WEBP"),
    FileKind("a WAV sound", _python(_ARRAY.format("scipy.io.wavfile.read('FILE')[1]")), rb"RIFF.{4}WAVE"),
    FileKind("a PDF document", "copy its table into a text file", rb"%PDF-"),
    FileKind("bzip2 data", "pipe it through bzip2 -d", rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    FileKind("xz data", "pipe it through xz -d", rb"\xfd7zXZ\0"),
    FileKind("lzma data", "pipe it through xz --format=lzma -d", rb"\x5d\0\0.{2}(?:\xff{8}|.{6}\0\0)"),
    FileKind("lz4 data", "pipe it through lz4 -d", rb"\x04\x22\x4d\x18|\x02\x21\x4c\x18"),
    FileKind("snappy data", _UNPACK, rb"\xff\x06\0\0sNaPpY"),
    FileKind("compress data", "pipe it through gzip -d", rb"\x1f[\x9d\xa0]"),
    FileKind("a 7z archive", _UNPACK, rb"7z\xbc\xaf\x27\x1c"),
    FileKind("a RAR archive", _UNPACK, rb"Rar!\x1a\x07"),
    _TAR,
    FileKind("a TensorFlow Lite model", _python("tensorflow.lite.Interpreter('FILE')"), rb".{4}TFL3"),
    FileKind("a program", "a kernel is verified from Python: verify --callable", rb"\x7fELF|MZ.{56,62}\0\0"),
    FileKind(
        "an ONNX model, or another protocol buffer",
        _python(_ARRAY.format("onnx.numpy_helper.to_array(onnx.load('FILE').graph.initializer[0])")),
        rb"\x08[\x01-\x20][\x12\x1a\x22\x2a\x3a\x42]",
    ),
)
"""Formats that are not read, with what turns each into one that is."""

_TFRECORD = FileKind(
    "a TFRecord file",
    _python("for record in tensorflow.data.TFRecordDataset('FILE'): …"),
    rb"",
)


_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_PRINTABLE = re.compile(rb"%PDF-|<stata_dta>|HEADER RECORD\*|A\n[23]\n|c[a-z_]+\.?[\w.]*\n|\([ld]p\d")
"""What has no control characters either: the patterns of all formats take milliseconds to compile."""


def kind_of(data: bytes) -> FileKind | None:
    """Return the format of a file that begins with these bytes, if it is one that is no table of text."""
    if not _CONTROLS.search(data) and not _PRINTABLE.match(data):
        return None
    if data.startswith(b"PK") and data[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        kinds: tuple[FileKind, ...] = (_NPZ, *_ZIPPED)
    elif _GZIP.told(data):
        kinds = (_inside(data) or _GZIP,)
    elif _is_record(data):
        kinds = (_TFRECORD,)
    else:
        kinds = (*_READ, *_REFUSED)
    return next((kind for kind in kinds if kind.told(data)), None)


def format_of(data: bytes) -> Format | None:
    """Return the format of a file that begins with these bytes, if it is one that is read and no text."""
    kind = kind_of(data)
    return Format(kind.mend.removeprefix(_ASKED)) if kind and kind.mend.startswith(_ASKED) else None


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


def refusal(kind: FileKind, name: str, instead: str) -> DataError:
    """Return the error that a file is of another format than it was taken for."""
    return DataError(
        f"{name}: {kind.what}, {instead}", kind.mend if name == "stdin" else kind.mend.replace("FILE", name)
    )


def _inside(data: bytes) -> FileKind | None:
    """Return what is packed in gzip data, if it would not be read after unpacking either."""
    try:
        start = zlib.decompressobj(31).decompress(data, 1024)
    except zlib.error:
        return None
    found = next((kind for kind in (*_R_DATA, _TAR) if kind.told(start)), None)
    return found and found._replace(begins=_GZIP.begins)


def _is_record(data: bytes) -> bool:
    """Tell whether data begin with a length and its check sum, as a record of TensorFlow does."""
    crc = 0xFFFFFFFF
    for byte in data[:8]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return len(data) > 12 and masked == int.from_bytes(data[8:12], "little")

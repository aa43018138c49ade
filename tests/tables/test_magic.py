"""Files of other formats, told by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.errors import DataError
from actcli.tables.reading import read
from actcli.tables.source import Reading
from tests.cli.processes import shell
from tests.tables.helpers import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x.csv"), io.BytesIO())
    return out.getvalue()


def saved(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table t(x)")
        data = connection.serialize()
    connection.close()
    return data


_HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(88)
_TABLE = b"x\n1\n"

KINDS = {
    "pickle 0": (pickle.dumps([1, 2], 0), "a pickle, not text .it could run any code"),
    "pickle 0 of an array": (pickle.dumps(np.arange(3), 0), "a pickle"),
    **{
        f"pickle {protocol} of {type(what).__name__}": (pickle.dumps(what, protocol), "a pickle")
        for protocol in (2, 3, 4, 5)
        for what in ([1.0], (1,), {"a": 1}, 1.5, 3, None, "s", np.arange(3.0))
    },
    "torch": (zipped({"t/data.pkl": b"\x80\x02}.", "t/version": b"3\n"}), "a PyTorch file.*weights_only"),
    "old torch": (pickle.dumps(119547037146038801333356, 2), "a PyTorch file"),
    "hdf5": (_HDF5, "an HDF5 file.*h5py"),
    "hdf5 after a block": (bytes(512) + _HDF5, "an HDF5 file"),
    "mat 5": (
        b"MATLAB 5.0 MAT-file, Platform: posix".ljust(124) + b"\0\x01IM",
        r"a MATLAB file, .*scipy\.io\.loadmat",
    ),
    "mat 7.3": (b"MATLAB 7.3 MAT-file".ljust(512) + _HDF5, r"a MATLAB file .v7\.3"),
    "jld2": (b"Julia data file (HDF5), version 0.1.1".ljust(512, b"\0") + _HDF5, "a Julia file"),
    "gguf": (b"GGUF\x03\0\0\0" + bytes(40), "a GGUF model"),
    "xlsx": (zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b""}), "a workbook.*read_excel"),
    "ods": (
        zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "a workbook .OpenDocument",
    ),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "an old workbook"),
    "zip": (zipped({"t.csv": _TABLE}), "a ZIP archive"),
    "npz": (saved(x=np.arange(3)), "an NPZ archive of arrays, not text .--from npz"),
    "safetensors": (b"\x10\0\0\0\0\0\0\0" + b'{"x":{}}'.ljust(16), "a safetensors file.*--from safetensors"),
    "feather 1": (b"FEA1\0\0\0\0", "a Feather file of version 1"),
    "orc": (b"ORC\n\x0b\n\x03\0", "an ORC file"),
    "avro": (b"Obj\x01\x04", "an Avro file"),
    "sqlite": (database(), "an SQLite database"),
    "stata": (b"<stata_dta><header>", "a Stata file"),
    "png": (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG image"),
    "tiff": (b"II*\0", "a TIFF image"),
    "pdf": (b"%PDF-1.7\n", "a PDF document"),
    "bz2": (bz2.compress(_TABLE), "bzip2 data.*bzip2 -d"),
    "empty bz2": (bz2.compress(b""), "bzip2 data"),
    "xz": (lzma.compress(_TABLE), "xz data.*xz -d"),
    "lzma": (lzma.compress(_TABLE, lzma.FORMAT_ALONE), "lzma data"),
    "lz4": (b"\x04\x22\x4d\x18\x64\x40", "lz4 data"),
    "tar": (tarred(), "a tar archive"),
    "tar in gzip": (gzip.compress(tarred()), "a tar archive"),
    "gzip in gzip": (gzip.compress(gzip.compress(_TABLE)), "gzip data.*gzip -d"),
    "onnx": (b"\x08\x08\x12\x07pytorch\x1a\x052.0.0", "an ONNX model"),
    "a notebook": (b'{\n "cells": [\n  {\n   "cell_type": "code"}]}', "a Jupyter notebook, not text"),
    "an empty notebook": (b'{"cells":[],"nbformat":4,"nbformat_minor":5}', "a Jupyter notebook"),
    "rds": (gzip.compress(b"X\n\0\0\0\x03\0\x04\x02\x01" + bytes(40)), r"R data .RDS.*readRDS"),
    "rdata": (gzip.compress(b"RDX3\nX\n\0\0\0\x03"), "R data .RData"),
}


@pytest.mark.parametrize(("data", "message"), KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", ["t.bin", "t.csv", "t.json"])
def test_a_format_that_is_not_read_is_named(tmp_path: Path, data: bytes, message: str, name: str) -> None:
    if name == "t.bin" and "--from" in message:
        pytest.skip("it is read")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message):
        list(read(Reading(paths=(str(tmp_path / name),))))


@pytest.mark.parametrize("save", [np.save, np.savez])
def test_a_binary_file_without_an_extension_is_read(tmp_path: Path, save: Any) -> None:
    with (tmp_path / "weights").open("wb") as file:
        save(file, np.array([0.5, -1.5]))
    assert numbers(tmp_path / "weights").tolist() == [[0.5], [-1.5]]
    done = shell("cat weights | actcli eval relu", tmp_path)
    assert done.stdout.splitlines() == ["x,relu", "0.5,0.5", "-1.5,0.0"], done.stderr


@pytest.mark.parametrize(
    "text", ["ORC,x\n1,2\n", "BM\n1\n", "CDF\n1\n", "Obj\n1\n", "GGUF\n1\n", "cnumpy,x\n1,2\n"]
)
def test_no_text_is_taken_for_another_format(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.txt").write_text(text)
    assert sum(map(len, read(Reading(paths=(str(tmp_path / "t.txt"),))))) == 1

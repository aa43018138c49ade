"""Files of arrays: NPY, NPZ and safetensors, whole and broken, mapped and in pipes."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.cli import main
from actcli.core.dtypes import BFLOAT16, FLOAT32
from actcli.errors import ActcliError, DataError, UsageError
from actcli.tables.array_files import stored
from actcli.tables.formats import Format
from actcli.tables.reading import read
from actcli.tables.source import Reading
from tests.tables.helpers import numbers

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

X = np.array([0.5, -1.5, 3.25])
W = np.arange(6, dtype=np.float32).reshape(3, 2)


def safetensors(arrays: dict[str, tuple[str, NDArray[Any]]], head: dict[str, Any] | None = None) -> bytes:
    """Return a file as the library of that name writes it."""
    told: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, (kind, array) in arrays.items():
        data = array.tobytes()
        told[name] = {"dtype": kind, "shape": array.shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(told | (head or {})).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def saved(path: Path, form: str) -> None:
    """Write x and w into a file."""
    if form == "npz":
        np.savez(path, x=X, w=W)
    elif form == "compressed npz":
        np.savez_compressed(path, x=X, w=W)
    else:
        path.write_bytes(safetensors({"x": ("F64", X), "w": ("F32", W)}))


FORMS = {"npz": "f.npz", "compressed npz": "f.npz", "safetensors": "f.safetensors"}


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("form", FORMS)
def test_arrays_are_named(tmp_path: Path, form: str, packed: str) -> None:
    file = tmp_path / FORMS[form]
    saved(file, form)
    if packed:
        (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file = tmp_path / f"{file.name}.gz"
    assert numbers(f"{file}:x").tolist() == X[:, None].tolist()
    assert numbers(f"{file}:w").tolist() == W.tolist()
    assert read(Reading(paths=(f"{file}:w",))).dtype is FLOAT32
    assert read(Reading(paths=(f"{file}:w",), flat=True)).shape == (3, 2)
    assert numbers(file, columns=("x",)).tolist() == X[:, None].tolist()
    several = read(Reading(paths=(f"{file}:w,x",)))
    assert several.chosen == ("w", "x")
    chunks = list(several)
    assert np.concatenate([chunk.numbers[:, 0] for chunk in chunks]).tolist() == X.tolist()
    assert np.concatenate([chunk.lists["w"].values for chunk in chunks]).tolist() == W.ravel().tolist()
    with pytest.raises(UsageError, match=r"holds 2 arrays: x \[3\], w \[3, 2\] .name one: -i .*:x"):
        read(Reading(paths=(str(file),)))
    with pytest.raises(UsageError, match=r"no array 'y' .it holds x, w"):
        read(Reading(paths=(f"{file}:y",)))


def test_an_array_that_is_alone_needs_no_name_and_keeps_its_shape(tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", w=W)
    assert main(["eval", "relu", "-i", str(tmp_path / "f.npz"), "-o", str(tmp_path / "y.npy")]) == 0
    found = np.load(tmp_path / "y.npy")
    assert (found.shape, found.dtype) == (W.shape, np.float32)


def test_a_colon_elsewhere_in_a_path_names_no_array(tmp_path: Path) -> None:
    (tmp_path / "C:").mkdir()
    file = tmp_path / "C:" / "f.npz"
    np.savez(file, x=X, **{"a:b,c": W})  # type: ignore[arg-type]
    assert numbers(f"{file}:x").tolist() == X[:, None].tolist()
    assert numbers(f"{file}:a:b,c").tolist() == W.tolist()
    odd = tmp_path / "f.npz:x"
    odd.write_bytes(file.read_bytes())
    with pytest.raises(UsageError, match="holds 2 arrays"):
        read(Reading(paths=(str(odd),)))


def test_dtypes_of_safetensors(tmp_path: Path) -> None:
    pytest.importorskip("ml_dtypes")
    file = tmp_path / "f.safetensors"
    half = np.array([1.5, -2.0], BFLOAT16.numpy)
    file.write_bytes(
        safetensors(
            {
                "b": ("BF16", half.view(np.uint16)),
                "i": ("I64", np.array([2**53 + 1, 1])),
                "t": ("BOOL", np.array([True, False])),
                "e": ("F8_E5M2", np.array([0x3C, 0xC0], np.uint8)),
                "c": ("C64", np.zeros(1, np.complex64)),
                "s": ("F64", np.array(2.5)),
            }
        )
    )
    stream = read(Reading(paths=(f"{file}:b",)))
    assert stream.dtype is BFLOAT16
    assert numbers(f"{file}:b").astype(float).tolist() == [[1.5], [-2.0]]
    assert numbers(f"{file}:i").tolist() == [[2.0**53], [1.0]]
    assert numbers(f"{file}:t").tolist() == [[1.0], [0.0]]
    assert numbers(f"{file}:e").astype(float).tolist() == [[1.0], [-2.0]]
    assert numbers(f"{file}:s").tolist() == [[2.5]]
    with pytest.raises(DataError, match=r"f\.safetensors:c holds C64, which is not read"):
        read(Reading(paths=(f"{file}:c",)))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("form", [Format.NPY, Format.NPZ, Format.SAFETENSORS])
def test_arrays_come_through_pipes(tmp_path: Path, form: Format, order: Any) -> None:
    array = np.asarray(np.arange(600_000.0).reshape(200_000, 3), order=order)
    out = io.BytesIO()
    if form is Format.SAFETENSORS:
        out.write(safetensors({"x": ("F64", array)}))
    else:
        (np.save if form is Format.NPY else np.savez)(out, array)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    feed = threading.Thread(target=pipe.write_bytes, args=(out.getvalue(),))
    feed.start()
    assert (numbers(pipe, format=form) == array).all()
    feed.join()


HEADS = {
    "no dictionary": "[1]",
    "nothing": "",
    "code": "__import__('os').system('true')",
    "deep": "(" * 5000,
    "no shape": "{'descr': '<f8', 'fortran_order': False}",
    "a negative shape": "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
    "a shape of text": "{'descr': '<f8', 'fortran_order': False, 'shape': 'ab'}",
    "a shape of floats": "{'descr': '<f8', 'fortran_order': False, 'shape': (1.5,)}",
    "no dtype": "{'descr': '<q9', 'fortran_order': False, 'shape': (1,)}",
    "a dtype of numbers": "{'descr': 7, 'fortran_order': False, 'shape': (1,)}",
    "a shape that overflows": "{'descr': '<f8', 'fortran_order': False, 'shape': (2**62, 2**62)}",
    "more than there are": "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,)}",
    "text": "{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}",
    "complex": "{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}",
    "dates": "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,)}",
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
    "nothing wide": "{'descr': '|V0', 'fortran_order': False, 'shape': (3,)}",
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_odd_heads_are_reported(tmp_path: Path, head: str, packed: bool) -> None:
    text = head.encode() + b"\n"
    data = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(16)
    file = tmp_path / ("t.npy.gz" if packed else "t.npy")
    file.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(DataError, match=r"t\.npy"):
        list(read(Reading(paths=(str(file),))))


def test_a_head_of_python_2_and_one_of_a_structure(tmp_path: Path) -> None:
    data = io.BytesIO()
    np.save(data, X)
    (tmp_path / "t.npy").write_bytes(data.getvalue().replace(b"(3,)", b"(3L,)").replace(b" \n", b"\n", 1))
    assert numbers(tmp_path / "t.npy").tolist() == X[:, None].tolist()
    table = np.array([(1, 0.5, "a", (1.0, 2.0)), (2, 1.5, "b", (3.0, 4.0))], "i4,f8,U1,(2,)f4")
    np.save(tmp_path / "s.npy", table)
    (chunk,) = read(Reading(paths=(str(tmp_path / "s.npy"),)))
    assert (chunk.chosen, list(chunk.lists)) == ((), ["f3"])
    assert chunk.columns["f2"] == ["a", "b"]
    assert chunk.lists["f3"].values.tolist() == [1, 2, 3, 4]
    np.save(tmp_path / "s.npy", table[["f0", "f1", "f2"]])
    (chunk,) = read(Reading(paths=(str(tmp_path / "s.npy"),)))
    assert chunk.numbers.tolist() == [[1, 0.5], [2, 1.5]]
    with pytest.raises(DataError, match="field 'f2' holds text"):
        read(Reading(paths=(str(tmp_path / "s.npy"),), columns=("f2",)))


def test_whole_numbers_are_rounded_once(tmp_path: Path) -> None:
    values = [2**60 + 2**36 + 1, 2**60 + 2**36, -(2**60) - 2**36 - 1, 2**53 + 1, 7]
    np.save(tmp_path / "t.npy", np.array(values))
    due = [float(2**60 + 2**37), float(2**60), -float(2**60 + 2**37), float(2**53), 7.0]
    assert numbers(tmp_path / "t.npy", dtype=FLOAT32)[:, 0].tolist() == due


def broken() -> dict[str, tuple[str, bytes, str]]:
    """Return files that are cut short or tell lies, each with its name and what is said of it."""
    whole = safetensors({"x": ("F64", X)})
    npy, npz, packed = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, X)
    np.savez(npz, x=X)
    np.savez_compressed(packed, x=np.arange(1000.0))
    objects = io.BytesIO()
    np.savez(objects, x=np.array([None]))
    twice = io.BytesIO()
    np.save(twice, X)
    np.save(twice, X)
    words = io.BytesIO()
    with zipfile.ZipFile(words, "w") as archive:
        archive.writestr("a.txt", "1")
    data = bytearray(packed.getvalue())
    data[100:140] = bytes(40)
    entry: dict[str, Any] = {"dtype": "F64", "shape": [3], "data_offsets": [0, 24]}
    changes: dict[str, dict[str, Any]] = {
        "of bad offsets": {"data_offsets": [0, 25]},
        "of offsets beyond it": {"data_offsets": [1 << 50, (1 << 50) + 24]},
        "of negative offsets": {"data_offsets": [-24, 0]},
        "of a bad shape": {"shape": [-3]},
        "of a huge shape": {"shape": [1 << 40, 1 << 40]},
        "of text for a shape": {"shape": "3"},
        "of no dtype": {"dtype": ["F64"]},
    }
    return {
        "npy cut": ("t.npy", npy.getvalue()[:-4], "cut short: 20 of 24 bytes"),
        "npy twice": ("t.npy", twice.getvalue(), "more bytes than its array has"),
        "npy in gzip cut": ("t.npy.gz", gzip.compress(npy.getvalue()[:-4]), "cut short: 20 of 24"),
        "npy in gzip twice": ("t.npy.gz", gzip.compress(twice.getvalue()), "more bytes than"),
        "npz cut": ("t.npz", npz.getvalue()[:-30], "is no NPZ archive"),
        "npz damaged": ("t.npz", bytes(data), r"t\.npz:x: not whole"),
        "npz of objects": ("t.npz", objects.getvalue(), "x holds Python objects, which are never loaded"),
        "npz of text": ("t.npz", words.getvalue(), "a ZIP archive, not npz"),
        "npz of nothing": ("t.npz", b"PK\x05\x06" + bytes(18), "a ZIP archive, not npz"),
        "csv as npz": ("t.npz", b"x\n1\n", "is no npz file"),
        "safetensors cut": ("t.safetensors", whole[:-4], "x is cut short: 20 of 24 bytes"),
        "safetensors with a long head": (
            "t.safetensors",
            (1 << 40).to_bytes(8, "little") + whole,
            "is no safetensors file",
        ),
        "safetensors without a head": (
            "t.safetensors",
            (8).to_bytes(8, "little") + b"[1,2,3] ",
            "is no safetensors file",
        ),
        "csv as safetensors": ("t.safetensors", b"x,y,z\n1,2,3\n", "is no safetensors file"),
        "nothing": ("t.safetensors", b"", "is no safetensors file"),
        "deep": ("t.safetensors", (200_000).to_bytes(8, "little") + b"[" * 200_000, "is no safetensors"),
        **{
            f"safetensors {what}": (
                "t.safetensors",
                safetensors({"y": ("F64", X)}, {"x": {**entry, **change}}).ljust(400),
                "t.safetensors",
            )
            for what, change in changes.items()
        },
    }


BROKEN = broken()


@pytest.mark.parametrize(("name", "data", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_reported(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ActcliError, match=message):
        list(read(Reading(paths=(str(tmp_path / name),))))


_PEAK = """
import re, sys
from pathlib import Path
from actcli.cli import main
code = main(sys.argv[1:])
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells the peak of a process")
def test_bombs_take_little_memory(tmp_path: Path) -> None:
    size = 1 << 28
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f8", "fortran_order": False, "shape": (size // 8,)}
    )
    with gzip.open(tmp_path / "t.npy.gz", "wb", 1) as file:
        file.write(head.getvalue())
        for _ in range(size >> 24):
            file.write(bytes(1 << 24))
    with (
        zipfile.ZipFile(tmp_path / "t.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(head.getvalue())
        for _ in range(size >> 24):
            member.write(bytes(1 << 24))
    zeros = gzip.compress(bytes(1 << 24), 1) * (size >> 24)
    for name in ("z.parquet.gz", "z.npz.gz", "z.safetensors.gz"):
        (tmp_path / name).write_bytes(zeros)
    (tmp_path / "t.npy").write_bytes((tmp_path / "t.npy.gz").read_bytes())
    (tmp_path / "z").write_bytes(zeros)
    every = (("t.npy.gz", 0), ("t.npy", 0), ("t.npz", 0), ("z", 2), ("z.parquet.gz", 2), ("z.npz.gz", 2))
    for name, code in every:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                _PEAK,
                "eval",
                "relu",
                "-i",
                str(tmp_path / name),
                "-o",
                os.devnull,
                "-f",
                "npy",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert int(done.stderr.split()[-1]) < 200, name


def test_what_is_no_such_file_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", None)
    for name in ("t.npz.gz", "t.safetensors.gz", "t.parquet.gz", "t.arrow.gz"):
        if name[2] not in "pa" or find_spec("polars"):
            (tmp_path / name).write_bytes(gzip.compress(bytes(1 << 20)))
            with pytest.raises(DataError, match=r"t\.[a-z]+\.gz is no [a-z]+ file"):
                read(Reading(paths=(str(tmp_path / name),)))


@pytest.mark.parametrize("version", [b"\x01\x01", b"\x02\x01", b"\x04\x00", b"\x09\x00"])
def test_versions_that_numpy_does_not_know_are_refused(tmp_path: Path, version: bytes) -> None:
    data = io.BytesIO()
    np.save(data, X)
    (tmp_path / "t.npy").write_bytes(data.getvalue()[:6] + version + data.getvalue()[8:])
    with pytest.raises(DataError, match="is no NPY array"):
        read(Reading(paths=(str(tmp_path / "t.npy"),)))


def test_the_later_versions_of_numpy_are_read(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="can only be read by NumPy"):
        np.save(tmp_path / "t.npy", np.array([(1.5,)], [("β", "f8")]))
    assert read(Reading(paths=(str(tmp_path / "t.npy"),))).names == ("β",)
    with pytest.raises(UsageError, match="has no name"):
        read(Reading(paths=(f"{tmp_path / 't.npy'}:x",)))


def test_the_arrays_of_a_file_can_be_verified(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    x = np.linspace(-3, 3, 101).astype(np.float32)
    np.savez(tmp_path / "k.npz", x=x, y=np.maximum(x, 0))
    file = str(tmp_path / "k.npz")
    for given in (
        ["-i", f"{file}:x", "--output", f"{file}:y"],
        ["-i", file, "-c", "x", "--output-column", "y"],
    ):
        assert main(["verify", "relu", *given, "--max-ulp", "0", "-f", "json"]) == 0
        assert "float32" in capfd.readouterr().out
    assert len(stored(file, Format.NPZ)) == 2

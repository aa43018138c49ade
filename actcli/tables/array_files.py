"""Files of arrays: NPY, NPZ and safetensors. Arrays are read piece by piece, or mapped into memory."""

from __future__ import annotations

import json
import math
import os
import warnings
import zipfile
import zlib
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.errors import DataError, UsageError, nearest
from actcli.tables.formats import Format, format_of
from actcli.tables.opening import (
    SIZE,
    UNPACKED,
    begun,
    display_name,
    filled,
    is_regular,
    seekable,
    split_member,
    spooled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from numpy.typing import NDArray

    from actcli.tables.opening import ReadNext

_LONGEST_HEAD = 1 << 16  # bytes of the head of an NPY array: NumPy's own writes at most some thousands
_LONGEST_INDEX = 1 << 25  # bytes of the head of a safetensors file: those of large models take a tenth of it
_TOO_LARGE = 1 << 62  # bytes of an array
_SCATTERED = 512  # positions in a file that are read at a time; the system maps 64 KiB around each


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """An array in a file.

    Attributes:
        name: its name in the file; '' in an NPY file.
        place: what it is called in messages: `f.npz:x`.
        dtype: the dtype of its numbers.
        shape: its shape.
        fortran: whether its first index runs fastest in the file.
        held: what keeps its file open.
        file: the file in which its bytes lie as they are, and where; None if they are packed or come through
            a pipe.
        start: begins to read its bytes, where there is no such file.
        most: how many bytes may go to a temporary file then.
    """

    name: str
    place: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool
    held: ExitStack
    file: tuple[BinaryIO, int] | None = None
    start: Callable[[], AbstractContextManager[ReadNext]] | None = None
    most: int | None = None

    @property
    def nbytes(self) -> int:
        """How many bytes the array takes."""
        return math.prod(self.shape) * self.dtype.itemsize

    def array(self) -> NDArray[Any]:
        """Return the array, mapped into memory from its file or from a temporary one."""
        if not self.nbytes:
            return np.empty(self.shape, self.dtype)
        with self._mapping() as mapped:
            return mapped()

    @contextmanager
    def _mapping(self) -> Iterator[Callable[[], NDArray[Any]]]:
        """Yield what maps the array into memory, anew each time: what has been read leaves it so."""
        with ExitStack() as stack:
            file, at = self.file or (
                stack.enter_context(spooled(self._parts(SIZE), self.place, self.most)),
                0,
            )
            yield lambda: np.memmap(file, self.dtype, "r", at, self.shape, "F" if self.fortran else "C")

    def pieces(self, row: tuple[int, ...], rows: int) -> Iterator[NDArray[Any]]:
        """Yield the array piece by piece, in the order of its indices; there is at least one piece.

        Args:
            row: the last axes of its shape, which are not cut.
            rows: how many such rows a piece has; where other axes are cut too, about so many.

        Raises:
            DataError: the file ends before the array does.
            TransferError: the file cannot be read.
        """
        if not self.nbytes:
            total = math.prod(self.shape[: len(self.shape) - len(row)])
            for done in range(0, max(1, total), rows):
                yield np.empty((min(rows, total - done), *row), self.dtype)
        elif self.file or (self.fortran and sum(length > 1 for length in self.shape) > 1):
            with self._mapping() as mapped:
                for index in _parts(self.shape or (1,), len(row), rows * math.prod(row)):
                    part = _gathered(mapped, index) if self.fortran else np.atleast_1d(mapped())[index]
                    yield part.reshape(-1, *row)
        else:
            for data in self._parts(rows * math.prod(row) * self.dtype.itemsize):
                yield np.frombuffer(data, self.dtype).reshape(-1, *row)

    def _parts(self, size: int) -> Iterator[bytes]:
        """Yield the bytes of the array, in parts of so many; there must be neither less nor more of them."""
        assert self.start is not None
        with self.start() as read_next:
            for done in range(0, self.nbytes, size):
                due = min(size, self.nbytes - done)
                if len(data := filled(read_next, due)) < due:
                    raise _short(self.place, done + len(data), self.nbytes)
                yield data
            if read_next(1):
                raise _longer(self.place)


def _parts(shape: tuple[int, ...], uncut: int, numbers: int) -> Iterator[tuple[int | slice, ...]]:
    """Yield indices that cover an array in order, about so many numbers each; the last axes are not cut."""
    last = len(shape) - 1 - uncut
    axis = next(i for i in range(last + 1) if i == last or math.prod(shape[i + 1 :]) <= numbers)
    step = max(1, numbers // math.prod(shape[axis + 1 :]))
    for index in np.ndindex(shape[:axis]):
        for start in range(0, shape[axis], step):
            yield *index, slice(start, start + step)


def _gathered(mapped: Callable[[], NDArray[Any]], index: tuple[int | slice, ...]) -> NDArray[Any]:
    """Return a copy of numbers scattered over a mapped file, with little of the file in memory at a time."""
    copy = np.empty(mapped()[index].shape, mapped().dtype)
    length = copy.shape[-1]
    stripe = max(1, _SCATTERED * length // math.prod(copy.shape[1:]))
    for i in range(0, length, stripe):
        copy[..., i : i + stripe] = mapped()[index][..., i : i + stripe]
    return copy


def stored(path: str, form: Format) -> tuple[StoredArray, ...]:
    """Return the arrays of a file, without their numbers.

    Args:
        path: the file; `f.npz:x` and `f.npz:x,y` name arrays in it.
        form: NPY, NPZ or safetensors.

    Raises:
        UsageError: there is no array of that name.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    file, member = split_member(path)
    place = display_name(file)
    held = ExitStack()
    if form is Format.NPY:
        if member:
            raise UsageError(f"{path}: the array of an NPY file has no name", f"-i {file}")
        return (_npy(file, held),)
    opener = _npz if form is Format.NPZ else _safetensors
    names, one = opener(held.enter_context(seekable(file, form)), place, held)
    return tuple(one(name) for name in (_named(member, names, place) if member else names))


def single(path: str, name: str | None = None) -> NDArray[Any]:
    """Return the array of a file that holds one, or the one that is named, by the path or beside it.

    Raises:
        UsageError: there are several, or none of that name.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    form = format_of(path)
    assert form is not None
    arrays = stored(path, form)
    return (
        next((one for one in arrays if one.name and one.name == name), None) or one_of(arrays, path)
    ).array()


def one_of(arrays: Sequence[StoredArray], path: str) -> StoredArray:
    """Return the only array of a file.

    Raises:
        UsageError: there are several, or none; the message lists them.
    """
    if len(arrays) == 1:
        return arrays[0]
    if not arrays:
        raise DataError(f"{display_name(path)} holds no arrays")
    some = ", ".join(f"{one.name} {list(one.shape)}" for one in arrays[:12])
    more = ", …" if len(arrays) > 12 else ""
    raise UsageError(
        f"{display_name(path)} holds {len(arrays)} arrays: {some}{more}",
        f"name one: -i {path}:{arrays[0].name}; with several, as in {path}:a,b, each is a column",
    )


def _named(member: str, names: Sequence[str], file: str) -> list[str]:
    """Return the arrays that are named: one, whose name may have commas in it, or several between commas."""
    wanted = [member] if member in names else member.split(",")
    for name in wanted:
        if name not in names:
            known = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
            raise UsageError(f"{file}: no array {name!r}", nearest(name, names) or f"it holds {known}")
    return wanted


def _npy(path: str, held: ExitStack) -> StoredArray:
    place = display_name(path)
    if not is_regular(path):
        read_next, most = held.enter_context(begun(path, Format.NPY))
        found = StoredArray("", place, *_head(read_next, place), held, most=most)
        return replace(found, start=lambda: nullcontext(read_next))
    raw = held.enter_context(seekable(path, Format.NPY))
    found = StoredArray("", place, *_head(raw.read, place), held, (raw, raw.tell()))
    if _lacking(found) < 0:
        raise _longer(place)
    return found


def _lacking(found: StoredArray) -> int:
    """Return how many bytes the file of an array has after it, less than none; it must not end before."""
    assert found.file
    rest = os.fstat(found.file[0].fileno()).st_size - found.file[1]
    if rest < found.nbytes:
        raise _short(found.place, rest, found.nbytes)
    return found.nbytes - rest


def _npz(raw: BinaryIO, place: str, held: ExitStack) -> tuple[list[str], Callable[[str], StoredArray]]:
    try:
        archive = zipfile.ZipFile(raw)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise DataError(f"{place} is no NPZ archive: {str(error).lower()}") from None
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if not all(info.filename.endswith(".npy") for info in members.values()):
        raise DataError(f"{place} is no NPZ archive: there is something else than arrays in it")

    def one(name: str) -> StoredArray:
        info, at = members[name], f"{place}:{name}"

        @contextmanager
        def start() -> Iterator[ReadNext]:
            with _member(archive, info, at) as read_next:
                _head(read_next, at)
                yield read_next

        with _member(archive, info, at) as read_next:
            head = _head(read_next, at)
        limit = None if info.compress_type == zipfile.ZIP_STORED else UNPACKED
        return StoredArray(name, at, *head, held, None, start, limit)

    return list(members), one


@contextmanager
def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str) -> Iterator[ReadNext]:
    broken = (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, NotImplementedError, OSError)
    try:
        file = archive.open(info)
    except broken as error:  # encrypted, or compressed in another way
        raise DataError(f"{place}: {str(error).lower()}", "numpy.savez writes what is read") from None

    def read_next(most: int = SIZE, /) -> bytes:
        try:
            return file.read(most)
        except broken as error:
            raise DataError(f"{place}: not whole: {str(error).lower()}") from None

    with file:
        yield read_next


_SAFE = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_SAFE_EXTRA = {"BF16": dtypes.BFLOAT16, "F8_E4M3": dtypes.FLOAT8_E4M3FN, "F8_E5M2": dtypes.FLOAT8_E5M2}


def _safetensors(
    raw: BinaryIO, place: str, held: ExitStack
) -> tuple[list[str], Callable[[str], StoredArray]]:
    length = int.from_bytes(raw.read(8), "little")
    if length > _LONGEST_INDEX:
        raise DataError(f"{place} is no safetensors file: its head would take {length} bytes")
    try:
        head = json.loads(raw.read(length))
        head.pop("__metadata__", None)
        entries: dict[str, tuple[str, tuple[int, ...], int, int]] = {}
        for name, entry in head.items():
            start, end = map(_whole, entry["data_offsets"])
            entries[name] = str(entry["dtype"]), tuple(map(_whole, entry["shape"])), start, end
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise DataError(f"{place} is no safetensors file: its head tells no arrays") from None

    def one(name: str) -> StoredArray:
        kind, shape, start, end = entries[name]
        at = f"{place}:{name}"
        if kind in _SAFE_EXTRA:
            dtype = _SAFE_EXTRA[kind].numpy
        elif kind in _SAFE:
            dtype = np.dtype(_SAFE[kind])
        else:
            raise DataError(f"{at} holds {kind}, which is not read", "convert it to float32 first")
        found = StoredArray(name, at, dtype, shape, False, held, (raw, 8 + length + start))
        if end - start != found.nbytes or _lacking(found) > 0:
            raise _short(at, end - start, found.nbytes)
        return found

    return list(entries), one


def _whole(value: object) -> int:
    """Return a natural number; anything else is a `ValueError`."""
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _head(read_next: Callable[[int], bytes], place: str) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """Read the head of an NPY array; return dtype, shape, and whether it is in Fortran's order."""

    def read(size: int) -> bytes:
        if size > _LONGEST_HEAD:
            raise ValueError
        return read_next(size)

    file: Any = SimpleNamespace(read=read)
    told = np.lib.format
    try:
        version = told.read_magic(file)
        header = {(1, 0): told.read_array_header_1_0}.get(version, told.read_array_header_2_0)
        with warnings.catch_warnings(action="ignore"):  # of a head that Python 2 wrote
            shape, fortran, dtype = header(file, max_header_size=_LONGEST_HEAD)
        if version == (3, 0) and dtype.names:  # 2.0 with names in UTF-8
            dtype.names = tuple(name.encode("latin1").decode() for name in dtype.names)
        good = (
            version in ((1, 0), (2, 0), (3, 0))
            and not dtype.subdtype
            and min(shape, default=0) >= 0
            and math.prod(shape) * dtype.itemsize < _TOO_LARGE
        )
    except (DataError, OSError):
        raise
    except Exception:  # the head may be anything that Python can write, or cut short
        good = False
    if not good:
        raise DataError(f"{place} is no NPY array", "its head is broken")
    if dtype.hasobject:
        raise DataError(f"{place} holds Python objects, which are never loaded")
    return dtype, shape, fortran


def _short(place: str, have: int, total: int) -> DataError:
    return DataError(f"{place} is cut short: {max(0, have)} of {total} bytes")


def _longer(place: str) -> DataError:
    return DataError(
        f"{place}: more bytes than its array has", "of several arrays, numpy.savez makes one file"
    )

"""Files of arrays: NPY, NPZ and safetensors. Arrays are mapped into memory, or read piece by piece."""

from __future__ import annotations

import ast
import json
import math
import os
import re
import zipfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.errors import DataError, UsageError, nearest
from actcli.tables import magic
from actcli.tables.formats import Format, format_of
from actcli.tables.opening import (
    UNPACKED,
    display_name,
    is_regular,
    most,
    opened,
    split_member,
    spooled,
    unpacked,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from numpy.typing import NDArray

    from actcli.tables.opening import ReadNext

_LONGEST_HEAD = 1 << 16  # bytes of the head of an NPY array: NumPy's own writes at most some thousands
_LONGEST_INDEX = 1 << 25  # bytes of the head of a safetensors file: those of large models take a tenth of it
_GOING = 1 << 22  # bytes at a time from what is compressed


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """An array in a file.

    Attributes:
        name: its name in the file; '' in an NPY file.
        place: what it is called in messages: `f.npz:x`.
        dtype: the dtype of its numbers.
        shape: its shape.
        fortran: whether its first index runs fastest in the file.
        mapped: the array, mapped into memory; None if it can only be read from its beginning to its end.
        start: begins to read it, where it is not mapped.
        most: how many bytes it may unpack to, where that takes a temporary file.
    """

    name: str
    place: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool
    mapped: NDArray[Any] | None = None
    start: Callable[[ExitStack], ReadNext] | None = None
    most: int | None = None

    def array(self) -> NDArray[Any]:
        """Return the array: mapped, or from a temporary file."""
        if self.mapped is not None:
            return self.mapped
        with ExitStack() as stack, spooled(self._exactly(stack), self.place, self.most) as file:
            return _mapped(file, self.dtype, self.shape, 0, self.fortran, self.place)

    def pieces(self, rows: int) -> Iterator[NDArray[Any]]:
        """Yield the array piece by piece, so many indices of its first axis at a time.

        Raises:
            DataError: the file ends before the array does.
            TransferError: the file cannot be read.
        """
        shape = self.shape or (1,)
        if self.mapped is None and self.fortran and math.prod(shape[1:]) != 1:
            whole = self.array()
            yield from replace(self, mapped=whole).pieces(rows)
            return
        each = math.prod(shape[1:])
        if self.mapped is not None:
            array = self.mapped.reshape(shape)
            yield from (array[start : start + rows] for start in range(0, max(1, shape[0]), rows))
            return
        with ExitStack() as stack:
            if not math.prod(shape):
                yield np.empty(shape, self.dtype)
            for data in self._exactly(stack, rows * each * self.dtype.itemsize):
                yield np.frombuffer(data, self.dtype).reshape(-1, *shape[1:])

    def _exactly(self, stack: ExitStack, most: int = _GOING) -> Iterator[bytes]:
        """Yield the bytes of the array, in parts of so many; there must be neither less nor more of them."""
        assert self.start is not None
        read_next = self.start(stack)
        total = math.prod(self.shape) * self.dtype.itemsize
        done = 0
        while done < total:
            size = min(most, total - done)
            data = _filled(read_next, size)
            done += len(data)
            if len(data) < size:
                raise _short(self.place, done, total)
            yield data
        if read_next(1):
            raise _longer(self.place)


def stored(path: str, form: Format) -> tuple[StoredArray, ...]:
    """Return the arrays of a file, without the numbers of those that are not mapped.

    Args:
        path: the file; `f.npz:x` and `f.npz:x,y` name arrays in it.
        form: NPY, NPZ or safetensors.

    Raises:
        UsageError: there is no array of that name.
        DataError: the file is not what it should be.
        TransferError: the file cannot be read.
    """
    file, member = split_member(path)
    if form is Format.NPY:
        return (_npy(file),)
    opener = _npz if form is Format.NPZ else _safetensors
    stack = ExitStack()
    raw = stack.enter_context(_seekable(file))
    names, one = opener(raw, display_name(file), stack)
    if not member:
        return tuple(map(one, names))
    return tuple(one(name) for name in _named(member, names, display_name(file)))


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


@contextmanager
def _seekable(path: str) -> Iterator[BinaryIO]:
    """Open a file, unpacked; what is no regular file is copied into a temporary one."""
    if is_regular(path):
        with opened(path) as raw:
            yield raw
    else:
        with (
            unpacked(path) as read_next,
            spooled(iter(read_next, b""), display_name(path), most(path)) as file,
        ):
            yield file


def _npy(path: str) -> StoredArray:
    place = display_name(path)
    if is_regular(path):
        with opened(path) as raw:
            dtype, shape, fortran, offset = _head(_reading(raw), place)
            array = _mapped(raw, dtype, shape, offset, fortran, place)
            if offset + array.nbytes < os.fstat(raw.fileno()).st_size:
                raise _longer(place)
        return StoredArray("", place, dtype, shape, fortran, array)
    stack = ExitStack()
    read_next = stack.enter_context(unpacked(path))
    dtype, shape, fortran, _ = _head(read_next, place)

    def start(later: ExitStack) -> ReadNext:
        later.push(stack)
        return read_next

    return StoredArray("", place, dtype, shape, fortran, start=start, most=most(path))


def _npz(raw: BinaryIO, place: str, stack: ExitStack) -> tuple[list[str], Callable[[str], StoredArray]]:
    try:
        archive = zipfile.ZipFile(raw)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _no_such(raw, place, "NPZ archive", str(error).lower()) from None
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if not members or not all(info.filename.endswith(".npy") for info in members.values()):
        raise _no_such(raw, place, "NPZ archive", "there are no arrays, or something else, in it")

    def one(name: str) -> StoredArray:
        info, at = members[name], f"{place}:{name}"

        def start(later: ExitStack) -> ReadNext:
            assert stack  # which holds the file open for as long as this may be called
            member = later.enter_context(_member(archive, info, at))
            _head(member, at)
            return member

        with ExitStack() as now:
            dtype, shape, fortran, offset = _head(now.enter_context(_member(archive, info, at)), at)
        mapped = None
        if info.compress_type == zipfile.ZIP_STORED:
            raw.seek(info.header_offset + 26)
            lengths = raw.read(4)
            begin = (
                info.header_offset + 30 + sum(int.from_bytes(lengths[i : i + 2], "little") for i in (0, 2))
            )
            if info.file_size != offset + math.prod(shape) * dtype.itemsize:
                raise _short(at, info.file_size - offset, math.prod(shape) * dtype.itemsize)
            mapped = _mapped(raw, dtype, shape, begin + offset, fortran, at)
        return StoredArray(name, at, dtype, shape, fortran, mapped, start, UNPACKED)

    return list(members), one


@contextmanager
def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str) -> Iterator[ReadNext]:
    import zlib

    broken = (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, NotImplementedError, OSError)
    try:
        file = archive.open(info)
    except broken as error:  # encrypted, or compressed in another way
        raise DataError(f"{place}: {str(error).lower()}", "numpy.savez writes what is read") from None

    def read_next(most: int = _GOING, /) -> bytes:
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
    raw: BinaryIO, place: str, _stack: ExitStack
) -> tuple[list[str], Callable[[str], StoredArray]]:
    size = raw.seek(0, os.SEEK_END)
    raw.seek(0)
    length = int.from_bytes(raw.read(8), "little")
    if size < 10 or length > min(size - 8, _LONGEST_INDEX):
        raise _no_such(raw, place, "safetensors file", f"its head would take {length} bytes")
    try:
        head = json.loads(raw.read(length))
        head.pop("__metadata__", None)
        entries = {
            name: (str(entry["dtype"]), tuple(map(_whole, entry["shape"])), *_ends(*entry["data_offsets"]))
            for name, entry in head.items()
        }
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise _no_such(raw, place, "safetensors file", "its head tells no arrays") from None

    def one(name: str) -> StoredArray:
        kind, shape, start, end = entries[name]
        at = f"{place}:{name}"
        if kind in _SAFE_EXTRA:
            dtype = _SAFE_EXTRA[kind].numpy
        elif kind in _SAFE:
            dtype = np.dtype(_SAFE[kind])
        else:
            raise DataError(f"{at} holds {kind}, which is not read", "convert it to float32 first")
        if end - start != math.prod(shape) * dtype.itemsize or 8 + length + end > size:
            raise _short(at, min(end, size - 8 - length) - start, math.prod(shape) * dtype.itemsize)
        return StoredArray(
            name, at, dtype, shape, False, _mapped(raw, dtype, shape, 8 + length + start, False, at)
        )

    return list(entries), one


def _ends(start: object, end: object) -> tuple[int, int]:
    return _whole(start), _whole(end)


def _whole(value: object) -> int:
    """Return a natural number; anything else is a `ValueError`."""
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _head(read_next: ReadNext, place: str) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
    """Read the head of an NPY array; return dtype, shape, whether in Fortran's order, and its length."""
    start = _filled(read_next, 10)
    wide = start[6:7] in (b"\2", b"\3")
    if start[:6] != b"\x93NUMPY":
        start += _filled(read_next, magic.ENOUGH)
        kind = magic.kind_of(start)
        if kind is None:
            raise DataError(f"{place} is no NPY array", "--from says what it is instead")
        raise magic.refusal(kind, place, "not an NPY array")
    start += _filled(read_next, 2 if wide else 0)
    length = int.from_bytes(start[8:], "little")
    if length > _LONGEST_HEAD:
        raise DataError(f"{place} is no NPY array: its head would take {length} bytes")
    text = _filled(read_next, length)
    try:
        dtype, shape, fortran = _described(text.decode("utf-8" if start[6] == 3 else "latin1"))
    except Exception:  # the head may be anything that Python can write, or cut short
        raise DataError(
            f"{place} is no NPY array", "its head is broken; --from says what it is instead"
        ) from None
    if dtype.hasobject:
        raise DataError(f"{place} holds Python objects, which are never loaded")
    return dtype, shape, fortran, len(start) + length


def _described(head: str) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """Return what the head of an NPY array says: dtype, shape, and whether it is in Fortran's order."""
    told = ast.literal_eval(re.sub(r"(?<=\d)L(?=[,)])", "", head).strip())  # Python 2 wrote 3L
    dtype: np.dtype[Any] = np.lib.format.descr_to_dtype(told["descr"])
    shape = tuple(map(_whole, told["shape"]))
    if dtype.subdtype is not None:
        dtype, inner = dtype.subdtype
        shape += inner
    if math.prod(shape) * dtype.itemsize >= 1 << 62 or len(shape) > 32:
        raise ValueError
    return dtype, shape, told["fortran_order"] is True


def _mapped(
    file: BinaryIO, dtype: np.dtype[Any], shape: tuple[int, ...], offset: int, fortran: bool, place: str = ""
) -> NDArray[Any]:
    """Return an array of a file, mapped into memory."""
    total, size = math.prod(shape) * dtype.itemsize, os.fstat(file.fileno()).st_size
    if not total:
        return np.empty(shape, dtype)
    if offset + total > size:
        raise _short(place, size - offset, total)
    return np.memmap(file, dtype, "r", offset, shape, "F" if fortran else "C")


def _reading(raw: BinaryIO) -> ReadNext:
    def read_next(most: int = _GOING, /) -> bytes:
        return raw.read(most)

    return read_next


def _filled(read_next: ReadNext, size: int) -> bytes:
    """Return the next bytes, so many unless the file ends."""
    parts: list[bytes] = []
    while size and (data := read_next(min(size, _GOING))):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _no_such(raw: BinaryIO, place: str, what: str, reason: str) -> DataError:
    raw.seek(0)
    kind = magic.kind_of(raw.read(magic.ENOUGH))
    if kind is None or what.split()[0] in kind.what:
        return DataError(f"{place} is no {what}: {reason}", "--from says what it is instead")
    return magic.refusal(kind, place, f"not {'an' if what[0] in 'N' else 'a'} {what}")


def _short(place: str, have: int, total: int) -> DataError:
    return DataError(f"{place} is cut short: {max(0, have)} of {total} bytes")


def _longer(place: str) -> DataError:
    return DataError(
        f"{place}: more bytes than its array has", "of several arrays, numpy.savez makes one file"
    )

"""Arrays as people copy them: what Python, R, Julia, MATLAB and others print, or take as source code.

What is read is plainly one array of numbers, or several of one length, each a row. Everything else that looks
like an array is refused: no number is lost, and none is made of what is not one.
"""

from __future__ import annotations

import json
import re
from collections import deque
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.errors import DataError, shown
from actcli.tables.chunk import Chunk
from actcli.tables.columns import choose, default_names
from actcli.tables.csv_parser import decoded
from actcli.tables.line_blocks import LARGEST, Block, is_json
from actcli.tables.numbers import parse_cells
from actcli.tables.source import ChunkStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.tables.bad_cells import BadCellPolicy
    from actcli.tables.source import Reading

_CUT = "print all of it: torch.set_printoptions(threshold=10**9), np.set_printoptions(threshold=10**9)"
_PLAIN = "for example [1.0, 2.0]"
_DEEPEST = 32  # brackets in brackets
_HEAD = 4096  # bytes that show what a text is

_NUM = (
    r"[+\-−]?(?:(?:\d+\.?\d*|\.\d+)(?:(?:e|\*\^)[+\-−]?\d+|f[+\-]?\d(?!\d))?|inf(?:inity)?|∞|nan)"
    r"(?:_?f(?:32|64)|[fl])?(?![\w.])"
)
_NUMBER = re.compile(_NUM, re.IGNORECASE | re.ASCII)
_SIMPLE = re.compile(r"[0-9eE+\-.,\s]*+(?=[\])}])")
_MARK = re.compile(r"[,;]")
_FOREIGN = re.compile(r"[fl^]", re.IGNORECASE)
_SUFFIX = re.compile(r"(?<=[\d.])(?:_?f(?:32|64)|[fl])\Z", re.IGNORECASE)
_ELLIPSIS = re.compile(r"\.\.\.|[…⋯⋮⋱]|<<\d+>>|\[ *reached ")
_SPACE = re.compile(r"(?:\s|\\\n|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|#(?![\[(])[^\n]*)*")
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_KINDS = (
    r"\w{0,20}?(?:tensor|array|arrayof)|listof|seq|deque|dict_values|parameter|variable|c|list|tuple|set|vec"
    r"|[rs]?vector|(?:row|column)_?vector|matrix|arr1|single|double|half|decimal|mpf"
    r"|(?:b?float|u?int)\d*(?:_t)?|longdouble"
)
_CALL = re.compile(  # np.array( · torch.FloatTensor( · vec![ · new double[] { · []float64{
    r"new\s*\[\]\s*(?=\{)|(?:new\s+)?(?:\[\d*\])?(?:\w+(?:\.|::))*"
    rf"(?:{_KINDS})(?:<[\w: ]*>)?(?:\[\d*\])*!?\s*(?=[(\[{{])",
    re.IGNORECASE,
)
_TENSORFLOW = re.compile(r"<tf\.[^<>]*?\bnumpy=\s*")
_TYPE = re.compile(
    r"(?:\w+\.)*(?:b?float|double|half|single|u?int|long)\w*(?=\s*[,)])|'[^'\n]*'|\"[^\"\n]*\"", re.IGNORECASE
)
_FACT = re.compile(
    r"(?:device|dtype|grad_fn|requires_grad|shape|weak_type|place|stop_gradient|layout|names?|order|copy|ndmin"
    r"|sharding|committed)\s*=(?!=)\s*"
)
_NAMED = re.compile(r"[\w.`'\"]+\s*=\s*")
_CONSTANT = re.compile(r"[+\-]?(?:np|numpy|jnp|math|torch)\.(?:inf|nan)\b")
_SIZED = re.compile(  # as JavaScript and polars print arrays
    r"(?:\w*Array)?\(\d+\)\s*(?=\[)|shape: \(\d+,\)\s*Series: '[^'\n]*' \[\w+\]\s*(?=\[)"
)
_VALUE = re.compile(
    r"(?:<[^<>\n]*(?:<[^<>\n]*>[^<>\n]*)*>|'[^'\n]*'|\"[^\"\n]*\"|\([^()]*\)|\[[^\[\]]*\]|[^,()\[\]{}<>])+"
)
_LABEL = re.compile(
    r"(?:[\"']?[A-Za-z_][\w.]*(?:<[\w: ]*>)?(?:\[\d*\])*[\"']?[ \t]+)*?"
    r"[\"']?([A-Za-z_][\w.]*)(?:<[\w: ]*>)?(?:\[\d*\])*[\"']?\s*(?::=|<-|[:=])(?![:=])\s*|Out\[\d+\]:\s*"
)
_WORDS = re.compile(  # print("logits", x) · std::vector<float> v{…}
    r"(?:[A-Za-z_](?:[\w.]|::)*(?:<[\w: ]*>)?[ \t]+)+(?:[A-Za-z_]\w*(?=\{)|(?=[\[({]|[\w.]+\())"
)
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_AFTER = re.compile(r"(?:[,;]\s*)?(?:<NDArray [^<>\n]*>)?")
_QUOTED = re.compile(r"\s*([\"'])([^\"'\n]*)\1\s*")
_PROMPT = re.compile(r"(?:>>>|\.\.\.|In \[\d+\]:| *\.\.\.:|julia>|octave:\d+>|>)[ \t]+")
_R_LINE = re.compile(r"[ \t]*\[(\d+)\][ \t]+(\S.*)")
_R_ROW = re.compile(r"[ \t]*\[(\d+),\][ \t]+(.*)")
_R_HEAD = re.compile(r"[ \t]*\[,\d+\](?:[ \t]+\[,\d+\])*[ \t]*")
_JULIA = re.compile(r"[ \t]*(\d+)(?:-element\b|[×x](\d+)\b)[^\n]*:[ \t]*\Z")
_MATLAB = re.compile(r"[ \t]*[A-Za-z]\w*[ \t]*=[ \t]*\Z")
_MATLAB_SIZE = re.compile(r"[ \t]*\d+[×x]\d+ [a-z ]*(?:vector|matrix)[ \t]*\Z")
_SCALE = re.compile(r"[ \t]*1\.0+(e[+-]\d+) \*[ \t]*\Z")

_OPENED = (  # a bracket and what an array may have after it; JSON has quotes or a brace
    rf"(?:<tf\.|{_CALL.pattern}[\[({{]|[\[({{](?![\s\[({{]*[\"}}])\s*"
    rf"(?:[\[({{.…']|{_CALL.pattern}|{_NUM}|{_CONSTANT.pattern}|\Z))"
)


@cache
def _looks() -> re.Pattern[str]:
    """Return the pattern of how arrays begin; it takes longer to compile than most tables to read."""
    beginnings = (
        rf"{_PROMPT.pattern}\S",
        r"Out\[\d+\]:|<tf\.|Parameter containing:|shape: \(\d+,\)\s|(?:\w*Array)?\(\d+\) \[",
        r"\[\d+\][ \t]+\S|\[,1\]",
        r"\d+(?:-element\b|[×x]\d+\b)[^\n]*:[ \t]*\r?\n",
        r"[A-Za-z]\w*[ \t]*=[ \t]*\r?\n",
        rf"(?:{_LABEL.pattern}|{_WORDS.pattern})?{_OPENED}",
        rf"(?!Unnamed: \d)(?:{_LABEL.pattern}){_NUM}\s*,",  # but for what pandas calls a nameless column
        rf"[\"']\s*[\[({{]\s*{_NUM}[^\"'\n]*[\"']\s*\Z",
        rf"[^\n\"]{{0,400}}(?:\b(?:tensor|array|c)\(\s*[\[(\d.+\-]|[:=]\s*[\[(]\s*{_NUM})",
    )
    return re.compile(rf"\s*+(?:#(?![\[(])[^\n]*+\n\s*+)*+(?:{'|'.join(beginnings)})", re.IGNORECASE)


class Pasted(NamedTuple):
    """An array as text.

    Attributes:
        cells: its numbers in order, each as `parse_number` takes it.
        shape: how many there are along each axis; () is a number alone.
        starts: where in the text each row along the last axis begins.
    """

    cells: list[str]
    shape: tuple[int, ...]
    starts: list[int]


class _RefusedError(Exception):
    """What is no array after all, and where in the text."""

    def __init__(self, at: int, message: str, hint: str = _PLAIN) -> None:
        super().__init__(message)
        self.at, self.hint = at, hint


def vector(text: str) -> list[str] | None:
    """Return the numbers of one bracketed vector as text, or None if a text is none.

    It may have brackets of any kind, commas or spaces between its numbers, and the name of a type before
    them, as `array([1., 2.], dtype=float32)`. What is cut short by an ellipsis is none.

    >>> vector("[0.1, -2.e-3]"), vector("tensor([1.])"), vector("[1, ...]"), vector("1, 2")
    (['0.1', '-2.e-3'], ['1.'], None, None)
    """
    opening = text.lstrip()[:1]
    if opening in _CLOSING:
        flat, end = _flat(text, text.index(opening) + 1)
        if flat and text[end:].rstrip() == _CLOSING[opening]:
            return flat if opening != "(" or "," in text else None
    elif not _CALL.match(text.lstrip()):
        return None
    try:
        found = _Parser(text).only()
    except _RefusedError:
        return None
    return found.cells if len(found.shape) == 1 else None


def array(text: str) -> Pasted | None:
    """Return the array that a text is, or None if it does not look like one.

    Several arrays of one length, one after the other, are the rows of one.

    Raises:
        DataError: it looks like an array and is not plainly one; the message shows what was found.
    """
    try:
        return _array(text)
    except _RefusedError as refusal:
        raise DataError(str(refusal), refusal.hint) from None


def _array(text: str) -> Pasted | None:
    """Return what `array` does, or raise `_RefusedError`, which knows the place."""
    if not _looks().match(text):
        return None
    text = _without_prompts(text)
    if quoted := _QUOTED.fullmatch(text):
        text = " " * quoted.start(2) + quoted[2]
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if _R_LINE.fullmatch(first) and not re.match(r"\s*\[\d+\]\s*,", first):
        return _r_vector(text)
    if _R_HEAD.fullmatch(first):
        return _r_matrix(text)
    if _JULIA.fullmatch(first) or _MATLAB.fullmatch(first):
        below = _SPACE.match(text, text.index(first) + len(first))
        if below and text[below.end() : below.end() + 1] not in ("[", "(", "{"):
            return _printed(text, text.index(first), first)
    return _Parser(text).all()


def _without_prompts(text: str) -> str:
    """Return the text with blanks for the lines typed at a prompt, or for the prompt before the only one."""
    lines = text.split("\n")
    typed = [i for i, line in enumerate(lines) if _PROMPT.match(line)]
    if not typed or any(line.strip() for line in lines[: typed[0]]):
        return text
    alone = not "".join(lines[i] for i in sorted({*range(len(lines))} - {*typed})).strip()
    for i in typed:
        prompt = _PROMPT.match(lines[i])
        end = prompt.end() if prompt and alone else len(lines[i])
        lines[i] = " " * end + lines[i][end:]
    return "\n".join(lines)


class _Parser:
    """A place in a text, and what can be read from there on."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def all(self) -> Pasted:
        """Return the array, or the rows, that the whole text is."""
        found: list[Pasted] = []
        labels: set[str] = set()
        while self.skip() < len(self.text):
            label = _WORDS.match(self.text, self.at) or _LABEL.match(self.text, self.at)
            if label and not _SIZED.match(self.text, self.at):
                labels.add(label[0].strip())
                self.at = label.end()
            self.skip()
            start = self.at
            found.append(self.value())
            if label and not found[-1].shape and self.take(_COMMA):  # logits: 1.0, 2.0
                found[-1] = self.listed(found[-1])
            if self.text[start] == "(" and found[-1].shape == (1,) and "," not in self.text[start : self.at]:
                said = shown(self.text[start : self.at])
                raise _RefusedError(
                    start, f"{said} may be a negative number, or one in brackets", "write -1.5 or 1.5"
                )
            self.skip()
            self.take(_AFTER)
        if not any(one.cells for one in found):
            raise _RefusedError(0, "there is no number in it")
        if len(found) == 1:
            return found[0]
        if len(labels) > 1:
            raise _RefusedError(0, f"{len(labels)} arrays of different names", "give one of them")
        return _stacked(found, 0)

    def listed(self, first: Pasted) -> Pasted:
        """Return numbers with commas between them and no brackets around them, the first of which is read."""
        items = [first]
        while self.text[self.at : self.at + 1] not in ("", "\n", ";"):
            items.append(self.value())
            if not self.take(_COMMA):
                break
        return _stacked(items, first.starts[0])

    def only(self) -> Pasted:
        """Return the array that is the whole text."""
        self.skip()
        found = self.value()
        if self.skip() < len(self.text):
            raise self.refusal()
        return found

    def value(self, depth: int = 0) -> Pasted:
        """Read a number, or an array."""
        if depth > _DEEPEST:
            raise _RefusedError(self.at, f"more than {_DEEPEST} brackets in brackets")
        start = self.at
        if number := self.take(_NUMBER):
            return Pasted(_cells(number), (), [start])
        if self.take(_TENSORFLOW):
            found = self.value(depth + 1)
            self.skip()
            self.expect(">")
            return found
        if constant := self.take(_CONSTANT):
            return Pasted([constant.replace(constant.lstrip("+-").partition(".")[0] + ".", "")], (), [start])
        self.take(_SIZED)
        if (call := _CALL.match(self.text, self.at)) and self.text[call.end()] == "(":
            self.at = call.end() + 1
            return self.arguments(depth, named=call[0].strip() in ("c", "list"))
        if call and self.text[call.end()] == "[" and not (call[0][0].isupper() or "!" in call[0]):
            raise self.refusal()  # float32[3] is a type; Float32[3] is an array of Julia
        self.at = call.end() if call else self.at
        if self.text[self.at : self.at + 1] in _CLOSING:
            return self.bracketed(depth)
        raise self.refusal()

    def bracketed(self, depth: int) -> Pasted:
        """Read what is between brackets, the first of which is next; semicolons end rows."""
        start, close = self.at, _CLOSING[self.text[self.at]]
        self.at += 1
        cells, end = _flat(self.text, self.at)
        if cells and self.text[end] == close:
            self.at = end + 1
            return Pasted(cells, (len(cells),), [start])
        rows: list[list[Pasted]] = [[]]
        may_divide = False  # whether a comma may come: after an item
        self.skip()
        while self.text[self.at : self.at + 1] != close:
            if may_divide and (mark := self.take(_MARK)):
                if mark == ";":
                    rows.append([])
                may_divide = False
            else:
                rows[-1].append(self.value(depth + 1))
                may_divide = True
            self.skip()
        self.at += 1
        rows = rows if rows[-1] or len(rows) == 1 else rows[:-1]
        if len(rows) == 1:
            return _stacked(rows[0], start)
        stacked = [_stacked(row, start) for row in rows]
        if all(row.shape == (1,) for row in stacked):  # a column is a vector
            return _stacked([row._replace(shape=()) for row in stacked], start)
        return _stacked(stacked, start)

    def arguments(self, depth: int, *, named: bool) -> Pasted:
        """Read the arguments of a call: an array or numbers, and facts about them, which do not count.

        Those of R may have names.
        """
        start, found = self.at, []
        self.skip()
        while self.text[self.at : self.at + 1] != ")":
            if self.take(_FACT):
                self.take(_VALUE)
            elif named and self.take(_NAMED):
                continue
            elif (word := self.take(_TYPE)) and word[0] in "'\"" and _NUMBER.fullmatch(word[1:-1]):
                found.append(Pasted(_cells(word[1:-1]), (), [self.at]))  # Decimal('0.1')
            elif not word:
                found.append(self.value(depth + 1))
            self.skip()
            if self.text[self.at : self.at + 1] != ")":
                self.expect(",")
                self.skip()
        self.at += 1
        if not found:
            raise _RefusedError(start, "there is no number in it")
        if len(found) > 1 and any(one.shape for one in found):
            raise _RefusedError(start, f"{len(found)} arrays in one call")
        return found[0] if len(found) == 1 else _stacked(found, start)

    def skip(self) -> int:
        """Go past blanks and comments, and return where that is."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.at

    def take(self, pattern: re.Pattern[str]) -> str:
        """Return what matches a pattern next, and go past it; or ''."""
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match[0] if match else ""

    def expect(self, mark: str) -> None:
        """Go past a mark, or raise `_RefusedError` if something else is next."""
        if self.text[self.at : self.at + 1] != mark:
            raise self.refusal()
        self.at += 1

    def refusal(self) -> _RefusedError:
        """Return what is wrong with that which is next."""
        if _ELLIPSIS.match(self.text, self.at):
            return _RefusedError(self.at, "an array cut short by an ellipsis: numbers are missing", _CUT)
        if self.at >= len(self.text):
            return _RefusedError(len(self.text) - 1, "an array that does not end")
        return _RefusedError(self.at, f"an array, in which {self.shown(self.at)} is out of place")

    def shown(self, at: int) -> str:
        """Return the word at a place, as messages show it."""
        word = re.compile(r"[\w.+\-]+|\S").match(self.text, at)
        return shown(word[0] if word else self.text[at : at + 1])


def _flat(text: str, start: int) -> tuple[list[str], int]:
    """Return the numbers from a place up to a closing bracket, and where that is; none if there is more.

    Only the simplest spellings count here: it is the fast way through what is long.
    """
    inner = _SIMPLE.match(text, start)
    if not inner:
        return [], start
    dense = "".join(inner[0].split())
    if ",," in dense or dense[:1] == ",":
        return [], start
    cells = inner[0].replace(",", " ").split()
    try:
        deque(map(float, cells), 0)
    except ValueError:
        return [], start
    return cells, inner.end()


def _stacked(items: list[Pasted], start: int) -> Pasted:
    """Return arrays of one shape, or numbers, as one array."""
    shapes = {item.shape for item in items}
    if len(shapes) > 1:
        raise _RefusedError(
            start, "rows of different lengths: " + " and ".join(map(_sized, sorted(shapes)[:2]))
        )
    cells = [cell for item in items for cell in item.cells]
    shape = shapes.pop() if items else ()
    starts = [at for item in items for at in item.starts] if shape else [start]
    return Pasted(cells, (len(items), *shape), starts)


def _sized(shape: tuple[int, ...]) -> str:
    return "a number alone" if not shape else f"{' × '.join(map(str, shape))} in brackets"


def _cells(numbers: str) -> list[str]:
    """Return numbers between blanks and commas, each as `parse_number` takes it."""
    cells = numbers.replace(",", " ").split()
    if _FOREIGN.search(numbers):
        cells = [_plain(cell) for cell in cells]
    return cells


def _plain(cell: str) -> str:
    """Return a number of C, Rust, Julia or Mathematica as others write it."""
    if cell.lower().lstrip("+-−").startswith("inf"):
        return cell
    return re.sub(r"(?<=[\d.])f(?=[+\-\d])", "e", _SUFFIX.sub("", cell.replace("*^", "e")))


def _r_vector(text: str) -> Pasted:
    """Read a vector as R prints it: lines that begin with the index of their first number."""
    cells: list[str] = []
    for line, at in _lines(text):
        match = _R_LINE.fullmatch(line)
        if not match:
            raise _RefusedError(at, f"{shown(line.strip())} among lines of R that begin as [1] does")
        if int(match[1]) != len(cells) + 1:
            message = f"a vector of R goes on at [{match[1]}] after {len(cells)} numbers"
            raise _RefusedError(at, message, "its lines are to be whole")
        cells += _words(match[2], at)
    return Pasted(cells, (len(cells),), [0])


def _r_matrix(text: str) -> Pasted:
    """Read a matrix as R prints it: a line of column numbers, then lines that begin with a row's number."""
    rows: list[list[str]] = []
    starts: list[int] = []
    row = 0
    for line, at in _lines(text):
        if _R_HEAD.fullmatch(line):
            row = 0
            continue
        match = _R_ROW.fullmatch(line)
        if not match or int(match[1]) != row + 1:
            raise _RefusedError(at, f"{shown(line.strip())} where row {row + 1} of a matrix of R was due")
        if row == len(rows):
            rows.append([])
            starts.append(at)
        rows[row] += _words(match[2], at)
        row += 1
    return _matrix(rows, starts)


def _printed(text: str, start: int, head: str) -> Pasted:
    """Read what Julia and MATLAB print: a line that says what it is, and lines of numbers."""
    rows: list[list[str]] = []
    starts: list[int] = []
    scale = ""
    for line, at in _lines(text, start + len(head)):
        if not rows and (factor := _SCALE.fullmatch(line)):
            scale = factor[1]
            continue
        if not rows and _MATLAB_SIZE.fullmatch(line):
            continue
        rows.append([cell + scale for cell in _words(line, at)])
        starts.append(at)
    found = _matrix(rows, starts)
    said = _JULIA.fullmatch(head)
    sizes = tuple(int(size) for size in said.groups() if size) if said else found.shape
    if sizes not in (found.shape, (*found.shape, 1), (1, *found.shape)):
        raise _RefusedError(start, f"{shown(head.strip())}, but {len(found.cells)} numbers follow")
    return found


def _matrix(rows: list[list[str]], starts: list[int]) -> Pasted:
    """Return rows of numbers as an array, a single column or row of them as a vector."""
    if len(rows) != 1 and any(len(row) != 1 for row in rows):
        return _stacked([Pasted(row, (len(row),), [at]) for row, at in zip(rows, starts, strict=True)], 0)
    cells = list(chain.from_iterable(rows))
    if not cells:
        raise _RefusedError(0, "there is no number in it")
    return Pasted(cells, (len(cells),), starts[:1])


def _lines(text: str, start: int = 0) -> Iterator[tuple[str, int]]:
    """Yield the lines that are not blank, from a place on, each with its own."""
    for line in text[start:].split("\n"):
        if line.strip():
            yield line, start
        start += len(line) + 1


def _words(line: str, at: int) -> list[str]:
    """Return the numbers of a line; NA stands for one that is missing."""
    for word in line.split():
        if not _NUMBER.fullmatch(word) and word != "NA":
            hint = _CUT if _ELLIPSIS.search(word) else _PLAIN
            raise _RefusedError(at, f"an array, in which {shown(word)} is not a number", hint)
    return line.split()


def looks_pasted(data: bytes) -> bool:
    """Tell whether a text begins as an array does, as people copy them."""
    return _looks().match(data[:_HEAD].decode(errors="replace")) is not None


def source(
    stream: Iterator[Block], reading: Reading, policy: BadCellPolicy
) -> tuple[ChunkStream | None, Iterator[Block]]:
    """Return the rows of a text that is an array, or None, and the blocks of the text, to be read otherwise.

    Raises:
        UsageError: a chosen column does not exist.
        DataError: it looks like an array and is not plainly one, or has a bad number in it.
        TransferError: the file cannot be read.
    """
    read: list[Block] = []
    size = 0
    for block in stream:
        read.append(block)
        size += len(block.data)
        if size > LARGEST:
            return None, chain(read, stream)
    name, data = read[0].name, b"".join(block.data for block in read)
    text = decoded(Block(data, name, 1, 0))

    def place(at: int) -> str:
        return f"{name}:{1 + text.count(chr(10), 0, at)}"

    try:
        found = _array(text)
    except _RefusedError as refusal:
        if _is_json(data):
            return None, iter(read)
        hint = f"{refusal.hint}; --from csv if it is a table" if refusal.hint == _PLAIN else refusal.hint
        raise DataError(f"{place(refusal.at)}: {refusal}", hint) from None
    return None if found is None else _stream(found, place, reading, policy), iter(read)


def _is_json(data: bytes) -> bool:
    try:
        return is_json(data) and json.loads(data) is not None
    except (ValueError, RecursionError):
        return False


def _stream(
    found: Pasted, place: Callable[[int], str], reading: Reading, policy: BadCellPolicy
) -> ChunkStream:
    """Return an array as rows; one of one axis is a column, and one vector."""
    width = found.shape[-1] if len(found.shape) > 1 else 1
    names = default_names(width)
    chosen = choose(names, reading.columns) or names
    count = len(found.cells) // width

    def where(row: int) -> str:
        return place(found.starts[row if width > 1 else 0])

    def step() -> Chunk:
        values = np.empty((count, len(chosen)), order="F")
        columns = {name: found.cells[i::width] for i, name in enumerate(names)}
        bad = []
        for j, name in enumerate(chosen):
            values[:, j], odd = parse_cells(columns[name], policy.dtype)
            bad += [(cell, name) for cell in odd]
        if bad and (keep := policy.handle(bad, count, where)) is not None:
            values = values[keep]
            columns = {name: [cells[i] for i in keep.tolist()] for name, cells in columns.items()}
        return Chunk(columns, chosen, values, place=where)

    return ChunkStream(
        names=names,
        chosen=chosen,
        steps=iter([step]),
        tally=policy.tally,
        small=True,
        vector=len(found.shape) < 2,
    )

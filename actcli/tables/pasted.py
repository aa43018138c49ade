"""Arrays as people copy them: what Python, R, Julia, MATLAB and others print, or take as source code.

What is read is plainly one array of numbers, or several of one length, each a row. Everything else that looks
like an array is refused: no number is lost, and none is made of what is not one.
"""

from __future__ import annotations

import re
from collections import deque
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from actcli.errors import DataError, shown

if TYPE_CHECKING:
    from collections.abc import Sequence


_CUT = "print all of it: torch.set_printoptions(threshold=10**9), np.set_printoptions(threshold=10**9)"
EXAMPLE = "for example [1.0, 2.0]"
_DEEPEST = 32  # brackets in brackets
_WRAPPED = 50  # characters: NumPy breaks no line that is shorter

_CLOSING = {"[": "]", "(": ")", "{": "}"}
_SPACE = re.compile(r"(?:\s|\\\n|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|#(?![\[(])[^\n]*)*")
_NUM = (  # as in Python; 1.0f of C, 1.0_f32 of Rust, 1f-3 and Inf32 of Julia, 1.5*^-3 of Mathematica
    r"[+\-−]?(?:(?:\d+\.?\d*|\.\d+)(?:(?:e|\*\^)[+\-−]?\d+|f[+\-]?\d(?!\d))?(?:_?f(?:32|64)|[fl])?"
    r"|(?:(?:np|numpy|jnp|math|torch)\.)?(?:inf(?:inity)?|nan)(?:16|32)?|∞)(?![\w.])"
)
_TOKEN = re.compile(
    rf"(?P<number>{_NUM})|(?P<named>[\"'`]?[a-z_.][\w.]*[\"'`]?\s*=(?!=))|(?P<string>'[^'\n]*'|\"[^\"\n]*\")"
    r"|(?P<cut>\.\.\.|[…⋯⋮⋱]|<<\d+>>|\[ *reached )"
    r"|(?P<type>(?:\w+\.)*(?:b?float|double|half|single|u?int|long)\w*(?=\s*[,)]))"
    # np.array( · torch.FloatTensor( · vec![ · new double[] { · []float64{ · Any[
    r"|(?P<call>new\s*\[\]\s*(?=\{)|(?:new\s+)?(?:\[\d*\])?(?:\w+(?:\.|::))*(?P<callee>[a-z_]\w*)"
    r"(?:<[\w: ]*>)?(?:\[\d*\])*!?\s*(?=[(\[{]))|(?P<name>[a-z_](?:[\w.]|::)*)|(?P<mark>\S)",
    re.IGNORECASE | re.ASCII,
)
_FLAT = re.compile(r"[0-9eE+\-.,\s]*+(?=[\])}])")
_SUFFIX = re.compile(r"(?<=[\d.])(?:_?f(?:32|64)|[fl])\Z", re.IGNORECASE)

_MAKES = re.compile(  # an array
    r"\w*(?:tensor|array|arrayof)|(?:row|column|[rs])?_?vector|listof|deque|dict_values|parameter|variable|list"
    r"|tuple|set|vec|matrix|arr1|c|any|real|number|single|double|half|decimal|mpf|(?:b?float|u?int)\d*(?:_t)?"
    r"|longdouble|aslist|constant",
    re.IGNORECASE,
)
_SEVERAL = {"c", "list", "List", "listOf", "asList", "Seq", "Vector", "Array", "Set", "vec", "tuple"}
"""What takes several numbers; a second one of others is a size, or a type."""

_SIZED = re.compile(r"\w*vector|matrix|\w*Tensor|Array")  # a number alone may be a size
_FACTS = frozenset(
    """
    device dtype grad_fn requires_grad shape weak_type place stop_gradient layout name names order copy ndmin
    sharding committed
    """.split()  # noqa: SIM905 - a page to read
)
"""What is said of an array, and does not count."""

_NAME = r"[\"']?[A-Za-z_](?:[\w.]|::)*(?:<[\w: ]*>)?(?:\[\d*\])*[\"']?"
_LABEL = re.compile(
    # logits: · const float w[] = · let v: Vec<f32> = · $1 = · print("logits", x) · vector<float> v{
    rf"(?:(?:{_NAME}[ \t]+)*?{_NAME}|\$\d+)\s*(?::=|<-|=|:(?:[ \t]*[A-Za-z\[][\w<>\[\]; ]*=)?)(?![:=])\s*"
    rf"|(?:{_NAME}[ \t]+)+(?:[A-Za-z_]\w*(?=\{{)|(?=[\[({{]|[\w.]+\())"
)
_INSIDE = re.compile(  # an array further on in a line without quoted cells
    rf"[^\n\"]{{0,400}}(?:\b(?:tensor|array|c)\(\s*[\[(\d.+\-]|[:=]\s*[\[(]\s*{_NUM})", re.IGNORECASE
)

# Lines that R, Julia and MATLAB print.
_FILLED = re.compile(r"^[^\n]*\S[^\n]*", re.MULTILINE)
_INDEXED = re.compile(r"[ \t]*\[(\d+)(,?)\][ \t]+([^\s,].*)")  # [4] 1 2 and [2,] 1 2
_INDICES = re.compile(r"[ \t]*\[,\d+\](?:[ \t]+\[,\d+\])*[ \t]*")
_ABOVE = re.compile(r"[ \t]*(?:(\d+)(?:-element\b|[×x](\d+)\b)[^\n]*:|[A-Za-z]\w*[ \t]*=)[ \t]*")
_SCALE = re.compile(r"[ \t]*(?:\d+[×x]\d+ [a-z ]*(?:vector|matrix)|1\.0+(e[+-]\d+) \*)[ \t]*")
_PROMPT = re.compile(r"(?:>>>|\.\.\.|In \[\d+\]:| *\.\.\.:|julia>|octave:\d+>|>)[ \t]+")

# What is read when it is whole:
_BEGINS = re.compile(rf"\s*(?:{_PROMPT.pattern}|\$*\\begin\{{\w*matrix|<tf\.)")

_NOTATIONS = (
    ("<tf.", r"<tf\.[^<>]*?\bnumpy=([^<>]*)>", "tensor(", ")"),
    ("\\begin{", r"(?s)\$*\\begin\{\w*matrix\}(.*?)\\end\{\w*matrix\}\$*", "[", "]"),
    ("<NDArray", r"<NDArray [^<>\n]*()>", "", ""),
    ("Parameter", r"Parameter containing():", "", ""),
    ("Out[", r"(?m)^Out\[\d+\]():", "", ""),
    ("Series:", r"shape: \(\d+,\)\s*Series: '[^'\n]*' \[\w+()\](?=\s*\[)", "", ""),  # polars
    (") [", r"\A\s*(?:\w*Array)?\(\d+()\)(?= \[)", "", ""),  # JavaScript
    ("'", r"\A\s*'([^\"'\n]*)'(?=\s*\Z)", "", ""),
    ('"', r'\A\s*"([^"\'\n]*)"(?=\s*\Z)', "", ""),
)
"""What a text with its own notation has in it, the pattern, and what to write before and after its group."""


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


class RefusedError(DataError):
    """What is no array after all, where in the text, and whether it is certain that it was meant as one."""

    def __init__(self, at: int, message: str, hint: str = EXAMPLE, *, certain: bool = True) -> None:
        super().__init__(message, hint)
        self.at, self.certain = at, certain


def vector(text: str) -> list[str] | None:
    """Return the numbers of one bracketed vector as text, or None if a text is none.

    It may have brackets of any kind, commas or spaces between its numbers, and the name of a type before
    them, as `array([1., 2.], dtype=float32)`. What is cut short by an ellipsis is none.

    >>> vector("[0.1, -2.e-3]"), vector("tensor([1.])"), vector("[1, ...]"), vector("1, 2")
    (['0.1', '-2.e-3'], ['1.'], None, None)
    """
    reader = _Reader(text)
    reader.skip()
    try:
        found = reader.value()
    except RefusedError:
        return None
    bare = text.lstrip()[:1] == "(" and len(found.cells) == 1 and "," not in text
    return found.cells if len(found.shape) == 1 and not bare and reader.skip() == len(text) else None


def array(text: str) -> Pasted | None:
    """Return the array that a text is, or None if it does not look like one.

    Several arrays of one length, one after the other, are the rows of one.

    Raises:
        RefusedError: it looks like an array and is not plainly one; the message shows what was found.
    """
    plain = _without_prompts(text)
    for sign, pattern, before, after in _NOTATIONS:
        if sign in plain:
            plain = re.sub(pattern, partial(_rewritten, before, after), plain)
    if (found := _printed(plain)) is not None:
        return found
    reader = _Reader(plain)
    try:
        return reader.all()
    except RefusedError as refusal:
        emptied = text.strip() and not plain.strip()
        if refusal.certain or emptied or _INSIDE.match(plain, _Reader(plain).skip()):
            raise
        return None


def _rewritten(before: str, after: str, match: re.Match[str]) -> str:
    """Return a notation with brackets instead of its own marks, every character of the rest in its place."""
    inner = match[1].replace("&", ",").replace("\\\\", "; ") if before == "[" else match[1]
    head, tail = match[0][: match.start(1) - match.start()], match[0][match.end(1) - match.start() :]
    return (
        before + re.sub(r"[^\n]", " ", head)[len(before) :] + inner + after + " " * (len(tail) - len(after))
    )


def _without_prompts(text: str) -> str:
    """Return the text with blanks for the lines typed at a prompt, or for the prompt before the only one."""
    if not _PROMPT.match(text.lstrip("\n")):
        return text
    lines = text.split("\n")
    alone = all(_PROMPT.match(line) or not line.strip() for line in lines)
    for i, line in enumerate(lines):
        if prompt := _PROMPT.match(line):
            end = prompt.end() if alone else len(line)
            lines[i] = " " * end + line[end:]
    return "\n".join(lines)


class _Reader:
    """A place in a text, and what can be read from there on.

    Attributes:
        text: the text.
        at: the place.
        certain: whether there is an array so far: a number in brackets, or what makes one.
        labelled: whether something stands before an array, as NumPy writes nothing.
    """

    def __init__(self, text: str) -> None:
        self.text, self.at, self.certain, self.labelled = text, 0, False, False

    def all(self) -> Pasted:
        """Return the array, or the rows, that the whole text is."""
        found: list[Pasted] = []
        labels: set[str] = set()
        while self.sign():
            if label := _LABEL.match(self.text, self.at):
                labels.add(label[0].strip())
                self.labelled = True
                self.at = label.end()
            start = self.skip()
            one = self.value()
            said = self.text[start : self.at]
            if said[-1] not in ")]}":
                one = self.listed(one, label)
            elif said[0] == "(" and one.shape == (1,) and "," not in said:
                message = f"{shown(said)} may be a negative number, or one in brackets"
                raise RefusedError(start, message, "write -1.5 or 1.5")
            found.append(one)
            self.at += self.sign() in (",", ";")
        if not any(one.cells for one in found):
            raise RefusedError(0, "there is no number in it", certain=self.certain)
        if len(found) > 1 and len(labels) > 1:
            raise RefusedError(0, f"{len(labels)} arrays of different names", "give one of them")
        return found[0] if len(found) == 1 else _stacked(found, 0)

    def listed(self, first: Pasted, label: re.Match[str] | None) -> Pasted:
        """Return the numbers below a label that have no brackets around them, the first of which is read."""
        items, end = [first], self.text.find("\n", self.at) % (len(self.text) + 1)
        while label and self.at < end and (mark := self.gap()) != ";" and self.at < end:
            if mark != "," and label[0][-1:].isspace():  # a line of words and numbers is a row of a table
                break
            self.certain = self.certain or not self.text[end:].strip()
            items.append(self.value())
        if len(items) == 1:
            raise RefusedError(self.at, "a number without brackets", certain=self.certain)
        self.certain = True
        return _stacked(items, first.starts[0])

    def value(self, depth: int = 0) -> Pasted:
        """Read a number, or an array."""
        if depth > _DEEPEST:
            raise RefusedError(self.at, f"more than {_DEEPEST} brackets in brackets")
        token = self.token()
        kind = token.lastgroup if token else None
        if token and (number := token[0] if kind == "number" else _quoted(token)):
            self.certain = self.certain or depth > 0
            self.at = token.end()
            return Pasted([_plain(number)], (), [token.start()])
        if token and kind == "call" and _makes(token):
            self.certain, self.at = True, token.end()
            if self.text[self.at] == "(":
                return self.arguments(depth, token["callee"])
            kind = "mark"
        if kind == "mark" and self.text[self.at] in _CLOSING:
            return self.bracketed(depth)
        raise self.refusal()

    def bracketed(self, depth: int) -> Pasted:
        """Read what is between brackets, the first of which is next; semicolons end rows, and lines may."""
        start, close = self.at, _CLOSING[self.text[self.at]]
        self.at += 1
        cells, end = _flat(self.text, self.at)
        if cells and self.text[end] == close and not _may_have_rows(self.text[self.at : end]):
            self.certain, self.at = True, end + 1
            return Pasted(cells, (len(cells),), [start])
        opened = "\n" in self.text[start : self.skip()]
        items: list[Pasted] = []
        marks: list[str] = []
        while self.sign() != close:
            if marks and not marks[-1]:
                raise self.refusal()  # 1-2 is no list
            items.append(self.value(depth + 1))
            marks.append(self.gap())
        self.at += 1
        between, flat = marks[:-1], not any(item.shape for item in items)
        if flat and {",", " "} <= {*between}:
            raise RefusedError(
                start, "blanks and commas between numbers", "write 1234, or , between them all"
            )
        ends = [i for i, mark in enumerate(between, 1) if mark == ";" or (flat and mark == "\n")]
        rows = [items[i:j] for i, j in zip([0, *ends], [*ends, len(items)], strict=True)]
        if len(rows) == 1 or (flat and len(rows) == len(items)):  # a column is a vector
            return _stacked(items, start)
        if ";" not in between:
            first, *others = self.text[start : self.at].split("\n")
            indented = not self.labelled and all(line[:1].isspace() for line in others)
            broken = indented or len(first) >= _WRAPPED
            rowed = _are_rows([len(row) for row in rows], "," in marks, opened, broken)
            if rowed is None:
                raise RefusedError(start, "rows, or one vector", "write ; between rows, or , between numbers")
            if not rowed:
                return _stacked(items, start)
        return _stacked([_stacked(row, row[0].starts[0]) for row in rows], start)

    def arguments(self, depth: int, callee: str) -> Pasted:
        """Read the arguments of a call: an array or numbers, and facts about them, which do not count.

        Those of R may have names.
        """
        start, found, facts = self.at, [], False
        self.at += 1
        while self.sign() != ")":
            token = self.token()
            kind, name = (token.lastgroup, token[0].rstrip("= ")) if token else ("", "")
            if token and kind == "named" and (name in _FACTS or callee in ("c", "list")):
                self.at = token.end()
                if name not in _FACTS:
                    continue
                facts = True
                self.pass_over()
            elif token and (kind == "type" or (kind == "string" and not _quoted(token))):
                self.at = token.end()
            else:
                found.append(self.value(depth + 1))
            if self.sign() not in (",", ")"):
                raise self.refusal()
            self.at += self.sign() == ","
        self.at += 1
        if not found:
            raise RefusedError(start, "there is no number in it")
        several = callee in _SEVERAL or callee.endswith("ArrayOf")
        if len(found) > 1 and (not several or any(one.shape for one in found)):
            raise RefusedError(start, f"{len(found)} values in one call of {callee}")
        if len(found) == 1 and not (found[0].shape or facts) and _SIZED.fullmatch(callee):
            raise RefusedError(start, f"{found[0].cells[0]} may be a size")
        return found[0] if len(found) == 1 else _stacked(found, start)

    def pass_over(self) -> None:
        """Go to the end of an argument that does not count."""
        depth = 0
        while (token := self.token()) and (depth or token[0] not in (",", ")")):
            depth += (token[0] in ("(", "[", "{", "<")) - (token[0] in (")", "]", "}", ">"))
            self.at = token.end()

    def skip(self) -> int:
        """Go past blanks and comments, and return where that is."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.at

    def sign(self) -> str:
        """Return the character that is next, or ''."""
        return self.text[self.skip() : self.at + 1]

    def token(self) -> re.Match[str] | None:
        """Return what is next, without going past it."""
        return _TOKEN.match(self.text, self.skip())

    def gap(self) -> str:
        """Go past a comma or a semicolon and what is around it; return it, or a line feed, a blank or ''."""
        start = self.at
        if (mark := self.sign()) in (",", ";"):
            self.at += 1
            self.skip()
            return mark
        return "\n" if "\n" in self.text[start : self.at] else " " if self.at > start else ""

    def refusal(self) -> RefusedError:
        """Return what is wrong with that which is next."""
        token = self.token()
        if token and token.lastgroup == "cut":
            return RefusedError(self.at, "an array cut short by an ellipsis: numbers are missing", _CUT)
        if token is None:
            at = len(self.text) - 1
            return RefusedError(at, "an array that does not end", certain=self.certain)
        word = re.compile(r"[\w.+\-]+|\S").match(self.text, self.at)
        said = shown(word[0] if word else token[0])
        return RefusedError(self.at, f"an array, in which {said} is out of place", certain=self.certain)


def _makes(call: re.Match[str]) -> bool:
    """Tell whether what stands before a bracket makes an array: float32[3] is a type, Float32[3] an array."""
    name = call["callee"]
    if name is None:  # new[] {1, 2}
        return True
    typed = call.string[call.end()] == "[" and not (call[0][0].isupper() or "!" in call[0])
    return not typed and (name in _SEVERAL or _MAKES.fullmatch(name) is not None)


def _quoted(token: re.Match[str]) -> str:
    """Return the number that a token has between quotes, as in Decimal('0.1'), or ''."""
    inner = token[0][1:-1].strip() if token.lastgroup == "string" else ""
    return inner if (number := _TOKEN.fullmatch(inner)) and number.lastgroup == "number" else ""


def _flat(text: str, start: int) -> tuple[list[str], int]:
    """Return the numbers from a place up to a closing bracket, and where that is; none if there is more.

    Only the simplest spellings count here: it is the fast way through what is long.
    """
    inner = _FLAT.match(text, start)
    if not inner:
        return [], start
    dense = "".join(inner[0].split())
    cells = inner[0].replace(",", " ").split()
    commas = dense.count(",")
    if ",," in dense or dense[:1] == "," or (commas and commas + (dense[-1] != ",") != len(cells)):
        return [], start
    try:
        deque(map(float, cells), 0)
    except ValueError:
        return [], start
    return cells, inner.end()


def _may_have_rows(inner: str) -> bool:
    """Tell whether the lines of numbers between brackets may be rows."""
    if "\n" not in inner:
        return False
    lines = [line for line in inner.split("\n") if line.strip()]
    if all(line.rstrip()[-1] == "," for line in lines[:-1]):
        return False
    opened = not inner[: inner.index("\n")].strip()
    counts = [len(line.split()) for line in (lines[0], lines[-1])]
    return "," in inner or _are_rows(counts, False, opened, len(lines[0]) >= _WRAPPED) is not False


def _are_rows(counts: Sequence[int], commas: bool, opened: bool, broken: bool) -> bool | None:
    """Tell whether lines of numbers are rows, as in MATLAB, or one row that NumPy broke; None is either.

    NumPy writes no commas, begins on the line of the bracket, fills its lines, and indents the others.

    Args:
        counts: how many numbers are in each line.
        commas: whether there are commas between them.
        opened: whether the first line begins below the bracket.
        broken: whether they look as NumPy's lines do.
    """
    if commas or opened or counts[-1] > counts[0]:
        return True
    return None if len({*counts}) == 1 and not broken else False


def _stacked(items: Sequence[Pasted], start: int) -> Pasted:
    """Return arrays of one shape, or numbers, as one array."""
    shapes = {item.shape for item in items}
    if len(shapes) > 1:
        sizes = (
            f"{' × '.join(map(str, shape))} in brackets" if shape else "a number alone"
            for shape in sorted(shapes)[:2]
        )
        raise RefusedError(start, "rows of different lengths: " + " and ".join(sizes))
    cells = [cell for item in items for cell in item.cells]
    shape = shapes.pop() if items else ()
    starts = [at for item in items for at in item.starts] if shape else [start]
    return Pasted(cells, (len(items), *shape), starts)


def _plain(cell: str) -> str:
    """Return a number of C, Rust, Julia or Mathematica as others write it."""
    if cell[-1].isdigit() and "f" not in cell and "^" not in cell:
        return cell
    if word := re.search(r"inf|nan", cell, re.IGNORECASE):
        return cell[: cell[0] in "+-−"] + word[0]
    return re.sub(r"(?<=[\d.])f(?=[+\-\d])", "e", _SUFFIX.sub("", cell.replace("*^", "e")))


def _printed(text: str) -> Pasted | None:
    """Read lines of numbers as R, Julia and MATLAB print them; None if a text is something else.

    R writes before each line the index of its first number, or that of the row, and Julia and MATLAB above
    all what they are.
    """
    begins = _FILLED.search(text)
    if begins is None:
        return None
    start, first = begins.start(), begins[0]
    above = _ABOVE.fullmatch(first)
    if above is None and not _INDEXED.fullmatch(first) and not _INDICES.fullmatch(first):
        return None
    below = _SPACE.match(text, start + len(first))
    if above and below and text[below.end() : below.end() + 1] in _CLOSING:
        return None
    rows: list[list[str]] = []
    starts: list[int] = []
    row, scale = 0, ""
    for found in _FILLED.finditer(text, begins.end() if above else start):
        line, at = found[0], found.start()
        if above and not rows and (factor := _SCALE.fullmatch(line)):
            scale = factor[1] or ""
        elif not above and _INDICES.fullmatch(line):
            row = 0
        else:
            numbers = line
            if not above:
                index = _INDEXED.fullmatch(line)
                if index is None:
                    raise RefusedError(at, f"{shown(line.strip())} among lines of R that begin as [1] does")
                row = row if index[2] else 0
                count = sum(map(len, rows))
                if int(index[1]) != (row if index[2] else count) + 1:
                    message = f"lines of R go on at [{index[1]}{index[2]}] after {count} numbers"
                    raise RefusedError(at, message, "its lines are to be whole")
                numbers = index[3]
            if row == len(rows):
                rows.append([])
                starts.append(at)
            rows[row] += [cell + scale for cell in _words(numbers, at)]
            row += 1
    if not rows:
        raise RefusedError(start, "there is no number in it")
    if len(rows) == 1 or all(len(one) == 1 for one in rows):  # a column is a vector
        rows = [list(chain.from_iterable(rows))]
    arrays = [Pasted(one, (len(one),), [at]) for one, at in zip(rows, starts, strict=False)]
    whole = arrays[0] if len(arrays) == 1 else _stacked(arrays, start)
    sizes = tuple(int(size) for size in above.groups() if size) if above else ()
    if sizes and sizes not in (whole.shape, (*whole.shape, 1), (1, *whole.shape)):
        raise RefusedError(start, f"{shown(first.strip())}, but {len(whole.cells)} numbers follow")
    return whole


def _words(line: str, at: int) -> list[str]:
    """Return the numbers of a line; NA stands for one that is missing."""
    for word in line.split():
        token = _TOKEN.fullmatch(word)
        if word != "NA" and not (token and token.lastgroup == "number"):
            hint = _CUT if any(mark in word for mark in ("...", *"…⋯⋮⋱")) else EXAMPLE
            raise RefusedError(at, f"an array, in which {shown(word)} is not a number", hint)
    return line.split()


def begins(text: str) -> bool:
    """Tell whether a text begins as an array does."""
    try:
        return _BEGINS.match(text) is not None or array(text) is not None
    except RefusedError:
        return True

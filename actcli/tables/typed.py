"""Numbers as people type them: lists, arrays as they copy them, formulas without x."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from actcli.errors import DataError, UsageError, shown
from actcli.tables import pasted
from actcli.tables.numbers import parse_constant, parse_number
from actcli.tables.pasted import Pasted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BETWEEN = re.compile(r"\s*[,;]\s*|\s+")
_COMMA = re.compile(r"[+\-−]?(?:\d+,\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?(?:e[+\-−]?\d+)?", re.IGNORECASE)
_SIGN = re.compile(r"[\w.)]\s+[+\-−][\w.(]")  # 3 -2, but not 3 - 2


def are_numbers(text: str) -> bool:
    """Tell whether an argument is a number, or several."""
    try:
        return all(map(_is_read, _one(text).cells))
    except DataError:
        return False


def listed(texts: Sequence[str], *, vector: bool) -> Pasted:
    """Return the numbers of arguments as text, each as `parse_constant` takes it.

    One argument may hold several. Of a vector function several such arguments are the rows of a table;
    otherwise the numbers follow one after the other.

    Raises:
        DataError: one is no number, or has two readings.
        UsageError: numbers and vectors, or vectors of different lengths, are given to a vector function.
    """
    if len(texts) > 1 and any(text and _depths(text)[-1] for text in texts):
        # The shell has cut an array at its blanks.
        texts = [" ".join(texts)]
    found = [_one(text) for text in texts]
    if len(found) == 1:
        if not vector or len(_pieces(texts[0])) > 1:  # one comma alone makes no vector of a number
            _check_comma(texts[0])
        return found[0]
    for text in texts:
        _check_comma(text)
    cells = [cell for one in found for cell in one.cells]
    if not vector or all(not one.shape for one in found):
        return Pasted(cells, (len(cells),), [0])
    for text, one in zip(texts, found, strict=True):
        if one.shape[-1:] != found[0].shape[-1:]:
            sizes = " and ".join(_size(shape) for shape in (found[0].shape, one.shape))
            raise UsageError(f"{shown(texts[0])} and {shown(text)} are {sizes}", "vectors of one length")
    width = found[0].shape[-1]
    return Pasted(cells, (len(cells) // width, width), [0])


def _one(text: str) -> Pasted:
    """Return what one argument holds."""
    word = text.strip()
    pieces = _BETWEEN.split(word.rstrip(",; "))
    mixed = "," in word and (";" in word or any(" " in part.strip() for part in word.split(",")))
    if all(_is_read(piece, parse_number) for piece in pieces) and not mixed:
        # 1, 2; 3, 4 are rows, and 1 000, 2 000 no four numbers.
        return Pasted(pieces, (len(pieces),) if len(pieces) > 1 else (), [0])
    refusal: DataError | None = None
    try:
        if (
            found := pasted.array(f"[{word}]" if ";" in word and word[-1] not in "])};" else word)
        ) is not None:
            return found
    except DataError as error:
        refusal = error
    if _is_read(word):
        if _SIGN.search(word):
            raise DataError(f"{shown(text)} has two readings", "commas between numbers, or 3 - 2 for a sum")
        return Pasted([word], (), [0])
    depths = _depths(word)
    around = word[:1] in ("[", "(", "{") and 0 not in depths[:-1] and depths[-1] == 0
    pieces = _split(word[1:-1] if around else word)
    if len(pieces) > 1 and all(map(_is_read, pieces)):
        return Pasted(pieces, (len(pieces),), [0])
    if refusal is not None:
        raise DataError(f"{shown(text)}: {refusal.message}", refusal.hint)
    return Pasted([text], (), [0])  # which whoever reads it refuses


def _split(text: str) -> list[str]:
    """Return the parts between the commas, or else the blanks, of a text that are not in brackets."""
    mark = "," if "," in text else ";" if ";" in text else " "
    cut = "".join(
        "\0" if c == mark and not depth else c for c, depth in zip(text, _depths(text), strict=True)
    )
    return [part.strip() for part in cut.split("\0") if part or mark != " "]


def _depths(text: str) -> list[int]:
    """Return in how many brackets each character of a text is, the one that it opens included."""
    return list(accumulate((c in "([{") - (c in ")]}") for c in text))


def _is_read(text: str, parse: Callable[[str], float] = parse_constant) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _check_comma(text: str) -> None:
    """Raise `DataError` if a text may be one number with a decimal comma or with thousands, or a list."""
    if any(map(_COMMA.fullmatch, pieces := _pieces(text))):
        ones = (
            one.replace(",", "." if one.count(",") == 1 and not re.search(r",\d{3}\b", one) else "")
            for one in pieces
        )
        raise DataError(
            f"{shown(text)} has two readings", f"{' '.join(ones)}, or '{re.sub('[,;]', ' ', text)}'"
        )


def _pieces(text: str) -> list[str]:
    """Return the parts of a text between semicolons or blanks, between which commas may be decimal."""
    return re.split(r"\s*;\s*|\s+", text.strip())


def _size(shape: tuple[int, ...]) -> str:
    return f"a vector of {shape[-1]}" if shape else "a number"

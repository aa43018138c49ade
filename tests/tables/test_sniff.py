"""How much of a stream is read before its layout is known: a slow producer is answered as soon as may be."""

from __future__ import annotations

import pytest

from actcli.errors import DataError
from actcli.tables.line_blocks import Block
from actcli.tables.sniff import sniff

STREAMS = {
    "numbers": (["1,2\n", "3,4\n"], 1, False, 0),
    "a header": (["a,b\n", "1,2\n", "3,4\n"], 2, True, 1),
    "a header alone": (["a,b\n"], 1, True, 1),
    "a row that the next one explains": (["a,1\n", "2,3\n", "4,5\n"], 2, True, 1),
    "a row that the next one does not explain": (["a,1\n", "b,3\n", "c,5\n"], 2, False, 0),
    "a comment": (["# made by hand\n", "1,2\n", "3,4\n"], 2, False, 1),
    "comments and a header": (["# made by hand\n", "#\n", "a,b\n", "1,2\n", "3,4\n"], 4, True, 3),
    "names in a comment": (["# a,b\n", "1,2\n", "3,4\n"], 2, True, 1),
    "comments alone": (["# a\n", "# b\n"], 2, True, 1),
    "cells without a value": ([",\n", "1,2\n"], 1, False, 0),
    "blank lines": (["\n", "\n", "1,2\n", "3,4\n"], 3, False, 2),
    "more comments than a sample": (["#1\n" * 99, "#1\n", "#1\n", "a,b\n", "1,2\n", "3,4\n"], 5, True, 102),
    "more blank lines than a sample": (["\n" * 150, "a,b\n", "1,2\n", "3,4\n"], 3, True, 151),
    "more blank lines below a header": (["a,b\n", "\n" * 150, "1,2\n", "3,4\n"], 3, True, 1),
    "more blank lines in one block": (["a,b\n" + "\n" * 150 + "1,2\n", "3,4\n"], 1, True, 1),
    "more comments with numbers": (["# loss 0.5 at 3\n" * 150, "1,2\n", "3,4\n"], 2, False, 150),
    "colours": (["#00ff00,1\n" * 99, "#00ff00,1\n", "#00ff00,1\n"], 2, False, 0),
}
"""Blocks; how many of them are read, whether a header is found, and how many lines stand before the data."""


@pytest.mark.parametrize(("parts", "read", "header", "skipped"), STREAMS.values(), ids=STREAMS)
def test_no_more_is_read_than_decides(parts: list[str], read: int, header: bool, skipped: int) -> None:
    blocks = [Block(part.encode(), "t.csv", 1, part.count("\n")) for part in parts]
    stream = iter(blocks)
    head = sniff(stream, None, None)
    assert head is not None
    assert list(stream) == blocks[read:]
    whole = "".join(parts[:read])
    assert head.block == (whole.encode(), "t.csv", 1, whole.count("\n"))
    assert (head.header, head.skipped) == (header, skipped)


def test_a_header_that_is_known_waits_for_a_row() -> None:
    blocks = [Block(part.encode(), "t.csv", 1, 1) for part in ("1,2\n", "3,4\n", "5,6\n")]
    for header, read in ((True, 2), (False, 1)):
        stream = iter(blocks)
        head = sniff(stream, None, header)
        assert head is not None
        assert head.header is header
        assert list(stream) == blocks[read:]


HEADERS = {
    "digits in quotes above numbers": ('"0","1"\n1.5,0.5\n', True),
    "numbers in quotes": ('"0","1"\n"1.5","0.5"\n', False),
    "decimal commas in quotes": ('"0,5","1,5"\n1,2\n', False),
    "a word above a number": ("a,1\n2,3\n", True),
    "a missing number is no name": ("NA,1\n2,3\n", False),
    "an empty cell above a number": (",1\n2,3\n", True),
    "a ragged row below": ("a,1\n2\n", True),
    "a ragged row below a row of data": ("a,1,b\nc,2\n", False),
    "an infinity before a word": ("inf,a\n1,2\n", False),
    "a comment of more words than columns": ("# a,b,c\n1,2\n3,4\n", False),
    "a comment that begins with a number": ("# 2nd,b\n1,2\n3,4\n", False),
}


@pytest.mark.parametrize(("text", "header"), HEADERS.values(), ids=HEADERS)
def test_a_header_is_detected(text: str, header: bool) -> None:
    head = sniff(iter([Block(text.encode(), "t.csv", 1, text.count("\n"))]), None, None)
    assert head is not None
    assert head.header is header


def test_the_first_of_comments_alone_is_the_header_that_must_be() -> None:
    head = sniff(iter([Block(b"#1,2\n#3,4\n", "t.csv", 1, 2)]), None, True)
    assert head is not None
    assert head.rows == [["1", "2"], ["#3", "4"]]
    assert head.skipped == 1


def test_a_header_gets_the_name_that_it_lacks_and_a_row_gets_nothing() -> None:
    for text, first in (
        ("a,b\nr,1,2\n", ["", "a", "b"]),
        ("a,b\nr,1,2\n1,2\n", ["a", "b"]),
        ("1,2\n3,4,5\n6,7,8\n", ["1", "2"]),
    ):
        head = sniff(iter([Block(text.encode(), "t.csv", 1, text.count("\n"))]), None, None)
        assert head is not None
        assert head.rows[0] == first


def test_a_table_that_is_known_to_have_no_header_takes_no_names_from_a_comment() -> None:
    head = sniff(iter([Block(b"# a,b\n1,2\n3,4\n", "t.csv", 1, 3)]), None, False)
    assert head is not None
    assert not head.header
    assert head.rows == [["1", "2"], ["3", "4"]]
    assert head.skipped == 1


def test_counted_names_above_decimals_are_asked_about() -> None:
    text = b"0,1,2\n1.5,0.2,0.1\n0.3,2.0,0.1\n"
    for header in (True, False):
        assert sniff(iter([Block(text, "t.csv", 1, 3)]), None, header)
    with pytest.raises(DataError, match=r"t.csv:1: '0,1,2' may be names") as caught:
        sniff(
            iter([Block(line + b"\n", "t.csv", i, 1) for i, line in enumerate(text.split(), 1)]), None, None
        )
    assert caught.value.hint
    for rows in (b"0,1\n1.5,0.2\n", b"0,1,2\n1,0.2,0.1\n", b"0,1,2\n"):
        head = sniff(iter([Block(rows, "t.csv", 1, rows.count(b"\n"))]), None, None)
        assert head
        assert not head.header


def test_nothing_has_no_head() -> None:
    assert sniff(iter([]), None, None) is None
    assert sniff(iter([Block(b"\n\n", "t.csv", 1, 2)]), None, True) is None

"""What every record of the catalogue must say; the messages tell its author what to write."""

from __future__ import annotations

import math
import re
from itertools import chain

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

from actcli.core import registry
from actcli.core.derived import derivative_text, latex
from actcli.core.evaluate import evaluate
from actcli.core.spec import Activation, Entry, VectorActivation
from actcli.errors import UsageError
from tests.core.oracle import points, unusual

ENTRIES = registry.entries()
ELEMENTWISE = registry.elementwise()


def complaints(entry: Entry) -> list[str]:
    """Return what is wrong with the texts of a record, in words for its author."""
    wrong = []
    for name in ("summary", "good_for", "pitfalls"):
        text = getattr(entry, name)
        named = re.match(r"[a-z0-9_]+(\()?", text)  # a function's name, or code
        starts = text[0].isupper() or (named and (named[1] or named[0] in registry.names()))
        if not starts or text[-1] != ".":
            wrong.append(f"{name}: write a sentence, with a capital (or a function's name) and a full stop")
        if "  " in text or "\n" in text:
            wrong.append(f"{name}: write single spaces and no line breaks")
    wrong += [f"note {note!r}: end it with a full stop" for note in entry.notes if note[-1] != "."]
    if len(entry.summary) > 100:
        wrong.append(f"summary: it must fit a line of 100 characters, it has {len(entry.summary)}")
    for name, text in (("formula", entry.formula), ("derivative", derivative_text(entry))):
        if not text or "\\" in text or "$" in text or text[-1] == "…":
            wrong.append(f"{name}: write plain text for a terminal; TeX goes into latex")
    try:
        MathTextParser("agg").parse(f"${latex(entry)}$")
    except ValueError as error:
        wrong.append(f"latex: mathtext cannot draw it: {error}")
    for source in entry.sources:
        if source.arxiv and not re.fullmatch(r"\d{4}\.\d{4,5}", source.arxiv):
            wrong.append(f"source {source.title!r}: arxiv is a number like 1606.08415")
        if not 1900 < source.year < 2100 or source.title[-1] == ".":
            wrong.append(f"source {source.title!r}: give the year, and the title without a full stop")
    for param in entry.params:
        if not param.meaning or param.meaning[-1] == ".":
            wrong.append(f"parameter {param.name}: say what it means in a phrase, without a full stop")
        shared = {param.name, *param.aliases} & set(
            chain.from_iterable((p.name, *p.aliases) for p in entry.params if p is not param)
        )
        if shared:
            wrong.append(f"parameter {param.name}: {sorted(shared)} also means another parameter")
    return wrong


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_record_says_what_it_must(entry: Entry) -> None:
    assert not complaints(entry), "\n".join([f"{entry.name}:", *complaints(entry)])


def test_names_and_aliases_are_unique_and_lower_case() -> None:
    spellings = list(chain.from_iterable((entry.name, *entry.aliases) for entry in ENTRIES))
    owners: dict[str, set[str]] = {}
    for entry in ENTRIES:
        for spelling in (entry.name, *entry.aliases):
            owners.setdefault(spelling.replace("_", ""), set()).add(entry.name)
    assert {key: names for key, names in owners.items() if len(names) > 1} == {}
    assert [s for s in spellings if s != s.lower()] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_spelling_finds_the_function(entry: Entry) -> None:
    for name in (entry.name, *entry.aliases):
        camel = "".join(part.capitalize() for part in name.split("_"))
        for spelling in (name, name.upper(), name.replace("_", "-"), name.replace("_", ""), camel):
            assert registry.get(spelling) is entry


def test_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'gelu'"):
        registry.get("gellu")


def test_catalogue_lists_elementwise_functions_first() -> None:
    kinds = [isinstance(entry, VectorActivation) for entry in ENTRIES]
    assert kinds == sorted(kinds)
    assert len(ELEMENTWISE) >= 59  # no family is lost; a new function is welcome
    assert registry.names()[:2] == ("identity", "linear")


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda function: function.name)
def test_range_contains_the_values(function: Activation) -> None:
    for params in ({}, *unusual(function)):
        x = points(function, 0, params, 64)
        low_high = function.range(**function.bind(params))
        values = evaluate(function, x, 0, params)
        slack = 4e-16 * max((abs(e) for e in (low_high.low, low_high.high) if math.isfinite(e)), default=0)
        outside = (values < low_high.low - slack) | (values > low_high.high + slack)
        at = x[outside][:1].tolist()
        assert not outside.any(), f"{function.name} {params}: range is {low_high}, but f({at}) is not in it"


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda function: function.name)
def test_tails_are_what_far_values_show(function: Activation) -> None:
    for params in ({}, *unusual(function)):
        bound = function.bind(params)
        for far, tail in ((-1e5, function.left(**bound)), (1e5, function.right(**bound))):
            if far not in function.domain:
                assert math.isnan(tail.value)
                continue
            value, slope = (float(evaluate(function, far, order, params)) for order in (0, 1))
            if math.isinf(tail.value):
                assert value * tail.value > 0
                assert abs(value) > 10
            if math.isfinite(tail.value):
                assert value == pytest.approx(tail.value, abs=1e-4)
            if math.isfinite(tail.slope):
                assert slope == pytest.approx(tail.slope, abs=0.01)
            if tail.intercept is not None:
                assert value - tail.slope * far == pytest.approx(tail.intercept, abs=1e-4)


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda function: function.name)
def test_limits_at_infinity_are_the_tails(function: Activation) -> None:
    bound = function.bind({})
    for end, tail in ((-np.inf, function.left(**bound)), (np.inf, function.right(**bound))):
        for order, limit in enumerate((tail.value, tail.slope, tail.curvature)):
            got = float(evaluate(function, end, order))
            assert got == limit or (math.isnan(got) and math.isnan(limit))
            assert math.copysign(1, got) == math.copysign(1, limit) or math.isnan(got) or order


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda function: function.name)
def test_kinks_are_in_order_and_in_the_domain_for_all_parameters(function: Activation) -> None:
    for params in ({}, *unusual(function)):
        at = [kink.at for kink in function.kinks(**function.bind(params))]
        assert at == sorted(at)
        assert all(point in function.domain for point in at)
    assert function.view[0] < function.view[1]


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda function: function.name)
def test_stated_bounds_keep_the_promise(function: Activation) -> None:
    stated = function.bounds
    assert max(stated) <= 0.51  # what the README says

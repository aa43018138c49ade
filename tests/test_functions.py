"""The Python face: what `import actcli` gives, beyond what its doctests show."""

from __future__ import annotations

import pickle

import pytest

import actcli
from actcli.core import registry


def test_every_function_is_an_attribute_and_stays_the_same_object() -> None:
    for name in registry.names():
        function = getattr(actcli, name)
        assert function.entry is registry.get(name)
        assert getattr(actcli, name) is function


def test_what_can_be_imported_is_listed() -> None:
    assert set(dir(actcli)) == {"Function", "get", "names", *registry.names()}
    everything: dict[str, object] = {}
    exec("from actcli import *", everything)
    assert set(actcli.__all__) <= set(everything)


def test_an_unknown_attribute_says_where_to_look() -> None:
    with pytest.raises(AttributeError, match=r"'geluu'; actcli.names\(\) lists the functions"):
        _ = actcli.geluu


def test_a_function_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(actcli.gelu)) == actcli.gelu

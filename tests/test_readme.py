"""The README says what is so: its catalogue is today's."""

from __future__ import annotations

from tests.generate.readme import README, with_catalogue


def test_the_catalogue_is_that_of_the_registry() -> None:
    text = README.read_text("utf-8")
    assert text == with_catalogue(text), "run: python -m tests.generate.readme"

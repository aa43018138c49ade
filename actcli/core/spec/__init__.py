"""The records that describe an activation function, checked as they are built.

A function of the catalogue is one record: its definition, from which all that can be computed follows, and
what people should know of it. Everything the program says about a function comes from its record.
"""

from actcli.core.spec.entries import Activation, Conditioning, Entry, Formula, Param, VectorActivation, unsaid
from actcli.core.spec.facts import (
    NON_NEGATIVE,
    POSITIVE,
    REALS,
    Bounds,
    Break,
    Framework,
    Interval,
    Kind,
    Kink,
    KinkRule,
    Params,
    Precision,
    Side,
    Source,
    Spelling,
    Tail,
    line,
)
from actcli.core.spec.subject import Subject

__all__ = [
    "NON_NEGATIVE",
    "POSITIVE",
    "REALS",
    "Activation",
    "Bounds",
    "Break",
    "Conditioning",
    "Entry",
    "Formula",
    "Framework",
    "Interval",
    "Kind",
    "Kink",
    "KinkRule",
    "Param",
    "Params",
    "Precision",
    "Side",
    "Source",
    "Spelling",
    "Subject",
    "Tail",
    "VectorActivation",
    "line",
    "unsaid",
]

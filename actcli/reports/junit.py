"""What became of kernels as JUnit XML, which the services that run tests read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from actcli.errors import visible
from actcli.reports.overview import Status
from actcli.tables import files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.reports.overview import Outcome

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no document of XML may hold, however it is written."""


def write(outcomes: Sequence[Outcome], path: str) -> None:
    """Write a suite of the kernels to a file.

    Raises:
        TransferError: it cannot be written.
    """
    with files.output(path) as out:
        out.write(document(outcomes, "actcli verify"))


_TAGS = {Status.BROKEN: "failure", Status.FAILED: "error", Status.NOT_RUN: "skipped"}


def document(outcomes: Sequence[Outcome], name: str) -> bytes:
    """Return a suite with a case for each kernel.

    A broken limit is a failure, with the line that says so; a kernel that failed itself is an error; what was
    not run is skipped.
    """
    counts = {
        "name": _legal(name),
        "tests": str(len(outcomes)),
        "failures": str(sum(outcome.status is Status.BROKEN for outcome in outcomes)),
        "errors": str(sum(outcome.status is Status.FAILED for outcome in outcomes)),
        "skipped": str(sum(outcome.status is Status.NOT_RUN for outcome in outcomes)),
        "time": f"{sum(outcome.seconds for outcome in outcomes):.3f}",
    }
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", counts)
    for outcome in outcomes:
        facts = {
            "classname": f"actcli.verify.{_legal(outcome.function)}",
            "name": _legal(outcome.label),
            "time": f"{outcome.seconds:.3f}",
        }
        case = ET.SubElement(suite, "testcase", facts)
        if tag := _TAGS.get(outcome.status):
            told = ET.SubElement(case, tag, {"message": _legal(outcome.detail)})
            told.text = _legal(outcome.detail)
    ET.indent(suites)
    written: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", visible(text))

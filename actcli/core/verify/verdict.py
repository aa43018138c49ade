"""The verdict on a kernel: what breaks the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.questions import is_available
from actcli.core.verify.tolerance import checks
from actcli.errors import ActcliError, MissingExtraError, UnsettledError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.verify.report import Report
    from actcli.core.verify.tolerance import Check, Limits


def breach(report: Report, limits: Limits) -> str:
    """Return what breaks the limits, in one line, or '' if nothing does.

    Raises:
        ActcliError: the reference is not sure enough to tell.
    """
    for check in checks(limits, report.dtype, report.errors, report.true):
        beyond = check.sizes - check.doubts > check.limit
        if beyond.any():
            return _line(report, check, beyond)
        if (open_ := check.sizes + check.doubts > check.limit).any():
            size = check.sizes[open_].max()
            raise _unsure(f"telling {size:.3g} from {check.limit:g} {check.unit} in {report.dtype}")
    if limits.max_misrounded is None:
        return ""
    if report.misrounded - report.untold > limits.max_misrounded:
        row = report.worst[0]
        return (
            f"{report.subject.name} in {report.dtype}: {report.misrounded} of {report.count} results are not "
            f"correctly rounded, --max-misrounded {limits.max_misrounded}; the worst at x = {row.x!r}: "
            f"got {row.got!r}, expected {row.expected!r}"
        )
    if report.misrounded + report.untold > limits.max_misrounded:
        raise _unsure(f"telling how many of {report.count} results in {report.dtype} are correctly rounded")
    return ""


def _unsure(what: str) -> ActcliError:
    if not is_available():
        return MissingExtraError(what, "python-flint", "exact")
    return UnsettledError(f"{what} takes more than the highest precision")


def _line(report: Report, check: Check, beyond: NDArray[np.bool_]) -> str:
    size = check.sizes.max()
    top = np.flatnonzero(check.sizes == size)
    row = report.at(int(top[np.argmin(np.abs(report.x[top]))]))
    what = "not comparable" if np.isinf(size) else f"{size:.6g} {check.unit}"
    open_ = (check.sizes + check.doubts > check.limit)[~beyond].any()
    count = f"{'at least ' if open_ else ''}{int(beyond.sum())}"
    return (
        f"{report.subject.name} in {report.dtype}: {what} at x = {row.x!r}, got {row.got!r}, "
        f"expected {row.expected!r}; {count} of {report.count} results break {check.option}"
    )

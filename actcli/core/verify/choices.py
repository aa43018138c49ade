"""The choices that a kernel may make and still be right."""

from __future__ import annotations

from dataclasses import dataclass

from actcli.core.spec import KinkRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is accepted besides the correctly rounded result.

    Attributes:
        kink: what a derivative is where its one-sided values differ; None accepts both and all between them.
        signed_zero: whether a zero of the wrong sign is a failure.
        saturate: whether the largest finite number is accepted where an overflow is due.
        ftz: whether 0 is accepted where a subnormal number is due.
        daz: whether subnormal inputs may count as zeros.
        round_params: whether parameters are rounded to the format before the true values are taken.
    """

    kink: KinkRule | None = KinkRule.MIN_NORM
    signed_zero: bool = False
    saturate: bool = False
    ftz: bool = False
    daz: bool = False
    round_params: bool = False


STRICT = Choices()

"""The options of `verify` but for where results come from: what is tried, accepted, asked for, and told."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated, Any

from typer import Option

from actcli.cli.functions import number
from actcli.cli.unread import For
from actcli.core import dtypes
from actcli.core.dtypes import FLOAT32, INTEGERS, DType, quantised
from actcli.core.spec import Framework, KinkRule, Subject
from actcli.core.verify.choices import Choices
from actcli.core.verify.inputs import NARROW, Inputs, between, drawn, every_pattern
from actcli.core.verify.tolerance import Limits
from actcli.errors import UsageError
from actcli.render.records import Theme
from actcli.reports.reporting import check_form
from actcli.tables import files
from actcli.tables.formats import Format, format_of, output_format, written_as
from actcli.tables.numbers import parse_constant

_MOST = 1 << 33
"""Inputs that are tried at most: twice all of float32, a day's work of a fast kernel."""


class KinkChoice(StrEnum):
    """What a derivative may be where its one-sided values differ."""

    MIN_NORM = "min-norm"
    ANY = "any"
    LEFT = "left"
    RIGHT = "right"
    NAN = "nan"


def _checks(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="What must hold (exit 1 if it does not)", **facts)


_CALLED = "functions of a number whose kernels are called, and --write-inputs"
_QUANTISED = "quantised formats: --dtype int8 or uint8"


def _quantised(name: str, option: str, scale: str | None, zero_point: int) -> DType:
    """Return a quantised format.

    Raises:
        UsageError: its scale is not given, or none.
    """
    name = name.lower()
    if scale is None:
        raise UsageError(
            f"{name} is a quantised format: what do its integers stand for?", f"{option} F, and a zero point"
        )
    try:
        value = parse_constant(scale)
    except ValueError as error:
        raise UsageError(f"{option} {scale}: {error}", "for example --scale 1/128") from None
    return quantised(name, value, zero_point)


def _tried(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="What is tried", **facts)


@dataclass(frozen=True)
class Checks:
    """The options that say how large errors may be."""

    max_ulp: Annotated[
        float | None,
        _checks("--max-ulp", min=0, metavar="N", help="Errors of at most N ULP of the true value."),
    ] = None
    max_abs: Annotated[
        float | None, _checks("--max-abs", min=0, metavar="E", help="Absolute errors of at most E.")
    ] = None
    max_rel: Annotated[
        float | None, _checks("--max-rel", min=0, metavar="E", help="Relative errors of at most E.")
    ] = None
    max_misrounded: Annotated[
        int | None,
        _checks("--max-misrounded", min=0, metavar="N", help="At most N results not correctly rounded."),
    ] = None
    preset: Annotated[
        str | None,
        _checks("--preset", metavar="NAME", help="torch.testing.assert_close, jax.test_util or "
                "numpy.testing.assert_allclose: |error| ≤ atol + rtol·|true|, at its defaults."),
    ] = None  # fmt: skip
    signed_zero: Annotated[bool, _checks("--signed-zero", help="No zero of the wrong sign.")] = False

    @property
    def limits(self) -> Limits:
        """How large errors may be."""
        return Limits(
            max_ulp=self.max_ulp,
            max_abs=self.max_abs,
            max_rel=self.max_rel,
            max_misrounded=self.max_misrounded,
            preset=self.preset,
            signed_zero=self.signed_zero,
        )


def _may(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="What is accepted", **facts)


_CHOICE = "derivatives by x: --order 1 and --order 2"


@dataclass(frozen=True)
class ChoiceOptions:
    """The options that say what is accepted besides the correctly rounded result."""

    kink: Annotated[
        KinkChoice | None,
        _may(
            "--kink",
            metavar="RULE",
            help="At a kink: min-norm, left, right, nan, or any: all between the sides (min-norm; of a "
            "framework any).",
        ),
        For(_CHOICE),
    ] = None
    saturate: Annotated[
        bool, _may("--saturate", help="The largest finite number where an overflow is due.")
    ] = False
    ftz: Annotated[bool, _may("--ftz", help="0 where a subnormal number is due.")] = False
    daz: Annotated[bool, _may("--daz", help="For a subnormal input, what is due for 0.")] = False
    round_params: Annotated[
        bool,
        _may("--round-params", help="Round parameters to the dtype before the truth is taken."),
        For("functions with parameters"),
    ] = False

    def choices(self, subject: Subject) -> Choices:
        """Return what is accepted."""
        kink = (self.kink if subject.order else None) or KinkChoice.MIN_NORM
        return Choices(
            kink=None if kink is KinkChoice.ANY else KinkRule(kink.value),
            saturate=self.saturate,
            ftz=self.ftz,
            daz=self.daz,
            round_params=bool(subject.function.params) and self.round_params,
        )

    def read(self, orders: Sequence[int]) -> "ChoiceOptions":
        """Return the same for many functions in some derivatives; at kinks any of these if none is named."""
        kink = (self.kink if any(orders) else None) or KinkChoice.ANY
        return ChoiceOptions(kink, self.saturate, self.ftz, self.daz, self.round_params)


@dataclass(frozen=True)
class InputOptions:
    """Which inputs are tried, and in which formats."""

    size: Annotated[
        int | None,
        _tried(
            "--sample",
            min=1,
            max=10_000_000,
            metavar="N",
            help="N inputs and the special ones (all of 16 bits and less, 1e6 of others).",
        ),
        For(_CALLED),
    ] = None
    seed: Annotated[
        int,
        _tried("--seed", min=0, metavar="S", help="Of the sample (0)."),
        For("kernels that are called, where not every number of the dtype is tried"),
    ] = 0
    range: Annotated[
        str | None,
        _tried("--range", metavar="A:B", help="Every number of the dtype from A to B; with --sample, N."),
        For(_CALLED),
    ] = None
    exhaustive: Annotated[
        bool,
        _tried("--exhaustive", help="All 2³² of float32, with progress on stderr."),
        For("kernels that are called on float32: of 16 bits and less all are tried anyway"),
    ] = False
    checkpoint: Annotated[
        str | None,
        _tried("--checkpoint", metavar="FILE", help="Keep what is found there, and go on from it."),
        For(_CALLED),
    ] = None
    dtype_name: Annotated[
        str | None,
        _tried(
            "--dtype",
            metavar="DTYPE",
            help="Of inputs and results (that of the files; float32). With --framework several: a,b.",
        ),
    ] = None
    in_dtype_name: Annotated[
        str | None, _tried("--in-dtype", metavar="DTYPE", help="Of inputs, if theirs is another.")
    ] = None
    scale: Annotated[
        str | None,
        _tried("--scale", metavar="F", help="int8 and uint8: an integer q stands for F·(q − zero point)."),
        For(_QUANTISED),
    ] = None
    zero_point: Annotated[
        int, _tried("--zero-point", metavar="N", help="The integer that stands for 0 (0)."), For(_QUANTISED)
    ] = 0
    in_scale: Annotated[
        str | None,
        _tried("--in-scale", metavar="F", help="The scale of inputs, if theirs is another."),
        For(_QUANTISED),
    ] = None
    in_zero_point: Annotated[
        int | None,
        _tried("--in-zero-point", metavar="N", help="The zero point of inputs, if theirs is another."),
        For(_QUANTISED),
    ] = None

    @property
    def dtype(self) -> DType | None:
        """The format of results that is asked for."""
        if self.dtype_name and self.dtype_name.lower() in INTEGERS:
            return _quantised(self.dtype_name, "--scale", self.scale, self.zero_point)
        return dtypes.parse(self.dtype_name) if self.dtype_name else None

    @property
    def dtypes(self) -> list[DType]:
        """The formats that are asked for, or float32."""
        return [dtypes.parse(name.strip()) for name in (self.dtype_name or FLOAT32.name).split(",")]

    @property
    def in_dtype(self) -> DType | None:
        """The format of inputs that is asked for."""
        name = self.in_dtype_name or self.dtype_name
        if not name or name.lower() not in INTEGERS:
            return dtypes.parse(self.in_dtype_name) if self.in_dtype_name else None
        if self.in_scale is None and self.in_zero_point is None and not self.in_dtype_name:
            return self.dtype
        scale = self.in_scale if self.in_scale is not None else self.scale
        point = self.in_zero_point if self.in_zero_point is not None else self.zero_point
        return _quantised(name, "--in-scale", scale, point)

    @property
    def ends(self) -> tuple[float, float] | None:
        """The ends of the range that is asked for.

        Raises:
            UsageError: it is none.
        """
        if self.range is None:
            return None
        low, colon, high = self.range.partition(":")
        if not colon:
            raise UsageError(f"--range {self.range} is not A:B", "for example --range -1:1")
        return number(low, "--range"), number(high, "--range")

    def inputs(self, subject: Subject, dtype: DType) -> Inputs:
        """Return what is tried.

        Raises:
            UsageError: that would be too many, or nothing.
        """
        if dtype.bits > NARROW and self.exhaustive:
            if self.range is not None or self.size is not None:
                raise UsageError("--exhaustive goes with no other choice of inputs", "leave that out")
            if dtype.bits > 32:
                raise UsageError(f"there are 2^{dtype.bits} of {dtype}", "--range A:B, or --sample N")
            return every_pattern(dtype)
        if (ends := self.ends) is not None:
            seed = self.seed if self.size is not None else 0
            found = between(*ends, dtype, size=self.size, seed=seed)
            if found.count > _MOST:
                raise UsageError(f"{found.count:,} of {dtype} lie in {self.range}", "--sample N tries some")
            return found
        seed = self.seed if self.size or dtype.bits > NARROW else 0
        return drawn(subject.function, subject.function.bind(subject.params), dtype, self.size, seed)


@dataclass(frozen=True)
class VerifyOptions:
    """What is verified, and how it is reported."""

    order_text: Annotated[
        str,
        Option("--order", metavar="N", help="f (0), f′ (1) or f″ (2). With --framework several: 0,1."),
        For("derivatives by x, without --wrt"),
    ] = "0"
    wrt: Annotated[str | None, Option("--wrt", metavar="PARAM", help="Verify the gradient by PARAM.")] = None
    in_hex: Annotated[bool, Option("--hex", help="Show bit patterns too.")] = False
    form: Annotated[
        str | None,
        Option(
            "-f", "--format", metavar="FORMAT", help="The report as table, json, csv, md; of many html too."
        ),
    ] = None
    file: Annotated[str | None, Option("-o", "--report", metavar="FILE", help="Write the report there.")] = (
        None
    )
    plot: Annotated[
        str | None, Option("--plot", metavar="FILE", help="Draw the error over x: PNG, SVG or PDF.")
    ] = None
    theme: Annotated[
        Theme,
        Option("--style", metavar="STYLE", help="Of the picture: light (default), dark or print."),
        For("--plot FILE"),
    ] = Theme.LIGHT
    size: Annotated[
        str | None,
        Option("--size", metavar="WxH", help="Of the picture, in inches (6.4x3.6)."),
        For("--plot FILE"),
    ] = None
    junit: Annotated[
        str | None, Option("--junit", metavar="FILE", help="Write what holds as JUnit XML too.")
    ] = None

    @property
    def cases(self) -> str | None:
        """Where JUnit XML goes, if anywhere.

        Raises:
            UsageError: the report goes there too.
        """
        if self.junit and files.is_same(self.junit, self.file):
            raise UsageError(f"--junit {self.junit}: the report goes there", "-o FILE names another place")
        return self.junit

    @property
    def orders(self) -> list[int]:
        """The derivatives that are asked for.

        Raises:
            UsageError: there is no such derivative.
        """
        found = [part.strip() for part in self.order_text.split(",")]
        for part in found:
            if part not in ("0", "1", "2"):
                raise UsageError(f"--order: {part!r} is not 0, 1 or 2")
        return list(map(int, found))

    @property
    def order(self) -> int:
        """The derivative that is asked for of one kernel."""
        first, *more = self.orders
        if more:
            raise UsageError(f"--order {self.order_text}: one derivative", "several go with --framework")
        return first

    @property
    def report_form(self) -> Format:
        """The form of the report: as asked for, or as its file's name says; a page where that says nothing.

        Raises:
            UsageError: a report cannot have that form.
        """
        if self.form:
            form = output_format(self.form)
        else:
            file = self.file or "-"
            is_page = not PurePath(file).suffix or format_of(file) is Format.TEXT
            form = Format.TABLE if is_page else written_as(file)
        check_form(form)
        return form


def _many(*names: str, **facts: Any) -> Any:
    return Option(*names, rich_help_panel="Many kernels at once", **facts)


@dataclass(frozen=True)
class ManyOptions:
    """The options that name many kernels at once."""

    framework: Annotated[
        Framework | None,
        _many(
            "--framework", metavar="NAME", help="What the catalogue says it has: torch, jax, keras, hf, mlx."
        ),
    ] = None
    budget: Annotated[
        str | None,
        _many("--budget", metavar="FILE", help="The kernels that a TOML file lists with their limits."),
    ] = None
    ratchet: Annotated[
        bool,
        _many("--ratchet", help="Tighten the file's limits to what was measured."),
        For("--budget"),
    ] = False

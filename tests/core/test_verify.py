"""Kernels with planted faults are found out, honest ones pass."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.definition import asking
from actcli.core.dtypes import (
    BFLOAT16,
    DTYPES,
    FLOAT8_E4M3FN,
    FLOAT8_E5M2,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    DType,
    Encoded,
)
from actcli.core.evaluate import evaluate
from actcli.core.measure import ordinal
from actcli.core.measure.ulp import is_power_of_two
from actcli.core.questions import rounded, split
from actcli.core.spec import Activation, Subject
from actcli.core.verify.accuracy import Errors, TrueValues
from actcli.core.verify.causes import Cause, Class
from actcli.core.verify.choices import STRICT, Accepted, Choices
from actcli.core.verify.inputs import between, drawn, every_pattern, numbers_at, sample, these
from actcli.core.verify.judge import Judge
from actcli.core.verify.reference import settled, true_values
from actcli.core.verify.report import FindingKind
from actcli.core.verify.tolerance import NO_LIMITS, Limits, tolerance
from actcli.core.verify.totals import Totals
from actcli.errors import MissingExtraError, UsageError
from actcli.reports import phrases
from actcli.reports.sections import document
from actcli.verification import Request, verify_results

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array
    from actcli.core.verify.report import Report


def elementwise(name: str) -> Activation:
    function = registry.get(name)
    assert isinstance(function, Activation)
    return function


def judged(
    name: str,
    dtype: DType,
    spoil: Callable[[Array, Array], Array] = lambda _, y: y,
    *,
    order: int = 0,
    size: int | None = None,
    choices: Choices = STRICT,
    limits: Limits = NO_LIMITS,
    **params: float,
) -> Report:
    """Return the report on a kernel that is right but for the fault planted in it."""
    subject = Subject(elementwise(name), params, order)
    inputs = drawn(subject.function, subject.function.bind(params), dtype, size, 0)
    x = inputs.part(0, inputs.count)
    good = np.asarray(evaluate(subject.function, x.values, order, params, dtype=dtype), np.float64)
    got = Encoded.of(spoil(x.values, good.copy()), dtype)
    return held(subject, x, got, dtype, choices=choices, limits=limits)


def held(
    subject: Subject,
    x: Encoded,
    got: Encoded,
    dtype: DType,
    *,
    choices: Choices = STRICT,
    limits: Limits = NO_LIMITS,
) -> Report:
    """Return the report on results."""
    request = Request(subject=subject, dtype=dtype, inputs=these(x), choices=choices, limits=limits)
    return verify_results(x, got, request, "results")


def breach(report: Report) -> str:
    """Return what breaks the limits; raise the error that says why it cannot be told."""
    if (broken := phrases.failure(report)) or not (error := phrases.undecided(report)):
        return broken
    raise error


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d is not FLOAT64], ids=str)
@pytest.mark.parametrize("name", ["gelu", "relu", "elu", "hard_swish", "tanh_shrink"])
def test_the_right_results_pass(name: str, dtype: DType) -> None:
    limits = Limits(max_ulp=0.5, max_misrounded=0)
    found = judged(name, dtype, size=20_000 if dtype is FLOAT32 else None, limits=limits)
    assert found.correct_share == 1.0
    assert found.max_ulp.size <= 0.5
    assert found.worst == ()
    assert found.findings == ()
    assert found.passed
    assert breach(found) == ""


@pytest.mark.parametrize("order", [0, 1, 2])
def test_our_own_float64_kernels_pass_at_their_bound(order: int) -> None:
    found = judged("silu", FLOAT64, order=order, size=400, limits=Limits(max_ulp=(1.0, 1.0, 2.0)[order]))
    assert found.unsure == 0
    assert breach(found) == ""


def test_a_wrong_tail_is_found() -> None:
    def no_tail(x: Array, y: Array) -> Array:
        return np.where(x < -6, 0.0, y)  # 1 + erf(x/√2) has no digit left there

    found = judged("gelu", FLOAT32, no_tail, size=20_000, limits=Limits(max_ulp=1))
    broken = breach(found)
    assert "--max-ulp 1" in broken
    assert found.worst[0].x < -6
    assert all(r.misrounded == 0 for r in found.regions if r.low >= -4)


def test_one_misrounded_input_among_65536_is_found_and_named() -> None:
    culprit = float(BFLOAT16.round(0.7))

    def off_by_one(x: Array, y: Array) -> Array:
        y[x == culprit] = numbers_at(ordinal(y[x == culprit], BFLOAT16) + 1, BFLOAT16)
        return y

    found = judged("silu", BFLOAT16, off_by_one, limits=Limits(max_misrounded=0))
    assert found.count == 65536 - 254 + 1  # NaN counts once
    assert found.misrounded == 1
    assert found.histogram[Class.ONE] == 1
    assert found.worst[0].x == culprit
    broken = breach(found)
    assert broken.startswith("silu in bfloat16: 1 of 65283 results")
    assert f"x = {culprit!r}, got" in broken


def test_a_sign_is_found() -> None:
    def flipped(x: Array, y: Array) -> Array:
        y[x == -1.5] *= -1
        return y

    found = judged("tanh", FLOAT16, flipped)
    assert found.histogram[Class.SIGN] == 1
    assert found.worst[0].x == -1.5


def test_a_nan_is_found() -> None:
    def lost(x: Array, y: Array) -> Array:
        y[np.isneginf(x)] = np.nan
        return y

    found = judged("silu", FLOAT16, lost, limits=Limits(max_ulp=1e9))
    assert found.histogram[Class.NO_NUMBER] == 1
    assert found.max_ulp.size == math.inf
    assert found.max_finite
    assert found.max_finite.size <= 0.5
    assert "at x = -inf" in breach(found)
    (special,) = [s for s in found.specials if s.name == "-inf"]
    assert math.isnan(special.row.got)


def test_a_swallowed_nan_is_found() -> None:
    def swallow(x: Array, y: Array) -> Array:
        return np.where(np.isnan(x), 0.0, y)

    for limits in (Limits(max_ulp=1), Limits(max_abs=1), Limits(max_rel=1), Limits(max_misrounded=0)):
        found = judged("relu", FLOAT16, swallow, limits=limits)
        assert not found.passed
        assert "x = nan, got 0.0, expected nan" in breach(found)
        assert found.histogram[Class.NUMBER] == found.misrounded == 1
        assert found.nan[:2] == (2046, 2046)
        assert [group.cause for group in found.groups] == [Cause.NAN_INPUT]


def test_what_a_gradient_is_at_nan_is_told_and_accepted() -> None:
    def swallow(x: Array, y: Array) -> Array:
        return np.where(np.isnan(x), 0.0, y)

    found = judged("relu", FLOAT16, swallow, order=1, limits=Limits(max_ulp=0.5, max_misrounded=0))
    assert found.passed
    assert found.histogram[Class.ACCEPTED] == 1
    assert [(each.kind, each.count) for each in found.findings] == [(FindingKind.NAN_GRADIENT, 2046)]


def test_a_gradient_where_there_is_no_function_may_be_anything() -> None:
    def anything(x: Array, y: Array) -> Array:
        return np.where(x < 1, 7.0, y)

    found = judged("acosh", FLOAT16, anything, order=1, limits=Limits(max_ulp=0.5))
    assert found.passed
    assert found.accepted[Accepted.OUTSIDE] > 10_000
    assert not judged("acosh", FLOAT16, anything, limits=Limits(max_ulp=0.5)).passed


@pytest.mark.parametrize("dtype", [FLOAT16, FLOAT32, FLOAT64], ids=str)
def test_a_slope_off_by_one_at_a_kink_is_found(dtype: DType) -> None:
    def one_at_0(x: Array, y: Array) -> Array:
        y[x == 0] = 1.0
        return y

    found = judged("relu", dtype, one_at_0, order=1, size=2000 if dtype is FLOAT64 else None)
    assert found.misrounded == 2  # at +0 and at −0
    assert found.worst[0].x == 0
    assert any(s.name == "kink 0" and s.row.ulp > 0 for s in found.specials)


def test_a_comparison_off_by_one_at_a_kink_is_found() -> None:
    edge = float(np.nextafter(np.float32(3), np.float32(4)))

    def late(x: Array, y: Array) -> Array:
        y[x == edge] = np.float32(edge * (edge + 3) / 6)  # still the parabola
        return y

    assert judged("hard_swish", FLOAT32, late).misrounded <= 1
    slope = judged("hard_swish", FLOAT32, lambda x, y: np.where(x == edge, 1.5, y), order=1)
    assert slope.worst[0].x == edge


def test_flushing_to_zero_can_be_accepted() -> None:
    def flush(_: Array, y: Array) -> Array:
        return np.where(np.abs(y) < 2.0**-14, 0.0, y)

    limits = Limits(max_ulp=0.5, max_misrounded=0)
    strict = judged("sigmoid", FLOAT16, flush, limits=limits)
    lenient = judged("sigmoid", FLOAT16, flush, choices=Choices(ftz=True), limits=limits)
    assert breach(strict)
    assert [group.cause for group in strict.groups] == [Cause.FLUSHED]
    assert breach(lenient) == ""
    assert lenient.histogram[Class.ACCEPTED] == lenient.accepted[Accepted.FLUSHED] > 100
    assert lenient.groups == ()


def test_a_subnormal_input_as_zero_gives_what_is_due_there() -> None:
    def flushed(x: Array, y: Array) -> Array:
        return np.where((np.abs(x) < 2.0**-14) & (x != 0), 0.0, y)

    limits = Limits(max_ulp=0.5)
    assert not judged("tanh", FLOAT16, flushed, limits=limits).passed
    found = judged("tanh", FLOAT16, flushed, choices=Choices(daz=True), limits=limits)
    assert found.passed
    assert found.accepted == {Accepted.ZERO_INPUT: 2 * 1023}


@pytest.mark.parametrize("dtype", [FLOAT16, FLOAT32, FLOAT64, FLOAT8_E5M2], ids=str)
def test_a_number_far_below_what_overflows_is_far_off(dtype: DType) -> None:
    """The largest number is not one step from e^x wherever that overflows, nor from infinity."""
    x = np.array([np.log(dtype.largest) + 1, 1e4, np.inf])
    subject = Subject(elementwise("exponential"), {})
    got = Encoded.of(np.full(3, dtype.largest), dtype)
    x = dtype.round(x)
    found = held(subject, Encoded.of(x, dtype), got, dtype, limits=Limits(max_ulp=2))
    assert found.max_ulp.size == np.inf
    assert not found.passed
    assert found.checks[0].broken == 3


def test_a_number_just_below_what_overflows_is_as_far_off_as_it_lies() -> None:
    x, subject = Encoded.of([65504.0, 65504 + 24, 65504 + 80], FLOAT32), Subject(elementwise("identity"), {})
    got = Encoded.of([65504.0] * 3, FLOAT16)
    for limit, broken in ((0.5, 2), (1, 1), (2.5, 0)):
        found = held(subject, x, got, FLOAT16, limits=Limits(max_ulp=limit))
        assert found.checks[0].broken == broken
        assert found.max_ulp.size == 2.5


@pytest.mark.parametrize("dtype", [FLOAT8_E4M3FN, FLOAT8_E5M2], ids=str)
def test_overflow_may_saturate(dtype: DType) -> None:
    largest = dtype.largest

    subject, x = Subject(elementwise("exponential"), {}), every_pattern(dtype).part(0, 256)
    true = np.asarray(evaluate(subject.function, x.values), np.float64)
    near = dtype.round(np.clip(true, -largest, largest))
    got = Encoded.of(np.where(np.isinf(x.values) & (x.values > 0), np.inf, near), dtype)
    limits = Limits(max_ulp=0.5, max_misrounded=0)
    strict = held(subject, x, got, dtype, limits=limits)
    lenient = held(subject, x, got, dtype, limits=limits, choices=Choices(saturate=True))
    assert not strict.passed
    assert lenient.passed
    assert lenient.accepted[Accepted.SATURATED] == strict.misrounded > 0
    minus = Encoded.of(-got.values, dtype)
    assert not held(subject, x, minus, dtype, choices=Choices(saturate=True), limits=limits).passed


def test_a_parameter_may_be_rounded_to_the_format() -> None:
    slope = float(BFLOAT16.round(0.01))
    subject, function = Subject(elementwise("leaky_relu"), {}), elementwise("leaky_relu")
    x = Encoded(np.arange(65536, dtype=np.uint16), BFLOAT16)
    rounded_first = evaluate(function, x.values, 0, {"negative_slope": slope}, dtype=BFLOAT16)
    got = Encoded.of(np.asarray(rounded_first, np.float64), BFLOAT16)
    limits = Limits(max_ulp=0.5)
    assert not held(subject, x, got, BFLOAT16, limits=limits).passed
    found = held(subject, x, got, BFLOAT16, limits=limits, choices=Choices(round_params=True))
    assert found.passed
    assert found.subject.params == {"negative_slope": slope}


def test_all_that_lies_between_the_sides_of_a_kink_may_be_accepted() -> None:
    def half(x: Array, y: Array) -> Array:
        return np.where(x == 0, 0.5, y)

    limits = Limits(max_ulp=0.5)
    assert not judged("relu", FLOAT16, half, order=1, limits=limits).passed
    found = judged("relu", FLOAT16, half, order=1, choices=Choices(kink=None), limits=limits)
    assert found.passed
    assert found.accepted == {Accepted.KINK: 2}

    def two(x: Array, y: Array) -> Array:
        return np.where(x == 0, 2.0, y)

    wrong = judged("relu", FLOAT16, two, order=1, choices=Choices(kink=None), limits=limits)
    assert not wrong.passed
    assert [group.cause for group in wrong.groups] == [Cause.KINK]


@pytest.mark.parametrize(
    ("mode", "move"),
    [
        ("to_zero", lambda sign, lean: -sign * (sign * lean > 0)),
        ("from_zero", lambda sign, lean: sign * (sign * lean < 0)),
        ("down", lambda _, lean: -(lean > 0).astype(float)),
        ("up", lambda _, lean: (lean < 0).astype(float)),
    ],
)
@pytest.mark.parametrize("dtype", [BFLOAT16, FLOAT64], ids=str)
def test_a_way_of_rounding_explains_results(
    mode: str, move: Callable[[Array, Array], Array], dtype: DType
) -> None:
    subject, x = Subject(elementwise("tanh"), {}), dtype.round(np.linspace(-2, 2, 401))
    near = np.asarray(evaluate(subject.function, x, dtype=dtype), np.float64)
    ask = asking(subject)
    true = [Fraction(head) + Fraction(rest) * Fraction(math.ulp(head))
            for head, rest, _ in (ask(point, split) for point in x.tolist())]  # fmt: skip
    pairs = zip(map(Fraction, near.tolist()), true, strict=True)
    lean = np.array([(one > two) - (one < two) for one, two in pairs], np.float64)
    got = numbers_at(ordinal(near, dtype) + move(np.sign(near), lean).astype(np.int64), dtype)
    found = held(subject, Encoded.of(x, dtype), Encoded.of(got, dtype), dtype)
    assert found.misrounded > 50
    (rounding,) = [each for each in found.findings if each.kind is FindingKind.ROUNDING]
    assert rounding.detail == {"mode": mode}


@pytest.mark.parametrize("name", ["tanh", "silu"])
@pytest.mark.parametrize("working", [np.float32, np.float64])
def test_low_bits_dropped_are_truncation(name: str, working: type[np.floating]) -> None:
    """tanh(x) lies below a tiny x, but is x in any working precision: that truncates to x."""

    def spoil(x: Array, _: Array) -> Array:
        with np.errstate(all="ignore"):
            exact = np.tanh(x) if name == "tanh" else np.where(x == -np.inf, -0.0, x / (1 + np.exp(-x)))
            wide = exact.astype(working).astype(np.float32)
        off = np.abs(wide.astype(np.float64)) > np.abs(exact)
        wide = np.where(off & (working is np.float64), np.nextafter(wide, np.float32(0)), wide)
        return (wide.view(np.uint32) & 0xFFFF0000).view(np.float32).astype(np.float64)

    found = judged(name, BFLOAT16, spoil)
    assert found.misrounded > 1000
    (rounding,) = [each for each in found.findings if each.kind is FindingKind.ROUNDING]
    assert rounding.detail == {"mode": "to_zero"}


def test_ties_away_from_zero_explain_what_they_misround() -> None:
    steps = np.arange(-99.75, 100, 0.25)
    x, subject = Encoded.of(1024 * np.sign(steps) + steps, FLOAT32), Subject(elementwise("identity"), {})
    got = Encoded.of(1024 * np.sign(steps) + np.sign(steps) * np.floor(np.abs(steps) + 0.5), FLOAT16)
    (found,) = [e for e in held(subject, x, got, FLOAT16).findings if e.kind is FindingKind.ROUNDING]
    assert found.detail["mode"] == "ties_away"


def test_inputs_and_results_of_different_formats() -> None:
    """tanh of a float32 is rounded once to bfloat16: rounding the input first would show."""
    subject = Subject(elementwise("tanh"), {})
    x = Encoded.of(np.linspace(-3, 3, 5001), FLOAT32)
    once = Encoded.of(np.asarray(evaluate(subject.function, x.values), np.float64), BFLOAT16)
    twice = evaluate(subject.function, x.values, dtype=BFLOAT16)
    limits = Limits(max_ulp=0.5, max_misrounded=0)
    assert held(subject, x, once, BFLOAT16, limits=limits).passed
    wrong = held(subject, x, Encoded.of(np.asarray(twice, np.float64), BFLOAT16), BFLOAT16, limits=limits)
    assert wrong.misrounded > 100


def test_blocks_of_any_size_give_the_same_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(x: Array, y: Array) -> Array:
        return np.where(x > 3, FLOAT16.round(y * 1.01), np.where(np.abs(x) < 1e-4, 0.0, y))

    limits = Limits(max_ulp=1, max_rel=0.1, max_misrounded=3, signed_zero=True)
    reports = []
    for size in (1 << 20, 1000):
        monkeypatch.setattr("actcli.verification.BLOCK", size)
        reports.append(document(judged("silu", FLOAT16, spoiled, limits=limits), in_hex=True))
    one, two = reports
    for report in reports:
        report["findings"] = [each for each in report["findings"] if each["kind"] != "bias"]  # type: ignore
    for name in ("mean_ulp", "bias_ulp", "bias_outwards_ulp"):  # sums of floats
        assert one["summary"].pop(name) == pytest.approx(two["summary"].pop(name), rel=1e-12)  # type: ignore
    assert str(one) == str(two)


def test_totals_are_written_and_read_back() -> None:
    import json

    found = Totals()
    judge = Judge(Subject(elementwise("gelu"), {}), FLOAT16, FLOAT16, STRICT, Limits(max_ulp=1))
    x = every_pattern(FLOAT16).part(0, 65536)
    found.add(judge, judge.judged(x, Encoded.of(np.tanh(np.nan_to_num(x.values)), FLOAT16)))
    again = Totals.from_state(json.loads(json.dumps(found.state())))
    assert str(again.state()) == str(found.state())


def test_the_sign_of_a_zero_is_told_but_is_no_error() -> None:
    def negative(_: Array, y: Array) -> Array:
        return np.where(y == 0, -0.0, y)

    found = judged("relu", FLOAT16, negative, limits=Limits(max_ulp=0.5, max_misrounded=0))
    assert found.zero_signs > 30_000
    assert found.correct_share == 1.0
    assert found.passed
    assert [(each.kind, each.count) for each in found.findings] == [(FindingKind.ZERO_SIGN, found.zero_signs)]
    strict = judged("relu", FLOAT16, negative, limits=Limits(signed_zero=True))
    assert "zeros of the wrong sign; x = " in breach(strict)
    assert not judged("tanh", FLOAT16, lambda _, y: y + 0.0, limits=Limits(signed_zero=True)).passed
    assert judged("tanh", FLOAT16, limits=Limits(signed_zero=True)).passed


def test_classes_count_every_result_once() -> None:
    rng = np.random.default_rng(0)
    found = judged("gelu", FLOAT16, lambda _, y: FLOAT16.round(y * (1 + rng.normal(0, 0.01, y.size))))
    assert sum(found.histogram.values()) == found.count == 65536 - 2045
    assert sum(r.results for r in found.regions) == 65536 - 2046  # NaN lies nowhere
    assert sum(r.misrounded for r in found.regions) == found.misrounded
    assert sum(group.results for group in found.groups) == found.misrounded
    assert [row.ulp for row in found.worst] == sorted((row.ulp for row in found.worst), reverse=True)


def test_a_cause_is_one_row() -> None:
    def spoiled(x: Array, y: Array) -> Array:
        y = np.where(np.abs(x) > 1000, np.nan, y)
        y = np.where(np.abs(y) < 2.0**-14, 0.0, y)
        y = np.where((x > 2) & (x < 2.5), -y, y)
        return np.where((x > 4) & (x < 4.1), np.inf, y)

    found = judged("silu", FLOAT16, spoiled)
    counts = {group.cause: group.results for group in found.groups}
    assert set(counts) == {
        Cause.INFINITE_INPUT, Cause.NAN, Cause.FLUSHED, Cause.SIGN, Cause.OVERFLOW, Cause.SUBNORMAL_INPUT
    }  # fmt: skip
    assert counts[Cause.SIGN] == 255
    assert counts[Cause.NAN] == 2 * (31 * 1024 - int(ordinal(1000.0, FLOAT16)) - 1)
    assert counts[Cause.INFINITE_INPUT] == 2
    (sign,) = [group for group in found.groups if group.cause is Cause.SIGN]
    assert 2 < sign.low < sign.worst.x <= sign.high < 2.5


def test_a_result_bears_the_bits_that_came() -> None:
    subject = Subject(elementwise("relu"), {})
    x = Encoded(np.array([0x7FC1, 0xFFA0, 0x3F80], np.uint16), BFLOAT16)
    got = Encoded(np.array([0xFF81, 0x0000, 0x7FDE], np.uint16), BFLOAT16)
    found = held(subject, x, got, BFLOAT16)
    assert found.nan[:2] == (2, 1)
    assert found.nan.row
    assert (found.nan.row.x_bits, found.nan.row.got_bits) == (0xFFA0, 0x0000)
    assert {(row.x_bits, row.got_bits, row.expected_bits) for row in found.worst} == {
        (0xFFA0, 0x0000, 0x7FC0),
        (0x3F80, 0x7FDE, 0x3F80),
    }


def test_means_are_of_what_can_be_compared() -> None:
    def spoiled(x: Array, y: Array) -> Array:
        return np.where(x > 1e4, np.inf, np.where(x < -12, 1.0, y))

    honest, found = judged("silu", FLOAT16), judged("silu", FLOAT16, spoiled)
    assert found.max_finite
    assert found.max_finite.size > 1e6
    assert found.mean_ulp < 0.5
    assert found.p99_ulp <= 0.51
    assert 0 < found.comparable < honest.comparable
    alone = held(
        Subject(elementwise("silu"), {}), Encoded.of([1.0], FLOAT16), Encoded.of([np.nan], FLOAT16), FLOAT16
    )
    assert (alone.comparable, alone.mean_ulp, alone.p99_ulp, alone.max_finite) == (0, 0.0, 0.0, None)


def test_quantiles_are_told_to_one_percent() -> None:
    rng = np.random.default_rng(3)
    errors = np.sort(rng.exponential(3.0, 10_001))
    x = np.linspace(1.0, 2.0, 10_001)[:-1]  # spacing 2⁻⁵², below 2
    steps = np.rint(errors[:-1])
    found = held(
        Subject(elementwise("identity"), {}),
        Encoded.of(x, FLOAT64),
        Encoded.of(x + steps * 2.0**-52, FLOAT64),
        FLOAT64,
    )
    assert found.median_ulp == pytest.approx(np.quantile(steps, 0.5), rel=0.01)
    assert found.p99_ulp == pytest.approx(np.quantile(steps, 0.99), rel=0.01)
    assert found.mean_ulp == pytest.approx(steps.mean(), rel=1e-12)
    assert found.bias == pytest.approx(steps.mean(), rel=1e-12)


def test_float64_errors_are_told_beyond_float64() -> None:
    one_up = judged("sigmoid", FLOAT64, lambda _, y: np.nextafter(y, np.inf), size=300)
    assert one_up.max_finite
    assert 2 < one_up.max_finite.size < 2.1  # 1 + 2⁻⁵² where less than 1 is due
    assert one_up.correct_share < 0.6  # our own kernel is not always the nearest double; one up mostly is not


def test_without_python_flint_a_verdict_says_what_it_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actcli.core.questions._modules", lambda: None)
    half, four = Limits(max_ulp=0.5), Limits(max_ulp=4)
    assert breach(judged("silu", FLOAT64, size=300, limits=Limits(max_ulp=2))) == ""  # its bound is enough
    with pytest.raises(MissingExtraError, match="needs python-flint"):
        breach(judged("silu", FLOAT64, limits=half, size=20_000))
    with pytest.raises(MissingExtraError, match="needs python-flint"):
        breach(judged("swish", FLOAT64, size=300, beta=2.0, limits=Limits(max_misrounded=0)))
    assert judged("swish", FLOAT64, size=300, beta=2.0).unsure > 200
    wrong = judged("silu", FLOAT64, lambda _, y: y * (1 - 2.0**-48), size=300, limits=four)
    assert "--max-ulp 4" in breach(wrong)
    assert "at least" not in breach(wrong)
    near = judged(
        "silu", FLOAT64, lambda x, y: np.where(x == 1, y * (1 - 2.0**-48), y), size=20_000, limits=half
    )
    assert "at least 1 of" in breach(near)


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d is not FLOAT64], ids=str)
@pytest.mark.parametrize("name", ["gelu", "hard_swish", "tanh_shrink", "leaky_relu"])
def test_half_a_unit_needs_nothing_below_float64(
    name: str, dtype: DType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actcli.core.questions._modules", lambda: None)
    half, size = Limits(max_ulp=0.5), 20_000 if dtype is FLOAT32 else None
    assert breach(judged(name, dtype, limits=half, size=size)) == ""

    def rounded_up(_: Array, y: Array) -> Array:
        return numbers_at(ordinal(y, dtype) + ((y >= 0.5) & (y < 4)), dtype)

    assert "--max-ulp 0.5" in breach(judged(name, dtype, rounded_up, limits=half, size=size))


def test_either_neighbour_of_a_tie_is_half_a_unit_off() -> None:
    subject, half = Subject(elementwise("leaky_relu"), {"negative_slope": 0.5}), Limits(max_ulp=0.5)
    least = float(FLOAT16.spacing(0.0))
    x = Encoded.of(-least * np.array([1.0, 3.0, 5.0, 7.0]), FLOAT16)
    for shift in (0.0, 1.0):  # towards 0, and away from it
        got = Encoded.of(-least * (np.array([0.0, 1.0, 2.0, 3.0]) + shift), FLOAT16)
        found = held(subject, x, got, FLOAT16, limits=half)
        assert breach(found) == ""
        assert found.misrounded == 2
        assert found.max_ulp.size == 0.5


def test_a_result_beside_a_tie_is_told_from_one_on_it() -> None:
    """tanh x is next to x where x is small: a tie if x is one of a wider format, but for what is beyond."""
    subject, half = Subject(elementwise("tanh"), {}), Limits(max_ulp=0.5)
    x = Encoded.of([2.0**-20 * (1 + 2.0**-8 + 2.0**-7)], FLOAT32)
    above, below = (Encoded.of([2.0**-20 * (1 + k * 2.0**-7)], BFLOAT16) for k in (2, 1))
    assert "--max-ulp 0.5" in breach(held(subject, x, above, BFLOAT16, limits=half))  # tanh x < x
    assert breach(held(subject, x, below, BFLOAT16, limits=half)) == ""


def test_without_python_flint_a_report_counts_the_ties_that_it_cannot_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = judged("gelu", FLOAT64, size=20_000)
    monkeypatch.setattr("actcli.core.questions._modules", lambda: None)
    found = judged("gelu", FLOAT64, size=20_000)
    assert told.untold == 0
    assert abs(told.misrounded - found.misrounded) <= found.untold
    assert found.untold > 10  # subnormal results half-way between two numbers, but for x²


@pytest.mark.parametrize(
    ("value", "rest", "got", "relative"),
    [
        (0.0, 0.25, 0.0, 1.0),
        (0.0, 0.25, 5e-324, 3.0),
        (5e-324, -0.5, 5e-324, 1.0),
        (5e-324, 0.25, 5e-324, 0.2),
        (1e-323, 0.0, 1e-323, 0.0),
        (-5e-324, -0.25, 1.0, np.inf),
        (0.0, 0.0, 5e-324, np.inf),
        (1.0, 0.25, 1.0, 2.0**-54 / (1 + 2.0**-54)),
        (np.inf, 0.0, np.inf, 0.0),
        (np.inf, 0.0, 1.0, np.inf),
    ],
)
def test_relative_errors_keep_what_subnormal_truths_have_beyond_their_doubles(
    value: float, rest: float, got: float, relative: float
) -> None:
    array = np.atleast_1d
    true = TrueValues(array(value), array(rest), array(value), array(0.25))
    assert true.errors(array(got), FLOAT64).relative.tolist() == pytest.approx([relative], rel=1e-15)
    if np.isfinite(value):
        due = 0.25 / abs(value / math.ulp(value) + rest) if value or rest else np.inf
        assert true.relative_doubt(FLOAT64).tolist() == pytest.approx([due], rel=1e-15)


def told(subject: Subject, x: Array, got: Array) -> tuple[TrueValues, Errors]:
    """Return the truth in float64, and how far results are off."""
    return settled(subject, x, got, true_values(subject, x, FLOAT64), FLOAT64)


def off_by(steps: int) -> Callable[[Array, Array], Array]:
    """Return what moves a result by some numbers of float64 away from 0."""
    return lambda _, y: numbers_at(ordinal(y) + steps * np.sign(ordinal(y)), FLOAT64)


@pytest.mark.parametrize(
    ("name", "x", "steps", "error"),
    [
        ("gelu", -38.223926938789795, 1, 0.69585835),  # a subnormal truth
        ("gelu", -38.223926938789795, -1, 1.30414165),
        ("gelu", -38.223926938789795, 0, 0.30414165),
        ("tanh", 19.5, 1, 2.20803431),  # below 1 the numbers are twice as close
        ("tanh", -19.5, 1, 2.20803431),
        ("tanh", 19.5, -1, 0.79196569),
        ("exponential", -744.5, 0, 0.0582),
        ("sigmoid", 710.0, -1, 1.0),
        ("sinh", 710.4758600739439, 0, None),  # next to the largest number
        ("relu2", 1.340780792994259e154, 0, None),
    ],
)
def test_errors_are_told_at_the_true_value(name: str, x: float, steps: int, error: float | None) -> None:
    subject, point = Subject(elementwise(name), {}), np.array([x])
    got = off_by(steps)(point, np.asarray(evaluate(subject.function, point), np.float64))
    (found,) = told(subject, point, got)[1].ulp
    head, rest, _ = asking(subject)(x, split)
    below = is_power_of_two(head) and rest * head < 0 and abs(head) > 2.0**-1022
    unit = Fraction(math.ulp(head)) / (2 if below else 1)
    exact = abs(Fraction(float(got[0])) - Fraction(head) - Fraction(rest) * Fraction(math.ulp(head))) / unit
    assert found == pytest.approx(float(exact), abs=1e-6)
    if error is not None:
        assert found == pytest.approx(error, abs=0.01)


def test_an_overflow_that_is_due_is_no_error_and_one_that_is_not_is_half_a_unit() -> None:
    subject = Subject(elementwise("identity"), {})
    x = np.array([FLOAT64.largest])
    assert told(subject, x, np.array([np.inf]))[1].ulp == [1.0]
    swish = Subject(elementwise("leaky_relu"), {"negative_slope": 1 + 2.0**-52})
    x = np.array([-FLOAT64.largest])  # the true value is a whole unit beyond it
    true, errors = told(swish, x, x)
    assert true.expected.tolist() == [-math.inf]
    assert errors.ulp == [np.inf]  # no float64 tells how far


def test_a_limit_that_hangs_on_the_last_digit_is_told() -> None:
    x = np.array([19.5])
    subject, got = Subject(elementwise("tanh"), {}), np.array([1 + 2.0**-52])
    for limit, broken in ((2.208, True), (2.209, False), (1.2, True)):
        limits = Limits(max_ulp=limit)
        found = held(subject, Encoded.of(x, FLOAT64), Encoded.of(got, FLOAT64), FLOAT64, limits=limits)
        assert bool(breach(found)) is broken


def test_a_result_beside_a_tie_is_known_for_correctly_rounded() -> None:
    """(√(x² + 1) − 1)/2 + x is 3x/2 − 1/2 and a little more: a tie to a hundred digits."""
    subject = Subject(elementwise("bent_identity"), {})
    x = np.array([4.63064513e261])
    x = np.ldexp(np.floor(np.ldexp(x, -850)), 850) + FLOAT64.spacing(x) * np.array([[1], [3], [5], [7]])
    x = x.reshape(-1)
    due = np.array([asking(subject)(float(point), rounded(FLOAT64)) for point in x])
    for got, misrounded in ((due, 0), (np.nextafter(due, np.inf), 4), (np.nextafter(due, 0), 4)):
        limits = Limits(max_misrounded=0)
        found = held(subject, Encoded.of(x, FLOAT64), Encoded.of(got, FLOAT64), FLOAT64, limits=limits)
        assert found.misrounded == misrounded
        assert bool(breach(found)) == (misrounded > 0)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16], ids=str)
def test_half_a_unit_in_narrow_formats_is_decided(dtype: DType) -> None:
    half = Limits(max_ulp=0.5)
    for name in ("tanh_shrink", "silu", "hard_swish"):
        assert breach(judged(name, dtype, size=4000, limits=half)) == ""
    size = 4000 if dtype is FLOAT32 else None

    def one_up(_: Array, y: Array) -> Array:
        return numbers_at(ordinal(y, dtype) + (y > 1), dtype)

    assert "--max-ulp 0.5" in breach(judged("silu", dtype, one_up, size=size, limits=half))


def test_other_limits_count_the_doubt_too() -> None:
    limits = Limits(max_rel=1.15e-16, max_abs=1e-16, preset="jax.test_util")
    assert breach(judged("tanh", FLOAT64, size=2000, limits=limits)) == ""
    assert "--max-abs" in breach(judged("tanh", FLOAT64, off_by(3), size=2000, limits=limits))


def test_presets_are_tolerances_of_absolute_and_relative_error() -> None:
    def spoiled(_: Array, y: Array) -> Array:
        return np.where(np.abs(y) < 1e30, BFLOAT16.round(y * (1 + 2.0**-7)), y)

    limits = Limits(preset="torch.testing.assert_close")
    assert breach(judged("gelu", BFLOAT16, spoiled, limits=limits)) == ""
    strict = Limits(preset="jax.test_util")
    wrong = judged("gelu", BFLOAT16, lambda _, y: BFLOAT16.round(y * (1 + 2.0**-4)), limits=strict)
    assert "--preset jax.test_util" in breach(wrong)
    with pytest.raises(UsageError, match="no preset"):
        tolerance("torch", FLOAT32)
    with pytest.raises(UsageError, match="no tolerance for float4"):
        tolerance("torch.testing.assert_close", DTYPES[-1])


def test_a_sample_holds_what_kernels_stumble_over() -> None:
    gelu = elementwise("gelu")
    x = sample(gelu, {}, FLOAT32, 5000, seed=1)
    assert np.array_equal(FLOAT32.round(x), x, equal_nan=True)
    assert np.isnan(x[-1])
    assert {math.inf, -math.inf, 1.401298464324817e-45} <= set(x.tolist())
    root = np.float32(-0.7517915246935645)
    assert {float(root), float(np.nextafter(root, np.float32(0)))} <= set(x.tolist())
    assert np.array_equal(x, sample(gelu, {}, FLOAT32, 5000, seed=1), equal_nan=True)
    assert not np.array_equal(x, sample(gelu, {}, FLOAT32, 5000, seed=2), equal_nan=True)
    zeros = x[x == 0]
    assert np.signbit(zeros).tolist() == [True, False]


def test_every_pattern_of_a_narrow_format_is_tried() -> None:
    inputs = every_pattern(BFLOAT16)
    assert np.array_equal(inputs.part(0, inputs.count).bits, np.arange(65536))
    assert inputs.part(65530, 70000).bits.tolist() == list(range(65530, 65536))
    assert inputs.total == 65536


@pytest.mark.parametrize(
    ("low", "high", "dtype", "numbers"),
    [
        (1.0, 2.0, FLOAT16, 1025),
        (1.0001, 1.9999, FLOAT16, 1023),
        (-1.0, -1.0, FLOAT32, 1),
        (0.0, 0.0, FLOAT64, 2),
        (-5e-324, 5e-324, FLOAT64, 4),
        (-math.inf, math.inf, FLOAT16, 63490),
        (1.0, 2.0, FLOAT32, 2**23 + 1),
    ],
)
def test_a_range_is_every_number_in_it(low: float, high: float, dtype: DType, numbers: int) -> None:
    inputs = between(low, high, dtype)
    assert inputs.count == inputs.total == numbers
    x = inputs.part(0, min(numbers, 100_000)).values
    assert x[0] >= low
    assert inputs.part(numbers - 1, numbers).values[0] <= high
    assert (np.diff(ordinal(x, dtype)) == 1).sum() == x.size - 1 - int(low <= 0 <= high and numbers > 1)
    if low <= 0 <= high:
        assert np.signbit(x[x == 0]).tolist() == [True, False]


def test_a_range_without_numbers_is_refused() -> None:
    for ends in ((2.0, 1.0), (1.0001, 1.0002), (math.nan, 1.0)):
        with pytest.raises(UsageError, match="no float16 lies between"):
            between(*ends, FLOAT16)


def test_the_mean_of_errors_whose_sum_overflows() -> None:
    found = judged("gelu", FLOAT64, lambda _, y: np.where(np.abs(y) < 1e300, y, -y), size=3000)
    huge = judged("gelu", FLOAT64, lambda _, y: np.full(y.shape, 1.7e308), size=3000)
    assert math.isfinite(found.mean_ulp)
    assert math.isfinite(huge.mean_ulp)


@pytest.mark.parametrize("limit", [-1.0, math.nan])
def test_a_limit_is_not_negative(limit: float) -> None:
    """Every error would be within NaN."""
    for name in ("max_ulp", "max_abs", "max_rel", "max_misrounded", "max_row_rel", "max_sum"):
        with pytest.raises(UsageError, match=f"{name} is a number of at least 0"):
            Limits(**{name: limit})  # type: ignore[arg-type]

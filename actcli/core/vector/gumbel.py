"""gumbel_softmax: samples of a categorical distribution that a gradient can pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import NON_NEGATIVE, Interval, Param, Source, VectorActivation
from actcli.core.vector.softmax import TEMPERATURE, by_largest, softmax_definition, softmax_faults
from actcli.core.vector.weights import (
    Scores,
    by_temperature,
    probabilities,
    pulled_back,
    scores,
    slopes,
    weigh,
)

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


def uniform(shape: tuple[int, ...], seed: float, first: int = 0) -> Array:
    """Return numbers strictly between 0 and 1, the same on every machine.

    Args:
        shape: the shape of the result, vectors along the last axis.
        seed: a whole number, the start of the sequence.
        first: how many vectors came before: a table read in pieces gets the numbers of the table in one.
    """
    bits = np.random.PCG64(int(seed))
    bits.advance(first * shape[-1])
    draws = bits.random_raw(int(np.prod(shape))) >> np.uint64(12)
    return np.asarray((draws + 0.5) * 2.0**-52, np.float64).reshape(shape)


def _noisy(m: Arithmetic, x: Array, seed: float, first: int) -> Scores:
    """Return the scores plus noise, less the largest score: beside a huge one the noise would be lost."""
    plain = scores(m, x)
    gumbel = -m.log(-m.log(m.wide(uniform(x.shape, seed, first))))
    return plain._replace(z=(plain.z - np.max(x, axis=-1, keepdims=True)) + gumbel)


def _gumbel(m: Arithmetic, x: Array, temperature: float, hard: float, seed: float, first: int = 0) -> Any:
    noisy = _noisy(m, x, seed, first)
    if hard:
        return m.where(weigh(m, noisy, temperature).largest, 1.0, 0.0)
    return probabilities(m, noisy, temperature)


def _gumbel_jacobian(
    m: Arithmetic,
    x: Array,
    temperature: float,
    hard: float,  # noqa: ARG001
    seed: float,
    first: int = 0,
) -> Any:
    return slopes(m, _noisy(m, x, seed, first), temperature)


def _gumbel_vjp(
    m: Arithmetic,
    x: Array,
    v: Array,
    temperature: float,
    hard: float,  # noqa: ARG001
    seed: float,
    first: int = 0,
) -> Any:
    return pulled_back(m, _noisy(m, x, seed, first), v, temperature)


def _gumbel_by_temperature(
    m: Arithmetic,
    x: Array,
    temperature: float,
    hard: float,  # noqa: ARG001
    seed: float,
    first: int = 0,
) -> Any:
    return by_temperature(m, _noisy(m, x, seed, first), temperature)


def _gumbel_definition(m: Any, x: Any, temperature: Any, hard: Any, seed: Any) -> list[Any]:
    noise = [-m.log(-m.log(u)) for u in uniform((len(x),), float(seed)).tolist()]
    noisy = [v + g for v, g in zip(x, noise, strict=True)]
    if hard:
        return [int(i == noisy.index(max(noisy))) for i in range(len(x))]
    return softmax_definition(m, noisy, temperature)


register(
    VectorActivation(
        name="gumbel_softmax",
        summary="softmax of the scores plus Gumbel noise: a soft sample of the class, repeatable by seed.",
        formula="softmax((x + g)/T), g_i = −ln(−ln u_i), u uniform in (0, 1)",
        derivative="(diag(y) − y·yᵀ)/T with y the soft sample, also for a hard one",
        latex=r"\mathrm{softmax}\left(\frac{x + g}{T}\right)",
        aliases=("concrete", "gumbel_max"),
        spellings=found_in("torch: nn.functional.gumbel_softmax [calls the temperature tau]"),
        params=(
            TEMPERATURE,
            Param(
                "hard",
                0,
                "1 gives the sample as a one-hot vector (the slope stays that of the soft one)",
                "h",
                Interval(0, 1, low_closed=True, high_closed=True),
                integer=True,
            ),
            Param("seed", 0, "where the random numbers start", r"\mathrm{seed}", NON_NEGATIVE, integer=True),
        ),
        value=_gumbel,
        jacobian=_gumbel_jacobian,
        vjp=_gumbel_vjp,
        wrt={"temperature": _gumbel_by_temperature},
        definition=_gumbel_definition,
        faults=softmax_faults,
        probabilities=True,
        conditioning=by_largest,
        random=True,
        good_for="Choosing a class inside a network that is trained by gradients.",
        pitfalls="Biased unless the temperature is small, and then the gradients vary wildly.",
        sources=(
            Source("Jang", 2016, "Categorical reparameterization with Gumbel-softmax", arxiv="1611.01144"),
            Source(
                "Maddison",
                2016,
                "The concrete distribution: a continuous relaxation of discrete random variables",
                arxiv="1611.00712",
            ),
        ),
        notes=(
            "The same seed gives the same sample, here and on every machine; frameworks draw other numbers.",
        ),
    )
)

"""The arithmetics that a formula runs in, and the accurate primitives that all functions stand on.

- `exact.Exact`: `pair.Pair`, a double-double of 70 bits.
- `deep.Deep`: `scaled.Scaled`, a scaled double-double: times 2^e for any e.
- `bounded.Bounded`, the default: numbers of one of these with a bound of their error, in double-doubles, and
  again with unlimited exponents where digits may have been lost to over- or underflow.
- `fast.Fast`, with `fast`, and to find in which results of a narrow format more is needed: doubles.

Whether the bound decides how a result is rounded is found by Ziv's test (`rounding`); where it does not, the
definition does (`rest`, `core.definition`).

Functions of double-doubles: `exponential`, `logarithm`, `trigonometric`, `gauss` (erf, Φ, the Mills ratio),
and `series` (x − tanh x about 0). Functions of doubles that NumPy lacks: `sampled`. Functions made of others,
over any arithmetic: `composed`. The tables: `tabulated`.

How a block of numbers goes through a formula is in `engine`. On its way there `core/evaluate.py` (arrays,
dtypes) asks `core/plan.py` (special points, narrow formats). For large arrays the calls are recorded once and
run again (`program`, `core/programs.py`), in as few buffers as their results need, for all arguments of which
the processor sees no over- or underflow.
"""

"""The arithmetics that a formula runs in, and the accurate primitives that all functions stand on.

- `exact.Exact`, the default: `pair.Pair`, two doubles, 70 bits.
- `deep.Deep`, again where a result is tiny, huge or NaN, and for all where a parameter is: `scaled.Scaled`, a
  pair times 2^e for any e.
- `fast.Fast`, with `fast`, and to find in which results of a narrow format pairs are needed: `quick.Quick`,
  doubles, and `polynomial.Polynomial`, the argument of an exponential.

Where a result is too close to a tie of a narrow format, its definition decides (`rest`, `core.definition`).

Functions of pairs: `exponential`, `logarithm`, `trigonometric`, `gauss` (erf, Φ, the Mills ratio), `root`,
and `series` (next to a root of f, f′ or f″). Functions of doubles that NumPy lacks: `sampled`. Functions made
of others, over any arithmetic: `composed`. What pairs are made of: `heads`. The tables: `tabulated`.

How a block of numbers goes through a formula is in `engine`. On its way there `core/evaluate.py` (arrays,
dtypes) asks `core/plan.py` (special points, narrow formats); where `core/calm.py` has found that nothing can
go wrong, the calls are recorded once and run again (`program`), in as few buffers as their results need.
"""

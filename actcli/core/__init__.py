"""Activation functions on NumPy arrays: records, formulas, and the arithmetic they stand on."""

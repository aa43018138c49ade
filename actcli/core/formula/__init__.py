"""Formulas: text read into expressions, which are differentiated, rewritten, written and evaluated."""

"""Streams of named columns: in from text, NPY, Parquet and Arrow, and out again."""

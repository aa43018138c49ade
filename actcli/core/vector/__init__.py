"""The functions of a vector, along an axis: a module per family, a block per function."""

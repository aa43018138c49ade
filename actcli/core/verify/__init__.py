"""What a kernel's results are held against: inputs to try, true values, errors, limits, the report."""

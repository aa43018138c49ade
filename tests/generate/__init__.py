"""Scripts that make what is generated: tables of numbers, the README's catalogue. Each can be run again."""

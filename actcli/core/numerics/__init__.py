"""The arithmetics that a formula runs in, and the accurate primitives that all functions stand on."""

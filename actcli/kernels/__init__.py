"""The kernels of users: imported, loaded or started, and called on arrays of numbers.

This is the only place in the program that runs code from outside.
"""

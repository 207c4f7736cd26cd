"""Runs whose tables nobody keeps: they stay in the memory of the process that computes them."""

"""Designs over inputs: comparison, sweeps, sensitivity, precision."""

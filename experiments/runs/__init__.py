"""Runs: plan, replications, run folder, executors, catalogue, result."""

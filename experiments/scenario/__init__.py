"""Scenarios: the model of a scenario file, its layers, faults and the county as the scenario edits it."""

from __future__ import annotations

from experiments.scenario.model import Scenario, scenarios

__all__ = ["Scenario", "scenarios"]

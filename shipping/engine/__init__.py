"""The simulation of the river: vessels, through voyages and passages on a clock of events."""

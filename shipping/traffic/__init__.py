"""Traffic on the river: through voyages and the LNG fleet."""

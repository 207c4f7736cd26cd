"""The simulation of the stations: drivers choose, queue and charge on a clock of events."""

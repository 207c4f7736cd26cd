"""Stations that stand alone, first come, first served: solved one by one without an event list."""

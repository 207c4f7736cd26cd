"""Stations worked out without an event list, by compiled functions."""

"""Positions of vessels (AIS) and logbooks: read, cleaned, cut into voyages, with the transits of locks by day."""

"""Operators' fleets on the page: duties of the day, depots, routes."""

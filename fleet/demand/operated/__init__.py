"""Vehicles of operators among those of a class: where their depots stand, and the duties that they drive."""

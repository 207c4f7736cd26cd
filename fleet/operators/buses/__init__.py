"""Buses: timetable, energy of a trip, vehicle blocks under the battery's range, depot charging, the day simulated."""

"""Vehicles without a timetable: their days, the tours of lorries, and what a battery lasts for."""

"""Operators' fleets: bus timetables into vehicle blocks, rural deliveries into routes, duties into vehicles."""

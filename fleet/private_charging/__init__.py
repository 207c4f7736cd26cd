"""Charging at home, depot and work: when vehicles stand at a charger of their own, and what they draw there."""

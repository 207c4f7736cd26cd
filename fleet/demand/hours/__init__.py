"""Hours of the day: when people leave, arrive and charge."""

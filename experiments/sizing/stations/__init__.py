"""`size charging` and `size path`: how many piles where, and when."""

"""What a county is: what it says of itself, how one is begun, and the dictionary of its tables."""

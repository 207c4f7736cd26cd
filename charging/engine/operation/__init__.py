"""How stations are operated: guns that are booked, chargers with guns of several kinds."""

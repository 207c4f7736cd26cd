"""Tables of operators of fleets."""

"""What the models take: frozen parameters with units, read from a county at the door (``from_county``)."""

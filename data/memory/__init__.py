"""What was computed of a county, kept for counties that agree in all that it rests on."""

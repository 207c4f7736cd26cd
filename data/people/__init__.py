"""People of a county: the villages in which they live."""

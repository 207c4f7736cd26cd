"""Roads: the graph of the county, its import from OpenStreetMap, travel times."""

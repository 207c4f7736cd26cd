"""Road network of the county, assignment of traffic, road projects, signals."""

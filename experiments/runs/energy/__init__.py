"""Energy of a replication: the load of the towns, what their grids carry, where the vehicles' energy comes from."""

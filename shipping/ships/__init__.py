"""Ships: hulls, engines, propulsion, sailing, energy, carriers."""

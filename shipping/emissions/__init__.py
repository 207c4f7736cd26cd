"""Carbon of ships: accounts of the fleet, emissions of single voyages."""

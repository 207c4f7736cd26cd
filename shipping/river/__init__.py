"""The waterway: reaches, locks and their chambers, closures."""

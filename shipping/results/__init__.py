"""What a run of the river says: station summaries, checks of mass balance."""

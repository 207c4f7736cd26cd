"""Real files in and out: station lists, session logs, layouts; from files to tables that a run takes."""

"""County tables: reading, casting, validation and what is said of their faults."""

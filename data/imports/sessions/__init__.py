"""Session logs of operators: read, cleaned with a reason for every row that is left out, and turned into requests."""

"""Small changes of the rules (mutants): how they are drawn, which tests reach them, and how they are tried."""

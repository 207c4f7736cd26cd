"""The questions: scenarios, replications, comparison, report and command line."""

"""The scorecard: answers to the measures of the plan, computed from the tables of a run."""

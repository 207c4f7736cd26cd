"""What the report shows of the years ahead: paths to the targets, with and without the measures, and what they save."""

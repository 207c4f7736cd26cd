"""The scorecard: every target of the county's plan with value, interval, verdict, facts and assumptions."""

from experiments.scorecard.card import headline, interval, metric_rows

__all__ = ["headline", "interval", "metric_rows"]

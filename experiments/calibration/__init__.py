"""Demand and behaviour fitted to logs of sessions, with intervals and with goodness on weeks that were held out."""

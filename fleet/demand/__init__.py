"""Demand: vehicle days, charging requests, through traffic."""

"""Visits of drivers to stations: what the engines write down of those that end without a gun."""

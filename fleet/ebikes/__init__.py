"""Shared e-bikes: trips, swap crews and rebalancing vans, their sizing."""

"""Vessels under way and at the locks, counted at each quarter of an hour."""

import dataclasses

import polars as pl

from shipping.results.river_counts import RIVER_COUNTS, river_counts


@dataclasses.dataclass
class Sailed:
    voyages: pl.DataFrame
    locks: pl.DataFrame


def test_vessels_are_counted_from_departure_to_arrival_and_before_and_in_the_lock():
    voyages = pl.DataFrame({"depart_min": [0.0, 20.0, 1430.0], "arrive_min": [40.0, None, None]})
    locks = pl.DataFrame({"arrive_min": [10.0, 29.0], "start_min": [16.0, None], "leave_min": [31.0, None]})
    found = river_counts(Sailed(voyages, locks), days=1.0)
    assert found.schema == RIVER_COUNTS
    assert found.height == 96
    assert found.head(4).rows() == [(0.0, 1, 0, 0), (15.0, 1, 1, 0), (30.0, 2, 1, 1), (45.0, 1, 1, 0)]
    assert found.row(95) == (1425.0, 1, 1, 0)

"""Swap stations beside fast chargers: one rule for whom a station takes."""

from dataclasses import replace

import polars as pl

from experiments.runs.plan import prepare
from experiments.runs.replicate import demand, swapping


def test_a_station_that_names_no_class_swaps_for_all_who_charge_fast(small_scenario):
    case = prepare(small_scenario).case
    requests = demand(case, seed=1)
    taxis = swapping(case, requests)
    stations = case.county.swap_stations.with_columns(vehicle_classes=pl.lit(None, dtype=pl.String))
    everybody = swapping(replace(case, county=case.county.with_table("swap_stations", stations)), requests)
    asked = requests.filter(pl.col("current") != "ac")
    of_taxis = asked.filter(pl.col("vehicle_class").str.starts_with("taxi/"))
    assert taxis["requests"].unique().to_list() == [of_taxis.height]
    assert everybody["requests"].unique().to_list() == [asked.height]
    assert asked.height > of_taxis.height > 0

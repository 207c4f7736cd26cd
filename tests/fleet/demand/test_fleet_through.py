"""Through traffic on a road without service areas charges in the towns on it."""

import datetime as dt

import polars as pl

from data import load_county
from fleet.demand.calendar import days_of
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.through_traffic import through_flows, through_requests, towns_on


def test_cars_on_the_highway_stop_in_its_towns():
    county = load_county("deqing")
    towns = towns_on(county, "G321")
    assert towns == ["decheng", "xinxu", "huilong", "yuecheng", "jiushi"]
    calendar = days_of(county, dt.date(2030, 3, 4), 60)
    table = through_requests(
        through_flows(county, year=2030),
        DemandTables.from_county(county),
        DemandParameters.from_county(county),
        calendar=calendar,
        year=2030,
        seed=2,
    )
    on_g321 = table.filter(pl.col("origin").is_in(towns))
    mean = 2 * 4250 * (1.0 - 0.3) * 0.3 * 0.01  # the share of BEVs is one of cars: 30 % are heavy
    assert abs(on_g321.height / 60 - mean) < 0.25 * mean
    assert table.filter(~pl.col("origin").is_in(towns))["origin"].str.starts_with("s8").all()

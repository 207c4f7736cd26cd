"""Ways of heavy trucks to the stations that they can enter."""

from datetime import date

import polars as pl
import pytest

import charging
import fleet
from data.errors import DataError
from data.roads.travel_times import travel_matrix
from data.roads.truck_ways import truck_origin, truck_stations, with_truck_ways
from experiments.runs.case import Case

TRAVEL = pl.DataFrame(
    [("x", "a", 1.0, 1.0), ("x", "b", 9.0, 8.0), ("y", "a", 4.0, 3.0), ("a", "b", 8.0, 7.0)],
    schema=["origin", "station_id", "minutes", "km"],
    orient="row",
)


def places(**access):
    return pl.DataFrame({"station_id": list(access), "truck_access": list(access.values())}).cast(
        {"truck_access": bool}
    )


def ways(table):
    return table.filter(pl.col("origin").str.ends_with("@trucks")).rows()


def test_trucks_drive_as_others_do_to_stations_that_they_can_enter():
    made = with_truck_ways(TRAVEL, ["x", "y"], places(a=False, b=True))
    assert ways(made) == [("x@trucks", "b", 9.0, 8.0), ("y@trucks", "y@trucks", 0.0, 0.0)]
    assert made.filter(~pl.col("origin").str.ends_with("@trucks")).equals(TRAVEL.sort("origin", "station_id"))
    assert with_truck_ways(made, ["x", "y"], places(a=False, b=True)).equals(made)


@pytest.mark.parametrize("stations", [places(a=None, b=None), pl.DataFrame({"station_id": ["a", "b"]})])
def test_where_nothing_is_said_trucks_enter_every_station(stations):
    assert truck_stations(stations) == ["a", "b"]
    assert [way[:2] for way in ways(with_truck_ways(TRAVEL, ["x"], stations))] == [("x@trucks", "a"), ("x@trucks", "b")]


def test_a_station_about_which_nothing_is_said_beside_others_takes_none():
    assert truck_stations(places(a=None, b=True)) == ["b"]


def test_a_station_says_the_same_of_trucks_in_all_its_rows(three_towns):
    layout = three_towns.layout("today").with_columns(
        truck_access=pl.Series([row != 0 for row in range(three_towns.layout("today").height)])
    )
    with pytest.raises(DataError, match=r"truck_access.*same value in all rows of a station"):
        charging.simulate(layout, pl.DataFrame({"request_id": [0], "arrive_min": [0.0], "current": ["dc"]}))


def test_trucks_of_the_three_towns_charge_where_they_can_enter(three_towns, small_scenario):
    """Of sixty tractors, and with ways that a scenario gives as well."""
    stock = fleet.stock(three_towns)
    many = stock.with_columns(vehicles=pl.when(pl.col("vehicle_class") == "tractor").then(60.0).otherwise("vehicles"))
    days = fleet.vehicle_days(three_towns, many, year=2025, start=date(2025, 6, 2), days=5, seed=1)
    trucks = days.requests.filter(pl.col("vehicle_class").str.starts_with("tractor/"))
    assert set(trucks["origin"]) <= {truck_origin(town) for town in three_towns.towns["town"]}
    layout = three_towns.layout("today")
    travel = travel_matrix(three_towns, layout, year=2025)
    found = charging.simulate(layout, trucks, travel, vehicles=days.vehicles).sessions
    assert set(found["station_id"].drop_nulls()) == {"anping-a"}
    assert found["outcome"].is_in(["served"]).any()
    given = travel.filter(~pl.col("origin").str.ends_with("@trucks"))
    case = Case(small_scenario, three_towns, layout, given={"travel": given})
    assert ways(case.travel) == ways(travel)

"""Bus service of a county: drawn lines drive the km of the stock; tables go first; faults of timetables."""

import polars as pl
import pytest

from data.errors import DataError
from fleet.operators.buses.block_check import check_blocks
from fleet.operators.buses.bus_plan import BusService, plan_buses
from fleet.operators.buses.timetable import timetable_of


@pytest.fixture(scope="module")
def operator(three_towns):
    return three_towns.operators.filter(kind="bus").row(0, named=True)


@pytest.fixture(scope="module")
def service(three_towns, operator):
    return BusService.from_county(three_towns, operator, year=2025)


def test_drawn_lines_drive_the_km_of_the_stock(three_towns, operator, service):
    per_bus = three_towns.vehicle_classes.filter(vehicle_class="bus")["km_per_year"][0] / 365.0
    loaded = 1.0 - three_towns.figure("operators.bus_deadhead_share")
    # departures are whole numbers: within one trip of each line
    assert service.timetable.trips["km"].sum() == pytest.approx(operator["vehicles"] * per_bus * loaded, rel=0.1)
    assert service.timetable.drawn
    assert service.today == 4.0


def test_lines_are_the_same_in_every_run(three_towns, operator, service):
    again = BusService.from_county(three_towns, operator, year=2025)
    assert again.timetable.trips.equals(service.timetable.trips)


@pytest.mark.parametrize("day", ["mean", "cold", "hot"])
def test_plans_pass_the_check_and_use_the_energy_of_their_trips(service, day):
    plan = plan_buses(service, day=day, tries=2)
    assert check_blocks(plan.table, service.timetable.trips, plan.battery, layover_min=service.layover_min) == []
    assert plan.buses >= max(plan.bound, plan.diesel_buses)
    # what is used on a day is charged in it
    used = plan.table["used_kwh"].sum()
    assert plan.kwh * service.efficiency == pytest.approx(used, rel=1e-9)
    # kWh per km of the class, more with the cabin of a cold day
    per_km = used / plan.table["km"].sum()
    assert 0.42 < per_km < (0.6 if day == "mean" else 0.95)


def test_tables_of_a_county_go_before_drawn_lines(three_towns, operator):
    base = {"source": pl.lit("X2"), "confidence": pl.lit("assumption")}
    lines = pl.DataFrame({"line": ["own"], "operator": ["seat-bus"], "passengers": [10.0]}).with_columns(**base)
    ends = {"line": ["own"] * 2, "sequence": [0, 1], "stop": ["a", "b"], "km": [0.0, 9.0], "minutes": [0.0, 20.0]}
    places = {"stop": ["a", "b"], "town": ["anping", "liuhe"], "lon": [105.3, 105.42], "lat": [30.8, 30.86]}
    stops = pl.DataFrame(places | {"altitude_m": [10.0, 60.0], "charger_kw": [None, 90.0], "chargers": [None, 1]})
    times = {"line": ["own"], "direction": ["out"], "days": ["daily"], "first_min": [400.0], "last_min": [520.0]}
    tables = {
        "bus_lines": lines,
        "bus_line_stops": pl.DataFrame(ends),
        "bus_stops": stops,
        "bus_timetable": pl.DataFrame(times | {"headway_min": [60.0]}),
    }
    county = three_towns
    for name, table in tables.items():
        county = county.with_table(name, table)
    own = BusService.from_county(county, operator, year=2025)
    assert own.timetable.trips["trip"].to_list() == ["own/out/06:40", "own/out/07:40", "own/out/08:40"]
    assert not own.timetable.drawn
    plan = plan_buses(own, tries=2)
    assert plan.buses == plan.diesel_buses


def test_a_timetable_that_is_wrong_is_said(service):
    stops = service.timetable.stops
    lines = pl.DataFrame({"line": ["x"], "passengers": [None]}, schema={"line": pl.String, "passengers": pl.Float64})
    way = pl.DataFrame({"line": ["x", "x"], "sequence": [0, 1], "stop": ["anping", "liuhee"], "km": [0.0, 9.0]})
    way = way.with_columns(minutes=pl.lit(10.0))
    times = {"line": ["x"], "direction": ["out"], "days": ["weekend"], "first_min": [400.0], "last_min": [400.0]}
    departures = pl.DataFrame(times | {"headway_min": [60.0]})
    with pytest.raises(DataError, match=r"line 'x' names the stop 'liuhee', which bus_stops does not have.*liuhe"):
        timetable_of(lines, way, stops, departures, day="weekend")
    with pytest.raises(DataError, match="line 'x' has 1 stops, expected 2 or more"):
        timetable_of(lines, way.head(1), stops, departures, day="weekend")
    good = way.with_columns(stop=pl.Series(["anping", "liuhe"]))
    with pytest.raises(DataError, match="got no departure on a workday"):
        timetable_of(lines, good, stops, departures)
    with pytest.raises(DataError, match=r"day 'sunday'.*workday, weekend"):
        timetable_of(lines, good, stops, departures, day="sunday")

"""Closures by fog and flood, and waterways from places: by hand, shares, faults."""

import datetime as dt

import polars as pl
import pytest

import shipping
from data import DataError, load_county
from shipping.ports.station_spec import StationSpec
from shipping.river.reaches import Reaches
from shipping.river.waterway import geodesic_km, geodesic_waterway
from shipping.ships.brake_power import brake_kw
from shipping.ships.hulls import Hull


def spec(**changes):
    names = StationSpec.__dataclass_fields__
    values = dict.fromkeys(names, 0.0) | {"station": "s", "open_h": 6.0, "close_h": 22.0, "closed": ()}
    return StationSpec(**{**values, **changes})


def test_the_next_opening_waits_for_window_and_weather():
    plain = spec()
    assert plain.next_opening(7 * 60.0) == 7 * 60.0
    assert plain.next_opening(23 * 60.0) == 30 * 60.0
    shut = spec(closed=((420.0, 600.0), (21 * 60.0, 25 * 60.0)))
    assert shut.next_opening(430.0) == 600.0
    assert shut.next_opening(600.0) == 600.0
    assert shut.next_opening(21.5 * 60.0) == 30 * 60.0


def test_closures_last_their_share_of_the_time():
    county = load_county("deqing")
    table = shipping.draw_closures(county, ["a", "b"], start=dt.date(2025, 1, 1), days=365, seed=1)
    one = table.filter(station="a")
    months = county.river_months.select(pl.col("closure_share").mean()).item()
    lasted = (one["end_min"] - one["start_min"]).sum() / (365 * 1440.0)
    assert lasted == pytest.approx(months, rel=0.35)
    assert one.drop("station").equals(table.filter(station="b").drop("station"))
    assert table.equals(shipping.draw_closures(county, ["a", "b"], start=dt.date(2025, 1, 1), days=365, seed=1))


def test_a_closed_station_serves_later():
    county = load_county("deqing")
    day = dt.date(2025, 11, 3)
    given = {
        "waterway": shipping.waterway(county, month=11),
        "voyages": shipping.voyages(county, year=2025, start=day, days=4, seed=3),
        "stations": shipping.stations(county, date=day),
        "vessels": shipping.vessels(county, year=2025, seed=3),
    }

    def calls(closures):
        result = shipping.simulate(
            given["waterway"],
            given["voyages"],
            given["stations"],
            vessels=given["vessels"],
            seed=3,
            days=4.0,
            closures=closures,
        )
        return result.calls.filter(pl.col("station") == "yuecheng")

    shut = pl.DataFrame({"station": ["yuecheng"], "start_min": [0.0], "end_min": [3 * 1440.0]})
    free, closed = calls(None), calls(shut)
    assert free.filter(pl.col("start_min") < 3 * 1440.0).height > 0
    assert closed.filter(pl.col("start_min") < 3 * 1440.0).height == 0
    with pytest.raises(DataError, match=r"no station 'yuechen'\. Did you mean 'yuecheng'"):
        calls(shut.with_columns(station=pl.lit("yuechen")))
    with pytest.raises(DataError, match="expected an end after the start"):
        calls(shut.with_columns(end_min=pl.lit(0.0)))


@pytest.mark.parametrize(("lon", "lat"), [(111.51, 23.1), (111.5, 23.11), (111.51, 23.11), (111.49, 23.09)])
def test_lengths_are_geodesics_whatever_the_heading(lon, lat):
    from pyproj import Geod

    exact = Geod(ellps="WGS84").line_length([111.5, lon], [23.1, lat]) / 1000.0
    assert geodesic_km(111.5, 23.1, lon, lat) == pytest.approx(exact, rel=1e-9)
    if lat == 23.1:
        assert exact == pytest.approx(1.02447, rel=1e-4)


def test_a_waterway_from_places_is_sailed_both_ways():
    nodes = pl.DataFrame({"node": ["a", "b", "c"], "lon": [111.5, 111.51, 111.52], "lat": [23.1, 23.1, 23.1]})
    reaches = Reaches.from_graph(geodesic_waterway(nodes, current_km_h=3.6))
    down, up = (float(reaches.hours(*ends, 14.4)) for ends in ((0.0, 2.0489), (2.0489, 0.0)))
    assert up / down == pytest.approx((14.4 + 3.6) / (14.4 - 3.6), rel=1e-4)
    with pytest.raises(DataError, match="expected two or more"):
        geodesic_waterway(nodes.head(1))
    with pytest.raises(DataError, match="length 0 km"):
        geodesic_waterway(nodes.with_columns(lon=pl.lit(111.5)))


def test_stations_too_small_and_vessels_too_large_are_named():
    county = load_county("deqing")
    day = dt.date(2025, 11, 3)
    stations, vessels = shipping.stations(county, date=day), shipping.vessels(county, year=2025, seed=1)
    given = (shipping.waterway(county, month=11), shipping.voyages(county, year=2025, start=day, days=1, seed=1))
    with pytest.raises(DataError, match=r"column 'tank_m3': got 5 m3.* expected at least one bunkering"):
        shipping.simulate(*given, stations.with_columns(tank_m3=5.0), vessels=vessels)
    with pytest.raises(DataError, match=r"column 'dwt_t': got 90000 t; expected at most 3000 t: no berth takes it"):
        shipping.simulate(
            *given, stations.with_columns(berth_dwt=3000.0), vessels=vessels.with_columns(dwt_t=pl.lit(90_000.0))
        )


@pytest.mark.parametrize("name", ["bulk_1000", "bulk_1500", "bulk_2000", "bulk_3000"])
def test_a_loaded_leg_emits_what_inland_vessels_do(name):
    county = load_county("deqing")
    row = county.vessel_classes.filter(vessel_class=name).row(0, named=True)
    hull = Hull(row["length_m"], row["beam_m"], row["draught_m"])
    speed = row["water_speed_km_h"]
    energy = (float(brake_kw(hull, speed, depth_m=6.0)) + row["hotel_kw"]) / speed
    fuel_kg = energy * county.figure("river.sfc_diesel_kg_kwh")
    grams = 1000.0 * 3.206 * fuel_kg / (row["dwt_t"] * 0.9)
    assert 5.0 < grams < 20.0

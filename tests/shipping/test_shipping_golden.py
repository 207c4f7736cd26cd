"""A few days on the river county stay as they are, until `make golden` writes them anew and the diff is read."""

import datetime as dt

import shipping


def test_calls_tanks_and_vessels_of_three_days(county, golden):
    start, days = dt.date(2025, 11, 3), 3
    stations = shipping.stations(county, date=start)
    vessels = shipping.vessels(county, year=2025, seed=1).head(25)
    voyages = shipping.voyages(county, year=2025, start=start, days=days, seed=1)
    mine = voyages.filter(voyages["vessel_id"].is_in(vessels["vessel_id"].to_list()))
    waterway = shipping.waterway(county, start=start, days=days)
    found = shipping.simulate(waterway, mine, stations, vessels=vessels, seed=1, days=days)
    golden("shipping_calls", found.calls)
    golden("shipping_tanks", found.tanks)
    golden("shipping_vessels", found.vessels)
    golden("shipping_stations", shipping.station_summary(found, stations))


def test_carbon_of_ships(county, golden):
    golden("shipping_carbon", shipping.carbon(county, years=[2020, 2030]))

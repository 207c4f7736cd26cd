"""A small charging scenario whose tables stay as they are, until `make golden` writes them anew."""

import numpy as np
import polars as pl

import charging
from charging.queueing import erlang_c
from charging.siting import cover, fair_median, max_cover, p_center, p_median
from charging.sizing import guns_for

LAYOUT = (
    {"station_id": "mall", "pile_kw": 120.0, "piles": 2, "guns_per_pile": 2, "sharing": "dynamic"},
    {"station_id": "mall", "pile_kw": 60.0, "piles": 1, "guns_per_pile": 1, "sharing": "exclusive"},
    {"station_id": "yard", "current": "ac", "pile_kw": 7.0, "piles": 2, "guns_per_pile": 2, "sharing": "equal"},
)
LIMITS = {"mall": 200.0, "yard": 12.0}
PATIENCE_MIN = (None, 20.0, None, 45.0)


def request(number):
    """Return a request: 24 of them come closer and closer, every third for AC."""
    ac = number % 3 == 2
    return {
        "arrive_min": 7.0 * number - 0.1 * number**2,
        "current": "ac" if ac else "dc",
        "energy_kwh": 9.0 + number % 4 if ac else 25.0 + 3.0 * (number % 5),
        "accept_kw": 6.6 if ac else 60.0 + 30.0 * (number % 3),
        "battery_kwh": None if number % 2 else 60.0,
        "soc_start": None if number % 2 else 0.2,
        "patience_min": PATIENCE_MIN[number % 4],
        "max_queue": 3 if number % 5 == 4 else None,
        "overstay_min": 5.0 if number % 6 == 0 else None,
    }


def test_sessions_load_and_stations_of_a_busy_afternoon(make_layout, make_requests, golden):
    layout = make_layout(*({"transformer_kw": LIMITS[group["station_id"]]} | group for group in LAYOUT))
    behaviour = {"efficiency_dc": 0.94, "efficiency_ac": 0.9}
    found = charging.simulate(layout, make_requests(*map(request, range(24))), behaviour=behaviour, seed=3)
    golden("charging_sessions", found.sessions)
    golden("charging_visits", found.visits)
    golden("charging_load", found.load)
    golden("charging_stations", found.stations)


def test_sites_of_a_small_town(golden):
    places, sites = np.arange(12.0)[:, None], np.array([0.5, 3.2, 5.9, 8.1, 11.4])[None, :]
    minutes, weights = 2.0 * np.abs(places - sites) + 1.0, 1.0 + np.arange(12.0) % 5
    found = {
        "p_median": p_median(minutes, weights, 2),
        "p_center": p_center(minutes, 2),
        "fair_median": fair_median(minutes, weights, 2, worst_share=0.25),
        "max_cover": max_cover(minutes, weights, 2, 4.0),
        "cover": cover(minutes, 8.0),
    }
    rows = [(name, " ".join(map(str, one.sites)), one.objective, one.bound) for name, one in found.items()]
    golden("charging_siting", pl.DataFrame(rows, ("problem", "sites", "objective", "bound"), orient="row"))


def test_guns_and_waits_by_theory(golden):
    loads = (0.5, 2.0, 6.5, 20.0)
    rows = [(load, share, guns_for(load, share)) for load in loads for share in (0.2, 0.01)]
    found = pl.DataFrame(rows, ("load_erlang", "wait_share", "guns"), orient="row")
    waits = [erlang_c(guns, load) for load, _, guns in rows]
    golden("charging_theory", found.with_columns(erlang_c=pl.Series(waits)))

"""What tests of several packages share: the county of three towns, and a run made by hand.

The county is another place than Deqing, without a river or through traffic, and quick to simulate. The run is small and
has every table that the report shows.
"""

import dataclasses
import datetime as dt
import functools
import os
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest
from hypothesis import HealthCheck, settings
from polars.testing import assert_frame_equal

from data import load_county
from experiments.runs.tables import RUN_TABLES
from experiments.scenario.model import Charging, Scenario

THREE_TOWNS = Path(__file__).parent / "counties" / "three-towns"

# What takes longer on a busy machine is no fault, and nobody reads a suite that fails now and then: examples are the
# same in all runs. `pytest --hypothesis-profile=searching` looks for others.
settings.register_profile("searching", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("searching"), derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def three_towns():
    """Return the county of three towns."""
    return load_county(THREE_TOWNS)


@pytest.fixture(scope="session")
def small_scenario():
    """Return a scenario of the three towns: one day, one replication (less than 1 s)."""
    return Scenario(
        name="three-towns",
        county=str(THREE_TOWNS),
        year=2025,
        start=dt.date(2025, 6, 2),
        days=1,
        replications=1,
        charging=Charging(layout="today"),
    )


@pytest.fixture(scope="session")
def small_toml(tmp_path_factory, small_scenario):
    """Return a file of that scenario, for the command line."""
    file = tmp_path_factory.mktemp("scenarios") / "three-towns.toml"
    file.write_text(
        f'name = "{small_scenario.name}"\ncounty = "{THREE_TOWNS.as_posix()}"\nyear = 2025\nstart = 2025-06-02\n'
        'days = 1\nreplications = 1\ncharging.layout = "today"\n',
        encoding="utf-8",
    )
    return str(file)


STATIONS = ("decheng-1", "bozhi-sa-east")
PLACES = {"decheng-1": ("decheng", None), "bozhi-sa-east": ("bozhi", "bozhi-sa-east")}
EBIKES = (
    "bikes crews vans trips lost_share availability_share low_share swaps moved_bikes crew_use_share "
    "van_use_share depot_short_min km bike_kwh swapped_kwh stored_change_kwh bikes_at_end meter_kwh van_km "
    "bikes_kgco2 vans_kgco2 replaced_kgco2 saved_kgco2"
)
REACH = "within_near_share within_mid_share within_far_share mean_min"
OWNERSHIP = (
    "km_per_year price_cny tax_cny upfront_cny fixed_cny_per_year energy_cny_per_km running_cny_per_km npv_cny "
    "cny_per_km breakeven_km_per_year breakeven_months cheaper_until_months"
)


@dataclasses.dataclass
class MadeRun:
    """What a report reads of a run."""

    scenario: object
    tables: dict
    manifest: dict
    county: object


def figures(names):
    return {name: 1.5 + number for number, name in enumerate(names.split() if isinstance(names, str) else names)}


def charging_tables():
    layout = [
        {"station_id": station, "town": town, "site": site, "lon": 111.8, "lat": 23.2, "guns_per_pile": 2, "piles": 4}
        for station, (town, site) in PLACES.items()
    ]
    use = ["arrivals", "served", "energy_kwh", "wait_mean_min", "wait_p95_min", "peak_kw"]
    stations = [
        {
            "replication": number,
            "station_id": station,
            "town": town,
            "site": site,
            "piles": 4,
            "guns": 8,
            "usable_guns": 8,
        }
        | figures(use)
        | {"gun_utilisation_share": 0.25, "balked": 0, "reneged": 1, "cost_cny": 3.0, "power_kw": 240.0}
        for number in range(2)
        for station, (town, site) in PLACES.items()
    ]
    sessions = [
        {"replication": number, "request_id": request, "outcome": outcome, "wait_min": wait, "energy_kwh": 20.0}
        | {"meter_kwh": 22.0, "kgco2": 9.0, "request_min": 480.0, "station_id": "decheng-1"}
        | {"plug_min": 480.0 + wait if outcome == "served" else None}
        | {"leave_min": 560.0 if outcome == "served" else None}
        for number in range(2)
        for request, (outcome, wait) in enumerate([("served", 0.0), ("served", 20.0), ("reneged", 30.0)])
    ]
    load = [
        {"replication": 0, "station_id": station, "start_min": 15.0 * step, "meter_kwh": 5.0, "mean_kw": 20.0}
        for station in STATIONS
        for step in range(96)
    ]
    preview = [
        {"replication": 0, "station_id": "decheng-1", "guns": 8, "stable": True}
        | figures(["offered_erlang", "busy_hour_erlang", "utilisation_share", "simulated_utilisation_share"])
        | figures(["wait_share", "wait_mean_min", "simulated_wait_mean_min", "wait_difference_min", "left_share"])
    ]
    visits = [
        {"replication": 0, "station_id": "decheng-1", "arrive_min": 480.0, "leave_queue_min": 480.0 + wait}
        for wait in (0.0, 20.0, 30.0)
    ]
    checks = [{"replication": 0, "check": "no gun serves two vehicles", "expected": 0.0, "got": 0.0, "holds": True}]
    return {"layout": layout, "stations": stations, "sessions": sessions, "load": load, "preview": preview} | {
        "checks": checks,
        "visits": visits,
    }


def town_load_rows():
    parts = ("base_kw", "home_kw", "depot_kw", "work_kw", "public_kw", "swap_kw", "pv_kw", "storage_kw", "capacity_kw")
    return [
        {"replication": 0, "town": town, "start_min": 15.0 * step, **figures(parts)}
        for town in ("decheng", "bozhi")
        for step in range(96)
    ]


def other_tables():
    grid = ["capacity_kw", "peak_kw", "charging_peak_kw", "peak_share", "over_80_min", "over_100_min", "pv_kwh"]
    grid += ["self_consumption_share", "peak_shaved_kw"]
    grid += ["peak_hour", "private_peak_kw", "peak_share_low", "peak_share_high", "charging_kwh"]
    balance = [f"{name}_kwh" for name in ("driven", "home", "depot", "work", "public", "swap", "taken_away", "lost")]
    balance += ["vehicles", "battery_change_kwh"]
    managed = ["energy_kwh", "peak_kw", "energy_cny", "peak_over_immediate"]
    ways = ["requests", "served", "wait_mean_min", "stay_mean_min", "energy_kwh", "peak_kw"]
    berths = ["berths", "calls", "calls_per_day", "throughput_mt_year", "wait_mean_h", "wait_p95_h", "stay_mean_h"]
    berths += ["berth_use_share", "shore_kwh", "shore_peak_kw"]
    signals = [
        "cycle_s",
        "saturation_most",
        "flow_veh_h",
        "delay_s",
        "vehicle_hours_year",
        "fuel_l_year",
        "electricity_kwh_year",
        "kgco2_year",
    ]
    first = {"replication": 0}
    co2 = ("a_tco2", "b_tco2", "c_tco2e")
    junction = {"junction": "J1", "name": "G321 through the seat: junction 1 (stylised)"}
    bought = {"year": 2025, "vehicle_class": "taxi", "power": "bev", "form": "financial_lease"}
    road = {"project": "g321-bypass", "year": 2026, "metric": "trip_minutes", "unit": "min"}
    return {
        "grid": [{**first, "town": "decheng", "capacity_from": "town_grid", **figures(grid)}],
        "town_load": town_load_rows(),
        "energy_balance": [{**first, "vehicle_class": "private_car", "power": "phev", **figures(balance)}],
        "managed": [{**first, "way": "levelled", **figures(managed)}],
        "reach": [
            {**first, "charger": charger, "state": state, "people": people, **figures(REACH)}
            for charger in ("any", "dc")
            for state in ("standing", "free")
            for people in ("all", "without_home_charger")
        ],
        "visitor_charging": [
            {**first, "holiday": "spring-festival-2030", "town": "decheng", "cars": 9, **figures("home_kwh public_kwh")}
        ],
        "swapping": [{**first, "way": "swapping", **figures(ways)}],
        "ebikes": [{**first, **figures(EBIKES)}],
        "terminals": [{**first, "terminal": "yuecheng", **figures(berths)}],
        "ship_power": [{**first, "way": "charging", **figures(ways)}],
        "freight": [{"year": 2030, "part": "water", "mode": "road", **figures(("tonnes", "way_km", "tkm", *co2))}],
        "ownership": [{**bought, **figures(OWNERSHIP)}],
        "projects": [{**road, **figures(("before", "after", "change_share"))}],
        "signals": [{**junction, "timing": timing, **figures(signals)} for timing in ("now", "webster")],
    }


def account_tables():
    series = [
        {"year": year, "mode": "road", "boundary": "narrow", "series": letter, "grid": "moving"}
        | {"intensity_g_per_tkm": 90.0}
        for year in (2020, 2030)
        for letter in "abc"
    ]
    stock = [
        {"year": year, "vehicle_class": "private_car", "power": power, "vehicles": 10.0, "new_vehicles": 2.0}
        for year in (2020, 2030)
        for power in ("petrol", "bev", "phev")
    ]
    petroleum = [{"year": year, "petrol_t": 2.0, "diesel_t": 3.0} for year in (2020, 2030)]
    outlook = [
        {"path": path, "metric": "petroleum_t", "boundary": "land", "year": year, "value": tonnes}
        for path, tonnes in (("slow", 6.0), ("fast", 4.0))
        for year in (2020, 2030)
    ]
    tanks = [
        {"replication": 0, "station": "yuecheng", "time_min": 60.0 * hour, "level_m3": 100.0 - hour}
        for hour in range(3)
    ]
    calls = [
        {"replication": 0, "station": "yuecheng", "arrive_min": 5.0, "start_min": 20.0, "end_min": 70.0}
        | {"wait_min": 15.0, "outcome": "served"}
    ]
    counts = [
        {"replication": 0, "time_min": 15.0 * step, "under_way": step, "lock_waiting": 7, "lock_passing": 2}
        for step in range(96)
    ]
    homes = [
        {"village": "decheng/1", "town": "decheng", "lon": 111.77, "lat": 23.13, "residents": 900.0}
        | {"nearest_min": 2.5},
        {"village": "mocun/1", "town": "mocun", "lon": 112.0, "lat": 23.4, "residents": 100.0, "nearest_min": 19.0},
    ]
    river = {"tanks": tanks, "calls": calls, "river_counts": counts}
    return {"carbon": series, "stock": stock, "petroleum": petroleum, "homes": homes, "outlook": outlook, **river}


def scorecard_tables():
    empty = dict.fromkeys(("sampling_low", "sampling_high", "assumption_low", "assumption_high", "p_met", "reason"))
    late = {"target_id": "T04", "metric": "late_share", "criterion": "late_share", "year": 2025, "unit": "share"}
    guns = {"target_id": "T01", "metric": "guns_total", "criterion": "guns_total", "year": 2025, "unit": "guns"}
    card = [
        {**empty, **guns, "value": 450.0, "comparator": ">=", "limit": 450.0, "verdict": "met", "decides": True},
        {**empty, **late, "value": 0.08, "comparator": "<=", "limit": 0.1, "verdict": "met", "decides": False}
        | {"sampling_low": 0.07, "sampling_high": 0.09},
        {**empty, **late, "value": 0.02, "comparator": "<=", "limit": 0.01, "verdict": "open", "decides": True}
        | {"criterion": "unserved_share", "assumption_low": 0.0, "assumption_high": 0.05}
        | {"reason": "needs replications"},
    ]
    rests = [
        {"target_id": "T04", "metric": "late_share", "table": "fleet_stock", "rows": 3, "of_rows": 4, "figure": None},
        {"target_id": "T04", "metric": "late_share", "table": "figures", "rows": 1, "of_rows": 1}
        | {"figure": "charging.los_wait_min"},
    ]
    facts = {"target_id": pl.String, "metric": pl.String, "fact": pl.String, "key": pl.String, "value": pl.Float64}
    facts |= {"unit": pl.String, "low": pl.Float64, "high": pl.Float64}
    tables = {"scorecard": pl.DataFrame(card, infer_schema_length=None), "assumptions": pl.DataFrame(rests)}
    return tables | {"facts": pl.DataFrame(schema=facts)}


def made_run(county=None):
    """Return a run of the default scenario on a county."""
    scenario = Scenario.load("deqing-2025").with_(days=1, replications=2)
    rows = charging_tables() | other_tables() | account_tables()
    # tables that nobody asks anything of here have no rows
    tables = {name: table.schema.to_frame() for name, table in RUN_TABLES.items()}
    tables |= {name: pl.DataFrame(table, infer_schema_length=None) for name, table in rows.items()}
    manifest = {
        "xijiang": "0.4.0",
        "key": "5f2c",
        "seed": 1,
        "replications": 2,
        "code": "77aa",
        "county": {"name": "deqing", "digest": "aa11"},
        "layout": {"name": "plan-2025", "digest": "bb22"},
        "paths": {},
        "versions": {"python": "3.11", "polars": "2.1"},
        "written": dt.datetime(2026, 1, 1, tzinfo=dt.UTC).isoformat(),
    }
    return MadeRun(scenario, tables | scorecard_tables(), manifest, county or load_county("deqing"))


@pytest.fixture(scope="session")
def run_by_hand():
    """Return the function that makes the run."""
    return made_run


@pytest.fixture(scope="session")
def page_by_hand(tmp_path_factory):
    """Return a function that writes the report of that run, once in a language, and gives its file."""
    from experiments.report.page import write_report

    @functools.cache
    def page(language):
        return write_report(made_run(), tmp_path_factory.mktemp("page") / f"{language}.html", language=language)

    return page


GOLDEN = Path(__file__).parent / "golden"
REFRESH = os.environ.get("REFRESH_GOLDEN") == "1"
"""Set by `make golden`: what the models give now becomes what they have to give, and the difference is read."""


@pytest.fixture(scope="session")
def golden():
    """Return a function that holds a table against its golden file."""

    def hold(name, frame):
        file = GOLDEN / f"{name}.csv"
        plain = frame.select(~cs.nested()).with_columns(cs.float().round_sig_figs(9))
        if REFRESH:
            plain.write_csv(file)
        kept = pl.read_csv(file, schema_overrides=plain.schema)
        assert_frame_equal(plain, kept, rel_tol=1e-7, abs_tol=1e-9)

    return hold

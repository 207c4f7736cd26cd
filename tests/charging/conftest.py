"""Small layouts and requests that are easy to think through."""

from types import SimpleNamespace

import polars as pl
import pytest

LAYOUT = {
    "station_id": "s",
    "group_id": "g",
    "town": None,
    "current": "dc",
    "pile_kw": 60.0,
    "piles": 1,
    "guns_per_pile": 1,
    "sharing": "exclusive",
    "gun_amps": None,
    "transformer_kw": None,
}
REQUEST = {
    "arrive_min": 0.0,
    "energy_kwh": 20.0,
    "origin": None,
    "current": "dc",
    "accept_kw": 60.0,
    "vehicle_class": None,
    "battery_kwh": None,
    "soc_start": None,
    "patience_min": None,
    "max_queue": None,
    "overstay_min": None,
}


TEXTS = ("town", "origin", "vehicle_class", "plug", "hours", "fee_hours", "fee_periods", "charger_id")
WHOLE = ("max_queue", "phases", "priority", "follows")
NUMBERS = ("gun_amps", "transformer_kw", "volts", "opens_min", "closes_min", "pile_kw", "fee_cny_kwh", "start_fee_cny")
NUMBERS += ("time_fee_cny_h", "idle_fee_cny_h", "idle_free_min", "arrive_min", "energy_kwh", "accept_kw")
NUMBERS += ("battery_kwh", "soc_start", "patience_min", "overstay_min", "leave_by_min")
TYPES = dict.fromkeys(TEXTS, pl.String) | dict.fromkeys(WHOLE, pl.Int64) | dict.fromkeys(NUMBERS, pl.Float64)


def table(rows):
    """Return rows as a frame with the types that the model takes; what a row does not state is null."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    filled = [{name: row.get(name) for name in names} for row in rows]
    types = {name: kind for name, kind in TYPES.items() if name in names}
    return pl.DataFrame(filled, schema_overrides=types, infer_schema_length=None)


@pytest.fixture
def make_layout():
    """Return a layout from one mapping per pile group, over defaults: one 60 kW pile with one gun."""

    def make(*groups):
        return table([{**LAYOUT, "group_id": f"g{number}", **group} for number, group in enumerate(groups or ({},))])

    return make


@pytest.fixture
def make_requests():
    """Return requests from one mapping per request, over defaults: 20 kWh at minute 0, 60 kW, DC, patient."""

    def make(*rows):
        return table([{"request_id": number, **REQUEST, **row} for number, row in enumerate(rows)])

    return make


VEHICLE = {
    "vehicle_class": "car",
    "pack_voltage_v": 350.0,
    "ac_kw": None,
    "curve_soc": None,
    "curve_share": None,
    "efficiency_dc": 1.0,
    "efficiency_ac": 1.0,
}
CURVES = {"curve_soc": pl.List(pl.Float64), "curve_share": pl.List(pl.Float64), "ac_kw": pl.Float64}
ROADS = ["origin", "station_id", "minutes", "km"]
OUTAGES = ["station_id", "group_id", "pile", "start_min", "end_min"]


@pytest.fixture(scope="session")
def case():
    """Return what makes the tables of a case: station S with group g, requests, a vehicle, roads, outages."""
    place = {**LAYOUT, "station_id": "S", "group_id": "g"}
    return SimpleNamespace(
        layout=lambda *rows: table([{**place, **row} for row in rows or ({},)]),
        requests=lambda *rows: table([{"request_id": number, **REQUEST, **row} for number, row in enumerate(rows)]),
        vehicle=lambda **values: pl.DataFrame([{**VEHICLE, **values}], schema_overrides=CURVES),
        roads=lambda *rows: pl.DataFrame(rows, schema=ROADS, orient="row"),
        outages=lambda *rows: pl.DataFrame(rows, schema=OUTAGES, orient="row"),
    )

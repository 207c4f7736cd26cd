"""Small layouts and requests that are easy to think through."""

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


@pytest.fixture
def make_layout():
    """Return a layout from one mapping a pile group, over defaults: one 60 kW pile with one gun."""

    def make(*groups):
        rows = [{**LAYOUT, "group_id": f"g{number}", **group} for number, group in enumerate(groups or ({},))]
        return pl.DataFrame(
            rows, schema_overrides={"town": pl.String, "gun_amps": pl.Float64, "transformer_kw": pl.Float64}
        )

    return make


@pytest.fixture
def make_requests():
    """Return requests from one mapping a request, over defaults: 60 kW, DC, patient."""

    def make(*rows):
        filled = [{"request_id": number, **REQUEST, **row} for number, row in enumerate(rows)]
        return pl.DataFrame(
            filled,
            schema_overrides={
                "origin": pl.String,
                "vehicle_class": pl.String,
                "battery_kwh": pl.Float64,
                "soc_start": pl.Float64,
                "patience_min": pl.Float64,
                "max_queue": pl.Int64,
                "overstay_min": pl.Float64,
                "arrive_min": pl.Float64,
                "energy_kwh": pl.Float64,
                "accept_kw": pl.Float64,
            },
            infer_schema_length=None,
        )

    return make

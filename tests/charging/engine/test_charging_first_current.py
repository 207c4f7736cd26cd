"""Drivers who take any current and would rather have one: which gun they take, and how long they stay there."""

import polars as pl
import pytest

import charging
from data.errors import DataError

GROUPS = pl.DataFrame(
    {
        "station_id": ["S", "S"],
        "group_id": ["fast", "slow"],
        "town": [None, None],
        "current": ["dc", "ac"],
        "pile_kw": [60.0, 6.0],
        "piles": [1, 1],
        "guns_per_pile": [1, 1],
        "sharing": ["exclusive", "exclusive"],
        "gun_amps": [None, None],
        "transformer_kw": [None, None],
    },
    schema_overrides={"town": pl.String, "gun_amps": pl.Float64, "transformer_kw": pl.Float64},
)


def requests(*rows):
    """Return requests for 6 kWh at 60 kW from any gun, with what rows say on top."""
    usual = {"current": "any", "energy_kwh": 6.0, "accept_kw": 60.0, "first_current": None}
    usual |= {"overstay_min": 90.0, "overstay_dc_min": None, "patience_min": None, "max_queue": None}
    kinds = {
        "first_current": pl.String,
        "overstay_dc_min": pl.Float64,
        "patience_min": pl.Float64,
        "max_queue": pl.Int64,
    }
    filled = [{"request_id": number, "arrive_min": float(number)} | usual | row for number, row in enumerate(rows)]
    return pl.DataFrame(filled, schema_overrides=kinds, infer_schema_length=None)


def sessions(*rows, layout=GROUPS, **given):
    return charging.simulate(layout, requests(*rows), **given).sessions


@pytest.mark.parametrize("limit", [None, 1000.0])
def test_the_first_current_goes_before_more_power(limit):
    layout = GROUPS.with_columns(transformer_kw=pl.lit(limit, dtype=pl.Float64))
    first = {"first_current": "ac", "overstay_dc_min": 2.0}
    found = sessions(first, first, layout=layout)
    assert found["group_id"].to_list() == ["slow", "fast"]
    # an hour at 6 kW and the stay of one who leaves the car; 6 min at 60 kW, and off
    assert found["leave_min"].to_list() == pytest.approx([60.0 + 90.0, 1.0 + 6.0 + 2.0])
    assert found["current"].to_list() == ["any", "any"]
    assert sessions({}, layout=layout)["group_id"].to_list() == ["fast"]
    assert sessions({"first_current": "dc"}, layout=layout)["group_id"].to_list() == ["fast"]


def test_without_a_stay_of_its_own_dc_has_that_of_the_request():
    found = sessions({"first_current": "ac"}, {"first_current": "ac"})
    assert found["leave_min"].to_list() == pytest.approx([150.0, 97.0])


def test_who_finds_both_taken_gets_the_first_that_comes_free():
    """AC is taken until 150 and DC until 17: nobody waits for the current of choice beside a gun that is free."""
    busy = [{"current": "ac", "accept_kw": 6.0}, {"current": "dc", "overstay_min": 10.0}]
    found = sessions(*busy, {"first_current": "ac", "overstay_dc_min": 0.0}, {"current": "dc", "overstay_min": 0.0})
    assert found["plug_min"].to_list() == pytest.approx([0.0, 1.0, 17.0, 23.0])
    assert found["group_id"].to_list() == ["slow", "fast", "fast", "fast"]


def test_a_plug_goes_before_the_current():
    layout = GROUPS.with_columns(plug=pl.Series(["GB/T", "Type 2"]))
    asks = requests({"first_current": "ac"}, {"first_current": "ac"}).with_columns(plug=pl.Series(["GB/T", "Type 2"]))
    assert charging.simulate(layout, asks).sessions["group_id"].to_list() == ["fast", "slow"]


def test_stations_without_the_current_serve_with_the_other():
    found = sessions({"first_current": "ac", "overstay_dc_min": 3.0}, layout=GROUPS.filter(current="dc"))
    assert found["leave_min"].to_list() == pytest.approx([9.0])


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"current": "dc", "first_current": "ac"}, "first_current"),
        ({"current": "ac", "overstay_dc_min": 1.0}, "overstay_dc_min"),
    ],
)
def test_only_those_with_a_choice_have_a_first_current(row, column):
    with pytest.raises(DataError, match=rf"{column}.*only where current is 'any'"):
        sessions(row)


def test_the_preview_expects_drivers_where_they_would_charge():
    rows = [{"first_current": "ac", "overstay_min": 0.0, "overstay_dc_min": 50.0}] * 3
    ac, dc = (
        charging.preview(layout, requests(*rows)).row(0, named=True) for layout in (GROUPS, GROUPS.filter(current="dc"))
    )
    assert ac["mean_stay_min"] == pytest.approx(60.0)
    assert dc["mean_stay_min"] == pytest.approx(56.0)
    either = charging.preview(GROUPS, requests({"overstay_min": 0.0, "overstay_dc_min": 4.0})).row(0, named=True)
    assert either["mean_stay_min"] == pytest.approx(10.0)

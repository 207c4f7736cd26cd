"""Public charges of a day in the order of the drive: hours as drawn, none before the vehicle can be there."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.demand.hours.along_the_day import DayCharges, along_the_day


def charges(*rows):
    """Return charges of rows of vehicle, charge, day, leg, stay and drive."""
    columns = list(zip(*rows, strict=True))
    whole = [np.array(column, dtype=np.int64) for column in columns[:4]]
    return DayCharges(*whole, *(np.array(column, dtype=np.float64) for column in columns[4:]))


def test_times_go_to_the_charges_of_a_day_in_their_order():
    day = charges((0, 1, 0, 0, 30, 60), (0, 0, 0, 0, 30, 0), (1, 0, 0, 0, 30, 0), (0, 2, 1, 0, 30, 0))
    drawn = np.array([300.0, 900.0, 500.0, 1800.0])
    assert along_the_day(drawn, day).tolist() == [900.0, 300.0, 500.0, 1800.0]


def test_a_charge_waits_for_the_one_before_and_the_way():
    day = charges((0, 0, 0, 0, 40, 0), (0, 1, 0, 0, 40, 90), (0, 2, 0, 0, 40, 90))
    # 600 + 40 + 90, and from there again; the third would have begun at 800
    assert along_the_day(np.array([600.0, 610.0, 800.0]), day).tolist() == [600.0, 730.0, 860.0]
    # what leaves time for both stays as it was drawn
    assert along_the_day(np.array([600.0, 740.0, 1000.0]), day).tolist() == [600.0, 740.0, 1000.0]


def test_a_night_is_no_drive_but_a_charge_ends_first():
    nights = charges((0, 0, 0, 0, 40, 0), (0, 1, 1, 0, 40, 500))
    assert along_the_day(np.array([1430.0, 1450.0]), nights).tolist() == [1430.0, 1470.0]


def test_two_shifts_keep_their_hours():
    taxi = charges((0, 0, 0, 0, 20, 0), (0, 1, 0, 1, 20, 60), (0, 2, 0, 1, 20, 60))
    # the second driver may charge after midnight, before the first one's shift of that date
    assert along_the_day(np.array([700.0, 100.0, 1300.0]), taxi).tolist() == [700.0, 100.0, 1300.0]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(0, 1439), st.floats(0, 120), st.floats(0, 120)),
        min_size=1,
        max_size=20,
    )
)
def test_no_two_charges_of_a_vehicle_overlap(rows):
    rows.sort(key=lambda row: row[1])
    table = pl.DataFrame(rows, schema=["vehicle", "day", "minute", "stay", "drive"], orient="row").with_columns(
        charge=pl.int_range(pl.len()).over("vehicle")
    )
    ints = (table[name].to_numpy() for name in ("vehicle", "charge", "day"))
    leg = np.zeros(table.height, dtype=np.int64)
    day = DayCharges(*ints, leg, table["stay"].to_numpy().astype(float), table["drive"].to_numpy().astype(float))
    drawn = (table["minute"] + 1440.0 * table["day"]).to_numpy()
    found = along_the_day(drawn, day)
    after = table.with_columns(begin=found, end=found + table["stay"].to_numpy()).sort("vehicle", "charge")
    gap = after.select(pl.col("begin") - pl.col("end").shift(1).over("vehicle")).drop_nulls()["begin"]
    assert gap.min() is None or gap.min() >= -1e-5
    # nobody comes earlier than the earliest that was drawn
    assert found.min() == pytest.approx(drawn.min())

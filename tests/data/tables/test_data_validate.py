"""Validation of frames: every fault is named with its row, column and remedy."""

from __future__ import annotations

import math
import time

import dataframely as dy
import numpy as np
import polars as pl
import pytest

from data.county import load_county
from data.errors import DataError, Fault
from data.schemas import accounts as crossing
from data.schemas.base import Table
from data.schemas.catalogue import TABLES
from data.schemas.charging import Layout, Requests, Travel, Vehicles
from data.tables.validate import all_rules_hold, check_frame, conformed, validate


def layout(**columns):
    """Two groups of one station, some columns replaced."""
    good = {
        "station_id": ["s", "s"],
        "group_id": ["dc", "ac"],
        "current": ["dc", "ac"],
        "pile_kw": [120.0, 7.0],
        "piles": [2, 3],
        "guns_per_pile": [2, 1],
        "sharing": ["dynamic", "exclusive"],
    }
    return pl.DataFrame(good | columns)


def requests(**columns):
    """Three requests, some columns replaced or added."""
    good = {
        "request_id": [1, 2, 3],
        "arrive_min": [0.0, 1.0, 2.0],
        "current": ["dc", "ac", "any"],
        "energy_kwh": [20.0, 10.0, 5.0],
        "accept_kw": [60.0, 7.0, 40.0],
    }
    return pl.DataFrame(good | columns)


def only(faults):
    """The one fault of a list."""
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def test_bare_layout_gets_the_optional_columns_as_nulls():
    frame = validate(layout(), Layout, table="layout")
    assert frame.columns == Layout.column_names()
    assert frame["transformer_kw"].to_list() == [None, None]
    assert frame["transformer_kw"].dtype == pl.Float64


def test_whole_numbers_are_numbers():
    frame = validate(layout(pile_kw=[120, 7], piles=[2.0, 3.0]), Layout, table="layout")
    assert frame["pile_kw"].to_list() == [120.0, 7.0]
    assert frame["piles"].dtype == pl.Int64


def test_column_order_does_not_matter_and_rows_stay():
    frame = validate(requests().select(pl.all().reverse()).reverse(), Requests, table="requests")
    assert frame["request_id"].to_list() == [1, 2, 3]
    assert frame.columns == Requests.column_names()


def test_empty_frame_is_good():
    assert validate(requests().clear(), Requests, table="requests").height == 0


def test_missing_column_hints_at_the_misspelt_one():
    faults = check_frame(layout().rename({"pile_kw": "pile_kWh"}), Layout, table="layout")
    assert {fault.column for fault in faults} == {"pile_kWh", "pile_kw"}
    assert all("Did you mean 'pile_k" in fault.remedy for fault in faults)


def test_a_table_of_the_toolkit_gets_its_shape_without_its_rules():
    wrong = layout(pile_kw=[-1, 7])
    shaped = conformed(wrong, Layout, table="layout")
    assert shaped.schema == validate(layout(), Layout, table="layout").schema
    assert shaped["pile_kw"].to_list() == [-1.0, 7.0]
    with pytest.raises(DataError, match="pile_kw"):
        validate(shaped, Layout, table="layout")
    with pytest.raises(DataError, match=r"pile_kw.*no such column"):
        conformed(wrong.drop("pile_kw"), Layout, table="layout")


def test_extra_columns_may_be_allowed():
    frame = layout(colour=["red", "blue"])
    assert "unknown column" in only(check_frame(frame, Layout, table="layout")).got
    assert validate(frame, Layout, table="layout", extra="allow").columns == Layout.column_names()


def test_text_in_a_number_names_row_and_value():
    fault = only(check_frame(layout(pile_kw=["120", "7kW"]), Layout, table="layout"))
    assert fault == Fault(
        "layout",
        2,
        "pile_kw",
        "'7kW'",
        "a number from 0.001 to 100,000 (kW)",
        "Write a plain number: no unit, no thousands separator.",
    )


def test_column_of_numbers_as_text_asks_for_a_cast():
    fault = only(check_frame(layout(pile_kw=["120", "7"]), Layout, table="layout"))
    assert fault.row is None
    assert fault.remedy == "Cast it to polars Float64."


def test_fraction_of_a_pile():
    fault = only(check_frame(layout(piles=[2.0, 2.5]), Layout, table="layout"))
    assert (fault.row, fault.got) == (2, "2.5")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_must_be_finite(value):
    fault = only(check_frame(layout(pile_kw=[120.0, value]), Layout, table="layout"))
    assert (fault.row, fault.column, fault.got) == (2, "pile_kw", repr(value))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("pile_kw", [120.0, 0.0]),
        ("pile_kw", [120.0, -7.0]),
        ("piles", [1, -1]),
        ("guns_per_pile", [1, 0]),
        ("current", ["dc", "DC"]),
        ("sharing", ["equal", "fair"]),
        ("gun_amps", [250.0, 0.0]),
        ("group_id", ["dc", None]),
        ("group_id", ["dc", ""]),
    ],
)
def test_layout_values(column, values):
    fault = only(check_frame(layout(**{column: values}), Layout, table="layout"))
    assert (fault.row, fault.column) == (2, column)


def test_station_has_one_transformer():
    faults = check_frame(layout(transformer_kw=[630.0, 400.0]), Layout, table="layout")
    assert [fault.row for fault in faults] == [1, 2]
    assert faults[0].expected == "the same value in all rows of a station"


def test_group_stands_once_in_a_station():
    fault = only(check_frame(layout(group_id=["dc", "dc"]), Layout, table="layout"))
    assert fault.row == 2
    assert fault.got == "('s', 'dc'), which row 1 has too"


def test_same_group_id_in_two_stations_is_fine():
    assert check_frame(layout(station_id=["s", "t"], group_id=["1", "1"]), Layout, table="layout") == []


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("request_id", [1, 1, 3]),
        ("arrive_min", [0.0, -1.0, 2.0]),
        ("current", ["dc", "both", "ac"]),
        ("energy_kwh", [20.0, 0.0, 5.0]),
        ("accept_kw", [60.0, 0.0, 5.0]),
        ("soc_start", [0.1, 1.2, None]),
        ("battery_kwh", [60.0, 0.0, None]),
        ("patience_min", [None, -1.0, 0.0]),
        ("max_queue", [None, -1, 0]),
        ("overstay_min", [None, -1.0, 0.0]),
    ],
)
def test_request_values(column, values):
    fault = only(check_frame(requests(**{column: values}), Requests, table="requests"))
    assert (fault.row, fault.column) == (2, column)


def test_energy_fits_into_the_battery():
    full = requests(battery_kwh=[40.0, 10.0, None], soc_start=[0.5, 0.5, 0.9])
    fault = only(check_frame(full, Requests, table="requests"))
    assert (fault.row, fault.column, fault.got) == (2, "energy_kwh", "10.0")


def test_energy_may_fill_the_battery_to_rounding():
    exact = requests(battery_kwh=[60.3, None, None], soc_start=[0.7, None, None], energy_kwh=[60.3 * (1 - 0.7), 1, 1])
    assert check_frame(exact, Requests, table="requests") == []


def test_choice_hints_at_the_nearest():
    fault = only(check_frame(layout(sharing=["dynamic", "exclusiv"]), Layout, table="layout"))
    assert fault.remedy.endswith("Did you mean 'exclusive'?")


def test_all_faults_come_together_in_column_order():
    bad = layout(piles=[-1, 1], current=["dc", "x"], pile_kw=[-1.0, 7.0])
    faults = check_frame(bad, Layout, table="layout")
    assert [fault.column for fault in faults] == ["current", "pile_kw", "piles"]


def test_five_rows_are_named_and_the_rest_counted():
    many = pl.concat([requests()] * 4).with_columns(request_id=pl.int_range(12), energy_kwh=-1.0)
    faults = check_frame(many, Requests, table="requests")
    assert [fault.row for fault in faults] == [1, 2, 3, 4, 5, None]
    assert faults[-1].got == "the same in ... and 7 more rows"


def test_row_offset_moves_the_numbers():
    fault = only(check_frame(layout(piles=[1, -1]), Layout, table="layout", row_offset=10))
    assert fault.row == 12


def test_validate_raises_with_all_faults():
    with pytest.raises(DataError, match=r"layout: 2 faults\n.*row 2, column 'pile_kw'.*\n.*row 1, column 'piles'"):
        validate(layout(piles=[-1, 1], pile_kw=[1.0, -1.0]), Layout, table="layout")


def test_other_than_polars_is_refused():
    with pytest.raises(DataError, match=r"layout: got builtins.dict; expected a polars DataFrame"):
        validate({"station_id": ["s"]}, Layout, table="layout")
    with pytest.raises(DataError, match="collect a LazyFrame"):
        validate(layout().lazy(), Layout, table="layout")


def test_type_that_cannot_be_cast():
    fault = only(check_frame(requests(arrive_min=[True, False, True]), Requests, table="requests"))
    assert fault.got == "a column of type Boolean"
    fault = only(check_frame(layout(station_id=[1, 1]), Layout, table="layout"))
    assert fault.remedy == "Cast it to polars String."


def test_categories_are_text():
    frame = layout().with_columns(
        pl.col("current").cast(pl.Categorical), pl.col("sharing").cast(pl.Enum(["dynamic", "exclusive"]))
    )
    assert validate(frame, Layout, table="layout")["current"].dtype == pl.String


def test_numbers_out_of_the_range_of_the_type():
    fault = only(
        check_frame(requests(request_id=pl.Series([1, 2, 2**64 - 1], dtype=pl.UInt64)), Requests, table="requests")
    )
    assert (fault.row, fault.column) == (3, "request_id")


def test_curves_are_lists_of_equal_length():
    cars = {"vehicle_class": ["car", "bus"], "curve_soc": [[0, 1], None], "curve_share": [[1.0, 0.2], None]}
    frame = validate(pl.DataFrame(cars), Vehicles, table="vehicles")
    assert frame["curve_soc"].dtype == pl.List(pl.Float64)
    fault = only(check_frame(pl.DataFrame(cars | {"curve_soc": [[0.0], None]}), Vehicles, table="vehicles"))
    assert fault.expected == "as many values as curve_soc"
    fault = only(check_frame(pl.DataFrame(cars | {"curve_soc": [["a", "b"], None]}), Vehicles, table="vehicles"))
    assert fault.column == "curve_soc"


def test_travel_pairs_stand_once():
    pairs = pl.DataFrame({"origin": ["a", "a"], "station_id": ["s", "s"], "minutes": [1.0, 2.0], "km": [1.0, 2.0]})
    assert only(check_frame(pairs, Travel, table="travel")).expected == "each origin + station_id once"


def test_rule_without_words_is_still_reported():
    class Ordered(Table):
        """Two numbers in order."""

        low = dy.Float64()
        high = dy.Float64()

        @dy.rule()
        def in_order(cls):  # noqa: N805
            return pl.col("low") <= pl.col("high")

    fault = only(check_frame(pl.DataFrame({"low": [2.0], "high": [1.0]}), Ordered, table="pairs"))
    assert fault.expected == "the rule 'in_order' to hold"


def test_every_rule_over_columns_has_words():
    for name in dir(crossing):
        schema = getattr(crossing, name)
        if isinstance(schema, type) and issubclass(schema, Table) and schema is not Table:
            declared = {
                rule for rule in schema._validation_rules(with_cast=False) if "|" not in rule and rule != "primary_key"
            }
            assert declared == set(schema.EXPLAIN)
            assert {words.column for words in schema.EXPLAIN.values()} <= set(schema.column_names())


@pytest.mark.parametrize("name", ["figures", "vessel_classes", "lng_stations", "locks", "terminals", "river_months"])
def test_the_rules_of_a_table_say_what_its_schema_says(name):
    schema, table = TABLES[name], load_county("deqing").tables[name]
    verdicts = set()
    for column, kind in table.schema.items():
        # a null, a row twice, and a number that most rules forbid, in the first row
        spoilt = [table, pl.concat([table, table.head(1)])]
        values = {pl.Float64: [None, -1e9, 1e9, math.nan, math.inf, -math.inf], pl.Int64: [None, -1, 0, 10**12]}.get(
            kind, [None]
        )
        for value in values:
            first = pl.when(pl.int_range(pl.len()) == 0)
            spoilt.append(table.with_columns(first.then(pl.lit(value, kind)).otherwise(pl.col(column)).alias(column)))
        for frame in spoilt:
            held = all_rules_hold(frame, schema)
            assert held == schema.is_valid(frame), column
            verdicts.add(held)
    assert verdicts == {True, False}


def test_bounds_hold_at_their_ends_and_no_further():
    class Bounded(dy.Schema):
        least = dy.Float64(min=0.0, max=1.0)
        above = dy.Float64(nullable=True, min_exclusive=0.0, max_exclusive=1.0)
        whole = dy.Int64(min=2, max=4)
        any_number = dy.Float64(nullable=True, allow_nan=True, allow_inf=True, max=1.0)
        listed = dy.Int64(nullable=True, is_in=[1, 3])

    good = {
        "least": [0.0, 1.0],
        "above": [None, 0.5],
        "whole": [2, 4],
        "listed": [1, 3],
        "any_number": [-math.inf, None],
    }
    types = {name: pl.Int64 if name in ("whole", "listed") else pl.Float64 for name in good}
    assert all_rules_hold(pl.DataFrame(good, schema=types), Bounded)
    tried = {
        "least": [-0.0, -1e-300, math.nextafter(1.0, 2.0), math.nan, None],
        "above": [0.0, 1e-300, 1.0, math.nextafter(1.0, 0.0), math.inf, math.nan, None],
        "whole": [1, 3, 5, None],
        "any_number": [math.nan, math.inf, 1.0, 2.0],
        "listed": [2, 3, None],
    }
    for name, values in tried.items():
        for value in values:
            frame = pl.DataFrame({**good, name: [value, good[name][1]]}, schema=types)
            assert all_rules_hold(frame, Bounded) == Bounded.is_valid(frame), (name, value)
    assert all_rules_hold(pl.DataFrame({**good, "above": [None, None]}, schema=types), Bounded)
    assert all_rules_hold(pl.DataFrame(schema=types), Bounded)


def test_large_frames_are_checked_fast():
    rows = 100_000
    frame = pl.DataFrame(
        {
            "request_id": np.arange(rows),
            "arrive_min": np.linspace(0.0, 1440.0, rows),
            "current": ["dc"] * rows,
            "energy_kwh": np.full(rows, 20.0),
            "accept_kw": np.full(rows, 60.0),
        }
    )
    start = time.process_time()
    validate(frame, Requests, table="requests")
    good = time.process_time() - start
    start = time.process_time()
    check_frame(frame.with_columns(accept_kw=-1.0, request_id=pl.lit(1)), Requests, table="requests")
    bad = time.process_time() - start
    assert good < 1.0
    assert bad < 2.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"request_id": [1, 2, 3, 4, 1]}, r"row 5, column 'request_id': got \(1\), which row 1 has too"),
        ({"accept_kw": [1.0, 1.0, 1.0, 1.0, 0.0]}, "row 5, column 'accept_kw': got 0.0"),
    ],
)
def test_tall_tables_are_checked_in_slices(monkeypatch, changes, words):
    monkeypatch.setattr("data.tables.validate.SLICE", 2)
    good = {"request_id": [1, 2, 3, 4, 5], "arrive_min": 0.0, "current": "dc", "energy_kwh": 1.0, "accept_kw": 1.0}
    assert validate(pl.DataFrame(good), Requests, table="requests").height == 5
    with pytest.raises(DataError, match=words):
        validate(pl.DataFrame({**good, **changes}), Requests, table="requests")


def test_a_key_that_does_not_rise_is_checked_all_the_same(monkeypatch):
    monkeypatch.setattr("data.tables.validate.SLICE", 2)
    asked = pl.DataFrame(
        {"request_id": [3, 1, 2], "arrive_min": 0.0, "current": "dc", "energy_kwh": 5.0, "accept_kw": 9.0}
    )
    assert validate(asked, Requests, table="requests").height == 3
    twice = asked.with_columns(request_id=pl.Series([1, 2, 2]))
    with pytest.raises(DataError, match="request_id"):
        validate(twice, Requests, table="requests")


def test_a_good_frame_that_is_changed_in_place_is_checked_again():
    frame = requests()
    validate(frame, Requests, table="requests")
    for column, value in (("accept_kw", 0.0), ("accept_kw", None), ("request_id", 1)):
        changed = frame.clone()
        changed[2, column] = value
        with pytest.raises(DataError, match=f"row 3, column '{column}'"):
            validate(changed, Requests, table="requests")
    assert validate(frame, Requests, table="requests").equals(validate(frame.clone(), Requests, table="requests"))


def test_what_keeps_the_rules_of_one_schema_may_break_those_of_another():
    class Many(Table):
        piles = dy.Int64(min=2)

    class Few(Table):
        piles = dy.Int64(max=1)

    frame = pl.DataFrame({"piles": [2]})
    assert validate(frame, Many, table="many").height == 1
    with pytest.raises(DataError, match="few"):
        validate(frame, Few, table="few")
    with pytest.raises(DataError, match="many"):
        validate(pl.DataFrame({"piles": [1]}), Many, table="many")


class EitherColumn(dy.Schema):
    """One column takes what the other does not."""

    at_least_zero = dy.Float64(nullable=True, min=0.0)
    any_number = dy.Float64(nullable=True)


def test_what_one_column_may_hold_is_not_remembered_of_another():
    good = pl.DataFrame({"any_number": [-1.0, 2.0]})
    for _ in range(2):
        assert check_frame(good, EitherColumn, table="t") == []
    # the same cells, in the column that may not hold them
    faults = check_frame(good.rename({"any_number": "at_least_zero"}), EitherColumn, table="t")
    assert [(fault.row, fault.column) for fault in faults] == [(1, "at_least_zero")]
    assert check_frame(good.with_columns(pl.all() * -1.0), EitherColumn, table="t") == []

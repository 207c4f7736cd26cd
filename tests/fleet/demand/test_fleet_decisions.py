"""An array per decision: moving one figure leaves the draws of all other decisions as they were."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats

from data.streams import stream
from fleet.demand import decisions
from fleet.demand.calendar import Day, days_of
from fleet.demand.decisions import ByCharge, beta, exponential, normal, of_day, poisson_quantile, uniform
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.plugs.prices import DayPrices
from fleet.demand.population import build_fleet
from fleet.demand.public_charges import charges_table
from fleet.demand.requests import WARM_UP_DAYS, DemandInputs, drive_class, drive_days
from fleet.demand.through_traffic import through_requests

MONDAY = date(2025, 11, 10)
OF_THE_BATTERY = {"energy_kwh", "soc_start"}
DRAWN = ("arrive_min", "origin", "current", "accept_kw", "vehicle_class", "patience_min", "overstay_min")


@pytest.mark.parametrize("law", [uniform, exponential, beta(3.2, 5.2)])
def test_a_draw_belongs_to_a_vehicle_and_its_charge_whoever_else_asks(law):
    few, many = (ByCharge(7, "taxi", "patience", number, law) for number in (5, 50))
    vehicle, charge = np.array([4, 0, 2, 4]), np.array([0, 3, 19, 8])
    alone = few.of(vehicle, charge)
    order = np.array([2, 0, 3, 1])
    many.of(np.array([49]), np.array([1]))
    assert (many.of(vehicle[order], charge[order]) == alone[order]).all()
    assert len(set(alone)) == 4
    other = ByCharge(7, "taxi", "overstay", 5, law).of(vehicle, charge)
    assert not (other == alone).any()


def test_draws_have_their_law():
    vehicle, charge = np.repeat(np.arange(400), 50), np.tile(np.arange(50), 400)
    laws = ((uniform, stats.uniform), (exponential, stats.expon), (beta(3.2, 5.2), stats.beta(3.2, 5.2)))
    for law, expected in laws:
        drawn = ByCharge(3, "bus", "x", 400, law).of(vehicle, charge)
        assert stats.kstest(drawn, expected.cdf).pvalue > 0.001
        # charges of one vehicle, and neighbours at the same charge, know nothing of each other
        table = drawn.reshape(400, 50)
        for one, two in ((table[:, :-1], table[:, 1:]), (table[:-1], table[1:])):
            assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.03


@pytest.fixture(scope="module")
def inputs(county):
    """Return what the county gives, with drivers whom nothing makes come back to their car."""
    given = DemandInputs.from_county(county, year=2025)
    # else the energy of a charge decides whether AC costs more, and with it what else the driver does
    return replace(given, rules=replace(given.rules, move_car_min=1e6))


@pytest.fixture(scope="module")
def calendar(county):
    return days_of(county, MONDAY, WARM_UP_DAYS + 7)


def charges(inputs, stock, calendar, name):
    fleet = build_fleet(inputs.tables, inputs.parameters, stock, name, year=2025, seed=3, pull=inputs.pull)
    prices = DayPrices.of_calendar(inputs.prices_cny_kwh, calendar[WARM_UP_DAYS:])
    return charges_table([drive_class(inputs, fleet, calendar, 3, prices=prices)[0]]), fleet


def alone(table):
    """Return the charges with no other of their vehicle within a day: others wait for each other."""
    before = pl.col("arrive_min").diff().over("vehicle", order_by="arrive_min").fill_null(np.inf)
    after = pl.col("arrive_min").diff(-1).over("vehicle", order_by="arrive_min").fill_null(-np.inf)
    found = table.filter((before > 1440.0) & (after < -1440.0))
    assert found.height > 0.8 * table.height
    return found


def with_cell(inputs, table, column, change, name="private_car"):
    frame = getattr(inputs.tables, table)
    moved = pl.when(pl.col("vehicle_class") == name).then(change(pl.col(column))).otherwise(pl.col(column))
    tables = replace(inputs.tables, **{table: frame.with_columns(moved.alias(column))})
    return replace(inputs, tables=tables)


def with_figure(inputs, **figures):
    return replace(inputs, parameters=replace(inputs.parameters, **figures))


def further(column):
    return column * 1.1


MOVES = {
    "patience": (lambda x: with_cell(x, "charging_behaviour", "patience_mean_min", further), {"patience_min"}),
    "overstay": (lambda x: with_cell(x, "charging_behaviour", "overstay_dc_min", further), {"overstay_min"}),
    "ac": (
        lambda x: with_figure(x, public_ac_share=0.3),
        {"current", "accept_kw", "arrive_min", "overstay_min"},
    ),
    "away": (lambda x: with_figure(x, out_of_town_share=0.4), {"origin"}),
    "pull": (lambda x: replace(x, pull=x.pull**2), {"origin"}),
    "models": (
        lambda x: with_cell(x, "ev_models", "dc_kw", further),
        {"accept_kw"},
    ),
    "km": (lambda x: with_figure(x, daily_km_cv=0.6), OF_THE_BATTERY),
    "reserve": (lambda x: with_figure(x, reserve_soc=0.15), OF_THE_BATTERY),
    "threshold": (lambda x: with_cell(x, "charging_behaviour", "start_soc_alpha", further), OF_THE_BATTERY),
    "end": (lambda x: with_cell(x, "charging_behaviour", "end_soc_alpha", further), OF_THE_BATTERY),
    "top-up": (
        lambda x: with_cell(x, "charging_behaviour", "topup_probability", lambda chance: chance * 5.0),
        OF_THE_BATTERY,
    ),
    "use": (lambda x: with_cell(x, "energy_use", "use_per_100km", further), OF_THE_BATTERY),
    "home": (lambda x: with_cell(x, "charging_access", "home_share", lambda share: share + 0.05), OF_THE_BATTERY),
}


@pytest.mark.parametrize("move", MOVES)
def test_moving_one_figure_leaves_the_draws_of_the_other_decisions(inputs, stock, calendar, move):
    edit, moves = MOVES[move]
    before, _ = charges(inputs, stock, calendar, "private_car")
    after, _ = charges(edit(inputs), stock, calendar, "private_car")
    assert moves == OF_THE_BATTERY or before.height == after.height
    before, after = alone(before), alone(after)
    both = before.join(after, on=["vehicle", "charge"], suffix="_after")
    assert both.height > 0.75 * min(before.height, after.height)
    time_of_day = pl.col("arrive_min", "arrive_min_after") % 1440.0
    if moves == OF_THE_BATTERY:
        # a battery that lasts longer charges on another day, at the same hour; where a charge still fits into the time
        # for which the car stands, what the driver would do at DC stays
        both = both.filter(pl.col("current") == pl.col("current_after")).with_columns(
            time_of_day.round(6),
            *(
                pl.coalesce(f"overstay_dc_min{when}", f"overstay_min{when}").alias(f"overstay_min{when}")
                for when in ("", "_after")
            ),
        )
        assert both.height > 0.7 * min(before.height, after.height)
    kept = [name for name in (*DRAWN, *OF_THE_BATTERY) if name not in moves]
    assert [name for name in kept if not (both[name] == both[f"{name}_after"]).all()] == []
    assert not before.equals(after)


def test_home_chargers_for_more_touch_nobody_else(inputs, stock, calendar):
    """Home access moved by a tenth of its range: every patience after it is one of before, and the rest all stay."""
    moved = with_cell(inputs, "charging_access", "home_share", lambda share: share + 0.05)
    (before, old), (after, new) = (charges(x, stock, calendar, "private_car") for x in (inputs, moved))
    concerned = np.flatnonzero(old.has_base != new.has_base)
    assert (old.has_work == new.has_work).all()
    assert 0.01 < len(concerned) / old.size < 0.1
    rest = ~pl.col("vehicle").is_in(concerned)
    assert before.filter(rest).equals(after.filter(rest))
    assert after.height < before.height
    kept = after.join(before, on=["vehicle", "charge"])
    assert kept.height == after.height
    assert (kept["patience_min"] == kept["patience_min_right"]).all()


@pytest.mark.parametrize(
    ("figure", "value", "moves"),
    [("through_day_cv", 0.3, set()), ("least_gain_share", 0.15, OF_THE_BATTERY)],
)
def test_through_traffic_keeps_the_draws_of_the_other_decisions(inputs, calendar, figure, value, moves):
    def made(given):
        table = through_requests(given.through, given.tables, given.parameters, calendar=calendar, year=2025, seed=4)
        side = pl.col("origin").str.split("@").list.first()
        road = pl.when(side.str.starts_with("s8")).then(side).otherwise(pl.lit("town"))
        numbered = table.filter(road != "town").with_columns(day=pl.col("arrive_min") // 1440.0, road=road)
        return numbered.with_columns(car=pl.int_range(pl.len()).over("road", "day"))

    before, after = made(inputs), made(with_figure(inputs, **{figure: value}))
    both = before.join(after, on=["road", "day", "car"], suffix="_after")
    assert both.height > 0.8 * before.height
    assert not before.equals(after)
    kept = [name for name in (*DRAWN, *OF_THE_BATTERY) if name not in moves]
    assert [name for name in kept if not (both[name] == both[f"{name}_after"]).all()] == []


def hand_made(**access):
    """Ten cars of one town that drive 60 km a day on 15 kWh per 100 km, every day alike."""
    shares = {"home_share": 0.0, "depot_share": 0.0, "work_share": 0.0} | access
    behaviour = {
        "start_soc_alpha": 8.0,
        "start_soc_beta": 24.0,
        "end_soc_alpha": 4.0,
        "end_soc_beta": 36.0,
        "topup_probability": 0.0,
        "patience_mean_min": 30.0,
        "max_queue": 4,
        "overstay_dc_min": 5.0,
        "overstay_ac_min": 50.0,
        "daily_km_cv": 0.0,
        "holiday_response": 1.0,
        "double_shift_share": 0.0,
        "comes_back": False,
    }
    name = {"vehicle_class": "car"}
    tables = DemandTables(
        vehicle_classes=pl.DataFrame([name | {"kind": "car", "km_per_year": 21900.0}]),
        ev_models=pl.DataFrame(
            [name | {"segment": "a", "share": 1.0, "battery_kwh": 50.0, "dc_kw": 60.0, "ac_kw": 7.0}]
        ),
        ev_model_shares=pl.DataFrame(schema={"vehicle_class": pl.String, "segment": pl.String}),
        energy_use=pl.DataFrame([name | {"power": "bev", "use_per_100km": 15.0}]),
        charging_behaviour=pl.DataFrame([name | behaviour]),
        charging_access=pl.DataFrame([name | {"town_kind": "any"} | shares]),
        towns=pl.DataFrame({"town": ["x"], "kind": ["seat"], "residents": [1000]}),
        profiles=pl.DataFrame({"profile": ["public_fast_mixed"] * 24, "hour": range(24), "share": [1 / 24] * 24}),
    )
    figures = dict.fromkeys((field.name for field in fields(DemandParameters)), 0.0)
    given = {"reserve_soc": 0.1, "least_gain_share": 0.05, "base_end_soc": 1.0, "shift_h": (6.0, 18.0)}
    return DemandInputs(tables, DemandParameters(**(figures | {"driving_km_h": 45.0} | given)), np.zeros((1, 1)))


def test_vehicle_days_without_a_county():
    stock = pl.DataFrame({"year": [2025], "vehicle_class": ["car"], "power": ["bev"], "vehicles": [10.0]})
    calendar = [Day(date(2025, 1, 1 + at), 1.0, 1.0, 1.0, None) for at in range(WARM_UP_DAYS + 10)]

    def driven(**access):
        return drive_days(hand_made(**access), stock, year=2025, calendar=calendar, seed=1)

    public = driven()
    ledger = public.ledger.row(0, named=True)
    assert ledger["driven_kwh"] == pytest.approx(10 * 10 * 60.0 * 0.15)
    assert ledger["public_kwh"] == pytest.approx(ledger["driven_kwh"] + ledger["battery_change_kwh"])
    assert ledger["public_kwh"] == pytest.approx(public.requests["energy_kwh"].sum())
    assert public.requests["origin"].unique().to_list() == ["x"]
    assert public.requests["arrive_min"].is_between(0.0, 10 * 1440.0).all()
    at_home = driven(home_share=1.0)
    assert at_home.requests.height == 0
    assert at_home.ledger["home_kwh"].item() == pytest.approx(10 * 10 * 60.0 * 0.15)


def test_quantiles_of_poisson_laws_are_those_of_scipy():
    draw = np.random.default_rng(2)
    lot, mean = draw.random(3000), draw.uniform(0.0, 300.0, 3000)
    assert poisson_quantile(lot, mean).tolist() == stats.poisson.ppf(lot, mean).astype(int).tolist()


@pytest.mark.parametrize("mean", [0.01, 1.0, 40.0, 1e5])
def test_quantiles_of_poisson_laws_are_the_least_numbers_also_far_out(mean):
    tail = 10.0 ** -np.arange(1.0, 15.0)
    lot = np.concatenate([tail, 1.0 - tail, [0.0]])
    number = poisson_quantile(lot, np.full(len(lot), mean))
    assert (stats.poisson.cdf(number, mean) >= lot).all()
    assert (stats.poisson.cdf(number - 1, mean) < lot)[number > 0].all()


def test_nothing_is_expected_where_the_mean_is_0():
    assert poisson_quantile(np.array([0.0, 0.5, 0.999]), np.zeros(3)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("law", [uniform, exponential, normal, beta(2.0, 5.0)])
def test_draws_are_the_same_whatever_was_drawn_of_the_seed_before(law):
    plain = law(stream(31, "fleet", "taxi", "km", "2"), (40,))
    for size in (7, 40, 12):
        assert (of_day(31, "taxi", "km", 2, law, size) == plain[:size]).all()
    # another seed, and back again
    assert (of_day(32, "taxi", "km", 2, law, 40) != plain).any()
    assert (of_day(31, "taxi", "km", 2, law, 9) == plain[:9]).all()


def test_kept_blocks_are_those_of_their_own_law_and_cannot_be_changed():
    vehicle, charge = np.arange(30), np.arange(30) % 20
    first = ByCharge(31, "taxi", "end-soc", 30, beta(2.0, 5.0)).of(vehicle, charge)
    fewer = ByCharge(31, "taxi", "end-soc", 10, beta(2.0, 5.0)).of(vehicle[:10], charge[:10])
    assert (fewer == first[:10]).all()
    assert (ByCharge(31, "taxi", "end-soc", 30, beta(3.0, 5.0)).of(vehicle, charge) != first).all()
    with pytest.raises(ValueError, match="read-only"):
        of_day(31, "taxi", "km", 2, uniform, 5)[0] = 1.0


def test_seeds_that_take_turns_are_drawn_once(monkeypatch):
    """Visitors of a holiday have a seed of their own, and come week after week between those who live here."""
    monkeypatch.setattr("fleet.demand.decisions._LAST", decisions._LastSeeds())
    drawn = []

    def law(draw, shape):
        drawn.append(shape)
        return draw.random(shape)

    for visitors in (41, 42, 41):
        for seed in (40, visitors, 40):
            of_day(seed, "taxi", "km", 0, law, 5)
    assert len(drawn) == 3
    # one more, and that which was asked for longest ago goes
    for seed in (43, 40, 41, 42):
        of_day(seed, "taxi", "km", 0, law, 5)
    assert len(drawn) == 5


def test_draws_of_earlier_seeds_give_way_before_those_of_the_last(monkeypatch):
    monkeypatch.setattr("fleet.demand.decisions._MOST_KEPT", 10)
    known = decisions._LastSeeds()
    monkeypatch.setattr("fleet.demand.decisions._LAST", known)
    for seed in (50, 51):
        for day in range(4):
            of_day(seed, "taxi", "km", day, uniform, 4)
            assert known.kept == sum(found.size for found in known.tables.values()) <= 10
    assert {key[0] for key in known.tables} == {51}

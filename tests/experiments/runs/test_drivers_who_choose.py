"""Drivers who choose the plug and the hour, in the counties themselves."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import charging
import fleet
from data import load_county
from data.roads.travel_times import travel_matrix

EPSILON_MIN = 1e-6


def served_at(county, layout, *, year, start, days=2):
    """Return requests and result of some days in which no pile fails."""
    made = fleet.vehicle_days(county, fleet.stock(county), year=year, start=start, days=days, seed=11)
    result = charging.simulate(
        layout,
        made.chained(),
        travel_matrix(county, layout, year=year),
        behaviour=charging.behaviour_of(county),
        vehicles=made.vehicles,
    )
    return made, result


def free_guns(layout, sessions, station, current, minute):
    """Return how many guns of a current are free at a station while a driver leaves it."""
    groups = layout.filter(station_id=station, current=current)
    usable = pl.when(pl.col("sharing") == "exclusive").then(1).otherwise(pl.col("guns_per_pile")) * pl.col("piles")
    taken = sessions.filter(
        pl.col("group_id").is_in(groups["group_id"].to_list())
        & (pl.col("station_id") == station)
        & (pl.col("plug_min") <= minute + EPSILON_MIN)
        & (pl.col("leave_min") >= minute - EPSILON_MIN)
    )
    return groups.select(usable.sum()).item() - taken.height


def scarce(layout):
    """Return a layout with a pile of each group, so that there is not enough of anything."""
    return layout.with_columns(piles=1)


@pytest.mark.parametrize("name", ["deqing", "three-towns"])
def test_nobody_with_a_dc_inlet_is_lost_beside_a_free_dc_gun(name, three_towns):
    """In the Spring Festival of 2030, with so few piles that many are lost, drivers who would take AC among them."""
    county = three_towns if name == "three-towns" else load_county(name)
    layout = scarce(county.layout("today" if name == "three-towns" else "plan-2025"))
    _, result = served_at(county, layout, year=2030, start=date(2030, 2, 2))
    wanted = result.sessions.select("request_id", "current")
    lost = result.visits.filter(pl.col("outcome").is_in(["balked", "reneged"])).join(wanted, on="request_id")
    with_inlet = lost.filter(pl.col("current").is_in(["any", "dc"]))
    assert with_inlet.filter(current="any").height > 2
    for station, minute in (
        with_inlet.sample(min(300, with_inlet.height), seed=1).select("station_id", "leave_queue_min").rows()
    ):
        assert free_guns(layout, result.sessions, station, "dc", minute) <= 0
    # who would take AC does not leave for want of either
    for station, minute in lost.filter(current="any").select("station_id", "leave_queue_min").rows():
        assert free_guns(layout, result.sessions, station, "ac", minute) <= 0


def test_who_takes_dc_for_want_of_ac_does_not_stay_on():
    county = load_county("deqing")
    layout = scarce(county.layout("plan-2025"))
    made, result = served_at(county, layout, year=2030, start=date(2030, 2, 2))
    guns = layout.select("station_id", "group_id", at="current")
    either = result.sessions.filter(current="any", outcome="served").join(guns, on=["station_id", "group_id"])
    stays = either.join(made.requests.select("request_id", "overstay_min", "overstay_dc_min"), on="request_id")
    stays = stays.with_columns(stay=pl.col("leave_min") - pl.col("full_min"))
    at_dc, at_ac = stays.filter(at="dc"), stays.filter(at="ac")
    assert at_dc.height > 10
    assert at_dc["stay"].to_numpy() == pytest.approx(at_dc["overstay_dc_min"].to_numpy(), abs=1e-6)
    assert at_ac["stay"].to_numpy() == pytest.approx(at_ac["overstay_min"].to_numpy(), abs=1e-6)
    assert at_dc["stay"].mean() < 15.0
    assert at_ac["stay"].mean() > 100.0


def hours(requests, name):
    """Return the share of a class's requests for DC in each hour of the day."""
    mine = requests.filter(pl.col("vehicle_class").str.starts_with(f"{name}/"), current="dc")
    counts = np.bincount((mine["arrive_min"] % 1440.0 // 60.0).cast(pl.Int64), minlength=24)
    return counts / counts.sum()


def asked(county, **edits):
    """Return four weeks of requests of a county with some figures changed."""
    changed = county.figures
    for key, value in edits.items():
        here = pl.col("key") == key.replace("__", ".")
        changed = changed.with_columns(value=pl.when(here).then(value).otherwise("value"))
    county = county.with_table("figures", changed)
    return fleet.requests(county, fleet.stock(county), year=2030, start=date(2030, 3, 4), days=28, seed=3)


def test_the_valley_moves_arrivals_as_the_elasticity_says():
    """Night-time arrivals peak after midnight, where Guangdong's valley begins, and not before it."""
    county = load_county("deqing")
    multiplier = county.tariff_tou.filter(season="base").sort("hour")["multiplier"].to_numpy()
    valley = multiplier == multiplier.min()
    none, some, more = (
        hours(asked(county, fleet__price_elasticity=value), "private_car") for value in (0.0, 0.35, 0.76)
    )
    night = np.r_[20:24, 0:4]
    assert night[np.argmax(more[night])] == 0
    assert some[0] > some[23]
    price = 0.65 * multiplier + 0.45

    def odds(share):
        return share[valley].sum() / share[~valley].sum()

    for share, elasticity in ((some, 0.35), (more, 0.76)):
        weight = none * price**-elasticity
        assert odds(share) == pytest.approx(weight[valley].sum() / weight[~valley].sum(), rel=0.12)
    assert odds(none) < odds(some) < odds(more)


@pytest.mark.parametrize("name", ["deqing", "three-towns"])
def test_without_time_of_use_nothing_changes_byte_for_byte(name, three_towns):
    county = three_towns if name == "three-towns" else load_county(name)
    flat = county.with_table("tariff_tou", county.tariff_tou.with_columns(multiplier=pl.lit(1.0)))
    inert, elastic = (asked(flat, fleet__price_elasticity=value) for value in (0.0, 0.76))
    assert inert.equals(elastic)
    assert not asked(county, fleet__price_elasticity=0.76).equals(elastic)

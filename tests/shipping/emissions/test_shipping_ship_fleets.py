"""The corridor's ships beside the county's registered ones, and methane slip at part load."""

import numpy as np
import pytest

import shipping
from data import load_county
from shipping.emissions.passage_work import passage_work
from shipping.emissions.ship_fleets import ship_fleets
from shipping.emissions.ship_year import ship_year
from shipping.ships.engines import slip_factor
from shipping.traffic.yearly import county_traffic

YEARS = (2020, 2030)


@pytest.fixture(scope="module")
def deqing():
    return load_county("deqing")


@pytest.fixture(scope="module")
def fleets(deqing):
    return ship_fleets(deqing, years=YEARS)


def of(table, ships, series="a", year=2030, grid="frozen"):
    return table.filter(ships=ships, series=series, year=year, grid=grid).row(0, named=True)


def test_the_corridor_is_the_account_of_ships(deqing, fleets):
    account = shipping.carbon(deqing, years=YEARS).sort("series", "grid", "year")
    corridor = fleets.filter(ships="corridor").sort("series", "grid", "year")
    assert corridor["emissions_t"].to_list() == account["emissions_t"].to_list()
    assert corridor["intensity_g_per_tkm"].to_list() == account["intensity_g_per_tkm"].to_list()
    for series in "abc":
        before, after = (of(corridor, "corridor", series, year)["intensity_g_per_tkm"] for year in YEARS)
        assert of(corridor, "corridor", series)["change_share"] == pytest.approx(after / before - 1.0)


def test_registered_turnover_is_the_countys_part_of_the_citys(deqing, fleets):
    cargo = [county_traffic(deqing, year)[0].cargo_t for year in (2023, 2030)]
    wanted = 3.08e9 * 0.1 * cargo[1] / cargo[0]
    own = of(fleets, "registered")
    assert own["turnover_tkm"] == pytest.approx(wanted)
    assert own["emissions_t"] == pytest.approx(own["turnover_tkm"] * own["intensity_g_per_tkm"] / 1e6)


def test_ships_of_the_corridors_size_that_pass_the_lock_have_its_intensity(deqing):
    alike = deqing.with_figures({"river.registered_size": 1.0, "river.registered_lock_share": 1.0})
    found = ship_fleets(alike, years=[2030])
    for series in "abc":
        two = [of(found, ships, series)["intensity_g_per_tkm"] for ships in ("corridor", "registered")]
        assert two[0] == pytest.approx(two[1], rel=1e-9)


@pytest.mark.parametrize(
    ("figure", "value", "series", "sign"),
    [
        ("river.registered_size", 0.6, "a", 1),
        ("river.registered_lock_share", 0.6, "a", 1),
        ("river.registered_lng_factor", 3.0, "a", -1),
    ],
)
def test_each_figure_moves_the_registered_ships_alone(deqing, fleets, figure, value, series, sign):
    moved = ship_fleets(deqing.with_figures({figure: value}), years=YEARS)
    assert of(moved, "corridor", series) == of(fleets, "corridor", series)
    before, after = (of(table, "registered", series)["intensity_g_per_tkm"] for table in (fleets, moved))
    assert sign * (after - before) > 0.0


def test_a_county_without_the_figure_has_the_corridor_alone(county):
    found = ship_fleets(county, years=[2030])
    assert set(found["ships"]) == {"corridor"}
    assert found["change_share"].null_count() == found.height


def test_slip_by_hand():
    loads = np.array([0.05, 0.1, 0.25, 0.5, 1.0, 1.2])
    found = slip_factor(loads, exponent=0.5, reference_load=0.5)
    assert found == pytest.approx(np.sqrt([5.0, 5.0, 2.0, 1.0, 0.5, 0.5]))
    assert slip_factor(loads, exponent=0.0, reference_load=0.5).tolist() == [1.0] * 6


def test_slip_at_part_load_moves_gas_and_nothing_else(deqing):
    flat = deqing.with_figures({"river.slip_load_exponent": 0.0})
    assert ship_year(flat, 2030).slip_factor == 1.0
    factor = ship_year(deqing, 2030).slip_factor
    # engines run above the reference load of 0.5, and never above 1: between sqrt(0.5) and 1
    assert 0.71 < factor < 1.0
    slip = deqing.fuel_factors.filter(fuel="lng", mode="ship")["slip_share"].item() * factor
    ours = shipping.carbon(deqing, years=[2030], grid=["moving"])
    by_hand = shipping.carbon(flat, years=[2030], grid=["moving"], slip_share=slip)
    assert ours["emissions_t"].to_list() == pytest.approx(by_hand["emissions_t"].to_list(), rel=1e-9)


def test_the_mean_slip_is_weighed_by_fuel(deqing):
    """Fuel times slip lies between what the least and the largest load of the river would give."""
    work = passage_work(deqing, 2025, county_traffic(deqing, 2025)[1])
    for direction in ("down", "up"):
        ratio = work.slip_kg[direction] / work.burnt_kg[direction]
        assert (ratio >= np.sqrt(0.5) - 1e-12).all()
        # empty vessels run at a lower load
        assert (ratio[:, 1] >= ratio[:, 0]).all()

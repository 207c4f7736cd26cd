"""Carbon of single voyages: by hand, and of the county's hulls against published ranges."""

from __future__ import annotations

import datetime as dt

import networkx as nx
import numpy as np
import polars as pl
import pytest

import shipping
from data import DataError, load_county
from shipping import simulate, voyage_carbon
from shipping.schemas import Supply
from shipping.ships.carriers import carrier_table


def test_a_voyage_by_hand(county, line, fleet_row, trips):
    fleet = pl.DataFrame(
        [
            fleet_row(fuel, fuel=fuel, kind="through", tank_m3=None, sfc_kg_kwh=sfc, hotel_kw=10.0)
            for fuel, sfc in (("diesel", 0.2), ("lng", 0.165), ("electric", 0.0))
        ]
    )
    plan = trips(*((fuel, 0.0, 0.0, 100.0) for fuel in ("diesel", "lng", "electric")), kind="through")
    plan = plan.with_columns(cargo_t=pl.when(pl.col("vessel_id") == "lng").then(0.0).otherwise(1000.0))
    done = simulate(line([0.0, 100.0]), plan, Supply.create_empty(), vessels=fleet)
    found = {row["fuel"]: row for row in voyage_carbon(county, done.voyages, fleet, year=2025).iter_rows(named=True)}
    # 10 h of 110 kW
    assert found["diesel"]["kg_a"] == found["diesel"]["kg_b"] == pytest.approx(1100.0 * 0.2 * 3.206)
    assert found["diesel"]["kg_c"] == pytest.approx(1100.0 * 0.2 * (3.2551 + 0.61488))
    assert found["diesel"]["g_per_tkm_a"] == pytest.approx(1100.0 * 0.2 * 3.206 / 100.0)
    assert found["lng"]["kg_a"] == pytest.approx(1100.0 * 0.165 * 0.974 * 2.75)
    assert (found["lng"]["loaded"], found["lng"]["g_per_tkm_a"]) == (False, None)
    assert found["electric"]["kg_a"] == 0.0
    assert found["electric"]["kg_b"] == pytest.approx(1100.0 * 0.43 / 0.85)
    more = voyage_carbon(county, done.voyages, fleet, year=2025, slip_share=0.06)
    assert more.filter(fuel="lng")["kg_c"].item() > found["lng"]["kg_c"]
    with pytest.raises(DataError, match="no factors for ships on 'methanol'"):
        voyage_carbon(county, done.voyages, fleet.with_columns(fuel=pl.lit("methanol")), year=2025)


@pytest.mark.parametrize("name", ["bulk_1000", "bulk_1500", "bulk_2000", "bulk_3000"])
def test_a_loaded_leg_on_slack_water_emits_8_to_20_g(line, trips, name):
    county = load_county("deqing")
    fleet = shipping.vessels(county, year=2025, seed=1).filter(vessel_id=f"through-{name}")
    cargo = 0.9 * fleet["dwt_t"].item()
    plan = trips((f"through-{name}", 0.0, 0.0, 100.0), kind="through", load_share=0.9, cargo_t=cargo)
    graph = line([0.0, 100.0])
    nx.set_edge_attributes(graph, 6.0, "depth_m")
    done = simulate(graph, plan, Supply.create_empty(), vessels=fleet)
    found = voyage_carbon(county, done.voyages, fleet, year=2025).row(0, named=True)
    assert 8.0 < found["g_per_tkm_a"] < 20.0


def test_the_fleet_emits_more_than_its_loaded_legs():
    county = load_county("deqing")
    start = dt.date(2025, 4, 1)
    voyages = shipping.voyages(county, year=2025, start=start, days=3, seed=1).filter(kind="through")
    fleet = shipping.vessels(county, year=2025, seed=1).filter(kind="through")
    river = shipping.waterway(county, start=start, days=3)
    done = simulate(river, voyages, Supply.create_empty(), vessels=fleet)
    table = voyage_carbon(county, done.voyages, fleet, year=2025).join(
        voyages.select("voyage_id", "load_share", "vessel_class", down=pl.col("to_km") > pl.col("from_km")),
        on="voyage_id",
    )
    down = table.filter(pl.col("down") & pl.col("loaded"))
    assert 5.0 < 1000.0 * down["kg_a"].sum() / down["cargo_tkm"].sum() < 12.0
    every = 1000.0 * table["kg_a"].sum() / table["cargo_tkm"].sum()
    assert every > 1.2 * 1000.0 * down["kg_a"].sum() / down["cargo_tkm"].sum()
    assert every < 20.0


def test_the_ranking_from_well_to_wake_turns_with_the_slip():
    county = load_county("deqing")

    def well(slip):
        table = carrier_table(county, year=2025, slip=slip)
        return dict(table.select("carrier", "well_gco2e_per_kwh").iter_rows())

    low, high = well("slip_low"), well("slip_high")
    assert low["lng_high_pressure"] < low["lng_lean_burn"] < low["diesel"]
    assert high["lng_lean_burn"] > high["diesel"]
    assert high["lng_high_pressure"] < high["diesel"]
    assert np.isfinite(list(high.values())).all()

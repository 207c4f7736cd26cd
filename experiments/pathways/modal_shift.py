"""One freight chain: what moves to water or rail leaves the road with its trucks and comes back as ships and trains.

Tonnes are conserved, and the t km of each mode are those tonnes times the way of that mode: a truck's haul, the river
from the county's terminals, the railway, and the trucks that bring freight to terminal or station and away from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

import fleet
import shipping
from data.errors import ScenarioError
from data.factors import electricity_factor
from data.tables.roles import HEAVY_FREIGHT, classes_of
from fleet.emissions.accounts import SERIES, carrier_factors, energy, turnover
from fleet.emissions.factors import RoadFactors
from shipping.traffic.added_freight import AddedFreight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from experiments.scenario.model import Scenario

FREIGHT: Final = {
    "year": pl.Int64(),
    **dict.fromkeys(("part", "mode"), pl.String()),
    **dict.fromkeys(("tonnes", "way_km", "tkm", "a_tco2", "b_tco2", "c_tco2e"), pl.Float64()),
}
"""Columns of the table of freight: `part` is ``without`` (all by heavy trucks), ``stays``, ``water`` or ``rail``."""


@dataclass(frozen=True, slots=True)
class FreightWays:
    """Ways of a tonne by mode, and how a shift comes about.

    Attributes
    ----------
    base_year, ramp_years : int
        The shift begins after the first, and takes the second to reach its whole.
    road_km : float
        Mean haul by heavy truck.
    to_terminal_km, to_station_km : float
        Road before and after the way on the river, and on the railway, together.
    rail_over_road : float
        Way by rail over that by road.
    up_share : float
        Share of what goes by river that goes upstream, through the lock.
    rail_kg_per_tkm : float
        CO2 of the electricity of a t km by rail, kg.
    """

    base_year: int
    ramp_years: int
    road_km: float
    to_terminal_km: float
    to_station_km: float
    rail_over_road: float
    up_share: float
    rail_kg_per_tkm: float

    @classmethod
    def from_county(cls, county: County) -> FreightWays:
        """Return the figures ``shift.*`` of a county, and the years of ``adoption.*``."""
        figure = county.figure
        return cls(
            round(figure("adoption.base_year")),
            max(1, round(figure("adoption.ramp_years"))),
            figure("shift.road_haul_km"),
            figure("shift.to_terminal_km"),
            figure("shift.to_station_km"),
            figure("shift.rail_over_road"),
            figure("shift.up_share"),
            figure("shift.rail_gco2_per_tkm") / 1000.0,
        )

    def ramp(self) -> pl.Expr:
        """Return which part of the whole shift has come about in a year."""
        return ((pl.col("year") - self.base_year) / self.ramp_years).clip(0.0, 1.0)


def shifts(scenario: Scenario) -> bool:
    """Return whether a scenario moves freight."""
    return scenario.fleet.to_water_share + scenario.fleet.to_rail_share > 0.0


def stock_left(scenario: Scenario, county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return the stock of which the heavy trucks whose freight moves have left the county.

    Trucks to and from terminals and stations stay. In each year those that leave count among the scrapped ones, so that
    vehicles = before + new - scrapped goes on to hold.
    """
    if not shifts(scenario):
        return stock
    ways = FreightWays.from_county(county)
    water, rail = scenario.fleet.to_water_share, scenario.fleet.to_rail_share
    # a tonne that moves takes its haul off the road but what brings it to terminal or station
    gone = water * (1.0 - ways.to_terminal_km / ways.road_km) + rail * (1.0 - ways.to_station_km / ways.road_km)
    heavy = pl.col("vehicle_class").is_in(classes_of(county.vehicle_classes, *HEAVY_FREIGHT))
    left = pl.when(heavy).then(1.0 - ways.ramp() * gone).otherwise(1.0)
    keys = ["vehicle_class", "power"]
    moved = stock.with_columns(vehicles=pl.col("vehicles") * left, new_vehicles=pl.col("new_vehicles") * left)
    before = pl.col("vehicles").shift(1).over(keys, order_by="year")
    sold = (before + pl.col("new_vehicles") - pl.col("vehicles")).clip(0.0)
    moves = heavy & (pl.col("year") > ways.base_year)
    return moved.with_columns(scrapped_vehicles=pl.when(moves).then(sold).otherwise("scrapped_vehicles"))


def added_freight(scenario: Scenario, county: County, stock: pl.DataFrame, *, year: int) -> AddedFreight | None:
    """Return what goes by river in a year because of the scenario; None for nothing.

    Parameters
    ----------
    scenario : Scenario
        ``fleet.to_water_share``.
    county, stock
        County, and its stock before trucks leave.
    year : int
        Year.

    Raises
    ------
    ScenarioError
        The county has no river, or no terminal that is open.
    """
    if scenario.fleet.to_water_share == 0.0:
        return None
    if not county.has("river"):
        raise ScenarioError(f"fleet.to_water_share: {county.name} has no river; leave it out, or move freight to rail.")
    moved = _moved(scenario, county, stock).filter(pl.col("year") == year)
    tonnes = float(moved["water_t"].sum())
    if tonnes == 0.0:
        return None
    return AddedFreight.from_county(county, tonnes, FreightWays.from_county(county).up_share, year=year)


def carbon_accounts(scenario: Scenario, county: County, stock: pl.DataFrame, *, years: Sequence[int]) -> pl.DataFrame:
    """Return the carbon accounts of road and ships with the freight that the scenario moves.

    What moves to ships adds to their turnover, and to their emissions at their own intensity: the ships' intensity
    stays, the road's changes by its mix. Trains are outside both accounts; `freight_table` has them.

    Parameters
    ----------
    scenario : Scenario
        ``fleet.to_water_share`` and ``fleet.to_rail_share``.
    county, stock
        County, and its stock before trucks leave.
    years : sequence of int
        Years of the accounts.

    Returns
    -------
    polars.DataFrame
        As `data.schemas.accounts.Carbon`.
    """
    ships = shipping.carbon(county, years=years)
    if not shifts(scenario):
        return pl.concat([fleet.carbon(county, stock, years=years), ships])
    left = stock_left(scenario, county, stock)
    added = [(year, _tkm(added_freight(scenario, county, stock, year=year))) for year in years]
    moved = pl.DataFrame(added, schema={"year": pl.Int64, "to_water": pl.Float64}, orient="row")
    shifted = ships.join(moved, on="year", how="left", maintain_order="left")
    grown = 1.0 + pl.col("to_water") / pl.col("converted_turnover_tkm")
    shifted = shifted.with_columns(
        (pl.col(name) * grown).alias(name) for name in ("emissions_t", "petroleum_t", "converted_turnover_tkm")
    )
    return pl.concat([fleet.carbon(county, left, years=years), shifted.select(ships.columns)])


def _tkm(added: AddedFreight | None) -> float:
    """Return the t km that added freight makes on the river."""
    return 0.0 if added is None else added.tkm


def freight_table(scenario: Scenario, county: County, stock: pl.DataFrame, *, years: Sequence[int]) -> pl.DataFrame:
    """Return the county's heavy freight by year, part of the shift and mode: tonnes, way, t km and emissions.

    Emissions per t km of trucks are those of the heavy classes in that year, of ships those of the corridor, of trains
    their purchased electricity; with the grid of the base year (chains of transport in the way of ISO 14083).

    Parameters
    ----------
    scenario : Scenario
        What moves.
    county, stock
        County, and its stock before trucks leave.
    years : sequence of int
        Years.

    Returns
    -------
    polars.DataFrame
        Columns of `FREIGHT`. Tonnes of ``without`` are those of ``stays``, ``water`` on water and ``rail`` on rail
        together; rows of mode ``road`` of water and rail are the way to terminal and station. No rows where the county
        has no heavy freight.
    """
    ways = FreightWays.from_county(county)
    rows: list[tuple[int | str | float, ...]] = []
    moved = _moved(scenario, county, stock).filter(pl.col("year").is_in(list(years)) & (pl.col("tonnes") > 0.0))
    for year, tonnes, water, rail in moved.select("year", "tonnes", "water_t", "rail_t").iter_rows():
        road = _road_kg_per_tkm(county, stock, year)
        added = added_freight(scenario, county, stock, year=year) if water > 0.0 else None
        parts = [
            ("without", "road", tonnes, ways.road_km, road),
            ("stays", "road", tonnes - water - rail, ways.road_km, road),
            ("rail", "road", rail, ways.to_station_km, road),
            ("rail", "rail", rail, ways.road_km * ways.rail_over_road, _rail_kg_per_tkm(county, ways)),
        ]
        if added is not None:
            parts.append(("water", "road", water, ways.to_terminal_km, road))
            parts.append(("water", "water", water, added.tkm / water, _ship_kg_per_tkm(county, year)))
        for part, mode, mass, way, per_tkm in parts:
            if mass > 0.0:
                tkm = mass * way
                rows.append((year, part, mode, mass, way, tkm, *(tkm * per_tkm[series] / 1000.0 for series in SERIES)))
    return pl.DataFrame(rows, schema=FREIGHT, orient="row").sort("year", "part", "mode")


def _moved(scenario: Scenario, county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return tonnes of heavy freight by year, and those to water and rail: ``year, tonnes, water_t, rail_t``."""
    ways, classes = FreightWays.from_county(county), classes_of(county.vehicle_classes, *HEAVY_FREIGHT)
    heavy = turnover(RoadFactors.from_county(county), stock).filter(pl.col("vehicle_class").is_in(classes))
    by_year = heavy.group_by("year").agg(tkm=pl.col("freight_tkm").sort().sum()).sort("year")
    tonnes = pl.col("tkm") / ways.road_km
    return by_year.select(
        "year",
        tonnes=tonnes,
        water_t=tonnes * scenario.fleet.to_water_share * ways.ramp(),
        rail_t=tonnes * scenario.fleet.to_rail_share * ways.ramp(),
    )


def _road_kg_per_tkm(county: County, stock: pl.DataFrame, year: int) -> dict[str, float]:
    """Return the emissions of a t km by heavy truck in a year, kg by series."""
    factors, classes = RoadFactors.from_county(county), classes_of(county.vehicle_classes, *HEAVY_FREIGHT)
    now = stock.filter((pl.col("year") == year) & pl.col("vehicle_class").is_in(classes))
    used, tkm = energy(factors, now), float(turnover(factors, now)["freight_tkm"].sum())
    found = {}
    for series in SERIES:
        per_unit = carrier_factors(factors, series, factors.base_year)
        kg = pl.col("amount") * pl.col("carrier").replace_strict(per_unit, return_dtype=pl.Float64)
        found[series] = float(used.select(kg.sum()).item()) / tkm
    return found


def _ship_kg_per_tkm(county: County, year: int) -> dict[str, float]:
    """Return the emissions of a t km on the river in a year, kg by series."""
    rows = shipping.carbon(county, years=[year], grid=("frozen",)).select("series", "intensity_g_per_tkm")
    return {series: grams / 1000.0 for series, grams in rows.iter_rows()}


def _rail_kg_per_tkm(county: County, ways: FreightWays) -> dict[str, float]:
    """Return the emissions of a t km by electric train, kg by series: none at the train, CO2, CO2e with upstream."""
    base = round(county.figure("carbon.baseline_year"))
    upstream = electricity_factor(county, base, "c") / electricity_factor(county, base, "b")
    return {"a": 0.0, "b": ways.rail_kg_per_tkm, "c": ways.rail_kg_per_tkm * upstream}


def river_with_freight(county: County, added: AddedFreight | None, *, year: int) -> County:
    """Return the county whose terminals and LNG fleet carry added freight in a year, for the simulation of that year.

    Raises
    ------
    ScenarioError
        More freight than the open terminals are designed for.
    """
    if added is None:
        return county
    handled = added.handled_t(county, year)
    grown = (handled + added.tonnes) / handled
    changes = {key: value * grown for key, value in added.use_shares(county).items()}
    if added.use_share(county, year) * grown > 1.0:
        raise ScenarioError(
            f"fleet.to_water_share: {added.tonnes / 1e6:.2f} Mt more in {year} would fill the open terminals to "
            f"{added.use_share(county, year) * grown:.0%} of their design; expected at most 100 %. Move less, or add "
            "terminals."
        )
    fleet_grown = 1.0 + added.tkm / added.corridor_tkm(county, year)
    vessels = "river.lng_fleet_vessels"
    return county.with_figures({**changes, vessels: county.figure(vessels) * fleet_grown})

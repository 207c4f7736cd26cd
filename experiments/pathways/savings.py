"""With and without: what a scenario saves of CO2 and petroleum against its counterfactual, measure by measure."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

import fleet
import shipping
from data.tables.roles import CARS, FREIGHT, TWO_WHEELER, classes_of
from experiments.pathways.modal_shift import freight_table, stock_left
from experiments.pathways.saving_costs import freight_cost, ship_cost, vehicle_costs
from experiments.scenario.counterfactual import ship_share_keys
from experiments.scorecard.facts.saved import FREIGHT_SHIFT, GROUPS, LAND, SAVINGS, SHIP_ENERGY, SHIPS, TOGETHER
from fleet.emissions.accounts import HEADLINE_GRID, PETROLEUM, SERIES, carrier_factors, energy
from fleet.emissions.factors import RoadFactors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.arrays import Floats
    from data.county import County
    from data.money import Price
    from experiments.scenario.model import Scenario

LOADS: Final = "freight_loads"
"""Measure: fuller and less empty trucks."""
OTHER: Final = "other"
"""Whatever else differs: figures and tables that the counterfactual sets."""
MEASURES: Final = (*GROUPS, SHIP_ENERGY, LOADS, FREIGHT_SHIFT, OTHER)
_OWNED: Final = ("flow_shares", "freight_loads", "figures")
"""Tables of which a measure other than `OTHER` owns some or all rows."""
_COLUMNS: Final = ("a_tco2", "b_tco2", "c_tco2e", "petroleum_t")


@dataclass(eq=False)
class Worlds:
    """A county with and without the measures of a scenario, and any mixture of both.

    Attributes
    ----------
    scenario, county
        With the measures.
    other, other_county
        Without.
    years : sequence of int
        Years of the accounts.
    """

    scenario: Scenario
    county: County
    other: Scenario
    other_county: County
    years: Sequence[int]
    _known: dict[tuple[object, ...], dict[str, Floats]] = field(default_factory=dict)

    def members(self) -> dict[str, list[str]]:
        """Return the vehicle classes of each group."""
        kinds = self.county.vehicle_classes
        found = {
            "cars": classes_of(kinds, *CARS),
            "trucks": classes_of(kinds, *FREIGHT),
            "two_wheelers": classes_of(kinds, TWO_WHEELER),
        }
        named = {name for classes in found.values() for name in classes}
        found["public_vehicles"] = [name for name in kinds["vehicle_class"] if name not in named]
        return found

    def active(self) -> list[str]:
        """Return the measures in which both worlds differ."""
        flows = [
            county.flow_shares.sort("vehicle_class", "power", "year") for county in (self.county, self.other_county)
        ]
        moved = [(one.fleet.to_water_share, one.fleet.to_rail_share) for one in (self.scenario, self.other)]
        found = [name for name, classes in self.members().items() if _differ(*(_of(flow, classes) for flow in flows))]
        figures = [county.figures.select("key", "value") for county in (self.county, self.other_county)]
        ships = pl.col("key").is_in(ship_share_keys(self.county))
        differs = {
            SHIP_ENERGY: _differ(*(table.filter(ships) for table in figures)),
            LOADS: _differ(self.county.freight_loads, self.other_county.freight_loads),
            FREIGHT_SHIFT: moved[0] != moved[1],
            OTHER: _differ(*(table.filter(~ships) for table in figures))
            or any(
                _differ(self.county.tables[name], self.other_county.tables[name])
                for name in self.county.tables
                if name not in _OWNED
            ),
        }
        return [*found, *(name for name, yes in differs.items() if yes)]

    def mixed(self, chosen: frozenset[str]) -> tuple[Scenario, County]:
        """Return scenario and county with some measures and without the others; groups are chosen all or none."""
        base = self.county if OTHER in chosen else self.other_county
        flow = self.county if chosen & set(GROUPS) else self.other_county
        loads = self.county if LOADS in chosen else self.other_county
        ships = self.county if SHIP_ENERGY in chosen else self.other_county
        county = base.with_table("flow_shares", flow.flow_shares).with_table("freight_loads", loads.freight_loads)
        county = county.with_figures({key: ships.figure(key) for key in ship_share_keys(county)})
        moves = self.scenario if FREIGHT_SHIFT in chosen else self.other
        shares = {name: getattr(moves.fleet, name) for name in ("to_water_share", "to_rail_share")}
        return self.scenario.with_(fleet=shares), county

    def accounts(self, chosen: frozenset[str]) -> dict[str, Floats]:
        """Return t by part of the account, years by `_COLUMNS`: each group, what moves off the road, the ships."""
        if (chosen,) not in self._known:
            scenario, county = self.mixed(chosen)
            stock = fleet.stock(county)
            land = self._land(county, stock_left(scenario, county, stock))
            moved = _moved(scenario, county, stock, self.years)
            self._known[chosen,] = {**land, FREIGHT_SHIFT: moved, SHIP_ENERGY: _ships(county, self.years)}
        return self._known[chosen,]

    def _land(self, county: County, stock: pl.DataFrame) -> dict[str, Floats]:
        """Return the emissions of the vehicles of each group."""
        factors = RoadFactors.from_county(county)
        used = energy(factors, stock.filter(pl.col("year").is_in(list(self.years))))
        kg = {
            series: pl.col("amount")
            * pl.col("carrier").replace_strict(
                carrier_factors(factors, series, factors.base_year), return_dtype=pl.Float64
            )
            for series in SERIES
        }
        oil = pl.col("amount").filter(pl.col("carrier").is_in(PETROLEUM)).sum() / 1000.0
        found = {}
        for name, classes in self.members().items():
            rows = used.filter(pl.col("vehicle_class").is_in(classes)).sort("year", "vehicle_class", "power", "carrier")
            sums = rows.group_by("year").agg(*((kg[series].sum() / 1000.0).alias(series) for series in SERIES), oil=oil)
            found[name] = _by_year(sums, self.years)
        return found


def savings(worlds: Worlds, ownership: pl.DataFrame) -> pl.DataFrame:
    """Return what the measures of a scenario save by year.

    Parameters
    ----------
    worlds : Worlds
        With and without.
    ownership : polars.DataFrame
        Costs of vehicles of the scenario's year (`fleet.tco`); no rows where the county has none.

    Returns
    -------
    polars.DataFrame
        Columns of `SAVINGS`. The parts of the measures are their Shapley values (Shapley 1953): the mean of what a
        measure saves over all orders in which they can come, so that they add up to what all save together, in whatever
        order. The grid is that of the base year, as targets are judged. Land and ships are not added: the county's
        vehicles and the ships of a whole corridor are different things.
    """
    active = worlds.active()
    shares = {(LAND, TOGETHER): _zeros(worlds), (SHIPS, TOGETHER): _zeros(worlds)}
    for part, account in ((LAND, name) for name in (*GROUPS, FREIGHT_SHIFT)):
        players = [name for name in active if name in _MATTERS[account]]
        for measure, saved in shapley(players, _saved(worlds, account)).items():
            shares[part, measure] = shares.get((part, measure), _zeros(worlds)) + saved
            shares[part, TOGETHER] = shares[part, TOGETHER] + saved
    for measure, saved in shapley(
        [name for name in active if name in (SHIP_ENERGY, OTHER)], _saved(worlds, SHIP_ENERGY)
    ).items():
        shares[SHIPS, measure] = saved
        shares[SHIPS, TOGETHER] = shares[SHIPS, TOGETHER] + saved
    costs = _costs(worlds, active, ownership)
    rows = [
        (year, part, measure, *saved[at].tolist(), *_per_tonne(costs, worlds, year, measure, saved[at]))
        for (part, measure), saved in shares.items()
        for at, year in enumerate(worlds.years)
        # a county without a river saves nothing there, and a measure without effect is none
        if (part == LAND or worlds.county.has("river")) and (measure == TOGETHER or saved.any())
    ]
    order = {name: place for place, name in enumerate((*MEASURES, TOGETHER))}
    table = pl.DataFrame(rows, schema=SAVINGS, orient="row")
    return table.sort("year", "part", pl.col("measure").replace_strict(order))


_MATTERS: Final = {
    "cars": ("cars", OTHER),
    "two_wheelers": ("two_wheelers", OTHER),
    "public_vehicles": ("public_vehicles", LOADS, OTHER),
    "trucks": ("trucks", LOADS, FREIGHT_SHIFT, OTHER),
    FREIGHT_SHIFT: (SHIP_ENERGY, LOADS, FREIGHT_SHIFT, OTHER),
}
"""Measures that each account of the land depends on."""


def shapley(players: Sequence[str], value: Callable[[frozenset[str]], Floats]) -> dict[str, Floats]:
    """Return the Shapley value of each player: they add up to the value of all less that of none.

    Parameters
    ----------
    players
        Their names.
    value
        Value of a set of them: numbers or arrays of one shape.
    """
    count = len(players)
    found = {}
    for player in players:
        others = [name for name in players if name != player]
        total: Floats = np.zeros_like(value(frozenset()))
        for size in range(count):
            # of all orders the part in which just these come before the player
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for before in itertools.combinations(others, size):
                total = total + weight * (value(frozenset({*before, player})) - value(frozenset(before)))
        found[player] = total
    return found


def _saved(worlds: Worlds, account: str) -> Callable[[frozenset[str]], Floats]:
    """Return what a set of measures changes an account to, as a saving: its tonnes with the sign turned."""
    return lambda chosen: -worlds.accounts(chosen & set(MEASURES) if account not in GROUPS else _whole(chosen))[account]


def _whole(chosen: frozenset[str]) -> frozenset[str]:
    """Return a set in which a group stands for all: an account of one group does not see the others' powers."""
    groups = {GROUPS[0]} if chosen & set(GROUPS) else set()
    return frozenset({*(chosen - set(GROUPS)), *groups})


def _zeros(worlds: Worlds) -> Floats:
    """Return nothing saved."""
    return np.zeros((len(worlds.years), len(_COLUMNS)))


def _of(flow: pl.DataFrame, classes: Sequence[str]) -> pl.DataFrame:
    """Return the shares of some classes."""
    return flow.filter(pl.col("vehicle_class").is_in(list(classes))).select("vehicle_class", "power", "year", "share")


def _differ(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Return whether two tables differ."""
    return one is not other and not one.equals(other)


def _by_year(sums: pl.DataFrame, years: Sequence[int]) -> Floats:
    """Return sums by year as an array in the order of the years; 0 for a year without rows."""
    every = pl.DataFrame({"year": list(years)}, schema={"year": pl.Int64})
    columns = [name for name in sums.columns if name != "year"]
    return every.join(sums, on="year", how="left", maintain_order="left").select(columns).fill_null(0.0).to_numpy()


def _moved(scenario: Scenario, county: County, stock: pl.DataFrame, years: Sequence[int]) -> Floats:
    """Return what freight off the road emits on river and rail."""
    if scenario.fleet.to_water_share + scenario.fleet.to_rail_share == 0.0:
        return np.zeros((len(years), len(_COLUMNS)))
    table = freight_table(scenario, county, stock, years=years).filter(
        pl.col("mode") != "road", pl.col("part") != "without"
    )
    sums = table.group_by("year").agg(pl.col("a_tco2", "b_tco2", "c_tco2e").sort().sum())
    on_water = table.filter(mode="water").group_by("year").agg(pl.col("tkm").sum())
    ships = shipping.carbon(county, years=list(years), grid=(HEADLINE_GRID,)).filter(series=SERIES[0])
    burnt = ships.select("year", per_tkm=pl.col("petroleum_t") / pl.col("converted_turnover_tkm"))
    oil = on_water.join(burnt, on="year").select("year", oil=pl.col("tkm") * pl.col("per_tkm"))
    return _by_year(sums.join(oil, on="year", how="left"), years)


def _ships(county: County, years: Sequence[int]) -> Floats:
    """Return what the ships of the corridor emit."""
    account = shipping.carbon(county, years=list(years), grid=(HEADLINE_GRID,))
    if not account.height:
        return np.zeros((len(years), len(_COLUMNS)))
    wide = account.pivot("series", index=["year", "petroleum_t"], values="emissions_t")
    return _by_year(wide.select("year", *SERIES, "petroleum_t"), years)


def _costs(worlds: Worlds, active: Sequence[str], ownership: pl.DataFrame) -> dict[str, Price]:
    """Return what each measure costs more in the scenario's year than doing without it, CNY, where that is known."""
    year, groups = worlds.scenario.year, worlds.members()
    sides = (worlds.mixed(frozenset(GROUPS[:1])), worlds.mixed(frozenset()))
    found = vehicle_costs(*sides, {name: groups[name] for name in GROUPS if name in active}, ownership)
    # the last of all to come: what else differs is there on both sides
    every = frozenset(active)
    if SHIP_ENERGY in active:
        known = ship_cost(worlds.mixed(every)[1], worlds.mixed(every - {SHIP_ENERGY})[1], year)
        found |= {} if known is None else {SHIP_ENERGY: known}
    if FREIGHT_SHIFT in active:
        known = freight_cost(worlds.mixed(every), worlds.mixed(every - {FREIGHT_SHIFT}), year)
        found |= {} if known is None else {FREIGHT_SHIFT: known}
    return found


def _per_tonne(
    costs: Mapping[str, Price], worlds: Worlds, year: int, measure: str, saved: Floats
) -> tuple[float | None, float | None, float | None]:
    """Return the cost of a tonne of series b and its range; None where it is not known, or nothing is saved.

    The range is that of the prices; without one there is none.
    """
    tonnes = float(saved[_COLUMNS.index("b_tco2")])
    if measure not in costs or year != worlds.scenario.year or tonnes <= 0.0:
        return None, None, None
    low, value, high = costs[measure].over(tonnes)
    return (value, low, high) if low < high else (value, None, None)

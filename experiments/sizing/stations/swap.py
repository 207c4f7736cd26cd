"""``size swap``: bays, batteries and chargers of the county's swap stations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import connection
from charging.swapping.swap_sizing import PARTS, SEARCH, size_swap_stations
from data.errors import DataError, ScenarioError
from data.goals import Finding, Service
from data.outcomes import LATE_MIN, SERVED, late_min
from experiments.runs.plan import prepare
from experiments.runs.provenance import frame_digest
from experiments.runs.replicate import child_seed, open_swap_stations, simulate_swaps, swap_demand
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.purchases import priced
from experiments.sizing.stations.chargers import county_goals
from experiments.sizing.stations.simulated_weeks import LOST_MIN
from experiments.sizing.targets import check_budget, check_goals, service_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from charging.swapping import SwapResult
    from data.goals import Figure, Goal, Sizing
    from experiments.runs.case import Case
    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

    Known = Callable[[pl.DataFrame, int], Service]

KNOWN: Final = {
    name: name for name in ("not_in_time_share", "late_share", "unserved_share", "p95_wait_min", "wait_mean_min")
}
"""Measures of the target: those of charging stations, of the vehicles that come to swap."""
BUDGET: Final = (*PARTS, "cny")
_FRESH: Final = 1


class _Stations:
    """Simulates the county's swap stations with the vehicles that could use them, which are drawn once per seed."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._drawn: dict[int, pl.DataFrame] = {}

    def vehicles(self, part: int, number: int) -> pl.DataFrame:
        """Return the vehicles of a replication of a set of random numbers."""
        seed = child_seed(self.case.scenario.seed, part * self.case.scenario.replications + number)
        if seed not in self._drawn:
            self._drawn[seed] = swap_demand(self.case, seed=seed)
        return self._drawn[seed]

    def shown(self, stations: pl.DataFrame, part: int) -> list[SwapResult]:
        """Return what each replication of a set shows."""
        interval_min = self.case.scenario.charging.interval_min
        return [
            simulate_swaps(self.case, stations, self.vehicles(part, number), interval_min=interval_min)
            for number in range(self.case.scenario.replications)
        ]


def size_swap(
    scenario: Scenario, goals: Sequence[Goal], budget: Mapping[str, int], *, kept: Evaluations = NOTHING_KEPT
) -> Sizing:
    """Size the swap stations that are open in the scenario's year; see `experiments.sizing.size`.

    Their vehicles are those of the run table ``swapping``: fast charging of the classes that a station takes, and the
    trucks that swap. Without a target the county's criteria of charging hold.
    """
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    case = prepare(scenario).case
    county, stations = case.county, open_swap_stations(case)
    if not stations.height:
        raise ScenarioError(
            f"size swap: {county.name} has no swap station that is open in {scenario.year}. Add rows to "
            f"swap_stations.csv, or take a later --set year=."
        )
    simulated = _Stations(case)
    if not any(simulated.vehicles(part, 0).height for part in (SEARCH, _FRESH)):
        raise ScenarioError(f"size swap: nobody swaps in {scenario.days} days at {', '.join(stations['station_id'])}.")
    goals = tuple(goals) or county_goals(county)
    measures = {goal.measure: KNOWN[goal.measure] for goal in goals}

    def evaluate(sized: pl.DataFrame, part: int) -> Service:
        swaps = [
            result.swaps.with_columns(replication=pl.lit(number))
            for number, result in enumerate(simulated.shown(sized, part))
        ]
        together = pl.concat(swaps)
        return service_of({"sessions": together}, len(swaps), measures, county.figure, trouble=_trouble(case, together))

    def known(sized: pl.DataFrame, part: int) -> Service:
        design = f"{frame_digest(sized)} {part} {' '.join(measures)}"
        return kept.service(design, lambda: evaluate(sized, part))

    cost = _cost_of(case)
    if "cny" in budget and cost is None:
        raise ScenarioError(f"--budget cny: {county.name} has no prices of swap stations in infrastructure_prices.csv.")
    found = size_swap_stations(stations, known, goals, budget=budget, cost=cost)
    return _told(found, stations, goals, known, simulated)


def _trouble(case: Case, swaps: pl.DataFrame) -> dict[str, float]:
    """Return the minutes that vehicles waited too long, or in vain, by the last station that they came to."""
    over = pl.when(SERVED).then(late_min(case.county.figure(LATE_MIN), pl.col("wait_min"))).otherwise(LOST_MIN)
    came = swaps.filter(pl.col("station_id").is_not_null())
    return dict(came.group_by("station_id", maintain_order=True).agg(over.sum()).iter_rows())


def connections_kw(stations: pl.DataFrame) -> list[float]:
    """Return the connection of each station: what its chargers draw, at the most its limit."""
    drawn = pl.col("chargers") * pl.col("charger_kw") / pl.col("efficiency")
    return stations.select(pl.min_horizontal(drawn, "limit_kw"))["chargers"].to_list()


def pieces_of(stations: pl.DataFrame) -> dict[str, float]:
    """Return the pieces of stations, in the units of their prices."""
    return {
        "swap_bay": float(stations["bays"].sum()),
        "swap_battery": math.fsum((stations["batteries"] * stations["battery_kwh"]).to_list()),
        "swap_charger": math.fsum((stations["chargers"] * stations["charger_kw"]).to_list()),
    }


def _cost_of(case: Case) -> Callable[[pl.DataFrame], float] | None:
    """Return what stations cost to build, CNY; None where the county lacks prices."""
    try:
        prices = Prices.from_county(case.county)
        rates = {item: prices.figure(item) for item in pieces_of(case.county.swap_stations)}
        # prices of transformer and line too, which every size that needs one takes
        list(connection(prices.figure("low_voltage") + 1.0, prices))
    except DataError:
        return None

    def cost(stations: pl.DataFrame) -> float:
        parts = [rates[item] * quantity for item, quantity in pieces_of(stations).items()]
        parts += [each.cny * each.quantity for kw in connections_kw(stations) for each in connection(kw, prices)]
        return round(math.fsum(parts), 2)

    return cost


def _told(found: Sizing, stations: pl.DataFrame, goals: Sequence[Goal], known: Known, simulated: _Stations) -> Sizing:
    """Return a sizing with its costs, what stands today beside it, and what each station does on fresh numbers."""
    today: dict[str, Figure] = {**known(stations, _FRESH).against(goals)}
    sizes = _by_station(found.answer, stations, simulated)
    figures: dict[str, Figure] = {name: int(found.answer[name].sum()) for name in PARTS}
    figures |= {f"{name}_today": int(stations[name].sum()) for name in PARTS}
    figures["per_day"] = f"{math.fsum(sizes['arrivals_per_day'].to_list()):.3g}"
    told = replace(
        found,
        answer=found.answer.with_columns(confidence=pl.lit("derived")),
        says=(*found.says, Finding("swap_answer", figures), Finding("swap_today", today)),
        tables={"swap_sizes": sizes},
    )
    county = simulated.case.county
    return priced(told, county, {"": pieces_of(found.answer)}, connections_kw=connections_kw(found.answer))


def _by_station(answer: pl.DataFrame, stations: pl.DataFrame, simulated: _Stations) -> pl.DataFrame:
    """Return size, change against today and service of each station on fresh random numbers."""
    shown = pl.concat(result.stations for result in simulated.shown(answer, _FRESH))
    days = float(simulated.case.scenario.days)
    service = shown.group_by("station_id", maintain_order=True).agg(
        arrivals_per_day=pl.col("arrivals").mean() / days,
        wait_p95_min=pl.col("wait_p95_min").mean(),
        utilisation_share=pl.col("bay_utilisation_share").mean(),
        peak_kw=pl.col("peak_kw").max(),
    )
    change = [(pl.col(name) - pl.col(f"{name}_now")).alias(f"{name}_change") for name in PARTS]
    now = stations.select("station_id", *(pl.col(name).alias(f"{name}_now") for name in PARTS))
    sized = answer.select("station_id", *PARTS).join(now, on="station_id", maintain_order="left")
    columns = [column for pair in zip(PARTS, change, strict=True) for column in pair]
    return sized.select("station_id", *columns).join(service, on="station_id", how="left", maintain_order="left")

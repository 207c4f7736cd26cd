"""``size storage``: how much photovoltaics and storage pays at each station, by its load and the hours' prices."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.costs.price_table import Level, Prices
from charging.grid.pv import pv_kw
from charging.grid.storage import Storage, dispatch
from charging.inputs.tariff import FEE, prices_at, tariff_of
from charging.sizing import SEARCH
from data.arrays import DAY_MIN
from data.errors import ScenarioError
from data.goals import Finding, Sizing, within
from data.money import annuity
from experiments.runs.plan import prepare
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.purchases import cost_figures, purchase_costs
from experiments.sizing.stations.trial import Trial
from experiments.sizing.targets import check_budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats
    from data.goals import Figure, Goal
    from experiments.runs.case import Case
    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

BUDGET: Final = ("cny",)
_PV: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Modules that are looked at, as shares of what finds room."""
_LEAST_KWH: Final = 50.0
"""Smallest storage that is looked at; then half as much again and twice as much in turn, as long as more may pay."""
_MONTHS: Final = (1, 4, 7, 10)
"""Months that are simulated; each stands for three."""
_BEYOND: Final = 2
"""Sizes of storage that are looked at beyond the best."""
_WEEKS: Final = 3
"""Replications of which the load is the mean."""
_LEVELS: Final[tuple[Level, ...]] = ("value", "low", "high")


@dataclass(frozen=True, slots=True)
class _Market:
    """What electricity is bought and sold at in the weeks that stand for a year, and what storage can do.

    Attributes
    ----------
    weeks : list of (float, array, array)
        Hours of the year that an interval of the week stands for, price of each interval without the fee for drivers
        (CNY/kWh), and power of 1 kWp (kW).
    feed_in : float
        CNY for a kWh that is fed in.
    efficiency, kw_per_kwh : float
        Of the storage: out over in, power over what it holds.
    interval_min : float
        Length of an interval.
    """

    weeks: list[tuple[float, Floats, Floats]]
    feed_in: float
    efficiency: float
    kw_per_kwh: float
    interval_min: float

    @classmethod
    def of(cls, case: Case, intervals: int, interval_min: float) -> _Market:
        """Return the market of a case; its week of each season has so many intervals."""
        county = case.county
        weeks = []
        for month in _MONTHS:
            # a month stands for the two after it as well
            days = sum(calendar.monthrange(case.scenario.year, (month + more - 1) % 12 + 1)[1] for more in range(3))
            weeks.append(
                (days / case.scenario.days * interval_min / 60.0, *_month(case, month, intervals, interval_min))
            )
        return cls(
            weeks,
            county.figure("grid.feed_in_cny_kwh"),
            county.figure("grid.storage_efficiency"),
            county.figure("grid.storage_kw_per_kwh"),
            interval_min,
        )

    def paid_cny(self, load: Floats, limit_kw: float | None, kwp: float, kwh: float) -> float:
        """Return what a station pays a year for what it draws less what it feeds in, with modules and storage."""
        storage = Storage(kwh, self.kw_per_kwh * kwh, self.efficiency) if kwh else None
        total = 0.0
        for hours, price, pv in self.weeks:
            grid = load - kwp * pv
            if storage is not None:
                shown = dispatch(load, kwp * pv, price, storage, interval_min=self.interval_min, limit_kw=limit_kw)
                grid = shown.grid_kw
            total += hours * float(np.maximum(grid, 0.0) @ price - self.feed_in * np.maximum(-grid, 0.0).sum())
        return total


@dataclass(frozen=True, slots=True)
class _Yearly:
    """What the electricity of a station costs a year.

    Attributes
    ----------
    kwp, kwh : list of float
        Modules and storage that were looked at.
    kw_per_kwh : float
        Power of the storage over what it holds.
    cny : array
        Shape (modules, storage): bought from the grid less fed in, CNY a year.
    """

    kwp: list[float]
    kwh: list[float]
    kw_per_kwh: float
    cny: Floats

    def best(self, prices: Prices) -> tuple[int, int]:
        """Return the rows of modules and storage that cost least a year, capital and upkeep included."""
        pv, kwh = (_yearly_price(prices, item) for item in ("pv", "storage"))
        total = self.cny + pv * np.array(self.kwp)[:, None] + kwh * np.array(self.kwh)[None, :]
        # of equals the smallest
        row, column = np.unravel_index(int(np.argmin(np.round(total, 2))), total.shape)
        return int(row), int(column)


def size_storage(
    scenario: Scenario, goals: Sequence[Goal], budget: Mapping[str, int], *, kept: Evaluations = NOTHING_KEPT
) -> Sizing:
    """Size photovoltaics and storage of the stations of a layout; see `experiments.sizing.size`.

    A station buys at the tariff without the fee for drivers and gets ``grid.feed_in_cny_kwh`` for what it feeds in;
    there is room for ``grid.pv_kwp_per_gun``. Storage runs as `charging.grid.storage.dispatch` says. With a budget the
    stations come first whose equipment saves most for its price.
    """
    del kept  # seconds: there is nothing to go on with
    if goals:
        raise ScenarioError("size storage: got a target; expected none: what costs least is found. Leave --target out.")
    check_budget(budget, BUDGET)
    case = prepare(scenario).case
    if not case.county.infrastructure_prices.height or not case.county.pv_months.height:
        raise ScenarioError(f"size storage: {case.county.name} has no infrastructure_prices or no pv_months. Add them.")
    prices = {level: Prices.from_county(case.county, level=level) for level in _LEVELS}
    loads, interval_min = _loads(case)
    market = _Market.of(case, len(next(iter(loads.values()))), interval_min)
    yearly = {name: _yearly(case, name, load, market, prices) for name, load in loads.items()}
    best = {name: each.best(prices["value"]) for name, each in yearly.items()}
    chosen = _within(best, yearly, prices["value"], budget)
    answer = pl.DataFrame([_row(name, yearly[name], size, prices["value"]) for name, size in chosen.items()])
    by_price = pl.DataFrame([_total(level, yearly, prices[level]) for level in ("low", "value", "high")])
    pieces = {"pv": float(answer["pv_kwp"].sum()), "storage": float(answer["storage_kwh"].sum())}
    costs = purchase_costs(case.county, pieces)
    return Sizing(
        Finding("question_storage", {"stations_count": len(yearly), "budget": within(budget)}),
        answer,
        _frontier(best, yearly, prices["value"], budget),
        (),
        feasible=True,
        says=(*_says(answer, by_price), Finding("pieces_cost", cost_figures(costs))),
        tables={"equipment": answer, "by_price": by_price, "costs": costs},
    )


def _yearly_price(prices: Prices, item: str) -> float:
    """Return what a unit costs each year, upkeep included."""
    price = prices.figure(item)
    return price / annuity(prices.life_years(item), prices.figure("discount")) + price * prices.figure("operation")


def _loads(case: Case) -> tuple[dict[str, Floats], float]:
    """Return the mean load of each station by interval of the week, kW at the meter, and the interval."""
    trial = Trial(case, ("peak_kw",), engine="compiled")
    weeks = range(min(_WEEKS, case.scenario.replications))
    days = DAY_MIN * case.scenario.days
    frames = [trial.tables(case.layout, SEARCH, week)["load"].filter(pl.col("start_min") < days) for week in weeks]
    interval_min = case.behaviour.interval_min
    steps = round(days / interval_min)
    loads = {name: np.zeros(steps) for name in dict.fromkeys(case.layout["station_id"])}
    for name, start, kw in pl.concat(frames).select("station_id", "start_min", "mean_kw").iter_rows():
        loads[name][int(start / interval_min)] += kw / len(weeks)
    return loads, interval_min


def _yearly(case: Case, name: str, load: Floats, market: _Market, prices: Mapping[Level, Prices]) -> _Yearly:
    """Return what the electricity of a station costs with each size of modules and storage.

    Storage is looked at up to two sizes beyond the best at any prices: more of it then saves less than it costs.
    """
    here = case.layout.filter(station_id=name)
    guns = int((here["piles"] * here["guns_per_pile"]).sum())
    room = guns * case.county.figure("grid.pv_kwp_per_gun")
    kwp = [round(share * room, 1) for share in _PV]
    most_kwh = float(load.sum()) * market.interval_min / 60.0
    sizes, columns = [0.0], [[market.paid_cny(load, here["transformer_kw"][0], modules, 0.0) for modules in kwp]]
    while True:
        found = _Yearly(kwp, sizes, market.kw_per_kwh, np.array(columns).T)
        far = max(found.best(level)[1] for level in prices.values())
        # what holds a week of the station's load is more than any station needs
        if (len(sizes) > _BEYOND and far < len(sizes) - _BEYOND) or sizes[-1] > most_kwh:
            return found
        step, half = divmod(len(sizes) - 1, 2)
        sizes.append(_LEAST_KWH * 2.0**step * (1.5 if half else 1.0))
        columns.append([market.paid_cny(load, here["transformer_kw"][0], modules, sizes[-1]) for modules in kwp])


def _month(case: Case, month: int, intervals: int, interval_min: float) -> tuple[Floats, Floats]:
    """Return price (without the fee for drivers) and power of 1 kWp in the intervals of a week of a month."""
    tariff = tariff_of(case.county, dt.date(case.scenario.year, month, 1), days=case.scenario.days)
    start = interval_min * np.arange(intervals, dtype=np.float64)
    price = prices_at(tariff, start) - case.county.figure(FEE)
    return price, pv_kw(case.county, month=month, kwp=1.0, intervals=intervals, interval_min=interval_min)


def _row(name: str, yearly: _Yearly, size: tuple[int, int], prices: Prices) -> dict[str, object]:
    """Return the row of a station."""
    row, column = size
    build = prices.figure("pv") * yearly.kwp[row] + prices.figure("storage") * yearly.kwh[column]
    saved = float(yearly.cny[0, 0] - yearly.cny[row, column])
    upkeep = build * prices.figure("operation")
    return {
        "station_id": name,
        "pv_kwp": yearly.kwp[row],
        "storage_kwh": yearly.kwh[column],
        "storage_kw": yearly.kw_per_kwh * yearly.kwh[column],
        "build_cny": round(build, 2),
        "electricity_cny": round(float(yearly.cny[0, 0]), 2),
        "saved_cny": round(saved, 2),
        "payback_years": build / (saved - upkeep) if saved > upkeep else None,
    }


def _within(
    best: Mapping[str, tuple[int, int]], yearly: Mapping[str, _Yearly], prices: Prices, budget: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    """Return the sizes that a budget allows, those that save most for their price first; all without one."""
    if "cny" not in budget:
        return dict(best)
    rows = {name: _row(name, yearly[name], size, prices) for name, size in best.items()}
    left, chosen = float(budget["cny"]), {}
    for name in _in_order(rows):
        cost = float(str(rows[name]["build_cny"]))
        chosen[name] = best[name] if cost <= left else (0, 0)
        left -= cost if cost <= left else 0.0
    return {name: chosen[name] for name in best}


def _in_order(rows: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Return stations by what their equipment saves for its price, the most first."""
    gain = {name: float(str(row["saved_cny"])) / max(1.0, float(str(row["build_cny"]))) for name, row in rows.items()}
    return sorted(rows, key=lambda name: -gain[name])


def _frontier(
    best: Mapping[str, tuple[int, int]], yearly: Mapping[str, _Yearly], prices: Prices, budget: Mapping[str, int]
) -> pl.DataFrame:
    """Return what is built and saved with equipment at one station after another, where it saves most first."""
    rows = {name: _row(name, yearly[name], size, prices) for name, size in best.items()}
    names = [name for name in _in_order(rows) if rows[name]["build_cny"]]
    sums = ("pv_kwp", "storage_kwh", "build_cny", "saved_cny")
    found: list[dict[str, object]] = []
    for count in range(len(names) + 1):
        total = {column: math.fsum(float(str(rows[name][column])) for name in names[:count]) for column in sums}
        found.append({"stations": count, **total, "meets": total["build_cny"] <= budget.get("cny", math.inf)})
    return pl.DataFrame(found)


def _total(level: Level, yearly: Mapping[str, _Yearly], prices: Prices) -> dict[str, object]:
    """Return what all stations would have at one end of the prices."""
    rows = [_row(name, each, each.best(prices), prices) for name, each in yearly.items()]
    sums = pl.DataFrame(rows).select(pl.col("pv_kwp", "storage_kwh", "build_cny", "saved_cny").sum())
    return {"prices": level, **sums.row(0, named=True)}


def _says(answer: pl.DataFrame, by_price: pl.DataFrame) -> list[Finding]:
    """Return what pays, and how that depends on the prices."""
    figures: dict[str, Figure] = {
        "with_pv": answer.filter(pl.col("pv_kwp") > 0.0).height,
        "kwp": f"{answer['pv_kwp'].sum():,.0f}",
        "with_storage": answer.filter(pl.col("storage_kwh") > 0.0).height,
        "kwh": f"{answer['storage_kwh'].sum():,.0f}",
        "saved": f"{math.fsum(answer['saved_cny'].to_list()) / 1e6:,.2f}",
        "electricity": f"{math.fsum(answer['electricity_cny'].to_list()) / 1e6:,.2f}",
    }
    ends: dict[str, Figure] = {}
    for row in by_price.iter_rows(named=True):
        ends[f"{row['prices']}_kwp"] = f"{row['pv_kwp']:,.0f}"
        ends[f"{row['prices']}_kwh"] = f"{row['storage_kwh']:,.0f}"
    return [Finding("storage_pays", figures), Finding("storage_prices", ends)]

"""Plan against fact: what statistics say beside the plan and the models, and the path that follows from them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl
import scipy

import fleet
from data.errors import DataError
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from data.schemas.places import MEASURES
from data.tables.roles import CARS, classes_of
from fleet.vehicles.adoption_trend import HELD_OUT
from shipping.traffic.yearly import county_traffic

if TYPE_CHECKING:
    from data.county import County

LAST_YEAR: Final = 2030
"""Year to which corrected paths go, at the least."""
_SHARES: Final = tuple(name for name, unit in MEASURES.items() if unit == "share")
_PLANS: Final = {
    "new_energy_car_flow_share": "new_energy_car_flow_share",
    "clean_flow_share": "clean_flow_share",
    "public_guns": "guns_total",
}
"""Metric of the county's targets by measure."""
_PLAN_FIGURES: Final = {"public_piles": "plan.public_piles"}
_READ: Final = "lock_"
"""Start of the measures that the models of the river are calibrated to."""
_MODEL_DAYS: Final = (4, 14, 7)  # a week without holidays in spring: month, day, days

ACTUAL: Final = {
    **dict.fromkeys(("measure", "vehicle_class"), pl.String()),
    "year": pl.Int64(),
    "unit": pl.String(),
    **dict.fromkeys(("actual", "plan", "model", "model_gap"), pl.Float64()),
    "confidence": pl.String(),
    "given": pl.Boolean(),
}
"""Columns of what is observed beside plan and model; `model_gap` is the model over the actual, less 1.

`given` says that the models read the figure, so that its agreement proves nothing.
"""
CORRECTED: Final = {
    **dict.fromkeys(("measure", "vehicle_class"), pl.String()),
    "year": pl.Int64(),
    "unit": pl.String(),
    **dict.fromkeys(("path", "corrected", "plan"), pl.Float64()),
}
"""Columns of the paths: as the tables have it, and from the last observation on."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """What statistics say.

    Attributes
    ----------
    actual : polars.DataFrame
        One row per observation, columns of `ACTUAL`.
    corrected : polars.DataFrame
        One row per measure and year from the last observation on, columns of `CORRECTED`.
    held_out : polars.DataFrame
        Observed series of adoption whose years, from the third on, the estimated model predicts from the years before
        (`fleet.held_out`); no rows where the county has none.
    steps : polars.DataFrame
        What steps of the purchase tax and of the trade-in scheme do to the share of new energy in new cars
        (`fleet.policy_steps`), as the choice model has it; no rows where it cannot say.
    """

    actual: pl.DataFrame
    corrected: pl.DataFrame
    held_out: pl.DataFrame
    steps: pl.DataFrame


def monitor(county: County) -> Monitor:
    """Return plan, models and corrected paths beside the statistics of a county.

    The plan of a year before its target is the straight line from the first observation to it. A corrected path keeps
    the gap of the last observation: of a share in the logit, of a count as a ratio; piles and guns go on at the mean
    rate at which they were built.

    Parameters
    ----------
    county
        Its table ``observations``, and what the models need.

    Raises
    ------
    DataError
        The county has no observations, or one that the models cannot place (such as a class that it does not have).
    """
    table = county.observations.sort("measure", "vehicle_class", "year", nulls_last=False)
    if not table.height:
        raise DataError(
            f"{county.name}: no table observations; type this year's statistics into observations.csv "
            f"(measure, vehicle_class, year, value, source, confidence). Measures: {', '.join(MEASURES)}."
        )
    stock = fleet.stock(county)
    actual, corrected = [], []
    for (measure, name), rows in table.group_by("measure", "vehicle_class", maintain_order=True):
        series = _Series(county, stock, str(measure), None if name is None else str(name), rows)
        actual += series.actual()
        corrected += series.corrected()
    held = fleet.held_out(county, every_year=True) if county.adoption_series.height else pl.DataFrame(schema=HELD_OUT)
    return Monitor(
        pl.DataFrame(actual, schema=ACTUAL, orient="row"),
        pl.DataFrame(corrected, schema=CORRECTED, orient="row"),
        held,
        _car_steps(county, stock),
    )


def _car_steps(county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return the steps of policy of the county's cars; no rows where the county has no cars in its stock."""
    cars = stock.filter(pl.col("vehicle_class").is_in(classes_of(county.vehicle_classes, *CARS)))
    names = cars["vehicle_class"].unique(maintain_order=True).to_list()
    years = [year for year in cars["year"].unique().sort() if year <= LAST_YEAR]
    return fleet.policy_steps(county, stock, NEW_ENERGY, classes=names, years=years)


@dataclass(frozen=True, eq=False, slots=True)
class _Series:
    """Observations of a measure, with what the models say of it."""

    county: County
    stock: pl.DataFrame
    measure: str
    vehicle_class: str | None
    rows: pl.DataFrame

    def actual(self) -> list[tuple[object, ...]]:
        """Return the rows of `ACTUAL`."""
        unit = MEASURES[self.measure]
        found: list[tuple[object, ...]] = []
        for year, value, confidence in self.rows.select("year", "value", "confidence").iter_rows():
            model = self.model(year)
            gap = None if model is None or value == 0.0 else model / value - 1.0
            plan = self.plan(year)
            given = self.measure.startswith(_READ)
            found.append((self.measure, self.vehicle_class, year, unit, value, plan, model, gap, confidence, given))
        return found

    def corrected(self) -> list[tuple[object, ...]]:
        """Return the rows of `CORRECTED`: none where no path of the models goes on from the last observation."""
        last, value = self.rows.sort("year").select("year", "value").row(-1)
        until = max(LAST_YEAR, (self.target() or (0.0, 0))[1])
        found: list[tuple[object, ...]] = []
        for year in range(last, until + 1):
            path = self.model(year)
            on = self._built(year) if self.measure.startswith("public_") else self._kept(last, value, path)
            if on is not None:
                row = (self.measure, self.vehicle_class, year, MEASURES[self.measure], path, on, self.plan(year))
                found.append(row)
        return found

    def _kept(self, last: int, value: float, path: float | None) -> float | None:
        """Return a path with the gap of the last observation: in the logit of a share, as a ratio of anything else."""
        then = self.model(last)
        if path is None or then is None or not then > 0.0:
            return None
        if self.measure not in _SHARES:
            return path * value / then
        # none or all has no logit, and neither goes on to be so for sure
        if not (0.0 < then < 1.0 and 0.0 < value < 1.0 and 0.0 < path < 1.0):
            return None
        return float(
            scipy.special.expit(scipy.special.logit(path) + scipy.special.logit(value) - scipy.special.logit(then))
        )

    def _built(self, year: int) -> float | None:
        """Return piles or guns at the mean rate of building between the first and last observation."""
        known = self.rows.sort("year").select("year", "value").rows()
        (first, before), (last, now) = known[0], known[-1]
        if not self.measure.endswith(("piles", "guns")) or last == first:
            return None
        return max(0.0, float(now + (now - before) / (last - first) * (year - last)))

    def target(self) -> tuple[float, int] | None:
        """Return value and year of the plan's target of this measure; None where the plan has none."""
        if self.measure in _PLAN_FIGURES and _known(self.county, _PLAN_FIGURES[self.measure]):
            key = _PLAN_FIGURES[self.measure]
            row = self.county.figures.filter(pl.col("key") == key).row(0, named=True)
            return (float(row["value"]), int(row["year"])) if row["year"] is not None else None
        rows = self.county.targets.filter(pl.col("metric") == _PLANS.get(self.measure, ""))
        rows = rows.drop_nulls(["value", "year"]).sort("year")
        return None if not rows.height else (float(rows["value"][-1]), int(rows["year"][-1]))

    def plan(self, year: int) -> float | None:
        """Return what the plan asks for in a year: the line from the first observation up to the target, then that."""
        target = self.target()
        if target is None:
            return None
        value, due = target
        first, start = self.rows.sort("year").select("year", "value").row(0)
        # a target that was kept from the first is no line down to it
        if year >= due or first >= due or start >= value:
            return value
        return float(start + (value - start) * max(0, year - first) / (due - first))

    def model(self, year: int) -> float | None:
        """Return what the models say of the measure in a year; None where they say nothing."""
        now = self.stock.filter(pl.col("year") == year)
        if self.vehicle_class is not None:
            now = now.filter(pl.col("vehicle_class") == self.vehicle_class)
        if self.measure.startswith(_READ):
            return self._lock(year)
        if self.measure in ("public_sessions_per_day", "public_kwh_per_day"):
            return self._public(year)
        if self.measure.startswith("public_") or self.measure == "lng_bunkered_t" or not now.height:
            return None
        column = "vehicles" if self.measure in ("vehicles", "new_energy_stock_share") else "new_vehicles"
        if self.measure in ("vehicles", "new_vehicles"):
            return float(now[column].sum())
        kinds = self.county.vehicle_classes
        if self.measure == "new_energy_car_flow_share":
            now = now.filter(pl.col("vehicle_class").is_in(classes_of(kinds, *CARS)))
        if self.measure == "clean_flow_share":
            counted = kinds.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
            now = now.filter(pl.col("vehicle_class").is_in(counted))
        powers = CLEAN_ENERGY if self.measure == "clean_flow_share" else NEW_ENERGY
        total = float(now[column].sum())
        return float(now.filter(pl.col("power").is_in(powers))[column].sum()) / total if total > 0.0 else None

    def _lock(self, year: int) -> float | None:
        """Return cargo (Mt) or passages of the lock in a year as the models of the river take them."""
        if not self.county.has("river"):
            return None
        traffic, _ = county_traffic(self.county, year)
        return traffic.cargo_t / 1e6 if self.measure == "lock_cargo_mt" else traffic.passages

    def _public(self, year: int) -> float | None:
        """Return public sessions or kWh of a mean day in a week without holidays, as drawn once."""
        month, day, days = _MODEL_DAYS
        if year not in self.stock["year"]:
            return None
        start = dt.date(year, month, day)

        def drawn() -> pl.DataFrame:
            return fleet.requests(self.county, self.stock, year=year, start=start, days=days, seed=1)

        asked = self.county.once(("monitor", year), drawn)
        total = float(asked.height) if self.measure == "public_sessions_per_day" else float(asked["energy_kwh"].sum())
        return total / days


def _known(county: County, key: str) -> bool:
    """Return whether a county has a figure."""
    return county.figures.filter(pl.col("key") == key).height > 0


def behind(actual: pl.DataFrame) -> pl.DataFrame:
    """Return the last observation of each measure that has a plan, with how far it is behind: below 0 it is ahead."""
    # the first observation is where the line of the plan starts: it says nothing
    told = actual.drop_nulls("plan").filter(pl.col("plan") != pl.col("actual")).sort("year")
    last = told.group_by("measure", "vehicle_class", maintain_order=True).last()
    return last.with_columns(behind=pl.col("plan") - pl.col("actual"))

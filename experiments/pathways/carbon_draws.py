"""Carbon targets in every draw of the assumptions: what `run` and `carbon` both read their intervals from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.memory.remembering import remembered
from experiments.pathways.modal_shift import stock_left
from experiments.scenario.county import HORIZON, INTENSITY
from experiments.scorecard.carbon import ACCOUNT, SERIES, criterion_of
from experiments.scorecard.card import ANSWER_DRAWS, ASSUMPTION_DRAWS
from experiments.scorecard.mix import peak_year
from fleet.emissions.accounts import HEADLINE_GRID
from fleet.emissions.uncertainty import RoadDraws, road_draws
from shipping.emissions.ship_change import ShipDraws, ship_draws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from data.arrays import Floats
    from data.county import County
    from experiments.scenario.model import Scenario

DRAWS: Final = 500
"""Draws of the accounts: an end of the interval of 95 % then has about a dozen of them outside."""
MOST_DRAWS: Final = 10_000
"""Whole fleets are drawn side by side: more would fill the memory of a usual machine, and narrow no interval."""
ACCOUNTS: Final = "accounts"
"""Sample of the draws of the carbon accounts."""
ENDS: Final = ("low", "at_tables", "high")
"""Columns of the range of an assumption."""
PEAK: Final = "petroleum_peak_year"
"""Metric of the year in which petroleum of land transport peaks."""


@dataclass(frozen=True, eq=False, slots=True)
class CarbonDraws:
    """Road and ships in every draw; None where the county states no ranges of the road, or has no river.

    Road and ships have the same number of draws and each assumption its own stream, so that draw i of one goes with
    draw i of the other.
    """

    road: RoadDraws | None
    ships: ShipDraws | None

    def change(self, metric: str, series: str, year: int) -> Floats | None:
        """Return the change of an intensity in the boundary and with the grid of its target, one per draw."""
        if metric == INTENSITY["ship"]:
            return None if self.ships is None else self.ships.change.get((series, HEADLINE_GRID, year))
        if self.road is None or year not in self.road.years:
            return None
        return self.road.change[ACCOUNT[metric][1], series, HEADLINE_GRID][:, self.road.years.index(year)]

    def assumptions(self) -> dict[str, Floats]:
        """Return what was drawn: parameters of ``uncertainties`` by name, figures of the river by key."""
        road = {} if self.road is None else {one.name: one.to_numpy() for one in self.road.factors}
        return {**road, **({} if self.ships is None else self.ships.values)}


def drawn_ranges(county: County, drawn: CarbonDraws) -> dict[str, tuple[float, float, float]]:
    """Return low end, value of the tables and high end of what was drawn."""
    road = {} if drawn.road is None else county.uncertainties.select("parameter", "low", "mode", "high").iter_rows()
    of_road = {name: (low, mode, high) for name, low, mode, high in road}
    return {**of_road, **({} if drawn.ships is None else drawn.ships.ranges)}


def carbon_draws(scenario: Scenario, county: County, *, samples: int = DRAWS) -> CarbonDraws:
    """Return road and ships in every draw over the ranges of the tables.

    Parameters
    ----------
    scenario : Scenario
        Its seed, and the freight that it moves.
    county : data.County
        Its county, as the scenario edits it; ``uncertainties``, figures ``river.*`` and ``ship_sizes`` have the ranges.
    samples : int
        Draws: of the road for all years of its accounts, of ships for the years of the targets.

    Raises
    ------
    DataError
        As for `fleet.emissions.draws.draw_factors`.
    """
    moved = (scenario.fleet.to_water_share, scenario.fleet.to_rail_share)
    key = ("carbon_draws", samples, scenario.seed, moved)
    return remembered(county, key, lambda watched: _drawn(scenario, watched, samples))


def target_years(county: County) -> list[int]:
    """Return the years of the county's targets of intensity."""
    asked = county.targets.filter(pl.col("metric").is_in(list(ACCOUNT)))["year"]
    return asked.drop_nulls().unique().sort().to_list()


def _drawn(scenario: Scenario, county: County, samples: int) -> CarbonDraws:
    """Return the draws, computed anew."""
    road = None
    if county.uncertainties.height:

        def left(stock: pl.DataFrame) -> pl.DataFrame:
            return stock_left(scenario, county, stock)

        base = round(county.figure("carbon.baseline_year"))
        years = [year for year in HORIZON if year >= base]
        road = road_draws(county, years=years, samples=samples, seed=scenario.seed, left=left)
    # a year of ships takes as long as all years of the road
    asked = target_years(county)
    return CarbonDraws(road, ship_draws(county, years=asked, seed=scenario.seed, samples=samples))


def draw_tables(
    county: County, drawn: CarbonDraws, carbon: pl.DataFrame, petroleum: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the draws of the county's carbon targets as run tables.

    Parameters
    ----------
    county : data.County
        Its targets.
    drawn : CarbonDraws
        Draws for the years of the targets.
    carbon, petroleum : polars.DataFrame
        Accounts with the values of the tables.

    Returns
    -------
    dict of str to polars.DataFrame
        ``answer_draws`` and ``assumption_draws``.
    """
    ranges = drawn_ranges(county, drawn)
    answers = [
        (values, {"sample": ACCOUNTS, "target_id": target, "criterion": criterion, "at_tables": at_tables})
        for target, criterion, values, at_tables in _answers(county, drawn, carbon, petroleum)
    ]
    assumed = [
        (values, {"sample": ACCOUNTS, "assumption": name, **dict(zip(ENDS, ranges[name], strict=True))})
        for name, values in (drawn.assumptions() if answers else {}).items()
    ]
    return {"answer_draws": draw_rows(ANSWER_DRAWS, answers), "assumption_draws": draw_rows(ASSUMPTION_DRAWS, assumed)}


def draw_rows(table: pl.Schema, draws: Sequence[tuple[Floats, Mapping[str, object]]]) -> pl.DataFrame:
    """Return draws as rows of a table, numbered from 0, each with the columns that say what they are draws of."""
    if not draws:
        return table.to_frame()
    lengths = [len(values) for values, _ in draws]
    # each once per draw: a column at a time for all of them, where a frame for each would be a hundred queries
    owner = np.repeat(np.arange(len(draws)), lengths)
    columns = {
        "draw": np.concatenate([np.arange(length) for length in lengths]),
        "value": np.concatenate([values for values, _ in draws]),
        **{name: pl.Series([said[name] for _, said in draws]).gather(owner) for name in draws[0][1]},
    }
    return pl.DataFrame({name: columns[name] for name in table.names()}, schema=table)


def _answers(
    county: County, drawn: CarbonDraws, carbon: pl.DataFrame, petroleum: pl.DataFrame
) -> Iterator[tuple[str, str, Floats, float]]:
    """Yield target, criterion, draws and the value at the tables of what was drawn of the county's targets."""
    base = round(county.figure("carbon.baseline_year"))
    for target, metric, year in county.targets.select("target", "metric", "year").iter_rows():
        if metric == PEAK and drawn.road is not None:
            yield target, metric, drawn.road.peak_year, float(peak_year(petroleum))
        if metric not in ACCOUNT or year is None or year <= base:
            continue
        mode, boundary = ACCOUNT[metric]
        rows = carbon.filter(mode=mode, boundary=boundary, grid=HEADLINE_GRID)
        for series in SERIES:
            known = dict(rows.filter(series=series).select("year", "intensity_g_per_tkm").iter_rows())
            values = drawn.change(metric, series, year)
            # a boundary without turnover has no intensity, in no draw
            if values is not None and known.get(base) and known.get(year) is not None and np.isfinite(values).all():
                yield target, criterion_of(metric, series), values, known[year] / known[base] - 1.0

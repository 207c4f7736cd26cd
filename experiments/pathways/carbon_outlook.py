"""``xijiang carbon``: intensity by year, three series and boundaries, why it changed, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

import fleet
import shipping
from data.errors import ScenarioError
from data.tables.roles import FREIGHT, classes_of
from experiments.pathways.carbon_draws import DRAWS, MOST_DRAWS, PEAK, CarbonDraws, carbon_draws, draw_tables
from experiments.pathways.modal_shift import carbon_accounts, stock_left
from experiments.pathways.outlook import outlook
from experiments.scenario.county import INTENSITY, edited_county, target_of
from experiments.scenario.model import Scenario
from experiments.scorecard.carbon import ACCOUNT
from experiments.scorecard.score import Evidence, score
from fleet.emissions.uncertainty import ENDS, met_share, quantiles, spread_of
from shipping.emissions.ship_change import NO_SHIPS
from shipping.emissions.ship_fleets import ship_fleets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from data.county import County

HORIZON = (2020, 2035)
KEYS = ("mode", "boundary", "series", "grid")


@dataclass(frozen=True, eq=False, slots=True)
class CarbonOutlook:
    """Carbon of road and ships over the years.

    Attributes
    ----------
    scenario : Scenario
        Whose adoption, policy and figures count.
    intensity : polars.DataFrame
        The account of each year, mode, boundary, series and treatment of the grid, with ``change`` against the base
        year; ``low, p50, high`` of the change over the ranges of the tables (95 % of the draws), and ``met_share``, the
        share of the draws that keep the target: of the road, and of ships in the years that were asked for.
    scorecard : polars.DataFrame
        The targets of road, ships and petroleum as `run` answers them, with the same intervals.
    attribution : polars.DataFrame
        What moved the road's intensity (LMDI).
    baseline : polars.DataFrame
        Whether the targets of road and ships hold when the base year was 5 % lower or higher.
    electrification : polars.DataFrame
        What electric buses and taxis do to the change of each boundary and series (`fleet.bus_taxi_effect`).
    petroleum : polars.DataFrame
        Petrol and diesel of land transport by year, and the share of draws in which it peaks there.
    needed : polars.DataFrame
        Share of a freight class's t km that electric trucks alone need for the road's target, by ``vehicle_class`` and
        ``series``; above 1 or null is out of reach; no rows without such a target.
    goals : mapping of str to (float, int)
        Targets of intensity by mode: change and year.
    """

    scenario: Scenario
    intensity: pl.DataFrame
    scorecard: pl.DataFrame
    attribution: pl.DataFrame
    baseline: pl.DataFrame
    electrification: pl.DataFrame
    petroleum: pl.DataFrame
    needed: pl.DataFrame
    goals: Mapping[str, tuple[float, int]]


def carbon_outlook(
    scenario: Scenario | str | Path, *, years: Sequence[int] = range(HORIZON[0], HORIZON[1] + 1), samples: int = DRAWS
) -> CarbonOutlook:
    """Return the carbon accounts of a scenario over the years.

    Parameters
    ----------
    scenario : Scenario, str or pathlib.Path
        Its county, figures, adoption and policy count; its year does not.
    years : sequence of int
        Years of the accounts; the base year is added.
    samples : int
        Draws of the assumptions; 0 leaves them out. With as many as `run` has the intervals are the same.

    Raises
    ------
    ScenarioError
        Years outside 2015 to 2035, a negative number of samples or more than fit into memory.
    DataError
        Faults of the county's tables.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    county = edited_county(scenario)
    base = round(county.figure("carbon.baseline_year"))
    if not years or min(years) < base or max(years) > HORIZON[1]:
        raise ScenarioError(f"carbon: years {list(years)}; expected years from {base} to {HORIZON[1]}.")
    if not 0 <= samples <= MOST_DRAWS:
        raise ScenarioError(f"carbon: samples {samples}; expected 0 or more, and at most {MOST_DRAWS:,}.")
    wanted = sorted({base, *years})
    stock = fleet.stock(county)
    account = carbon_accounts(scenario, county, stock, years=wanted).sort(*KEYS, "year")
    first = account.filter(pl.col("year") == base).select(*KEYS, first="intensity_g_per_tkm")
    account = account.join(first, on=KEYS, maintain_order="left").with_columns(
        change=pl.col("intensity_g_per_tkm") / pl.col("first") - 1.0
    )
    left = stock_left(scenario, county, stock)
    goals = _goals(county)
    oil = fleet.petroleum(county, left)
    drawn = carbon_draws(scenario, county, samples=samples) if samples else CarbonDraws(None, None)
    card = _scorecard(scenario, county, {"carbon": account, "stock": left, "petroleum": oil}, drawn)
    account = _with_spread(account.drop("first"), _spread(drawn, goals, wanted))
    peak = _peaks(drawn)
    later = [year for year in wanted if year > base]
    effect = fleet.bus_taxi_effect(county, years=later)
    return CarbonOutlook(
        scenario,
        account,
        card,
        fleet.attribution(county, left, years=later),
        _baseline(county, account, goals),
        effect,
        oil.join(peak, on="year", how="left", maintain_order="left"),
        _needed(county, goals),
        goals,
    )


def _needed(county: County, goals: Mapping[str, tuple[float, int]]) -> pl.DataFrame:
    """Return how much of each freight class must be electric for the road's target; no rows without one."""
    rows = []
    if "road" in goals:
        goal, year = goals["road"]
        for name in classes_of(county.vehicle_classes, *FREIGHT):
            powers = set(county.energy_use.filter(pl.col("vehicle_class") == name)["power"])
            if {"diesel", "bev"} <= powers:
                shares = (
                    (series, fleet.electric_share_needed(county, name, change=goal, year=year, series=series))
                    for series in "abc"
                )
                rows += [(name, *share) for share in shares]
    schema = {"vehicle_class": pl.String, "series": pl.String, "share": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _baseline(county: County, account: pl.DataFrame, goals: dict[str, tuple[float, int]]) -> pl.DataFrame:
    """Return whether each target holds where the base year was lower or higher than computed."""
    base = round(county.figure("carbon.baseline_year"))
    biases = county.figure_range("carbon.covid_bias")
    tests = []
    for mode, (goal, year) in goals.items():
        both = account.filter((pl.col("mode") == mode) & pl.col("year").is_in([base, year]))
        if year in both["year"]:
            tests.append(fleet.baseline_test(county, both, target_change=goal, biases=biases))
    return pl.concat(tests) if tests else pl.DataFrame()


def _goals(county: County) -> dict[str, tuple[float, int]]:
    """Return the targets of intensity by mode: change and year."""
    found = {mode: target_of(county, metric) for mode, metric in INTENSITY.items()}
    return {mode: target for mode, target in found.items() if target is not None}


def _scorecard(scenario: Scenario, county: County, tables: dict[str, pl.DataFrame], drawn: CarbonDraws) -> pl.DataFrame:
    """Return the targets of road, ships and petroleum as a run answers them."""
    years = tables["carbon"]["year"].unique().sort().to_list()
    tables |= {
        "outlook": outlook(county, years=years, scenario=scenario),
        "ship_change": shipping.ship_change(county, years=years, drawn=drawn.ships or NO_SHIPS),
        "ship_fleets": ship_fleets(county, years=years),
        **draw_tables(county, drawn, tables["carbon"], tables["petroleum"]),
    }
    return score(Evidence(scenario, county, tables), metrics=(*ACCOUNT, PEAK))["scorecard"]


def _spread(drawn: CarbonDraws, goals: dict[str, tuple[float, int]], years: Sequence[int]) -> pl.DataFrame:
    """Return quantiles of the changes in the draws by year, mode, boundary, series and grid; no rows without draws."""
    keys = {"year": pl.Int64, **dict.fromkeys(KEYS, pl.String)}
    frames = [pl.DataFrame(schema=keys | dict.fromkeys((*ENDS, "met_share"), pl.Float64))]
    columns = frames[0].columns
    if drawn.road is not None:
        spread = spread_of(drawn.road, years, target_change=goals.get("road", (0.0, 0))[0])
        frames.append(spread.change.with_columns(mode=pl.lit("road")).select(columns))
    if drawn.ships is not None:
        limit = goals.get("ship", (0.0, 0))[0]
        rows = [
            (year, "ship", ACCOUNT[INTENSITY["ship"]][1], series, grid, *quantiles(values), met_share(values, limit))
            for (series, grid, year), values in drawn.ships.change.items()
        ]
        frames.append(pl.DataFrame(rows, schema=frames[0].schema, orient="row"))
    return pl.concat(frames)


def _with_spread(account: pl.DataFrame, spread: pl.DataFrame) -> pl.DataFrame:
    """Return the account with the quantiles of the change; null without draws."""
    return account.join(spread, on=["year", *KEYS], how="left", maintain_order="left")


def _peaks(drawn: CarbonDraws) -> pl.DataFrame:
    """Return the share of the draws in which petroleum peaks in a year; no rows without draws."""
    schema = {"year": pl.Int64, "peak_share": pl.Float64}
    if drawn.road is None:
        return pl.DataFrame(schema=schema)
    years = drawn.road.peak_years
    shares = [float((drawn.road.peak_year == year).mean()) for year in years]
    return pl.DataFrame({"year": list(years), "peak_share": shares}, schema=schema)

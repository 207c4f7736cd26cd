"""``xijiang carbon``: intensity by year, three series and boundaries, why it changed, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

import fleet
from data.errors import ScenarioError
from data.tables.roles import FREIGHT, classes_of
from experiments.pathways.modal_shift import carbon_accounts, stock_left
from experiments.scenario.county import INTENSITY, edited_county, target_of
from experiments.scenario.model import Scenario
from fleet.emissions.accounts import HEADLINE_GRID

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        year; for the road ``p05, p50, p95`` of the change over the ranges of the tables.
    attribution : polars.DataFrame
        What moved the road's intensity (LMDI).
    baseline : polars.DataFrame
        Whether the targets of road and ships hold when the base year was 5 % lower or higher.
    electrification : polars.DataFrame
        What electric buses and taxis do to the change of each boundary and series (`fleet.bus_taxi_effect`).
    petroleum : polars.DataFrame
        Petrol and diesel of land transport by year, and the share of draws in which it peaks there.
    words : tuple of str
        The answer in sentences.
    """

    scenario: Scenario
    intensity: pl.DataFrame
    attribution: pl.DataFrame
    baseline: pl.DataFrame
    electrification: pl.DataFrame
    petroleum: pl.DataFrame
    words: tuple[str, ...]


def carbon_outlook(
    scenario: Scenario | str | Path, *, years: Sequence[int] = range(HORIZON[0], HORIZON[1] + 1), samples: int = 500
) -> CarbonOutlook:
    """Return the carbon accounts of a scenario over the years.

    Parameters
    ----------
    scenario : Scenario, str or pathlib.Path
        Its county, figures, adoption and policy count; its year does not.
    years : sequence of int
        Years of the accounts; the base year is added.
    samples : int
        Draws of the Monte Carlo run; 0 leaves it out (also without a table ``uncertainties``, or where the scenario
        moves freight off the road, which no draw does).

    Raises
    ------
    ScenarioError
        Years outside 2015 to 2035, a negative number of samples.
    DataError
        Faults of the county's tables.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    county = edited_county(scenario)
    base = round(county.figure("carbon.baseline_year"))
    if not years or min(years) < base or max(years) > HORIZON[1]:
        raise ScenarioError(f"carbon: years {list(years)}; expected years from {base} to {HORIZON[1]}.")
    if samples < 0:
        raise ScenarioError(f"carbon: samples {samples}; expected 0 or more.")
    wanted = sorted({base, *years})
    stock = fleet.stock(county)
    account = carbon_accounts(scenario, county, stock, years=wanted).sort(*KEYS, "year")
    first = account.filter(pl.col("year") == base).select(*KEYS, first="intensity_g_per_tkm")
    account = account.join(first, on=KEYS, maintain_order="left").with_columns(
        change=pl.col("intensity_g_per_tkm") / pl.col("first") - 1.0
    )
    left = stock_left(scenario, county, stock)
    moved = scenario.fleet.to_water_share + scenario.fleet.to_rail_share > 0.0
    drawn = samples > 0 and county.uncertainties.height > 0 and not moved
    goals = _goals(county)
    limit = goals.get("road", (0.0, 0))[0]
    spread = None
    if drawn:
        spread = fleet.monte_carlo(county, years=wanted, samples=samples, seed=scenario.seed, target_change=limit)
    account = _with_spread(account.drop("first"), None if spread is None else spread.change)
    oil = fleet.petroleum(county, left)
    peak = pl.DataFrame(schema={"year": pl.Int64, "peak_share": pl.Float64})
    if spread is not None:
        peak = spread.peak.rename({"share": "peak_share"})
    later = [year for year in wanted if year > base]
    effect = fleet.bus_taxi_effect(county, years=later)
    return CarbonOutlook(
        scenario,
        account,
        fleet.attribution(county, left, years=later),
        _baseline(county, account, goals),
        effect,
        oil.join(peak, on="year", how="left", maintain_order="left"),
        (
            *_verdicts(county, account, goals),
            *effect_words(effect, goals),
            *_needed(county, goals),
            *_peak_words(oil, peak),
        ),
    )


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


def _with_spread(account: pl.DataFrame, change: pl.DataFrame | None) -> pl.DataFrame:
    """Return the account with the quantiles of the change, empty for ships and without draws."""
    names = ["p05", "p50", "p95", "met_share"]
    if change is None:
        return account.with_columns(pl.lit(None, pl.Float64).alias(name) for name in names)
    keys = ["year", *KEYS]
    return account.join(change.with_columns(mode=pl.lit("road")), on=keys, how="left", maintain_order="left")


def _verdicts(county: County, account: pl.DataFrame, goals: dict[str, tuple[float, int]]) -> list[str]:
    """Return the change of each mode and boundary, and in which series it meets its target."""
    base = round(county.figure("carbon.baseline_year"))
    lines = []
    for mode, (goal, year) in goals.items():
        both = account.filter((pl.col("mode") == mode) & (pl.col("year") == year))
        rows = both.filter(pl.col("grid") == HEADLINE_GRID)
        for boundary in rows["boundary"].unique(maintain_order=True):
            bounded = rows.filter(pl.col("boundary") == boundary).sort("series")
            start = f"{mode}, boundary {boundary}, {year} against {base}: "
            if bounded["change"].null_count():
                lines.append(f"{start}no turnover, so no intensity and no verdict.")
                continue
            moved = both.filter((pl.col("grid") == "moving") & (pl.col("boundary") == boundary))
            moving = dict(moved.select("series", "change").iter_rows())
            parts = [f"series {row['series']} {_change(row, moving)}" for row in bounded.iter_rows(named=True)]
            verdict = _met_in(bounded, goal)
            if _met_in(moved, goal) != verdict:
                verdict += f"; with the grid of each year {_met_in(moved, goal)}"
            lines.append(f"{start}{'; '.join(parts)}. Target {goal:+.0%}: {verdict}.")
    return lines


def _met_in(rows: pl.DataFrame, goal: float) -> str:
    """Return in which series a change meets its target."""
    met = rows.filter(pl.col("change") <= goal)["series"].sort().to_list()
    return f"met in series {', '.join(met)}" if met else "met in no series"


def effect_words(effect: pl.DataFrame, goals: dict[str, tuple[float, int]]) -> list[str]:
    """Return what electric buses and taxis do to the target of road transport, as computed; nothing without one."""
    if "road" not in goals:
        return []
    year = goals["road"][1]
    rows = effect.filter((pl.col("year") == year) & (pl.col("grid") == HEADLINE_GRID))
    if not rows.height:
        return []
    parts = []
    for boundary in rows["boundary"].unique(maintain_order=True):
        bounded = rows.filter(pl.col("boundary") == boundary).sort("series")
        shown = [
            f"{series} {100.0 * value + 0.0:+.1f}" if value else f"{series} not at all"
            for series, value in bounded.select("series", "effect").iter_rows()
        ]
        parts.append(f"boundary {boundary} {', '.join(shown)}")
    return [f"Electric buses and taxis move the change to {year} (in points, by series): {'; '.join(parts)}."]


def _needed(county: County, goals: dict[str, tuple[float, int]]) -> list[str]:
    """Return how much of the freight must be electric for the road's target, with and without the grid's emissions."""
    if "road" not in goals:
        return []
    goal, year = goals["road"]
    parts = []
    for name in classes_of(county.vehicle_classes, *FREIGHT):
        powers = set(county.energy_use.filter(pl.col("vehicle_class") == name)["power"])
        if not {"diesel", "bev"} <= powers:
            continue
        shares = {
            series: fleet.electric_share_needed(county, name, change=goal, year=year, series=series) for series in "abc"
        }
        shown = [
            f"{series} {share:.0%}" if share is not None and share <= 1.0 else f"{series} out of reach"
            for series, share in shares.items()
        ]
        parts.append(f"{name.replace('_', ' ')} {', '.join(shown)}")
    return (
        [f"Share of a class's t km that electric trucks alone need for {goal:+.0%}: {'; '.join(parts)}."]
        if parts
        else []
    )


def _peak_words(oil: pl.DataFrame, peak: pl.DataFrame) -> list[str]:
    """Return when petroleum peaks."""
    top = oil.sort("petroleum_t", descending=True).row(0, named=True)
    text = f"Petroleum of land transport is highest in {top['year']} ({top['petroleum_t']:,.0f} t)."
    if peak.height:
        seen = peak.filter(pl.col("peak_share") >= 0.005)
        shown = ", ".join(f"{year} {share:.0%}" for year, share in seen.iter_rows())
        text += f" Share of draws that peak in a year: {shown}."
    return [text]


def _change(row: dict[str, Any], moving: dict[str, float]) -> str:
    """Return a change with its range, and with the grid of each year where that counts."""
    more = [] if row["p05"] is None else [f"{row['p05']:+.1%} to {row['p95']:+.1%}"]
    if row["series"] != "a":
        more.append(f"grid moving {moving[row['series']]:+.1%}")
    return f"{row['change']:+.1%}" + (f" ({'; '.join(more)})" if more else "")

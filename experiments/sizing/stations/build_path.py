"""``size path``: which piles to add where and when, such that every year's target holds and nothing is moved."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import investment_fen, station_costs
from charging.sizing import Search, size_piles
from charging.sizing.build_path import build_path
from data.arrays import scalar
from data.errors import ScenarioError
from data.goals import Finding, Sizing
from data.money import FEN
from experiments.scenario.layouts import load_layout
from experiments.scenario.model import Scenario
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.stations.chargers import NOT_IN_TIME, county_goals, sites_of
from experiments.sizing.stations.layout_piles import piles_of
from experiments.sizing.stations.occasions import occasions_of
from experiments.sizing.stations.trial import FRESH, KNOWN, Trial
from experiments.sizing.targets import check_budget, check_goals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from charging.sizing import Sites
    from charging.sizing.pile_sites import Piles
    from data.county import County
    from data.goals import Figure, Goal, Service
    from experiments.runs.executors import Executor
    from experiments.sizing.evaluations import Evaluations
    from experiments.sizing.stations.choices import Choices

_MILLION = 1e6 * FEN


@dataclass(frozen=True, slots=True)
class _Path:
    """What stands when, and what evaluates it.

    Attributes
    ----------
    sites : Sites
        Of the layout whose sites are built up; their prices are those of the costs, None for none.
    standing : mapping of int to tuple of int
        Piles by year.
    searches, trials : mapping of int to Search, Trial
        By year.
    """

    sites: Sites
    standing: Mapping[int, Piles]
    searches: Mapping[int, Search]
    trials: Mapping[int, Trial]

    def shows(self, year: int, piles: Piles) -> Service:
        """Return the service of a size in a year on fresh seeds."""
        return self.searches[year].show(piles, "verified", FRESH)


def size_path(
    scenario: Scenario,
    goals: Sequence[Goal],
    budget: Mapping[str, int],
    *,
    choices: Choices,
    progress: Callable[[Finding], None] | None = None,
    kept: Evaluations = NOTHING_KEPT,
    executor: Executor | None = None,
) -> Sizing:
    """Return when the piles of a scenario's sites are built; see `experiments.sizing.size`.

    ``choices.years`` are the years; ``choices.layouts`` may name the layout that stands already.
    """
    check_goals(goals, KNOWN)
    check_budget(budget, ())
    years = years_of(scenario, choices.years)
    if len(years) < 2:
        raise ScenarioError(f"size path: got {len(years)} year; expected at least two, as --years 2025:2035.")
    searches: dict[int, Search] = {}
    trials: dict[int, Trial] = {}
    for year in years:
        weeks = occasions_of(scenario, holidays=choices.holidays, years=(year,))
        wanted = tuple(goals) or county_goals(weeks[0].case.county)
        measures = tuple(dict.fromkeys((*(goal.measure for goal in wanted), NOT_IN_TIME)))
        trials[year] = Trial(
            weeks,
            measures,
            progress=_in_year(progress, year),
            kept=kept.of(str(year)),
            engine="compiled",
            executor=executor,
        )
    county = trials[years[0]].occasions[0].case.county
    priced = bool(county.infrastructure_prices.height)
    for year, trial in trials.items():
        # with the loads of its year: a station that is busy at the end need not be so at the start
        own = sites_of(trial, priced=priced or choices.minimise == "cost", minimise=choices.minimise)
        floor = _standing(county, own, choices.layouts)
        searches[year] = Search(own, trial.evaluate, wanted, {}, floor, trial.screens)
    sites, trial = searches[years[-1]].sites, trials[years[-1]]
    last = size_piles(sites, trial.evaluate, wanted, floor=floor, screen=trial.screens)
    path = _Path(sites, build_path(searches, piles_of(last.answer, sites), fresh=FRESH), searches, trials)
    return _told(path, wanted, county if priced else None)


def years_of(scenario: Scenario, years: Sequence[int]) -> tuple[int, ...]:
    """Return the years of a path: those that are asked for, or all from the scenario's to the last that it may have."""
    last = next(int(each.le) for each in Scenario.model_fields["year"].metadata if hasattr(each, "le"))
    return tuple(years) or tuple(range(scenario.year, last + 1))


def _in_year(progress: Callable[[Finding], None] | None, year: int) -> Callable[[Finding], None] | None:
    """Return progress that names the year."""
    return None if progress is None else lambda told: progress(Finding("told_in_year", {"year": year, "told": told}))


def _standing(county: County, sites: Sites, layouts: Sequence[str]) -> Piles:
    """Return the piles that stand already; none without a layout.

    Raises
    ------
    ScenarioError
        Several layouts, or a pile group that the scenario's layout lacks.
    """
    if not layouts:
        return ()
    if len(layouts) > 1:
        raise ScenarioError(f"size path: got {len(layouts)} layouts; expected the one that stands already.")
    stands = load_layout(county, layouts[0])
    known = set(sites.layout.select("station_id", "group_id").iter_rows())
    for station, group in stands.select("station_id", "group_id").iter_rows():
        if (station, group) not in known:
            raise ScenarioError(
                f"--layout {layouts[0]}: got group {group!r} at station {station!r}, which the scenario's layout lacks."
                f" Add it there, with as many piles as may stand."
            )
    return piles_of(stands, sites)


def _told(path: _Path, goals: Sequence[Goal], county: County | None) -> Sizing:
    """Return the path as tables and findings."""
    years = list(path.standing)
    table = pl.DataFrame(list(_years(path, county)), infer_schema_length=None)
    last = path.standing[years[-1]]
    question: dict[str, Figure] = {
        "sites": path.sites.layout["station_id"].n_unique(),
        "first": years[0],
        "last": years[-1],
        "goals": tuple(goals),
    }
    first_row, last_row = table.row(0, named=True), table.row(-1, named=True)
    added: dict[str, Figure] = {
        **{f"first_{name}": first_row[name] for name in ("piles", "guns")},
        **{f"last_{name}": last_row[name] for name in ("piles", "guns")},
        "first": years[0],
        "last": years[-1],
        "added": table.filter(pl.col("piles_added") > 0).height,
        "missed": table.filter(~pl.col("meets")).height,
    }
    says = [Finding("path_added", added), *_costs(path, county), *_late(path, table, county), *_plan(path, table)]
    says += _second_guns(path, table, county)
    tables = {"path": table, "additions": _additions(path)}
    feasible = bool(table["meets"].all())
    return Sizing(
        Finding("question_path", question), path.sites.with_piles(last), table, (), feasible, tuple(says), tables
    )


def _years(path: _Path, county: County | None) -> list[dict[str, Any]]:
    """Return a row per year: what is added and stands, what it costs to build, what the year shows."""
    sites = path.sites
    prices = None if county is None else Prices.from_county(county)
    before: Piles = (0,) * sites.layout.height
    plan = tuple(sites.layout["piles"].to_list())
    rows: list[dict[str, Any]] = []
    for year, piles in path.standing.items():
        shown = path.shows(year, piles)
        row: dict[str, Any] = {
            "year": year,
            "piles_added": sum(piles) - sum(before),
            "guns_added": sites.guns(piles) - sites.guns(before),
            "piles": sum(piles),
            "guns": sites.guns(piles),
        }
        if prices is not None:
            fen = investment_fen(sites.with_piles(piles), prices) - investment_fen(sites.with_piles(before), prices)
            row["build_cny"] = fen / FEN
        share = shown.measures[NOT_IN_TIME]
        row |= {NOT_IN_TIME: share.value, f"{NOT_IN_TIME}_low": share.low, f"{NOT_IN_TIME}_high": share.high}
        row["meets"] = shown.meets(path.searches[year].goals)
        late = path.shows(year, before) if rows else shown
        row["step_late_share"] = late.measures[NOT_IN_TIME].value
        planned = path.shows(year, plan)
        row |= {
            "plan_share": planned.measures[NOT_IN_TIME].value,
            "plan_meets": planned.meets(path.searches[year].goals),
        }
        rows.append(row)
        before = piles
    return rows


def _present_fen(path: _Path, county: County, standing: Mapping[int, Piles]) -> float:
    """Return the yearly costs of what stands in all years, without power, as of the first year, in fen."""
    prices = Prices.from_county(county)
    rate, first = prices.figure("discount"), min(standing)
    total, piles = 0.0, standing[first]
    for year in range(first, max(standing) + 1):
        # between the years that are looked at nothing is built
        piles = standing.get(year, piles)
        yearly = scalar(station_costs(path.sites.with_piles(piles), prices), pl.col("yearly_fen").sum(), default=0.0)
        total += yearly / (1.0 + rate) ** (year - first)
    return total


def _costs(path: _Path, county: County | None) -> list[Finding]:
    """Return what the path costs, and what building all of it in the first year costs more."""
    if county is None:
        return [Finding("no_prices")]
    last = path.standing[max(path.standing)]
    spent = _present_fen(path, county, path.standing)
    early = _present_fen(path, county, dict.fromkeys(path.standing, last))
    figures: dict[str, Figure] = {
        "first": min(path.standing),
        "path_cny": f"{spent / _MILLION:,.2f}",
        "early_cny": f"{(early - spent) / _MILLION:,.2f}",
    }
    return [Finding("path_cost", figures)]


def _late(path: _Path, table: pl.DataFrame, county: County | None) -> list[Finding]:
    """Return what building each step a year later gives, and saves."""
    worst = table.sort("step_late_share", descending=True).row(0, named=True)
    years = list(path.standing)
    saved = "-"
    if county is not None:
        later = {years[0]: path.standing[years[0]]}
        later |= {year: path.standing[before] for before, year in itertools.pairwise(years)}
        less = _present_fen(path, county, path.standing) - _present_fen(path, county, later)
        saved = f"{less / _MILLION:,.2f}"
    figures: dict[str, Figure] = {"late_share": worst["step_late_share"], "year": worst["year"], "saved_cny": saved}
    return [Finding("path_late", figures)]


def _plan(path: _Path, table: pl.DataFrame) -> list[Finding]:
    """Return how long the scenario's layout holds the target, and when the path needs more than it has."""
    plan = tuple(path.sites.layout["piles"].to_list())
    size: dict[str, Figure] = {"piles": sum(plan), "guns": path.sites.guns(plan)}
    missed = table.filter(~pl.col("plan_meets"))["year"].to_list()
    found = Finding("path_plan_holds", size)
    if missed and missed[0] == table["year"][0]:
        found = Finding("path_plan_never", {**size, "year": missed[0]})
    elif missed:
        held = table.filter(pl.col("year") < missed[0])["year"].to_list()
        found = Finding("path_plan_ends", {**size, "year": held[-1]})
    more = table.filter((pl.col("piles") > sum(plan)) | (pl.col("guns") > path.sites.guns(plan)))["year"].to_list()
    passed = Finding("path_plan_passed", {"year": more[0]}) if more else Finding("path_plan_not_passed")
    return [found, passed]


def _second_guns(path: _Path, table: pl.DataFrame, county: County | None) -> list[Finding]:
    """Return what the second guns of the scenario's layout are worth in the last year; nothing where it has none."""
    layout = path.sites.layout
    second = int((layout["piles"] * (layout["guns_per_pile"] - 1)).sum())
    if not second:
        return []
    year = max(path.standing)
    single = layout.with_columns(guns_per_pile=pl.lit(1, pl.Int64)).filter(pl.col("piles") > 0)
    shown = path.trials[year].evaluate(single, FRESH).measures[NOT_IN_TIME]
    price = None if county is None else Prices.from_county(county).figure("gun")
    figures: dict[str, Figure] = {
        "guns": second,
        "single_share": shown.value or 0.0,
        "plan_share": table.row(-1, named=True)["plan_share"],
        "year": year,
        "cny": "-" if price is None else f"{second * price / 1e6:,.2f}",
    }
    return [Finding("second_guns", figures)]


def _additions(path: _Path) -> pl.DataFrame:
    """Return the piles that each year adds, by pile group."""
    columns = [
        name for name in ("station_id", "group_id", "town", "current", "pile_kw") if name in path.sites.layout.columns
    ]
    named = path.sites.layout.select(columns)
    before = (0,) * named.height
    parts = []
    for year, piles in path.standing.items():
        more = [new - old for new, old in zip(piles, before, strict=True)]
        parts.append(named.with_columns(year=pl.lit(year), piles_added=pl.Series(more, dtype=pl.Int64)))
        before = piles
    return pl.concat(parts).filter(pl.col("piles_added") > 0).select("year", pl.exclude("year"))

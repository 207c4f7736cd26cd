"""What a planner asks of a layout that was found: where it differs, what it costs, whether it beats rules of thumb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.costs.accounts import account_of
from charging.costs.price_table import Level, Prices
from charging.costs.station_costs import station_costs
from charging.sizing.thumbs import rules_of_thumb
from data.arrays import YEAR_DAYS, scalar
from data.errors import DataError
from data.goals import Finding
from data.money import FEN
from experiments.formatting import ON_EXPRESSWAY
from experiments.sizing.stations.growth import growth
from experiments.sizing.stations.layout_piles import piles_of
from experiments.sizing.stations.trial import FRESH, totals
from experiments.statistics.estimates import mean_estimate
from experiments.statistics.measures import MEASURES
from experiments.statistics.paired import paired_difference
from experiments.statistics.selection import best_chances

if TYPE_CHECKING:
    from collections.abc import Mapping

    from charging.sizing import Sites
    from data.county import County
    from data.goals import Figure
    from experiments.sizing.stations.trial import Trial

FOUND: Final = "found"
"""Name of the layout that was found, among those it is compared with."""
_MEASURE: Final = "not_in_time_share"
_TOWNS: Final = 3
"""Towns that a sentence names."""
_ENDS: Final[tuple[Level, ...]] = ("value", "low", "high")


def judged(answer: pl.DataFrame, sites: Sites, trial: Trial) -> tuple[tuple[Finding, ...], dict[str, pl.DataFrame]]:
    """Return what there is to say of a layout, and the tables ``towns``, ``growth`` and ``compared``."""
    county = trial.occasions[0].case.county
    towns = change_by_town(sites.layout, answer)
    compared = against_rules(answer, sites, trial)
    says = [_where(answer, towns), *_costs(answer, county), *_account(answer, trial), *_compared(compared, trial)]
    prices = Prices.from_county(county) if county.infrastructure_prices.height else None
    tables = {"towns": towns, "growth": growth(answer, sites, trial, prices), "compared": compared}
    return tuple(says), tables


def residents_of(trial: Trial) -> dict[str, float]:
    """Return the residents of each town of the county."""
    return dict(trial.occasions[0].case.county.towns.select("town", "residents").iter_rows())


def change_by_town(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return piles, guns and power of each town in two layouts, and the change.

    Service areas count for themselves: ``place`` is the town, or the town with `ON_EXPRESSWAY`.
    """
    counted = [
        pl.col("piles").sum(),
        (pl.col("piles") * pl.col("guns_per_pile")).sum().alias("guns"),
        (pl.col("piles") * pl.col("pile_kw")).sum().round(1).alias("kw"),
    ]
    town = pl.coalesce(pl.col("town").cast(pl.String), "station_id")
    place = pl.when(pl.col("site").is_not_null()).then(town + ON_EXPRESSWAY).otherwise(town)
    place = (place if "site" in before.columns else town).alias("place")
    sums = [frame.group_by(place, maintain_order=True).agg(counted) for frame in (before, after)]
    both = sums[0].join(sums[1], on="place", how="full", coalesce=True, suffix="_after", maintain_order="left_right")
    both = both.with_columns(pl.exclude("place").fill_null(0))
    return both.select(
        "place",
        *(
            column
            for name in ("piles", "guns", "kw")
            for column in (
                pl.col(f"{name}_after").alias(name),
                (pl.col(f"{name}_after") - pl.col(name)).alias(f"{name}_change"),
            )
        ),
    )


def against_rules(answer: pl.DataFrame, sites: Sites, trial: Trial) -> pl.DataFrame:
    """Return how the answer serves beside its piles spread by rules of thumb, on requests that no search has seen.

    One row per layout, the answer first: ``layout, not_in_time_share`` with its interval, ``more_share`` (beyond the
    answer's, from the pairs) with its interval, and ``p_best`` (posterior probability that it is the best of them);
    null where one replication decides nothing.
    """
    size = compared_layouts(answer, sites, trial)
    count = trial.count(FRESH)
    values = trial.samples(size, MEASURES[_MEASURE], 0, count, seeds=FRESH)
    chances: list[float | None] = [None] * len(size)
    if count > 1:
        seed = trial.occasions[0].case.scenario.seed
        chances = list(best_chances(np.array(list(values.values())), seed))
    rows = []
    for (name, found), chance in zip(values.items(), chances, strict=True):
        own = mean_estimate(found, floor=0.0, ceiling=1.0)
        more = paired_difference(values[FOUND], found)
        apart = (None, None, None) if name == FOUND else (more.difference, more.low, more.high)
        rows.append((name, own.value, own.low, own.high, *apart, chance))
    names = [f"{name}{end}" for name in (_MEASURE, "more_share") for end in ("", "_low", "_high")]
    schema = {"layout": pl.String, **dict.fromkeys([*names, "p_best"], pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def compared_layouts(answer: pl.DataFrame, sites: Sites, trial: Trial) -> dict[str, pl.DataFrame]:
    """Return the answer, its piles spread by rules of thumb, and the county's layouts of the same size, by name."""
    piles = piles_of(answer, sites)
    size = {FOUND: answer}
    size |= {
        rule: sites.with_piles(spread)
        for rule, spread in rules_of_thumb(sites, piles, residents_of(trial)).items()
        if spread != piles
    }
    return size | _others_of_county(answer, sites, trial)


def _others_of_county(answer: pl.DataFrame, sites: Sites, trial: Trial) -> dict[str, pl.DataFrame]:
    """Return the scenario's layout and those of the county that have as many piles and guns as the answer."""
    case = trial.occasions[0].case
    known = {str(case.scenario.charging.layout): sites.layout}
    known |= {name: layout for name, layout in case.county.layouts.items() if name not in known}
    return {f"layout {name}": layout for name, layout in known.items() if totals(layout) == totals(answer)}


def _where(answer: pl.DataFrame, towns: pl.DataFrame) -> Finding:
    """Return how many there are of what, and where most."""
    dc = answer.filter(pl.col("current") == "dc")
    most = towns.sort("guns", "place", descending=[True, False])["place"].head(_TOWNS).to_list()
    grown = towns.filter(pl.col("guns_change") > 0).sort("guns_change", "place", descending=[True, False])
    shrunk = towns.filter(pl.col("guns_change") < 0).sort("guns_change", "place")
    figures: dict[str, Figure] = {
        "piles": int(answer["piles"].sum()),
        "guns": int((answer["piles"] * answer["guns_per_pile"]).sum()),
        "dc_piles": int(dc["piles"].sum()),
        "kw": f"{(answer['piles'] * answer['pile_kw']).sum():,.0f}",
        "towns": tuple(most),
        "more": tuple(_signed(grown)) or (Finding("nowhere"),),
        "less": tuple(_signed(shrunk)) or (Finding("nowhere"),),
    }
    return Finding("answer_where", figures)


def _signed(towns: pl.DataFrame) -> list[Finding]:
    """Return the first towns with their change of guns."""
    return [
        Finding("guns_changed", {"where": place, "guns": f"{change:+d}"})
        for place, change in towns.select("place", "guns_change").head(_TOWNS).iter_rows()
    ]


def _costs(answer: pl.DataFrame, county: County) -> list[Finding]:
    """Return what a layout costs at the county's prices, with both ends of their ranges; nothing without prices."""
    if not county.infrastructure_prices.height:
        return [Finding("no_prices")]
    try:
        costs = {end: station_costs(answer, Prices.from_county(county, level=end)) for end in _ENDS}
    except DataError:
        return [Finding("no_prices")]
    figures: dict[str, Figure] = {}
    for end, table in costs.items():
        for what in ("investment", "yearly"):
            fen = scalar(table, pl.col(f"{what}_fen").sum(), default=0.0)
            figures[f"{what}_{end}"] = f"{fen / FEN / 1e6:,.2f}"
    return [Finding("answer_costs", figures)]


def _account(answer: pl.DataFrame, trial: Trial) -> list[Finding]:
    """Return a year of the stations as the first week makes it: cost of a kWh, payback, what others have to give."""
    week = trial.occasions[0]
    county = week.case.county
    try:
        costs = station_costs(answer, Prices.from_county(county))
    except DataError:
        return []
    weeks = YEAR_DAYS / week.case.scenario.days
    kwh, paid_cny, power_cny = (weeks * total for total in trial.bill(answer))
    account = account_of(costs, energy_kwh=kwh, paid_cny=paid_cny, power_cny=power_cny)
    if account.cny_per_kwh is None:
        return []
    never = Finding("never_paid_back")
    back = never if account.payback_years is None else Finding("paid_back", {"years": account.payback_years})
    figures: dict[str, Figure] = {
        "cny_kwh": f"{account.cny_per_kwh:.2f}",
        "gwh": f"{kwh / 1e6:.2f}",
        "back": back,
        "others_share": account.subsidy_share,
    }
    return [Finding("answer_account", figures)]


def _compared(compared: pl.DataFrame, trial: Trial) -> list[Finding]:
    """Return whether the layout beats the rules of thumb, and how sure that is."""
    found, others = compared.row(0, named=True), compared[1:]
    if not others.height:
        return []
    count = trial.count(FRESH)
    best = others.sort(_MEASURE, "layout").row(0, named=True)
    figures: dict[str, Figure] = {
        "replications": count,
        "found_share": found[_MEASURE],
        "layout": best["layout"],
        "other_share": best[_MEASURE],
    }
    if found["p_best"] is None:
        return [Finding("rules_undecided", figures)]
    return [Finding("rules_compared", {**figures, "best_share": found["p_best"], **_beaten(others)})]


def _beaten(others: pl.DataFrame) -> Mapping[str, Figure]:
    """Return the rules of thumb that serve worse for certain, and all of them."""
    worse = others.filter(pl.col("more_share_low") > 0.0)["layout"].to_list()
    return {"beaten": len(worse), "rules": others.height}

"""Where 320 piles and 450 guns should stand in Deqing, how many would do, and when: writes ``docs/deqing-study.md``.

Run ``python benchmarks/deqing_study.py``: ten minutes of processor time or more, in proportion to ``-n``.
Every figure of the page is computed here; sentences that depend on them are chosen by them.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from charging.sizing.thumbs import RULES
from data.goals import Shown
from experiments.report.language import translator
from experiments.report.words.findings import finding_text
from experiments.scenario.county import edited_county
from experiments.scenario.layouts import load_layout
from experiments.scenario.model import Scenario
from experiments.sizing import size
from experiments.sizing.stations.chargers import county_goals
from experiments.sizing.stations.occasions import occasions_of
from experiments.sizing.stations.trial import FRESH, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from experiments.sizing.sized import Sized

PAGE = Path(__file__).resolve().parents[1] / "docs" / "deqing-study.md"
PLAN = "plan-2025"
LAYOUTS = (PLAN, "even", "population", "half-plan")
PATH = (2025, 2026, 2028, 2030, 2032, 2035)
"""Years in which is built."""
_HEAD = (
    "# Where 320 piles and 450 guns should stand in Deqing\n\n"
    "Made by `benchmarks/deqing_study.py`; it is not edited by hand. All of it rests on the assumptions of the "
    "county's tables: where the plan's piles stand, who charges in public, what guns cost (`docs/counties.md`, "
    "`docs/validation.md`). Shares are of requests, with 95 % intervals of the replications ({count} weeks each); "
    "requests that are not served count as not in time."
)
POINTS = 16
"""Points of the ranges of the assumptions."""
JOBS = 0
MEASURES = ("not_in_time_share", "late_share", "unserved_share")


def percent(shown: Shown) -> str:
    """Return a share with its interval, in per cent."""
    if shown.value is None:
        return "-"
    if shown.low is None or shown.high is None:
        return f"{shown.value:.2%}"
    return f"{100 * shown.value:.2f} ({100 * shown.low:.2f} to {100 * shown.high:.2f})"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def enough(base: Scenario, years: list[int]) -> tuple[str, dict[tuple[int, str, str], bool]]:
    """Return how the layouts serve ordinary weeks and holidays of some years, and which meet the county's criteria."""
    rows, met = [], {}
    for year in years:
        for week in occasions_of(base, holidays=True, years=(year,)):
            trial = Trial([week], MEASURES, engine="compiled")
            goals = county_goals(week.case.county)
            for name in LAYOUTS:
                shown = trial.evaluate(load_layout(week.case.county, name), FRESH)
                met[year, week.name, name] = shown.meets(goals)
                figures = [percent(shown.measures[measure]) for measure in MEASURES]
                rows.append([str(year), week.name, name, *figures, "yes" if met[year, week.name, name] else "no"])
    heads = ["year", "week", "layout", "not in time, %", "late of served, %", "not served, %", "criteria met"]
    return table(heads, rows), met


def best(replications: int) -> str:
    """Return the best 320/450 of the week where guns are scarce, beside rules of thumb and the county's layouts."""
    scenario = Scenario.load("deqing-2030-spring-festival")
    budget = "piles=320,guns=450,kw=19530"
    found = size("charging", scenario, budget=budget, minimise="late", replications=replications, jobs=JOBS)
    compared, towns = found.tables["compared"], found.tables["towns"]
    rows = []
    for row in compared.iter_rows(named=True):
        own = Shown(row["not_in_time_share"], row["not_in_time_share_low"], row["not_in_time_share_high"])
        more = Shown(row["more_share"], row["more_share_low"], row["more_share_high"])
        rows.append([row["layout"], percent(own), percent(more), f"{row['p_best']:.3f}"])
    heads = ["layout", "not in time, %", "more than found, points", "P(best)"]
    moved = [
        [place, str(guns), f"{change:+d}"]
        for place, guns, change in towns.select("place", "guns", "guns_change").iter_rows()
    ]
    beaten = compared[1:].filter(pl.col("more_share_low") > 0.0)["layout"].to_list()
    left = [name for name in compared["layout"][1:] if name not in beaten]
    said = f"The intervals of {len(beaten)} of {compared.height - 1} others are all above it."
    if left:
        said += f" Not decided at {replications} replications: {', '.join(left)}."
    return "\n\n".join([table(heads, rows), said, table(["place", "guns", "against the plan"], moved)])


def least(years: list[int], replications: int) -> tuple[str, str]:
    """Return the least sets of ordinary weeks that meet the county's criteria, and how sure the last year's is."""
    rows, sure = [], ""
    first = Scenario.load("deqing-2025").seed
    for year, seed in [*((year, first) for year in years), (years[-1], first + 1)]:
        points = POINTS if (year, seed) == (years[-1], first) else 0
        found = size("charging", f"deqing-{year}", replications=replications, seed=seed, jobs=JOBS, points=points)
        if points:
            sure = robust(found)
        guns = int((found.answer["piles"] * found.answer["guns_per_pile"]).sum())
        verified = found.frontier.filter(step="verified").sort("seeds").row(-1, named=True)
        shares = [
            percent(Shown(verified[name], verified[f"{name}_low"], verified[f"{name}_high"]))
            for name in ("not_in_time_share", "unserved_share")
        ]
        costs = next(each for each in found.says if each.key == "answer_costs").figures
        money = f"{costs['investment_value']} ({costs['investment_low']} to {costs['investment_high']})"
        name = str(year) if seed == first else f"{year}, another seed"
        rows.append([name, str(int(found.answer["piles"].sum())), str(guns), *shares, money])
    heads = ["ordinary week of", "piles", "guns", "not in time, %", "not served, %", "to build, million CNY"]
    return table(heads, rows), sure


def robust(found: Sized) -> str:
    """Return which sizes around a least set hold its target over the ranges of what is assumed."""
    rows = []
    for row in found.tables["robust"].iter_rows(named=True):
        ends = (row[f"not_in_time_share{end}"] for end in ("", "_low", "_high"))
        money = f"{row['build_cny'] / 1e6:.2f}"
        rows.append([str(row["piles"]), str(row["guns"]), money, percent(Shown(*ends)), f"{row['holds_share']:.0%}"])
    translate = translator("en")
    said = [finding_text(each, translate) for each in found.says if each.key.startswith("robust_")]
    heads = ["piles", "guns", "million CNY", "not in time, % (95 % of the points)", "points at which the target holds"]
    return "\n\n".join([table(heads, rows), "\n".join(f"- {line}" for line in said)])


def path(years: Sequence[int], replications: int) -> str:
    """Return what to build when from 2025 on, and what the years show with the path and with the plan."""
    found = size("path", "deqing-2025", years=years, replications=replications, jobs=JOBS)
    rows = []
    for row in found.tables["path"].iter_rows(named=True):
        ends = (row[f"not_in_time_share{end}"] for end in ("", "_low", "_high"))
        money = f"{row['build_cny'] / 1e6:.2f}"
        shares = [percent(Shown(*ends)), *(f"{row[name]:.2%}" for name in ("step_late_share", "plan_share"))]
        rows.append([str(row["year"]), str(row["piles"]), str(row["guns"]), f"{row['guns_added']:+d}", money, *shares])
    heads = ["year", "piles", "guns", "guns added", "million CNY", "not in time, %", "if put off", "with the plan"]
    translate = translator("en")
    said = [finding_text(each, translate) for each in found.says]
    return "\n\n".join([table(heads, rows), "\n".join(f"- {line}" for line in said)])


def sited(years: Sequence[int]) -> str:
    """Return where new stations would shorten the ways of the residents most."""
    found = size("sites", f"deqing-{years[-1]}")
    rows = [
        [str(row["new_sites"]), *(f"{row[name]:.1f}" for name in ("mean_way_min", "worst_tenth_way_min")),
         f"{row['near_share']:.1%}", f"{row['build_cny'] / 1e6:.2f}"]
        for row in found.frontier.iter_rows(named=True)
    ]  # fmt: skip
    names = ", ".join(found.tables["new_sites"]["candidate"].to_list())
    heads = ["new stations", "mean way, min", "of the worst-off tenth, min", "within the near limit", "million CNY"]
    return "\n\n".join([table(heads, rows), f"The sites: {names}. Villages are drawn until a table names them."])


def doubt(years: list[int], replications: int) -> str:
    """Return how the plan's layout serves where the stock is at its low and at its high end."""
    rows = []
    for year in years:
        for end, way in (("low", -1.0), ("as assumed", 0.0), ("high", 1.0)):
            moves = {"fleet_stock": way, "stock_growth": way, "flow_shares": way} if way else {}
            scenario = Scenario.load(f"deqing-{year}").with_(tables=moves, replications=replications)
            trial = Trial(occasions_of(scenario), MEASURES, engine="compiled")
            shown = trial.evaluate(trial.occasions[0].case.layout, FRESH)
            asked = trial.requests(FRESH, 0).height
            rows.append([str(year), end, f"{asked:,}", *(percent(shown.measures[name]) for name in MEASURES)])
    heads = ["year", "stock", "requests of a week", "not in time, %", "late of served, %", "not served, %"]
    return table(heads, rows)


def _page(file: Path) -> dict[str, str]:
    """Return the sections of a page by heading."""
    sections = file.read_text(encoding="utf-8").rpartition("\n\nProcessor time")[0].split("\n\n## ")[1:]
    return {heading: text for heading, _, text in (section.partition("\n\n") for section in sections)}


def _sections(years: list[int], count: int) -> dict[str, Callable[[], str]]:
    """Return what makes each section, by heading, in the order of the page."""

    def weeks() -> str:
        found, met = enough(Scenario.load("deqing-2025").with_(replications=count), years)
        missed = sorted({f"{week} of {year}" for (year, week, name), good in met.items() if name == PLAN and not good})
        verdict = "meets the county's criteria in all these weeks"
        if missed:
            verdict = f"misses them in: {', '.join(missed)}"
        criteria = ", ".join(str(goal) for goal in county_goals(edited_county(Scenario.load("deqing-2025"))))
        return f"The plan's layout {verdict}. (Criteria: {criteria}; their limits are assumptions.)\n\n{found}"

    def budget() -> str:
        return (
            "As many piles and guns as the plan, and no more kW, placed for the fewest not served in time; the same "
            f"numbers placed by rules of thumb ({', '.join(RULES)}) and the county's layouts, on weeks that no search "
            f"has seen.\n\n{best(count)}"
        )

    def fewest() -> str:
        found, sure = least(years, count)
        return (
            "Fewest guns at the plan's sites that meet the criteria in an ordinary week, verified in SimPy on fresh "
            f"weeks. A holiday asks for more: the weeks above.\n\n{found}\n\nHow sure that is for {years[-1]}: sizes "
            f"around the least set at {POINTS} points of the ranges of all that is assumed.\n\n{sure}"
        )

    def when() -> str:
        return (
            "Ordinary weeks; what a year adds stays. Put off: the year without its own additions; with the plan: all "
            f"of the plan's piles where it puts them.\n\n{path(PATH, count)}"
        )

    def where() -> str:
        return (
            "Beside the plan's stations off the expressway, for the shortest mean way of the residents to the nearest "
            f"one.\n\n{sited(years)}"
        )

    def wrong() -> str:
        return (
            "The plan's layout with stock, growth and market shares of electric vehicles at both ends of their "
            f"ranges.\n\n{doubt(years, count)}"
        )

    return {
        "Is it enough?": weeks,
        "The best 320 piles and 450 guns, Spring Festival of 2030": budget,
        "How many would do?": fewest,
        "What to build when?": when,
        "Where should new stations stand?": where,
        "How wrong may this be?": wrong,
    }


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=10, help="replications")
    parser.add_argument("--years", default="2025,2030", help="years with a scenario of an ordinary week")
    parser.add_argument("--out", type=Path, default=PAGE, help="the page")
    parser.add_argument("--only", action="append", default=[], help="heading of a section to make anew; others stay")
    given = parser.parse_args()
    years = [int(year) for year in given.years.split(",")]
    began = time.process_time()
    made = _sections(years, given.n)
    kept = _page(given.out) if given.only else {}
    unknown = sorted(set(given.only) - set(made))
    if unknown:
        parser.error(f"--only: no section {unknown[0]!r}; expected one of {', '.join(made)}")
    parts = [_HEAD.format(count=given.n)]
    for heading, make in made.items():
        again = heading not in kept or heading in given.only
        parts.append(f"## {heading}\n\n{make() if again else kept[heading]}")
    seconds = time.process_time() - began + sum(os.times()[2:4])
    what = "of the sections that were made last" if given.only else "of the page"
    parts.append(f"Processor time {what}: {seconds:.0f} s.")
    given.out.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

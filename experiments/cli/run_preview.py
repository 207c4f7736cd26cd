"""``xijiang run --dry-run``: what would be simulated, about how long it takes, and what it rests on."""

import time
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    from experiments.cli.options import RunOptions
    from experiments.report.language import Translate
    from experiments.runs import executors
    from experiments.runs.case import Case
    from experiments.runs.plan import Plan
    from experiments.scenario.model import Scenario


def preview(plan: "Plan", options: "RunOptions", executor: "executors.Executor", language: str) -> None:
    """Print what a run would simulate, and the assumptions that weigh most."""
    from rich.cells import cell_len

    from experiments.cli.display import print_json, working
    from experiments.cli.display_plan import tell_assumptions
    from experiments.report.language import translator
    from experiments.report.words.planning import PLANS, RUN
    from experiments.report.words.terminal import PROGRESS
    from experiments.runs.assumptions.weightiest import weightiest

    translate, rows = translator("en" if options.as_json else language), weightiest(plan.county, plan.default_out)
    with working(translate(PROGRESS["day"]), shown=options.shows_progress):
        found = describe(plan, executor, translate)
    if options.as_json:
        print_json({**found, "weightiest assumptions": rows.to_dicts()})
        return
    named = {translate(RUN[name]): value for name, value in found.items()}
    width = max(map(cell_len, named))
    for name, value in named.items():
        # Chinese characters are two columns wide
        typer.echo(f"{name}{' ' * (width - cell_len(name))}  {value}")
    tell_assumptions(rows, plan.default_out, language)
    typer.echo(translate(PLANS["dry"]))


def describe(plan: "Plan", executor: "executors.Executor", translate: "Translate") -> dict[str, Any]:
    """Return what a run would simulate, by English names; its time is estimated by simulating one day in memory."""
    import polars as pl

    from experiments.report.words.planning import NONE
    from experiments.runs.executors import Processes
    from experiments.runs.replicate import child_seed, simulate_once

    scenario, county, layout = plan.scenario, plan.county, plan.layout
    case = plan.case.with_days(1)
    began = time.monotonic()
    one_day = simulate_once(case, 0)
    day_s = time.monotonic() - began
    workers = executor.jobs if isinstance(executor, Processes) else 1
    rounds = -(-scenario.replications // workers)
    unstable = one_day["preview"].filter(~pl.col("stable"))["station_id"]
    stock = case.stock.filter(pl.col("year") == scenario.year)
    electric = stock.filter(pl.col("power").is_in(["bev", "phev"]))
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "county": county.name,
        "year": scenario.year,
        "first day": scenario.start.isoformat(),
        "days": scenario.days,
        "replications": scenario.replications,
        "seed": scenario.seed,
        "short runs over the assumptions": scenario.points,
        "seed of the first replication": child_seed(scenario.seed, 0),
        "layout": scenario.charging.layout,
        **_supply(layout),
        "vehicles": round(float(stock["vehicles"].sum())),
        "plug-in vehicles": round(float(electric["vehicles"].sum())),
        "requests on the first day": one_day["sessions"].height,
        "stations that cannot keep up": ", ".join(unstable) or translate(NONE),
        **(_river(case, one_day["vessels"], translate) if scenario.shipping.enabled else {}),
        "assumptions": _assumptions(plan, translate),
        "estimated time": _time(scenario, day_s, rounds, workers, translate),
        "run folder": str(plan.default_out),
    }


def _time(scenario: "Scenario", day_s: float, rounds: int, workers: int, translate: "Translate") -> str:
    """Return about how long replications and short runs take, in words."""
    from experiments.report.words.planning import TIME, TIME_SHORT, duration

    said = translate(TIME).format(time=duration(day_s * scenario.days * rounds, translate), workers=workers)
    if not scenario.points:
        return said
    return said + translate(TIME_SHORT).format(time=duration(_points_s(scenario, day_s, workers), translate))


def _points_s(scenario: "Scenario", day_s: float, workers: int) -> float:
    """Return about how long the short runs take, s."""
    from experiments.cli.display_plan import SHORT_SHARE

    return SHORT_SHARE * day_s * scenario.days * scenario.points / workers


def _supply(layout: "pl.DataFrame") -> dict[str, int]:
    """Return the size of a charging layout."""
    return {
        "charging stations": layout["station_id"].n_unique(),
        "piles": int(layout["piles"].sum()),
        "guns": int((layout["piles"] * layout["guns_per_pile"]).sum()),
    }


def _river(case: "Case", vessels: "pl.DataFrame", translate: "Translate") -> dict[str, str | int]:
    """Return what there is on the river."""
    import polars as pl

    from experiments.report.words.planning import NONE

    return {
        "LNG stations": ", ".join(case.lng_stations["station"]) or translate(NONE),
        "cycling LNG vessels": vessels.filter(pl.col("kind") == "cycling").height,
    }


def _assumptions(plan: "Plan", translate: "Translate") -> str:
    """Return how many figures and rows of tables are assumptions."""
    import polars as pl

    from experiments.report.words.planning import ASSUMED

    figures = plan.county.figures.filter(pl.col("confidence") == "assumption").height
    rows = sum(
        frame.filter(pl.col("confidence") == "assumption").height
        for name, frame in plan.county.tables.items()
        if name != "figures" and "confidence" in frame.columns
    )
    return translate(ASSUMED).format(figures=figures, rows=rows)

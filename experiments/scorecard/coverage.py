"""T01 to T03: what the layout holds, and whom it reaches."""

from __future__ import annotations

import polars as pl

from experiments.scorecard.evidence import Answer, Evidence, Target, percent, plain_answer
from experiments.statistics.estimates import Estimate, decide

LAYOUT = ("layout",)
PILES_KEY = "plan.public_piles"


def _open(evidence: Evidence, target: Target) -> pl.DataFrame:
    """Return the pile groups that are open in the target's year."""
    opened = pl.col("opened_year")
    layout = evidence.tables["layout"]
    return layout if target.year is None else layout.filter(opened.is_null() | (opened <= target.year))


def piles_and_guns(evidence: Evidence, target: Target) -> Answer:
    """Answer T01: guns of the layout, and its piles."""
    layout = _open(evidence, target)
    piles = int(layout["piles"].sum())
    guns = int((layout["piles"] * layout["guns_per_pile"]).sum())
    dual = int(layout.filter(pl.col("guns_per_pile") == 2)["piles"].sum())
    estimate = Estimate(float(guns), exact=True)
    known = dict(evidence.county.figures.select("key", "value").iter_rows())
    enough = decide(estimate, target.comparator, target.value)
    text = f"Table layout: {piles} piles with {guns} guns ({dual} piles with two guns)."
    if PILES_KEY in known:
        enough = enough and decide(Estimate(float(piles), exact=True), ">=", known[PILES_KEY])
        text += f" The plan asks for {known[PILES_KEY]:.0f} piles."
    name = evidence.scenario.charging.layout
    return Answer(
        estimate,
        enough,
        f"{text} It says that the layout {name} keeps to the plan, not that it is built.",
        evidence.assumed(tables=LAYOUT),
    )


def townships(evidence: Evidence, target: Target) -> Answer:
    """Answer T02: share of the towns with a public pile, and of the residents near one."""
    towns = evidence.county.towns["town"]
    public = _open(evidence, target).filter(pl.col("site").is_null())
    covered = int(towns.is_in(public["town"].drop_nulls().to_list()).sum())
    access = evidence.tables["access"]
    total = float(access["residents"].sum())
    parts = []
    for key in ("near", "mid", "far"):
        limit = evidence.county.figure(f"charging.reach_{key}_min")
        near = float(access.filter(pl.col("nearest_min") <= limit)["residents"].sum())
        parts.append(f"{percent(near / total)} within {limit:.0f} min")
    text = (
        f"Tables layout and access: {covered} of {towns.len()} towns have a public pile. Of the residents, counted at "
        f"the centre of their town, {', '.join(parts)} by road."
    )
    return plain_answer(
        target,
        Estimate(covered / towns.len(), exact=True),
        text,
        evidence.assumed(figures=("charging.reach_",), tables=(*LAYOUT, "road_links")),
    )


def service_areas(evidence: Evidence, target: Target) -> Answer:
    """Answer T03: share of the sides of the expressway service areas with fast charging, and the waits there."""
    sides = evidence.county.service_areas.filter("in_county")["site"]
    layout = _open(evidence, target)
    fast = layout.filter(pl.col("current") == "dc")["site"].drop_nulls().to_list()
    covered = int(sides.is_in(fast).sum())
    stations = evidence.tables["stations"].filter(pl.col("site").is_not_null())
    waits = evidence.by_replication(stations, pl.col("wait_p95_min").max())
    known = [wait for wait in waits if wait is not None]
    text = f"Tables layout and stations: {covered} of {sides.len()} sides of service areas have direct current."
    if known:
        text += f" The P95 of the wait at the busiest side is {sum(known) / len(known):.1f} min (mean of replications)."
    else:
        text += " No car was served there in this run."
    share = covered / sides.len() if sides.len() else None
    return plain_answer(
        target,
        Estimate(share, exact=True),
        text,
        evidence.assumed(tables=(*LAYOUT, "service_areas", "through_traffic")),
    )

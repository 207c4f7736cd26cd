"""What the layout holds, and whom it reaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from data.schemas.base import open_in
from experiments.scorecard.answer import Answer, Criterion, Fact, Verdict, deciding, judged
from experiments.scorecard.registry import answer_of, answers, main_criterion
from experiments.statistics.estimates import Estimate, mean_estimate

if TYPE_CHECKING:
    from experiments.scorecard.evidence import Evidence, Target

LAYOUT = ("layout",)
PILES_KEY = "plan.public_piles"
EXISTING_KEY = "existing.public_piles"
REACHES = ("near", "mid", "far")
IN_REACH = {
    "residents_in_reach_share": {"charger": "any", "state": "standing", "people": "all"},
    "fast_in_reach_share": {"charger": "dc", "state": "standing", "people": "all"},
    "free_in_reach_share": {"charger": "any", "state": "free", "people": "all"},
    "free_fast_in_reach_share": {"charger": "dc", "state": "free", "people": "all"},
    "without_charger_in_reach_share": {"charger": "any", "state": "standing", "people": "without_home_charger"},
}
"""Facts about who reaches a charger, and the rows of the table `reach` that say it."""


def _open(evidence: Evidence, target: Target) -> pl.DataFrame:
    """Return the pile groups that are open in the target's year."""
    layout = evidence.tables["layout"]
    return layout if target.year is None else layout.filter(open_in(target.year))


@answers("guns_total")
def piles_and_guns(evidence: Evidence, target: Target) -> Answer:
    """Answer with the guns of the layout; its piles count where the county has the plan's number of them."""
    layout = _open(evidence, target)
    piles = int(layout["piles"].sum())
    guns = int((layout["piles"] * layout["guns_per_pile"]).sum())
    dual = int(layout.filter(pl.col("guns_per_pile") == 2)["piles"].sum())
    criteria = [main_criterion(target, Estimate(float(guns), exact=True))]
    if evidence.county.has_figure(PILES_KEY):
        wanted, limit = Estimate(float(piles), exact=True), evidence.county.figure(PILES_KEY)
        criteria.append(judged("piles_total", wanted, unit="piles", comparator=">=", limit=limit))
    facts = (
        Fact("piles", piles, "piles"),
        Fact("guns", guns, "guns"),
        Fact("dual_gun_piles", dual, "piles"),
        Fact("layout_stations", layout["station_id"].n_unique(), "stations", evidence.scenario.charging.layout),
        *_to_build(evidence, target, piles),
    )
    given = deciding([_given(criterion) for criterion in criteria])
    return Answer(given, facts, evidence.assumed(figures=(EXISTING_KEY,), tables=LAYOUT))


def _given(criterion: Criterion) -> Criterion:
    """Return a criterion that the layout keeps as given: the layout is an input, and building it is what is asked."""
    return replace(criterion, verdict=Verdict.GIVEN) if criterion.verdict == Verdict.MET else criterion


def _to_build(evidence: Evidence, target: Target, piles: int) -> list[Fact]:
    """Return the piles that stood before, and how many a year the layout takes; nothing where that is not known."""
    row = evidence.county.figures.filter(key=EXISTING_KEY)
    if not row.height:
        return []
    _, stood, year, low, high = row.select("key", "value", "year", "low", "high").row(0)
    facts = [Fact("existing_piles", stood, "piles", str(year), low, high)]
    if target.year is not None and year is not None and target.year > year:
        facts.append(Fact("piles_a_year", (piles - stood) / (target.year - year), "piles/year"))
    return facts


@answers("town_coverage_share")
def townships(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of the towns with a public pile; the residents near one beside it."""
    towns = evidence.county.towns["town"]
    # piles at service areas serve the expressway: they cover no town
    public = _open(evidence, target).filter(pl.col("site").is_null())
    covered = int(towns.is_in(public["town"].drop_nulls().to_list()).sum())
    counted = [Fact("towns_with_public_pile", covered, "towns"), Fact("towns", towns.len(), "towns")]
    facts = [*counted, *_reach(evidence)] if evidence.facts else []
    known = ("villages",) if evidence.county.villages.height else ()
    tables = (*LAYOUT, "road_links", "towns", *known, "charging_access")
    rests_on = evidence.assumed(figures=("charging.reach_", "people."), tables=tables)
    return answer_of(target, Estimate(covered / towns.len(), exact=True), facts, rests_on)


def _reach(evidence: Evidence) -> list[Fact]:
    """Return which part of the people reach a charger in time from where they live, and how their homes are known."""
    table = evidence.tables["reach"]
    facts = [Fact("reach_min", evidence.county.figure(f"charging.reach_{key}_min"), "min", key) for key in REACHES]
    for name, rows in IN_REACH.items():
        chosen = table.filter(**rows)
        for key in REACHES:
            share = mean_estimate(evidence.by_replication(chosen, pl.col(f"within_{key}_share").first()))
            facts.append(Fact(name, share.value, "share", key, share.low, share.high))
    homes = evidence.tables["homes"].group_by("placed", maintain_order=True).len()
    return [*facts, *(Fact("homes", number, "places", placed) for placed, number in homes.iter_rows())]


@answers("service_area_side_coverage_share")
def service_areas(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of the sides of the expressway service areas with fast charging; the waits beside it."""
    sides = evidence.county.service_areas.filter("in_county")["site"]
    layout = _open(evidence, target)
    # AC at a service area does not count as fast charging
    fast = layout.filter(pl.col("current") == "dc")["site"].drop_nulls().to_list()
    covered = int(sides.is_in(fast).sum())
    counted = (Fact("sides_with_dc", covered, "sides"), Fact("sides", sides.len(), "sides"))
    facts = (*counted, _busiest_side(evidence)) if evidence.facts else ()
    share = covered / sides.len() if sides.len() else None
    rests_on = evidence.assumed(tables=(*LAYOUT, "service_areas", "through_traffic"))
    return answer_of(target, Estimate(share, exact=True), facts, rests_on)


def _busiest_side(evidence: Evidence) -> Fact:
    """Return the P95 of the wait at the side of a service area where it is longest, over the replications."""
    stations = evidence.tables["stations"].filter(pl.col("site").is_not_null())
    waits = evidence.by_replication(stations, pl.col("wait_p95_min").max())
    known = [wait for wait in waits if wait is not None]
    return Fact("busiest_side_wait_p95_min", sum(known) / len(known) if known else None, "min")

"""What planning operators' fleets together does: one joint network of rural deliveries beside separate operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments.scorecard.answer import Answer, Fact, Reason
from experiments.scorecard.registry import answer_of, answers, open_answer
from experiments.statistics.estimates import Estimate
from fleet.operators.networks import AS_GIVEN, FLEET_PLAN, JOINT, SEPARATE, cost_share, network_figure

if TYPE_CHECKING:
    import polars as pl

    from experiments.scorecard.evidence import Evidence, Target

_FACTS: Final = {
    "network_vans": ("vans", "vans"),
    "network_km": ("km_per_day", "km"),
    "network_kwh": ("energy_units_per_day", "kWh"),
    "network_cny": ("cny_per_day", "CNY"),
    "network_cny_parcel": ("cny_per_parcel", "CNY"),
    "network_gco2_parcel": ("gco2_per_parcel", "g"),
}
"""Facts of each network with electric vans, by name: column of the run table, and unit."""
_TABLES: Final = ("operators", "towns", "road_links", "vehicle_costs", "energy_prices", "energy_use")


@answers(FLEET_PLAN)
def joint_network(evidence: Evidence, target: Target) -> Answer:
    """Answer with the cost of one joint network over that of separate operators with the same electric vans, less 1.

    The range is that of the figures which move it most, each at the ends of its own.
    """
    table = evidence.tables["distribution"]
    if not table.height:
        return open_answer(target, Reason.NO_DATA)
    cases = {str(name): rows for (name,), rows in table.group_by("case", maintain_order=True)}
    shares = [cost_share(rows) for rows in cases.values()]
    given = cases[AS_GIVEN]
    estimate = Estimate(cost_share(given), min(shares), max(shares), assumed=True)
    facts = [_fact(cases, name, network) for name in _FACTS for network in (SEPARATE, JOINT)]
    # today's way: each for itself, on fuel
    facts += [
        Fact(name, network_figure(given, SEPARATE, column, electric=False), unit, "separate_fuel")
        for name, (column, unit) in _FACTS.items()
        if name != "network_kwh"
    ]
    parcels = network_figure(given, JOINT, "parcels_per_day")
    facts.append(Fact("network_parcels", parcels, "parcels", str(given["year"][0])))
    return answer_of(target, estimate, facts, evidence.assumed(figures=("operators.", "people."), tables=_TABLES))


def _fact(cases: dict[str, pl.DataFrame], name: str, network: str) -> Fact:
    """Return a figure of a network with the range over the cases."""
    column, unit = _FACTS[name]
    values = [network_figure(rows, network, column) for rows in cases.values()]
    return Fact(name, network_figure(cases[AS_GIVEN], network, column), unit, network, min(values), max(values))

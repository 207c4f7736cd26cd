"""Sentences about operators' fleets: one joint network of rural deliveries beside separate operators."""

from __future__ import annotations

from typing import Final

from data.schemas.metrics import METRICS
from experiments.report.sentences.story import Story, _, tells

_METRIC: Final = next(name for name in METRICS if name.startswith("fleet_plan"))
_NETWORKS: Final = {
    "separate": _("Separate operators"),
    "joint": _("One joint network"),
    "separate_fuel": _("Separate operators on fuel, as today"),
}


@tells(_METRIC)
def _deliveries(story: Story) -> None:
    """Tell vans, km, money and CO2 of both networks, and what today's vans would emit."""
    (year,) = story.keys("network_parcels")
    story.say(
        _(
            "Table distribution: {parcels} parcels a day in {year}, from the county seat to towns and villages, drawn "
            "from residents where no table lists them."
        ),
        parcels=story.whole(story.fact("network_parcels", year)),
        year=year,
    )
    for network in ("separate", "joint"):
        story.say(
            _("{network}: {vans} vans, {km} km, {kwh} a day; {cny} CNY and {g} g CO2 a parcel."), **_of(story, network)
        )
    value, low, high = (story.main(column) for column in ("value", "assumption_low", "assumption_high"))
    story.say(
        _("The value is the cost of joining, with the same electric vans: {value}{span}."),
        value=story.percent(value, sign=True),
        span=story.span(low, high, sign=True),
    )
    story.say(
        _("{network}: {cny} CNY and {g} g CO2 a parcel."),
        network=story.translate(_NETWORKS["separate_fuel"]),
        cny=story.amount(story.fact("network_cny_parcel", "separate_fuel"), digits=2),
        g=story.whole(story.fact("network_gco2_parcel", "separate_fuel")),
    )
    for key in story.keys("bus_duties"):
        story.say(
            _(
                "Buses of {name}: {duties} electric ones do the timetable of a mild day; it has {vehicles}, {electric} "
                "of them electric in the year of the run. Its depot draws {managed} when charging is managed, "
                "{at_once} when buses charge as they come."
            ),
            name=story.name(key),
            duties=story.whole(story.fact("bus_duties", key)),
            vehicles=story.whole(story.fact("bus_vehicles", key)),
            electric=story.whole(story.fact("bus_electric", key)),
            managed=story.whole(story.fact("bus_managed_kw", key), "kW"),
            at_once=story.whole(story.fact("bus_at_once_kw", key), "kW"),
        )


def _of(story: Story, network: str) -> dict[str, str]:
    """Return the figures of a network, those of a parcel with their range."""
    return {
        "network": story.translate(_NETWORKS[network]),
        "vans": _ranged(story, "network_vans", network),
        "km": story.whole(story.fact("network_km", network)),
        "kwh": story.whole(story.fact("network_kwh", network), "kWh"),
        "cny": _ranged(story, "network_cny_parcel", network, digits=2),
        "g": _ranged(story, "network_gco2_parcel", network),
    }


def _ranged(story: Story, fact: str, network: str, *, digits: int = 0) -> str:
    """Return a figure with its range."""
    value, low, high = (story.fact(fact, network, column=column) for column in ("value", "low", "high"))
    texts = {name: story.amount(part, digits=digits) for name, part in (("value", value), ("low", low), ("high", high))}
    return story.word(_("{value} ({low} to {high})"), **texts)

"""Sentences about streets: shared e-bikes, road projects, signals."""

from __future__ import annotations

from experiments.report.sentences.story import Story, _, tells

_CARS = {"petrol": _("petrol cars"), "bev": _("electric cars")}
_CHANGES = {
    "trip_minutes": _("minutes of a trip {change}"),
    "through_minutes": _("of through traffic {change}"),
    "seat_minutes": _("of residents to the seat {change}"),
    "vehicle_km": _("vehicle-km {change}"),
    "kgco2": _("carbon {change}"),
}


@tells("ebikes_total")
def _ebikes(story: Story) -> None:
    """Tell whether bikes and crews are enough."""
    story.say(_("Table ebike_points: {bikes} bikes."), bikes=story.whole(story.main()))
    if not story.has("lost_share"):
        return
    story.say(
        _(
            "Table ebikes: with {crews} swap crews and {vans} vans {lost} of the trips find no bike with charge "
            "(criterion {limit}); a bike stands ready {ready} of the time; crews {crew_use}, vans {van_use} at work in "
            "their shifts; {saved} CO2 a day saved against the trips replaced."
        ),
        crews=story.whole(story.fact("crews")),
        vans=story.whole(story.fact("vans")),
        lost=story.percent(story.fact("lost_share")),
        limit=story.percent(story.fact("lost_share_limit")),
        ready=story.percent(story.fact("availability_share")),
        crew_use=story.percent(story.fact("crew_use_share")),
        van_use=story.percent(story.fact("van_use_share")),
        saved=story.whole(story.fact("saved_kgco2_day"), "kg"),
    )
    story.say(_("`xijiang size ebikes` gives the teams that are enough."))


@tells("idling_energy_change_share")
def _signals(story: Story) -> None:
    """Tell delays and idling fuel at the junctions, and what routes by energy save."""
    delays, fuel = (
        [story.fact(name, timing) for timing in ("now", "webster")] for name in ("delay_mean_s", "idling_fuel_l_year")
    )
    story.say(
        _(
            "Table signals, {junctions} junctions in their peak hours: mean delay {before} to {after} a vehicle, "
            "idling fuel {more} to {less} a year with Webster's timing; green waves are not in it."
        ),
        junctions=story.whole(story.fact("junctions")),
        before=story.whole(delays[0]),
        after=story.whole(delays[1], "s"),
        more=story.whole(fuel[0]),
        less=story.whole(fuel[1], "L"),
    )
    if story.fact("junctions_over_capacity"):
        story.say(
            _("{over} of them get more than they can pass now: their queues grow through the peak."),
            over=story.whole(story.fact("junctions_over_capacity")),
        )
    story.say(
        _("Retimings that were evaluated on the road cut the delay by {delay} and the fuel by {fuel}."),
        delay=story.percent(story.fact("evaluated_saved_share", "delay")),
        fuel=story.percent(story.fact("evaluated_saved_share", "fuel")),
    )
    parts = [
        story.word(
            _("{cars} {saved} of their energy ({other} of {pairs} pairs of towns have another route, {longer} longer)"),
            cars=story.translate(_CARS[power]),
            saved=story.percent(story.fact("eco_saved_share", power)),
            other=story.whole(story.fact("eco_other_routes", power)),
            pairs=story.whole(story.fact("eco_pairs", power)),
            longer=story.amount(story.fact("eco_longer_min", power), "min"),
        )
        for power in story.keys("eco_saved_share")
    ]
    if parts:
        story.say(
            _("Routes by energy instead of by time, where they are not much longer, save {parts}."),
            parts=story.listed(parts),
        )


@tells("travel_time_change_share")
def _projects(story: Story) -> None:
    """Tell what each road project changes."""
    parts = []
    for project in story.keys("opening_year"):
        changes = [
            story.word(text, change=story.percent(story.fact(f"{metric}_change_share", project), sign=True))
            for metric, text in _CHANGES.items()
            if story.has(f"{metric}_change_share")
        ]
        year = story.plain_year(story.fact("opening_year", project))
        parts.append(
            story.word(
                _("{project} ({year}): {changes}"),
                project=story.name(project),
                year=year,
                changes=story.listed(changes),
            )
        )
    story.say(
        _("Table projects, user equilibrium of the peak hour without and with: {parts}."), parts=story.chain(parts)
    )
    yearly = [
        story.word(
            _("{project} {carbon} of CO2 ({inside} in the county) and {km} million vehicle-km ({km_inside})"),
            project=story.name(project),
            carbon=story.whole(story.fact("kgco2_a_year", project), "t"),
            inside=story.whole(story.fact("county_kgco2_a_year", project), "t"),
            km=story.amount(story.fact("vehicle_km_a_year", project)),
            km_inside=story.amount(story.fact("county_vehicle_km_a_year", project)),
        )
        for project in story.keys("kgco2_a_year")
    ]
    if yearly:
        story.say(
            _("A year, if all its hours drove as the busiest does, the projects change: {parts}."),
            parts=story.chain(yearly),
        )
    if not story.has("heavy_shift_share"):
        return
    story.say(
        _(
            "Railway and terminals take a part of the heavy through traffic; `fleet.to_rail_share` and "
            "`fleet.to_water_share` move freight from trucks to trains and ships."
        )
    )

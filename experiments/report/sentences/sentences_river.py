"""Sentences about the river: LNG stations, the gas they hand out, cargo terminals."""

from __future__ import annotations

from experiments.report.sentences.story import Story, _, tells


@tells("lng_stations_in_county")
def _bunkering(story: Story) -> None:
    """Tell which stations are open, how vessels fare there, and what is handed out."""
    stations = story.keys("handed_out_t_year")
    days = story.whole(story.fact("simulated_days"))
    for day in story.keys("open_stations"):
        story.say(
            _(
                "Tables calls and tanks: {stations} open on {day}; {served} vessels served a day after {wait} on "
                "average; over {days} simulated days {dry} found the tank dry and {left} did not wait."
            ),
            stations=story.listed(story.name(station) for station in stations),
            day=day,
            served=story.amount(story.fact("served_per_day")),
            wait=story.amount(story.fact("wait_mean_min"), "min"),
            days=days,
            dry=story.whole(story.fact("calls_found_dry")),
            left=story.whole(story.fact("calls_not_waiting")),
        )
    service = [
        story.word(_SERVICE[name], value=_shown(story, "service", name), limit=_shown(story, "service_limit", name))
        for name in story.keys("service")
    ]
    if service:
        story.say(_("Against the county's own criterion of service: {parts}."), parts=story.listed(service))
    for name in story.keys("wait_while_closed_share"):
        story.say(
            _("At {station} {closed} of the wait passes while it is closed; open, its berths are {use} in use."),
            station=story.name(name),
            closed=story.percent(story.fact("wait_while_closed_share", name)),
            use=story.percent(story.fact("berths_busy_share", name)),
        )
    opened = dict(key.split("/") for key in story.keys("opened_year"))
    parts = [_throughput(story, name, opened.get(name)) for name in stations]
    if parts:
        story.say(_("If all days were as these: {parts}."), parts=story.chain(parts))


_SERVICE = {
    "lng_p95_wait_min": _("95 % wait at most {value} (limit {limit})"),
    "stockout_share": _("{value} of the calls find the tank dry (limit {limit})"),
    "lng_unserved_share": _("{value} leave unserved (limit {limit})"),
}


def _shown(story: Story, fact: str, name: str) -> str:
    """Return a figure of service in its unit."""
    value = story.fact(fact, name)
    return story.amount(value, "min") if name.endswith("_min") else story.percent(value)


def _throughput(story: Story, station: str, opened: str | None) -> str:
    """Return what a station hands out beside what is reported."""
    text = story.word(
        _("{station} {handed} a year"),
        station=story.name(station),
        handed=story.whole(story.fact("handed_out_t_year", station), "t"),
    )
    capacity = story.fact("reported_capacity_t_year", station)
    if capacity is not None:
        text += story.word(_(" of {capacity} reported capacity"), capacity=story.whole(capacity, "t"))
    sold = story.fact("reported_sold_2025_t", station)
    if sold is not None:
        values = {"sold": story.whole(sold, "t"), "opened": opened or story.translate(_("none"))}
        text += story.word(_(", {sold} reported for 2025 (open since {opened})"), **values)
    return text


@tells("lng_bunkered_gas_share")
def _gas(story: Story) -> None:
    """Tell how much LNG is bunkered a year beside the county's gas."""
    story.say(
        _(
            "Table calls: {mass} of LNG a year if all days were as these {days} ({share} of the county's {gas} million "
            "m3)."
        ),
        mass=story.whole(story.fact("bunkered_t_year"), "t"),
        days=story.whole(story.fact("days")),
        share=story.percent(story.main()),
        gas=story.whole((story.fact("natural_gas_m3_year") or 0.0) / 1e6),
    )
    for name in story.keys("open_months"):
        months = story.amount(story.fact("open_months", name))
        story.say(
            _("Of the year, {station} counts for the {months} months in which it is open."),
            station=story.name(name),
            months=months,
        )
    by_month = {month: story.fact("bunkered_t_month", month) or 0.0 for month in story.keys("bunkered_t_month")}
    if len({round(tonnes) for tonnes in by_month.values()}) > 1:
        story.say(
            _("By month, in t: {months}."),
            months=story.listed(f"{month}: {story.whole(tonnes)}" for month, tonnes in by_month.items()),
        )
    story.say(_("Use on land is not counted."))


@tells("terminal_wait_h")
def _terminals(story: Story) -> None:
    """Tell how busy the terminals are, now and when full, and how long battery vessels stay."""
    parts = [
        story.word(
            _("{terminal} {calls} calls a day, berths {use} in use, {cargo} Mt a year"),
            terminal=story.name(name),
            calls=story.amount(story.fact("calls_per_day", name)),
            use=story.percent(story.fact("berth_use_share", name)),
            cargo=story.amount(story.fact("throughput_mt_year", name)),
        )
        for name in story.keys("calls_per_day")
    ]
    story.say(
        _("Table terminals, {year}: {parts}; mean wait {wait}."),
        year=story.plain_year(story.fact("year")),
        parts=story.chain(parts),
        wait=story.amount(story.main(), "h", 2),
    )
    full = [
        story.word(
            _("{terminal} berths {use} in use, wait {wait}"),
            terminal=story.name(name),
            use=story.percent(story.fact("full_berth_use_share", name)),
            wait=story.amount(story.fact("full_wait_mean_h", name), "h", 2),
        )
        for name in story.keys("full_berth_use_share")
    ]
    story.say(_("At design capacity (formula): {parts}."), parts=story.chain(full))
    if story.has("battery_vessel_stay_min"):
        story.say(
            _("Table ship_power: battery vessels stay {charging} to charge and {swapping} to swap boxes."),
            charging=story.amount(story.fact("battery_vessel_stay_min", "charging"), "min"),
            swapping=story.amount(story.fact("battery_vessel_stay_min", "swapping"), "min"),
        )
    for key in story.keys("battery_trips_left_share"):
        direction, months = key.split("/")
        story.say(
            _("Table battery_trips: {share} of trips {direction} need more than one battery gives (months {months})."),
            share=story.percent(story.fact("battery_trips_left_share", key)),
            direction=story.translate(_UPSTREAM if direction == "up" else _DOWNSTREAM),
            months=months,
        )
    _say_low_water(story)


def _say_low_water(story: Story) -> None:
    """Say how much cargo low water leaves ashore, where it does."""
    if story.has("cargo_left_t_day"):
        story.say(
            _("Table vessels: at the water of these days the ships of the river leave {cargo} a day ashore."),
            cargo=story.whole(story.fact("cargo_left_t_day"), "t"),
        )


_UPSTREAM, _DOWNSTREAM = _("upstream"), _("downstream")

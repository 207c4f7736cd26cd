"""Sentences about charging: layout, coverage, service, grid, battery swapping."""

from __future__ import annotations

from experiments.report.sentences.sentences_guns import tell_guns
from experiments.report.sentences.story import Story, _, tells

_REACHES = ("near", "mid", "far")
_WHO_REACHES = {
    "residents_in_reach_share": _("From home by road, to a public charger: {parts}."),
    "fast_in_reach_share": _("To a fast one: {parts}."),
    "free_in_reach_share": _("To a station with a free gun, on the mean of the run: {parts}."),
    "free_fast_in_reach_share": _("To one with a free fast gun: {parts}."),
    "without_charger_in_reach_share": _("To any, of those without a charger at home: {parts}."),
}


@tells("guns_total")
def _guns(story: Story) -> None:
    """Tell what the layout holds."""
    story.say(
        _("Table layout: {piles} piles with {guns} guns ({dual} piles with two guns)."),
        piles=story.whole(story.fact("piles")),
        guns=story.whole(story.fact("guns")),
        dual=story.whole(story.fact("dual_gun_piles")),
    )
    wanted = story.criterion("piles_total", "limit")
    if wanted is not None:
        story.say(_("The plan asks for {piles} piles."), piles=story.whole(wanted))
    kept = _("It says that the layout {layout} ({stations} stations) keeps to the plan, not that it is built.")
    # of a layout that misses the plan nothing of the kind is said
    short = _("The layout {layout} ({stations} stations) is smaller than the plan.")
    for layout in story.keys("layout_stations"):
        story.say(
            short if {"missed", "off course"} & set(story.criteria["verdict"]) else kept,
            layout=story.name(layout),
            stations=story.whole(story.fact("layout_stations", layout)),
        )
    for year in story.keys("existing_piles"):
        low, high = (story.fact("existing_piles", year, column=end) for end in ("low", "high"))
        story.say(
            _("In {year} there were about {piles} public piles{span}; the layout takes {rate} more a year."),
            year=year,
            piles=story.whole(story.fact("existing_piles", year)),
            span=story.span(low, high, unit="piles"),
            rate=story.whole(story.fact("piles_a_year")),
        )


@tells("town_coverage_share")
def _towns_covered(story: Story) -> None:
    """Tell how many towns have a pile, and how near the residents are to one."""
    story.say(
        _("Tables layout and access: {covered} of {towns} towns have a public pile."),
        covered=story.whole(story.fact("towns_with_public_pile")),
        towns=story.whole(story.fact("towns")),
    )
    _places(story)
    for fact, sentence in _WHO_REACHES.items():
        parts = [
            story.word(
                _("{share} within {minutes}"),
                share=story.percent(story.fact(fact, key)),
                minutes=story.whole(story.fact("reach_min", key), "min"),
            )
            for key in _REACHES
        ]
        story.say(sentence, parts=story.listed(parts))


def _places(story: Story) -> None:
    """Tell how it is known where people live."""
    given, drawn = (story.fact("homes", placed) for placed in ("given", "drawn"))
    if given:
        story.say(_("Residents live in the {number} villages of the county's table."), number=story.whole(given))
    if drawn:
        story.say(
            _(
                "Nobody lists where villages lie: {number} are drawn over the areas of their towns, with an assumed "
                "number of people at each centre. The places are synthetic; a table villages replaces them."
            ),
            number=story.whole(drawn),
        )
    if not (given or drawn):
        story.say(_("Residents are counted at the centre of their town."))


@tells("service_area_side_coverage_share")
def _sides(story: Story) -> None:
    """Tell how many sides of service areas have fast charging, and the wait there."""
    story.say(
        _("Tables layout and stations: {covered} of {sides} sides of service areas have direct current."),
        covered=story.whole(story.fact("sides_with_dc")),
        sides=story.whole(story.fact("sides")),
    )
    wait = story.fact("busiest_side_wait_p95_min")
    if wait is None:
        story.say(_("No car was served there in this run."))
    else:
        story.say(
            _("The P95 of the wait at the busiest side is {wait} (mean of replications)."),
            wait=story.amount(wait, "min"),
        )


@tells("late_share")
def _service(story: Story) -> None:
    """Tell how long is waited, how many are not served and how busy the guns are."""
    lost = story.criterion("unserved_share")
    ends = (story.criterion("unserved_share", f"sampling_{end}") for end in ("low", "high"))
    story.say(
        _(
            "Table sessions, {year}: {late} of the requests are late: {lost}{span} were not served (criterion {most}), "
            "and {waited} of the served waited over {limit}. P95 of the wait {p95}, guns in use {use} of the time."
        ),
        waited=story.percent(story.fact("served_late_share")),
        year=story.plain_year(story.fact("year")),
        late=story.percent(story.main()),
        limit=story.whole(story.fact("late_after_min"), "min"),
        lost=story.percent(lost),
        span=story.span(*ends),
        most=story.percent(story.criterion("unserved_share", "limit")),
        p95=story.amount(story.fact("wait_p95_min"), "min"),
        use=story.percent(story.fact("gun_use_share")),
    )
    full = story.keys("turned_away_share")
    if full:
        story.say(
            _("More than {most} of those who come are turned away at {sites}."),
            most=story.percent(story.criterion("unserved_share", "limit")),
            sites=story.listed(
                f"{story.name(site)} ({story.percent(story.fact('turned_away_share', site))})" for site in full
            ),
        )
    tell_guns(story)
    if story.fact("ac_drivers_at_dc_share") is not None:
        story.say(
            _("Of the {drivers} drivers a day who would charge at AC, {share} took DC because no AC gun was free."),
            drivers=story.whole(story.fact("ac_drivers_a_day")),
            share=story.percent(story.fact("ac_drivers_at_dc_share")),
        )
    holidays = story.keys("holiday_days")
    if holidays:
        story.say(
            _("The run covers {holidays}: P95 must be {limit} or less."),
            holidays=story.listed(story.name(holiday) for holiday in holidays),
            limit=story.whole(story.criterion("holiday_wait_p95_min", "limit"), "min"),
        )

    cars = story.fact("visitor_cars")
    if cars is not None:
        story.say(
            _(
                "Table visitor_charging: {cars} battery-electric cars come home for it; they charge {home} at home and "
                "ask for {public} in public, {share} of the requests."
            ),
            cars=story.whole(cars),
            home=story.amount(_mwh(story.fact("visitor_home_kwh")), "MWh"),
            public=story.amount(_mwh(story.fact("visitor_public_kwh")), "MWh"),
            share=story.percent(story.fact("visitor_request_share")),
        )


def _mwh(kwh: float | None) -> float | None:
    """Return energy in MWh."""
    return None if kwh is None else kwh / 1000.0


@tells("transformer_peak_share")
def _grid(story: Story) -> None:
    """Tell the load of all stations, the towns' grids and the ways of AC charging."""
    peak = story.fact("peak_kw")
    ends = (story.fact("peak_kw", column=end) for end in ("low", "high"))
    story.say(
        _(
            "Table load, means of {minutes} at the meter: all stations together peak at {peak}{span}; {full} of "
            "{stations} stations reach the limit of their transformer, where the simulation holds them."
        ),
        minutes=f"{story.fact('interval_min') or 0.0:g} {story.translate('min')}",
        peak=story.whole(peak, "kW"),
        span=story.span(*ends, unit="kW"),
        full=story.whole(story.fact("stations_at_limit")),
        stations=story.whole(story.fact("stations_with_limit")),
    )
    _tell_towns(story)
    _tell_starts(story)
    parts = [
        story.word(
            _("{way} {peak} and {cost}"),
            way=story.name(way),
            peak=story.whole(story.fact("ac_peak_kw", way), "kW"),
            cost=story.amount(story.fact("ac_cost_cny_kwh", way), "CNY/kWh", 2),
        )
        for way in story.keys("ac_peak_kw")
    ]
    if parts:
        story.say(_("Table managed, AC charging: {parts}."), parts=story.chain(parts))
    for way in story.keys("ac_peak_over_immediate"):
        story.say(
            _("Mind that {way} makes a higher peak than charging at once, up to {times} times as high."),
            way=story.name(way),
            times=story.amount(story.fact("ac_peak_over_immediate", way), digits=2),
        )


def _tell_towns(story: Story) -> None:
    """Tell what the fullest town carries, when it is full, and how well its grid is known."""
    for town in story.keys("fullest_town_peak_share"):
        story.say(
            _(
                "Tables town_load and grid, means of {minutes}, other users and all charging at home, depot, work "
                "and in public: the fullest is {town} at {share} of its capacity, at {hour} h; over 80 %: {over}; "
                "over 100 %: {full}; {used} of the stations' PV is used there."
            ),
            minutes=story.whole(story.fact("demand_interval_min"), "min"),
            town=story.name(town),
            share=story.percent(story.fact("fullest_town_peak_share", town)),
            hour=story.whole(story.fact("fullest_town_hour", town)),
            over=story.listed(story.name(key) for key in story.keys("over_80_min")),
            full=story.listed(story.name(key) for key in story.keys("over_100_min")),
            used=story.percent(story.fact("pv_used_share")),
        )
    assumed = story.fact("towns_assumed")
    if assumed:
        story.say(
            _(
                "The grids of {assumed} of {towns} towns are assumed from residents; a table feeders with the "
                "transformers of the grid company replaces them."
            ),
            assumed=story.whole(assumed),
            towns=story.whole(story.fact("towns_with_grid")),
        )
    if story.keys("full_from_year"):
        parts = [
            story.word(
                _("{town} from {year}"),
                town=story.name(town),
                year=story.plain_year(story.fact("full_from_year", town)),
            )
            for town in story.keys("full_from_year")
        ]
        story.say(_("Table hosting, with the vehicles of later years: full are {towns}."), towns=story.listed(parts))
    if story.fact("plug_in_vehicles_limit"):
        story.say(
            _("The towns' grids carry {limit} plug-in vehicles that charge as these {vehicles} do."),
            limit=story.whole(story.fact("plug_in_vehicles_limit")),
            vehicles=story.whole(story.fact("plug_in_vehicles")),
        )


def _tell_starts(story: Story) -> None:
    """Tell the peaks under each way of starting private charges."""
    parts = [
        story.word(
            _("{way} {own} and {all}"),
            way=story.name(way),
            own=story.whole(story.fact("county_private_peak_kw", way), "kW"),
            all=story.whole(story.fact("county_peak_kw", way), "kW"),
        )
        for way in story.keys("county_peak_kw")
    ]
    if parts:
        story.say(
            _("Table start_ways, peak of private charging and of all towns together: {parts}."),
            parts=story.chain(parts),
        )


@tells("swap_stations")
def _swapping(story: Story) -> None:
    """Tell how many swap stations are open, and what they do beside fast charging."""
    for year in story.keys("open_stations"):
        story.say(
            _("Table swap_stations: {stations} open in {year}."),
            stations=story.whole(story.fact("open_stations", year)),
            year=year,
        )
    parts = [
        story.word(
            _("{way}: {served} served, {stay} at the station, peak {peak}"),
            way=story.name(way),
            served=story.percent(story.fact("served_share", way)),
            stay=story.amount(story.fact("stay_mean_min", way), "min"),
            peak=story.whole(story.fact("peak_kw", way), "kW"),
        )
        for way in story.keys("served_share")
    ]
    if parts:
        story.say(_("Table swapping, the same vehicles both ways: {parts}."), parts=story.chain(parts))

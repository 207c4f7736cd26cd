"""Sentences about the fleet: what is newly added, the stock, forms of acquisition, petroleum and carbon."""

from __future__ import annotations

import math

from experiments.report.sentences.saving import tell_savings
from experiments.report.sentences.story import Story, _, tells

_SERIES = {"": _("a (tank to wheel)"), "_b": _("b (and electricity)"), "_c": _("c (well to wheel)")}
_WIDER = {"plus_bus_taxi": _("buses and taxis"), "plus_light_trucks": _("light trucks")}
_CARRIERS = {"lng": _("LNG"), "electric": _("electricity")}


def _crossing(story: Story) -> str:
    """Return when a share crosses its target for good."""
    limit = story.main("limit")
    if limit is None:
        return story.translate(_("no target to cross"))
    year, share = story.fact("crossing_year"), story.percent(limit)
    if year is None:
        return story.word(_("never above {share}"), share=share)
    return story.word(_("above {share} from {year} on"), share=share, year=story.plain_year(year))


def _say_estimate(story: Story) -> None:
    """Say when the estimated share crosses the target, and how likely the target is met; or what the range means."""
    if not story.has("estimated_crossing_year"):
        if story.main("assumption_low") is not None:
            story.say(_("The path is given; its range is that of the flow shares in the tables, all low or all high."))
        return
    ends = {end: story.fact("estimated_crossing_year", column=end) for end in ("value", "low", "high")}
    never = story.translate(_("later than the tables"))
    years = {end: never if year is None else story.plain_year(year) for end, year in ends.items()}
    story.say(
        _(
            "Estimated from observed sales: probability of the target {chance}; crossing for good {value} "
            "({low} to {high})."
        ),
        chance=story.percent(story.main("p_met")),
        **years,
    )


@tells("clean_flow_share")
def _clean_flow(story: Story) -> None:
    """Tell when the clean share crosses its target, and what it is within other boundaries."""
    story.say(
        _("Table stock, new vehicles of {year} without two-wheelers; gas counts as clean: {crossing}."),
        year=story.year(),
        crossing=_crossing(story),
    )
    _say_estimate(story)
    story.say(
        _("Without gas {share}, with two-wheelers {all_share}, operating vehicles only {operating}."),
        share=story.percent(story.fact("without_gas_share")),
        all_share=story.percent(story.fact("with_two_wheelers_share")),
        operating=story.percent(story.fact("operating_only_share")),
    )


@tells("new_energy_car_flow_share")
def _electric_cars(story: Story) -> None:
    """Tell when the share of electric cars crosses its target, and what battery cars alone are."""
    story.say(
        _("Table stock, new passenger cars of {year}, plug-in hybrids included: {crossing}."),
        year=story.year(),
        crossing=_crossing(story),
    )
    _say_estimate(story)
    story.say(_("Battery-electric alone {share}."), share=story.percent(story.fact("battery_electric_share")))
    steps = [
        story.word(
            _("{year} {change} (purchase tax {tax}, trade-in scheme {trade_in}, prices and the market {rest})"),
            year=year,
            **{
                part: story.percent(story.fact(f"policy_{part}", year), sign=True)
                for part in ("change", "tax", "trade_in", "rest")
            },
        )
        for year in story.keys("policy_change")
    ]
    if steps:
        story.say(
            _("Where policy moves the share changes against the year before, of all new cars: {steps}."),
            steps=story.chain(steps),
        )


@tells("bev_stock_share_by_class")
def _by_class(story: Story) -> None:
    """Tell the battery-electric share of each class."""
    parts = [
        f"{story.name(key)} {story.percent(story.fact('battery_electric_share', key))}"
        for key in story.keys("battery_electric_share")
    ]
    story.say(
        _("Table stock, battery-electric share of {year}: {parts}."), year=story.year(), parts=story.listed(parts)
    )
    if story.has("operators_year"):
        fleets = [
            story.word(
                _("{name} {electric} of {vehicles}"),
                name=story.name(key),
                electric=story.whole(story.fact("operator_electric", key)),
                vehicles=story.whole(story.fact("operator_vehicles", key)),
            )
            for key in story.keys("operator_vehicles")
        ]
        story.say(
            _("Table operator_fleets, electric vehicles of operators in {year}: {fleets}."),
            year=story.plain_year(story.fact("operators_year")),
            fleets=story.listed(fleets),
        )


@tells("lease_share")
def _leasing(story: Story) -> None:
    """Tell the electric share with and without leasing, and the costs of ownership."""
    offered, bought = (story.fact("battery_electric_share", key) for key in ("all_forms", "purchase"))
    story.say(
        _(
            "Table ownership and choice model: battery-electric among new logistics vehicles of {year} {offered} with "
            "leasing and battery separation, {bought} with purchase only."
        ),
        year=story.year(),
        offered=story.percent(offered),
        bought=story.percent(bought),
    )
    classes: dict[str, list[str]] = {}
    for key in story.keys("cost_cny_km"):
        name, power, form = key.split("/")
        cost = story.amount(story.fact("cost_cny_km", key), digits=2)
        if name not in classes:
            classes[name] = [story.word(_("{power} {cost}, electric"), power=story.name(power), cost=cost)]
        else:
            classes[name].append(f"{story.name(form)} {cost}")
    parts = [f"{story.name(name)} {first} {story.listed(forms)}" for name, (first, *forms) in classes.items()]
    story.say(
        _("Cost of ownership in {year}, CNY/km: {parts}."),
        year=story.plain_year(story.fact("cost_year")),
        parts=story.chain(parts),
    )
    _operators_forms(story)
    story.say(_("The value is the difference."))


def _operators_forms(story: Story) -> None:
    """Tell what the fleets of operators cost by form of acquisition."""
    fleets: dict[str, list[str]] = {}
    for key in story.keys("operator_form_cny"):
        operator, _slash, form = key.rpartition("/")
        cost = story.whole(story.fact("operator_form_cny", key))
        name = story.word(_("purchase on fuel")) if form == "fuel" else story.name(form)
        fleets.setdefault(operator, []).append(f"{name} {cost}")
    if fleets:
        parts = [f"{story.name(operator)} {story.listed(forms)}" for operator, forms in fleets.items()]
        story.say(
            _("Delivery fleets with all duties electric, CNY a year by form of acquisition: {parts}."),
            parts=story.chain(parts),
        )


@tells("petroleum_peak_year")
def _petroleum(story: Story) -> None:
    """Tell the peak and where it lies on the other paths."""
    (peak,), (last,) = story.keys("peak_petroleum_t"), story.keys("last_petroleum_t")
    story.say(
        _("Tables petroleum and outlook: {most} in {peak}, {least} in {last}."),
        most=story.whole(story.fact("peak_petroleum_t", peak), "t"),
        peak=peak,
        least=story.whole(story.fact("last_petroleum_t", last), "t"),
        last=last,
    )
    years = {path: story.plain_year(story.fact("peak_year", path)) for path in story.keys("peak_year")}
    parts = [
        story.word(_("{year} on the {path} path"), year=year, path=story.name(path)) for path, year in years.items()
    ]
    story.say(
        _("The peak is in {parts} of new energy and growth; `xijiang carbon` adds the other ranges."),
        parts=story.listed(parts),
    )
    if last in (peak, *years.values()):
        story.say(_("A peak in {year}, the last year computed, means that there is none yet."), year=last)


def _say_changes(story: Story) -> None:
    """Say the change of each series with its range."""
    metric = story.criteria["criterion"][0]
    parts = []
    for ending, name in _SERIES.items():
        value, low, high = (
            story.criterion(f"{metric}{ending}", column) for column in ("value", "assumption_low", "assumption_high")
        )
        span = story.span(low, high, sign=True)
        parts.append(f"{story.translate(name)} {story.percent(value, sign=True)}{span}")
    story.say(
        _("Tables carbon and outlook, {year} against {base}: {parts}."),
        year=story.year(),
        base=story.plain_year(story.fact("base_year")),
        parts=story.listed(parts),
    )


def _say_ranges(story: Story) -> None:
    """Say what the grid is, what the series are with another one, and what their ranges mean."""
    moved = [
        f"{story.translate(_SERIES[f'_{key}'])} {story.percent(story.fact('moving_grid_change_share', key), sign=True)}"
        for key in story.keys("moving_grid_change_share")
    ]
    if moved:
        story.say(
            _("The grid is that of the base year; with the grid of each year: {parts}."), parts=story.listed(moved)
        )
    story.say(_("Series c counts CO2e over 100 years by AR5 (methane 28), upstream of fuels and electricity included."))
    story.say(_("Ranges are from the slow to the fast path of new energy; `xijiang carbon` adds the other ranges."))


def _say_what_decides(story: Story) -> None:
    """Say which part of the work is electric, which the target needs in each series, and so which series decides."""
    share = story.fact("electric_work_share")
    if share is None:
        return
    needed = {key: story.fact("electric_work_needed", key) for key in story.keys("electric_work_needed")}
    parts = [
        f"{key} {story.translate(_('no share is enough')) if value is None or value > 1.0 else story.percent(value)}"
        for key, value in needed.items()
    ]
    # the series that asks for most decides whether the target is met in all of them
    hardest = max((math.inf if value is None else value, key) for key, value in needed.items())[1]
    story.say(
        _(
            "What decides: electric vehicles do {share} of the t km of {year}; the target needs, by series, {parts}. "
            "Series {hardest} asks for most."
        ),
        share=story.percent(share),
        year=story.year(),
        parts=story.listed(parts),
        hardest=hardest,
    )


@tells("vehicle_intensity_change_share")
def _vehicles(story: Story) -> None:
    """Tell the series, the wider boundaries, and what electric buses and taxis move."""
    _say_changes(story)
    _say_what_decides(story)
    parts = [
        story.word(
            _("with {vehicles} {change}"),
            vehicles=story.translate(name),
            change=story.percent(story.fact("series_a_change_share", boundary), sign=True),
        )
        for boundary, name in _WIDER.items()
    ]
    story.say(_("Series a in wider boundaries: {parts}."), parts=story.listed(parts))
    narrow, wide = (story.fact("bus_taxi_effect_share", key) for key in ("narrow", "plus_bus_taxi"))
    if narrow is None or wide is None:
        story.say(_("Boundary narrow: trucks with permits and coaches."))
    else:
        moved = (
            story.translate(_("do not move"))
            if narrow == 0.0
            else story.word(_("move by {points} points"), points=f"{100.0 * narrow:+.1f}")
        )
        story.say(
            _(
                "Electric buses and taxis {moved} boundary narrow (trucks with permits and coaches) in series a, and "
                "the boundary with them by {points} points."
            ),
            moved=moved,
            points=f"{100.0 * wide:+.1f}",
        )
    _say_ranges(story)
    tell_savings(story)


@tells("ship_intensity_change_share")
def _ships(story: Story) -> None:
    """Tell the series, and which share of LNG or electricity the target needs."""
    _say_changes(story)
    story.say(_("Series c counts methane slip."))
    parts: dict[str, list[str]] = {}
    for key in story.keys("energy_share_needed"):
        carrier, series = key.split("/")
        share = story.fact("energy_share_needed", key)
        shown = story.translate(_("no share")) if share is None else story.percent(share)
        parts.setdefault(carrier, []).append(f"{shown} ({series})")
    limit = story.main("limit")
    if parts and limit is not None:
        needed = [f"{story.translate(_CARRIERS[carrier])} {story.listed(shares)}" for carrier, shares in parts.items()]
        story.say(
            _("{cut} less than all diesel needs of the ships' energy {needed}."),
            cut=story.percent(-limit),
            needed=story.translate(_(" or ")).join(needed),
        )
    _say_parts(story)
    _say_registered(story)
    _say_ranges(story)
    tell_savings(story)


def _say_registered(story: Story) -> None:
    """Say whose ships the account has, and what the county's registered ones show."""
    parts = [
        f"{story.translate(_SERIES[ending])} {story.percent(story.fact('registered_change_share', key), sign=True)}"
        for ending, key in zip(_SERIES, story.keys("registered_change_share"), strict=False)
    ]
    if parts:
        story.say(
            _(
                "Table ship_fleets: these are the ships of the corridor, whatever their flag ({corridor}); those that "
                "the county registers ({registered}, assumed: no register is public) change by {parts}."
            ),
            corridor=story.whole((story.fact("ships_turnover_tkm", "corridor") or 0.0) / 1e6, _("million t km")),
            registered=story.whole((story.fact("ships_turnover_tkm", "registered") or 0.0) / 1e6, _("million t km")),
            parts=story.listed(parts),
        )


def _say_parts(story: Story) -> None:
    """Say what the change of the ships is made of, and what its range holds."""
    parts = [
        story.word(
            _("{part} {points} points"),
            part=story.translate(_PARTS[key]),
            points=f"{100.0 * (story.fact('intensity_part_share', key) or 0.0):+.1f}",
        )
        for key in story.keys("intensity_part_share")
    ]
    if parts:
        story.say(
            _("Table ship_change: of series a {parts}; ranges hold 19 of 20 draws of sizes, waits, fuels and slip."),
            parts=story.listed(parts),
        )


_PARTS = {
    "size": _("size of the ships"),
    "load": _("their load"),
    "power": _("power and waits"),
    "fuel": _("fuel"),
}

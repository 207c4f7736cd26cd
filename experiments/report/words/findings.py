"""What a sizing has found, in sentences: one message per key, filled with its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.goals import Finding, Goal, Shown
from experiments.report.words.labels import head
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from data.goals import Figure
    from experiments.report.language import Translate

FINDINGS: Final[Mapping[str, str]] = {
    "at_most": "at most {limit} {what}",
    "no_budget": "no budget",
    "layouts_tried": (
        "{layouts} layouts tried, {replications} replications simulated; now {piles} piles with {guns} guns"
    ),
    "layouts_tried_week": (
        "{layouts} layouts tried, {replications} replications simulated; now {piles} piles with {guns} guns ({week})"
    ),
    "told_in_year": "{year}: {told}",
    "bus_plan_tried": "bus blocks: plan {number} of {tries}",
    "bus_charging": "bus blocks: charging of {buses} buses",
    "van_routes": "van routes: {network}",
    "vans_tried": "vans with {battery_kwh} kWh, {slack_share} slack",
    "operator_option": "{operator}: {battery_kwh} kWh, {way}",
    "buses_tried": ("buses with {battery_kwh} kWh, {depot_kw} kW, {terminal_kw} kW at stops, {slack_share} slack"),
    "question_piles": "Least piles and guns at {sites} sites for {goals}; {budget}.",
    "question_budget": "Best use of a budget at {sites} sites, for the fewest not served in time; {budget}.",
    "question_path": "What to build when at {sites} sites from {first} to {last}, for {goals} in every year.",
    "question_layouts": "Best of {layouts} for {goals}.",
    "question_lng": "Least berths, tanks and deliveries of {stations} for {goals}; {budget}.",
    "question_shore": "Fewest shore chargers, or chargers and boxes, for {goals}; {budget}.",
    "question_swap": "Cheapest bays, batteries and chargers of {stations} for {goals}; {budget}.",
    "swap_answer": (
        "{bays} bays, {batteries} batteries and {chargers} chargers for {per_day} vehicles a day; the tables have "
        "{bays_today}, {batteries_today} and {chargers_today}."
    ),
    "swap_today": "As the stations stand: {measure} {value}, the target is {goal}.",
    "swap_less": "With {step} less at {station}: {measure} {value}, the target is {goal}.",
    "swap_over_budget": (
        "The target takes {bays} bays, {batteries} batteries and {chargers} chargers, more than the budget."
    ),
    "swap_least_over_budget": "A bay, a battery and a charger at each station are already more than the budget.",
    "step_bay": "a bay",
    "step_battery": "a battery",
    "question_teams": "Fewest swap crews and vans for {goals}; {budget}.",
    "question_fleet": "Least new energy among new vehicles for {goals}.",
    "question_storage": "Photovoltaics and storage that cost least at {stations_count} stations; {budget}.",
    "storage_pays": (
        "Photovoltaics pay at {with_pv} stations ({kwp} kWp), storage at {with_storage} ({kwh} kWh): {saved} of "
        "{electricity} million CNY a year for electricity are saved."
    ),
    "storage_prices": (
        "With all prices at the low end it would be {low_kwp} kWp and {low_kwh} kWh, at the high end {high_kwp} kWp "
        "and {high_kwh} kWh."
    ),
    "question_sites": (
        "Where new stations should stand among {candidates} candidates, {standing} of which stand already, for "
        "{goals}; {budget}."
    ),
    "shortest_ways": "the shortest mean way of the residents",
    "sites_ways": (
        "With {new} new stations the mean way of the residents to the nearest one is {mean_min} min instead of "
        "{before_min}, that of the tenth with the longest way {worst_min} instead of {worst_before_min}; {near_share} "
        "instead of {near_before_share} live within {near_min} min."
    ),
    "sites_cost": "Stations like the smallest of the layout at the new sites cost {cny} million CNY to build.",
    "sites_drawn": (
        "{drawn} of {new} sites are villages whose place was drawn over the area of their town: rows of candidates or "
        "villages take their place."
    ),
    "sites_gap": "Not proved in the time: another choice may be up to {gap_share} better.",
    "sites_barred": "{barred} candidates are left out: closed, or the grid gives them too little power.",
    "homes_lost": "No candidate can be reached from: {homes}.",
    "pile_less": "One pile less at {site} ({group}): {measure} {value}, the target is {goal}.",
    "pile_less_misses": "One pile less at {site} ({group}) missed the target.",
    "sites_at_least": "{alone} of {parts} sites and currents are at their least: one pile each.",
    "largest_misses": "Even the largest size that was tried misses the target.",
    "none_confirmed": "No size that was tried holds the target on fresh random numbers.",
    "over_budget": "The target takes {piles} piles with {guns} guns, more than the budget.",
    "best_costs_cny": "The best that was found costs {cny} CNY to build.",
    "least_over_budget": "One pile a site and current is already more than the budget.",
    "within_budget": "Within the budget: {measure} {value}, the target is {goal}.",
    "least_shows": "With one pile a site and current: {measure} {value}, the target is {goal}.",
    "worst_sites": "Service is worst at: {sites}.",
    "path_added": (
        "From {first_piles} piles with {first_guns} guns in {first} to {last_piles} with {last_guns} in {last}: "
        "{added} years build something. {missed} of the years miss the target on fresh random numbers."
    ),
    "path_cost": (
        "Costs of all years, without power, in money of {first}: {path_cny} million CNY. All built in {first}: "
        "{early_cny} million more."
    ),
    "path_late": (
        "Each addition put off to the next of the years: up to {late_share} are not served in time ({year}), "
        "{saved_cny} million CNY less."
    ),
    "path_plan_ends": "The plan's {piles} piles with {guns} guns where it puts them hold the target until {year}.",
    "path_plan_never": "The plan's {piles} piles with {guns} guns where it puts them miss the target from {year} on.",
    "path_plan_holds": "The plan's {piles} piles with {guns} guns where it puts them hold the target in all the years.",
    "path_plan_passed": "The path needs more than that many piles or guns from {year} on.",
    "path_plan_not_passed": "The path never needs that many piles or guns.",
    "second_guns": (
        "Without their {guns} second guns {single_share} instead of {plan_share} are not served in time in {year}; the "
        "guns cost {cny} million CNY."
    ),
    "nearest_target": "The nearest target that it holds: {goals}.",
    "budget_not_exact": "Not all of the budget can be spent: {budget}.",
    "nowhere": "nowhere",
    "guns_changed": "{where} {guns}",
    "answer_where": (
        "{piles} piles with {guns} guns, {dc_piles} of the piles DC, {kw} kW together; most guns: {towns}. More guns "
        "than the layout has: {more}; fewer: {less}."
    ),
    "answer_costs": (
        "To build all of it: {investment_value} million CNY ({investment_low} to {investment_high}); a year, without "
        "power: {yearly_value} million ({yearly_low} to {yearly_high})."
    ),
    "answer_account": (
        "With weeks like this one all year ({gwh} GWh) a kWh costs {cny_kwh} CNY, power included; at the tariff and "
        "the fee of today the investment {back}, and for its life others would have to give {others_share} of it."
    ),
    "paid_back": "is paid back after {years} years",
    "never_paid_back": "is never paid back",
    "pieces_cost": (
        "To buy all of it: {investment_value} million CNY ({investment_low} to {investment_high}); a year: "
        "{yearly_value} million ({yearly_low} to {yearly_high})."
    ),
    "way_cost": (
        "{way}, to buy all of it: {investment_value} million CNY ({investment_low} to {investment_high}); a year: "
        "{yearly_value} million ({yearly_low} to {yearly_high})."
    ),
    "no_prices": "What it costs is not known: the county has no table infrastructure_prices, or rows are missing.",
    "rules_compared": (
        "In {replications} fresh weeks {found_share} are not served in time; the best of {rules} other ways to place "
        "as many piles ({layout}): {other_share}. It beats {beaten} of them for certain; that it is the best of all "
        "has a probability of {best_share}."
    ),
    "rules_undecided": (
        "In one fresh week {found_share} are not served in time; the best of other ways to place as many piles "
        "({layout}): {other_share}. One replication decides nothing: take -n 5 or more."
    ),
    "robust_holds": (
        "At {points} points of the ranges of what is assumed the answer holds the target in {holds_share}; there it is "
        "{measure} {value}."
    ),
    "robust_size": (
        "The least of the sizes around it that holds at {wanted_share} of the points: {piles} piles with {guns} guns."
    ),
    "robust_none": "None of the sizes around it holds at {wanted_share} of the points.",
    "robust_best": "It is the best of the {ways} ways to place as many piles at {best_share} of the points.",
    "robust_nothing": "Nothing that is assumed has a range here: there is no doubt to look at.",
    "layout_best": "Best {measure}: {layout} (with 95 % probability, or within the zone of {zone}; procedure KN).",
    "layout_best_so_far": "Best {measure}: {layout} (so far, not certain of {zone}; procedure KN).",
    "layout_misses": "{layout}: {measure} {value}, the target is {goal}.",
    "lng_met": "Met with {sizes}.",
    "lng_missed": (
        "No size that was tried meets {goal}: {measure} {value}. Further berths and tank no longer help, or cost too "
        "much."
    ),
    "lng_nearest_by_truck": "By truck the nearest is {measure} {value}, the target is {goal}: {sizes}.",
    "lng_less": "With {step} less at {station}: {measure} {value}, the target is {goal}.",
    "lng_rule": "While a delivery unloads {rule}: {measure} {value}.",
    "lng_today": "As the stations stand: {measure} {value}, the target is {goal}.",
    "lng_today_all_day": "Open all day, and nothing else changed: {measure} {value}.",
    "lng_today_berth_more": "A berth more, and nothing else changed: {measure} {value}.",
    "lng_today_tank_twice": "Tanks twice as large, and nothing else changed: {measure} {value}.",
    "lng_today_unload_together": "Vessels served while trucks unload, and nothing else changed: {measure} {value}.",
    "lng_today_by_barge": "Supply by barge, and nothing else changed: {measure} {value}.",
    "station_size": "supply by {supply}, {berths}, {tank_m3} m3, {hours} at {stations}",
    "by_barge": "barge",
    "by_truck": "truck",
    "one_berth": "1 berth",
    "berths": "{berths} berths",
    "all_day": "open all day",
    "hours_of_today": "open as today",
    "step_berth": "a berth",
    "step_tank": "{tank_m3} m3 of tank",
    "step_nights": "the nights",
    "step_delivery": "a delivery",
    "step_barge": "the barge",
    "way_charging": "charging",
    "way_swapping": "swapping",
    "way_nothing_to_try": "{way}: the budget leaves nothing to try.",
    "way_misses": "{way}: no size that was tried meets {goal}: {measure} {value}.",
    "way_less": "{way} with {step} less: {measure} {value}, the target is {goal}.",
    "way_smallest": "{way}: the smallest size is enough.",
    "step_charger": "a charger",
    "step_boxes": "{boxes} boxes",
    "no_teams": "No number of crews and vans within the bounds meets the target on search and fresh random numbers.",
    "teams": "With {crews} crews and {vans} vans: {measure} {value}, the target is {goal}.",
    "least_teams": "Fewer crews or vans are not possible.",
    "out_of_reach": "The targets are out of reach: {reason}",
    "flow_just_met": "{goal}: just met on the needed path ({needed_share}); the assumed path has {assumed_share}.",
    "flow_to_spare": (
        "{goal}: met with {spare_points} points to spare on the needed path ({needed_share}); the assumed path has "
        "{assumed_share}."
    ),
    "no_goals": "all of its work",
    "question_vans": "Cheapest electric vans of one joint network that do {goals}; {budget}.",
    "question_operator": "Cheapest electric fleet of {operator} that does {goals}; {budget}.",
    "operator_none": "No option that was tried does all of the work: the frontier says which were.",
    "operator_money": "{cny} CNY and {t} t CO2 a year; a fuel fleet for the same work {fuel_cny} CNY and {fuel_t} t.",
    "day_mean": "mild",
    "day_cold": "coldest",
    "day_hot": "hottest",
    "not_possible": "no plan",
    "bus_answer": (
        "{buses} electric buses with {battery_kwh} kWh do the timetable on the {day} day; {fuel_buses} would on fuel, "
        "and the operator has {today}."
    ),
    "bus_timetable_binds": "The timetable binds, not the battery: fuel takes as many buses.",
    "bus_battery_binds": "The battery binds: {extra} buses more than on fuel.",
    "bus_bound": "No plan takes fewer than {bound} buses; a better one than this is not excluded.",
    "bus_other_day": "On the {day} day the same batteries and chargers need: {buses}.",
    "day_year": "usual",
    "duties_completed": (
        "Of the duties of {days} simulated {day} days, {completed} per cent are completed; {late_share} are too late, "
        "{empty_share} run out of energy."
    ),
    "mild_plan": (
        "With {battery_kwh} kWh there is a plan for the mild day that fails on the {day} one: {completed} per cent of "
        "the duties of {days} simulated days are completed; {late_share} are too late, {empty_share} run out of "
        "energy."
    ),
    "plan_slack": (
        "With {given_share} of the driving time as slack {without_share} of the duties of the worst kind of day are "
        "completed, with {slack_share} {completed_share}. Vehicles change by {more}, the yearly cost by {cny} CNY."
    ),
    "bus_drawn": (
        "Lines and departures are drawn from towns, residents and the km of the buses ({trips} trips, {km} km a day): "
        "rows of bus_lines or a GTFS feed take their place."
    ),
    "replacement": (
        "With {cny} CNY a year for vehicles the order that costs least is {years}; {share} are electric at the end."
    ),
    "replacement_year": "{year}: {electric} electric and {fuel} on fuel",
    "depot_needs": (
        "Depot: chargers {chargers} x {kw} kW, guns {guns}, a connection of {managed_kw} kW with management; "
        "charged as they come the vehicles would draw {at_once_kw} kW."
    ),
    "depot_needs_managed": "Depot: chargers {chargers} x {kw} kW, a connection of {managed_kw} kW with management.",
    "network_separate": "Separate operators",
    "network_joint": "One joint network",
    "vans_network": "{network}: {vans} vans, {km} km a day, {cny_parcel} CNY and {g_parcel} g CO2 a parcel.",
    "vans_saved": "Joining changes the cost by {change_share}.",
    "vans_fuel": "Separate operators on fuel: {cny_parcel} CNY and {g_parcel} g CO2 a parcel.",
    "vans_drawn": "{parcels} parcels a day are drawn from residents: rows of deliveries take their place.",
    "way_none": "without a stop on the way",
    "way_fast": "with fast charging on the way",
    "way_swap": "with swapping on the way",
    "duty_answer": "{vehicles} electric vehicles with {battery_kwh} kWh, {way}, replace {today}.",
    "duty_risk": "{completed_share} of the days of vehicles are completed, fewest in month {month} ({worst_share}).",
    "duty_logged": "The days are those of the log: {days} days of {today} vehicles.",
    "tours_alone": (
        "Of the tours {battery_alone_share} are driven with charging in the depot alone, {completed_share} with stops "
        "on the way; fewest without a stop in month {month} ({worst_share})."
    ),
    "tours_by_length": "By length of the tour: {bands}.",
    "tour_band": "up to {km} km {alone_share} alone and {completed_share} with stops",
    "tour_longest": "longer {alone_share} alone and {completed_share} with stops",
    "form_purchase": "purchase",
    "form_financial_lease": "financial lease",
    "form_battery_separation": "purchase without the battery",
    "form_operating_lease": "lease instead of purchase",
    "form_cost": "{form} {cny} CNY ({first_cny} in the first year)",
    "finance_best": "Over {years} years {form} costs least, in present value: {forms}.",
    "finance_fuel": "A fuel fleet that is bought costs {cny} CNY ({first_cny} in the first year).",
    "finance_battery": (
        "Who owns the battery bears its risk: where a used one brings {high_share} to {low_share} of a new one, "
        "purchase costs {less_cny} to {more_cny} CNY."
    ),
    "finance_turns": "With {end} {form} is the cheapest.",
    "price_low": "the lowest price of the vehicles",
    "price_high": "the highest price of the vehicles",
    "km_low": "the fewest km",
    "km_high": "the most km",
    "battery_residual_low": "the least for a used battery",
    "battery_residual_high": "the most for a used battery",
    "finance_saved": (
        "The cheapest form saves {saved_cny} CNY against fuel; {low_cny} to {high_cny} over the ranges of price, km "
        "and the used battery."
    ),
    "pool_shares": (
        "A pool needs {needed} cars where offices with their own have {today}: on fuel that alone takes the cost from "
        "{apart_cny} to {pooled_cny} CNY a year."
    ),
    "duty_on_way": (
        "Stops on the way, {stops} per vehicle and day, give {kwh} kWh a day at the price of public charging."
    ),
}
"""Messages by key of a finding."""
_GOAL: Final = "{measure} {sign} {limit}"
SHOWN: Final[Mapping[str, str]] = {
    "interval": "{value} ({low} to {high})",
    "of_measure": "{measure} {value}",
    "goal": _GOAL,
    "none": "not observed",
    "serves": "Its service: {listed}.",
    "serves_fresh": "Its service on fresh random numbers: {listed}.",
    "feasible": "The target can be met",
    "infeasible": "The target cannot be met. The best that was found",
    "piles": "{verdict}: {piles} piles, {guns} guns, {stations} stations.",
    "rows": "{verdict}: {rows} rows.",
    "stations": "{verdict}: {stations} stations.",
    "without_target": "Found: {rows} rows.",
    "tried": "Sizes that were tried, small to large:",
    "towns": "Change by town, against the scenario's layout:",
    "compared": "Beside other ways to place as many piles, on fresh random numbers:",
    "path": "What is added when, and what each year shows:",
    "additions": "Where it is added:",
    "new_sites": "The new sites:",
    "equipment": "Photovoltaics and storage by station:",
    "by_price": "At both ends of the prices:",
    "costs": "What it costs, without energy:",
    "swap_sizes": "Sizes and service by station, against the tables:",
    "robust": "Over the ranges of what is assumed (95 per cent of the points):",
    "growth": "What more or fewer guns would give:",
    "answer": "The answer:",
    "report": "Report: {file}",
    "tables": "Tables: {folder}",
    "next": "Next:   {command}",
    "size_all_day": "all day",
    "size_trucks": "trucks",
    "size_barges": "barges",
}
"""Messages around findings: values with their interval, verdict, heads."""


RULES: Final[Mapping[str, str]] = {
    "alone": "no vessel is served (alone)",
    "per_tank": "the other tank serves (per_tank)",
    "per_berth_distance": "the berth beside it stays free (per_berth_distance)",
    "together": "all berths serve (together)",
}
"""What the rules for unloading mean, by their names in the tables."""
PLACES: Final = frozenset({"operator", "site", "sites", "station", "stations", "towns", "where"})
"""Figures of findings that are ids of places."""
TYPED: Final = frozenset({"nearest_target"})
"""Findings whose goals are shown as they are typed."""


def finding_text(finding: Finding, translate: Translate, place: Callable[[str], str] = str) -> str:
    """Return the sentence about a finding.

    Parameters
    ----------
    finding : Finding
        What was found; its key is one of `FINDINGS`.
    translate : callable
        English message in, that of the reader's language out.
    place : callable
        Id of a place in, its name in the reader's language out.
    """
    measure = str(finding.figures.get("measure", ""))
    filled = {
        name: shown_text(figure, translate, measure)
        if isinstance(figure, Shown)
        else _figure_text(name, figure, translate, place)
        for name, figure in finding.figures.items()
    }
    if finding.key in TYPED:
        # the reader takes it to the command line
        goals = finding.figures.get("goals")
        filled |= {"goals": ",".join(map(str, goals))} if isinstance(goals, tuple) else {}
    return translate(FINDINGS[finding.key]).format(**filled)


def measure_text(name: str, translate: Translate) -> str:
    """Return a measure in words."""
    return translate(MEASURES[name].words) if name in MEASURES else head(name, translate)


def number_of(value: float, measure: str, *, digits: int = 4) -> str:
    """Return a value of a measure: shares in per cent, others to some digits."""
    if not measure.endswith("_share"):
        return f"{value:.{digits}g}"
    # a share below 1 % needs a digit more to tell two of them apart
    return f"{value:.2%}" if 0.0 < abs(value) < 0.01 else f"{value:.1%}"


def goal_text(goal: Goal, translate: Translate) -> str:
    """Return a goal in words."""
    limit = f"{goal.limit:.4%}".rstrip("%").rstrip("0").rstrip(".") + "%" if goal.measure.endswith("_share") else None
    said = {"measure": measure_text(goal.measure, translate), "sign": goal.sign, "limit": limit or f"{goal.limit:g}"}
    return translate(_GOAL).format(**said)


def shown_text(shown: Shown, translate: Translate, measure: str = "") -> str:
    """Return a value of a measure with its interval."""
    if shown.value is None:
        return translate(SHOWN["none"])
    value = number_of(shown.value, measure)
    if shown.low is None or shown.high is None:
        return value
    ends = {"value": value, "low": number_of(shown.low, measure), "high": number_of(shown.high, measure)}
    return translate(SHOWN["interval"]).format(**ends)


def _figure_text(name: str, figure: Figure, translate: Translate, place: Callable[[str], str]) -> str:
    """Return a figure of a finding as text."""
    match figure:
        case Finding():
            return finding_text(figure, translate, place)
        case str():
            return _word_of(name, figure, translate, place)
        case Goal():
            return goal_text(figure, translate)
        case tuple():
            parts = [_figure_text(name, part, translate, place) for part in figure]
            return ("; " if name == "sizes" else ", ").join(parts)
        case Shown():
            return shown_text(figure, translate)
        case _:
            return str(figure) if isinstance(figure, int) else number_of(figure, name, digits=3)


def _word_of(name: str, text: str, translate: Translate, place: Callable[[str], str]) -> str:
    """Return a text of a finding: what it names, in the reader's words."""
    if name in PLACES:
        return place(text)
    if name == "measure":
        return measure_text(text, translate)
    return translate(RULES[text]) if name == "rule" else text

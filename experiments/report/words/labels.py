"""Names of what the tables hold: heads of columns, codes, figures of the county, places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from experiments.formatting import figure

if TYPE_CHECKING:
    from experiments.report.language import Translate

HEADS: Final = {
    "after": "after",
    "arrivals": "arrivals",
    "availability_share": "share of time with a bike ready",
    "before": "before",
    "berth_use_share": "berths in use",
    "berths": "berths",
    "bike_kwh": "energy ridden, kWh",
    "bikes": "bikes",
    "bikes_at_end": "bikes at the end",
    "bikes_kgco2": "carbon of the bikes, kg CO2",
    "breakeven_km_per_year": "break-even, km a year",
    "breakeven_months": "break-even, months",
    "busy_hour_erlang": "load of the busiest hour, Erlang",
    "calls": "calls",
    "calls_per_day": "calls a day",
    "capacity_kw": "capacity, kW",
    "cars": "cars",
    "change_share": "change (share)",
    "battery_change_kwh": "change in batteries, kWh",
    "capacity_from": "capacity from",
    "charging_kwh": "charged, kWh",
    "charging_peak_kw": "peak of charging, kW",
    "depot_kwh": "at depots, kWh",
    "driven_kwh": "driven, kWh",
    "home_kwh": "charged at home, kWh",
    "lost_kwh": "not delivered, kWh",
    "peak_hour": "peak hour",
    "peak_share_high": "share at the high end of the ranges",
    "peak_share_low": "share at the low end of the ranges",
    "private_peak_kw": "peak of private charging, kW",
    "public_kwh": "charged in public, kWh",
    "swap_kwh": "swapped, kWh",
    "taken_away_kwh": "taken away, kWh",
    "work_kwh": "at work, kWh",
    "cheaper_until_months": "cheaper until month",
    "charger": "charger",
    "check": "check",
    "cny": "CNY",
    "cny_per_km": "cost, CNY/km",
    "confidence": "confidence",
    "crew_use_share": "crews at work",
    "crews": "swap crews",
    "cycle_s": "cycle, s",
    "delay_s": "delay, s",
    "depot_short_min": "depot without charged batteries, min",
    "electricity_kwh_year": "electricity, kWh a year",
    "energy_cny": "cost of energy, CNY",
    "energy_cny_per_km": "energy, CNY/km",
    "energy_kwh": "energy, kWh",
    "expected": "expected",
    "figure": "figure",
    "fixed_cny_per_year": "fixed cost, CNY a year",
    "form": "form of acquisition",
    "fuel_l_year": "fuel, L a year",
    "got": "got",
    "gun_utilisation_share": "guns in use (share)",
    "guns": "guns",
    "high": "high",
    "holds": "holds",
    "holiday": "holiday",
    "junction": "junction",
    "key": "figure",
    "kgco2_year": "kg CO2 a year",
    "kind": "kind",
    "km": "km ridden",
    "km_per_year": "km a year",
    "left_share": "leave without a charge (share)",
    "licence": "licence",
    "lost_share": "trips without a bike (share)",
    "low": "low",
    "low_share": "bikes below the swap level (share)",
    "meter_kwh": "energy at the meter, kWh",
    "mean_min": "mean way, min",
    "metric": "figure",
    "moved_bikes": "bikes moved",
    "name": "name",
    "note": "note",
    "a_tco2": "series a, t CO2",
    "b_tco2": "series b, t CO2",
    "c_tco2e": "series c, t CO2e",
    "mode": "mode of transport",
    "part": "part",
    "people": "people",
    "tkm": "t km",
    "tonnes": "tonnes",
    "way_km": "way, km",
    "npv_cny": "present cost, CNY",
    "offered_erlang": "load, Erlang",
    "over_100_min": "over 100 %, min",
    "over_80_min": "over 80 %, min",
    "peak_kw": "peak, kW",
    "peak_shaved_kw": "peak shaved, kW",
    "peak_over_immediate": "peak over that of charging at once",
    "peak_share": "peak over capacity (share)",
    "piles": "piles",
    "power": "drive",
    "price_cny": "price, CNY",
    "project": "project",
    "pv_kwh": "PV, kWh",
    "replaced_kgco2": "carbon of the trips replaced, kg CO2",
    "reason": "reason",
    "requests": "requests",
    "running_cny_per_km": "running cost, CNY/km",
    "saved_kgco2": "carbon saved, kg CO2",
    "self_consumption_share": "PV used on the spot (share)",
    "served": "served",
    "shore_kwh": "shore power, kWh",
    "shore_peak_kw": "peak of shore power, kW",
    "simulated_utilisation_share": "guns in use, simulated (share)",
    "simulated_wait_mean_min": "mean wait, simulated, min",
    "site": "service area",
    "source": "source",
    "source_id": "source",
    "stable": "keeps up",
    "state": "stations",
    "station_id": "station",
    "stay_mean_h": "mean stay, h",
    "stay_mean_min": "mean stay, min",
    "stored_change_kwh": "change of the energy stored, kWh",
    "swapped_kwh": "energy swapped in, kWh",
    "swaps": "battery swaps",
    "tax_cny": "purchase tax, CNY",
    "terminal": "terminal",
    "throughput_mt_year": "throughput, Mt a year",
    "timing": "timing",
    "title": "title",
    "flow_veh_h": "vehicles an hour",
    "saturation_most": "fullest approach, flow over capacity",
    "town": "town",
    "trips": "trips",
    "unit": "unit",
    "upfront_cny": "paid at the start, CNY",
    "utilisation_share": "guns in use (share)",
    "value": "value",
    "van_km": "km of the vans",
    "van_use_share": "vans at work",
    "vans": "vans",
    "vans_kgco2": "carbon of the vans, kg CO2",
    "vehicle_class": "vehicle class",
    "vehicle_hours_year": "vehicle-hours a year",
    "wait_difference_min": "difference of the wait, min",
    "wait_mean_h": "mean wait, h",
    "wait_mean_min": "mean wait, min",
    "wait_p95_h": "P95 of the wait, h",
    "wait_p95_min": "P95 of the wait, min",
    "wait_share": "share that waits",
    "way": "way",
    "within_near_share": "near (share)",
    "within_mid_share": "at middle distance (share)",
    "within_far_share": "far (share)",
    "year": "year",
}
"""English head by column of the tables that the report shows."""

CODES: Final = {
    "True": "yes",
    "False": "no",
    # drives
    "petrol": "petrol",
    "diesel": "diesel",
    "lng": "LNG",
    "cng": "CNG",
    "phev": "plug-in hybrid",
    "bev": "battery-electric",
    "fcev": "fuel cell",
    # vehicle classes
    "private_car": "private car",
    "taxi": "taxi",
    "ride_hailing": "ride-hailing car",
    "official_car": "official car",
    "bus": "bus",
    "coach": "coach",
    "sanitation": "sanitation vehicle",
    "micro_van": "micro van",
    "light_truck": "light truck",
    "rigid_truck": "rigid truck",
    "tractor": "tractor",
    "motorcycle": "motorcycle",
    # why a request was not served, or not in full
    "none in reach": "no station in reach",
    "closed": "the station is closed",
    "queue too long": "the queue is too long",
    "out of patience": "out of patience",
    "had to leave": "had to leave",
    "guns never came back": "the guns never came back",
    "the one before never ended": "the charge before never ended",
    # parts and modes of the freight
    "without": "without the shift",
    "stays": "stays on the road",
    "water": "by water",
    "rail": "by rail",
    "road": "road",
    # forms of acquisition
    "purchase": "purchase",
    "battery_separation": "battery separation",
    "financial_lease": "financial lease",
    "operating_lease": "operating lease",
    # ways of charging, timings of signals
    "immediate": "immediate",
    "as_given": "each as in the county",
    "plug_in": "begun on plugging in",
    "timer": "begun by timer",
    "managed": "managed",
    "feeders": "feeders",
    "town_grid": "residents (assumed)",
    "load_base": "other users",
    "load_home": "home",
    "load_depot": "depot",
    "load_work": "work",
    "load_public": "public",
    "load_swap": "swapping",
    "levelled": "levelled",
    "valley": "in the cheap hours",
    "charging": "charging",
    "swapping": "swapping",
    "now": "now",
    "webster": "by Webster",
    # people in reach of a charger
    "any": "any",
    "dc": "fast",
    "all": "all residents",
    "without_home_charger": "without a charger at home",
    "standing": "all stations",
    "free": "with a free gun",
    # road projects
    "trip_minutes": "minutes of a trip",
    "through_minutes": "minutes of through traffic",
    "seat_minutes": "minutes of residents to the seat",
    "vehicle_hours": "vehicle-hours",
    "vehicle_km": "vehicle-km",
    "heavy_vehicle_km": "heavy vehicle-km",
    "petrol_l": "petrol (volume)",
    "diesel_l": "diesel (volume)",
    "electricity_kwh": "electricity",
    "kgco2": "carbon",
    "county_vehicle_km": "vehicle-km in the county",
    "county_kgco2": "carbon in the county",
    "h per peak hour": "h per peak hour",
    "km per peak hour": "km per peak hour",
    "L per peak hour": "L per peak hour",
    "kWh per peak hour": "kWh per peak hour",
    "kg per peak hour": "kg per peak hour",
    # accounts of the simulation
    "Little: guns busy = sessions x stay": "Little: guns busy = sessions x stay",
    "Little: vehicles waiting = arrivals x wait": "Little: vehicles waiting = arrivals x wait",
    "a visit for each try": "a visit for each try",
    "arrivals = sum of outcomes": "arrivals = sum of outcomes",
    "integral of the load = meter kWh of sessions": "integral of the load = meter kWh of sessions",
    "kWh asked = delivered + unmet": "kWh asked = delivered + unmet",
    "kWh of served sessions as asked": "kWh of served sessions as asked",
    "no gun serves two vehicles": "no gun serves two vehicles",
    "nobody leaves early without having to": "nobody leaves early without having to",
    "one row a request": "one row a request",
    "one row per request": "one row per request",
    "waits of sessions = waits of their visits": "waits of sessions = waits of their visits",
    # carbon accounts
    "narrow": "trucks with permits and coaches",
    "plus_bus_taxi": "with buses and taxis",
    "plus_light_trucks": "with light trucks",
    "ships": "ships",
    "corridor": "the corridor's ships",
    "registered": "ships that the county registers",
    "a": "a: tank to wheel",
    "b": "b: and electricity",
    "c": "c: well to wheel",
    # confidence of figures and rows
    "assumption": "assumption",
    "secondary": "second-hand",
    "derived": "derived",
    "plan": "plan",
    "official": "official",
}
"""English name by code, where a code means the same wherever a table holds it."""


LINKS: Final = frozenset({"of"})
"""Words of keys that only link two others."""


def head(column: str, translate: Translate) -> str:
    """Return the head of a column."""
    return translate(HEADS.get(column, column.replace("_", " ")))


def code(value: str, translate: Translate) -> str:
    """Return the name of a code, a unit or another word of the tables; the value itself where none is known."""
    return translate(CODES.get(value, value))


def parts(key: str) -> list[str]:
    """Return the words that the key of a figure is made of."""
    return re.split(r"[._]", key)


def figure_name(key: str, translate: Translate) -> str:
    """Return the name of a figure of the county: its key in English, the words of the key in another language."""
    words = [[translate(word, "figure") for word in part.split("_")] for part in key.split(".")]
    if [word for part in words for word in part] == parts(key):
        return key
    return "·".join("".join(word for word in part if word not in LINKS) for part in words)


def amount(value: float | None, unit: str | None, translate: Translate) -> str:
    """Return a value with its unit."""
    plain = unit is None or unit in {"share", "year"}
    return figure(value, unit if plain or unit is None else translate(unit))

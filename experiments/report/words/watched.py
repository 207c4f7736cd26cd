"""Words of ``xijiang monitor``: titles, heads, what statistics measure, what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments.report.words.labels import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.language import Translate

WATCHED: Final[Mapping[str, str]] = {
    "actual": "Statistics, plan and models",
    "corrected": "Paths, and from the last observation on",
    "held_out": "Observed series, each year predicted from those before",
    "steps": "What policy does to the share, of all new cars",
    "behind": "{measure} {year}: {gap} behind the plan.",
    "ahead": "{measure} {year}: {gap} ahead of the plan.",
    "guessed": "{guessed} of {rows} rows are assumptions: type statistics into observations.csv.",
    "tables": "Tables: {folder}",
    "next": "Next:   {command}  # tables as CSV",
    "given": "given",
}
"""Messages by key."""
HEADS: Final[Mapping[str, str]] = {
    "measure": "statistic",
    "series": "series",
    "year": "year",
    "actual": "actual",
    "plan": "plan",
    "model": "model",
    "confidence": "confidence",
    "path": "path",
    "corrected": "corrected",
    "observed": "observed",
    "predicted": "predicted",
    "low": "low",
    "high": "high",
    "share": "share",
    "change": "change",
    "tax": "tax",
    "trade_in": "trade-in",
    "rest": "rest",
}
"""Heads of columns."""
NAMES: Final[Mapping[str, str]] = {
    "vehicles": "vehicles in use",
    "new_vehicles": "new vehicles of the year",
    "new_energy_stock_share": "new energy in the stock",
    "new_energy_flow_share": "new energy in what is new",
    "new_energy_car_flow_share": "new energy in new cars",
    "clean_flow_share": "clean energy in what is new",
    "public_piles": "public piles",
    "public_guns": "public guns",
    "public_sessions_per_day": "public sessions a day",
    "public_kwh_per_day": "public charging, kWh a day",
    "lock_cargo_mt": "cargo through the lock, Mt",
    "lock_passages": "vessels through the lock",
    "lng_bunkered_t": "LNG bunkered, t",
    "cars": "cars, nation",
    "cars_towns": "cars, small towns",
    "heavy_trucks": "heavy trucks, nation",
    "light_trucks": "light trucks, nation",
    "buses": "buses, nation",
    "coaches": "coaches, nation",
}
"""Measures of table observations and series of table adoption_observed."""


def name_of(key: str, translate: Translate) -> str:
    """Return a measure, series, class or confidence: its name, in English the key as it is typed."""
    words = NAMES.get(key, CODES.get(key, key.replace("_", " ")))
    translated = translate(words)
    return key if translated == words else translated

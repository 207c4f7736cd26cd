"""Schemas of the river tables: voyages and results."""

from __future__ import annotations

from typing import Final

import dataframely as dy

from data.outcomes import CALL_OUTCOMES
from data.schemas.base import SHIP_FUELS, Table, amount, choice, count, fraction, identifier, number


class Voyages(Table):
    """Voyages to sail; chainage in km below the first lock.

    A voyage that ``follows`` another starts where that one ends, ``depart_min`` after it has ended: a closed fleet.
    One that ends at a ``terminal`` is handled there for ``handling_min`` as soon as a berth is free.
    """

    voyage_id = dy.Int64(primary_key=True)
    vessel_id = identifier()
    vessel_class = identifier()
    depart_min = amount()
    from_km = number()
    to_km = number()
    cargo_t = amount()
    load_share = fraction()
    kind = choice(("through", "cycling"))
    follows = dy.Int64(nullable=True)
    terminal = identifier(nullable=True)
    handling_min = amount(nullable=True)


DRAWN_VOYAGE: Final = (
    "vessel_id",
    "vessel_class",
    "depart_min",
    "from_km",
    "to_km",
    "cargo_t",
    "load_share",
    "kind",
)
"""What is drawn of a voyage before voyages are numbered and follow one another."""


class Calls(Table):
    """Bunkering calls and what became of them."""

    call_id = dy.Int64(primary_key=True)
    vessel_id = identifier()
    station = identifier()
    arrive_min = amount()
    start_min = amount(nullable=True)
    end_min = amount(nullable=True)
    wait_min = amount(nullable=True)
    volume_m3 = amount(nullable=True)
    mass_t = amount(nullable=True)
    outcome = choice(CALL_OUTCOMES)


class Tanks(Table):
    """Level of the tanks of the bunkering stations at each event."""

    station = identifier()
    time_min = amount()
    level_m3 = amount()
    event = choice(("start", "bunkering", "delivery", "boil_off", "end"))


class Vessels(Table):
    """Summary of a vessel over the run."""

    vessel_id = identifier(primary_key=True)
    vessel_class = identifier()
    fuel = choice(SHIP_FUELS)
    kind = choice(("through", "cycling"))
    voyages = count()
    distance_km = amount()
    sailing_h = amount()
    waiting_h = amount()
    energy_kwh = amount()
    waiting_kwh = amount()
    fuel_t = amount()
    cargo_tkm = amount()
    cargo_left_t = amount()
    lng_bunkered_m3 = amount()
    tank_end_m3 = amount(nullable=True)
    stranded = dy.Bool()

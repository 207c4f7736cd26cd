"""What every reader of station lists gives: groups of equal piles; nothing is filled in that a list does not say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DC, AC = "dc", "ac"
CLOSED_STATES = frozenset({"planned", "removed", "demolished", "disused", "closed", "construction", "proposed"})
"""States of stations at which nobody can charge, in the words of OCPI and OpenStreetMap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PileGroup:
    """Equal piles of a station as a list says; what it does not say is None.

    Attributes
    ----------
    where : str
        Place in the file, for messages.
    station : str or None
        Id of the station; a name stands in where there is none.
    lon, lat : float or None
        Degrees, WGS 84.
    town : str or None
        Town or address as the list calls it.
    current : str or None
        ``dc`` or ``ac``.
    pile_kw : float or None
        Rated power, kW.
    piles, guns_per_pile, guns : int or None
        Piles, guns of each, or guns of all of them.
    sharing : str or None
        How the guns of a pile share its power.
    gun_amps, volts : float or None
        Current of a gun, and voltage (of a phase against neutral for AC).
    phases : int or None
        Phases of AC.
    transformer_kw : float or None
        Connection of the station, kW.
    plug, charger_id, hours, site : str or None
        As in the layout.
    opened_year : int or None
        Year of opening.
    fee_cny_kwh : float or None
        Service fee.
    """

    where: str
    station: str | None = None
    lon: float | None = None
    lat: float | None = None
    town: str | None = None
    current: str | None = None
    pile_kw: float | None = None
    piles: int | None = None
    guns_per_pile: int | None = None
    guns: int | None = None
    sharing: str | None = None
    gun_amps: float | None = None
    volts: float | None = None
    phases: int | None = None
    transformer_kw: float | None = None
    plug: str | None = None
    charger_id: str | None = None
    hours: str | None = None
    site: str | None = None
    opened_year: int | None = None
    fee_cny_kwh: float | None = None


def electric_kw(volts: float | None, amps: float | None, phases: int | None) -> float | None:
    """Return the power of a connector, kW; `volts` of a phase against neutral where there are several phases."""
    return None if not volts or not amps else volts * amps * (phases or 1) / 1000.0


def phase_volts(volts: float | None, phases: int | None) -> float | None:
    """Return the voltage of a phase against neutral; lists often give that between phases of three-phase AC instead.

    No public grid has more than 300 V against neutral (277 V in North America), and none less than 300 V between
    phases where cars charge with three.
    """
    if volts is None or (phases or 1) < 2 or volts <= 300.0:
        return volts
    return float(volts / np.sqrt(3.0))


def json_number(value: object) -> float | None:
    """Return a number that JSON may hold as text; None for everything else."""
    try:
        found = None if value is None or isinstance(value, bool) else float(str(value))
    except ValueError:
        return None
    return found if found is not None and np.isfinite(found) else None

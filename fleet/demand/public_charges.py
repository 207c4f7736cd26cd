"""Public charges of a class as rows of the request table: when, where, at which current, how patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from fleet.demand.decisions import ByCharge, exponential, uniform
from fleet.demand.profiles import hourly_shares, times_of_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from fleet.demand.decisions import Law
    from fleet.demand.parameters import DemandParameters
    from fleet.demand.population import Fleet
    from fleet.demand.vehicle_day import Stop

COLUMNS: Final = {
    "request_id": pl.Int64,
    "arrive_min": pl.Float64,
    "origin": pl.String,
    "current": pl.String,
    "energy_kwh": pl.Float64,
    "accept_kw": pl.Float64,
    "vehicle_class": pl.String,
    "battery_kwh": pl.Float64,
    "soc_start": pl.Float64,
    "patience_min": pl.Float64,
    "max_queue": pl.Int64,
    "overstay_min": pl.Float64,
}
"""Schema of the request table."""

REQUEST: Final = {name: kind for name, kind in COLUMNS.items() if name != "request_id"}
"""Schema of requests before they are numbered."""


def class_requests(
    fleet: Fleet,
    stops: Sequence[tuple[int, Stop]],
    charges_before: Ints,
    *,
    profiles: pl.DataFrame,
    parameters: DemandParameters,
    seed: int,
) -> pl.DataFrame:
    """Return the public charges of a class.

    Parameters
    ----------
    fleet
        The class.
    stops
        Day (from 0) and vehicles that charge in public on it.
    charges_before
        Public charges of each vehicle before these days. The decisions of a charge count from there: a vehicle that
        charged less in the warm-up keeps the hours and patience of its first, second, ... request.
    profiles, parameters
        Hourly profiles; the hours of a shift.
    seed
        Seed of the replication.

    Returns
    -------
    polars.DataFrame
        ``vehicle, charge`` (numbers from 0) and the columns of the request table but its ``request_id``.
    """
    if not stops:
        return pl.DataFrame(schema={"vehicle": pl.Int64, "charge": pl.Int64, **REQUEST})
    vehicle = np.concatenate([stop.who for _, stop in stops])
    charge = np.concatenate([stop.charge for _, stop in stops]) - charges_before[vehicle]
    first = np.concatenate([stop.first for _, stop in stops])
    goal = np.concatenate([stop.goal for _, stop in stops])
    charging = [len(stop.who) for _, stop in stops]
    day = np.repeat([day for day, _ in stops], charging)
    second_leg = np.repeat([stop.leg > 0 for _, stop in stops], charging)

    def drawn(decision: str, law: Law = uniform) -> Floats:
        return ByCharge(seed, fleet.name, decision, fleet.size, law).of(vehicle, charge)

    slow = drawn("current") < fleet.ac_share
    lot = drawn("time-of-day")
    in_two = fleet.two_shifts[vehicle]
    # taxis in two shifts charge within the hours of the driver whose leg it is; AC has a profile of its own
    concerned = {"slow": slow, "early": in_two & ~second_leg & ~slow, "late": in_two & second_leg & ~slow}
    minutes = _minutes(fleet, lot, concerned, profiles=profiles, shift_h=parameters.shift_h)
    home = fleet.town[vehicle]
    town = np.where(drawn("away") < fleet.out_of_town_share, fleet.other_town(home, drawn("other-town")), home)
    battery = fleet.battery_kwh[vehicle]
    overstay = np.where(slow, fleet.overstay_ac_min, fleet.overstay_dc_min) * drawn("overstay", exponential)
    return pl.DataFrame(
        {
            "vehicle": vehicle,
            "charge": charge,
            "arrive_min": DAY_MIN * day + minutes,
            "origin": np.asarray(fleet.town_names)[town],
            "current": np.where(slow, "ac", "dc"),
            # at the battery; the charger's losses are the station's
            "energy_kwh": (goal - first) * battery,
            "accept_kw": np.where(slow, fleet.ac_kw[vehicle], fleet.dc_kw[vehicle]),
            "vehicle_class": np.asarray(fleet.model_names)[fleet.model[vehicle]],
            "battery_kwh": battery,
            "soc_start": first,
            "patience_min": fleet.patience_min * drawn("patience", exponential),
            "max_queue": np.full(len(vehicle), fleet.max_queue),
            "overstay_min": overstay,
        }
    )


def _minutes(
    fleet: Fleet,
    lot: Floats,
    concerned: dict[str, NDArray[np.bool_]],
    *,
    profiles: pl.DataFrame,
    shift_h: tuple[float, float],
) -> Floats:
    """Return times of day by the profile of the class, of AC for slow charges, within the shift for taxis in two."""
    profile = fleet.profile
    minutes = times_of_day(hourly_shares(profiles, profile), lot)
    shares = {
        "slow": lambda: hourly_shares(profiles, fleet.ac_profile),
        "early": lambda: hourly_shares(profiles, profile, hours=shift_h),
        "late": lambda: hourly_shares(profiles, profile, hours=shift_h, outside=True),
    }
    # the same lot whatever the profile: a charge that becomes slow moves in the day, it is not drawn anew
    for kind, own in concerned.items():
        if own.any():
            minutes = np.where(own, times_of_day(shares[kind](), lot), minutes)
    return minutes

"""Hydrogen vessels: what they take on their trips, and the trailers that bring it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.errors import DataError
from shipping.parameters.port_parameters import HydrogenParameters

if TYPE_CHECKING:
    from data.county import County

HYDROGEN_KWH_KG: Final = 33.33
"""Lower heating value of hydrogen, kWh per kg: a constant of nature."""


def hydrogen_trailers(county: County, *, vessels: int, km_per_day: float) -> dict[str, float]:
    """Return what hydrogen vessels need: mass and trailers per day, and the electricity that their cells give.

    One power decides all: the fuel cell's ``river.hydrogen_cell_kw`` at ``river.hydrogen_speed_km_h``.

    Returns
    -------
    dict of str to float
        ``kwh_per_km`` and ``kg_per_km`` of a vessel, ``range_km`` of its tank, ``kg_per_day``, ``trailers_per_day``,
        ``delivery_interval_h`` (between two trailers; infinite where none is needed), ``tank_fillings_per_day``,
        ``electric_kwh_per_day``.

    Raises
    ------
    DataError
        A negative number of vessels or distance.
    """
    if vessels < 0 or km_per_day < 0.0:
        raise DataError(f"hydrogen: {vessels} vessels and {km_per_day} km a day; expected 0 or more.")
    parameters = HydrogenParameters.from_county(county)
    electric = parameters.cell_kw / parameters.speed_km_h
    per_km = electric / (HYDROGEN_KWH_KG * parameters.cell_efficiency)
    mass = vessels * km_per_day * per_km
    trailers = mass / parameters.trailer_kg
    return {
        "kwh_per_km": electric,
        "kg_per_km": per_km,
        "range_km": parameters.tank_kg / per_km,
        "kg_per_day": mass,
        "trailers_per_day": trailers,
        "delivery_interval_h": 24.0 / trailers if trailers > 0.0 else float("inf"),
        "tank_fillings_per_day": km_per_day * per_km / parameters.tank_kg,
        "electric_kwh_per_day": vessels * km_per_day * electric,
    }

"""Shared e-bikes: trips, batteries that run down, swap crews and rebalancing vans, on SimPy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import HOURS
from data.errors import DataError
from data.factors import grid_factor
from data.tables.roles import HOUSEHOLD_CAR, TWO_WHEELER, classes_of
from fleet.ebikes.trips import OUTCOMES, Trips

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County
    from fleet.ebikes.operations import EbikeOperations
    from fleet.ebikes.system import EbikeSystem


@dataclass(frozen=True, slots=True)
class EbikeResult:
    """Tables of a simulation of shared e-bikes.

    Attributes
    ----------
    trips : polars.DataFrame
        One row per trip: ``trip_id, depart_min, origin, destination, km, outcome`` (``served``, ``no_bike``,
        ``no_charge``).
    hours : polars.DataFrame
        One row per point and hour of the day: ``point, hour, availability_share``, the share of time with a bike to
        rent.
    points : polars.DataFrame
        One row per point: ``point, town, bikes, trips, served, no_bike, no_charge, availability_share, bikes_at_end``.
    totals : dict of str to float
        As `EBIKES`, without the carbon. ``bikes_at_end`` counts all bikes, ridden ones too; ``stored_change_kwh`` is
        the change of the energy in their batteries, which is swapped_kwh - bike_kwh.
    """

    trips: pl.DataFrame
    hours: pl.DataFrame
    points: pl.DataFrame
    totals: dict[str, float]


NO_POINTS: Final = "ebike_points: no points; add some."

EBIKES: Final = (
    "bikes",
    "crews",
    "vans",
    "trips",
    "lost_share",
    "availability_share",
    "low_share",
    "swaps",
    "moved_bikes",
    "crew_use_share",
    "van_use_share",
    "depot_short_min",
    "km",
    "bike_kwh",
    "swapped_kwh",
    "stored_change_kwh",
    "bikes_at_end",
    "meter_kwh",
    "van_km",
    "bikes_kgco2",
    "vans_kgco2",
    "replaced_kgco2",
    "saved_kgco2",
)
"""Totals of a simulation and its carbon."""


def simulate_ebikes(points: pl.DataFrame, trips: pl.DataFrame, system: EbikeSystem, *, days: float) -> EbikeResult:
    """Simulate shared e-bikes.

    Parameters
    ----------
    points
        ``point, town, lon, lat, bikes``; at minute 0 the bikes stand there, their charge spread
        evenly between the swap SOC and full.
    trips
        From :func:`ebike_trips`.
    system
        Bikes, crews, vans.
    days
        Days that are simulated.

    Returns
    -------
    EbikeResult
        Trips, availability by point and hour, points, totals.

    Raises
    ------
    DataError
        No points, or a trip from or to a point that does not exist.
    """
    if not points.height:
        raise DataError(NO_POINTS)
    number = {name: row for row, name in enumerate(points["point"])}
    ends = {end for column in ("origin", "destination") for end in trips[column].unique()}
    unknown = sorted(ends - number.keys())
    if unknown:
        raise DataError(f"trips: {unknown[0]!r} is no point of ebike_points.")
    rows = trips.select(pl.col("origin", "destination").replace_strict(number, return_dtype=pl.Int64))
    ways = rows["origin"].to_numpy(), rows["destination"].to_numpy()
    operations = _simulated(points, Trips(trips["depart_min"].to_numpy(), *ways, trips["km"].to_numpy()), system, days)
    return _tables(points, trips, operations, days)


def ebike_totals(points: pl.DataFrame, trips: Trips, system: EbikeSystem, *, days: float) -> dict[str, float]:
    """Return the totals alone of what `simulate_ebikes` returns, of trips from `fleet.ebikes.trips.county_trips`.

    Raises
    ------
    DataError
        No points.
    """
    return _totals(_simulated(points, trips, system, days), days)


def _simulated(points: pl.DataFrame, trips: Trips, system: EbikeSystem, days: float) -> EbikeOperations:
    """Return a finished simulation."""
    if not points.height:
        raise DataError(NO_POINTS)
    from fleet.ebikes.operations import EbikeOperations  # noqa: PLC0415 - numba loads with the first ride

    operations = EbikeOperations(points, system, days)
    operations.run(trips)
    operations.stands.close(operations.end)
    return operations


def _available(operations: EbikeOperations, days: float) -> Floats:
    """Return the share of time with a bike to rent by point and hour of the day."""
    # rides that end after the last day are counted too: never more than all of the time
    return np.minimum(1.0, operations.stands.open_min / (60.0 * days))


def _tables(points: pl.DataFrame, trips: pl.DataFrame, operations: EbikeOperations, days: float) -> EbikeResult:
    """Return the tables of a finished simulation."""
    outcome = operations.stands.outcome
    table = trips.with_columns(outcome=pl.Series([OUTCOMES[number] for number in outcome.tolist()], dtype=pl.String))
    share = _available(operations, days)
    hours = pl.DataFrame(
        {
            "point": np.repeat([point.name for point in operations.points], HOURS),
            "hour": np.tile(np.arange(HOURS), len(operations.points)),
            "availability_share": share.ravel(),
        }
    )
    kinds = [(pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in OUTCOMES.values()]
    by_origin = table.group_by("origin").agg(pl.len().cast(pl.Int64).alias("trips"), *kinds)
    by_point = (
        points.select("point", "town", "bikes")
        .join(by_origin, left_on="point", right_on="origin", how="left", maintain_order="left")
        .with_columns(pl.col("trips", *OUTCOMES.values()).fill_null(0))
        .with_columns(
            availability_share=pl.Series(share.mean(axis=1)),
            bikes_at_end=pl.Series(operations.stands.count),
        )
    )
    return EbikeResult(table, hours, by_point, _totals(operations, days))


def _totals(operations: EbikeOperations, days: float) -> dict[str, float]:
    """Return the totals of a finished simulation."""
    system = operations.system
    shift = days * 60.0 * (system.shift_h[1] - system.shift_h[0])
    charged = math.fsum((end - start) * kw for start, end, kw in operations.stock.pieces) / 60.0  # kW x min to kWh
    served, bikes = operations.served, float(sum(point.target for point in operations.points))
    return {
        "bikes": bikes,
        "crews": float(system.crews),
        "vans": float(system.vans),
        "trips": float(len(served)),
        "lost_share": 0.0 if not len(served) else 1.0 - int(served.sum()) / len(served),
        "availability_share": float(_available(operations, days).mean()),
        # a county may have points without a bike
        "low_share": float((operations.stands.all_standing() < system.swap_soc).sum()) / max(1.0, bikes),
        "swaps": float(operations.swaps),
        "moved_bikes": float(operations.moved),
        # a crew that is under way when the shift ends works on: not more than all of it counts
        "crew_use_share": min(1.0, operations.busy["crew"] / (system.crews * shift)) if system.crews else 0.0,
        "van_use_share": min(1.0, operations.busy["van"] / (system.vans * shift)) if system.vans else 0.0,
        "depot_short_min": operations.stock.short_min,
        "km": operations.km,
        "bike_kwh": operations.km * system.kwh_per_km,
        "swapped_kwh": operations.stands.swapped_kwh,
        "stored_change_kwh": (operations.stands.all_soc - operations.first_soc) * system.battery_kwh,
        "bikes_at_end": float(operations.stands.all_bikes),
        "meter_kwh": charged / system.efficiency,
        "van_km": operations.van_km,
    }


@dataclass(frozen=True, slots=True)
class EbikeFactors:
    """What the carbon of shared e-bikes rests on.

    Attributes
    ----------
    grid_kg_per_kwh : float
        Grid factor of the year.
    charger_efficiency : float
        Battery kWh per meter kWh of the bikes' chargers.
    van_kwh_per_km : float
        Of crews and vans, at the meter.
    replaced : tuple of (float, float)
        Of motorcycles and of cars: share of the rented km that replaces theirs, and their petrol, L per km.
    petrol_kg_per_l : float
        CO2 of petrol, tank to wheel.
    """

    grid_kg_per_kwh: float
    charger_efficiency: float
    van_kwh_per_km: float
    replaced: tuple[tuple[float, float], ...]
    petrol_kg_per_l: float

    @classmethod
    def from_county(cls, county: County, *, year: int) -> EbikeFactors:
        """Return the factors of a year."""
        row = next(row for row in county.rows_by("fuel_factors", "fuel")["petrol"] if row["mode"] == "road")
        used = county.rows_by("energy_use", "power").get("petrol", ())
        l_per_km = {row["vehicle_class"]: row["use_per_100km"] / 100.0 for row in used}
        kinds = (
            (TWO_WHEELER, "ebikes.replaces_motorcycle_share"),
            (HOUSEHOLD_CAR, "ebikes.replaces_car_share"),
        )
        shares = {name: key for role, key in kinds for name in classes_of(county.vehicle_classes, role)[:1]}
        return cls(
            grid_factor(county, year),
            county.figure("ebikes.charger_efficiency"),
            county.figure("ebikes.van_kwh_per_km"),
            tuple((county.figure(key), l_per_km[name]) for name, key in shares.items() if name in l_per_km),
            row["ttw_kgco2_per_kg"] * row["density_kg_per_l"],
        )


def ebike_carbon(county: County, totals: dict[str, float], *, year: int) -> dict[str, float]:
    """Return the carbon of the bikes and of the trips that they replace, kg CO2.

    Electricity of the batteries and of the vans at the grid factor of the year; replaced kilometres of motorcycles
    and cars as `EbikeFactors` say.

    Returns
    -------
    dict of str to float
        ``bikes_kgco2, vans_kgco2, replaced_kgco2, saved_kgco2``.
    """
    factors = EbikeFactors.from_county(county, year=year)
    # fsum: the order of the modes must not show
    replaced = math.fsum(
        totals["km"] * share * l_per_km * factors.petrol_kg_per_l for share, l_per_km in factors.replaced
    )
    # what was ridden, not what was swapped: a short run ends with emptier or fuller batteries than it began
    charged = totals["bike_kwh"] / factors.charger_efficiency * factors.grid_kg_per_kwh
    vans = totals["van_km"] * factors.van_kwh_per_km * factors.grid_kg_per_kwh
    return {
        "bikes_kgco2": charged,
        "vans_kgco2": vans,
        "replaced_kgco2": replaced,
        "saved_kgco2": replaced - charged - vans,
    }

"""Trips on the expressway by length: which part of the cars must charge in the county, and with what SOC they come.

A battery that does not last for the trip is charged as often as it takes; each charge lies anywhere along the way, so
that the part of them in the county is the county's part of the way. Holidays have longer trips than ordinary days, and
cars that charge more often. The chance of an ordinary day is that of ``through_traffic``, as counted or assumed; a
holiday moves it by the ratio of both chances by this model, so that what the model leaves out (cars charged at the
destination, service areas that drivers prefer) falls out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import scipy

from data.errors import DataError
from data.schemas.supply import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats, Ints
    from data.county import County
    from fleet.demand.plugs.models import Models

_LENGTHS: Final = 24  # points within a band of lengths
_LAWS: Final = 12  # quantiles of the SOC at which a driver looks for a charger
_GAPS: Final = 4  # places between two service areas
_EMPTIEST: Final = 0.01  # of a battery: who would arrive with less has been more careful


class Band(NamedTuple):
    """Trips of some lengths: from, to (km), and their share of the cars that pass."""

    from_km: float
    to_km: float
    share: float


@dataclass(frozen=True, slots=True)
class DrivenCars:
    """Cars that pass, by model.

    Attributes
    ----------
    share : numpy.ndarray
        Share of each model.
    battery_kwh, kwh_a_km : numpy.ndarray
        Battery, and energy per km on a long trip.
    look_law, unfilled_law : tuple of float
        Beta laws of the SOC at which drivers look for a charger, and of what a charge leaves empty.
    """

    share: Floats
    battery_kwh: Floats
    kwh_a_km: Floats
    look_law: tuple[float, float]
    unfilled_law: tuple[float, float]


@dataclass(frozen=True, slots=True)
class RoadCharges:
    """Charges in the county of the cars of a road.

    Attributes
    ----------
    probability : float
        Charges of a car that passes.
    model : numpy.ndarray of int
        Model of each kind of charge, in order of the SOC.
    soc : numpy.ndarray
        SOC at arrival, rising.
    chance : numpy.ndarray
        Distribution function of the kinds, up to 1; empty where nobody charges.
    """

    probability: float
    model: Ints
    soc: Floats
    chance: Floats

    def drawn(self, lot: Floats) -> tuple[Ints, Floats]:
        """Return model and SOC of cars that charge, from lots between 0 and 1."""
        kind = np.minimum(np.searchsorted(self.chance, lot, side="right"), len(self.chance) - 1)
        return self.model[kind], self.soc[kind]


@dataclass(frozen=True, slots=True)
class RoadTrips:
    """Trips of the cars that pass on a road, by occasion.

    Attributes
    ----------
    bands : mapping of str to tuple of Band
        Lengths by occasion; ``ordinary`` is one of them.
    stretch_km : float
        Way through the county.
    spacing_km : float
        Between two places to charge.
    trip_start_soc, reserve_soc : float
        SOC with which trips begin, and with which they may end.
    highway_use_factor : float
        Energy per km on a long trip over that of the tables.
    kwh_a_km : float
        Energy per km of the tables.
    most_charges : float
        Charges on a trip that drivers put up with; trips that take more are made by cars with more range.
    traffic_multiplier : float
        Cars on a holiday over those of an ordinary day.
    """

    bands: Mapping[str, tuple[Band, ...]]
    stretch_km: float
    spacing_km: float
    trip_start_soc: float
    reserve_soc: float
    highway_use_factor: float
    kwh_a_km: float
    most_charges: float
    traffic_multiplier: float

    @classmethod
    def from_county(
        cls, county: County, *, road: str, direction: str, stops: int, use_per_100km: float
    ) -> RoadTrips | None:
        """Return the trips on a road; None where the county has no lengths, or nothing of the road lies in it.

        Parameters
        ----------
        county
            Tables ``trip_lengths``, ``road_links``, ``towns`` and ``service_areas``.
        road, direction
            Row of ``through_traffic``.
        stops
            Places in the county where the drivers may charge.
        use_per_100km
            Of the cars that pass, kWh.

        Raises
        ------
        DataError
            Lengths of holidays without those of ordinary days; a figure that the county lacks.
        """
        bands = {
            occasion: tuple(Band(row["from_km"], row["to_km"], row["share"]) for row in rows)
            for occasion, rows in county.rows_by("trip_lengths", "occasion").items()
        }
        if not bands:
            return None
        if ORDINARY not in bands:
            raise DataError(
                f"{county.name}/trip_lengths.csv: no rows for occasion '{ORDINARY}'; expected some, because the "
                "lengths of holidays count beside those of ordinary days. Add them."
            )
        stretch = stretch_km(county, road, direction)
        if stretch <= 0.0:
            return None
        return cls(
            bands=bands,
            stretch_km=stretch,
            spacing_km=stretch / max(stops, 1),
            trip_start_soc=county.figure("fleet.trip_start_soc"),
            reserve_soc=county.figure("fleet.reserve_soc"),
            highway_use_factor=county.figure("fleet.highway_use_factor"),
            kwh_a_km=use_per_100km / 100.0,
            most_charges=county.figure("through.most_charges"),
            traffic_multiplier=county.figure("through.holiday_traffic_multiplier"),
        )

    def cars(self, models: Models, rule: Mapping[str, float], *, weather: float) -> DrivenCars:
        """Return the cars that pass.

        Parameters
        ----------
        models
            Their models.
        rule
            Row of ``charging_behaviour`` with the beta laws.
        weather
            Energy per km over that of a mean day.
        """
        use = self.kwh_a_km * self.highway_use_factor * weather
        return DrivenCars(
            share=models.share / models.share.sum(),
            battery_kwh=models.battery_kwh,
            kwh_a_km=np.full(len(models.share), use),
            look_law=(rule["start_soc_alpha"], rule["start_soc_beta"]),
            unfilled_law=(rule["end_soc_alpha"], rule["end_soc_beta"]),
        )

    def charges(self, occasion: str, cars: DrivenCars) -> RoadCharges:
        """Return the charges in the county on an occasion.

        A car drives from ``trip_start_soc`` down to the SOC at which its driver looks for a charger, charges to the
        mean of its law, and so on, until the battery lasts down to the reserve. Between two places to charge it goes on
        using the battery: small ones arrive with less.
        """
        length, weight = self._lengths(occasion)
        look = scipy.special.betaincinv(*cars.look_law, (np.arange(_LAWS) + 0.5) / _LAWS)
        first_alpha, first_beta = cars.unfilled_law
        goal = 1.0 - first_alpha / (first_alpha + first_beta)
        # axes: length, model, quantile of the law
        range_km = (cars.battery_kwh / cars.kwh_a_km)[None, :, None]
        number = _charges_on(length[:, None, None], range_km, look[None, None, :], goal=goal, trips=self)
        here = np.minimum(1.0, number * np.minimum(self.stretch_km / length, 1.0)[:, None, None])
        chance = weight[:, None, None] * _driven(number, cars.share, most=self.most_charges) * here / _LAWS
        kinds = chance.sum(axis=0)
        model = np.repeat(np.arange(len(cars.share)), _LAWS * _GAPS)
        on = (np.arange(_GAPS) + 0.5) / _GAPS * self.spacing_km
        soc = look[None, :, None] - on[None, None, :] / range_km[0][:, :, None]
        soc = np.maximum(soc, _EMPTIEST).ravel()
        order = np.argsort(soc, kind="stable")
        below = np.cumsum(np.repeat(kinds.ravel() / _GAPS, _GAPS)[order])
        probability = float(kinds.sum())
        shares = below / below[-1] if probability > 0.0 else below[:0]
        return RoadCharges(probability, model[order], soc[order], shares)

    def _lengths(self, occasion: str) -> tuple[Floats, Floats]:
        """Return points of the lengths of trips and their weights, which sum to 1."""
        inside = (np.arange(_LENGTHS) + 0.5) / _LENGTHS
        bands = self.bands[occasion]
        length = np.concatenate([band.from_km + inside * (band.to_km - band.from_km) for band in bands])
        weight = np.repeat([band.share for band in bands], _LENGTHS)
        return length, weight / weight.sum()


def _driven(number: Floats, share: Floats, *, most: float) -> Floats:
    """Return the shares of the models on trips by the charges that those take: a car that takes too many stays at home.

    Where all take too many, those go that take the fewest.
    """
    fewest = number.min(axis=1, keepdims=True)
    driven = np.where((number <= most) | (number == fewest), share[None, :, None], 0.0)
    return np.asarray(driven / driven.sum(axis=1, keepdims=True))


def _charges_on(length: Floats, range_km: Floats, look: Floats, *, goal: float, trips: RoadTrips) -> Floats:
    """Return the number of charges on trips of some lengths."""
    first = np.maximum(trips.trip_start_soc - look, 0.0) * range_km
    # a charge brings at least a step on, however the laws fall
    each = np.maximum(goal - look, 0.05) * range_km
    last = max(goal - trips.reserve_soc, 0.0) * range_km
    needed = length > (trips.trip_start_soc - trips.reserve_soc) * range_km
    more = np.ceil(np.maximum(length - first - last, 0.0) / each)
    return np.where(needed, 1.0 + more, 0.0)


def stretch_km(county: County, road: str, direction: str) -> float:
    """Return the way of a road through the county: its links, those across the border by half.

    Links between sites of the other direction are left out.
    """
    areas = county.service_areas.rows(named=True)
    sites = {row["site"]: row["direction"] for row in areas}
    inside = {*county.towns["town"], *(row["site"] for row in areas if row["in_county"])}
    total = 0.0
    for row in county.rows_by("road_links", "ref").get(road, ()):
        ends = row["from_node"], row["to_node"]
        if row["project"] is None and all(sites.get(node, direction) == direction for node in ends):
            total += 0.5 * row["length_km"] * sum(node in inside for node in ends)
    return total

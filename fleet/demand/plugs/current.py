"""AC or DC: what the driver of a household car would take, by how long the car stands anyway and by price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fleet.demand.plugs.models import power_kw, relative_use
from fleet.demand.plugs.prices import Response

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats
    from data.county import County
    from fleet.demand.parameters import DemandParameters
    from fleet.demand.plugs.models import Models
    from fleet.demand.plugs.prices import DayPrices

    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PlugRules:
    """What a choice between AC and DC costs.

    Attributes
    ----------
    value_of_time_cny_h : float
        Value of a driver's time.
    move_car_min : float
        Time of coming back to a car that is full before its driver is, minutes: what DC costs who leaves the car.
    efficiency_ac, efficiency_dc : float
        Battery kWh per meter kWh.
    price_elasticity : float
        Per cent of an hour's public charges that go for a per cent more of its price.
    price_shift_h : float
        How far from the edge of a cheaper period those charge who moved there, hours.
    """

    value_of_time_cny_h: float = 0.0
    move_car_min: float = 0.0
    efficiency_ac: float = 1.0
    efficiency_dc: float = 1.0
    price_elasticity: float = 0.0
    price_shift_h: float = 1.0

    @classmethod
    def from_county(cls, county: County) -> PlugRules:
        """Return the figures of a county.

        Raises
        ------
        DataError
            A figure that the county lacks.
        """
        return cls(
            county.figure("charging.value_of_time_cny_h"),
            county.figure("fleet.move_car_min"),
            county.figure("charging.efficiency_ac"),
            county.figure("charging.efficiency_dc"),
            county.figure("fleet.price_elasticity"),
            county.figure("fleet.price_shift_h"),
        )

    def response(self, part: float) -> Response:
        """Return how a class responds to prices that shows a part of the elasticity."""
        return Response(self.price_elasticity * part, self.price_shift_h)

    def ac_is_cheaper(self, kwh: Floats, ac_kw: Floats, dc_kw: Floats, start_min: Floats, prices: DayPrices) -> Flags:
        """Return which charges cost less at AC for drivers who leave their cars longer than AC takes.

        Parameters
        ----------
        kwh : numpy.ndarray
            Energy at the battery.
        ac_kw, dc_kw : numpy.ndarray
            Power that the car takes of either; 0 where it has no such inlet.
        start_min : numpy.ndarray
            Minutes since the first day.
        prices : DayPrices
            Public prices; a charge pays that of each of its minutes.
        """
        ac_cny, dc_cny = (
            kwh / efficiency * prices.mean_cny_kwh(start_min, charge_min(kwh, kw))
            for kw, efficiency in ((ac_kw, self.efficiency_ac), (dc_kw, self.efficiency_dc))
        )
        return np.asarray(ac_cny <= dc_cny + self.value_of_time_cny_h * self.move_car_min / 60.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """How long household cars that charge in public stand there anyway.

    A part of them is left for a time of exponential law, which has no memory: what is left of it after an AC charge has
    the same mean. The part is set so that the mean model would be left for as long as AC takes at ``ac_share`` of its
    charges; longer charges fit in less often.

    Attributes
    ----------
    ac_share : float
        Share of the charges whose driver is away for at least as long as AC takes.
    mean_min : float
        Mean of what is left of the time after that.
    fits : float
        Share of times that are longer than an AC charge, mean over the models.
    """

    ac_share: float
    mean_min: float
    fits: float

    @classmethod
    def of_models(cls, ac_share: float, mean_min: float, *, weight: Floats, kwh: Floats, ac_kw: Floats) -> Standing:
        """Return the law for models with some weights, mean energy of a charge (kWh) and power of AC (kW)."""
        fits = np.exp(-charge_min(kwh, ac_kw) / mean_min) if mean_min > 0.0 else np.ones(len(kwh))
        # models without an on-board charger or an AC charge that fits leave the share to the others
        mean = float(np.average(fits, weights=weight)) if weight.sum() > 0.0 else 0.0
        return cls(ac_share, mean_min, mean)

    def left_min(self, lot: Floats, kwh: Floats, ac_kw: Floats) -> Floats:
        """Return how long the cars stand after an AC charge, minutes; negative where it takes longer than they stand.

        Parameters
        ----------
        lot : numpy.ndarray
            Lots between 0 and 1.
        kwh, ac_kw : numpy.ndarray
            Energy and power of the AC charge.
        """
        if not (self.ac_share > 0.0 and self.fits > 0.0):
            return np.full(len(lot), -1.0)
        if self.mean_min == 0.0:
            return np.where((lot < self.ac_share) & (ac_kw > 0.0), 0.0, -1.0)
        share = np.minimum(self.ac_share / self.fits * np.exp(-charge_min(kwh, ac_kw) / self.mean_min), 1.0)
        # the inverse of the exponential law: one lot says whether the time is long enough, and how long
        with np.errstate(divide="ignore"):
            left = self.mean_min * np.log(share / np.maximum(lot, np.finfo(np.float64).tiny))
        return np.asarray(np.where(lot < share, left, -1.0))


def standing_of(parameters: DemandParameters, behaviour: dict[str, Any], models: Models) -> Standing:
    """Return how long the cars of a class stand where they charge in public.

    Parameters
    ----------
    parameters
        Figures of all classes.
    behaviour
        Row of the class in ``charging_behaviour``.
    models
        Its models, from `fleet.demand.plugs.models.models_in`.
    """
    first, last = (
        behaviour[f"{end}_soc_alpha"] / (behaviour[f"{end}_soc_alpha"] + behaviour[f"{end}_soc_beta"])
        for end in ("start", "end")
    )
    battery, ac_kw = models.battery_kwh, power_kw(models.ac_kw)
    # a model charges as often as its use empties its battery; who has no DC inlet has no choice
    weight = np.where((ac_kw > 0.0) & (power_kw(models.dc_kw) > 0.0), models.share, 0.0)
    return Standing.of_models(
        parameters.public_ac_share,
        float(behaviour["overstay_ac_min"]),
        weight=weight * relative_use(models) / battery,
        kwh=max(1.0 - last - first, parameters.least_gain_share) * battery,
        ac_kw=ac_kw,
    )


def charge_min(kwh: Floats, power_kw: Floats) -> Floats:
    """Return the minutes of charges at constant power; infinite without any."""
    with np.errstate(divide="ignore"):
        return np.asarray(60.0 * kwh / power_kw)

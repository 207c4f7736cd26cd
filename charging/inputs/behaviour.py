"""What drivers and vehicles do at stations: settings of a simulation, and their values for a county."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

INFORMATION: Final = ("nearest", "arrival", "live")
QUEUE_RULES: Final = ("fifo", "priority", "reservation")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Settings of drivers and of measurement.

    Attributes
    ----------
    information
        What a driver knows. ``nearest``: chooses by travel time and fee alone. ``arrival``: the same, but on seeing the
        queue drives on when another station costs less than the wait here. ``live``: knows free guns and queues of
        all stations when leaving.
    queue_rule
        ``fifo``: first come, first served. ``priority``: higher ``priority`` of the request first, then by time.
        ``reservation``: who sets out to a station with a free gun books it, and it is kept until he arrives.
    max_tries
        Stations a driver tries before giving up (k), at least 1.
    indifference_min
        Stations that cost at most this much more than the best are equally good to a driver; guns decide in
        proportion, evenly over the request numbers. 0 always takes the best, in the layout's order.
    wait_weight
        Minutes of travel that a minute of waiting is worth.
    price_weight
        Minutes of travel that a CNY is worth: counts where stations have different fees (``fee_cny_kwh``).
    efficiency_dc, efficiency_ac
        Battery kWh per kWh at the meter, where the vehicle's own figure is unknown.
    module_kw
        Power modules of ``dynamic`` piles, kW; None shares continuously.
    interval_min
        Length of the intervals of the load table, minutes.
    """

    information: str = "arrival"
    queue_rule: str = "fifo"
    max_tries: int = 3
    wait_weight: float = 1.0
    price_weight: float = 0.0
    indifference_min: float = 0.0
    efficiency_dc: float = 1.0
    efficiency_ac: float = 1.0
    module_kw: float | None = None
    interval_min: float = 15.0

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing.

        Raises
        ------
        DataError
            Unknown information level or queue rule, less than one try, an efficiency outside (0, 1], a negative weight,
            an interval not above 0.
        """
        for name, known in (("information", INFORMATION), ("queue_rule", QUEUE_RULES)):
            got = getattr(self, name)
            if got not in known:
                raise DataError(f"{name}: got {got!r}.{nearest(got, known)} Expected one of {', '.join(known)}.")
        if self.max_tries < 1:
            raise DataError(f"max_tries: got {self.max_tries}, expected at least 1.")
        for name in ("efficiency_dc", "efficiency_ac"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise DataError(f"{name}: got {getattr(self, name)}, expected a share above 0 and at most 1.")
        for name in ("wait_weight", "price_weight", "indifference_min"):
            if not getattr(self, name) >= 0.0:
                raise DataError(f"{name}: got {getattr(self, name)}, expected 0 or more.")
        if not self.interval_min > 0.0:
            raise DataError(f"interval_min: got {self.interval_min}, expected more than 0 minutes.")

    @classmethod
    def of(cls, settings: Behaviour | Mapping[str, Any] | None) -> Behaviour:
        """Return settings from a mapping of names to values, from None (defaults) or unchanged.

        Raises
        ------
        DataError
            A name that is not a setting.
        """
        if settings is None:
            return cls()
        if isinstance(settings, Behaviour):
            return settings
        known = [field.name for field in fields(cls)]
        unknown = [name for name in settings if name not in known]
        if unknown:
            raise DataError(
                f"behaviour: {unknown[0]!r} is not a setting.{nearest(unknown[0], known)} Known: {', '.join(known)}."
            )
        return cls(**settings)


def behaviour_of(county: County, **changes: Any) -> Behaviour:  # noqa: ANN401 - any setting of Behaviour
    """Return the behaviour that the county's figures describe, with ``changes`` on top.

    Raises
    ------
    DataError
        A figure is missing, or a change is not a setting.
    """
    base = Behaviour(
        max_tries=round(county.figure("charging.max_tries")),
        wait_weight=county.figure("charging.wait_weight"),
        price_weight=county.figure("charging.price_weight"),
        indifference_min=county.figure("charging.indifference_min"),
        efficiency_dc=county.figure("charging.efficiency_dc"),
        efficiency_ac=county.figure("charging.efficiency_ac"),
    )
    Behaviour.of({name: getattr(base, name, None) for name in changes} if changes else None)
    return replace(base, **changes)


def vehicles_table(county: County) -> pl.DataFrame:
    """Return the vehicles that charge, with curve, voltage and efficiencies.

    Returns
    -------
    polars.DataFrame
        One row a vehicle class and segment (``private_car/A``), and for cars of through traffic
        (``through/A``): ``vehicle_class, pack_voltage_v, ac_kw, curve_soc, curve_share, efficiency_dc,
        efficiency_ac``.
    """
    curves = (
        county.charge_curves.sort("curve", "soc")
        .group_by("curve", maintain_order=True)
        .agg(curve_soc=pl.col("soc"), curve_share=pl.col("power_share"))
    )
    models = county.ev_models.join(curves, on="curve", how="left").with_columns(
        efficiency_dc=pl.lit(county.figure("charging.efficiency_dc")),
        efficiency_ac=pl.lit(county.figure("charging.efficiency_ac")),
    )
    through = models.filter(pl.col("vehicle_class") == "private_car").with_columns(vehicle_class=pl.lit("through"))
    return (
        pl.concat([models, through])
        .with_columns(vehicle_class=pl.concat_str("vehicle_class", pl.lit("/"), "segment"))
        .select(
            "vehicle_class",
            "pack_voltage_v",
            "ac_kw",
            "curve_soc",
            "curve_share",
            "efficiency_dc",
            "efficiency_ac",
        )
    )

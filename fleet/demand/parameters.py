"""What the vehicle-day model is given: figures and tables, read from a county at the door."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

import charging
from data.county import rows_of
from data.errors import DataError
from data.memory.remembering import remembered
from data.schemas.supply import HABITS
from fleet.demand.hours.profiles import hourly_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import polars as pl

    from data.arrays import Floats
    from data.county import County

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class DemandParameters:
    """Figures of the vehicle day that hold for all classes.

    Attributes
    ----------
    reserve_soc : float
        SOC below which nobody drives on, share.
    least_gain_share : float
        SOC that a public charge adds at the least, share.
    base_end_soc : float
        SOC at which a charge at home, depot or work ends, share.
    handover_soc : float
        SOC below which a taxi in two shifts is charged before the other driver takes it, share.
    public_ac_share : float
        Share of the public charges of private cars that are AC.
    out_of_town_share : float
        Share of the public charges away from the home town.
    daily_km_cv : float
        Coefficient of variation of a day's km, for classes that state none.
    double_shift_km_factor : float
        Km of a taxi in two shifts over one in a single shift.
    shift_h : tuple of float
        Hours of the day between which the first shift lasts.
    through_day_cv : float
        Coefficient of variation of through traffic from day to day.
    hybrid_public_probability : float
        Of a plug-in hybrid without a charger of its own: to be charged at a public AC pile on a day.
    driving_km_h : float
        Mean speed between two charges of a day.
    """

    reserve_soc: float
    least_gain_share: float
    base_end_soc: float
    handover_soc: float
    public_ac_share: float
    out_of_town_share: float
    daily_km_cv: float
    double_shift_km_factor: float
    shift_h: tuple[float, float]
    through_day_cv: float
    hybrid_public_probability: float
    driving_km_h: float

    @classmethod
    def from_county(cls, county: County) -> DemandParameters:
        """Return the figures ``fleet.*`` of a county.

        Raises
        ------
        DataError
            A figure that the county lacks.
        """
        figure = county.figure
        return cls(
            reserve_soc=figure("fleet.reserve_soc"),
            least_gain_share=figure("fleet.least_gain_share"),
            # one figure for home, depot and work
            base_end_soc=figure("fleet.depot_end_soc"),
            handover_soc=figure("fleet.handover_soc"),
            public_ac_share=figure("fleet.public_ac_share"),
            out_of_town_share=figure("fleet.out_of_town_share"),
            daily_km_cv=figure("fleet.daily_km_cv"),
            double_shift_km_factor=figure("fleet.double_shift_km_factor"),
            shift_h=(figure("fleet.shift_from_h"), figure("fleet.shift_to_h")),
            through_day_cv=figure("fleet.demand_cv"),
            hybrid_public_probability=figure("fleet.phev_public_probability"),
            driving_km_h=figure("fleet.driving_km_h"),
        )


@dataclass(frozen=True, slots=True)
class DemandTables:
    """Tables of the vehicle day, each as the county table of its name.

    Attributes
    ----------
    vehicle_classes, ev_models, ev_model_shares, energy_use : polars.DataFrame
        Kind and yearly km by class; battery (kWh) and power (kW) of its models, and their shares by year; use per
        100 km.
    charging_behaviour, charging_access : polars.DataFrame
        SOC, patience (min) and overstay (min) of public charges; shares with a charger at home, depot or work.
    towns, profiles : polars.DataFrame
        Residents by town; shares of the charges by hour.
    hybrid_models : polars.DataFrame or None
        Plug-in hybrids by class, as of :func:`charging.hybrid_models`; None for none.
    """

    vehicle_classes: pl.DataFrame
    ev_models: pl.DataFrame
    ev_model_shares: pl.DataFrame
    energy_use: pl.DataFrame
    charging_behaviour: pl.DataFrame
    charging_access: pl.DataFrame
    towns: pl.DataFrame
    profiles: pl.DataFrame
    hybrid_models: pl.DataFrame | None = None
    # not of the constructor: tables that replace some of these begin with nothing
    _read: dict[Hashable, tuple[object, object]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: Hashable, read: Callable[[], Read], *, of: object = None) -> Read:
        """Return what is read of these tables: at the first call, and again where it is of another object.

        Parameters
        ----------
        key : hashable
            Name of what is read, with the arguments that decide it.
        read : callable
            Reads it. Callers share the result and must not change it.
        of : object
            A further input, such as a frame, that counts as the same where it is the same object.
        """
        known = self._read.get(key)
        if known is None or known[0] is not of:
            known = self._read[key] = (of, read())
        return cast("Read", known[1])

    def rows(self, table: str, name: str) -> Sequence[dict[str, Any]]:
        """Return the rows of a class in one of these tables, none without the table; callers must not change them.

        Grouped once: thousands of small queries take as long as a class drives.
        """
        frame: pl.DataFrame | None = getattr(self, table)
        if frame is None:
            return ()
        return self.once(("rows", table), lambda: rows_of(frame, "vehicle_class")).get(name, ())

    def habits(self, name: str) -> dict[str, Any]:
        """Return the row of a class in ``charging_behaviour``, empty cells as `data.schemas.supply.HABITS`.

        Raises
        ------
        DataError
            No row.
        """
        rows = self.rows("charging_behaviour", name)
        if not rows:
            raise DataError(f"charging_behaviour: no row for vehicle_class {name!r}; add one.")
        meant = {key: value for key, value in HABITS.items() if rows[0].get(key) is None}
        return {**rows[0], **meant}

    def hourly_shares(self, profile: str, *, hours: tuple[float, float] | None = None, outside: bool = False) -> Floats:
        """Return the shares of the hours of a day by a profile; see `fleet.demand.hours.profiles.hourly_shares`.

        Raises
        ------
        DataError
            As there.
        """
        return self.once(
            ("hours", profile, hours, outside),
            lambda: hourly_shares(self.profiles, profile, hours=hours, outside=outside),
        )

    @classmethod
    def from_county(cls, county: County) -> DemandTables:
        """Return those tables of a county."""
        names = {column.name for column in fields(cls) if column.init} - {"hybrid_models"}

        def build(known: County) -> DemandTables:
            return cls(**{name: known.tables[name] for name in names}, hybrid_models=charging.hybrid_models(known))

        # points of a design edit figures: what was read of the tables is theirs too
        return remembered(county, "demand_tables", build)

"""Chargers at home, depots and workplaces: power, hours of the stay, and how the charge is started."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from charging.inputs.behaviour import Chargers
from data.errors import DataError
from data.schemas.supply import ANY_CLASS, VISITOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

_HOME: Final = "home"


@dataclass(frozen=True, slots=True)
class PrivateCharger:
    """A charger of one's own, and the stay at it.

    Attributes
    ----------
    current : str
        ``ac``: the on-board charger limits it, too. ``dc``: the battery does.
    charger_kw : float
        Power at the meter, for one vehicle.
    efficiency : float
        Battery kWh per kWh at the meter.
    arrive_h, arrive_sd_h : float
        Hour of the day at which vehicles plug in: mean and standard deviation.
    leave_h, leave_sd_h : float
        Hour of the day at which they unplug; before `arrive_h` it is that of the next day.
    timer_share, managed_share : float
        Of the vehicles: those whose timer waits for the cheap hours, and those that the grid company starts; the rest
        charges from plugging in.
    """

    current: str
    charger_kw: float
    efficiency: float
    arrive_h: float
    arrive_sd_h: float
    leave_h: float
    leave_sd_h: float
    timer_share: float
    managed_share: float


@dataclass(frozen=True, slots=True)
class PrivateChargers:
    """The chargers of one's own of a county.

    Attributes
    ----------
    by_class : mapping of (str, str) to PrivateCharger
        By vehicle class, or `data.schemas.supply.ANY_CLASS`, and place.
    """

    by_class: Mapping[tuple[str, str], PrivateCharger]

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the table ``private_chargers`` with the figures ``charging.efficiency_*`` of a county.

        Visitors have the socket of ``visitors.cable_kw`` at the hours of other homes, without timer or management.
        """
        chargers = Chargers.from_county(county)
        efficiency = {"ac": chargers.efficiency_ac, "dc": chargers.efficiency_dc}
        columns = ("arrive_h", "arrive_sd_h", "leave_h", "leave_sd_h", "timer_share", "managed_share")
        known = {
            (row["vehicle_class"], row["place"]): PrivateCharger(
                current=row["current"],
                charger_kw=row["charger_kw"],
                efficiency=efficiency[row["current"]],
                **{name: row[name] for name in columns},
            )
            for row in county.private_chargers.iter_rows(named=True)
        }
        home, socket = known.get((ANY_CLASS, _HOME)), (VISITOR, _HOME)
        if county.has("visitors") and home is not None and socket not in known:
            kw = county.figure("visitors.cable_kw")
            known[socket] = replace(home, charger_kw=kw, timer_share=0.0, managed_share=0.0)
        return cls(known)

    def of(self, vehicle_class: str, place: str) -> PrivateCharger:
        """Return the charger of a class in a place.

        Raises
        ------
        DataError
            No row for the class, and none for any class, in the place.
        """
        found = self.by_class.get((vehicle_class, place)) or self.by_class.get((ANY_CLASS, place))
        if found is None:
            raise DataError(
                f"private_chargers: no row for vehicle_class {vehicle_class!r} and place {place!r}, where some of its "
                f"vehicles charge; add one, or one for the class {ANY_CLASS!r}."
            )
        return found

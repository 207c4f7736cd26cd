"""Settings of a simulation: rules of the drivers, what chargers do, what the tables show; and those of a county.

The three belong to different owners and are stated apart; :class:`Behaviour` is all of them, as a run takes it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Self

from data.errors import DataError, nearest
from data.outcomes import LATE_MIN
from data.schemas.charging import LONGEST_MIN
from data.schemas.limits import LEAST_INTERVAL_MIN, check_module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

INFORMATION: Final = ("nearest", "arrival", "live")
QUEUE_RULES: Final = ("fifo", "priority", "reservation")


@dataclass(frozen=True, kw_only=True)
class DriverRules:
    """What drivers know and want.

    Attributes
    ----------
    information
        What a driver knows. ``nearest``: chooses by travel time and fee alone. ``arrival``: the same, but on seeing the
        queue drives on when another station costs less than the wait here. ``live``: knows free guns and queues of
        all stations when leaving.
    queue_rule
        ``fifo``: first come, first served. ``priority``: higher ``priority`` of the request first, then by time.
        ``reservation``: a driver who sets out to a station with a free gun books it; it is kept until the arrival, the
        end of the booking or a failure of its pile, after which the driver books another gun that is free then.
    booking_min
        How long a booked gun is kept at most, minutes; None keeps it until the arrival.
    max_tries
        Stations a driver tries before giving up (k), at least 1.
    wait_weight
        Minutes of travel that a minute of waiting is worth.
    price_weight
        Minutes of travel that a CNY is worth: counts where stations ask fees of their own.
    indifference_min
        Stations that cost at most this much more than the best are equally good to a driver, minutes of travel; guns
        decide in proportion, evenly over the request numbers. 0 always takes the best, in the layout's order.
    idle_response_h_cny
        How an idle fee shortens overstays: each CNY/h takes off this share of what is not free (exponentially).
    first_weekday
        Day of the week of minute 0, for opening hours and fees: 0 is Monday.
    """

    information: str = "arrival"
    queue_rule: str = "fifo"
    booking_min: float | None = None
    max_tries: int = 3
    wait_weight: float = 1.0
    price_weight: float = 0.0
    indifference_min: float = 0.0
    idle_response_h_cny: float = 0.0
    first_weekday: int = 0

    def __post_init__(self) -> None:
        """Validate the rules.

        Raises
        ------
        DataError
            Unknown information level or queue rule, less than one try, a negative weight, a booking of no length, or
            no day of the week.
        """
        for name, known in (("information", INFORMATION), ("queue_rule", QUEUE_RULES)):
            got = getattr(self, name)
            if got not in known:
                raise DataError(f"{name}: got {got!r}.{nearest(got, known)} Expected one of {', '.join(known)}.")
        if self.max_tries < 1:
            raise DataError(f"max_tries: got {self.max_tries}, expected at least 1.")
        for name in ("wait_weight", "price_weight", "indifference_min", "idle_response_h_cny"):
            if not getattr(self, name) >= 0.0:
                raise DataError(f"{name}: got {getattr(self, name)}, expected 0 or more.")
        if self.booking_min is not None and not self.booking_min > 0.0:
            raise DataError(f"booking_min: got {self.booking_min}, expected more than 0 minutes, or None.")
        if self.first_weekday not in range(7):
            raise DataError(f"first_weekday: got {self.first_weekday}, expected 0 (Monday) to 6 (Sunday).")

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the rules that the county's figures ``charging.*`` describe."""
        return cls(
            max_tries=round(county.figure("charging.max_tries")),
            wait_weight=county.figure("charging.wait_weight"),
            price_weight=county.figure("charging.price_weight"),
            indifference_min=county.figure("charging.indifference_min"),
            booking_min=county.figure("charging.booking_min"),
            idle_response_h_cny=county.figure("charging.idle_response_h_cny"),
        )


@dataclass(frozen=True, kw_only=True)
class Chargers:
    """What chargers do with the power.

    Attributes
    ----------
    efficiency_dc, efficiency_ac
        Battery kWh per kWh at the meter, where the vehicle's own figure is unknown.
    module_kw
        Power modules of ``dynamic`` piles, kW; None shares continuously.
    """

    efficiency_dc: float = 1.0
    efficiency_ac: float = 1.0
    module_kw: float | None = None

    def __post_init__(self) -> None:
        """Validate efficiencies and module.

        Raises
        ------
        DataError
            An efficiency outside (0, 1], or a module that is too small.
        """
        for name in ("efficiency_dc", "efficiency_ac"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise DataError(f"{name}: got {getattr(self, name)}, expected a share above 0 and at most 1.")
        check_module(self.module_kw)

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the chargers that the county's figures ``charging.efficiency_*`` describe."""
        return cls(
            efficiency_dc=county.figure("charging.efficiency_dc"),
            efficiency_ac=county.figure("charging.efficiency_ac"),
        )


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """What the tables of a run show.

    Attributes
    ----------
    interval_min
        Length of the intervals of the load table, minutes.
    late_wait_min
        Longest wait that is in time, minutes: longer waits are late. A criterion of the county: without one no
        ``late_share`` is stated.
    """

    interval_min: float = 15.0
    late_wait_min: float | None = None

    def __post_init__(self) -> None:
        """Validate the times.

        Raises
        ------
        DataError
            An interval that is too short, or longer than any run, or a negative wait.
        """
        if not LEAST_INTERVAL_MIN <= self.interval_min <= LONGEST_MIN:
            raise DataError(f"interval_min: got {self.interval_min}, expected at least {LEAST_INTERVAL_MIN} minutes.")
        if self.late_wait_min is not None and not self.late_wait_min >= 0.0:
            raise DataError(f"late_wait_min: got {self.late_wait_min}, expected 0 minutes or more.")

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the limit of waits that the county's figure ``charging.los_wait_min`` states."""
        return cls(late_wait_min=county.figure(LATE_MIN))


@dataclass(frozen=True, kw_only=True)
class Behaviour(DriverRules, Chargers, Reporting):
    """All settings of a simulation: those of :class:`DriverRules`, :class:`Chargers` and :class:`Reporting`.

    A model that needs one part only takes that part, and is given a ``Behaviour`` all the same.
    """

    def __post_init__(self) -> None:
        """Validate each part.

        Raises
        ------
        DataError
            As each part does.
        """
        for part in PARTS:
            part.__post_init__(self)

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
        _check_names(settings)
        return cls(**settings)

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the settings that the county's figures describe, with defaults for what no figure says.

        Raises
        ------
        DataError
            A figure is missing.
        """
        values: dict[str, Any] = {}
        for part in PARTS:
            chosen = part.from_county(county)
            values |= {field.name: getattr(chosen, field.name) for field in fields(part)}
        return cls(**values)


PARTS: Final[tuple[type[DriverRules | Chargers | Reporting], ...]] = (DriverRules, Chargers, Reporting)
"""The parts of a :class:`Behaviour`."""


def behaviour_of(county: County, **changes: Any) -> Behaviour:  # noqa: ANN401 - any setting of Behaviour
    """Return the behaviour that the county's figures describe, with ``changes`` on top.

    Raises
    ------
    DataError
        A figure is missing, or a change is not a setting.
    """
    _check_names(changes)
    return replace(Behaviour.from_county(county), **changes)


def _check_names(settings: Mapping[str, Any]) -> None:
    """Validate the names of settings."""
    known = [field.name for field in fields(Behaviour)]
    unknown = [name for name in settings if name not in known]
    if unknown:
        raise DataError(
            f"behaviour: {unknown[0]!r} is not a setting.{nearest(unknown[0], known)} Known: {', '.join(known)}."
        )
